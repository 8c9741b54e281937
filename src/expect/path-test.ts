// `path` and `returnPath`: the hops of each journey of a conversation.
import type { Facts } from '../facts/facts.js';
import type { Sources } from './doubt.js';
import { type HopPattern, parseHop, takesPath } from './hops.js';
import { type Journey, journeys, showPath } from './journey.js';
import type { Hold, NamedPlace } from './key.js';

/** Capture points and interfaces that hops name. */
export const pointsOfHops = (key: string, hops: readonly string[]): NamedPlace[] =>
  hops.map((text, i) => {
    const hop = parseHop(text);
    return { point: hop?.point ?? null, interface: hop?.interface ?? null, path: [key, i] };
  });

/** `way`: 0 for the packets of the initiator, 1 for those back. */
export function pathTest(path: readonly string[], way: 0 | 1, sources: Sources): Hold['conversation'] {
  const patterns = path.map((text) => parseHop(text) as HopPattern);
  return (facts, conversation) => {
    const all = journeys(facts, conversation.directions[way], sources);
    if (all.length === 0)
      return way === 0
        ? { conversation, said: 'no packet of the one who asks', evidence: [{ mark: conversation.reply.first }] }
        : { conversation, said: 'no packet back', evidence: [{ mark: conversation.request.first }], absence: true };
    const stray = all.find((journey) => !takesPath(patterns, journey.hops));
    if (stray === undefined) return null;
    const late = cutShort(facts, stray, patterns);
    return {
      conversation,
      said: showPath(facts, stray.hops),
      evidence: stray.evidence,
      open: late,
      absence: stray.hops.length < patterns.length,
    };
  };
}

/** The capture ended, or began, in the middle of the journey. */
function cutShort(facts: Facts, journey: Journey, patterns: readonly HopPattern[]): boolean {
  const shorter = journey.hops.length < patterns.filter((p) => !p.any).length;
  return shorter && journey.count === 1 && facts.nowNs - journey.lastNs < FORWARD_WITHIN_NS;
}

/** A router sends a packet on within this time. */
const FORWARD_WITHIN_NS = 10e6;
