// What a table is made of: columns that say what they show and what they are ordered by, and rows that are spelled out only when
// somebody looks at them.
import { plainWidth } from '../../../bytes/text.js';
import type { Registry } from '../../../dissect/registry.js';
import type { PathTexts } from '../../../flows/path-text.js';
import type { Tracker } from '../../../flows/tracker.js';
import type { Lab } from '../../../main/lab.js';
import type { TableColumn, TableRow } from '../../session.js';
import type { Hierarchy } from '../hierarchy.js';
import type { Stations } from '../stations.js';
import type { FoundFinding } from '../wire.js';

/** What a column is ordered by. */
export type Key = number | string;

/**
 * A column: everything about it in one place.
 * `T` is what a row stands for, `Spelled` what is made of it once for all cells of the row.
 */
export interface ColumnOf<T, Spelled = T> extends TableColumn {
  text(of: Spelled): string;
  /** Without one the column is ordered by its text. */
  readonly key?: (of: T) => Key;
}

/** `weight`: columns of the lowest drop out first on a narrow screen; 9 never does. */
export const left = <T, Spelled = T>(
  title: string,
  weight: number,
  text: (of: Spelled) => string,
  key?: (of: T) => Key,
): ColumnOf<T, Spelled> => ({ title, align: 'left', weight, text, ...(key !== undefined && { key }) });

export const right = <T, Spelled = T>(
  title: string,
  weight: number,
  text: (of: Spelled) => string,
  key?: (of: T) => Key,
): ColumnOf<T, Spelled> => ({ ...left(title, weight, text, key), align: 'right' });

/** A column of counts: ordered by the number it shows. */
export const number = <T>(title: string, weight: number, value: (of: T) => number): ColumnOf<T> =>
  right(title, weight, (of) => String(value(of)), value);

/** What a row is beyond its cells. */
export type RowFacts = Omit<TableRow, 'cells'>;

/** A row that is not spelled out yet. */
export interface Entry {
  /** In a tree: below the entry before it that has less. */
  readonly depth: number;
  readonly key: (column: number) => Key;
  readonly row: () => TableRow;
}

/** `entries` are made when the tab is looked at. */
export interface Tab {
  readonly title: string;
  readonly count: number;
  readonly entries: () => readonly Entry[];
}

export interface Content {
  readonly columns: readonly TableColumn[];
  readonly tabs: readonly Tab[];
}

/** How the rows of a table are made from its columns. */
export class RowMaker<T, Spelled = T> {
  constructor(
    private readonly columns: readonly ColumnOf<T, Spelled>[],
    private readonly spell: (of: T) => Spelled,
    private readonly facts: (of: T, spelled: Spelled) => RowFacts,
    private readonly depthOf: (of: T) => number = () => 0,
  ) {}

  tab(title: string, list: readonly T[]): Tab {
    let made: readonly Entry[] | null = null;
    return { title, count: list.length, entries: () => (made ??= list.map((of) => this.entry(of))) };
  }

  key(of: T, column: number): Key {
    const { key, text } = this.columns[column];
    return key === undefined ? text(this.spell(of)) : key(of);
  }

  row(of: T): TableRow {
    const spelled = this.spell(of);
    return { cells: this.columns.map(({ text }) => plainWidth(text(spelled))), ...this.facts(of, spelled) };
  }

  private entry(of: T): Entry {
    return { depth: this.depthOf(of), key: (column) => this.key(of, column), row: () => this.row(of) };
  }
}

/** Columns as they go to the screen: a thread can be told no functions. */
export const shownColumns = (columns: readonly TableColumn[]): TableColumn[] =>
  columns.map(({ title, align, weight }) => ({ title, align, weight }));

/** What the tables are made from. */
export interface TableSource {
  readonly tracker: Tracker;
  readonly lab: Lab;
  readonly registry: Registry;
  readonly hierarchy: Hierarchy;
  readonly stations: Stations;
  readonly paths: PathTexts;
  /** Uids of the conversations that the table is limited to; null: all. */
  readonly only: ReadonlySet<number> | null;
  readonly found: readonly FoundFinding[];
  /** A time as it is shown: seconds since the first packet. */
  seconds(ns: number): string;
}

/** Makes a table anew from what is known now. */
export type TableMaker = (source: TableSource) => Content;

/** A length of time in milliseconds: in one unit, so that the decimals of a column stand below each other. */
export const milliseconds = (ns: number): string => (ns / 1e6).toFixed(3);
/** In seconds. */
export const wholeSeconds = (ns: number): string => (ns / 1e9).toFixed(6);
