// Where live packets come from: one capture after the other, for a file is rotated and a capturing child may have to be started again.
// A feed says itself what those who read it would otherwise have to guess from its kind: where its packets are captured, what was
// lost, what the end of a source means, and by how much its packets are late.
import type { CaptureSource, Frame } from '../frame.js';

/** Makes what sees the first frames of a source, and says when they are enough. */
export type Looking = (source: CaptureSource) => (frame: Frame) => boolean;

export interface Feed {
  /** As shown: `-`, a path, or the interfaces. */
  readonly path: string;
  /**
   * Interfaces of this system that are captured: its interface names and MACs hold then. Null where the packets were captured
   * elsewhere, or nobody knows where.
   */
  readonly here: readonly string[] | null;
  /**
   * How long after its time a frame may be handed over, in milliseconds: what was asked for a moment ago may have been answered already.
   */
  readonly lateMs: number;
  /** Throws UsageError or CaptureError before anything is captured. */
  start(): Promise<void>;
  /** Before `start`: shows the first frames, which come again with the first source. A capture on this system has none to show. */
  lookAhead(begin: Looking, signal: AbortSignal): Promise<void>;
  /** Each is to be read to its end and closed before the next is asked for. */
  sources(): AsyncIterable<CaptureSource>;
  /** What went wrong with a source that came to its end; null where it ended as sources of this feed do. */
  faultOf(source: CaptureSource): string | null;
  /** Frames lost so far, beside what the captures themselves say; null where nobody counts. */
  dropped(): number | null;
  /** Ends the capturing: the last source comes to its end. */
  stop(): void;
}

/** What the user is told while capturing, one line each. */
export type Tell = (text: string) => void;

/** Of a source whose breaking off is how it ends: a child that was stopped, a file that was cut down. What it holds may be damaged. */
export const damageOf = ({ error }: CaptureSource): string | null =>
  error === null || error.problem === 'io' ? null : error.message;
