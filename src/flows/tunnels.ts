// Tunnel edges: from which end point to which, by which kind, with which VNI. A hop of a packet names its edge by number.
import { erspan } from '../../dissectors/erspan.js';
import { geneve, header as geneveHeader } from '../../dissectors/geneve.js';
import { ip } from '../../dissectors/ip.js';
import { vxlan, vxlanGpe, header as vxlanHeader } from '../../dissectors/vxlan.js';
import { Ip } from '../topology/ip.js';
import { mix } from './conversations.js';
import { type Mark, mark } from './mark.js';
import { type Packet, word } from './packet.js';

export type TunnelKind = 'vxlan' | 'geneve' | 'gre' | 'erspan' | 'ip';

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
}

/** Edges of all captures together; the last one stands for the rest. VNIs of Cilium are identities: there can be many. */
const MAX_EDGES = 16_384;
const SIZE = 1 << 15;
/** Next header of the IPv6 fragment header, RFC 8200 section 4.5. */
const IPV6_FRAGMENT = 44;

export class Tunnels {
  readonly list: Edge[] = [];
  /** Frames whose edge found no place. */
  forgotten = 0;
  private readonly table = new Int32Array(SIZE).fill(-1);
  private readonly hashes: number[] = [];
  private readonly at = new Ip();

  /** The edge of the packet's innermost tunnel, or -1 when it is bare. */
  of(p: Packet): number {
    if (p.levels < 2) return -1;
    const level = p.levels - 1;
    const outer = p.net[level - 1];
    const tunnel = p.tunnel[level];
    const { bytes, layers } = p;
    const at = layers.start[outer];
    const v4 = layers.proto[outer] === ip.ref.id;
    let vni = -1;
    let kind: TunnelKind = 'ip';
    let port = 0;
    if (tunnel >= 0) {
      const proto = layers.proto[tunnel];
      const t = layers.start[tunnel];
      if (proto === vxlan.ref.id || proto === vxlanGpe.ref.id) {
        kind = 'vxlan';
        vni = vxlanHeader.get.vni(bytes, t);
      } else if (proto === geneve.ref.id) {
        kind = 'geneve';
        vni = geneveHeader.get.vni(bytes, t);
      } else kind = proto === erspan.ref.id ? 'erspan' : 'gre';
      const l4 = p.l4[level - 1];
      if (l4 >= 0) port = (bytes[layers.start[l4] + 2] << 8) | bytes[layers.start[l4] + 3];
    }
    // Most packets run in the tunnel of the one before.
    const { last } = this;
    if (last !== null && last.vni === vni && last.port === port && last.kind === kind && this.sameEnds(last, bytes, at, v4)) {
      this.count(last, p, outer);
      return last.id;
    }
    let hash = Math.imul(vni, 0x9e3779b1) ^ Math.imul(port, 0x85ebca6b) ^ kind.length;
    if (v4) hash ^= Math.imul(word(bytes, at + 12), 0xc2b2ae35) ^ Math.imul(word(bytes, at + 16), 0x27d4eb2f);
    else for (let i = 0; i < 8; i++) hash = Math.imul(hash ^ word(bytes, at + 8 + i * 4), 0xc2b2ae35);
    const key = mix(hash);
    for (let slot = key & (SIZE - 1); ; slot = (slot + 1) & (SIZE - 1)) {
      const id = this.table[slot];
      if (id === -1) {
        if (this.list.length >= MAX_EDGES) {
          this.forgotten++;
          return MAX_EDGES - 1;
        }
        return this.add(slot, key, p, at, v4, kind, vni, port);
      }
      const edge = this.list[id];
      if (
        this.hashes[id] === key &&
        edge.vni === vni &&
        edge.port === port &&
        edge.kind === kind &&
        this.sameEnds(edge, bytes, at, v4)
      ) {
        this.count(edge, p, outer);
        this.last = edge;
        return id;
      }
    }
  }

  private last: Edge | null = null;

  private add(
    slot: number,
    key: number,
    p: Packet,
    at: number,
    v4: boolean,
    kind: TunnelKind,
    vni: number,
    port: number,
  ): number {
    const family = v4 ? 4 : 6;
    const edge: Edge = {
      id: this.list.length,
      kind,
      src: new Ip().read(p.bytes, at + (v4 ? 12 : 8), family),
      dst: new Ip().read(p.bytes, at + (v4 ? 16 : 24), family),
      vni,
      port,
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
    };
    this.list.push(edge);
    this.hashes.push(key);
    this.table[slot] = edge.id;
    this.count(edge, p, p.net[p.levels - 2]);
    return edge.id;
  }

  private count(edge: Edge, p: Packet, outer: number): void {
    edge.frames++;
    edge.lastNs = p.timeNs;
    const { layers, bytes } = p;
    const at = layers.start[outer];
    const v4 = layers.proto[outer] === ip.ref.id;
    const length = v4 ? (bytes[at + 2] << 8) | bytes[at + 3] : ((bytes[at + 4] << 8) | bytes[at + 5]) + 40;
    // More fragments, or an offset: the outer packet was cut on its way (RFC 7348 section 4.3 forbids the end points to).
    if (v4 ? (((bytes[at + 6] << 8) | bytes[at + 7]) & 0x3fff) !== 0 : bytes[at + 6] === IPV6_FRAGMENT) {
      edge.fragments++;
      edge.firstFragment ??= mark(p);
      if (length > edge.longestFragment) edge.longestFragment = length;
    } else if (length > edge.longest) {
      edge.longest = length;
      edge.overhead = length - p.ipLength;
      edge.dontFragment = v4 && (bytes[at + 6] & 0x40) !== 0;
    }
    const inner = p.tunnel[p.levels - 1] + 1;
    if (inner > 0 && inner + 1 < layers.count && layers.start[inner + 1] - layers.start[inner] === 14) {
      const type = (bytes[layers.start[inner] + 12] << 8) | bytes[layers.start[inner] + 13];
      if (type === 0x8100 || type === 0x88a8) {
        edge.innerTagged++;
        edge.firstTagged ??= mark(p);
      }
    }
  }

  private sameEnds(edge: Edge, bytes: Uint8Array, at: number, v4: boolean): boolean {
    if (v4)
      return (
        edge.src.d === word(bytes, at + 12) &&
        edge.dst.d === word(bytes, at + 16) &&
        edge.src.c === 0xffff &&
        edge.src.a === 0 &&
        edge.src.b === 0
      );
    return edge.src.equals(this.at.read(bytes, at + 8, 6)) && edge.dst.equals(this.at.read(bytes, at + 24, 6));
  }
}
