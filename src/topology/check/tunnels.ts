// Tunnels: do both ends have the same id and port, does each end lead to the node that it should, and does what is inside fit outside.
import { command, shown } from '../../bytes/command.js';
import { macNumber } from '../../bytes/show.js';
import { quantity } from '../../bytes/units.js';
import type { Ip } from '../ip.js';
import type { Topology } from '../model.js';
import { isTunnelDevice } from '../record.js';
import type { Interface, Node, TunnelDevice } from '../types.js';
import { BROKEN } from '../walk.js';
import { listed, type Tell } from './problem.js';

/** An end that a device sends to. */
export interface End {
  readonly node: Node;
  readonly i: Interface;
  readonly tunnel: TunnelDevice;
  readonly ip: Ip;
  /** MACs that its forwarding table leads there. */
  readonly macs: readonly number[];
  /** The node with the address; null when it is not known. */
  readonly peer: string | null;
}

/** Pairs of node and address between which a tunnel's packets run, as `NODE ADDRESS`: those paths are meant. */
export function tunnelEnds(topology: Topology): { ends: End[]; paths: ReadonlySet<string> } {
  const ends = topology.nodeNames.flatMap((name) => {
    const node = topology.node(name) as Node;
    return node.interfaces.flatMap((i) => endsOf(topology, node, i));
  });
  const paths = new Set(ends.map(({ node, ip }) => `${node.name} ${ip}`));
  for (const name of topology.nodeNames) for (const { dst } of topology.node(name)?.tunnels ?? []) paths.add(`${name} ${dst}`);
  return { ends, paths };
}

function endsOf(topology: Topology, node: Node, i: Interface): End[] {
  const { tunnel } = i;
  if (tunnel === null || !i.up) return [];
  const macs = new Map<string, { ip: Ip; macs: number[] }>();
  if (tunnel.remote !== null && !tunnel.remote.isMulticast) macs.set(String(tunnel.remote), { ip: tunnel.remote, macs: [] });
  for (const { dev, dst, mac } of node.fdb) {
    if (dev !== i.name || dst === null || dst.isMulticast || dst.isUnspecified) continue;
    const known = macs.get(String(dst)) ?? { ip: dst, macs: [] };
    macs.set(String(dst), known);
    if (mac !== 0) known.macs.push(mac);
  }
  return [...macs.values()].map((one) => ({ node, i, tunnel, ...one, peer: ownerOf(topology, one.ip) }));
}

function ownerOf(topology: Topology, ip: Ip): string | null {
  const owners = topology.ownerOf(ip).filter(({ what }) => what === 'interface' || what === 'address');
  return owners.length > 0 && owners.every(({ node }) => node === owners[0].node) ? owners[0].node : null;
}

export function checkTunnels(topology: Topology, ends: readonly End[], tell: Tell): void {
  const mutual = new Set(ends.flatMap(({ node, i, peer }) => (peer === null ? [] : [`${node.name} ${i.name} ${peer}`])));
  for (const end of ends) {
    if (end.peer !== null && end.peer !== end.node.name) checkPeer(topology, end, end.peer, mutual, tell);
    checkMacs(topology, end, tell);
  }
  checkNextHops(topology, ends, tell);
  checkSizes(topology, ends, tell);
  checkDeclaredSize(topology, tell);
  checkMaps(topology, tell);
  tellUnowned(
    ends.filter(({ peer }) => peer === null),
    tell,
  );
}

/** Cilium's ipcache and map of tunnels against where pods and networks are. Without a tunnel the entries decide nothing. */
function checkMaps(topology: Topology, tell: Tell): void {
  if (topology.tunnel === null) return;
  for (const name of topology.nodeNames) {
    const wrong = new Map<string, { dst: Ip; to: string | null; owner: string; what: string[] }>();
    for (const { prefix, dst } of topology.node(name)?.tunnels ?? []) {
      const inside = prefix.isHost ? prefix.network : (prefix.network.next() as Ip);
      const owners = new Set(topology.ownerOf(inside).map(({ node }) => node));
      const [owner] = owners;
      const to = ownerOf(topology, dst);
      if (owners.size !== 1 || owner == null || owner === to) continue;
      const key = `${dst} ${owner}`;
      const known = wrong.get(key) ?? { dst, to, owner, what: [] };
      wrong.set(key, known);
      known.what.push(prefix.isHost ? String(prefix.network) : String(prefix));
    }
    for (const { dst, to, owner, what } of wrong.values())
      tell({
        rule: 'tunnel-wrong-endpoint',
        // An address that nobody is known to have may be one of the owner's own.
        verdict: to === null ? 'inconclusive' : 'fail',
        key: `${name} map ${dst} ${owner}`,
        title: `${name} sends packets for ${listed(what)} through the tunnel to ${to ?? dst} instead of ${owner}`,
        message: `The ipcache or the map of tunnels of ${name} leads ${listed(what)} to ${dst}, ${to === null ? 'which nobody in the topology has' : `an address of ${to}`}; ${what.length === 1 ? 'it is' : 'they are'} at ${owner}.`,
        cause:
          to === null ? '' : 'The entry is of another time: the pod or the network has moved, and the agent has not heard of it.',
        hint: `Compare \`cilium-dbg bpf ipcache list\` and \`cilium-dbg bpf tunnel list\` on ${name} with \`kubectl get ciliumnodes,ciliumendpoints -A\`; the agent of ${name} writes its maps anew when it starts.`,
        node: name,
        subject: { tunnel: topology.tunnel.type, dst: String(dst) },
        count: what.length,
      });
  }
}

/** Ends at addresses that no node has. */
function tellUnowned(ends: readonly End[], tell: Tell): void {
  if (ends.length === 0) return;
  const ips = ends.map(({ ip }) => String(ip));
  tell({
    rule: 'tunnel-wrong-endpoint',
    verdict: 'inconclusive',
    key: `nobody ${[...ips].sort().join(' ')}`,
    title: `${quantity(ends.length, 'tunnel end leads', 'tunnel ends lead')} to ${listed(ips)}, which nobody in the topology has`,
    message: `${listed(ends.map(({ i, node }) => `${i.name} of ${node.name}`))} send there. It is a node that the topology does not have, or an end that is gone.`,
    hint: 'Import the outputs of `ip -d -j addr` of that node too; if there is none, delete the entry.',
    node: ends.length === 1 ? ends[0].node.name : null,
    subject: { dst: ips[0] },
    count: ends.length,
  });
}

/** The device at the other end, as far as one is certain. */
function checkPeer(topology: Topology, end: End, peer: string, mutual: ReadonlySet<string>, tell: Tell): void {
  const { node, i, tunnel, ip } = end;
  const far = topology.node(peer) as Node;
  const devices = far.interfaces.filter((one) => one.tunnel?.type === tunnel.type);
  if (devices.length === 0) {
    // Only a listing with kinds of devices shows that there is none.
    const isDetailed =
      far.interfaces.some(({ kind }) => kind !== null) && !far.interfaces.some((one) => isTunnelDevice(one, one.name));
    if (!isDetailed) return;
    tell({
      rule: 'tunnel-wrong-endpoint',
      key: `${node.name} ${i.name} ${ip}`,
      title: `${i.name} of ${node.name} sends to ${ip}, and ${peer} has no ${tunnel.type} device`,
      message: `The other end of ${i.name} is ${ip}, an address of ${peer}, which has ${listed(far.interfaces.map(({ name }) => name))} and nothing that takes ${tunnel.type} packets.`,
      hint: `See which node is meant: \`${shown`ip -d link show dev ${i.name}`}\` and \`${shown`bridge fdb show dev ${i.name}`}\` on ${node.name}.`,
      node: node.name,
      subject: { tunnel: tunnel.type, dst: String(ip), interfaceOut: i.name },
      count: 1,
    });
    return;
  }
  const same = (one: Interface) => {
    const other = one.tunnel as TunnelDevice;
    return {
      id: tunnel.id === null || other.id === null || tunnel.external || other.external || tunnel.id === other.id,
      port: tunnel.port === null || other.port === null || tunnel.port === other.port,
    };
  };
  if (devices.some((one) => same(one).id && same(one).port)) return;
  // The device that sends back here, else the only one that there is.
  const back = devices.filter((one) => mutual.has(`${peer} ${one.name} ${node.name}`));
  const own = node.interfaces.filter((one) => one.tunnel?.type === tunnel.type);
  const [met] = back.length === 1 ? back : devices.length === 1 && own.length === 1 ? devices : [];
  if (met === undefined) return;
  const differs = same(met);
  const other = met.tunnel as TunnelDevice;
  const [a, b] = [`${i.name} of ${node.name}`, `${met.name} of ${peer}`].sort();
  const subject = { tunnel: tunnel.type, dst: String(ip), interfaceOut: i.name };
  // Told once of a pair, from the end that comes first.
  if (a !== `${i.name} of ${node.name}` && back.length === 1) return;
  if (!differs.id)
    tell({
      rule: 'tunnel-vni-mismatch',
      key: `${a} ${b}`,
      title: `The ends of the tunnel ${a} and ${b} have different ids: ${tunnel.id} and ${other.id}`,
      message: `${i.name} of ${node.name} sends ${tunnel.type} with id ${tunnel.id} to ${ip}, where ${met.name} takes id ${other.id} only and drops what has another.`,
      hint: 'The id of a device cannot be changed: make one of the two anew with the id of the other (`ip link del`, `ip link add`).',
      node: node.name,
      subject: { ...subject, vni: tunnel.id as number },
      count: 1,
    });
  if (!differs.port)
    tell({
      rule: 'tunnel-port-mismatch',
      key: `${a} ${b}`,
      title: `The ends of the tunnel ${a} and ${b} use different UDP ports: ${tunnel.port} and ${other.port}`,
      message: `${i.name} of ${node.name} sends ${tunnel.type} to UDP port ${tunnel.port} of ${ip}, where ${met.name} listens on ${other.port}: the packets are refused (ICMP port unreachable) or vanish.`,
      hint: 'The port of a device cannot be changed: make one of the two anew (`ip link add ... dstport PORT`). 4789 is the registered port of VXLAN, 8472 the default of Linux, flannel and Cilium.',
      node: node.name,
      subject,
      count: 1,
    });
}

/** A forwarding entry for the MAC of one node's device that leads to another node. */
function checkMacs(topology: Topology, { node, i, tunnel, ip, macs, peer }: End, tell: Tell): void {
  for (const mac of new Set(macs)) {
    const holders = topology.interfacesByMac(mac).filter((one) => isTunnelDevice(one, one.name));
    const [holder] = holders;
    if (holders.length !== 1 || holder.node === peer || holder.node === node.name) continue;
    const right = holder.tunnel?.local ?? onlyOuter(topology, holder.node, ip);
    // The entry is as it should be: that another node has the address, too, is said elsewhere.
    if (right?.equals(ip)) continue;
    tell({
      rule: 'tunnel-wrong-endpoint',
      key: `${node.name} ${i.name} ${macNumber(mac)}`,
      title: `The forwarding table of ${node.name} leads ${macNumber(mac)}, ${holder.name} of ${holder.node}, to ${ip}`,
      message: `${macNumber(mac)} is the MAC of ${holder.name} of ${holder.node}; ${i.name} of ${node.name} sends what is for it to ${ip}, ${peer === null ? 'which nobody in the topology has' : `an address of ${peer}`}.`,
      hint: right === null ? `Give the entry the address of ${holder.node}.` : '',
      commands: right === null ? [] : [command`bridge fdb replace ${macNumber(mac)} dev ${i.name} dst ${right} self permanent`],
      node: node.name,
      subject: { tunnel: tunnel.type, dst: String(ip), interfaceOut: i.name, macs: [macNumber(mac)] },
      count: 1,
    });
  }
}

/** The address of a node that tunnels end at; null where it has several. */
export function onlyOuter(topology: Topology, node: string, like: Ip): Ip | null {
  const all = (topology.node(node)?.interfaces ?? [])
    .filter((one) => !isTunnelDevice(one, one.name))
    .flatMap(({ addresses }) => addresses)
    .filter((p) => p.address.family === like.family && !p.address.isLoopback && !p.address.isLinkLocal)
    .filter((p) => topology.ownerOf(p.address).every((owner) => owner.node === node));
  const links = all.filter((p) => !p.isHost && topology.connectedOwner(p.address).some((a) => a.node !== node));
  return links.length === 1 ? links[0].address : all.length === 1 ? all[0].address : null;
}

/** A device with one other end, and routes into it whose next hop is an address of another node. */
function checkNextHops(topology: Topology, ends: readonly End[], tell: Tell): void {
  for (const { node, i, tunnel, ip, peer } of ends) {
    if (peer === null || tunnel.remote === null || !tunnel.remote.equals(ip)) continue;
    const wrong = new Map<string, { via: Ip; routes: string[] }>();
    for (const route of node.routes)
      for (const { dev, via } of route.nexthops) {
        if (dev !== i.name || via === null) continue;
        const owner = ownerOf(topology, via);
        // A forwarding entry for the neighbour's MAC leads elsewhere than the device's own remote.
        if (owner === null || owner === peer || owner === node.name || byTable(node, i, via)) continue;
        const known = wrong.get(owner) ?? { via, routes: [] };
        wrong.set(owner, known);
        known.routes.push(String(route.prefix));
      }
    for (const [owner, { via, routes }] of wrong) {
      const right = onlyOuter(topology, owner, ip);
      const canChange = tunnel.type === 'vxlan' || tunnel.type === 'geneve';
      tell({
        rule: 'tunnel-wrong-endpoint',
        key: `${node.name} ${i.name} ${via}`,
        title: `${i.name} of ${node.name} sends packets for ${listed(routes)} to ${peer} instead of ${owner}`,
        message: `The next hop of ${listed(routes)} is ${via}, an address of ${owner}, but the other end of ${i.name} is ${ip}, an address of ${peer}.`,
        hint: right === null || !canChange ? `Give ${i.name} the address of ${owner} as its remote.` : '',
        commands: right === null || !canChange ? [] : [command`ip link set dev ${i.name} type ${tunnel.type} remote ${right}`],
        node: node.name,
        subject: { tunnel: tunnel.type, dst: String(ip), interfaceOut: i.name },
        count: routes.length,
      });
    }
  }
}

function byTable(node: Node, i: Interface, via: Ip): boolean {
  const mac = node.neighbours.find((n) => n.ip.equals(via) && (n.dev === null || n.dev === i.name))?.mac;
  return mac !== undefined && node.fdb.some((entry) => entry.dev === i.name && entry.mac === mac && entry.dst !== null);
}

/** Bytes that a tunnel adds to an inner IP packet, with outer IPv4 or IPv6; null for a type that is not known. */
export function overhead(type: string, family: 4 | 6): number | null {
  const ip = family === 4 ? 20 : 40;
  switch (type) {
    // Outer IP, UDP 8, VXLAN 8 (RFC 7348 section 5) or Geneve 8 without options (RFC 8926 section 3.4), inner Ethernet 14.
    case 'vxlan':
    case 'geneve':
      return ip + 8 + 8 + 14;
    // RFC 2784 section 2.1: 4 bytes without key and sequence number.
    case 'gre':
    case 'ip6gre':
      return ip + 4;
    case 'gretap':
    case 'ip6gretap':
      return ip + 4 + 14;
    case 'ipip':
    case 'sit':
    case 'ip6tnl':
      return ip;
    default:
      return null;
  }
}

/** What is inside, and its headers, is larger than the path outside takes. */
function checkSizes(topology: Topology, ends: readonly End[], tell: Tell): void {
  const told = new Map<string, { end: End; most: number; at: { node: string; dev: string }; peers: Set<string> }>();
  for (const end of ends) {
    const { node, i, tunnel, ip } = end;
    const extra = overhead(tunnel.type, ip.family);
    // Cilium's device takes any size; the routes into it say what fits.
    if (extra === null || i.mtu === null || tunnel.external || i.name.startsWith('cilium_')) continue;
    const path = topology.walk(node.name, ip, tunnel.local);
    if (BROKEN.has(path.end)) continue;
    const { least, at } = topology.mtuAlong(node.name, ip, tunnel.local);
    if (least === null || at === null || i.mtu + extra <= least) continue;
    const key = `${node.name} ${i.name}`;
    const known = told.get(key) ?? { end, most: least, at, peers: new Set() };
    told.set(key, known);
    known.peers.add(end.peer ?? String(ip));
    if (least < known.most) Object.assign(known, { most: least, at });
  }
  for (const { end, most, at, peers } of told.values()) {
    const { node, i, tunnel, ip } = end;
    const extra = overhead(tunnel.type, ip.family) as number;
    tell({
      rule: 'tunnel-mtu',
      severity: 'warning',
      key: `${node.name} ${i.name}`,
      title: `${i.name} of ${node.name} has MTU ${i.mtu}, and only ${most - extra} fit inside the ${most} of ${at.dev} of ${at.node}`,
      message: `A packet of ${i.mtu} bytes in ${i.name} is ${(i.mtu as number) + extra} bytes outside (${tunnel.type} over IPv${ip.family} adds ${extra}), and the path to ${listed(peers)} takes ${most}: it is fragmented, or vanishes where the outer packet may not be.`,
      hint: 'The devices of the pods or machines behind it need the smaller MTU too.',
      commands: [command`ip link set dev ${i.name} mtu ${most - extra}`],
      node: node.name,
      subject: { tunnel: tunnel.type, interfaceOut: i.name },
      count: peers.size,
    });
  }
}

/** The tunnel of the cluster, where its devices are not listed one by one. */
function checkDeclaredSize(topology: Topology, tell: Tell): void {
  const { tunnel } = topology;
  if (tunnel === null || tunnel.mtu === null) return;
  const small: { node: string; dev: string; mtu: number; family: 4 | 6 }[] = [];
  for (const name of topology.nodeNames) {
    const node = topology.node(name) as Node;
    if (node.podCIDRs.length === 0) continue;
    for (const i of node.interfaces) {
      const outer = i.addresses.find((p) => !p.isHost && !p.address.isLinkLocal && !topology.isInside(p.address));
      // Links of the nodes among each other: where another node is connected as well.
      if (i.mtu === null || outer === undefined || isTunnelDevice(i, i.name)) continue;
      if (!topology.connectedOwner(outer.address).some((a) => a.node !== name)) continue;
      if (topology.ownerOf(outer.address).length > 1) continue;
      const { family } = outer.address;
      if (tunnel.mtu + (overhead(tunnel.type, family) as number) > i.mtu)
        small.push({ node: name, dev: i.name, mtu: i.mtu, family });
    }
  }
  if (small.length === 0) return;
  const [{ mtu, family }] = small.sort((x, y) => x.mtu - y.mtu);
  const extra = overhead(tunnel.type, family) as number;
  tell({
    rule: 'tunnel-mtu',
    severity: 'warning',
    key: 'tunnel',
    title: `The tunnel has MTU ${tunnel.mtu}, and only ${mtu - extra} fit inside the ${mtu} of the nodes`,
    message: `${tunnel.type} over IPv${family} adds ${extra} bytes, and ${quantity(small.length, 'interface')} between the nodes (${listed(small.map((one) => `${one.dev} of ${one.node}`))}) have MTU ${mtu}.`,
    hint: `Set the MTU of the pods to ${mtu - extra} where the cluster's network is configured.`,
    node: null,
    subject: { tunnel: tunnel.type },
    count: small.length,
  });
}
