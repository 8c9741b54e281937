// DNS questions and their answers, paired by conversation and transaction id (RFC 1035 section 4.1.1).

import { header, TYPE } from '../../dissectors/dns.js';
import { scattered } from '../bytes/mix.js';
import { u16 } from '../bytes/read.js';
import { Ip } from '../topology/ip.js';
import { Bounded } from './bounded.js';
import { DnsNames, wantedName } from './dns-names.js';
import { type Mark, mark } from './mark.js';
import type { Packet } from './packet.js';
import { Places } from './places.js';

export const DNS_PORT = 53;

export interface DnsServer {
  readonly server: Ip;
  readonly client: Ip;
  /** How many unanswered questions each conversation has, by its uid. */
  readonly conversations: Map<number, number>;
  asked: number;
  answered: number;
  unanswered: number;
  /** Names asked for and not answered, the first few. */
  readonly names: string[];
  readonly marks: Mark[];
  /** Answers by response code, and names and marks of those that are failures (SERVFAIL, REFUSED ...). */
  readonly codes: number[];
  readonly failedNames: string[];
  readonly failedMarks: Mark[];
  readonly failedCodes: number[];
  readonly failedConversations: Set<number>;
  lastAnswerNs: number;
  readonly untaken: Untaken;
  readonly late: Late;
  /** Questions for A, for AAAA and for anything else: those that were answered, and those that were given up. */
  readonly answeredTypes: number[];
  readonly unansweredTypes: number[];
  /** Answers that a name exists, with an address or without, and the names that do not, the first few. */
  existing: number;
  readonly missing: Set<string>;
}

/** Answers that were seen, and whose questions were asked again all the same: the asker did not get them, or could not use them. */
export interface Untaken {
  count: number;
  /** Those of which the datagram was cut into fragments. */
  fragmented: number;
  /** The first few: the answer, the question after it, its name; and the conversations. */
  readonly answers: Mark[];
  readonly questions: Mark[];
  readonly names: string[];
  readonly conversations: Set<number>;
}

/** Questions that were answered only after they had been repeated, or given up. */
export interface Late {
  count: number;
  repeated: number;
  /** Those that were answered at once when they were repeated: the first try was lost. */
  atOnce: number;
  longestNs: number;
  readonly questions: Mark[];
  readonly answers: Mark[];
  readonly conversations: Set<number>;
}

export interface DnsQuestion {
  readonly uid: number;
  readonly server: DnsServer;
  readonly name: string;
  /** Of the types that are counted apart. */
  readonly type: number;
  /** When it was asked first. */
  readonly mark: Mark;
  /** How often it was asked, and when last. */
  asks: number;
  lastNs: number;
  /** Its answer, where it was seen; and whether that is the first fragment of more. */
  answer: Mark | null;
  isFragment: boolean;
}

const MAX_OPEN = 16_384;
/** Answered questions remembered, in case they are asked again; and those given up, in case they are answered. */
const MAX_ANSWERED = 4096;
/** Resolvers ask again after a second at the soonest, and after half a minute no more. */
const AGAIN_NS = 0.9e9;
const AGAIN_WITHIN_NS = 30e9;
/** An answer that needs no upstream comes sooner. */
const AT_ONCE_NS = 0.2e9;
const MAX_SERVERS = 4096;
const MAX_EXAMPLES = 4;
/** Names kept of each server that it says do not exist. */
const MAX_MISSING = 16;
/** Conversations kept of each fault of a server. */
const MAX_UIDS = 256;
/** resolv.conf(5): a resolver waits 5 seconds for an answer. */
export const DNS_WITHIN_NS = 5e9;

/** Answers that came before their question: kept so many, for so long. */
const MAX_EARLY = 256;
const EARLY_NS = 5e8;

export class Dns {
  /** By question, the time of an answer that was read before it: captures of several interfaces are not in order of time. */
  private readonly early = new Map<number, number>();
  /** What was asked again goes last. */
  private readonly open = new Bounded<number, DnsQuestion>(MAX_OPEN, ({ asks }) => (asks > 1 ? 2 : 1), new Places());
  private readonly answered = new Map<number, DnsQuestion>();
  /** Questions that were given up: an answer may come all the same. */
  private readonly givenUp = new Map<number, DnsQuestion>();
  readonly names = new DnsNames();
  /** Those that answer all questions go first. */
  private readonly servers = new Bounded<string, DnsServer>(MAX_SERVERS, (s) =>
    s.unanswered > 0 || s.failedMarks.length > 0 ? 2 : s.asked > s.answered ? 1 : 0,
  );

  get forgotten(): number {
    return this.open.forgotten + this.servers.forgotten;
  }

  get list(): Iterable<DnsServer> {
    return this.servers.values();
  }

  /** Questions that still wait, oldest first. */
  get waiting(): Iterable<DnsQuestion> {
    return this.open.values();
  }

  /** A DNS message over UDP in conversation `uid` (`p.isDns`), seen for the first time. */
  observe(p: Packet, uid: number): void {
    const { bytes, payloadAt: at, l4End: end } = p;
    const key = scattered(uid * 0x10000 + header.get.id(bytes, at));
    const response = header.get['flags.response'](bytes, at) === 1;
    if (!response) {
      const known = this.open.get(key);
      if (known !== undefined) {
        known.asks++;
        known.lastNs = p.timeNs;
        return;
      }
      const server = this.server(p, false);
      server.asked++;
      const before = this.answered.get(key);
      if (before?.answer != null) this.askedAgain(before, before.answer, p);
      const answeredNs = this.early.get(key);
      if (answeredNs !== undefined) {
        this.early.delete(key);
        if (Math.abs(p.timeNs - answeredNs) < EARLY_NS) return;
      }
      const name = questionName(bytes, at + header.size, end);
      this.open.add(key, {
        uid,
        server,
        name,
        type: typeOf(bytes, at + header.size + name.length + 2, name === '' ? 0 : end),
        mark: mark(p),
        asks: 1,
        lastNs: p.timeNs,
        answer: null,
        isFragment: false,
      });
      return;
    }
    const question = this.open.get(key) ?? this.revived(key);
    const server = question?.server ?? this.server(p, true);
    if (question === undefined) {
      if (this.early.size >= MAX_EARLY) this.early.delete(this.early.keys().next().value as number);
      this.early.set(key, p.timeNs);
    }
    this.open.delete(key);
    if (question !== undefined && (question.asks > 1 || p.timeNs - question.mark.timeNs >= DNS_WITHIN_NS))
      this.noteLate(question, p);
    server.answered++;
    if (question !== undefined) server.answeredTypes[question.type]++;
    server.lastAnswerNs = p.timeNs;
    const code = header.get['flags.rcode'](bytes, at);
    server.codes[code]++;
    // NOERROR and NXDOMAIN are answers: search lists make the second all the time.
    if (code === 0 || code === 3) {
      this.noteName(server, question?.name ?? questionName(bytes, at + header.size, end), uid, code === 0, p);
      if (question !== undefined) this.remember(key, question, p);
      return;
    }
    if (server.failedConversations.size < MAX_UIDS) server.failedConversations.add(uid);
    if (server.failedMarks.length < MAX_EXAMPLES) {
      server.failedMarks.push(mark(p));
      server.failedCodes.push(code);
      server.failedNames.push(question?.name ?? questionName(bytes, at + header.size, end));
    }
  }

  private revived(key: number): DnsQuestion | undefined {
    const question = this.givenUp.get(key);
    if (question === undefined) return undefined;
    this.givenUp.delete(key);
    const { server, type, uid, mark: asked } = question;
    server.unanswered--;
    server.unansweredTypes[type]--;
    const open = (server.conversations.get(uid) ?? 1) - 1;
    if (open > 0) server.conversations.set(uid, open);
    else server.conversations.delete(uid);
    const at = server.marks.indexOf(asked);
    if (at >= 0) {
      server.marks.splice(at, 1);
      server.names.splice(at, 1);
    }
    return question;
  }

  private noteLate({ uid, asks, server: { late }, mark: asked, lastNs }: DnsQuestion, p: Packet): void {
    const tookNs = p.timeNs - asked.timeNs;
    if (tookNs < AGAIN_NS) return;
    late.count++;
    if (asks > 1) late.repeated++;
    if (p.timeNs - lastNs < AT_ONCE_NS) late.atOnce++;
    late.longestNs = Math.max(late.longestNs, tookNs);
    if (late.conversations.size < MAX_UIDS) late.conversations.add(uid);
    if (late.questions.length >= MAX_EXAMPLES) return;
    late.questions.push(asked);
    late.answers.push(mark(p));
  }

  /** Whether a name exists that a client wants an address of. */
  private noteName(s: DnsServer, asked: string, uid: number, exists: boolean, p: Packet): void {
    const name = asked === '' ? null : wantedName(asked);
    const typeAt = p.payloadAt + header.size + asked.length + 2;
    if (name === null || typeAt + 2 > p.l4End || header.get['count.queries'](p.bytes, p.payloadAt) === 0) return;
    const type = u16(p.bytes, typeAt);
    if (type !== TYPE.a && type !== TYPE.aaaa) return;
    if (exists) s.existing++;
    else if (s.missing.size < MAX_MISSING) s.missing.add(name);
    this.names.note(name, exists, String(s.client), String(s.server), uid, p);
  }

  private remember(key: number, question: DnsQuestion, p: Packet): void {
    question.answer = mark(p);
    question.isFragment = p.fragmented;
    this.answered.delete(key);
    if (this.answered.size >= MAX_ANSWERED) this.answered.delete(this.answered.keys().next().value as number);
    this.answered.set(key, question);
  }

  /** The same question by the same port, once more. */
  private askedAgain({ uid, server, name, isFragment }: DnsQuestion, answer: Mark, p: Packet): void {
    const waited = p.timeNs - answer.timeNs;
    if (waited < AGAIN_NS || waited > AGAIN_WITHIN_NS) return;
    const { untaken } = server;
    untaken.count++;
    if (isFragment) untaken.fragmented++;
    if (untaken.conversations.size < MAX_UIDS) untaken.conversations.add(uid);
    if (untaken.answers.length >= MAX_EXAMPLES) return;
    untaken.answers.push(answer);
    untaken.questions.push(mark(p));
    untaken.names.push(name);
  }

  /** Gives up questions older than the limit. */
  tick(nowNs: number, withinNs: number): void {
    for (const [key, q] of this.open.entries()) {
      if (q.lastNs + withinNs > nowNs) continue;
      this.open.delete(key);
      if (this.givenUp.size >= MAX_ANSWERED) this.givenUp.delete(this.givenUp.keys().next().value as number);
      this.givenUp.set(key, q);
      q.server.unanswered++;
      q.server.unansweredTypes[q.type]++;
      const { conversations } = q.server;
      const open = conversations.get(q.uid) ?? 0;
      if (open > 0 || conversations.size < MAX_UIDS) conversations.set(q.uid, open + 1);
      if (q.server.marks.length < MAX_EXAMPLES) {
        q.server.marks.push(q.mark);
        q.server.names.push(q.name);
      }
    }
  }

  private server(p: Packet, response: boolean): DnsServer {
    const a = p.address;
    const from = response ? 0 : 4;
    const server = new Ip(a[from], a[from + 1], a[from + 2], a[from + 3]);
    const client = new Ip(a[4 - from], a[5 - from], a[6 - from], a[7 - from]);
    const key = `${server} ${client}`;
    const known = this.servers.get(key);
    if (known !== undefined) return known;
    const made: DnsServer = {
      server,
      client,
      conversations: new Map(),
      asked: 0,
      answered: 0,
      unanswered: 0,
      names: [],
      marks: [],
      codes: new Array(16).fill(0),
      failedNames: [],
      failedMarks: [],
      failedCodes: [],
      failedConversations: new Set(),
      lastAnswerNs: Number.NEGATIVE_INFINITY,
      late: { count: 0, repeated: 0, atOnce: 0, longestNs: 0, questions: [], answers: [], conversations: new Set() },
      answeredTypes: [0, 0, 0],
      unansweredTypes: [0, 0, 0],
      existing: 0,
      missing: new Set(),
      untaken: { count: 0, fragmented: 0, answers: [], questions: [], names: [], conversations: new Set() },
    };
    this.servers.add(key, made);
    return made;
  }
}

/** Types of questions that are counted apart, by their place in the counts; what is neither, or not known, is the third. */
export const COUNTED_TYPES = ['A', 'AAAA'] as const;

function typeOf(b: Uint8Array, at: number, end: number): number {
  const type = at + 2 <= end ? u16(b, at) : 0;
  return type === TYPE.a ? 0 : type === TYPE.aaaa ? 1 : 2;
}

/** The name of the first question as text; '' where it is compressed, cut or too long. */
function questionName(b: Uint8Array, from: number, end: number): string {
  let text = '';
  for (let at = from; at < end && text.length < 256; ) {
    const length = b[at];
    if (length === 0) return text;
    if (length > 63 || at + 1 + length > end) return '';
    if (text !== '') text += '.';
    for (let i = 1; i <= length; i++) text += String.fromCharCode(b[at + i]);
    at += 1 + length;
  }
  return '';
}
