// Why what was not seen may have been there all the same.
import type { Facts } from '../facts/facts.js';
import { many } from './outcome.js';
import type { Bounds } from './units.js';

/** Chooses captures by their number. */
export type Sources = (source: number) => boolean;

/** Frames may be missing from what was captured at these points. */
export function doubt(facts: Facts, sources: Sources): string | null {
  const incomplete = facts.doubts.incomplete();
  if (incomplete !== null) return incomplete;
  for (const [source, { point, broken }] of facts.captures.entries()) {
    if (!sources(source)) continue;
    if (facts.doubts.lossy(source)) return `the capture at ${facts.doubts.lack(source)}`;
    if (broken) return `the capture at ${point} could not be read to its end`;
    const cut = facts.doubts.counted[source].headersCut;
    if (cut > 0) return `the capture at ${point} has ${many(cut, 'frame')} whose headers are cut by the snapshot length`;
  }
  return null;
}

/** Frames captured at these points. */
export const framesAt = (facts: Facts, sources: Sources): number =>
  facts.doubts.counted.reduce((sum, state, source) => sum + (sources(source) ? state.frames : 0), 0);

/** As `doubt`, for what a capture filter may hide too: the packets back. */
export function blindness(facts: Facts, sources: Sources): string | null {
  for (const source of facts.captures.keys()) {
    const filter = sources(source) ? facts.doubts.halfFilter(source) : null;
    if (filter !== null) return `the capture filter '${filter}' hides one half`;
  }
  return doubt(facts, sources);
}

/** More may have been there than was captured: why a limit that holds is not sure to hold. */
export const unsure = (facts: Facts, { most }: Bounds, sources: Sources): string | null =>
  most === Number.POSITIVE_INFINITY ? null : doubt(facts, sources);
