// The bytes of a plain file, a piece at a time.
import { closeSync, openSync, readSync } from '#host';

const PIECE = 64 * 1024;

/**
 * From where the descriptor stands, after `head`, which was read already. `isClosed`: the number of a descriptor that was closed is that of
 * the next file that is opened, whose bytes are not to be taken.
 */
export async function* chunksFrom(
  fd: number,
  head: Uint8Array,
  isClosed: () => boolean = () => false,
): AsyncGenerator<Uint8Array> {
  yield head;
  while (!isClosed()) {
    const chunk = new Uint8Array(PIECE);
    const got = readSync(fd, chunk, 0, chunk.length, null);
    if (got === 0) return;
    yield chunk.subarray(0, got);
  }
}

/** Of the whole file at `path`. Throws what the file system says. */
export async function* chunksAt(path: string): AsyncGenerator<Uint8Array> {
  const fd = openSync(path, 'r');
  try {
    yield* chunksFrom(fd, new Uint8Array(0));
  } finally {
    closeSync(fd);
  }
}
