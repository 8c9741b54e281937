// Tables that the loader makes: shown a page at a time, the rest asked for when it is looked at.
import type { Table, TableColumn, TableRow } from '../session.js';
import type { TablePage } from './wire.js';

/** Rows asked for at once. */
const PAGE = 100;
/** Pages of one table that are kept. */
const MAX_PAGES = 64;
/** While the load goes on, what is shown is asked for anew this often. */
const REFRESH_MS = 1000;

export class PagedTable implements Table {
  columns: readonly TableColumn[] = [];
  count = 0;
  isPartial = true;
  tabs: readonly { readonly title: string; readonly count: number }[] = [];
  private readonly pages = new Map<
    number,
    { readonly rows: readonly TableRow[]; readonly atMs: number; readonly state: string }
  >();
  private readonly waiting = new Set<number>();
  /** Looks again at what was too young to be asked for anew. */
  private later: NodeJS.Timeout | null = null;

  /** `state`: how far the load is; pages that were made at another one are old. */
  constructor(
    private readonly ask: (from: number, n: number) => Promise<TablePage | null>,
    private readonly onChange: () => void,
    private readonly state: () => string,
  ) {
    this.fetch(0);
  }

  rows(from: number, n: number): readonly (TableRow | null)[] {
    const rows: (TableRow | null)[] = [];
    for (let i = from; i < from + n && (i < this.count || this.count === 0); i++) {
      const number = Math.floor(i / PAGE);
      const page = this.pages.get(number);
      const age = page === undefined ? Infinity : performance.now() - page.atMs;
      if (page === undefined || (this.isPartial && age > REFRESH_MS)) this.fetch(number);
      else if (this.isPartial && page.state !== this.state()) this.lookAgain(REFRESH_MS - age);
      if (this.count === 0) break;
      rows.push(page?.rows[i % PAGE] ?? null);
    }
    return rows;
  }

  /** Nothing else may draw the table any more: the load may have ended just after the page was made. */
  private lookAgain(afterMs: number): void {
    if (this.later !== null) return;
    this.later = setTimeout(() => {
      this.later = null;
      this.onChange();
    }, afterMs + 1).unref();
  }

  private fetch(number: number): void {
    if (this.waiting.has(number)) return;
    this.waiting.add(number);
    const state = this.state();
    void this.ask(number * PAGE, PAGE).then((page) => {
      this.waiting.delete(number);
      if (page === null) return;
      const isOver = this.isPartial && !page.isPartial;
      if (isOver || this.pages.size >= MAX_PAGES) this.pages.clear();
      this.pages.set(number, { rows: page.rows, atMs: performance.now(), state });
      this.columns = page.columns;
      this.count = page.count;
      this.isPartial = page.isPartial;
      this.tabs = page.tabs;
      this.onChange();
    });
  }
}
