// pcapng: draft-ietf-opsawg-pcapng. Blocks of a type and a length, sections each with its own byte order and interfaces.
import { u16of, u32, u32le, u32of, u64, u64le } from '../bytes/read.js';
import { ipv4, ipv6 } from '../bytes/show.js';
import { OPEN_OPTION } from '../texts/blocks.js';
import { type CaptureInfo, type CaptureInterface, DIRECTION, type Direction, type Frame } from './frame.js';
import { linkTypeOf } from './linktypes.js';
import { leftWhole, type RecordReader, recordLimit } from './records.js';
import { MAX_RECORD, type Window } from './window.js';

export const BLOCK = {
  section: 0x0a0d0d0a,
  interface: 1,
  packet: 2, // obsolete
  simplePacket: 3,
  names: 4,
  statistics: 5,
  enhancedPacket: 6,
} as const;
export const BYTE_ORDER_MAGIC = 0x1a2b3c4d;

const PACKET_HEADER = 28;
const SMALLEST_BLOCK = 12;
/** Blocks that are read whole, other than packets. Real ones stay far below. */
const LARGEST_BLOCK = 16 * 1024 * 1024;

// Bounds on what a hostile file can make the reader keep.
const MAX_INTERFACES = 65_536;
const MAX_TEXTS = 1_000;
const MAX_TEXT_BYTES = 4_096;
const MAX_FRAME_COMMENTS = 10_000;
const MAX_NAMES = 50_000;
const MAX_BLOCK_TYPES = 256;

// epb_flags bits 0-1.
const DIRECTIONS: readonly Direction[] = [DIRECTION.unknown, DIRECTION.in, DIRECTION.out, DIRECTION.unknown];

interface Interface extends CaptureInterface {
  /** Ticks per second when that is a power of ten up to 10^9, else 0: those go the exact slow way. */
  readonly ticks: number;
  /** Nanoseconds in one tick, for the same. */
  readonly tickNs: number;
  readonly ticksPerSecond: bigint;
  /** if_tsoffset, whole seconds. */
  readonly offset: number;
  readonly limit: number;
}

const decoder = new TextDecoder();

export class PcapngReader implements RecordReader {
  private little = true;
  private section = 0;
  /** Interfaces of the current section. */
  private interfaces: Interface[] = [];
  count = 0;
  private timed = false;

  constructor(
    private readonly window: Window,
    private readonly info: CaptureInfo,
  ) {
    info.format = 'pcapng';
    info.variant = 'per interface';
  }

  next(frame: Frame): boolean {
    const { window } = this;
    for (;;) {
      const { bytes, at, end } = window;
      if (end - at < SMALLEST_BLOCK || window.skip > 0) return false;
      const type = this.little ? u32le(bytes, at) : u32(bytes, at);
      if (type === BLOCK.section && !this.byteOrder(bytes, at)) return false;
      const length = this.little ? u32le(bytes, at + 4) : u32(bytes, at + 4);
      if (length < SMALLEST_BLOCK) return this.damaged(`the block (type ${name(type)}) claims a length of ${length} bytes`);
      // The length must be a multiple of four; writers that forgot the padding in it still wrote the padding.
      const span = length + (-length & 3);
      const here = span <= end - at;
      const isPacket = type === BLOCK.enhancedPacket || type === BLOCK.packet || type === BLOCK.simplePacket;
      if (length > LARGEST_BLOCK && !isPacket && !isRead(type)) {
        // Too large to wait for: whether it ends as it began is found out by the block after it.
        this.skipped(type);
        window.pass(span);
        continue;
      }
      if (here && !this.trailer(bytes, at, length, span)) return false;
      if (isPacket) {
        if (length > MAX_RECORD) return this.tooLong(type, length, MAX_RECORD);
        if (!here) return false;
        const read =
          type === BLOCK.simplePacket ? this.simple(frame, bytes, at, span) : this.packet(frame, bytes, at, span, type);
        if (read) window.at = at + span;
        return read;
      }
      if (length > LARGEST_BLOCK) return this.tooLong(type, length, LARGEST_BLOCK);
      if (!here) return false;
      if (!isRead(type)) this.skipped(type);
      else if (!this.block(type, bytes, at, span)) return false;
      window.at = at + span;
    }
  }

  finish(): void {
    const { window } = this;
    const left = window.end - window.at;
    if (left === 0 && window.skip === 0) return;
    window.fail(
      'cut',
      this.count + 1,
      window.offset,
      `the file breaks off inside a block; ${leftWhole(this.count)} (stop the capture cleanly, or copy the file again)`,
    );
  }

  private damaged(what: string): false {
    const rest = 'the file is damaged from here on (copy it again in binary mode, or capture again)';
    return this.window.fail('damaged', this.count + 1, this.window.offset, `${what}; ${rest}`);
  }

  private tooLong(type: number, length: number, most: number): false {
    return this.damaged(`the block (type ${name(type)}) claims ${length} bytes, at most ${most} are possible`);
  }

  /** The length stands at both ends of a block: the cheapest proof that the reader has not lost its place. */
  private trailer(bytes: Uint8Array, at: number, length: number, span: number): boolean {
    const again = u32of(bytes, at + span - 4, this.little);
    return again === length || this.damaged(`the block says ${length} bytes at its start and ${again} at its end`);
  }

  private skipped(type: number): void {
    const { skippedBlocks } = this.info;
    const key = skippedBlocks.has(type) || skippedBlocks.size < MAX_BLOCK_TYPES ? type : 0;
    skippedBlocks.set(key, (skippedBlocks.get(key) ?? 0) + 1);
  }

  private packet(frame: Frame, bytes: Uint8Array, at: number, length: number, type: number): boolean {
    const { info, little } = this;
    if (length < PACKET_HEADER + 4) return this.damaged(`the packet block has only ${length} bytes`);
    const old = type === BLOCK.packet;
    const id = old ? u16of(bytes, at + 8, little) : u32of(bytes, at + 8, little);
    const from = this.interfaces[id];
    if (from === undefined)
      return this.damaged(`the packet is from interface ${id}, but the section describes ${this.interfaces.length}`);
    const high = little ? u32le(bytes, at + 12) : u32(bytes, at + 12);
    const low = little ? u32le(bytes, at + 16) : u32(bytes, at + 16);
    const captured = little ? u32le(bytes, at + 20) : u32(bytes, at + 20);
    const start = at + PACKET_HEADER;
    const options = start + ((captured + 3) & ~3);
    const blockEnd = at + length - 4;
    if (captured > length - PACKET_HEADER - 4 || captured > from.limit)
      return this.damaged(`the packet claims ${captured} captured bytes in a block of ${length}`);
    frame.bytes = bytes;
    frame.start = start;
    frame.end = start + captured;
    frame.wireLength = little ? u32le(bytes, at + 24) : u32(bytes, at + 24);
    frame.number = ++this.count;
    frame.fileOffset = this.window.base + at;
    frame.linkType = from.linkType;
    frame.interfaceId = from.id;
    frame.direction = DIRECTION.unknown;
    frame.hasTime = true;
    frame.unknown = 0;
    this.time(frame, from, high, low);
    if (!this.timed) {
      this.timed = true;
      info.baseSeconds = frame.seconds;
    }
    frame.timeNs = (frame.seconds - info.baseSeconds) * 1e9 + frame.nanoseconds;
    if (old) {
      const drops = u16of(bytes, at + 10, little);
      if (drops !== 0xffff) info.dropCount += drops; // 0xffff: not known
    }
    if (options < blockEnd) this.packetOptions(frame, options, blockEnd);
    return true;
  }

  private packetOptions(frame: Frame, at: number, end: number): void {
    const { bytes } = frame;
    this.options(bytes, at, end, (code, from, length) => {
      if (code === 1) this.comment(frame.number, text(bytes, from, length));
      else if (code === 2 && length === 4) frame.direction = DIRECTIONS[u32of(bytes, from, this.little) & 3]!;
      else if (code === OPEN_OPTION.code && length === 8 && u32(bytes, from) === OPEN_OPTION.mark) {
        frame.unknown = u32(bytes, from + 4) & 0x3fff;
        this.info.withUnknown = true;
      } else if (code === 4 && length === 8) this.info.dropCount += Number(this.u64(bytes, from));
    });
  }

  private comment(number: number, comment: string): void {
    const { frameComments } = this.info;
    const before = frameComments.get(number);
    if (before !== undefined) frameComments.set(number, `${before}\n${comment}`.slice(0, MAX_TEXT_BYTES));
    else if (frameComments.size < MAX_FRAME_COMMENTS) frameComments.set(number, comment);
  }

  /** A Simple Packet Block belongs to the section's first interface and has no time; its snapshot length tells what was kept. */
  private simple(frame: Frame, bytes: Uint8Array, at: number, length: number): boolean {
    if (length < 16) return this.damaged(`the simple packet block has only ${length} bytes`);
    const from = this.interfaces[0];
    if (from === undefined) return this.damaged('a simple packet comes before any interface is described');
    const wire = u32of(bytes, at + 8, this.little);
    const kept = from.snapLength > 0 ? Math.min(wire, from.snapLength) : wire;
    if (kept > length - 16) return this.damaged(`the simple packet claims ${kept} captured bytes in a block of ${length}`);
    frame.bytes = bytes;
    frame.start = at + 12;
    frame.end = at + 12 + kept;
    frame.wireLength = wire;
    frame.number = ++this.count;
    frame.fileOffset = this.window.base + at;
    frame.linkType = from.linkType;
    frame.interfaceId = from.id;
    frame.direction = DIRECTION.unknown;
    frame.unknown = 0;
    frame.seconds = 0;
    frame.nanoseconds = 0;
    frame.hasTime = false;
    frame.timeNs = 0;
    return true;
  }

  /** Splits 64-bit ticks exactly; what is finer than a nanosecond is cut. */
  private time(frame: Frame, from: Interface, high: number, low: number): void {
    const { ticks } = from;
    // Too many seconds for a double: a lie, but its nanoseconds are those of a second.
    if (ticks === 0 || high >= 0x20_0000 * ticks) {
      const all = (BigInt(high) << 32n) | BigInt(low);
      const seconds = all / from.ticksPerSecond;
      frame.seconds = Number(seconds) + from.offset;
      frame.nanoseconds = Number(((all - seconds * from.ticksPerSecond) * 1_000_000_000n) / from.ticksPerSecond);
      return;
    }
    // A double cannot hold the ticks, but its quotient is off by one second at most. The remainder then fits in
    // 32 bits with a sign, so arithmetic modulo 2^32 gives it exactly and shows which way the quotient was off.
    let seconds = Math.floor((high * 0x1_0000_0000 + low) / ticks);
    let rest = (low - Math.imul(seconds, ticks)) | 0;
    if (rest < 0) {
      rest += ticks;
      seconds--;
    } else if (rest >= ticks) {
      rest -= ticks;
      seconds++;
    }
    frame.seconds = seconds + from.offset;
    frame.nanoseconds = rest * from.tickNs;
  }

  /** The section header tells its own byte order, and the type reads the same in both. */
  private byteOrder(bytes: Uint8Array, at: number): boolean {
    const little = u32le(bytes, at + 8) === BYTE_ORDER_MAGIC;
    if (!little && u32(bytes, at + 8) !== BYTE_ORDER_MAGIC)
      return this.damaged('the section header has no byte-order magic 1a2b3c4d');
    this.little = little;
    return true;
  }

  private block(type: number, bytes: Uint8Array, at: number, length: number): boolean {
    if (type === BLOCK.section) return this.sectionHeader(bytes, at, length);
    if (type === BLOCK.interface) return this.interfaceDescription(bytes, at, length);
    if (type === BLOCK.statistics) this.statistics(bytes, at, length);
    else this.nameResolution(bytes, at, length);
    return true;
  }

  private sectionHeader(bytes: Uint8Array, at: number, length: number): boolean {
    const { info, little } = this;
    if (length < 28) return this.damaged(`the section header has only ${length} bytes`);
    const major = u16of(bytes, at + 12, little);
    const minor = u16of(bytes, at + 14, little);
    if (major !== 1)
      return this.window.fail(
        'unsupported',
        this.count === 0 ? 0 : this.count + 1,
        this.window.offset,
        `pcapng version ${major}.${minor} is unknown; version 1.0 can be read`,
      );
    this.section++;
    this.interfaces = [];
    const order = little ? 'little' : 'big';
    info.byteOrder = info.byteOrder === null || info.byteOrder === order ? order : 'mixed';
    this.options(bytes, at + 24, at + length - 4, (code, from, size) => {
      const list =
        code === 1 ? info.comments : code === 2 ? info.hardware : code === 3 ? info.os : code === 4 ? info.application : null;
      if (list === null || list.length >= MAX_TEXTS) return;
      const value = text(bytes, from, size);
      if (!list.includes(value)) list.push(value);
    });
    return true;
  }

  private interfaceDescription(bytes: Uint8Array, at: number, length: number): boolean {
    const { info, little } = this;
    if (this.section === 0) return this.damaged('an interface is described before any section header');
    if (length < 20) return this.damaged(`the interface description has only ${length} bytes`);
    if (info.interfaces.length >= MAX_INTERFACES) return this.damaged(`more than ${MAX_INTERFACES} interfaces are described`);
    let ifName: string | null = null;
    let description: string | null = null;
    let filter: string | null = null;
    let resolution = 6;
    let offset = 0;
    this.options(bytes, at + 16, at + length - 4, (code, from, size) => {
      if (code === 2) ifName = text(bytes, from, size);
      else if (code === 3) description = text(bytes, from, size);
      else if (code === 9 && size === 1) resolution = bytes[from]!;
      else if (code === 11 && size > 1 && bytes[from] === 0) filter = text(bytes, from + 1, size - 1);
      else if (code === 14 && size === 8) offset = Number(BigInt.asIntN(64, this.u64(bytes, from)));
    });
    const exponent = resolution & 0x7f;
    const binary = resolution > 0x7f;
    const common = !binary && exponent <= 9;
    const linkType = linkTypeOf(u16of(bytes, at + 8, little));
    const snapLength = u32of(bytes, at + 12, little);
    const described: Interface = {
      id: info.interfaces.length,
      section: this.section,
      linkType,
      snapLength,
      name: ifName,
      description,
      filter,
      dropped: null,
      received: null,
      decimals: decimalsOf((binary ? 2 : 10) ** exponent),
      ticks: common ? 10 ** exponent : 0,
      tickNs: common ? 10 ** (9 - exponent) : 0,
      ticksPerSecond: (binary ? 2n : 10n) ** BigInt(exponent),
      offset,
      limit: recordLimit(linkType, snapLength, MAX_RECORD),
    };
    this.interfaces.push(described);
    info.interfaces.push(described);
    return true;
  }

  /** The counters run from the start of the capture, so the last block of an interface holds. */
  private statistics(bytes: Uint8Array, at: number, length: number): void {
    if (length < 24) return;
    const of = this.interfaces[u32of(bytes, at + 8, this.little)];
    if (of === undefined) return;
    let dropped: number | null = null;
    this.options(bytes, at + 20, at + length - 4, (code, from, size) => {
      if (size !== 8) return;
      if (code === 4) of.received = Number(this.u64(bytes, from));
      else if (code === 5 || code === 7) dropped = (dropped ?? 0) + Number(this.u64(bytes, from));
    });
    if (dropped !== null) of.dropped = dropped;
  }

  private nameResolution(bytes: Uint8Array, at: number, length: number): void {
    const { little } = this;
    const end = at + length - 4;
    for (let record = at + 8; record + 4 <= end; ) {
      const type = u16of(bytes, record, little);
      const size = u16of(bytes, record + 2, little);
      const value = record + 4;
      if (type === 0 || value + size > end) return;
      if (type === 1 && size > 4) this.names(ipv4(u32(bytes, value)), bytes, value + 4, value + size);
      else if (type === 2 && size > 16) this.names(ipv6(bytes, value), bytes, value + 16, value + size);
      record = value + ((size + 3) & ~3);
    }
  }

  /** Names of one address, each ended by a zero byte. */
  private names(address: string, bytes: Uint8Array, at: number, end: number): void {
    const { names } = this.info;
    const known = names.get(address) ?? [];
    if (known.length === 0 && names.size >= MAX_NAMES) return;
    while (at < end) {
      let stop = bytes.indexOf(0, at);
      if (stop < 0 || stop > end) stop = end;
      const found = text(bytes, at, stop - at);
      if (found !== '' && known.length < 16 && !known.includes(found)) known.push(found);
      at = stop + 1;
    }
    if (known.length > 0) names.set(address, known);
  }

  /** Calls `visit(code, offset, length)` for each option; a list that runs over its block ends there. */
  private options(bytes: Uint8Array, at: number, end: number, visit: (code: number, from: number, length: number) => void): void {
    while (at + 4 <= end) {
      const code = u16of(bytes, at, this.little);
      const length = u16of(bytes, at + 2, this.little);
      if (code === 0 || at + 4 + length > end) return;
      visit(code, at + 4, length);
      at += 4 + ((length + 3) & ~3);
    }
  }

  private u64(bytes: Uint8Array, at: number): bigint {
    return this.little ? u64le(bytes, at) : u64(bytes, at);
  }
}

const isRead = (type: number): boolean =>
  type === BLOCK.section || type === BLOCK.interface || type === BLOCK.statistics || type === BLOCK.names;

const name = (type: number): string => (type < 0x10000 ? String(type) : `0x${type.toString(16)}`);

/** UTF-8, bounded, without the zero bytes some writers end it with. */
function text(bytes: Uint8Array, at: number, length: number): string {
  let end = at + Math.min(length, MAX_TEXT_BYTES);
  while (end > at && bytes[end - 1] === 0) end--;
  return decoder.decode(bytes.subarray(at, end));
}

/** Digits of a second that a clock tells, in steps that tshark prints: none, 1, 2, 3, 6 or 9. */
function decimalsOf(ticksPerSecond: number): number {
  return ticksPerSecond >= 1e9
    ? 9
    : ticksPerSecond >= 1e6
      ? 6
      : ticksPerSecond >= 1e3
        ? 3
        : Math.floor(Math.log10(ticksPerSecond));
}
