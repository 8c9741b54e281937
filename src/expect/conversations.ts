// What is expected of conversations: chosen by who asks whom, then held against what the other keys ask.

import type { Conversation } from '../facts/conversation.js';
import type { Facts } from '../facts/facts.js';
import type { EvidenceDraft } from '../rules/rule.js';
import type { Path } from '../topology/document.js';
import { blindness, doubt, unsure } from './doubt.js';
import { asEvidence } from './evidence.js';
import type { Fault } from './fault.js';
import { Frames, TOO_MANY } from './frames.js';
import { journeyOf, journeys } from './journey.js';
import type { Judge } from './key.js';
import { exceptOf } from './keys/except.js';
import { many, type Outcome, showCount, some } from './outcome.js';
import type { Builder } from './plan.js';
import { type FlowSelector, hostsOf, selects } from './selector.js';
import type { Selector } from './shapes.js';
import { UidSet, type Uids } from './uid-set.js';
import { inBounds } from './units.js';
import { wantedCount } from './wanted-count.js';
import { outsideAll, shorter, unwatched } from './windows.js';

/**
 * Judges the conversations of a selector, which is written at `path`. `leftOut`: those that it chooses and that are not what is
 * meant all the same.
 */
export function conversationsThat(
  b: Builder,
  chosenBy: Selector | string,
  path: Path,
  leftOut: ((facts: Facts, conversation: Conversation) => boolean) | null = null,
): Judge {
  const selector = b.selector(chosenBy, path);
  const except = exceptOf(b);
  const excluded = b.plan.uids();
  for (const filter of except.filters)
    b.plan.watch(filter, (t) => {
      if (t.conversation >= 0) excluded.add(t.conversations.uid[t.conversation]);
    });

  const holds = b.holds();
  const tests = holds.flatMap((hold) => hold.conversation ?? []);
  const frames = new Frames(
    b.plan.uids(),
    holds.flatMap((hold) => hold.frame ?? []),
  );
  const takers = holds.flatMap((hold) => hold.take ?? []);
  if (takers.length > 0 || holds.some((hold) => hold.frame !== undefined))
    b.watch(b.framesOf(selector), { filters: [], selectors: except.selectors }, (t) => {
      if (selector.where >= 0 && !selector.marked.has(t.conversations.uid[t.conversation])) return;
      frames.take(t);
      for (let i = 0; i < takers.length; i++) takers[i](t);
    });

  const count = wantedCount(b);
  const wanted = [showCount(count, 'conversation'), ...holds.map((hold) => hold.text)];
  const expected = wanted.filter(Boolean).join(', ') || 'such conversations';
  const known = hostsOf(selector);
  const hosts = known === null ? null : new Set(known);

  const isChosen = (facts: Facts, by: FlowSelector, { slot, uid }: Conversation): boolean =>
    selects(by, facts.tracker, slot) && (by.where < 0 || by.marked.has(uid));
  const isMeant = (facts: Facts, conversation: Conversation): boolean => {
    const { initiator, responder, uid } = conversation;
    if (hosts !== null && !hosts.has(initiator.d) && !hosts.has(responder.d)) return false;
    if (b.during?.(conversation.seenDirection.firstNs) === false) return false;
    if (!isChosen(facts, selector, conversation) || excluded.has(uid)) return false;
    if (leftOut?.(facts, conversation) === true) return false;
    // An ICMP error is about another conversation, and nobody answers it.
    if (selector.where < 0 && facts.errors.isError(conversation)) return false;
    return !except.selectors.some((s) => isChosen(facts, s, conversation));
  };
  // Chosen anew where it is asked for: what many suites have chosen takes more room than all else that the run has taught.
  const coversOf = (facts: Facts) => (): Uids => {
    const uids = new UidSet();
    for (const conversation of facts.conversationsThat((one) => isMeant(facts, one) && seenAt(facts, one, b.sources))) {
      uids.add(conversation.uid);
      // What becomes of it behind a translation is the same conversation.
      for (const other of facts.translation.of(conversation)) uids.add(other.uid);
    }
    return uids;
  };

  return (facts) => {
    const meant = facts.conversationsThat((conversation) => isMeant(facts, conversation));
    const chosen = meant.filter((conversation) => seenAt(facts, conversation, b.sources));
    const covers = coversOf(facts);
    const outcome = (verdict: Outcome['verdict'], seen: string, evidence: readonly EvidenceDraft[], about: number[] = []) => ({
      verdict,
      expected,
      seen,
      evidence,
      count: chosen.length,
      about,
      covers,
    });
    if (!inBounds(chosen.length, count)) {
      const back = chosen.length === 0 ? turnedRound(facts, selector) : 0;
      // What runs the other way round was there, and is another one than was meant.
      const missed = back > 0 ? null : notThen(facts, meant, chosen, b.sources, selector);
      const why = chosen.length < count.least ? (doubt(facts, b.sources) ?? missed) : null;
      const none = back === 0 ? 'no such conversation' : `no such conversation; ${back} the other way round`;
      const seen = chosen.length === 0 ? none : many(chosen.length, 'conversation');
      return outcome(
        why === null ? 'fail' : 'inconclusive',
        why === null ? seen : `${seen}; ${why}`,
        chosen.slice(0, 3).map((conversation) => ({ mark: conversation.request.first })),
      );
    }
    const faults = chosen.flatMap((conversation) => {
      for (const test of tests) {
        const fault = test(facts, conversation);
        if (fault !== null) return [uncertain(facts, fault)];
      }
      return [];
    });
    const sure = faults.filter((fault) => !fault.open);
    if (sure.length > 0)
      return {
        ...outcome(
          'fail',
          tell(sure, chosen.length),
          sure[0].evidence,
          sure.map(({ conversation }) => conversation.uid),
        ),
        ...(sure[0].wanted !== undefined && { wanted: sure[0].wanted }),
      };
    if (frames.wrong > 0) {
      const first = frames.firstWrong[0];
      const reasons = [...frames.reasons].map(([reason, n]) => `${reason} (${many(n, 'frame')})`);
      return outcome('fail', some(reasons), journeyOf(facts, first), [first.uid]);
    }
    for (const hold of holds) {
      const shown = hold.whole?.(facts, chosen) ?? null;
      if (shown === null) continue;
      const { seen, marks, about, absence, open } = shown;
      // What rests on frames that were not seen is open where the capture may have missed them.
      const why = absence ? blindness(facts, b.sources) : null;
      return outcome(
        why === null && open !== true ? 'fail' : 'inconclusive',
        why === null ? seen : `${seen}; ${why}`,
        marks.map(asEvidence),
        about,
      );
    }
    if (holds.some((hold) => hold.isFull?.())) return outcome('inconclusive', TOO_MANY, []);
    if (faults.length > 0) return outcome('inconclusive', tell(faults, chosen.length), faults[0].evidence);
    const evidence = chosen.length === 0 ? [] : (journeys(facts, chosen[0].request, b.sources)[0]?.evidence ?? []);
    const why = unsure(facts, count, b.sources);
    if (why !== null) return outcome('inconclusive', `${many(chosen.length, 'conversation')}, but ${why}`, evidence);
    return outcome('pass', many(chosen.length, 'conversation'), evidence);
  };
}

/** `in eth1 → out eth0 (3 of 4 conversations, the first 172.20.0.96 → 172.20.2.1 icmp)`. */
function tell(faults: readonly Fault[], all: number): string {
  const byKind = new Map<string, Fault[]>();
  for (const fault of faults) byKind.set(fault.said, [...(byKind.get(fault.said) ?? []), fault]);
  const lines = [...byKind]
    .sort(([, x], [, y]) => y.length - x.length)
    .map(([said, list]) => {
      const of = all === 1 ? '' : `${list.length} of ${all} conversations, the first `;
      return `${said} (${of}${nameOf(list[0].conversation)})`;
    });
  return some(lines);
}

export function nameOf(conversation: Conversation): string {
  const { srcPort, dstPort } = conversation.ports;
  const end = (ip: string, port: number | null) => (port === null ? ip : ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`);
  return `${end(String(conversation.initiator), srcPort)} → ${end(String(conversation.responder), dstPort)} ${conversation.protoName}`;
}

const seenAt = (facts: Facts, conversation: Conversation, sources: (source: number) => boolean): boolean =>
  facts.captures.every((_, i) => sources(i)) ||
  conversation.directions.some(({ paths }) => paths.some((use) => use.path.hops.some((hop) => sources(hop.source))));

/** Those that were not seen at these points passed, or may have passed, while they did not capture: why; null where some did not. */
function notThen(
  facts: Facts,
  meant: readonly Conversation[],
  chosen: readonly Conversation[],
  sources: (source: number) => boolean,
  selector: FlowSelector,
): string | null {
  const missed = meant.filter((conversation) => !chosen.includes(conversation));
  if (missed.length === 0) return neverCaptured(facts, chosen, sources, selector);
  const whys = missed.map(({ seenDirection }) => unwatched(facts, sources, seenDirection));
  return whys.includes(null) ? null : (whys[0] ?? null);
}

/**
 * Why a conversation may have passed that no point has seen: some points captured for a shorter time than others, and all that it could
 * have passed were among them. It passes where others between its two hosts were seen; where only one of its ends is known, or is a
 * network, it may pass only some of the points where the others were.
 */
function neverCaptured(
  facts: Facts,
  chosen: readonly Conversation[],
  sources: (source: number) => boolean,
  selector: FlowSelector,
): string | null {
  const why = shorter(facts, sources);
  if (why === null) return null;
  const akin = chosen.length > 0 ? chosen : alike(facts, selector);
  const isOnePath = isHosts(selector.src) && isHosts(selector.dst);
  const places = akin.map((conversation) => pointsOf(conversation).filter(sources));
  const could = places
    .filter((list) => list.length > 0)
    .map((list) => (isOnePath ? outsideAll(facts, list) : shorter(facts, (source) => list.includes(source))));
  return could.length === 0 ? why : (could.find((one) => one !== null) ?? null);
}

const isHosts = (list: FlowSelector['src']): boolean => list?.every(({ isHost }) => isHost) === true;

/** Conversations of the same hosts, whatever they speak and whoever asks; none where the selector names no host. */
function alike(facts: Facts, selector: FlowSelector): readonly Conversation[] {
  if (selector.src === null && selector.dst === null && selector.either === null) return [];
  const hosts = { ...selector, srcPort: null, dstPort: null, proto: null };
  const back = { ...hosts, src: selector.dst, dst: selector.src };
  return facts.conversationsThat(({ slot }) => selects(hosts, facts.tracker, slot) || selects(back, facts.tracker, slot));
}

/** Captures that saw some of its packets. */
const pointsOf = ({ directions }: Conversation): number[] => [
  ...new Set(directions.flatMap(({ paths }) => paths.flatMap(({ path }) => path.hops.map(({ source }) => source)))),
];

/** Conversations whose responder and initiator are those that are asked for as initiator and responder. */
function turnedRound(facts: Facts, selector: FlowSelector): number {
  const turned = { ...selector, src: selector.dst, dst: selector.src, srcPort: selector.dstPort, dstPort: selector.srcPort };
  return facts.conversationsThat(({ slot }) => selects(turned, facts.tracker, slot)).length;
}

/** What was not seen may be missing from the capture only. */
function uncertain(facts: Facts, fault: Fault): Fault {
  if (!fault.absence || fault.open) return fault;
  const sources = new Set(fault.evidence.map((e) => e.mark.source));
  for (const source of sources) {
    const filter = facts.doubts.halfFilter(source);
    if (filter !== null) return { ...fault, open: true, said: `${fault.said}; the capture filter '${filter}' hides one half` };
  }
  const why = doubt(facts, (source) => sources.has(source));
  return why === null ? fault : { ...fault, open: true, said: `${fault.said}; ${why}` };
}
