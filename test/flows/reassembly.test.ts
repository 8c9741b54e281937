import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { StreamOrder } from '../../src/flows/reassembly.js';

interface Segment {
  readonly from: number;
  readonly to: number;
}

/** What comes out: bytes, and gaps as negative numbers. */
function ordered(
  start: number,
  stream: Uint8Array,
  segments: readonly Segment[],
  syn = true,
): { bytes: Uint8Array; gaps: number[] } {
  const out: number[] = [];
  const gaps: number[] = [];
  const order = new StreamOrder({ data: (bytes) => out.push(...bytes), gap: (missing) => gaps.push(missing) });
  if (syn) order.begin((start - 1) >>> 0);
  for (const { from, to } of segments) order.add((start + from) >>> 0, stream.subarray(from, to), to - from);
  order.finish();
  return { bytes: Uint8Array.from(out), gaps };
}

const stream = Uint8Array.from({ length: 200 }, (_, i) => i);

describe('a stream in order', () => {
  it('is the stream, whatever the order, the copies and the overlaps of its segments', () => {
    const cuts = fc.uniqueArray(fc.integer({ min: 1, max: 199 }), { maxLength: 20 });
    const extra = fc.array(fc.tuple(fc.integer({ min: 0, max: 199 }), fc.integer({ min: 1, max: 60 })), { maxLength: 10 });
    fc.assert(
      fc.property(cuts, extra, fc.nat(0xffffffff), fc.integer(), (at, copies, start, seed) => {
        const edges = [0, ...at.sort((a, b) => a - b), 200];
        const segments = edges.slice(1).map((to, i) => ({ from: edges[i], to }));
        segments.push(...copies.map(([from, length]) => ({ from, to: Math.min(200, from + length) })));
        segments.sort((a, b) => Math.imul(a.from * 31 + a.to, seed | 1) - Math.imul(b.from * 31 + b.to, seed | 1));
        expect(ordered(start, stream, segments)).toEqual({ bytes: stream, gaps: [] });
      }),
    );
  });

  it('shows what is missing', () => {
    const found = ordered(5000, stream, [
      { from: 0, to: 50 },
      { from: 80, to: 200 },
    ]);
    expect(found.gaps).toEqual([30]);
    expect(found.bytes).toEqual(Uint8Array.from([...stream.subarray(0, 50), ...stream.subarray(80)]));
  });

  it('begins with the first segment where no SYN was seen', () => {
    expect(ordered(7, stream, [{ from: 10, to: 20 }], false)).toEqual({ bytes: stream.subarray(10, 20), gaps: [] });
  });

  it('says what the snapshot length took away', () => {
    const gaps: number[] = [];
    let got = 0;
    const order = new StreamOrder({ data: (bytes) => (got += bytes.length), gap: (missing) => gaps.push(missing) });
    order.add(0, stream.subarray(0, 60), 100);
    order.add(100, stream.subarray(100, 160), 100);
    expect([got, gaps]).toEqual([120, [40, 40]]);
  });

  it('does not wait for ever, nor hoard', () => {
    const gaps: number[] = [];
    let got = 0;
    const order = new StreamOrder({ data: (bytes) => (got += bytes.length), gap: (missing) => gaps.push(missing) });
    order.begin(0xffffffff);
    const segment = new Uint8Array(1000);
    for (let i = 1; i < 3000; i++) order.add(i * 1000, segment, 1000);
    expect(gaps).toEqual([1000]);
    expect(got).toBe(2_999_000);
  });
});
