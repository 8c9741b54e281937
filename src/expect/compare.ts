// What differs between two runs, flow by flow. A flow is who asks whom for what: not a source port, not a time.

import { macNumber } from '../bytes/show.js';
import type { Answer } from '../facts/answers.js';
import type { Conversation, Direction } from '../facts/conversation.js';
import type { Facts } from '../facts/facts.js';
import type { Subject } from '../rules/finding.js';
import type { EvidenceDraft } from '../rules/rule.js';
import type { Ip } from '../topology/ip.js';
import { journeys, showPath } from './journey.js';
import { many } from './outcome.js';

export interface Difference {
  readonly kind: 'missing' | 'path' | 'returnPath' | 'answer' | 'tunnel' | 'translation' | 'owner' | 'silent' | 'new';
  /** `default/curl-pod → default/webpod tcp 80`, `192.168.10.200 → 203.0.113.10 icmp`. */
  readonly flow: string;
  readonly subject: Partial<Subject>;
  readonly goodSeen: string;
  readonly badSeen: string;
  readonly good: readonly EvidenceDraft[];
  readonly bad: readonly EvidenceDraft[];
  /** Conversations of the bad side, or of the good one where the bad has none. */
  readonly count: number;
  /** Number of the bad side's finding that explains it. */
  readonly cause: number | null;
}

/** What is compared of all conversations with one role. */
interface Seen {
  readonly members: readonly Conversation[];
  readonly paths: readonly [string, string];
  readonly tunnels: string;
  readonly translated: string;
  /** The best that became of one of them; null where nothing can be told. */
  readonly answer: Answer | null;
}

const everywhere = () => true;

/**
 * Who an address is: a pod or a service keeps its name when it gets another address. A node has several addresses, each with a role of
 * its own.
 */
function party({ topology }: Facts, ip: Ip): string {
  const name = topology?.nameOf(ip) ?? null;
  if (name === null) return String(ip);
  return topology?.nodeNames.includes(name) ? `${name} (${ip})` : name;
}

/** By the port that names a service, and not by one of the many that a client picks. */
function role(facts: Facts, conversation: Conversation): string {
  const { dstPort } = conversation.ports;
  const [from, to] = [party(facts, conversation.initiator), party(facts, conversation.responder)];
  return `${from} → ${to} ${conversation.protoName}${dstPort === null ? '' : ` ${dstPort}`}`;
}

function roles(facts: Facts): Map<string, Conversation[]> {
  const found = new Map<string, Conversation[]>();
  for (const conversation of facts.conversations()) {
    const [src, dst] = [conversation.initiator, conversation.responder];
    if (dst.isMulticast || dst.isLinkLocal || src.isLinkLocal || conversation.request.packets === 0) continue;
    const key = role(facts, conversation);
    const list = found.get(key);
    if (list === undefined) found.set(key, [conversation]);
    else list.push(conversation);
  }
  return found;
}

const unique = (texts: readonly string[]): string => [...new Set(texts)].sort().join('; ');

function seen(facts: Facts, members: readonly Conversation[]): Seen {
  const pathsOf = (directions: readonly Direction[]): string =>
    unique(
      directions.flatMap((direction) =>
        journeys(facts, direction, everywhere)
          .slice(0, 1)
          .map((j) => showPath(facts, j.hops)),
      ),
    );
  const edges = members.flatMap(({ directions }) => directions.flatMap((direction) => facts.tunnels.edgesOf(direction)));
  return {
    members,
    paths: [pathsOf(members.map(({ request }) => request)), pathsOf(members.map(({ reply }) => reply))],
    tunnels: unique(edges.map((e) => `${e.kind} from ${e.src} to ${e.dst}${e.vni < 0 ? '' : `, VNI ${e.vni}`}`)),
    translated: unique(
      members.flatMap((conversation) =>
        facts.translation.of(conversation).map((other) => `${other.initiator} → ${other.responder}`),
      ),
    ),
    answer: bestOf(facts, members),
  };
}

/** From best to worst. */
const ANSWERS: readonly Answer[] = ['answered', 'refused', 'dropped'];
const WORDS: Readonly<Record<Answer, string>> = { answered: 'answered', refused: 'refused', dropped: 'no answer' };

/** Of several connections one may be refused while the server starts: the best counts. */
function bestOf(facts: Facts, members: readonly Conversation[]): Answer | null {
  let best: Answer | null = null;
  for (const conversation of members) {
    const { request } = conversation;
    if (request.packets === 0) continue;
    const answer = facts.answers.of(conversation);
    // Nothing confirms what is no question.
    if (answer === 'dropped' && facts.delivery.of(request) === null) continue;
    if (best === null || ANSWERS.indexOf(answer) < ANSWERS.indexOf(best)) best = answer;
  }
  return best;
}

/** The first thing that differs, in the order in which one follows from the other. */
function first(good: Seen, bad: Seen): Pick<Difference, 'kind' | 'goodSeen' | 'badSeen'> | null {
  if (good.paths[0] !== bad.paths[0]) return { kind: 'path', goodSeen: good.paths[0], badSeen: bad.paths[0] || 'no packet' };
  if (good.tunnels !== bad.tunnels && bad.tunnels !== '' && good.tunnels !== '' && good.paths[1] === bad.paths[1])
    return { kind: 'tunnel', goodSeen: good.tunnels, badSeen: bad.tunnels };
  if (good.translated !== bad.translated)
    return { kind: 'translation', goodSeen: good.translated || 'not translated', badSeen: bad.translated || 'not translated' };
  const isWorse = bad.answer !== null && good.answer !== null && ANSWERS.indexOf(bad.answer) > ANSWERS.indexOf(good.answer);
  if (isWorse) return { kind: 'answer', goodSeen: WORDS[good.answer as Answer], badSeen: WORDS[bad.answer as Answer] };
  if (good.paths[1] !== bad.paths[1])
    return { kind: 'returnPath', goodSeen: good.paths[1] || 'no packet', badSeen: bad.paths[1] || 'no packet' };
  return null;
}

const evidenceOf = (facts: Facts, conversation: Conversation): readonly EvidenceDraft[] =>
  journeys(facts, conversation.request, everywhere)[0]?.evidence ?? [{ mark: conversation.request.first }];

function subjectOf(conversation: Conversation): Partial<Subject> {
  const { dstPort } = conversation.ports;
  return { src: String(conversation.initiator), dst: String(conversation.responder), proto: conversation.protoName, dstPort };
}

/** Differences of one kind that are listed; the rest is counted. */
const MAX_DIFFERENCES = 2000;

/** Differences, the first of each kind. */
class Told {
  readonly list: Difference[] = [];
  private readonly counts = new Map<Difference['kind'], number>();

  /** `make`: the difference, with its frames; called only where there is room for it. */
  add(kind: Difference['kind'], make: () => Difference): void {
    const count = (this.counts.get(kind) ?? 0) + 1;
    this.counts.set(kind, count);
    if (count <= MAX_DIFFERENCES) this.list.push(make());
  }

  /** One for each kind of which there were more. */
  rest(): Difference[] {
    return [...this.counts]
      .filter(([, count]) => count > MAX_DIFFERENCES)
      .map(([kind, count]) => ({
        kind,
        flow: `${count - MAX_DIFFERENCES} more flows`,
        subject: {},
        goodSeen: 'too many to be listed',
        badSeen: 'too many to be listed',
        good: [],
        bad: [],
        count: count - MAX_DIFFERENCES,
        cause: null,
      }));
  }
}

/** `alike`: flows that do the same on both sides. */
export function compareFlows(good: Facts, bad: Facts): { readonly differences: Difference[]; readonly alike: number } {
  const [left, right] = [roles(good), roles(bad)];
  const told = new Told();
  let alike = 0;
  const causeOf = (members: readonly Conversation[]): number | null => {
    for (const conversation of members) {
      const cause = bad.causes.of(conversation);
      if (cause !== null) return cause;
    }
    return null;
  };
  for (const [flow, members] of left) {
    const others = right.get(flow);
    if (others === undefined) {
      const seen = { goodSeen: many(members.length, 'conversation'), badSeen: 'none' };
      told.add('missing', () => ({
        kind: 'missing',
        flow,
        subject: subjectOf(members[0]),
        ...seen,
        good: evidenceOf(good, members[0]),
        bad: [],
        count: members.length,
        cause: null,
      }));
      continue;
    }
    const differs = first(seen(good, members), seen(bad, others));
    if (differs === null) alike++;
    else
      told.add(differs.kind, () => ({
        ...differs,
        flow,
        subject: subjectOf(others[0]),
        good: evidenceOf(good, members[0]),
        bad: evidenceOf(bad, others[0]),
        count: others.length,
        cause: causeOf(others),
      }));
  }
  for (const [flow, members] of right) {
    if (left.has(flow)) continue;
    const seen = { goodSeen: 'none', badSeen: many(members.length, 'conversation') };
    told.add('new', () => ({
      kind: 'new',
      flow,
      subject: subjectOf(members[0]),
      ...seen,
      good: [],
      bad: evidenceOf(bad, members[0]),
      count: members.length,
      cause: causeOf(members),
    }));
  }
  alike += compareNeighbours(good, bad, told);
  const rank = (d: Difference) => (d.kind === 'new' ? 2 : d.kind === 'missing' ? 1 : 0);
  const all = [...told.list, ...told.rest()].sort((x, y) => rank(x) - rank(y));
  return { differences: all, alike };
}

/** Who answers for an address on its link; how many are answered for as before. */
function compareNeighbours(good: Facts, bad: Facts, told: Told): number {
  const owners = (facts: Facts) => {
    const found = new Map<string, { macs: string; marks: EvidenceDraft[]; asked: number; target: Ip }>();
    for (const n of facts.neighbours.list) {
      const known = found.get(String(n.target)) ?? { macs: '', marks: [], asked: 0 };
      const macs = unique([...known.macs.split(' or ').filter(Boolean), ...n.claims.map((c) => macNumber(c.mac))]).replaceAll(
        '; ',
        ' or ',
      );
      const marks = [...known.marks, ...n.claims.map((c) => ({ mark: c.first })), ...n.questions.map((mark) => ({ mark }))];
      found.set(String(n.target), { macs, marks, asked: known.asked + n.unanswered + n.openCount, target: n.target });
    }
    return found;
  };
  const [left, right] = [owners(good), owners(bad)];
  let alike = 0;
  for (const [address, { macs, marks, target }] of left) {
    const other = right.get(address);
    if (macs === '' || other === undefined) continue;
    if (other.macs === macs) alike++;
    else if (other.macs !== '' || other.asked > 1) {
      const kind = other.macs === '' ? 'silent' : 'owner';
      told.add(kind, () => ({
        kind,
        flow: good.named(target),
        subject: { target: address },
        goodSeen: `${macs} answers`,
        badSeen: other.macs === '' ? `${many(other.asked, 'question')} without an answer` : `${other.macs} answers`,
        good: marks.slice(0, 2),
        bad: other.marks.slice(0, 2),
        count: Math.max(1, other.asked),
        cause: null,
      }));
    }
  }
  return alike;
}
