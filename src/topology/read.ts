// YAML or JSON text into a Topology. All problems of all files are reported at once, each with its place and what to write.
import { parseMac } from '../bytes/parse.js';
import { macNumber } from '../bytes/show.js';
import { TopologyError } from '../errors.js';
import { Checked, type Kind, type Path, Problems, type SourceText, show, suggest } from './document.js';
import { Ip, Prefix } from './ip.js';
import { Topology } from './model.js';
import { type TopologyFile, topologyShape } from './schema.js';

const TOPOLOGY: Kind<TopologyFile> = { shape: topologyShape, what: 'a topology' };

type Source = Checked<TopologyFile>;

/** Reads and joins topology files; later ones add. Throws one TopologyError with all problems, one line each. */
export const readTopology = (texts: readonly SourceText[]): Topology => new Topology(readTopologyFile(texts));

/** As `readTopology`, as one file: addresses and MACs are written in one way. */
export function readTopologyFile(texts: readonly SourceText[]): TopologyFile {
  const problems = new Problems();
  const sources = texts.map((text) => new Checked(text, TOPOLOGY, problems));
  const joined = join(sources, problems);
  checkReferences(sources, problems);
  if (problems.any) throw new TopologyError(problems.text());
  return joined;
}

/** Adds the files up. What two of them say differently about one thing is a problem that names both places. */
function join(sources: readonly Source[], problems: Problems): TopologyFile {
  const joined: TopologyFile = {};
  const said = new Map<string, Source>();
  // Sets what was not said before; tells when it was said otherwise.
  const put = <T extends object, K extends keyof T & string>(
    into: T,
    key: K,
    value: T[K] | undefined,
    path: Path,
    source: Source,
  ) => {
    if (value === undefined) return;
    const known = into[key];
    const id = JSON.stringify(path);
    if (known === undefined || known === null) {
      into[key] = value;
      said.set(id, source);
    } else if (JSON.stringify(known) !== JSON.stringify(value))
      problems.add(
        source.at(path),
        `${path.map(String).join('.')} is ${JSON.stringify(value)} here and ${JSON.stringify(known)} at ${show((said.get(id) as Source).at(path))}; correct one of them`,
      );
  };
  for (const source of sources) {
    const file = source.file ?? {};
    for (const [name, node] of Object.entries(file.nodes ?? {})) {
      joined.nodes ??= {};
      const into = own(joined.nodes, name) ?? {};
      define(joined.nodes, name, into);
      for (const [dev, i] of Object.entries(node.interfaces ?? {})) {
        into.interfaces ??= {};
        const known = own(into.interfaces, dev) ?? {};
        define(into.interfaces, dev, known);
        const path = ['nodes', name, 'interfaces', dev];
        put(known, 'index', i.index, [...path, 'index'], source);
        put(known, 'mac', i.mac === undefined ? undefined : macNumber(parseMac(i.mac) as number), [...path, 'mac'], source);
        for (const key of ['mtu', 'kind', 'up', 'master', 'lower', 'vlan', 'vlanFiltering', 'table', 'tunnel'] as const)
          put(known, key, i[key], [...path, key], source);
        if (i.vlans !== undefined) known.vlans = union(known.vlans, i.vlans);
        if (i.addresses !== undefined) known.addresses = union(known.addresses, i.addresses);
      }
      if (node.addresses !== undefined) into.addresses = union(into.addresses, node.addresses);
      if (node.podCIDRs !== undefined) into.podCIDRs = union(into.podCIDRs, node.podCIDRs);
      if (node.routes !== undefined) into.routes = [...listOf(into.routes), ...listOf(node.routes)];
      for (const key of ['routesOf', 'rules', 'neighbours', 'fdb', 'tunnels', 'firewall'] as const)
        if (node[key] !== undefined) into[key] = union(into[key], node[key]) as never;
      for (const [setting, value] of Object.entries(node.sysctls ?? {})) {
        into.sysctls ??= {};
        put(into.sysctls, setting, value, ['nodes', name, 'sysctls', setting], source);
      }
    }
    // One address may be written in several ways.
    for (const [text, pod] of Object.entries(file.pods ?? {})) {
      joined.pods ??= {};
      const ip = String(Ip.parse(text));
      const known = own(joined.pods, ip) ?? {};
      define(joined.pods, ip, known);
      for (const key of ['name', 'node', 'identity', 'interface'] as const)
        put(known, key, pod[key], ['pods', text, key], source);
    }
    for (const [text, address] of Object.entries(file.addresses ?? {})) {
      joined.addresses ??= {};
      const ip = String(Ip.parse(text));
      const known = own(joined.addresses, ip) ?? {};
      define(joined.addresses, ip, known);
      for (const key of ['owner', 'service', 'mac'] as const) put(known, key, address[key], ['addresses', text, key], source);
      for (const [port, service] of Object.entries(address.ports ?? {})) {
        known.ports ??= {};
        put(known.ports, port, service, ['addresses', text, 'ports', port], source);
      }
      if (address.backends !== undefined) known.backends = union(known.backends, address.backends);
    }
    for (const [id, name] of Object.entries(file.identities ?? {})) {
      joined.identities ??= {};
      put(joined.identities, id, name, ['identities', id], source);
    }
    if (file.tunnel !== undefined) {
      joined.tunnel ??= {} as NonNullable<TopologyFile['tunnel']>;
      for (const key of ['type', 'port', 'vni', 'device', 'mtu'] as const)
        put(joined.tunnel, key, file.tunnel[key], ['tunnel', key], source);
    }
    if (file.masquerade !== undefined) {
      joined.masquerade = { ...joined.masquerade, inside: union(joined.masquerade?.inside, file.masquerade.inside) };
      if (file.masquerade.except !== undefined)
        joined.masquerade.except = union(joined.masquerade.except, file.masquerade.except);
    }
  }
  return joined;
}

/** Names that must exist, and pod CIDRs that must have one owner; over all files, also those with other problems. */
function checkReferences(sources: readonly Source[], problems: Problems): void {
  const nodes = new Set(sources.flatMap((source) => entries(source.plain, 'nodes').map(([name]) => name)));
  const cidrs = new Map<string, string>();
  for (const source of sources) {
    const mustExist = (node: unknown, path: Path) => {
      if (typeof node === 'string' && !nodes.has(node))
        problems.add(source.at(path), `no node is called '${node}'; ${suggest(node, [...nodes], 'name it under nodes first')}`);
    };
    for (const [ip, pod] of entries(source.plain, 'pods')) mustExist(member(pod, 'node'), ['pods', ip, 'node']);
    for (const [ip, address] of entries(source.plain, 'addresses')) {
      const owner = member(address, 'owner');
      if (Array.isArray(owner)) for (const [i, node] of owner.entries()) mustExist(node, ['addresses', ip, 'owner', i]);
      else mustExist(owner, ['addresses', ip, 'owner']);
    }
    for (const [name, node] of entries(source.plain, 'nodes')) {
      const list = member(node, 'podCIDRs');
      for (const [i, cidr] of (Array.isArray(list) ? list : []).entries()) {
        const key = Prefix.parse(String(cidr))?.key ?? '';
        const other = cidrs.get(key);
        if (other !== undefined && other !== name)
          problems.add(
            source.at(['nodes', name, 'podCIDRs', i]),
            `${cidr} is a pod CIDR of ${name} and of ${other}; it can belong to one node only`,
          );
        if (key !== '') cidrs.set(key, name);
      }
    }
  }
}

function member(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    ? (value as Record<string, unknown>)[key]
    : undefined;
}

function entries(value: unknown, key: string): [string, unknown][] {
  const map = member(value, key);
  return typeof map === 'object' && map !== null ? Object.entries(map) : [];
}

function listOf<T>(routes: string | readonly T[] | undefined): (string | T)[] {
  return routes === undefined ? [] : typeof routes === 'string' ? routes.split('\n') : [...routes];
}

function union(known: readonly string[] | undefined, more: readonly string[]): string[] {
  return [...new Set([...(known ?? []), ...more])];
}

/** Names come from the file, so `__proto__` must be a name like any other. */
function own<T>(map: Record<string, T>, key: string): T | undefined {
  return Object.hasOwn(map, key) ? map[key] : undefined;
}

function define<T>(map: Record<string, T>, key: string, value: T): void {
  Object.defineProperty(map, key, { value, enumerable: true, writable: true, configurable: true });
}
