// Next hops that no machine of a link has, where another one of the link has the right one.
import { command, ipRoute } from '../../bytes/command.js';
import { push } from '../../bytes/groups.js';
import type { Ip } from '../ip.js';
import type { Topology } from '../model.js';
import { isTunnelDevice } from '../record.js';
import type { Route } from '../routes.js';
import type { Attached } from './endpoints.js';
import { listed, type Tell } from './problem.js';

/** Of one link: more say the same again. */
const MAX_STRANGE = 256;

interface Use {
  readonly end: Attached;
  readonly route: Route;
  readonly via: Ip;
  /** Who has the next hop. */
  readonly owner: string | null;
}

/**
 * A gateway may be a machine that the topology does not have. It is taken for a mistake only where nobody else on the link uses it and no
 * neighbour entry has it, while all others that have a route for the same network have it by one machine that is known and forwards. Who is
 * itself the gateway of others may well have another one, which leads out of the lab.
 */
export function checkGateways(topology: Topology, attached: ReadonlyMap<string, readonly Attached[]>, tell: Tell): void {
  const fixed = new Set(topology.nodeNames.flatMap((name) => topology.node(name)?.neighbours.map(({ ip }) => String(ip)) ?? []));
  for (const link of attached.values()) {
    // A node with two ends here: which of the others are on which link, addresses do not tell.
    if (link.length < 3 || new Set(link.map(({ node }) => node)).size < link.length) continue;
    const uses = link.flatMap((end) => usesOf(topology, end));
    const gateways = new Set(uses.flatMap(({ owner }) => owner ?? []));
    const strange = uses.filter(({ owner, end }) => owner === null && !gateways.has(end.node));
    if (strange.length === 0) continue;
    const [byHop, byNetwork] = [new Map<string, Use[]>(), new Map<string, Use[]>()];
    for (const use of uses) {
      push(byHop, String(use.via), use);
      push(byNetwork, use.route.prefix.key, use);
    }
    for (const { end, route, via } of strange.slice(0, MAX_STRANGE)) {
      const { node, i } = end;
      if (byHop.get(String(via))?.some((other) => other.end.node !== node) || fixed.has(String(via))) continue;
      const others = (byNetwork.get(route.prefix.key) ?? []).filter((other) => other.end.node !== node);
      const [right] = others;
      if (right === undefined || others.some(({ owner }) => owner === null || owner !== right.owner)) continue;
      if (right.owner === null || topology.forwards(right.owner, via.family) === false) continue;
      tell({
        rule: 'egress-wrong-next-hop',
        key: `${node} ${route.prefix.key} ${via}`,
        title: `${node} has its ${route.prefix.isDefault ? 'default route' : `route to ${route.prefix}`} via ${via}, which no machine of the link has`,
        message: `${node} has ${route.prefix} via ${via} dev ${i.name}. On this network are ${listed(link.map((one) => `${one.prefix.address} (${one.node})`))}; ${listed(others.map((one) => one.end.node))} ${others.length === 1 ? 'goes' : 'go'} by ${right.via} (${right.owner}).`,
        hint: `If ${via} is a gateway that the topology does not have, import the outputs of it, too: \`ip -j addr; ip -j route\`.`,
        commands: [command`${ipRoute(via)} replace ${route.prefix} via ${right.via} dev ${i.name}`],
        node,
        subject: { target: String(via), interfaceOut: i.name },
        count: 1,
      });
    }
  }
}

function usesOf(topology: Topology, end: Attached): Use[] {
  const { node, i, prefix } = end;
  if (isTunnelDevice(i, i.name)) return [];
  return (topology.node(node)?.routes ?? []).flatMap((route) =>
    route.nexthops.flatMap(({ dev, via }) => {
      if (via === null || !prefix.contains(via) || (dev !== null && dev !== i.name)) return [];
      const owners = topology.ownerOf(via).filter(({ what }) => what !== 'network' && what !== 'podCIDR');
      // An address of a service or of several machines is nobody's by mistake.
      if (owners.length > 0 && new Set(owners.map((owner) => owner.node)).size !== 1) return [];
      return [{ end, route, via, owner: owners[0]?.node ?? (owners.length > 0 ? node : null) }];
    }),
  );
}
