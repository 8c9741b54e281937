// A Parquet file, written in row groups. The library makes the file: header, schema, statistics, footer, compression. The pages
// are made here: the library's own way looks at every value as an object, several times, which costs ten times the reading of
// the packets; from typed arrays whose dictionary is already there it is a copy.
import { ByteWriter, ParquetWriter } from 'hyparquet-writer';
import { writePageHeader } from 'hyparquet-writer/src/datapage.js';
import { writeRleBitPackedHybrid } from 'hyparquet-writer/src/encoding.js';
import { snappyCompress } from 'hyparquet-writer/src/snappy.js';
import {
  type BooleanColumn,
  type Column,
  type ColumnOf,
  createColumn,
  IntColumn,
  LongColumn,
  NULL32,
  TextColumn,
  TimeColumn,
} from './columns.js';
import { deltaPacked } from './delta.js';
import { type ColumnSpec, EPOCH_SUFFIX, type TableSpec } from './schema.js';

type SchemaElement = ParquetWriter['schema'][number];
type ColumnChunk = ParquetWriter['row_groups'][number]['columns'][number];

/** Rows of a group: what DuckDB takes for one, and enough for the others to work in parallel. */
export const GROUP_ROWS = 122_880;
/** Whole numbers get a dictionary where the smallest and the largest are no further apart. */
const DICTIONARY_RANGE = 0x1_0000;

/** A column of type EPOCH is the TIMESTAMP column itself, written once more: it is not to be set. */
export type ColumnsOf<S extends TableSpec> = { readonly [K in keyof S]: ColumnOf[S[K]['type']] };

/** Takes bytes of a file, in order; valid during the call. */
export type WriteBytes = (bytes: Uint8Array) => void;

export interface FileOptions {
  readonly metadata: Readonly<Record<string, string>>;
  readonly createdBy: string;
  /** Rows of a group, at most GROUP_ROWS. */
  readonly rows?: number;
}

/**
 * One table in one file: `begin`, then set the columns at `row`, then `next()`, and `finish`. After that it may begin another file, in the
 * same memory.
 */
export class TableFile<S extends TableSpec> {
  readonly columns: ColumnsOf<S>;
  /** Index in the row group of the row that is being filled. */
  row = 0;
  /** Rows of the groups that were written. */
  private written = 0;
  private readonly list: readonly { readonly name: string; readonly spec: ColumnSpec; readonly column: Column }[];
  private readonly writer = new ByteWriter(1 << 20);
  private write: WriteBytes = () => {};
  private parquet!: ParquetWriter;
  private readonly capacity: number;

  constructor(
    spec: S,
    private readonly options: FileOptions,
  ) {
    this.capacity = options.rows ?? GROUP_ROWS;
    const columns: Record<string, Column> = {};
    this.list = Object.entries(spec).map(([name, one]) => {
      const column = one.type === 'EPOCH' ? columns[name.slice(0, -EPOCH_SUFFIX.length)] : createColumn(one.type, this.capacity);
      columns[name] = column;
      return { name, spec: one, column };
    });
    this.columns = columns as ColumnsOf<S>;
  }

  begin(write: WriteBytes): void {
    const { options } = this;
    this.write = write;
    this.written = 0;
    this.writer.offset = 0;
    this.writer.index = 0;
    this.parquet = new ParquetWriter({
      writer: this.writer,
      schema: [{ name: 'hopscope', num_children: this.list.length }, ...this.list.map(element)],
      kvMetadata: Object.entries(options.metadata).map(([key, value]) => ({ key, value })),
      createdBy: options.createdBy,
    });
  }

  /** Rows so far. */
  get rows(): number {
    return this.written + this.row;
  }

  /** Bytes that were written so far. */
  get bytes(): number {
    return this.writer.offset;
  }

  /** The row is filled. */
  next(): void {
    if (++this.row === this.capacity) this.flush();
  }

  /** Writes what is left, and the footer. */
  finish(): void {
    this.flush();
    this.parquet.finish();
    this.hand();
  }

  private flush(): void {
    const rows = this.row;
    if (rows === 0) return;
    const { parquet, writer } = this;
    const start = writer.offset;
    const columns = this.list.map(({ name, spec, column }) => writeChunk(writer, name, spec, column, rows));
    parquet.row_groups.push({
      columns,
      total_byte_size: columns.reduce((sum, { meta_data }) => sum + (meta_data?.total_uncompressed_size ?? 0n), 0n),
      num_rows: BigInt(rows),
      total_compressed_size: BigInt(writer.offset - start),
    });
    parquet.num_rows += BigInt(rows);
    this.written += rows;
    this.row = 0;
    for (const { column } of this.list) column.clear();
    this.hand();
  }

  private hand(): void {
    this.write(this.writer.getBytes());
    this.writer.index = 0;
  }
}

function element({ name, spec }: { readonly name: string; readonly spec: ColumnSpec }): SchemaElement {
  const common = { name, repetition_type: spec.nullable ? 'OPTIONAL' : 'REQUIRED' } as const;
  switch (spec.type) {
    case 'STRING':
      return { ...common, type: 'BYTE_ARRAY', converted_type: 'UTF8', logical_type: { type: 'STRING' } };
    case 'TIMESTAMP':
      return { ...common, type: 'INT64', logical_type: { type: 'TIMESTAMP', isAdjustedToUTC: true, unit: 'NANOS' } };
    case 'EPOCH':
      return { ...common, type: 'INT64' };
    default:
      return { ...common, type: spec.type };
  }
}

/** Columns are packed one after the other, all in the same memory. */
const scratch = {
  levels: new Uint8Array(GROUP_ROWS),
  words: new Int32Array(GROUP_ROWS * 2),
  numbers: new Float64Array(GROUP_ROWS),
  codes: new Int32Array(GROUP_ROWS),
};

/** The values of a column that are there, ready to be written; valid until the next column is packed. */
interface Packed {
  /** A dictionary page, PLAIN, and its number of values; null without. */
  readonly dictionary: { readonly bytes: Uint8Array; readonly count: number } | null;
  /** Numbers of the dictionary, or the values: as steps from one to the next, or PLAIN. */
  readonly codes?: Int32Array;
  readonly delta?: Uint8Array;
  readonly plain?: Uint8Array;
  readonly least?: bigint | number;
  readonly most?: bigint | number;
}

function writeChunk(writer: ByteWriter, name: string, spec: ColumnSpec, column: Column, rows: number): ColumnChunk {
  const start = writer.offset;
  const levels = scratch.levels.subarray(0, rows);
  const nulls = rows - column.mark(levels, rows);
  if (nulls > 0 && !spec.nullable) throw new Error(`the column ${name} has a row without a value`);
  const packed = pack(column, rows, rows - nulls);
  let uncompressed = 0;
  let dictionaryAt: bigint | undefined;
  if (packed.dictionary !== null) {
    dictionaryAt = BigInt(start);
    const { bytes, count } = packed.dictionary;
    const compressed = snappyCompress(bytes);
    writePageHeader(writer, {
      type: 'DICTIONARY_PAGE',
      uncompressed_page_size: bytes.length,
      compressed_page_size: compressed.length,
      dictionary_page_header: { num_values: count, encoding: 'PLAIN' },
    });
    uncompressed += writer.offset - start + bytes.length;
    writer.appendBytes(compressed);
  }
  const dataAt = writer.offset;
  const levelBytes = new ByteWriter();
  if (spec.nullable) writeRleBitPackedHybrid(levelBytes, levels, 1);
  const values = packed.plain ?? packed.delta ?? codePage(packed);
  // Codes and steps are packed to their bits, and runs are told once: what compression could still find is not worth its time.
  const compressed = packed.plain !== undefined ? snappyCompress(values) : values;
  const isCompressed = compressed.length < values.length;
  const body = isCompressed ? compressed : values;
  const encoding = packed.dictionary !== null ? 'RLE_DICTIONARY' : packed.delta !== undefined ? 'DELTA_BINARY_PACKED' : 'PLAIN';
  writePageHeader(writer, {
    type: 'DATA_PAGE_V2',
    uncompressed_page_size: levelBytes.offset + values.length,
    compressed_page_size: levelBytes.offset + body.length,
    data_page_header_v2: {
      num_values: rows,
      num_nulls: nulls,
      num_rows: rows,
      encoding,
      definition_levels_byte_length: levelBytes.offset,
      repetition_levels_byte_length: 0,
      is_compressed: isCompressed,
    },
  });
  uncompressed += writer.offset - dataAt + levelBytes.offset + values.length;
  writer.appendBytes(levelBytes.getBytes());
  writer.appendBytes(body);
  return {
    file_offset: BigInt(start),
    meta_data: {
      type: element({ name, spec }).type ?? 'INT32',
      encodings: packed.dictionary !== null ? ['PLAIN', 'RLE', encoding] : ['RLE', encoding],
      path_in_schema: [name],
      codec: 'SNAPPY',
      num_values: BigInt(rows),
      total_uncompressed_size: BigInt(uncompressed),
      total_compressed_size: BigInt(writer.offset - start),
      data_page_offset: BigInt(dataAt),
      dictionary_page_offset: dictionaryAt,
      statistics: { null_count: BigInt(nulls), min_value: packed.least, max_value: packed.most },
    },
  };
}

/** Width of the codes in one byte, then the codes. */
function codePage({ codes, dictionary }: Packed): Uint8Array {
  const page = new ByteWriter(1 << 16);
  const width = Math.max(1, 32 - Math.clz32((dictionary?.count ?? 1) - 1));
  page.appendUint8(width);
  writeRleBitPackedHybrid(page, codes ?? [], width);
  return page.getBytes();
}

function pack(column: Column, rows: number, there: number): Packed {
  if (column instanceof TextColumn) return packTexts(column, rows, there);
  if (column instanceof IntColumn) return packInts(column, rows, there);
  if (column instanceof LongColumn) return packLongs(column, rows, there);
  if (column instanceof TimeColumn) return packTimes(column, rows, there);
  return packBooleans(column as BooleanColumn, rows, there);
}

function packTexts({ codes, texts }: TextColumn, rows: number, there: number): Packed {
  if (there === 0) return { dictionary: null, plain: new Uint8Array(0) };
  const present = scratch.words.subarray(0, there);
  let n = 0;
  for (let row = 0; row < rows; row++) if (codes[row] >= 0) present[n++] = codes[row];
  const page = new ByteWriter();
  for (const text of texts) {
    const bytes = utf8.encode(text);
    page.appendUint32(bytes.length);
    page.appendBytes(bytes);
  }
  return { dictionary: { bytes: page.getBytes(), count: texts.length }, codes: present };
}
const utf8 = new TextEncoder();

function packInts(column: IntColumn, rows: number, there: number): Packed {
  const present = scratch.words.subarray(0, there);
  let n = 0;
  for (let row = 0; row < rows; row++) if (column.values[row] !== NULL32) present[n++] = column.values[row];
  const { least, most } = bounds(present);
  const found = dictionaryOf(present, least, most);
  if (found === null) return { dictionary: null, plain: bytesOf(present), least, most };
  const dictionary = { bytes: bytesOf(Int32Array.from(found.values)), count: found.values.length };
  return { dictionary, codes: found.codes, least, most };
}

function packLongs(column: LongColumn, rows: number, there: number): Packed {
  const present = scratch.numbers.subarray(0, there);
  let n = 0;
  for (let row = 0; row < rows; row++) if (!Number.isNaN(column.values[row])) present[n++] = column.values[row];
  const { least, most } = bounds(present);
  const found = dictionaryOf(present, least, most);
  const stats = there === 0 ? {} : { least: BigInt(least ?? 0), most: BigInt(most ?? 0) };
  if (found === null) {
    const [first] = present;
    for (let i = 0; i < there; i++) present[i] -= first;
    const delta = there > 0 && (most ?? 0) - (least ?? 0) <= Number.MAX_SAFE_INTEGER ? deltaPacked(BigInt(first), present) : null;
    if (delta !== null) return { dictionary: null, delta, ...stats };
    for (let i = 0; i < there; i++) present[i] += first;
    return { dictionary: null, plain: bytesOf(wordsOf(present)), ...stats };
  }
  const dictionary = { bytes: bytesOf(wordsOf(found.values)), count: found.values.length };
  return { dictionary, codes: found.codes, ...stats };
}

function packTimes({ words }: TimeColumn, rows: number, there: number): Packed {
  const present = scratch.words.subarray(0, there * 2);
  let n = 0;
  let least = -1;
  let most = -1;
  const isLess = (a: number, b: number): boolean =>
    present[a + 1] !== present[b + 1] ? present[a + 1] < present[b + 1] : present[a] >>> 0 < present[b] >>> 0;
  for (let row = 0; row < rows; row++) {
    if (words[row * 2 + 1] === NULL32) continue;
    present[n] = words[row * 2];
    present[n + 1] = words[row * 2 + 1];
    if (least < 0 || isLess(n, least)) least = n;
    if (most < 0 || isLess(most, n)) most = n;
    n += 2;
  }
  const value = (at: number): bigint | undefined =>
    at < 0 ? undefined : (BigInt(present[at + 1]) << 32n) | BigInt(present[at] >>> 0);
  const stats = { least: value(least), most: value(most) };
  const distances = scratch.numbers.subarray(0, there);
  for (let i = 0; i < there; i++)
    distances[i] = (present[i * 2 + 1] - present[1]) * 0x1_0000_0000 + ((present[i * 2] >>> 0) - (present[0] >>> 0));
  // Exact up to a hundred days between the first row and any other.
  const isExact = there > 0 && present[most + 1] - present[least + 1] < 0x10_0000;
  const delta = isExact ? deltaPacked(value(0) ?? 0n, distances) : null;
  return delta !== null ? { dictionary: null, delta, ...stats } : { dictionary: null, plain: bytesOf(present), ...stats };
}

function packBooleans(column: BooleanColumn, rows: number, there: number): Packed {
  const plain = new Uint8Array(Math.ceil(there / 8));
  let n = 0;
  for (let row = 0; row < rows; row++) {
    if (column.values[row] === 2) continue;
    plain[n >> 3] |= column.values[row] << (n & 7);
    n++;
  }
  return { dictionary: null, plain };
}

function bounds(values: Int32Array | Float64Array): { readonly least?: number; readonly most?: number } {
  if (values.length === 0) return {};
  let least = values[0];
  let most = values[0];
  for (let i = 1; i < values.length; i++) {
    if (values[i] < least) least = values[i];
    else if (values[i] > most) most = values[i];
  }
  return { least, most };
}

const codeOf = new Int32Array(DICTIONARY_RANGE);

/** Null where a dictionary would not save anything. */
function dictionaryOf(
  values: Int32Array | Float64Array,
  least = 0,
  most = 0,
): { readonly values: number[]; readonly codes: Int32Array } | null {
  if (values.length === 0) return null;
  const codes = scratch.codes.subarray(0, values.length);
  const distinct: number[] = [];
  const limit = values.length / 4;
  if (most - least < DICTIONARY_RANGE) {
    codeOf.fill(0, 0, most - least + 1);
    for (let i = 0; i < values.length; i++) {
      const slot = values[i] - least;
      if (codeOf[slot] === 0) {
        if (distinct.length > limit) return null;
        codeOf[slot] = distinct.push(values[i]);
      }
      codes[i] = codeOf[slot] - 1;
    }
    return { values: distinct, codes };
  }
  const known = new Map<number, number>();
  for (let i = 0; i < values.length; i++) {
    let code = known.get(values[i]);
    if (code === undefined) {
      // Sequence numbers, times and offsets are all different: that shows soon.
      if (known.size > 64 + i / 4) return null;
      code = distinct.push(values[i]) - 1;
      known.set(values[i], code);
    }
    codes[i] = code;
  }
  return { values: distinct, codes };
}

/** Whole numbers as 64 bits, low word first. */
function wordsOf(values: ArrayLike<number>): Int32Array {
  const words = scratch.words.subarray(0, values.length * 2);
  for (let i = 0; i < values.length; i++) {
    const high = Math.floor(values[i] / 0x1_0000_0000);
    words[i * 2] = values[i] - high * 0x1_0000_0000;
    words[i * 2 + 1] = high;
  }
  return words;
}

const bytesOf = ({ buffer, byteOffset, byteLength }: Int32Array): Uint8Array => new Uint8Array(buffer, byteOffset, byteLength);
