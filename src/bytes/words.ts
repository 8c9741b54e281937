// The words of a printed text that addresses stand for (src/texts/names.ts), put back where addresses are shown.
import { parseIpv4 } from './parse.js';
import { safeText } from './text.js';

/** Of 240.0.0.0/4 and of 100::/64: no host has them. */
const STAND_IN = /\b(?:2(?:4\d|5[0-5])(?:\.\d{1,3}){3}|100::f[0-9a-f]{3}:[0-9a-f]{1,4})\b/g;
const IN_COLUMNS = new RegExp(`( *)(${STAND_IN.source})( *)`, 'g');

export class Words {
  private readonly words = new Map<string, string>();
  /** Of each list, how much of it was taken. */
  private readonly taken = new Map<ReadonlyMap<string, readonly string[]>, number>();

  get any(): boolean {
    return this.words.size > 0;
  }

  /** Words by address. The list may grow while a text is read, and is then given again. */
  take(names: ReadonlyMap<string, readonly string[]>): void {
    const before = this.taken.get(names) ?? 0;
    if (names.size === before) return;
    this.taken.set(names, names.size);
    let n = 0;
    for (const [address, [printed]] of names) {
      if (n++ < before || printed === undefined) continue;
      // Of a capture that somebody else has written it may hold anything.
      const word = safeText(printed);
      this.words.set(address, word);
      // Of IPv6 the same bits stand in the discard prefix.
      const number = parseIpv4(address);
      if (number !== null)
        this.words.set(`100::${Math.floor(number / 0x10000).toString(16)}:${(number & 0xffff).toString(16)}`, word);
    }
  }

  /** What an address stands for; null where that is itself. */
  of(address: string): string | null {
    return this.words.get(address) ?? null;
  }

  spelt(text: string): string {
    return this.any ? text.replace(STAND_IN, (address) => this.words.get(address) ?? address) : text;
  }

  /** The same of a line in columns: blanks beside an address make room, or fill it, as far as there are any. */
  inColumns(line: string): string {
    if (!this.any) return line;
    return line.replace(IN_COLUMNS, (all, before: string, address: string, after: string) => {
      const word = this.words.get(address);
      if (word === undefined) return all;
      const room = address.length - word.length;
      const blanks = (side: string): string => ' '.repeat(Math.max(2, side.length + room));
      if (before.length > 1) return blanks(before) + word + after;
      return after.length > 1 ? before + word + blanks(after) : before + word + after;
    });
  }
}
