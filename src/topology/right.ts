// Where packets should go from a node, whatever its own table says: from who owns what and who is connected to what.

import { type Command, command, ipRoute, words } from '../bytes/command.js';
import { push } from '../bytes/groups.js';
import { type Ip, Prefix } from './ip.js';
import { type Attachment, isTunnelDevice, type Known, type NodeRecord, routingTable } from './record.js';
import type { Route } from './routes.js';
import type { Owner, RightRoute } from './types.js';

/** A next hop that is certain. */
export interface Way {
  readonly dev: string;
  readonly via: Ip;
}

/** A next hop, and the node that has it. */
export interface Hop extends Way {
  readonly router: string;
}

/** Asked about more owners than this, the cache of right routes starts anew. */
const RIGHT_ROUTES = 100_000;

export class RightRoutes {
  constructor(private readonly known: Known) {}

  /** Where a packet to `dst` should go from `node`, which routes it by `actual`; null when that is not certain. */
  of(record: NodeRecord, dst: Ip, actual: Route | null): RightRoute | null {
    const owners = this.known.owners.find(dst);
    if (owners === null || dst.isLinkLocal || dst.isLoopback) return null;
    let known = record.right.get(owners);
    if (known === undefined) {
      if (record.right.size >= RIGHT_ROUTES) record.right.clear();
      known = new Map();
      record.right.set(owners, known);
    }
    let right = known.get(actual);
    if (right === undefined) {
      right = this.#workOutRight(record, owners, dst, actual);
      known.set(actual, right);
    }
    return right;
  }

  #workOutRight(node: NodeRecord, owners: readonly Owner[], dst: Ip, actual: Route | null): RightRoute | null {
    const owner = owners[0];
    if (owners.some((o) => o.node === node.name)) {
      // An address in a network of its own that no known node has is a neighbour's.
      if (owner.what === 'network')
        return { owner: node.name, kind: 'direct', dev: owner.name, via: null, router: null, prefix: owner.prefix };
      return { owner: node.name, kind: 'local', dev: null, via: null, router: null, prefix: owner.prefix };
    }
    const target = owner.node === null ? undefined : this.known.nodes.get(owner.node);
    if (target === undefined || owners.some((o) => o.node !== target.name)) return null;

    const inPods = owner.what === 'pod' || owner.what === 'podCIDR';
    const base = { owner: target.name, prefix: this.#network(node, target, owner, dst), router: null };
    if (this.known.tunnel !== null && inPods && node.inCluster)
      return { ...base, kind: 'tunnel', dev: this.known.tunnel.device, via: null };
    if (actual !== null && this.isOverlay(node, actual)) return { ...base, kind: 'tunnel', dev: actual.dev, via: null };

    // There may be several good ways; the one the node takes is right if it leads there.
    for (const { dev, via } of actual?.nexthops ?? []) {
      if (dev === null || via === null) continue;
      const hop = this.interfaceOwner(via);
      if (hop === null || !this.isNear(node, dev, via)) continue;
      if (hop === target.name) return { ...base, kind: 'via', dev, via };
      const router = this.known.nodes.get(hop) as NodeRecord;
      if (router !== node && this.leads(router, target, dst.family, node))
        return { ...base, kind: 'through', dev, via, router: hop };
    }
    if (owner.prefix.isHost && !inPods) {
      const link = node.attachments.find((a) => a.prefix.contains(dst) && this.#named(a));
      if (link !== undefined) return { ...base, kind: 'direct', dev: link.dev, via: null };
    }
    const near = this.#neighbours(node, target, dst.family);
    if (near.some((way) => way.dev !== near[0].dev)) return null;
    return near.length > 0 ? { ...base, kind: 'via', ...near[0] } : this.#through(node, target, dst.family, base);
  }

  /** What a route would be written for: the pod CIDR or the network that the owner is connected to, else the address alone. */
  #network(node: NodeRecord, target: NodeRecord, owner: Owner, dst: Ip): Prefix {
    const inPods = owner.what === 'pod' || owner.what === 'podCIDR';
    const cidr = inPods ? target.podCIDRs.find((c) => c.contains(dst)) : undefined;
    if (cidr !== undefined || !owner.prefix.isHost) return cidr ?? owner.prefix;
    const networks = target.attachments.filter((a) => a.prefix.contains(dst)).sort((x, y) => y.prefix.bits - x.prefix.bits);
    const attached = networks.length === 0 ? [] : (this.known.networks.get(networks[0].prefix.key) ?? []);
    // This node itself may reach it without a route; and of others who are connected to it some may be near, which are other ways to it.
    if (attached.length === 0 || node.attachments.some((a) => a.prefix.contains(dst))) return owner.prefix;
    const others = attached.some((a) => a.node !== target.name);
    const near = attached.filter(
      (a) => this.#neighbours(node, this.known.nodes.get(a.node) as NodeRecord, dst.family).length > 0,
    );
    // A router in front of the network is the way to all of it; an owner with an address of its own there need not pass others on.
    const isBehindOne = near.every((a) => a.node === near[0].node && a.node !== target.name) && near.length > 0;
    if (others && !isBehindOne) return owner.prefix;
    return new Prefix(networks[0].prefix.network, networks[0].prefix.length);
  }

  /** A route into a tunnel: its device is the tunnel's, or its gateway is in no network of the node. */
  isOverlay(node: NodeRecord, route: Route): boolean {
    if (route.dev !== null && (route.dev === this.known.tunnel?.device || isTunnelDevice(node.byName.get(route.dev), route.dev)))
      return true;
    const { via } = route;
    return route.onlink && via !== null && !node.attachments.some((a) => a.prefix.contains(via));
  }

  /** The owner's own addresses on networks that `node` is connected to as well: next hops that need no other node between. */
  near(record: NodeRecord, dst: Ip): readonly Way[] {
    const owners = this.known.owners.find(dst) ?? [];
    const target = owners[0]?.node == null ? undefined : this.known.nodes.get(owners[0].node);
    if (target === undefined || target === record || owners.some((o) => o.node !== target.name)) return [];
    return this.#neighbours(record, target, dst.family);
  }

  /** The one node with this address on an interface. */
  interfaceOwner(ip: Ip): string | null {
    const owners = this.known.owners.find(ip) ?? [];
    return owners.length === 1 && owners[0].what === 'interface' ? owners[0].node : null;
  }

  isNear(node: NodeRecord, dev: string, via: Ip): boolean {
    return node.attachments.some((a) => a.dev === dev && a.prefix.contains(via) && this.#named(a));
  }

  /** Whether the attachment's own address names it: one that several nodes have (each behind its own NAT) shares no link. */
  #named(a: Attachment): boolean {
    const owners = this.known.owners.find(a.prefix.address);
    return owners?.every((o) => o.node === a.node) ?? false;
  }

  /** Ways from `node` to an address of `target` on a network both are attached to. */
  #neighbours(node: NodeRecord, target: NodeRecord, family: 4 | 6): Way[] {
    const ways: Way[] = [];
    for (const mine of node.attachments) {
      if (mine.prefix.address.family !== family || !this.#named(mine)) continue;
      for (const theirs of target.attachments)
        if (theirs.prefix.sameNetwork(mine.prefix) && this.#named(theirs))
          ways.push({ dev: mine.dev, via: theirs.prefix.address });
      for (const ip of target.loose)
        if (mine.prefix.contains(ip) && !ways.some((way) => way.via.equals(ip))) ways.push({ dev: mine.dev, via: ip });
    }
    return ways;
  }

  /** Other nodes with an address on a network of this one. */
  around(node: NodeRecord, family: 4 | 6): Hop[] {
    const hops: Hop[] = [];
    for (const mine of node.attachments) {
      if (mine.prefix.address.family !== family || !this.#named(mine)) continue;
      for (const hop of this.known.networks.get(mine.prefix.key) ?? [])
        if (hop.node !== node.name && this.#named(hop)) hops.push({ dev: mine.dev, via: hop.prefix.address, router: hop.node });
    }
    return hops;
  }

  /** The first hop of the shortest way over other nodes; with two such ways, nothing is certain. */
  #through(
    node: NodeRecord,
    target: NodeRecord,
    family: 4 | 6,
    base: { readonly owner: string; readonly prefix: Prefix },
  ): RightRoute | null {
    const seen = new Set([node.name]);
    // Nodes as many hops away, with the first hops that lead to them.
    let ring = new Map<string, Hop[]>();
    for (const hop of this.around(node, family)) push(ring, hop.router, hop);
    while (ring.size > 0) {
      const found: Hop[] = [];
      const next = new Map<string, Hop[]>();
      for (const name of ring.keys()) seen.add(name);
      for (const [name, firsts] of ring) {
        const router = this.known.nodes.get(name) as NodeRecord;
        if (this.#neighbours(router, target, family).length > 0) found.push(...firsts);
        else
          for (const hop of this.around(router, family))
            if (!seen.has(hop.router)) for (const first of firsts) push(next, hop.router, first);
      }
      if (found.length > 0) return found.every((hop) => hop === found[0]) ? { ...base, kind: 'through', ...found[0] } : null;
      ring = next;
    }
    return null;
  }

  /** Whether packets can get from `router` to `target` without going back to `from`. */
  leads(router: NodeRecord, target: NodeRecord, family: 4 | 6, from: NodeRecord): boolean {
    const seen = new Set([from, router]);
    for (const node of seen) {
      if (node === from) continue;
      if (this.#neighbours(node, target, family).length > 0) return true;
      for (const hop of this.around(node, family)) seen.add(this.known.nodes.get(hop.router) as NodeRecord);
    }
    return false;
  }

  /**
   * The command that makes `node` send `dst` where it should go, for pasting on that node; null when the right route is
   * not certain, is not a matter of a route, or is what the node does already.
   */
  repair(record: NodeRecord, dst: Ip, actual: Route | null, vrf: string | null = null): Command | null {
    const right = this.of(record, dst, actual);
    if (right === null || right.dev === null || right.kind === 'local' || right.kind === 'tunnel') return null;
    if (actual?.dev === right.dev && (right.via === null ? actual.via === null : actual.via?.equals(right.via))) return null;
    if (vrf !== null)
      return command`${ipRoute(dst)} replace ${right.prefix} ${right.via === null ? words`` : words`via ${right.via}`} dev ${right.dev} vrf ${vrf}`;
    const wrong = record.routes.find((route) => route === actual);
    // A more specific route hides what is right: where the rest of the table is right, it only has to go.
    if (wrong !== undefined && wrong.prefix.bits > right.prefix.bits) {
      const rest = routingTable({ ...record, routes: record.routes.filter((route) => route !== wrong) }).find(dst)?.[0];
      if (rest?.dev === right.dev && (right.via === null ? rest.via === null : rest.via?.equals(right.via)))
        return command`${ipRoute(dst)} del ${wrong.kind === 'blackhole' || wrong.kind === 'unreachable' || wrong.kind === 'prohibit' ? words`${wrong.kind}` : words``} ${wrong.prefix}`;
    }
    const prefix = wrong !== undefined && wrong.prefix.bits > right.prefix.bits ? wrong.prefix : right.prefix;
    const exists = !record.routesKnown || record.routes.some((route) => route.prefix.sameNetwork(prefix));
    const via = right.via === null ? words`` : words`via ${right.via}`;
    return command`${ipRoute(dst)} ${exists ? 'replace' : 'add'} ${prefix} ${via} dev ${right.dev}`;
  }
}
