// A text or a row of bytes looked for in packet after packet: most chunks of a file do not hold it, and are looked through at once.
import type { Frame } from '../../capture/frame.js';

class Literal {
  /** The chunk last looked at, and the file offset of its start; from where on, and the next place of the first bytes. */
  private bytes: Uint8Array | null = null;
  private base = Number.NaN;
  private from = 0;
  private at = -1;

  /** `first`: what is looked for, or its first bytes in one spelling; then `rest` is all of it in small letters. */
  constructor(
    private readonly first: Uint8Array,
    private readonly rest: Uint8Array | null,
  ) {}

  isIn({ bytes, start, end, fileOffset }: Frame): boolean {
    const base = fileOffset - start;
    const length = this.rest?.length ?? this.first.length;
    if (bytes !== this.bytes || base !== this.base || start < this.from) {
      this.bytes = bytes;
      this.base = base;
      this.find(bytes, start);
    } else if (this.at >= 0 && this.at < start) this.find(bytes, start);
    this.from = start;
    while (this.at >= 0 && this.at + length <= end) {
      if (this.isAt(bytes, this.at)) return true;
      this.find(bytes, this.at + 1);
    }
    return false;
  }

  private find(bytes: Uint8Array, from: number): void {
    this.at = Buffer.prototype.indexOf.call(bytes, this.first, from);
  }

  private isAt(bytes: Uint8Array, at: number): boolean {
    const { rest } = this;
    if (rest === null) return true;
    for (let i = this.first.length; i < rest.length; i++) {
      const c = bytes[at + i];
      if ((c >= 0x41 && c <= 0x5a ? c | 0x20 : c) !== rest[i]) return false;
    }
    return true;
  }
}

/** Whether a frame holds these bytes, whatever the case of ASCII letters unless `matchCase`. Frames of one capture, in any order. */
export function holds(needle: Uint8Array, matchCase: boolean): (frame: Frame) => boolean {
  const small = needle.map((c) => (c >= 0x41 && c <= 0x5a ? c | 0x20 : c));
  const literals = matchCase
    ? [new Literal(needle, null)]
    : spellings(small.subarray(0, 2)).map((first) => new Literal(first, small));
  return (frame) => literals.some((literal) => literal.isIn(frame));
}

/** Bytes in each spelling of capital and small letters. */
const spellings = (bytes: Uint8Array): Uint8Array[] =>
  bytes.reduce<Uint8Array[]>(
    (made, c) =>
      (c >= 0x61 && c <= 0x7a ? [c, c & 0xdf] : [c]).flatMap((one) => made.map((start) => Uint8Array.of(...start, one))),
    [new Uint8Array(0)],
  );
