// The tables of `-z NAME,tree`: what is counted, in what, with rates and bursts, printed as tshark prints them.
import type { Layers } from '../../dissect/walk.js';
import type { FrameContext } from '../frame-context.js';
import { relativeSeconds } from './statistic.js';

/** Items of a table; hosts and paths of requests can be made up. Later ones are left out, and counted in what they belong to. */
const MAX_ITEMS = 10_000;
/** The window in which a burst is looked for, and its steps, in milliseconds: as in tshark. */
const WINDOW_MS = 100;
const STEP_MS = 5;
const STEPS = WINDOW_MS / STEP_MS;

const CELL = 14;
const HEADINGS = ['Count', 'Average', 'Min Val', 'Max Val', 'Rate (ms)', 'Percent', 'Burst Rate', 'Burst Start'];

/** The most of what is counted within any window, and when that window begins. */
class Burst {
  most = 0;
  startMs = 0;
  /** Begins with the first frame of the capture, in which nothing was counted yet: as in tshark, a window may begin there. */
  private readonly steps: { readonly step: number; readonly ms: number; count: number }[] = [{ step: 0, ms: 0, count: 0 }];
  private count = 0;

  add(ms: number): void {
    const { steps } = this;
    const step = Math.floor(ms / STEP_MS);
    const last = steps.at(-1)!;
    // A frame with an earlier time than the one before counts as one of its moment.
    if (step <= last.step) last.count++;
    else {
      steps.push({ step, ms, count: 1 });
      while (steps[0].step + STEPS <= step) this.count -= steps.shift()!.count;
    }
    this.count++;
    if (this.count <= this.most) return;
    this.most = this.count;
    this.startMs = steps[0].ms;
  }
}

/** How the items below one are ordered: by their counts, or as they were made. */
type Order = 'count' | 'made';
/** Which averages a line has: none, of whole numbers, of fractions, or of whole numbers where there may be no value at all. */
type Values = 'none' | 'whole' | 'exact' | 'range';

/** One line of a table, and those below it. */
export class Item {
  count = 0;
  readonly items: Item[] = [];
  private readonly byName = new Map<string, Item>();
  private readonly burst = new Burst();
  private sum = 0;
  private least = Number.POSITIVE_INFINITY;
  private most = Number.NEGATIVE_INFINITY;

  constructor(
    readonly name: string,
    private readonly table: StatisticTree,
    private readonly order: Order = 'count',
    private readonly values: Values = 'none',
  ) {}

  /** The item of this name below this one; the table's spare one where there are too many. */
  item(name: string, order?: Order, values?: Values): Item {
    const known = this.byName.get(name);
    if (known !== undefined) return known;
    if (!this.table.mayGrow()) return this.table.spare;
    const made = new Item(name, this.table, order, values);
    this.byName.set(name, made);
    this.items.push(made);
    return made;
  }

  /** Counts one; gives this item back, so that what it has inside may be counted next. */
  tick(value?: number): this {
    this.count++;
    this.burst.add(this.table.nowMs);
    if (value === undefined) return this;
    this.sum += value;
    this.least = Math.min(this.least, value);
    this.most = Math.max(this.most, value);
    return this;
  }

  /** Its lines: name with its indent, and the cells. `of`: the count of the item above, null for one that is on top. */
  lines(depth: number, of: number | null): readonly (readonly string[])[] {
    const { count, table, burst } = this;
    const elapsed = table.elapsedMs;
    const value = (n: number) => (this.values === 'exact' ? n.toFixed(6) : String(n));
    const none = this.values === 'range' ? '-' : '';
    const share = of === null ? '100%' : of === 0 ? '' : `${((100 * count) / of).toFixed(2)}%`;
    const cells = [
      ' '.repeat(depth) + this.name,
      String(count),
      ...(this.values !== 'none' && count > 0
        ? [(this.sum / count).toFixed(2), value(this.least), value(this.most)]
        : [none, none, none]),
      elapsed > 0 ? (count / elapsed).toFixed(4) : '',
      share,
      burst.most > 0 ? (burst.most / WINDOW_MS).toFixed(4) : '-',
      burst.most > 0 ? (burst.startMs / 1000).toFixed(3) : '-',
    ];
    const below =
      this.order === 'made' ? this.items : [...this.items].sort((a, b) => b.count - a.count || (a.name < b.name ? 1 : -1));
    return [cells, ...below.flatMap((one) => one.lines(depth + 1, count))];
  }
}

export class StatisticTree {
  nowMs = 0;
  /** Where what is one too many is counted. */
  readonly spare: Item;
  private readonly roots: Item[] = [];
  private firstMs = Number.NaN;
  private made = 0;

  constructor(
    private readonly title: string,
    private readonly context: FrameContext,
    /** Letters of the longest name that tshark has for an item, printed or not. */
    private readonly least: number,
  ) {
    this.spare = new Item('', this);
  }

  /** Time from the first frame that is counted to the last one. */
  get elapsedMs(): number {
    return this.nowMs - this.firstMs;
  }

  mayGrow(): boolean {
    return this.made++ < MAX_ITEMS;
  }

  root(name: string, order?: Order, values?: Values): Item {
    const item = new Item(name, this, order, values);
    this.roots.push(item);
    return item;
  }

  /** To be called before a frame is counted. */
  at(layers: Layers): void {
    this.nowMs = relativeSeconds(layers, this.context) * 1000;
    if (Number.isNaN(this.firstMs)) this.firstMs = this.nowMs;
  }

  text(): string {
    const rows = this.roots.flatMap((one) => one.lines(0, null));
    const width = Math.max(...rows.map(([name]) => name.length), 'Topic / Item'.length, this.least) + 2;
    const line = ([name, ...cells]: readonly string[]) => name.padEnd(width) + cells.map((cell) => cell.padEnd(CELL)).join('');
    const total = width + CELL * HEADINGS.length - 1;
    const text = [
      '',
      '='.repeat(total),
      `${this.title}:`,
      line(['Topic / Item', ...HEADINGS]).slice(0, total),
      '-'.repeat(total),
      ...rows.map((row) => line(row).slice(0, total)),
      '',
      '-'.repeat(total),
    ];
    return `${text.join('\n')}\n`;
  }
}
