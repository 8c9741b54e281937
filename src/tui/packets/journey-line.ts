// The hops of a journey in one line: a capture point is named where it changes, and what has no room is left out far from what matters.
import { displayWidth, truncateMiddle } from '../../bytes/text.js';

export interface LineHop {
  readonly hop: string;
  readonly isThis: boolean;
  /** It goes another way there than it should. */
  readonly isWrong?: boolean;
}

export const ARROW = ' → ';
/** Before the hop where it goes wrong. */
export const WRONG = '× ';
const MORE = '…';
const AT_POINT = /^(.+?): (?=(?:in|out|passing) )/;
/** The names of capture points are made as short as this before a hop is left out. */
const SHORT_POINT = 12;

/**
 * What to show of `hops` in `room` columns, to be joined by arrows. The hop at hand is always there; and the one where the packet goes wrong, or
 * else the last, where any other is.
 */
export function journeyLine(hops: readonly LineHop[], room: number): LineHop[] {
  const here = Math.max(
    0,
    hops.findIndex(({ isThis }) => isThis),
  );
  const wrong = hops.findIndex(({ isWrong }) => isWrong);
  const end = wrong < 0 ? hops.length - 1 : wrong;
  const shown = new Set(hops.keys());
  const distance = (i: number) => Math.min(Math.abs(i - here), Math.abs(i - end) + 0.5);
  for (let isShort = false; ; ) {
    const line = lineOf(hops, shown, isShort);
    const width = line.reduce(
      (sum, { hop, isWrong }) => sum + displayWidth(hop) + (isWrong ? WRONG.length : 0),
      ARROW.length * (line.length - 1),
    );
    if (width <= room || (isShort && shown.size <= 1)) return line;
    if (!isShort) isShort = true;
    else if (shown.size === 2) shown.delete(end === here ? [...shown].find((i) => i !== here)! : end);
    else shown.delete([...shown].reduce((far, i) => (distance(i) > distance(far) ? i : far)));
  }
}

function lineOf(hops: readonly LineHop[], shown: ReadonlySet<number>, isShort: boolean): LineHop[] {
  const line: LineHop[] = [];
  let before = '';
  hops.forEach((one, i) => {
    if (!shown.has(i)) {
      if (line.at(-1)?.hop !== MORE) line.push({ hop: MORE, isThis: false });
      before = '';
      return;
    }
    const point = AT_POINT.exec(one.hop)?.[1] ?? '';
    const rest = point === '' ? one.hop : one.hop.slice(point.length + 2);
    const name = isShort ? truncateMiddle(point, SHORT_POINT) : point;
    line.push({ ...one, hop: point === '' || point === before ? rest : `${name}: ${rest}` });
    before = point;
  });
  return line;
}
