// Tunnel edges: from which end point to which, by which kind, with which VNI. A hop of a packet names its edge by number.
import { DIRECTION } from '../capture/frame.js';
import { Ip } from '../topology/ip.js';
import { CHECKSUM, outerSum, tunnelGuess } from './checksums.js';
import { AT } from './generated/packet-words.js';
import { type Mark, mark } from './mark.js';
import type { Packet } from './packet.js';
import { TUNNEL } from './record.js';

export type TunnelKind = 'vxlan' | 'geneve' | 'gre' | 'erspan' | 'gtp' | 'lisp' | 'ip';

/** A MAC that frames inside a tunnel are addressed to. */
export interface InnerMac {
  /** 48 bits; and their upper 32, with a sign, and lower 16, as packets have them. */
  readonly mac: number;
  readonly high: number;
  readonly low: number;
  readonly first: Mark;
  count: number;
  lastNs: number;
}

/** UDP checksums of the outer headers, of frames that came in. */
export interface OuterSums {
  /** The sender gave none. */
  none: number;
  /** Checked, and right or not known to be wrong; checked and wrong. */
  right: number;
  wrong: number;
  /** The wrong ones, the first few: key `capture frame`. */
  readonly wrongAt: Map<string, Mark>;
}

/** Datagrams that look like a tunnel on a port that is not known to be one's. */
export interface Suspect {
  readonly kind: 'vxlan' | 'geneve';
  readonly port: number;
  readonly src: Ip;
  readonly dst: Ip;
  readonly marks: Mark[];
  /** Conversations, and the first of them. */
  count: number;
  readonly uids: number[];
}

export interface Edge {
  readonly id: number;
  readonly kind: TunnelKind;
  /** Outer addresses. */
  readonly src: Ip;
  readonly dst: Ip;
  /** -1 where the tunnel has none. */
  readonly vni: number;
  /** Outer UDP destination port, or 0. */
  readonly port: number;
  frames: number;
  readonly firstSeen: Mark;
  lastNs: number;
  /** Frames whose inner Ethernet header carries a VLAN tag, and the first. */
  innerTagged: number;
  firstTagged: Mark | null;
  /** Outer packets that are fragments, the first, and the longest, in bytes of IP. */
  fragments: number;
  firstFragment: Mark | null;
  longestFragment: number;
  /** Longest whole outer packet, in bytes of IP; what it has more than the one inside; whether it must not be fragmented. */
  longest: number;
  overhead: number;
  dontFragment: boolean;
  /** Unicast MACs that the frames inside are addressed to, the first few. */
  readonly innerMacs: InnerMac[];
  readonly sums: OuterSums;
}

/** Edges of all captures together; the last one stands for the rest. VNIs of Cilium are identities: there can be many. */
const MAX_EDGES = 16_384;
const SIZE = 1 << 15;
/** Inner MACs kept of an edge: a tunnel between routed networks has one. */
const MAX_INNER_MACS = 8;
const MAX_SUSPECTS = 64;
/** Outer checksums that are looked at of an edge, and how many more once one is wrong: each is a sum over the whole packet. */
const MAX_SUMS = 64;
const MAX_SUMS_WRONG = 1024;

// What tells edges apart, as it stands in a record: VNI, port and kind, addresses.
const KEY = 10;

const KINDS: readonly TunnelKind[] = (Object.keys(TUNNEL) as TunnelKind[]).sort((a, b) => TUNNEL[a] - TUNNEL[b]);

const NO_ROOM = new Int32Array(0);

export class Tunnels {
  readonly list: Edge[] = [];
  /** Frames whose edge, or whose port that looks like a tunnel's, found no place. */
  forgotten = 0;
  // 800 kB, from the first tunnel on.
  private table = NO_ROOM;
  private hashes = NO_ROOM;
  private keys = NO_ROOM;
  /** Ports that were not declared, by what the datagrams to them look like. */
  readonly suspects = new Map<number, Suspect>();
  /** The edge last found: most packets run in the tunnel of the one before. */
  private last = -1;

  /** The edge of the packet's innermost tunnel, also of one that carries ARP; -1 when it is bare. */
  of(p: Packet): number {
    if (p.levels < 2 && (p.levels === 0 || !p.isArp)) return -1;
    if (this.last >= 0 && this.isEdge(this.last, p)) {
      this.count(this.list[this.last], p);
      return this.last;
    }
    if (this.list.length === 0) this.makeRoom();
    const hash = p.edgeHash;
    for (let slot = hash & (SIZE - 1); ; slot = (slot + 1) & (SIZE - 1)) {
      const id = this.table[slot];
      if (id === -1) {
        if (this.list.length >= MAX_EDGES) {
          this.forgotten++;
          return MAX_EDGES - 1;
        }
        return this.add(slot, p);
      }
      if (this.hashes[id] === hash && this.isEdge(id, p)) {
        this.count(this.list[id], p);
        this.last = id;
        return id;
      }
    }
  }

  private makeRoom(): void {
    this.table = new Int32Array(SIZE).fill(-1);
    this.hashes = new Int32Array(MAX_EDGES);
    this.keys = new Int32Array(MAX_EDGES * KEY);
  }

  /** The first datagram of one way of conversation `uid`: a tunnel that was not declared? */
  suspect(p: Packet, uid: number): void {
    const kind = tunnelGuess(p);
    if (kind === null) return;
    let known = this.suspects.get(p.dstPort);
    if (known === undefined) {
      if (this.suspects.size >= MAX_SUSPECTS) {
        this.forgotten++;
        return;
      }
      const { address: a } = p;
      const [src, dst] = [new Ip(a[0], a[1], a[2], a[3]), new Ip(a[4], a[5], a[6], a[7])];
      known = { kind, port: p.dstPort, src, dst, marks: [], count: 0, uids: [] };
      this.suspects.set(p.dstPort, known);
    }
    known.count++;
    if (known.marks.length < 4) known.marks.push(mark(p));
    if (known.uids.length < 256) known.uids.push(uid);
  }

  private add(slot: number, p: Packet): number {
    const { words, at } = p;
    const id = this.list.length;
    const edge: Edge = {
      id,
      kind: KINDS[p.tunnelKind],
      src: addressAt(words, at + AT.outerAddress),
      dst: addressAt(words, at + AT.outerAddress + 4),
      vni: p.vni,
      port: p.outerPort,
      frames: 0,
      firstSeen: mark(p),
      lastNs: 0,
      innerTagged: 0,
      firstTagged: null,
      fragments: 0,
      firstFragment: null,
      longestFragment: 0,
      longest: 0,
      overhead: 0,
      dontFragment: false,
      innerMacs: [],
      sums: { none: 0, right: 0, wrong: 0, wrongAt: new Map() },
    };
    this.list.push(edge);
    this.hashes[id] = p.edgeHash;
    this.keys[id * KEY] = words[at + AT.vni];
    this.keys[id * KEY + 1] = words[at + AT.edgePort];
    for (let i = 0; i < 8; i++) this.keys[id * KEY + 2 + i] = words[at + AT.outerAddress + i];
    this.table[slot] = id;
    this.count(edge, p);
    return id;
  }

  private count(edge: Edge, p: Packet): void {
    edge.frames++;
    edge.lastNs = p.timeNs;
    const stated = p.outerChecksum;
    if (stated >= 0 && p.direction !== DIRECTION.out) this.sum(edge, stated, p);
    this.noteMac(edge, p);
    const length = p.outerLength;
    if (p.outerFragmented) {
      edge.fragments++;
      edge.firstFragment ??= mark(p);
      if (length > edge.longestFragment) edge.longestFragment = length;
    } else if (length > edge.longest && p.levels > 1) {
      edge.longest = length;
      edge.overhead = length - p.ipLength;
      edge.dontFragment = p.outerDontFragment;
    }
    if (p.innerTagged) {
      edge.innerTagged++;
      edge.firstTagged ??= mark(p);
    }
  }

  private noteMac(edge: Edge, p: Packet): void {
    const { words } = p;
    const at = p.at + AT.innerMacs;
    // The group bit is the lowest one of the first byte.
    if (!p.hasInnerMacs || (words[at] & 0x100_0000) !== 0) return;
    const { innerMacs } = edge;
    for (let i = 0; i < innerMacs.length; i++) {
      const known = innerMacs[i];
      if (known.high !== words[at] || known.low !== words[at + 1] >>> 16) continue;
      known.count++;
      known.lastNs = p.timeNs;
      return;
    }
    if (innerMacs.length >= MAX_INNER_MACS) return;
    const [high, low] = [words[at], words[at + 1] >>> 16];
    innerMacs.push({ mac: p.innerDestinationMac, high, low, first: mark(p), count: 1, lastNs: p.timeNs });
  }

  private sum({ sums }: Edge, stated: number, p: Packet): void {
    if (stated === 0) {
      sums.none++;
      return;
    }
    if (sums.right + sums.wrong >= (sums.wrong > 0 ? MAX_SUMS_WRONG : MAX_SUMS)) return;
    if (outerSum(p) !== CHECKSUM.wrong) sums.right++;
    else {
      sums.wrong++;
      if (sums.wrongAt.size < MAX_SUMS) {
        const at = mark(p);
        sums.wrongAt.set(`${at.capture} ${at.frame}`, at);
      }
    }
  }

  private isEdge(id: number, p: Packet): boolean {
    const { keys } = this;
    const { words, at } = p;
    const key = id * KEY;
    if (keys[key] !== words[at + AT.vni] || keys[key + 1] !== words[at + AT.edgePort]) return false;
    for (let i = 0; i < 8; i++) if (keys[key + 2 + i] !== words[at + AT.outerAddress + i]) return false;
    return true;
  }
}

const addressAt = (words: Int32Array, at: number): Ip =>
  new Ip(words[at] >>> 0, words[at + 1] >>> 0, words[at + 2] >>> 0, words[at + 3] >>> 0);
