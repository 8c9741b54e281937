// `flow` and `nat`: what is expected of conversations.

import type { Facts } from '../facts/facts.js';
import { type Mark, mark } from '../flows/mark.js';
import { PROTO } from '../flows/packet.js';
import type { Tracker } from '../flows/tracker.js';
import type { EvidenceDraft } from '../rules/rule.js';
import { asEvidence, blindness, compare, doubt, type Judge, shownTests, TOO_MANY, unsure, wantedCount } from './check-frames.js';
import { Frames, InnerTtls, showTunnel, wrongTunnel } from './frames.js';
import { type HopPattern, parseHop, takesPath } from './hops.js';
import { isTranslated, type Journey, journeyOf, journeys, showPath } from './journey.js';
import { within } from './names.js';
import { many, type Outcome, showCount, some } from './outcome.js';
import type { Builder } from './plan.js';
import type { Translation } from './schema.js';
import { type FlowSelector, hostsOf, isWho, selects, type Who } from './selector.js';
import { inBounds, nanoseconds, parseShare, showNs } from './units.js';

/** An answer may be under way for so long when the capture ends, where the expectation names no time. */
const ANSWER_WITHIN_NS = 1e9;

/** What one conversation does otherwise than expected. */
interface Fault {
  readonly c: number;
  /** Kind of fault, the same for all conversations with it. */
  readonly said: string;
  readonly evidence: readonly EvidenceDraft[];
  /** It cannot be told for certain. */
  readonly open?: boolean;
  /** It rests on packets that were not seen. */
  readonly absence?: boolean;
}

type Test = (facts: Facts, c: number) => Fault | null;

export function flow(b: Builder, id: string): Judge {
  const { spec } = b;
  const original = spec.flow === undefined && spec.nat !== undefined && spec.nat !== 'none' ? spec.nat.original : undefined;
  const selector = b.selector(spec.flow ?? original ?? {}, spec.flow === undefined ? ['nat', 'original'] : ['flow']);
  const except = b.except();
  const excluded = b.plan.uids();
  for (const filter of except.filters)
    b.plan.watch(filter, (t) => {
      if (t.conversation >= 0) excluded.add(t.conversations.uid[t.conversation]);
    });

  const frameTests = b.frameTests();
  const sides = b.sides();
  const ttls = (spec.ttl as { unchanged?: string } | undefined)?.unchanged !== undefined ? new InnerTtls() : null;
  const frames = new Frames(b.plan.uids(), frameTests);
  const rtts = spec.rtt === undefined ? null : new RoundTrips(b.plan.uids());
  if (frameTests.length > 0 || sides.length > 0 || ttls !== null || rtts !== null)
    b.watch(b.framesOf(selector, `flow ${id}`), { filters: [], selectors: except.selectors }, (t) => {
      if (selector.where >= 0 && !selector.marked.has(t.conversations.uid[t.conversation])) return;
      frames.take(t);
      ttls?.take(t);
      for (const one of sides) one.sides.take(t);
      rtts?.take(t);
    });

  const tests = conversationTests(b);
  const count = wantedCount(spec);
  const wanted = [showCount(count, 'conversation'), ...tests.map((test) => test.expected), ...shownTests(b)];
  const rttLimits = rtts === null ? null : limitsOf(spec.rtt as NonNullable<typeof spec.rtt>);
  if (rttLimits !== null) wanted.push(rttLimits.text);
  if (spec.loss !== undefined) wanted.push(`loss of at most ${spec.loss}`);
  const expected = wanted.filter(Boolean).join(', ') || 'such conversations';
  const product = spec.flow === undefined && typeof spec.nat === 'object' ? productOf(b, spec.nat.translated ?? {}) : null;
  const known = hostsOf(selector);
  const hosts = known === null ? null : new Set(known);

  return (facts) => {
    const t = facts.tracker;
    const { src, dst } = t.conversations;
    const chosen = [...facts.conversations()].filter((c) => {
      if (hosts !== null && !hosts.has(src[c * 4 + 3]) && !hosts.has(dst[c * 4 + 3])) return false;
      if (!selects(selector, t, c) || excluded.has(facts.uid(c))) return false;
      if (selector.where >= 0 && !selector.marked.has(facts.uid(c))) return false;
      if (product?.(facts, c) === true) return false;
      if (except.selectors.some((s) => selects(s, t, c) && (s.where < 0 || s.marked.has(facts.uid(c))))) return false;
      return seenAt(facts, c, b.sources);
    });
    const outcome = (verdict: Outcome['verdict'], seen: string, evidence: readonly EvidenceDraft[], about: number[] = []) => ({
      verdict,
      expected,
      seen,
      evidence,
      count: chosen.length,
      about,
      covers: new Set(chosen.map((c) => facts.uid(c))),
    });
    if (!inBounds(chosen.length, count)) {
      const why = chosen.length < count.least ? doubt(facts, b.sources) : null;
      const seen = chosen.length === 0 ? noneOf(facts, selector) : many(chosen.length, 'conversation');
      return outcome(
        why === null ? 'fail' : 'inconclusive',
        why === null ? seen : `${seen}; ${why}`,
        chosen.slice(0, 3).map((c) => ({ mark: facts.firstMark(c, 0) })),
      );
    }
    const faults = chosen.flatMap((c) => {
      for (const { test } of tests) {
        const fault = test(facts, c);
        if (fault !== null) return [uncertain(facts, fault)];
      }
      return [];
    });
    const sure = faults.filter((fault) => !fault.open);
    if (sure.length > 0)
      return outcome(
        'fail',
        tell(facts, sure, chosen.length),
        sure[0].evidence,
        sure.map(({ c }) => facts.uid(c)),
      );
    if (frames.wrong > 0) {
      const first = frames.firstWrong[0];
      const reasons = [...frames.reasons].map(([reason, n]) => `${reason} (${many(n, 'frame')})`);
      return outcome('fail', some(reasons), journeyOf(facts, first), [first.uid]);
    }
    const compared = compare(ttls, sides);
    // What rests on frames that were not seen is open where the capture may have missed them.
    const missing = (seen: string, marks: readonly Mark[], about: number[] = []) => {
      const why = blindness(facts, b.sources);
      return outcome(
        why === null ? 'fail' : 'inconclusive',
        why === null ? seen : `${seen}; ${why}`,
        marks.map(asEvidence),
        about,
      );
    };
    if (compared !== null)
      return compared.absence
        ? missing(compared.seen, compared.marks, compared.about)
        : outcome('fail', compared.seen, compared.marks.map(asEvidence), compared.about);
    if (ttls?.isFull || sides.some((one) => one.sides.isFull)) return outcome('inconclusive', TOO_MANY, []);
    const slow = rtts === null || rttLimits === null ? null : rtts.beyond(rttLimits);
    if (slow !== null)
      return slow.marks.length === 0 ? missing(slow.seen, []) : outcome('fail', slow.seen, slow.marks.map(asEvidence));
    if (spec.loss !== undefined) {
      const { lost, sent } = lossOf(facts, chosen);
      if (sent > 0 && lost / sent > parseShare(spec.loss))
        return missing(
          `${lost} of ${sent} lost (${Number(((lost / sent) * 100).toPrecision(3))}%)`,
          chosen.slice(0, 1).map((c) => facts.firstMark(c, 0)),
          chosen.map((c) => facts.uid(c)),
        );
    }
    if (faults.length > 0) return outcome('inconclusive', tell(facts, faults, chosen.length), faults[0].evidence);
    const evidence = chosen.length === 0 ? [] : (journeys(facts, chosen[0], 0, b.sources)[0]?.evidence ?? []);
    const why = unsure(facts, count, b.sources);
    if (why !== null) return outcome('inconclusive', `${many(chosen.length, 'conversation')}, but ${why}`, evidence);
    return outcome('pass', many(chosen.length, 'conversation'), evidence);
  };
}

/** `in eth1 → out eth0 (3 of 4 conversations, the first 172.20.0.96 → 172.20.2.1 icmp)`. */
function tell(facts: Facts, faults: readonly Fault[], all: number): string {
  const byKind = new Map<string, Fault[]>();
  for (const fault of faults) byKind.set(fault.said, [...(byKind.get(fault.said) ?? []), fault]);
  const lines = [...byKind]
    .sort(([, x], [, y]) => y.length - x.length)
    .map(([said, list]) => {
      const of = all === 1 ? '' : `${list.length} of ${all} conversations, the first `;
      return `${said} (${of}${nameOf(facts, list[0].c)})`;
    });
  return some(lines);
}

export function nameOf(facts: Facts, c: number): string {
  const { srcPort, dstPort } = facts.ports(c);
  const end = (ip: string, port: number | null) => (port === null ? ip : ip.includes(':') ? `[${ip}]:${port}` : `${ip}:${port}`);
  return `${end(String(facts.ip(c, 0)), srcPort)} → ${end(String(facts.ip(c, 1)), dstPort)} ${facts.protoName(c)}`;
}

const seenAt = (facts: Facts, c: number, sources: (source: number) => boolean): boolean =>
  facts.captures.every((_, i) => sources(i)) ||
  ([0, 1] as const).some((way) => facts.uses(c, way).some((use) => use.path.hops.some((hop) => sources(hop.source))));

/** Why nothing was chosen, where the other way round would have been. */
function noneOf(facts: Facts, selector: FlowSelector): string {
  const turned = { ...selector, src: selector.dst, dst: selector.src, srcPort: selector.dstPort, dstPort: selector.srcPort };
  const back = [...facts.conversations()].filter((c) => selects(turned, facts.tracker, c)).length;
  return back === 0 ? 'no such conversation' : `no such conversation; ${back} the other way round`;
}

/** What was not seen may be missing from the capture only. */
function uncertain(facts: Facts, fault: Fault): Fault {
  if (!fault.absence || fault.open) return fault;
  const sources = new Set(fault.evidence.map((e) => e.mark.source));
  for (const source of sources) {
    const filter = facts.halfFilter(source);
    if (filter !== null) return { ...fault, open: true, said: `${fault.said}; the capture filter '${filter}' hides one half` };
  }
  const why = doubt(facts, (source) => sources.has(source));
  return why === null ? fault : { ...fault, open: true, said: `${fault.said}; ${why}` };
}

function conversationTests(b: Builder): { expected: string; test: Test }[] {
  const { spec, sources } = b;
  const tests: { expected: string; test: Test }[] = [];
  const add = (expected: string, test: Test) => tests.push({ expected, test });
  if (spec.path !== undefined) add(`path ${spec.path.join(' → ')}`, pathTest(spec.path, 0, sources));
  if (spec.returnPath !== undefined) add(`back by ${spec.returnPath.join(' → ')}`, pathTest(spec.returnPath, 1, sources));
  if (spec.tunnel !== undefined) {
    const want = b.tunnel(spec.tunnel);
    add(showTunnel(want), (facts, c) => {
      for (const way of [0, 1] as const) {
        // What is said of the inner ends chooses a direction.
        const [from, to] = [facts.towards(c, 1 - way), facts.towards(c, way)];
        if (want.innerSrc !== null && !within(want.innerSrc, from)) continue;
        if (want.innerDst !== null && !within(want.innerDst, to)) continue;
        // End points as they are written are those of the requests.
        const turned = way === 0 || want.innerSrc !== null || want.innerDst !== null;
        const own = turned ? want : { ...want, outerSrc: want.outerDst, outerDst: want.outerSrc };
        for (const use of facts.uses(c, way)) {
          const at = use.path.hops.map((_, i) => i).filter((i) => sources(use.path.hops[i].source));
          const edges = at.flatMap((i) => (use.path.hops[i].edge < 0 ? [] : [facts.tracker.tunnels.list[use.path.hops[i].edge]]));
          const wrong =
            edges.length === 0 ? wrongTunnel(own, null) : edges.map((e) => wrongTunnel(own, e)).find((w) => w !== null);
          if (at.length > 0 && wrong != null)
            return { c, said: wrong, evidence: at.map((i) => ({ mark: facts.hopMark(use, i) })) };
        }
      }
      return null;
    });
  }
  if (spec.nat !== undefined) add(...natTest(b));
  if (spec.answered !== undefined) add(spec.answered ? 'answered' : 'not answered', answerTest(b, spec.answered));
  return tests;
}

function pathTest(path: readonly string[], way: 0 | 1, sources: (source: number) => boolean): Test {
  const patterns = path.map((text) => parseHop(text) as HopPattern);
  return (facts, c) => {
    const all = journeys(facts, c, way, sources);
    if (all.length === 0)
      return way === 0
        ? { c, said: 'no packet of the one who asks', evidence: [{ mark: facts.firstMark(c, 1) }] }
        : { c, said: 'no packet back', evidence: [{ mark: facts.firstMark(c, 0) }], absence: true };
    const stray = all.find((journey) => !takesPath(patterns, journey.hops));
    if (stray === undefined) return null;
    const late = cutShort(facts, stray, patterns);
    return {
      c,
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

function answerTest(b: Builder, want: boolean): Test {
  const limit = b.spec.within === undefined ? null : nanoseconds(b.spec.within);
  return (facts, c) => {
    const t = facts.tracker.conversations;
    const asked = facts.firstMark(c, 0);
    const back = t.packets[c * 2 + 1] > 0;
    if (t.packets[c * 2] === 0)
      return { c, said: 'only answers were seen, no question', evidence: [{ mark: facts.firstMark(c, 1) }], open: want };
    const evidence = [...(journeys(facts, c, 0, b.sources)[0]?.evidence ?? [{ mark: asked }])];
    if (!want) {
      if (back) return { c, said: 'answered', evidence: [...evidence, { mark: facts.firstMark(c, 1) }] };
      const due = facts.nowNs - t.lastNs[c * 2] < (limit ?? ANSWER_WITHIN_NS);
      const why = due ? 'the capture ends before the answer was due' : blindness(facts, b.sources);
      return why === null ? null : { c, said: `no answer, but ${why}`, evidence, open: true };
    }
    if (!back || (facts.delivered(c, 0) === false && t.proto[c] === PROTO.tcp)) {
      const open = facts.nowNs - asked.timeNs < (limit ?? ANSWER_WITHIN_NS);
      return { c, said: open ? 'the capture ends before the answer was due' : 'no answer', evidence, open, absence: true };
    }
    const took = t.firstNs[c * 2 + 1] - t.firstNs[c * 2];
    return limit !== null && took > limit
      ? { c, said: `answered after ${showNs(took)}`, evidence: [...evidence, { mark: facts.firstMark(c, 1) }] }
      : null;
  };
}

/** Whether a conversation is what another became: the same selector may choose both. */
function productOf(b: Builder, translated: Translation): (facts: Facts, c: number) => boolean {
  const want = b.who(translated, ['nat', 'translated']);
  return (facts, c) => isWho(want, facts.tracker, c) && isTranslated(facts, c);
}

function natTest(b: Builder): [string, Test] {
  const { nat } = b.spec;
  const first = (facts: Facts, c: number) => journeys(facts, c, 0, b.sources)[0]?.evidence ?? [{ mark: facts.firstMark(c, 0) }];
  if (nat === 'none' || nat?.translated === undefined)
    return [
      'no translation',
      (facts, c) => {
        const [other] = facts.translations(c);
        if (other !== undefined) return { c, said: `translated to ${nameOf(facts, other)}`, evidence: first(facts, c) };
        const why = doubt(facts, b.sources);
        return why === null ? null : { c, said: `not translated, but ${why}`, evidence: first(facts, c), open: true };
      },
    ];
  const want = b.who(nat.translated, ['nat', 'translated']);
  const isProduct = productOf(b, nat.translated);
  const original = nat.original === undefined ? null : b.who(nat.original, ['nat', 'original']);
  return [
    `translated to ${showWho(want)}`,
    (facts, c) => {
      if (original !== null && !isWho(original, facts.tracker, c)) return null;
      if (isProduct(facts, c)) return null;
      const others = facts.translations(c);
      if (others.some((other) => isWho(want, facts.tracker, other))) return null;
      return others.length > 0
        ? { c, said: `translated to ${nameOf(facts, others[0])}`, evidence: first(facts, c) }
        : { c, said: 'not translated', evidence: first(facts, c), absence: true };
    },
  ];
}

function showWho({ src, dst, srcPort, dstPort }: Who): string {
  const ports = (list: Who['srcPort']) =>
    list?.map(({ from, to }) => (from === to ? String(from) : `${from}-${to}`)).join(' or ');
  return [
    src === null ? '' : `source ${src.join(' or ')}`,
    srcPort === null ? '' : `source port ${ports(srcPort)}`,
    dst === null ? '' : `destination ${dst.join(' or ')}`,
    dstPort === null ? '' : `destination port ${ports(dstPort)}`,
  ]
    .filter(Boolean)
    .join(', ');
}

/** Requests without an answer; for TCP, segments sent again. */
function lossOf(facts: Facts, chosen: readonly number[]): { lost: number; sent: number } {
  const t = facts.tracker.conversations;
  let lost = 0;
  let sent = 0;
  for (const c of chosen) {
    if (t.proto[c] === PROTO.tcp) {
      sent += t.packets[c * 2] + t.packets[c * 2 + 1];
      lost += t.retransmissions[c * 2] + t.retransmissions[c * 2 + 1];
    } else if (facts.isEcho(c)) {
      sent += t.asked[c * 2];
      lost += Math.max(0, t.asked[c * 2] - t.packets[c * 2 + 1]);
    } else {
      sent++;
      if (t.packets[c * 2 + 1] === 0) lost++;
    }
  }
  return { lost, sent };
}

const MAX_ROUND_TRIPS = 100_000;

/** Times from a question to its answer: of a TCP connection its handshake, of the others each exchange. */
class RoundTrips {
  private readonly asked = new Map<number, Mark>();
  private readonly times: number[] = [];
  private slowest = 0;
  private marks: Mark[] = [];

  constructor(private readonly settled: Set<number>) {}

  take(t: Tracker): void {
    if (!t.journeys.isNew) return;
    const p = t.packet;
    const uid = t.conversations.uid[t.conversation];
    if (t.way === 0) {
      // A question sent again starts a new time; the first packet behind the handshake does not.
      if (p.proto !== PROTO.tcp || !this.settled.has(uid))
        if (this.asked.size < MAX_ROUND_TRIPS) this.asked.set(uid, mark(t.packet));
      return;
    }
    const asked = this.asked.get(uid);
    if (asked === undefined) return;
    this.asked.delete(uid);
    if (p.proto === PROTO.tcp) this.settled.add(uid);
    const took = p.timeNs - asked.timeNs;
    if (this.times.length < MAX_ROUND_TRIPS) this.times.push(took);
    if (took > this.slowest) {
      this.slowest = took;
      this.marks = [asked, mark(t.packet)];
    }
  }

  beyond({ atMost, median }: { atMost: number | null; median: number | null }): { seen: string; marks: readonly Mark[] } | null {
    if (this.times.length === 0) return { seen: 'no question with an answer, so no time', marks: [] };
    if (atMost !== null && this.slowest > atMost) return { seen: `one answer took ${showNs(this.slowest)}`, marks: this.marks };
    const middle = this.times.toSorted((x, y) => x - y)[this.times.length >> 1];
    return median !== null && middle > median ? { seen: `the median is ${showNs(middle)}`, marks: this.marks } : null;
  }
}

function limitsOf(rtt: string | number | { atMost?: string | number | undefined; median?: string | number | undefined }) {
  const spec = typeof rtt === 'object' ? rtt : { atMost: rtt };
  return {
    atMost: spec.atMost === undefined ? null : nanoseconds(spec.atMost),
    median: spec.median === undefined ? null : nanoseconds(spec.median),
    text: [
      spec.atMost === undefined ? '' : `answers within ${spec.atMost}`,
      spec.median === undefined ? '' : `half of them within ${spec.median}`,
    ]
      .filter(Boolean)
      .join(', '),
  };
}
