// Capture files made from capture files: records and blocks are found, and their lengths, types and order are what is changed.
import { gzipSync } from 'node:zlib';
import { u32, u32le } from '../../src/bytes/read.js';
import { Frame } from '../../src/capture/frame.js';
import { emptyInfo } from '../../src/capture/records.js';
import { CaptureWriter } from '../../src/capture/write.js';
import type { Input } from './input.js';
import type { Random } from './random.js';

export const KINDS = ['pcap', 'pcapng', 'gzip', 'zstd'] as const;
export type FileKind = (typeof KINDS)[number];

const LENGTHS = [0, 1, 3, 4, 8, 11, 12, 15, 16, 20, 27, 28, 32, 0xffff, 0x10000, 0x40000, 0x40001, 0x7fffffff, 0x80000000];
LENGTHS.push(0xfffffff0, 0xfffffffc, 0xfffffffe, 0xffffffff);
const MAGICS = [0xa1b2c3d4, 0xa1b23c4d, 0xa1b2cd34, 0xd4c3b2a1, 0x4d3cb2a1, 0x0a0d0d0a, 0x1f8b0800, 0x28b52ffd, 0x184d2a50];
const BLOCKS = [0x0a0d0d0a, 1, 2, 3, 4, 5, 6, 9, 0xbad, 0x40000bad, 0x80000000, 0xffffffff];
const OPTIONS = [0, 1, 2, 3, 4, 5, 7, 8, 9, 11, 14, 0xffff];

export interface MadeFile {
  readonly kind: FileKind;
  readonly bytes: Uint8Array;
}

export class FileMutator {
  constructor(
    private readonly random: Random,
    private readonly files: readonly Uint8Array[],
    private readonly frame: () => Input,
  ) {}

  next(): MadeFile {
    const { random } = this;
    let bytes = random.once(3) ? random.of(this.files) : this.written();
    for (let n = 1 + random.short(5); n > 0; n--) bytes = this.change(bytes);
    const plain = bytes.length >= 4 && u32(bytes, 0) === 0x0a0d0d0a ? 'pcapng' : 'pcap';
    if (!random.once(4)) return { kind: plain, bytes };
    const packed = random.once(2) ? gzipSync(bytes, { level: random.below(3) }) : this.zstd(bytes);
    const kind = packed[0] === 0x1f ? 'gzip' : 'zstd';
    return { kind, bytes: random.once(2) ? packed : this.noise(packed) };
  }

  /** A small capture of frames of the corpus, in one of the formats, with what a pcapng can have beside packets. */
  private written(): Uint8Array {
    const { random } = this;
    const parts: Uint8Array[] = [];
    const format = random.once(2) ? 'pcap' : 'pcapng';
    const byteOrder = random.once(2) ? 'little' : 'big';
    const resolution = random.once(2) ? 'microsecond' : 'nanosecond';
    const writer = new CaptureWriter((b) => parts.push(b.slice()), 'fuzz', {
      format,
      byteOrder,
      resolution,
      application: 'fuzz',
    });
    const info = emptyInfo('fuzz', null);
    const first = this.frame();
    const common = { section: 1, snapLength: 262_144, filter: 'arp', dropped: 3, received: 9 };
    for (let id = 0; id < 2; id++)
      info.interfaces.push({ id, linkType: first.linkType & 0xffff, name: `eth${id}`, description: 'x', ...common });
    const frame = new Frame();
    for (let n = 1 + random.below(6); n > 0; n--) {
      const { bytes, wireLength } = n === 1 ? first : this.frame();
      Object.assign(frame, {
        bytes,
        start: 0,
        end: bytes.length,
        wireLength: wireLength >>> 0,
        linkType: first.linkType & 0xffff,
      });
      Object.assign(frame, { number: n, seconds: random.next(), nanoseconds: random.below(1e9), interfaceId: random.below(2) });
      if (random.once(4)) info.frameComments.set(n, 'a comment');
      writer.write(frame, info);
    }
    writer.finish(first.linkType & 0xffff);
    return Buffer.concat(parts);
  }

  private change(bytes: Uint8Array): Uint8Array {
    const { random } = this;
    const little = bytes.length < 12 || u32le(bytes, 8) === 0x1a2b3c4d || bytes[0] === 0xd4 || bytes[0] === 0x4d;
    const places = records(bytes, little);
    const at = places.length > 0 ? random.of(places) : 0;
    switch (random.below(10)) {
      case 0:
        return this.put(bytes, at + 8, random.of(LENGTHS), little);
      case 1:
        return this.put(bytes, at + random.of([0, 4, 8, 12, 16, 20, 24]), random.of(LENGTHS), little);
      case 2:
        return this.put(bytes, at, random.of(random.once(3) ? MAGICS : BLOCKS), little);
      case 3: {
        // A record, or a whole run of them, again somewhere else.
        const from = places.length > 0 ? random.of(places) : random.below(bytes.length);
        const piece = bytes.subarray(from, Math.min(bytes.length, from + random.of([12, 16, 20, 32, 64, 200])));
        return Buffer.concat([bytes.subarray(0, at), piece, bytes.subarray(at)]);
      }
      case 4:
        return Buffer.concat([bytes.subarray(0, at), bytes.subarray(Math.min(bytes.length, at + random.short(64)))]);
      case 5:
        return bytes.subarray(0, random.below(bytes.length + 1));
      case 6: {
        // Another capture behind it: a second section, or what a failed copy makes.
        const other = random.of(this.files);
        return Buffer.concat([bytes, other.subarray(0, random.below(other.length))]);
      }
      case 7:
        return Buffer.concat([bytes.subarray(0, at), this.block(little), bytes.subarray(at)]);
      default:
        return this.noise(bytes);
    }
  }

  private put(bytes: Uint8Array, at: number, value: number, little: boolean): Uint8Array {
    if (at + 4 > bytes.length) return bytes;
    const copy = Uint8Array.from(bytes);
    new DataView(copy.buffer).setUint32(at, value, little);
    return copy;
  }

  /** A pcapng block with options of any kind and length. */
  private block(little: boolean): Uint8Array {
    const { random } = this;
    const body = random.below(12) * 4;
    const view = new DataView(new ArrayBuffer(12 + body));
    view.setUint32(0, random.of(BLOCKS), little);
    view.setUint32(4, 12 + body, little);
    for (let at = 8; at < 8 + body; at += 4) {
      view.setUint16(at, random.of(OPTIONS), little);
      view.setUint16(at + 2, random.once(4) ? random.next() & 0xffff : random.of([0, 1, 2, 4, 8, 16]), little);
    }
    view.setUint32(8 + body, random.once(8) ? random.next() : 12 + body, little);
    return new Uint8Array(view.buffer);
  }

  private noise(bytes: Uint8Array): Uint8Array {
    const copy = Uint8Array.from(bytes);
    if (copy.length > 0)
      for (let n = 1 + this.random.below(4); n > 0; n--) copy[this.random.below(copy.length)] = this.random.next();
    return copy;
  }

  /** RFC 8878 frames of raw and repeated blocks, with windows and sizes that may lie. */
  private zstd(bytes: Uint8Array): Uint8Array {
    const { random } = this;
    const parts: Uint8Array[] = [Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x00, random.once(6) ? random.next() & 0xff : 0x58)];
    const block = (type: number, size: number, last: boolean) => {
      const head = (size << 3) | (type << 1) | (last ? 1 : 0);
      return Uint8Array.of(head, head >> 8, head >> 16);
    };
    const step = 1 + random.below(1500);
    for (let at = 0; at < bytes.length; at += step) {
      const piece = bytes.subarray(at, at + step);
      const last = at + step >= bytes.length;
      if (random.once(12)) parts.push(block(1, random.below(1 << 17), false), Uint8Array.of(random.next()));
      parts.push(block(random.once(40) ? 2 : 0, random.once(60) ? random.next() & 0x1fffff : piece.length, last), piece);
    }
    if (bytes.length === 0) parts.push(block(0, 0, true));
    return Buffer.concat(parts);
  }
}

/** Where the records of a pcap, or the blocks of a pcapng, begin, as far as their lengths hold. */
function records(bytes: Uint8Array, little: boolean): number[] {
  if (bytes.length < 28) return [];
  const read = little ? u32le : u32;
  const pcapng = u32(bytes, 0) === 0x0a0d0d0a;
  const places = [0];
  for (let at = pcapng ? 0 : 24; at + 16 <= bytes.length && places.length < 400; ) {
    places.push(at);
    const length = pcapng ? read(bytes, at + 4) : 16 + read(bytes, at + 8);
    if (length < 12 || length > 1 << 20) break;
    at += length;
  }
  return places;
}
