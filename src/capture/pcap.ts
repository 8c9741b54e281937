// Classic pcap: draft-ietf-opsawg-pcap. Four magics, and Kuznetzov's modified format with its longer record header.
import { u16of, u32, u32le, u32of } from '../bytes/read.js';
import { type CaptureInfo, DIRECTION, type Direction, type Frame } from './frame.js';
import { linkTypeOf } from './linktypes.js';
import { leftWhole, type RecordReader, recordLimit } from './records.js';
import { MAX_RECORD, type Window } from './window.js';

export const FILE_HEADER = 24;
const RECORD_HEADER = 16;
/** Kuznetzov's record header adds interface index (4), protocol (2), packet type (1) and padding (1). */
const MODIFIED_RECORD_HEADER = 24;

export const MICROSECOND = 0xa1b2c3d4;
export const NANOSECOND = 0xa1b23c4d;
const MODIFIED = 0xa1b2cd34;

const VARIANTS = new Map([
  [MICROSECOND, 'microsecond'],
  [NANOSECOND, 'nanosecond'],
  [MODIFIED, 'modified'],
]);

/** `little` or `big` when the window starts with a pcap magic, else null. */
export function pcapOrder(b: Uint8Array, at: number): 'little' | 'big' | null {
  if (VARIANTS.has(u32le(b, at))) return 'little';
  return VARIANTS.has(u32(b, at)) ? 'big' : null;
}

// Versions before 2.3 wrote the two lengths the other way round, and some 2.3 writers too (libpcap, sf-pcap.c).
type Swapped = 'no' | 'yes' | 'when it must be';
const swappedLengths = (major: number, minor: number): Swapped =>
  major === 543 ? 'when it must be' : minor < 3 ? 'yes' : minor === 3 ? 'when it must be' : 'no';

// Linux packet types, as SLL has them: to us, broadcast, multicast, other host, sent by us.
const PACKET_TYPES: readonly Direction[] = [DIRECTION.in, DIRECTION.in, DIRECTION.in, DIRECTION.other, DIRECTION.out];

export class PcapReader implements RecordReader {
  private readonly little: boolean;
  private readonly headerLength: number;
  private readonly modified: boolean;
  /** Nanoseconds in one unit of the timestamp's fraction, and units in a second. */
  private readonly unit: number;
  private readonly unitsPerSecond: number;
  private readonly swapped: Swapped;
  private readonly linkType: number;
  private readonly limit: number;
  count = 0;
  /** The chunk at hand: a view reads a number at once, byte by byte costs three times as much. */
  private viewed: Uint8Array = new Uint8Array(0);
  private view: DataView = new DataView(this.viewed.buffer);

  /** The window holds the whole file header. */
  constructor(
    private readonly window: Window,
    private readonly info: CaptureInfo,
  ) {
    const { bytes, at } = window;
    const order = pcapOrder(bytes, at);
    this.little = order === 'little';
    const magic = u32of(bytes, at, this.little);
    this.modified = magic === MODIFIED;
    this.headerLength = this.modified ? MODIFIED_RECORD_HEADER : RECORD_HEADER;
    this.unit = magic === NANOSECOND ? 1 : 1000;
    this.unitsPerSecond = 1e9 / this.unit;
    const major = u16of(bytes, at + 4, this.little);
    const minor = u16of(bytes, at + 6, this.little);
    // 543.0 is DG/UX's tcpdump (libpcap, sf-pcap.c).
    if (major !== 2 && major !== 543)
      window.fail('unsupported', 0, 0, `pcap version ${major}.${minor} is unknown; versions 2.x can be read`);
    this.swapped = swappedLengths(major, minor);
    const snapLength = u32of(bytes, at + 16, this.little);
    this.linkType = linkTypeOf(u32of(bytes, at + 20, this.little));
    this.limit = recordLimit(this.linkType, snapLength, MAX_RECORD);
    info.format = 'pcap';
    info.byteOrder = order;
    info.variant = VARIANTS.get(magic) ?? null;
    info.interfaces.push({
      id: 0,
      section: 1,
      linkType: this.linkType,
      snapLength,
      name: null,
      description: null,
      filter: null,
      dropped: null,
      received: null,
    });
    window.pass(FILE_HEADER);
  }

  next(frame: Frame): boolean {
    const { window, little } = this;
    const { bytes, at } = window;
    const start = at + this.headerLength;
    if (start > window.end) return false;
    if (bytes !== this.viewed) {
      this.viewed = bytes;
      this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    }
    const { view } = this;
    let captured = view.getUint32(at + 8, little);
    let wire = view.getUint32(at + 12, little);
    if (this.swapped !== 'no' && (this.swapped === 'yes' || captured > wire)) {
      const first = captured;
      captured = wire;
      wire = first;
    }
    const end = start + captured;
    if (captured > this.limit) return this.tooLong(captured);
    if (end > window.end) return false;
    let seconds = view.getUint32(at, little);
    let fraction = view.getUint32(at + 4, little);
    if (fraction >= this.unitsPerSecond) {
      seconds += Math.floor(fraction / this.unitsPerSecond);
      fraction %= this.unitsPerSecond;
    }
    if (this.count === 0) this.info.baseSeconds = seconds;
    frame.bytes = bytes;
    frame.start = start;
    frame.end = end;
    frame.wireLength = wire;
    frame.number = ++this.count;
    frame.fileOffset = window.base + at;
    frame.linkType = this.linkType;
    frame.interfaceId = 0;
    frame.direction = this.modified ? (PACKET_TYPES[bytes[at + 22]!] ?? DIRECTION.unknown) : DIRECTION.unknown;
    frame.seconds = seconds;
    frame.nanoseconds = fraction * this.unit;
    frame.hasTime = true;
    frame.timeNs = (seconds - this.info.baseSeconds) * 1e9 + frame.nanoseconds;
    window.at = end;
    return true;
  }

  finish(): void {
    const { window } = this;
    const left = window.end - window.at;
    if (left === 0) return;
    const what =
      left < this.headerLength
        ? `only ${left} of ${this.headerLength} bytes of its header`
        : `only ${left - this.headerLength} of its bytes`;
    window.fail(
      'cut',
      this.count + 1,
      window.offset,
      `the file breaks off here, ${what} are there; ${leftWhole(this.count)} (stop the capture cleanly, or copy the file again)`,
    );
  }

  private tooLong(captured: number): false {
    const { window } = this;
    return window.fail(
      'damaged',
      this.count + 1,
      window.offset,
      `the record claims ${captured} captured bytes, at most ${this.limit} are possible; the file is damaged from here on (copy it again in binary mode, or capture again)`,
    );
  }
}
