// What is known of one address on one segment: who asked for it, who answered, and who else says that it has it.

import type { Ip } from '../topology/ip.js';
import { type Mark, mark, moveMark } from './mark.js';
import type { Packet } from './packet.js';

/** Claims (MACs) kept of one address, and others of its lists. */
export const MAX_CLAIMS = 8;

/** The address began to be answered for by another MAC. */
export interface Change {
  readonly from: number;
  readonly to: number;
  /** By an unasked announcement. */
  readonly announced: boolean;
  readonly mark: Mark;
}

/** Questions in a row without an answer. */
export interface Silence {
  /** The first questions of it. */
  marks: readonly Mark[];
  /** The last question. */
  last: Mark;
  count: number;
  /** Of them those of the capturing host; and how many more were a resolver's that had asked within REPEATED_NS before than a tool's. */
  byUs: number;
  repeated: number;
  /** The address was answered for before. */
  readonly after: boolean;
  /** What ended it, by which MAC, and whether it was not asked for; null while it goes on. */
  end: { readonly mark: Mark; readonly mac: number; readonly announced: boolean } | null;
}

/** A MAC that uses the address as the sender of its questions, or that tests whether it is free. */
export interface Use {
  readonly mac: number;
  readonly first: Mark;
  last: Mark;
  lastNs: number;
  count: number;
}

/** A test whether the address is free (RFC 5227 section 2.1.1, RFC 4862 section 5.4), and what says that it is not. */
export interface FailedTest {
  readonly probe: Mark;
  readonly prober: number;
  /** The answer of who has it, or the test of another one at the same time. */
  readonly other: Mark;
  readonly otherMac: number;
  readonly kind: 'defended' | 'rival';
  /** An advertisement that does not override what is known: of an anycast address, or of a proxy (RFC 4861 section 7.2.7). */
  readonly weak: boolean;
}

/** A MAC that says it has the address. */
export interface Claim {
  readonly mac: number;
  readonly first: Mark;
  firstNs: number;
  lastNs: number;
  /** Answers and announcements from it. */
  count: number;
  /** Of those, unasked announcements (gratuitous ARP, unsolicited NA): the mark of a fail-over. */
  announced: number;
  /** `Neighbour.asked` at its last answer: which question it answered. */
  answered: number;
  lastPort: number;
  /** Tunnel that it came in last, or -1. */
  lastEdge: number;
  /** MACs of those it answered. */
  to: readonly number[];
  /** Said only by advertisements that do not override, or without the target's address: a receiver keeps what it has (RFC 4861 section 7.2.5). */
  weak: boolean;
  /** Replies to one host without a question. */
  pushed: number;
  /** Questions of this MAC for the address it claims, and claims after one of them. */
  askedItself: number;
  claimedAgain: number;
}

/** `by` says in a packet of its own that another MAC has the address. */
export interface Named {
  readonly by: number;
  readonly as: number;
  readonly mark: Mark;
}

/** Heard with ARP inside a tunnel. */
export interface Speaker {
  readonly ip: Ip;
  /** Number of the tunnel's edge. */
  readonly edge: number;
  readonly first: Mark;
  readonly firstNs: number;
  lastNs: number;
  count: number;
}

export interface Neighbour {
  readonly kind: 'arp' | 'nd';
  readonly segment: string;
  readonly source: number;
  readonly target: Ip;
  /** Where it was asked for or answered. */
  port: number;
  /** Questions (copies on other interfaces left out), and those not answered yet. */
  asked: number;
  questions: readonly Mark[];
  /** Heard of inside a tunnel. */
  readonly inside: boolean;
  /** Tunnels (numbers of edges) that questions came in, and answers; the first few. Empty on a link. */
  askedIn: readonly number[];
  answeredIn: readonly number[];
  /** Since when a question is open, and the last one; NaN when none is. */
  openSinceNs: number;
  lastAskedNs: number;
  openCount: number;
  /** Questions that ran out of time, in all, and where the last such stretch ended (NaN: it has not). */
  unanswered: number;
  firstUnansweredNs: number;
  lastUnansweredNs: number;
  askers: readonly Ip[];
  askerMacs: readonly number[];
  /** When each of `askerMacs` asked last, other than by a tool. */
  askedNs: number[];
  /** The same with the fill of a tool. */
  paddedNs: number[];
  /** Questions of each of `askers` in a row, within REPEATED_NS of each other, since the last answer to it or to all. */
  deafFor: number[];
  /** The asker is the capturing host (direction out): then the answer must be seen too. */
  askedByUs: number;
  answers: number;
  /** Questions of a resolver that followed one of its own within REPEATED_NS: who got an answer does not ask again so soon. */
  repeated: number;
  lastAnswerNs: number;
  firstAnswer: Mark | null;
  claims: readonly Claim[];
  /** The MAC that spoke for the address last, -1 before any did, and the first changes of it. */
  holder: number;
  changes: readonly Change[];
  changeCount: number;
  /** Times two MACs answered the same question, or took turns within TURNS_NS; and the first of them. */
  conflicts: number;
  conflictMarks: readonly Mark[];
  probes: number;
  /** Stretches without an answer that are over, the first ones; and the one that goes on, or null. */
  silences: readonly Silence[];
  open: Silence | null;
  /** Hosts that ask with it as the sender: that claims it too (RFC 5227 section 2.4). */
  users: readonly Use[];
  lastUsedNs: number;
  /** Times a MAC spoke for it again after another one had, and the first of them. */
  returns: number;
  returnMarks: readonly Mark[];
  /** Advertisements of other MACs that receivers ignore. */
  ignored: readonly Claim[];
  probers: readonly Use[];
  failedTests: readonly FailedTest[];
  named: readonly Named[];
}

/** Of most addresses most lists stay empty, and a sweep asks for a million addresses: they share one. */
export const NONE: never[] = [];
Object.freeze(NONE);

/** The list with `one` more, which is the same list where it can be. */
export function more<T>(list: readonly T[], one: T): T[] {
  // Made with one element: `push` to an empty list makes room for 17.
  if (list === NONE) return [one];
  (list as T[]).push(one);
  return list as T[];
}

/** The list without its elements, for use again. They are taken one by one: a length of nought would give up their room. */
export function emptied<T>(list: readonly T[]): T[] {
  while (list.length > 0) (list as T[]).pop();
  return list as T[];
}

/**
 * Nothing is known of it yet. `old`: a record that no one needs any more, which becomes this one with its lists, so that a sweep makes
 * nothing that has to be collected.
 */
export function emptyNeighbour(
  kind: Neighbour['kind'],
  segment: string,
  target: Ip,
  source: number,
  port: number,
  inside: boolean,
  old?: Neighbour,
): Neighbour {
  if (old === undefined)
    return {
      kind,
      segment,
      source,
      target: target.copy(),
      port,
      asked: 0,
      questions: NONE,
      inside,
      askedIn: NONE,
      answeredIn: NONE,
      openSinceNs: Number.NaN,
      lastAskedNs: Number.NEGATIVE_INFINITY,
      openCount: 0,
      unanswered: 0,
      firstUnansweredNs: Number.NaN,
      lastUnansweredNs: Number.NaN,
      askers: NONE,
      askerMacs: NONE,
      askedNs: NONE,
      paddedNs: NONE,
      deafFor: NONE,
      askedByUs: 0,
      answers: 0,
      repeated: 0,
      lastAnswerNs: Number.NEGATIVE_INFINITY,
      firstAnswer: null,
      claims: NONE,
      holder: -1,
      changes: NONE,
      changeCount: 0,
      conflicts: 0,
      conflictMarks: NONE,
      probes: 0,
      silences: NONE,
      open: null,
      users: NONE,
      lastUsedNs: Number.NEGATIVE_INFINITY,
      returns: 0,
      returnMarks: NONE,
      ignored: NONE,
      probers: NONE,
      failedTests: NONE,
      named: NONE,
    };
  const n = old as { -readonly [K in keyof Neighbour]: Neighbour[K] };
  n.kind = kind;
  n.segment = segment;
  n.source = source;
  n.target.set(target);
  n.port = port;
  n.asked = 0;
  n.questions = emptied(n.questions);
  n.inside = inside;
  n.askedIn = NONE;
  n.answeredIn = NONE;
  n.openSinceNs = Number.NaN;
  n.lastAskedNs = Number.NEGATIVE_INFINITY;
  n.openCount = 0;
  n.unanswered = 0;
  n.firstUnansweredNs = Number.NaN;
  n.lastUnansweredNs = Number.NaN;
  n.askers = emptied(n.askers);
  n.askerMacs = emptied(n.askerMacs);
  n.askedNs = emptied(n.askedNs);
  n.paddedNs = emptied(n.paddedNs);
  n.deafFor = emptied(n.deafFor);
  n.askedByUs = 0;
  n.answers = 0;
  n.repeated = 0;
  n.lastAnswerNs = Number.NEGATIVE_INFINITY;
  n.firstAnswer = null;
  n.claims = NONE;
  n.holder = -1;
  n.changes = NONE;
  n.changeCount = 0;
  n.conflicts = 0;
  n.conflictMarks = NONE;
  n.probes = 0;
  n.silences = NONE;
  n.open = null;
  n.users = NONE;
  n.lastUsedNs = Number.NEGATIVE_INFINITY;
  n.returns = 0;
  n.returnMarks = NONE;
  n.ignored = NONE;
  n.probers = NONE;
  n.failedTests = NONE;
  n.named = NONE;
  return n;
}

/** Questions that are open from `last` on, in a record that no one needs any more, if there is one. */
export function openSilence(spare: Silence | null, last: Mark, after: boolean): Silence {
  if (spare === null) return { marks: NONE, last, count: 0, byUs: 0, repeated: 0, after, end: null };
  const silence = spare as { -readonly [K in keyof Silence]: Silence[K] };
  silence.marks = emptied(silence.marks);
  silence.last = last;
  silence.count = 0;
  silence.byUs = 0;
  silence.repeated = 0;
  silence.after = after;
  silence.end = null;
  return silence;
}

export const newClaim = (mac: number, p: Packet, lastEdge: number): Claim => ({
  mac,
  first: mark(p),
  firstNs: p.timeNs,
  lastNs: p.timeNs,
  count: 0,
  announced: 0,
  answered: 0,
  lastPort: p.port,
  lastEdge,
  to: NONE,
  weak: false,
  pushed: 0,
  askedItself: 0,
  claimedAgain: 0,
});

/** The uses, with that of a MAC by this packet. */
export function used(uses: readonly Use[], mac: number, p: Packet): readonly Use[] {
  const known = uses.find((one) => one.mac === mac);
  if (known === undefined)
    return uses.length < MAX_CLAIMS ? more(uses, { mac, first: mark(p), last: mark(p), lastNs: p.timeNs, count: 1 }) : uses;
  moveMark(known.last, p);
  known.lastNs = p.timeNs;
  known.count++;
  return uses;
}

/** The MAC is the one that spoke for the address last: by an answer, an announcement, or as the sender of a question. */
export function speaksFor(n: Neighbour, mac: number): boolean {
  if (n.claims.length + n.users.length === 0) return false;
  let own = Number.NEGATIVE_INFINITY;
  let other = Number.NEGATIVE_INFINITY;
  for (const one of n.claims)
    if (one.mac === mac) own = Math.max(own, one.lastNs);
    else other = Math.max(other, one.lastNs);
  for (const one of n.users)
    if (one.mac === mac) own = Math.max(own, one.lastNs);
    else other = Math.max(other, one.lastNs);
  return own > other;
}

/** Where the address is in the list, or -1; without a function that each packet would make. */
export function indexOf(list: readonly Ip[], ip: Ip): number {
  for (let i = 0; i < list.length; i++) if (list[i].equals(ip)) return i;
  return -1;
}

/** Asked for in vain by who proves it, or two who have it; asked for again; asked for once; answered, or never asked for. */
export function standing(n: Neighbour): number {
  if (n.conflicts + n.changeCount + n.failedTests.length + n.silences.length + n.named.length > 0) return 3;
  if (n.claims.length > 1 || n.users.length > 1) return 3;
  if (n.open === null) return 0;
  if (n.open.byUs > 2 || n.open.repeated > 1) return 3;
  return n.open.count > 1 ? 2 : 1;
}
