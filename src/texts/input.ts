// Text in, bytes of a pcapng out.

import { latin1 } from '#host';
import { fromUtf16, joined, utf16Of } from '../bytes/encoding.js';
import type { PrintedInfo } from './printed.js';
import { PrintedReader, type ReaderOptions } from './reader.js';

/** Characters of a line that has not ended; longer ones are cut where they are. */
const MAX_WAITING = 1 << 16;

export class Printed {
  private readonly reader: PrintedReader;
  private rest = '';
  /** Of UTF-16, once its mark was seen; half a character waits for its other half. */
  private order: 'le' | 'be' | null = null;
  private half: Uint8Array | null = null;
  private hasBegun = false;
  private hasEnded = false;

  constructor(options: ReaderOptions) {
    this.reader = new PrintedReader(options);
  }

  get info(): PrintedInfo {
    return this.reader.info;
  }

  /** Takes in bytes of the text. */
  push(bytes: Uint8Array): void {
    const text = this.characters(bytes);
    let from = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
      const line = text.slice(from, end);
      this.reader.line(this.rest === '' ? line : this.rest + line);
      this.rest = '';
      from = end + 1;
    }
    const left = text.slice(from);
    this.rest = this.rest.length + left.length > MAX_WAITING ? this.rest : this.rest + left;
  }

  private characters(bytes: Uint8Array): string {
    const all = this.half === null ? bytes : joined([this.half, bytes]);
    this.half = null;
    if (!this.hasBegun) {
      if (all.length < 4) {
        this.half = all;
        return '';
      }
      this.hasBegun = true;
      this.order = utf16Of(all);
    }
    // One character for each byte: nothing that is printed of a packet needs more.
    if (this.order === null) return latin1(all);
    if (all.length % 2 === 1) this.half = all.slice(-1);
    return fromUtf16(all, this.order);
  }

  /** The line that has not ended is lost. */
  breakOff(): void {
    this.half = null;
    this.rest = '';
    this.end();
  }

  end(): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
    if (this.half !== null && this.order === null) this.rest += String.fromCharCode(...this.half);
    if (this.rest !== '') this.reader.line(this.rest);
    this.rest = '';
    this.reader.end();
  }

  /** Bytes made so far; valid until the next `push`. */
  take(): Uint8Array {
    return this.reader.blocks.take();
  }
}

/** Bytes of text as bytes of a capture; `begun` is told what the text is taken for, which fills while it is read. */
export async function* printed(
  text: AsyncIterable<Uint8Array>,
  options: ReaderOptions,
  begun: (info: PrintedInfo) => void,
): AsyncGenerator<Uint8Array> {
  const made = new Printed(options);
  begun(made.info);
  try {
    for await (const chunk of text) {
      made.push(chunk);
      const bytes = made.take();
      if (bytes.length > 0) yield bytes.slice();
    }
  } catch (error) {
    // A packed text is damaged here: what was printed before is whole.
    made.breakOff();
    yield made.take().slice();
    throw error;
  }
  made.end();
  yield made.take().slice();
}
