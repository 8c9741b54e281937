// Any record of a capture by its place in the file. The readers of the formats do the work: they are shown the record in a window,
// with what came before it in the file (byte order, interfaces) already known.
import { closeSync, openSync, readSync } from '#host';
import type { CaptureInfo } from './frame.js';
import { Frame } from './frame.js';
import { onPath } from './open.js';
import { FILE_HEADER, PcapReader } from './pcap.js';
import { PcapngReader } from './pcapng.js';
import { sniff } from './sniff.js';
import { MAX_RECORD, Window } from './window.js';

/** Bytes of a file that hold no packet but what packets need to be read: section headers, interface descriptions. */
export interface Preamble {
  readonly capture: number;
  readonly from: number;
  readonly to: number;
}

/** Descriptions between two packets are read at once up to this size. */
const MAX_PREAMBLE = 64 * 1024 * 1024;

const NO_INPUT = { read: () => 0, position: 0, compression: null, close: () => undefined };

export class CaptureRecords {
  private readonly window: Window;
  private fd = -1;
  /** File offset of the first byte of the buffer, and bytes in it. */
  private base = 0;
  private length = 0;
  private buffer: Uint8Array<ArrayBuffer>;
  private pcap: PcapReader | null = null;
  /** pcapng: readers that know what was described up to a place, in order of places. */
  private readonly readers: { readonly from: number; readonly reader: PcapngReader }[] = [];

  /**
   * `path`: a file of uncompressed records. `info` is filled with what the file says of itself. `ahead`: bytes read at once.
   */
  constructor(
    private readonly path: string,
    readonly info: CaptureInfo,
    ahead: number,
  ) {
    this.buffer = new Uint8Array(ahead);
    this.window = new Window(path, NO_INPUT, 64);
  }

  /** What stands in the file before the packets from `to` on. To be told in order. */
  describe({ from, to }: Preamble): void {
    const bytes = new Uint8Array(Math.min(to - from, MAX_PREAMBLE));
    const got = this.pread(bytes, from);
    this.show(bytes, from, got);
    const format = sniff(bytes, 0, got);
    if (this.pcap === null && this.readers.length === 0 && format === 'pcap') {
      if (got >= FILE_HEADER) this.pcap = new PcapReader(this.window, this.info);
      return;
    }
    const last = this.readers.at(-1)?.reader;
    const reader = last === undefined ? new PcapngReader(this.window, this.info) : snapshot(last);
    const passed = new Frame();
    // The packet before the descriptions may stand at the start.
    while (reader.next(passed));
    this.window.error = null;
    this.window.skip = 0;
    this.readers.push({ from: to, reader });
  }

  /** Puts the record at `offset` into `frame`, as packet `number`; false where it cannot be read (any more). Valid until the next call. */
  read(offset: number, number: number, frame: Frame): boolean {
    const reader = this.pcap ?? this.readerAt(offset);
    if (reader === null) return false;
    // Read again, its comments would be added to those that are known; and of a file with many, only so many are kept at once.
    this.info.frameComments.clear();
    for (let whole = false; ; ) {
      if (offset >= this.base && offset < this.base + this.length) {
        reader.count = number - 1;
        this.show(this.buffer, this.base, this.length);
        this.window.at = offset - this.base;
        if (reader.next(frame)) return true;
        const damaged = this.window.error !== null;
        this.window.error = null;
        if (damaged) return false;
      }
      // Less than a record at hand: read from its start; what does not fit then needs a larger buffer.
      if (this.base === offset && this.length === this.buffer.length) {
        if (this.buffer.length > MAX_RECORD) return false;
        this.buffer = new Uint8Array(this.buffer.length * 2);
      } else if (whole) return false;
      this.base = offset;
      this.length = this.pread(this.buffer, offset);
      whole = this.length < this.buffer.length;
      if (this.length === 0) return false;
    }
  }

  /** Puts a comment in the place of those that the record has; '' none. */
  comment(number: number, text: string): void {
    const { frameComments } = this.info;
    if (text === '') frameComments.delete(number);
    else frameComments.set(number, text);
  }

  close(): void {
    if (this.fd >= 0) closeSync(this.fd);
    this.fd = -1;
  }

  private readerAt(offset: number): PcapngReader | null {
    const { readers } = this;
    let low = 0;
    for (let high = readers.length; low < high; ) {
      const middle = (low + high) >>> 1;
      if (readers[middle]!.from > offset) high = middle;
      else low = middle + 1;
    }
    return low === 0 ? null : readers[low - 1]!.reader;
  }

  private show(bytes: Uint8Array, base: number, length: number): void {
    const { window } = this;
    window.bytes = bytes;
    window.base = base;
    window.at = 0;
    window.end = length;
  }

  private pread(into: Uint8Array, offset: number): number {
    if (this.fd < 0) this.fd = onPath(this.path, () => openSync(this.path, 'r'));
    let got = 0;
    while (got < into.length) {
      const n = readSync(this.fd, into, got, into.length - got, offset + got);
      if (n === 0) break;
      got += n;
    }
    return got;
  }
}

/** A reader that goes on from where another stands, which stays as it is. */
const snapshot = (reader: PcapngReader): PcapngReader => Object.assign(Object.create(PcapngReader.prototype), reader);
