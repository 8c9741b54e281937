// Whether a packet left a node by an interface behind which its destination does not live.

import { type Crossing, type Facts, guessedNetwork, isPrivate } from '../facts/facts.js';
import { Ip } from '../topology/ip.js';
import type { RightRoute } from '../topology/model.js';
import type { Confidence } from './finding.js';
import { entry } from './rule.js';

export interface Wrong {
  readonly confidence: Confidence;
  /** Null where only the exit is known to be wrong. */
  readonly expected: string | null;
  /** Next hop, where it is known. */
  readonly via: string | null;
  /** The network that has no route, or a wrong one. */
  readonly network: string;
  readonly because: string;
  readonly command: string | null;
}

export const exitPort = (x: Crossing): number => x.use.path.hops[x.exits[x.exits.length - 1]].port;

/** What is wrong with the way way `way` of conversation `c` left the node; null when nothing is, or nothing can be told. */
export function wrongEgress(facts: Facts, c: number, way: number, x: Crossing): Wrong | null {
  const { dst } = x;
  if (dst.isMulticast || dst.isLoopback || dst.isLinkLocal || facts.isOwn(x.source, dst)) return null;
  // Into a tunnel device is not yet out of the node: what was not seen encapsulated was lost between the two.
  if (x.edge < 0 && facts.tunnels.isDevice(exitPort(x))) return null;
  const ports = x.exits.map((h) => x.use.path.hops[h].port);
  const node = facts.node(x.source);
  if (node !== null && facts.topology !== null) {
    const names = ports.map((port) => facts.portName(port));
    // Names that the topology does not know cannot be compared with its routes.
    if (!names.some((name) => facts.topology?.interfaceByName(node, name))) return null;
    const right = facts.topology.rightRoute(node, dst);
    if (right !== null) return byTopology(facts, node, x, right, names);
  }
  return byCapture(facts, c, way, x, ports);
}

function byTopology(facts: Facts, node: string, x: Crossing, right: RightRoute, names: readonly string[]): Wrong | null {
  const { dev } = right;
  if (dev === null || right.kind === 'local' || right.kind === 'tunnel') return null;
  if (names.some((name) => facts.sameLink(node, name, dev))) return null;
  const actual = facts.topology?.route(node, x.dst) ?? null;
  const used =
    actual === null
      ? `the node ${node} has no route for it`
      : actual.prefix.isDefault
        ? `the node ${node} has no route for ${right.prefix}, so its default route${actual.via === null ? '' : ` via ${actual.via}`} took the packets`
        : `the route ${actual.prefix}${actual.via === null ? '' : ` via ${actual.via}`} dev ${actual.dev} of ${node} took the packets`;
  return {
    confidence: 'high',
    expected: dev,
    via: right.via === null ? null : String(right.via),
    network: String(right.prefix),
    because: `${used}; ${right.prefix} belongs to ${right.owner}, which is reached through ${dev}${right.via === null ? '' : ` via ${right.via}`}`,
    command: facts.topology?.repair(node, x.dst) ?? null,
  };
}

/** Without a topology: the destination, or its network, sends from behind another interface. */
function byCapture(facts: Facts, c: number, way: number, x: Crossing, out: readonly number[]): Wrong | null {
  const home = facts.livesBehind(x.source, x.dst);
  const lost = facts.delivered(c, way) === false;
  if (reachesHome(facts, x)) return null;
  if (home.ports.size === 0) return lost ? towardsUplink(facts, x, out) : null;
  if (out.some((port) => home.ports.has(port) || [...home.ports.keys()].some((at) => facts.samePort(port, at)))) return null;
  // That neighbours live elsewhere is a hint, and needs a packet that is known to be lost.
  if (!home.exact && !lost) return null;
  const [port] = [...home.ports].sort((a, b) => b[1] - a[1])[0];
  const name = facts.portName(port);
  const who = home.exact ? String(x.dst) : guessedNetwork(x.dst);
  return {
    confidence: home.exact ? 'high' : 'medium',
    expected: name,
    via: null,
    network: who,
    because: `packets from ${who} come in by ${name}, so that is where it lives`,
    command: null,
  };
}

/**
 * Nobody in the capture speaks for the destination. It is an address of the lab's private range, of which there are hosts behind
 * other interfaces, and the one it leaves by leads out of the lab: behind it there are only hosts of the internet, or nobody
 * but a gateway on a network that has nothing in common with the lab's: a public one, or of another private range.
 */
function towardsUplink(facts: Facts, x: Crossing, out: readonly number[]): Wrong | null {
  const from = facts.entryPort(x);
  if (from === null || !isPrivate(x.dst) || out.includes(from)) return null;
  const exit = out[out.length - 1];
  const gateways = facts.linkNetworks(exit);
  if (gateways.has(guessedNetwork(x.dst))) return null;
  const range = privateRange(x.dst);
  const homes = new Set<number>();
  const ranges = new Set<string>();
  let hasInternet = false;
  let isInhabited = false;
  for (const [port, behind] of inhabitantsOf(facts).get(x.source) ?? []) {
    if (out.some((o) => facts.samePort(o, port))) {
      if (behind.beyond.has(range)) return null;
      hasInternet ||= behind.hasInternet;
      isInhabited ||= behind.onLink;
    } else {
      for (const known of behind.ranges) ranges.add(known);
      if (behind.ranges.size > 0 && !facts.samePort(port, from)) homes.add(port);
    }
  }
  if (!ranges.has(range)) return null;
  const apart = [...gateways.values()].filter((ip) => !ip.isLinkLocal);
  for (const port of facts.portsOf(x.source))
    if (!facts.samePort(port, exit))
      for (const ip of facts.linkNetworks(port).values()) if (isPrivate(ip)) ranges.add(privateRange(ip));
  // The first router of a host is asked for everything: what its default route takes may well be right.
  const isApart = !isFirstHop(x) && apart.length > 0 && apart.every((ip) => !isPrivate(ip) || !ranges.has(privateRange(ip)));
  if (!hasInternet && !isApart && (isInhabited || homes.size === 0)) return null;
  return {
    confidence: 'low',
    expected: homes.size === 1 ? facts.portName([...homes][0]) : null,
    via: null,
    network: guessedNetwork(x.dst),
    because: `${x.dst} is a private address, hosts of its range are behind other interfaces and none is behind ${facts.portName(exit)}: it seems that the default route took the packets`,
    command: null,
  };
}

/** The packet came in with as many hops to live as senders start with: from a host or pod of this node's own links. */
function isFirstHop(x: Crossing): boolean {
  const { use, hop } = x.origin ?? { use: x.use, hop: x.entry };
  if (hop < 0) return true;
  // What comes in a tunnel comes from a node, and this one is a router between nodes.
  return use.path.hops[hop].edge < 0 && FIRST_TTL.has(use.hops[hop].ttl);
}

/** Hops to live that systems start with: Linux and macOS (RFC 1700), Windows, network gear. */
const FIRST_TTL = new Set([64, 128, 255]);

/** A later point of the path is where the destination is at home: the way was another one, and led there. */
function reachesHome(facts: Facts, x: Crossing): boolean {
  return facts.travelled(x.use).some((h) => {
    const { source } = x.use.path.hops[h];
    if (h <= x.exits[0] || source === x.source) return false;
    const { ports, exact } = facts.livesBehind(source, x.dst);
    return facts.isOwn(source, x.dst) || (exact && !ports.has(x.use.path.hops[h].port));
  });
}

/** The /16 of an IPv4 address, of which clusters give their nodes pieces; of IPv6 the /48 of a site (RFC 4193 section 3.1). */
const privateRange = (ip: Ip): string =>
  ip.family === 6 ? String(new Ip(ip.a, (ip.b & 0xffff0000) >>> 0, 0, 0)) : String(ip.d >>> 16);

/** Who sends traffic of its own from behind a port. */
interface Inhabitants {
  hasInternet: boolean;
  /** Private hosts of the link itself. */
  onLink: boolean;
  /** Private ranges of all hosts, and of those beyond the link. */
  readonly ranges: Set<string>;
  readonly beyond: Set<string>;
}

const known = new WeakMap<Facts, ReadonlyMap<number, ReadonlyMap<number, Inhabitants>>>();

/** By capture and port. */
function inhabitantsOf(facts: Facts): ReadonlyMap<number, ReadonlyMap<number, Inhabitants>> {
  const before = known.get(facts);
  if (before !== undefined) return before;
  const sources = new Map<number, Map<number, Inhabitants>>();
  for (const c of facts.conversations())
    for (const way of [0, 1] as const) {
      // Link-local chatter (router solicitations, MLD) comes from every link, and says nothing of who lives there.
      const from = facts.towards(c, 1 - way);
      const to = facts.towards(c, way);
      if (from.isLinkLocal || to.isLinkLocal || to.isMulticast) continue;
      for (const { use, hop } of facts.entries(c, way)) {
        const first = use.path.hops[hop];
        const host = first.edge >= 0 ? facts.tracker.tunnels.list[first.edge].src : from;
        const ports = entry(sources, use.path.hops[hop].source, () => new Map<number, Inhabitants>());
        const behind = entry(
          ports,
          first.port,
          (): Inhabitants => ({ hasInternet: false, onLink: false, ranges: new Set(), beyond: new Set() }),
        );
        if (!isPrivate(host)) behind.hasInternet = true;
        else {
          behind.ranges.add(privateRange(host));
          if (facts.linkNetworks(first.port).has(guessedNetwork(host))) behind.onLink = true;
          else behind.beyond.add(privateRange(host));
        }
      }
    }
  known.set(facts, sources);
  return sources;
}
