// ARP and neighbour discovery: who asked for whom, who answered, who changed. Keyed by segment: the same address may live in
// two VLANs or VNIs.

import { addresses as arpAddresses, common as arpCommon, ethIpv4, REPLY, REQUEST } from '../../dissectors/arp.js';
import { findOption, icmpv6, OPTION, TYPE } from '../../dissectors/icmpv6.js';
import { u32, u48 } from '../bytes/read.js';
import { DIRECTION } from '../capture/frame.js';
import { Ip } from '../topology/ip.js';
import { type Mark, mark } from './mark.js';
import type { Packet } from './packet.js';

/** Neighbours of all segments together; the one that was heard of first goes first, however lately it was heard of again. */
const MAX_NEIGHBOURS = 65_536;
/** Claims (MACs) kept of one address. */
const MAX_CLAIMS = 8;
/** Questions kept as evidence. */
const MAX_MARKS = 4;

/** The address began to be answered for by another MAC. */
export interface Change {
  readonly from: number;
  readonly to: number;
  /** By an unasked announcement. */
  readonly announced: boolean;
  readonly mark: Mark;
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
  /** Port where it was last asked for or answered. */
  port: number;
  /** Questions (copies on other interfaces left out), and those not answered yet. */
  asked: number;
  readonly questions: Mark[];
  /** Tunnels (numbers of edges) that questions came in, and answers; the first few. Empty on a link. */
  readonly askedIn: number[];
  readonly answeredIn: number[];
  /** Since when a question is open, and the last one; NaN when none is. */
  openSinceNs: number;
  lastAskedNs: number;
  openCount: number;
  /** Questions that ran out of time, in all, and where the last such stretch ended (NaN: it has not). */
  unanswered: number;
  firstUnansweredNs: number;
  lastUnansweredNs: number;
  askers: Ip[];
  askerMacs: number[];
  /** When each of `askerMacs` asked last, other than by a tool. */
  askedNs: number[];
  /** The asker is the capturing host (direction out): then the answer must be seen too. */
  askedByUs: number;
  answers: number;
  /** Questions of a resolver that followed one of its own within REPEATED_NS: who got an answer does not ask again so soon. */
  repeated: number;
  lastAnswerNs: number;
  firstAnswer: Mark | null;
  readonly claims: Claim[];
  /** The MAC that spoke for the address last, -1 before any did, and the first changes of it. */
  holder: number;
  readonly changes: Change[];
  changeCount: number;
  /** Times two MACs answered the same question, or took turns within TURNS_NS; and the first of them. */
  conflicts: number;
  readonly conflictMarks: Mark[];
  probes: number;
}

export class Neighbours {
  private readonly table = new Map<string, Neighbour>();
  forgotten = 0;
  /** MACs that were seen answering an asker at a port: where several do, answers to that asker can be seen there. */
  private readonly answerers = new Map<string, Set<number>>();
  private readonly target = new Ip();
  private readonly sender = new Ip();
  /** Where who speaks ARP inside tunnels was heard from, by address. */
  readonly speakers = new Map<string, Speaker[]>();
  /** Tunnel of the packet at hand, or -1. */
  private edge = -1;

  get list(): Iterable<Neighbour> {
    return this.table.values();
  }
  get size(): number {
    return this.table.size;
  }

  /** Lets go of addresses nobody has asked for, and of those that answered, since. */
  forgetBefore(askedNs: number, answeredNs: number): void {
    for (const [key, n] of this.table) if (n.lastAskedNs < askedNs && n.lastAnswerNs < answeredNs) this.table.delete(key);
  }

  /** All records of an address. */
  *of(target: Ip): Iterable<Neighbour> {
    for (const n of this.table.values()) if (n.target.equals(target)) yield n;
  }

  /** `edge`: the tunnel that it is in, or -1. */
  observeArp(p: Packet, edge = -1): void {
    this.edge = edge;
    const { bytes, stack } = p;
    const { layers } = stack;
    const at = layers.start[stack.arp];
    const a = ethIpv4(bytes, at, layers.end[stack.arp]);
    if (a < 0) return;
    const opcode = arpCommon.get.opcode(bytes, at);
    const senderMac = arpAddresses.get['src.hw_mac'](bytes, a);
    const sender = this.sender.setV4(arpAddresses.get['src.proto_ipv4'](bytes, a));
    const target = this.target.setV4(arpAddresses.get['dst.proto_ipv4'](bytes, a));
    const segment = this.segment(p, stack.arpTunnel);
    if (edge >= 0 && sender.d !== 0) this.speaks(sender, p);
    if (opcode === REQUEST) {
      // A probe asks from 0.0.0.0, an announcement asks for its own address: silence is right (RFC 5227 sections 2.1.1, 2.3).
      if (sender.d === 0) this.entry('arp', segment, target, p).probes++;
      else if (sender.equals(target)) this.claim(this.entry('arp', segment, target, p), senderMac, p, true);
      else
        this.question(this.entry('arp', segment, target, p), sender, senderMac, fromTool(p.wireLength - (at - p.frame.start)), p);
    } else if (opcode === REPLY) {
      if (sender.d === 0) return;
      const announcement = sender.equals(target) || (edge < 0 ? p.destinationMac() : p.innerDestinationMac) === 0xffff_ffff_ffff;
      if (!announcement) this.answer(`${p.port} ${arpAddresses.get['dst.hw_mac'](bytes, a)}`, senderMac);
      this.claim(this.entry('arp', segment, sender, p), senderMac, p, announcement);
    }
  }

  /** A neighbour solicitation or advertisement; the packet's innermost transport is ICMPv6. */
  observeNd(p: Packet, edge = -1): void {
    this.edge = edge;
    const { bytes, l4At: at, l4End: end, netAt: net } = p;
    const type = bytes[at];
    if ((type !== TYPE.neighborSolicitation && type !== TYPE.neighborAdvertisement) || at + 24 > end) return;
    const { stack } = p;
    if (stack.layers.proto[stack.l4[p.levels - 1]] !== icmpv6.ref.id) return;
    const target = this.target.read(bytes, at + 8, 6);
    const sender = this.sender.read(bytes, net + 8, 6);
    const segment = this.segment(p, stack.tunnel[p.levels - 1]);
    const entry = this.entry('nd', segment, target, p);
    if (type === TYPE.neighborSolicitation) {
      // Duplicate address detection asks from the unspecified address, or for the own one: silence is right (RFC 4862 section 5.4.3).
      if ((sender.a === 0 && sender.b === 0 && sender.c === 0 && sender.d === 0) || sender.equals(target)) {
        entry.probes++;
        return;
      }
      const option = findOption(bytes, at + 24, end, OPTION.sourceLink);
      this.question(entry, sender, option < 0 ? p.sourceMac() : u48(bytes, option + 2), false, p);
    } else {
      const option = findOption(bytes, at + 24, end, OPTION.targetLink);
      const from = option < 0 ? p.sourceMac() : u48(bytes, option + 2);
      // Solicited flag: RFC 4861 section 4.4.
      const announcement = (bytes[at + 4] & 0x40) === 0;
      if (!announcement) {
        const asker = this.sender.read(bytes, net + 24, 6);
        this.answer(`${p.port} ${asker}`, from);
      }
      this.claim(entry, from, p, announcement);
    }
  }

  /** Whether an answer to those who asked for this neighbour would be seen here: it is a unicast to them. */
  answerIsVisible(n: Neighbour): boolean {
    if (n.askedByUs > 0) return true;
    const askers = n.kind === 'arp' ? n.askerMacs : n.askers;
    for (const asker of askers) if ((this.answerers.get(`${n.port} ${asker}`)?.size ?? 0) > 1) return true;
    return false;
  }

  /** Who speaks ARP inside a tunnel lives behind its near end (RFC 5227 section 2.4: questions claim their sender's address too). */
  private speaks(sender: Ip, p: Packet): void {
    const key = String(sender);
    let places = this.speakers.get(key);
    if (places === undefined) {
      if (this.speakers.size >= MAX_NEIGHBOURS) return;
      places = [];
      this.speakers.set(key, places);
    }
    const known = places.find(({ edge }) => edge === this.edge);
    if (known !== undefined) {
      known.lastNs = p.timeNs;
      known.count++;
    } else if (places.length < MAX_CLAIMS)
      places.push({ ip: sender.copy(), edge: this.edge, firstNs: p.timeNs, lastNs: p.timeNs, count: 1, first: mark(p) });
  }

  private answer(key: string, from: number): void {
    let known = this.answerers.get(key);
    if (known === undefined) {
      if (this.answerers.size >= MAX_NEIGHBOURS) return;
      known = new Set();
      this.answerers.set(key, known);
    }
    if (known.size < MAX_CLAIMS) known.add(from);
  }

  private question(n: Neighbour, sender: Ip, senderMac: number, tool: boolean, p: Packet): void {
    this.noteEdge(n.askedIn);
    // What goes out in a tunnel may come from anywhere.
    const isOurs = p.direction === DIRECTION.out && this.edge < 0;
    // Flooded copies: the same question within a millisecond is the same question.
    if (p.timeNs - n.lastAskedNs < 1e6 && n.asked > 0 && n.askerMacs.includes(senderMac)) {
      if (isOurs) n.askedByUs++;
      return;
    }
    n.asked++;
    let asker = n.askerMacs.indexOf(senderMac);
    if (asker < 0 && n.askerMacs.length < MAX_CLAIMS) {
      asker = n.askerMacs.push(senderMac) - 1;
      n.askedNs.push(Number.NEGATIVE_INFINITY);
    }
    if (!tool && asker >= 0) {
      if (p.timeNs - n.askedNs[asker] < REPEATED_NS) n.repeated++;
      n.askedNs[asker] = p.timeNs;
    }
    n.lastAskedNs = p.timeNs;
    if (Number.isNaN(n.openSinceNs)) {
      n.openSinceNs = p.timeNs;
      n.openCount = 0;
    }
    n.openCount++;
    n.port = p.port;
    if (isOurs) n.askedByUs++;
    if (n.questions.length < MAX_MARKS) n.questions.push(mark(p));
    if (n.askers.length < MAX_CLAIMS && !n.askers.some((a) => a.equals(sender))) n.askers.push(sender.copy());
  }

  private noteEdge(edges: number[]): void {
    if (this.edge >= 0 && edges.length < MAX_CLAIMS && !edges.includes(this.edge)) edges.push(this.edge);
  }

  private claim(n: Neighbour, from: number, p: Packet, announcement: boolean): void {
    this.noteEdge(n.answeredIn);
    n.answers++;
    n.lastAnswerNs = p.timeNs;
    n.firstAnswer ??= mark(p);
    this.settle(n, p.timeNs);
    let claim = n.claims.find((c) => c.mac === from);
    const known = claim !== undefined;
    if (claim === undefined) {
      claim = {
        mac: from,
        first: mark(p),
        firstNs: p.timeNs,
        lastNs: p.timeNs,
        count: 0,
        announced: 0,
        answered: 0,
        lastPort: p.port,
        lastEdge: this.edge,
      };
      if (n.claims.length < MAX_CLAIMS) n.claims.push(claim);
    }
    if (n.holder >= 0 && n.holder !== from) {
      const before = n.claims.find((c) => c.mac === n.holder);
      if (before !== undefined && before.lastPort === p.port) {
        const sameQuestion = !announcement && n.asked > 0 && before.answered === n.asked;
        const turns = known && p.timeNs - claim.lastNs < TURNS_NS;
        if (sameQuestion || turns) {
          n.conflicts++;
          if (n.conflictMarks.length < MAX_MARKS) n.conflictMarks.push(mark(p));
        }
      }
      n.changeCount++;
      if (n.changes.length < MAX_CLAIMS) n.changes.push({ from: n.holder, to: from, announced: announcement, mark: mark(p) });
    }
    n.holder = from;
    claim.count++;
    if (announcement) claim.announced++;
    else claim.answered = n.asked;
    claim.lastNs = p.timeNs;
    claim.lastPort = p.port;
    claim.lastEdge = this.edge;
  }

  /** The questions open until now are answered; those that had waited too long count as unanswered. */
  private settle(n: Neighbour, nowNs: number): void {
    if (Number.isNaN(n.openSinceNs)) return;
    if (nowNs - n.openSinceNs > ANSWER_WITHIN_NS && n.openCount > 1) this.giveUp(n, n.openCount - 1);
    n.openSinceNs = Number.NaN;
    n.openCount = 0;
  }

  private giveUp(n: Neighbour, count: number): void {
    if (n.unanswered === 0) n.firstUnansweredNs = n.openSinceNs;
    n.unanswered += count;
    n.lastUnansweredNs = n.lastAskedNs;
  }

  private segment(p: Packet, tunnel: number): string {
    const vni = tunnel < 0 ? '' : `/vni${u32(p.bytes, p.layers.start[tunnel] + 4) >>> 8}`;
    return `${p.source}${p.vlan >= 0 ? `/vlan${p.vlan}` : ''}${vni}`;
  }

  private entry(kind: 'arp' | 'nd', segment: string, target: Ip, p: Packet): Neighbour {
    const key = `${segment} ${target.a},${target.b},${target.c},${target.d}`;
    const known = this.table.get(key);
    if (known !== undefined) return known;
    if (this.table.size >= MAX_NEIGHBOURS) {
      this.forgotten++;
      this.table.delete(this.table.keys().next().value as string);
    }
    const entry: Neighbour = {
      kind,
      segment,
      source: p.source,
      target: target.copy(),
      port: p.port,
      asked: 0,
      questions: [],
      askedIn: [],
      answeredIn: [],
      openSinceNs: Number.NaN,
      lastAskedNs: Number.NEGATIVE_INFINITY,
      openCount: 0,
      unanswered: 0,
      firstUnansweredNs: Number.NaN,
      lastUnansweredNs: Number.NaN,
      askers: [],
      askerMacs: [],
      askedNs: [],
      askedByUs: 0,
      answers: 0,
      repeated: 0,
      lastAnswerNs: Number.NEGATIVE_INFINITY,
      firstAnswer: null,
      claims: [],
      holder: -1,
      changes: [],
      changeCount: 0,
      conflicts: 0,
      conflictMarks: [],
      probes: 0,
    };
    this.table.set(key, entry);
    return entry;
  }
}

/**
 * An ARP packet for Ethernet has 28 bytes, or 46 where the link filled up the frame (IEEE 802.3 section 4A.2.3.2.4). A length
 * between is a tool's own (arping), which asks again whether it got an answer or not.
 */
const fromTool = (length: number): boolean => length > 28 && length < 46;

/** Two MACs that take turns within this time are both there: a fail-over does not come back so soon. */
const TURNS_NS = 3e9;

/** A host whose question was answered knows the answer for longer than this (RFC 1122 section 2.3.2.1: a minute). */
const REPEATED_NS = 5e9;

/** Linux asks three times, a second apart (neigh/default/retrans_time_ms and mcast_solicit); half a second is slow already. */
export const ANSWER_WITHIN_NS = 1e9;
