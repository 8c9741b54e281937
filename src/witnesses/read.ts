// Texts of witnesses, read a piece at a time.
import { nextTurn } from '#host';
import { utf16Of } from '../bytes/encoding.js';
import type { Testimony } from './testimony.js';

/** Bytes decoded at a time: as text they are still a small object of the heap. */
const PIECE = 64 * 1024;
/** Characters of a line that has not ended: a longer one is passed over, and counts as one that was not understood. */
const MAX_WAITING = 1 << 20;

const ENCODINGS = { le: 'utf-16le', be: 'utf-16be', plain: 'utf-8' } as const;

/** Reads a text, which comes in pieces of any size, to its end, or until `signal`. Throws what its pieces throw. */
export async function readTestimony(
  pieces: AsyncIterable<Uint8Array>,
  testimony: Testimony,
  signal?: AbortSignal,
): Promise<Testimony> {
  let decoder: InstanceType<typeof TextDecoder> | null = null;
  let rest = '';
  let isTooLong = false;
  const take = (text: string): void => {
    let from = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', from)) {
      testimony.line(isTooLong ? TOO_LONG : rest + text.slice(from, end));
      rest = '';
      isTooLong = false;
      from = end + 1;
    }
    rest += text.slice(from);
    if (rest.length > MAX_WAITING) {
      isTooLong = true;
      rest = '';
    }
  };
  for await (const bytes of pieces) {
    // What was unpacked may be much at once.
    for (let at = 0; at < bytes.length && signal?.aborted !== true; at += PIECE) {
      const piece = bytes.subarray(at, at + PIECE);
      decoder ??= new TextDecoder(ENCODINGS[utf16Of(piece) ?? 'plain']);
      take(decoder.decode(piece, { stream: true }));
      await nextTurn();
    }
    if (signal?.aborted === true) break;
  }
  if (decoder !== null) take(decoder.decode());
  if (rest !== '' || isTooLong) testimony.line(isTooLong ? TOO_LONG : rest);
  testimony.interrupted = signal?.aborted === true;
  testimony.end();
  return testimony;
}

const TOO_LONG = '(a line that is too long to be one of a tool)';
