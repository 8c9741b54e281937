// The words of a conversation as text, as a hex dump, or as they are.

import { writeHexdump } from '../bytes/hexdump.js';
import { Line } from '../bytes/line.js';
import { safeLines } from '../bytes/text.js';
import type { Piece } from './http-bodies.js';

export type FollowForm = 'text' | 'hex' | 'raw';

/** Bytes gathered before they are handed on. */
const BATCH = 1 << 16;

/** Takes what was said. Bytes are only valid during the call. A returned promise is waited for before more is read. */
export interface FollowSink {
  /** Once, before anything else: the two ends, `address:port`. */
  begin(asking: string, asked: string): void;
  /** `way` 0: from the one who asked; 1: the other way. For UDP each call is a datagram. */
  data(way: number, bytes: Uint8Array): void;
  gap(way: number, missing: number): void;
  /** After each frame: false ends the reading. */
  drain(): Promise<boolean>;
}

export class FollowPrinter implements FollowSink {
  private readonly line = new Line(BATCH * 2);
  private ends: readonly [string, string] = ['', ''];
  private speaker = -1;
  private readonly offsets = [0, 0];
  /** A character that goes on in the next bytes must not be torn. */
  private readonly decoders = [new TextDecoder('utf-8', { ignoreBOM: true }), new TextDecoder('utf-8', { ignoreBOM: true })];

  /** `only`: one direction, or null for both. `write` resolves to false when nobody reads any more. */
  constructor(
    private readonly form: FollowForm,
    private readonly only: number | null,
    private readonly write: (bytes: Uint8Array) => Promise<boolean>,
  ) {}

  begin(asking: string, asked: string): void {
    this.ends = [asking, asked];
  }

  data(way: number, bytes: Uint8Array): void {
    if (this.only !== null && way !== this.only) return;
    if (this.form === 'raw') {
      this.line.raw(bytes);
      return;
    }
    this.turn(way);
    if (this.form === 'text') {
      this.line.text(safeLines(this.decoders[way].decode(bytes, { stream: true }).replaceAll('\r\n', '\n')));
      return;
    }
    // The other side is indented, as Wireshark does.
    writeHexdump(this.line, bytes, 0, bytes.length, { offset: this.offsets[way], digits: 8, indent: way === 1 ? '    ' : '' });
    this.offsets[way] += bytes.length;
  }

  gap(way: number, missing: number): void {
    if (this.only !== null && way !== this.only) return;
    this.offsets[way] += missing;
    this.remark(way, `${missing} byte${missing === 1 ? ' is' : 's are'} missing in the capture`);
  }

  /** A line about what follows. Raw bytes have no room for words: what is missing is missing. */
  private remark(way: number, text: string): void {
    if (this.form === 'raw' || (this.only !== null && way !== this.only)) return;
    this.turn(way);
    this.freshLine();
    this.line.text(`[${text}]\n`);
  }

  /** All that was said, to the end. */
  async pieces(all: readonly Piece[]): Promise<void> {
    for (const { isClient, bytes, missing, note } of all) {
      const way = isClient ? 0 : 1;
      if (missing > 0) this.gap(way, missing);
      if (note !== undefined) this.remark(way, note);
      this.data(way, bytes);
      // What was decoded ends its line: the lines after it are those of the packets again.
      if (note !== undefined && this.form !== 'raw') this.freshLine();
      if (!(await this.drain())) return;
    }
    await this.end();
  }

  async drain(): Promise<boolean> {
    if (this.line.at < BATCH) return true;
    return this.flush();
  }

  /** Hands on what is left. */
  async end(): Promise<boolean> {
    if (this.form !== 'raw') this.freshLine();
    return this.flush();
  }

  private async flush(): Promise<boolean> {
    const goes = await this.write(this.line.written);
    // What the last line ended with is still to be known.
    this.endsLine = this.line.at === 0 ? this.endsLine : this.line.bytes[this.line.at - 1] === 0x0a;
    this.line.clear();
    return goes;
  }
  private endsLine = true;

  private freshLine(): void {
    const { line } = this;
    const fresh = line.at === 0 ? this.endsLine : line.bytes[line.at - 1] === 0x0a;
    if (!fresh) line.newline();
  }

  /** Says who speaks when the speaker changes. */
  private turn(way: number): void {
    if (way === this.speaker) return;
    this.speaker = way;
    this.freshLine();
    this.line.text(`--- ${this.ends[way]} \u2192 ${this.ends[1 - way]}\n`);
  }
}
