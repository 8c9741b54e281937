// A sequence of bytes looked for in packet after packet: most chunks of a file do not hold it, and are looked through at once.
import type { Frame } from '../../capture/frame.js';

export class Literal {
  /** The chunk last looked at, and the file offset of its start; from where on, and the first place that it was found at. */
  private bytes: Uint8Array | null = null;
  private base = Number.NaN;
  private from = 0;
  private at = -1;

  constructor(private readonly needle: Uint8Array) {}

  /** Does the frame hold it? Frames of one capture, each chunk in the order of the file or not. */
  isIn({ bytes, start, end, fileOffset }: Frame): boolean {
    const base = fileOffset - start;
    if (bytes !== this.bytes || base !== this.base || start < this.from || (this.at >= 0 && this.at < start)) {
      this.bytes = bytes;
      this.base = base;
      this.from = start;
      this.at = Buffer.prototype.indexOf.call(bytes, this.needle, start);
    }
    return this.at >= 0 && this.at + this.needle.length <= end;
  }
}

/** The spellings of the first bytes of a text in capital and small letters: few enough to look for each. */
export function spellings(text: string): Uint8Array[] {
  const start = [...text.slice(0, 2)];
  const all = start.reduce<string[]>(
    (made, c) => made.flatMap((s) => [...new Set([s + c.toLowerCase(), s + c.toUpperCase()])]),
    [''],
  );
  return all.map((s) => new TextEncoder().encode(s));
}
