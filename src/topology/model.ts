// What is known of the lab, built once and then asked: per conversation, so a question allocates nothing it can keep.

import type { Command } from '../bytes/command.js';
import { push } from '../bytes/groups.js';
import { parseMac } from '../bytes/parse.js';
import { type Decision, decide, type PacketFacts } from './decision.js';
import { type Ip, Prefix } from './ip.js';
import { Points } from './point.js';
import { PrefixTable } from './prefix-table.js';
import { type Attachment, ipOf, type NodeRecord, nodeRecord, onLink, only, prefixOf, routingTable } from './record.js';
import { type Hop, RightRoutes } from './right.js';
import type { Route } from './routes.js';
import type { TopologyFile } from './schema.js';
import type { Interface, Node, OwnedAddress, Owner, Pod, PointClues, RightRoute, Tunnel } from './types.js';
import { idleHop, mtuAlong, type PathMtu, type Walk, walk } from './walk.js';

export type { Decision, PacketFacts } from './decision.js';
export type * from './types.js';
export type { PathMtu, Walk, WalkEnd, WalkHop } from './walk.js';

/** Cilium's reserved identities, `pkg/identity/numericidentity.go`. */
const RESERVED: ReadonlyMap<number, string> = new Map(
  'unknown host world unmanaged health init remote-node kube-apiserver ingress world-ipv4 world-ipv6'
    .split(' ')
    .map((name, id) => [id, `reserved:${name}`]),
);

const NOBODY: readonly Owner[] = [];
const NO_INTERFACE: readonly Interface[] = [];
const NO_ADDRESS: readonly Ip[] = [];

export class Topology {
  readonly tunnel: Tunnel | null;
  readonly nodeNames: readonly string[];
  readonly podList: readonly Pod[];
  /** Sources that are translated when they leave, and destinations for which they are not; null when not known. */
  readonly masquerade: { readonly inside: readonly Prefix[]; readonly except: readonly Prefix[] } | null;
  /** LB addresses and ClusterIPs. */
  readonly ownedAddresses: readonly OwnedAddress[];
  readonly #nodes = new Map<string, NodeRecord>();
  readonly #byMac = new Map<number, Interface[]>();
  readonly #networks = new Map<string, Attachment[]>();
  readonly #owners: PrefixTable<Owner>;
  readonly #pods: PrefixTable<Pod>;
  readonly #addresses: PrefixTable<OwnedAddress>;
  readonly #inside: PrefixTable<true>;
  readonly #masqueraded: PrefixTable<true> | null;
  readonly #except: PrefixTable<true>;
  readonly #identities: ReadonlyMap<number, string>;
  readonly #right: RightRoutes;

  /** From a checked file (`readTopology`): every address in it parses. */
  constructor(file: TopologyFile) {
    const runsPods = new Set<string | undefined>(Object.values(file.pods ?? {}).map((pod) => pod.node));
    for (const [name, spec] of Object.entries(file.nodes ?? {})) {
      const record = nodeRecord(name, spec, runsPods.has(name));
      this.#nodes.set(name, record);
      for (const i of record.interfaces) if (i.mac !== null && i.mac !== 0) push(this.#byMac, i.mac, i);
      for (const a of record.attachments) push(this.#networks, a.prefix.key, a);
    }
    this.nodeNames = [...this.#nodes.keys()];

    const podCIDRs = new PrefixTable(
      [...this.#nodes.values()].flatMap((node) => node.podCIDRs.map((prefix) => [prefix, node.name] as const)),
    );
    const pods = Object.entries(file.pods ?? {}).map(([text, spec]): Pod => {
      const ip = ipOf(text);
      const node = spec.node ?? only(podCIDRs.find(ip));
      return { ip, name: spec.name ?? null, node, identity: spec.identity ?? null, interface: spec.interface ?? null };
    });
    const addresses = Object.entries(file.addresses ?? {}).map(
      ([text, spec]): OwnedAddress => ({
        ip: ipOf(text),
        owners: typeof spec.owner === 'string' ? [spec.owner] : (spec.owner ?? []),
        service: spec.service === undefined ? null : [spec.service].flat().join(', '),
        services: spec.service === undefined ? [] : [spec.service].flat(),
        ports: new Map(Object.entries(spec.ports ?? {})),
        mac: spec.mac === undefined ? null : parseMac(spec.mac),
        backends: (spec.backends ?? []).map(ipOf),
        backendsKnown: spec.backends !== undefined,
      }),
    );
    this.podList = pods;
    this.ownedAddresses = addresses;
    this.#pods = new PrefixTable(pods.map((pod) => [Prefix.host(pod.ip), pod]));
    this.#addresses = new PrefixTable(addresses.map((address) => [Prefix.host(address.ip), address]));
    const entries = [...this.#ownerEntries(pods, addresses)];
    const taken = new Set(entries.map(([prefix]) => prefix.key));
    this.#owners = new PrefixTable([...entries, ...this.#networkEntries(taken)]);

    const inside = (file.masquerade?.inside ?? []).map(prefixOf);
    const podNetworks = [...this.#nodes.values()].flatMap((node) => node.podCIDRs);
    const table = (prefixes: readonly Prefix[]) => new PrefixTable(prefixes.map((prefix) => [prefix, true as const]));
    this.#inside = table([...inside, ...podNetworks, ...pods.map((pod) => Prefix.host(pod.ip))]);
    this.#masqueraded = file.masquerade === undefined ? null : table(inside);
    const except = file.masquerade?.except?.map(prefixOf) ?? inside;
    this.#except = table(except);
    this.masquerade = file.masquerade === undefined ? null : { inside, except };

    this.#identities = new Map(Object.entries(file.identities ?? {}).map(([id, name]) => [Number(id), name]));
    const t = file.tunnel;
    this.tunnel = t
      ? {
          type: t.type,
          // Linux and Cilium kept 8472 for VXLAN; a fixed VNI rather means IANA's port.
          port: t.port ?? (t.type === 'geneve' ? 6081 : typeof t.vni === 'number' ? 4789 : 8472),
          vni: t.vni ?? null,
          device: t.device ?? null,
          mtu: t.mtu ?? null,
        }
      : null;
    this.#right = new RightRoutes({
      nodes: this.#nodes,
      byMac: this.#byMac,
      networks: this.#networks,
      owners: this.#owners,
      tunnel: this.tunnel,
    });
  }

  *#ownerEntries(pods: readonly Pod[], addresses: readonly OwnedAddress[]): Iterable<readonly [Prefix, Owner]> {
    for (const node of this.#nodes.values()) {
      const own = new Set<string>();
      for (const i of node.interfaces)
        for (const { address } of i.addresses) {
          const prefix = Prefix.host(address);
          if (address.isLoopback || own.has(prefix.key)) continue;
          own.add(prefix.key);
          yield [prefix, { node: node.name, what: 'interface', name: i.name, prefix }];
        }
      for (const ip of node.addresses) {
        const prefix = Prefix.host(ip);
        if (own.has(prefix.key)) continue;
        own.add(prefix.key);
        yield [prefix, { node: node.name, what: 'interface', name: null, prefix }];
      }
      for (const prefix of node.podCIDRs) yield [prefix, { node: node.name, what: 'podCIDR', name: null, prefix }];
    }
    for (const pod of pods) {
      const prefix = Prefix.host(pod.ip);
      yield [prefix, { node: pod.node, what: 'pod', name: pod.name, prefix }];
    }
    for (const { ip, owners, service } of addresses) {
      const prefix = Prefix.host(ip);
      for (const node of owners.length > 0 ? owners : [null]) yield [prefix, { node, what: 'address', name: service, prefix }];
    }
  }

  /** Networks that one node alone is connected to: they belong to it, as a pod CIDR does. */
  *#networkEntries(taken: ReadonlySet<string>): Iterable<readonly [Prefix, Owner]> {
    for (const [key, attached] of this.#networks) {
      const [{ node, dev, prefix }] = attached;
      if (taken.has(key) || attached.some((a) => a.node !== node)) continue;
      const network = new Prefix(prefix.network, prefix.length);
      yield [network, { node, what: 'network', name: dev, prefix: network }];
    }
  }

  node(name: string): Node | null {
    return this.#nodes.get(name) ?? null;
  }

  interfaceByIndex(node: string, index: number): Interface | null {
    return this.#nodes.get(node)?.byIndex.get(index) ?? null;
  }

  interfaceByName(node: string, name: string): Interface | null {
    return this.#nodes.get(node)?.byName.get(name) ?? null;
  }

  /** All interfaces with this MAC (48 bits). Several where the topology has it on several machines: then it names none of them. */
  interfacesByMac(mac: number): readonly Interface[] {
    return this.#byMac.get(mac) ?? NO_INTERFACE;
  }

  /** The one node that has this MAC, or null when it is unknown or sits on several nodes. */
  nodeByMac(mac: number): string | null {
    const found = this.interfacesByMac(mac);
    for (const i of found) if (i.node !== found[0].node) return null;
    return found.length > 0 ? found[0].node : null;
  }

  /**
   * MACs with which the node may answer ARP or a solicitation: those of its devices on a link of several machines, not of
   * tunnel devices, of a pod's veth or of the loopback; with `ip` also the device that has the address, whatever it is: inside a tunnel
   * its device answers. Null when the MAC of any such device is unknown: then any may be right.
   */
  answeringMacs(node: string, ip: Ip | null = null): readonly number[] | null {
    const near = (this.#nodes.get(node)?.interfaces ?? []).filter(onLink);
    const holds = ip === null ? [] : near.filter((i) => i.addresses.some(({ address }) => address.equals(ip)));
    const apart =
      ip === null || holds.length > 0
        ? []
        : (this.#nodes.get(node)?.interfaces ?? []).filter((i) => i.addresses.some(({ address }) => address.equals(ip)));
    const told = holds.length > 0 ? holds : [...apart, ...near.filter((i) => i.addresses.length > 0)];
    if (near.length + apart.length === 0 || told.some((i) => i.mac === null)) return null;
    const macs = [...near, ...apart].flatMap((i) => i.mac ?? []);
    return macs.length > 0 ? macs : null;
  }

  /** What the node's main routing table does with `dst`; null when no route matches (see `Node.routesOf`). */
  route(node: string, dst: Ip): Route | null {
    const record = this.#nodes.get(node);
    if (record === undefined) return null;
    record.table ??= routingTable(record);
    const found = record.table.find(dst);
    // A `throw` route ends this table.
    return found === null || found[0].kind === 'throw' ? null : found[0];
  }

  /** Whether the node's main table is listed whole for the family: only then does a missing route prove anything. */
  routesKnownFor(node: string, family: 4 | 6): boolean {
    return this.#nodes.get(node)?.routesOf.has(family) ?? false;
  }

  /**
   * What the node does with a packet to `dst`, by its rules and all tables that are known, and which rules may decide otherwise.
   * Of a node that the topology does not have nothing is certain.
   */
  routeDecision(node: string, dst: Ip, facts: PacketFacts = {}): Decision {
    const record = this.#nodes.get(node);
    if (record === undefined) return { route: null, table: 'main', rule: null, maybe: [], refused: null, certain: false };
    return decide(record, dst, facts);
  }

  /** The path of a packet over all nodes whose routes are known, to the first hop that breaks it (see `Walk`). */
  walk(from: string, dst: Ip, src: Ip | null = null, mark: number | null = null): Walk {
    return walk(this, from, dst, src, mark);
  }

  /** The least MTU on that path. */
  mtuAlong(from: string, dst: Ip, src: Ip | null = null): PathMtu {
    return mtuAlong(this, from, dst, src);
  }

  /** Where a packet to `dst` should go from `node`; null when the topology does not say it for certain. */
  rightRoute(node: string, dst: Ip): RightRoute | null {
    const record = this.#nodes.get(node);
    return record === undefined ? null : this.#right.of(record, dst, this.route(node, dst));
  }

  /**
   * The neighbour that packets to `dst` should be sent to from `node`, with the MACs that it may have (48 bits each; null when
   * not known). Null when that is not certain, when the node has `dst` itself, and when a tunnel carries them.
   */
  rightNextHop(
    node: string,
    dst: Ip,
  ): { readonly dev: string; readonly ip: Ip; readonly node: string | null; readonly macs: readonly number[] | null } | null {
    const right = this.rightRoute(node, dst);
    if (right === null || right.dev === null || right.kind === 'local' || right.kind === 'tunnel') return null;
    const ip = right.via ?? dst;
    const holder = right.via === null && right.kind === 'direct' ? right.owner : this.#onlyNode(ip);
    const pinned = this.#nodes.get(node)?.neighbours.find((n) => n.ip.equals(ip))?.mac;
    const macs = pinned === undefined ? (holder === null ? null : this.answeringMacs(holder, ip)) : [pinned];
    return { dev: right.dev, ip, node: holder, macs };
  }

  /**
   * Next hops of `node` that are addresses of the owner of `dst` itself, on a network that both are connected to; empty when
   * there is none, or when the owner is not certain.
   */
  nearNextHops(node: string, dst: Ip): readonly { readonly dev: string; readonly via: Ip }[] {
    const record = this.#nodes.get(node);
    return record === undefined ? [] : this.#right.near(record, dst);
  }

  /**
   * The other node on link `dev` of `node` whose routes lead to `dst` by the fewest hops, and not by `node` or `past`; null when none is
   * certain to, or two are equally near. Walks from each of them: ask it of what is lost.
   */
  otherHop(node: string, dev: string, dst: Ip, past: string | null): Hop | null {
    const record = this.#nodes.get(node);
    let best: Hop | null = null;
    let least = Number.POSITIVE_INFINITY;
    for (const hop of record === undefined ? [] : this.#right.around(record, dst.family)) {
      if (hop.dev !== dev || hop.router === past || this.forwards(hop.router, dst.family) === false) continue;
      const { end, certain, hops } = this.walk(hop.router, dst);
      if (end !== 'delivered' || !certain || hops.length > least) continue;
      if (idleHop(this, hops, dst.family) !== null || hops.some((one) => one.node === node || one.node === past)) continue;
      best = hops.length === least ? null : hop;
      least = hops.length;
    }
    return best;
  }

  #onlyNode(ip: Ip): string | null {
    const owners = this.ownerOf(ip);
    return owners.length > 0 && owners.every((owner) => owner.node === owners[0].node) ? owners[0].node : null;
  }

  /**
   * The command that makes `node` send `dst` where it should go, for pasting on that node; null when the right route is
   * not certain, is not a matter of a route, or is what the node does already.
   */
  repair(node: string, dst: Ip, vrf: string | null = null): Command | null {
    const record = this.#nodes.get(node);
    return record === undefined ? null : this.#right.repair(record, dst, vrf === null ? this.route(node, dst) : null, vrf);
  }

  /** Nodes that are connected to the longest network that holds `ip`, with the network and the interface; empty when none is. */
  connectedOwner(ip: Ip): readonly Attachment[] {
    let best: Attachment[] = [];
    for (const attached of this.#networks.values()) {
      const [{ prefix }] = attached;
      if (prefix.contains(ip) && (best.length === 0 || prefix.bits > best[0].prefix.bits)) best = attached;
    }
    return best;
  }

  /**
   * Whether a network is one of the node's own, as a pod CIDR is: no route of the node has a gateway in it, and its device is
   * not called as cards and their bonds are.
   */
  isInnerNetwork({ node, what, name, prefix }: Owner): boolean {
    const record = node === null ? undefined : this.#nodes.get(node);
    if (what !== 'network' || record === undefined || name === null || !record.routesOf.has(prefix.address.family)) return false;
    if (/^(?:eth|en[opsx]|bond|wl|wan|uplink|ppp|tun|tap|wg)/.test(name)) return false;
    return !record.routes.some((route) => route.nexthops.some(({ via }) => via !== null && prefix.contains(via)));
  }

  /** Whether the node passes packets on; null when its settings are not known. */
  forwards(node: string, family: 4 | 6): boolean | null {
    const settings = this.#nodes.get(node)?.sysctls;
    const value =
      settings?.get(family === 4 ? 'net.ipv4.ip_forward' : 'net.ipv6.conf.all.forwarding') ??
      settings?.get(`net.ipv${family}.conf.all.forwarding`);
    return value === undefined ? null : value !== '0';
  }

  /**
   * Reverse path filter of an interface: 0 off, 1 strict, 2 loose; null when not known. The greater of the interface's and
   * of `all` holds (Documentation/networking/ip-sysctl.rst, RFC 3704).
   */
  rpFilter(node: string, dev: string): 0 | 1 | 2 | null {
    const settings = this.#nodes.get(node)?.sysctls;
    const all = settings?.get('net.ipv4.conf.all.rp_filter');
    const own = settings?.get(`net.ipv4.conf.${dev.replaceAll('.', '/')}.rp_filter`);
    if (own === undefined || all === undefined)
      return Number(own ?? all) === 1 || Number(own ?? all) === 2 ? (Number(own ?? all) as 1 | 2) : null;
    const most = Math.max(Number(all), Number(own));
    return most === 0 || most === 1 || most === 2 ? most : null;
  }

  /** Who owns `ip`, by the longest prefix known; several when the lab has the address several times. Empty when unknown. */
  ownerOf(ip: Ip): readonly Owner[] {
    return this.#owners.find(ip) ?? NOBODY;
  }

  /** Whether the node answers for `ip` itself: an address of its interfaces, or one it holds for a service. */
  isLocal(node: string, ip: Ip): boolean {
    for (const owner of this.ownerOf(ip))
      if (owner.node === node && (owner.what === 'interface' || owner.what === 'address')) return true;
    return ip.isLoopback;
  }

  /** Whether `ip` is of the pod network: a pod, a pod CIDR, or masquerade's inside. */
  isInside(ip: Ip): boolean {
    return this.#inside.find(ip) !== null;
  }

  /** Whether a packet from `src` to `dst` should leave with a translated source; null when the topology does not say. */
  masqueraded(src: Ip, dst: Ip): boolean | null {
    if (this.#masqueraded === null) return null;
    return this.#masqueraded.find(src) !== null && this.#except.find(dst) === null && !dst.isMulticast && !dst.isLinkLocal;
  }

  /** The pod whose device on the node this is; null when none is known to be, or several. */
  podAt(node: string, dev: string): Pod | null {
    return only(this.podList.filter((pod) => pod.interface === dev && (pod.node === null || pod.node === node)));
  }

  pod(ip: Ip): Pod | null {
    return this.#pods.find(ip)?.[0] ?? null;
  }

  /** The entry of `addresses`: LB addresses and ClusterIPs. */
  address(ip: Ip): OwnedAddress | null {
    return this.#addresses.find(ip)?.[0] ?? null;
  }

  /** With a port and several services on the address: the one that has the port, or null where none has it. */
  serviceName(ip: Ip, port?: number, protocol: 'TCP' | 'UDP' | 'SCTP' = 'TCP'): string | null {
    const known = this.address(ip);
    if (known === null || known.services.length < 2 || port === undefined || known.ports.size === 0)
      return known?.service ?? null;
    return known.ports.get(`${port}/${protocol}`) ?? null;
  }

  /** Whether a service at `service` may be translated to `backend`; null when its backends are not known. */
  isBackend(service: Ip, backend: Ip): boolean | null {
    const known = this.address(service)?.backends ?? NO_ADDRESS;
    return known.length === 0 ? null : known.some((ip) => ip.equals(backend));
  }

  /** A name to show beside `ip`: pod, service, or the node; null when there is none or more than one. */
  nameOf(ip: Ip): string | null {
    let name: string | null = null;
    for (const owner of this.ownerOf(ip)) {
      const own =
        owner.what === 'interface' ? owner.node : owner.what === 'podCIDR' || owner.what === 'network' ? null : owner.name;
      if (own === null || own === name) continue;
      if (name !== null) return null;
      name = own;
    }
    return name;
  }

  /** Name of a security identity in a VNI; null when unknown or when the VNI is no identity. */
  identityName(vni: number): string | null {
    const known = this.#identities.get(vni);
    if (known !== undefined) return known;
    return this.tunnel !== null && typeof this.tunnel.vni !== 'number' ? (RESERVED.get(vni) ?? null) : null;
  }

  /** Security identities of this name: its replicas may have had several. */
  identitiesCalled(name: string): number[] {
    const known = [...this.#identities].filter(([, text]) => text === name).map(([id]) => id);
    if (known.length > 0 || this.tunnel === null || typeof this.tunnel.vni === 'number') return known;
    return [...RESERVED].filter(([, text]) => text === name).map(([id]) => id);
  }

  /** Node addresses that may be the outer destination of a tunnelled packet to `innerDst`; empty when not known. */
  tunnelEndpoints(innerDst: Ip): readonly Ip[] {
    const owners = this.ownerOf(innerDst);
    if (owners.length === 0) return NO_ADDRESS;
    return owners.flatMap(({ node }) => (node === null ? [] : this.#underlay(node)));
  }

  readonly #underlays = new Map<string, readonly Ip[]>();

  /** Addresses of a node that others reach it by: not its pods' side, not link-local, not one that other nodes have too. */
  #underlay(node: string): readonly Ip[] {
    let known = this.#underlays.get(node);
    if (known === undefined) {
      const record = this.#nodes.get(node);
      const all = record ? [...record.addresses, ...record.interfaces.flatMap((i) => i.addresses.map((p) => p.address))] : [];
      known = all.filter((ip) => !ip.isLoopback && !ip.isLinkLocal && !this.isInside(ip) && this.#onlyAt(node, ip));
      this.#underlays.set(node, known);
    }
    return known;
  }

  #onlyAt(node: string, ip: Ip): boolean {
    return this.ownerOf(ip).every((owner) => owner.node === node);
  }

  /**
   * The one node a capture was taken on, or null when none or several fit. MACs the host sent with decide; then interface
   * numbers and names, which several nodes may share; then, on Ethernet, the host that is part of nearly every frame.
   */
  pointFor(clues: PointClues): string | null {
    return new Points({ nodes: this.#nodes, byMac: this.#byMac }).of(clues);
  }
}
