// What became of packets that want an answer, settled as their journeys end: a second after they were sent, which is when the first retry of
// TCP is due (RFC 6298 section 2) and when ping(8) counts a loss. Counted by direction of a conversation and by the path they took, and
// kept in phases: answered until here, lost from there on, answered again.

import { TYPE as ICMP } from '../../dissectors/icmp.js';
import { TYPE as ICMP6 } from '../../dissectors/icmpv6.js';
import { FLAG } from '../../dissectors/tcp.js';
import { mix } from '../bytes/mix.js';
import { Bounded } from './bounded.js';
import type { Conversations } from './conversations.js';
import { firstMark, type Mark } from './mark.js';
import { type Packet, PROTO } from './packet.js';
import { Places } from './places.js';
import { before } from './tcp.js';

/** What a packet asks for. */
export const ASKS = {
  nothing: 0,
  /** An acknowledgment of its end (RFC 9293 section 3.4). */
  acknowledgment: 1,
  /** An echo reply with its sequence number (RFC 792, RFC 4443 section 4). */
  echo: 2,
  /** Perhaps a datagram the other way; whether one was due is for others to judge. */
  datagram: 3,
} as const;

export const OUTCOME = { answered: 0, lost: 1, open: 2 } as const;

/** A stretch of time in which all packets of one direction of a conversation fared alike. */
export interface Phase {
  readonly outcome: 'answered' | 'lost';
  readonly fromNs: number;
  toNs: number;
  count: number;
  readonly first: Mark;
  last: Mark;
}

export interface LateReplies {
  count: number;
  longestNs: number;
}

/** Phases kept of one direction; the last one goes on when there are more: losses here and there, and no outage. */
export const MAX_PHASES = 16;
/** Directions of conversations with phases: those that lost something. */
const MAX_PHASED = 65_536;
/** Echo replies remembered, by conversation and sequence number: half a megabyte, made with the first ping. */
const REPLIES = 1 << 16;
/** Echo requests that had no reply in time and may get a late one, and conversations that got late ones. */
const MAX_LATE = 4096;
/** Replies that share a place, latest first: so many conversations may meet at one without one's answer being lost for another's. */
const SHARED = 4;

/** What a packet asks for; `value` is what the answer has to name. */
export function asksFor(p: Packet, way: number): number {
  switch (p.proto) {
    case PROTO.tcp: {
      if (!p.hasL4 || (p.flags & FLAG.reset) !== 0) return ASKS.nothing;
      return p.payloadLength > 0 || (p.flags & (FLAG.syn | FLAG.fin)) !== 0 ? ASKS.acknowledgment : ASKS.nothing;
    }
    case PROTO.udp:
      return way === 0 && p.hasL4 ? ASKS.datagram : ASKS.nothing;
    case PROTO.icmp:
      return hasEcho(p) && p.flags === ICMP.echoRequest ? ASKS.echo : ASKS.nothing;
    case PROTO.icmpv6:
      return hasEcho(p) && p.flags === ICMP6.echoRequest ? ASKS.echo : ASKS.nothing;
    default:
      return ASKS.nothing;
  }
}

/** The number that an answer to the packet names: where a segment ends, the sequence number of an echo. */
export function askedNumber(p: Packet, asks: number): number {
  if (asks === ASKS.acknowledgment) return (p.seq + p.payloadLength + (p.flags & FLAG.syn) / FLAG.syn + (p.flags & FLAG.fin)) | 0;
  return asks === ASKS.echo ? echoSequence(p) : 0;
}

/** Identifier and sequence number of an echo were captured (RFC 792, RFC 4443 section 4.1): without them no reply is one to it. */
export const hasEcho = (p: Packet): boolean => p.hasL4 && p.l4At + 8 <= p.l4End;

/** Sequence number of an echo, at the same place in both families; only where `hasEcho`. */
export const echoSequence = (p: Packet): number => (p.bytes[p.l4At + 6] << 8) | p.bytes[p.l4At + 7];

/** Makes the mark of a journey's first frame, where it is needed. */
export interface MarkMaker {
  firstMark(at: number): Mark;
}

export class Outcomes {
  /** A direction that lost one packet, and nothing else is known of it, goes first. */
  private readonly phases = new Bounded<number, Phase[]>(
    MAX_PHASED,
    (phases) => (phases.length > 1 ? 2 : phases[0].count > 1 ? 1 : 0),
    new Places(),
  );
  private replies: Float64Array | null = null;
  /** By what a reply names: when the request was sent, and the path that it took. */
  private readonly overdue = new Map<number, { readonly sentNs: number; readonly use: number }>();
  /** Replies that came after more than a second, by conversation (uid). */
  readonly late = new Map<number, LateReplies>();

  constructor(private readonly conversations: Conversations) {}

  /** Directions whose phases made room for those of others. */
  get forgotten(): number {
    return this.phases.forgotten;
  }

  /** An echo request of conversation `uid` had no reply in its time. */
  miss(uid: number, sequence: number, sentNs: number, use: number): void {
    if (this.overdue.size >= MAX_LATE) this.overdue.delete(this.overdue.keys().next().value as number);
    this.overdue.set(keyOf(uid, sequence), { sentNs, use });
  }

  /**
   * An echo reply of conversation `uid`, `c`, seen for the first time; `way` is that of the request. Names the path of a request that was
   * held for lost until now, else -1.
   */
  replied(uid: number, sequence: number, c: number, way: number, nowNs: number): number {
    this.replies ??= new Float64Array(REPLIES).fill(-1);
    const place = placeOf(uid, sequence);
    for (let at = place + SHARED - 1; at > place; at--) this.replies[at] = this.replies[at - 1];
    const key = keyOf(uid, sequence);
    this.replies[place] = key;
    const missed = this.overdue.get(key);
    if (missed === undefined) return -1;
    this.overdue.delete(key);
    const i = c * 2 + way;
    const t = this.conversations;
    t.answered[i]++;
    t.answeredNs[i] = missed.sentNs;
    if (--t.lost[i] === 0) this.phases.delete(i);
    const tookNs = nowNs - missed.sentNs;
    const late = this.late.get(uid);
    if (late !== undefined) {
      late.count++;
      late.longestNs = Math.max(late.longestNs, tookNs);
    } else if (this.late.size < MAX_LATE) this.late.set(uid, { count: 1, longestNs: tookNs });
    return missed.use;
  }

  /** Whether a packet of direction `way` of conversation `c`, sent at `sentNs`, has been answered by now. */
  isAnswered(c: number, way: number, asks: number, value: number, sentNs: number): boolean {
    const t = this.conversations;
    const other = c * 2 + 1 - way;
    if (asks === ASKS.acknowledgment) return (t.flags[other] & FLAG.ack) !== 0 && !before(t.ack[other], value >>> 0);
    if (asks === ASKS.echo) {
      if (this.replies === null) return false;
      const key = keyOf(t.uid[c], value);
      const place = placeOf(t.uid[c], value);
      for (let at = place; at < place + SHARED; at++) if (this.replies[at] === key) return true;
      return false;
    }
    // Interfaces of one capture step back by up to a quarter of a second.
    return t.packets[other] > 0 && t.lastNs[other] > sentNs - 250e6;
  }

  /** Notes what became of a packet; `journeys` makes the mark of its first frame, `at` is its place there. */
  note(c: number, way: number, isAnswered: boolean, sentNs: number, journeys: MarkMaker, at: number): void {
    const t = this.conversations;
    const i = c * 2 + way;
    if (isAnswered) {
      t.answered[i]++;
      t.answeredNs[i] = sentNs;
      if (t.lost[i] === 0) return;
    } else if (t.lost[i]++ === 0) {
      const first = journeys.firstMark(at);
      const phases: Phase[] = [];
      if (t.answered[i] > 0) phases.push(this.answeredBefore(i, first));
      phases.push({ outcome: 'lost', fromNs: sentNs, toNs: sentNs, count: 1, first, last: first });
      this.phases.add(i, phases);
      return;
    }
    const phases = this.phases.get(i);
    if (phases === undefined) return;
    const latest = phases[phases.length - 1];
    const outcome = isAnswered ? 'answered' : 'lost';
    if (latest.outcome !== outcome && phases.length < MAX_PHASES) {
      const first = journeys.firstMark(at);
      phases.push({ outcome, fromNs: sentNs, toNs: sentNs, count: 1, first, last: first });
      return;
    }
    latest.count++;
    latest.toNs = sentNs;
    if (latest.outcome === outcome) latest.last = journeys.firstMark(at);
  }

  /** The phases of a direction that lost something, in order of time; empty where nothing was lost. */
  of(c: number, way: number): readonly Phase[] {
    return this.phases.get(c * 2 + way) ?? NONE;
  }

  forget(c: number): void {
    this.phases.delete(c * 2);
    this.phases.delete(c * 2 + 1);
    this.late.delete(this.conversations.uid[c]);
  }

  /** All that was answered before anything was lost. Of its last packet only the time is known. */
  private answeredBefore(i: number, lost: Mark): Phase {
    const t = this.conversations;
    const first = firstMark(t, i);
    return {
      outcome: 'answered',
      fromNs: Math.min(t.firstNs[i], lost.timeNs),
      toNs: t.answeredNs[i],
      count: t.answered[i],
      first,
      last: first,
    };
  }
}

const keyOf = (uid: number, sequence: number): number => uid * 0x1_0000 + sequence;
/** Replies of one conversation lie side by side, so that those of a flood do not displace each other. */
const placeOf = (uid: number, sequence: number): number =>
  ((mix(Math.imul(uid | 0, 0x9e3779b1)) + sequence) & (REPLIES / SHARED - 1)) * SHARED;
const NONE: readonly Phase[] = [];
