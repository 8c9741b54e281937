// Who lives where: own addresses of a node, and who is behind which of its interfaces.
import { DIRECTION } from '../capture/frame.js';
import type { Ip } from '../topology/ip.js';
import type { Facts } from './facts.js';
import { lazy } from './lazy.js';
import { guessedNetwork, isPrivate, privateRange } from './networks.js';
import { TextsByNumber } from './texts-by-number.js';

/** Who sends traffic of its own from behind a port. */
export interface Inhabitants {
  hasInternet: boolean;
  /** Private hosts of the link itself. */
  onLink: boolean;
  /** Private ranges of all hosts, and of those beyond the link. */
  readonly ranges: Set<string>;
  readonly beyond: Set<string>;
}

const NO_PORTS: ReadonlyMap<number, number> = new Map();
const NOBODY: ReadonlyMap<number, Inhabitants> = new Map();

export class Ownership {
  constructor(private readonly facts: Facts) {}

  /** Ports by which packets from this address, or from its /24 or /64, came in: where it lives; with how many packets. */
  livesBehind(source: number, ip: Ip): { readonly ports: ReadonlyMap<number, number>; readonly exact: boolean } {
    const ports = this.residents().ports.get(source);
    if (ports === undefined) return { ports: NO_PORTS, exact: false };
    const exact = ports.get(String(ip));
    if (exact !== undefined) return { ports: exact, exact: true };
    return { ports: ports.get(guessedNetwork(ip)) ?? NO_PORTS, exact: false };
  }

  /** Packets from this address were seen, wherever. */
  speaks(ip: Ip): boolean {
    return this.speakers().has(String(ip));
  }
  private readonly speakers = lazy(() => {
    const found = new Set<string>();
    for (const direction of this.facts.exampleDirections()) if (direction.packets > 0) found.add(String(direction.from));
    return found;
  });

  /** An address of the capturing node itself: known by the topology, or it sends what did not come in. */
  isOwn(source: number, ip: Ip): boolean {
    const { topology } = this.facts;
    const node = this.facts.node(source);
    if (node !== null && topology !== null) return topology.isLocal(node, ip);
    return this.residents().locals.has(source, String(ip));
  }

  /** The node that owns this address, where the topology knows just one. */
  nodeAt(ip: Ip): string | null {
    const owners = this.facts.topology?.ownerOf(ip) ?? [];
    return owners.length === 1 ? owners[0].node : null;
  }

  /** Who sends from behind the ports of a node, by port. */
  inhabitants(source: number): ReadonlyMap<number, Inhabitants> {
    return this.behind().get(source) ?? NOBODY;
  }

  private readonly residents = lazy(() => {
    const { facts } = this;
    const { paths, tunnels } = facts;
    /** By node, then by address or network. */
    const residents = new Map<number, Map<string, Map<number, number>>>();
    const locals = new TextsByNumber();
    const add = (here: Map<string, Map<number, number>>, key: string, port: number, count: number) => {
      let ports = here.get(key);
      if (ports === undefined) {
        ports = new Map();
        here.set(key, ports);
      }
      ports.set(port, (ports.get(port) ?? 0) + count);
    };
    const came = (source: number, ip: Ip, port: number, count: number) => {
      let here = residents.get(source);
      if (here === undefined) {
        here = new Map();
        residents.set(source, here);
      }
      add(here, String(ip), port, count);
      add(here, guessedNetwork(ip), port, count);
    };
    for (const sent of facts.exampleDirections())
      for (const use of sent.paths) {
        let node = -1;
        let outside = -1;
        // What is flooded goes out in a tunnel, and is seen bare on the bridge after it.
        let cameIn = false;
        for (const h of paths.travelled(use)) {
          const hop = use.path.hops[h];
          const { source } = hop;
          const direction = paths.directionAt(use, h);
          const edge = hop.edge >= 0 ? tunnels.edge(hop.edge) : null;
          if (source === node) {
            // Put into a tunnel here, or taken out of one: the end of the tunnel is this node.
            if (edge !== null && outside < 0 && direction === DIRECTION.out) locals.add(source, String(edge.src));
            if (edge === null && outside >= 0 && cameIn) locals.add(source, String(tunnels.edge(outside).dst));
            outside = hop.edge;
            cameIn = direction !== DIRECTION.out;
            continue;
          }
          outside = hop.edge;
          cameIn = direction !== DIRECTION.out;
          // Where the packet was first seen at each node.
          const src = edge?.src ?? sent.from;
          if (facts.interfaces.isLoopback(hop.port)) locals.add(source, String(src));
          else if (direction === DIRECTION.in) came(source, src, hop.port, facts.packetsLike(sent, use));
          else if (node < 0 && direction === DIRECTION.out && !use.isTranslated) locals.add(source, String(src));
          node = source;
        }
      }
    for (const n of facts.neighbours.list)
      for (const claim of n.claims)
        if (claim.first.direction === DIRECTION.in) came(n.source, n.target, claim.first.port, claim.count);
        // Who answers for an address, or asks with it, has it.
        else if (claim.first.direction === DIRECTION.out) locals.add(n.source, String(n.target));
    return { ports: residents as ReadonlyMap<number, ReadonlyMap<string, ReadonlyMap<number, number>>>, locals };
  });

  private readonly behind = lazy(() => {
    const { facts } = this;
    const sources = new Map<number, Map<number, Inhabitants>>();
    for (const direction of facts.exampleDirections()) {
      const { from, to } = direction;
      // Link-local chatter (router solicitations, MLD) comes from every link, and says nothing of who lives there.
      if (from.isLinkLocal || to.isLinkLocal || to.isMulticast) continue;
      for (const { use, hop } of facts.paths.entries(direction)) {
        const { source, port, edge } = use.path.hops[hop];
        const host = edge >= 0 ? facts.tunnels.edge(edge).src : from;
        const ports = sources.get(source) ?? new Map<number, Inhabitants>();
        sources.set(source, ports);
        const behind = ports.get(port) ?? { hasInternet: false, onLink: false, ranges: new Set(), beyond: new Set() };
        ports.set(port, behind);
        if (!isPrivate(host)) behind.hasInternet = true;
        else {
          behind.ranges.add(privateRange(host));
          if (facts.neighbours.networks(port).has(guessedNetwork(host))) behind.onLink = true;
          else behind.beyond.add(privateRange(host));
        }
      }
    }
    return sources;
  });
}
