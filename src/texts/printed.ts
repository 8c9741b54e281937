// What a printed text was taken for.
import type { TimeKind } from './time.js';

export interface PrintedInfo {
  lines: number;
  /** Lines that packets were made of. */
  used: number;
  packets: number;
  /** Prompts, banners, counters and headings. */
  noise: number;
  /** Lines that were not understood, and the first of them. */
  unread: number;
  readonly shown: { readonly line: number; readonly text: string }[];
  /** Machines that prompts and headings name. */
  readonly nodes: string[];
  /** What its times count from; null: no packet yet. */
  times: TimeKind | null;
  /** Packets whose TTL is not printed. */
  open: number;
}

export const printedInfo = (): PrintedInfo => ({
  lines: 0,
  used: 0,
  packets: 0,
  noise: 0,
  unread: 0,
  shown: [],
  nodes: [],
  times: null,
  open: 0,
});
