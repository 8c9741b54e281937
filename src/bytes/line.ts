// Text written as bytes, for output of millions of lines: numbers and addresses go digit by digit into one buffer, and no
// string is made of them.
import { roomForText, utf8, writeText } from '#host';
import { ipv6 } from './show.js';
import { safeText } from './text.js';

const ZERO = 0x30;
const DOT = 0x2e;
const SPACE = 0x20;
const HEX = Uint8Array.from('0123456789abcdef', (c) => c.charCodeAt(0));

// What is written at once: characters of up to four, as the words that `setInt32` and `setInt16` write. Small ones are filled by
// plain loops, since every start of the program does it.
/** 0 to 255: the digits, and a dot. */
const OCTETS = new Int32Array(256);
/** 00 to ff. */
export const PAIRS = new Int16Array(256);
for (let n = 0; n < 256; n++) {
  PAIRS[n] = HEX[n >> 4]! | (HEX[n & 15]! << 8);
  let word = DOT;
  for (let rest = n; rest > 0 || word === DOT; rest = (rest / 10) | 0) word = (word << 8) | (ZERO + (rest % 10));
  OCTETS[n] = word;
}
/** 0000 to 9999, each when it is written first; 0 until then. */
const QUADS = new Int32Array(10_000);
const quad = (n: number): number => QUADS[n] || addQuad(n);
function addQuad(n: number): number {
  let word = 0;
  for (let rest = n, i = 0; i < 4; i++, rest = (rest / 10) | 0) word = (word << 8) | (ZERO + (rest % 10));
  QUADS[n] = word;
  return word;
}
const COLON_AFTER_TWO = 0x3a0000;

/** Longest text that a number or an address makes, with room to spare. */
const ROOM = 64;

export class Line {
  bytes: Uint8Array;
  /** On the same bytes. */
  view: DataView;
  /** Bytes written so far. */
  at = 0;
  private size: number;

  constructor(capacity = 512 * 1024) {
    this.bytes = roomForText(capacity);
    this.view = viewOf(this.bytes);
    this.size = capacity - ROOM;
  }

  /** What was written; valid until the next write. */
  get written(): Uint8Array {
    return this.bytes.subarray(0, this.at);
  }

  clear(): void {
    this.at = 0;
  }

  toString(): string {
    return utf8(this.written);
  }

  /** What was written from `from` on. */
  since(from: number): string {
    return utf8(this.bytes.subarray(from, this.at));
  }

  /** Text as it is: not for bytes of packets, which go through `safe`. */
  text(s: string): void {
    const { length } = s;
    this.room(3 * length);
    const { bytes } = this;
    // Short texts, most of all: a call out of JavaScript costs more than the copy.
    if (length <= 64) {
      let at = this.at;
      let i = 0;
      for (; i < length; i++) {
        const c = s.charCodeAt(i);
        if (c > 0x7f) break;
        bytes[at++] = c;
      }
      if (i === length) {
        this.at = at;
        return;
      }
    }
    this.at += writeText(bytes, s, this.at);
  }

  /** Text that may hold anything, made harmless and cut after `most` characters. */
  safe(s: string, most = 256): void {
    this.text(safeText(s.length > most ? `${s.slice(0, most)}\u2026` : s));
  }

  /** Bytes that are text already. */
  raw(b: Uint8Array): void {
    const { length } = b;
    this.room(length);
    if (length <= 64) {
      const { bytes } = this;
      let { at } = this;
      for (let i = 0; i < length; i++) bytes[at++] = b[i]!;
      this.at = at;
      return;
    }
    this.bytes.set(b, this.at);
    this.at += length;
  }

  byte(c: number): void {
    this.room(0);
    this.bytes[this.at++] = c;
  }

  space(): void {
    this.byte(SPACE);
  }

  /** ` → `. */
  arrow(): void {
    this.room(0);
    const { bytes } = this;
    bytes[this.at++] = SPACE;
    bytes[this.at++] = 0xe2;
    bytes[this.at++] = 0x86;
    bytes[this.at++] = 0x92;
    bytes[this.at++] = SPACE;
  }

  newline(): void {
    this.byte(0x0a);
  }

  /** A whole number from 0 to 2^53. */
  dec(n: number): void {
    this.room(0);
    if (n < 1e4) this.short(n);
    else if (n < 1e8) {
      const high = (n / 1e4) >>> 0;
      this.short(high);
      this.four(n - high * 1e4);
    } else if (n <= 0xffffffff) {
      const high = (n / 1e8) >>> 0;
      const low = n - high * 1e8;
      const middle = (low / 1e4) >>> 0;
      this.short(high);
      this.four(middle);
      this.four(low - middle * 1e4);
    } else this.text(String(n));
  }

  /** The same in at least `width` columns, filled on the left with `fill` (blank or zero). */
  decPadded(n: number, width: number, fill = SPACE): void {
    this.room(width);
    const { bytes } = this;
    for (let room = width - 1, limit = 10; room > 0; room--, limit *= 10) {
      if (n < limit) {
        for (let i = 0; i < room; i++) bytes[this.at++] = fill;
        break;
      }
    }
    this.dec(n);
  }

  /** Digits of a number below 10000. */
  private short(n: number): void {
    const { at } = this;
    if (n < 10) {
      this.bytes[at] = ZERO + n;
      this.at = at + 1;
      return;
    }
    const length = n < 100 ? 2 : n < 1000 ? 3 : 4;
    this.view.setInt32(at, quad(n) >> (32 - 8 * length), true);
    this.at = at + length;
  }

  /** Exactly four digits. */
  private four(n: number): void {
    this.view.setInt32(this.at, quad(n), true);
    this.at += 4;
  }

  /** A number below 2^32 as `digits` hexadecimal digits. */
  hex(n: number, digits: number): void {
    this.room(0);
    for (let shift = (digits - 1) * 4; shift >= 0; shift -= 4) this.bytes[this.at++] = HEX[(n >>> shift) & 15]!;
  }

  /** The IPv4 address at `o` of `b`. */
  ipv4(b: Uint8Array, o: number): void {
    this.room(0);
    const { view } = this;
    let at = this.at;
    for (let i = o; i < o + 4; i++) {
      const octet = OCTETS[b[i]!]!;
      view.setInt32(at, octet, true);
      at += octet > 0xffffff ? 4 : octet > 0xffff ? 3 : 2;
    }
    this.at = at - 1;
  }

  ipv6(b: Uint8Array, o: number): void {
    this.text(ipv6(b, o));
  }

  /** The MAC address at `o` of `b`. */
  mac(b: Uint8Array, o: number): void {
    this.room(0);
    const { view } = this;
    let at = this.at;
    for (let i = o; i < o + 6; i++, at += 3) view.setInt32(at, PAIRS[b[i]!]! | COLON_AFTER_TWO, true);
    this.at = at - 1;
  }

  /** Blanks until `width` columns from offset `from` are filled. Counts bytes, so only what is ASCII can be padded. */
  padFrom(from: number, width: number): void {
    this.room(width);
    const { bytes } = this;
    const to = from + width;
    while (this.at < to) bytes[this.at++] = SPACE;
  }

  /** Moves what stands from `from` on to the right end of `width` columns. */
  alignRight(from: number, width: number): void {
    const shift = from + width - this.at;
    if (shift <= 0) return;
    this.room(shift);
    const { bytes } = this;
    for (let i = this.at - 1; i >= from; i--) bytes[i + shift] = bytes[i]!;
    for (let i = from; i < from + shift; i++) bytes[i] = SPACE;
    this.at += shift;
  }

  /** Room for so many bytes more, and for a number or an address beside them. */
  room(more: number): void {
    if (this.at + more > this.size) this.grow(more);
  }

  private grow(more: number): void {
    const larger = roomForText(Math.max(2 * this.bytes.length, this.at + more + 2 * ROOM));
    larger.set(this.written);
    this.bytes = larger;
    this.view = viewOf(larger);
    this.size = larger.length - ROOM;
  }
}

const viewOf = (b: Uint8Array): DataView => new DataView(b.buffer, b.byteOffset, b.length);
