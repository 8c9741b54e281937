// What the rooms need of the machine they run on, by Node.js. In a browser browser.ts stands in its place: package.json says which of
// them `#host` is, and the page is built with what that one has.
import { createHash, randomInt } from 'node:crypto';
import { close, closeSync, createReadStream, constants as fsConstants, fstatSync, open, openSync, type Stats } from 'node:fs';
import { createRequire } from 'node:module';
import { Socket } from 'node:net';
import { isAbsolute } from 'node:path';
import type { Readable } from 'node:stream';
import { isatty } from 'node:tty';
import { pathToFileURL } from 'node:url';
import zlib, { constants, createInflateRaw, gunzipSync } from 'node:zlib';
import type { Pipe, RawInflater } from './host.js';

export {
  type BigIntStats,
  closeSync,
  existsSync,
  fstatSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeSync,
} from 'node:fs';
export { basename, dirname, isAbsolute, join, relative } from 'node:path';

/** The address of an absolute path; null for one that is not. */
export const fileUri = (path: string): string | null => (isAbsolute(path) ? pathToFileURL(path).href : null);

/** Memory that threads share. */
export const SharedMemory = SharedArrayBuffer;

/** What waits gets its turn. */
export const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** A whole number from 0 up to 2^32, that nobody can guess. */
export const randomWord = (): number => randomInt(2 ** 32);

/** In hexadecimal digits. */
export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** What Node.js finds by its name, where the code is. */
export const requireFrom = (url: string, name: string): unknown => createRequire(url)(name);

// Text.

export const utf8 = (bytes: Uint8Array): string => buffer(bytes).toString('utf8');

/** Room for text, to be filled by `writeText`. */
export const roomForText = (capacity: number): Uint8Array => Buffer.allocUnsafe(capacity);

/** Writes a text as UTF-8 into room from `roomForText`: how many bytes it takes. Without a view of the room for each text. */
export const writeText = (room: Uint8Array, text: string, at: number): number => (room as Buffer).write(text, at);

/** One character for each byte. */
export const latin1 = (bytes: Uint8Array): string => buffer(bytes).toString('latin1');

const buffer = (bytes: Uint8Array): Buffer => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);

// What is compressed.

/** Packed bytes of the start of a file: what they unpack to, as far as they go; empty for what is no gzip. */
export function gunzipHead(packed: Uint8Array): Uint8Array {
  try {
    return gunzipSync(packed, { finishFlush: constants.Z_SYNC_FLUSH });
  } catch {
    return new Uint8Array(0);
  }
}

/** A whole file. Throws RangeError where it unpacks to more than `most` bytes, and what zlib says of damage. */
export const gunzipWhole = (packed: Uint8Array, most: number): Uint8Array => gunzipSync(packed, { maxOutputLength: most });

/** Section 8 of RFC 1952; Node.js tells its own from 20.15 on. */
const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
export const crc32 = (major === 20 ? minor >= 15 : major > 22 || (major === 22 && minor >= 2))
  ? (bytes: Uint8Array, before: number): number =>
      (zlib as unknown as { crc32(bytes: Uint8Array, before: number): number }).crc32(bytes, before)
  : null;

/** zlib keeps back what it unpacked of a piece in which it finds damage, and calls nobody back for bytes after the end but its listeners. */
export function rawInflater(chunkSize: number): RawInflater {
  const inflate = createInflateRaw({ chunkSize });
  let out: Uint8Array[] = [];
  let wake: () => void = () => undefined;
  const state = { problem: null as string | null, hasEnded: false };
  inflate
    .on('data', (piece: Buffer) => out.push(piece))
    .on('error', (error) => {
      state.problem = error.message;
      wake();
    })
    .on('end', () => {
      state.hasEnded = true;
      wake();
    });
  return {
    get problem() {
      return state.problem;
    },
    get hasEnded() {
      return state.hasEnded;
    },
    async push(piece) {
      const before = inflate.bytesWritten;
      await new Promise<void>((resolve) => {
        wake = resolve;
        inflate.write(piece, () => resolve());
      });
      return inflate.bytesWritten - before;
    },
    take() {
      const ready = out;
      out = [];
      return ready;
    },
    close: () => inflate.destroy(),
  };
}

// What is no file.

const STDIN = 0;

/** A pipe at a path. It is read as a socket is: a read of a file that waits for a writer holds its thread, and so the end of the process. */
export function openPipe(path: string): Pipe {
  let socket: Socket | null = null;
  let isClosed = false;
  const opening = new Promise<Socket | null>((resolve, reject) => {
    open(path, 'r', (error, fd) => {
      if (error !== null) reject(error);
      else if (isClosed) close(fd, () => resolve(null));
      else {
        socket = new Socket({ fd, readable: true, writable: false });
        resolve(socket);
      }
    });
  });
  // Told to those who read.
  opening.catch(() => undefined);
  async function* chunks(): AsyncGenerator<Buffer> {
    const opened = await opening;
    if (opened !== null) yield* opened as AsyncIterable<Buffer>;
  }
  return {
    chunks: chunks(),
    close: () => {
      isClosed = true;
      if (socket === null) letGo(path, opening);
      else socket.destroy();
    },
  };
}

/** A pipe that nobody has opened to write holds its reader, and so the process, in open(2): until there is a writer, such as this. */
function letGo(path: string, opening: Promise<unknown>): void {
  try {
    const writer = openSync(path, fsConstants.O_RDWR | fsConstants.O_NONBLOCK);
    const done = () => closeSync(writer);
    opening.then(done, done);
  } catch {
    // No right to write: whoever else opens it lets go.
  }
}

/** What standard input is; null for a terminal, which gives no capture. */
export function standardInput(): { readonly stats: Stats; readonly pipe: () => Pipe } | null {
  const stats = fstatSync(STDIN);
  if (!stats.isFile() && isatty(STDIN)) return null;
  return {
    stats,
    pipe: () => {
      // A socket object can be destroyed while it waits; a file stream would hold the process until the next byte came.
      const stream: Readable =
        stats.isFIFO() || stats.isSocket()
          ? new Socket({ fd: STDIN, readable: true, writable: false })
          : createReadStream('', { fd: STDIN });
      return { chunks: stream, close: () => stream.destroy() };
    },
  };
}
