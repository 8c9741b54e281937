// What a topology says, as it is asked: nodes, interfaces, pods, addresses, the tunnel.
import type { Ip, Prefix } from './ip.js';
import type { Route } from './routes.js';

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
  /** Families whose main table is listed whole: of another a missing route proves nothing. */
  readonly routesOf: ReadonlySet<4 | 6>;
  /** Families of which the list holds default routes only, and no network of an interface as `ip route` does: there may be others. */
  readonly excerptOf: ReadonlySet<4 | 6>;
  /** Other tables by name or number, by family: `4 100`. */
  readonly tables: ReadonlyMap<string, readonly Route[]>;
  /** `ip rule`, in order of priority; null when not known. */
  readonly rules: readonly PolicyRule[] | null;
  /** Settings of the kernel: `net.ipv4.ip_forward`. */
  readonly sysctls: ReadonlyMap<string, string>;
  /** Rules that drop, reject or translate, as text: possible causes, which hopscope does not run. */
  readonly firewall: readonly string[];
  /** False when the topology does not hold its rules: it may then have any. */
  readonly firewallKnown: boolean;
  /** Neighbour entries that were written by hand: they hold on one node, and no answer changes them. */
  readonly neighbours: readonly FixedNeighbour[];
  /** Forwarding table of bridges and of tunnel devices. */
  readonly fdb: readonly FdbEntry[];
  /** Where Cilium sends what is for pods of other nodes. */
  readonly tunnels: readonly TunnelEntry[];
}

/** An entry of Cilium's ipcache or map of tunnels. */
export interface TunnelEntry {
  readonly prefix: Prefix;
  readonly dst: Ip;
}

/** A rule of the policy database (ip-rule(8)). */
export interface PolicyRule {
  readonly family: 4 | 6;
  readonly priority: number;
  /** As `ip rule` prints it. */
  readonly text: string;
  readonly not: boolean;
  /** Null matches all. */
  readonly from: Prefix | null;
  readonly to: Prefix | null;
  readonly iif: string | null;
  readonly oif: string | null;
  readonly mark: { readonly value: number; readonly mask: number } | null;
  /** What is looked up; null for rules that end without (`prohibit`, `blackhole`, `unreachable`) or that are not understood. */
  readonly table: string | null;
  readonly action: 'lookup' | 'prohibit' | 'blackhole' | 'unreachable' | 'l3mdev' | 'unknown';
  /** Routes as short as this are passed over; null for none. */
  readonly suppress: number | null;
}

export interface FixedNeighbour {
  readonly ip: Ip;
  readonly dev: string | null;
  /** 48 bits. */
  readonly mac: number;
}

export interface FdbEntry {
  /** 48 bits. */
  readonly mac: number;
  readonly dev: string;
  /** The tunnel's other end. */
  readonly dst: Ip | null;
  readonly vlan: number | null;
}

export interface Pod {
  readonly ip: Ip;
  readonly name: string | null;
  /** Its own, else the node whose pod CIDR holds the address. */
  readonly node: string | null;
  readonly identity: number | null;
  /** Its device on the node. */
  readonly interface: string | null;
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
  /** False when the topology does not say which they are. */
  readonly backendsKnown: boolean;
}

export interface Owner {
  readonly node: string | null;
  /** `network`: one that only this node is connected to, and that holds the address of no known host. */
  readonly what: 'interface' | 'pod' | 'podCIDR' | 'address' | 'network';
  /** Pod or service name, or the interface's; null where there is none. */
  readonly name: string | null;
  /** What is owned: a host, a pod CIDR, or a connected network. */
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
  /** Source MACs of frames that came in at the capturing host: a machine that has one is another machine. */
  readonly heardFrom?: Iterable<number>;
  /** Ethernet without direction: MAC to the number of unicast frames from or to it. */
  readonly unicast?: ReadonlyMap<number, number>;
}
