// The list of packets, as many rows of it as are on the screen, with filter, tree and bytes. Rows come from the engine.
import type { FromEngine, Row, ToEngine } from '../messages.js';
import { byId, make } from './elements.js';

/** Height of a row, as the style has it. */
const ROW = 24;
/** Browsers draw no element that is much higher; a longer list is scrolled by its share. */
const TALLEST = 12_000_000;
/** Rows asked for before and after those that are shown. */
const MARGIN = 20;
const KEPT = 4000;
/** A filter is asked for once the typing has paused for so long. */
const TYPING_MS = 250;

/** Columns by their heading: how wide, and whether numbers stand in them. */
const WIDTHS: Readonly<Record<string, string>> = {
  'No.': '64px',
  Time: '96px',
  Point: '90px',
  Hop: '110px',
  Source: '150px',
  Destination: '150px',
  Tunnel: '150px',
  Proto: '72px',
  Len: '56px',
};
const NUMBERS = new Set(['No.', 'Time', 'Delta', 'Len']);
/** Columns that come with the first packet that has something to show. */
const ON_DEMAND = new Set(['Hop', 'Tunnel']);

export class PacketView {
  private readonly list = byId('list');
  private readonly filter = byId<HTMLInputElement>('filter');
  private readonly says = byId('filter-says');
  private readonly detail = byId('detail');
  private readonly space = make('div', 'space');
  private readonly heads = make('div', 'heads');
  private rows = new Map<number, Row>();
  private count = 0;
  /** All packets have been read. */
  isWhole = false;
  private columns: readonly string[] = [];
  /** Columns that some packet has something in. */
  private readonly filled = new Set<string>();
  /** Of the filter that was asked for last; and of the one that the list is of. */
  private asked = 0;
  private shown = 0;
  /** Position that is chosen; -1: none. */
  private at = -1;
  private timer = 0;
  private number = 0;

  constructor(private readonly send: (message: ToEngine) => void) {
    this.list.append(this.heads, this.space);
    this.list.addEventListener('scroll', () => this.draw());
    this.list.addEventListener('keydown', (event) => this.key(event));
    this.list.addEventListener('click', (event) => {
      const line = (event.target as Element).closest<HTMLElement>('.line');
      if (line !== null) this.choose(Number(line.dataset['position']));
    });
    this.filter.addEventListener('input', () => {
      clearTimeout(this.timer);
      this.timer = setTimeout(() => this.ask(), TYPING_MS);
    });
    this.detail.addEventListener('click', (event) => {
      const own = (event.target as Element).closest<HTMLElement>('[data-at]');
      // What belongs to the line is marked in the bytes; a header opens and closes as well.
      if (own === null || own.closest('summary') !== null) return;
      this.send({ type: 'packet', number: this.number, at: Number(own.dataset['at']), length: Number(own.dataset['length']) });
    });
    new ResizeObserver(() => this.draw()).observe(this.list);
  }

  clear(): void {
    this.rows.clear();
    this.filled.clear();
    this.count = 0;
    this.isWhole = false;
    this.at = -1;
    this.asked = this.shown = this.number = 0;
    this.filter.value = '';
    this.says.textContent = '';
    this.detail.replaceChildren();
    this.space.replaceChildren();
  }

  receive(message: FromEngine): void {
    if (message.type === 'listed') {
      if (message.id !== this.asked) return;
      if (message.id !== this.shown) this.begin(message.id);
      this.count = message.count;
      this.isWhole = message.done;
      this.setColumns(message.columns);
      this.filter.removeAttribute('aria-invalid');
      const of = this.filter.value.trim() === '' ? '' : ` of ${message.total.toLocaleString('en')}`;
      this.says.textContent = `${message.count.toLocaleString('en')}${of} packets${message.done ? '' : ', reading'}`;
      byId('show-packets').textContent = `Packets (${message.total.toLocaleString('en')})`;
      this.draw();
    } else if (message.type === 'badFilter') {
      if (message.id !== this.asked) return;
      this.filter.setAttribute('aria-invalid', 'true');
      this.says.textContent = message.text;
    } else if (message.type === 'rows') {
      if (message.id !== this.shown) return;
      if (this.rows.size > KEPT) this.rows.clear();
      message.rows.forEach((row, i) => {
        this.rows.set(message.from + i, row);
        this.columns.forEach((title, column) => {
          if ((row.cells[column] ?? '') !== '') this.filled.add(title);
        });
      });
      this.heads.style.gridTemplateColumns = this.template;
      this.open();
      this.draw();
    } else if (message.type === 'packet') {
      if (message.number !== this.number) return;
      // Markup of our own, in which everything from a packet is escaped (src/report/html/frames.ts).
      this.detail.innerHTML = message.html;
    }
  }

  private begin(id: number): void {
    this.shown = id;
    this.rows.clear();
    this.at = -1;
    this.list.scrollTop = 0;
  }

  private ask(): void {
    this.asked++;
    this.send({ type: 'filter', id: this.asked, filter: this.filter.value });
  }

  private setColumns(columns: readonly string[]): void {
    if (columns === this.columns || columns.join() === this.columns.join()) return;
    this.columns = columns;
    this.heads.replaceChildren(...columns.map((title) => make('span', NUMBERS.has(title) ? 'r' : '', title)));
    this.heads.style.gridTemplateColumns = this.template;
  }

  private get template(): string {
    const width = (title: string) =>
      ON_DEMAND.has(title) && !this.filled.has(title) ? '0' : (WIDTHS[title] ?? 'minmax(240px, 1fr)');
    return this.columns.map(width).join(' ');
  }

  /** Rows that fit. */
  private get visible(): number {
    return Math.max(1, Math.floor((this.list.clientHeight - ROW) / ROW));
  }

  /** Position of the first row on the screen. */
  private get first(): number {
    const { height, most } = this;
    if (height < TALLEST) return Math.floor(this.list.scrollTop / ROW);
    return Math.round((this.list.scrollTop / most) * (this.count - this.visible));
  }
  private get height(): number {
    return Math.min(this.count * ROW, TALLEST);
  }
  private get most(): number {
    return Math.max(1, this.height + ROW - this.list.clientHeight);
  }

  draw(): void {
    if (this.list.clientHeight === 0) return;
    const { height, visible } = this;
    this.space.style.height = `${height}px`;
    const first = Math.max(0, Math.min(this.first, this.count - 1));
    const last = Math.min(this.count, first + visible + 2);
    const top = height < TALLEST ? first * ROW : this.list.scrollTop;
    const lines: HTMLElement[] = [];
    let missing = false;
    for (let position = first; position < last; position++) {
      const row = this.rows.get(position);
      missing ||= row === undefined;
      lines.push(this.line(position, row, top + (position - first) * ROW));
    }
    this.space.replaceChildren(...lines);
    this.list.setAttribute('aria-activedescendant', this.at < 0 ? '' : `row-${this.at}`);
    if (missing) {
      const from = Math.max(0, first - MARGIN);
      this.send({ type: 'rows', id: this.shown, from, count: visible + 2 + 2 * MARGIN });
    }
  }

  private line(position: number, row: Row | undefined, top: number): HTMLElement {
    const line = make('div', `line${row?.severity == null ? '' : ` ${row.severity}`}`);
    line.id = `row-${position}`;
    line.dataset['position'] = String(position);
    line.setAttribute('role', 'option');
    line.setAttribute('aria-selected', String(position === this.at));
    line.setAttribute('aria-setsize', String(this.count));
    line.setAttribute('aria-posinset', String(position + 1));
    line.style.top = `${top}px`;
    line.style.gridTemplateColumns = this.template;
    line.append(
      ...(row?.cells ?? ['\u2026']).map((cell, i) => make('span', NUMBERS.has(this.columns[i] ?? '') ? 'r' : '', cell)),
    );
    return line;
  }

  private key(event: KeyboardEvent): void {
    const steps: Readonly<Record<string, number>> = {
      ArrowDown: 1,
      ArrowUp: -1,
      PageDown: this.visible,
      PageUp: -this.visible,
      Home: -this.count,
      End: this.count,
    };
    const step = steps[event.key];
    if (step === undefined || this.count === 0) return;
    event.preventDefault();
    this.choose(Math.max(0, Math.min(this.count - 1, this.at + step)));
  }

  private choose(position: number): void {
    this.at = position;
    const { first, visible } = this;
    if (position < first) this.scrollTo(position);
    else if (position >= first + visible) this.scrollTo(position - visible + 1);
    this.draw();
    this.open();
  }

  /** Shows the chosen packet, once its row is there. */
  private open(): void {
    const row = this.rows.get(this.at);
    if (row === undefined || row.number === this.number) return;
    this.number = row.number;
    this.send({ type: 'packet', number: row.number, at: 0, length: 0 });
  }

  private scrollTo(position: number): void {
    const { height, most } = this;
    this.list.scrollTop = height < TALLEST ? position * ROW : (position / Math.max(1, this.count - this.visible)) * most;
  }
}
