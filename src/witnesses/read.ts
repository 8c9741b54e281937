// Texts of witnesses, read a piece at a time.
import { nextTurn } from '#host';
import { utf16Of } from '../bytes/encoding.js';
import type { Testimony } from './testimony.js';

/** Bytes decoded at a time: as text they are still a small object of the heap. */
const PIECE = 64 * 1024;
/** Characters of a line that has not ended: a longer one is passed over, and counts as one that was not understood. */
const MAX_WAITING = 1 << 20;

const ENCODINGS = { le: 'utf-16le', be: 'utf-16be', plain: 'utf-8' } as const;

/** Makes lines of a text that comes in pieces of any size. */
export class TestimonyReader {
  private decoder: InstanceType<typeof TextDecoder> | null = null;
  private rest = '';
  private isTooLong = false;

  constructor(readonly testimony: Testimony) {}

  push(piece: Uint8Array): void {
    this.decoder ??= new TextDecoder(ENCODINGS[utf16Of(piece) ?? 'plain']);
    this.take(this.decoder.decode(piece, { stream: true }));
  }

  /** `interrupted`: somebody ended the reading before the text was at its end. */
  end(interrupted: boolean): Testimony {
    const { testimony } = this;
    if (this.decoder !== null) this.take(this.decoder.decode());
    if (this.rest !== '' || this.isTooLong) testimony.line(this.isTooLong ? TOO_LONG : this.rest);
    testimony.interrupted = interrupted;
    testimony.end();
    return testimony;
  }

  private take(text: string): void {
    let from = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
      this.testimony.line(this.isTooLong ? TOO_LONG : this.rest + text.slice(from, end));
      this.rest = '';
      this.isTooLong = false;
      from = end + 1;
    }
    this.rest += text.slice(from);
    if (this.rest.length > MAX_WAITING) {
      this.isTooLong = true;
      this.rest = '';
    }
  }
}

/** Reads a text to its end, or until `signal`. Throws what its pieces throw. */
export async function readTestimony(
  pieces: AsyncIterable<Uint8Array>,
  reader: TestimonyReader,
  signal?: AbortSignal,
): Promise<void> {
  for await (const bytes of pieces) {
    // What was unpacked may be much at once.
    for (let at = 0; at < bytes.length && signal?.aborted !== true; at += PIECE) {
      reader.push(bytes.subarray(at, at + PIECE));
      await nextTurn();
    }
    if (signal?.aborted === true) return;
  }
}

const TOO_LONG = '(a line that is too long to be one of a tool)';
