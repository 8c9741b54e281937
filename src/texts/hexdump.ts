// Bytes of a packet as -x and -X print them: `0x0000:  4500 003c ...  E..<`.
import { digit } from './scan.js';

const MOST = 65_535;

export class HexDump {
  readonly bytes = new Uint8Array(MOST + 16);
  length = 0;

  /** Whether `text` has a line of a dump at `at`. */
  static isAt(text: string, at: number): boolean {
    return (
      text.charCodeAt(at) === 48 &&
      text.charCodeAt(at + 1) === 120 &&
      (text.charCodeAt(at + 6) === 58 || (text.charCodeAt(at + 7) === 58 && digit(text.charCodeAt(at + 6)) >= 0))
    );
  }

  clear(): void {
    this.length = 0;
  }

  /** Takes in a line; false where it does not go on from the last one. A dump that starts again is that of the packet: it comes last. */
  add(text: string, at: number): boolean {
    const colon = text.indexOf(':', at);
    const offset = Number.parseInt(text.slice(at + 2, colon), 16);
    if (offset === 0) this.length = 0;
    if (offset !== this.length || offset > MOST - 16) return false;
    let i = colon + 1;
    let length = this.length;
    // Eight groups of four digits; the text that -X adds stands behind two blanks.
    for (let count = 0; count < 16; ) {
      while (text.charCodeAt(i) === 32 && (count === 0 || text.charCodeAt(i + 1) !== 32)) i++;
      const [high, low] = [digit(text.charCodeAt(i)), digit(text.charCodeAt(i + 1))];
      if (high < 0 || low < 0) break;
      this.bytes[length++] = high * 16 + low;
      count++;
      i += 2;
    }
    this.length = length;
    return true;
  }
}
