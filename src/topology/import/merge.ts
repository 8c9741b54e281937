// One machine may be called by several names: its own, its full one, its address, a pod of its agent. Its drafts are
// joined before the topology is put together.
import { Ip } from '../ip.js';
import { shortHost } from './command-line.js';
import type { Draft, NodeDraft } from './draft.js';
import { hostPart } from './text.js';

/** Begins the name of a draft that was printed in a pod: `pod NAMESPACE/NAME`. */
export const POD = 'pod ';

/** Pods of the host's own network, whose outputs are their node's. */
const AGENTS =
  /^(?:(?:ds|daemonset|daemonsets)\/)?(?:cilium|kube-proxy|kube-flannel|canal|calico-node|speaker|metallb-speaker|antrea-agent|ovnkube-node|kube-router|kindnet|weave-net)(?:$|-[a-z0-9-]+$)/;

/** `NAMESPACE/NAME` or `NAME` of such a pod. */
export const isAgent = (name: string): boolean => AGENTS.test(name.slice(name.indexOf('/') + 1));

/** Joins drafts of one machine. Returns the name that each joined one now has, null for one that was left out. */
export function joinNames(draft: Draft): Map<string, string | null> {
  const renamed = new Map<string, string | null>();
  const names = [...draft.nodes.keys()];
  const homes = homesOf(draft);
  for (const name of names) {
    const node = draft.nodes.get(name) as NodeDraft;
    let into: string | null | undefined;
    if (name.startsWith(POD)) into = nodeOfPod(draft, name.slice(POD.length), node, homes);
    else if (Ip.parse(name) !== null) {
      const others = [...(homes.get(String(Ip.parse(name))) ?? [])].filter((other) => other !== name && !other.startsWith(POD));
      if (others.length === 1) into = others[0];
    } else if (draft.guessed.has(name) && !node.inCluster) {
      const own = [...node.interfaces.values()].flatMap((i) => [...i.addresses].map(hostPart));
      const others = new Set(
        own
          .flatMap((ip) => [...(homes.get(ip) ?? [])])
          .filter((other) => other !== name && !other.startsWith(POD) && !differ(node, draft.nodes.get(other))),
      );
      if (others.size === 1) into = [...others][0];
    } else if (!node.inCluster) {
      // A prompt says `w1`, the cluster `w1.lab.example`.
      const full = names.filter(
        (other) => other !== name && other.includes('.') && Ip.parse(other) === null && shortHost(other) === name,
      );
      if (full.length === 1 && draft.nodes.get(full[0])?.inCluster === true) into = full[0];
    }
    if (into === undefined) continue;
    if (into !== null) join(draft, into, node);
    draft.nodes.delete(name);
    renamed.set(name, into);
  }
  return renamed;
}

/** Two machines have the same address, as those of Vagrant do on their NAT interface: a device of one name has other addresses, or another MAC. */
function differ(a: NodeDraft, b: NodeDraft | undefined): boolean {
  return [...a.interfaces].some(([dev, i]) => {
    const other = b?.interfaces.get(dev);
    if (other === undefined) return false;
    const [mac, otherMac] = [i, other].map(({ facts }) => facts.get('mac')?.value);
    if (mac !== undefined && otherMac !== undefined && mac !== otherMac) return true;
    return i.addresses.size > 0 && other.addresses.size > 0 && ![...i.addresses].some((text) => other.addresses.has(text));
  });
}

/** Addresses of nodes, to the nodes that have them. */
export function homesOf(draft: Draft): Map<string, Set<string>> {
  const homes = new Map<string, Set<string>>();
  for (const [name, node] of draft.nodes) {
    const own = [...node.addresses, ...[...node.interfaces.values()].flatMap((i) => [...i.addresses].map(hostPart))];
    for (const ip of own) {
      const known = homes.get(ip) ?? new Set<string>();
      homes.set(ip, known);
      known.add(name);
    }
  }
  return homes;
}

function nodeOfPod(draft: Draft, pod: string, node: NodeDraft, homes: ReadonlyMap<string, ReadonlySet<string>>): string | null {
  const name = pod.slice(pod.indexOf('/') + 1);
  const own = [...node.interfaces].flatMap(([dev, i]) => [...i.addresses].map((text) => ({ dev, i, ip: hostPart(text) })));
  const agent = isAgent(name);
  const machines = new Set(own.flatMap(({ ip }) => [...(homes.get(ip) ?? [])]).filter((other) => !other.startsWith(POD)));
  const at =
    draft.podNodes.get(pod) ?? [...draft.podNodes].filter(([full]) => full.endsWith(`/${name}`)).map(([, host]) => host)[0];
  if (agent && at !== undefined) return at;
  if (agent && machines.size === 1) return [...machines][0];
  if (agent) {
    draft.notes.push(
      `${name} runs on a node that nothing names; \`kubectl get pods -A -o wide\` says which. What it printed was left out`,
    );
    return null;
  }
  // Its own device's other end is a device of its node: by number.
  for (const { i, ip } of own) {
    const peer = i.facts.get('peerIndex')?.value;
    const host = at ?? (draft.pods.get(ip)?.get('node')?.value as string | undefined);
    const dev =
      host === undefined
        ? undefined
        : [...(draft.nodes.get(host)?.interfaces ?? [])].find(([, other]) => other.facts.get('index')?.value === peer)?.[0];
    if (draft.pods.has(ip) && dev !== undefined && peer !== undefined) draft.pod(ip, { interface: dev }, pod);
  }
  draft.notes.push(`${name} is a pod: its own routes and devices were left out; only its device on the node is used`);
  return null;
}

function join(draft: Draft, name: string, from: NodeDraft): void {
  const into = draft.node(name);
  for (const [dev, i] of from.interfaces) {
    const known = into.interfaces.get(dev);
    if (known === undefined) {
      into.interfaces.set(dev, i);
      continue;
    }
    for (const key of ['facts', 'tunnel'] as const)
      for (const [fact, said] of i[key]) draft.say(known[key], fact, said.value, said.from, `${dev} of ${name}`);
    for (const key of ['addresses', 'vlans'] as const) for (const text of i[key]) known[key].add(text);
  }
  for (const key of ['addresses', 'fdb', 'tunnels', 'firewall'] as const) for (const text of from[key]) into[key].add(text);
  for (const who of ['cilium', 'kubernetes', 'routes'] as const)
    for (const text of from.podCIDRs[who]) into.podCIDRs[who].add(text);
  for (const [key, said] of from.routes) {
    const [family, ...table] = key.split(' ');
    draft.routes(name, { family: Number(family) as 4 | 6, table: table.join(' '), lines: said.lines, from: said.from });
  }
  for (const [family, said] of from.rules) draft.rules(name, family, said.lines, said.from);
  for (const [key, said] of from.sysctls) draft.say(into.sysctls, key, said.value, said.from, `settings of ${name}`);
  for (const [key, value] of from.labels) into.labels.set(key, value);
  into.inCluster ||= from.inCluster;
  into.firewallSeen ||= from.firewallSeen;
}
