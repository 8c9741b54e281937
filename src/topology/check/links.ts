// What does not fit on a link: two owners of an address, other netmasks, other MTUs, one network on two interfaces, next hops that
// are not on it, MACs that no node has.

import { command, ipRoute, shown } from '../../bytes/command.js';
import { push } from '../../bytes/groups.js';
import { macNumber } from '../../bytes/show.js';
import { quantity } from '../../bytes/units.js';
import type { Ip, Prefix } from '../ip.js';
import type { Topology } from '../model.js';
import { isTunnelDevice } from '../record.js';
import type { Interface, Node } from '../types.js';
import type { Attached } from './endpoints.js';
import { listed, type Tell } from './problem.js';

/** Bridges that a program makes on each host anew, with the same network: what has the same address there is not on one link. */
const PRIVATE = /^(?:docker|br-|virbr|lxdbr|lxcbr|podman|cni|cbr|nerdctl|kube-bridge|nodelocaldns|kube-ipvs|lo|dummy)/;

/** Interfaces on one link, as far as their addresses tell. */
type Link = readonly Attached[];

export function checkLinks(topology: Topology, attached: ReadonlyMap<string, Link>, tell: Tell): void {
  for (const link of attached.values()) {
    if (link.length < 2 || isSplit(topology, link)) continue;
    checkDuplicates(topology, link, tell);
    checkMacs(topology, link, tell);
    checkMtu(topology, link, tell);
    checkVlans(topology, link, tell);
  }
  checkNetmasks(topology, attached, tell);
  for (const name of topology.nodeNames) {
    const node = topology.node(name) as Node;
    checkTwice(node, tell);
    checkNextHops(node, tell);
    checkDevices(node, tell);
    checkNeighbours(topology, node, tell);
  }
}

/** A node has the network in two VRFs: which of the others are on which link, addresses do not tell. */
function isSplit(topology: Topology, link: Link): boolean {
  const of = new Map<string, string | null>();
  return link.some(({ node, i }) => {
    const known = of.get(node);
    of.set(node, i.master);
    return (
      known !== undefined &&
      known !== i.master &&
      [known, i.master].some((dev) => dev !== null && topology.interfaceByName(node, dev)?.kind === 'vrf')
    );
  });
}

const isShared = ({ i }: Attached): boolean => !PRIVATE.test(i.name);
const end = ({ node, i }: Attached): string => `${i.name} of ${node}`;
const isOnlyAt = (topology: Topology, { node, prefix }: Attached): boolean =>
  topology.ownerOf(prefix.address).every((owner) => owner.node === node);

/**
 * Two nodes with one address on a link where a third has one of its own, so that it is one link: machines that are each behind their
 * own translation have the same address and no neighbour in common.
 */
function checkDuplicates(topology: Topology, link: Link, tell: Tell): void {
  const byAddress = new Map<string, Attached[]>();
  // An address without a network of its own, as programs add one that moves, is on the link that its network is on.
  const alone = link.flatMap((one) =>
    one.i.addresses.filter((p) => p.isHost && one.prefix.contains(p.address)).map((prefix) => ({ ...one, prefix })),
  );
  for (const one of [...link, ...alone]) push(byAddress, String(one.prefix.address), one);
  const neighbours = link.filter((one) => isShared(one) && isOnlyAt(topology, one));
  for (const [ip, holders] of byAddress) {
    const nodes = new Set(holders.map(({ node }) => node));
    const macs = new Set(holders.map(({ i }) => i.mac));
    if (nodes.size < 2 || !holders.every(isShared) || neighbours.length === 0) continue;
    // A copy of a machine has its MAC too: each on a link of its own.
    if (macs.size < holders.length && !macs.has(null)) continue;
    // An address that moves is on one of them at a time, and says so.
    if (topology.address(holders[0].prefix.address) !== null) continue;
    const family = holders[0].prefix.address.family;
    tell({
      rule: family === 6 ? 'ndp-duplicate' : 'arp-duplicate',
      key: `${ip} ${[...nodes].sort().join(' ')}`,
      title: `${ip} is an address of ${listed(nodes)}`,
      message: `${listed(holders.map(end))} have ${ip} on one link, which ${listed(neighbours.map(end))} ${neighbours.length === 1 ? 'is' : 'are'} connected to: both answer for it, and packets reach one or the other.`,
      hint: `Take the address away where it does not belong: \`${shown`ip addr del ${holders[0].prefix.address}/${holders[0].prefix.length} dev DEVICE`}\`.`,
      node: null,
      subject: { target: ip, macs: [...macs].flatMap((mac) => (mac === null ? [] : [macNumber(mac)])).sort() },
      count: nodes.size,
    });
  }
}

/** Virtual routers share a MAC by design (RFC 9568 section 7.3), and so do HSRP and GLBP. */
const isVirtual = (mac: number): boolean => /^(?:00:00:5e:00:0[12]|00:00:0c:07:ac|00:00:0c:9f:f|00:07:b4)/.test(macNumber(mac));

/** Two nodes with other addresses and one MAC on a link where a third has one of its own, so that it is one link. */
function checkMacs(topology: Topology, link: Link, tell: Tell): void {
  const byMac = new Map<number, Attached[]>();
  const own = link.filter((one) => isShared(one) && isOnlyAt(topology, one));
  for (const one of own) if (one.i.mac !== null && !isVirtual(one.i.mac)) push(byMac, one.i.mac, one);
  for (const [mac, holders] of byMac) {
    const nodes = new Set(holders.map(({ node }) => node));
    if (nodes.size < 2 || own.every(({ node }) => nodes.has(node))) continue;
    tell({
      rule: 'mac-duplicate',
      key: `${macNumber(mac)} ${[...nodes].sort().join(' ')}`,
      title: `${listed(nodes)} have one MAC, ${macNumber(mac)}`,
      message: `${listed(holders.map((one) => `${end(one)} (${one.prefix.address})`))} are on one link, ${link[0].prefix}, with the same MAC: a switch sends the frames for it to the one that spoke last.`,
      cause: 'One was copied from the other: a machine, an image, or a configuration with a MAC in it.',
      hint: `Give one of them another: \`${shown`ip link set dev ${holders[0].i.name} address MAC`}\`; in a virtual machine, in its definition.`,
      node: null,
      subject: { macs: [macNumber(mac)] },
      count: nodes.size,
    });
  }
}

/** The two ends of a link differ: what the larger one sends does not fit the smaller. */
function checkMtu(topology: Topology, link: Link, tell: Tell): void {
  const known = link.filter((one) => one.i.mtu !== null && isShared(one) && isOnlyAt(topology, one));
  const sizes = new Map<number, Attached[]>();
  for (const one of known) push(sizes, one.i.mtu as number, one);
  if (sizes.size < 2 || new Set(known.map(({ node }) => node)).size < 2) return;
  const most = [...sizes].sort(([a, x], [b, y]) => y.length - x.length || b - a);
  const isClear = most[0][1].length > most[1][1].length;
  const odd = isClear ? most.slice(1).flatMap(([, ends]) => ends) : [];
  const nodes = new Set(odd.map(({ node }) => node));
  const network = String(link[0].prefix);
  tell({
    rule: 'mtu-mismatch',
    severity: 'warning',
    key: `${network} ${[...sizes.keys()].sort().join(' ')}`,
    title: `The ends of the link ${network} have different MTUs: ${[...sizes.keys()].sort((a, b) => a - b).join(' and ')}`,
    message: `${[...sizes]
      .sort(([a], [b]) => a - b)
      .map(([mtu, ends]) => `${listed(ends.map(end))}: ${mtu}`)
      .join(
        '; ',
      )}. What an end with the larger MTU sends may be too large for the others, which say nothing about it: a router's message (too big) comes only where it forwards.`,
    hint:
      nodes.size === 1
        ? `${[...nodes][0]} differs from the others. Or set the others to the smaller MTU.`
        : 'Set one MTU on all interfaces of the link.',
    commands: nodes.size === 1 ? odd.map(({ i }) => command`ip link set dev ${i.name} mtu ${most[0][0]}`) : [],
    node: nodes.size === 1 ? [...nodes][0] : null,
    subject: nodes.size === 1 ? { interfaceOut: odd[0].i.name } : {},
    count: known.length,
  });
}

/** VLAN devices of one network with different ids: frames of one VLAN do not come to the other. */
function checkVlans(topology: Topology, link: Link, tell: Tell): void {
  const ids = new Map<number, Attached[]>();
  for (const one of link) {
    const id = vlanOf(topology, one);
    if (id !== null && isOnlyAt(topology, one)) push(ids, id, one);
  }
  if (ids.size < 2 || new Set([...ids.values()].flat().map(({ node }) => node)).size < 2) return;
  const network = String(link[0].prefix);
  const ends = [...ids].sort(([a], [b]) => a - b);
  tell({
    rule: 'vlan-mismatch',
    key: `${network} ${ends.map(([id]) => id).join(' ')}`,
    title: `The network ${network} is in VLAN ${ends.map(([id]) => id).join(' and in VLAN ')}`,
    message: `${ends.map(([id, of]) => `${listed(of.map(end))}: VLAN ${id}`).join('; ')}. Each asks in its own VLAN for the addresses of the other, and nobody there has them.`,
    hint: 'See which VLAN the network is in, and make the device of the other end anew: `ip link add link LOWER name NAME type vlan id ID`.',
    node: null,
    subject: {},
    count: [...ids.values()].flat().length,
  });
}

/** By its kind, else as its name says: `eth2.20` over eth2. */
function vlanOf(topology: Topology, { node, i }: Attached): number | null {
  if (i.vlan !== null) return i.vlan;
  const name = /^(.+)\.(\d{1,4})$/.exec(i.name);
  return name !== null && i.kind === null && topology.interfaceByName(node, name[1]) !== null ? Number(name[2]) : null;
}

/** Hosts that see each other on the link, and do not agree how large it is. */
function checkNetmasks(topology: Topology, attached: ReadonlyMap<string, Link>, tell: Tell): void {
  const all = [...attached.values()].flat().filter((one) => isShared(one) && isOnlyAt(topology, one));
  // By the smaller network: those in it whose own network is larger are on the same link.
  const sorted = all.sort((x, y) => x.prefix.network.compare(y.prefix.network) || x.prefix.bits - y.prefix.bits);
  const open: Attached[] = [];
  const wide = new Map<Attached, Attached[]>();
  for (const one of sorted) {
    while (open.length > 0 && open[open.length - 1].prefix.last.compare(one.prefix.network) < 0) open.pop();
    for (const outer of open)
      if (
        outer.prefix.bits < one.prefix.bits &&
        outer.node !== one.node &&
        one.prefix.contains(outer.prefix.address) &&
        outer.prefix.contains(one.prefix.address)
      )
        push(wide, outer, one);
    if (open.length < MAX_NESTED) open.push(one);
  }
  const told = new Map<string, { wrong: Attached; peers: Attached[]; lost: Attached[] }>();
  for (const [outer, peers] of wide) {
    // The others of its own length on the link are as many, or more: then those are the ones with another netmask.
    const alike = (attached.get(outer.prefix.key) ?? []).filter(
      (one) =>
        one.node !== outer.node && isOnlyAt(topology, one) && peers.some(({ prefix }) => prefix.contains(one.prefix.address)),
    );
    const lost = all.filter(
      (one) => one.node !== outer.node && outer.prefix.contains(one.prefix.address) && !one.prefix.contains(outer.prefix.address),
    );
    if (alike.length + 1 <= new Set(peers.map(({ node }) => node)).size) told.set(end(outer), { wrong: outer, peers, lost });
    else for (const narrow of peers) told.set(end(narrow), { wrong: narrow, peers: [outer, ...alike], lost: [] });
  }
  for (const { wrong, peers, lost } of told.values()) {
    const right = peers[0].prefix.length;
    const ip = wrong.prefix.address;
    const { name } = wrong.i;
    const isClear = new Set(peers.map(({ node }) => node)).size > 1 && peers.every(({ prefix }) => prefix.length === right);
    tell({
      rule: 'netmask-mismatch',
      severity: lost.length > 0 ? 'error' : 'warning',
      key: `${wrong.node} ${ip}`,
      title: `${wrong.i.name} of ${wrong.node} has the netmask /${wrong.prefix.length} where the others on its link have /${right}`,
      message: `${wrong.node} has ${ip}/${wrong.prefix.length}, ${listed(peers.map((one) => `${one.node} ${one.prefix.address}/${one.prefix.length}`))}, and they are on one link. ${
        lost.length > 0
          ? `So it asks on its own link for ${listed(lost.map((one) => `${one.prefix.address} (${one.node})`))}, and gets no answer: ${lost.length === 1 ? 'it is' : 'they are'} behind a router.`
          : wrong.prefix.length < right
            ? 'It asks on its link for addresses that are elsewhere.'
            : 'It sends packets for some of its neighbours to its gateway, while they answer directly.'
      }`,
      hint: isClear
        ? ''
        : `See which netmask is right, and give both ends the same: \`${shown`ip addr add ${ip}/LENGTH dev ${name}`}\`, then delete the other.`,
      commands: isClear
        ? [command`ip addr add ${ip}/${right} dev ${name}`, command`ip addr del ${ip}/${wrong.prefix.length} dev ${name}`]
        : [],
      node: wrong.node,
      subject: { target: String(ip), interfaceOut: wrong.i.name },
      count: Math.max(1, lost.length),
    });
  }
}

/** Addresses in networks that hold that of another one; a file with more of them is hostile. */
const MAX_NESTED = 32;

/** Routes over a device that the whole list of interfaces (it has lo) does not have: the two were printed at different times. */
function checkDevices(node: Node, tell: Tell): void {
  if (!node.interfaces.some(({ name, index }) => name === 'lo' && index !== null)) return;
  const known = new Set(node.interfaces.map(({ name }) => name));
  const absent = new Map<string, string[]>();
  for (const { prefix, nexthops } of [node.routes, ...node.tables.values()].flat())
    for (const { dev } of nexthops) if (dev !== null && !known.has(dev)) push(absent, dev, String(prefix));
  if (absent.size === 0) return;
  const routes = [...new Set([...absent.values()].flat())];
  tell({
    rule: 'topology-incomplete',
    verdict: 'inconclusive',
    severity: 'info',
    key: `device ${node.name} ${[...absent.keys()].sort().join(' ')}`,
    title: `${node.name} has routes over ${listed(absent.keys())}, which its interfaces do not have`,
    message: `${listed(routes)} ${routes.length === 1 ? 'leaves' : 'leave'} by ${listed(absent.keys())}, and ${node.name} has ${listed(known)}. The device has gone, or came, between the two outputs; a route goes with its device.`,
    hint: `On ${node.name}: \`ip -d -j addr; ip -j route\` once more, both at the same time.`,
    node: node.name,
    count: routes.length,
  });
}

/** One network on several interfaces of a node that are neither one bond or bridge, nor in different VRFs. */
function checkTwice(node: Node, tell: Tell): void {
  const seen = new Map<string, { i: Interface; prefix: Prefix }[]>();
  let count = 0;
  for (const i of node.interfaces) {
    if (!i.up || isTunnelDevice(i, i.name) || PRIVATE.test(i.name) || i.kind === 'dummy' || i.kind === 'macvlan') continue;
    for (const prefix of i.addresses) {
      if (prefix.isHost || prefix.address.isLoopback || prefix.address.isLinkLocal) continue;
      const alike = seen.get(`${prefix.key} ${i.master}`) ?? [];
      if (!alike.some((one) => one.i === i || one.i.lower === i.name || i.lower === one.i.name))
        push(seen, `${prefix.key} ${i.master}`, { i, prefix });
    }
    count += i.addresses.length;
    if (count > MAX_ADDRESSES) break;
  }
  for (const all of seen.values()) {
    if (all.length < 2) continue;
    const [{ prefix }] = all;
    const names = all.map(({ i }) => i.name);
    tell({
      rule: 'subnet-twice',
      severity: 'warning',
      key: `${node.name} ${prefix.key}`,
      title: `${node.name} has the network ${prefix} on ${all.length === 2 ? 'two' : all.length} interfaces, ${listed(names)}`,
      message: `${listed(all.map((one) => `${one.i.name} has ${one.prefix.address}/${one.prefix.length}`))}. ${node.name} sends all that is for this network by one of them, whichever the route names, and answers ARP for all these addresses on each.`,
      hint: 'If they are on one link, join them (a bond, a bridge) or keep one address; if they are different links, give each a network of its own.',
      node: node.name,
      subject: { interfaceIn: names[0], interfaceOut: names[1] },
      count: all.length,
    });
  }
}

/** Of one node, since each is compared with all before it. */
const MAX_ADDRESSES = 512;

/** A gateway that no network of the route's device holds: the kernel takes no such route, and no host answers for it. */
function checkNextHops(node: Node, tell: Tell): void {
  const numbered = new Map(node.interfaces.map((i) => [i.name, i]));
  const found = new Map<string, { via: Ip; dev: string; right: string | null; routes: string[] }>();
  const nowhere = new Map<string, string[]>();
  for (const route of node.routes) {
    if (route.onlink || route.kind !== 'unicast') continue;
    for (const { dev, via } of route.nexthops) {
      if (dev === null && via !== null && isNowhere(node, via)) {
        const known = nowhere.get(String(via)) ?? [];
        nowhere.set(String(via), known);
        known.push(String(route.prefix));
      }
      const i = dev === null ? undefined : numbered.get(dev);
      if (
        i === undefined ||
        via === null ||
        via.isLinkLocal ||
        dev === null ||
        isTunnelDevice(i, dev) ||
        dev.startsWith('cilium_')
      )
        continue;
      const nets = i.addresses.filter((prefix) => prefix.address.family === via.family && !prefix.address.isLinkLocal);
      // A VRF's and a bridge's ports have no address of their own; without any the network is not known.
      if (nets.length === 0 || nets.some((prefix) => prefix.isHost || prefix.contains(via))) continue;
      // A host route to it by the device makes it a neighbour.
      if (node.routes.some((other) => other.kind === 'connected' && other.dev === dev && other.prefix.contains(via))) continue;
      const right = node.interfaces.find(
        (one) => one.name !== dev && one.up && one.addresses.some((prefix) => !prefix.isHost && prefix.contains(via)),
      );
      const key = `${via} ${dev}`;
      const known = found.get(key) ?? { via, dev, right: right?.name ?? null, routes: [] };
      found.set(key, known);
      known.routes.push(String(route.prefix));
    }
  }
  for (const [via, routes] of nowhere)
    tell({
      rule: 'next-hop-off-link',
      key: `${node.name} ${via}`,
      title: `The next hop ${via} of ${node.name} is on none of its links`,
      message: `${node.name} has ${quantity(routes.length, 'route')} (${listed(routes)}) via ${via}, and no network of its interfaces holds ${via}: it is no neighbour.`,
      hint: `See which next hop is a neighbour: \`${shown`ip route get ${via}`}\`, \`ip -br addr\`.`,
      node: node.name,
      subject: { target: via },
      count: routes.length,
    });
  for (const { via, dev, right, routes } of found.values()) {
    tell({
      rule: 'next-hop-off-link',
      key: `${node.name} ${via} ${dev}`,
      title: `The next hop ${via} of ${node.name} is not on ${dev}`,
      message: `${node.name} has ${quantity(routes.length, 'route')} (${listed(routes)}) via ${via} dev ${dev}, and no network of ${dev} holds ${via}${right === null ? '' : `; it is on ${right}`}. Nobody answers for it there.`,
      hint: right === null ? `See which next hop is on ${dev}: \`${shown`ip -br addr show dev ${dev}`}\`.` : '',
      commands:
        right === null
          ? []
          : routes.slice(0, MAX_COMMANDS).map((to) => command`${ipRoute(via)} replace ${to} via ${via} dev ${right}`),
      node: node.name,
      subject: { target: String(via), interfaceOut: dev, ...(right === null ? {} : { interfaceExpected: right }) },
      count: routes.length,
    });
  }
}

/** All interfaces have networks, and none of them holds the next hop, nor does a route to a device. */
const isNowhere = (node: Node, via: Ip): boolean =>
  !via.isLinkLocal &&
  node.interfaces.length > 0 &&
  node.interfaces.every(({ addresses }) =>
    addresses.some(({ address }) => address.family === via.family && !address.isLinkLocal),
  ) &&
  !node.interfaces.some(({ addresses }) => addresses.some((prefix) => prefix.isHost || prefix.contains(via))) &&
  !node.routes.some(
    ({ kind, prefix, nexthops }) => (kind === 'connected' || nexthops.some((hop) => hop.via === null)) && prefix.contains(via),
  );

/** For one next hop: who has more routes by it corrects them with a script. */
const MAX_COMMANDS = 20;

/** A static entry with a MAC that the owner of the address does not have. */
function checkNeighbours(topology: Topology, node: Node, tell: Tell): void {
  for (const { ip, dev, mac } of node.neighbours) {
    const owners = topology.ownerOf(ip).filter(({ what }) => what === 'interface');
    if (owners.length !== 1 || owners[0].node === null || owners[0].node === node.name) continue;
    const owner = owners[0].node;
    const i = dev === null ? undefined : node.interfaces.find(({ name }) => name === dev);
    const isInTunnel = dev !== null && isTunnelDevice(i, dev);
    const macs = isInTunnel ? deviceMac(topology, owner, ip) : topology.answeringMacs(owner, ip);
    if (macs === null || macs.includes(mac)) continue;
    const holder = topology.nodeByMac(mac);
    const right = macs.length === 1 ? macs[0] : null;
    tell({
      rule: isInTunnel ? 'tunnel-inner-mac' : holder === null ? 'mac-unknown' : 'egress-wrong-next-hop',
      key: `${node.name} ${ip}`,
      title: `${node.name} has a fixed entry that gives ${ip} the MAC ${macNumber(mac)}, which ${owner} does not have`,
      message: `${ip} is an address of ${owner}${right === null ? '' : `, whose device has ${macNumber(right)}`}. The entry was written by hand or by a program, and no answer changes it: ${node.name} sends what is for ${ip} to ${holder === null ? 'a MAC that nobody in the topology has' : holder}.`,
      cause: isInTunnel ? `The tunnel device of ${owner} was made anew, and the entry on ${node.name} was not.` : '',
      hint: dev === null ? 'Delete the entry: `ip neigh show nud permanent` shows its device.' : '',
      commands:
        dev === null
          ? []
          : [
              isInTunnel && right !== null
                ? command`ip neigh replace ${ip} lladdr ${macNumber(right)} dev ${dev} nud permanent`
                : command`ip neigh del ${ip} dev ${dev}`,
            ],
      node: node.name,
      subject: {
        target: String(ip),
        macs: right === null ? [macNumber(mac)] : [macNumber(mac), macNumber(right)],
        ...(dev === null ? {} : { interfaceOut: dev }),
      },
      count: 1,
    });
  }
}

/** MAC of the tunnel device that has the address; null when it is not known. */
function deviceMac(topology: Topology, owner: string, ip: Ip): readonly number[] | null {
  const device = topology.node(owner)?.interfaces.find((i) => i.addresses.some(({ address }) => address.equals(ip)));
  return device?.mac == null ? null : [device.mac];
}
