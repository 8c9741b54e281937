// Columns of a row group, as typed arrays that are filled row by row and used again: no object is made for a row.
import type { ColumnType } from './schema.js';

/** Null in an INT32 column. No value is: numbers from headers are not negative. */
export const NULL32 = -0x8000_0000;

/** Largest number of seconds whose nanoseconds fit into 64 bits, with room for null. */
const MOST_SECONDS = 9_223_372_032;

export abstract class Column {
  constructor(readonly capacity: number) {}

  /** Sets all rows to null. */
  abstract clear(): void;
  /** Writes 1 into `levels` for each of the first `rows` rows that has a value, and 0 for each that is null; returns how many have. */
  abstract mark(levels: Uint8Array, rows: number): number;
}

export class IntColumn extends Column {
  readonly values: Int32Array;
  constructor(capacity: number) {
    super(capacity);
    this.values = new Int32Array(capacity).fill(NULL32);
  }
  set(row: number, value: number): void {
    this.values[row] = value;
  }
  clear(): void {
    this.values.fill(NULL32);
  }
  mark(levels: Uint8Array, rows: number): number {
    let there = 0;
    for (let row = 0; row < rows; row++) there += levels[row] = this.values[row] === NULL32 ? 0 : 1;
    return there;
  }
}

export class LongColumn extends Column {
  readonly values: Float64Array;
  constructor(capacity: number) {
    super(capacity);
    this.values = new Float64Array(capacity).fill(Number.NaN);
  }
  set(row: number, value: number): void {
    this.values[row] = value;
  }
  clear(): void {
    this.values.fill(Number.NaN);
  }
  mark(levels: Uint8Array, rows: number): number {
    let there = 0;
    for (let row = 0; row < rows; row++) there += levels[row] = Number.isNaN(this.values[row]) ? 0 : 1;
    return there;
  }
}

export class BooleanColumn extends Column {
  /** 0, 1, or 2 for null. */
  readonly values: Uint8Array;
  constructor(capacity: number) {
    super(capacity);
    this.values = new Uint8Array(capacity).fill(2);
  }
  set(row: number, value: boolean): void {
    this.values[row] = value ? 1 : 0;
  }
  clear(): void {
    this.values.fill(2);
  }
  mark(levels: Uint8Array, rows: number): number {
    let there = 0;
    for (let row = 0; row < rows; row++) there += levels[row] = this.values[row] === 2 ? 0 : 1;
    return there;
  }
}

/** Nanoseconds since 1970 in 64 bits, low word first, as Parquet stores them: more than a double holds. */
export class TimeColumn extends Column {
  readonly words: Int32Array;
  constructor(capacity: number) {
    super(capacity);
    this.words = new Int32Array(capacity * 2);
    this.clear();
  }
  /** Whole seconds since 1970, and nanoseconds in that second. A time that 64 bits cannot hold is null. */
  set(row: number, seconds: number, nanoseconds: number): void {
    if (!(Math.abs(seconds) <= MOST_SECONDS)) return;
    // Every product and sum stays below 2^53: the seconds go in two halves.
    const half = Math.floor(seconds / 0x1_0000);
    const high = half * 1e9;
    const carry = Math.floor(high / 0x1_0000);
    const low = (high - carry * 0x1_0000) * 0x1_0000 + (seconds - half * 0x1_0000) * 1e9 + nanoseconds;
    const overflow = Math.floor(low / 0x1_0000_0000);
    this.words[row * 2] = low - overflow * 0x1_0000_0000;
    this.words[row * 2 + 1] = carry + overflow;
  }
  clear(): void {
    this.words.fill(0);
    for (let i = 1; i < this.words.length; i += 2) this.words[i] = NULL32;
  }
  mark(levels: Uint8Array, rows: number): number {
    let there = 0;
    for (let row = 0; row < rows; row++) there += levels[row] = this.words[row * 2 + 1] === NULL32 ? 0 : 1;
    return there;
  }
}

/** Texts as numbers of a dictionary that lasts for one row group, so that it is bounded as the group is. */
export class TextColumn extends Column {
  readonly codes: Int32Array;
  texts: string[] = [];
  /** The text set last: the next row most often has the same. */
  private last: string | null = null;
  private lastCode = -1;
  private readonly known = new Map<string, number>();
  private readonly shown = new Map<number, number>();

  constructor(capacity: number) {
    super(capacity);
    this.codes = new Int32Array(capacity).fill(-1);
  }
  set(row: number, text: string | null): void {
    if (text === null) return;
    if (text !== this.last) {
      let code = this.known.get(text);
      if (code === undefined) {
        code = this.texts.push(text) - 1;
        this.known.set(text, code);
      }
      this.last = text;
      this.lastCode = code;
    }
    this.codes[row] = this.lastCode;
  }
  /** A number, such as an address, as `show` writes it: once for each number. One column, one way of writing. */
  setShown(row: number, value: number, show: (value: number) => string): void {
    let code = this.shown.get(value);
    if (code === undefined) {
      code = this.texts.push(show(value)) - 1;
      this.shown.set(value, code);
    }
    this.codes[row] = code;
  }
  clear(): void {
    this.codes.fill(-1);
    this.texts = [];
    this.last = null;
    this.known.clear();
    this.shown.clear();
  }
  mark(levels: Uint8Array, rows: number): number {
    let there = 0;
    for (let row = 0; row < rows; row++) there += levels[row] = this.codes[row] < 0 ? 0 : 1;
    return there;
  }
}

export interface ColumnOf {
  STRING: TextColumn;
  INT32: IntColumn;
  INT64: LongColumn;
  BOOLEAN: BooleanColumn;
  TIMESTAMP: TimeColumn;
  EPOCH: TimeColumn;
}

const CLASSES: { readonly [T in ColumnType]: new (capacity: number) => ColumnOf[T] } = {
  STRING: TextColumn,
  INT32: IntColumn,
  INT64: LongColumn,
  BOOLEAN: BooleanColumn,
  TIMESTAMP: TimeColumn,
  EPOCH: TimeColumn,
};

export const createColumn = (type: ColumnType, capacity: number): Column => new CLASSES[type](capacity);
