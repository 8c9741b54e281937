// Whether a packet left a node by an interface behind which its destination does not live.

import type { Command } from '../bytes/command.js';
import type { Direction } from '../facts/conversation.js';
import { type Crossing, exitPort } from '../facts/crossings.js';
import type { Facts } from '../facts/facts.js';
import { guessedNetwork, isPrivate, privateRange } from '../facts/networks.js';
import type { RightRoute } from '../topology/model.js';
import type { Route } from '../topology/routes.js';
import type { Confidence } from './finding.js';

export interface Wrong {
  readonly confidence: Confidence;
  /** Null where only the exit is known to be wrong. */
  readonly expected: string | null;
  /** Next hop, where it is known. */
  readonly via: string | null;
  /** The network that has no route, or a wrong one. */
  readonly network: string;
  readonly because: string;
  readonly command: Command | null;
  /** The rule's when null. */
  readonly hint: string | null;
  /** The interface by which they left, where only the node's routes give it a name. */
  readonly out?: string;
}

/** What is wrong with how packets of this direction left the node; null when nothing is, or nothing can be told. */
export function wrongEgress(facts: Facts, direction: Direction, x: Crossing): Wrong | null {
  const { dst } = x;
  if (dst.isMulticast || dst.isLoopback || dst.isLinkLocal || facts.ownership.isOwn(x.source, dst)) return null;
  // Into a tunnel device is not yet out of the node: what was not seen encapsulated was lost between the two.
  if (x.edge < 0 && facts.tunnels.isDevice(exitPort(x))) return null;
  const ports = x.exits.map((h) => x.use.path.hops[h].port);
  const node = facts.node(x.source);
  if (node !== null && facts.topology !== null) {
    const names = ports.map((port) => facts.interfaces.name(port));
    const right = facts.topology.rightRoute(node, dst);
    if (!names.some((name) => facts.topology?.interfaceByName(node, name))) return byRoutes(facts, direction, x, node, right);
    if (right !== null) return byTopology(facts, node, x, right, names);
  }
  return byCapture(facts, direction, x, ports);
}

function byTopology(facts: Facts, node: string, x: Crossing, right: RightRoute, names: readonly string[]): Wrong | null {
  const { dev } = right;
  if (dev === null || right.kind === 'local' || right.kind === 'tunnel') return null;
  if (names.some((name) => facts.interfaces.sameLink(node, name, dev))) return null;
  // An address that the node's own routes put on a link is there: that it looks like a neighbour's of another one says little against it.
  const own = facts.topology?.route(node, x.dst) ?? null;
  const isMeant = own !== null && own.prefix.bits >= right.prefix.bits && (right.kind === 'direct' || right.prefix.isHost);
  if (isMeant && own.nexthops.some((hop) => hop.via === null && hop.dev !== null && names.includes(hop.dev))) return null;
  const used = whatTook(facts, node, x, right, names);
  return {
    confidence: 'high',
    expected: dev,
    via: right.via === null ? null : String(right.via),
    network: String(right.prefix),
    because: `${used.text}; ${right.prefix} belongs to ${right.owner}, which is reached through ${dev}${right.via === null ? '' : ` via ${right.via}`}`,
    command: used.byMain ? (facts.topology?.repair(node, x.dst) ?? null) : null,
    hint: used.hint,
  };
}

/**
 * The interfaces have numbers that the topology does not have, so where packets left cannot be compared with its routes. What was
 * lost and has only a route that leads elsewhere left by that one; a right route leaves nothing to say; else it is as without a topology.
 */
function byRoutes(facts: Facts, direction: Direction, x: Crossing, node: string, right: RightRoute | null): Wrong | null {
  const { topology } = facts;
  const out = x.exits.map((h) => x.use.path.hops[h].port);
  const isNumber = (port: number): boolean => facts.interfaces.of(port).known && facts.interfaces.of(port).nameFrom === 'none';
  if (topology === null || !out.every(isNumber)) return null;
  const { route, certain } = topology.routeDecision(node, x.dst, { src: x.src });
  if (right === null || right.dev === null || route === null || route.dev === null || !certain)
    return byCapture(facts, direction, x, out);
  if (facts.interfaces.sameLink(node, route.dev, right.dev)) return null;
  if (facts.delivery.by(direction, x.use) !== false) return null;
  const wrong = byTopology(facts, node, x, right, [route.dev]);
  return wrong === null ? null : { ...wrong, confidence: 'medium', out: route.dev };
}

const MISSING_HINT =
  'Is the route there now (ip route get ADDRESS)? Find what takes it away: a routing daemon, an interface that goes down, a script (ip monitor route, journalctl).';
const POLICY_HINT =
  'Look at `ip rule` and at the table that the rule names (ip route show table NAME): `ip route get ADDRESS from SOURCE iif INTERFACE` shows which route is taken. The main table needs no change.';

/**
 * What took the packets out by these interfaces, as far as the node's own tables say it; never against them: where the main table leads
 * elsewhere, it was not the main table (ip-rule(8)).
 */
function whatTook(
  facts: Facts,
  node: string,
  x: Crossing,
  right: RightRoute,
  names: readonly string[],
): { readonly text: string; readonly byMain: boolean; readonly hint: string | null } {
  const { topology } = facts;
  const leads = (route: Route | null): boolean =>
    route?.nexthops.some(({ dev }) => dev !== null && names.some((name) => facts.interfaces.sameLink(node, name, dev))) ?? false;
  const main = topology?.route(node, x.dst) ?? null;
  // The source is translated after the route is chosen.
  const src = x.origin === null ? x.src : x.origin.conversation.initiator;
  const entry = facts.crossings.entryPort(x);
  const decision = topology?.routeDecision(node, x.dst, { src, iif: entry === null ? null : facts.interfaces.name(entry) });
  if (decision !== undefined && decision.rule !== null && decision.table !== 'main' && leads(decision.route))
    return {
      text: `the rule "${decision.rule}" of ${node} made table ${decision.table} decide, whose ${(decision.route as Route).prefix.isDefault ? '' : 'route '}${routeText(decision.route as Route)} took the packets`,
      byMain: false,
      hint: POLICY_HINT,
    };
  if (main !== null && main.nexthops.length > 0 && !leads(main)) {
    const rules = decision?.maybe.map(({ text }) => `"${text}"`) ?? [];
    const table = `the main table of ${node} has ${routeText(main)} dev ${main.dev}`;
    const out = names.join(' and ');
    if (rules.length > 0)
      return {
        text: `${table}, but the policy rule ${rules.join(' or ')} made the packets leave by ${out}`,
        byMain: false,
        hint: POLICY_HINT,
      };
    const tookMain = takesRight(facts, x, right, true);
    return {
      text: tookMain
        ? `${table}, but was without it at the time: packets to ${x.dst} left by ${right.dev} at another time, and by ${out} while the route was missing`
        : takesRight(facts, x, right, false)
          ? `${table}, and packets of other ports or protocols to ${x.dst} left by ${right.dev}; these left by ${out}: a policy rule (\`ip rule\`), by a mark of the filter perhaps, makes another table decide for them`
          : `${table}, but the packets left by ${out}: a policy rule (\`ip rule\`) made another table decide, or the route was missing at the time`,
      byMain: false,
      hint: tookMain ? MISSING_HINT : POLICY_HINT,
    };
  }
  if (main === null) return { text: `the node ${node} has no route for it`, byMain: true, hint: null };
  return {
    text: main.prefix.isDefault
      ? `the node ${node} has no route for ${right.prefix}, so its ${routeText(main)} took the packets`
      : `the route ${routeText(main)} dev ${main.dev} of ${node} took the packets`,
    byMain: true,
    hint: null,
  };
}

/** Packets of the same source to the same destination, and if `same` of the same service, left by the right interface as well. */
function takesRight(facts: Facts, x: Crossing, { dev }: RightRoute, same: boolean): boolean {
  const node = facts.node(x.source);
  if (node === null || dev === null) return false;
  const own = facts.conversation(x.use.conversation);
  for (const direction of facts.directions()) {
    if (!direction.from.equals(x.src) || !direction.to.equals(x.dst)) continue;
    const { proto, isEcho, responderPort } = direction.conversation;
    if (same && own !== null && (proto !== own.proto || (!isEcho && responderPort !== own.responderPort))) continue;
    for (const { source, use, exits } of facts.crossings.of(direction))
      if (
        source === x.source &&
        exits.some((h) => facts.interfaces.sameLink(node, facts.interfaces.name(use.path.hops[h].port), dev))
      )
        return true;
  }
  return false;
}

const routeText = ({ prefix, via }: Route): string =>
  `${prefix.isDefault ? 'default route' : prefix}${via === null ? '' : ` via ${via}`}`;

/** Without a topology: the destination, or its network, sends from behind another interface. */
function byCapture(facts: Facts, direction: Direction, x: Crossing, out: readonly number[]): Wrong | null {
  const home = facts.ownership.livesBehind(x.source, x.dst);
  const lost = facts.delivery.by(direction, x.use) === false;
  if (reachesHome(facts, x)) return null;
  if (home.ports.size === 0) return lost ? towardsUplink(facts, x, out) : null;
  const isSame = (a: number, b: number): boolean => facts.interfaces.same(a, b) || facts.crossings.areOneLink(a, b);
  if (out.some((port) => [...home.ports.keys()].some((at) => isSame(port, at)))) return null;
  // That neighbours live elsewhere is a hint, and needs a packet that is known to be lost.
  if (!home.exact && !lost) return null;
  const [port] = [...home.ports].sort((a, b) => b[1] - a[1])[0];
  const name = facts.interfaces.name(port);
  const who = home.exact ? String(x.dst) : guessedNetwork(x.dst);
  return {
    confidence: home.exact ? 'high' : 'medium',
    expected: name,
    via: null,
    network: who,
    because: `packets from ${who} come in by ${name}, so that is where it lives`,
    command: null,
    hint: null,
  };
}

/**
 * No frame of the capture comes from the destination. It is an address of the lab's private range, of which there are hosts behind
 * other interfaces, and the one it leaves by leads out of the lab: behind it there are only hosts of the internet, or only
 * a gateway on a network that has nothing in common with the lab's: a public one, or of another private range.
 */
function towardsUplink(facts: Facts, x: Crossing, out: readonly number[]): Wrong | null {
  const from = facts.crossings.entryPort(x);
  if (from === null || !isPrivate(x.dst) || out.includes(from) || facts.ownership.speaks(x.dst)) return null;
  const exit = out[out.length - 1];
  const gateways = facts.neighbours.networks(exit);
  if (gateways.has(guessedNetwork(x.dst))) return null;
  const range = privateRange(x.dst);
  const homes = new Set<number>();
  const ranges = new Set<string>();
  let hasInternet = false;
  let isInhabited = false;
  for (const [port, behind] of facts.ownership.inhabitants(x.source)) {
    if (out.some((o) => facts.interfaces.same(o, port))) {
      if (behind.beyond.has(range)) return null;
      hasInternet ||= behind.hasInternet;
      isInhabited ||= behind.onLink;
    } else {
      for (const known of behind.ranges) ranges.add(known);
      if (behind.ranges.size > 0 && !facts.interfaces.same(port, from)) homes.add(port);
    }
  }
  if (!ranges.has(range)) return null;
  const apart = [...gateways.values()].filter((ip) => !ip.isLinkLocal);
  for (const { id } of facts.interfaces.at(x.source))
    if (!facts.interfaces.same(id, exit))
      for (const ip of facts.neighbours.networks(id).values()) if (isPrivate(ip)) ranges.add(privateRange(ip));
  // The first router of a host is asked for everything: what its default route takes may well be right.
  const isApart = !isFirstHop(x) && apart.length > 0 && apart.every((ip) => !isPrivate(ip) || !ranges.has(privateRange(ip)));
  if (!hasInternet && !isApart && (isInhabited || homes.size === 0)) return null;
  return {
    confidence: 'low',
    expected: homes.size === 1 ? facts.interfaces.name([...homes][0]) : null,
    via: null,
    network: guessedNetwork(x.dst),
    because: `${x.dst} is a private address, hosts of its range are behind other interfaces and none is behind ${facts.interfaces.name(exit)}: it seems that the default route took the packets`,
    command: null,
    hint: null,
  };
}

/** The packet came in with as many hops to live as senders start with: from a host or pod of this node's own links. */
function isFirstHop(x: Crossing): boolean {
  const { use, hop } = x.origin ?? { use: x.use, hop: x.entry };
  if (hop < 0) return true;
  // What comes in a tunnel comes from a node, and this one is a router between nodes.
  const { ttl } = use.hops[hop];
  // 0: a text that does not say.
  return use.path.hops[hop].edge < 0 && (ttl === 0 || FIRST_TTL.has(ttl));
}

/** Hops to live that systems start with: Linux and macOS (RFC 1700), Windows, network gear. */
const FIRST_TTL = new Set([64, 128, 255]);

/** A later point of the path is where the destination is at home: the way was another one, and led there. */
function reachesHome(facts: Facts, x: Crossing): boolean {
  return facts.paths.travelled(x.use).some((h) => {
    const { source } = x.use.path.hops[h];
    if (h <= x.exits[0] || source === x.source) return false;
    const { ports, exact } = facts.ownership.livesBehind(source, x.dst);
    return facts.ownership.isOwn(source, x.dst) || (exact && !ports.has(x.use.path.hops[h].port));
  });
}
