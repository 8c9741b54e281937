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
  /** Where it brings several captures at once. */
  readonly several?: Several;
}

/** One of several captures that a feed brings at once. */
export interface Member extends Pick<Feed, 'path' | 'dropped' | 'faultOf'> {
  /** pcap-filter(7) in force there, or null. */
  readonly filter: string | null;
  /** The name of an interface number there. */
  nameOf(index: number): string | undefined;
  /** Why packets may have passed it unseen of late; null where it captured all the time. */
  blind(nowMs: number): string | null;
}

/** What a feed of several captures says beside the frames of all, which come from one source in the order of time. */
export interface Several {
  readonly members: readonly Member[];
  /** Index of the member that the frame handed out last is from. */
  readonly from: number;
  /** How far the clock of each is ahead of the run's, in nanoseconds; may change. */
  readonly aheadNs: readonly number[];
  /** Names their interfaces and compares their clocks, before `start`. Throws CaptureError. */
  prepare(): Promise<void>;
  /** Told of the sources of each. */
  listen(listener: {
    readonly begin: (i: number, source: CaptureSource) => void;
    readonly end: (i: number, source: CaptureSource) => void;
  }): void;
}

/** What the user is told while capturing, one line each. */
export type Tell = (text: string) => void;

/** Of a source whose breaking off is how it ends: a child that was stopped, a file that was cut down. What it holds may be damaged. */
export const damageOf = ({ error }: CaptureSource): string | null =>
  error === null || error.problem === 'io' ? null : error.message;
