// Addresses of services, who may answer for them, and whose MAC a neighbour table shows.
import { Ip } from '../ip.js';
import type { TopologyFile } from '../schema.js';
import type { Draft, InterfaceFile, Selector } from './draft.js';
import { byAddress, hostPart } from './text.js';

type Addresses = NonNullable<TopologyFile['addresses']>;

export function addressFile(
  draft: Draft,
  file: TopologyFile,
  nameOf: (name: string) => string | null,
  declare: (node: string) => void,
): Addresses {
  const addresses: Addresses = {};
  for (const [ip, known] of [...draft.addresses].sort(byAddress)) {
    const services = [...known.services.keys()];
    const backends = new Set([
      ...(draft.backends.get(ip) ?? []),
      ...services.flatMap((service) => [...(draft.backends.get(service) ?? [])]),
    ]);
    const owners = ownersOf(draft, ip, services, known.loadBalancer).flatMap((name) => nameOf(name) ?? []);
    for (const owner of owners) declare(owner);
    addresses[ip] = {
      ...(owners.length > 0 ? { owner: owners.length === 1 ? owners[0] : owners } : {}),
      ...(services.length > 0 ? { service: services.length === 1 ? services[0] : services } : {}),
      // Which of the services has a port matters only where there are several.
      ...(services.length > 1 && known.ports.size > 0 ? { ports: Object.fromEntries(known.ports) } : {}),
      // An empty list says that there is none.
      // Some of them would pass for all.
      ...(services.some((service) => draft.cutBackends.has(service) && !draft.wholeBackends.has(service))
        ? {}
        : backends.size > 0 || services.some((service) => draft.backends.has(service))
          ? { backends: [...backends].sort((x, y) => byAddress([x], [y])) }
          : {}),
    };
  }
  placeNeighbours(draft, file, addresses);
  return addresses;
}

/** Nodes that answer for a LoadBalancer address: by what is announced now, by the lease, else all that may. */
function ownersOf(draft: Draft, ip: string, services: readonly string[], loadBalancer: boolean): string[] {
  const announced = draft.announced.filter((a) => a.ip === ip).map((a) => a.node);
  if (announced.length > 0) return [...new Set(announced)];
  if (!loadBalancer) return [];
  const leased = services.flatMap((service) =>
    draft.leases.filter(({ name }) => name === `cilium-l2announce-${service.replace('/', '-')}`).map(({ holder }) => holder),
  );
  if (leased.length > 0) return [leased[0]];
  const nodes = [...draft.nodes].filter(([, node]) => node.inCluster && node.labels.size > 0);
  const may = nodes.filter(([, node]) =>
    draft.policies.some(
      (policy) =>
        selects(policy.nodes, node.labels) &&
        services.some(
          (service) => policy.services === null || selects(policy.services, draft.serviceLabels.get(service) ?? new Map()),
        ),
    ),
  );
  return may.map(([name]) => name);
}

function selects(selector: Selector, labels: ReadonlyMap<string, string>): boolean {
  return (selector ?? []).every(({ key, operator, values }) => {
    const value = labels.get(key);
    if (operator === 'Exists') return value !== undefined;
    if (operator === 'DoesNotExist') return value === undefined;
    if (operator === 'NotIn') return value === undefined || !values.includes(value);
    return value !== undefined && values.includes(value);
  });
}

/** A neighbour's MAC belongs to the interface with its address; else it shows who answers for a service's address. */
function placeNeighbours(draft: Draft, file: TopologyFile, addresses: Addresses): void {
  const nodes = Object.entries(file.nodes ?? {});
  const byIp = new Map<string, { node: string; about: string; i: Partial<InterfaceFile> }[]>();
  const byMac = new Map<string, Set<string>>();
  const hasMac = (mac: string, node: string) => {
    const known = byMac.get(mac) ?? new Set<string>();
    byMac.set(mac, known);
    known.add(node);
  };
  for (const [node, spec] of nodes)
    for (const [dev, i] of Object.entries(spec.interfaces ?? {})) {
      for (const ip of (i.addresses ?? []).map(hostPart)) {
        const known = byIp.get(ip) ?? [];
        byIp.set(ip, known);
        known.push({ node, about: `${dev} of ${node}`, i: i as Partial<InterfaceFile> });
      }
      if (i.mac !== undefined) hasMac(i.mac, node);
    }
  const holders = new Map(nodes.flatMap(([node, spec]) => (spec.addresses ?? []).map((ip) => [ip, node] as const)));
  const strangers = new Set<string>();
  const saidBy = new Map<string, string>();
  // Interfaces first: their MACs show which host answers for the other addresses. A permanent entry was written by hand,
  // not heard: it is one node's belief, which the node keeps.
  const heard = draft.neighbours.filter((n) => !n.permanent).sort((x, y) => Number(byIp.has(y.ip)) - Number(byIp.has(x.ip)));
  for (const { ip, mac, from } of heard) {
    const homes = byIp.get(ip) ?? [];
    if (homes.length === 1) {
      const [{ node, about, i }] = homes;
      if (i.mac === undefined) {
        i.mac = mac;
        hasMac(mac, node);
      }
      // A node answers for any of its addresses on any of its interfaces (RFC 1122 section 3.3.4.2, weak host model).
      if (i.mac === mac || byMac.get(mac)?.has(node)) continue;
      // Another node answers for it on the link where it was asked for: proxy ARP (RFC 1027), proxy ND (RFC 4861 section 7.2.8).
      const [proxy] = byMac.get(mac) ?? [];
      if (proxy !== undefined) draft.notes.push(`${ip} of ${node} is answered for by ${proxy} in ${from}: a proxy, or it moved`);
      else draft.conflicts.push(`${about}: mac is ${i.mac} there and ${mac} in ${from}; ${i.mac} was kept`);
      continue;
    }
    if (homes.length > 1 || file.pods?.[ip] !== undefined || Ip.parse(ip)?.isLinkLocal) continue;
    const holder = holders.get(ip);
    const known = addresses[ip];
    if (known === undefined && holder === undefined) {
      strangers.add(ip);
      continue;
    }
    if (known?.mac !== undefined && known.mac !== mac) {
      draft.conflicts.push(
        `address ${ip}: mac is ${known.mac} in ${saidBy.get(ip)} and ${mac} in ${from}; ${known.mac} was kept`,
      );
      continue;
    }
    saidBy.set(ip, from);
    const answers = [...(byMac.get(mac) ?? [])];
    const owner = known?.owner ?? holder ?? (answers.length === 1 ? answers[0] : undefined);
    addresses[ip] = { ...(owner ? { owner } : {}), ...known, mac };
  }
  if (strangers.size > 0)
    draft.notes.push(`${strangers.size} neighbours belong to no known node (${[...strangers].slice(0, 3).join(', ')}); left out`);
}
