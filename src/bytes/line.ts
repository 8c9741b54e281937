// Text written as bytes, for output of millions of lines: numbers and addresses go digit by digit into one buffer, and no
// string is made of them.
import { roomForText, utf8, writeText } from '#host';
import { ipv6, macNumber } from './show.js';
import { safeText } from './text.js';

const ZERO = 0x30;
const SPACE = 0x20;
const HEX = Uint8Array.from('0123456789abcdef', (c) => c.charCodeAt(0));

/** Digits of 0 to 255: four bytes each, the last is how many there are. */
const OCTETS = new Uint8Array(1024);
for (let n = 0; n < 256; n++) {
  const digits = String(n);
  for (let i = 0; i < digits.length; i++) OCTETS[n * 4 + i] = digits.charCodeAt(i);
  OCTETS[n * 4 + 3] = digits.length;
}

/** 0000 to 9999: four digits each. */
const QUADS = new Uint8Array(40_000);
for (let n = 0; n < 10_000; n++)
  for (let i = 3, rest = n; i >= 0; i--, rest = Math.floor(rest / 10)) QUADS[n * 4 + i] = ZERO + (rest % 10);

/** Longest text that a number or an address makes, with room to spare. */
const ROOM = 64;

export class Line {
  bytes: Uint8Array;
  /** Bytes written so far. */
  at = 0;
  private size: number;

  constructor(capacity = 512 * 1024) {
    this.bytes = roomForText(capacity);
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
    if (this.at + 3 * length > this.size) this.grow(3 * length);
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
    if (this.at + length > this.size) this.grow(length);
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
    if (this.at > this.size) this.grow(1);
    this.bytes[this.at++] = c;
  }

  space(): void {
    this.byte(SPACE);
  }

  /** ` → `. */
  arrow(): void {
    if (this.at > this.size) this.grow(ROOM);
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
    if (this.at > this.size) this.grow(ROOM);
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
    if (this.at + width > this.size) this.grow(width);
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
    const { bytes } = this;
    const length = n < 100 ? (n < 10 ? 1 : 2) : n < 1000 ? 3 : 4;
    for (let i = n * 4 + 4 - length; i < n * 4 + 4; i++) bytes[this.at++] = QUADS[i]!;
  }

  /** Exactly four digits. */
  private four(n: number): void {
    const { bytes } = this;
    for (let i = n * 4; i < n * 4 + 4; i++) bytes[this.at++] = QUADS[i]!;
  }

  /** A number below 2^32 as `digits` hexadecimal digits. */
  hex(n: number, digits: number): void {
    if (this.at > this.size) this.grow(ROOM);
    for (let shift = (digits - 1) * 4; shift >= 0; shift -= 4) this.bytes[this.at++] = HEX[(n >>> shift) & 15]!;
  }

  /** The IPv4 address at `o` of `b`. */
  ipv4(b: Uint8Array, o: number): void {
    if (this.at > this.size) this.grow(ROOM);
    const { bytes } = this;
    let at = this.at;
    for (let i = 0; i < 4; i++) {
      const octet = b[o + i]! * 4;
      // Three digits are always copied: what is too much is written over.
      bytes[at] = OCTETS[octet]!;
      bytes[at + 1] = OCTETS[octet + 1]!;
      bytes[at + 2] = OCTETS[octet + 2]!;
      at += OCTETS[octet + 3]!;
      bytes[at++] = 0x2e;
    }
    this.at = at - 1;
  }

  ipv6(b: Uint8Array, o: number): void {
    this.text(ipv6(b, o));
  }

  /** The MAC address at `o` of `b`. */
  mac(b: Uint8Array, o: number): void {
    if (this.at > this.size) this.grow(ROOM);
    for (let i = 0; i < 6; i++) {
      if (i > 0) this.bytes[this.at++] = 0x3a;
      this.bytes[this.at++] = HEX[b[o + i]! >> 4]!;
      this.bytes[this.at++] = HEX[b[o + i]! & 15]!;
    }
  }

  macNumber(address: number): void {
    this.text(macNumber(address));
  }

  /** Blanks until `width` columns from offset `from` are filled. Counts bytes, so only what is ASCII can be padded. */
  padFrom(from: number, width: number): void {
    if (this.at + width > this.size) this.grow(width);
    const { bytes } = this;
    const to = from + width;
    while (this.at < to) bytes[this.at++] = SPACE;
  }

  /** Moves what stands from `from` on to the right end of `width` columns. */
  alignRight(from: number, width: number): void {
    const shift = from + width - this.at;
    if (shift <= 0) return;
    if (this.at + shift > this.size) this.grow(shift);
    const { bytes } = this;
    for (let i = this.at - 1; i >= from; i--) bytes[i + shift] = bytes[i]!;
    for (let i = from; i < from + shift; i++) bytes[i] = SPACE;
    this.at += shift;
  }

  private grow(more: number): void {
    const larger = roomForText(Math.max(2 * this.bytes.length, this.at + more + 2 * ROOM));
    larger.set(this.written);
    this.bytes = larger;
    this.size = larger.length - ROOM;
  }
}
