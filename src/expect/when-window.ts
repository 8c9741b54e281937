// `when`: the time that an expectation is about.
import type { Facts } from '../facts/facts.js';
import type { Sources } from './doubt.js';
import { momentNs } from './moments.js';
import type { Plan } from './plan.js';
import { FORWARD_WITHIN_NS } from './windows.js';

export interface TimeWindow {
  /** Ends of the time, both included, on the run's clock. */
  readonly fromNs: () => number;
  readonly toNs: () => number;
  /** Why a part of it was not captured at these points, or null. */
  unwatched(facts: Facts, sources: Sources): string | null;
}

type Written = { readonly from?: string | number | undefined; readonly to?: string | number | undefined };

export function windowOf({ from, to }: Written, plan: Plan): TimeWindow {
  const end = (value: string | number | undefined, open: number) =>
    value === undefined ? () => open : (momentNs(value, () => plan.zeroSeconds()) ?? (() => open));
  const fromNs = end(from, Number.NEGATIVE_INFINITY);
  const toNs = end(to, Number.POSITIVE_INFINITY);
  return {
    fromNs,
    toNs,
    unwatched(facts, sources) {
      for (const [source, { point }] of facts.captures.entries()) {
        const seen = sources(source) ? facts.doubts.window(source) : null;
        if (seen === null) continue;
        if (from !== undefined && seen.firstNs > fromNs() + FORWARD_WITHIN_NS)
          return `the capture at ${point} begins after ${from}`;
        if (to !== undefined && seen.lastNs < toNs() - FORWARD_WITHIN_NS) return `the capture at ${point} ends before ${to}`;
      }
      return null;
    },
  };
}
