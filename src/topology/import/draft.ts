// Facts gathered from many inputs in any order, each with the input it came from; put together at the end (assemble.ts).
import { parseMac } from '../../bytes/parse.js';
import { macNumber } from '../../bytes/show.js';
import { Ip, Prefix } from '../ip.js';
import { routeKey } from '../routes.js';
import type { TopologyFile } from '../schema.js';
import { POD } from './merge.js';

type Fields<T> = { [K in keyof T]-?: NonNullable<T[K]> };
type NodeFile = NonNullable<TopologyFile['nodes']>[string];
export type InterfaceFile = Fields<NonNullable<NodeFile['interfaces']>[string]>;
type PodFile = Fields<NonNullable<TopologyFile['pods']>[string]>;

/** Something said once, and by whom. */
export interface Said<T> {
  readonly value: T;
  readonly from: string;
}
export type Facts = Map<string, Said<unknown>>;

/** An interface, and who speaks of it. */
export interface Device {
  readonly node: string;
  readonly dev: string;
  readonly from: string;
}

export interface InterfaceDraft {
  readonly facts: Facts;
  readonly tunnel: Facts;
  readonly addresses: Set<string>;
  readonly vlans: Set<string>;
}

interface RoutesSaid {
  readonly lines: readonly string[];
  readonly from: string;
}

export interface NodeDraft {
  readonly interfaces: Map<string, InterfaceDraft>;
  readonly addresses: Set<string>;
  /** By who says so, the surest first: Cilium's own, Kubernetes, the node's routes. */
  readonly podCIDRs: Record<'cilium' | 'kubernetes' | 'routes', Set<string>>;
  /** By family and table: `4 main`. */
  readonly routes: Map<string, RoutesSaid>;
  readonly rules: Map<4 | 6, RoutesSaid>;
  readonly fdb: Set<string>;
  /** Where Cilium sends what is for other nodes' pods: `NETWORK dst ADDRESS`. */
  readonly tunnels: Set<string>;
  readonly sysctls: Facts;
  readonly firewall: Set<string>;
  firewallSeen: boolean;
  readonly labels: Map<string, string>;
  /** A node of the cluster, which an object of it names. */
  inCluster: boolean;
}

export interface AddressDraft {
  /** In the order in which they were named: several may share an address. */
  readonly services: Map<string, string>;
  /** `80/TCP` to the service that has it. */
  readonly ports: Map<string, string>;
  loadBalancer: boolean;
}

export interface Neighbour {
  readonly ip: string;
  readonly mac: string;
  readonly dev: string | null;
  /** Where the table was printed. */
  readonly node: string | null;
  readonly permanent: boolean;
  readonly from: string;
}

export interface TunnelFacts {
  readonly type: string;
  readonly id?: number | undefined;
  readonly remote?: string | undefined;
  readonly local?: string | undefined;
  readonly port?: number | undefined;
  readonly over?: string | undefined;
  readonly external?: boolean | undefined;
}

/** Who may announce addresses on a link, and of which services. */
export interface AnnouncementPolicy {
  readonly nodes: Selector;
  readonly services: Selector;
}
export type Selector = readonly { readonly key: string; readonly operator: string; readonly values: readonly string[] }[] | null;

/** A pod network that inputs give to two nodes. */
export interface SharedPods {
  readonly cidr: string;
  /** The first keeps it. */
  readonly nodes: readonly string[];
}

export class Draft {
  readonly conflicts: string[] = [];
  readonly notes: string[] = [];
  readonly shared: SharedPods[] = [];
  /** Cilium's configuration, key to value. */
  readonly config = new Map<string, string>();
  readonly nodes = new Map<string, NodeDraft>();
  readonly pods = new Map<string, Facts>();
  readonly identities = new Map<number, Said<string>>();
  readonly addresses = new Map<string, AddressDraft>();
  readonly backends = new Map<string, Set<string>>();
  readonly cutBackends = new Set<string>();
  readonly wholeBackends = new Set<string>();
  readonly neighbours: Neighbour[] = [];
  readonly ipcaches: { prefix: Prefix; identity: number; endpoint: string | null; from: string; node: string | null }[] = [];
  /** Cilium's map of tunnels: networks without their length, and where packets for them are sent. */
  readonly tunnelMap: { network: Ip; end: Ip; node: string | null; from: string }[] = [];
  /** The number of a pod's device on its node. */
  readonly podIndexes: { ip: string; node: string; index: number; from: string }[] = [];
  /** Further names of the pod with an address, and who said so: several pods of the host's own network have one, its node's. */
  readonly podNames: { ip: string; name: string; from: string }[] = [];
  /** The pod runs where the agent's pod of this name does. */
  readonly podClaims: { ip: string; node: string; from: string }[] = [];
  readonly podHosts: { ip: string; host: string; from: string }[] = [];
  readonly leases: { name: string; holder: string }[] = [];
  readonly announced: { ip: string; node: string }[] = [];
  readonly policies: AnnouncementPolicy[] = [];
  /** Full name of a pod to its node, pods of the host's network too: an agent's output is its node's. */
  readonly podNodes = new Map<string, string>();
  /** Labels of services, for policies that choose by them. */
  readonly serviceLabels = new Map<string, ReadonlyMap<string, string>>();
  /** Names of nodes that only the names of files tell. */
  readonly guessed = new Set<string>();
  /** Networks whose sources are translated on their way out of the cluster. */
  readonly masqueraded = new Set<string>();

  node(name: string): NodeDraft {
    let node = this.nodes.get(name);
    if (node === undefined) {
      node = {
        interfaces: new Map(),
        addresses: new Set(),
        podCIDRs: { cilium: new Set(), kubernetes: new Set(), routes: new Set() },
        routes: new Map(),
        rules: new Map(),
        fdb: new Set(),
        tunnels: new Set(),
        sysctls: new Map(),
        firewall: new Set(),
        firewallSeen: false,
        labels: new Map(),
        inCluster: false,
      };
      this.nodes.set(name, node);
    }
    return node;
  }

  say(facts: Facts, key: string, value: unknown, from: string, about: string): void {
    if (value === undefined || value === null || value === '') return;
    const known = facts.get(key);
    if (known === undefined) facts.set(key, { value, from });
    else if (known.value !== value)
      this.conflicts.push(`${about}: ${key} is ${known.value} in ${known.from} and ${value} in ${from}; ${known.value} was kept`);
  }

  #interface(node: string, dev: string): InterfaceDraft {
    const draft = this.node(node);
    let known = draft.interfaces.get(dev);
    if (known === undefined) {
      known = { facts: new Map(), tunnel: new Map(), addresses: new Set(), vlans: new Set() };
      draft.interfaces.set(dev, known);
    }
    return known;
  }

  interface(
    node: string,
    name: string,
    facts: Partial<Pick<InterfaceFile, 'index' | 'mac' | 'mtu' | 'addresses'>>,
    from: string,
  ): void {
    const known = this.#interface(node, name);
    const mac = parseMac(facts.mac ?? '');
    const about = `${name} of ${node}`;
    this.say(known.facts, 'index', inRange(facts.index, 1, 0x7fffffff), from, about);
    if (mac !== null && mac !== 0) this.say(known.facts, 'mac', macNumber(mac), from, about);
    this.say(known.facts, 'mtu', inRange(facts.mtu, 68, 0xffffffff), from, about);
    for (const text of facts.addresses ?? []) {
      const prefix = Prefix.parse(text);
      if (prefix !== null && !prefix.address.isLoopback) known.addresses.add(`${prefix.address}/${prefix.length}`);
    }
  }

  /** What kind of device it is and what it belongs to. `lower`: the device below, or the other end of a veth. */
  device(
    { node, dev, from }: Device,
    facts: {
      readonly kind?: string | undefined;
      readonly master?: string | undefined;
      readonly lower?: string | undefined;
      readonly vlan?: number | undefined;
      readonly table?: string | undefined;
      readonly vlanFiltering?: boolean | undefined;
      readonly up?: boolean | undefined;
      readonly peerIndex?: number | undefined;
    },
  ): void {
    const known = this.#interface(node, dev).facts;
    const about = `${dev} of ${node}`;
    // Up or down changes while a log is written: the first is as good as the last.
    for (const [key, value] of Object.entries(facts))
      if (key !== 'up' || !known.has('up'))
        this.say(known, key, key === 'vlan' ? inRange(value as number, 0, 4094) : value, from, about);
  }

  tunnelDevice({ node, dev, from }: Device, { over, ...facts }: TunnelFacts): void {
    const known = this.#interface(node, dev).tunnel;
    const about = `tunnel ${dev} of ${node}`;
    const valid = {
      ...facts,
      id: inRange(facts.id, 0, 0xffffffff),
      port: inRange(facts.port, 1, 65535),
      remote: addressOf(facts.remote),
      local: addressOf(facts.local),
      external: facts.external === true ? true : undefined,
      over,
    };
    for (const [key, value] of Object.entries(valid)) this.say(known, key, value, from, about);
  }

  portVlan(node: string, dev: string, text: string): void {
    this.#interface(node, dev).vlans.add(text);
  }

  /** One whole listing of a table. A second one that differs was printed at another time: the first is kept. */
  routes(node: string, said: { family: 4 | 6; table: string; lines: readonly string[]; from: string }): void {
    const { family, table, lines, from } = said;
    const routes = this.node(node).routes;
    const key = `${family} ${table}`;
    const known = routes.get(key);
    if (known === undefined) {
      routes.set(key, { lines, from });
      return;
    }
    // `ip -d`, `-j` and the plain form write one route differently.
    const [before, now] = [known.lines, lines].map((some) => new Map(some.map((line) => [routeKey(line), line])));
    const missing = (some: Map<string, string>, other: Map<string, string>) =>
      [...some].find(([route]) => !other.has(route))?.[1];
    const differs = missing(before, now) ?? missing(now, before);
    if (differs !== undefined)
      this.conflicts.push(
        `routes of ${node}${table === 'main' ? '' : ` in table ${table}`}: ${known.from} and ${from} differ ('${differs}'); those of ${known.from} were kept`,
      );
  }

  rules(node: string, family: 4 | 6, lines: readonly string[], from: string): void {
    const { rules } = this.node(node);
    const known = rules.get(family);
    if (known === undefined) rules.set(family, { lines, from });
    else if (known.lines.join('\n') !== lines.join('\n'))
      this.conflicts.push(`rules of ${node}: ${known.from} and ${from} differ; those of ${known.from} were kept`);
  }

  fdb(node: string, line: string): void {
    this.node(node).fdb.add(line);
  }

  sysctl(node: string, name: string, value: string, from: string): void {
    if (value !== '' && value.length < 200) this.say(this.node(node).sysctls, name, value, from, `settings of ${node}`);
  }

  /** Its rules were listed, whether or not any of them matters. */
  firewallSeen(node: string): void {
    this.node(node).firewallSeen = true;
  }

  firewall(node: string, rule: string): void {
    const { firewall } = this.node(node);
    if (firewall.size < MAX_RULES) firewall.add(rule.slice(0, 500));
    else if (firewall.size === MAX_RULES)
      this.notes.push(`${node}: more than ${MAX_RULES} rules of its firewall; the rest was left out`);
  }

  nodeAddress(node: string, ip: string): void {
    const parsed = Ip.parse(ip);
    if (parsed !== null) this.node(node).addresses.add(String(parsed));
  }

  /** The node is one of the cluster. */
  cluster(node: string, labels: Readonly<Record<string, string>> = {}): void {
    const draft = this.node(node);
    draft.inCluster = true;
    for (const [key, value] of Object.entries(labels)) draft.labels.set(key, value);
  }

  podCIDR(node: string, text: string, who: 'cilium' | 'kubernetes' | 'routes'): void {
    const prefix = Prefix.parse(text);
    if (prefix !== null && text.includes('/')) this.node(node).podCIDRs[who].add(`${prefix.network}/${prefix.length}`);
  }

  pod(ip: string, facts: Partial<PodFile>, from: string): void {
    const parsed = Ip.parse(ip);
    if (parsed === null) return;
    const key = String(parsed);
    const known = this.pods.get(key) ?? new Map<string, Said<unknown>>();
    this.pods.set(key, known);
    for (const field of ['name', 'node', 'identity', 'interface'] as const) {
      const before = known.get(field);
      // An agent's pod stands for its node, which another input names: that they are two is told when that is known.
      if (field === 'node' && before !== undefined && facts.node?.startsWith(POD) !== String(before.value).startsWith(POD)) {
        if (facts.node === undefined) continue;
        const [agent, node] = facts.node.startsWith(POD)
          ? [facts.node, before]
          : [String(before.value), { value: facts.node, from }];
        this.podClaims.push({ ip: key, node: agent, from });
        known.set(field, node);
      } else if (field === 'name' && before !== undefined && facts.name !== undefined && facts.name !== before.value)
        this.podNames.push({ ip: key, name: facts.name, from });
      else this.say(known, field, facts[field], from, `pod ${key}`);
    }
  }

  podAt(fullName: string, node: string): void {
    this.podNodes.set(fullName, node);
  }

  /** The pod runs on the node that has the address `host`. */
  podHost(ip: string, host: string, from: string): void {
    this.podHosts.push({ ip, host, from });
  }

  /** Several pods share an identity, and inputs name it in more or less detail: the first name stays. */
  identity(id: number, name: string, from: string): void {
    if (id >= 256 && id <= 0xffffffff && !this.identities.has(id)) this.identities.set(id, { value: name, from });
  }

  service(
    ip: string,
    service: string | null,
    from: string,
    {
      loadBalancer = false,
      ports = [],
    }: { readonly loadBalancer?: boolean; readonly ports?: readonly { readonly port: number; readonly protocol: string }[] } = {},
  ): void {
    const parsed = Ip.parse(ip);
    // 0.0.0.0 stands for every address of the node (NodePort).
    if (parsed === null || parsed.isUnspecified) return;
    const key = String(parsed);
    const known = this.addresses.get(key) ?? { services: new Map(), ports: new Map(), loadBalancer: false };
    this.addresses.set(key, known);
    if (service !== null && !known.services.has(service)) known.services.set(service, from);
    if (service !== null)
      for (const { port, protocol } of ports) if (port > 0 && port < 65536) known.ports.set(`${port}/${protocol}`, service);
    known.loadBalancer ||= loadBalancer;
  }

  /** `to`: a service name, or an address of one. */
  backend(to: string, ip: string): void {
    const parsed = Ip.parse(ip);
    if (parsed === null || parsed.isUnspecified) return;
    const service = Ip.parse(to);
    const key = service === null ? to : String(service);
    const known = this.backends.get(key) ?? new Set<string>();
    this.backends.set(key, known);
    known.add(String(parsed));
  }

  /** Only some of its backends were listed, as tables do that would become too wide. */
  backendsCut(service: string): void {
    this.cutBackends.add(service);
  }

  /** The backends of the service were listed, all of them, if only as none. */
  backendsSeen(service: string): void {
    this.wholeBackends.add(service);
    if (!this.backends.has(service)) this.backends.set(service, new Set());
  }

  lease(name: string, holder: string): void {
    this.leases.push({ name, holder });
  }

  /** `node` announces the address now. */
  announces(ip: string, node: string): void {
    const parsed = Ip.parse(ip);
    if (parsed !== null) this.announced.push({ ip: String(parsed), node });
  }

  neighbour(said: Neighbour): void {
    const ip = Ip.parse(said.ip);
    const mac = parseMac(said.mac);
    if (said.permanent && said.node !== null) this.node(said.node);
    if (ip !== null && mac !== null && mac !== 0 && !ip.isMulticast)
      this.neighbours.push({ ...said, ip: String(ip), mac: macNumber(mac) });
  }

  /** `node`: where the cache was read, if known: entries without an endpoint live there. */
  ipcache(text: string, identity: number, endpoint: string | null, node: string | null, from: string): void {
    const prefix = Prefix.parse(text);
    if (prefix !== null) this.ipcaches.push({ prefix, identity, endpoint, node, from });
  }
}

/** More rules of a firewall than are of use to a reader; kube-proxy alone writes some per service. */
const MAX_RULES = 500;

function inRange(value: number | undefined, least: number, most: number): number | undefined {
  return value !== undefined && Number.isInteger(value) && value >= least && value <= most ? value : undefined;
}

function addressOf(text: string | undefined): string | undefined {
  const ip = Ip.parse(text ?? '');
  return ip === null || ip.isUnspecified ? undefined : String(ip);
}
