// Compressed input, a piece at a time: however far a bomb unpacks, only one small piece of it is in memory.
import { Decompress } from 'fzstd';
import { asCharacters, isText } from '../bytes/encoding.js';
import { u24le, u32, u32le } from '../bytes/read.js';
import { printed } from '../texts/input.js';
import type { PrintedInfo } from '../texts/printed.js';
import { isPrinted, LOOK, timesOf } from '../texts/recognise.js';
import { gunzip } from './gunzip.js';
import { Puller } from './puller.js';
import { sniff } from './sniff.js';
import { UnpackError } from './unpack-error.js';

export type Compression = 'gzip' | 'zstd';

/** What was found out about an input on the way. */
export interface Found {
  readonly compressed: (compression: Compression) => void;
  readonly printed: (info: PrintedInfo) => void;
  /** Of a text: only what was printed on this node. */
  readonly only: string | null;
}

/**
 * The bytes of `raw`, unpacked if they start like gzip or zstd, and made a capture if they are what tcpdump prints; `found` is told. What
 * comes out may be packed again: it is left so.
 */
export async function* unpacked(raw: AsyncIterable<Uint8Array>, found: Found): AsyncGenerator<Uint8Array> {
  yield* unprinted(new Puller(uncompressed(raw, found.compressed)), found);
}

/** The bytes of `raw`, unpacked if they start like gzip or zstd: `compressed` is told. Throws UnpackError. */
export async function* uncompressed(
  raw: AsyncIterable<Uint8Array>,
  compressed?: (compression: Compression) => void,
): AsyncGenerator<Uint8Array> {
  const bytes = new Puller(raw);
  await bytes.want(4);
  const format = sniff(bytes.chunk, bytes.at, bytes.chunk.length);
  if (format !== 'gzip' && format !== 'zstd') {
    yield* bytes.rest();
    return;
  }
  compressed?.(format);
  yield* withinReason(bytes, format === 'gzip' ? gunzip(bytes) : unzstd(bytes));
}

/** Makes a capture of a text; hands on everything else. */
async function* unprinted(bytes: Puller, found: Found): AsyncGenerator<Uint8Array> {
  for (let wanted = 4; await bytes.want(wanted); wanted = bytes.waiting + 1) {
    const isWhole = bytes.waiting >= LOOK;
    if (sniff(bytes.chunk, bytes.at, bytes.chunk.length) !== null || !isText(bytes.chunk, bytes.at, bytes.chunk.length)) break;
    const head = asCharacters(bytes.chunk.subarray(bytes.at, bytes.at + Math.min(LOOK, bytes.waiting)));
    if (isPrinted(head)) {
      yield* printed(bytes.rest(), { only: found.only, differences: timesOf(head) }, found.printed);
      return;
    }
    if (isWhole) break;
  }
  yield* bytes.rest();
}

// A block of zstd may repeat one byte 128 Ki times: a few kilobytes then keep a reader busy for hours. Packets differ at least in
// their times, so no capture packs this well; gzip packs 1032 to 1 at most.
const BOMB_BYTES = 128 * 1024 * 1024;
const BOMB_RATIO = 2000;

async function* withinReason(input: Puller, pieces: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  let unpackedBytes = 0;
  for await (const piece of pieces) {
    unpackedBytes += piece.length;
    if (unpackedBytes > BOMB_BYTES && unpackedBytes > BOMB_RATIO * input.taken)
      throw new UnpackError(
        'damaged',
        `it unpacks to more than ${BOMB_RATIO} times its size, as a decompression bomb does; if it is a capture all the same, unpack it first`,
      );
    yield piece;
  }
}

// RFC 8878: section 3.1.1 frames and blocks, 3.1.2 skippable frames.
const ZSTD_MAGIC = 0xfd2fb528;
const ZSTD_BLOCK = 128 * 1024;
/** What `zstd -d` accepts without --long. */
const ZSTD_WINDOW = 128 * 1024 * 1024;

/**
 * fzstd unpacks whatever it is given at once and believes the window size, so frames and blocks are told apart here and
 * handed over one by one: a block unpacks to 128 KiB at most.
 */
async function* unzstd(input: Puller): AsyncGenerator<Uint8Array> {
  const out: Uint8Array[] = [];
  const push = (decoder: Decompress, piece: Uint8Array, last: boolean): void => {
    try {
      decoder.push(piece, last);
    } catch (error) {
      throw zstdDamaged(error instanceof Error ? error.message : String(error));
    }
  };
  const feed = async (decoder: Decompress, length: number): Promise<void> => {
    if (!(await input.want(length))) throw zstdCut();
    const piece = input.take(length).slice();
    // In two parts: fzstd forgets the pieces it was given only when it has to join some.
    push(decoder, piece.subarray(0, length - 1), false);
    push(decoder, piece.subarray(length - 1), false);
  };
  while (await input.want(1)) {
    if (!(await input.want(8))) throw zstdCut();
    const magic = u32le(input.chunk, input.at);
    if ((magic & 0xfffffff0) >>> 0 === 0x184d2a50) {
      await passOver(input, 8 + u32le(input.chunk, input.at + 4));
      continue;
    }
    if (magic !== ZSTD_MAGIC)
      throw zstdDamaged(`no frame starts with ${u32(input.chunk, input.at).toString(16).padStart(8, '0')}`);
    const { length, checksum } = await frameHeader(input);
    const decoder = new Decompress((piece) => {
      if (piece.length > 0) out.push(piece.slice());
    });
    await feed(decoder, length);
    for (let last = false; !last; ) {
      if (!(await input.want(3))) throw zstdCut();
      const header = u24le(input.chunk, input.at);
      last = (header & 1) === 1;
      const type = (header >> 1) & 3;
      const size = header >> 3;
      if (size > ZSTD_BLOCK || type === 3) throw zstdDamaged('a block of impossible size or type');
      await feed(decoder, type === 1 ? 4 : 3 + size);
      yield* out.splice(0);
    }
    if (checksum) await feed(decoder, 4);
    // A frame below 18 bytes is not unpacked before it is said to be all.
    push(decoder, new Uint8Array(0), true);
    yield* out.splice(0);
  }
}

/** Length of the frame header at hand (RFC 8878 section 3.1.1.1), and whether a checksum follows the blocks. */
async function frameHeader(input: Puller): Promise<{ length: number; checksum: boolean }> {
  const flags = input.chunk[input.at + 4]!;
  const single = (flags & 0x20) !== 0;
  const dictionary = [0, 1, 2, 4][flags & 3]!;
  const contentSize = [single ? 1 : 0, 2, 4, 8][flags >> 6]!;
  const length = 5 + (single ? 0 : 1) + dictionary + contentSize;
  if (!(await input.want(length))) throw zstdCut();
  const { chunk, at } = input;
  let windowSize: number;
  if (single) {
    const from = at + 5 + dictionary;
    const high = contentSize === 8 ? u32le(chunk, from + 4) : 0;
    windowSize = contentSize >= 4 ? high * 0x1_0000_0000 + u32le(chunk, from) : 0;
  } else {
    const base = 2 ** (10 + (chunk[at + 5]! >> 3));
    windowSize = base + (base / 8) * (chunk[at + 5]! & 7);
  }
  if (windowSize > ZSTD_WINDOW)
    throw new UnpackError('unsupported', 'the zstd data needs a window above 128 MiB; unpack it first with `zstd -d --long=31`');
  return { length, checksum: (flags & 4) !== 0 };
}

async function passOver(input: Puller, length: number): Promise<void> {
  for (let left = length; left > 0; ) {
    if (!(await input.want(1))) throw zstdCut();
    left -= input.take(Math.min(left, input.waiting)).length;
  }
}

const zstdCut = (): UnpackError =>
  new UnpackError('cut', 'the zstd data breaks off here; the frames before it are whole (copy the file again)');

const zstdDamaged = (what: string): UnpackError =>
  new UnpackError('damaged', `the zstd data is damaged (${what}); copy the file again in binary mode`);
