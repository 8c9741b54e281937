// Everything a packet changes, in the order in which it has to: where it was seen, whose conversation, which copy.
import { TYPE as ICMP } from '../../dissectors/icmp.js';
import { TYPE as ICMP6 } from '../../dissectors/icmpv6.js';
import { FLAG } from '../../dissectors/tcp.js';
import { quantity } from '../bytes/units.js';
import type { Frame } from '../capture/frame.js';
import type { Registry } from '../dissect/registry.js';
import { STOP } from '../dissect/walk.js';
import { Checksums } from './checksums.js';
import { Complaints } from './complaints.js';
import { Conversations } from './conversations.js';
import { DNS_WITHIN_NS, Dns } from './dns.js';
import { IcmpErrors } from './errors.js';
import { Journeys } from './journeys.js';
import { type Mark, mark } from './mark.js';
import { Neighbours } from './neighbours.js';
import type { Numbers } from './numbers.js';
import { echoSequence, hasEcho, Outcomes } from './outcomes.js';
import { Packet, PROTO } from './packet.js';
import type { Ports } from './ports.js';
import { Resolutions } from './resolutions.js';
import { isNeverTwice } from './sent-once.js';
import { Services } from './services/services.js';
import { Stations } from './stations.js';
import { Strangers } from './strangers.js';
import { observeTcp, TCP_EVENT } from './tcp.js';
import { Tunnels } from './tunnels.js';
import { noteUnprinted, type Unprinted } from './unprinted.js';

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
  firstNs: number;
  lastNs: number;
  /** Largest step back in time between two frames, in nanoseconds. */
  stepBackNs: number;
  stepBackAt: Mark | null;
  /** Largest step forward, and the frame after it. */
  stepForwardNs: number;
  stepForwardAt: Mark | null;
  unknownLinkTypes: Map<number, number>;
  firstClipped: Mark | null;
  /** Of a printed text, by protocol: messages that it does not print. */
  readonly unprinted: Map<string, Unprinted>;
}

/** Something of which not all could be kept. */
export interface GivenUp {
  /** `conversations` */
  readonly what: string;
  readonly count: number;
  /** `80 001 conversations` */
  readonly text: string;
}

/** What a conversation was when it had to make room. */
export type Evicted = (conversation: number) => void;

export class Tracker {
  /** The packet last observed. */
  packet: Packet;
  readonly conversations: Conversations;
  readonly journeys: Journeys;
  readonly outcomes: Outcomes;
  /** MACs that frames were sent from and to. */
  readonly stations = new Stations();
  readonly tunnels = new Tunnels();
  readonly neighbours = new Neighbours();
  readonly resolutions = new Resolutions();
  readonly errors = new IcmpErrors();
  readonly dns = new Dns();
  readonly services = new Services();
  readonly complaints = new Complaints();
  readonly strangers = new Strangers();
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
    /** `numbers`: those of the run, where it has more than this tracker. */
    options: { readonly maxConversations: number; readonly numbers?: Numbers },
    /** Told of a conversation that is about to make room. */
    public evicted: Evicted = () => {},
  ) {
    this.packet = new Packet(registry);
    this.conversations = new Conversations(options.maxConversations, options.numbers);
    this.outcomes = new Outcomes(this.conversations);
    this.journeys = new Journeys(this.conversations, ports, this.outcomes, this.stations);
    this.sources = ownMacs.map((macs) => ({
      ownMacs: macs,
      frames: 0,
      bytes: 0,
      clipped: 0,
      headersCut: 0,
      longestClipped: 0,
      firstNs: Number.NaN,
      lastNs: Number.NEGATIVE_INFINITY,
      stepBackNs: 0,
      stepBackAt: null,
      stepForwardNs: 0,
      stepForwardAt: null,
      unknownLinkTypes: new Map(),
      firstClipped: null,
      unprinted: new Map(),
    }));
  }

  /** Conversation, way, tunnel edge and journey of the frame last observed; -1 where there is none. */
  conversation = -1;
  way = 0;
  edge = -1;
  /** The tunnel edge that carries the frame, also one with ARP inside, whose conversation is that of the tunnel's own packets. */
  carrier = -1;

  /** Takes one frame of a capture; `timeNs` is on the clock of the run. */
  observe(frame: Frame, capture: number, timeNs: number): void {
    this.packet.read(frame, this.sources[capture].ownMacs);
    this.take(this.packet, capture, timeNs);
  }

  /** As `observe`, of a packet that was read elsewhere. */
  take(p: Packet, capture: number, timeNs: number): void {
    this.packet = p;
    p.capture = capture;
    p.source = this.ports.sites[capture];
    p.timeNs = timeNs;
    const port = this.ports.list[this.ports.of(capture, p.interfaceIndex(), !p.interfaceHidden())];
    port.frames[p.direction]++;
    p.port = port.place;
    if (timeNs > this.nowNs) this.nowNs = timeNs;
    if (timeNs >= this.nextTickNs) this.tick(timeNs);
    this.conversation = -1;
    this.edge = -1;
    this.carrier = -1;
    p.conversation = -1;
    // First of all: whoever keeps a mark of the frame keeps the number of its conversation.
    if (p.hasIp) this.find(p);
    this.account(p, this.sources[capture]);
    if (!p.hasIp) {
      if (p.isArp) {
        this.neighbours.observeArp(p);
        this.resolutions.observeArp(p);
      } else this.services.observeLink(p);
      return;
    }
    const edge = this.tunnels.of(p);
    this.carrier = edge;
    if (p.isArp) {
      this.neighbours.observeArp(p, edge);
      this.observeIp(p);
      return;
    }
    this.edge = edge;
    this.observeIp(p);
  }

  /** Live: time goes on though no frame comes. */
  advance(nowNs: number): void {
    if (nowNs > this.nowNs) this.nowNs = nowNs;
    this.journeys.expire(this.nowNs);
    this.dns.tick(this.nowNs, DNS_WITHIN_NS);
  }

  /** What had to be given up to stay within its bounds, and how many of it. */
  *givenUp(): Iterable<GivenUp> {
    const counts = [
      ['conversation', 'conversations', this.conversations.forgotten],
      ['frame of a tunnel', 'frames of tunnels', this.tunnels.forgotten],
      ['neighbour', 'neighbours', this.neighbours.forgotten],
      ['ICMP error', 'ICMP errors', this.errors.forgotten],
      ['DNS question', 'DNS questions', this.dns.forgotten],
      ['answer of a program that says no', 'answers of programs that say no', this.complaints.forgotten],
      ['exchange of a service', 'exchanges of services', this.services.forgotten],
      ['resolution of an address', 'resolutions of addresses', this.resolutions.forgotten],
      ['path of a packet', 'paths of packets', this.journeys.forgotten],
      ['record of losses', 'records of losses', this.outcomes.forgotten],
      ['wrong checksum', 'wrong checksums', this.checksums.forgotten],
      ['frame of a station', 'frames of stations', this.stations.forgotten],
      ['frame of an interface', 'frames of interfaces', this.ports.forgotten],
    ] as const;
    for (const [one, what, count] of counts) if (count > 0) yield { what, count, text: quantity(count, one, what) };
  }

  /** Ends what is open. */
  finish(): void {
    this.journeys.finish();
    this.dns.tick(this.nowNs, DNS_WITHIN_NS);
  }

  oddities(c: number, kind: number, way: number): readonly Mark[] {
    return this.odd.get(c * 16 + kind * 2 + way) ?? NONE;
  }

  /** The conversation of the frame; makes room for it where there is none. */
  private find(p: Packet): void {
    const t = this.conversations;
    let c = t.of(p);
    if (c < 0) {
      this.makeRoom();
      c = t.of(p);
    }
    this.conversation = c;
    this.way = t.way;
    p.conversation = t.uid[c];
  }

  private observeIp(p: Packet): void {
    const t = this.conversations;
    const { conversation: c, way } = this;
    const j = this.journeys;
    j.see(p, c, way, this.edge);
    const i = c * 2 + way;
    t.frames[i]++;
    // Each copy of it: where it was seen is what it tells.
    if (
      p.proto === PROTO.icmpv6 &&
      p.hasL4 &&
      (p.flags === ICMP6.neighborSolicitation || p.flags === ICMP6.neighborAdvertisement)
    )
      this.resolutions.observeNd(p);
    const isNew = j.isNew || t.isNew;
    if (this.services.concerns(p)) this.services.observe(p, t.uid[c], isNew);
    // Each copy: on every port of a bridge questions and answers are told apart from those of the others.
    if (p.proto === PROTO.icmpv6 && p.hasL4) this.neighbours.observeNd(p, this.edge);
    if (j.isDoubled && t.doubles[i] < 0xffff && isNeverTwice(p)) t.doubles[i]++;
    // A conversation that made room and comes back with a copy of a packet begins with that copy.
    if (!isNew) return;
    if (p.fragmented && !p.laterFragment && t.cut[i] < 0xffff) t.cut[i]++;
    const n = t.packets[i]++;
    t.bytes[i] += p.ipLength;
    t.lastNs[i] = p.timeNs;
    if (p.ipLength > t.longest[i]) t.longest[i] = p.ipLength;
    if (n === 0) {
      t.firstFrom[i] = this.stations.of(p.sourceMac());
      t.firstTo[i] = this.stations.of(p.destinationMac());
      t.firstNs[i] = p.timeNs;
      t.firstFrame[i] = p.number;
      t.firstSource[i] = p.source;
      t.firstCapture[i] = p.capture;
      t.firstOffset[i] = p.fileOffset;
      t.firstLength[i] = p.captured;
      t.firstPort[i] = p.port;
      t.firstDirection[i] = p.direction;
      t.firstTtl[i] = p.ttl;
      t.firstVlan[i] = p.vlan + 1;
      t.firstDscp[i] = p.dscp;
      this.checksums.check(p, t.uid[c]);
      if (p.proto === PROTO.udp && p.levels === 1 && !p.isArp) this.tunnels.suspect(p, t.uid[c]);
    }
    if (p.proto === PROTO.tcp) {
      const event = observeTcp(t, c, way, p);
      if (event === TCP_EVENT.retransmission) this.checksums.check(p, t.uid[c]);
      if (event === TCP_EVENT.reset) this.strangers.observe(p, t, i, this.stations);
      if (event !== TCP_EVENT.none)
        this.note(
          c,
          event === TCP_EVENT.retransmission ? ODD.retransmission : event === TCP_EVENT.reset ? ODD.reset : ODD.zeroWindow,
          way,
        );
      else if ((p.flags & FLAG.syn) !== 0 && t.synCount[i] > 1) this.note(c, ODD.synAgain, way);
      if (p.payloadLength > 0 && event !== TCP_EVENT.retransmission) this.complaints.observe(p, t, c, way);
    } else if (p.proto === PROTO.udp) {
      if (p.isDns) this.dns.observe(p, t.uid[c]);
    } else if (p.proto === PROTO.icmp || p.proto === PROTO.icmpv6) {
      if (p.isError) this.errors.observe(p);
      else if (p.proto === PROTO.icmpv6 && p.hasL4 && p.flags === ICMP6.redirect) this.errors.observeRedirect(p);
      if (!hasEcho(p)) return;
      if (p.flags === (p.proto === PROTO.icmp ? ICMP.echoRequest : ICMP6.echoRequest)) t.asked[i]++;
      else if (p.flags === (p.proto === PROTO.icmp ? ICMP.echoReply : ICMP6.echoReply)) {
        this.strangers.observe(p, t, i, this.stations);
        const use = this.outcomes.replied(t.uid[c], echoSequence(p), c, 1 - way, p.timeNs);
        if (use >= 0) this.journeys.uses.noteLate(use);
      }
    }
  }

  private account(p: Packet, state: SourceState): void {
    const { captured, wireLength } = p;
    state.frames++;
    state.bytes += captured < wireLength ? wireLength : captured;
    if (p.unknown !== 0) noteUnprinted(p, state.unprinted);
    // What a text does not print was not cut off by a capture.
    if (captured < wireLength && p.unknown === 0) {
      state.clipped++;
      if (p.stop === STOP.clipped) state.headersCut++;
      if (captured > state.longestClipped) state.longestClipped = captured;
      state.firstClipped ??= mark(p);
    }
    if (p.unknownLink) state.unknownLinkTypes.set(p.linkType, (state.unknownLinkTypes.get(p.linkType) ?? 0) + 1);
    if (!p.hasTime) return;
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
   * Gives up a conversation among the next few slots (a clock hand, as in page caches): the one of which least is left to say, and of
   * those the one idle for longest.
   */
  private makeRoom(): void {
    const t = this.conversations;
    let oldest = -1;
    let least = 0;
    for (let i = 0; i < 64; i++) {
      this.hand = (this.hand + 1) % t.used;
      const c = this.hand;
      if (!t.exists(c)) continue;
      const standing = this.standing(c);
      if (oldest >= 0 && (standing === least ? t.lastSeen(c) >= t.lastSeen(oldest) : standing > least)) continue;
      oldest = c;
      least = standing;
    }
    this.evicted(oldest);
    t.forgotten++;
    this.remove(oldest);
  }

  /**
   * What is left to say of a conversation: nothing where all was answered; something where silence may mean nothing; more where an answer
   * was due, also from a program behind a kernel that accepts and acknowledges; most where it was asked for again, refused, or given up.
   */
  private standing(c: number): number {
    const t = this.conversations;
    const [i, j] = [c * 2, c * 2 + 1];
    const isAnswered = t.packets[i] > 0 && t.packets[j] > 0;
    const lost = t.lost[i] + t.lost[j];
    if (t.proto[c] === PROTO.udp) return isAnswered && lost === 0 ? 0 : lost < 3 ? 1 : 2;
    const tried = t.synCount[i] > 1 || t.synCount[j] > 1 || t.retransmissions[i] + t.retransmissions[j] > 0;
    if (tried || t.resets[i] + t.resets[j] > 0 || (isAnswered && lost > 0) || lost > 1) return 3;
    if (!isAnswered) return 2;
    const isSilent = t.dataSegments[i] > 0 !== t.dataSegments[j] > 0;
    return !isSilent ? 0 : ((t.flags[i] | t.flags[j]) & FLAG.fin) === 0 ? 2 : 3;
  }

  /** Lets go of a conversation and all that is known of it. */
  remove(c: number): void {
    for (let key = c * 16; key < c * 16 + 16; key++) this.odd.delete(key);
    this.journeys.forget(c);
    this.outcomes.forget(c);
    this.strangers.forget(c);
    this.conversations.remove(c);
  }
}

const NONE: readonly Mark[] = [];
/** Steps forward up to this are ordinary silence, and not worth a mark. */
const IDLE_NS = 60e9;
