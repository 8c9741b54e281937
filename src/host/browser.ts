// What the rooms need of the machine they run on, in a browser's worker: as much of node.ts as the page asks for, under the same names. Files are
// those that were dropped into the page, under the names they have there; they are read in place, a slice at a time.
import { sha256 as hash } from '@noble/hashes/sha2.js';
import { bytesToHex, utf8ToBytes } from '@noble/hashes/utils.js';
import { Inflate, Z_SYNC_FLUSH } from 'pako';
import type { Pipe, RawInflater } from './host.js';

/** Bytes that lie somewhere. */
export interface Content {
  readonly size: number;
  /** Milliseconds since 1970. */
  readonly changedMs: number;
  /** Puts bytes from `position` on into `into`; how many: fewer at the end only. */
  read(into: Uint8Array, position: number): number;
}

/** What a worker has of the browser beside what Node.js has, too. */
interface Slices {
  readonly size: number;
  slice(from: number, to: number): Slices;
}
declare class FileReaderSync {
  readAsArrayBuffer(blob: Slices): ArrayBuffer;
}

const files = new Map<string, Content>();

/** Puts a file in place; a later one of the same name takes its place. */
export const addFile = (path: string, content: Content): void => void files.set(path, content);

export const forgetFile = (path: string): void => void files.delete(path);

export const forgetFiles = (): void => files.clear();

/** A file of the user's, or a part of the browser's memory. */
export function blobContent(blob: Slices, changedMs: number): Content {
  const reader = new FileReaderSync();
  return {
    size: blob.size,
    changedMs,
    read(into, position) {
      const bytes = new Uint8Array(reader.readAsArrayBuffer(blob.slice(position, position + into.length)));
      into.set(bytes);
      return bytes.length;
    },
  };
}

/** Bytes of one piece of a file that is written: what is full may be put aside by the browser. */
const PIECE = 4 * 1024 * 1024;
const FIRST_PIECE = 64 * 1024;

/** A file that is written here: what an archive held, or what was unpacked. */
export class Written implements Content {
  readonly changedMs = 0;
  size = 0;
  private readonly full: Content[] = [];
  private piece = new Uint8Array(0);
  private used = 0;

  append(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      if (this.used === this.piece.length) this.turn();
      const part = bytes.subarray(at, at + this.piece.length - this.used);
      this.piece.set(part, this.used);
      this.used += part.length;
      at += part.length;
    }
    this.size += bytes.length;
  }

  read(into: Uint8Array, position: number): number {
    let done = 0;
    while (done < into.length && position + done < this.size) {
      const number = Math.floor((position + done) / PIECE);
      const within = (position + done) % PIECE;
      const wanted = into.subarray(done, done + PIECE - within);
      const piece = this.full[number];
      if (piece !== undefined) done += piece.read(wanted, within);
      else {
        const part = this.piece.subarray(within, Math.min(this.used, within + wanted.length));
        wanted.set(part);
        done += part.length;
      }
    }
    return done;
  }

  /** Makes room: a piece grows up to its full size, and is put aside then. */
  private turn(): void {
    const { piece } = this;
    if (piece.length < PIECE) {
      this.piece = new Uint8Array(Math.max(FIRST_PIECE, 2 * piece.length));
      this.piece.set(piece);
      return;
    }
    this.full.push(blobContent(new Blob([piece]), 0));
    this.piece = new Uint8Array(PIECE);
    this.used = 0;
  }
}

export const textContent = (text: string): Content => bytesContent(utf8ToBytes(text));

export function bytesContent(bytes: Uint8Array): Content {
  return {
    size: bytes.length,
    changedMs: 0,
    read(into, position) {
      const part = bytes.subarray(position, position + into.length);
      into.set(part);
      return part.length;
    },
  };
}

// Files, as node:fs has them.

export interface Stats {
  readonly size: number;
  readonly mtimeMs: number;
  isFile(): boolean;
  isDirectory(): boolean;
  isFIFO(): boolean;
  isCharacterDevice(): boolean;
  isBlockDevice(): boolean;
}

const fails = (code: string, syscall: string, path: string): Error =>
  Object.assign(new Error(`${code}: ${path}`), { code, syscall });

const no = (): boolean => false;

function statsOf({ size, changedMs }: Content): Stats {
  const others = { isDirectory: no, isFIFO: no, isCharacterDevice: no, isBlockDevice: no };
  return { size, mtimeMs: changedMs, isFile: () => true, ...others };
}

function contentAt(path: string, syscall: string): Content {
  const content = files.get(path);
  if (content === undefined) throw fails('ENOENT', syscall, path);
  return content;
}

export const existsSync = (path: string): boolean => files.has(path);

export const statSync = (path: string): Stats => statsOf(contentAt(path, 'stat'));

/** Only files lie here. */
export function readdirSync(path: string): never {
  throw fails(files.has(path) ? 'ENOTDIR' : 'ENOENT', 'scandir', path);
}

interface Open {
  readonly content: Content;
  position: number;
}

const open: (Open | null)[] = [];

export function openSync(path: string, flags = 'r', _mode?: number): number {
  if (flags === 'w') files.set(path, new Written());
  return open.push({ content: contentAt(path, 'open'), position: 0 }) - 1;
}

/** Writes go to the end. */
export function writeSync(fd: number, bytes: Uint8Array, from = 0): number {
  const { content } = at(fd);
  if (!(content instanceof Written)) throw fails('EBADF', 'write', String(fd));
  content.append(bytes.subarray(from));
  return bytes.length - from;
}

/** Folders are parts of names. */
export const mkdirSync = (_path: string, _options?: unknown): void => undefined;

export function closeSync(fd: number): void {
  open[fd] = null;
}

const at = (fd: number): Open => {
  const file = open[fd];
  if (file == null) throw fails('EBADF', 'read', String(fd));
  return file;
};

export const fstatSync = (fd: number): Stats => statsOf(at(fd).content);

export function readSync(fd: number, into: Uint8Array, offset: number, length: number, position: number | null): number {
  const file = at(fd);
  const got = file.content.read(into.subarray(offset, offset + length), position ?? file.position);
  if (position === null) file.position += got;
  return got;
}

export const basename = (path: string): string => path.slice(path.lastIndexOf('/') + 1);

export const dirname = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/'))) || '.';

export const isAbsolute = (path: string): boolean => path.startsWith('/');

/** Of paths in the same folder, or below it. */
export const relative = (from: string, to: string): string => (to.startsWith(`${from}/`) ? to.slice(from.length + 1) : to);

export const join = (...parts: readonly string[]): string => parts.filter((part) => part !== '').join('/');

/** A page does not know where its files lie. */
export const fileUri = (_path: string): null => null;

/** There is none. */
export const standardInput = (): null => null;

export function openPipe(path: string): Pipe {
  throw fails('ENOENT', 'open', path);
}

// The machine.

/** Pages that were opened from a disk may not share memory between threads. */
export const SharedMemory = ArrayBuffer;

const turns = new MessageChannel();
const waiting: (() => void)[] = [];
Object.assign(turns.port1, { onmessage: () => waiting.shift()?.() });

/** What waits gets its turn. A timer would wait for milliseconds. */
export const nextTurn = (): Promise<void> =>
  new Promise((resolve) => {
    waiting.push(resolve);
    turns.port2.postMessage(null);
  });

export const sleep = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

export const randomWord = (): number => crypto.getRandomValues(new Uint32Array(1))[0]!;

export const sha256 = (text: string): string => bytesToHex(hash(utf8ToBytes(text)));

/** The list of vendors is larger than the page. */
export const requireFrom = (_url: string, _name: string): unknown => ({});

// Text.

const UTF8 = new TextDecoder('utf-8', { ignoreBOM: true });

export const utf8 = (bytes: Uint8Array): string => UTF8.decode(bytes);

export const roomForText = (capacity: number): Uint8Array => new Uint8Array(capacity);

const ENCODER = new TextEncoder();

export const writeText = (room: Uint8Array, text: string, at: number): number =>
  ENCODER.encodeInto(text, room.subarray(at)).written;

/** Characters that are made at once: they are arguments of one call. */
const SOME = 8192;

/** One character for each byte. */
export function latin1(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i += SOME) text += String.fromCharCode(...bytes.subarray(i, i + SOME));
  return text;
}

// What is compressed.

export function gunzipHead(packed: Uint8Array): Uint8Array {
  try {
    return unpackedBy(packed, Number.POSITIVE_INFINITY).bytes;
  } catch {
    return new Uint8Array(0);
  }
}

export function gunzipWhole(packed: Uint8Array, most: number): Uint8Array {
  const { bytes, hasEnded } = unpackedBy(packed, most);
  if (!hasEnded) throw new Error('unexpected end of file');
  return bytes;
}

function unpackedBy(packed: Uint8Array, most: number): { readonly bytes: Uint8Array; readonly hasEnded: boolean } {
  const inflate = new Inflate({ windowBits: 31 });
  const pieces: Uint8Array[] = [];
  let size = 0;
  inflate.onData = (piece) => {
    size += piece.length;
    if (size > most) throw new RangeError('larger than is read');
    pieces.push(piece);
  };
  inflate.push(packed, Z_SYNC_FLUSH);
  if (inflate.err !== 0) throw new Error(inflate.msg);
  const bytes = new Uint8Array(size);
  let length = 0;
  for (const piece of pieces) {
    bytes.set(piece, length);
    length += piece.length;
  }
  return { bytes, hasEnded: inflate.ended };
}

export const crc32 = null;

export function rawInflater(chunkSize: number): RawInflater {
  const inflate = new Inflate({ raw: true, chunkSize });
  let out: Uint8Array[] = [];
  inflate.onData = (piece) => out.push(piece);
  return {
    get problem() {
      return inflate.err === 0 ? null : inflate.msg;
    },
    get hasEnded() {
      return inflate.ended && inflate.err === 0;
    },
    push(piece) {
      inflate.push(piece, Z_SYNC_FLUSH);
      const { avail_in: left } = (inflate as unknown as { strm: { avail_in: number } }).strm;
      return Promise.resolve(piece.length - left);
    },
    take() {
      const ready = out;
      out = [];
      return ready;
    },
    close: () => undefined,
  };
}
