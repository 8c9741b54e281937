// What the tables of conversations and of endpoints have in common: which frames count, a bounded number of rows, the busiest first.
import type { Layers } from '../../dissect/walk.js';
import { END_KINDS, type EndKind, type Ends, EndsReader } from './ends.js';
import { type Chosen, LINE, type StatisticTools } from './statistic.js';

/** Rows kept; what comes after is counted in one line. */
const MAX_ROWS = 1 << 20;

export class EndsTable<Row> {
  private readonly rows = new Map<string, Row>();
  private left = 0;
  private readonly chosen: Chosen;
  private readonly reader: EndsReader;

  /** `rest`: the display filter that stands after the name. Throws FilterError. */
  constructor(
    private readonly kind: EndKind,
    rest: string,
    { registry, filter }: StatisticTools,
  ) {
    this.chosen = filter(rest);
    this.reader = new EndsReader(registry, kind);
  }

  get hasPorts(): boolean {
    return END_KINDS[this.kind].hasPorts;
  }

  /** The pairs of ends in a frame; none where the filter leaves it out. */
  ends(layers: Layers): Iterable<Ends> {
    return this.chosen.matches(layers) ? this.reader.of(layers) : [];
  }

  find(key: string): Row | undefined {
    return this.rows.get(key);
  }

  /** The row of `key`; null where there is no room for one more. */
  row(key: string, make: () => Row): Row | null {
    let row = this.rows.get(key);
    if (row !== undefined) return row;
    if (this.rows.size >= MAX_ROWS) {
      this.left++;
      return null;
    }
    row = make();
    this.rows.set(key, row);
    return row;
  }

  /** `what`: the table's name; `head`: its columns. The busiest come first; rows that are equal stay in their order. */
  text(what: string, head: string, frames: (row: Row) => number, line: (row: Row) => string): string {
    const { rows, left, chosen } = this;
    let text = `${LINE}\n${END_KINDS[this.kind].title} ${what}\nFilter:${chosen.text === '' ? '<No Filter>' : chosen.text}\n${head}`;
    for (const row of [...rows.values()].sort((a, b) => frames(b) - frames(a))) text += line(row);
    if (left > 0) text += `(${left} frames of further rows are not listed; choose with a filter)\n`;
    return `${text}${LINE}\n`;
  }
}
