// `loss: { between }`: packets that were seen at one place and never at another one on their way.
import type { Conversation, Direction } from '../facts/conversation.js';
import type { Facts } from '../facts/facts.js';
import type { EvidenceDraft } from '../rules/rule.js';
import type { Sources } from './doubt.js';
import type { Shown } from './fault.js';
import { hopMatches, parseHop, type SeenHop } from './hops.js';
import { type Journey, journeys } from './journey.js';
import { showShare } from './units.js';
import { FORWARD_WITHIN_NS, notWatching } from './windows.js';

interface Place {
  readonly point: string | null;
  is(hop: SeenHop): boolean;
}

function placeOf(text: string): Place {
  const hop = text.includes(' ') ? parseHop(text) : null;
  return hop === null
    ? { point: text, is: ({ point }) => point === text }
    : { point: hop.point, is: (seen) => hopMatches(hop, seen) };
}

interface Count {
  sent: number;
  lost: number;
  /** Of which it cannot be told. */
  open: number;
  evidence: readonly EvidenceDraft[];
  readonly about: Set<number>;
}

/** The share that did not come from one place to the other, there or back; null when it is within the limit. */
export function lostBetween(
  facts: Facts,
  chosen: readonly Conversation[],
  between: readonly [string, string],
  limit: number,
  sources: Sources,
): Shown | null {
  const [from, to] = [placeOf(between[0]), placeOf(between[1])];
  const count: Count = { sent: 0, lost: 0, open: 0, evidence: [], about: new Set() };
  for (const conversation of chosen) {
    add(facts, conversation.request, from, to, sources, count);
    add(facts, conversation.reply, to, from, sources, count);
  }
  const { sent, lost, open, about } = count;
  const shown = { marks: count.evidence.map(({ mark }) => mark), about: [...about], absence: true };
  if (sent === 0) return { ...shown, seen: `no packet was seen at ${between.join(' or at ')} that the other could have seen` };
  const said = (n: number) => `${n} of ${sent} lost between ${between.join(' and ')} (${showShare(n / sent)})`;
  if (lost / sent > limit) return { ...shown, seen: said(lost) };
  if ((lost + open) / sent > limit)
    return { ...shown, seen: `${said(lost + open)}, some of which passed while one of them did not capture`, open: true };
  return null;
}

function add(facts: Facts, direction: Direction, from: Place, to: Place, sources: Sources, count: Count): void {
  const all = journeys(facts, direction, sources).filter(({ hops }) => hops.some((hop) => from.is(hop)));
  let missing: Journey[] = [];
  let missed = 0;
  let came = 0;
  for (const journey of all) {
    const hasCome = journey.hops.some((hop) => to.is(hop));
    if (!hasCome && wasAway(facts, to, journey)) continue;
    count.sent += journey.count;
    if (hasCome) {
      came += journey.count;
      continue;
    }
    missing.push(journey);
    missed += journey.count;
  }
  // Network cards merge and cut segments, so that those of two places are not the same; what is lost is sent again.
  if (came > 0 && direction.conversation.isTcp && missed > direction.retransmissions) {
    missed = direction.retransmissions;
    if (missed === 0) missing = [];
  }
  if (missing.length === 0) return;
  const isOpen = missing.some((journey) => wasPartlyAway(facts, to, journey));
  if (isOpen) count.open += missed;
  else count.lost += missed;
  if (count.evidence.length === 0) count.evidence = missing[0].evidence;
  count.about.add(direction.conversation.uid);
}

const capturesOf = (facts: Facts, { point }: Place): number[] =>
  [...facts.captures.keys()].filter((source) => point === null || facts.captures[source].point === point);

/** The place did not capture when these packets passed. */
const wasAway = (facts: Facts, place: Place, { firstNs, lastNs }: Journey): boolean =>
  capturesOf(facts, place).some((source) => notWatching(facts, source, firstNs, lastNs) !== null);

/** Some of these packets may have passed while it did not. */
const wasPartlyAway = (facts: Facts, place: Place, { firstNs, lastNs }: Journey): boolean =>
  capturesOf(facts, place).some((source) => {
    const window = facts.doubts.window(source);
    return window !== null && (firstNs < window.firstNs || lastNs > window.lastNs - FORWARD_WITHIN_NS);
  });
