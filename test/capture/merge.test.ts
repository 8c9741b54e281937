import fc from 'fast-check';
import { expect, it } from 'vitest';
import { MergedSource } from '../../src/capture/merge.js';
import { infoOf, pieces, written } from './help.js';

const source = (times: readonly number[], sizes: number[], later: boolean, cut = 0) => {
  const packets = times.map((ms) => ({
    seconds: 1000 + Math.floor(ms / 1000),
    nanoseconds: (ms % 1000) * 1_000_000,
    data: new Uint8Array(3),
    extra: 0,
    direction: 0 as const,
    interfaceId: 0,
  }));
  const bytes = written(packets, infoOf([{}]), { format: 'pcap' });
  return pieces(bytes.subarray(0, bytes.length - cut), sizes, later);
};

const all = async (merged: MergedSource) => {
  const out: [from: number, ms: number, number: number][] = [];
  do {
    for (let i = merged.next(); i >= 0; i = merged.next()) {
      const { seconds, nanoseconds, number } = merged.heads[i];
      out.push([i, (seconds - 1000) * 1000 + nanoseconds / 1e6, number]);
    }
  } while (await merged.fill());
  return out;
};

it('keeps the order of each capture and puts sorted captures in the order of time', async () => {
  const times = fc.array(fc.nat(5000), { maxLength: 10 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.tuple(times, fc.boolean(), fc.boolean()), { maxLength: 4 }),
      fc.integer({ min: 1, max: 60 }),
      async (list, size) => {
        const given = list.map(([ms, sorted]) => (sorted ? ms.toSorted((a, b) => a - b) : ms));
        const merged = new MergedSource(given.map((ms, i) => source(ms, [size], list[i][2])));
        const out = await all(merged);
        given.forEach((ms, i) => {
          expect(out.filter(([from]) => from === i).map(([, time]) => time)).toEqual(ms);
        });
        if (list.every(([, sorted]) => sorted))
          expect(out.map(([, time]) => time)).toEqual(given.flat().toSorted((a, b) => a - b));
        expect(merged.error).toBeNull();
      },
    ),
    { numRuns: 100 },
  );
});

it('reads the others on when one breaks off, and keeps its error', async () => {
  const merged = new MergedSource([source([1, 2, 3], [9], false, 1), source([2, 4], [9], true)]);
  expect(await all(merged)).toEqual([
    [0, 1, 1],
    [0, 2, 2],
    [1, 2, 1],
    [1, 4, 2],
  ]);
  expect(merged.error).toMatchObject({ problem: 'cut', frame: 3 });
});
