// Facts gathered from many inputs in any order, each with the input it came from; put together at the end.
import { parseMac } from '../../bytes/parse.js';
import { macNumber } from '../../bytes/show.js';
import { Ip, Prefix } from '../ip.js';
import type { TopologyFile } from '../schema.js';

type Fields<T> = { [K in keyof T]-?: NonNullable<T[K]> };
type NodeFile = NonNullable<TopologyFile['nodes']>[string];
type InterfaceFile = Fields<NonNullable<NodeFile['interfaces']>[string]>;
type PodFile = Fields<NonNullable<TopologyFile['pods']>[string]>;

/** Something said once, and by whom. */
interface Said<T> {
  readonly value: T;
  readonly from: string;
}

interface NodeDraft {
  readonly interfaces: Map<string, Map<string, Said<unknown>>>;
  readonly interfaceAddresses: Map<string, Set<string>>;
  readonly addresses: Set<string>;
  readonly podCIDRs: Set<string>;
  /** Of the Kubernetes node object: Cilium may hand out its own instead. */
  readonly kubernetesCIDRs: Set<string>;
  readonly routes: Set<string>;
  routesKnown: boolean;
}

interface AddressDraft {
  readonly service: Said<string> | null;
  readonly backends: Set<string>;
  readonly loadBalancer: boolean;
}

/** Devices by which Cilium, flannel and Calico tunnel, with their defaults on Linux. */
const TUNNEL_DEVICES: readonly NonNullable<TopologyFile['tunnel']>[] = [
  { type: 'vxlan', port: 8472, vni: 'identity', device: 'cilium_vxlan' },
  { type: 'geneve', port: 6081, vni: 'identity', device: 'cilium_geneve' },
  { type: 'vxlan', port: 8472, vni: 1, device: 'flannel.1' },
  { type: 'vxlan', port: 4789, vni: 4096, device: 'vxlan.calico' },
];

export class Draft {
  readonly conflicts: string[] = [];
  readonly notes: string[] = [];
  /** Cilium's configuration, key to value. */
  readonly config = new Map<string, string>();
  readonly #nodes = new Map<string, NodeDraft>();
  readonly #pods = new Map<string, Map<string, Said<unknown>>>();
  readonly #identities = new Map<number, Said<string>>();
  readonly #addresses = new Map<string, AddressDraft>();
  readonly #backends = new Map<string, Set<string>>();
  readonly #neighbours: { ip: string; mac: string; from: string }[] = [];
  readonly #ipcache: { prefix: Prefix; identity: number; endpoint: string | null; from: string; node: string | null }[] = [];
  readonly #podHosts: { ip: string; host: string; from: string }[] = [];
  readonly #leases: { name: string; holder: string }[] = [];

  #node(name: string): NodeDraft {
    let node = this.#nodes.get(name);
    if (node === undefined) {
      node = {
        interfaces: new Map(),
        interfaceAddresses: new Map(),
        addresses: new Set(),
        podCIDRs: new Set(),
        kubernetesCIDRs: new Set(),
        routes: new Set(),
        routesKnown: false,
      };
      this.#nodes.set(name, node);
    }
    return node;
  }

  #say(facts: Map<string, Said<unknown>>, key: string, value: unknown, from: string, about: string): void {
    if (value === undefined || value === null || value === '') return;
    const known = facts.get(key);
    if (known === undefined) facts.set(key, { value, from });
    else if (known.value !== value)
      this.conflicts.push(`${about}: ${key} is ${known.value} in ${known.from} and ${value} in ${from}; ${known.value} was kept`);
  }

  interface(node: string, name: string, facts: Partial<InterfaceFile>, from: string): void {
    const draft = this.#node(node);
    const known = draft.interfaces.get(name) ?? new Map<string, Said<unknown>>();
    draft.interfaces.set(name, known);
    const mac = parseMac(facts.mac ?? '');
    const about = `${name} of ${node}`;
    this.#say(known, 'index', facts.index, from, about);
    if (mac !== null && mac !== 0) this.#say(known, 'mac', macNumber(mac), from, about);
    this.#say(known, 'mtu', facts.mtu, from, about);
    const addresses = draft.interfaceAddresses.get(name) ?? new Set<string>();
    draft.interfaceAddresses.set(name, addresses);
    for (const text of facts.addresses ?? []) {
      const prefix = Prefix.parse(text);
      if (prefix !== null && !prefix.address.isLoopback) addresses.add(`${prefix.address}/${prefix.length}`);
    }
  }

  routes(node: string, lines: readonly string[]): void {
    const draft = this.#node(node);
    draft.routesKnown = true;
    for (const line of lines) draft.routes.add(line);
  }

  nodeAddress(node: string, ip: string): void {
    const parsed = Ip.parse(ip);
    if (parsed !== null) this.#node(node).addresses.add(String(parsed));
  }

  podCIDR(node: string, text: string, who: 'cilium' | 'kubernetes'): void {
    const prefix = Prefix.parse(text);
    if (prefix === null) return;
    const draft = this.#node(node);
    (who === 'cilium' ? draft.podCIDRs : draft.kubernetesCIDRs).add(`${prefix.network}/${prefix.length}`);
  }

  pod(ip: string, facts: Partial<PodFile>, from: string): void {
    const parsed = Ip.parse(ip);
    if (parsed === null) return;
    const key = String(parsed);
    const known = this.#pods.get(key) ?? new Map<string, Said<unknown>>();
    this.#pods.set(key, known);
    for (const field of ['name', 'node', 'identity'] as const) this.#say(known, field, facts[field], from, `pod ${key}`);
  }

  /** The pod runs on the node that has the address `host`. */
  podHost(ip: string, host: string, from: string): void {
    this.#podHosts.push({ ip, host, from });
  }

  /** Several pods share an identity, and inputs name it in more or less detail: the first name stays. */
  identity(id: number, name: string, from: string): void {
    if (id >= 256 && !this.#identities.has(id)) this.#identities.set(id, { value: name, from });
  }

  service(ip: string, service: string | null, from: string, loadBalancer = false): void {
    const parsed = Ip.parse(ip);
    // 0.0.0.0 stands for every address of the node (NodePort).
    if (parsed === null || (parsed.family === 4 && parsed.d === 0)) return;
    const key = String(parsed);
    const known = this.#addresses.get(key);
    if (known?.service && service !== null && known.service.value !== service)
      this.conflicts.push(
        `address ${key}: service is ${known.service.value} in ${known.service.from} and ${service} in ${from}; ${known.service.value} was kept`,
      );
    this.#addresses.set(key, {
      service: known?.service ?? (service === null ? null : { value: service, from }),
      backends: known?.backends ?? new Set(),
      loadBalancer: loadBalancer || (known?.loadBalancer ?? false),
    });
  }

  /** `to`: a service name, or an address of one. */
  backend(to: string, ip: string): void {
    const parsed = Ip.parse(ip);
    if (parsed === null || (parsed.family === 4 && parsed.d === 0)) return;
    const service = Ip.parse(to);
    const key = service === null ? to : String(service);
    this.#backends.set(key, (this.#backends.get(key) ?? new Set()).add(String(parsed)));
  }

  lease(name: string, holder: string): void {
    this.#leases.push({ name, holder });
  }

  neighbour(ip: string, mac: string, from: string): void {
    const parsed = Ip.parse(ip);
    const number = parseMac(mac);
    if (parsed !== null && number !== null && number !== 0 && !parsed.isMulticast)
      this.#neighbours.push({ ip: String(parsed), mac: macNumber(number), from });
  }

  /** `node`: where the cache was read, if known: entries without an endpoint live there. */
  ipcache(text: string, identity: number, endpoint: string | null, node: string | null, from: string): void {
    const prefix = Prefix.parse(text);
    if (prefix !== null) this.#ipcache.push({ prefix, identity, endpoint, node, from });
  }

  finish(): TopologyFile {
    const homes = this.#homes();
    const nodeWith = (address: string): string | null => {
      const nodes = homes.get(String(Ip.parse(address))) ?? new Set();
      return nodes.size === 1 ? [...nodes][0] : null;
    };
    this.#resolveIpcache(nodeWith);
    for (const { ip, host, from } of this.#podHosts) {
      const node = nodeWith(host);
      if (node !== null) this.pod(ip, { node }, from);
    }
    const file: TopologyFile = {};
    const names = [...this.#nodes.keys()].sort(natural);
    if (names.length > 0) file.nodes = Object.fromEntries(names.map((name) => [name, this.#nodeFile(name)]));
    const pods = [...this.#pods].sort(byAddress);
    if (pods.length > 0) file.pods = Object.fromEntries(pods.map(([ip, facts]) => [ip, valuesOf(facts)]));
    const tunnel = this.config.size > 0 ? this.#tunnel() : this.#tunnelOfDevice();
    if (tunnel !== undefined) file.tunnel = tunnel;
    const identities = [...this.#identities].sort(([x], [y]) => x - y);
    if (identities.length > 0) file.identities = Object.fromEntries(identities.map(([id, { value }]) => [String(id), value]));
    const addresses = this.#addressFile(file);
    if (Object.keys(addresses).length > 0) file.addresses = addresses;
    // A node named only by its pods must exist all the same.
    for (const pod of Object.values(file.pods ?? {})) if (pod.node !== undefined) this.#declare(file, pod.node);
    const masquerade = this.#masquerade(file);
    if (masquerade !== undefined) file.masquerade = masquerade;
    return file;
  }

  #declare(file: TopologyFile, node: string): void {
    file.nodes ??= {};
    file.nodes[node] ??= {};
  }

  #nodeFile(name: string): NodeFile {
    const draft = this.#node(name);
    const node: NodeFile = {};
    const interfaces = [...draft.interfaces].map(([dev, facts]) => {
      const plain = valuesOf(facts) as Partial<InterfaceFile>;
      const addresses = [...(draft.interfaceAddresses.get(dev) ?? [])];
      const ordered = Object.fromEntries((['index', 'mac', 'mtu'] as const).filter((k) => k in plain).map((k) => [k, plain[k]]));
      return [dev, { ...(ordered as Partial<InterfaceFile>), ...(addresses.length > 0 ? { addresses } : {}) }] as const;
    });
    interfaces.sort(([a, x], [b, y]) => (x.index ?? 1e10) - (y.index ?? 1e10) || natural(a, b));
    if (interfaces.length > 0) node.interfaces = Object.fromEntries(interfaces);
    const onInterfaces = new Set(interfaces.flatMap(([, i]) => (i.addresses ?? []).map(hostPart)));
    const elsewhere = [...draft.addresses].filter((ip) => !onInterfaces.has(ip));
    if (elsewhere.length > 0) node.addresses = elsewhere;
    if (draft.routesKnown) node.routes = [...draft.routes];
    const cidrs = draft.podCIDRs.size > 0 ? draft.podCIDRs : draft.kubernetesCIDRs;
    const others = [...draft.kubernetesCIDRs].filter((cidr) => !cidrs.has(cidr));
    if (others.length > 0)
      this.notes.push(
        `${name}: Cilium's pod CIDR ${[...cidrs].join(', ')} was taken, not ${others.join(', ')} of the Kubernetes node`,
      );
    if (cidrs.size > 0) node.podCIDRs = [...cidrs];
    return node;
  }

  /** Addresses of nodes, to the nodes that have them. */
  #homes(): Map<string, Set<string>> {
    const homes = new Map<string, Set<string>>();
    for (const [name, draft] of this.#nodes) {
      const onInterfaces = [...draft.interfaceAddresses.values()].flatMap((set) => [...set].map(hostPart));
      for (const ip of [...draft.addresses, ...onInterfaces]) homes.set(ip, (homes.get(ip) ?? new Set()).add(name));
    }
    return homes;
  }

  #resolveIpcache(nodeWith: (address: string) => string | null): void {
    const strangers = new Set<string>();
    const cidrs = new Map<string, string>();
    for (const { prefix, identity, endpoint, node: here, from } of this.#ipcache) {
      const node = endpoint === null ? here : nodeWith(endpoint);
      if (endpoint !== null && node === null) strangers.add(endpoint);
      if (prefix.isHost) {
        // Below 256 are hosts, health checks and the world, not pods; above 24 bits are local CIDR identities.
        if (identity >= 256 && identity < 1 << 24)
          this.pod(String(prefix.network), { identity, ...(node ? { node } : {}) }, from);
      } else if (!prefix.isDefault && endpoint !== null && node !== null) cidrs.set(prefix.key, node);
      const owner = cidrs.get(prefix.key);
      if (owner !== undefined && !prefix.isHost) this.podCIDR(owner, `${prefix.network}/${prefix.length}`, 'cilium');
    }
    if (strangers.size > 0)
      this.notes.push(
        `tunnel endpoints ${[...strangers].slice(0, 5).join(', ')} belong to no known node; add \`kubectl get ciliumnodes -o json\` or NODE=\`ip -j addr\``,
      );
  }

  #addressFile(file: TopologyFile): NonNullable<TopologyFile['addresses']> {
    const addresses: NonNullable<TopologyFile['addresses']> = {};
    const services = [...this.#addresses].sort(byAddress);
    const owners = new Map<string, string>();
    for (const { name, holder } of this.#leases)
      for (const [, { service }] of services)
        if (service !== null && name === `cilium-l2announce-${service.value.replace('/', '-')}`)
          owners.set(service.value, holder);
    for (const [ip, draft] of services) {
      const service = draft.service?.value;
      const backends = new Set([...(this.#backends.get(ip) ?? []), ...(service ? (this.#backends.get(service) ?? []) : [])]);
      const owner = service !== undefined && draft.loadBalancer ? owners.get(service) : undefined;
      if (owner !== undefined) this.#declare(file, owner);
      addresses[ip] = {
        ...(owner ? { owner } : {}),
        ...(service ? { service } : {}),
        ...(backends.size > 0 ? { backends: [...backends].sort((x, y) => byAddress([x], [y])) } : {}),
      };
    }
    this.#placeNeighbours(file, addresses);
    return addresses;
  }

  /** A neighbour's MAC belongs to the interface with its address; else it shows who answers for a service's address. */
  #placeNeighbours(file: TopologyFile, addresses: NonNullable<TopologyFile['addresses']>): void {
    const nodes = Object.entries(file.nodes ?? {});
    const byIp = new Map<string, { node: string; about: string; i: Partial<InterfaceFile> }[]>();
    const byMac = new Map<string, Set<string>>();
    for (const [node, spec] of nodes)
      for (const [dev, i] of Object.entries(spec.interfaces ?? {})) {
        for (const ip of (i.addresses ?? []).map(hostPart))
          byIp.set(ip, [...(byIp.get(ip) ?? []), { node, about: `${dev} of ${node}`, i: i as Partial<InterfaceFile> }]);
        if (i.mac !== undefined) byMac.set(i.mac, (byMac.get(i.mac) ?? new Set()).add(node));
      }
    const holders = new Map(nodes.flatMap(([node, spec]) => (spec.addresses ?? []).map((ip) => [ip, node] as const)));
    const strangers = new Set<string>();
    const saidBy = new Map<string, string>();
    // Interfaces first: their MACs tell who answers for the other addresses.
    const ordered = [...this.#neighbours].sort((x, y) => Number(byIp.has(y.ip)) - Number(byIp.has(x.ip)));
    for (const { ip, mac, from } of ordered) {
      const homes = byIp.get(ip) ?? [];
      if (homes.length === 1) {
        const [{ node, about, i }] = homes;
        if (i.mac === undefined) {
          i.mac = mac;
          byMac.set(mac, (byMac.get(mac) ?? new Set()).add(node));
        }
        // A node answers for any of its addresses on any of its interfaces (RFC 1122 section 3.3.4.2, weak host model).
        if (i.mac !== mac && !byMac.get(mac)?.has(node))
          this.conflicts.push(`${about}: mac is ${i.mac} there and ${mac} in ${from}; ${i.mac} was kept`);
        continue;
      }
      if (homes.length > 1) continue;
      if (file.pods?.[ip] !== undefined) continue;
      const holder = holders.get(ip);
      const known = addresses[ip];
      if (known === undefined && holder === undefined) {
        strangers.add(ip);
        continue;
      }
      if (known?.mac !== undefined && known.mac !== mac) {
        this.conflicts.push(
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
      this.notes.push(
        `${strangers.size} neighbours belong to no known node (${[...strangers].slice(0, 3).join(', ')}); left out`,
      );
  }

  #tunnel(): TopologyFile['tunnel'] {
    const mode = this.config.get('routing-mode') ?? (this.config.get('tunnel') === 'disabled' ? 'native' : undefined);
    const protocol = this.config.get('tunnel-protocol') ?? this.config.get('tunnel');
    if (mode === 'native') return undefined;
    // Cilium's defaults: tunnel routing, VXLAN (Documentation/network/concepts/routing.rst).
    if (mode === undefined && protocol === undefined) return undefined;
    const type = protocol === 'geneve' ? 'geneve' : 'vxlan';
    const port = Number(this.config.get('tunnel-port') ?? 0);
    const mtu = Number(this.config.get('mtu') ?? 0);
    return {
      type,
      port: port > 0 && port < 65536 ? port : type === 'vxlan' ? 8472 : 6081,
      vni: 'identity',
      device: `cilium_${type}`,
      // The configured MTU is the underlay's; an IPv4 underlay takes 50 bytes of it.
      ...(mtu > 576 && mtu < 65536 ? { mtu: mtu - 50 } : {}),
    };
  }

  /** Without Cilium's configuration, the device a CNI makes only when it tunnels. */
  #tunnelOfDevice(): TopologyFile['tunnel'] {
    for (const [name, draft] of this.#nodes)
      for (const tunnel of TUNNEL_DEVICES)
        if (tunnel.device !== undefined && draft.interfaces.has(tunnel.device)) {
          this.notes.push(`the tunnel is the usual one of ${tunnel.device}, which ${name} has; check its port and VNI`);
          return tunnel;
        }
    return undefined;
  }

  #masquerade(file: TopologyFile): TopologyFile['masquerade'] {
    const inside: string[] = [];
    const except: string[] = [];
    for (const v of [4, 6]) {
      if (this.config.get(`enable-ipv${v}-masquerade`) !== 'true') continue;
      const ours = (text: string) => Prefix.parse(text)?.address.family === v;
      const pools = words(this.config.get(`cluster-pool-ipv${v}-cidr`)).filter(ours);
      const cidrs = Object.values(file.nodes ?? {})
        .flatMap((node) => node.podCIDRs ?? [])
        .filter(ours);
      const pods = pools.length > 0 ? pools : cidrs;
      if (pods.length === 0) continue;
      inside.push(...pods);
      except.push(...pods, ...words(this.config.get(`ipv${v}-native-routing-cidr`)).filter(ours));
      // The BPF implementation leaves packets to other cluster nodes alone.
      if (this.config.get('enable-bpf-masquerade') === 'true')
        for (const node of Object.values(file.nodes ?? {}))
          if (node.podCIDRs !== undefined)
            for (const text of [
              ...(node.addresses ?? []),
              ...Object.values(node.interfaces ?? {}).flatMap((i) => i.addresses ?? []),
            ]) {
              const ip = Ip.parse(text.split('/')[0]) as Ip;
              if (ip.family === v && !ip.isLinkLocal && !except.some((p) => Prefix.parse(p)?.contains(ip)))
                except.push(`${ip}/${v === 4 ? 32 : 128}`);
            }
    }
    return inside.length > 0 ? { inside: [...new Set(inside)], except: [...new Set(except)] } : undefined;
  }
}

function valuesOf(facts: ReadonlyMap<string, Said<unknown>>): Record<string, unknown> {
  return Object.fromEntries([...facts].map(([key, { value }]) => [key, value]));
}

/** `192.168.10.200` of `192.168.10.200/24`. */
function hostPart(text: string): string {
  return text.slice(0, text.indexOf('/'));
}

function words(text: string | undefined): string[] {
  return (text ?? '').split(/[\s,]+/).filter((word) => word !== '');
}

function natural(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true });
}

function byAddress([a]: readonly [string, ...unknown[]], [b]: readonly [string, ...unknown[]]): number {
  return (Ip.parse(a) as Ip).compare(Ip.parse(b) as Ip);
}
