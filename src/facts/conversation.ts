// A conversation and its two directions, as rules read them. Both are views of a row of the tracker: they keep nothing, cost nothing until
// they are asked, and are valid as long as the facts they came from.

import { firstMark, type Mark } from '../flows/mark.js';
import type { Phase } from '../flows/outcomes.js';
import { KIND, PROTO } from '../flows/packet.js';
import { protoName } from '../flows/proto.js';
import { BROADCAST } from '../flows/sight.js';
import type { Stranger } from '../flows/strangers.js';
import { acknowledged, historyOf, longestPassed, unacknowledged } from '../flows/tcp.js';
import type { Tracker } from '../flows/tracker.js';
import type { PathUse } from '../flows/uses.js';
import type { Ip } from '../topology/ip.js';
import { address } from './address.js';

export class Conversation {
  /** From the initiator (first SYN, echo request, query) to the responder, and back. */
  readonly request: Direction;
  readonly reply: Direction;

  constructor(
    private readonly tracker: Tracker,
    /** Row of the tracker. */
    readonly slot: number,
  ) {
    this.request = new Direction(tracker, this, false);
    this.reply = new Direction(tracker, this, true);
  }

  get directions(): readonly [Direction, Direction] {
    return [this.request, this.reply];
  }

  /** Unique over the run. */
  get uid(): number {
    return this.tracker.conversations.uid[this.slot];
  }
  get initiator(): Ip {
    return ipAt(this.tracker.conversations.src, this.slot);
  }
  get responder(): Ip {
    return ipAt(this.tracker.conversations.dst, this.slot);
  }
  /** 0 where the protocol has no ports; the identifier of an echo. */
  get initiatorPort(): number {
    return this.tracker.conversations.srcPort[this.slot];
  }
  get responderPort(): number {
    return this.tracker.conversations.dstPort[this.slot];
  }
  /** Source and destination port of TCP and UDP, as a finding's subject has them; null elsewhere. */
  get ports(): { readonly srcPort: number | null; readonly dstPort: number | null } {
    const { proto } = this;
    const has = proto === PROTO.tcp || proto === PROTO.udp;
    return { srcPort: has ? this.initiatorPort : null, dstPort: has ? this.responderPort : null };
  }
  get proto(): number {
    return this.tracker.conversations.proto[this.slot];
  }
  get protoName(): string {
    return protoName(this.proto);
  }
  /** TCP: the server closed first, and the client after it or not at all. */
  get isClosedByServer(): boolean {
    const history = historyOf(this.tracker.conversations, this.slot);
    const closed = history.indexOf('f');
    return closed >= 0 && !history.slice(0, closed).includes('F');
  }
  get isTcp(): boolean {
    return this.proto === PROTO.tcp;
  }
  /** An echo conversation: its packets ask by nature. */
  get isEcho(): boolean {
    const { proto } = this;
    return (proto === PROTO.icmp || proto === PROTO.icmpv6) && (this.request.asked > 0 || this.reply.asked > 0);
  }
  /** The direction of which packets were seen: the request where both have some. */
  get seenDirection(): Direction {
    return this.request.packets > 0 ? this.request : this.reply;
  }
  /** Last time anything was seen of it, either way. */
  get lastNs(): number {
    return this.tracker.conversations.lastSeen(this.slot);
  }
}

/** One direction of a conversation. */
export class Direction {
  private readonly at: number;

  constructor(
    private readonly tracker: Tracker,
    readonly conversation: Conversation,
    readonly isReply: boolean,
  ) {
    this.at = conversation.slot * 2 + (isReply ? 1 : 0);
  }

  get other(): Direction {
    return this.isReply ? this.conversation.request : this.conversation.reply;
  }
  get from(): Ip {
    return this.isReply ? this.conversation.responder : this.conversation.initiator;
  }
  get to(): Ip {
    return this.isReply ? this.conversation.initiator : this.conversation.responder;
  }
  get fromPort(): number {
    return this.isReply ? this.conversation.responderPort : this.conversation.initiatorPort;
  }
  get toPort(): number {
    return this.isReply ? this.conversation.initiatorPort : this.conversation.responderPort;
  }

  /** Packets, each counted once however often it was seen. */
  get packets(): number {
    return this.tracker.conversations.packets[this.at];
  }
  /** Packets that ask: echo requests. */
  get asked(): number {
    return this.tracker.conversations.asked[this.at];
  }
  /** Packets that want an answer: those that got one within a second, and those that did not. */
  get answered(): number {
    return this.tracker.conversations.answered[this.at];
  }
  get lost(): number {
    return this.tracker.conversations.lost[this.at];
  }
  /** How it went over time, where something was lost: answered until here, lost from there on, answered again. */
  get phases(): readonly Phase[] {
    return this.tracker.outcomes.of(this.conversation.slot, this.isReply ? 1 : 0);
  }
  /** Longest IP packet, in bytes. */
  get longest(): number {
    return this.tracker.conversations.longest[this.at];
  }
  /** First fragments: packets of which more follows. */
  get cut(): number {
    return this.tracker.conversations.cut[this.at];
  }
  /** Of packets that no host sends twice (sent-once.ts): frames seen again at the same place, unchanged. */
  get doubles(): number {
    return this.tracker.conversations.doubles[this.at];
  }
  get firstNs(): number {
    return this.tracker.conversations.firstNs[this.at];
  }
  get lastNs(): number {
    return this.tracker.conversations.lastNs[this.at];
  }
  get firstTtl(): number {
    return this.tracker.conversations.firstTtl[this.at];
  }
  /** VLAN id of the first frame; -1: it had no tag. */
  get firstVlan(): number {
    return this.tracker.conversations.firstVlan[this.at] - 1;
  }
  /** DSCP of the first frame's innermost IP header (RFC 2474). */
  get firstDscp(): number {
    return this.tracker.conversations.firstDscp[this.at];
  }
  get firstPort(): number {
    return this.tracker.conversations.firstPort[this.at];
  }
  /** MACs of the first frame (48 bits); -1 where it has none: cooked headers have the sender's only. */
  get firstSourceMac(): number {
    return this.tracker.stations.mac(this.tracker.conversations.firstFrom[this.at]);
  }
  /** Another MAC than that of the first frame, from which replies to pings or resets came by the same interface; null: none did. */
  get stranger(): Stranger | null {
    return this.tracker.strangers.of(this.at);
  }
  get firstDestinationMac(): number {
    return this.tracker.stations.mac(this.tracker.conversations.firstTo[this.at]);
  }
  /** Node where the first frame was seen: the first capture of its point. */
  get firstSource(): number {
    return this.tracker.conversations.firstSource[this.at];
  }
  /** The first frame. */
  get first(): Mark {
    return firstMark(this.tracker.conversations, this.at);
  }
  /** MAC (48 bits) that the first frame was for, -1 where the link does not say. */
  get firstToMac(): number {
    return this.tracker.stations.mac(this.tracker.conversations.firstTo[this.at]);
  }
  /** A frame of it was for the capturing node itself, by the cooked header or by its MAC. */
  get isForUs(): boolean {
    return this.hasKind(KIND.toUs);
  }
  /** Many hosts may answer it, and none has to: it went to a group, or to all on the link (RFC 1122 section 3.2.2.6). */
  get isToMany(): boolean {
    const { to } = this;
    if (to.isMulticast || (to.family === 4 && to.d === 0xffff_ffff)) return true;
    // The broadcast address of any network ends in ones.
    if (to.family === 6 || (to.d & 3) !== 3) return false;
    if (this.firstToMac === BROADCAST || this.hasKind(KIND.broadcast)) return true;
    // A printed line says neither: then it is that of the sender's network, which most often has 24 bits.
    const isUnsaid = this.firstToMac < 0 && this.paths.every(({ hops }) => hops.every(({ kind }) => kind === KIND.unknown));
    return isUnsaid && !this.conversation.isTcp && (to.d & 0xff) === 0xff && to.d >>> 8 === this.from.d >>> 8;
  }
  /** Of the first frames of its paths: what is handed on otherwise takes another path. */
  private hasKind(kind: KIND): boolean {
    return this.paths.some(({ hops }) => hops.some((hop) => hop.kind === kind));
  }
  /** It began before the other one. Frame numbers of one capture tell the order where its clock does not. */
  isBefore(other: Direction): boolean {
    const { firstNs, firstFrame } = this.tracker.conversations;
    const [a, b] = [this.at, other.at];
    return firstNs[a] < firstNs[b] || (firstNs[a] === firstNs[b] && firstFrame[a] < firstFrame[b]);
  }
  /** The paths that its packets took, the one added last first. */
  get paths(): PathUse[] {
    return this.tracker.journeys.usesOf(this.conversation.slot, this.isReply ? 1 : 0);
  }
  /** Frames of a kind of oddity (ODD), the first few of them. */
  oddities(kind: number): readonly Mark[] {
    return this.tracker.oddities(this.conversation.slot, kind, this.isReply ? 1 : 0);
  }

  /** TCP: a packet with one of these flags was seen. */
  sent(flags: number): boolean {
    return (this.tracker.conversations.flags[this.at] & flags) !== 0;
  }
  get syns(): number {
    return this.tracker.conversations.synCount[this.at];
  }
  /** An HTTP answer that is no server error was sent. */
  get isHttpGood(): boolean {
    return this.tracker.conversations.httpGood[this.at] > 0;
  }
  get resets(): number {
    return this.tracker.conversations.resets[this.at];
  }
  /** It reset the connection after the handshake and before any FIN. */
  get aborts(): boolean {
    return this.tracker.conversations.aborts[this.at] > 0;
  }
  /** MSS option of the SYN; 0: none seen. */
  get mss(): number {
    return this.tracker.conversations.mss[this.at];
  }
  /** Segments with payload, and those of them that were sent again. */
  get dataSegments(): number {
    return this.tracker.conversations.dataSegments[this.at];
  }
  get retransmissions(): number {
    return this.tracker.conversations.retransmissions[this.at];
  }
  /** Longest segment's payload, and longest one sent again, in bytes. */
  get longestSegment(): number {
    return this.tracker.conversations.longestSegment[this.at];
  }
  get longestRetransmitted(): number {
    return this.tracker.conversations.longestRetransmitted[this.at];
  }
  /** Longest payload that is known to have arrived, in bytes. */
  get longestPassed(): number {
    return longestPassed(this.tracker.conversations, this.conversation.slot, this.isReply ? 1 : 0);
  }
  /** Sequence number expected next. */
  get nextSeq(): number {
    return this.tracker.conversations.nextSeq[this.at];
  }
  /** Highest acknowledgement sent; valid where one was sent. */
  get ack(): number {
    return this.tracker.conversations.ack[this.at];
  }
  /** The other end has acknowledged everything before `seq`. */
  acknowledged(seq: number): boolean {
    return acknowledged(this.tracker.conversations, this.conversation.slot, this.isReply ? 1 : 0, seq);
  }
  /** When data that is new was last sent. */
  get advancedNs(): number {
    return this.tracker.conversations.advancedNs[this.at];
  }
  /** Bytes that the other end has not acknowledged. */
  get unacknowledged(): number {
    return unacknowledged(this.tracker.conversations, this.conversation.slot, this.isReply ? 1 : 0);
  }
  /** The segment that is sent again and again: where it starts, how often, and its payload the last time. */
  get stuckSeq(): number {
    return this.tracker.conversations.stuckSeq[this.at];
  }
  get stuckCount(): number {
    return this.tracker.conversations.stuckCount[this.at];
  }
  get stuckLength(): number {
    return this.tracker.conversations.stuckLength[this.at];
  }
  /** Bytes that were sent, as what follows them shows, and were never seen: where they start, how many, since when. */
  get gapSeq(): number {
    return this.tracker.conversations.gapSeq[this.at];
  }
  get gapBytes(): number {
    return this.tracker.conversations.gapBytes[this.at];
  }
  get gapNs(): number {
    return this.tracker.conversations.gapNs[this.at];
  }
  /** Segments that shut the window; since when it is shut (0: it is open), and the longest time that it was shut before. */
  get zeroWindows(): number {
    return this.tracker.conversations.zeroWindows[this.at];
  }
  get zeroSinceNs(): number {
    return this.tracker.conversations.zeroSinceNs[this.at];
  }
  get zeroLongestNs(): number {
    return this.tracker.conversations.zeroLongestNs[this.at];
  }
  /** The longest time from what the other end last sent to the first data after it. */
  get waitNs(): number {
    return this.tracker.conversations.waitNs[this.at];
  }
}

const ipAt = (words: Uint32Array, slot: number): Ip =>
  address(words[slot * 4], words[slot * 4 + 1], words[slot * 4 + 2], words[slot * 4 + 3]);

/** The handles of a tracker's rows, each made once: facts are made anew several times a second while packets arrive. */
export class Handles {
  private readonly made: (Conversation | null)[] = [];

  private constructor(private readonly tracker: Tracker) {}

  static of(tracker: Tracker): Handles {
    let handles = byTracker.get(tracker);
    if (handles === undefined) {
      handles = new Handles(tracker);
      byTracker.set(tracker, handles);
    }
    return handles;
  }

  at(slot: number): Conversation {
    const { made } = this;
    // An array with holes would be a slow one.
    while (made.length <= slot) made.push(null);
    made[slot] ??= new Conversation(this.tracker, slot);
    return made[slot];
  }
}

const byTracker = new WeakMap<Tracker, Handles>();
