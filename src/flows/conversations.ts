// Conversations: both directions of a flow of innermost packets, as columns of typed arrays (declared.ts). A conversation is a number.
//
// The key is the innermost addresses, protocol and ports, and not the VLAN or VNI around them: the same packet is seen bare on a
// pod's interface, tagged on a parent and inside a tunnel, and Cilium's VNI differs by direction. Which way a packet
// was carried is told by the paths of the conversation (journeys.ts). What has no IP conversation (ARP, ND) is keyed by its
// segment instead (neighbours.ts).
import { mixEnds } from '../bytes/mix.js';
import type { Ip } from '../topology/ip.js';
import { ConversationColumns, FIRST_ROOM } from './generated/conversation-columns.js';
import { AT } from './generated/packet-words.js';
import { Numbers } from './numbers.js';
import type { Packet } from './packet.js';

/** Direction of a conversation: 0 from the one who asked (first SYN, echo request, query), 1 the other way. */
export type Way = 0 | 1;

const FREE = -1;
/** Addresses of the conversation that is being removed. */
const ENDS = new Int32Array(8);
/** No protocol number: those have eight bits. */
const FREE_SLOT = 0x100;

export class Conversations extends ConversationColumns {
  /** Slots in use, 0 to `used` - 1; a slot with `proto` FREE_SLOT is free. */
  used = 0;
  live = 0;
  /** Conversations that were given up to make room. */
  forgotten = 0;
  private capacity = FIRST_ROOM;
  private free = FREE;
  private heads = new Int32Array(2 * FIRST_ROOM).fill(FREE);

  constructor(
    /** Most conversations kept; which one makes room is for the tracker to say. */
    readonly limit: number,
    private readonly numbers = new Numbers(),
  ) {
    super();
  }

  /** Result of `of`: way of the packet, and whether the conversation is new. */
  way: Way = 0;
  isNew = false;

  /**
   * The conversation of the packet's innermost level; sets `way` and `isNew`. -1 when there is no room: the caller evicts.
   * One that starts with an answer is turned round.
   */
  of(p: Packet): number {
    this.isNew = false;
    // A packet most likely belongs to the same conversation as the one before: bulk transfers, copies of a forwarded packet.
    let way = this.wayOf(this.last, p);
    if (way >= 0) {
      this.way = way as Way;
      return this.last;
    }
    const hash = p.endsHash;
    for (let c = this.heads[hash & (this.heads.length - 1)]; c !== FREE; c = this.next[c]) {
      way = this.wayOf(c, p);
      if (way < 0) continue;
      this.way = way as Way;
      this.last = c;
      return c;
    }
    const c = this.take();
    if (c < 0) return -1;
    const { words, answers, srcPort, dstPort } = p;
    const src = p.at + AT.address + (answers ? 4 : 0);
    const dst = p.at + AT.address + (answers ? 0 : 4);
    for (let i = 0; i < 4; i++) {
      this.src[c * 4 + i] = words[src + i];
      this.dst[c * 4 + i] = words[dst + i];
    }
    this.srcPort[c] = answers ? dstPort : srcPort;
    this.dstPort[c] = answers ? srcPort : dstPort;
    this.proto[c] = p.proto;
    this.hash[c] = hash;
    this.uid[c] = this.numbers.of(words, p.at + AT.address, srcPort, dstPort, p.proto);
    const at = hash & (this.heads.length - 1);
    this.next[c] = this.heads[at];
    this.heads[at] = c;
    this.way = answers ? 1 : 0;
    this.isNew = true;
    this.last = c;
    return c;
  }

  /** The conversation last found. */
  private last = 0;

  /** Way of the packet in conversation `c`; -1 when it is of another one. */
  private wayOf(c: number, p: Packet): number {
    if (this.proto[c] !== p.proto) return -1;
    const { src, dst } = this;
    const { words, srcPort, dstPort } = p;
    const a = p.at + AT.address;
    const w = c * 4;
    // `| 0`: the words of a record have a sign.
    if (
      this.srcPort[c] === srcPort &&
      this.dstPort[c] === dstPort &&
      (src[w + 3] | 0) === words[a + 3] &&
      (dst[w + 3] | 0) === words[a + 7]
    )
      if (same(src, w, words, a) && same(dst, w, words, a + 4))
        // Who talks to itself has one end: only the kind of packet tells the ways apart.
        return p.answers && srcPort === dstPort && same(src, w, words, a + 4) ? 1 : 0;
    if (
      this.srcPort[c] === dstPort &&
      this.dstPort[c] === srcPort &&
      (src[w + 3] | 0) === words[a + 7] &&
      (dst[w + 3] | 0) === words[a + 3]
    )
      if (same(src, w, words, a + 4) && same(dst, w, words, a)) return 1;
    return -1;
  }

  /** Forgets a conversation; its slot is used again, and its number when it comes back. */
  remove(c: number): void {
    for (let i = 0; i < 4; i++) {
      ENDS[i] = this.src[c * 4 + i];
      ENDS[i + 4] = this.dst[c * 4 + i];
    }
    this.numbers.keep(this.uid[c], ENDS, 0, this.srcPort[c], this.dstPort[c], this.proto[c]);
    const bucket = this.bucketOf(c);
    let at = this.heads[bucket];
    if (at === c) this.heads[bucket] = this.next[c];
    else {
      while (this.next[at] !== c) at = this.next[at];
      this.next[at] = this.next[c];
    }
    this.proto[c] = FREE_SLOT;
    this.next[c] = this.free;
    this.free = c;
    this.live--;
  }

  exists(c: number): boolean {
    return this.proto[c] !== FREE_SLOT;
  }

  /** Last time anything was seen of it, either way. */
  lastSeen(c: number): number {
    return Math.max(this.packets[c * 2] > 0 ? this.lastNs[c * 2] : 0, this.packets[c * 2 + 1] > 0 ? this.lastNs[c * 2 + 1] : 0);
  }

  private bucketOf(c: number): number {
    return this.hash[c] & (this.heads.length - 1);
  }

  /** The conversation of these ends, either way round; sets `way` for a packet from `from`. -1 when there is none. */
  find(from: Ip, to: Ip, proto: number, fromPort: number, toPort: number): number {
    const ends = Int32Array.of(from.a, from.b, from.c, from.d, to.a, to.b, to.c, to.d);
    const hash = mixEnds(ends, 0, fromPort, toPort, proto);
    for (let c = this.heads[hash & (this.heads.length - 1)]; c !== FREE; c = this.next[c]) {
      if (this.proto[c] !== proto) continue;
      const srcPort = this.srcPort[c];
      const dstPort = this.dstPort[c];
      if (srcPort === fromPort && dstPort === toPort && isAt(this.src, c, from) && isAt(this.dst, c, to)) {
        this.way = 0;
        return c;
      }
      if (srcPort === toPort && dstPort === fromPort && isAt(this.src, c, to) && isAt(this.dst, c, from)) {
        this.way = 1;
        return c;
      }
    }
    return -1;
  }

  private take(): number {
    const c = this.free;
    if (c === FREE) {
      if (this.used === this.limit) return -1;
      if (this.used === this.capacity) this.grow();
      this.live++;
      // Columns are zero where they have not been used.
      return this.used++;
    }
    this.free = this.next[c];
    this.live++;
    this.clearColumns(c);
    return c;
  }

  private grow(): void {
    this.capacity *= 2;
    this.growColumns();
    this.heads = new Int32Array(this.capacity * 2).fill(FREE);
    for (let c = 0; c < this.used; c++) {
      if (this.proto[c] === FREE_SLOT) continue;
      const bucket = this.bucketOf(c);
      this.next[c] = this.heads[bucket];
      this.heads[bucket] = c;
    }
  }
}

/** The upper three words of an address; the lowest tells most apart, and is compared first. */
const same = (known: Uint32Array, at: number, words: Int32Array, from: number): boolean =>
  (known[at + 2] | 0) === words[from + 2] && (known[at + 1] | 0) === words[from + 1] && (known[at] | 0) === words[from];

const isAt = (words: Uint32Array, c: number, ip: Ip): boolean =>
  words[c * 4 + 3] === ip.d && words[c * 4 + 2] === ip.c && words[c * 4 + 1] === ip.b && words[c * 4] === ip.a;
