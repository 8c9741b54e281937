// The path that the routes of all known nodes give a packet, hop by hop, to the first that breaks it.
import { type Command, command, ipRoute, words } from '../bytes/command.js';
import type { Decision, PacketFacts } from './decision.js';
import type { Ip } from './ip.js';
import type { Topology } from './model.js';
import { isTunnelDevice } from './record.js';
import type { RightRoute } from './types.js';

/**
 * Why a path ends. `delivered`: at a node that has the destination. `no route`, `prohibit`, `blackhole`, `unreachable`: what
 * the last node's tables say. `wrong next hop`: the packet goes to a node that cannot lead to the owner, or to an address that no node has.
 * `loop`: to a node where it has been. `down`: the interface is down. `unknown`: the topology does not say how it goes on.
 * `not forwarding`, said by `asForwarded` alone: a node in the middle passes nothing on.
 */
export type WalkEnd =
  | 'delivered'
  | 'no route'
  | 'prohibit'
  | 'blackhole'
  | 'unreachable'
  | 'wrong next hop'
  | 'loop'
  | 'down'
  | 'not forwarding'
  | 'unknown';

export interface WalkHop {
  readonly node: string;
  readonly decision: Decision | null;
  /** Interface in; null at the first node, and where it is not known. */
  readonly iif: string | null;
  /** Interface out; null where it is delivered, refused or not known. */
  readonly dev: string | null;
  /** Null when the destination itself is the neighbour. */
  readonly via: Ip | null;
  readonly next: string | null;
  /** The packet is encapsulated here; `next` is the tunnel's other end. */
  readonly tunnel: boolean;
}

export interface Walk {
  /** In the order of the path; never empty when the first node is known. */
  readonly hops: readonly WalkHop[];
  readonly end: WalkEnd;
  /** The node at which it ends. */
  readonly at: string;
  /** One sentence for people. */
  readonly why: string;
  /** What to run on `at` so that the path goes on; null where no command is certain. */
  readonly command: Command | null;
  /** False when a rule, a mark or a table that is not known may lead the packet elsewhere. */
  readonly certain: boolean;
}

/** TTL of most hosts; a longer path is a loop. */
const MAX_HOPS = 64;
/** Equal legs that are followed, over all hops. */
const MAX_LEGS = 32;

/**
 * Follows a packet to `dst` from `from` over all nodes whose routes are known. Of several equal next hops the first leg that
 * breaks is returned, else the first. `src` and the firewall's mark, where known, are what policy rules are asked with. Allocates; ask once per pair.
 */
export function walk(topology: Topology, from: string, dst: Ip, src: Ip | null = null, mark: number | null = null): Walk {
  return follow(topology, from, dst, { src, mark }, null, [], { left: MAX_LEGS });
}

/** Ends that break a path, as against what is delivered or not known. */
export const BROKEN: ReadonlySet<WalkEnd> = new Set<WalkEnd>([
  'no route',
  'prohibit',
  'blackhole',
  'unreachable',
  'wrong next hop',
  'loop',
  'down',
  'not forwarding',
]);

function follow(
  topology: Topology,
  name: string,
  dst: Ip,
  asked: Pick<PacketFacts, 'src' | 'mark'>,
  iif: string | null,
  before: readonly WalkHop[],
  legs: { left: number },
): Walk {
  const node = topology.node(name);
  const certain = before.every(({ decision }) => decision?.certain ?? true);
  const last = (end: WalkEnd, why: string, hop: Partial<WalkHop> = {}, command: Command | null = null, sure = certain): Walk => ({
    hops: [...before, { node: name, decision: null, iif, dev: null, via: null, next: null, tunnel: false, ...hop }],
    end,
    at: name,
    why,
    command,
    certain: sure,
  });
  if (before.some((hop) => hop.node === name) || before.length >= MAX_HOPS)
    return {
      hops: before,
      end: 'loop',
      at: before[before.length - 1].node,
      why: `packets to ${dst} come back to ${name}`,
      command: topology.repair(before[before.length - 1].node, dst),
      certain,
    };
  if (node === null) return last('unknown', `${name} is not in the topology`);
  const owners = topology.ownerOf(dst);
  if (owners.some((owner) => owner.node === name)) return last('delivered', `${dst} is at ${name}`);
  const decision = topology.routeDecision(name, dst, { ...asked, iif, forwarded: before.length > 0 });
  const sure = certain && decision.certain;
  if (decision.refused !== null)
    return last(
      decision.refused,
      `a rule of ${name} says ${decision.refused} for ${dst}: ${decision.rule}`,
      { decision },
      null,
      sure,
    );
  const { route } = decision;
  if (route === null)
    return node.routesOf.has(dst.family)
      ? last(
          sure ? 'no route' : 'unknown',
          sure ? `${name} has no route for ${dst}` : `a rule of ${name} may have a route for ${dst}`,
          { decision },
          sure ? topology.repair(name, dst, vrfOf(topology, name, iif)) : null,
          sure,
        )
      : last('unknown', `the routes of ${name} are not known`, { decision }, null, false);
  if (route.kind === 'prohibit' || route.kind === 'blackhole' || route.kind === 'unreachable') {
    const table = decision.table === 'main' ? words`` : words`table ${decision.table}`;
    const repair = route.implied
      ? null
      : ((decision.table === 'main' ? topology.repair(name, dst) : null) ??
        command`${ipRoute(dst)} del ${route.kind} ${route.prefix} ${table}`);
    const chosen =
      decision.table === 'main' || decision.rule === null ? '' : ` in table ${decision.table}, by the rule "${decision.rule}"`;
    return last(
      route.kind,
      `${name} has ${route.kind === 'unreachable' ? 'an' : 'a'} ${route.kind} route for ${route.prefix}${chosen}`,
      { decision },
      repair,
      sure,
    );
  }
  if (route.kind === 'local') return last('delivered', `${dst} is an address of ${name}`, { decision });
  let first: Walk | null = null;
  for (const { dev, via } of route.nexthops) {
    if (legs.left-- <= 0) break;
    const leg = step(dev, via, decision, sure);
    if (BROKEN.has(leg.end)) return leg;
    first ??= leg;
  }
  return first ?? last('unknown', `the next hop of ${name} for ${dst} is not known`, { decision });

  function step(dev: string | null, via: Ip | null, by: Decision, sureStep: boolean): Walk {
    const hop = { decision: by, dev, via };
    const device = dev === null ? undefined : (topology.interfaceByName(name, dev) ?? undefined);
    if (device?.up === false)
      return last('down', `${dev} of ${name} is down`, hop, command`ip link set ${dev as string} up`, sureStep);
    const go = (next: string, tunnel = false): Walk => {
      const rest = follow(
        topology,
        next,
        dst,
        asked,
        tunnel ? null : inBy(topology, next, via ?? dst),
        [...before, { node: name, iif, tunnel, next, ...hop }],
        legs,
      );
      // Who sends them to a node that knows no way, although another hop leads to the owner, is the first to be wrong.
      return !tunnel && BROKEN.has(rest.end) && rest.end !== 'down' && rest.end !== 'loop' && strays() && rest.at !== name
        ? stray(next)
        : rest;
    };
    // Costs more than the step itself, and most steps are right.
    const wanted = () => topology.rightRoute(name, dst);
    const strays = () => {
      const right = wanted();
      if (right === null || right.kind === 'tunnel' || right.dev === null) return false;
      return right.dev !== dev || (right.via === null ? via !== null : via === null || !right.via.equals(via));
    };
    if (dev !== null && isTunnelDevice(device, dev)) {
      const ends = tunnelEnds(topology, name, dev, dst, via);
      const owner = new Set(owners.map((one) => one.node));
      if (
        ends.length === 0 &&
        owner.size === 1 &&
        [...owner][0] !== null &&
        (device?.tunnel?.external === true || dev.startsWith('cilium_'))
      )
        return go([...owner][0] as string, true);
      return ends.length === 1
        ? go(ends[0], true)
        : last('unknown', `the other end of the tunnel ${dev} of ${name} is not known`, { ...hop, tunnel: true }, null, sureStep);
    }
    if (dev !== null && CILIUM.test(dev)) {
      // Its eBPF programs take the packets from there; the kernel's routes say no more.
      const far = new Set(owners.flatMap((one) => one.node ?? []));
      return topology.tunnel !== null && far.size === 1
        ? go([...far][0], true)
        : last('unknown', `where Cilium of ${name} sends what its routes give to ${dev} is not known`, hop, null, sureStep);
    }
    const target = via ?? dst;
    const holders = [
      ...new Set(
        topology
          .ownerOf(target)
          .filter(({ what }) => what !== 'network')
          .map((one) => one.node),
      ),
    ];
    const next = holders.length === 1 ? holders[0] : null;
    if (next === null) {
      // No known node has the next hop; that the owner is elsewhere for certain makes it wrong.
      if (holders.length === 0 && strays() && sureStep) {
        const right = wanted() as RightRoute;
        return last(
          'wrong next hop',
          `${name} sends packets to ${dst} ${via === null ? `on ${dev}` : `to ${via} on ${dev}`}; ${right.owner} is behind ${right.via ?? right.dev}`,
          hop,
          topology.repair(name, dst),
          sureStep,
        );
      }
      return last('unknown', `nobody is known to have ${target}`, hop, null, sureStep);
    }
    if (next === name)
      return last(
        'wrong next hop',
        `${name} sends packets to ${dst} to an address of its own, ${target}`,
        hop,
        topology.repair(name, dst),
        sureStep,
      );
    // With too short a netmask the node asks on its own link for what is on another one; a proxy may answer there.
    if (via === null && dev !== null && isElsewhere(topology, name, dev, next, dst))
      return last('unknown', `${dst} of ${next} is not on the link of ${dev} of ${name}`, hop, null, sureStep);
    if (topology.node(next)?.routesOf.has(dst.family)) return go(next);
    if (owners.some((one) => one.node === next)) return go(next);
    if (strays()) return stray(next);
    return last('unknown', `the routes of ${next} are not known`, { ...hop, next }, null, sureStep);

    function stray(to: string): Walk {
      const { owner, via: hop2, dev: out } = wanted() as RightRoute;
      return last(
        'wrong next hop',
        `${name} sends packets to ${dst} to ${to}; the way to ${owner} is ${hop2 === null ? '' : `${hop2} `}on ${out}`,
        { ...hop, next: to },
        topology.repair(name, dst),
        sureStep,
      );
    }
  }
}

/** The first node in the middle of a path that is known not to pass packets on; null where none is. */
export const idleHop = (topology: Topology, hops: readonly WalkHop[], family: 4 | 6): string | null =>
  hops.slice(1, -1).find(({ node }) => topology.forwards(node, family) === false)?.node ?? null;

/** Of a node that does not: in its own words, for people. */
export const idleText = (node: string, family: 4 | 6): string =>
  `${node} does not forward IPv${family} (${forwardingKey(family)} is 0)`;

/** The kernel's setting that makes a node a router. */
export const forwardingKey = (family: 4 | 6): string => (family === 6 ? 'net.ipv6.conf.all.forwarding' : 'net.ipv4.ip_forward');

/** The same path, where a node in the middle is known not to pass packets on: it ends there. Else as it is. */
export function asForwarded(topology: Topology, walk: Walk, family: 4 | 6): Walk {
  const at = idleHop(topology, walk.hops, family);
  if (at === null) return walk;
  const hops = walk.hops.slice(0, walk.hops.findIndex(({ node }) => node === at) + 1);
  return {
    hops,
    end: 'not forwarding',
    at,
    why: idleText(at, family),
    command: sysctlOn(family),
    certain: hops.every((hop) => hop.decision?.certain ?? true),
  };
}

/** What makes a node pass packets on. */
export const sysctlOn = (family: 4 | 6): Command => command`sysctl -w ${forwardingKey(family)}=1`;

/** The VRF that an interface of a node is in; null for none. */
export function vrfOf(topology: Topology, node: string, dev: string | null): string | null {
  const master = dev === null ? null : (topology.interfaceByName(node, dev)?.master ?? null);
  return master !== null && topology.interfaceByName(node, master)?.kind === 'vrf' ? master : null;
}

/** `next` has the address in a network that none of the interface's addresses is in. */
function isElsewhere(topology: Topology, node: string, dev: string, next: string, dst: Ip): boolean {
  const own = (topology.interfaceByName(node, dev)?.addresses ?? []).filter(
    ({ address, isHost }) => address.family === dst.family && !isHost && !address.isLinkLocal,
  );
  const there = topology
    .node(next)
    ?.interfaces.flatMap(({ addresses }) => addresses)
    .find(({ address }) => address.equals(dst));
  return own.length > 0 && there !== undefined && !there.isHost && !own.some(({ address }) => there.contains(address));
}

/** Devices of the host that hand packets to Cilium. */
const CILIUM = /^cilium_(?:host|net)$/;

/** The interface by which a packet for the address `via` comes in; null when that is not known. */
function inBy(topology: Topology, node: string, via: Ip | null): string | null {
  if (via === null) return null;
  const found = topology.node(node)?.interfaces.filter((i) => i.addresses.some(({ address }) => address.equals(via))) ?? [];
  return found.length === 1 ? found[0].name : null;
}

/** Nodes at the other end of a tunnel device for a next hop: its remote, or what neighbour and forwarding tables say. */
function tunnelEnds(topology: Topology, node: string, dev: string, dst: Ip, via: Ip | null): string[] {
  const target = via ?? dst;
  const record = topology.node(node);
  const tunnel = topology.interfaceByName(node, dev)?.tunnel ?? null;
  const mac = record?.neighbours.find((n) => n.ip.equals(target) && (n.dev === null || n.dev === dev))?.mac;
  const end =
    tunnel?.remote ??
    record?.fdb.find((entry) => entry.dev === dev && entry.mac === mac && entry.dst !== null)?.dst ??
    // Without a remote the next hop is the outer destination (Linux, ip_tunnel_xmit): Calico's tunl0.
    (tunnel !== null && /^(?:ipip|sit|gre)$/.test(tunnel.type) ? via : null);
  if (end === null) return [];
  return [...new Set(topology.ownerOf(end).flatMap((owner) => owner.node ?? []))];
}

/** The least MTU of a path, as far as it is known. */
export interface PathMtu {
  /** Bytes of the IP packet at the least hop; null when no hop's is known. */
  readonly least: number | null;
  readonly at: { readonly node: string; readonly dev: string } | null;
  /** Every hop's MTU is known and the packet is delivered: nothing smaller can be in between. */
  readonly whole: boolean;
}

export function mtuAlong(topology: Topology, from: string, dst: Ip, src: Ip | null = null): PathMtu {
  const path = walk(topology, from, dst, src);
  let least: number | null = null;
  let at: PathMtu['at'] = null;
  let whole = path.end === 'delivered';
  for (const { node, dev, decision } of path.hops) {
    if (dev === null) continue;
    const mtu = topology.interfaceByName(node, dev)?.mtu ?? null;
    const known = decision?.route?.mtu ?? mtu;
    if (known === null) whole = false;
    else if (least === null || known < least) {
      least = known;
      at = { node, dev };
    }
  }
  return { least, at, whole };
}
