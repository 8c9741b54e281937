// What is written into a line faster than text is: for trees of packets, which are millions of lines that say the same.
import { type Line, PAIRS } from './line.js';

/** Text that is written again and again, without controls: eight bytes at a time, which takes a fifth of the time of one by one. */
export class Stamp {
  readonly length: number;
  /** No text has the byte 0xff, nor DEL where it has no controls: these are numbers, which are copied as they are. */
  readonly words: Float64Array;

  constructor(text: Uint8Array) {
    this.length = text.length;
    this.words = new Float64Array((text.length + 7) >> 3);
    new Uint8Array(this.words.buffer).set(text);
  }

  write(line: Line): void {
    const { length, words } = this;
    line.room(length);
    const { view, at } = line;
    const end = at + length;
    // What the last word has too much is written over.
    for (let i = 0, o = at; o < end; i++, o += 8) view.setFloat64(o, words[i]!, IS_LITTLE);
    line.at = end;
  }
}

/** The order in which a word has its bytes. */
const IS_LITTLE = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

/** Of a text that goes through as it is. */
export const stampOf = (text: string): Stamp => new Stamp(new TextEncoder().encode(text));

/** Writes text of printable ASCII; false, and nothing written: it has other characters. */
export function writePlain(line: Line, text: string): boolean {
  const { length } = text;
  line.room(length);
  const { bytes } = line;
  let { at } = line;
  for (let i = 0; i < length; i++) {
    const c = text.charCodeAt(i);
    if (c < 0x20 || c > 0x7e) return false;
    bytes[at++] = c;
  }
  line.at = at;
  return true;
}

/** Writes two hexadecimal digits where there is room for them. */
export function writeHexByte(line: Line, byte: number): void {
  line.view.setInt16(line.at, PAIRS[byte]!, true);
  line.at += 2;
}

/** Writes bytes [from, to) of `b` in hexadecimal. */
export function writeHex(line: Line, b: Uint8Array, from: number, to: number): void {
  line.room(2 * (to - from));
  const { view } = line;
  let { at } = line;
  for (let o = from; o < to; o++, at += 2) view.setInt16(at, PAIRS[b[o]!]!, true);
  line.at = at;
}

const ZERO = 0x30;
const DOT = 0x2e;

/** Writes seconds with nine decimals: a moment or a span of time. */
export function writeSeconds(line: Line, seconds: number, nanoseconds: number): void {
  line.dec(seconds);
  line.byte(DOT);
  line.decPadded(nanoseconds, 9, ZERO);
}
