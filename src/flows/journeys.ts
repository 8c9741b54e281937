// Copies of one packet, and the path they make: In eth1 ttl 63 -> Out eth2 ttl 62.
//
// What makes two frames copies of one packet (and not a packet and its retransmission):
// - the same innermost conversation and way, and the same values that no router changes (`fingerprint`): IP id, TCP
//   sequence and acknowledgment numbers and flags, ICMP sequence, length and first bytes of a UDP datagram. The length of the packet
//   is not one of them: offloads merge and cut segments, routers fragment;
// - seen at another interface, direction, encapsulation, or with a smaller TTL.
// A translated copy (NAT) has the same fingerprint, other addresses or ports, and leaves where the first came in. It may be translated again
// further on: such journeys make a chain.
// The same sight twice is a retransmission when the packet has no IP id of its own (IPv6, and IPv4 with id 0: SYN-ACKs of
// Linux), else a duplicate.
import { mix } from '../bytes/mix.js';
import type { Conversations } from './conversations.js';
import { EndedJourney } from './ended-journey.js';
import {
  captureOf,
  directionOf,
  edgeAndOneOf,
  HOP,
  HOP_WORDS,
  hopManner,
  hopTtls,
  hopWhere,
  JOURNEY,
  JOURNEY_WORDS,
  kindOf,
  outerTtlOf,
  portOf,
  stationOf,
  taggedOf,
  ttlOf,
} from './generated/journey-words.js';
import { HopOrder, MAX_HOPS } from './hop-order.js';
import type { Mark } from './mark.js';
import { ASKS, askedNumber, asksFor, type Outcomes } from './outcomes.js';
import { type Packet, PROTO } from './packet.js';
import { Paths } from './paths.js';
import type { Ports } from './ports.js';
import { isOnce } from './sent-once.js';
import type { Stations } from './stations.js';
import { hopOffset, type Path, type PathUse, Uses } from './uses.js';

/**
 * Journeys open at once: 4 MB, few enough that the recent ones stay in the processor's cache. At 100 000 packets a second that is 80 ms, far longer than
 * a router holds a packet.
 */
const SLOTS = 1 << 13;
/** A copy comes within this time. Interfaces of one pcapng step back by up to a quarter of a second. */
const WINDOW_NS = 1e9;
/** The same sight again sooner than this is the frame captured twice, not sent twice. */
const TWICE_NS = 1e6;
/** Sooner than any retransmission (RTO_MIN of Linux is 200 ms): the same packet comes round again. */
const ROUND_NS = 100e6;
/** A router passes a packet on within this. */
const AT_ONCE_NS = 5e6;
/** Links followed in one chain; packets that all look alike end here. */
const CHAIN = 32;
const NONE = -1;

/** Paths remembered for one way of one conversation. */
const USES_PER_WAY = 8;

// A slot: what stands in front of the hops, then the hops (declared.ts). One record, so that a packet costs two or three cache lines.
const SLOT = JOURNEY_WORDS + MAX_HOPS * HOP_WORDS;
const whereOf = (p: Packet, edge: number): number => hopWhere(p.port, p.direction, p.vlan >= 0 ? 1 : 0, edge + 1);

const placeOf = (number: number): number => number & (SLOTS - 1);
const slotOf = (number: number): number => placeOf(number) * SLOT;
const LAST_NUMBER = 1 << 30;

const NO_MEMORY = new ArrayBuffer(0);
/** Memory of the slots of a run that has ended: the next one takes it, so that many small runs leave the collector nothing to do. */
let spare: ArrayBuffer | null = null;

export class Journeys {
  private words = new Int32Array(NO_MEMORY);
  private doubles = new Float64Array(NO_MEMORY);
  private readonly heads = new Int32Array(SLOTS * 2).fill(NONE);
  // What is asked of journeys that are not the packet's: beside the records, so that it stays in the cache.
  /** Fingerprint of the packet, the journey that began before it in the same chain, and the time of the first hop. */
  private readonly keys = new Int32Array(SLOTS);
  private readonly nexts = new Int32Array(SLOTS);
  private readonly starts = new Float64Array(SLOTS);
  /** Journeys are numbered as they begin; those from `first` to before `end` are open. Slot: the number modulo SLOTS. */
  private first = 0;
  private end = 0;
  /** Journeys before the numbers were last started anew. */
  private past = 0;

  private readonly hopOrder: HopOrder;
  readonly paths: Paths;
  /** The paths that conversations took. */
  readonly uses: Uses;
  /** Journeys that had to end before their time because all slots were taken. */
  cutShort = 0;
  /** Packets of paths that found no place beside those of their conversation. */
  private unkept = 0;

  constructor(
    private readonly conversations: Conversations,
    private readonly ports: Ports,
    private readonly outcomes: Outcomes,
    private readonly stations: Stations,
  ) {
    this.hopOrder = new HopOrder(this.words, this.doubles, ports);
    this.paths = new Paths(this.words, ports);
    this.take();
    this.uses = new Uses(this.paths.list, ports, stations);
  }

  /** Set by `see`: this frame is a packet not seen before / the same sight again. */
  isNew = false;
  isDuplicate = false;
  /** Set by `see`: the same capture has the sight twice. Two captures of one place have each of them. */
  isDoubled = false;
  /** Set by `see` for a new packet that is another one translated: conversation of the other, or -1. */
  translatedFrom = NONE;

  /** Set by `see`: number of the frame's journey. */
  number = NONE;

  /** Time of the packet seen last. */
  private nowNs = 0;

  /** Told of each journey that ended. */
  ended: ((journey: EndedJourney) => void) | null = null;
  private readonly told = new EndedJourney();

  /** A frame of way `way` of conversation `c`, carried by tunnel edge `edge` (-1: bare). */
  see(p: Packet, c: number, way: number, edge: number): void {
    if (this.words.length === 0) this.take();
    const { words, doubles } = this;
    const { timeNs, ttl, ttls } = p;
    this.nowNs = timeNs;
    if (this.first < this.end) this.close(timeNs - WINDOW_NS);
    const key = p.fingerprint;
    const where = whereOf(p, edge);
    this.isDuplicate = false;
    this.isDoubled = false;
    this.translatedFrom = NONE;
    this.isNew = false;
    this.number = this.past + this.end - 1;
    // A router passes a packet on within microseconds: most often the copy follows at once.
    const latest = slotOf(this.end - 1);
    if (
      this.keys[placeOf(this.end - 1)] === key &&
      words[latest + JOURNEY.conversation] === c &&
      words[latest + JOURNEY.way] === way &&
      doubles[latest / 2 + JOURNEY.uid] === this.conversations.uid[c] &&
      this.first < this.end &&
      this.sameSight(latest, where) === NONE
    ) {
      this.addHop(latest, p, where, ttls);
      return;
    }
    const bucket = mix(key) & (SLOTS * 2 - 1);
    let other = NONE;
    // Older numbers are after newer ones: the first that is not open ends the chain, and nothing ever has to be unlinked.
    for (let n = this.heads[bucket], steps = 0; n >= this.first && steps < CHAIN; n = this.nexts[placeOf(n)], steps++) {
      if (this.keys[placeOf(n)] !== key) continue;
      const at = slotOf(n);
      if (words[at + JOURNEY.conversation] !== c || words[at + JOURNEY.way] !== way) {
        if (other === NONE && this.couldBeTranslated(at, p, where)) other = at;
        continue;
      }
      this.number = this.past + n;
      const same = this.sameSight(at, where);
      if (same === NONE) {
        this.addHop(at, p, where, ttls);
        return;
      }
      const known = words[same + HOP.ttls] & 0xffff;
      if (ttl < (known & 0xff) || (ttl === (known & 0xff) && ttls >> 8 < known >> 8)) {
        // Round again, with a smaller TTL.
        words[at + JOURNEY.loops]++;
        this.addHop(at, p, where, ttls);
        return;
      }
      if (ttl !== (known & 0xff)) continue;
      if (p.unknown !== 0 && ttl === 0 && timeNs - doubles[same / 2 + HOP.ns] < ROUND_NS && isOnce(p)) {
        // A text does not say the TTL; but no host sends the same again so soon.
        words[at + JOURNEY.loops]++;
        this.addHop(at, p, where, ttls);
        return;
      }
      if (p.ipId !== 0 || timeNs - doubles[same / 2 + HOP.ns] < TWICE_NS) {
        this.isDuplicate = true;
        this.isDoubled = captureOf(words[same + HOP.ttls]) === p.capture;
        return;
      }
    }
    if (this.end - this.first === SLOTS) {
      this.cutShort++;
      this.closeFirst();
    }
    if (this.end === LAST_NUMBER) this.renumber();
    const place = placeOf(this.end);
    this.keys[place] = key;
    this.nexts[place] = this.heads[bucket];
    this.starts[place] = timeNs;
    const at = place * SLOT;
    words[at + JOURNEY.conversation] = c;
    words[at + JOURNEY.way] = way;
    words[at + JOURNEY.count] = 0;
    words[at + JOURNEY.loops] = 0;
    words[at + JOURNEY.mixed] = 0;
    words[at + JOURNEY.size] = p.ipLength;
    const asks = asksFor(p, way);
    words[at + JOURNEY.ask] = asks;
    words[at + JOURNEY.value] = asks === ASKS.nothing ? 0 : askedNumber(p, asks);
    doubles[at / 2 + JOURNEY.uid] = this.conversations.uid[c];
    doubles[at / 2 + JOURNEY.translatedFrom] = NONE;
    doubles[at / 2 + JOURNEY.translatedTo] = NONE;
    this.number = this.past + this.end;
    this.heads[bucket] = this.end++;
    this.addHop(at, p, where, ttls);
    this.isNew = true;
    if (other !== NONE) {
      this.translatedFrom = words[other + JOURNEY.conversation];
      const isEarlier = this.isEarlier(p, this.lastHop(other));
      const before = isEarlier ? at : other;
      const after = isEarlier ? other : at;
      doubles[before / 2 + JOURNEY.translatedTo] = doubles[after / 2 + JOURNEY.uid];
      doubles[after / 2 + JOURNEY.translatedFrom] = doubles[before / 2 + JOURNEY.uid];
    }
  }

  /** Ends journeys that started before `beforeNs`. */
  close(beforeNs: number): void {
    while (this.first < this.end && this.starts[placeOf(this.first)] < beforeNs) this.closeFirst();
  }

  /** Packets whose path counts with another one's. */
  get forgotten(): number {
    return this.unkept + this.paths.forgotten;
  }

  /** Ends all journeys, and lets go of the memory of their slots. */
  finish(): void {
    this.closeAll();
    if (this.words.length === 0) return;
    spare = this.words.buffer;
    this.use(NO_MEMORY);
  }

  private closeAll(): void {
    while (this.first < this.end) this.closeFirst();
  }

  private take(): void {
    this.use(spare ?? new ArrayBuffer(SLOTS * SLOT * Int32Array.BYTES_PER_ELEMENT));
    spare = null;
  }

  private use(memory: ArrayBuffer): void {
    this.words = new Int32Array(memory);
    this.doubles = new Float64Array(memory);
    this.hopOrder.words = this.words;
    this.hopOrder.doubles = this.doubles;
    this.paths.words = this.words;
  }

  /** Starts the numbers anew, once in a thousand million packets. */
  private renumber(): void {
    this.closeAll();
    this.past += this.end;
    this.heads.fill(NONE);
    this.first = 0;
    this.end = 0;
  }

  /** The paths taken by a way of a conversation, most recent first. */
  usesOf(c: number, way: number): PathUse[] {
    return this.uses.of(c * 2 + way, this.conversations.uid[c]);
  }

  /** Ends journeys whose copies cannot come any more. */
  expire(nowNs: number): void {
    this.nowNs = nowNs;
    this.close(nowNs - WINDOW_NS);
  }

  /** Lets go of paths that a way of the conversation has left for another one. */
  forgetLeft(c: number): void {
    for (let slot = c * 2; slot < c * 2 + 2; slot++) this.uses.forgetLeft(slot, WINDOW_NS);
  }

  /** The conversation's slot is about to be used for another one. */
  forget(c: number): void {
    for (let slot = c * 2; slot < c * 2 + 2; slot++) this.uses.forget(slot);
  }

  /** The last hop of the journey at `at` that was seen at the same place, or -1. */
  private sameSight(at: number, where: number): number {
    const { words } = this;
    for (let hop = this.lastHop(at); hop >= at + JOURNEY_WORDS; hop -= HOP_WORDS)
      if (words[hop + HOP.where] === where) return hop;
    return NONE;
  }

  /** The same packet with other addresses: it goes on where this one was last seen, with a TTL lower by at most one. */
  private couldBeTranslated(at: number, p: Packet, where: number): boolean {
    const { words, doubles } = this;
    const hop = this.lastHop(at);
    if (words[hop + HOP.where] === where) return false;
    if (doubles[at / 2 + (this.isEarlier(p, hop) ? JOURNEY.translatedFrom : JOURNEY.translatedTo)] !== NONE) return false;
    const lost = (words[hop + HOP.ttls] & 0xff) - p.ttl;
    // Without its payload and IP id a datagram is told by its length only: time has to say more.
    const within = p.unknown !== 0 && p.proto !== PROTO.tcp && p.ipId === 0 ? AT_ONCE_NS : WINDOW_NS / 4;
    return (
      lost >= 0 &&
      lost <= 1 &&
      p.timeNs - doubles[hop / 2 + HOP.ns] < within &&
      (p.proto === PROTO.tcp || p.ipId !== 0 || p.payloadLength > 8)
    );
  }

  private lastHop(at: number): number {
    return at + JOURNEY_WORDS + (this.words[at + JOURNEY.count] - 1) * HOP_WORDS;
  }

  /** The packet is what the one of this hop was made of, though it is read later: interfaces of one pcapng step back in time. */
  private isEarlier(p: Packet, hop: number): boolean {
    return p.ttl === (this.words[hop + HOP.ttls] & 0xff) && p.timeNs < this.doubles[hop / 2 + HOP.ns];
  }

  private addHop(at: number, p: Packet, where: number, ttls: number): void {
    const { words, doubles } = this;
    const n = words[at + JOURNEY.count];
    if (n === MAX_HOPS) return;
    const hop = at + JOURNEY_WORDS + n * HOP_WORDS;
    words[at + JOURNEY.count] = n + 1;
    doubles[hop / 2 + HOP.ns] = p.timeNs;
    const { fileOffset } = p;
    words[hop + HOP.offset] = fileOffset;
    words[hop + HOP.manner] = hopManner(fileOffset / 0x1_0000_0000, p.kind, this.stations.of(p.destinationMac()));
    words[hop + HOP.where] = where;
    words[hop + HOP.frame] = p.number;
    words[hop + HOP.length] = p.captured;
    words[hop + HOP.ttls] = ttls | hopTtls(0, 0, p.capture);
    if (n > 0 && this.hopOrder.later(at, hop - HOP_WORDS, hop)) words[at + JOURNEY.mixed] = 1;
  }

  private closeFirst(): void {
    const { words, doubles } = this;
    const at = slotOf(this.first++);
    if (this.conversations.uid[words[at + JOURNEY.conversation]] !== doubles[at / 2 + JOURNEY.uid]) {
      if (this.ended !== null) this.tell(at, null, this.ended);
      return;
    }
    const { uses } = this;
    const use = this.file(at, words[at + JOURNEY.conversation]);
    if (this.ended !== null) this.tell(at, uses.pathOf(use), this.ended);
    if (words[at + JOURNEY.ask] !== ASKS.nothing) this.settle(at, words[at + JOURNEY.conversation], use);
    if (words[at + JOURNEY.loops] > 0) uses.noteLoop(use);
    uses.noteTranslated(use, doubles[at / 2 + JOURNEY.translatedFrom], doubles[at / 2 + JOURNEY.translatedTo]);
  }

  /** Notes what became of a packet that wants an answer. One that had to end before its time proves nothing by silence. */
  private settle(at: number, c: number, use: number): void {
    const { words } = this;
    const way = words[at + JOURNEY.way];
    const sentNs = this.starts[at / SLOT];
    const isAnswered = this.outcomes.isAnswered(c, way, words[at + JOURNEY.ask], words[at + JOURNEY.value], sentNs);
    if (!isAnswered && this.nowNs - sentNs < WINDOW_NS) return;
    this.uses.noteOutcome(use, isAnswered);
    this.outcomes.note(c, way, isAnswered, sentNs, this, at);
    if (!isAnswered && words[at + JOURNEY.ask] === ASKS.echo)
      this.outcomes.miss(this.conversations.uid[c], words[at + JOURNEY.value], sentNs, use);
  }

  /** The first frame of the journey at `at`. */
  firstMark(at: number): Mark {
    const { words, doubles } = this;
    const hop = at + JOURNEY_WORDS;
    const where = words[hop + HOP.where];
    const ttls = words[hop + HOP.ttls];
    const port = portOf(where);
    return {
      capture: captureOf(ttls),
      source: this.ports.list[port].source,
      conversation: doubles[at / 2 + JOURNEY.uid],
      frame: words[hop + HOP.frame] >>> 0,
      fileOffset: hopOffset(words, hop),
      length: words[hop + HOP.length],
      timeNs: doubles[hop / 2 + HOP.ns],
      port,
      direction: directionOf(where),
      ttl: ttlOf(ttls),
    };
  }

  /** `filed`: the path that the journey was filed under, which is another one where a conversation took too many. */
  private tell(at: number, filed: Path | null, ended: (journey: EndedJourney) => void): void {
    const { words, doubles, paths, told } = this;
    const order = this.hopOrder.of(at);
    const path = filed !== null && paths.takes(at, order, filed.where) ? filed : paths.of(at, order);
    told.number = this.past + this.first - 1;
    told.uid = doubles[at / 2 + JOURNEY.uid];
    told.translatedFrom = doubles[at / 2 + JOURNEY.translatedFrom];
    told.translatedTo = doubles[at / 2 + JOURNEY.translatedTo];
    told.way = words[at + JOURNEY.way];
    told.loops = words[at + JOURNEY.loops];
    told.hops = words[at + JOURNEY.count];
    told.path = paths.takes(at, order, path.where) ? path : null;
    for (let h = 0; h < told.hops; h++) {
      const hop = at + JOURNEY_WORDS + order[h] * HOP_WORDS;
      const where = words[hop + HOP.where];
      const ttls = words[hop + HOP.ttls];
      const manner = words[hop + HOP.manner];
      told.frame[h] = words[hop + HOP.frame];
      told.capture[h] = captureOf(ttls);
      told.timeNs[h] = doubles[hop / 2 + HOP.ns];
      told.port[h] = portOf(where);
      told.direction[h] = directionOf(where);
      told.tagged[h] = taggedOf(where);
      told.edge[h] = edgeAndOneOf(where) - 1;
      told.ttl[h] = ttlOf(ttls);
      told.outerTtl[h] = outerTtlOf(ttls);
      told.destinationMac[h] = this.stations.mac(stationOf(manner));
      told.kind[h] = kindOf(manner);
    }
    ended(told);
  }

  /** Files the journey under its conversation's paths; returns the use. */
  private file(at: number, c: number): number {
    const { words, paths, uses } = this;
    const order = this.hopOrder.of(at);
    const slot = c * 2 + words[at + JOURNEY.way];
    const startNs = this.doubles[(at + JOURNEY_WORDS) / 2 + HOP.ns];
    const size = words[at + JOURNEY.size];
    const head = uses.head(slot);
    let known = 0;
    for (let use = head; use !== NONE; use = uses.next(use), known++) {
      const path = uses.pathOf(use);
      if (!paths.takes(at, order, path.where)) continue;
      path.count++;
      uses.note(use, startNs, size);
      return use;
    }
    const path = paths.of(at, order);
    path.count++;
    if (known >= USES_PER_WAY) {
      this.unkept++;
      uses.noteMore(head);
      return head;
    }
    const use = uses.add(slot, path, startNs, size);
    // The path that stands for the rest may have more hops than this journey.
    const last = words[at + JOURNEY.count] - 1;
    for (let n = 0; n < path.where.length; n++)
      uses.setHop(use, n, words, at + JOURNEY_WORDS + order[n < last ? n : last] * HOP_WORDS);
    return use;
  }
}
