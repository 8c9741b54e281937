// Rows of a query as text, CSV and JSON, batch by batch.
import { displayWidth, plainWidth, safeJson } from '../bytes/text.js';
import { csvCell } from './flows-output.js';

export type Value = null | boolean | number | string | readonly Value[] | { readonly [key: string]: Value };

export interface RowColumn {
  readonly name: string;
  readonly isNumber: boolean;
}

/** Turns rows into text: `head` once with the first batch, then `rows` for each, then `tail`. */
export interface RowsWriter {
  head(first: readonly (readonly Value[])[]): string;
  rows(batch: readonly (readonly Value[])[]): string;
  tail(): string;
}

export const ROW_FORMATS: Readonly<Record<string, (columns: readonly RowColumn[]) => RowsWriter>> = { text, csv, json, jsonl };

const plain = (value: Value): string => (typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value));

/** Columns are as wide as the first batch needs; a longer value of a later one moves its line. */
function text(columns: readonly RowColumn[]): RowsWriter {
  let widths: number[] = [];
  const shown = (value: Value): string => (value === null ? '' : plainWidth(plain(value)));
  const line = (cells: readonly string[]): string =>
    `${cells
      .map((cell, c) => {
        const fill = ' '.repeat(Math.max(0, widths[c] - displayWidth(cell)));
        return columns[c].isNumber ? fill + cell : cell + fill;
      })
      .join('  ')
      .trimEnd()}\n`;
  return {
    head(first) {
      const names = columns.map(({ name }) => plainWidth(name));
      widths = names.map((name, c) =>
        first.reduce((most, row) => Math.max(most, displayWidth(shown(row[c]))), displayWidth(name)),
      );
      return line(names) + line(widths.map((width) => '-'.repeat(width)));
    },
    rows: (batch) => batch.map((row) => line(row.map(shown))).join(''),
    tail: () => '',
  };
}

/** RFC 4180. */
function csv(columns: readonly RowColumn[]): RowsWriter {
  const cell = (value: Value): string => (value === null || typeof value === 'number' ? csvCell(value) : csvCell(plain(value)));
  const line = (cells: readonly Value[]): string => `${cells.map(cell).join(',')}\r\n`;
  return {
    head: () => line(columns.map(({ name }) => name)),
    rows: (batch) => batch.map(line).join(''),
    tail: () => '',
  };
}

/** A name that stands twice gets a number after it. */
function objects(columns: readonly RowColumn[]): (row: readonly Value[]) => string {
  const names: string[] = [];
  for (const { name } of columns) {
    let free = name;
    for (let n = 2; names.includes(free); n++) free = `${name}_${n}`;
    names.push(free);
  }
  const keys = names.map((name) => JSON.stringify(name));
  // Pair by pair: an object would take a name such as __proto__ for something else.
  return (row) => safeJson(`{${row.map((value, c) => `${keys[c]}:${JSON.stringify(value)}`).join(',')}}`);
}

function json(columns: readonly RowColumn[]): RowsWriter {
  const object = objects(columns);
  let isFirst = true;
  return {
    head: () => '[',
    rows: (batch) =>
      batch
        .map((row) => {
          const comma = isFirst ? '' : ',';
          isFirst = false;
          return `${comma}\n  ${object(row)}`;
        })
        .join(''),
    tail: () => (isFirst ? ']\n' : '\n]\n'),
  };
}

function jsonl(columns: readonly RowColumn[]): RowsWriter {
  const object = objects(columns);
  return { head: () => '', rows: (batch) => batch.map((row) => `${object(row)}\n`).join(''), tail: () => '' };
}
