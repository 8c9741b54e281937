// A table of the engine as a view: columns that drop out, order by any column, tabs, a filter from each row. Views with more to them
// extend it and override `extra`.
import { displayWidth, plainWidth } from '../../bytes/text.js';
import type { Action, Place } from '../keys.js';
import type { Key, Mouse } from '../screen/input.js';
import { type Attr, cell, fill, fit, type Picture, type Row, type Span, span } from '../screen/paint.js';
import { over, severityAttr, severitySign } from '../screen/theme.js';
import type { Table, TableName, TableRow } from '../session.js';
import type { Ui, View } from '../view.js';
import { type ColumnSpec, type Placed, placeColumns } from './columns.js';
import { Cursor } from './cursor.js';

const SIGN = 2;

export class TableView implements View {
  readonly cursor = new Cursor();
  protected tab = 0;
  private sortBy: number | null = null;
  private descending = false;
  private limitToFilter = false;
  private placed: readonly Placed[] = [];
  /** Widest text of each column so far, by tab: widths only grow. */
  private widths: number[] = [];
  private widthsOf = '';
  private tabPlaces: { readonly from: number; readonly to: number }[] = [];

  constructor(
    protected readonly ui: Ui,
    private readonly name: TableName,
    readonly title: string,
  ) {}

  places(): readonly Place[] {
    return ['tables', 'lists'];
  }

  /** The table as it is asked for now. */
  protected get table(): Table {
    const { tab, sortBy, descending, limitToFilter } = this;
    return this.ui.session.table(this.name, { tab, sortBy, descending, limitToFilter });
  }

  /** The chosen row; null where it is not there yet. */
  get row(): TableRow | null {
    return this.table.rows(this.cursor.at, 1)[0] ?? null;
  }

  /** The column that takes what is left and may be cut; the last one, unless a view knows better. */
  protected elastic(table: Table): number {
    return table.columns.length - 1;
  }

  draw(width: number, height: number): Picture {
    const { theme } = this.ui;
    const { table } = this;
    const rows: Row[] = [this.headLine(table, width)];
    const listHeight = Math.max(1, height - 2);
    this.cursor.settle(table.count, listHeight);
    const shown = table.rows(this.cursor.top, listHeight);
    this.place(table, shown, width);
    const header: Span[] = [{ text: '  ', attr: theme.heading }];
    for (const { index, width: w } of this.placed) {
      const { title, align } = table.columns[index]!;
      const sign = this.sortBy === index ? (this.descending ? '▼' : '▲') : '';
      header.push(cell(`${title}${sign}`, w, theme.heading, align), { text: ' ', attr: theme.heading });
    }
    rows.push(header);
    shown.forEach((row, i) => {
      rows.push(this.line(row, table, this.cursor.top + i === this.cursor.at));
    });
    if (table.count === 0) rows.push([span(`  ${table.isPartial ? 'reading …' : 'nothing to show'}`, theme.dim)]);
    return { rows: fill(rows, width, height, theme.text) };
  }

  /** Tabs, and what the table is limited to. */
  private headLine(table: Table, width: number): Row {
    const { theme } = this.ui;
    const spans: Span[] = [];
    this.tabPlaces = [];
    let x = 0;
    const tabs = table.tabs.length > 0 ? table.tabs : [{ title: this.title, count: table.count }];
    tabs.forEach(({ title, count }, i) => {
      const text = ` ${plainWidth(title)} ${count} `;
      const isChosen = table.tabs.length === 0 || i === this.tab;
      spans.push({ text, attr: isChosen ? theme.heading : theme.dim }, { text: ' ', attr: theme.text });
      this.tabPlaces.push({ from: x, to: x + displayWidth(text) });
      x += displayWidth(text) + 1;
    });
    if (table.isPartial) spans.push(span(' still reading …', theme.dim));
    if (this.limitToFilter)
      spans.push(span(` only what the filter shows: ${this.ui.session.packets.filter || 'all'}`, theme.accent));
    return fit(spans, width, theme.text);
  }

  private place(table: Table, rows: readonly (TableRow | null)[], width: number): void {
    const name = `${this.tab} ${table.columns.map(({ title }) => title).join('|')}`;
    if (name !== this.widthsOf) {
      this.widthsOf = name;
      this.widths = table.columns.map(({ title }) => displayWidth(title) + 1);
    }
    for (const row of rows)
      row?.cells.forEach((text, i) => {
        const w = displayWidth(plainWidth(text)) + (i === 0 ? row.depth * 2 : 0);
        if (w > (this.widths[i] ?? 0)) this.widths[i] = w;
      });
    const elastic = this.elastic(table);
    const specs = table.columns.map(
      ({ weight }, i): ColumnSpec => ({ weight, width: this.widths[i]!, isElastic: i === elastic }),
    );
    this.placed = placeColumns(specs, width - SIGN);
  }

  private line(row: TableRow | null, table: Table, isChosen: boolean): Row {
    const { theme } = this.ui;
    if (row === null) return [span('  …', theme.dim)];
    const of = (attr: Attr) => (isChosen ? over(attr, theme.selected) : attr);
    const sign = severityAttr(theme, row.severity);
    const spans: Span[] = [{ text: `${severitySign(row.severity)} `, attr: of(sign) }];
    this.placed.forEach(({ index, width }, i) => {
      const indent = index === 0 ? '  '.repeat(row.depth) : '';
      const attr = row.severity !== null && i === 0 ? sign : theme.text;
      spans.push(cell(indent + (row.cells[index] ?? ''), width, of(attr), table.columns[index]!.align), {
        text: ' ',
        attr: of(theme.text),
      });
    });
    return spans;
  }

  act(action: Action, count: number | null, argument: Key): boolean {
    return this.extra(action, count, argument) || this.common(action) || this.cursor.act(action, count);
  }

  /** What a view does beyond a table; asked first. */
  protected extra(_action: Action, _count: number | null, _argument: Key): boolean {
    return false;
  }

  private common(action: Action): boolean {
    const { ui } = this;
    if (action === 'sort') {
      const { columns } = this.table;
      const shown = this.placed.map(({ index }) => index);
      const at = this.sortBy === null ? -1 : shown.indexOf(this.sortBy);
      this.orderBy(shown[at + 1] ?? null, columns[shown[at + 1] ?? -1]?.align === 'right');
    } else if (action === 'reverse-sort') {
      this.descending = !this.descending;
      this.sortBy ??= 0;
    } else if (action === 'next-tab' || action === 'previous-tab') {
      const { tabs } = this.table;
      if (tabs.length < 2) return false;
      this.tab = (this.tab + (action === 'next-tab' ? 1 : -1) + tabs.length) % tabs.length;
      this.sortBy = null;
      this.cursor.to(0);
    } else if (action === 'limit-to-filter') {
      this.limitToFilter = !this.limitToFilter;
    } else if (action === 'accept' || action === 'apply-filter' || action === 'prepare-filter') {
      const { row } = this;
      if (row === null) return true;
      if (action === 'accept' && row.packet > 0 && row.filter === '') ui.goTo(row.packet);
      else if (row.filter === '') ui.say('no display filter stands for this row');
      else {
        ui.filter(row.filter, action !== 'prepare-filter');
        ui.show('packets');
      }
    } else return false;
    return true;
  }

  private orderBy(column: number | null, descending: boolean): void {
    this.sortBy = column;
    this.descending = descending;
    this.ui.say(column === null ? 'in the order of the capture' : `ordered by ${this.table.columns[column]?.title}`);
  }

  mouse({ action, x, y }: Mouse): void {
    if (action === 'wheel-down' || action === 'wheel-up') {
      this.cursor.scroll(action === 'wheel-down' ? 3 : -3);
      return;
    }
    if (action !== 'press') return;
    if (y === 0) {
      const tab = this.tabPlaces.findIndex(({ from, to }) => x >= from && x < to);
      if (tab >= 0 && tab !== this.tab && this.table.tabs.length > 0) {
        this.tab = tab;
        this.sortBy = null;
        this.cursor.to(0);
      }
    } else if (y === 1) {
      let from = SIGN;
      for (const { index, width } of this.placed) {
        if (x >= from && x < from + width) {
          const isSame = this.sortBy === index;
          this.orderBy(index, isSame ? !this.descending : this.table.columns[index]!.align === 'right');
        }
        from += width + 1;
      }
    } else {
      const at = this.cursor.top + y - 2;
      if (at === this.cursor.at) this.act('accept', null, '');
      else this.cursor.to(at);
    }
  }

  copies(): readonly string[] {
    const rows = this.table.rows(this.cursor.top, this.cursor.height).filter((row) => row !== null);
    const { row } = this;
    return [
      ...(row === null ? [] : [row.cells[0] ?? '', row.cells.join('\t'), row.filter]),
      rows.map(({ cells }) => cells.join('\t')).join('\n'),
    ].filter((text) => text !== '');
  }
}
