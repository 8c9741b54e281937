// What a report for people shows beside its record: the frames of the evidence as somebody looks at them, the page of a rule. Made when it is
// asked for; nothing of it is in the JSON.
import type { Evidence } from '../rules/finding.js';

/** A line of a frame's tree. Its text is safe to print. */
export interface FrameLine {
  readonly text: string;
  /** Display filter name. */
  readonly field: string;
  /** Bytes it was made of; a length of 0 for one made from others. */
  readonly at: number;
  readonly length: number;
  readonly children: readonly FrameLine[];
  /** What is odd about it. */
  readonly notes: readonly string[];
}

export interface ShownFrame {
  /** Source, destination, protocol and what it says, as the packet list has it. */
  readonly summary: string;
  /** The captured bytes, as far as they are shown; and how many there are. */
  readonly bytes: Uint8Array;
  readonly captured: number;
  readonly tree: readonly FrameLine[];
}

/** Tells frames apart, over all captures of a run. */
export const frameKey = ({ point, frame }: Pick<Evidence, 'point' | 'frame'>): string => `${frame} ${point}`;

export interface Details {
  /** By `frameKey`. What cannot be read again (standard input, a file that is gone) is left out. */
  frames(wanted: readonly Evidence[]): Promise<ReadonlyMap<string, ShownFrame>>;
  /** The page of a rule, as Markdown; null where there is none (expectations). */
  page(rule: string): string | null;
  /** How far the clock of a capture, by its label, is ahead of that of the first one, in nanoseconds; 0 where that is not known. */
  clockAheadNs(label: string): number;
  /** The command that opens the terminal UI at a frame; null where its captures cannot be opened again. */
  tui(at: Pick<Evidence, 'point' | 'frame'>): string | null;
}
