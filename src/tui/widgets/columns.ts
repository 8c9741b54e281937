// Which columns fit: the least important ones drop out whole, so that what is shown is never cut.

export interface ColumnSpec {
  /** The lowest drops out first; 9 never does. */
  readonly weight: number;
  /** Columns it needs to show everything. */
  readonly width: number;
  /** Takes what is left, and may be cut. */
  readonly isElastic: boolean;
}

export interface Placed {
  readonly index: number;
  readonly width: number;
}

const GAP = 1;
/** An elastic column with less than this says nothing. */
const LEAST = 18;
const KEPT = 9;

/** The columns that fit into `total`, and their widths; one blank stands between two. */
export function placeColumns(specs: readonly ColumnSpec[], total: number): Placed[] {
  const need = (spec: ColumnSpec) => (spec.isElastic ? Math.min(spec.width, LEAST) : spec.width);
  let shown = specs.map((spec, index) => ({ spec, index }));
  const used = () => shown.reduce((sum, { spec }) => sum + need(spec), GAP * (shown.length - 1));
  while (shown.length > 1 && used() > total) {
    const least = Math.min(...shown.map(({ spec }) => spec.weight));
    if (least >= KEPT) break;
    const at = shown.findLastIndex(({ spec }) => spec.weight === least);
    shown = shown.filter((_, i) => i !== at);
  }
  // What was dropped for a wide column may leave room for a narrow one.
  const rest = specs.map((spec, index) => ({ spec, index })).filter(({ index }) => shown.every((one) => one.index !== index));
  rest.sort((a, b) => b.spec.weight - a.spec.weight);
  for (const one of rest)
    if (used() + GAP + need(one.spec) <= total) {
      shown.push(one);
      shown.sort((a, b) => a.index - b.index);
    }
  const elastic = shown.find(({ spec }) => spec.isElastic);
  let room = total - GAP * (shown.length - 1);
  const placed = shown.map(({ spec, index }) => ({ index, width: Math.max(1, need(spec)) }));
  room -= placed.reduce((sum, one) => sum + one.width, 0);
  if (elastic !== undefined) {
    const one = placed.find(({ index }) => index === elastic.index)!;
    one.width = Math.max(1, one.width + room);
  } else if (room < 0 && placed.length > 0) {
    // Nothing may drop out any more: the widest gives way.
    const widest = placed.reduce((a, b) => (b.width > a.width ? b : a));
    widest.width = Math.max(1, widest.width + room);
  }
  return placed;
}
