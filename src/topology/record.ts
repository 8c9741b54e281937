// A node as the topology's questions need it: its part of the file read once.
import { push } from '../bytes/groups.js';
import { parseMac } from '../bytes/parse.js';
import { Ip, Prefix } from './ip.js';
import { PrefixTable } from './prefix-table.js';
import { joinedRoutes, parseRoute, type Route, type RouteObject } from './routes.js';
import { fdbEntry, fixedNeighbour, policyRule, tunnelEntry } from './rules.js';
import type { TopologyFile } from './schema.js';
import type { Interface, Node, Owner, PortVlan, RightRoute, Tunnel, TunnelDevice } from './types.js';

type NodeFile = NonNullable<TopologyFile['nodes']>[string];
type InterfaceFile = NonNullable<NodeFile['interfaces']>[string];

/** An interface address that can name a shared network. */
export interface Attachment {
  readonly node: string;
  readonly dev: string;
  readonly prefix: Prefix;
}

export interface NodeRecord extends Node {
  readonly byIndex: ReadonlyMap<number, Interface>;
  readonly byName: ReadonlyMap<string, Interface>;
  readonly attachments: readonly Attachment[];
  /** Addresses whose network is not known: it may be any that holds them. */
  readonly loose: readonly Ip[];
  /** Runs pods, so it is an end of the tunnel. */
  readonly inCluster: boolean;
  table: PrefixTable<Route> | null;
  /** Looked up by the names of `tables`, once asked. */
  readonly otherTables: Map<string, PrefixTable<Route>>;
  /** By owners and the node's own route: nothing else decides. */
  readonly right: Map<readonly Owner[], Map<Route | null, RightRoute | null>>;
}

/** What all questions stand on. */
export interface Known {
  readonly nodes: ReadonlyMap<string, NodeRecord>;
  readonly byMac: ReadonlyMap<number, readonly Interface[]>;
  /** Who is connected to each network, by its key. */
  readonly networks: ReadonlyMap<string, readonly Attachment[]>;
  readonly owners: PrefixTable<Owner>;
  readonly tunnel: Tunnel | null;
}

export function nodeRecord(name: string, spec: NodeFile, runsPods: boolean): NodeRecord {
  const interfaces = Object.entries(spec.interfaces ?? {}).map(([dev, i]) => interfaceOf(name, dev, i));
  const podCIDRs = (spec.podCIDRs ?? []).map(prefixOf);
  const all = parseRoutes(spec.routes ?? []);
  const routes = all.filter(({ table }) => table === 'main');
  const tables = new Map<string, Route[]>();
  // `ip route show vrf blue` is of the table that the device has.
  const ofVrf = new Map(
    interfaces.flatMap(({ name: dev, kind, table }) => (kind === 'vrf' && table !== null ? [[dev, table]] : [])),
  );
  for (const route of all)
    if (route.table !== 'main') push(tables, `${route.prefix.address.family} ${ofVrf.get(route.table) ?? route.table}`, route);
  const rules = spec.rules?.map(policyRule).sort((x, y) => x.priority - y.priority) ?? null;
  return {
    name,
    interfaces,
    addresses: (spec.addresses ?? []).map(ipOf),
    podCIDRs,
    routes,
    routesKnown: spec.routes !== undefined && (spec.routesOf === undefined || spec.routesOf.length > 0 || routes.length > 0),
    routesOf: familiesOf(spec, routes),
    tables,
    rules,
    sysctls: new Map(Object.entries(spec.sysctls ?? {}).map(([key, value]) => [key, String(value)])),
    firewall: spec.firewall ?? [],
    firewallKnown: spec.firewall?.every((line) => FILTER_ONLY.test(line)) === false || spec.firewall?.length === 0,
    neighbours: (spec.neighbours ?? []).flatMap(fixedNeighbour),
    fdb: (spec.fdb ?? []).flatMap(fdbEntry),
    tunnels: (spec.tunnels ?? []).flatMap(tunnelEntry),
    byIndex: new Map(interfaces.flatMap((i) => (i.index === null ? [] : [[i.index, i]]))),
    byName: new Map(interfaces.map((i) => [i.name, i])),
    attachments: interfaces.flatMap((i) =>
      i.addresses
        .filter((p) => !p.isHost && !p.address.isLoopback && !p.address.isLinkLocal)
        .map((prefix): Attachment => ({ node: name, dev: i.name, prefix })),
    ),
    loose: [
      ...(spec.addresses ?? []).map(ipOf),
      ...interfaces.flatMap((i) => i.addresses.flatMap((p) => (p.isHost ? [p.address] : []))),
    ].filter((ip) => !ip.isLoopback && !ip.isLinkLocal),
    inCluster: podCIDRs.length > 0 || runsPods,
    excerptOf: excerptOf(interfaces, all),
    table: null,
    otherTables: new Map(),
    right: new Map(),
  };
}

/** Of `iptables -L`, which prints one table: the others may translate. */
const FILTER_ONLY = /^ip6?tables [\w-]+: /;

/** Families whose main table is whole: what the file says, and those that it lists routes of. */
function familiesOf(spec: NodeFile, routes: readonly Route[]): ReadonlySet<4 | 6> {
  if (spec.routes === undefined) return new Set();
  const seen = new Set(routes.map(({ prefix }) => prefix.address.family));
  if (spec.routesOf === undefined && seen.size === 0) return new Set([4, 6]);
  for (const family of spec.routesOf ?? []) seen.add(family === 'ipv4' ? 4 : 6);
  return seen;
}

/** Families of which nothing but default routes is listed, not even the networks of the interfaces that `ip route` prints. */
function excerptOf(interfaces: readonly Interface[], routes: readonly Route[]): ReadonlySet<4 | 6> {
  const found = new Set<4 | 6>();
  for (const family of [4, 6] as const) {
    const listed = routes.filter(({ prefix }) => prefix.address.family === family);
    const isNumbered = interfaces.some(({ up, addresses }) =>
      addresses.some((p) => up && p.address.family === family && !p.isHost && !p.address.isLoopback && !p.address.isLinkLocal),
    );
    if (isNumbered && listed.length > 0 && listed.every(({ prefix }) => prefix.length === 0)) found.add(family);
  }
  return found;
}

function interfaceOf(node: string, name: string, i: InterfaceFile): Interface {
  return {
    node,
    name,
    index: i.index ?? null,
    mac: i.mac === undefined ? null : parseMac(i.mac),
    mtu: i.mtu ?? null,
    addresses: (i.addresses ?? []).map(prefixOf),
    kind: i.kind ?? null,
    up: i.up ?? true,
    master: i.master ?? null,
    lower: i.lower ?? null,
    vlan: i.vlan ?? null,
    vlans: i.vlans?.flatMap(portVlans) ?? null,
    table: i.table ?? null,
    tunnel: i.tunnel === undefined ? null : tunnelDevice(i.tunnel),
  };
}

/** `10 pvid untagged`, `30-40`. */
function portVlans(text: string): PortVlan[] {
  const [range, ...flags] = text.toLowerCase().split(/\s+/);
  const [from, to = from] = range.split('-').map(Number);
  if (!(from >= 0 && to <= 4094 && from <= to)) return [];
  return Array.from({ length: to - from + 1 }, (_, k) => ({
    id: from + k,
    pvid: flags.includes('pvid'),
    untagged: flags.includes('untagged'),
  }));
}

function tunnelDevice(file: NonNullable<InterfaceFile['tunnel']>): TunnelDevice {
  return {
    type: file.type,
    id: file.id ?? null,
    local: file.local === undefined ? null : ipOf(file.local),
    remote: file.remote === undefined ? null : ipOf(file.remote),
    port: file.port ?? null,
    over: file.over ?? null,
    external: file.external ?? false,
  };
}

/** Devices that no neighbour on a link of several machines hears: tunnels, loopback, and a pod's end of a veth. */
const APART =
  /^(?:lo\d*|dummy\d+|cilium_\w+|flannel[.\w-]*|vxlan[.\w-]*|geneve[.\w-]*|genev_\w+|gre\w*|tunl\d+|sit\d+|wg[\w-]*|tun\d+|nodelocaldns|kube-ipvs\d+|lxc\w{6,}|cali\w+)$/;

export const onLink = (i: Interface): boolean => i.tunnel === null && !APART.test(i.name);

/** A tunnel of any kind, by how it was made or by the name that programs give it. */
export const isTunnelDevice = (i: Interface | undefined, dev: string): boolean =>
  (i?.tunnel ?? null) !== null ||
  i?.kind === 'wireguard' ||
  /^(?:cilium_(?:vxlan|geneve)|flannel\.\d+|vxlan\.calico|tunl\d+|genev_sys_\d+)$/.test(dev);

export function ipOf(text: string): Ip {
  return Ip.parse(text) as Ip;
}

export function prefixOf(text: string): Prefix {
  return Prefix.parse(text) as Prefix;
}

export function only<T>(values: readonly T[] | null): T | null {
  return values !== null && values.length === 1 ? values[0] : null;
}

function parseRoutes(routes: string | readonly (string | RouteObject)[]): Route[] {
  return joinedRoutes(routes).flatMap(({ entry }) => {
    const parsed = parseRoute(entry);
    return 'route' in parsed && parsed.route !== null ? [parsed.route] : [];
  });
}

/** The node's table with what the kernel adds by itself: own addresses (looked up first) and connected networks. */
export function routingTable(node: Pick<NodeRecord, 'interfaces' | 'routes'>): PrefixTable<Route> {
  const listed = new Set(node.routes.map((route) => route.prefix.key));
  const implied: Route[] = [];
  const vrfs = new Set(node.interfaces.flatMap(({ name: dev, kind }) => (kind === 'vrf' ? [dev] : [])));
  for (const { name: dev, addresses, master } of node.interfaces)
    for (const address of addresses) {
      const hop = { dev, via: null };
      const common = {
        dev,
        via: null,
        metric: 0,
        onlink: false,
        nexthops: [hop],
        implied: true,
        table: 'main',
        src: null,
        mtu: null,
      };
      implied.push({ ...common, prefix: Prefix.host(address.address), kind: 'local', metric: -1 });
      // Networks of a VRF's interfaces are in its own table.
      if (!address.isHost && !listed.has(address.key) && (master === null || !vrfs.has(master)))
        implied.push({ ...common, prefix: address, kind: 'connected' });
    }
  const routes = [...node.routes, ...implied].sort((x, y) => x.metric - y.metric);
  return new PrefixTable(routes.map((route) => [route.prefix, route] as const));
}
