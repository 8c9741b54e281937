// Everything a packet changes, in the order in which it has to: where it was seen, whose conversation, which copy.
import { arp } from '../../dissectors/arp.js';
import { dns } from '../../dissectors/dns.js';
import { TYPE as ICMP } from '../../dissectors/icmp.js';
import { TYPE as ICMP6 } from '../../dissectors/icmpv6.js';
import { FLAG } from '../../dissectors/tcp.js';
import { DIRECTION, type Frame } from '../capture/frame.js';
import type { Registry } from '../dissect/registry.js';
import { STOP } from '../dissect/walk.js';
import { Checksums } from './checksums.js';
import { Conversations } from './conversations.js';
import { DNS_PORT, DNS_WITHIN_NS, Dns } from './dns.js';
import { IcmpErrors } from './errors.js';
import { Journeys } from './journeys.js';
import { type Mark, mark } from './mark.js';
import { Neighbours } from './neighbours.js';
import { Packet, PROTO } from './packet.js';
import type { Ports } from './ports.js';
import { directionByMac } from './sight.js';
import { observeTcp, TCP_EVENT } from './tcp.js';
import { Tunnels } from './tunnels.js';

/** Kinds of oddities of a conversation that are remembered with their frames. */
export const ODD = { retransmission: 1, reset: 2, zeroWindow: 3, synAgain: 4, answerLate: 5 } as const;
const MAX_ODD = 65_536;
const ODD_MARKS = 4;

export interface SourceState {
  /** MACs of the node the capture was taken on (48 bits); empty when the topology does not know. */
  readonly ownMacs: ReadonlySet<number>;
  frames: number;
  bytes: number;
  clipped: number;
  /** Of the clipped frames, those that lack a part of a header. */
  headersCut: number;
  /** Longest captured length of a clipped frame, in bytes. */
  longestClipped: number;
  malformed: number;
  firstNs: number;
  lastNs: number;
  /** Largest step back in time between two frames, in nanoseconds. */
  stepBackNs: number;
  stepBackAt: Mark | null;
  /** Largest step forward, and the frame behind it. */
  stepForwardNs: number;
  stepForwardAt: Mark | null;
  unknownLinkTypes: Map<number, number>;
  firstClipped: Mark | null;
}

/** What a conversation was when it had to make room. */
export type Evicted = (conversation: number) => void;

export class Tracker {
  readonly packet: Packet;
  readonly conversations: Conversations;
  readonly journeys: Journeys;
  readonly tunnels = new Tunnels();
  readonly neighbours = new Neighbours();
  readonly errors = new IcmpErrors();
  readonly dns = new Dns();
  readonly checksums = new Checksums();
  readonly sources: SourceState[];
  /** Frames of oddities, by conversation slot * 16 + kind * 2 + way. */
  private readonly odd = new Map<number, Mark[]>();
  /** Latest time seen over all sources. */
  nowNs = 0;
  private nextTickNs = 0;
  private hand = 0;

  constructor(
    registry: Registry,
    readonly ports: Ports,
    ownMacs: readonly ReadonlySet<number>[],
    options: { readonly maxConversations: number },
    /** Told of a conversation that is about to make room. */
    public evicted: Evicted = () => {},
  ) {
    this.packet = new Packet(registry);
    this.conversations = new Conversations(options.maxConversations);
    this.journeys = new Journeys(this.conversations, ports);
    this.sources = ownMacs.map((macs) => ({
      ownMacs: macs,
      frames: 0,
      bytes: 0,
      clipped: 0,
      headersCut: 0,
      longestClipped: 0,
      malformed: 0,
      firstNs: Number.NaN,
      lastNs: Number.NEGATIVE_INFINITY,
      stepBackNs: 0,
      stepBackAt: null,
      stepForwardNs: 0,
      stepForwardAt: null,
      unknownLinkTypes: new Map(),
      firstClipped: null,
    }));
  }

  /** Conversation, way, tunnel edge and journey of the frame last observed; -1 where there is none. */
  conversation = -1;
  way = 0;
  edge = -1;

  /** Takes one frame of a capture; `timeNs` is on the clock of the run. */
  observe(frame: Frame, capture: number, timeNs: number): void {
    const p = this.packet;
    p.read(frame);
    p.capture = capture;
    p.source = this.ports.sites[capture];
    p.timeNs = timeNs;
    const state = this.sources[capture];
    p.direction = p.statedDirection();
    if (p.direction === DIRECTION.unknown && state.ownMacs.size > 0)
      p.direction = directionByMac(p.sourceMac(), p.destinationMac(), state.ownMacs);
    const port = this.ports.list[this.ports.of(capture, p.interfaceIndex(), !p.interfaceHidden())];
    port.frames[p.direction]++;
    p.port = port.place;
    this.account(p, state, frame);
    if (timeNs > this.nowNs) this.nowNs = timeNs;
    if (timeNs >= this.nextTickNs) this.tick(timeNs);
    this.conversation = -1;
    this.edge = -1;
    if (p.family === 0) {
      if (p.arp >= 0 && p.layers.proto[p.arp] === arp.ref.id) this.neighbours.observeArp(p);
      return;
    }
    this.edge = this.tunnels.of(p);
    this.observeIp(p);
  }

  /** Live: time goes on though no frame comes. */
  advance(nowNs: number): void {
    if (nowNs > this.nowNs) this.nowNs = nowNs;
    this.journeys.expire(this.nowNs);
    this.dns.tick(this.nowNs, DNS_WITHIN_NS);
  }

  /** What had to be given up to stay within its bounds, and how many of it. */
  *givenUp(): Iterable<{ readonly what: string; readonly count: number }> {
    const counts = [
      ['conversations', this.conversations.forgotten],
      ['frames of tunnels', this.tunnels.forgotten],
      ['neighbours', this.neighbours.forgotten],
      ['ICMP errors', this.errors.forgotten],
      ['DNS questions', this.dns.forgotten],
    ] as const;
    for (const [what, count] of counts) if (count > 0) yield { what, count };
  }

  /** Ends what is open. */
  finish(): void {
    this.journeys.finish();
    this.dns.tick(this.nowNs, DNS_WITHIN_NS);
  }

  oddities(c: number, kind: number, way: number): readonly Mark[] {
    return this.odd.get(c * 16 + kind * 2 + way) ?? NONE;
  }

  private observeIp(p: Packet): void {
    const t = this.conversations;
    const answers = startsAsAnswer(p);
    let c = t.of(p, answers);
    if (c < 0) {
      this.makeRoom();
      c = t.of(p, answers);
    }
    const way = t.way;
    this.conversation = c;
    this.way = way;
    const j = this.journeys;
    j.see(p, c, way, this.edge);
    const i = c * 2 + way;
    t.frames[i]++;
    if (!j.isNew) return;
    const n = t.packets[i]++;
    t.bytes[i] += p.ipLength;
    t.lastNs[i] = p.timeNs;
    if (p.ipLength > t.longest[i]) t.longest[i] = p.ipLength;
    if (n === 0) {
      t.firstNs[i] = p.timeNs;
      t.firstFrame[i] = p.frame.number;
      t.firstSource[i] = p.source;
      t.firstCapture[i] = p.capture;
      t.firstOffset[i] = p.frame.fileOffset;
      t.firstLength[i] = p.frame.end - p.frame.start;
      t.firstPort[i] = p.port;
      t.firstDirection[i] = p.direction;
      t.firstTtl[i] = p.ttl;
      this.checksums.check(p, t.uid[c]);
    }
    if (p.proto === PROTO.tcp) {
      const event = observeTcp(t, c, way, p);
      if (event === TCP_EVENT.retransmission) this.checksums.check(p, t.uid[c]);
      if (event !== TCP_EVENT.none)
        this.note(
          c,
          event === TCP_EVENT.retransmission ? ODD.retransmission : event === TCP_EVENT.reset ? ODD.reset : ODD.zeroWindow,
          way,
        );
      else if (p.hasL4 && (p.bytes[p.l4At + 13] & FLAG.syn) !== 0 && t.synCount[i] > 1) this.note(c, ODD.synAgain, way);
    } else if (p.proto === PROTO.udp) {
      if ((p.dstPort === DNS_PORT || p.srcPort === DNS_PORT) && p.hasL4) {
        const last = Math.min(p.layers.count, p.layers.quotedFrom) - 1;
        if (p.layers.proto[last] === dns.ref.id) this.dns.observe(p, last, t.uid[c]);
      }
    } else if (p.proto === PROTO.icmp || p.proto === PROTO.icmpv6) {
      if (p.isError) this.errors.observe(p);
      else if (p.proto === PROTO.icmpv6 && p.hasL4) this.neighbours.observeNd(p);
      const type = p.bytes[p.l4At];
      if (p.hasL4 && (type === ICMP.echoRequest || type === ICMP6.echoRequest)) t.asked[i]++;
    }
  }

  private account(p: Packet, state: SourceState, frame: Frame): void {
    state.frames++;
    const captured = frame.end - frame.start;
    state.bytes += Math.max(frame.wireLength, captured);
    if (captured < frame.wireLength) {
      state.clipped++;
      if (p.layers.stop === STOP.clipped) state.headersCut++;
      if (captured > state.longestClipped) state.longestClipped = captured;
      state.firstClipped ??= mark(p);
    }
    if (p.layers.stop === STOP.malformed) state.malformed++;
    if (p.layers.count > 0 && p.layers.proto[0] === 0)
      state.unknownLinkTypes.set(frame.linkType, (state.unknownLinkTypes.get(frame.linkType) ?? 0) + 1);
    if (!frame.hasTime) return;
    if (Number.isNaN(state.firstNs)) state.firstNs = p.timeNs;
    else {
      const step = p.timeNs - state.lastNs;
      if (step < -state.stepBackNs) {
        state.stepBackNs = -step;
        state.stepBackAt = mark(p);
      } else if (step > state.stepForwardNs) {
        state.stepForwardNs = step;
        if (step > IDLE_NS) state.stepForwardAt = mark(p);
      }
    }
    if (p.timeNs > state.lastNs) state.lastNs = p.timeNs;
  }

  private tick(nowNs: number): void {
    this.nextTickNs = nowNs + 250e6;
    this.dns.tick(nowNs, DNS_WITHIN_NS);
  }

  private note(c: number, kind: number, way: number): void {
    const key = c * 16 + kind * 2 + way;
    const marks = this.odd.get(key);
    if (marks === undefined) {
      if (this.odd.size < MAX_ODD) this.odd.set(key, [mark(this.packet)]);
    } else if (marks.length < ODD_MARKS) marks.push(mark(this.packet));
  }

  /**
   * Gives up a conversation among the next few slots (a clock hand, as in page caches): one that was answered before one that
   * was not, since there is less to say about it, and of those the one idle for longest.
   */
  private makeRoom(): void {
    const t = this.conversations;
    let oldest = -1;
    let isAnswered = false;
    for (let i = 0; i < 64; i++) {
      this.hand = (this.hand + 1) % t.used;
      const c = this.hand;
      if (!t.exists(c)) continue;
      const answered = t.packets[c * 2] > 0 && t.packets[c * 2 + 1] > 0;
      if (oldest >= 0 && (answered === isAnswered ? t.lastSeen(c) >= t.lastSeen(oldest) : isAnswered)) continue;
      oldest = c;
      isAnswered = answered;
    }
    this.evicted(oldest);
    t.forgotten++;
    this.remove(oldest);
  }

  /** Lets go of a conversation and all that is known of it. */
  remove(c: number): void {
    for (let key = c * 16; key < c * 16 + 16; key++) this.odd.delete(key);
    this.journeys.forget(c);
    this.conversations.remove(c);
  }
}

const NONE: readonly Mark[] = [];
/** Steps forward up to this are ordinary silence, and not worth a mark. */
const IDLE_NS = 60e9;

/** Whether a conversation that starts with this packet is to be turned round. */
function startsAsAnswer(p: Packet): boolean {
  if (!p.hasL4) return false;
  const { bytes, l4At: at } = p;
  switch (p.proto) {
    case PROTO.tcp: {
      const flags = bytes[at + 13];
      if ((flags & FLAG.syn) !== 0) return (flags & FLAG.ack) !== 0;
      return p.srcPort < p.dstPort && p.srcPort < 1024;
    }
    case PROTO.udp:
      return p.srcPort < 1024 && p.srcPort < p.dstPort;
    case PROTO.icmp:
      return bytes[at] === ICMP.echoReply;
    case PROTO.icmpv6:
      return bytes[at] === ICMP6.echoReply;
    default:
      return false;
  }
}
