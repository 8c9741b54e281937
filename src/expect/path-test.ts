// `path` and `returnPath`: the hops of each journey of a conversation.
import type { Facts } from '../facts/facts.js';
import type { Sources } from './doubt.js';
import type { Fault, WantedPath } from './fault.js';
import { type HopPattern, hopMatches, parseHop, takesPath } from './hops.js';
import { isPartOfOne, type Journey, journeys, showPath } from './journey.js';
import type { Hold, NamedPlace } from './key.js';
import { atBothEnds, atTheEdge, FORWARD_WITHIN_NS, notWatching } from './windows.js';

/** Capture points and interfaces that hops name. */
export const pointsOfHops = (key: string, hops: readonly string[]): NamedPlace[] =>
  hops.map((text, i) => {
    const hop = parseHop(text);
    return { point: hop?.point ?? null, interface: hop?.interface ?? null, path: [key, i] };
  });

/** `way`: 0 for the packets of the initiator, 1 for those back. */
export function pathTest(path: readonly string[], way: 0 | 1, sources: Sources): Hold['conversation'] {
  const patterns = path.map((text) => parseHop(text) as HopPattern);
  const wanted: WantedPath = { isReply: way === 1, hops: patterns.filter(({ any, interface: name }) => !any && name !== '*') };
  return (facts, conversation) => {
    const all = journeys(facts, conversation.directions[way], sources);
    if (all.length === 0)
      return way === 0
        ? { conversation, said: 'no packet of the one who asks', evidence: [{ mark: conversation.reply.first }], wanted }
        : { conversation, said: 'no packet back', evidence: [{ mark: conversation.request.first }], absence: true, wanted };
    const whole = all.filter((journey) => takesPath(patterns, journey.hops));
    const isSeenWhole = whole.length > 0;
    const stray = all.filter((one) => !whole.includes(one) && !isPartOfOne(conversation.directions[way], one, whole));
    let part: Fault | null = null;
    for (const journey of stray) {
      const fault: Fault = { conversation, said: showPath(facts, journey.hops), evidence: journey.evidence, wanted };
      const why = unseenPart(facts, journey, patterns, sources, isSeenWhole);
      if (why === null)
        return { ...fault, open: cutShort(facts, journey, patterns), absence: journey.hops.length < patterns.length };
      part ??= { ...fault, said: `${fault.said}; ${why}`, open: true };
    }
    // What was asked of some packets need not be asked of those that passed while a point did not capture.
    return isSeenWhole ? null : part;
  };
}

/**
 * Why a journey takes the path as far as it could be seen: points that should have seen it did not capture then. Null when there is no such
 * point, or when the journey is another one all the same. `isSeenWhole`: other packets of the conversation took the whole path.
 */
function unseenPart(
  facts: Facts,
  { hops, count, firstNs, lastNs }: Journey,
  patterns: readonly HopPattern[],
  sources: Sources,
  isSeenWhole: boolean,
): string | null {
  const away = new Map<string, string>();
  for (const [source, { point }] of facts.captures.entries()) {
    const wanted = patterns.filter((pattern) => !pattern.any && (pattern.point ?? point) === point);
    if (!sources(source) || wanted.length === 0) continue;
    // One packet may meet the first or the last moment of a capture: some of its hops there are seen, and some are not.
    const seen = hops.filter((hop) => hop.point === point);
    if (seen.length > 0 && (count > 1 || !seen.every((hop) => wanted.some((pattern) => hopMatches(pattern, hop))))) continue;
    const why =
      notWatching(facts, source, firstNs, lastNs) ??
      atTheEdge(facts, source, { count, firstNs, lastNs }) ??
      (isSeenWhole ? atBothEnds(facts, source, firstNs, lastNs) : null);
    if (why !== null) away.set(point, why);
  }
  if (away.size === 0) return null;
  const asked = patterns.filter(({ any, point }) => any || point === null || !away.has(point));
  // Where no point is named, hops at any point may be those that are missing.
  const isTaken = asked.some((pattern) => !pattern.any && pattern.point === null)
    ? hops.length < asked.length
    : takesPath(
        asked,
        hops.filter(({ point }) => !away.has(point)),
      );
  return isTaken ? [...away.values()].join(', ') : null;
}

/** The capture ended, or began, in the middle of the journey. */
function cutShort(facts: Facts, journey: Journey, patterns: readonly HopPattern[]): boolean {
  const shorter = journey.hops.length < patterns.filter((p) => !p.any).length;
  return shorter && journey.count === 1 && facts.doubts.untilNs - journey.lastNs < FORWARD_WITHIN_NS;
}
