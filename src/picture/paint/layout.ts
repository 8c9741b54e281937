// Where things stand, in units of any painter: columns of a ladder wide enough for what stands on them, sides of a map.
import type { LadderArrow, LadderPicture, MapEdge, MapPicture } from '../model.js';

/** What an arrow says: what it is, and what is told of it. */
export const arrowText = ({ label, detail }: LadderArrow): string => [label, detail].filter(Boolean).join(', ');

/**
 * Positions of the columns of a ladder, the first one at 0. Columns stand `least` apart at the least, further where a name or the text of an
 * arrow needs it, and no further than `most`.
 */
export function columns(
  { places, rows, tunnels }: LadderPicture,
  { width, least, most, space }: { width: (text: string) => number; least: number; most: number; space: number },
): number[] {
  const gaps = places.slice(1).map((place, i) => {
    const [a, b] = [places[i], place];
    const name = (one: typeof place): number => Math.max(width(one.label), width(one.detail));
    return Math.min(most, Math.max(least, Math.ceil((name(a) + name(b)) / 2) + space));
  });
  for (const row of rows) {
    if (row.kind !== 'arrow' || row.from === row.to) continue;
    const carrier = row.tunnel < 0 ? 0 : width(tunnels[row.tunnel].label);
    const [left, right] = row.from < row.to ? [row.from, row.to] : [row.to, row.from];
    const room = gaps.slice(left, right).reduce((sum, gap) => sum + gap, 0);
    const wanted = Math.min(most * (right - left), Math.max(width(arrowText(row)), carrier) + 3 * space);
    // All that it spans become wider by the same.
    for (let i = left; i < right; i++) gaps[i] += Math.max(0, Math.ceil((wanted - room) / (right - left)));
  }
  const at = [0];
  for (const gap of gaps) at.push(at[at.length - 1] + gap);
  return at;
}

/** A captured node of a map, with what lies to its left and to its right. */
export interface MapBlock {
  readonly node: number;
  readonly left: readonly MapEdge[];
  readonly right: readonly MapEdge[];
}

/** Packets mostly come in from the left; what breaks, and what should have been, is on the right. */
export function blocks({ nodes, edges }: MapPicture): MapBlock[] {
  return nodes.flatMap(({ kind }, node) => {
    if (kind !== 'captured') return [];
    const own = edges.filter((edge) => edge.node === node);
    if (own.length === 0) return [];
    const isRight = (edge: MapEdge): boolean => edge.tone !== 'plain' || edge.out > edge.in;
    let [left, right] = [own.filter((edge) => !isRight(edge)), own.filter(isRight)];
    // All on one side says nothing about sides: the first interface's stand on the left.
    if (left.length === 0 || right.length === 0) {
      const all = own.filter(({ tone }) => tone === 'plain');
      const first = all[0]?.interface;
      left = all.filter((edge) => edge.interface === first);
      right = own.filter((edge) => !left.includes(edge));
    }
    return [{ node, left, right }];
  });
}

/** What an edge of a map says beside its interface. */
export const edgeText = ({ in: came, out, note, tunnel, tone }: MapEdge): string =>
  [tone === 'expected' ? '' : `${came} in, ${out} out`, tunnel === '' ? '' : `in ${tunnel}`, note].filter(Boolean).join(', ');
