// Networks that are built of namespaces and broken in all the ways that the rules know: each fault must be named, by the capture of all
// nodes and of each alone, with and without a topology; and when it is repaired, by the command that was printed where there is one,
// nothing may be said any more.
import { describe, expect, it } from 'vitest';
import { loaded } from '../cli/loaded.js';
import { some } from '../thorough.js';
import { type Fault, healthy, trial } from './fault.js';
import { filters } from './filters.js';
import { lacking, obstacle } from './lab.js';
import { neighbours } from './neighbours.js';
import { OVERLAY_HEALTHY, overlays } from './overlays.js';
import { HEALTHY, routes } from './routes.js';
import { services } from './services.js';
import { NARROW, size } from './size.js';
import { TWICE_HEALTHY, translation } from './translation.js';

const FAMILIES: Readonly<Record<string, readonly Fault[]>> = {
  routes,
  neighbours,
  overlays,
  translation,
  size,
  filters,
  services,
};
/** Most of the time of a lab is waiting for answers that do not come: several share it. */
const WITHIN_MS = 180_000;

/** Five runs of the program a lab: one process for all of them. */
const hopscope = loaded();

const why = obstacle();
if (why !== null) console.warn(`test/e2e/faults: skipped, ${why}`);

/** Why this kernel cannot have it; null when it can. */
function reason(needs: string | undefined, name: string): string | null {
  const lack = needs === undefined ? null : lacking(needs);
  if (lack !== null) console.warn(`test/e2e/faults: "${name}" skipped, ${lack}`);
  return lack;
}

describe.skipIf(why !== null)('healthy networks', () => {
  it.concurrent.each(some([OVERLAY_HEALTHY, HEALTHY, TWICE_HEALTHY, NARROW], 2))(
    '$name',
    async (network) => {
      expect(await healthy(network, hopscope)).toEqual([]);
    },
    WITHIN_MS,
  );
});

describe.skipIf(why !== null)('faults', () => {
  // A lab costs two seconds of the processor: each eighth one of a kind is built where not all are.
  const tried = Object.entries(FAMILIES).flatMap(([family, faults]) => some(faults, 8).map((fault) => ({ family, fault })));
  for (const { family, fault } of tried) {
    const cannot = why ?? reason(fault.needs, fault.name);
    (cannot === null ? it.concurrent : it.skip)(
      `of ${family}: ${fault.name}`,
      async () => {
        expect(await trial(fault, hopscope)).toEqual([]);
      },
      WITHIN_MS,
    );
  }
});
