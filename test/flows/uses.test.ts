// Rows that are used again, against lists of objects.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { HOP, HOP_WORDS } from '../../src/flows/generated/journey-words.js';
import { Ports } from '../../src/flows/ports.js';
import { Stations } from '../../src/flows/stations.js';
import { type Path, Uses } from '../../src/flows/uses.js';
import { times } from '../thorough.js';

const ports = new Ports(['a', 'b'], (_, index) => ({ name: `if${index}`, nameFrom: 'none' }));
for (const capture of [0, 1]) for (let index = 0; index < 4; index++) ports.of(capture, index, true);

/** Paths of one hop to six. */
const paths: Path[] = Array.from({ length: 6 }, (_, id) => ({
  id,
  count: 0,
  where: Int32Array.from({ length: id + 1 }, (_, n) => n),
  hops: Array.from({ length: id + 1 }, (_, port) => ({
    port,
    source: ports.list[port].source,
    direction: 1,
    edge: -1,
    tagged: false,
  })),
}));

interface Known {
  path: number;
  count: number;
  longest: number;
  firstNs: number;
  lastNs: number;
}

const step = fc.oneof(
  fc.record({ kind: fc.constant('took' as const), slot: fc.nat(5), path: fc.nat(5), ns: fc.nat(1000), size: fc.nat(1500) }),
  fc.record({ kind: fc.constant('forget' as const), slot: fc.nat(5) }),
  fc.record({ kind: fc.constant('forgetLeft' as const), slot: fc.nat(5) }),
);

test('what is kept of each way is what a list would have kept, however often rows are used again', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 200 }), (steps) => {
      const uses = new Uses(paths, ports, new Stations());
      const model = new Map<number, Known[]>();
      const words = new Int32Array(HOP_WORDS);
      const doubles = new Float64Array(words.buffer);
      for (const s of steps) {
        const known = model.get(s.slot) ?? [];
        if (s.kind === 'forget') {
          uses.forget(s.slot);
          model.delete(s.slot);
        } else if (s.kind === 'forgetLeft') {
          uses.forgetLeft(s.slot, 100);
          // The only one is never left.
          if (known.length > 1)
            model.set(
              s.slot,
              known.filter((one) => !known.some((other) => other.firstNs > one.lastNs + 100)),
            );
        } else {
          const before = known.find((one) => one.path === s.path);
          if (before === undefined) {
            const use = uses.add(s.slot, paths[s.path], s.ns, s.size);
            for (let n = 0; n <= s.path; n++) {
              doubles[HOP.ns] = s.ns + n;
              words[HOP.where] = n;
              words[HOP.frame] = s.size * 10 + n;
              words[HOP.ttls] = 64 - n;
              uses.setHop(use, n, words, 0);
            }
            known.unshift({ path: s.path, count: 1, longest: s.size, firstNs: s.ns, lastNs: s.ns });
          } else {
            let use = uses.head(s.slot);
            while (uses.pathOf(use).id !== s.path) use = uses.next(use);
            uses.note(use, s.ns, s.size);
            before.count++;
            before.lastNs = s.ns;
            before.longest = Math.max(before.longest, s.size);
          }
          model.set(s.slot, known);
        }
      }
      for (let slot = 0; slot < 6; slot++) {
        const found = uses.of(slot, slot).map((use) => ({
          path: use.path.id,
          count: use.count,
          longest: use.longest,
          firstNs: use.hops[0].timeNs,
          lastNs: use.lastNs,
        }));
        expect(found).toEqual(model.get(slot) ?? []);
        for (const use of uses.of(slot, slot)) {
          expect(use.conversation).toBe(slot);
          expect(use.hops.map((hop) => hop.ttl)).toEqual(use.path.hops.map((_, n) => 64 - n));
          expect(use.hops.map((hop) => hop.source)).toEqual(use.path.hops.map((hop) => hop.source));
        }
      }
    }),
    { numRuns: times(250, 1000) },
  );
});
