// The timeline of a finding: how what it is about fared over the time of the captures, and what happened meanwhile.
import { FLAG } from '../../dissectors/tcp.js';
import { macNumber } from '../bytes/show.js';
import { quantity } from '../bytes/units.js';
import type { Conversation } from '../facts/conversation.js';
import type { Facts } from '../facts/facts.js';
import { losesAnswers } from './ladder.js';
import type { TimelineBand, TimelineMark, TimelineOutcome, TimelinePicture } from './model.js';
import type { Subject } from './subject.js';

const MAX_BANDS = 60;
const MAX_MARKS = 20;

interface Stretch {
  readonly outcome: TimelineOutcome;
  readonly fromNs: number;
  toNs: number;
  count: number;
}

export function timelineOf(subject: Subject): TimelinePicture | null {
  const { facts, finding, time } = subject;
  const fromNs = Math.min(...facts.tracker.sources.map(({ firstNs }) => firstNs).filter((ns) => !Number.isNaN(ns)));
  const toNs = facts.nowNs;
  if (!Number.isFinite(fromNs) || toNs <= fromNs) return null;
  const left: string[] = [];
  const all = stretches(subject);
  const bands = all
    .slice(0, MAX_BANDS)
    .map((one): TimelineBand => ({ ...one, from: time.at(one.fromNs), to: time.at(one.toNs) }));
  if (all.length > bands.length) left.push(`${quantity(all.length - bands.length, 'later change')} of the outcome not drawn`);
  const happened = marksOf(subject);
  const marks = happened.slice(0, MAX_MARKS);
  if (happened.length > marks.length) left.push(`${quantity(happened.length - marks.length, 'later event')} not drawn`);
  if (bands.length === 0 && marks.length === 0) return null;
  const said = bands.map(({ outcome, count, from, to }) => `${outcome} ×${count} from ${clock(from)} to ${clock(to)}`);
  const description = `${[...said, ...marks.map(({ time: at, text }) => `${clock(at)} ${text}`)].slice(0, 12).join('; ')}.`;
  return {
    kind: 'timeline',
    title: finding.title,
    description,
    fromNs,
    toNs,
    from: time.at(fromNs),
    to: time.at(toNs),
    bands,
    marks,
    left,
  };
}

const clock = (time: string): string => time.slice(11, 23);

/** The outcomes of what the finding is about in the order of time, equal ones in a row together. */
function stretches({ facts, about, finding, evidence }: Subject): Stretch[] {
  const found: Stretch[] = [];
  const own = new Set(about);
  // It is the answers that go wrong: seen here, they count as answers to the questions, and do not get back.
  const isAstray =
    losesAnswers(finding) &&
    evidence.some(({ mark }) => {
      const reply = facts.conversation(mark.conversation)?.reply;
      const isReply = reply?.paths.some(({ hops }) =>
        hops.some(({ capture, frame }) => capture === mark.capture && frame === mark.frame),
      );
      return reply !== undefined && isReply === true && reply.resets === 0 && facts.delivery.of(reply) !== true;
    });
  for (const conversation of alike(facts, about)) {
    const { request } = conversation;
    const { phases } = request;
    const told = own.has(conversation.uid) && isAstray ? 'lost' : refused(conversation) ? 'refused' : null;
    if (told !== null)
      found.push({
        outcome: told,
        fromNs: request.firstNs,
        toNs: Math.max(request.firstNs, request.lastNs),
        count: Math.max(1, request.answered + request.lost),
      });
    else if (phases.length > 0)
      for (const { outcome, fromNs, toNs, count } of phases) found.push({ outcome, fromNs, toNs, count });
    else {
      const outcome = outcomeOf(facts, conversation);
      if (outcome !== null)
        found.push({
          outcome,
          fromNs: request.firstNs,
          toNs: request.lastNs,
          count: Math.max(1, request.answered + request.lost),
        });
    }
  }
  found.sort((a, b) => a.fromNs - b.fromNs);
  const joined: Stretch[] = [];
  for (const one of found) {
    const before = joined[joined.length - 1];
    if (before?.outcome === one.outcome) {
      before.toNs = Math.max(before.toNs, one.toNs);
      before.count += one.count;
    } else joined.push(one);
  }
  return joined;
}

/** What it is about, and what runs between the same two hosts. */
function alike(facts: Facts, about: readonly number[]): Conversation[] {
  const own = new Set(about);
  const pairs = new Set<string>();
  for (const uid of own) {
    const one = facts.conversation(uid);
    if (one !== null) pairs.add(`${one.initiator} ${one.responder}`);
  }
  if (pairs.size === 0) return [];
  return facts.conversationsThat(
    (one) => !facts.errors.isError(one) && (own.has(one.uid) || pairs.has(`${one.initiator} ${one.responder}`)),
  );
}

const refused = ({ reply, isTcp }: Conversation): boolean => isTcp && reply.resets > 0 && !reply.sent(FLAG.syn);

function outcomeOf(facts: Facts, { request }: Conversation): TimelineOutcome | null {
  const arrived = facts.delivery.of(request);
  return arrived === null ? null : arrived ? 'answered' : 'lost';
}

/** Announcements and new MACs of the addresses that it is about, and what other tools say of it. */
function marksOf({ facts, finding, time, about }: Subject): TimelineMark[] {
  const marks: TimelineMark[] = [];
  const addresses = new Set([finding.subject.target, finding.subject.src, finding.subject.dst].filter((one) => one !== null));
  for (const uid of about.slice(0, 100)) {
    const one = facts.conversation(uid);
    if (one !== null) addresses.add(String(one.initiator)).add(String(one.responder));
  }
  for (const n of facts.neighbours.list) {
    if (!addresses.has(String(n.target))) continue;
    for (const { from, to, announced, mark } of n.changes) {
      const { label, point } = facts.captures[mark.capture];
      marks.push({
        timeNs: mark.timeNs,
        time: time.at(mark.timeNs, mark.capture),
        text: `${n.target} moves from ${macNumber(from)} to ${macNumber(to)}${announced ? ', which announces it' : ''}`,
        tone: 'plain',
        witness: '',
        frame: { point: label ?? point, frame: mark.frame },
      });
    }
  }
  for (const { time: at, says, witness, count } of finding.quotes ?? []) {
    if (at === null) continue;
    const timeNs = Date.parse(`${at.slice(0, 19)}Z`) * 1e6 + Number(at.slice(20, 29)) - zeroNs(time);
    marks.push({ timeNs, time: at, text: count > 1 ? `${says} ×${count}` : says, tone: 'plain', witness, frame: null });
  }
  return marks.sort((a, b) => a.timeNs - b.timeNs);
}

/** Zero of the run's clock, in nanoseconds since 1970: whole seconds, so exact enough to subtract. */
const zeroNs = (time: Subject['time']): number => Date.parse(`${time.at(0).slice(0, 19)}Z`) * 1e6;
