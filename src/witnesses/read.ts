// Texts of witnesses, by path: told from their lines, and read a piece at a time.
import { closeSync, openSync, readSync } from 'node:fs';
import { utf16Of } from '../bytes/encoding.js';
import type { Testimony } from './testimony.js';

/** Bytes read at a time: as text they are still a small object of the heap. */
const PIECE = 64 * 1024;
/** Characters of a line that has not ended: a longer one is passed over, and counts as one that was not understood. */
const MAX_WAITING = 1 << 20;

const ENCODINGS = { le: 'utf-16le', be: 'utf-16be', plain: 'utf-8' } as const;

/** Reads the text at `path` to its end, or until `signal`. Throws what the file system says. */
export async function readTestimony(path: string, testimony: Testimony, signal?: AbortSignal): Promise<Testimony> {
  const fd = openSync(path, 'r');
  try {
    const piece = Buffer.allocUnsafe(PIECE);
    let decoder: InstanceType<typeof TextDecoder> | null = null;
    let rest = '';
    let isTooLong = false;
    while (signal?.aborted !== true) {
      const got = readSync(fd, piece, 0, PIECE, null);
      decoder ??= new TextDecoder(ENCODINGS[utf16Of(piece.subarray(0, got)) ?? 'plain']);
      const text = decoder.decode(piece.subarray(0, got), { stream: got > 0 });
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
      if (got === 0) break;
      await new Promise(setImmediate);
    }
    if (rest !== '' || isTooLong) testimony.line(isTooLong ? TOO_LONG : rest);
    testimony.interrupted = signal?.aborted === true;
    testimony.end();
    return testimony;
  } finally {
    closeSync(fd);
  }
}

const TOO_LONG = '(a line that is too long to be one of a tool)';
