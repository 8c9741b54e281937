// Writes captures: pcap for everybody, pcapng where interfaces, directions and comments matter.
import {
  basename,
  closeSync,
  dirname,
  fsyncSync,
  join,
  openSync,
  randomWord,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from '#host';
import { parseIpv4, parseIpv6 } from '../bytes/parse.js';
import { CaptureError } from '../errors.js';
import { OPEN_OPTION } from '../texts/blocks.js';
import { type CaptureInfo, type CaptureInterface, DIRECTION, type Frame } from './frame.js';
import { onPath } from './open.js';
import { MICROSECOND, NANOSECOND } from './pcap.js';
import { BLOCK, BYTE_ORDER_MAGIC } from './pcapng.js';

/** The application that captures say they are from which were made of others, for their comments and names. */
export const ANNOTATED = 'hopscope annotate';

export interface WriteOptions {
  /** Default pcapng. */
  readonly format?: 'pcap' | 'pcapng';
  /** Of pcap; default nanosecond. pcapng is always written in nanoseconds. */
  readonly resolution?: 'microsecond' | 'nanosecond';
  readonly byteOrder?: 'little' | 'big';
  /** pcapng shb_userappl. */
  readonly application?: string;
  /** pcapng opt_comment of the section. */
  readonly comments?: readonly string[];
}

const encoder = new TextEncoder();
const BUFFER = 256 * 1024;
const MAX_OPTION = 0xffff;
const padded = (length: number): number => (length + 3) & ~3;

// epb_flags bits 0-1. A frame for another host came in.
const FLAGS = { [DIRECTION.unknown]: 0, [DIRECTION.in]: 1, [DIRECTION.out]: 2, [DIRECTION.other]: 1 } as const;

/** Collects records in a buffer and hands full buffers to `sink`, which must be done with them when it returns. */
export class CaptureWriter {
  private buffer = new Uint8Array(BUFFER);
  private view = new DataView(this.buffer.buffer);
  private at = 0;
  private readonly little: boolean;
  private readonly nanoseconds: boolean;
  private readonly pcapng: boolean;
  /** Interfaces written so far: by capture, then by the interface's number there. */
  private readonly ids = new Map<CaptureInfo, number[]>();
  private readonly written: CaptureInterface[] = [];
  private linkType = -1;
  /** Of texts, how many of the words that addresses stand for were written. */
  private readonly spoken = new Map<CaptureInfo, number>();

  constructor(
    private readonly sink: (bytes: Uint8Array) => void,
    private readonly path = '-',
    private readonly options: WriteOptions = {},
  ) {
    this.little = options.byteOrder !== 'big';
    this.pcapng = options.format !== 'pcap';
    this.nanoseconds = options.resolution !== 'microsecond';
    if (this.pcapng) this.sectionHeader();
  }

  /** Appends a frame of the capture that `info` describes, with its interface and comment; and in pcapng with these comments. */
  write(frame: Frame, info: CaptureInfo, comments: readonly string[] = NO_COMMENTS): void {
    if (!this.pcapng) {
      this.record(frame, info);
      return;
    }
    if (info.withUnknown && info.names.size > (this.spoken.get(info) ?? 0)) {
      // Before the packets that have them: who reads a pipe cannot wait for the end.
      this.names(new Map([...info.names].slice(this.spoken.get(info) ?? 0)));
      this.spoken.set(info, info.names.size);
    }
    this.enhancedPacket(frame, info, comments);
  }

  /** A Name Resolution Block of pcapng: names of addresses, by the address. What is no address is left out. */
  names(names: ReadonlyMap<string, readonly string[]>): void {
    if (!this.pcapng) return;
    const records: Uint8Array[] = [];
    let length = 0;
    const flush = (): void => {
      if (records.length === 0) return;
      // The end of the records is one of four zero bytes.
      const block = this.block(BLOCK.names, 12 + length + 4);
      let at = block + 8;
      for (const record of records) {
        this.u16(at, record.length > 0 && record[0] === 6 ? 2 : 1);
        this.u16(at + 2, record.length - 1);
        this.buffer.set(record.subarray(1), at + 4);
        at += 4 + padded(record.length - 1);
      }
      records.length = 0;
      length = 0;
    };
    for (const [address, list] of names) {
      const record = nameRecord(address, list);
      if (record === null) continue;
      records.push(record);
      length += 4 + padded(record.length - 1);
      if (length > BUFFER / 2) flush();
    }
    flush();
  }

  /** Hands on everything that was written, so that a reader of the file sees it. */
  flush(): void {
    if (this.at === 0) return;
    this.sink(this.buffer.subarray(0, this.at));
    this.at = 0;
  }

  /** Counters known at the end, then `flush()`. A pcap without frames becomes a valid one of link type `linkType`. */
  finish(linkType = 1): void {
    if (this.pcapng) for (const [id, from] of this.written.entries()) this.statistics(from, id);
    else if (this.linkType < 0) this.fileHeader(linkType, 0);
    this.flush();
  }

  private room(length: number): number {
    if (this.at + length > this.buffer.length) {
      this.flush();
      if (length > this.buffer.length) {
        this.buffer = new Uint8Array(length);
        this.view = new DataView(this.buffer.buffer);
      }
    }
    const start = this.at;
    this.at += length;
    // Padding is zero whatever stood here before.
    this.buffer.fill(0, start, this.at);
    return start;
  }

  private u16(at: number, value: number): void {
    this.view.setUint16(at, value, this.little);
  }

  private u32(at: number, value: number): void {
    this.view.setUint32(at, value, this.little);
  }

  private fileHeader(linkType: number, snapLength: number): void {
    const at = this.room(24);
    this.linkType = linkType;
    this.u32(at, this.nanoseconds ? NANOSECOND : MICROSECOND);
    this.u16(at + 4, 2);
    this.u16(at + 6, 4);
    this.u32(at + 16, snapLength > 0 ? snapLength : 262_144);
    this.u32(at + 20, linkType);
  }

  private record(frame: Frame, info: CaptureInfo): void {
    if (this.linkType < 0) this.fileHeader(frame.linkType, info.interfaces[frame.interfaceId]?.snapLength ?? 0);
    if (frame.linkType !== this.linkType)
      throw new CaptureError(
        'unsupported',
        `${this.path}: pcap holds one link type only; write pcapng instead`,
        this.path,
        frame.number,
      );
    const length = frame.end - frame.start;
    const at = this.room(16 + length);
    this.u32(at, frame.seconds);
    this.u32(at + 4, this.nanoseconds ? frame.nanoseconds : Math.floor(frame.nanoseconds / 1000));
    this.u32(at + 8, length);
    this.u32(at + 12, frame.wireLength);
    this.buffer.set(frame.bytes.subarray(frame.start, frame.end), at + 16);
  }

  private sectionHeader(): void {
    const application = text(this.options.application);
    const comments = (this.options.comments ?? NO_COMMENTS).flatMap((one) => text(one) ?? []);
    const options = comments.reduce((sum, one) => sum + optionLength(one), optionLength(application));
    const length = 28 + options + (options === 0 ? 0 : 4);
    const at = this.block(BLOCK.section, length);
    this.u32(at + 8, BYTE_ORDER_MAGIC);
    this.u16(at + 12, 1);
    this.u32(at + 16, 0xffff_ffff); // section length: not known beforehand
    this.u32(at + 20, 0xffff_ffff);
    let next = this.option(at + 24, 4, application);
    for (const one of comments) next = this.option(next, 1, one);
  }

  /** The block's frame: type, and its length at both ends. */
  private block(type: number, length: number): number {
    const at = this.room(length);
    this.u32(at, type);
    this.u32(at + 4, length);
    this.u32(at + length - 4, length);
    return at;
  }

  /** Writes an option at `at` and gives the offset after it. */
  private option(at: number, code: number, value: Uint8Array | null): number {
    if (value === null) return at;
    this.u16(at, code);
    this.u16(at + 2, value.length);
    this.buffer.set(value, at + 4);
    return at + optionLength(value);
  }

  private interfaceOf(frame: Frame, info: CaptureInfo): number {
    let ids = this.ids.get(info);
    if (ids === undefined) {
      ids = [];
      this.ids.set(info, ids);
    }
    const known = ids[frame.interfaceId];
    if (known !== undefined) return known;
    const from = info.interfaces[frame.interfaceId]!;
    const id = this.written.push(from) - 1;
    ids[frame.interfaceId] = id;
    const name = text(from.name);
    const description = text(from.description);
    const filter = text(from.filter === null ? null : `\0${from.filter}`);
    const length = 20 + optionLength(name) + optionLength(description) + 8 + optionLength(filter) + 4;
    const block = this.block(BLOCK.interface, length);
    this.u16(block + 8, frame.linkType);
    this.u32(block + 12, from.snapLength);
    let at = this.option(block + 16, 2, name);
    at = this.option(at, 3, description);
    at = this.option(at, 9, Uint8Array.of(9));
    this.option(at, 11, filter);
    return id;
  }

  private enhancedPacket(frame: Frame, info: CaptureInfo, more: readonly string[]): void {
    const id = this.interfaceOf(frame, info);
    const own = info.frameComments.get(frame.number);
    const comments = own === undefined && more.length === 0 ? NO_BYTES : [own, ...more].flatMap((one) => text(one) ?? []);
    let commentsLength = 0;
    for (const one of comments) commentsLength += optionLength(one);
    const flags = FLAGS[frame.direction];
    const captured = frame.end - frame.start;
    const { unknown } = frame;
    const options = (flags === 0 ? 0 : 8) + (unknown === 0 ? 0 : 12) + commentsLength;
    const at = this.block(BLOCK.enhancedPacket, 32 + padded(captured) + options + (options === 0 ? 0 : 4));
    // Ticks of a nanosecond need 61 bits. Their low half is exact modulo 2^32, and makes the high half exact as well.
    const seconds = Math.max(0, frame.seconds);
    const low = (Math.imul(seconds, 1e9) + frame.nanoseconds) >>> 0;
    const high = Math.round((seconds * 1e9 + frame.nanoseconds - low) / 0x1_0000_0000);
    this.u32(at + 8, id);
    this.u32(at + 12, high);
    this.u32(at + 16, low);
    this.u32(at + 20, captured);
    this.u32(at + 24, frame.wireLength);
    this.buffer.set(frame.bytes.subarray(frame.start, frame.end), at + 28);
    let next = at + 28 + padded(captured);
    if (flags !== 0) {
      this.u16(next, 2);
      this.u16(next + 2, 4);
      this.u32(next + 4, flags);
      next += 8;
    }
    if (unknown !== 0) {
      this.u16(next, OPEN_OPTION.code);
      this.u16(next + 2, 8);
      // In the order of the network, whatever the file's is.
      this.view.setUint32(next + 4, OPEN_OPTION.mark);
      this.view.setUint32(next + 8, unknown);
      next += 12;
    }
    for (const one of comments) next = this.option(next, 1, one);
  }

  private statistics(from: CaptureInterface, id: number): void {
    if (from.dropped === null && from.received === null) return;
    const counters = [
      [4, from.received],
      [5, from.dropped],
    ] as const;
    const known = counters.filter(([, value]) => value !== null);
    const block = this.block(BLOCK.statistics, 24 + 12 * known.length + 4);
    this.u32(block + 8, id);
    known.forEach(([code, value], i) => {
      const at = block + 20 + 12 * i;
      this.u16(at, code);
      this.u16(at + 2, 8);
      this.view.setBigUint64(at + 4, BigInt(value ?? 0), this.little);
    });
  }
}

/** Bytes that an option takes, with its header and padding; 0 for none. */
const optionLength = (value: Uint8Array | null): number => (value === null ? 0 : 4 + padded(value.length));

const text = (value: string | null | undefined): Uint8Array | null =>
  value === null || value === undefined ? null : encoder.encode(value).subarray(0, MAX_OPTION);

const NO_COMMENTS: readonly string[] = [];
const NO_BYTES: readonly Uint8Array[] = [];

/** A name record: the family (4 or 6), then the address and its names, each ended by a zero byte. Null where there is none to write. */
function nameRecord(address: string, names: readonly string[]): Uint8Array | null {
  const quad = parseIpv4(address);
  const long = quad === null ? parseIpv6(address) : null;
  if (quad === null && long === null) return null;
  const texts = names.filter((name) => name !== '').map((name) => encoder.encode(`${name.replaceAll('\0', '')}\0`));
  if (texts.length === 0) return null;
  const start = quad === null ? 17 : 5;
  const record = new Uint8Array(start + texts.reduce((sum, one) => sum + one.length, 0));
  if (record.length > MAX_OPTION) return null;
  record[0] = quad === null ? 6 : 4;
  if (long !== null) record.set(long, 1);
  else new DataView(record.buffer).setUint32(1, quad as number);
  let at = start;
  for (const one of texts) {
    record.set(one, at);
    at += one.length;
  }
  return record;
}

/** A capture file being written. `finish()` or `abort()` must be called, once. */
export interface CaptureFile {
  write(frame: Frame, info: CaptureInfo, comments?: readonly string[]): void;
  /** See `CaptureWriter.names`. */
  names(names: ReadonlyMap<string, readonly string[]>): void;
  flush(): void;
  finish(linkType?: number): void;
  /** Atomic: leaves no trace. Otherwise keeps what was flushed. */
  abort(): void;
}

/**
 * Writes to `path`, under another name first. Atomic (the default): `path` is the whole capture or what it was before. Not atomic,
 * for live captures: it has its name from the first `flush()` on, so that there is no moment at which it cannot be read.
 */
export function createCapture(path: string, options: WriteOptions & { readonly atomic?: boolean } = {}): CaptureFile {
  // A pipe or a device cannot be replaced by a file; /dev/stdout may be one today and must not be replaced at all.
  const there = onPath(path, () => statSync(path, { throwIfNoEntry: false }), 'written');
  const atomic = options.atomic !== false;
  let isHidden = !path.startsWith('/dev/') && (there === undefined || there.isFile());
  const target = isHidden ? join(dirname(path), `.${basename(path)}.${randomWord().toString(16)}.part`) : path;
  const fd = onPath(path, () => openSync(target, isHidden ? 'wx' : 'w'), 'written');
  const appear = () => {
    if (isHidden) onPath(path, () => renameSync(target, path), 'written');
    isHidden = false;
  };
  const drop = () => {
    if (isHidden) rmSync(target, { force: true });
  };
  let isOpen = true;
  // Whoever hears that `finish` failed calls `abort`; the number may be another file's by then.
  const close = () => {
    if (isOpen) closeSync(fd);
    isOpen = false;
  };
  const writer = new CaptureWriter((bytes) => onPath(path, () => writeAll(fd, bytes), 'written'), path, options);
  return {
    write: (frame, info, comments) => writer.write(frame, info, comments),
    names: (names) => writer.names(names),
    flush() {
      writer.flush();
      if (!atomic) appear();
    },
    finish(linkType) {
      try {
        try {
          writer.finish(linkType);
          if (isHidden) onPath(path, () => fsyncSync(fd), 'written');
        } finally {
          close();
        }
        appear();
      } catch (error) {
        drop();
        throw error;
      }
    },
    abort() {
      close();
      drop();
    },
  };
}

function writeAll(fd: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
}
