// How what a finding is about fared over time, below the plot: bands in the columns of its steps, and a sign where something happened.

import type { TimelineMark, TimelinePicture } from '../../picture/model.js';
import { BAND_INKS, BLOCKS, type Ink } from '../../picture/paint/canvas.js';

export interface Steps {
  /** Number of the first step that is shown, and how many are; columns of each. */
  readonly from: number;
  readonly count: number;
  readonly wide: number;
  readonly stepNs: number;
}

export const EVENT = '▲';

/** A character for each column; `ink` null: nothing is known of that time. */
export function outcomeCells(
  { bands, marks, fromNs }: TimelinePicture,
  { from, count, wide, stepNs }: Steps,
): { readonly char: string; readonly ink: Ink | null }[] {
  const columns = count * wide;
  const cells = Array.from({ length: columns }, (): { char: string; ink: Ink | null } => ({ char: '·', ink: null }));
  const at = (ns: number): number => Math.floor(((ns - fromNs) / stepNs - from) * wide);
  for (const { outcome, fromNs: start, toNs } of bands)
    for (let x = Math.max(0, at(start)); x <= Math.min(columns - 1, Math.max(at(start), at(toNs))); x++)
      cells[x] = { char: BLOCKS[outcome], ink: BAND_INKS[outcome] };
  for (const { timeNs } of marks) {
    const x = at(timeNs);
    if (x >= 0 && x < columns) cells[x] = { char: EVENT, ink: 'name' };
  }
  return cells;
}

/** What happened in a step. */
export const eventsIn = ({ marks, fromNs }: TimelinePicture, step: number, stepNs: number): TimelineMark[] =>
  marks.filter(({ timeNs }) => Math.floor((timeNs - fromNs) / stepNs) === step);
