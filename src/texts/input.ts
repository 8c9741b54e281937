// Text in, bytes of a pcapng out.

import type { PrintedInfo } from './printed.js';
import { PrintedReader, type ReaderOptions } from './reader.js';

/** Characters of a line that has not ended; longer ones are cut where they are. */
const MAX_WAITING = 1 << 16;

export class Printed {
  private readonly reader: PrintedReader;
  private rest = '';
  private hasEnded = false;

  constructor(options: ReaderOptions) {
    this.reader = new PrintedReader(options);
  }

  get info(): PrintedInfo {
    return this.reader.info;
  }

  /** Takes in bytes of the text. */
  push(bytes: Uint8Array): void {
    // One character for each byte: nothing that is printed of a packet needs more.
    const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
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

  end(): void {
    if (this.hasEnded) return;
    this.hasEnded = true;
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
  for await (const chunk of text) {
    made.push(chunk);
    const bytes = made.take();
    if (bytes.length > 0) yield bytes.slice();
  }
  made.end();
  yield made.take().slice();
}
