// The journeys of conversations, as expectations look at them: translated halves joined, hops with their points.

import type { Conversation, Direction } from '../facts/conversation.js';
import type { Facts } from '../facts/facts.js';
import { hopText } from '../flows/ports.js';
import type { HopExample, PathHop, PathUse } from '../flows/uses.js';
import type { EvidenceDraft } from '../rules/rule.js';
import type { Chosen } from './frames.js';
import type { SeenHop } from './hops.js';

export interface Journey {
  readonly hops: readonly SeenHop[];
  readonly evidence: readonly EvidenceDraft[];
  readonly count: number;
  readonly firstNs: number;
  readonly lastNs: number;
}

interface Step {
  /** Where it stands beside the hops of the use at hand: before them (less than 0) or after them; 0: time tells. */
  readonly rank: number;
  readonly hop: PathHop;
  readonly example: HopExample;
  readonly evidence: EvidenceDraft;
}

const stepsOf = (facts: Facts, use: PathUse, rank = 0): Step[] =>
  use.path.hops.map((hop, i) => ({ rank, hop, example: use.hops[i], evidence: { mark: facts.paths.mark(use, i) } }));

/** The journeys of one direction, most packets first. What leaves translated goes on as the packet that it became. */
export function journeys(facts: Facts, direction: Direction, sources: (source: number) => boolean): Journey[] {
  return direction.paths
    .map((use) => {
      const own = stepsOf(facts, use);
      const more = translated(facts, direction, use);
      // What a translation joins is told apart by time, where both are seen by the same packet.
      const byTime = (x: Step, y: Step) => x.rank - y.rank || x.example.timeNs - y.example.timeNs;
      const all = more.length === 0 ? own : [...own, ...more].sort(byTime);
      const steps = all.filter(({ evidence }) => sources(evidence.mark.capture));
      return {
        hops: steps.map(({ hop }) => seenHop(facts, hop)),
        evidence: steps.map((step) => step.evidence),
        count: use.count,
        firstNs: use.hops[0].timeNs,
        lastNs: use.lastNs,
      };
    })
    .filter(({ hops }) => hops.length > 0)
    .sort((x, y) => y.count - x.count);
}

/** The conversation is what became of another one behind a translation. */
export const isTranslated = (facts: Facts, conversation: Conversation): boolean =>
  facts.translation.of(conversation).some((other) => other.request.firstNs < conversation.request.firstNs);

/**
 * The hops under other addresses of the packets that took `use`: before and after each translation on their way. Paths of both halves need not
 * begin with the same packet: a point that starts to capture in between splits one of them.
 */
function translated(facts: Facts, { conversation, isReply }: Direction, use: PathUse): Step[] {
  const apart = (x: PathUse, y: PathUse) => Math.max(x.hops[0].timeNs - y.lastNs, y.hops[0].timeNs - x.lastNs);
  const near = (candidate: PathUse) => Math.abs(candidate.hops[0].timeNs - use.hops[0].timeNs);
  const steps: Step[] = [];
  for (const [onward, back, sign] of [
    ['translatedTo', 'translatedFrom', 1],
    ['translatedFrom', 'translatedTo', -1],
  ] as const) {
    const seen = new Set([conversation.uid]);
    let rank = 0;
    for (let one: PathUse | undefined = use; one !== undefined; ) {
      const here: PathUse = one;
      const other = here[onward] < 0 || seen.has(here[onward]) ? null : facts.conversation(here[onward]);
      seen.add(here[onward]);
      rank += sign;
      [one] = (other === null ? [] : other.directions[isReply ? 1 : 0].paths)
        .filter((candidate) => candidate[back] === here.conversation && apart(candidate, here) <= SAME_PACKET_NS)
        .sort((x, y) => near(x) - near(y));
      if (one !== undefined) steps.push(...stepsOf(facts, one, near(one) <= SAME_PACKET_NS ? 0 : rank));
    }
  }
  return steps;
}

/** A router translates and sends on within this time. */
const SAME_PACKET_NS = 0.25e9;

/**
 * A part of a journey of another packet of the same TCP direction, which lost nothing: a network card merged this segment into one that was seen
 * further on, or cut it out of one that was seen before.
 */
export const isPartOfOne = (direction: Direction, { hops }: Journey, whole: readonly Journey[]): boolean =>
  direction.conversation.isTcp &&
  direction.retransmissions === 0 &&
  whole.some((one) => {
    let at = 0;
    for (const hop of one.hops) if (at < hops.length && isSame(hop, hops[at])) at++;
    return at === hops.length;
  });

const isSame = (x: SeenHop, y: SeenHop): boolean =>
  x.point === y.point && x.direction === y.direction && x.interface === y.interface && x.carrier === y.carrier;

const seenHop = (facts: Facts, hop: PathHop): SeenHop => {
  const port = facts.interfaces.of(hop.port);
  return {
    point: port.point,
    direction: hop.direction,
    interface: port.name,
    carrier: hop.edge < 0 ? 'bare' : facts.tunnels.edge(hop.edge).kind,
  };
};

/** `in eth1 → out eth2`; with points where there are several. */
export function showPath(facts: Facts, hops: readonly SeenHop[]): string {
  const several = new Set(facts.captures.map((c) => c.point)).size > 1;
  const text = (hop: SeenHop) =>
    `${several ? `${hop.point} ` : ''}${hopText(hop.direction, hop.interface)}${hop.carrier === 'bare' ? '' : ` (${hop.carrier})`}`;
  return hops.map(text).join(' → ');
}

/** The frame with the other sights of its packet, where they are known; else the frame alone. */
export function journeyOf(facts: Facts, { mark, uid, way }: Chosen): EvidenceDraft[] {
  const conversation = uid < 0 ? null : facts.conversation(uid);
  if (conversation !== null)
    for (const use of conversation.directions[way].paths)
      if (use.hops.some((hop) => hop.frame === mark.frame && hop.source === mark.source))
        return stepsOf(facts, use).map((step) => step.evidence);
  return [{ mark }];
}
