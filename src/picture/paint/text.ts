// Pictures as text: for a terminal of some width, for a file, for a block of code.
import type { MapEdge, MapPicture, Picture, TimelinePicture } from '../model.js';
import { BAND_INKS, BLOCKS, Canvas, cut, INKS, type Ink, type Run, width } from './canvas.js';
import { blocks, edgeText } from './layout.js';
import { ladderLines } from './text-ladder.js';

export type { Ink } from './canvas.js';

export interface TextOptions {
  /** Columns there are; a picture that needs more is null. */
  readonly width: number;
  /** Colours a stretch of text; as it is when not given. */
  readonly paint?: (ink: Ink, text: string) => string;
}

/** The lines of a picture; null where it does not fit into the width. Every text in it is safe for a terminal. */
export function paintText(picture: Picture, { width: most, paint = (_, text) => text }: TextOptions): readonly string[] | null {
  return (
    paintRuns(picture, most)?.map((line) => line.map(({ ink, text }) => (ink === null ? text : paint(ink, text))).join('')) ??
    null
  );
}

/** The same, each stretch of text with what it is. */
export function paintRuns(picture: Picture, most: number): readonly (readonly Run[])[] | null {
  if (picture.kind === 'map') return map(picture, most);
  if (picture.kind === 'timeline') return timeline(picture, most);
  const lines = ladderLines(picture, { width: most });
  return lines === null ? null : [...lines.head, ...lines.body.map(({ runs }) => runs)];
}

// Map

const NARROW = 100;

/** A map, and columns of its texts that had no room. */
interface Drawn {
  readonly lines: Run[][];
  readonly lost: number;
}

/** How far names may go: whole with their addresses, else without them, else cut. */
const NAMES = [
  { far: 34, detail: true },
  { far: 34, detail: false },
  { far: 18, detail: false },
] as const;

function map(picture: MapPicture, most: number): Run[][] | null {
  const fitting = NAMES.flatMap((names) => mapWith(picture, most, names) ?? []);
  const [first] = fitting;
  if (first === undefined) return null;
  // On a narrow screen what packets did is worth more than addresses of names.
  if (most >= NARROW) return first.lines;
  return fitting.reduce((best, one) => (one.lost < best.lost ? one : best)).lines;
}

function mapWith(picture: MapPicture, most: number, names: (typeof NAMES)[number]): Drawn | null {
  const { nodes, repair, left } = picture;
  const canvas = new Canvas();
  const all = blocks(picture);
  const nameOf = (node: number): string => {
    const { label, detail } = nodes[node];
    return detail === '' || !names.detail ? label : `${label} (${detail})`;
  };
  const widest = (texts: readonly string[]): number => Math.max(0, ...texts.map(width));
  const farWidth = Math.min(names.far, widest(all.flatMap(({ left: west }) => west.map((edge) => nameOf(edge.far)))));
  const ifWidth = Math.min(16, widest(all.flatMap(({ left: west }) => west.map((edge) => edge.interface))));
  const outWidth = Math.min(16, widest(all.flatMap(({ right: east }) => east.map((edge) => edge.interface))));
  const centre = Math.min(24, widest(all.map(({ node }) => nodes[node].label)));
  const hasLeft = farWidth > 0;
  const joint = hasLeft ? farWidth + ifWidth + 9 : 0;
  const joint2 = joint + centre + 4;
  const farAt = joint2 + outWidth + 9;
  const farName = Math.min(names.far, widest(all.flatMap(({ right: east }) => east.map((edge) => nameOf(edge.far)))));
  if (farAt + farName > most) return null;
  let y = 0;
  let lost = 0;
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
      else {
        // Further to the left where it would be cut.
        const at = Math.max(joint2 + 2, Math.min(farAt, most - width(text)));
        lost += Math.max(0, width(text) - (most - at));
        canvas.put(at, line + 1, cut(text, most - at), ink ?? 'dim');
      }
    }
    y += lines + 2;
  }
  const lines = canvas.runs();
  while (lines.length > 0 && lines[lines.length - 1].length === 0) lines.pop();
  for (const text of left) lines.push([{ ink: 'dim', text: cut(text, most) }]);
  if (repair !== null)
    for (const command of repair.commands) lines.push([{ ink: null, text: cut(`on ${repair.node}: ${command}`, most) }]);
  return { lines, lost };
}

/** The line that joins these sides. */
function corner({ up, down, left, right }: { up: boolean; down: boolean; left: boolean; right: boolean }): string {
  return ' ╴╶─╷┐┌┬╵┘└┴│┤├┼'[(up ? 8 : 0) + (down ? 4 : 0) + (right ? 2 : 0) + (left ? 1 : 0)];
}

// Timeline

function timeline(picture: TimelinePicture, most: number): Run[][] | null {
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
    canvas.put(3, y++, cut(`${clock(mark.time)} ${mark.witness === '' ? '' : `${mark.witness}: `}${mark.text}`, most - 4));
  }
  for (const text of left) canvas.put(3, y++, cut(text, most - 4), 'dim');
  return canvas.runs();
}
