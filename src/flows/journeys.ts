// Copies of one packet, and the path they make: In eth1 ttl 63 -> Out eth2 ttl 62.
//
// What makes two frames copies of one packet (and not a packet and its retransmission):
// - the same innermost conversation and way, and the same values that no router changes (`fingerprint`): IP id, length,
//   TCP sequence and acknowledgement numbers, ICMP sequence, first bytes of a datagram;
// - seen at another interface, direction, encapsulation, or with fewer hops to live.
// A translated copy (NAT) has the same fingerprint, other addresses or ports, and leaves where the first came in.
// The same sight twice is a retransmission when the packet has no IP id of its own (IPv6, and IPv4 with id 0: SYN-ACKs of
// Linux), else a duplicate.
import { DIRECTION } from '../capture/frame.js';
import { type Conversations, mix } from './conversations.js';
import { type Packet, PROTO, word } from './packet.js';

/** Journeys open at once. At a million packets a second that is 30 ms, far longer than a router needs. */
const SLOTS = 1 << 15;
/** Hops kept of one journey: a bridge, a tunnel and a router make six. A loop makes more: they are counted. */
export const MAX_HOPS = 8;
/** A copy comes within this time. Interfaces of one pcapng step back by up to a quarter of a second. */
const WINDOW_NS = 1e9;
/** The same sight again sooner than this is the frame captured twice, not sent twice. */
const TWICE_NS = 1e6;
/** Links followed in one chain; packets that all look alike end here. */
const CHAIN = 32;
const NONE = -1;

/** A way through the capture points, as hops of port, direction and encapsulation. */
export interface Path {
  readonly id: number;
  readonly hops: readonly PathHop[];
  /** Journeys that took it. */
  count: number;
}

export interface PathHop {
  readonly port: number;
  readonly direction: number;
  /** Tunnel edge (tunnels.ts) the packet was in, or -1 when bare. */
  readonly edge: number;
  /** It carried a VLAN tag. */
  readonly tagged: boolean;
}

/** Distinct paths of all conversations together; a hostile capture could make one per frame. The last one stands for the rest. */
const MAX_PATHS = 65_536;
/** Paths remembered for one way of one conversation. */
const USES_PER_WAY = 8;

/** One path of one way of a conversation: how many packets took it, and the first of them. */
export interface PathUse {
  readonly path: Path;
  count: number;
  readonly hops: readonly HopExample[];
  /** Packets that passed the same hop more than once, with less to live each time. */
  looped: number;
  /** The translated counterpart: conversation uid, or -1. */
  translatedUid: number;
  next: PathUse | null;
  lastNs: number;
}

export interface HopExample {
  readonly frame: number;
  readonly source: number;
  readonly fileOffset: number;
  readonly length: number;
  readonly timeNs: number;
  readonly ttl: number;
  readonly outerTtl: number;
}

export class Journeys {
  // By slot.
  private readonly key = new Int32Array(SLOTS);
  private readonly conversation = new Int32Array(SLOTS).fill(NONE);
  /** Uid of the conversation: its slot may have been given to another one since. */
  private readonly uid = new Float64Array(SLOTS);
  private readonly way = new Uint8Array(SLOTS);
  private readonly next = new Int32Array(SLOTS);
  private readonly hopCount = new Uint8Array(SLOTS);
  private readonly startNs = new Float64Array(SLOTS);
  private readonly loops = new Uint16Array(SLOTS);
  private readonly translated = new Float64Array(SLOTS);
  // By slot and hop.
  private readonly hopPort = new Uint16Array(SLOTS * MAX_HOPS);
  private readonly hopDirection = new Uint8Array(SLOTS * MAX_HOPS);
  private readonly hopTtl = new Uint8Array(SLOTS * MAX_HOPS);
  private readonly hopOuterTtl = new Uint8Array(SLOTS * MAX_HOPS);
  private readonly hopEdge = new Int32Array(SLOTS * MAX_HOPS);
  private readonly hopTagged = new Uint8Array(SLOTS * MAX_HOPS);
  private readonly hopFrame = new Uint32Array(SLOTS * MAX_HOPS);
  private readonly hopSource = new Uint16Array(SLOTS * MAX_HOPS);
  private readonly hopOffset = new Float64Array(SLOTS * MAX_HOPS);
  private readonly hopLength = new Uint32Array(SLOTS * MAX_HOPS);
  private readonly hopNs = new Float64Array(SLOTS * MAX_HOPS);

  private readonly heads = new Int32Array(SLOTS * 2).fill(NONE);
  private first = 0;
  private open = 0;

  readonly paths: Path[] = [];
  private readonly pathByKey = new Map<string, Path>();
  /** By conversation slot * 2 + way: the last path use, which the next packet most likely takes too. */
  private readonly uses: (PathUse | null)[] = [];
  /** Journeys that had to end before their time because all slots were taken. */
  cutShort = 0;
  private readonly order = new Uint8Array(MAX_HOPS);

  constructor(private readonly conversations: Conversations) {}

  /** Set by `see`: this frame is a packet not seen before / the same sight again. */
  isNew = false;
  isDuplicate = false;
  /** Set by `see` for a new packet that is another one translated: conversation of the other, or -1. */
  translatedFrom = NONE;

  /** A frame of way `way` of conversation `c`, carried by tunnel edge `edge` (-1: bare). Returns the journey's slot. */
  see(p: Packet, c: number, way: number, edge: number): number {
    this.close(p.timeNs - WINDOW_NS);
    const key = fingerprint(p);
    const bucket = mix(key) & (this.heads.length - 1);
    const outerTtl = p.levels > 1 ? p.outerTtl() : 0;
    this.isDuplicate = false;
    this.translatedFrom = NONE;
    let steps = 0;
    let other = NONE;
    for (let j = this.heads[bucket]; j !== NONE && steps < CHAIN; j = this.next[j], steps++) {
      if (this.key[j] !== key) continue;
      if (this.conversation[j] !== c || this.way[j] !== way) {
        if (other === NONE && this.couldBeTranslated(j, p)) other = j;
        continue;
      }
      const same = this.sameSight(j, p, edge);
      if (same === NONE) {
        this.addHop(j, p, edge, outerTtl);
        this.isNew = false;
        return j;
      }
      const at = j * MAX_HOPS + same;
      if (p.ttl < this.hopTtl[at] || (p.ttl === this.hopTtl[at] && outerTtl < this.hopOuterTtl[at])) {
        // Round again, with less to live.
        this.loops[j] = Math.min(this.loops[j] + 1, 0xffff);
        this.addHop(j, p, edge, outerTtl);
        this.isNew = false;
        return j;
      }
      if (p.ttl !== this.hopTtl[at]) continue;
      if (p.ipId !== 0 || p.timeNs - this.hopNs[at] < TWICE_NS) {
        this.isNew = false;
        this.isDuplicate = true;
        return j;
      }
    }
    const j = this.start(p, c, way, key, bucket);
    this.addHop(j, p, edge, outerTtl);
    this.isNew = true;
    if (other !== NONE) {
      this.translatedFrom = this.conversation[other];
      this.translated[other] = this.conversations.uid[c];
      this.translated[j] = this.uid[other];
    }
    return j;
  }

  /** Ends journeys that started before `beforeNs`. */
  close(beforeNs: number): void {
    while (this.open > 0 && this.startNs[this.first] < beforeNs) this.closeFirst();
  }

  /** Ends all journeys. */
  finish(): void {
    while (this.open > 0) this.closeFirst();
  }

  /** The paths taken by a way of a conversation, most recent first. */
  *usesOf(c: number, way: number): Iterable<PathUse> {
    for (let use = this.uses[c * 2 + way] ?? null; use !== null; use = use.next) yield use;
  }

  /** The conversation's slot is about to be used for another one. */
  forget(c: number): void {
    this.uses[c * 2] = null;
    this.uses[c * 2 + 1] = null;
  }

  /** A hop of this journey at the same interface, in the same direction and encapsulation; the last such, or -1. */
  private sameSight(j: number, p: Packet, edge: number): number {
    for (let h = this.hopCount[j] - 1; h >= 0; h--) {
      const at = j * MAX_HOPS + h;
      if (
        this.hopPort[at] === p.port &&
        this.hopDirection[at] === p.direction &&
        this.hopEdge[at] === edge &&
        this.hopTagged[at] === (p.vlan >= 0 ? 1 : 0)
      )
        return h;
    }
    return NONE;
  }

  /** The same packet with other addresses: it goes out where this one came in, and one end is the same. */
  private couldBeTranslated(j: number, p: Packet): boolean {
    if (this.translated[j] !== NONE || this.hopCount[j] === 0) return false;
    const at = j * MAX_HOPS;
    if (this.hopPort[at] === p.port && this.hopDirection[at] === p.direction) return false;
    return (
      p.timeNs - this.hopNs[at] < WINDOW_NS / 4 &&
      (p.proto === PROTO.tcp || p.ipId !== 0 || p.payloadLength > 8) &&
      this.hopTtl[at] - p.ttl <= 1 &&
      this.hopTtl[at] >= p.ttl
    );
  }

  private start(p: Packet, c: number, way: number, key: number, bucket: number): number {
    if (this.open === SLOTS) {
      this.cutShort++;
      this.closeFirst();
    }
    const j = (this.first + this.open++) & (SLOTS - 1);
    this.key[j] = key;
    this.conversation[j] = c;
    this.uid[j] = this.conversations.uid[c];
    this.way[j] = way;
    this.hopCount[j] = 0;
    this.startNs[j] = p.timeNs;
    this.loops[j] = 0;
    this.translated[j] = NONE;
    this.next[j] = this.heads[bucket];
    this.heads[bucket] = j;
    return j;
  }

  private addHop(j: number, p: Packet, edge: number, outerTtl: number): void {
    const h = this.hopCount[j];
    if (h === MAX_HOPS) return;
    const at = j * MAX_HOPS + h;
    this.hopCount[j] = h + 1;
    this.hopPort[at] = p.port;
    this.hopDirection[at] = p.direction;
    this.hopTtl[at] = p.ttl;
    this.hopOuterTtl[at] = outerTtl;
    this.hopEdge[at] = edge;
    this.hopTagged[at] = p.vlan >= 0 ? 1 : 0;
    this.hopFrame[at] = p.frame.number;
    this.hopSource[at] = p.source;
    this.hopOffset[at] = p.frame.fileOffset;
    this.hopLength[at] = p.frame.end - p.frame.start;
    this.hopNs[at] = p.timeNs;
  }

  private closeFirst(): void {
    const j = this.first;
    this.first = (j + 1) & (SLOTS - 1);
    this.open--;
    const bucket = mix(this.key[j]) & (this.heads.length - 1);
    if (this.heads[bucket] === j) this.heads[bucket] = this.next[j];
    else {
      let at = this.heads[bucket];
      while (this.next[at] !== j) at = this.next[at];
      this.next[at] = this.next[j];
    }
    const c = this.conversation[j];
    if (this.conversations.uid[c] !== this.uid[j]) return;
    const use = this.record(j, c);
    if (this.loops[j] > 0) use.looped++;
    if (this.translated[j] !== NONE) use.translatedUid = this.translated[j];
  }

  /** Files the journey under its conversation's paths. */
  private record(j: number, c: number): PathUse {
    this.sort(j);
    const slot = c * 2 + this.way[j];
    const head = this.uses[slot] ?? null;
    let known = 0;
    for (let use = head; use !== null; use = use.next, known++)
      if (this.takes(j, use.path)) {
        use.count++;
        use.path.count++;
        use.lastNs = this.hopNs[j * MAX_HOPS];
        return use;
      }
    const path = this.pathOf(j);
    path.count++;
    if (known >= USES_PER_WAY && head !== null) {
      head.count++;
      return head;
    }
    const hops = Array.from({ length: this.hopCount[j] }, (_, i) => this.example(j * MAX_HOPS + this.order[i]));
    const use: PathUse = { path, count: 1, hops, looped: 0, translatedUid: NONE, next: head, lastNs: this.hopNs[j * MAX_HOPS] };
    this.uses[slot] = use;
    return use;
  }

  private example(at: number): HopExample {
    return {
      frame: this.hopFrame[at],
      source: this.hopSource[at],
      fileOffset: this.hopOffset[at],
      length: this.hopLength[at],
      timeNs: this.hopNs[at],
      ttl: this.hopTtl[at],
      outerTtl: this.hopOuterTtl[at],
    };
  }

  /** Orders the hops as they were travelled: more hops to live first, outer ones too; then by time; in before out. */
  private sort(j: number): void {
    const { order } = this;
    const n = this.hopCount[j];
    for (let i = 0; i < n; i++) {
      let k = i;
      while (k > 0 && this.later(j, order[k - 1], i)) {
        order[k] = order[k - 1];
        k--;
      }
      order[k] = i;
    }
  }

  private later(j: number, x: number, y: number): boolean {
    const a = j * MAX_HOPS + x;
    const b = j * MAX_HOPS + y;
    if (this.hopTtl[a] !== this.hopTtl[b]) return this.hopTtl[a] < this.hopTtl[b];
    if (this.hopOuterTtl[a] !== this.hopOuterTtl[b] && this.hopOuterTtl[a] !== 0 && this.hopOuterTtl[b] !== 0)
      return this.hopOuterTtl[a] < this.hopOuterTtl[b];
    if (this.hopNs[a] !== this.hopNs[b]) return this.hopNs[a] > this.hopNs[b];
    return this.hopDirection[a] === DIRECTION.out && this.hopDirection[b] === DIRECTION.in && this.hopPort[a] !== this.hopPort[b];
  }

  private takes(j: number, path: Path): boolean {
    const { hops } = path;
    if (hops.length !== this.hopCount[j]) return false;
    for (let i = 0; i < hops.length; i++) {
      const at = j * MAX_HOPS + this.order[i];
      const hop = hops[i];
      if (
        hop.port !== this.hopPort[at] ||
        hop.direction !== this.hopDirection[at] ||
        hop.edge !== this.hopEdge[at] ||
        hop.tagged !== (this.hopTagged[at] === 1)
      )
        return false;
    }
    return true;
  }

  private pathOf(j: number): Path {
    const hops: PathHop[] = [];
    let key = '';
    for (let i = 0; i < this.hopCount[j]; i++) {
      const at = j * MAX_HOPS + this.order[i];
      const hop = {
        port: this.hopPort[at],
        direction: this.hopDirection[at],
        edge: this.hopEdge[at],
        tagged: this.hopTagged[at] === 1,
      };
      hops.push(hop);
      key += `${hop.port},${hop.direction},${hop.edge},${hop.tagged};`;
    }
    const found = this.pathByKey.get(key);
    if (found !== undefined) return found;
    if (this.paths.length >= MAX_PATHS) return this.paths[MAX_PATHS - 1];
    const path: Path = { id: this.paths.length, hops, count: 0 };
    this.paths.push(path);
    this.pathByKey.set(key, path);
    return path;
  }
}

/**
 * A number that all copies of a packet share, translated and fragmented ones too. Without lengths: offloads merge and cut
 * segments, routers fragment. Without addresses and ports: NAT rewrites them.
 */
function fingerprint(p: Packet): number {
  const { bytes, l4At: at, l4End: end } = p;
  let h = Math.imul(p.ipId ^ (p.proto << 16), 0x9e3779b1);
  if (p.laterFragment) return h ^ 0x5bd1e995;
  if (p.proto === PROTO.tcp) {
    if (at + 14 <= end)
      h = Math.imul(h ^ word(bytes, at + 4), 0xc2b2ae35) ^ Math.imul(word(bytes, at + 8) ^ bytes[at + 13], 0x27d4eb2f);
  } else if (p.proto === PROTO.udp) {
    if (at + 8 <= end) h = Math.imul(h ^ (bytes[at + 4] << 8) ^ bytes[at + 5], 0xc2b2ae35);
    if (p.payloadAt + 8 <= end)
      h = Math.imul(h ^ word(bytes, p.payloadAt), 0xc2b2ae35) ^ Math.imul(word(bytes, p.payloadAt + 4), 0x27d4eb2f);
  } else if (at + 8 <= end) {
    // ICMP: type and code, sequence number (its identifier may be translated), then what follows.
    h = Math.imul(h ^ (bytes[at] << 24) ^ (bytes[at + 1] << 16) ^ (bytes[at + 6] << 8) ^ bytes[at + 7], 0xc2b2ae35);
    if (at + 16 <= end) h ^= Math.imul(word(bytes, at + 12), 0x27d4eb2f);
  }
  return h | 0;
}
