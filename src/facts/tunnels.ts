// What a run shows of its tunnels: which end points send to which, what they carry, which ports lie inside and which outside.

import { push } from '../bytes/groups.js';
import { DIRECTION } from '../capture/frame.js';
import type { IcmpError } from '../flows/errors.js';
import type { Mark } from '../flows/mark.js';
import type { Neighbour } from '../flows/neighbour.js';
import { PROTO } from '../flows/packet.js';
import type { Edge, Suspect, TunnelKind } from '../flows/tunnels.js';
import type { PathUse } from '../flows/uses.js';
import type { Ip } from '../topology/ip.js';
import type { Topology } from '../topology/model.js';
import type { Direction } from './conversation.js';
import type { Facts } from './facts.js';
import { lazy, lazyBy } from './lazy.js';

/** One direction of a conversation inside a link: a path it took, and the hop where it was seen encapsulated. */
export interface Carried {
  readonly direction: Direction;
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
  /** Each direction of a conversation once. */
  readonly carried: Carried[];
  /** Addresses that are asked for inside by ARP or neighbour discovery, and those that answered inside. */
  readonly asked: Neighbour[];
  readonly answering: Neighbour[];
}

/** An address inside tunnels, behind the end point that it was heard from. */
export interface Home {
  readonly ip: Ip;
  readonly end: Ip;
  firstNs: number;
  lastNs: number;
  readonly first: Mark;
}

/** What all paths together show. */
interface Seen {
  readonly table: ReadonlyMap<string, Link>;
  /** Ports where packets are seen bare that are seen encapsulated at another port of the node: tunnel devices. */
  readonly devices: ReadonlySet<number>;
  readonly outside: ReadonlySet<number>;
}

export class Tunnels {
  constructor(private readonly facts: Facts) {}

  /** A tunnel as one packet shows it, by its number on a hop. */
  edge(id: number): Edge {
    return this.edges[id];
  }

  get edges(): readonly Edge[] {
    return this.facts.tracker.tunnels.list;
  }

  /** Ports that carry what looks like a tunnel, and that no option and no topology declares. */
  get suspects(): Iterable<Suspect> {
    return this.facts.tracker.tunnels.suspects.values();
  }

  /** The tunnels that packets of this direction were seen in, once for each hop. */
  edgesOf(direction: Direction): Edge[] {
    return direction.paths.flatMap((use) => use.path.hops.flatMap(({ edge }) => (edge < 0 ? [] : [this.edge(edge)])));
  }

  private readonly seen = lazy((): Seen => {
    const { facts, edges } = this;
    const table = new Map<string, Link>();
    const byEdge: (Link | undefined)[] = [];
    const devices = new Set<number>();
    const outside = new Set<number>();
    for (const edge of edges) {
      // A mirror: it goes one way, and carries both directions of what it copies.
      if (edge.kind === 'erspan') continue;
      const key = keyOf(edge.src, edge.dst, edge.port, edge.kind);
      let link = table.get(key);
      if (link === undefined) {
        const { kind, src, dst, port } = edge;
        link = { kind, src, dst, port, vnis: new Set(), edges: [], carried: [], asked: [], answering: [] };
        table.set(key, link);
      }
      link.edges.push(edge);
      if (edge.vni >= 0) link.vnis.add(edge.vni);
      byEdge[edge.id] = link;
    }
    if (table.size === 0) return { table, devices, outside };
    for (const n of facts.tracker.neighbours.list) {
      for (const link of linksOf(n.askedIn, byEdge)) link.asked.push(n);
      for (const link of linksOf(n.answeredIn, byEdge)) link.answering.push(n);
    }
    const device = facts.topology?.tunnel?.device ?? null;
    for (const port of facts.interfaces.list) if (device !== null && port.name === device) devices.add(port.id);
    const add = (direction: Direction, use: PathUse): void => {
      const { hops } = use.path;
      let before: Link | null = null;
      for (let h = 0; h < hops.length; h++) {
        const { edge, port, source } = hops[h];
        const link = edge < 0 ? undefined : byEdge[edge];
        if (link === undefined) continue;
        outside.add(port);
        const last = link.carried[link.carried.length - 1];
        if (link !== before && last?.direction !== direction) link.carried.push({ direction, use, hop: h, edge: edges[edge] });
        before = link;
        for (const other of [h - 1, h + 1]) {
          if (other < 0 || other >= hops.length || hops[other].edge >= 0 || hops[other].port === port) continue;
          const same = hops[other].source === source && facts.paths.directionAt(use, other) === facts.paths.directionAt(use, h);
          if (same) devices.add(hops[other].port);
        }
      }
    };
    for (const direction of facts.directions()) for (const use of direction.paths) add(direction, use);
    return { table, devices, outside };
  });

  get links(): Iterable<Link> {
    return this.seen().table.values();
  }

  /** What comes back on the same kind of tunnel, or null. */
  back(link: Link): Link | null {
    return this.seen().table.get(keyOf(link.dst, link.src, link.port, link.kind)) ?? null;
  }

  /** Uids of unanswered conversations from one end to the other: packets that carry only ARP are such a conversation. */
  unansweredOutside({ src, dst }: Link): readonly number[] {
    return this.unanswered().get(`${src} ${dst}`) ?? [];
  }
  private readonly unanswered = lazy(() => {
    const found = new Map<string, number[]>();
    const ends = new Set([...this.links].map(({ src, dst }) => `${src} ${dst}`));
    for (const { request, uid } of this.facts.ailing()) {
      const key = `${request.from} ${request.to}`;
      if (ends.has(key) && this.facts.delivery.isUnanswered(request)) push(found, key, uid);
    }
    return found;
  });

  /** Packets are bare here because this is the inner side of a tunnel. */
  isDevice(port: number): boolean {
    return this.seen().devices.has(port);
  }

  /** Tunnelled packets pass here: a bare one from pod to pod was forgotten. */
  isOutside(port: number): boolean {
    return this.seen().outside.has(port);
  }

  /** The capture shows both sides of a tunnel end: the device, and the interface below it. */
  showsBothSides(source: number): boolean {
    const { devices, outside } = this.seen();
    const has = (ports: Iterable<number>) => [...ports].some((port) => this.facts.interfaces.of(port).source === source);
    return has(devices) && has(outside);
  }

  /** Names of the tunnel devices of a node: `flannel.1 or cilium_vxlan`. */
  devicesOf(source: number): string {
    const ports = this.facts.interfaces.list.filter((port) => port.source === source && this.isDevice(port.id));
    return ports.map((port) => port.name).join(' or ');
  }

  /** Anything at all was seen from this address: packets, tunnelled packets, ARP. */
  hears(ip: Ip): boolean {
    return this.heard().has(String(ip));
  }
  private readonly heard = lazy(() => {
    const found = new Set(Array.from(this.links, (link) => String(link.src)));
    for (const { request, reply } of this.facts.examples()) {
      if (request.packets > 0) found.add(String(request.from));
      if (reply.packets > 0) found.add(String(reply.from));
    }
    for (const n of this.facts.neighbours.list) if (n.answers > 0) found.add(String(n.target));
    return found;
  });

  /** The tunnel whose outer packet an ICMP error quotes; null where it quotes something else. */
  quoted(e: IcmpError): { readonly kind: TunnelKind; readonly link: Link | null } | null {
    if (e.proto === PROTO.udp) {
      for (const kind of ['vxlan', 'geneve'] as const) {
        const link = this.seen().table.get(keyOf(e.src, e.dst, e.dstPort, kind));
        if (link !== undefined) return { kind, link };
      }
      const { tunnel } = this.facts.topology ?? { tunnel: null };
      const kind = tunnel?.port === e.dstPort ? tunnel.type : null;
      if (kind !== null) return { kind, link: null };
    }
    if (e.inner === null) return null;
    for (const link of this.links) if (link.src.equals(e.src) && link.dst.equals(e.dst)) return { kind: link.kind, link };
    return { kind: e.proto !== PROTO.udp ? 'ip' : e.dstPort === GENEVE_PORT ? 'geneve' : 'vxlan', link: null };
  }

  /** The packets are seen coming into a node that is not their outer destination, and never leaving it: they do not get to the other end. */
  stopsOnTheWay({ direction, edge }: Carried): boolean {
    const { paths, ownership, crossings } = this.facts;
    return direction.paths.every((use) => {
      const { source, hop } = paths.lastNode(use);
      return paths.directionAt(use, hop) === DIRECTION.in && !ownership.isOwn(source, edge.dst) && crossings.forwards(source);
    });
  }

  /** End points that an address was heard from, by address: the source of what it sends, and of the ARP that it speaks. */
  homes(ip: Ip): readonly Home[] {
    return this.residences().get(String(ip)) ?? NO_HOMES;
  }

  /** Addresses that were heard from inside tunnels. */
  get inhabitants(): Iterable<readonly [string, readonly Home[]]> {
    return this.residences();
  }

  private readonly residences = lazy(() => {
    const found = new Map<string, Home[]>();
    const add = (ip: Ip, end: Ip, firstNs: number, lastNs: number, first: () => Mark): void => {
      if (ip.isMulticast || ip.isLinkLocal || isUnspecified(ip)) return;
      const key = String(ip);
      const homes = found.get(key) ?? [];
      if (homes.length === 0) found.set(key, homes);
      const known = homes.find((home) => home.end.equals(end));
      if (known === undefined) homes.push({ ip, end, firstNs, lastNs, first: first() });
      else {
        known.firstNs = Math.min(known.firstNs, firstNs);
        known.lastNs = Math.max(known.lastNs, lastNs);
      }
    };
    for (const link of this.links) {
      if (!isPaired(link)) continue;
      for (const { direction, use, hop } of link.carried)
        add(direction.from, link.src, use.timeAt(hop), use.lastNs, () => this.facts.paths.mark(use, hop));
    }
    for (const places of this.facts.tracker.neighbours.speakers.values())
      for (const { ip, edge, firstNs, lastNs, first } of places) add(ip, this.edge(edge).src, firstNs, lastNs, () => first);
    return found as ReadonlyMap<string, readonly Home[]>;
  });

  /**
   * The one end point that an address is behind now: the only one, or the one that it was heard from after all others. Null where it is heard
   * from several in turn (a pair of end points, a loop).
   */
  homeOf(ip: Ip): { readonly home: Home; readonly before: Home | null } | null {
    return this.placed(String(ip));
  }
  private readonly placed = lazyBy((ip: string): { readonly home: Home; readonly before: Home | null } | null => {
    const homes = [...(this.residences().get(ip) ?? [])].sort((a, b) => a.firstNs - b.firstNs);
    const home = homes.pop();
    if (home === undefined) return null;
    if (homes.some((other) => other.lastNs >= home.firstNs)) return null;
    return { home, before: homes.pop() ?? null };
  });

  /** An address inside that is asked for again and again and never answered for. */
  isAskedInVain(n: Neighbour): boolean {
    if (n.answers > 0) return false;
    if (n.repeated > 1) return true;
    for (const twin of this.facts.neighbours.of(n.target))
      if (twin.answers === 0 && twin.askedByUs > 2 && twin.askers.some((ip) => n.askers.some((asker) => asker.equals(ip))))
        return true;
    return false;
  }

  /**
   * Those asked in vain inside of a link that leads to one end: what is flooded to several need not be answered by each, but by the one
   * that the address is behind, as what it sends itself shows.
   */
  askedInVain(link: Link): Neighbour[] {
    if (link.dst.isMulticast) return [];
    return link.asked.filter(
      (n) => (n.askedIn.length === 1 || this.homeOf(n.target)?.home.end.equals(link.dst) === true) && this.isAskedInVain(n),
    );
  }

  /**
   * This address is not answered for because of the tunnel that it is asked in: ICMP refuses it, a node on the way drops it, nothing ever comes
   * back in it, or it is
   * answered at another capture point. Then the tunnel is the finding.
   */
  explainsSilence(n: Neighbour): boolean {
    return this.explained().has(n);
  }
  private readonly explained = lazy(() => {
    const { facts } = this;
    const found = new Set<Neighbour>();
    const refused = new Set(
      Array.from(facts.errors.list, (e) => (e.kind === 'unreachable' ? this.quoted(e)?.link : null)).filter(
        (link) => link != null,
      ),
    );
    for (const link of this.links)
      for (const n of this.askedInVain(link)) {
        const answered = [...facts.neighbours.of(n.target)].some(
          (other) =>
            other.source !== n.source && other.answers > 0 && other.askers.some((ip) => n.askers.some((a) => a.equals(ip))),
        );
        if (!refused.has(link) && !answered && this.back(link) !== null && !facts.swallowed.has(link)) continue;
        for (const twin of facts.neighbours.of(n.target)) if (twin === n || twin.source === n.source) found.add(twin);
      }
    return found;
  });

  /** Conversations of a link of which nothing shows that they arrive. */
  lost(link: Link): Carried[] {
    return link.carried.filter(({ direction }) => this.facts.delivery.of(direction) === false);
  }
}

const NO_HOMES: readonly Home[] = [];

const isUnspecified = ({ a, b, c, d }: Ip): boolean => a === 0 && b === 0 && d === 0 && (c === 0 || c === 0xffff);

const linksOf = (edges: readonly number[], byEdge: readonly (Link | undefined)[]): Set<Link> =>
  new Set(edges.map((edge) => byEdge[edge]).filter((link) => link !== undefined));

/**
 * Its ends are nodes that send to each other by the addresses that they send from. Not so GTP, whose directions may run between other addresses
 * (3GPP TS 29.281 section 4.3.0), LISP, whose locators are chosen for each direction (RFC 9300 section 5.3), and IP in IPv6, whose destination may be a segment
 * (RFC 8986 section 3.1).
 */
export const isPaired = ({ kind, dst }: Link): boolean =>
  kind !== 'gtp' && kind !== 'lisp' && (kind !== 'ip' || dst.family === 4);

/** RFC 8926 section 3.3. */
const GENEVE_PORT = 6081;

const keyOf = (src: Ip, dst: Ip, port: number, kind: TunnelKind): string => `${src} ${dst} ${port} ${kind}`;

const NAMES: Readonly<Record<TunnelKind, string>> = {
  vxlan: 'VXLAN',
  geneve: 'Geneve',
  gre: 'GRE',
  erspan: 'ERSPAN',
  gtp: 'GTP',
  lisp: 'LISP',
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
