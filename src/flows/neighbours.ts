// ARP and neighbour discovery: who asked for whom, who answered, who changed. Keyed by segment, which is a port with its VLAN or VNI:
// the same address may live in two of them, or a router answer on one link for what is on the other.

import { addresses as arpAddresses, common as arpCommon, ethIpv4, REPLY, REQUEST } from '../../dissectors/arp.js';
import { findOption, icmpv6, OPTION, TYPE } from '../../dissectors/icmpv6.js';
import { Key } from '../bytes/mix.js';
import { u32, u48 } from '../bytes/read.js';
import { DIRECTION } from '../capture/frame.js';
import { Ip } from '../topology/ip.js';
import { Bounded } from './bounded.js';
import { mark, moveMark } from './mark.js';
import {
  emptyNeighbour,
  type FailedTest,
  indexOf,
  MAX_CLAIMS,
  more,
  type Neighbour,
  newClaim,
  openSilence,
  type Silence,
  type Speaker,
  speaksFor,
  standing,
  type Use,
  used,
} from './neighbour.js';
import type { Packet } from './packet.js';
import { Places } from './places.js';
import { BROADCAST } from './sight.js';

/** Neighbours of all segments together; what was answered goes before what was asked for in vain. */
const MAX_NEIGHBOURS = 65_536;
/** Questions kept as evidence. */
const MAX_MARKS = 4;

export class Neighbours {
  private readonly table = new Bounded<number, Neighbour>(MAX_NEIGHBOURS, standing, new Places());
  /** Stations whose answers, and speakers in tunnels whose places, found no room. */
  private unheard = 0;
  /** MACs that were seen answering an asker at a port: where several do, answers to that asker can be seen there. */
  private readonly answerers = new Map<string, Set<number>>();
  private readonly key = new Key();
  private readonly target = new Ip();
  private readonly sender = new Ip();
  /** Where who speaks ARP inside tunnels was heard from, by address. */
  readonly speakers = new Map<string, Speaker[]>();
  /** Whom the answer at hand is for. */
  private readonly answered = new Ip();
  /** Tunnel of the packet at hand, or -1. */
  private edge = -1;
  /** The latest one of `askers`, which is not refilled. */
  private asker = new Ip();
  /** Of a neighbour that made room for another one, to be used again. */
  private spare: Silence | null = null;

  get list(): Iterable<Neighbour> {
    return this.table.values();
  }
  get size(): number {
    return this.table.size;
  }
  get forgotten(): number {
    return this.table.forgotten + this.unheard;
  }

  /** Forgets addresses that were not asked for since, and those that answered since. */
  forgetBefore(askedNs: number, answeredNs: number): void {
    for (const [key, n] of this.table.entries())
      if (n.lastAskedNs < askedNs && n.lastAnswerNs < answeredNs && n.lastUsedNs < askedNs) this.table.delete(key);
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
    const said = arpAddresses.get['src.hw_mac'](bytes, a);
    const sender = this.sender.setV4(arpAddresses.get['src.proto_ipv4'](bytes, a));
    const target = this.target.setV4(arpAddresses.get['dst.proto_ipv4'](bytes, a));
    // A text may not say whose MAC it is: then hosts are told apart by their addresses, and claim nothing.
    const isSaid = p.unknown === 0 || said !== 0;
    const senderMac = isSaid ? said : unsaid(sender);
    const vni = vniOf(p, stack.arpTunnel);
    if (edge >= 0 && sender.d !== 0) this.speaks(sender, p);
    if (opcode === REQUEST) {
      // A probe asks from 0.0.0.0, an announcement asks for its own address: silence is right (RFC 5227 sections 2.1.1, 2.3).
      const isPadded = p.wireLength - (at - p.frame.start) === ARPING_LENGTH;
      // A test goes to everybody: one to a single host is a switch that follows its devices, and a tool's says nothing of its host.
      if (sender.d === 0)
        this.probe(
          this.entry('arp', vni, target, p),
          senderMac,
          p,
          !isPadded && (edge < 0 ? p.destinationMac() : p.innerDestinationMac) === BROADCAST,
        );
      else if (sender.equals(target)) {
        if (isSaid) this.claim(this.entry('arp', vni, target, p), senderMac, p, true);
      } else {
        this.question(this.entry('arp', vni, target, p), sender, senderMac, isPadded, p);
        if (isSaid) this.use(this.entry('arp', vni, sender, p), senderMac, p);
        else this.entry('arp', vni, sender, p).lastUsedNs = p.timeNs;
      }
    } else if (opcode === REPLY) {
      if (sender.d === 0) return;
      this.answered.setV4(arpAddresses.get['dst.proto_ipv4'](bytes, a));
      const announcement = sender.equals(target) || (edge < 0 ? p.destinationMac() : p.innerDestinationMac) === BROADCAST;
      const entry = this.entry('arp', vni, sender, p);
      const stated = arpAddresses.get['dst.hw_mac'](bytes, a);
      const toMac = p.unknown === 0 || stated !== 0 ? stated : unsaid(target);
      if (!announcement) this.answer(`${p.port} ${toMac}`, senderMac);
      const pushed = !announcement && p.timeNs - entry.lastAskedNs > UNASKED_NS;
      this.claim(entry, senderMac, p, announcement, false, pushed);
      if (pushed && toMac !== senderMac && toMac > 0 && toMac !== BROADCAST) {
        const n = this.entry('arp', vni, target, p);
        if (n.named.length < MAX_CLAIMS && !n.named.some((one) => one.by === senderMac && one.as === toMac))
          n.named = more(n.named, { by: senderMac, as: toMac, mark: mark(p) });
      }
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
    const vni = vniOf(p, stack.tunnel[p.levels - 1]);
    const entry = this.entry('nd', vni, target, p);
    if (type === TYPE.neighborSolicitation) {
      // Duplicate address detection asks from the unspecified address, or for the own one: silence is right (RFC 4862 section 5.4.3).
      if ((sender.a === 0 && sender.b === 0 && sender.c === 0 && sender.d === 0) || sender.equals(target)) {
        this.probe(entry, p.sourceMac(), p, !sender.equals(target));
        return;
      }
      const option = findOption(bytes, at + 24, end, OPTION.sourceLink);
      const asker = option < 0 ? p.sourceMac() : u48(bytes, option + 2);
      this.question(entry, sender, asker, false, p);
      if (option >= 0) this.use(this.entry('nd', vni, sender, p), asker, p);
    } else {
      const option = findOption(bytes, at + 24, end, OPTION.targetLink);
      // Who sends says so in any option, where the link header does not.
      const said = option < 0 && p.sourceMac() < 0 ? findOption(bytes, at + 24, end, OPTION.sourceLink) : option;
      const from = said < 0 ? p.sourceMac() : u48(bytes, said + 2);
      // Solicited flag: RFC 4861 section 4.4.
      const announcement = (bytes[at + 4] & 0x40) === 0;
      if (!announcement) {
        const asker = this.answered.read(bytes, net + 24, 6);
        this.answer(`${p.port} ${asker}`, from);
      }
      // Override flag: RFC 4861 section 4.4. What does not override, or does not say the address, changes nothing that is known.
      const weak = (bytes[at + 4] & 0x20) === 0 || option < 0;
      if (from < 0) this.answeredBy(entry, p, announcement);
      else this.claim(entry, from, p, announcement, weak);
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
      if (this.speakers.size >= MAX_NEIGHBOURS) {
        this.unheard++;
        return;
      }
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
      if (this.answerers.size >= MAX_NEIGHBOURS) {
        this.unheard++;
        return;
      }
      known = new Set();
      this.answerers.set(key, known);
    }
    if (known.size < MAX_CLAIMS) known.add(from);
  }

  /** A test whether the address is free. `counts`: it is that of a host that wants to have it. */
  private probe(n: Neighbour, from: number, p: Packet, counts: boolean): void {
    n.probes++;
    if (!counts) return;
    for (const rival of n.probers)
      if (rival.mac !== from && p.timeNs - rival.lastNs < TEST_NS && n.failedTests.length < MAX_MARKS)
        if (!n.failedTests.some((t) => t.kind === 'rival')) noteFailed(n, rival, from, p, 'rival', false);
    n.probers = used(n.probers, from, p);
  }

  /** Another host has the address that is tested (RFC 5227 section 2.1.1, RFC 4862 section 5.4.4). */
  private defend(n: Neighbour, from: number, p: Packet, weak: boolean): void {
    for (const prober of n.probers) {
      if (prober.mac === from || p.timeNs - prober.lastNs > TEST_NS || n.failedTests.length >= MAX_MARKS) continue;
      if (n.failedTests.some((t) => t.kind === 'defended' && t.prober === prober.mac && t.otherMac === from)) continue;
      noteFailed(n, prober, from, p, 'defended', weak);
    }
  }

  /** `from` uses the address as the sender of a question. */
  private use(n: Neighbour, from: number, p: Packet): void {
    this.spoke(n, from, p);
    n.users = used(n.users, from, p);
    n.lastUsedNs = p.timeNs;
  }

  /** Counts a MAC that speaks for the address again, after another one on the same link. */
  private spoke(n: Neighbour, from: number, p: Packet): void {
    let before = Number.NEGATIVE_INFINITY;
    let latest = Number.NEGATIVE_INFINITY;
    // Most lists are empty: to walk a frozen one would make an iterator for each packet.
    if (n.claims.length > 0)
      for (const one of n.claims) {
        if (one.weak) continue;
        if (one.mac === from) before = Math.max(before, one.lastNs);
        else latest = Math.max(latest, one.lastNs);
      }
    if (n.users.length > 0)
      for (const one of n.users) {
        if (one.mac === from) before = Math.max(before, one.lastNs);
        else latest = Math.max(latest, one.lastNs);
      }
    if (latest < before || p.timeNs - before > RETURN_NS) return;
    n.returns++;
    if (n.returnMarks.length < MAX_MARKS) n.returnMarks = more(n.returnMarks, mark(p));
  }

  private question(n: Neighbour, sender: Ip, senderMac: number, isPadded: boolean, p: Packet): void {
    n.askedIn = this.withEdge(n.askedIn);
    // What goes out in a tunnel may come from anywhere.
    const isOurs = p.direction === DIRECTION.out && this.edge < 0;
    // Flooded copies: the same question within a millisecond is the same question.
    if (p.timeNs - n.lastAskedNs < 1e6 && n.asked > 0 && n.askerMacs.includes(senderMac)) {
      if (isOurs) n.askedByUs++;
      return;
    }
    n.asked++;
    if (n.claims.length > 0) for (const claim of n.claims) if (claim.mac === senderMac) claim.askedItself++;
    let again = false;
    let isTool = false;
    let asker = n.askerMacs.indexOf(senderMac);
    if (asker < 0 && n.askerMacs.length < MAX_CLAIMS) {
      asker = n.askerMacs.length;
      n.askerMacs = more(n.askerMacs, senderMac);
      n.askedNs = more(n.askedNs, Number.NEGATIVE_INFINITY);
      n.paddedNs = more(n.paddedNs, Number.NEGATIVE_INFINITY);
    }
    if (asker >= 0) {
      const sinceNs = p.timeNs - (isPadded ? n.paddedNs : n.askedNs)[asker];
      if (isPadded) n.paddedNs[asker] = p.timeNs;
      isTool = isPadded && sinceNs > TOOL_PACE_NS && sinceNs <= PACE_NS;
      if (!isPadded || (sinceNs > PACE_NS && sinceNs < SLOWEST_PACE_NS)) {
        again = sinceNs < REPEATED_NS;
        if (again) n.repeated++;
        n.askedNs[asker] = p.timeNs;
      }
    }
    n.lastAskedNs = p.timeNs;
    // Who has the address itself asks for it to see whether others have it too, or to make itself known: it hopes for silence.
    if (speaksFor(n, senderMac)) return;
    let who = indexOf(n.askers, sender);
    if (who < 0 && n.askers.length < MAX_CLAIMS) {
      who = n.askers.length;
      // Many addresses are asked for by one host.
      if (!sender.equals(this.asker)) this.asker = sender.copy();
      n.askers = more(n.askers, this.asker);
      n.deafFor = more(n.deafFor, 0);
    }
    if (who >= 0) n.deafFor[who] = again ? n.deafFor[who] + 1 : 1;
    if (Number.isNaN(n.openSinceNs)) {
      n.openSinceNs = p.timeNs;
      n.openCount = 0;
    }
    n.openCount++;
    // The mark of the last question is moved on by the next one, unless it is one of those that are kept.
    if (n.open === null || n.open.marks.length < MAX_MARKS || n.questions.length < MAX_MARKS) {
      const { spare } = this;
      this.spare = null;
      const here = spare === null ? mark(p) : moveMark(spare.last, p);
      n.open ??= openSilence(spare, here, n.answers > 0);
      if (n.open.marks.length < MAX_MARKS) n.open.marks = more(n.open.marks, here);
      if (n.questions.length < MAX_MARKS) n.questions = more(n.questions, here);
      n.open.last = here;
    } else if (n.open.marks.includes(n.open.last) || n.questions.includes(n.open.last)) n.open.last = mark(p);
    else moveMark(n.open.last, p);
    const { open } = n;
    open.count++;
    if (isOurs) open.byUs++;
    // On a busy machine a tool wakes up late at times, and its pace is now and then that of a resolver.
    if (again) open.repeated++;
    else if (isTool) open.repeated--;
    n.port = p.port;
    if (isOurs) n.askedByUs++;
  }

  /** The tunnels, with the one of the packet at hand. */
  private withEdge(edges: readonly number[]): readonly number[] {
    return this.edge >= 0 && edges.length < MAX_CLAIMS && !edges.includes(this.edge) ? more(edges, this.edge) : edges;
  }

  /** An answer of a host whose MAC is not known. */
  private answeredBy(n: Neighbour, p: Packet, announcement: boolean): void {
    n.answeredIn = this.withEdge(n.answeredIn);
    n.answers++;
    n.lastAnswerNs = p.timeNs;
    n.firstAnswer ??= mark(p);
    this.settle(n, -1, p, announcement);
  }

  private claim(n: Neighbour, from: number, p: Packet, announcement: boolean, weak = false, pushed = false): void {
    n.answeredIn = this.withEdge(n.answeredIn);
    this.defend(n, from, p, weak);
    if (weak && n.holder >= 0 && n.holder !== from) {
      // Whoever knows the address keeps what it has (RFC 4861 section 7.2.5); who asked has its answer all the same.
      if (!announcement) {
        n.answers++;
        n.lastAnswerNs = p.timeNs;
        this.settle(n, from, p, announcement);
      }
      const known = n.ignored.find((c) => c.mac === from);
      if (known !== undefined) known.lastNs = p.timeNs;
      else if (n.ignored.length < MAX_CLAIMS) n.ignored = more(n.ignored, newClaim(from, p, this.edge));
      const ignored = n.ignored.find((c) => c.mac === from);
      if (ignored === undefined) return;
      ignored.count++;
      if (announcement) ignored.announced++;
      return;
    }
    this.spoke(n, from, p);
    n.answers++;
    n.lastAnswerNs = p.timeNs;
    n.firstAnswer ??= mark(p);
    this.settle(n, from, p, announcement);
    let claim = n.claims.find((c) => c.mac === from);
    const known = claim !== undefined;
    if (claim === undefined) {
      claim = newClaim(from, p, this.edge);
      claim.weak = true;
      if (n.claims.length < MAX_CLAIMS) n.claims = more(n.claims, claim);
    }
    const before = n.holder === from ? undefined : n.claims.find((c) => c.mac === n.holder);
    if (before !== undefined && !before.weak) {
      const sameQuestion = !announcement && n.asked > 0 && before.answered === n.asked;
      const turns = known && p.timeNs - claim.lastNs < TURNS_NS;
      if (sameQuestion || turns) {
        n.conflicts++;
        if (n.conflictMarks.length < MAX_MARKS) n.conflictMarks = more(n.conflictMarks, mark(p));
      }
      n.changeCount++;
      if (n.changes.length < MAX_CLAIMS)
        n.changes = more(n.changes, { from: before.mac, to: from, announced: announcement, mark: mark(p) });
    }
    n.holder = from;
    claim.count++;
    claim.weak &&= weak;
    if (announcement) claim.announced++;
    else {
      claim.answered = n.asked;
      const to = this.edge < 0 ? p.destinationMac() : p.innerDestinationMac;
      if (to >= 0 && claim.to.length < MAX_CLAIMS && !claim.to.includes(to)) claim.to = more(claim.to, to);
    }
    if (pushed) claim.pushed++;
    if (claim.askedItself > 0) claim.claimedAgain++;
    claim.lastNs = p.timeNs;
    claim.lastPort = p.port;
    claim.lastEdge = this.edge;
  }

  /** The questions open until now are answered; those that had waited too long count as unanswered. */
  private settle(n: Neighbour, from: number, p: Packet, announced: boolean): void {
    const { open } = n;
    if (open === null) return;
    // An answer is for the one who asked: another one who asks again and again hears nothing.
    if (!announced && this.leavesOthers(n)) return;
    n.deafFor.fill(0);
    const nowNs = p.timeNs;
    // The last of them has its answer, unless it had run out of time before the address was announced.
    const answered = announced && nowNs - n.lastAskedNs > ANSWER_WITHIN_NS ? 0 : 1;
    if (nowNs - n.openSinceNs > ANSWER_WITHIN_NS && n.openCount > answered) {
      this.giveUp(n, n.openCount - answered);
      open.count -= answered;
      open.end = { mark: mark(p), mac: from, announced };
      if (n.silences.length < MAX_MARKS) n.silences = more(n.silences, open);
    }
    n.open = null;
    n.openSinceNs = Number.NaN;
    n.openCount = 0;
  }

  /** An answer to one host, where others have asked in vain for so long that they do not hear what it gets. */
  private leavesOthers(n: Neighbour): boolean {
    const at = n.askers.findIndex((a) => a.equals(this.answered));
    if (at < 0) return false;
    const mine = n.deafFor[at];
    n.deafFor[at] = 0;
    if (n.deafFor.every((count) => count <= DEAF)) return false;
    if (n.open !== null) n.open.count -= mine;
    n.openCount -= mine;
    return true;
  }

  private giveUp(n: Neighbour, count: number): void {
    if (n.unanswered === 0) n.firstUnansweredNs = n.openSinceNs;
    n.unanswered += count;
    n.lastUnansweredNs = n.lastAskedNs;
  }

  /** `vni`: of the tunnel that it is in, or -1. */
  private entry(kind: 'arp' | 'nd', vni: number, target: Ip, p: Packet): Neighbour {
    const key = this.key.start(p.port).word(p.vlan).word(vni).address(target).value;
    const known = this.table.get(key);
    if (known !== undefined) return known;
    const segment = `${p.port}${p.vlan >= 0 ? `/vlan${p.vlan}` : ''}${vni < 0 ? '' : `/vni${vni}`}`;
    const old = this.table.room();
    if (old !== undefined && old.open !== null) this.spare = old.open;
    const entry = emptyNeighbour(kind, segment, target, p.source, p.port, this.edge >= 0, old);
    this.table.add(key, entry);
    return entry;
  }
}

/** The test of `prober` has failed by packet `p` of `otherMac`. */
function noteFailed(n: Neighbour, prober: Use, otherMac: number, p: Packet, kind: FailedTest['kind'], weak: boolean): void {
  n.failedTests = more(n.failedTests, { probe: { ...prober.last }, prober: prober.mac, other: mark(p), otherMac, kind, weak });
}

/** The VNI of the tunnel in layer `tunnel`, or -1. */
const vniOf = (p: Packet, tunnel: number): number => (tunnel < 0 ? -1 : u32(p.bytes, p.layers.start[tunnel] + 4) >>> 8);

/**
 * Bytes of an ARP packet as one kind of arping makes it: 28 and 16 zeros. Such a tool asks again whether it got an answer or not. Fill
 * is no proof of it: links fill frames up to 60 bytes (IEEE 802.3 section 4A.2.3.2.4), before or after tags come and go.
 */
const ARPING_LENGTH = 44;

/**
 * What tells a resolver from it is the pace: a tool sleeps for a second, while the timers of Linux round retrans_time_ms up to a coarse
 * tick, 13 to 40 ms with the usual clocks.
 */
const PACE_NS = 1.01e9;
const TOOL_PACE_NS = 0.99e9;
const SLOWEST_PACE_NS = 1.1e9;

/** Two MACs that take turns within this time are both there: a fail-over does not come back so soon. */
const TURNS_NS = 3e9;

/** Questions in a row without an answer from which on a host does not hear the answers that others get: Linux asks three times. */
const DEAF = 3;

/** A host whose question was answered knows the answer for longer than this (RFC 1122 section 2.3.2.1: a minute). */
const REPEATED_NS = 5e9;

/** Linux asks three times, a second apart (neigh/default/retrans_time_ms and mcast_solicit); half a second is slow already. */
export const ANSWER_WITHIN_NS = 1e9;

/** With no question within this time a reply to one host is not an answer. */
const UNASKED_NS = 2e9;

/** A test is over after this: three probes, two seconds apart at most (RFC 5227 section 1.1); a second in IPv6 (RFC 4862 section 5.1). */
const TEST_NS = 2e9;

/** Who speaks for an address again after longer than this may have it back. */
const RETURN_NS = 120e9;

/** Stands for the MAC of a host that is not printed: no MAC is negative, and -1 is none. */
const unsaid = (ip: Ip): number => -2 - (ip.d >>> 0);
