// The content of a topology file as plain data, for programs that make or change one. schema/topology.schema.json says the same of files.

/** The content of a topology file. */
export interface LabTopology {
  nodes?: Record<string, LabNode>;
  /** By address. */
  pods?: Record<string, LabPod>;
  tunnel?: {
    type: 'vxlan' | 'geneve';
    /** UDP destination port. */
    port?: number;
    /** `identity` (Cilium: the sender's), or a number of 24 bits. */
    vni?: 'identity' | number;
    device?: string;
    /** Bytes of the inner IP packet. */
    mtu?: number;
  };
  /** Names of security identities, by their numbers. */
  identities?: Record<string, string>;
  /** Who answers for an address; addresses of services. */
  addresses?: Record<string, LabAddress>;
  masquerade?: {
    /** Networks whose sources are translated. */
    inside: string[];
    /** Destinations that see the untranslated source; without it, what is inside. */
    except?: string[];
  };
}

/** A machine of the lab. What is left out is not known, and is not judged. */
export interface LabNode {
  interfaces?: Record<string, LabInterface>;
  /** Addresses of the node whose interface is not known. */
  addresses?: string[];
  /** Lines as `ip route` prints them, or objects as `ip -j route` prints them. */
  routes?: string | (string | LabRoute)[];
  /** Families whose main table is listed whole. */
  routesOf?: ('ipv4' | 'ipv6')[];
  /** Lines as `ip rule` prints them; those of IPv6 begin with `inet6 `. */
  rules?: string[];
  podCIDRs?: string[];
  /** Entries that somebody wrote, as `ip neigh` prints them. */
  neighbours?: string[];
  /** Lines as `bridge fdb` prints them. */
  fdb?: string[];
  sysctls?: Record<string, string | number>;
  /** Rules that drop, reject or translate, as text. */
  firewall?: string[];
}

/** A network device of a node. */
export interface LabInterface {
  /** Number in the node's `ip link`. */
  index?: number;
  mac?: string;
  /** Bytes. */
  mtu?: number;
  /** ADDRESS/LENGTH each. */
  addresses?: string[];
  /** As `ip -d link` calls it. */
  kind?: string;
  up?: boolean;
  /** The bridge, bond or VRF that it belongs to. */
  master?: string;
  /** The device below: a VLAN's trunk; of a veth, its other end. */
  lower?: string;
  vlan?: number;
  /** VLANs of a bridge's port, as `bridge vlan` prints them. */
  vlans?: string[];
  vlanFiltering?: boolean;
  /** Routing table of a VRF. */
  table?: string;
  tunnel?: {
    type: string;
    id?: number;
    local?: string;
    remote?: string;
    port?: number;
    over?: string;
    external?: boolean;
  };
}

/** A route as `ip -j route` prints it. */
export interface LabRoute {
  dst: string;
  type?: string;
  gateway?: string;
  dev?: string;
  metric?: number;
  table?: string | number;
  [more: string]: unknown;
}

/** A pod, or anything else that has an address behind a node. */
export interface LabPod {
  /** NAMESPACE/NAME. */
  name?: string;
  node?: string;
  /** Security identity (Cilium). */
  identity?: number;
  /** Its device on the node. */
  interface?: string;
}

/** Who has an address that is no interface's own: a virtual address, a service. */
export interface LabAddress {
  /** The node that answers for it, or several. */
  owner?: string | string[];
  /** NAMESPACE/NAME; several may share an address. */
  service?: string | string[];
  /** Which of several services has the port: `80/TCP`. */
  ports?: Record<string, string>;
  /** The MAC that answers for it. */
  mac?: string;
  /** Pod addresses that the service translates to. */
  backends?: string[];
}
