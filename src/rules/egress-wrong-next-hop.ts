// A node sends packets out by the right interface, but to a node that has to send them on, past the one that owns the destination.

import { type Command, command, ipRoute } from '../bytes/command.js';
import { macNumber } from '../bytes/show.js';
import type { Direction } from '../facts/conversation.js';
import { type Crossing, exitPort, lastExit } from '../facts/crossings.js';
import type { Facts } from '../facts/facts.js';
import type { Ip, Prefix } from '../topology/ip.js';
import type { Topology } from '../topology/model.js';
import page from './egress-wrong-next-hop.md';
import { endAt } from './next-hop-end.js';
import { type EvidenceDraft, entry, rule } from './rule.js';
import { packetsSubject } from './subjects.js';

/** Where packets were sent, and where they should be. */
interface Detour {
  readonly node: string;
  readonly dev: string;
  /** Next hop that was used, as an address or a MAC, and the node that has it. */
  readonly used: string;
  readonly usedNode: string;
  readonly right: Ip;
  readonly owner: string;
  readonly network: string;
  readonly because: string;
  readonly command: Command | null;
  /** Said only of packets that were lost: what becomes of them at the next hop by the tables, and how sure that is. */
  readonly end: { readonly text: string; readonly isKnown: boolean } | null;
}

interface Group {
  readonly detour: Detour;
  readonly direction: Direction;
  readonly crossing: Crossing;
  readonly about: Set<number>;
  readonly evidence: EvidenceDraft[];
  answered: number;
  lost: number;
  count: number;
}

export default rule({
  id: 'egress-wrong-next-hop',
  title: 'Packets go to the wrong next hop',
  group: 'path',
  severity: 'error',
  spec: 'RFC 1812 section 5.2.4.3',
  hint: 'Make the next hop of the route the node that has the network (ip route get shows the one that is used).',
  page,
  judge(facts, say) {
    const { topology } = facts;
    if (topology === null) return;
    const groups = new Map<string, Group>();
    const beside = new Beside(facts, topology);
    for (const direction of facts.directions()) {
      if (direction.to.isMulticast || facts.causes.of(direction.conversation) !== null) continue;
      for (const crossing of facts.crossings.of(direction)) {
        const detour = detourOf(facts, topology, beside, crossing);
        if (detour === null) continue;
        const group = entry(
          groups,
          `${crossing.source} ${detour.dev} ${detour.used} ${detour.network}`,
          (): Group => ({ detour, direction, crossing, about: new Set(), evidence: [], answered: 0, lost: 0, count: 0 }),
        );
        const { use } = crossing;
        group.count += use.count;
        group.answered += use.answered;
        group.lost += use.lost;
        group.about.add(direction.conversation.uid);
        if (group.evidence.length < 4)
          group.evidence.push({
            mark: facts.paths.mark(use, lastExit(crossing)),
            field: 'ip.dst',
            note: detour.end === null ? `to ${detour.used}` : `by the routes to ${detour.used}`,
          });
      }
    }
    for (const { detour, direction, crossing: x, about, evidence, answered, lost, count } of groups.values()) {
      const { node, dev, used, usedNode, right, owner, network, because, command, end } = detour;
      // Where the next hop leads on, and something comes of it, the way is long and not broken.
      const isLost = lost > 0 && answered === 0;
      const isFault = isLost && (end !== null || topology.walk(node, x.dst, x.src).end !== 'delivered');
      if (end !== null && !isFault) continue;
      say({
        verdict: 'fail',
        severity: isFault ? 'error' : 'info',
        ...(end === null || end.isKnown ? {} : { confidence: 'medium' as const }),
        key: `${node} ${dev} ${used} ${network}`,
        title: `${node} sends packets to ${network} to ${usedNode} instead of ${owner}`,
        message:
          end === null
            ? `${count === 1 ? 'A packet' : `${count} packets`} to ${facts.named(x.dst)} left ${node} by ${dev} with the next hop ${used} (${usedNode}); ${owner}, which has ${network}, is on the same link at ${right}.${isFault ? ' No answer to them was seen.' : ` They arrive by a detour: ${usedNode} has to send each of them on.`}`
            : `${count === 1 ? 'A packet' : `${count} packets`} to ${facts.named(x.dst)} left ${node} by ${dev}, and no answer to them was seen. ${end.text} ${owner}, on the same link at ${right}, leads there.`,
        cause: because,
        commands: command === null ? [] : [command],
        subject: {
          ...packetsSubject(direction.conversation, x.src, x.dst),
          interfaceOut: dev,
          node,
        },
        evidence,
        count,
        absence: isFault,
        about: isFault ? about : [],
      });
    }
  },
});

function detourOf(facts: Facts, topology: Topology, beside: Beside, x: Crossing): Detour | null {
  const node = facts.node(x.source);
  if (node === null || x.dst.isMulticast || facts.ownership.isOwn(x.source, x.dst)) return null;
  if (x.edge < 0 && facts.tunnels.isDevice(exitPort(x))) return null;
  const dev = facts.interfaces.name(exitPort(x));
  return byMac(facts, topology, x, node, dev) ?? byRoute(facts, topology, x, node, dev) ?? beside.of(x, node, dev);
}

/** The frame itself went to the MAC of another node than the one whose turn it is. */
function byMac(facts: Facts, topology: Topology, x: Crossing, node: string, dev: string): Detour | null {
  const mac = x.use.hops[lastExit(x)].destinationMac;
  const right = topology.rightNextHop(node, x.dst);
  if (mac <= 0 || right === null || right.node === null || right.macs === null || right.macs.includes(mac)) return null;
  const usedNode = topology.nodeByMac(mac);
  if (usedNode === null || usedNode === right.node || usedNode === node || !facts.interfaces.sameLink(node, dev, right.dev))
    return null;
  const network = String(topology.rightRoute(node, x.dst)?.prefix ?? x.dst);
  const used = macNumber(mac);
  return {
    node,
    dev,
    used,
    usedNode,
    right: right.ip,
    owner: right.node,
    network,
    because: `The frames have the destination MAC ${used} of ${usedNode}; ${right.ip} is ${right.node}.`,
    command: null,
    end: null,
  };
}

/** The node's own route names another node, though the owner is a neighbour on the same link. A default route asks for no less. */
function byRoute(facts: Facts, topology: Topology, x: Crossing, node: string, dev: string): Detour | null {
  const near = topology.nearNextHops(node, x.dst).filter((way) => facts.interfaces.sameLink(node, dev, way.dev));
  if (near.length === 0) return null;
  const { route, table, certain } = topology.routeDecision(node, x.dst, { src: x.src });
  if (route === null || !certain || route.via === null || route.nexthops.length !== 1 || route.prefix.isDefault) return null;
  if (route.dev === null || !facts.interfaces.sameLink(node, dev, route.dev)) return null;
  const usedNode = facts.ownership.nodeAt(route.via);
  const [owner] = topology.ownerOf(x.dst);
  if (usedNode === null || owner?.node == null || usedNode === owner.node || usedNode === node) return null;
  const [{ via }] = near;
  return {
    node,
    dev,
    used: String(route.via),
    usedNode,
    right: via,
    owner: owner.node,
    network: String(route.prefix),
    because: `The route ${route.prefix} of ${node} has the next hop ${route.via} (${usedNode}), but ${owner.prefix} belongs to ${owner.node} (${via}).`,
    command: table === 'main' ? command`${ipRoute(x.dst)} replace ${route.prefix} via ${via} dev ${route.dev}` : null,
    end: null,
  };
}

/**
 * The node's own route names a neighbour from which no way leads on, though another one on the same link leads to the owner. The frames show
 * the interface and the silence; a cooked capture has no MAC that would show the next hop, so that and what becomes of them is from the tables.
 */
class Beside {
  /** By node, route and owner: all packets of them share it. */
  private readonly known = new Map<string, Detour | null>();

  constructor(
    private readonly facts: Facts,
    private readonly topology: Topology,
  ) {}

  of(x: Crossing, node: string, dev: string): Detour | null {
    const { facts, topology } = this;
    if (x.use.lost === 0 && this.known.size === 0) return null;
    const { route, table, certain } = topology.routeDecision(node, x.dst, { src: x.src });
    if (route === null || !certain || table !== 'main' || route.via === null || route.nexthops.length !== 1) return null;
    if (route.prefix.isDefault || route.dev === null || !facts.interfaces.sameLink(node, dev, route.dev)) return null;
    if (facts.paths.lastNode(x.use).source !== x.source || topology.nearNextHops(node, x.dst).length > 0) return null;
    const usedNode = facts.ownership.nodeAt(route.via);
    // Where the frame says to whom it went, it has to be the one that the route names.
    const mac = x.use.hops[lastExit(x)].destinationMac;
    if (mac > 0 && topology.nodeByMac(mac) !== usedNode) return null;
    const [owner] = topology.ownerOf(x.dst);
    const key = `${node} ${route.prefix} ${route.via} ${owner?.node} ${owner?.prefix}`;
    let found = this.known.get(key);
    if (found === undefined) {
      found = owner?.node == null || usedNode === node ? null : this.find(x, node, route.dev, route.via, route.prefix, usedNode);
      this.known.set(key, found);
    }
    return found;
  }

  private find(
    { dst, src }: Crossing,
    node: string,
    dev: string,
    via: Ip,
    prefix: Prefix,
    usedNode: string | null,
  ): Detour | null {
    const { topology } = this;
    const end = endAt(topology, node, usedNode, dst, src);
    const other = end === null ? null : topology.otherHop(node, dev, dst, usedNode);
    if (end === null || other === null) return null;
    return {
      node,
      dev,
      used: String(via),
      usedNode: usedNode ?? String(via),
      right: other.via,
      owner: other.router,
      network: String(prefix),
      because: `The route ${prefix} of ${node} has the next hop ${via}${usedNode === null ? '' : ` (${usedNode})`}; ${other.router} (${other.via}), on the same link, leads there by its own routes.`,
      command: command`${ipRoute(dst)} replace ${prefix} via ${other.via} dev ${dev}`,
      end: {
        ...end,
        text: `By the routes of ${node} they go to ${via}${usedNode === null ? '' : ` (${usedNode})`}: ${end.text}.`,
      },
    };
  }
}
