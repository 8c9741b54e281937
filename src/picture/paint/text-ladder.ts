// A ladder as text: the names of the places, and below them lines that may be scrolled.
import { duration } from '../../bytes/units.js';
import type { LadderArrow, LadderPicture, LadderRow } from '../model.js';
import { Canvas, cut, cutMiddle, DASH, INKS, type Run, width } from './canvas.js';
import { arrowText, columns } from './layout.js';

export interface LadderOptions {
  /** Columns there are. */
  readonly width: number;
  /**
   * As much as a screen takes: columns close together, what runs in a tunnel as a double line, the frame of a tunnel once. A picture that needs
   * more columns is as wide as it needs to be.
   */
  readonly isTight?: boolean;
  /** Times: since the first (which itself is of day), of day, since the arrow above. */
  readonly clock?: 'first' | 'day' | 'since' | 'before';
}

export interface LadderLines {
  /** The places. */
  readonly head: readonly (readonly Run[])[];
  /** Time runs down. `row`: number of the picture's row; -1: none. */
  readonly body: readonly { readonly row: number; readonly runs: readonly Run[] }[];
  /** Columns that the times take at the left. */
  readonly time: number;
  readonly width: number;
}

/** Columns of the time, with blanks after it: of day, and since another one. */
const TIME = 17;
const SHORT_TIME = 11;
/** Columns from place to place at the least, and at the most. */
const LEAST = 12;
const TIGHT = 9;
const MOST = 46;

interface Plan {
  /** Where each place stands. */
  readonly x: readonly number[];
  readonly time: number;
  readonly most: number;
}

/** Null where it does not fit. */
export function ladderLines(picture: LadderPicture, options: LadderOptions): LadderLines | null {
  const plan = planOf(picture, options);
  if (plan === null) return null;
  const head = new Canvas();
  names(picture, plan, head, options.isTight === true);
  const canvas = new Canvas();
  const rowOf = draw(picture, plan, canvas, options);
  const body = canvas.runs().map((runs, y) => ({ row: rowOf[y] ?? -1, runs }));
  return { head: head.runs(), body, time: plan.time, width: plan.most };
}

function planOf(picture: LadderPicture, { width: most, isTight = false, clock = 'first' }: LadderOptions): Plan | null {
  const { places } = picture;
  const half = (i: number): number => Math.ceil(Math.max(width(places[i].label), width(places[i].detail)) / 2);
  const time = clock === 'first' || clock === 'day' ? TIME : SHORT_TIME;
  // As wide as all texts want, else narrower until it fits.
  for (let gap = MOST; gap >= (isTight ? TIGHT : LEAST); gap -= isTight ? 1 : 2) {
    const at = columns(picture, { width, least: Math.min(LEAST, gap), most: gap, space: 2 });
    const start = time + Math.min(half(0), Math.ceil(gap / 2));
    const needed = start + at[at.length - 1] + Math.min(half(places.length - 1), Math.ceil(gap / 2)) + 1;
    const x = at.map((one) => start + one);
    if (needed <= most) return { x, time, most };
    if (isTight && gap === TIGHT) return { x, time, most: needed + half(places.length - 1) };
  }
  return null;
}

function names({ places }: LadderPicture, { x, time, most }: Plan, canvas: Canvas, isTight: boolean): void {
  const half = (i: number): number => Math.ceil(Math.max(width(places[i].label), width(places[i].detail)) / 2);
  const last = x.length - 1;
  // Up to where the names of the neighbours begin.
  const side = (other: number, gap: number): number => 2 * (gap - Math.min(half(other), Math.floor(gap / 2))) - 2;
  const rooms = x.map((at, i) =>
    Math.min(
      i === 0 ? 2 * (x[0] - time) + 2 : side(i - 1, at - x[i - 1]),
      i === last ? 2 * (most - at) : side(i + 1, x[i + 1] - at),
    ),
  );
  const centred = (i: number, y: number, text: string, room: number, ink: 'expected' | 'name' | 'dim'): void => {
    const shown = isTight ? cutMiddle(text, room) : cut(text, room);
    if (text !== '') canvas.put(Math.max(0, x[i] - Math.floor(width(shown) / 2)), y, shown, ink);
  };
  // Where names would be cut, every second one stands a line lower.
  const isStaggered = isTight && places.some(({ label }, i) => width(label) > rooms[i]);
  const wide = (i: number): number =>
    Math.min(i < 2 ? 2 * x[i] : x[i] - x[i - 2] - 1, i > last - 2 ? 2 * (most - x[i]) : x[i + 2] - x[i] - 1);
  places.forEach(({ label, detail, kind }, i) => {
    centred(i, isStaggered ? i % 2 : 0, label, isStaggered ? wide(i) : rooms[i], kind === 'unseen' ? 'expected' : 'name');
    centred(i, isStaggered ? 2 : 1, detail, rooms[i], 'dim');
  });
}

/** Draws the rows; the number of each line's row. */
function draw(picture: LadderPicture, { x, time, most }: Plan, canvas: Canvas, options: LadderOptions): number[] {
  const { places, rows, tunnels, left } = picture;
  const { isTight = false, clock = 'first' } = options;
  const rowOf: number[] = [];
  let y = 0;
  const rails = (line: number): void => {
    for (const [i, column] of x.entries())
      canvas.put(column, line, places[i].kind === 'unseen' ? '┊' : '│', places[i].kind === 'unseen' ? 'expected' : 'dim');
  };
  const spans = spansOf(rows, x);
  const framed = new Set<number>();
  let firstNs: number | null = null;
  let beforeNs: number | null = null;
  let tunnel = -1;
  rows.forEach((row, number) => {
    const inside = row.kind === 'arrow' ? row.tunnel : -1;
    if (inside >= 0 && inside !== tunnel && !(isTight && framed.has(inside))) {
      framed.add(inside);
      // What runs inside of it follows, between the same two lines.
      const [a, b] = spans.get(inside) ?? [0, 0];
      rails(y);
      const { label, detail } = tunnels[inside];
      canvas.put(a + 1, y, `╔${'═'.repeat(Math.max(0, b - a - 3))}╗`, 'tunnel');
      const whole = ` ${label}, ${detail} `;
      canvas.put(a + 3, y, cut(width(whole) > b - a - 5 ? ` ${label} ` : whole, b - a - 5), 'tunnel');
      y++;
    }
    tunnel = inside;
    rails(y);
    rowOf[y] = number;
    if (row.kind !== 'silence' && row.timeNs !== null) {
      const since = row.timeNs - ((clock === 'before' ? beforeNs : firstNs) ?? row.timeNs);
      const isOfDay = clock === 'day' || (clock === 'first' && firstNs === null);
      const isFirst = firstNs === null;
      const told = isOfDay ? (row.time ?? '').slice(11, 26) : isFirst ? '0 s' : `+${duration(Math.max(0, since))}`;
      firstNs ??= row.timeNs;
      beforeNs = row.timeNs;
      canvas.put(Math.max(0, time - 2 - width(told)), y, told, 'dim');
    }
    if (row.kind === 'silence') {
      const ink = row.tone === 'wrong' ? 'wrong' : 'dim';
      for (const column of x) canvas.put(column, y, '┊', ink);
      const text = cut(row.text, most - x[0] - 4);
      canvas.put(Math.max(x[0] + 2, Math.floor((x[0] + x[x.length - 1] - width(text)) / 2)), y, text, ink);
    } else if (row.kind === 'note') {
      canvas.sign(x[row.at], y, '●', INKS[row.tone]);
      const isLate = x[row.at] + width(row.text) + 3 > most;
      const text = cut(row.text, isLate ? x[row.at] - 3 - time : most - x[row.at] - 3);
      canvas.put(isLate ? x[row.at] - 2 - width(text) : x[row.at] + 2, y, text, INKS[row.tone]);
    } else drawArrow(canvas, row, x, y, most, isTight);
    y++;
  });
  for (const text of left) canvas.put(time, y++, cut(text, most - time), 'dim');
  return rowOf;
}

/** From where to where each tunnel is drawn. */
function spansOf(rows: readonly LadderRow[], x: readonly number[]): Map<number, readonly [number, number]> {
  const spans = new Map<number, readonly [number, number]>();
  for (const row of rows) {
    if (row.kind !== 'arrow' || row.tunnel < 0) continue;
    const [a, b] = spans.get(row.tunnel) ?? [x[row.from], x[row.from]];
    spans.set(row.tunnel, [Math.min(a, x[row.from], x[row.to]), Math.max(b, x[row.from], x[row.to])]);
  }
  return spans;
}

function drawArrow(canvas: Canvas, row: LadderArrow, x: readonly number[], y: number, most: number, isTight: boolean): void {
  const ink = INKS[row.tone];
  const [from, to] = [x[row.from], x[row.to]];
  const text = arrowText(row);
  if (from === to) {
    canvas.sign(from, y, row.isLost ? '✗' : '↩', row.isLost ? 'wrong' : ink);
    canvas.put(from + 2, y, cut(text, most - from - 3), ink);
    return;
  }
  const [a, b] = from < to ? [from, to] : [to, from];
  const isRight = from < to;
  const room = b - a - 1;
  const dash = isTight && row.tunnel >= 0 && DASH[row.tone] === '─' ? '═' : DASH[row.tone];
  const shown = room >= 6 ? cut(text, room - (isTight ? 3 : 4)) : '';
  const rest = room - 1 - width(shown);
  const before = Math.min(1, rest);
  const line = `${dash.repeat(before)}${shown}${dash.repeat(Math.max(0, rest - before))}`;
  const head = row.tone === 'expected' ? (isRight ? '▷' : '◁') : isRight ? '▶' : '◀';
  if (isRight) canvas.put(a + 1, y, `${line}${row.isLost ? dash : head}`, ink);
  else canvas.put(a + 1, y, `${row.isLost ? dash : head}${line}`, ink);
  if (row.isLost) canvas.sign(to, y, '✗', 'wrong');
}
