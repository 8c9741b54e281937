// Rows of styled text: what views are made of, before anything is known of a terminal.
import { displayWidth, pad, plainWidth, truncate } from '../../bytes/text.js';

/** Colours and weight of a character, as a number (see theme.ts). */
export type Attr = number;
/** The terminal's own colours. */
export const PLAIN: Attr = 0x3ffff;

export interface Span {
  /** Safe text of known width (`plainWidth`). */
  readonly text: string;
  readonly attr: Attr;
}
export type Row = readonly Span[];

/** A rectangle over the rows: a dialog, a list of completions. */
export interface Overlay {
  readonly x: number;
  readonly y: number;
  readonly rows: readonly Row[];
}

export interface Picture {
  readonly rows: readonly Row[];
  readonly overlays?: readonly Overlay[];
  /** Where text is typed. */
  readonly cursor?: { readonly x: number; readonly y: number } | null;
}

/** Text from anywhere as a span: made safe, and of a width that all terminals agree on. */
export const span = (text: string, attr: Attr): Span => ({ text: plainWidth(text), attr });

export const widthOf = (row: Row): number => row.reduce((sum, one) => sum + displayWidth(one.text), 0);

/** `text` in exactly `width` columns. */
export const cell = (text: string, width: number, attr: Attr, align: 'left' | 'right' = 'left'): Span => ({
  text: pad(plainWidth(text), width, align === 'left' ? 'right' : 'left'),
  attr,
});

/** The row in exactly `width` columns: cut at the right, or filled with blanks. */
export function fit(row: Row, width: number, fill: Attr): Row {
  const out: Span[] = [];
  let room = width;
  for (const one of row) {
    const size = displayWidth(one.text);
    if (size > room) {
      const text = truncate(one.text, room);
      if (text !== '') out.push({ text, attr: one.attr });
      room -= displayWidth(text);
      break;
    }
    if (size > 0) out.push(one);
    room -= size;
  }
  if (room > 0) out.push({ text: ' '.repeat(room), attr: fill });
  return out;
}

/** `left` and `right` at the two ends of a row of `width`; where both do not fit, the left one gives way. */
export function ends(left: Row, right: Row, width: number, fill: Attr): Row {
  const size = widthOf(right);
  if (size >= width) return fit(right, width, fill);
  return [...fit(left, width - size, fill), ...right];
}

export const blank = (width: number, attr: Attr): Row => [{ text: ' '.repeat(Math.max(0, width)), attr }];

/** The spans and a line to the right edge, with `right` at its end; too long, the spans are cut. */
export function ruled(spans: Row, width: number, edge: Attr, right: Row = []): Row {
  const room = width - widthOf(spans) - widthOf(right);
  if (room >= 0) return [...spans, { text: '─'.repeat(room), attr: edge }, ...right];
  return right.length > 0 ? ruled(spans, width, edge) : fit(spans, width, edge);
}

/** Exactly `height` rows of exactly `width`. */
export function fill(rows: readonly Row[], width: number, height: number, attr: Attr): Row[] {
  const out: Row[] = [];
  for (let y = 0; y < height; y++) {
    const row = rows[y];
    out.push(row === undefined ? blank(width, attr) : fit(row, width, attr));
  }
  return out;
}

/** Boxes of rows that cover `height` rows, each as wide as its rows; `between` stands between two that are beside each other. */
export function tiled(
  boxes: readonly { readonly x: number; readonly y: number; readonly rows: readonly Row[] }[],
  height: number,
  between: Span,
): Row[] {
  const lines: Span[][] = Array.from({ length: height }, () => []);
  for (const { y, rows } of [...boxes].sort((a, b) => a.x - b.x))
    for (const [i, row] of rows.entries()) {
      const line = lines[y + i];
      if (line === undefined) continue;
      if (line.length > 0) line.push(between);
      line.push(...row);
    }
  return lines;
}

/** A frame with a title around rows that fill it; two columns wider and two rows taller than what is inside. */
export function box(rows: readonly Row[], innerWidth: number, title: string, edge: Attr, heading: Attr): Row[] {
  const name = title === '' ? '' : ` ${truncate(plainWidth(title), innerWidth - 4)} `;
  const top: Row = [
    { text: '╭─', attr: edge },
    { text: name, attr: heading },
    { text: `${'─'.repeat(Math.max(0, innerWidth - 1 - displayWidth(name)))}╮`, attr: edge },
  ];
  const side: Span = { text: '│', attr: edge };
  return [
    top,
    ...rows.map((row) => [side, ...fit(row, innerWidth, edge), side]),
    [{ text: `╰${'─'.repeat(innerWidth)}╯`, attr: edge }],
  ];
}
