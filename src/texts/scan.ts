// A place in a text, and what stands there. Reading never throws: what is not there leaves the place where it was.

const ZERO = 48;
const NINE = 57;

export class Scan {
  text = '';
  at = 0;

  start(text: string, at: number): void {
    this.text = text;
    this.at = at;
  }

  /** Passes over blanks, tabs and line breaks. */
  blanks(): void {
    const { text } = this;
    let c = text.charCodeAt(this.at);
    while (c === 32 || c === 9 || c === 10) c = text.charCodeAt(++this.at);
  }

  /** Passes over `word` where it stands here. */
  take(word: string): boolean {
    if (!this.text.startsWith(word, this.at)) return false;
    this.at += word.length;
    return true;
  }

  /** Puts the place behind the next `word`; false where there is none before `limit`. */
  skipTo(word: string, limit = this.text.length): boolean {
    const found = this.text.indexOf(word, this.at);
    if (found < 0 || found >= limit) return false;
    this.at = found + word.length;
    return true;
  }

  /** A decimal number, or -1. */
  number(): number {
    const { text } = this;
    let value = 0;
    let i = this.at;
    for (let c = text.charCodeAt(i); c >= ZERO && c <= NINE; c = text.charCodeAt(++i)) value = value * 10 + c - ZERO;
    if (i === this.at) return -1;
    this.at = i;
    return value;
  }

  /** A number in hexadecimal digits, after `0x`; -1 where there is none. */
  hex(): number {
    if (!this.take('0x')) return -1;
    const { text } = this;
    let value = 0;
    let i = this.at;
    for (let d = digit(text.charCodeAt(i)); d >= 0; d = digit(text.charCodeAt(++i))) value = value * 16 + d;
    this.at = i;
    return value;
  }

  /** The characters up to `mark`, which is passed over; null where there is none. */
  until(mark: string): string | null {
    const found = this.text.indexOf(mark, this.at);
    if (found < 0) return null;
    const part = this.text.slice(this.at, found);
    this.at = found + mark.length;
    return part;
  }

  /** Characters up to the next blank or line break. */
  word(): string {
    const { text } = this;
    const from = this.at;
    let i = from;
    for (let c = text.charCodeAt(i); i < text.length && c !== 32 && c !== 10 && c !== 9; c = text.charCodeAt(++i));
    this.at = i;
    return text.slice(from, i);
  }

  /** `aa:bb:cc:dd:ee:ff` into `into`; false, and nothing read, where there is none. */
  mac(into: Uint8Array): boolean {
    const { text, at } = this;
    for (let i = 0; i < 6; i++) {
      const high = digit(text.charCodeAt(at + i * 3));
      const low = digit(text.charCodeAt(at + i * 3 + 1));
      if (high < 0 || low < 0 || (i < 5 && text.charCodeAt(at + i * 3 + 2) !== 58)) return false;
      into[i] = high * 16 + low;
    }
    this.at = at + 17;
    return true;
  }
}

/** Value of a hexadecimal digit, or -1. */
export function digit(c: number): number {
  if (c >= ZERO && c <= NINE) return c - ZERO;
  if (c >= 97 && c <= 102) return c - 87;
  return c >= 65 && c <= 70 ? c - 55 : -1;
}
