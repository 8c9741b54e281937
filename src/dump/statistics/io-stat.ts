// `-z io,stat,INTERVAL[,FILTER|CALC(FIELD)FILTER]...`: frames and bytes, or a sum over a field, by intervals of time.

import { fieldCount } from '../../dissect/fields.js';
import { definitionsOf } from '../../dissect/lookup.js';
import { emitLayer, FieldCollector, shownLayers } from '../../dissect/tree.js';
import type { Layers } from '../../dissect/walk.js';
import { UsageError } from '../../errors.js';
import { type Chosen, type MakeStatistic, relativeSeconds, type StatisticTools } from './statistic.js';

/** Rows printed; a capture of years by milliseconds has too many for anyone. */
const MAX_ROWS = 1_000_000;

const CALCULATIONS = ['COUNT', 'SUM', 'MIN', 'MAX', 'AVG', 'FRAMES', 'BYTES'] as const;
type Calculation = (typeof CALCULATIONS)[number];

/** What was added up in one interval. */
interface Cell {
  frames: number;
  bytes: number;
  count: number;
  sum: number;
  least: number;
  most: number;
}

const empty = (): Cell => ({
  frames: 0,
  bytes: 0,
  count: 0,
  sum: 0,
  least: Number.POSITIVE_INFINITY,
  most: Number.NEGATIVE_INFINITY,
});

class Column {
  readonly cells = new Map<number, Cell>();
  readonly whole = empty();
  readonly calculation: Calculation | null;
  private readonly chosen: Chosen;
  private readonly values: ((layers: Layers) => readonly number[]) | null;
  readonly isTime: boolean;

  constructor(
    readonly text: string,
    tools: StatisticTools,
  ) {
    const asked = /^([A-Za-z]+)\(([^)]*)\)(.*)$/.exec(text);
    const name = asked?.[1].toUpperCase();
    const known = CALCULATIONS.find((one) => one === name);
    // A filter may call a function as well: upper(http.host) contains "X".
    if (name === 'LOAD') throw new UsageError('-z io,stat: LOAD is not known here; AVG and SUM are');
    this.calculation = known ?? null;
    this.chosen = tools.filter(known === undefined ? text : (asked?.[3] ?? ''));
    const field = known === undefined ? '' : (asked?.[2] ?? '');
    this.values = field === '' ? null : reader(field, tools);
    this.isTime = field !== '' && isDuration(field, tools);
    if (field === '' && known !== undefined && known !== 'FRAMES' && known !== 'BYTES')
      throw new UsageError(`-z io,stat: ${known} needs a field: ${known}(frame.len)frame.len`);
  }

  see(layers: Layers, row: number): void {
    if (!this.chosen.matches(layers)) return;
    let cell = this.cells.get(row);
    if (cell === undefined) {
      cell = empty();
      this.cells.set(row, cell);
    }
    const bytes = layers.frame?.wireLength ?? 0;
    const values = this.values?.(layers) ?? [];
    for (const one of [cell, this.whole]) {
      one.frames++;
      one.bytes += bytes;
      for (const value of values) {
        one.count++;
        one.sum += value;
        one.least = Math.min(one.least, value);
        one.most = Math.max(one.most, value);
      }
    }
  }

  /** All rows become the first one. */
  fold(): void {
    this.cells.clear();
    this.cells.set(0, this.whole);
  }

  /** What one row has is counted in another. */
  merge(from: number, to: number): void {
    const cell = this.cells.get(from);
    if (cell === undefined) return;
    const into = this.cells.get(to) ?? empty();
    into.frames += cell.frames;
    into.bytes += cell.bytes;
    into.count += cell.count;
    into.sum += cell.sum;
    into.least = Math.min(into.least, cell.least);
    into.most = Math.max(into.most, cell.most);
    this.cells.set(to, into);
    this.cells.delete(from);
  }

  /** The texts of one row: two for frames and bytes, one for a calculation. */
  cell(row: number): readonly string[] {
    const cell = this.cells.get(row) ?? empty();
    const number = (value: number) => (this.isTime ? value.toFixed(6) : String(Math.trunc(value)));
    const orZero = (value: number) => number(Number.isFinite(value) ? value : 0);
    switch (this.calculation) {
      case null:
        return [String(cell.frames), String(cell.bytes)];
      case 'FRAMES':
        return [String(cell.frames)];
      case 'BYTES':
        return [String(cell.bytes)];
      case 'COUNT':
        return [String(cell.count)];
      case 'SUM':
        return [number(cell.sum)];
      case 'MIN':
        return [orZero(cell.least)];
      case 'MAX':
        return [orZero(cell.most)];
      case 'AVG':
        return [number(cell.count === 0 ? 0 : cell.sum / cell.count)];
    }
  }

  get names(): readonly string[] {
    if (this.calculation === null) return ['Frames', 'Bytes'];
    return [this.calculation === 'FRAMES' ? 'Frames' : this.calculation === 'BYTES' ? 'Bytes' : this.calculation];
  }
}

const isDuration = (name: string, { fields, registry }: StatisticTools): boolean =>
  [...fields.filter(({ def }) => def.name === name).map(({ def }) => def), ...definitionsOf(registry, name)].some(
    ({ type }) => type === 'duration' || type === 'float',
  );

/** Numbers that a field has in a frame. */
function reader(name: string, { fields, registry }: StatisticTools): (layers: Layers) => readonly number[] {
  const extra = fields.find(({ def }) => def.name === name);
  const number = (value: unknown): number[] =>
    typeof value === 'bigint' ? [Number(value) / 1e9] : typeof value === 'number' ? [value] : [];
  if (extra !== undefined) return (layers) => number(extra.read(layers));
  const definitions = definitionsOf(registry, name);
  if (definitions.length === 0) throw new UsageError(`-z io,stat: there is no field "${name}"; hopscope fields lists them`);
  const collector = new FieldCollector([definitions], fieldCount());
  return (layers) => {
    collector.reset();
    for (let i = 0; i < shownLayers(layers); i++) emitLayer(layers, i, collector);
    return collector.values[0].flatMap((value) => (typeof value === 'boolean' ? [1] : number(value)));
  };
}

export const ioStat: MakeStatistic = (rest, tools) => {
  const [given = '', ...filters] = rest.split(',');
  const interval = given === '' ? Number.NaN : Number(given);
  if (!(interval >= 0) || !/^[\d.]+$/.test(given))
    throw new UsageError(`-z io,stat,${given}: give an interval in seconds, or 0 for the whole capture: -z io,stat,1`);
  const columns = (filters.length === 0 ? [''] : filters).map((text) => new Column(text, tools));
  let duration = 0;
  return (context) => ({
    see(layers) {
      const at = relativeSeconds(layers, context);
      duration = Math.max(duration, at);
      // A microsecond is the unit of intervals: floating point must not move a frame to the row before.
      const row = interval === 0 || at < 0 ? 0 : Math.floor(Math.round(at * 1e6) / Math.round(interval * 1e6));
      for (const column of columns) column.see(layers, row);
    },
    text: () => table(columns, duration, interval, given),
  });
};

function table(columns: readonly Column[], duration: number, interval: number, given: string): string {
  const isWhole = interval === 0 || interval >= duration;
  const decimals = isWhole ? (duration < 10 ? 3 : 1) : (given.split('.')[1]?.length ?? 0);
  const digits = String(Math.floor(duration)).length;
  const width = digits + (decimals === 0 ? 0 : decimals + 1);
  const inner = Math.max(10, 2 * width + 6);
  const step = isWhole ? Math.max(duration, 1e-9) : interval;
  // What came at the very end belongs to the last row.
  const rows = duration === 0 ? 1 : Math.ceil(Math.round(duration * 1e6) / Math.max(1, Math.round(step * 1e6)));
  if (isWhole) for (const column of columns) column.fold();
  else for (const column of columns) column.merge(rows, rows - 1);
  const count = isWhole ? 1 : rows;
  if (count > MAX_ROWS) throw new UsageError(`-z io,stat: ${count} rows; choose an interval longer than ${given} seconds`);

  const widths = columns.map((column) => widthsOf(column, count));
  const cells = (texts: readonly (readonly string[])[], center: boolean): string =>
    texts
      .flatMap((list, c) =>
        list.map((text, k) => {
          const room = widths[c][k] - text.length;
          const left = center ? Math.ceil(room / 2) : room;
          return ` ${' '.repeat(Math.max(0, left))}${text}${' '.repeat(Math.max(0, room - left))} |`;
        }),
      )
      .join('');
  const columnWidth = (c: number) => widths[c].reduce((sum, w) => sum + w + 3, 0);
  const inside = inner + 2 + columns.reduce((sum, _, c) => sum + columnWidth(c), 0);
  const heads = [
    'IO Statistics',
    '',
    `Duration: ${duration.toFixed(decimals === 0 ? 6 : decimals)} secs`,
    `Interval: ${(isWhole ? duration : interval).toFixed(decimals).padStart(width)} secs`,
    '',
    ...columns.map(
      ({ text }, c) => `${c === 0 ? 'Col 1: ' : `    ${String(c + 1)}: `}${text === '' ? 'Frames and bytes' : text}`,
    ),
  ];
  const total = Math.max(inside, ...heads.map((text) => text.length + 4));
  // A table that is less wide than its headings is filled up.
  const fill = (text: string) => (total > inside ? `${text}${' '.repeat(total - inside - 1)}|` : text);
  const lines = [
    '',
    '='.repeat(total),
    ...heads.map((text) => `| ${text.padEnd(total - 4)} |`),
    `|${'-'.repeat(total - 2)}|`,
    fill(`|${' '.repeat(inner)}|${columns.map((_, c) => `${String(c + 1).padEnd(columnWidth(c) - 1)}|`).join('')}`),
    fill(
      `|${' Interval'.padEnd(inner)}|${cells(
        columns.map(({ names }) => names),
        true,
      )}`,
    ),
    fill(`|${'-'.repeat(inside - 2)}|`),
  ];
  const time = (value: number) => value.toFixed(decimals).padStart(width);
  const left = ' '.repeat(Math.floor((inner - 2 * width - 4) / 2));
  for (let row = 0; row < count; row++) {
    const isLast = row === count - 1;
    const end = !isLast ? time((row + 1) * step) : decimals === 0 ? 'Dur' : time(duration);
    const range = `${left}${time(row * step)} <> ${end}`;
    lines.push(
      fill(
        `|${range.padEnd(inner)}|${cells(
          columns.map((column) => column.cell(row)),
          false,
        )}`,
      ),
    );
  }
  return `${lines.join('\n')}\n${'='.repeat(total)}\n`;
}

/** Columns that only as many digits as they have make wide. */
const NARROW: readonly (Calculation | null)[] = ['SUM', 'MIN', 'MAX', 'AVG'];

function widthsOf(column: Column, rows: number): number[] {
  const least = NARROW.includes(column.calculation) ? 3 : 5;
  const widths = column.names.map((name) => Math.max(name.length, least));
  // Only rows with packets can be wide.
  for (const row of column.cells.keys())
    if (row < rows) for (const [k, text] of column.cell(row).entries()) widths[k] = Math.max(widths[k], text.length);
  return widths;
}
