// What was said in a form for reading, with the unpackers of Node.js.
import zlib from 'node:zlib';
import type { FollowPrinter, FollowSink } from '../dump/follow-output.js';
import { type Piece, readable, type Unpacked } from '../dump/http-bodies.js';

/** Bytes that the bodies of one stream may become. */
const MAX_UNPACKED = 16 * 1024 * 1024;

/** Others get a turn after this time. */
const TURN_MS = 8;

/** What is cut is unpacked as far as it goes. */
const cut = () => ({ finishFlush: zlib.constants.Z_SYNC_FLUSH });

/** Codings of HTTP (IANA), and how each is unpacked; `zstd` where Node.js has it. */
const CODINGS: Readonly<Record<string, (bytes: Uint8Array) => zlib.Gunzip | zlib.BrotliDecompress | null>> = {
  gzip: () => zlib.createGunzip(cut()),
  'x-gzip': () => zlib.createGunzip(cut()),
  // RFC 9110 section 8.4.1.2: some senders leave out the header of zlib.
  deflate: (bytes) => (hasZlibHeader(bytes) ? zlib.createInflate(cut()) : zlib.createInflateRaw(cut())),
  br: () => zlib.createBrotliDecompress({ finishFlush: zlib.constants.BROTLI_OPERATION_FLUSH }),
  zstd: () => ('createZstdDecompress' in zlib ? (zlib.createZstdDecompress as () => zlib.Gunzip)() : null),
};

const hasZlibHeader = (b: Uint8Array): boolean => b.length > 1 && (b[0] & 0x0f) === 8 && ((b[0] << 8) | b[1]) % 31 === 0;

/** Unpacks at most `limit` bytes. */
function unpack(coding: string, bytes: Uint8Array, limit: number): Promise<Unpacked | null> {
  const stream = Object.hasOwn(CODINGS, coding) ? CODINGS[coding](bytes) : null;
  if (stream === null) return Promise.resolve(null);
  const parts: Buffer[] = [];
  let length = 0;
  return new Promise((resolve) => {
    const end = (problem: string | null) => {
      stream.destroy();
      resolve({ bytes: Buffer.concat(parts, Math.min(length, limit)), problem });
    };
    stream.on('data', (part: Buffer) => {
      parts.push(part);
      length += part.length;
      if (length > limit) end('the rest is left out');
    });
    stream.on('end', () => end(null));
    stream.on('error', () => end('the data is damaged'));
    stream.end(bytes);
  });
}

/** The pieces with bodies unpacked and set out; null: they read no better than they are. */
export function readablePieces(pieces: readonly Piece[]): Promise<readonly Piece[] | null> {
  let left = MAX_UNPACKED;
  let turnAt = performance.now() + TURN_MS;
  const limited = async (coding: string, bytes: Uint8Array) => {
    const unpacked = await unpack(coding, bytes, left);
    left -= unpacked?.bytes.length ?? 0;
    return unpacked;
  };
  return readable(pieces, limited, () => {
    if (performance.now() < turnAt) return undefined;
    turnAt = performance.now() + TURN_MS;
    return new Promise((resolve) => setImmediate(resolve));
  });
}

/** Bytes, and pieces, of a stream that are kept at once. */
export const MAX_SAID = 16 * 1024 * 1024;
export const MAX_PIECES = 50_000;

/** Gathers what was said, and prints it at the end in a form for reading. */
export class ReadableSink implements FollowSink {
  private readonly said: Piece[] = [];
  private readonly missing = [0, 0];
  private kept = 0;
  isCut = false;

  constructor(private readonly printer: FollowPrinter) {}

  begin(asking: string, asked: string): void {
    this.printer.begin(asking, asked);
  }
  data(way: number, bytes: Uint8Array): void {
    this.isCut ||= this.kept + bytes.length > MAX_SAID || this.said.length >= MAX_PIECES;
    if (this.isCut) return;
    this.kept += bytes.length;
    this.said.push({ isClient: way === 0, packet: this.said.length, bytes: bytes.slice(), missing: this.missing[way] });
    this.missing[way] = 0;
  }
  gap(way: number, missing: number): void {
    this.missing[way] += missing;
  }
  async drain(): Promise<boolean> {
    return !this.isCut;
  }
  async end(): Promise<void> {
    for (const [way, missing] of this.missing.entries())
      if (missing > 0) this.said.push({ isClient: way === 0, packet: this.said.length, bytes: new Uint8Array(), missing });
    await this.printer.pieces((await readablePieces(this.said)) ?? this.said);
  }
}
