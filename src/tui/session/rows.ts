// The rows of the packet list, read when they are looked at; the last few thousand are remembered.
import type { compileFilter } from '../../filter/filter.js';
import type { Severity } from '../../rules/finding.js';
import type { PacketColumn, PacketRow } from '../session.js';
import { isColumn, NO_COLUMN, PacketCells } from './cells.js';
import { commentAt } from './comments.js';
import type { Engine } from './engine.js';

type Compiled = ReturnType<typeof compileFilter>;

const MAX_ROWS = 4000;
/** Rows whose packets are looked at again, and how long after nobody has asked for others; while a capture grows others are always asked for. */
const MAX_REMARKED = 128;
const REST_MS = 150;
const MOST_MS = 1000;
/** The screen gets its turn this often. */
const TURN_MS = 4;
/** Columns of a search before there was a row. */
const SEARCHED = ['source', 'destination', 'proto', 'info'];

export class Rows {
  private readonly rows = new Map<number, PacketRow>();
  /** Filters of the user's colours; null: one that is wrong. */
  private colors: readonly (Compiled | null)[] = [];
  private columns: { readonly of: readonly PacketColumn[]; readonly cells: PacketCells } | null = null;

  constructor(
    private readonly engine: Engine,
    private readonly severityOf: (number: number) => Severity | null,
    private readonly note: (text: string) => void,
    /** A row says more than it did. */
    private readonly onChange: () => void,
  ) {}

  /** The fields of the columns that were asked for last. */
  get fields(): readonly string[] {
    return this.columns?.of.map(({ field }) => field) ?? SEARCHED;
  }

  /** What was remembered is not true any more. */
  forget(): void {
    this.rows.clear();
    this.unremarked.clear();
  }

  /** Null for a filter that does not hold. */
  colorBy(filters: readonly (Compiled | null)[]): void {
    this.colors = filters;
    this.colorsAskPast = filters.some((filter) => filter?.needs.has('past') === true);
    this.rows.clear();
  }
  private colorsAskPast = false;

  /** `before`: number of the packet before it in the list, which `delta` counts from; 0: none. */
  row(number: number, before: number, columns: readonly PacketColumn[]): PacketRow {
    const cells = this.cellsOf(columns);
    const known = this.rows.get(number);
    if (known !== undefined) return known;
    const row = this.made(number, before, columns, false);
    // The oldest goes first.
    if (this.rows.size >= MAX_ROWS) this.rows.delete(this.rows.keys().next().value as number);
    this.rows.set(number, row);
    if (cells.isRemarkable) this.remarkLater(number, before, columns);
    return row;
  }

  private made(number: number, before: number, columns: readonly PacketColumn[], recalls: boolean): PacketRow {
    const cells = this.cellsOf(columns);
    const { packets } = this.engine;
    packets.recalls = recalls || cells.asksPast || this.colorsAskPast;
    const isThere = packets.read(number);
    packets.recalls = false;
    return {
      number,
      cells: isThere ? cells.cells(before) : columns.map(({ field }) => unreadable(field, number)),
      severity: this.severityOf(number),
      isCommented: isThere && commentAt(packets) !== '',
      color: isThere ? this.colors.findIndex((filter) => filter?.matches(packets.layers)) : -1,
    };
  }

  // What the segments before say of one (`[TCP Retransmission]`) takes reading them all: it comes when nobody moves through the list.

  private readonly unremarked = new Map<number, { readonly before: number; readonly columns: readonly PacketColumn[] }>();
  private timer: NodeJS.Timeout | null = null;
  private askedMs = 0;

  private remarkLater(number: number, before: number, columns: readonly PacketColumn[]): void {
    const { unremarked, engine } = this;
    unremarked.set(number, { before, columns });
    if (unremarked.size > MAX_REMARKED) unremarked.delete(unremarked.keys().next().value as number);
    const now = performance.now();
    if (this.timer === null) this.askedMs = now;
    else if (engine.progress.state === 'following' && now > this.askedMs + MOST_MS - REST_MS) return;
    if (this.timer !== null && this.waits) this.timer.refresh();
    else {
      if (this.timer !== null) clearTimeout(this.timer);
      this.timer = setTimeout(() => this.remark(), REST_MS).unref();
      this.waits = true;
    }
  }
  /** The timer is the one that waits for a rest. */
  private waits = false;

  /** Nothing is read any more. */
  close(): void {
    this.isClosed = true;
    this.unremarked.clear();
  }
  private isClosed = false;

  private remark(): void {
    this.timer = null;
    this.waits = false;
    if (this.isClosed) return;
    const turnAt = performance.now() + TURN_MS;
    let isChanged = false;
    for (const [number, { before, columns }] of this.unremarked) {
      this.unremarked.delete(number);
      if (this.columns?.of !== columns) continue;
      const known = this.rows.get(number);
      const row = this.made(number, before, columns, true);
      if (known === undefined || row.cells.every((cell, i) => cell === known.cells[i])) continue;
      this.rows.set(number, row);
      isChanged = true;
      if (performance.now() > turnAt) break;
    }
    if (this.unremarked.size > 0) this.timer = setTimeout(() => this.remark(), 0).unref();
    if (isChanged) this.onChange();
  }

  private cellsOf(columns: readonly PacketColumn[]): PacketCells {
    if (this.columns?.of === columns) return this.columns.cells;
    const { packets, extras } = this.engine;
    const fields = columns.map(({ field }) => field);
    const known = fields.map((field) => (isColumn(packets, field, extras) ? field : NO_COLUMN));
    for (const field of fields.filter((field, i) => field !== known[i])) this.note(`there is no field ${field}`);
    const cells = new PacketCells(packets, known, extras);
    this.columns = { of: columns, cells };
    this.rows.clear();
    return cells;
  }
}

const unreadable = (field: string, number: number): string =>
  field === 'no' ? String(number) : field === 'info' ? 'cannot be read any more: the file has changed' : '';
