// The files of a table: one, or one for each run, point and hour, in the folders that engines take for columns (Hive's layout:
// packets/run=monday/point=router/hour=2026112914/monday-0001.parquet), each ended when it is large enough.
import { grouped } from '../bytes/units.js';
import { UsageError } from '../errors.js';
import { type FileOptions, GROUP_ROWS, TableFile } from './parquet.js';
import type { Places } from './places.js';
import type { PartitionKey, TableName, TableSpec } from './schema.js';

/** Takes the bytes of one file, in order; they are valid during the call. */
export interface PartSink {
  write(bytes: Uint8Array): void;
  close(): void;
}

export interface Layout {
  /** Columns that become folders, outermost first; a table has those that its rows have. */
  readonly partition: readonly PartitionKey[];
  /** A file that is larger is ended with its row group, in bytes; null: one file, whatever its size. */
  readonly fileBytes: number | null;
  /** Files of a table, at most; undefined: MOST_FILES. */
  readonly mostFiles?: number;
}

export const ONE_FILE: Layout = { partition: [], fileBytes: null };

/** A file that was written, for the manifest. */
export interface WrittenFile {
  readonly table: TableName;
  /** In the folder of the export, with slashes. */
  readonly path: string;
  readonly rows: number;
  readonly bytes: number;
  /** What its folders say; without partitions nothing. */
  readonly partition: Readonly<Partial<Record<PartitionKey, string>>>;
}

/** Files of a table in one export: times that are spread over centuries would make one for each packet. */
export const MOST_FILES = 10_000;
/** A row group takes memory while it is filled: of many points each gets a smaller one. */
const LEAST_ROWS = 4096;
const HOUR_NS = 3600e9;
/** What Hive calls the folder of rows without a value. */
const NO_VALUE = '__HIVE_DEFAULT_PARTITION__';

interface Part<S extends TableSpec> {
  readonly file: TableFile<S>;
  readonly sink: PartSink;
  readonly folder: string;
  readonly path: string;
  readonly values: Readonly<Partial<Record<PartitionKey, string>>>;
}

/** Where the rows of one capture go, from one moment of the run to another. */
interface Lane<S extends TableSpec> {
  part: Part<S> | null;
  fromNs: number;
  endNs: number;
}

export class Parts<S extends TableSpec> {
  readonly written: WrittenFile[] = [];
  private readonly keys: readonly PartitionKey[];
  private readonly capacity: number;
  private readonly mostOpen: number;
  /** Open files by folder, the one that was used last at the end. */
  private readonly open = new Map<string, Part<S>>();
  /** Files that were begun, by folder. */
  private readonly begun = new Map<string, number>();
  /** Files that were ended: their memory serves the next. */
  private readonly idle: TableFile<S>[] = [];
  private files = 0;
  /** The file of each capture's rows; of all, where the place of a row does not matter. */
  private readonly lanes: Lane<S>[] = [];
  private readonly byCapture: boolean;
  private done = 0;

  /** `make`: begins the file at a path; `rows`: of a row group; `has`: the keys that the rows of this table have. */
  constructor(
    private readonly spec: S,
    private readonly table: TableName,
    has: readonly PartitionKey[],
    private readonly layout: Layout,
    private readonly places: Places,
    private readonly options: FileOptions,
    private readonly make: (path: string) => PartSink,
  ) {
    this.keys = layout.partition.filter((key) => has.includes(key));
    this.byCapture = this.keys.includes('point') || this.keys.includes('hour');
    const points = this.keys.includes('point') ? new Set(places.captures.map(({ point }) => point)).size : 1;
    const { rows = GROUP_ROWS } = options;
    this.capacity = Math.min(rows, Math.max(LEAST_ROWS, Math.floor(rows / points)));
    // Clocks of points differ: around the full hour each has two.
    this.mostOpen = 2 * points;
    // Engines want a table to be there, also where it has no rows.
    if (!this.byCapture) this.at();
  }

  /** Rows so far. */
  get rows(): number {
    let rows = this.done;
    for (const { file } of this.open.values()) rows += file.rows;
    return rows;
  }

  /** The file of the next row: of a frame of `capture` at `runNs`; where the rows of the table have neither, of any. */
  at(capture = 0, runNs = 0): TableFile<S> {
    const number = this.byCapture ? capture : 0;
    this.lanes[number] ??= { part: null, fromNs: 0, endNs: 0 };
    const lane = this.lanes[number];
    const { part } = lane;
    if (part === null || runNs < lane.fromNs || runNs >= lane.endNs) return this.turn(lane, capture, runNs);
    const { file } = part;
    if (file.row > 0 || this.layout.fileBytes === null || file.bytes < this.layout.fileBytes) return file;
    this.end(part);
    return this.turn(lane, capture, runNs);
  }

  /** Ends all files. */
  finish(): void {
    for (const part of [...this.open.values()]) this.end(part);
  }

  /** Finds the file, begins it if need be, and ends one that was not needed for long. */
  private turn(lane: Lane<S>, capture: number, runNs: number): TableFile<S> {
    lane.fromNs = Number.NEGATIVE_INFINITY;
    lane.endNs = Number.POSITIVE_INFINITY;
    const values: Partial<Record<PartitionKey, string>> = {};
    for (const key of this.keys) {
      if (key === 'run') values.run = this.places.run;
      else if (key === 'point') values.point = this.places.captures[capture].point;
      else {
        const hour = this.places.hour(capture, runNs);
        values.hour = hour?.text ?? '';
        if (hour !== null) {
          lane.fromNs = hour.fromNs;
          lane.endNs = hour.fromNs + HOUR_NS;
        }
      }
    }
    const folder = [this.table, ...this.keys.map((key) => `${key}=${escapeValue(values[key] ?? '')}`)].join('/');
    const part = this.open.get(folder) ?? this.begin(folder, values);
    this.open.delete(folder);
    this.open.set(folder, part);
    lane.part = part;
    const [oldest] = this.open.values();
    if (this.open.size > this.mostOpen && oldest !== undefined) this.end(oldest);
    return part.file;
  }

  private begin(folder: string, values: Part<S>['values']): Part<S> {
    const { mostFiles = MOST_FILES } = this.layout;
    if (++this.files > mostFiles)
      throw new UsageError(
        `${this.table} would become more than ${grouped(mostFiles)} files: leave hour out of --partition, or give --file-size more`,
      );
    const number = (this.begun.get(folder) ?? 0) + 1;
    this.begun.set(folder, number);
    const isOne = this.keys.length === 0 && this.layout.fileBytes === null;
    const path = `${folder}/${this.places.run}${isOne ? '' : `-${String(number).padStart(4, '0')}`}.parquet`;
    const sink = this.make(path);
    const file = this.idle.pop() ?? new TableFile(this.spec, { ...this.options, rows: this.capacity });
    file.begin((bytes) => sink.write(bytes));
    return { file, sink, folder, path, values };
  }

  private end(part: Part<S>): void {
    const { file, sink, folder, path, values } = part;
    file.finish();
    sink.close();
    this.written.push({ table: this.table, path, rows: file.rows, bytes: file.bytes, partition: values });
    this.done += file.rows;
    this.idle.push(file);
    this.open.delete(folder);
    for (const lane of this.lanes) if (lane?.part === part) lane.part = null;
  }
}

/** As Hive escapes what a path cannot hold or means something in one; engines undo it. */
const escapeValue = (text: string): string =>
  text === ''
    ? NO_VALUE
    : text.replace(/[^\w.@+-]/gu, (one) =>
        [...utf8.encode(one)].map((b) => `%${b.toString(16).toUpperCase().padStart(2, '0')}`).join(''),
      );
const utf8 = new TextEncoder();
