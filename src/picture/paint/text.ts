// Pictures as text: for a terminal of some width, for a file, for a block of code.
import { displayWidth, plainWidth, truncate } from '../../bytes/text.js';
import { duration } from '../../bytes/units.js';
import type { LadderArrow, LadderPicture, MapEdge, MapPicture, Picture, TimelinePicture, Tone } from '../model.js';
import { arrowText, blocks, columns, edgeText } from './layout.js';

/** What a stretch of text is, for those who colour it. */
export type Ink = 'name' | 'dim' | 'wrong' | 'expected' | 'tunnel' | 'good';

export interface TextOptions {
  /** Columns there are; a picture that needs more is null. */
  readonly width: number;
  /** Colours a stretch of text; as it is when not given. */
  readonly paint?: (ink: Ink, text: string) => string;
}

/** The lines of a picture; null where it does not fit into the width. Every text in it is safe for a terminal. */
export function paintText(picture: Picture, options: TextOptions): readonly string[] | null {
  if (picture.kind === 'ladder') return ladder(picture, options);
  return picture.kind === 'map' ? map(picture, options) : timeline(picture, options);
}

interface Cell {
  /** '' after a character that takes two columns. */
  readonly char: string;
  readonly ink: Ink | null;
}

const BLANK: Cell = { char: ' ', ink: null };

/** Lines of cells: whatever is written later covers what was there. */
class Canvas {
  private readonly lines: Cell[][] = [];

  put(x: number, y: number, text: string, ink: Ink | null = null): void {
    while (this.lines.length <= y) this.lines.push([]);
    const line = this.lines[y];
    let at = x;
    for (const char of plainWidth(text)) {
      const columns = displayWidth(char);
      if (columns === 0) {
        // A mark on the character before.
        const before = line[at - 1];
        if (before !== undefined) line[at - 1] = { char: before.char + char, ink: before.ink };
        continue;
      }
      while (line.length < at) line.push(BLANK);
      line[at++] = { char, ink };
      if (columns === 2) line[at++] = { char: '', ink };
    }
  }

  /** One character of our own, whatever it is. */
  sign(x: number, y: number, char: string, ink: Ink | null = null): void {
    this.put(x, y, ' ', ink);
    this.lines[y][x] = { char, ink };
  }

  text(paint: (ink: Ink, text: string) => string = (_, text) => text): string[] {
    return this.lines.map((line) => {
      let end = line.length;
      while (end > 0 && line[end - 1].char === ' ') end--;
      let text = '';
      for (let i = 0; i < end; ) {
        const { ink } = line[i];
        let run = '';
        while (i < end && line[i].ink === ink) run += line[i++].char;
        text += ink === null ? run : paint(ink, run);
      }
      return text;
    });
  }
}

const width = (text: string): number => displayWidth(plainWidth(text));
const cut = (text: string, columns: number): string => truncate(plainWidth(text), Math.max(1, columns));

const INKS: Readonly<Record<Tone, Ink | null>> = { plain: null, wrong: 'wrong', expected: 'expected', implied: 'dim' };
const DASH: Readonly<Record<Tone, string>> = { plain: '─', wrong: '─', expected: '╌', implied: '·' };
const LEAST = 12;

// Ladder

/** Columns of the time, with a blank after it. */
const TIME = 17;

function ladder(picture: LadderPicture, { width: most, paint }: TextOptions): string[] | null {
  const { places, rows, tunnels, left } = picture;
  const half = (i: number): number => Math.ceil(Math.max(width(places[i].label), width(places[i].detail)) / 2);
  let at: number[] = [];
  let start = 0;
  let fits = false;
  // As wide as all texts want, else narrower until it fits.
  for (let gap = 46; gap >= LEAST && !fits; gap -= 2) {
    at = columns(picture, { width, least: LEAST, most: gap, space: 2 });
    start = TIME + Math.min(half(0), Math.ceil(gap / 2));
    fits = start + at[at.length - 1] + Math.min(half(places.length - 1), Math.ceil(gap / 2)) + 1 <= most;
  }
  if (!fits) return null;
  const x = at.map((one) => start + one);
  const canvas = new Canvas();
  const centred = (i: number, y: number, text: string, ink: Ink | null): void => {
    // Up to where the names of the neighbours begin.
    const side = (other: number, gap: number): number => 2 * (gap - Math.min(half(other), Math.floor(gap / 2))) - 2;
    const room = Math.min(
      i === 0 ? 2 * (x[0] - TIME) + 2 : side(i - 1, x[i] - x[i - 1]),
      i === x.length - 1 ? 2 * (most - x[i]) : side(i + 1, x[i + 1] - x[i]),
    );
    const shown = cut(text, room);
    if (text !== '') canvas.put(Math.max(0, x[i] - Math.floor(width(shown) / 2)), y, shown, ink);
  };
  places.forEach((place, i) => {
    centred(i, 0, place.label, place.kind === 'unseen' ? 'expected' : 'name');
    centred(i, 1, place.detail, 'dim');
  });
  let y = places.some(({ detail }) => detail !== '') ? 2 : 1;
  const rails = (line: number): void => {
    for (const [i, column] of x.entries())
      canvas.put(column, line, places[i].kind === 'unseen' ? '┊' : '│', places[i].kind === 'unseen' ? 'expected' : 'dim');
  };
  let firstNs: number | null = null;
  let tunnel = -1;
  rows.forEach((row) => {
    const inside = row.kind === 'arrow' ? row.tunnel : -1;
    if (inside >= 0 && inside !== tunnel) {
      // What runs inside of it follows, between the same two lines.
      const own = rows.filter((one): one is LadderArrow => one.kind === 'arrow' && one.tunnel === inside);
      const ends = own.flatMap(({ from, to }) => [x[from], x[to]]);
      const [a, b] = [Math.min(...ends), Math.max(...ends)];
      rails(y);
      const { label, detail } = tunnels[inside];
      canvas.put(a + 1, y, `╔${'═'.repeat(Math.max(0, b - a - 3))}╗`, 'tunnel');
      const whole = ` ${label}, ${detail} `;
      canvas.put(a + 3, y, cut(width(whole) > b - a - 5 ? ` ${label} ` : whole, b - a - 5), 'tunnel');
      y++;
    }
    tunnel = inside;
    rails(y);
    if (row.kind !== 'silence' && row.timeNs !== null) {
      const told = firstNs === null ? (row.time ?? '').slice(11, 26) : `+${duration(Math.max(0, row.timeNs - firstNs))}`;
      firstNs ??= row.timeNs;
      canvas.put(Math.max(0, 15 - width(told)), y, told, 'dim');
    }
    if (row.kind === 'silence') {
      for (const column of x) canvas.put(column, y, '┊', 'wrong');
      const text = cut(row.text, most - x[0] - 4);
      canvas.put(Math.max(x[0] + 2, Math.floor((x[0] + x[x.length - 1] - width(text)) / 2)), y, text, 'wrong');
    } else if (row.kind === 'note') {
      canvas.sign(x[row.at], y, '●', INKS[row.tone]);
      const isLate = x[row.at] + width(row.text) + 3 > most;
      const text = cut(row.text, isLate ? x[row.at] - 3 - TIME : most - x[row.at] - 3);
      canvas.put(isLate ? x[row.at] - 2 - width(text) : x[row.at] + 2, y, text, INKS[row.tone]);
    } else drawArrow(canvas, row, x, y, most);
    y++;
  });
  for (const text of left) canvas.put(TIME, y++, cut(text, most - TIME), 'dim');
  return canvas.text(paint);
}

function drawArrow(canvas: Canvas, row: LadderArrow, x: readonly number[], y: number, most: number): void {
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
  const dash = DASH[row.tone];
  const shown = room >= 6 ? cut(text, room - 4) : '';
  const rest = room - 1 - width(shown);
  const before = Math.min(1, rest);
  const line = `${dash.repeat(before)}${shown}${dash.repeat(Math.max(0, rest - before))}`;
  const head = row.tone === 'expected' ? (isRight ? '▷' : '◁') : isRight ? '▶' : '◀';
  if (isRight) canvas.put(a + 1, y, `${line}${row.isLost ? dash : head}`, ink);
  else canvas.put(a + 1, y, `${row.isLost ? dash : head}${line}`, ink);
  if (row.isLost) canvas.sign(to, y, '✗', 'wrong');
}

// Map

function map(picture: MapPicture, { width: most, paint }: TextOptions): string[] | null {
  const { nodes, repair, left } = picture;
  const canvas = new Canvas();
  const all = blocks(picture);
  const nameOf = (node: number): string => {
    const { label, detail } = nodes[node];
    return detail === '' ? label : `${label} (${detail})`;
  };
  const widest = (texts: readonly string[]): number => Math.max(0, ...texts.map(width));
  const farWidth = Math.min(34, widest(all.flatMap(({ left: west }) => west.map((edge) => nameOf(edge.far)))));
  const ifWidth = Math.min(16, widest(all.flatMap(({ left: west }) => west.map((edge) => edge.interface))));
  const outWidth = Math.min(16, widest(all.flatMap(({ right: east }) => east.map((edge) => edge.interface))));
  const centre = Math.min(24, widest(all.map(({ node }) => nodes[node].label)));
  const hasLeft = farWidth > 0;
  const joint = hasLeft ? farWidth + ifWidth + 9 : 0;
  const joint2 = joint + centre + 4;
  const farAt = joint2 + outWidth + 9;
  const farName = Math.min(34, widest(all.flatMap(({ right: east }) => east.map((edge) => nameOf(edge.far)))));
  if (farAt + farName > most) return null;
  let y = 0;
  for (const { node, left: west, right: east } of all) {
    const rows = Math.max(1, west.length, east.length);
    const side = (edges: readonly MapEdge[]): { edge: MapEdge; y: number }[] =>
      edges.map((edge, i) => ({ edge, y: y + 2 * i + rows - edges.length }));
    const [westRows, eastRows] = [side(west), side(east)];
    const lines = 2 * rows - 1;
    const middle = y + Math.floor((lines - 1) / 2);
    const trunk = (own: readonly { y: number }[], x: number, isLeft: boolean): void => {
      if (own.length === 0) return;
      const ys = own.map((one) => one.y);
      const [top, bottom] = [Math.min(middle, ...ys), Math.max(middle, ...ys)];
      for (let line = top; line <= bottom; line++) {
        const isRow = ys.includes(line);
        const isMiddle = line === middle;
        const up = line > top;
        const down = line < bottom;
        canvas.put(x, line, corner({ up, down, left: isLeft ? isRow : isMiddle, right: isLeft ? isMiddle : isRow }), 'dim');
      }
    };
    trunk(westRows, joint - 1, true);
    trunk(eastRows, joint2, false);
    const label = cut(nodes[node].label, centre);
    canvas.put(joint + 2, middle, label, 'name');
    if (hasLeft) canvas.put(joint, middle, '─', 'dim');
    canvas.put(joint + 2 + width(label) + 1, middle, '─'.repeat(Math.max(0, joint2 - joint - 3 - width(label))), 'dim');
    for (const { edge, y: line } of westRows) {
      const far = cut(nameOf(edge.far), farWidth);
      const ink = INKS[edge.tone];
      canvas.put(farWidth - width(far), line, far, ink ?? 'name');
      const heads = [edge.out > 0 ? '◀' : '─', edge.in > 0 ? '▶' : '─'];
      const name = cut(edge.interface, ifWidth);
      canvas.put(farWidth + 1, line, `${heads[0]}──${name}${'─'.repeat(ifWidth - width(name))}──${heads[1]}`, ink);
      const text = cut(edgeText(edge), joint - 2);
      canvas.put(Math.max(0, joint - 2 - width(text)), line + 1, text, ink ?? 'dim');
    }
    for (const { edge, y: line } of eastRows) {
      const ink = INKS[edge.tone];
      const dash = edge.tone === 'expected' ? '╌' : '─';
      const heads = [edge.in > 0 ? '◀' : dash, edge.out > 0 ? '▶' : edge.tone === 'expected' ? '▷' : dash];
      const name = cut(edge.interface, outWidth);
      const fill = dash.repeat(outWidth - width(name));
      canvas.put(joint2 + 1, line, `${heads[0]}${dash}${name}${fill}${dash.repeat(3)}${heads[1]}`, ink);
      if (edge.tone === 'wrong') canvas.sign(farAt - 4, line, '✗', 'wrong');
      const far = cut(nameOf(edge.far), most - farAt);
      canvas.put(farAt, line, far, ink ?? 'name');
      const text = edgeText(edge);
      const after = farAt + width(far) + 2;
      // Beside it where there is room, else under it.
      if (after + width(text) <= most) canvas.put(after, line, text, ink ?? 'dim');
      else canvas.put(farAt, line + 1, cut(text, most - farAt), ink ?? 'dim');
    }
    y += lines + 2;
  }
  const lines = canvas.text(paint);
  while (lines.length > 0 && lines[lines.length - 1] === '') lines.pop();
  const plain = paint ?? ((_: Ink, text: string): string => text);
  for (const text of left) lines.push(plain('dim', cut(text, most)));
  if (repair !== null) for (const command of repair.commands) lines.push(cut(`on ${repair.node}: ${command}`, most));
  return lines;
}

/** The line that joins these sides. */
function corner({ up, down, left, right }: { up: boolean; down: boolean; left: boolean; right: boolean }): string {
  return ' ╴╶─╷┐┌┬╵┘└┴│┤├┼'[(up ? 8 : 0) + (down ? 4 : 0) + (right ? 2 : 0) + (left ? 1 : 0)];
}

// Timeline

const BLOCKS: Readonly<Record<string, string>> = { answered: '█', refused: '▒', lost: '░' };
const BAND_INKS: Readonly<Record<string, Ink>> = { answered: 'good', refused: 'wrong', lost: 'wrong' };

function timeline(picture: TimelinePicture, { width: most, paint }: TextOptions): string[] | null {
  const { bands, marks, fromNs, toNs, from, to, left } = picture;
  if (most < 40) return null;
  const canvas = new Canvas();
  const room = Math.min(most, 100) - 1;
  const at = (ns: number): number => Math.round(((Math.min(Math.max(ns, fromNs), toNs) - fromNs) / (toNs - fromNs)) * (room - 1));
  const clock = (time: string): string => time.slice(11, 23);
  canvas.put(0, 0, clock(from), 'dim');
  canvas.put(room - 12, 0, clock(to), 'dim');
  canvas.put(0, 1, '·'.repeat(room), 'dim');
  for (const band of bands) {
    const x = at(band.fromNs);
    canvas.put(x, 1, BLOCKS[band.outcome].repeat(Math.max(1, at(band.toNs) - x + 1)), BAND_INKS[band.outcome]);
  }
  let y = 2;
  if (marks.length > 0) {
    for (const mark of marks) canvas.put(at(mark.timeNs), y, '▲');
    y++;
  }
  for (const band of bands.slice(0, 8)) {
    canvas.put(0, y, BLOCKS[band.outcome].repeat(2), BAND_INKS[band.outcome]);
    canvas.put(3, y++, cut(`${band.outcome} ×${band.count} from ${clock(band.from)} to ${clock(band.to)}`, most - 4));
  }
  if (bands.length > 8) canvas.put(3, y++, `and ${bands.length - 8} more changes`, 'dim');
  for (const mark of marks) {
    canvas.put(0, y, '▲');
    canvas.put(3, y++, cut(`${clock(mark.time)} ${mark.text}`, most - 4));
  }
  for (const text of left) canvas.put(3, y++, cut(text, most - 4), 'dim');
  return canvas.text(paint);
}
