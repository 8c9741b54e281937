// The topology that a draft's facts make.
import { groupedBy } from '../../bytes/groups.js';
import { Ip, Prefix } from '../ip.js';
import { natural } from '../natural.js';
import type { TopologyFile } from '../schema.js';
import { addressFile } from './assemble-addresses.js';
import { masqueradeOf, tunnelOf } from './cilium-config.js';
import type { Draft, Facts, InterfaceDraft, InterfaceFile, NodeDraft } from './draft.js';
import { homesOf, isAgent, joinNames, POD } from './merge.js';
import { byAddress, define, hostPart } from './text.js';

type NodeFile = NonNullable<TopologyFile['nodes']>[string];
type PodFile = NonNullable<TopologyFile['pods']>[string];

/** Puts the facts together; what was chosen and what was left out is added to the draft's conflicts and notes. */
export function assemble(draft: Draft): TopologyFile {
  const renamed = joinNames(draft);
  const nameOf = (name: string): string | null => {
    if (renamed.has(name)) return renamed.get(name) as string | null;
    // A pod of which nothing but its maps was printed has no draft of its own.
    return name.startsWith(POD) ? (draft.podNodes.get(name.slice(POD.length)) ?? null) : name;
  };
  for (const facts of draft.pods.values()) renamePod(facts, nameOf);
  for (const { ip, node: agent, from } of draft.podClaims) {
    const node = nameOf(agent);
    if (node !== null) draft.pod(ip, { node }, from);
  }
  leaveHostPods(draft);
  const homes = homesOf(draft);
  const nodeWith = (address: string): string | null => {
    const nodes = homes.get(String(Ip.parse(address))) ?? new Set();
    return nodes.size === 1 ? [...nodes][0] : null;
  };
  resolveIpcache(draft, nodeWith, nameOf);
  for (const { ip, host, from } of draft.podHosts) {
    const node = nodeWith(host);
    if (node !== null) draft.pod(ip, { node }, from);
  }
  for (const { ip, node, index, from } of draft.podIndexes) {
    const devices = draft.nodes.get(nameOf(node) ?? '')?.interfaces ?? [];
    const dev = [...devices].find(([, { facts }]) => facts.get('index')?.value === index)?.[0];
    if (dev !== undefined && draft.pods.has(ip)) draft.pod(ip, { interface: dev }, from);
  }
  placePods(draft);
  const file: TopologyFile = {};
  const names = [...draft.nodes.keys()].sort(natural);
  if (names.length > 0) file.nodes = {};
  for (const name of names) define(file.nodes as Record<string, NodeFile>, name, nodeFile(draft, name));
  const pods = [...draft.pods].sort(byAddress);
  if (pods.length > 0) file.pods = Object.fromEntries(pods.map(([ip, facts]) => [ip, podFile(facts, nameOf)]));
  const tunnel = tunnelOf(draft);
  if (tunnel !== undefined) file.tunnel = tunnel;
  const identities = [...draft.identities].sort(([x], [y]) => x - y);
  if (identities.length > 0) file.identities = Object.fromEntries(identities.map(([id, { value }]) => [String(id), value]));
  const declare = (node: string) => {
    file.nodes ??= {};
    if (!Object.hasOwn(file.nodes, node)) define(file.nodes, node, {});
  };
  const addresses = addressFile(draft, file, nameOf, declare);
  if (Object.keys(addresses).length > 0) file.addresses = addresses;
  // A node named only by its pods must exist all the same.
  for (const pod of Object.values(file.pods ?? {})) if (pod.node !== undefined) declare(pod.node);
  const masquerade = masqueradeOf(draft, file);
  if (masquerade !== undefined) file.masquerade = masquerade;
  return file;
}

/** Pods of the host's own network have the node's address, which is no pod's. Two names of another pod contradict each other. */
function leaveHostPods(draft: Draft): void {
  const homes = homesOf(draft);
  const names = groupedBy(draft.podNames, ({ ip }) => ip);
  for (const [ip, facts] of draft.pods) {
    const node = facts.get('node')?.value as string | undefined;
    const first = facts.get('name');
    const others = names.get(ip) ?? [];
    const isHost = (name: string) => isAgent(name) || name.endsWith(`-${node}`);
    if (node !== undefined && others.length > 0 && [String(first?.value), ...others.map(({ name }) => name)].some(isHost))
      draft.nodeAddress(node, ip);
    else if (node === undefined || !homes.get(ip)?.has(node)) {
      for (const { name, from } of others) draft.say(facts, 'name', name, from, `pod ${ip}`);
      continue;
    }
    draft.pods.delete(ip);
  }
}

/** A pod that an agent's output names is on the agent's node, as that is called now. */
function renamePod(facts: Facts, nameOf: (name: string) => string | null): void {
  const said = facts.get('node');
  if (said === undefined) return;
  const name = nameOf(said.value as string);
  if (name === null) facts.delete('node');
  else if (name !== said.value) facts.set('node', { ...said, value: name });
}

function podFile(facts: Facts, nameOf: (name: string) => string | null): PodFile {
  const { node, ...pod } = valuesOf(facts) as PodFile;
  const at = node === undefined ? null : nameOf(node);
  return {
    ...(pod.name === undefined ? {} : { name: pod.name }),
    ...(at === null ? {} : { node: at }),
    ...(({ name: _, ...rest }) => rest)(pod),
  };
}

const FAMILIES = [4, 6] as const;

function nodeFile(draft: Draft, name: string): NodeFile {
  const from = draft.node(name);
  const node: NodeFile = {};
  const interfaces = [...from.interfaces].map(([dev, i]) => [dev, interfaceFile(i)] as const);
  interfaces.sort(([a, x], [b, y]) => (x.index ?? 1e10) - (y.index ?? 1e10) || natural(a, b));
  if (interfaces.length > 0) node.interfaces = {};
  for (const [dev, i] of uniqueNumbers(draft, name, interfaces))
    define(node.interfaces as Record<string, Partial<InterfaceFile>>, dev, i);
  const onInterfaces = new Set(interfaces.flatMap(([, i]) => (i.addresses ?? []).map(hostPart)));
  const elsewhere = [...from.addresses].filter((ip) => !onInterfaces.has(ip));
  if (elsewhere.length > 0) node.addresses = elsewhere;
  addRoutes(node, from);
  const rules = FAMILIES.flatMap(
    (family) =>
      from.rules
        .get(family)
        ?.lines.map((line) => (family === 6 && !line.includes(':', line.indexOf(':') + 1) ? `inet6 ${line}` : line)) ?? [],
  );
  if (rules.length > 0) node.rules = rules;
  podCIDRs(draft, name, from, node);
  const fixed = draft.neighbours
    .filter((n) => n.permanent && n.node === name)
    .map(({ ip, dev, mac }) => `${ip}${dev === null ? '' : ` dev ${dev}`} lladdr ${mac} PERMANENT`);
  if (fixed.length > 0) node.neighbours = [...new Set(fixed)];
  if (from.tunnels.size > 0) node.tunnels = [...from.tunnels];
  if (from.fdb.size > 0) node.fdb = [...from.fdb].filter((line) => !/^(?:33:33|01:00:5e)/.test(line));
  if (from.sysctls.size > 0) node.sysctls = valuesOf(from.sysctls) as Record<string, string>;
  if (from.firewall.size > 0 || from.firewallSeen) node.firewall = [...from.firewall];
  return node;
}

/** Two devices with one number were printed at two times; the first keeps it. */
function uniqueNumbers(
  draft: Draft,
  name: string,
  interfaces: (readonly [string, Partial<InterfaceFile>])[],
): (readonly [string, Partial<InterfaceFile>])[] {
  const seen = new Map<number, string>();
  return interfaces.map(([dev, i]) => {
    if (i.index === undefined) return [dev, i] as const;
    const other = seen.get(i.index);
    if (other === undefined) {
      seen.set(i.index, dev);
      return [dev, i] as const;
    }
    draft.conflicts.push(`${name}: ${other} and ${dev} both have number ${i.index}; it was kept for ${other}`);
    const { index: _, ...rest } = i;
    return [dev, rest] as const;
  });
}

function interfaceFile({ facts, tunnel, addresses, vlans }: InterfaceDraft): Partial<InterfaceFile> {
  const plain = valuesOf(facts);
  const pick = (keys: readonly string[]) =>
    Object.fromEntries(keys.filter((key) => key in plain).map((key) => [key, plain[key]]));
  return {
    ...pick(['index', 'mac', 'mtu']),
    ...(addresses.size > 0 ? { addresses: [...addresses] } : {}),
    ...pick(['kind', 'up', 'master', 'lower', 'vlan', 'vlanFiltering', 'table']),
    ...(vlans.size > 0 ? { vlans: [...vlans] } : {}),
    ...(tunnel.size > 0 ? { tunnel: valuesOf(tunnel) as InterfaceFile['tunnel'] } : {}),
  };
}

function addRoutes(node: NodeFile, from: NodeDraft): void {
  if (from.routes.size === 0) return;
  const main = FAMILIES.filter((family) => from.routes.has(`${family} main`));
  node.routes = [...main.flatMap((family) => from.routes.get(`${family} main`)?.lines ?? [])];
  const seen = main.filter((family) => (from.routes.get(`${family} main`)?.lines.length ?? 0) > 0);
  // What follows from the lines themselves need not be said.
  if (seen.length !== main.length || node.routes.length === 0) node.routesOf = main.map((family) => `ipv${family}` as const);
  if (node.routesOf?.length === 2 && node.routes.length === 0) delete node.routesOf;
  for (const [key, { lines }] of from.routes) if (!key.endsWith(' main')) node.routes.push(...lines);
}

/** Cilium's count before those of Kubernetes, which it may leave unused. */
const podNetworks = ({ podCIDRs: { cilium, kubernetes, routes } }: NodeDraft): ReadonlySet<string> =>
  cilium.size > 0 ? cilium : kubernetes.size > 0 ? kubernetes : routes;

function podCIDRs(draft: Draft, name: string, from: NodeDraft, node: NodeFile): void {
  const { kubernetes, routes } = from.podCIDRs;
  const cidrs = podNetworks(from);
  const others = [...kubernetes].filter((cidr) => !cidrs.has(cidr));
  if (others.length > 0)
    draft.notes.push(
      `${name}: Cilium's pod CIDR ${[...cidrs].join(', ')} was taken, not ${others.join(', ')} of the Kubernetes node`,
    );
  // Two nodes cannot have one network: the first that said so keeps it.
  const own = [...cidrs].filter((cidr) => {
    const other = [...draft.nodes].find(([n, d]) => n !== name && podNetworks(d).has(cidr));
    const first = other === undefined || [...draft.nodes.keys()].indexOf(name) < [...draft.nodes.keys()].indexOf(other[0]);
    if (first) return true;
    draft.conflicts.push(`${cidr} is a pod network of ${other[0]} and of ${name}; it was kept for ${other[0]}`);
    // Bridges that are called as those of pods may be of machines that have nothing to do with each other.
    if (cidrs !== routes || podNetworks(other[1]) !== other[1].podCIDRs.routes)
      draft.shared.push({ cidr, nodes: [other[0], name] });
    return false;
  });
  if (own.length > 0) node.podCIDRs = own;
}

/** The device of each pod on its node, where a route or a neighbour of that node names it. */
function placePods(draft: Draft): void {
  const bridges = new Set<string>();
  for (const [name, node] of draft.nodes)
    for (const [dev, i] of node.interfaces)
      if (i.facts.get('kind')?.value === 'bridge' || /^(?:cni|cbr|docker|br|lxdbr|virbr|kube-bridge)/.test(dev))
        bridges.add(`${name} ${dev}`);
  const place = (ip: string, node: string, dev: string, from: string) => {
    const key = String(Ip.parse(ip));
    const pod = draft.pods.get(key);
    const at = pod?.get('node')?.value;
    if (pod === undefined || pod.has('interface') || (at !== undefined && at !== node) || bridges.has(`${node} ${dev}`)) return;
    if (POD_DEVICE.test(dev)) draft.pod(key, { interface: dev }, from);
  };
  for (const [name, node] of draft.nodes)
    for (const { lines, from } of node.routes.values())
      for (const line of lines) {
        const match = /^([0-9a-fA-F.:]+) dev (\S+)/.exec(line);
        if (match !== null) place(match[1], name, match[2], from);
      }
  for (const { ip, dev, node, from } of draft.neighbours) if (dev !== null && node !== null) place(ip, node, dev, from);
}

/** Devices that lead to one pod only. */
const POD_DEVICE = /^(?:lxc|cali|veth|eni|azv|gke|tap|nk|vxdev)[\w.-]*$/;

function resolveIpcache(
  draft: Draft,
  nodeWith: (address: string) => string | null,
  nameOf: (name: string) => string | null,
): void {
  const strangers = new Set<string>();
  const cidrs = new Map<string, string>();
  for (const { prefix, identity, endpoint, node: here, from } of draft.ipcaches) {
    const node = endpoint === null ? (here === null ? null : nameOf(here)) : nodeWith(endpoint);
    if (endpoint !== null && node === null) strangers.add(endpoint);
    const sender = here === null ? null : nameOf(here);
    if (endpoint !== null && sender !== null) sendsTo(draft, { sender, prefix, endpoint, node });
    if (prefix.isHost) {
      // Below 256 are hosts, health checks and the world, not pods; above 24 bits are local CIDR identities.
      if (identity >= 256 && identity < 1 << 24) draft.pod(String(prefix.network), { identity, ...(node ? { node } : {}) }, from);
    } else if (!prefix.isDefault && endpoint !== null && node !== null) {
      // Whose network it is the nodes themselves know better than another one's map.
      const known = homeOf(draft, prefix);
      if (known === undefined || known === node) cidrs.set(prefix.key, node);
      else draft.conflicts.push(`${prefix} is a pod network of ${known}, and at ${node} in ${from}; it was kept for ${known}`);
    }
    const owner = cidrs.get(prefix.key);
    if (owner !== undefined && !prefix.isHost) draft.podCIDR(owner, `${prefix.network}/${prefix.length}`, 'cilium');
  }
  for (const { network, end, node: here } of draft.tunnelMap) {
    const sender = here === null ? null : nameOf(here);
    const node = nodeWith(String(end));
    if (node === null) strangers.add(String(end));
    // The map has the network without its length.
    const prefix = [...draft.nodes.values()]
      .flatMap(({ podCIDRs: { cilium, kubernetes, routes } }) => [...cilium, ...kubernetes, ...routes])
      .flatMap((text) => Prefix.parse(text) ?? [])
      .find((cidr) => cidr.network.equals(network));
    if (prefix !== undefined && sender !== null) sendsTo(draft, { sender, prefix, endpoint: String(end), node });
  }
  if (strangers.size > 0)
    draft.notes.push(
      `tunnel endpoints ${[...strangers].slice(0, 5).join(', ')} belong to no known node; add \`kubectl get ciliumnodes -o json\` or NODE=\`ip -j addr\``,
    );
}

/**
 * An entry of the ipcache or of the map of tunnels of `sender`. Only those are kept that lead elsewhere than to the node that the other
 * inputs name: where pods and networks are says the rest.
 */
function sendsTo(
  draft: Draft,
  { sender, prefix, endpoint, node }: { sender: string; prefix: Prefix; endpoint: string; node: string | null },
): void {
  const { tunnels } = draft.node(sender);
  if (prefix.isDefault || tunnels.size >= MAX_TUNNELS) return;
  const at = prefix.isHost ? draft.pods.get(String(prefix.network))?.get('node')?.value : homeOf(draft, prefix);
  if (at !== undefined && at !== node) tunnels.add(`${prefix.network}/${prefix.length} dst ${endpoint}`);
}

/** The node that the inputs give this pod network to. */
const homeOf = (draft: Draft, prefix: Prefix): string | undefined =>
  [...draft.nodes].find(([, { podCIDRs }]) =>
    (['cilium', 'kubernetes', 'routes'] as const).some((who) => podCIDRs[who].has(`${prefix.network}/${prefix.length}`)),
  )?.[0];

/** Entries of one node: a cluster has a network for each of its nodes. */
const MAX_TUNNELS = 4096;

function valuesOf(facts: Facts): Record<string, unknown> {
  return Object.fromEntries([...facts].map(([key, { value }]) => [key, value]));
}
