// gzip (RFC 1952), member by member: zlib keeps back what it unpacked of a piece in which it finds damage, and calls nobody back for bytes
// after the end. So only what is deflated goes to it, and headers, checksums and what follows are read here.
import { rawInflater, crc32 as systemCrc32 } from '#host';
import { u32le } from '../bytes/read.js';
import type { Puller } from './puller.js';
import { UnpackError } from './unpack-error.js';

/** Deflate unpacks to 1032 times its size at most: a piece of this size to 8 MiB. */
const GZIP_PIECE = 8 * 1024;
/** Bytes of a name or a comment in a header. */
const MAX_NAME = 65_536;
const TRAILER = 8;

export async function* gunzip(input: Puller): AsyncGenerator<Uint8Array> {
  do {
    await header(input);
    yield* member(input);
  } while ((await input.want(2)) && input.chunk[input.at] === 0x1f && input.chunk[input.at + 1] === 0x8b);
  // Tapes and block devices fill up with zeros; anything else is told, as gzip(1) does.
  for await (const rest of input.rest())
    if (rest.some((byte) => byte !== 0))
      throw new UnpackError(
        'damaged',
        'after the end of the gzip data come other bytes, which were passed over; what comes before is whole',
      );
}

/** Passes over a header, section 2.3. */
async function header(input: Puller): Promise<void> {
  if (!(await input.want(10))) throw cut();
  const head = input.take(10);
  if (head[2] !== 8) throw damaged('it is packed by another method than deflate');
  const flags = head[3]!;
  if ((flags & 4) !== 0) {
    if (!(await input.want(2))) throw cut();
    const size = input.take(2);
    const length = size[0]! | (size[1]! << 8);
    if (!(await input.want(length))) throw cut();
    input.take(length);
  }
  for (const flag of [8, 16]) if ((flags & flag) !== 0) await passText(input);
  if ((flags & 2) !== 0) {
    if (!(await input.want(2))) throw cut();
    input.take(2);
  }
}

async function passText(input: Puller): Promise<void> {
  for (let n = 0; n < MAX_NAME; n++) {
    if (!(await input.want(1))) throw cut();
    if (input.take(1)[0] === 0) return;
  }
  throw damaged('a name in its header does not end');
}

async function* member(input: Puller): AsyncGenerator<Uint8Array> {
  const inflate = rawInflater(128 * 1024);
  let [crc, length] = [0, 0];
  try {
    while (!inflate.hasEnded && inflate.problem === null) {
      if (input.waiting === 0 && !(await input.want(1))) throw cut();
      const piece = input.take(Math.min(GZIP_PIECE, input.waiting));
      const used = await inflate.push(piece);
      if (inflate.hasEnded) input.giveBack(piece.length - used);
      for (const one of inflate.take()) {
        crc = crc32(one, crc);
        length = (length + one.length) >>> 0;
        yield one;
      }
    }
  } finally {
    inflate.close();
  }
  if (inflate.problem !== null) throw damaged(inflate.problem);
  if (!(await input.want(TRAILER))) throw cut();
  const trailer = input.take(TRAILER);
  if (u32le(trailer, 0) !== crc) throw damaged('its checksum is wrong');
  if (u32le(trailer, 4) !== length) throw damaged('its length is wrong');
}

const cut = (): UnpackError =>
  new UnpackError('cut', 'the gzip data breaks off here; the frames before it are whole (copy the file again)');

const damaged = (what: string): UnpackError =>
  new UnpackError('damaged', `the gzip data is damaged (${what}); copy the file again in binary mode`);

/** Section 8 of RFC 1952. */
const crc32: (bytes: Uint8Array, before: number) => number = systemCrc32 ?? slowCrc32;

const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let c = n;
  for (let k = 0; k < 8; k++) c = (c & 1) !== 0 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
  return c;
});

export function slowCrc32(bytes: Uint8Array, before: number): number {
  let crc = ~before;
  for (let i = 0; i < bytes.length; i++) crc = TABLE[(crc ^ bytes[i]!) & 0xff]! ^ (crc >>> 8);
  return ~crc >>> 0;
}
