// What -A prints of a packet: its bytes as characters, with the line breaks that are among them. No line of it is a machine's name (Host: x), a
// prompt or a sign of the shell.
import { banner, type Prompt } from './noise.js';

/** An IPv4 or IPv6 header, or ARP, in characters; behind a link header with -AA. */
const STARTS = /^(?:[ -~]{4,18}\.\.)?(?:E\.[^a-z\s]|E[ -~]\.\S|`\.|\.{6})/;

export class Content {
  private isNext = false;
  private inside = false;

  /** The line of a packet was read. */
  packet(): void {
    this.isNext = true;
    this.inside = false;
  }

  /** Whether a line that starts no packet is of the one before. `prompt`: what it would be otherwise. */
  has(line: string, prompt: Prompt | null): boolean {
    if (!this.inside) this.inside = this.isNext && STARTS.test(line);
    else if (line === '^C' || banner(line) !== null || (prompt !== null && isOutside(line, prompt)))
      this.inside = this.isNext = false;
    return this.inside;
  }
}

/** HTTP has header lines of a name and one word. */
const isOutside = (line: string, { isSure, runs, node }: Prompt): boolean =>
  isSure || runs || (node !== null && !/^[\w-]+: ?\S/.test(line));
