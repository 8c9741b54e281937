// gzip input that ends as it should, too early, or too late.
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { slowCrc32 } from '../../src/capture/gunzip.js';
import { unpacked } from '../../src/capture/unpack.js';

/** Like a capture: what reads like a text is looked at as one. */
const TEXT = Buffer.concat([
  Uint8Array.of(0xd4, 0xc3, 0xb2, 0xa1),
  Buffer.from(Uint32Array.from({ length: 8000 }, (_, i) => i * 7919).buffer),
]);
const PACKED = gzipSync(TEXT);

/** Everything that comes out, and why it stopped. */
async function read(bytes: Uint8Array, size = 1000): Promise<{ readonly out: Buffer; readonly error: string }> {
  async function* pieces() {
    for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
  }
  const out: Uint8Array[] = [];
  try {
    for await (const piece of unpacked(pieces(), { compressed: () => {}, printed: () => {}, only: null }))
      out.push(piece.slice());
  } catch (error) {
    return { out: Buffer.concat(out), error: (error as Error).message };
  }
  return { out: Buffer.concat(out), error: '' };
}

describe('gzip', () => {
  it.each([1, 7, 1000, 1 << 20])('unpacks in pieces of %i bytes', async (size) => {
    expect(await read(PACKED, size)).toEqual({ out: TEXT, error: '' });
  });

  it.each([
    ['one zero byte', [0]],
    ['many zero bytes', new Array(20_000).fill(0)],
  ])('passes over %s at the end', async (_, rest) => {
    for (const size of [13, 1000, 1 << 20])
      expect(await read(Buffer.concat([PACKED, Uint8Array.from(rest)]), size)).toEqual({ out: TEXT, error: '' });
  });

  it.each([
    ['one byte', [1]],
    ['text', [...Buffer.from('# end of file\n')]],
    ['zeros and a byte', [0, 0, 5]],
    ['half a magic', [0x1f]],
    ['many bytes', new Array(30_000).fill(0xff)],
  ])('gives all that comes before %s, and says so', async (_, rest) => {
    for (const size of [13, 1000, 1 << 20]) {
      const { out, error } = await read(Buffer.concat([PACKED, Uint8Array.from(rest)]), size);
      expect(out.equals(TEXT)).toBe(true);
      expect(error).toMatch(/^after the end of the gzip data come other bytes/);
    }
  });

  it('goes on with the next member', async () => {
    expect(await read(Buffer.concat([PACKED, gzipSync(Buffer.from('more')), gzipSync(Buffer.alloc(0))]))).toEqual({
      out: Buffer.concat([TEXT, Buffer.from('more')]),
      error: '',
    });
  });

  it('passes over what a header may hold (RFC 1952 section 2.3.1)', async () => {
    const flags = Buffer.from(PACKED);
    flags[3] = 2 | 4 | 8 | 16;
    const extra = [3, 0, 1, 2, 3, ...Buffer.from('name\0'), ...Buffer.from('comment\0'), 0, 0];
    expect(await read(Buffer.concat([flags.subarray(0, 10), Uint8Array.from(extra), PACKED.subarray(10)]))).toEqual({
      out: TEXT,
      error: '',
    });
  });

  it('gives what comes before a break, wherever it is', async () => {
    for (let length = 4; length < PACKED.length; length += 97) {
      const { out, error } = await read(PACKED.subarray(0, length), 4096);
      expect(TEXT.subarray(0, out.length).equals(out)).toBe(true);
      expect(error).toMatch(/breaks off here/);
    }
    expect((await read(PACKED.subarray(0, PACKED.length - 8))).out.equals(TEXT)).toBe(true);
  });

  it('says that a checksum or a length is wrong', async () => {
    for (const [at, what] of [
      [8, 'checksum'],
      [4, 'length'],
    ] as const) {
      const bytes = Buffer.from(PACKED);
      bytes[bytes.length - at] ^= 1;
      const { out, error } = await read(bytes);
      expect(out.equals(TEXT)).toBe(true);
      expect(error).toContain(what);
    }
  });

  it('sums as zlib does', () => {
    expect(slowCrc32(Buffer.from('123456789'), 0)).toBe(0xcbf43926);
    expect(slowCrc32(Buffer.from('56789'), slowCrc32(Buffer.from('1234'), 0))).toBe(0xcbf43926);
  });
});
