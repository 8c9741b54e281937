// Blocks made by hand: what no writer of this project writes.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DIRECTION } from '../../src/capture/frame.js';
import { times } from '../thorough.js';
import { pieces, read } from './help.js';

const u16 = (n: number) => [n & 255, n >> 8];
const u32 = (n: number) => [n & 255, (n >>> 8) & 255, (n >>> 16) & 255, n >>> 24];
const u64 = (n: bigint) => [...u32(Number(n & 0xffffffffn)), ...u32(Number((n >> 32n) & 0xffffffffn))];
const pad = (b: number[]) => [...b, ...new Array<number>(-b.length & 3).fill(0)];
const ascii = (s: string) => [...Buffer.from(s)];
const option = (code: number, value: number[]) => [...u16(code), ...u16(value.length), ...pad(value)];
const block = (type: number, body: number[], length = 12 + pad(body).length) => [
  ...u32(type),
  ...u32(length),
  ...pad(body),
  ...u32(length),
];
const shb = (...options: number[][]) =>
  block(0x0a0d0d0a, [...u32(0x1a2b3c4d), ...u16(1), ...u16(0), ...u64(-1n & 0xffff_ffff_ffff_ffffn), ...options.flat()]);
const idb = (link: number, snap: number, ...options: number[][]) =>
  block(1, [...u16(link), 0, 0, ...u32(snap), ...options.flat()]);
const epb = (id: number, ticks: bigint, data: number[], ...options: number[][]) =>
  block(6, [
    ...u32(id),
    ...u32(Number(ticks >> 32n)),
    ...u32(Number(ticks & 0xffffffffn)),
    ...u32(data.length),
    ...u32(data.length),
    ...pad(data),
    ...options.flat(),
  ]);

const open = (...blocks: number[][]) => pieces(Uint8Array.from(blocks.flat()), [13]);

describe('pcapng', () => {
  it('splits ticks of any resolution exactly and cuts what is finer than a nanosecond', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }),
        fc.oneof(fc.constantFrom(0, 3, 6, 9, 12, 0x80 | 10, 0x80 | 32), fc.nat(255)),
        async (ticks, resolution) => {
          const { frames } = await read(open(shb(), idb(1, 0, option(9, [resolution])), epb(0, ticks, [1])));
          const perSecond = resolution > 127 ? 2n ** BigInt(resolution - 128) : 10n ** BigInt(resolution);
          const ns = ((ticks % perSecond) * 1_000_000_000n) / perSecond;
          // Whole seconds beyond 2^53 are no time: a double rounds them.
          fc.pre(ticks / perSecond <= 2n ** 53n);
          expect(frames[0].ts).toBe(`${ticks / perSecond}.${String(ns).padStart(9, '0')}`);
        },
      ),
      { numRuns: times(125, 500) },
    );
  });

  it('adds if_tsoffset', async () => {
    const { frames } = await read(open(shb(), idb(1, 0, option(14, u64(BigInt.asUintN(64, -5n)))), epb(0, 12_000_001n, [])));
    expect(frames[0].ts).toBe('7.000001000');
  });

  it('counts interfaces over all sections and keeps what section headers say', async () => {
    const source = open(
      shb(option(2, ascii('x86')), option(3, ascii('Linux 6')), option(4, ascii('dumpcap')), option(1, ascii('first run'))),
      idb(1, 0, option(2, ascii('eth0'))),
      idb(276, 0, option(2, ascii('any'))),
      epb(1, 1n, [1]),
      shb(option(3, ascii('Linux 6'))),
      idb(113, 0),
      epb(0, 2n, [2]),
    );
    const { frames, error } = await read(source);
    expect(error).toBeNull();
    expect(frames.map((f) => [f.interfaceId, f.linkType])).toEqual([
      [1, 276],
      [2, 113],
    ]);
    expect(source.info).toMatchObject({
      format: 'pcapng',
      byteOrder: 'little',
      hardware: ['x86'],
      os: ['Linux 6'],
      application: ['dumpcap'],
      comments: ['first run'],
    });
    expect(source.info.interfaces.map((i) => [i.id, i.section, i.name])).toEqual([
      [0, 1, 'eth0'],
      [1, 1, 'any'],
      [2, 2, null],
    ]);
  });

  it('reads simple packets without a time, cut at the snapshot length', async () => {
    const { frames } = await read(open(shb(), idb(1, 3), block(3, [...u32(9), 1, 2, 3, 0])));
    expect(frames).toMatchObject([{ ts: null, caplen: 3, len: 9 }]);
  });

  it('reads the obsolete packet block, also with a length that forgot its padding', async () => {
    const body = [...u16(0), ...u16(4), ...u32(0), ...u32(1_500_000), ...u32(2), ...u32(60), 7, 8];
    const source = open(shb(), idb(1, 0), block(2, body), block(2, body, 12 + body.length));
    const { frames, error } = await read(source);
    expect(error).toBeNull();
    expect(frames.map((f) => [f.ts, f.len, [...f.bytes]])).toEqual([
      ['1.500000000', 60, [7, 8]],
      ['1.500000000', 60, [7, 8]],
    ]);
    expect(source.info.dropCount).toBe(8);
  });

  it('keeps directions, drop counts, comments, statistics and names', async () => {
    const source = open(
      shb(),
      idb(1, 0),
      epb(0, 1n, [1], option(2, u32(1)), option(1, ascii('look here'))),
      epb(0, 2n, [1], option(2, u32(2)), option(4, u64(5n))),
      block(4, [...u16(1), ...u16(9), 192, 0, 2, 1, ...ascii('web\0'), 0, 0, 0, 0, ...u16(0), ...u16(0)]),
      block(5, [...u32(0), ...u64(0n), ...option(4, u64(100n)), ...option(5, u64(2n)), ...option(7, u64(3n))]),
    );
    const { frames, error } = await read(source);
    expect(error).toBeNull();
    expect(frames.map((f) => f.direction)).toEqual([DIRECTION.in, DIRECTION.out]);
    expect(source.info.frameComments).toEqual(new Map([[1, 'look here']]));
    expect(source.info.dropCount).toBe(5);
    expect(source.info.interfaces[0]).toMatchObject({ received: 100, dropped: 5 });
    expect(source.info.names).toEqual(new Map([['192.0.2.1', ['web']]]));
  });

  it('skips unknown and custom blocks, however large, and does not number them', async () => {
    const source = open(
      shb(),
      block(0xbad, new Array<number>(5000).fill(9)),
      idb(1, 0),
      block(0x0a, [1]),
      block(0xbad, []),
      epb(0, 1n, [1]),
    );
    const { frames, error } = await read(source);
    expect(error).toBeNull();
    expect(frames.map((f) => f.number)).toEqual([1]);
    expect(source.info.skippedBlocks).toEqual(
      new Map([
        [0xbad, 2],
        [0x0a, 1],
      ]),
    );
  });

  it.each([
    ['an interface nobody described', epb(3, 1n, []), /interface 3, but the section describes 1/],
    ['more bytes than its block', block(6, [...u32(0), ...u64(0n), ...u32(99), ...u32(99)]), /claims 99 captured bytes/],
    [
      'lengths that differ',
      [...block(6, new Array<number>(20).fill(0)).slice(0, -4), 1, 0, 0, 0],
      /32 bytes at its start and 1 at its end/,
    ],
    ['a length of 4', [...u32(6), ...u32(4), ...u32(4), ...u32(4)], /claims a length of 4/],
    ['a length of 4 GB', [...u32(6), ...u32(0xfffffff0), ...u32(4), ...u32(4)], /at most 134217728/],
  ])('stops at a packet with %s, after the frames before it', async (_, bad, message) => {
    const { frames, error } = await read(open(shb(), idb(1, 0), epb(0, 1n, [1]), bad, epb(0, 1n, [1])));
    expect(frames.length).toBe(1);
    expect(error).toMatchObject({ problem: 'damaged', frame: 2, offset: 28 + 20 + 36 });
    expect(error?.message).toMatch(message);
  });

  it('survives any bytes behind a good start', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 120 }), fc.constantFrom(1, 2, 3, 4, 5, 6, 0x0a0d0d0a), async (noise, type) => {
        const { frames } = await read(open(shb(), idb(1, 0), block(type, [...noise]), epb(0, 1n, [1])));
        for (const f of frames) expect(f.caplen).toBeLessThanOrEqual(120);
      }),
      { numRuns: times(75, 300) },
    );
  });
});
