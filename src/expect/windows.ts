// Each point captures from its first frame to its last: what passed before or after that cannot be asked for there.
import type { Direction } from '../facts/conversation.js';
import type { Facts } from '../facts/facts.js';
import type { Sources } from './doubt.js';

/** A router sends a packet on within this time: one that is younger when a capture ends may not have come there yet. */
export const FORWARD_WITHIN_NS = 10e6;

/**
 * Why packets from `firstNs` to `lastNs` may have passed this point unseen; null when it captured then, or at a part of that time. A capture
 * without a frame tells no time: it is taken for one that ran all along, and to which nothing came.
 */
export function notWatching(facts: Facts, source: number, firstNs: number, lastNs: number): string | null {
  const { point } = facts.captures[source];
  const window = facts.doubts.window(source);
  if (window === null) return null;
  if (lastNs < window.firstNs) return `the capture at ${point} begins later`;
  return firstNs > window.lastNs - FORWARD_WITHIN_NS ? `the capture at ${point} ends earlier` : null;
}

/** These packets passed before the point captured and after it, and perhaps none of them while it did. */
export function atBothEnds(facts: Facts, source: number, firstNs: number, lastNs: number): string | null {
  const { point } = facts.captures[source];
  const window = facts.doubts.window(source);
  return window !== null && firstNs < window.firstNs && lastNs > window.lastNs - FORWARD_WITHIN_NS
    ? `the capture at ${point} begins later and ends earlier`
    : null;
}

/** One packet that met the first or the last moment of a capture: some of its hops there are seen, and some are not. */
export function atTheEdge(
  facts: Facts,
  source: number,
  { count, firstNs, lastNs }: { readonly count: number; readonly firstNs: number; readonly lastNs: number },
): string | null {
  const window = facts.doubts.window(source);
  if (window === null || count > 1) return null;
  const { point } = facts.captures[source];
  if (Math.abs(firstNs - window.firstNs) < FORWARD_WITHIN_NS) return `the capture at ${point} begins with it`;
  return Math.abs(window.lastNs - lastNs) < FORWARD_WITHIN_NS ? `the capture at ${point} ends with it` : null;
}

/** Why one of these points, none at which packets of this direction were seen, may have missed them: it did not capture then. */
export function unwatched(facts: Facts, sources: Sources, direction: Direction): string | null {
  const seenAt = new Set(direction.paths.flatMap(({ path }) => path.hops.map(({ source }) => facts.captures[source].point)));
  for (const [source, { point }] of facts.captures.entries()) {
    if (!sources(source) || seenAt.has(point)) continue;
    const why = notWatching(facts, source, direction.firstNs, direction.lastNs);
    if (why !== null) return why;
  }
  return null;
}

/** Why these points may have missed something that other points of the run were there for; null when they captured as long. */
export function shorter(facts: Facts, sources: Sources): string | null {
  const all = [...facts.captures.keys()].flatMap((source) => facts.doubts.window(source) ?? []);
  const firstNs = Math.min(...all.map((window) => window.firstNs));
  const lastNs = Math.max(...all.map((window) => window.lastNs));
  for (const source of facts.captures.keys()) {
    const window = sources(source) ? facts.doubts.window(source) : null;
    if (window === null) continue;
    const { point } = facts.captures[source];
    if (window.firstNs - firstNs > FORWARD_WITHIN_NS) return `the capture at ${point} begins later than others`;
    if (lastNs - window.lastNs > FORWARD_WITHIN_NS) return `the capture at ${point} ends earlier than others`;
  }
  return null;
}

/**
 * As `shorter`, of what passes all of these points: null where one of them captured at any time that another point did, give or take the
 * time that forwarding takes. Something lies wholly where none of them captured, or one would have seen it.
 */
export function outsideAll(facts: Facts, sources: readonly number[]): string | null {
  const all = [...facts.captures.keys()].flatMap((source) => facts.doubts.window(source) ?? []);
  const own = sources.flatMap((source) => facts.doubts.window(source) ?? []);
  if (own.length === 0) return null;
  const firstNs = Math.min(...all.map((window) => window.firstNs));
  const lastNs = Math.max(...all.map((window) => window.lastNs));
  const isOutside = (ns: number) =>
    own.every((window) => ns < window.firstNs - FORWARD_WITHIN_NS || ns > window.lastNs + FORWARD_WITHIN_NS);
  const moments = [firstNs, lastNs, ...own.map((window) => window.lastNs + FORWARD_WITHIN_NS + 1)];
  if (!moments.some((ns) => ns <= lastNs && isOutside(ns))) return null;
  return shorter(facts, (source) => sources.includes(source));
}
