// Texts that people and their tools write, read whole: bounded, since a path may lead to a device or a pipe that never ends.
import { closeSync, fstatSync, openSync, readSync } from '#host';
import { decodeText, joined } from '../bytes/encoding.js';
import { TOO_MANY_FILES } from '../capture/open.js';
import { sniff } from '../capture/sniff.js';
import { unzipped } from '../capture/unzip.js';

/** What `kubectl get -o json` says of the largest clusters is below this. */
const MAX_TEXT_BYTES = 256 * 1024 * 1024;
const PIECE = 1024 * 1024;

/** The text at `path`, also compressed by gzip. Throws what the file system says, or an Error without a code for a file that is no text. */
export const readText = (path: string): string => decodeText(readBytes(path));

/** As `readText`, before it is known what the bytes are. */
export function readBytes(path: string): Uint8Array {
  const fd = openSync(path, 'r');
  try {
    const stats = fstatSync(fd);
    if (stats.isCharacterDevice() || stats.isBlockDevice()) throw new Error('it is a device');
    if (stats.size > MAX_TEXT_BYTES) throw tooLarge();
    const pieces: Uint8Array[] = [];
    for (let size = 0; ; ) {
      const piece = new Uint8Array(Math.max(PIECE, Math.min(stats.size + 1 - size, MAX_TEXT_BYTES)));
      const got = readSync(fd, piece, 0, piece.length, null);
      if (got === 0) return unpacked(joined(pieces));
      size += got;
      if (size > MAX_TEXT_BYTES) throw tooLarge();
      pieces.push(piece.subarray(0, got));
    }
  } finally {
    closeSync(fd);
  }
}

/** What gzip holds, where the bytes are gzip. */
function unpacked(bytes: Uint8Array): Uint8Array {
  if (sniff(bytes, 0, bytes.length) !== 'gzip') return bytes;
  try {
    return unzipped(bytes, MAX_TEXT_BYTES);
  } catch (error) {
    throw error instanceof RangeError ? tooLarge() : new Error('it is damaged gzip');
  }
}

const tooLarge = (): Error => new Error(`it is larger than ${MAX_TEXT_BYTES >> 20} MB`);

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file; is the path right?',
  ENOTDIR: 'there is no such file; is the path right?',
  EISDIR: 'it is a directory; name the files in it',
  EACCES: 'no right to read it',
  EMFILE: `cannot be read (${TOO_MANY_FILES})`,
};

/** Why a text could not be read, and what to do where that is known: what a message says after the path. */
export function whyUnread(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return REASONS[code ?? ''] ?? `cannot be read (${code ?? message})`;
}
