// `arp` and `ndp`: who answers for an address.
import * as z from 'zod';
import { parseMac } from '../bytes/parse.js';
import { macNumber } from '../bytes/show.js';
import { duration } from '../bytes/units.js';
import { DIRECTION } from '../capture/frame.js';
import type { Facts } from '../facts/facts.js';
import type { Neighbour, Silence } from '../flows/neighbour.js';
import { ANSWER_WITHIN_NS } from '../flows/neighbours.js';
import type { EvidenceDraft } from '../rules/rule.js';
import { doubt } from './doubt.js';
import { type Judge, subject } from './key.js';
import atLeast from './keys/at-least.js';
import { within as isIn } from './names.js';
import { many, type Outcome } from './outcome.js';
import { type Builder, Unusable } from './plan.js';
import { address, list, mac, text, time, yesOrNo } from './shapes.js';
import { nanoseconds } from './units.js';
import { shorter } from './windows.js';

const shape = z.strictObject({
  target: address.describe('The address that is asked for'),
  on: list(text).optional().describe('Interface'),
  from: address.optional().describe('Who asks'),
  owner: list(text).optional().describe('Node that answers'),
  mac: list(mac).optional().describe('MAC that answers'),
  answered: yesOrNo.optional().describe('true when not given'),
  announced: yesOrNo.optional().describe('By an unasked announcement'),
  within: time.optional().describe('Time for an answer; 1 s when not given'),
});

/** Questions for an address and answers to them: ARP for IPv4, neighbour discovery for IPv6. */
export const neighbourKey = (key: 'arp' | 'ndp', means: string) =>
  subject({
    key,
    shape,
    beside: [],
    usage: `\`${key}: { target, on, from, owner, mac, answered, announced, within }\``,
    means,
    about: 'other',
    points: ({ on }) =>
      listOf(on).map((name, i) => ({ point: null, interface: name, path: [key, 'on', ...(Array.isArray(on) ? [i] : [])] })),
    judge: (spec, b) => neighbour(spec, b, key),
  });

const listOf = <T>(value: T | T[] | undefined): T[] => (value === undefined ? [] : Array.isArray(value) ? value : [value]);

const UNSEEN = 'questions of others only: the answers, sent to them alone, cannot be seen here';
const DUE = 'the capture ends before the answer was due';

/** Answers to these questions do not come by where the capture was taken. */
const isHidden = (facts: Facts, n: Neighbour): boolean =>
  !facts.neighbours.answerIsVisible(n) && n.askedByUs === 0 && n.repeated === 0;

function neighbour(spec: z.output<typeof shape>, b: Builder, kind: 'arp' | 'ndp'): Judge {
  const least = b.get(atLeast);
  const target = b.addresses(spec.target, [kind, 'target']) ?? [];
  const from = b.addresses(spec.from, [kind, 'from']);
  const interfaces = listOf(spec.on);
  const macs = new Set(listOf(spec.mac).map((text) => parseMac(text) as number));
  const { topology } = b.plan.book;
  for (const owner of listOf(spec.owner))
    b.part([kind, 'owner'], () => {
      const own = topology?.node(owner)?.interfaces.flatMap((i) => (i.mac === null || i.mac === 0 ? [] : [i.mac])) ?? [];
      if (topology?.node(owner) === undefined || topology.node(owner) === null)
        throw new Unusable(`no node is called '${owner}'; name it under nodes in the topology, or give its mac: instead`);
      if (own.length === 0) throw new Unusable(`the topology has no MAC of ${owner}; add one, or give mac: instead`);
      for (const mac of own) macs.add(mac);
    });
  const limit = spec.within === undefined ? ANSWER_WITHIN_NS : nanoseconds(spec.within);
  const answered = spec.answered ?? true;
  const word = kind === 'arp' ? 'ARP' : 'neighbour discovery';
  const expected = [
    `${word} for ${target.join(', ')}${interfaces.length > 0 ? ` on ${interfaces.join(' or ')}` : ''} ${answered ? 'answered' : 'not answered'}`,
    spec.owner !== undefined
      ? `by ${listOf(spec.owner).join(' or ')}`
      : macs.size > 0
        ? `by ${[...macs].map(macNumber).join(' or ')}`
        : '',
    spec.announced === true ? 'announced' : '',
    spec.within === undefined ? '' : `within ${spec.within}`,
  ]
    .filter(Boolean)
    .join(' ');

  const concerns = (facts: Facts, n: Neighbour): boolean =>
    n.kind === (kind === 'arp' ? 'arp' : 'nd') &&
    b.sources(n.source) &&
    isIn(target, n.target) &&
    (from === null || n.askers.some((ip) => isIn(from, ip))) &&
    (interfaces.length === 0 ||
      [n.port, ...n.claims.map((c) => c.lastPort)].some((port) => interfaces.includes(facts.interfaces.name(port))));

  /** The capture ends before an answer was due. */
  const isDue = (facts: Facts, n: Neighbour): boolean =>
    facts.doubts.untilNs - (Number.isNaN(n.openSinceNs) ? n.lastAskedNs : n.openSinceNs) < limit;

  return (facts) => {
    const found = [...facts.neighbours.list].filter((n) => concerns(facts, n));
    const count = found.reduce((sum, n) => sum + n.asked + n.answers, 0);
    const outcome = (
      verdict: Outcome['verdict'],
      seen: string,
      evidence: readonly EvidenceDraft[],
      about: number[] = [],
    ): Outcome => ({
      verdict,
      expected,
      seen,
      evidence,
      count,
      about,
    });
    const claims = found.flatMap((n) => n.claims);
    const questions = found.flatMap((n) => n.questions.map((mark): EvidenceDraft => ({ mark, note: `asks for ${n.target}` })));
    const silent = found.flatMap((n) => facts.withEnd(n.target));
    const answers = claims.map((c): EvidenceDraft => ({ mark: c.first, note: `${macNumber(c.mac)} answers` }));
    if (count === 0 && least === 0) return outcome('pass', 'nobody asks or answers for it', []);
    if (count < (least ?? 1)) {
      const why = doubt(facts, b.sources) ?? shorter(facts, b.sources);
      return outcome(
        why === null ? 'fail' : 'inconclusive',
        `${count === 0 ? 'nobody asks or answers for it' : many(count, 'question or answer')}${why === null ? '' : `; ${why}`}`,
        [],
      );
    }
    if (!answered) {
      if (claims.length > 0) return outcome('fail', `${macNumber(claims[0].mac)} answers`, answers);
      const hidden = found.every((n) => isHidden(facts, n)) ? UNSEEN : null;
      const why = hidden ?? (found.some((n) => isDue(facts, n)) ? DUE : doubt(facts, b.sources));
      return outcome(why === null ? 'pass' : 'inconclusive', why === null ? 'no answer' : `no answer, but ${why}`, questions);
    }
    const wrong = macs.size === 0 ? undefined : claims.find((c) => !macs.has(c.mac));
    if (wrong !== undefined) {
      const whose = topology?.nodeByMac(wrong.mac) ?? null;
      return outcome('fail', `${macNumber(wrong.mac)}${whose === null ? '' : ` (${whose})`} answers`, answers, silent);
    }
    if (claims.length === 0) {
      if (found.every((n) => isHidden(facts, n))) return outcome('inconclusive', UNSEEN, questions);
      if (isDue(facts, found[0])) return outcome('inconclusive', DUE, questions);
      const why = doubt(facts, b.sources);
      return outcome(why === null ? 'fail' : 'inconclusive', `no answer${why === null ? '' : `; ${why}`}`, questions, silent);
    }
    if (spec.announced === true && claims.every((c) => c.announced === 0))
      return outcome('fail', 'answers, and no announcement', answers);
    // An answer to another host of a switched link is not seen here, and proves nothing by its absence.
    const told = found.flatMap((n) => silencesSeen(facts, n));
    const unanswered = told.find((one) => lengthOf(one) > limit && facts.doubts.untilNs - one.marks[0].timeNs > limit);
    if (unanswered !== undefined)
      return outcome('fail', `${many(unanswered.count, 'question')} without an answer`, questions, silent);
    // Silences are kept from ANSWER_WITHIN_NS on; the first answer shows any shorter time.
    const slow = found.find(
      (n) =>
        n.questions.length > 0 &&
        n.firstAnswer !== null &&
        n.firstAnswer.timeNs - n.questions[0].timeNs > limit &&
        !n.silences.some(({ marks }) => marks[0].timeNs === n.questions[0].timeNs),
    );
    if (slow?.firstAnswer != null)
      return outcome('fail', `the first answer came after ${duration(slow.firstAnswer.timeNs - slow.questions[0].timeNs)}`, [
        ...questions,
        ...answers,
      ]);
    return outcome('pass', `${claims.map((c) => macNumber(c.mac)).join(', ')}`, answers.slice(0, 2));
  };
}

/** Times without an answer, where the answer would have been seen. */
function silencesSeen(facts: Facts, n: Neighbour): readonly Silence[] {
  const proven = facts.neighbours.silences(n);
  const all = n.open === null ? n.silences : [...n.silences, n.open];
  // The question that was answered is no part of it.
  const byUs = ({ byUs, end, last }: Silence): number => byUs - (end !== null && last.direction === DIRECTION.out ? 1 : 0);
  return all.filter((one) => byUs(one) > 0 || proven.includes(one) || (n.askedByUs === 0 && facts.neighbours.answerIsVisible(n)));
}

/** From the first question to what ended it, or to when the last answer was due. */
const lengthOf = ({ marks, last, end }: Silence): number =>
  (end?.mark.timeNs ?? last.timeNs + ANSWER_WITHIN_NS) - marks[0].timeNs;
