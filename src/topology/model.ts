// What is known of the lab, built once and then asked: per conversation, so a question allocates nothing it can keep.
import { commandLine, deviceWord } from '../bytes/command.js';
import { parseMac } from '../bytes/parse.js';
import { Ip, Prefix } from './ip.js';
import { PrefixTable } from './prefix-table.js';
import { joinedRoutes, parseRoute, type Route, type RouteObject } from './routes.js';
import type { TopologyFile } from './schema.js';

export interface Interface {
  readonly node: string;
  readonly name: string;
  /** Interface number, as SLL2 holds it. */
  readonly index: number | null;
  /** 48 bits. */
  readonly mac: number | null;
  /** Bytes. */
  readonly mtu: number | null;
  /** Address and network each. */
  readonly addresses: readonly Prefix[];
  /** As `ip -d link` calls it: vxlan, vlan, bridge, bond, veth, vrf ...; null when not known. */
  readonly kind: string | null;
  /** False when it is known to be down. */
  readonly up: boolean;
  /** The bridge, bond or VRF that it belongs to. */
  readonly master: string | null;
  /** The device below: a VLAN's trunk; of a veth, its other end. */
  readonly lower: string | null;
  /** VLAN id of a VLAN device. */
  readonly vlan: number | null;
  /** VLANs of a bridge's port; null when not known. */
  readonly vlans: readonly PortVlan[] | null;
  /** Routing table of a VRF. */
  readonly table: string | null;
  readonly tunnel: TunnelDevice | null;
}

/** A VLAN that a bridge's port is in. */
export interface PortVlan {
  readonly id: number;
  /** Frames without a tag that come in belong to it. */
  readonly pvid: boolean;
  /** Its frames leave without a tag. */
  readonly untagged: boolean;
}

/** A device that encapsulates, as it was made. Null is what the topology does not say. */
export interface TunnelDevice {
  readonly type: string;
  /** VNI, or a key. */
  readonly id: number | null;
  readonly local: Ip | null;
  /** The one other end; null too where the forwarding table or a program tells the ends. */
  readonly remote: Ip | null;
  /** UDP destination port. */
  readonly port: number | null;
  readonly over: string | null;
  /** A program sets id and ends for each packet. */
  readonly external: boolean;
}

export interface Node {
  readonly name: string;
  readonly interfaces: readonly Interface[];
  /** Addresses whose interface is not known. */
  readonly addresses: readonly Ip[];
  readonly podCIDRs: readonly Prefix[];
  /** Without the implied ones, as listed. */
  readonly routes: readonly Route[];
  /** False when the topology does not list the node's routes: then a missing route proves nothing. */
  readonly routesKnown: boolean;
}

export interface Pod {
  readonly ip: Ip;
  readonly name: string | null;
  /** Its own, else the node whose pod CIDR holds the address. */
  readonly node: string | null;
  readonly identity: number | null;
}

/** An address that moves or belongs to a service: LB addresses, ClusterIPs. */
export interface OwnedAddress {
  readonly ip: Ip;
  /** Nodes that may answer for it; empty when the topology does not say. */
  readonly owners: readonly string[];
  /** The service's name; the names of all where several share the address. */
  readonly service: string | null;
  readonly services: readonly string[];
  /** `80/TCP` to the one of several services that has the port. */
  readonly ports: ReadonlyMap<string, string>;
  /** 48 bits: the MAC that should answer. */
  readonly mac: number | null;
  readonly backends: readonly Ip[];
}

export interface Owner {
  readonly node: string | null;
  readonly what: 'interface' | 'pod' | 'podCIDR' | 'address';
  /** Pod or service name, or the interface's; null where there is none. */
  readonly name: string | null;
  /** What is owned: a host, or a pod CIDR. */
  readonly prefix: Prefix;
}

export interface Tunnel {
  readonly type: 'vxlan' | 'geneve';
  /** UDP destination port. */
  readonly port: number;
  /** `identity`: the sender's security identity (Cilium). Null: the topology does not say. */
  readonly vni: 'identity' | number | null;
  readonly device: string | null;
  /** Bytes of the inner IP packet. */
  readonly mtu: number | null;
}

/** Where a packet should go from a node, whatever its routing table says. */
export interface RightRoute {
  readonly owner: string;
  /**
   * `local`: the node itself owns it. `direct`: it is a neighbour on `dev`. `via`: behind its owner, a neighbour.
   * `through`: behind `router`, the only node that touches both networks. `tunnel`: encapsulated by this node.
   */
  readonly kind: 'local' | 'direct' | 'via' | 'through' | 'tunnel';
  /** Null for `local`, and for `tunnel` when the device's name is not known. */
  readonly dev: string | null;
  readonly via: Ip | null;
  readonly router: string | null;
  /** What a route would be written for: the pod CIDR, or the address alone. */
  readonly prefix: Prefix;
}

/** What is known of a capture when its point is looked for. */
export interface PointClues {
  /** Interface numbers of its frames (SLL2). */
  readonly indexes?: Iterable<number>;
  /** Interface names (pcapng if_name). */
  readonly names?: Iterable<string>;
  /** Source MACs of frames the capturing host itself sent (direction out). */
  readonly sentBy?: Iterable<number>;
  /** Ethernet without direction: MAC to the number of unicast frames from or to it. */
  readonly unicast?: ReadonlyMap<number, number>;
}

/** Cilium's reserved identities, `pkg/identity/numericidentity.go`. */
const RESERVED: ReadonlyMap<number, string> = new Map(
  'unknown host world unmanaged health init remote-node kube-apiserver ingress world-ipv4 world-ipv6'
    .split(' ')
    .map((name, id) => [id, `reserved:${name}`]),
);

/**
 * On one Ethernet link the capturing host is in every unicast frame; a host it only talks to most of the time is not.
 * Below this share of the first the second is clearly another one; above it, nobody is named.
 */
const CLEARLY_LESS = 0.8;

/** An interface address that can name a shared network. */
interface Attachment {
  readonly node: string;
  readonly dev: string;
  readonly prefix: Prefix;
}

/** A next hop that is certain. */
interface Way {
  readonly dev: string;
  readonly via: Ip;
}

/** A next hop, and the node that has it. */
interface Hop extends Way {
  readonly router: string;
}

interface NodeRecord extends Node {
  readonly byIndex: ReadonlyMap<number, Interface>;
  readonly byName: ReadonlyMap<string, Interface>;
  readonly attachments: readonly Attachment[];
  /** Addresses whose network is not known: it may be any that holds them. */
  readonly loose: readonly Ip[];
  /** Runs pods, so it is an end of the tunnel. */
  readonly inCluster: boolean;
  table: PrefixTable<Route> | null;
  /** By owners and the node's own route: nothing else decides. */
  readonly right: Map<readonly Owner[], Map<Route | null, RightRoute | null>>;
}

const NOBODY: readonly Owner[] = [];
const NO_INTERFACE: readonly Interface[] = [];
const NO_ADDRESS: readonly Ip[] = [];

/** Asked about more owners than this, the cache of right routes starts anew. */
const RIGHT_ROUTES = 100_000;

export class Topology {
  readonly tunnel: Tunnel | null;
  readonly nodeNames: readonly string[];
  readonly podList: readonly Pod[];
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

  /** From a checked file (`readTopology`): every address in it parses. */
  constructor(file: TopologyFile) {
    const runsPods = new Set<string | undefined>(Object.values(file.pods ?? {}).map((pod) => pod.node));
    for (const [name, spec] of Object.entries(file.nodes ?? {})) {
      const interfaces = Object.entries(spec.interfaces ?? {}).map(
        ([dev, i]): Interface => ({
          node: name,
          name: dev,
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
        }),
      );
      const attachments = interfaces.flatMap((i) =>
        i.addresses
          .filter((p) => !p.isHost && !p.address.isLoopback && !p.address.isLinkLocal)
          .map((prefix): Attachment => ({ node: name, dev: i.name, prefix })),
      );
      const podCIDRs = (spec.podCIDRs ?? []).map(prefixOf);
      this.#nodes.set(name, {
        name,
        interfaces,
        addresses: (spec.addresses ?? []).map(ipOf),
        podCIDRs,
        routes: parseRoutes(spec.routes ?? []),
        routesKnown: spec.routes !== undefined,
        byIndex: new Map(interfaces.flatMap((i) => (i.index === null ? [] : [[i.index, i]]))),
        byName: new Map(interfaces.map((i) => [i.name, i])),
        attachments,
        loose: [
          ...(spec.addresses ?? []).map(ipOf),
          ...interfaces.flatMap((i) => i.addresses.flatMap((p) => (p.isHost ? [p.address] : []))),
        ].filter((ip) => !ip.isLoopback && !ip.isLinkLocal),
        inCluster: podCIDRs.length > 0 || runsPods.has(name),
        table: null,
        right: new Map(),
      });
      for (const i of interfaces) if (i.mac !== null && i.mac !== 0) push(this.#byMac, i.mac, i);
      for (const a of attachments) push(this.#networks, a.prefix.key, a);
    }
    this.nodeNames = [...this.#nodes.keys()];

    const podCIDRs = new PrefixTable(
      [...this.#nodes.values()].flatMap((node) => node.podCIDRs.map((prefix) => [prefix, node.name] as const)),
    );
    const pods = Object.entries(file.pods ?? {}).map(([text, spec]): Pod => {
      const ip = ipOf(text);
      return { ip, name: spec.name ?? null, node: spec.node ?? only(podCIDRs.find(ip)), identity: spec.identity ?? null };
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
      }),
    );
    this.podList = pods;
    this.ownedAddresses = addresses;
    this.#pods = new PrefixTable(pods.map((pod) => [Prefix.host(pod.ip), pod]));
    this.#addresses = new PrefixTable(addresses.map((address) => [Prefix.host(address.ip), address]));
    this.#owners = new PrefixTable(this.#ownerEntries(pods, addresses));

    const inside = (file.masquerade?.inside ?? []).map(prefixOf);
    const podNetworks = [...this.#nodes.values()].flatMap((node) => node.podCIDRs);
    const table = (prefixes: readonly Prefix[]) => new PrefixTable(prefixes.map((prefix) => [prefix, true as const]));
    this.#inside = table([...inside, ...podNetworks, ...pods.map((pod) => Prefix.host(pod.ip))]);
    this.#masqueraded = file.masquerade === undefined ? null : table(inside);
    this.#except = table(file.masquerade?.except?.map(prefixOf) ?? inside);

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

  node(name: string): Node | null {
    return this.#nodes.get(name) ?? null;
  }

  interfaceByIndex(node: string, index: number): Interface | null {
    return this.#nodes.get(node)?.byIndex.get(index) ?? null;
  }

  interfaceByName(node: string, name: string): Interface | null {
    return this.#nodes.get(node)?.byName.get(name) ?? null;
  }

  /** All interfaces with this MAC (48 bits). Several when the lab has it on several machines: then it names nobody. */
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
   * tunnel devices, of a pod's veth or of the loopback. Null when the MAC of any such device is unknown: then any may be right.
   */
  answeringMacs(node: string): readonly number[] | null {
    const near = (this.#nodes.get(node)?.interfaces ?? []).filter(onLink);
    if (near.length === 0 || near.some((i) => i.mac === null && i.addresses.length > 0)) return null;
    const macs = near.flatMap((i) => i.mac ?? []);
    return macs.length > 0 ? macs : null;
  }

  /** What the node's own routing table does with `dst`; null when no route matches (see `Node.routesKnown`). */
  route(node: string, dst: Ip): Route | null {
    const record = this.#nodes.get(node);
    if (record === undefined) return null;
    record.table ??= routingTable(record);
    const found = record.table.find(dst);
    // A `throw` route ends this table, and the tables behind it are not known.
    return found === null || found[0].kind === 'throw' ? null : found[0];
  }

  /** Where a packet to `dst` should go from `node`; null when the topology does not say it for certain. */
  rightRoute(node: string, dst: Ip): RightRoute | null {
    const record = this.#nodes.get(node);
    const owners = this.#owners.find(dst);
    if (record === undefined || owners === null || dst.isLinkLocal || dst.isLoopback) return null;
    const actual = this.route(node, dst);
    let known = record.right.get(owners);
    if (known === undefined) {
      if (record.right.size >= RIGHT_ROUTES) record.right.clear();
      known = new Map();
      record.right.set(owners, known);
    }
    let right = known.get(actual);
    if (right === undefined) {
      right = this.#workOutRight(record, owners, dst, actual);
      known.set(actual, right);
    }
    return right;
  }

  #workOutRight(node: NodeRecord, owners: readonly Owner[], dst: Ip, actual: Route | null): RightRoute | null {
    if (owners.some((o) => o.node === node.name))
      return { owner: node.name, kind: 'local', dev: null, via: null, router: null, prefix: owners[0].prefix };
    const owner = owners[0];
    const target = owner.node === null ? undefined : this.#nodes.get(owner.node);
    if (target === undefined || owners.some((o) => o.node !== target.name)) return null;

    const inPods = owner.what === 'pod' || owner.what === 'podCIDR';
    const cidr = inPods ? target.podCIDRs.find((c) => c.contains(dst)) : undefined;
    const base = { owner: target.name, prefix: cidr ?? owner.prefix, router: null };
    if (this.tunnel !== null && inPods && node.inCluster) return { ...base, kind: 'tunnel', dev: this.tunnel.device, via: null };
    if (actual !== null && this.#isOverlay(node, actual)) return { ...base, kind: 'tunnel', dev: actual.dev, via: null };

    // There may be several good ways; the one the node takes is right if it leads there.
    for (const { dev, via } of actual?.nexthops ?? []) {
      if (dev === null || via === null) continue;
      const hop = this.#interfaceOwner(via);
      if (hop === null || !this.#isNear(node, dev, via)) continue;
      if (hop === target.name) return { ...base, kind: 'via', dev, via };
      const router = this.#nodes.get(hop) as NodeRecord;
      if (router !== node && this.#leads(router, target, dst.family, node))
        return { ...base, kind: 'through', dev, via, router: hop };
    }
    if (owner.prefix.isHost && !inPods) {
      const link = node.attachments.find((a) => a.prefix.contains(dst) && this.#named(a));
      if (link !== undefined) return { ...base, kind: 'direct', dev: link.dev, via: null };
    }
    const near = this.#neighbours(node, target, dst.family);
    if (near.some((way) => way.dev !== near[0].dev)) return null;
    return near.length > 0 ? { ...base, kind: 'via', ...near[0] } : this.#through(node, target, dst.family, base);
  }

  /** A route into a tunnel: its device is the tunnel's, or its gateway is in no network of the node. */
  #isOverlay(node: NodeRecord, route: Route): boolean {
    if (route.dev !== null && route.dev === this.tunnel?.device) return true;
    const { via } = route;
    return route.onlink && via !== null && !node.attachments.some((a) => a.prefix.contains(via));
  }

  /** The one node with this address on an interface. */
  #interfaceOwner(ip: Ip): string | null {
    const owners = this.ownerOf(ip);
    return owners.length === 1 && owners[0].what === 'interface' ? owners[0].node : null;
  }

  #isNear(node: NodeRecord, dev: string, via: Ip): boolean {
    return node.attachments.some((a) => a.dev === dev && a.prefix.contains(via) && this.#named(a));
  }

  /** Whether the attachment's own address names it: one that several nodes have (each behind its own NAT) shares no link. */
  #named(a: Attachment): boolean {
    const owners = this.#owners.find(a.prefix.address);
    return owners?.every((o) => o.node === a.node) ?? false;
  }

  /** Ways from `node` to an address of `target` on a network both are attached to. */
  #neighbours(node: NodeRecord, target: NodeRecord, family: 4 | 6): Way[] {
    const ways: Way[] = [];
    for (const mine of node.attachments) {
      if (mine.prefix.address.family !== family || !this.#named(mine)) continue;
      for (const theirs of target.attachments)
        if (theirs.prefix.sameNetwork(mine.prefix) && this.#named(theirs))
          ways.push({ dev: mine.dev, via: theirs.prefix.address });
      for (const ip of target.loose)
        if (mine.prefix.contains(ip) && !ways.some((way) => way.via.equals(ip))) ways.push({ dev: mine.dev, via: ip });
    }
    return ways;
  }

  /** Other nodes with an address on a network of this one. */
  #around(node: NodeRecord, family: 4 | 6): Hop[] {
    const hops: Hop[] = [];
    for (const mine of node.attachments) {
      if (mine.prefix.address.family !== family || !this.#named(mine)) continue;
      for (const hop of this.#networks.get(mine.prefix.key) ?? [])
        if (hop.node !== node.name && this.#named(hop)) hops.push({ dev: mine.dev, via: hop.prefix.address, router: hop.node });
    }
    return hops;
  }

  /** The first hop of the shortest way over other nodes; with two such ways, nothing is certain. */
  #through(
    node: NodeRecord,
    target: NodeRecord,
    family: 4 | 6,
    base: { readonly owner: string; readonly prefix: Prefix },
  ): RightRoute | null {
    const seen = new Set([node.name]);
    // Nodes as many hops away, with the first hops that lead to them.
    let ring = new Map<string, Hop[]>();
    for (const hop of this.#around(node, family)) push(ring, hop.router, hop);
    while (ring.size > 0) {
      const found: Hop[] = [];
      const next = new Map<string, Hop[]>();
      for (const name of ring.keys()) seen.add(name);
      for (const [name, firsts] of ring) {
        const router = this.#nodes.get(name) as NodeRecord;
        if (this.#neighbours(router, target, family).length > 0) found.push(...firsts);
        else
          for (const hop of this.#around(router, family))
            if (!seen.has(hop.router)) for (const first of firsts) push(next, hop.router, first);
      }
      if (found.length > 0) return found.every((hop) => hop === found[0]) ? { ...base, kind: 'through', ...found[0] } : null;
      ring = next;
    }
    return null;
  }

  /** Whether packets can get from `router` to `target` without going back to `from`. */
  #leads(router: NodeRecord, target: NodeRecord, family: 4 | 6, from: NodeRecord): boolean {
    const seen = new Set([from, router]);
    for (const node of seen) {
      if (node === from) continue;
      if (this.#neighbours(node, target, family).length > 0) return true;
      for (const hop of this.#around(node, family)) seen.add(this.#nodes.get(hop.router) as NodeRecord);
    }
    return false;
  }

  /**
   * The command that makes `node` send `dst` where it should go, for pasting on that node; null when the right route is
   * not certain, is not a matter of a route, or is what the node does already.
   */
  repair(node: string, dst: Ip): string | null {
    const right = this.rightRoute(node, dst);
    const record = this.#nodes.get(node);
    if (right === null || right.dev === null || right.kind === 'local' || right.kind === 'tunnel' || record === undefined)
      return null;
    const actual = this.route(node, dst);
    if (actual?.dev === right.dev && (right.via === null ? actual.via === null : actual.via?.equals(right.via))) return null;
    const ip = dst.family === 6 ? 'ip -6 route' : 'ip route';
    const wrong = record.routes.find((route) => route === actual);
    // A more specific route hides what is right: where the rest of the table is right, it only has to go.
    if (wrong !== undefined && wrong.prefix.bits > right.prefix.bits) {
      const rest = routingTable({ ...record, routes: record.routes.filter((route) => route !== wrong) }).find(dst)?.[0];
      if (rest?.dev === right.dev && (right.via === null ? rest.via === null : rest.via?.equals(right.via)))
        return `${ip} del ${wrong.kind === 'blackhole' || wrong.kind === 'unreachable' || wrong.kind === 'prohibit' ? `${wrong.kind} ` : ''}${wrong.prefix}`;
    }
    const prefix = wrong !== undefined && wrong.prefix.bits > right.prefix.bits ? wrong.prefix : right.prefix;
    const exists = !record.routesKnown || record.routes.some((route) => route.prefix.sameNetwork(prefix));
    const via = right.via === null ? [] : ['via', String(right.via)];
    return commandLine([ip, exists ? 'replace' : 'add', String(prefix), ...via, 'dev', deviceWord(right.dev)]);
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
      const own = owner.what === 'interface' ? owner.node : owner.what === 'podCIDR' ? null : owner.name;
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
    const indexes = [...(clues.indexes ?? [])].filter((index) => index > 0);
    const names = [...(clues.names ?? [])];
    const sentBy = [...(clues.sentBy ?? [])].filter((mac) => this.#byMac.has(mac));
    let fits = [...this.#nodes.values()];
    if (sentBy.length > 0) {
      const most = new Map<string, number>();
      for (const mac of sentBy)
        for (const node of new Set(this.interfacesByMac(mac).map((i) => i.node))) most.set(node, (most.get(node) ?? 0) + 1);
      const best = Math.max(...most.values());
      fits = fits.filter((node) => most.get(node.name) === best);
      if (fits.length === 1) return fits[0].name;
    }
    let narrowed = sentBy.length > 0;
    // A node whose numbers are not known fits any number when a MAC speaks for it, and none otherwise.
    if (indexes.length > 0) {
      const spoken = narrowed;
      fits = fits.filter((n) => (n.byIndex.size === 0 ? spoken : indexes.every((index) => n.byIndex.has(index))));
      narrowed = true;
    }
    if (names.length > 0) {
      fits = fits.filter((n) => names.every((name) => n.byName.has(name)));
      narrowed = true;
    }
    if (narrowed && fits.length === 1) return fits[0].name;
    return this.#busiest(clues.unicast ?? new Map(), narrowed ? fits : [...this.#nodes.values()]);
  }

  #busiest(unicast: ReadonlyMap<number, number>, among: readonly NodeRecord[]): string | null {
    const frames = new Map<string, number>();
    for (const [mac, count] of unicast)
      for (const node of new Set(this.interfacesByMac(mac).map((i) => i.node))) frames.set(node, (frames.get(node) ?? 0) + count);
    const ranked = among.map((n) => ({ name: n.name, count: frames.get(n.name) ?? 0 })).sort((x, y) => y.count - x.count);
    if (ranked.length === 0 || ranked[0].count === 0) return null;
    return (ranked[1]?.count ?? 0) < ranked[0].count * CLEARLY_LESS ? ranked[0].name : null;
  }
}

/** Devices that no neighbour on a link of several machines hears: tunnels, loopback, and a pod's end of a veth. */
const APART =
  /^(?:lo\d*|dummy\d+|cilium_\w+|flannel[.\w-]*|vxlan[.\w-]*|geneve[.\w-]*|genev_\w+|gre\w*|tunl\d+|sit\d+|wg[\w-]*|tun\d+|nodelocaldns|kube-ipvs\d+|lxc\w{6,}|cali\w+)$/;

const onLink = (i: Interface): boolean => i.tunnel === null && !APART.test(i.name);

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

function tunnelDevice(
  file: NonNullable<NonNullable<NonNullable<TopologyFile['nodes']>[string]['interfaces']>[string]['tunnel']>,
): TunnelDevice {
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

function ipOf(text: string): Ip {
  return Ip.parse(text) as Ip;
}

function prefixOf(text: string): Prefix {
  return Prefix.parse(text) as Prefix;
}

function only<T>(values: readonly T[] | null): T | null {
  return values !== null && values.length === 1 ? values[0] : null;
}

function push<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const list = map.get(key);
  if (list) list.push(value);
  else map.set(key, [value]);
}

function parseRoutes(routes: string | readonly (string | RouteObject)[]): Route[] {
  return joinedRoutes(routes).flatMap(({ entry }) => {
    const parsed = parseRoute(entry);
    return 'route' in parsed && parsed.route !== null ? [parsed.route] : [];
  });
}

/** The node's table with what the kernel adds by itself: own addresses (looked up first) and connected networks. */
function routingTable(node: Pick<NodeRecord, 'interfaces' | 'routes'>): PrefixTable<Route> {
  const listed = new Set(node.routes.map((route) => route.prefix.key));
  const implied: Route[] = [];
  for (const { name: dev, addresses } of node.interfaces)
    for (const address of addresses) {
      const hop = { dev, via: null };
      const common = { dev, via: null, metric: 0, onlink: false, nexthops: [hop], implied: true };
      implied.push({ ...common, prefix: Prefix.host(address.address), kind: 'local', metric: -1 });
      if (!address.isHost && !listed.has(address.key)) implied.push({ ...common, prefix: address, kind: 'connected' });
    }
  const routes = [...node.routes, ...implied].sort((x, y) => x.metric - y.metric);
  return new PrefixTable(routes.map((route) => [route.prefix, route] as const));
}
