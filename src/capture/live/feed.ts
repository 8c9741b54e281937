// Where live packets come from: one capture after the other, for a file is rotated and a capturing child may have to be started again.
import type { CaptureSource, Frame } from '../frame.js';

export interface Feed {
  /** As shown: `-`, a path, or the interfaces. */
  readonly path: string;
  /**
   * How long after its time a frame may be handed over, in milliseconds: what was asked for a moment ago may have been answered already.
   */
  readonly lateMs: number;
  /** Throws UsageError or CaptureError before anything is captured. */
  start(): Promise<void>;
  /**
   * Shows the first frames, which come again with the first source; `begin` makes what sees them and says when they are enough. Behind `start`, and only where
   * frames can be kept back.
   */
  lookAhead?(begin: (source: CaptureSource) => (frame: Frame) => boolean, signal: AbortSignal): Promise<void>;
  /** Each is to be read to its end and closed before the next is asked for. */
  sources(): AsyncIterable<CaptureSource>;
  /** Frames lost so far, beside what the captures themselves say; null where nobody counts. */
  dropped(): number | null;
  /** Ends the capturing: the last source comes to its end. */
  stop(): void;
}

/** What the user is told while capturing, one line each. */
export type Tell = (text: string) => void;
