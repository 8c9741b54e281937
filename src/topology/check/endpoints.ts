// Who should reach whom in a lab: each node by its addresses, its pod networks, the networks behind it, and services that a node holds.
import { push } from '../../bytes/groups.js';
import { type Ip, Prefix } from '../ip.js';
import type { Topology } from '../model.js';
import { natural } from '../natural.js';
import { isTunnelDevice } from '../record.js';
import type { Interface, Node } from '../types.js';

export interface Endpoint {
  readonly node: string;
  readonly ip: Ip;
  /** What a route to it would be written for. */
  readonly network: Prefix;
  /**
   * `own`: an address of the node on a link. `inner`: the network behind it that no other node is connected to. `pods`: a pod
   * network or a pod. `service`: an address that the node holds for a service.
   */
  readonly kind: 'own' | 'inner' | 'pods' | 'service';
  /** A network that neither routes of other nodes nor the list of pods name may be private to its node. */
  readonly declared: boolean;
}

/** `10.1.0.1 (n1)`. */
export const named = ({ ip, node }: Endpoint): string => `${ip} (${node})`;

/** Of one node, and of all: a list that is longer says nothing new, and pairs grow with its square. */
const MAX_OF_NODE = 64;
export const MAX_ENDPOINTS = 1500;

/** In the order of the nodes' names, so that what is left out of a large lab is always the same. */
export function endpointsOf(
  topology: Topology,
  attached: ReadonlyMap<string, readonly Attached[]>,
): { list: Endpoint[]; left: number } {
  const pods = new Map<string, Ip[]>();
  for (const { node, ip } of topology.podList) if (node !== null) push(pods, node, ip);
  const services = new Map<string, Ip[]>();
  for (const { ip, owners } of topology.ownedAddresses) if (owners.length === 1) push(services, owners[0], ip);
  const narrow = narrowRoutes(topology);
  const all = [...attached.values()].flat().sort((x, y) => x.prefix.address.compare(y.prefix.address));
  const list: Endpoint[] = [];
  let left = 0;
  for (const name of [...topology.nodeNames].sort(natural)) {
    const own = ofNode(topology, topology.node(name) as Node, all, pods.get(name) ?? [], services.get(name) ?? []);
    own.push(...own.flatMap((one) => partsOf(topology, one, narrow)));
    for (const [i, one] of own.entries())
      if (i < MAX_OF_NODE && list.length < MAX_ENDPOINTS) list.push(one);
      else left++;
  }
  return { list, left };
}

function ofNode(
  topology: Topology,
  node: Node,
  all: readonly Attached[],
  pods: readonly Ip[],
  services: readonly Ip[],
): Endpoint[] {
  const { name } = node;
  const found = new Map<string, Endpoint>();
  const isOnly = (ip: Ip) => topology.ownerOf(ip).every((owner) => owner.node === name);
  const add = (one: Endpoint) => {
    const key = one.kind === 'own' ? String(one.ip) : one.network.key;
    if (!found.has(key) && isOnly(one.ip)) found.set(key, one);
  };
  for (const network of node.podCIDRs) {
    const pod = pods.find((ip) => network.contains(ip));
    add({ node: name, ip: pod ?? (network.network.next() as Ip), network, kind: 'pods', declared: true });
  }
  for (const i of node.interfaces) {
    if (isTunnelDevice(i, i.name) || !i.up) continue;
    for (const prefix of i.addresses) {
      const ip = prefix.address;
      if (ip.isLoopback || ip.isLinkLocal || node.podCIDRs.some((cidr) => cidr.contains(ip))) continue;
      const isInner = !prefix.isHost && isAlone(all, prefix, name) && isBehind(node, i);
      add({ node: name, ip, network: prefix, kind: isInner ? 'inner' : 'own', declared: false });
    }
  }
  for (const ip of node.addresses)
    if (!ip.isLoopback && !ip.isLinkLocal) add({ node: name, ip, network: Prefix.host(ip), kind: 'own', declared: false });
  for (const ip of pods)
    if (!node.podCIDRs.some((cidr) => cidr.contains(ip)))
      add({ node: name, ip, network: Prefix.host(ip), kind: 'pods', declared: true });
  for (const ip of services) add({ node: name, ip, network: Prefix.host(ip), kind: 'service', declared: true });
  return [...found.values()];
}

/** Parts of one network that have routes of their own. */
const MAX_PARTS = 16;

/** Where a route names a part of the network (a host, half of it), that part may take another path than the rest. */
function partsOf(topology: Topology, one: Endpoint, narrow: readonly Prefix[]): Endpoint[] {
  if (one.network.isHost || one.kind === 'own') return [];
  const found: Endpoint[] = [];
  for (let i = firstFrom(narrow, one.network, (prefix) => prefix.network); i < narrow.length && found.length < MAX_PARTS; i++) {
    const part = narrow[i];
    if (part.network.compare(one.network.last) > 0) break;
    if (part.bits <= one.network.bits || part.contains(one.ip)) continue;
    const ip = part.isHost ? part.network : (part.network.next() as Ip);
    const owners = topology.ownerOf(ip);
    if (owners.length > 0 && owners.every(({ node }) => node === one.node)) found.push({ ...one, ip, network: part });
  }
  return found;
}

/** No other node has an address in the network, whatever its netmask; `all` is sorted by address. */
function isAlone(all: readonly Attached[], network: Prefix, node: string): boolean {
  const from = firstFrom(all, network, ({ prefix }) => prefix.address);
  for (let i = from; i < all.length && all[i].prefix.address.compare(network.last) <= 0; i++)
    if (all[i].node !== node) return false;
  return true;
}

/** Index of the first whose address is not before the network, by bisection; `sorted` by that address. */
function firstFrom<T>(sorted: readonly T[], network: Prefix, addressOf: (one: T) => Ip): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (addressOf(sorted[middle]).compare(network.network) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** What the nodes' routes name, sorted; not what they name of themselves: their own devices. */
function narrowRoutes(topology: Topology): Prefix[] {
  const found = new Map<string, Prefix>();
  for (const name of topology.nodeNames)
    for (const { prefix, kind, implied } of topology.node(name)?.routes ?? [])
      if (!prefix.isDefault && !implied && kind !== 'connected' && kind !== 'local') found.set(prefix.key, prefix);
  return [...found.values()].sort((x, y) => x.network.compare(y.network) || x.bits - y.bits);
}

/** Not the link that the node itself reaches others by: no route of it has its gateway there. */
const isBehind = (node: Node, i: Interface): boolean =>
  !node.routes.some((route) => route.nexthops.some(({ dev, via }) => via !== null && dev === i.name));

/** An address of a node's interface with its network, where machines may be on one link. */
export interface Attached {
  readonly node: string;
  readonly i: Interface;
  readonly prefix: Prefix;
}

/** Who is connected to each network, by its key: up, and not by a tunnel. */
export function attachedOf(topology: Topology): Map<string, Attached[]> {
  const found = new Map<string, Attached[]>();
  for (const name of topology.nodeNames)
    for (const i of topology.node(name)?.interfaces ?? []) {
      if (!i.up || isTunnelDevice(i, i.name) || i.kind === 'dummy') continue;
      for (const prefix of i.addresses) {
        if (prefix.isHost || prefix.address.isLoopback || prefix.address.isLinkLocal) continue;
        push(found, prefix.key, { node: name, i, prefix });
      }
    }
  return found;
}
