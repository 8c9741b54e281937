// A table of the engine as a view: columns that drop out, order by any column, tabs, a filter from each row, and below it all that
// is known of the chosen row. Views with more to them extend it and override what is protected.

import { displayWidth, plainWidth } from '../../bytes/text.js';
import { grouped } from '../../bytes/units.js';
import { findingSign } from '../findings/list.js';
import type { Action, Place } from '../keys.js';
import type { Key, Mouse } from '../screen/input.js';
import { type Attr, cell, fill, fit, type Picture, type Row, type Span, span } from '../screen/paint.js';
import { over, severityAttr, severitySign } from '../screen/theme.js';
import type { Table, TableName, TableRow } from '../session.js';
import type { Ui, View } from '../view.js';
import { type ColumnSpec, type Placed, placeColumns } from './columns.js';
import { Cursor } from './cursor.js';
import { type Fact, factRows } from './facts.js';

const SIGN = 2;
/** Parts of the height that the facts of the chosen row may take, as `\` turns them. */
const FACTS = [0.28, 0.6, 0] as const;
const LEAST_FACTS = 3;
const MOST_FACTS = 12;
/** Below this height there is the table only. */
const FACTS_FROM = 14;
/** A name longer than this after an address does not push other columns off the screen. */
const LONGEST_NAMED = 64;
/** ` (`, three letters of a name, and the sign that more is cut. */
const LEAST_NAME = 6;
const ALWAYS_SHOWN = 9;
/** Part of the width for what may be cut, before lesser columns are shown. */
const WISH = 0.3;

interface Seen {
  readonly table: Table;
  readonly rows: readonly (TableRow | null)[];
  /** Rows for the table, its header included. */
  readonly room: number;
  readonly factsHeight: number;
}

export class TableView implements View {
  readonly cursor = new Cursor();
  protected tab = 0;
  /** Before the user has chosen a tab, the first one that has rows is shown. */
  private hasChosenTab = false;
  private sortBy: number | null = null;
  private descending = false;
  private limitToFilter = false;
  /** Which of FACTS. */
  private facting = 0;
  /** The lines of a row: one, or two where the columns that are always shown do not fit beside each other. */
  private lines: readonly (readonly Placed[])[] = [[]];
  /** Widest text of each column so far, by tab: widths only grow. */
  private widths: number[] = [];
  private leasts: number[] = [];
  /** Columns with any text so far; the others are not shown. */
  private filled: boolean[] = [];
  private widthsOf = '';
  /** What is drawn: the table as it is known, its rows on the screen, and how the height is shared. */
  private seen: Seen | null = null;

  /** Findings of the row that was looked at last. */
  private known: { readonly packet: number; readonly changes: number; readonly facts: Fact[] } = {
    packet: 0,
    changes: 0,
    facts: [],
  };

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

  /** What is shown while the answer to a new question is on its way. */
  private held: Table | null = null;
  private heldTabs: Table['tabs'] = [];

  private shownTable(): Table {
    const { table } = this;
    return table.columns.length > 0 ? table : (this.held ?? table);
  }

  /** The chosen row; null where it is not there yet. */
  get row(): TableRow | null {
    return this.table.rows(this.cursor.at, 1)[0] ?? null;
  }

  /** The column that takes what is left and may be cut; the last one, unless a view knows better. */
  protected elastic(table: Table): number {
    return table.columns.length - 1;
  }
  /** What a cell shows in the width it got, where that is not its text. */
  protected drawn(_row: TableRow, _column: number, _width: number): string | null {
    return null;
  }
  /** What is shown of the chosen row, below the table. */
  protected facts(row: TableRow, table: Table): readonly Fact[] {
    const facts = table.columns.map(({ title }, i): Fact => ({ name: title, text: row.cells[i] ?? '' }));
    return [...facts, { name: 'Filter', text: row.filter }];
  }
  /** Looks up why the chosen row is marked. */
  private lookUpFindings(row: TableRow | null): void {
    const { session, changes } = this.ui;
    if (row === null || row.severity === null || row.packet === 0) return;
    const { packet } = row;
    if (this.known.packet === packet && this.known.changes === changes) return;
    const texts = (session.about(packet)?.findings ?? []).flatMap((i) => {
      const finding = session.findings[i];
      return finding === undefined || finding.verdict === 'pass' ? [] : [`${findingSign(finding)} ${finding.title}`];
    });
    this.known = { packet, changes, facts: texts.map((text, i) => ({ name: i === 0 ? 'Findings' : '', text })) };
  }
  private findingsOf({ severity, packet }: TableRow): readonly Fact[] {
    return severity !== null && packet !== 0 && packet === this.known.packet ? this.known.facts : [];
  }
  /** One line for a table without rows. */
  protected empty(): string {
    return 'nothing to show';
  }

  settle(width: number, height: number): void {
    this.chooseTab();
    const table = this.shownTable();
    if (table.columns.length > 0) {
      this.held = table;
      this.heldTabs = table.tabs;
    }
    const part = FACTS[this.facting];
    const most = this.facting === 0 ? MOST_FACTS : height;
    const factsHeight = part === 0 || height < FACTS_FROM ? 0 : Math.max(LEAST_FACTS, Math.min(most, Math.floor(height * part)));
    const room = height - 1 - (factsHeight === 0 ? 0 : factsHeight + 1);
    const { cursor } = this;
    const { top } = cursor;
    const near = table.rows(top, room);
    this.place(table, near, width);
    const perRow = this.lines.length;
    const listHeight = Math.max(1, Math.floor((room - perRow) / perRow));
    cursor.settle(table.count, listHeight);
    const rows = cursor.top === top ? near.slice(0, listHeight) : table.rows(cursor.top, listHeight);
    this.seen = { table, rows, room, factsHeight };
    if (factsHeight > 0) this.lookUpFindings(rows[cursor.at - cursor.top] ?? null);
  }

  draw(width: number, height: number): Picture {
    const { theme } = this.ui;
    const { seen, cursor } = this;
    if (seen === null) return { rows: fill([], width, height, theme.text) };
    const { table, rows: shown, room, factsHeight } = seen;
    const list: Row[] = [this.headLine(table, width), ...this.header(table)];
    shown.forEach((row, i) => {
      list.push(...this.rowLines(row, table, cursor.top + i === cursor.at));
    });
    if (table.count === 0) {
      // A capture that grows may never have any.
      const isReading = table.isPartial && (table.columns.length === 0 || this.ui.session.load.state !== 'following');
      list.push([span(`  ${isReading ? 'reading …' : this.nothing()}`, theme.dim)]);
    }
    const rows = fill(list, width, 1 + room, theme.text);
    if (factsHeight > 0)
      rows.push(
        [span('─'.repeat(width), theme.edge)],
        ...this.factsOf(shown[cursor.at - cursor.top] ?? null, table, width, factsHeight),
      );
    return { rows: fill(rows, width, height, theme.text) };
  }

  private chooseTab(): void {
    if (this.hasChosenTab) return;
    const { tabs, count } = this.table;
    if (count > 0) return;
    const first = tabs.findIndex((one) => one.count > 0);
    if (first > 0) this.tab = first;
  }

  private nothing(): string {
    const { filter } = this.ui.session.packets;
    return this.limitToFilter && filter !== '' ? `nothing belongs to '${filter}'; L shows all` : this.empty();
  }

  private factsOf(row: TableRow | null, table: Table, width: number, height: number): Row[] {
    const { theme } = this.ui;
    if (row === null) return fill([], width, height, theme.text);
    const facts = this.facts(row, table);
    const findings = this.findingsOf(row);
    let rows = factRows([...findings, ...facts], theme, width);
    // Where there is no room for all, what the table shows already goes first, and of the findings the root cause stays.
    if (rows.length > height) rows = factRows([...findings.slice(0, 1), ...this.unseen(facts, row, table)], theme, width);
    if (rows.length > height) rows[height - 1] = [span(' … \\ gives this more room', theme.dim)];
    return fill(rows.slice(0, height), width, height, theme.text);
  }

  private unseen(facts: readonly Fact[], row: TableRow, table: Table): Fact[] {
    const seen = new Map<string, string>();
    for (const { index, width } of this.lines.flat()) {
      const text = row.cells[index] ?? '';
      if (displayWidth(plainWidth(text)) <= width) seen.set(table.columns[index].title, text);
    }
    return facts.filter(({ name, text }) => seen.get(name) !== text);
  }

  /** The tabs as they are written in the first row, and where each begins. */
  private tabsOf(table: Table): readonly { readonly text: string; readonly isChosen: boolean; readonly from: number }[] {
    const isOne = table.tabs.length < 2;
    const tabs = isOne ? [{ title: this.title, count: table.count }] : table.tabs;
    let from = 0;
    return tabs.map(({ title, count }, i) => {
      const isChosen = isOne || i === this.tab;
      const text = isChosen && !isOne ? `[${plainWidth(title)} ${grouped(count)}]` : ` ${plainWidth(title)} ${grouped(count)} `;
      const tab = { text, isChosen, from };
      from += displayWidth(text) + 1;
      return tab;
    });
  }

  /** Tabs, and what the table is limited to. */
  private headLine(table: Table, width: number): Row {
    const { theme } = this.ui;
    const spans: Span[] = this.tabsOf(table).flatMap(({ text, isChosen }) => [
      { text, attr: isChosen ? theme.heading : theme.dim },
      { text: ' ', attr: theme.text },
    ]);
    const { state } = this.ui.session.load;
    const partial =
      state === 'running' ? 'still reading …' : state === 'following' ? 'grows with the capture' : 'putting in order …';
    if (table.isPartial) spans.push(span(` ${partial}`, theme.dim));
    if (this.limitToFilter)
      spans.push(span(` only what belongs to: ${this.ui.session.packets.filter || 'no filter is set'}`, theme.accent));
    return fit(spans, width, theme.text);
  }

  private header(table: Table): Row[] {
    const { theme } = this.ui;
    return this.lines.map((line, i) => {
      const spans: Span[] = [{ text: i === 0 ? '  ' : '    ', attr: theme.heading }];
      for (const { index, width } of line) {
        const { title, align } = table.columns[index];
        const sign = this.sortBy === index ? (this.descending ? '▼' : '▲') : '';
        spans.push(cell(`${title}${sign}`, width, theme.heading, align), { text: ' ', attr: theme.heading });
      }
      return spans;
    });
  }

  private place(table: Table, rows: readonly (TableRow | null)[], width: number): void {
    const name = `${this.tab} ${table.columns.map(({ title }) => title).join('|')}`;
    if (name !== this.widthsOf) {
      this.widthsOf = name;
      this.widths = table.columns.map(({ title }) => displayWidth(title) + 1);
      this.leasts = [...this.widths];
      this.filled = [];
    }
    const elastic = this.elastic(table);
    const isKept = (i: number) => table.columns[i]?.weight === ALWAYS_SHOWN && i !== elastic;
    for (const row of rows)
      row?.cells.forEach((text, i) => {
        const plain = plainWidth(text);
        if (plain !== '') this.filled[i] = true;
        const indent = i === 0 ? row.depth * 2 : 0;
        const kept = isKept(i);
        const w = Math.min(displayWidth(plain) + indent, kept ? LONGEST_NAMED : 1000);
        if (w > (this.widths[i] ?? 0)) this.widths[i] = w;
        const named = kept ? plain.indexOf(' (') : -1;
        const least = named < 0 ? w : displayWidth(plain.slice(0, named)) + indent;
        if (least > (this.leasts[i] ?? 0)) this.leasts[i] = least;
      });
    const specs = table.columns.map(
      ({ weight }, i): ColumnSpec => ({
        weight,
        width: this.widths[i],
        least: this.leasts[i],
        wish: Math.floor(width * WISH),
        isElastic: i === elastic,
      }),
    );
    const total = width - SIGN - 1;
    const some = specs.flatMap((_, i) => (this.filled[i] === true || this.filled.length === 0 ? [i] : []));
    const kept = some.filter(isKept);
    const isTooWide = kept.length > 1 && kept.reduce((sum, i) => sum + this.leasts[i] + 1, -1) > total;
    const split = isTooWide ? some.indexOf(kept[1]) : some.length;
    const placed = (columns: readonly number[], room: number): Placed[] =>
      placeColumns(
        columns.map((i) => specs[i]),
        room,
      ).map(({ index, width: w }) => ({ index: columns[index], width: w }));
    this.lines = [placed(some.slice(0, split), total)];
    if (isTooWide) this.lines = [...this.lines, placed(some.slice(split), total - SIGN)];
  }

  private rowLines(row: TableRow | null, table: Table, isChosen: boolean): Row[] {
    const { theme } = this.ui;
    if (row === null) return this.lines.map(() => [span('  …', isChosen ? over(theme.dim, theme.selected) : theme.dim)]);
    const of = (attr: Attr) => (isChosen ? over(attr, theme.selected) : attr);
    const sign = severityAttr(theme, row.severity);
    return this.lines.map((line, l) => {
      const spans: Span[] = [{ text: l === 0 ? `${severitySign(row.severity)} ` : '    ', attr: of(sign) }];
      line.forEach(({ index, width }, i) => {
        const indent = index === 0 ? '  '.repeat(row.depth) : '';
        const attr = row.severity !== null && i === 0 && l === 0 ? sign : theme.text;
        const text = this.drawn(row, index, width) ?? indent + addressFirst(row.cells[index] ?? '', width);
        spans.push(cell(text, width, of(attr), table.columns[index].align), { text: ' ', attr: of(theme.text) });
      });
      return spans;
    });
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
    switch (action) {
      case 'sort': {
        const shown = this.lines.flat().map(({ index }) => index);
        const at = this.sortBy === null ? -1 : shown.indexOf(this.sortBy);
        const next = shown[at + 1] ?? null;
        this.orderBy(next, this.startsLargest(next));
        return true;
      }
      case 'reverse-sort':
        this.orderBy(this.sortBy ?? 0, !this.descending);
        return true;
      case 'next-tab':
      case 'previous-tab': {
        const tabs = this.heldTabs;
        if (tabs.length < 2) return false;
        this.openTab((this.tab + (action === 'next-tab' ? 1 : -1) + tabs.length) % tabs.length);
        return true;
      }
      case 'limit-to-filter':
        this.limitToFilter = !this.limitToFilter;
        this.cursor.to(0);
        if (this.limitToFilter && ui.session.packets.filter === '') ui.say('no display filter is set: all belongs to it');
        return true;
      case 'zoom':
        this.facting = (this.facting + 1) % FACTS.length;
        return true;
      case 'accept':
      case 'apply-filter':
      case 'prepare-filter':
        this.showPackets(action);
        return true;
      case 'first-packet': {
        const packet = this.row?.packet ?? 0;
        if (packet === 0) ui.say('no packet stands for this row');
        else ui.goTo(packet);
        return true;
      }
      case 'sequence':
      case 'stream':
      case 'ladder':
        ui.show(action, this.row?.packet ?? 0);
        return true;
      case 'finding':
        if (this.row?.severity == null) ui.say('no finding is about this row');
        else ui.show('findings', this.row.packet);
        return true;
      default:
        return false;
    }
  }

  private showPackets(action: Action): void {
    const { ui, row } = this;
    if (row === null) return;
    if (row.filter !== '') ui.filter(row.filter, action !== 'prepare-filter', row.packet > 0 ? row.packet : undefined);
    else if (action === 'accept' && row.packet > 0) ui.goTo(row.packet);
    else ui.say('no display filter stands for this row');
  }

  private openTab(tab: number): void {
    this.tab = tab;
    this.hasChosenTab = true;
    this.sortBy = null;
    this.cursor.to(0);
  }

  /** Numbers begin with the largest. */
  private startsLargest(column: number | null): boolean {
    return column !== null && this.shownTable().columns[column]?.align === 'right';
  }

  private orderBy(column: number | null, descending: boolean): void {
    this.sortBy = column;
    this.descending = descending;
    this.cursor.to(0);
    const title = column === null ? undefined : this.shownTable().columns[column]?.title;
    this.ui.say(
      title === undefined ? 'in the order of the capture' : `ordered by ${title}${descending ? ', largest first' : ''}`,
    );
  }

  mouse({ action, x, y }: Mouse): void {
    if (action === 'wheel-down' || action === 'wheel-up') {
      this.cursor.scroll(action === 'wheel-down' ? 3 : -3);
      return;
    }
    if (action !== 'press') return;
    const listTop = 1 + this.lines.length;
    if (y === 0) {
      const tab = this.tabsOf(this.shownTable()).findIndex(({ text, from }) => x >= from && x < from + displayWidth(text));
      if (tab >= 0 && this.heldTabs.length > 1) this.openTab(tab);
    } else if (y < listTop) {
      let from = y === 1 ? SIGN : 2 * SIGN;
      for (const { index, width } of this.lines[y - 1] ?? []) {
        if (x >= from && x < from + width)
          this.orderBy(index, this.sortBy === index ? !this.descending : this.startsLargest(index));
        from += width + 1;
      }
    } else {
      const step = Math.floor((y - listTop) / this.lines.length);
      if (step >= this.cursor.height) return;
      const at = this.cursor.top + step;
      if (at === this.cursor.at) this.act('accept', null, '');
      else this.cursor.to(at);
    }
  }

  copies(): readonly string[] {
    const { row } = this;
    const table = this.shownTable();
    const rows = table.rows(this.cursor.top, this.cursor.height).filter((one) => one !== null);
    const first = this.lines.flat().find(({ index }) => table.columns[index]?.weight === ALWAYS_SHOWN)?.index ?? 0;
    const texts = [
      ...(row === null ? [] : [row.cells[first] ?? '', row.filter, row.cells.join('\t')]),
      [table.columns.map(({ title }) => title), ...rows.map(({ cells }) => cells)].map((cells) => cells.join('\t')).join('\n'),
    ];
    return texts.filter((text) => text !== '');
  }
}

/** A name after an address gives way to it, and goes where too little of it would be left. */
function addressFirst(text: string, width: number): string {
  const named = text.indexOf(' (');
  if (named < 0 || displayWidth(plainWidth(text)) <= width) return text;
  const address = text.slice(0, named);
  return displayWidth(plainWidth(address)) + LEAST_NAME > width ? address : text;
}
