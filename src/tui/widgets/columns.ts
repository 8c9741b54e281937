// Which columns fit: the least important ones drop out whole, so that what is shown is never cut.

export interface ColumnSpec {
  /** The lowest drops out first; 9 never does. */
  readonly weight: number;
  /** Columns it needs to show everything. */
  readonly width: number;
  /** Takes what is left, and may be cut. */
  readonly isElastic: boolean;
  /** Columns it needs to say what counts (an address without its name); else `width`. */
  readonly least?: number;
  /** Columns that an elastic one gets before lesser ones are shown. */
  readonly wish?: number;
}

export interface Placed {
  readonly index: number;
  readonly width: number;
}

const GAP = 1;
/** An elastic column with less than this says nothing. */
const LEAST = 18;
const KEPT = 9;
/** From this weight on a column is worth the name after an address. */
const WORTH_A_NAME = 7;

const least = (spec: ColumnSpec): number =>
  spec.isElastic ? Math.min(spec.width, LEAST) : Math.min(spec.width, spec.least ?? spec.width);
const most = (spec: ColumnSpec): number => (spec.isElastic ? Math.min(spec.width, spec.wish ?? LEAST) : spec.width);

/** The columns that fit into `total`, and their widths; one blank stands between two. */
export function placeColumns(specs: readonly ColumnSpec[], total: number): Placed[] {
  const all = specs.map((spec, index) => ({ spec, index }));
  const used = (list: typeof all, need: (spec: ColumnSpec) => number) =>
    list.reduce((sum, { spec }) => sum + need(spec), GAP * (list.length - 1));
  let shown = all;
  for (;;) {
    const lowest = Math.min(...shown.map(({ spec }) => spec.weight));
    if (shown.length <= 1 || lowest >= KEPT || used(shown, lowest >= WORTH_A_NAME ? least : most) <= total) break;
    const at = shown.findLastIndex(({ spec }) => spec.weight === lowest);
    shown = shown.filter((_, i) => i !== at);
  }
  // What was dropped for a wide column may leave room for a narrow one.
  const rest = all.filter(({ index }) => shown.every((one) => one.index !== index));
  rest.sort((a, b) => b.spec.weight - a.spec.weight);
  for (const one of rest)
    if (used([...shown, one], most) <= total) {
      shown.push(one);
      shown.sort((a, b) => a.index - b.index);
    }
  const placed = shown.map(({ spec, index }) => ({ index, width: Math.max(1, least(spec)) }));
  let room = total - placed.reduce((sum, { width }) => sum + width, GAP * (placed.length - 1));
  // Names come back first, then the elastic column takes the rest.
  for (const one of placed) {
    const more = Math.max(0, Math.min(most(specs[one.index]) - one.width, room));
    one.width += more;
    room -= more;
  }
  const elastic = placed.find(({ index }) => specs[index].isElastic);
  if (elastic !== undefined) elastic.width = Math.max(1, elastic.width + room);
  else if (room < 0 && placed.length > 0) {
    // Nothing may drop out any more: the widest gives way.
    const widest = placed.reduce((a, b) => (b.width > a.width ? b : a));
    widest.width = Math.max(1, widest.width + room);
  }
  return placed;
}
