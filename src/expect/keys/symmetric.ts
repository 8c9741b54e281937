import { DIRECTION } from '../../capture/frame.js';
import type { Facts } from '../../facts/facts.js';
import type { Sources } from '../doubt.js';
import type { SeenHop } from '../hops.js';
import { isPartOfOne, type Journey, journeys, showPath } from '../journey.js';
import { type Hold, key } from '../key.js';
import { only } from '../shapes.js';
import { atBothEnds, atTheEdge, notWatching } from '../windows.js';

export default key({
  key: 'symmetric',
  shape: only.describe('The packets back take the same hops the other way round'),
  beside: ['flow', 'nat'],
  means: '`true`: the packets back take the hops of the requests, the other way round',
  hold: (_, b) => ({ text: 'the same path back', conversation: symmetric(b.sources) }),
});

const turned = (direction: number): number =>
  direction === DIRECTION.in ? DIRECTION.out : direction === DIRECTION.out ? DIRECTION.in : direction;

const keyOf = (hops: readonly SeenHop[], away: ReadonlySet<string>): string =>
  hops
    .filter(({ point }) => !away.has(point))
    .map((hop) => `${hop.point} ${hop.direction} ${hop.interface} ${hop.carrier}`)
    .join('\n');
const mirrored = (hops: readonly SeenHop[]): SeenHop[] =>
  hops.toReversed().map((hop) => ({ ...hop, direction: turned(hop.direction) }));

function symmetric(sources: Sources): NonNullable<Hold['conversation']> {
  return (facts, conversation) => {
    const { request, reply } = conversation;
    const [there, back] = [request, reply].map((direction) => journeys(facts, direction, sources));
    if (there.length === 0)
      return { conversation, said: 'no packet of the one who asks', evidence: [{ mark: reply.first }], absence: true };
    if (back.length === 0) return { conversation, said: 'no packet back', evidence: [{ mark: request.first }], absence: true };
    const known = new Set(there.map(({ hops }) => keyOf(mirrored(hops), NOWHERE)));
    const same = back.filter(({ hops }) => known.has(keyOf(hops, NOWHERE)));
    const stray = back.find((one) => !same.includes(one) && !isPartOfOne(reply, one, same));
    if (stray === undefined) return null;
    const why = there.map((one) => asFarAsSeen(facts, sources, one, stray)).find((one) => one !== null) ?? null;
    const said = `back by ${showPath(facts, stray.hops)}`;
    return { conversation, said: why === null ? said : `${said}; ${why}`, evidence: stray.evidence, open: why !== null };
  };
}

const NOWHERE: ReadonlySet<string> = new Set();

/** Why two journeys are each other's mirror as far as they could be seen; null where they are not. */
function asFarAsSeen(facts: Facts, sources: Sources, there: Journey, back: Journey): string | null {
  const away = new Map<string, string>();
  for (const [source, { point }] of facts.captures.entries()) {
    if (!sources(source)) continue;
    for (const one of [there, back]) {
      // What was seen there was not missed there, but for a part of one packet.
      const seen = one.hops.filter((hop) => hop.point === point).length;
      if (seen > 1 || (seen === 1 && one.count > 1)) continue;
      const why =
        notWatching(facts, source, one.firstNs, one.lastNs) ??
        atTheEdge(facts, source, one) ??
        atBothEnds(facts, source, one.firstNs, one.lastNs);
      if (why !== null) away.set(point, why);
    }
  }
  if (away.size === 0) return null;
  const names = new Set(away.keys());
  return keyOf(mirrored(there.hops), names) === keyOf(back.hops, names) ? [...away.values()].join(', ') : null;
}
