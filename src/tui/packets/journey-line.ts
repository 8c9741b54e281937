// The hops of a journey in one line: a capture point is named where it changes, and what has no room is left out at the far ends.
import { displayWidth } from '../../bytes/text.js';

interface Hop {
  readonly hop: string;
  readonly isThis: boolean;
}

export const ARROW = ' → ';
const MORE = '…';
const AT_POINT = /^(.+?: )(?:in|out|passing) /;

/** What to show of `hops` in `room` columns, to be joined by arrows. The hop at hand is always there. */
export function journeyLine(hops: readonly Hop[], room: number): Hop[] {
  const points = hops.map(({ hop }) => AT_POINT.exec(hop)?.[1] ?? '');
  const here = Math.max(
    0,
    hops.findIndex(({ isThis }) => isThis),
  );
  let [from, to] = [0, hops.length];
  for (;;) {
    const shown = hops.slice(from, to).map(({ hop, isThis }, i) => {
      const isSame = i > 0 && points[from + i] === points[from + i - 1];
      return { hop: isSame ? hop.slice(points[from + i].length) : hop, isThis };
    });
    if (from > 0) shown.unshift({ hop: MORE, isThis: false });
    if (to < hops.length) shown.push({ hop: MORE, isThis: false });
    const width = shown.reduce((sum, { hop }) => sum + displayWidth(hop), ARROW.length * (shown.length - 1));
    if (width <= room || to - from <= 1) return shown;
    if (here - from >= to - 1 - here) from++;
    else to--;
  }
}
