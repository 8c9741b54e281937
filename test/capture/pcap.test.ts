import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DIRECTION } from '../../src/capture/frame.js';
import { linkTypeName } from '../../src/capture/linktypes.js';
import { times } from '../thorough.js';
import { pieces, read } from './help.js';

const file = (magic: number, minor: number, link: number, records: number[][], snap = 65535): Uint8Array => {
  const words = (list: number[]) => Buffer.from(Uint32Array.from(list).buffer);
  return Buffer.concat([words([magic, 2 + (minor << 16), 0, 0, snap, link]), ...records.map(words)]);
};

describe('pcap', () => {
  it.each([
    [1, [60, 4], 4, 60],
    [3, [60, 4], 4, 60],
    [3, [4, 60], 4, 60],
    [4, [4, 2], 4, 2],
  ])('version 2.%i: lengths %j', async (minor, lengths, caplen, len) => {
    const { frames } = await read(pieces(file(0xa1b2c3d4, minor, 1, [[1, 2, ...lengths, 0]])));
    expect(frames).toMatchObject([{ caplen, len }]);
  });

  it("reads Kuznetzov's records with their packet type", async () => {
    const record = (type: number) => [1, 2, 4, 4, 3, 0x0800 | (type << 16), 0xaabbccdd];
    const { frames, error } = await read(pieces(file(0xa1b2cd34, 4, 1, [record(0), record(4), record(3), record(9)]), [5]));
    expect(error).toBeNull();
    expect(frames.map((f) => f.direction)).toEqual([DIRECTION.in, DIRECTION.out, DIRECTION.other, DIRECTION.unknown]);
    expect(frames[3].caplen).toBe(4);
  });

  it.each([
    [12, 'RAW'],
    [14, 'RAW'],
    [101, 'RAW'],
    [0x1400_0001, 'EN10MB'], // with a frame check sequence of four bytes
    [276, 'LINUX_SLL2'],
    [9999, 'LINKTYPE_9999'],
  ])('link type field %i is %s', async (field, name) => {
    const { frames } = await read(pieces(file(0xa1b2c3d4, 4, field, [[1, 2, 0, 0]])));
    expect(linkTypeName(frames[0].linkType)).toBe(name);
  });

  it('carries a fraction of a second or more', async () => {
    const { frames } = await read(pieces(file(0xa1b2c3d4, 4, 1, [[1, 2_500_000, 0, 0]])));
    expect(frames[0].ts).toBe('3.500000000');
  });

  it.each([
    [0xffffffff, 65535, 262144],
    [300_000, 0xffffffff, 262144],
    [2_000_000, 1_000_000, 1_000_000],
  ])('does not believe a captured length of %i with a snapshot length of %i', async (captured, snap, limit) => {
    const { frames, error } = await read(
      pieces(
        file(
          0xa1b2c3d4,
          4,
          1,
          [
            [1, 2, 0, 0],
            [1, 2, captured, captured],
          ],
          snap,
        ),
      ),
    );
    expect(frames.length).toBe(1);
    expect(error).toMatchObject({ problem: 'damaged', frame: 2, offset: 40 });
    expect(error?.message).toContain(`claims ${captured} captured bytes, at most ${limit}`);
  });

  it('asks for memory as bytes come, not as a record claims', async () => {
    const before = process.memoryUsage().arrayBuffers;
    const source = pieces(file(0xa1b2c3d4, 4, 249, [[1, 2, 0x7000000, 0x7000000]])); // USB: up to 128 MiB are possible
    const { error } = await read(source);
    expect(error?.problem).toBe('cut');
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(4 << 20);
  });

  it('refuses a version it does not know', async () => {
    const bytes = file(0xa1b2c3d4, 4, 1, []);
    bytes[4] = 7;
    expect((await read(pieces(bytes))).error).toMatchObject({ problem: 'unsupported', frame: 0 });
  });

  it('never hands out a frame that leaves its chunk, whatever the bytes', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 300 }),
        fc.constantFrom(0xa1b2c3d4, 0xa1b23c4d, 0xa1b2cd34, 0xd4c3b2a1),
        async (noise, magic) => {
          const source = pieces(Buffer.concat([file(magic, 4, 1, []), noise]), [11]);
          const { frames } = await read(source);
          expect(frames.reduce((sum, f) => sum + f.bytes.length + 16, 0)).toBeLessThanOrEqual(noise.length);
        },
      ),
      { numRuns: times(75, 300) },
    );
  });
});
