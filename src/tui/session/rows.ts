// The rows of the packet list, read when they are looked at; the last few thousand are remembered.
import type { compileFilter } from '../../filter/filter.js';
import type { Severity } from '../../rules/finding.js';
import type { PacketColumn, PacketRow } from '../session.js';
import { isColumn, NO_COLUMN, PacketCells } from './cells.js';
import { commentAt } from './comments.js';
import type { Engine } from './engine.js';

type Compiled = ReturnType<typeof compileFilter>;

const MAX_ROWS = 4000;
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
  ) {}

  /** The fields of the columns that were asked for last. */
  get fields(): readonly string[] {
    return this.columns?.of.map(({ field }) => field) ?? SEARCHED;
  }

  /** What was remembered is not true any more. */
  forget(): void {
    this.rows.clear();
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
    const { packets } = this.engine;
    packets.recalls = cells.asksPast || this.colorsAskPast;
    const isThere = packets.read(number);
    packets.recalls = false;
    const row: PacketRow = {
      number,
      cells: isThere ? cells.cells(before) : columns.map(({ field }) => unreadable(field, number)),
      severity: this.severityOf(number),
      isCommented: isThere && commentAt(packets) !== '',
      color: isThere ? this.colors.findIndex((filter) => filter?.matches(packets.layers)) : -1,
    };
    // The oldest goes first.
    if (this.rows.size >= MAX_ROWS) this.rows.delete(this.rows.keys().next().value as number);
    this.rows.set(number, row);
    return row;
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
