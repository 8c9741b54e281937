// What changed between two topologies of a lab, in an order that does not depend on that of their files.
import { push } from '../bytes/groups.js';
import { macNumber } from '../bytes/show.js';
import type { Topology } from './model.js';
import { natural } from './natural.js';
import type { Route } from './routes.js';
import type { Interface, Node } from './types.js';

export interface Change {
  /** `gone`: only in the first; `new`: only in the second; `moved`: it belongs to another; `changed`. */
  readonly kind: 'gone' | 'new' | 'moved' | 'changed';
  /** What it is: node, interface, address, route, ... */
  readonly what: string;
  /** Null for what belongs to no node: pods, services, the tunnel of the cluster. */
  readonly node: string | null;
  /** What it is called: `10.244.2.0/24`, `eth1`, `eth1 mtu`. */
  readonly name: string;
  readonly before: string | null;
  readonly after: string | null;
}

/** A thing of the topology, by its identity. */
interface Entry {
  readonly what: string;
  readonly node: string | null;
  readonly name: string;
  readonly value: string;
  /** Nodes that it belongs to, where that is not `node`. */
  readonly holders: string;
}

type Side = ReadonlyMap<string, Entry>;

/** All changes, sorted. What one of the two does not know (the routes of a node) is no change. */
export function diffTopologies(before: Topology, after: Topology): Change[] {
  const [a, b] = [sideOf(before, after), sideOf(after, before)];
  const changes: Change[] = [];
  for (const [key, one] of a) {
    const other = b.get(key);
    if (other === undefined) changes.push({ ...head(one), kind: 'gone', before: one.value, after: null });
    else if (other.value !== one.value)
      changes.push({
        ...head(one),
        kind: one.holders === other.holders ? 'changed' : 'moved',
        before: one.value,
        after: other.value,
      });
  }
  for (const [key, one] of b) if (!a.has(key)) changes.push({ ...head(one), kind: 'new', before: null, after: one.value });
  const gone = new Set(changes.flatMap(({ what, kind, name }) => (what === 'node' && kind !== 'changed' ? [name] : [])));
  // Of a node that came or went, the rest follows.
  return changes.filter(({ what, node }) => what === 'node' || node === null || !gone.has(node)).sort(order);
}

const head = ({ what, node, name }: Entry): Pick<Change, 'what' | 'node' | 'name'> => ({ what, node, name });

const RANK = [
  'node',
  'interface',
  'address',
  'route',
  'rule',
  'neighbour',
  'forwarding entry',
  'pod network',
  'setting',
  'firewall rule',
  'pod',
  'service',
  'tunnel',
  'masquerade',
];

const order = (x: Change, y: Change): number =>
  natural(x.node ?? '\uffff', y.node ?? '\uffff') ||
  RANK.indexOf(x.what) - RANK.indexOf(y.what) ||
  natural(x.name, y.name) ||
  natural(x.kind, y.kind);

function sideOf(topology: Topology, other: Topology): Side {
  const side = new Map<string, Entry>();
  const put: Put = (what, node, name, value, { key = name, holders = '' } = {}) =>
    side.set(`${what} ${node ?? ''} ${key}`, { what, node, name, value, holders });
  const addresses = new Map<string, { at: string; node: string }[]>();
  const hold = (ip: string, node: string, at: string) => push(addresses, ip, { at, node });
  for (const name of topology.nodeNames) {
    const node = topology.node(name) as Node;
    const there = other.node(name);
    put('node', name, name, 'present');
    for (const i of node.interfaces) {
      interfaceOf(i, there?.interfaces.find((one) => one.name === i.name) ?? null, put);
      for (const p of i.addresses) {
        if (p.address.isLoopback) continue;
        hold(String(p.address), name, `${i.name} of ${name} (/${p.length})`);
      }
    }
    for (const ip of node.addresses) hold(String(ip), name, name);
    if (there === null || there.routesKnown === node.routesKnown) routesOf(node, put);
    if (there?.rules != null || there === null)
      for (const { text, family } of node.rules ?? []) put('rule', name, text.replace(/\s+/g, ' '), `IPv${family}`);
    for (const { ip, dev, mac } of node.neighbours)
      put('neighbour', name, `${ip}${dev === null ? '' : ` on ${dev}`}`, macNumber(mac));
    for (const { mac, dev, dst, vlan } of node.fdb) {
      const where = `${macNumber(mac)} on ${dev}${vlan === null ? '' : ` vlan ${vlan}`}`;
      const known = side.get(`forwarding entry ${name} ${where}`)?.value;
      put(
        'forwarding entry',
        name,
        where,
        [...(known?.split(', ') ?? []), dst === null ? 'local' : String(dst)].sort(natural).join(', '),
      );
    }
    for (const { prefix, dst } of node.tunnels) put('tunnel entry', name, String(prefix), String(dst));
    for (const cidr of node.podCIDRs) put('pod network', name, String(cidr), 'present');
    for (const [key, value] of node.sysctls) if (there === null || there.sysctls.has(key)) put('setting', name, key, value);
    if (there === null || there.firewallKnown === node.firewallKnown)
      for (const rule of node.firewall) put('firewall rule', name, rule, 'present');
  }
  // By address: one that is on another node now has moved.
  for (const [ip, list] of addresses)
    put('address', null, ip, sorted(list.map(({ at }) => at)), { holders: sorted(list.map(({ node }) => node)) });
  for (const { ip, name, node } of topology.podList)
    put('pod', null, String(ip), `${name ?? 'pod'} on ${node ?? 'an unknown node'}`, { holders: node ?? '' });
  for (const { ip, owners, service, mac, backends, backendsKnown } of topology.ownedAddresses) {
    const parts = [
      ...(service === null ? [] : [service]),
      ...(owners.length === 0 ? [] : [`at ${[...owners].sort(natural).join(', ')}`]),
      ...(mac === null ? [] : [`mac ${macNumber(mac)}`]),
      ...(backendsKnown ? [`backends ${backends.map(String).sort(natural).join(', ') || 'none'}`] : []),
    ];
    put('service', null, String(ip), parts.join('; ') || 'present');
  }
  const { tunnel, masquerade } = topology;
  if (tunnel !== null)
    for (const key of ['type', 'port', 'vni', 'device', 'mtu'] as const)
      if (tunnel[key] !== null) put('tunnel', null, key, String(tunnel[key]));
  for (const prefix of masquerade?.inside ?? []) put('masquerade', null, String(prefix), 'inside', { key: `${prefix} inside` });
  for (const prefix of masquerade?.except ?? []) put('masquerade', null, String(prefix), 'except', { key: `${prefix} except` });
  return side;
}

type Put = (
  what: string,
  node: string | null,
  name: string,
  value: string,
  more?: { readonly key?: string; readonly holders?: string },
) => void;

const sorted = (words: readonly string[]): string => [...new Set(words)].sort(natural).join(', ');

/** Facts of an interface that both know, or that it is there at all. */
function interfaceOf(i: Interface, other: Interface | null, put: Put): void {
  put('interface', i.node, i.name, 'present');
  const facts: readonly (readonly [string, (one: Interface) => string | null])[] = [
    ['mac', (one) => (one.mac === null ? null : macNumber(one.mac))],
    ['mtu', (one) => (one.mtu === null ? null : String(one.mtu))],
    ['state', (one) => (one.up ? 'up' : 'down')],
    ['kind', (one) => one.kind],
    ['master', (one) => one.master],
    ['vlan', (one) => (one.vlan === null ? null : String(one.vlan))],
    [
      'vlans',
      (one) =>
        one.vlans
          ?.map(({ id, pvid, untagged }) => `${id}${pvid ? ' pvid' : ''}${untagged ? ' untagged' : ''}`)
          .sort(natural)
          .join(', ') ?? null,
    ],
    ['tunnel', (one) => (one.tunnel === null ? null : one.tunnel.type)],
    ['tunnel id', (one) => (one.tunnel?.id == null ? null : String(one.tunnel.id))],
    ['tunnel port', (one) => (one.tunnel?.port == null ? null : String(one.tunnel.port))],
    ['tunnel local', (one) => (one.tunnel?.local == null ? null : String(one.tunnel.local))],
    ['tunnel remote', (one) => (one.tunnel?.remote == null ? null : String(one.tunnel.remote))],
  ];
  for (const [fact, of] of facts) {
    const value = of(i);
    if (value !== null && other !== null && of(other) !== null) put('interface', i.node, `${i.name} ${fact}`, value);
  }
}

/** By destination, table and metric: what else differs is a change. */
function routesOf(node: Node, put: Put): void {
  const seen = new Map<string, string[]>();
  for (const route of [...node.routes, ...[...node.tables.values()].flat()]) {
    const table = route.table === 'main' ? '' : ` table ${route.table}`;
    const metric = route.metric === 0 ? '' : ` metric ${route.metric}`;
    const family = route.prefix.isDefault && route.prefix.address.family === 6 ? ' (IPv6)' : '';
    const name = `${route.prefix}${family}${table}${metric}`;
    push(seen, name, routeText(route));
  }
  for (const [name, values] of seen) put('route', node.name, name, values.sort(natural).join(', '));
}

function routeText({ kind, nexthops, mtu, src, onlink }: Route): string {
  const hops = nexthops.map(({ via, dev }) =>
    [via === null ? '' : `via ${via}`, dev === null ? '' : `dev ${dev}`].filter(Boolean).join(' '),
  );
  const how = kind === 'unicast' || kind === 'connected' ? '' : kind;
  return [
    how,
    hops.sort(natural).join(' and '),
    src === null ? '' : `src ${src}`,
    mtu === null ? '' : `mtu ${mtu}`,
    onlink ? 'onlink' : '',
  ]
    .filter(Boolean)
    .join(' ');
}

/** One line for people. */
export function changeText({ kind, what, node, name, before, after }: Change): string {
  const of = node === null || what === 'node' ? '' : ` of ${node}`;
  const value = (text: string | null) => (text === null || text === 'present' ? '' : `: ${text}`);
  if (kind === 'gone') return `- ${what} ${name}${of}${value(before)}`;
  if (kind === 'new') return `+ ${what} ${name}${of}${value(after)}`;
  return `${kind === 'moved' ? '>' : '~'} ${what} ${name}${of}: ${before} -> ${after}`;
}
