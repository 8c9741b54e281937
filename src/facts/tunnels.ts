// What a run shows of its tunnels: which end points send to which, what they carry, which ports lie inside and which outside.
import { FLAG } from '../../dissectors/tcp.js';
import { DIRECTION } from '../capture/frame.js';
import type { IcmpError } from '../flows/errors.js';
import { PROTO } from '../flows/packet.js';
import type { Edge, TunnelKind } from '../flows/tunnels.js';
import type { PathUse } from '../flows/uses.js';
import type { Ip } from '../topology/ip.js';
import type { Topology } from '../topology/model.js';
import type { Facts } from './facts.js';

/** One way of a conversation inside a link: a path it took, and the hop where it was seen encapsulated. */
export interface Carried {
  readonly c: number;
  readonly way: 0 | 1;
  readonly use: PathUse;
  readonly hop: number;
  readonly edge: Edge;
}

/** All that one end point sends to another by one kind of tunnel, whatever the VNIs. */
export interface Link {
  readonly kind: TunnelKind;
  readonly src: Ip;
  readonly dst: Ip;
  /** UDP destination port, or 0. */
  readonly port: number;
  readonly vnis: Set<number>;
  readonly edges: Edge[];
  /** Each way of a conversation once. */
  readonly carried: Carried[];
}

export class Tunnels {
  private readonly table = new Map<string, Link>();
  private readonly byEdge: (Link | undefined)[] = [];
  /** Ports where packets are seen bare that are seen encapsulated at another port of the node: tunnel devices. */
  private readonly devices = new Set<number>();
  private readonly outside = new Set<number>();

  constructor(private readonly facts: Facts) {
    const { tracker, topology } = facts;
    for (const edge of tracker.tunnels.list) {
      // A mirror: it goes one way, and carries both directions of what it copies.
      if (edge.kind === 'erspan') continue;
      const key = keyOf(edge.src, edge.dst, edge.port, edge.kind);
      let link = this.table.get(key);
      if (link === undefined) {
        const { kind, src, dst, port } = edge;
        link = { kind, src, dst, port, vnis: new Set(), edges: [], carried: [] };
        this.table.set(key, link);
      }
      link.edges.push(edge);
      if (edge.vni >= 0) link.vnis.add(edge.vni);
      this.byEdge[edge.id] = link;
    }
    if (this.table.size === 0) return;
    for (const port of tracker.ports.list)
      if (topology?.tunnel?.device != null && port.name === topology.tunnel.device) this.devices.add(port.id);
    for (const c of facts.conversations())
      for (const way of [0, 1] as const) for (const use of tracker.journeys.usesOf(c, way)) this.add(c, way, use);
  }

  private add(c: number, way: 0 | 1, use: PathUse): void {
    const { hops } = use.path;
    let seen: Link | null = null;
    for (let h = 0; h < hops.length; h++) {
      const { edge, port } = hops[h];
      if (edge < 0) continue;
      const link = this.byEdge[edge];
      if (link === undefined) continue;
      this.outside.add(port);
      const last = link.carried[link.carried.length - 1];
      if (link !== seen && !(last !== undefined && last.c === c && last.way === way))
        link.carried.push({ c, way, use, hop: h, edge: this.facts.tracker.tunnels.list[edge] });
      seen = link;
      for (const other of [h - 1, h + 1]) {
        if (other < 0 || other >= hops.length || hops[other].edge >= 0) continue;
        const same =
          use.path.hops[other].source === use.path.hops[h].source &&
          this.facts.directionAt(use, other) === this.facts.directionAt(use, h);
        if (same && hops[other].port !== port) this.devices.add(hops[other].port);
      }
    }
  }

  get links(): Iterable<Link> {
    return this.table.values();
  }

  /** What comes back on the same kind of tunnel, or null. */
  back(link: Link): Link | null {
    return this.table.get(keyOf(link.dst, link.src, link.port, link.kind)) ?? null;
  }

  /** Packets are bare here because this is the inner side of a tunnel. */
  isDevice(port: number): boolean {
    return this.devices.has(port);
  }

  /** Tunnelled packets pass here: a bare one from pod to pod was forgotten. */
  isOutside(port: number): boolean {
    return this.outside.has(port);
  }

  /** The capture shows both sides of a tunnel end: the device, and the interface below it. */
  showsBothSides(source: number): boolean {
    const { list } = this.facts.tracker.ports;
    const has = (ports: Iterable<number>) => [...ports].some((port) => list[port].source === source);
    return has(this.devices) && has(this.outside);
  }

  /** Anything at all was seen from this address: packets, tunnelled packets, ARP. */
  hears(ip: Ip): boolean {
    if (this.heard === null) {
      this.heard = new Set([...this.table.values()].map((link) => String(link.src)));
      for (const c of this.facts.conversations())
        for (const end of [0, 1] as const) if (this.facts.packets(c, end) > 0) this.heard.add(String(this.facts.ip(c, end)));
      for (const n of this.facts.tracker.neighbours.list) if (n.answers > 0) this.heard.add(String(n.target));
    }
    return this.heard.has(String(ip));
  }
  private heard: Set<string> | null = null;

  /** The tunnel whose outer packet an ICMP error quotes; null where it quotes something else. */
  quoted(e: IcmpError): { readonly kind: TunnelKind; readonly link: Link | null } | null {
    if (e.proto === PROTO.udp) {
      for (const kind of ['vxlan', 'geneve'] as const) {
        const link = this.table.get(keyOf(e.src, e.dst, e.dstPort, kind));
        if (link !== undefined) return { kind, link };
      }
      const { tunnel } = this.facts.topology ?? { tunnel: null };
      const kind = tunnel?.port === e.dstPort ? tunnel.type : null;
      if (kind !== null) return { kind, link: null };
    }
    if (e.inner === null) return null;
    for (const link of this.table.values())
      if (link.src.equals(e.src) && link.dst.equals(e.dst)) return { kind: link.kind, link };
    return { kind: e.proto !== PROTO.udp ? 'ip' : e.dstPort === GENEVE_PORT ? 'geneve' : 'vxlan', link: null };
  }

  /** Conversations of a link of which nothing shows that they arrive. */
  lost(link: Link): Carried[] {
    return link.carried.filter(({ c, way }) => this.facts.delivered(c, way) === false);
  }
}

/** RFC 8926 section 3.3. */
const GENEVE_PORT = 6081;

const keyOf = (src: Ip, dst: Ip, port: number, kind: TunnelKind): string => `${src} ${dst} ${port} ${kind}`;

const NAMES: Readonly<Record<TunnelKind, string>> = {
  vxlan: 'VXLAN',
  geneve: 'Geneve',
  gre: 'GRE',
  erspan: 'ERSPAN',
  ip: 'IP-in-IP',
};

/** The kind as people write it. */
export const tunnelName = (kind: TunnelKind): string => NAMES[kind];

/** `VNI 100`, `VNIs 100 and 177`; `VNI 63446 = default/curl-pod` where the topology names the identity in it. */
export function vniText(vnis: Iterable<number>, topology: Topology | null = null): string {
  const list = [...vnis]
    .sort((a, b) => a - b)
    .map((vni) => {
      const name = topology?.identityName(vni) ?? null;
      return name === null ? String(vni) : `${vni} = ${name}`;
    });
  if (list.length === 0) return 'no VNI';
  if (list.length === 1) return `VNI ${list[0]}`;
  const shown = list.slice(0, 4);
  return list.length > shown.length
    ? `VNIs ${shown.join(', ')} and ${list.length - shown.length} more`
    : `VNIs ${shown.slice(0, -1).join(', ')} and ${shown[shown.length - 1]}`;
}

/** A question that got no packet back; not one half of a connection whose other half passes elsewhere. */
export function unanswered(facts: Facts, c: number, way: number): boolean {
  const t = facts.tracker.conversations;
  const dst = facts.towards(c, way);
  if (dst.isMulticast || (dst.family === 4 && dst.d === 0xffffffff)) return false;
  if (facts.delivered(c, way) !== false || t.packets[c * 2 + 1 - way] > 0) return false;
  return t.proto[c] !== PROTO.tcp || (t.flags[c * 2 + way] & FLAG.ack) === 0;
}

/** The packets are seen coming into a node that is not their outer destination, and never leaving it: they do not get to the other end. */
export function stopsOnTheWay(facts: Facts, { c, way, edge }: Carried): boolean {
  return facts.uses(c, way).every((use) => {
    const { source, hop } = facts.lastNode(use);
    return facts.directionAt(use, hop) === DIRECTION.in && !facts.isOwn(source, edge.dst) && facts.forwards(source);
  });
}
