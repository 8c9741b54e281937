// Every pair of endpoints, there and back, over all tables that are known. A broken path is a fault only if packets are expected to take
// it: a host that lacks a route for packets it never gets is healthy.
import { push } from '../../bytes/groups.js';
import type { Ip, Prefix } from '../ip.js';
import type { Topology } from '../model.js';
import { isTunnelDevice } from '../record.js';
import type { Node } from '../types.js';
import { BROKEN, vrfOf, type Walk, type WalkHop } from '../walk.js';
import { type Break, Breaks, type Doubt, REFUSED } from './breaks.js';
import type { Endpoint } from './endpoints.js';
import { translates } from './firewall.js';
import type { Severity, Tell } from './problem.js';

export interface PathCounts {
  walked: number;
  delivered: number;
  broken: number;
  unknown: number;
}

/** Takes a path that is known in both directions, for the checks that look at what is on the way. */
export type Delivered = (from: Endpoint, to: Endpoint, there: Walk) => void;

/** Hops, with their equal next hops, that are followed for all paths; the report says how many paths were left out. */
const MAX_HOPS = 4_000_000;

/** Walks all pairs and tells what breaks. `tunnelled`: pairs of addresses between which a tunnel runs, as `NODE ADDRESS`. */
export function checkPaths(
  topology: Topology,
  endpoints: readonly Endpoint[],
  tunnelled: ReadonlySet<string>,
  tell: Tell,
  each: Delivered,
): { counts: PathCounts; missing: Missing; left: number } {
  const missing: Missing = { routes: new Map(), tunnels: new Map(), rules: new Map() };
  const counts: PathCounts = { walked: 0, delivered: 0, broken: 0, unknown: 0 };
  const breaks = new Breaks(topology);
  const intent = new Intent(topology);
  const asksSource = topology.nodeNames.some(
    (name) => topology.node(name)?.rules?.some(({ from, iif }) => from !== null || iif !== null) ?? false,
  );
  const nodes = new Map<string, Endpoint[]>();
  for (const one of endpoints) push(nodes, one.node, one);
  const lists = [...nodes.values()];
  let left = 0;
  let hops = 0;
  // Two nodes at a time, so that no path is kept longer than it is needed.
  for (let m = 0; m < lists.length; m++)
    for (let n = m + 1; n < lists.length; n++) {
      if (hops >= MAX_HOPS) left += 2 * lists[m].length * lists[n].length;
      else {
        const pair = new Pair(topology, lists[m], lists[n], asksSource);
        hops += pair.hops;
        pair.forEach(look);
      }
    }
  breaks.tell(tell);
  return { counts, missing, left };

  function look(from: Endpoint, to: Endpoint, there: Walk, back: Walk, reach: Reach): void {
    if (isSeparate(topology, there, to)) return;
    counts.walked++;
    if (isBroken(there)) {
      counts.broken++;
      const found = forward(topology, intent, reach, { from, to, there, tunnelled });
      if (found !== null)
        breaks.add({ way: 'there', walk: there, from, to, ...found, doubt: found.doubt ?? excerpt(topology, there, to) });
      return;
    }
    if (there.end !== 'delivered' || mayDiffer(there)) {
      counts.unknown++;
      note(topology, there, missing);
      return;
    }
    counts.delivered++;
    if (isBroken(back) && !isSeparate(topology, back, from)) {
      const found = returning(topology, intent, reach, { from, to, there, back });
      if (found !== null)
        breaks.add({
          way: 'back',
          walk: back,
          from: to,
          to: from,
          ...found,
          blame: forgotten(intent, back, from),
          doubt: found.doubt ?? excerpt(topology, back, from),
        });
    } else if (back.end === 'delivered') each(from, to, there);
  }
}

/** Families in which some address of one node reaches some of the other and back, or may. */
type Reach = ReadonlySet<4 | 6>;

/** All paths between two nodes. Without rules that ask for the source, a path is one of a node and a destination. */
class Pair {
  private readonly there: Walk[][];
  private readonly back: Walk[][];

  constructor(
    private readonly topology: Topology,
    private readonly a: readonly Endpoint[],
    private readonly b: readonly Endpoint[],
    private readonly asksSource: boolean,
  ) {
    this.there = this.walks(a, b);
    this.back = this.walks(b, a);
  }

  /** By destination, then by source; one for all sources where none is asked for. */
  private walks(from: readonly Endpoint[], to: readonly Endpoint[]): Walk[][] {
    // Packets that no firewall has marked.
    return to.map(({ ip }) => {
      if (!this.asksSource) return [this.topology.walk(from[0].node, ip, null, 0)];
      return from.map((source) => this.topology.walk(source.node, ip, source.ip.family === ip.family ? source.ip : null, 0));
    });
  }

  /** What they cost: hops, and at each the legs that were followed from there. */
  get hops(): number {
    let sum = 0;
    for (const { hops } of [...this.there, ...this.back].flat())
      sum +=
        hops.length * hops.reduce((legs, { decision }) => legs + Math.max(0, (decision?.route?.nexthops.length ?? 1) - 1), 1);
    return sum;
  }

  forEach(look: (from: Endpoint, to: Endpoint, there: Walk, back: Walk, reach: Reach) => void): void {
    const reach = this.reach();
    this.a.forEach((a, i) => {
      this.b.forEach((b, k) => {
        if (a.ip.family !== b.ip.family || isTunnelled(this.topology, a, b)) return;
        const [there, back] = [this.of(this.there, k, i), this.of(this.back, i, k)];
        look(a, b, there, back, reach);
        look(b, a, back, there, reach);
      });
    });
  }

  private of(walks: readonly (readonly Walk[])[], to: number, from: number): Walk {
    return walks[to][this.asksSource ? from : 0];
  }

  private reach(): Reach {
    const found = new Set<4 | 6>();
    this.a.forEach((a, i) => {
      this.b.forEach((b, k) => {
        const { family } = a.ip;
        if (a.kind !== 'own' || b.kind !== 'own' || family !== b.ip.family || found.has(family)) return;
        if (!BROKEN.has(this.of(this.there, k, i).end) && !BROKEN.has(this.of(this.back, i, k).end)) found.add(family);
      });
    });
    return found;
  }
}

/** Pods of a cluster with a tunnel reach each other inside it: what the nodes' main tables say of them is the path only if they lead into it. */
function isTunnelled(topology: Topology, from: Endpoint, to: Endpoint): boolean {
  if (topology.tunnel === null || (to.kind !== 'pods' && from.kind !== 'pods')) return false;
  return [from, to].some(({ node, ip }) => !isRouted(topology, node, ip.family));
}

/** The kernel's routes lead into the tunnel, as flannel's and Calico's do, and they and its table of remotes are known. */
function isRouted(topology: Topology, node: string, family: 4 | 6): boolean {
  const dev = topology.tunnel?.device ?? null;
  const device = dev === null ? null : topology.interfaceByName(node, dev);
  if (device?.tunnel == null || device.tunnel.external || !topology.routesKnownFor(node, family)) return false;
  return topology.node(node)?.fdb.some((entry) => entry.dev === dev) === true;
}

/** What the walks do not know, and how many of them end there: nodes without routes, tunnels, nodes whose rules may decide. */
export interface Missing {
  readonly routes: Map<string, number>;
  readonly tunnels: Map<string, number>;
  readonly rules: Map<string, number>;
}

function note(topology: Topology, walk: Walk, missing: Missing): void {
  const bump = (map: Map<string, number>, key: string) => map.set(key, (map.get(key) ?? 0) + 1);
  const last = walk.hops[walk.hops.length - 1];
  const unsure = walk.hops.find(({ decision }) => decision !== null && !decision.certain && decision.maybe.length > 0);
  if (last.tunnel && last.next === null && last.dev !== null) bump(missing.tunnels, `${last.dev} of ${last.node}`);
  else if (unsure !== undefined) bump(missing.rules, unsure.node);
  else {
    const silent = last.next ?? (last.decision?.route == null ? last.node : null);
    if (silent !== null && topology.node(silent) !== null) bump(missing.routes, silent);
  }
}

/** A rule, a mark or a table that is not known may lead the packets elsewhere. */
const mayDiffer = ({ hops }: Walk): boolean => hops.some(({ decision }) => decision !== null && decision.maybe.length > 0);

/** It ends at a node that has the destination in another VRF than the packets came in by: VRFs are there to keep them apart. */
function isSeparate(topology: Topology, { end, at, hops }: Walk, { ip }: Endpoint): boolean {
  if (end !== 'no route' && !(REFUSED.has(end) && hops[hops.length - 1].decision?.route?.prefix.isDefault === true)) return false;
  if (!(topology.node(at)?.interfaces ?? []).some(({ kind }) => kind === 'vrf')) return false;
  const from = vrfOf(topology, at, hops[hops.length - 1].iif);
  const right = topology.rightRoute(at, ip)?.dev ?? null;
  return right === null ? from !== null : vrfOf(topology, at, right) !== from;
}

const isBroken = (walk: Walk): boolean => BROKEN.has(walk.end) && walk.certain;

/** Beside a default route that was listed alone there may be others: at the node where the path ends, or at one in the loop. */
function excerpt(topology: Topology, { hops, end }: Walk, { ip }: Endpoint): Doubt | null {
  const nodes = hops
    .slice(end === 'loop' ? 0 : -1)
    .filter(
      ({ node, decision }) =>
        decision?.route?.prefix.isDefault === true && topology.node(node)?.excerptOf.has(ip.family) === true,
    )
    .map(({ node }) => node);
  return nodes.length === 0 ? null : { kind: 'excerpt', nodes };
}

/** Whether routes of some node say that packets for a network are meant to come by. */
class Intent {
  constructor(private readonly topology: Topology) {}
  private readonly known = new Map<string, boolean>();

  /** A node other than the owner has a route of its own for it, not the default. */
  isRouted({ node: owner, network, ip }: Endpoint): boolean {
    const key = `${owner} ${network.key}`;
    let found = this.known.get(key);
    if (found === undefined) {
      found = this.topology.nodeNames.some(
        (name) =>
          name !== owner &&
          (this.topology.node(name)?.routes.some(
            (route) =>
              isSpecific(route.prefix, route.kind) &&
              route.via !== null &&
              route.prefix.contains(ip) &&
              // Inside a tunnel it says nothing about the nodes between.
              !this.intoTunnel(name, route.dev),
          ) ??
            false),
      );
      this.known.set(key, found);
    }
    return found;
  }

  private intoTunnel(node: string, dev: string | null): boolean {
    return (
      dev !== null && (dev.startsWith('cilium_') || isTunnelDevice(this.topology.interfaceByName(node, dev) ?? undefined, dev))
    );
  }

  /** Nodes of the cluster other than the owner whose routes are not known: they may send packets to it by any node. */
  silentSenders({ node: owner, ip }: Endpoint): string[] {
    if (this.topology.tunnel !== null) return [];
    return this.topology.nodeNames.filter(
      (name) => name !== owner && isCluster(this.topology, name) && !this.topology.routesKnownFor(name, ip.family),
    );
  }

  /** `node` has a route of its own to an address of the other one. */
  leadsTo(node: string, { node: other, ip }: Endpoint): boolean {
    const own = (this.topology.node(other)?.interfaces ?? []).flatMap((i) =>
      i.addresses.flatMap(({ address }) => (address.family === ip.family ? [address] : [])),
    );
    return (
      this.topology
        .node(node)
        ?.routes.some(
          (route) => isSpecific(route.prefix, route.kind) && route.via !== null && own.some((ip) => route.prefix.contains(ip)),
        ) ?? false
    );
  }

  /** The node has routes to networks of the same size beside it, which other nodes have: this one was forgotten. */
  hasSiblings(at: string, { node: owner, network }: Endpoint, inTunnel = false): boolean {
    const record = this.topology.node(at);
    if (record === null || network.isHost) return false;
    // IPv4: the third byte differs, as it is numbered; IPv6: the third or fourth group.
    const wide = network.address.family === 4 ? network.bits - 8 : network.bits - 24;
    return record.routes.some(
      ({ prefix, kind, via, dev }) =>
        via !== null &&
        kind === 'unicast' &&
        (!inTunnel || this.intoTunnel(at, dev)) &&
        prefix.bits === network.bits &&
        shared(prefix, network) >= wide &&
        this.topology
          .ownerOf(prefix.network.next() as Ip)
          .some((one) => one.node !== null && one.node !== owner && one.node !== at),
    );
  }
}

/** Leading bits that two networks have in common. */
function shared(a: Prefix, b: Prefix): number {
  const [x, y] = [a.network, b.network];
  let bits = 0;
  for (const [p, q] of [
    [x.a, y.a],
    [x.b, y.b],
    [x.c, y.c],
    [x.d, y.d],
  ]) {
    const differing = Math.clz32(p ^ q);
    bits += differing;
    if (differing < 32) break;
  }
  return bits;
}

const isSpecific = (prefix: Prefix, kind: string): boolean => !prefix.isDefault && kind === 'unicast';

/** The hop follows a route that names the destination, not the default one or the link itself. */
const isMeant = ({ decision }: WalkHop): boolean =>
  decision?.route != null && isSpecific(decision.route.prefix, decision.route.kind);

/** How much a broken path matters; null where no packets are meant to take it. */
function forward(
  topology: Topology,
  intent: Intent,
  reach: Reach,
  pair: { from: Endpoint; to: Endpoint; there: Walk; tunnelled: ReadonlySet<string> },
): Pick<Break, 'severity' | 'doubt' | 'blame'> | null {
  const { from, to, there, tunnelled } = pair;
  const sure = { severity: 'error', doubt: null } as const;
  const last = there.hops[there.hops.length - 1];
  const blame = forgotten(intent, there, to);
  if (blame !== undefined) return { ...sure, blame };
  if (tunnelled.has(`${from.node} ${to.ip}`) || there.hops.some(isMeant)) return sure;
  // A route that refuses names what it refuses.
  if (last.decision?.route != null && !last.decision.route.prefix.isDefault && REFUSED.has(there.end)) return sure;
  if (last.decision?.refused != null) return sure;
  if (there.at === from.node && there.end !== 'loop') {
    // Who has no route to what nobody sends it packets for needs none: but pods may.
    const silent = to.kind === 'pods' && !isCluster(topology, there.at) ? intent.silentSenders(to) : [];
    return silent.length > 0 ? { severity: 'error', doubt: { kind: 'senders', nodes: silent } } : null;
  }
  if (intent.hasSiblings(there.at, to) || (to.kind === 'pods' && isCluster(topology, from.node))) return sure;
  const severity = to.kind === 'own' ? plain(reach, to) : null;
  return severity === null ? null : { severity, doubt: null };
}

/** A node whose routes beside the missing one lead into a tunnel: that the node where the packets end up instead knows no way is no wonder. */
const forgotten = (intent: Intent, walk: Walk, to: Endpoint): string | undefined =>
  walk.hops.find(
    ({ node, decision }) =>
      (decision?.route?.prefix.isDefault === true || (node === walk.at && (walk.end === 'no route' || REFUSED.has(walk.end)))) &&
      intent.hasSiblings(node, to, true),
  )?.node;

const isCluster = (topology: Topology, node: string): boolean => (topology.node(node)?.podCIDRs.length ?? 0) > 0;

/** Hosts that no node's routes name: that one address of a node is not reached matters little where another is. */
function plain(reach: Reach, { ip }: Endpoint): Severity | null {
  if (reach.has(ip.family)) return null;
  return reach.size > 0 ? 'info' : 'error';
}

/**
 * The same of answers: `from` reaches `to`, whose own routes lead the answers nowhere. (Where another node on the return path is wrong, the
 * path from `to` is broken there, and told as such.)
 */
function returning(
  topology: Topology,
  intent: Intent,
  reach: Reach,
  { from, to, there, back }: { from: Endpoint; to: Endpoint; there: Walk; back: Walk },
): Pick<Break, 'severity' | 'doubt'> | null {
  if (back.at !== to.node || back.end === 'loop' || topology.masqueraded(from.ip, to.ip) === true) return null;
  const routers = there.hops.slice(0, -1);
  if (routers.some(({ node }) => translates(topology.node(node) as Node) === true)) return null;
  if (from.kind === 'own' ? !isSource(topology, from, routers[0]) : !from.declared && !intent.isRouted(from)) return null;
  // By the interface of its default route a router usually translates; elsewhere, and where its rules are known, it does not.
  const outwards = routers.filter(
    ({ node, dev }, n) => (n > 0 || from.kind !== 'own') && dev !== null && isUplink(topology, node, dev),
  );
  // A pod network or one behind a node answers to every host that asks; a mere host does to those that it has routes for.
  const isAsked = to.kind === 'pods' || (to.kind === 'inner' && intent.isRouted(to));
  const isKnown = from.kind !== 'own' && intent.leadsTo(to.node, from);
  const severity = isAsked ? 'error' : isKnown ? (outwards.length > 0 ? 'warning' : 'info') : plain(reach, from);
  if (severity === null) return null;
  const masks = outwards
    .filter(({ node }) => (node !== from.node || !intent.isRouted(from)) && translates(topology.node(node) as Node) === null)
    .map(({ node }) => node);
  return { severity, doubt: severity === 'info' || masks.length === 0 ? null : { kind: 'nat', nodes: masks } };
}

/** Packets of the node leave with this address: the one of the route, else one of the interface out (RFC 6724 section 5, rule 5). */
export function isSource(topology: Topology, { node, ip }: Endpoint, { dev, decision }: WalkHop): boolean {
  const chosen = decision?.route?.src ?? null;
  if (chosen !== null) return chosen.equals(ip);
  const own = dev === null ? [] : (topology.interfaceByName(node, dev)?.addresses ?? []);
  const fits = own.filter(({ address }) => address.family === ip.family && !address.isLinkLocal);
  return fits.length === 0 || fits.some(({ address }) => address.equals(ip));
}

const isUplink = (topology: Topology, node: string, dev: string): boolean =>
  topology.node(node)?.routes.some((route) => route.prefix.isDefault && route.nexthops.some((hop) => hop.dev === dev)) ?? false;
