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

it('hands out the earliest of all heads by the clock of the run, the first capture’s where several are due', async () => {
  const times = fc.array(fc.nat(300), { maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.record({ times, later: fc.boolean(), ahead: fc.integer({ min: -20, max: 20 }) }), { maxLength: 9 }),
      fc.integer({ min: 1, max: 60 }),
      async (list, size) => {
        const merged = new MergedSource(
          list.map(({ times, later }) => source(times, [size], later)),
          list.map(({ ahead }) => ahead * 1e6),
        );
        const heads = list.map(({ times }) => times.map((ms, n) => [ms, n + 1] as const));
        const expected: [from: number, ms: number, number: number][] = [];
        for (;;) {
          const due = heads.map((rest, i) => (rest[0]?.[0] ?? Number.POSITIVE_INFINITY) - list[i].ahead);
          const first = due.indexOf(Math.min(...due));
          const head = heads[first]?.shift();
          if (head === undefined) break;
          expected.push([first, ...head]);
        }
        expect(await all(merged)).toEqual(expected);
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
