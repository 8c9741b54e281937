// What was written is read back, in every format, whatever the pieces in which the bytes come, and wherever they end.
import { createRequire } from 'node:module';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DIRECTION, type Direction } from '../../src/capture/frame.js';
import type { WriteOptions } from '../../src/capture/write.js';
import { infoOf, type Packet, pieces, read, written } from './help.js';

const MODES: readonly WriteOptions[] = [
  { format: 'pcap', resolution: 'microsecond', byteOrder: 'little' },
  { format: 'pcap', resolution: 'microsecond', byteOrder: 'big' },
  { format: 'pcap', resolution: 'nanosecond', byteOrder: 'little' },
  { format: 'pcap', resolution: 'nanosecond', byteOrder: 'big' },
  { format: 'pcapng', byteOrder: 'little' },
  { format: 'pcapng', byteOrder: 'big' },
];

const packet: fc.Arbitrary<Packet> = fc.record({
  seconds: fc.oneof(fc.integer({ min: 0, max: 0xffff_ffff }), fc.integer({ min: 1_700_000_000, max: 1_800_000_000 })),
  nanoseconds: fc.integer({ min: 0, max: 999_999_999 }),
  data: fc.uint8Array({ maxLength: 200 }),
  extra: fc.nat(2000),
  direction: fc.constantFrom<Direction>(DIRECTION.unknown, DIRECTION.in, DIRECTION.out),
  interfaceId: fc.nat(1),
});

const info = infoOf([
  { name: 'eth1', description: 'to the lab', filter: 'arp or icmp', dropped: 7, received: 90 },
  { name: 'eth2 – ü' },
]);

const expected = (p: Packet, mode: WriteOptions) => {
  const ns = mode.resolution === 'microsecond' ? p.nanoseconds - (p.nanoseconds % 1000) : p.nanoseconds;
  return {
    ts: `${p.seconds}.${String(ns).padStart(9, '0')}`,
    len: p.data.length + p.extra,
    bytes: [...p.data],
    direction: mode.format === 'pcapng' ? p.direction : 0,
  };
};

describe.each(MODES)('written as $format, $resolution, $byteOrder', (mode) => {
  it('is read back, in pieces of any size, at once and by promise', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(packet, { maxLength: 12 }),
        fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 5 }),
        fc.boolean(),
        async (packets, sizes, later) => {
          const source = pieces(written(packets, info, mode), sizes, later);
          const { frames, error } = await read(source);
          expect(error).toBeNull();
          expect(frames.map(({ ts, len, bytes, direction }) => ({ ts, len, bytes: [...bytes], direction }))).toEqual(
            packets.map((p) => expected(p, mode)),
          );
          expect(frames.map((f) => f.number)).toEqual(packets.map((_, i) => i + 1));
          if (mode.format === 'pcapng' && packets.some((p) => p.interfaceId === 0)) {
            const eth1 = source.info.interfaces.find((i) => i.name === 'eth1');
            expect(eth1).toMatchObject({ description: 'to the lab', filter: 'arp or icmp', dropped: 7, received: 90 });
          }
        },
      ),
      { numRuns: 60 },
    );
  });

  it('yields exactly the whole frames before a cut at any byte', async () => {
    const packets = [0, 5, 33, 1].map((length, i) => ({
      seconds: 1_754_667_411,
      nanoseconds: i * 1000,
      data: new Uint8Array(length).fill(i + 1),
      extra: i,
      direction: DIRECTION.in,
      interfaceId: i % 2,
    }));
    const bytes = written(packets, infoOf([{ name: 'a' }, { name: 'b' }]), mode);
    const whole = (await read(pieces(bytes))).frames;
    const ends = whole.map((_, i) => whole[i + 1]?.fileOffset ?? bytes.length);
    // In pcapng a description may stand between two packets: the block ends before it.
    const blockEnd = (i: number) =>
      mode.format === 'pcapng'
        ? whole[i].fileOffset +
          Buffer.from(bytes)[mode.byteOrder === 'big' ? 'readUInt32BE' : 'readUInt32LE'](whole[i].fileOffset + 4)
        : ends[i];
    let clean = 0;
    for (let cut = 0; cut < bytes.length; cut++) {
      const { frames, error } = await read(pieces(bytes.subarray(0, cut), [7]));
      expect(frames.length).toBe(whole.filter((_, i) => blockEnd(i) <= cut).length);
      if (error === null) clean++;
      else {
        expect(error.problem).toBe(cut === 0 ? 'empty' : cut < 4 ? 'not-a-capture' : 'cut');
        expect(error.offset).toBeLessThanOrEqual(cut);
        if (error.frame > 0) expect(error.frame).toBe(frames.length + 1);
      }
    }
    // Only a cut between two records leaves no trace: behind the header, and behind each record but the last.
    expect(clean).toBe(mode.format === 'pcapng' ? 1 + 2 + 3 : 4);
  });
});

it('is understood by an independent reader of classic pcap', async () => {
  const pcapParser = createRequire(import.meta.url)('pcap-parser') as {
    parse(stream: Readable): NodeJS.EventEmitter;
  };
  interface Parsed {
    header: { timestampSeconds: number; timestampMicroseconds: number; capturedLength: number; originalLength: number };
    data: Buffer;
  }
  await fc.assert(
    fc.asyncProperty(
      fc.array(packet, { minLength: 1, maxLength: 8 }),
      fc.constantFrom('little', 'big'),
      async (packets, byteOrder) => {
        const bytes = written(packets, infoOf([{}, {}]), { format: 'pcap', resolution: 'microsecond', byteOrder });
        const theirs: Parsed[] = [];
        await new Promise((resolve, reject) => {
          pcapParser
            .parse(Readable.from([Buffer.from(bytes)]))
            .on('packet', (p: Parsed) => theirs.push(p))
            .on('end', resolve)
            .on('error', reject);
        });
        const { frames } = await read(pieces(bytes));
        expect(
          theirs.map((p) => [p.header.timestampSeconds, p.header.timestampMicroseconds, p.header.originalLength, [...p.data]]),
        ).toEqual(frames.map((f) => [Number(f.ts?.split('.')[0]), Number(f.ts?.slice(-9, -3)), f.len, [...f.bytes]]));
      },
    ),
    { numRuns: 30 },
  );
});
