// Bridges in the captured nodes, as their ports show them: frames come in by one port and go out by another, unchanged (IEEE 802.1Q
// section 8.6). Who is behind which port, and what came in for a host behind another port and did not go out there.

import { entry } from '../bytes/groups.js';
import { DIRECTION } from '../capture/frame.js';
import type { Mark } from '../flows/mark.js';
import type { Resolution } from '../flows/resolutions.js';
import type { Path } from '../flows/uses.js';
import type { Ip } from '../topology/ip.js';
import type { Direction } from './conversation.js';
import type { Facts } from './facts.js';
import { lazy } from './lazy.js';
import { INITIAL_TTLS } from './neighbours.js';

/** What was seen going from one port of a bridge to another, either way, in frames. */
export interface Passed {
  arp: number;
  ipv4: number;
  ipv6: number;
  /** The first that went out. */
  readonly first: Mark;
}

/** What came in by one port for a host behind another, and did not go out there. */
export interface Kept {
  readonly source: number;
  readonly from: number;
  readonly to: number;
  readonly src: Ip;
  readonly dst: Ip;
  readonly count: number;
  readonly first: Mark;
  /** What it is a packet of; null for ARP and neighbour discovery. */
  readonly direction: Direction | null;
  readonly resolution: Resolution | null;
}

/** Where frames of an address came in, by the MAC that sent them. */
export interface Resident {
  readonly ip: Ip;
  readonly ports: Set<number>;
  first: Mark;
  lastNs: number;
}

/** A MAC that sends through a bridge of a node, and the addresses that it sends as. */
export interface Residents {
  readonly source: number;
  readonly mac: number;
  readonly addresses: ReadonlyMap<string, Resident>;
}

/** Addresses kept of one MAC: a router behind a port sends as all that are behind it. */
const MAX_ADDRESSES = 16;

export class Bridges {
  constructor(private readonly facts: Facts) {}

  /** Questions and answers of ARP and neighbour discovery, with where they were seen. */
  get resolutions(): Iterable<Resolution> {
    return this.facts.tracker.resolutions.list;
  }

  /** The one port of a node by which frames from this address come in; -1: none, or several. */
  behind(source: number, ip: Ip): number {
    const ports = this.seen().behind.get(`${source} ${ip}`);
    return ports?.size === 1 ? (ports.values().next().value as number) : NONE;
  }

  /** What passes between two ports of a node, either way; null where nothing shows that they are bridged. */
  passed(a: number, b: number): Passed | null {
    return this.seen().passed.get(pairKey(a, b)) ?? null;
  }

  /** Frames pass between two ports of a node, or between each of them and a third one. */
  areBridged(a: number, b: number): boolean {
    if (this.passed(a, b) !== null) return true;
    return this.facts.interfaces.list.some(({ place }) => this.passed(a, place) !== null && this.passed(b, place) !== null);
  }

  /** All that came in by a port of a bridge for a host behind another port, and was not seen going out. */
  readonly kept = lazy((): readonly Kept[] => {
    const { facts } = this;
    const found: Kept[] = [];
    const add = (
      source: number,
      from: number,
      src: Ip,
      dst: Ip,
      rest: Pick<Kept, 'count' | 'first' | 'direction' | 'resolution'>,
    ) => {
      const to = this.behind(source, dst);
      if (to === NONE || to === from || this.passed(from, to) === null || !this.sends(to)) return;
      found.push({ source, from, to, src, dst, ...rest });
    };
    for (const direction of facts.ailingDirections()) {
      if (direction.lost === 0 || direction.to.isMulticast) continue;
      for (const use of direction.paths) {
        if (use.lost === 0 || use.answered > 0) continue;
        for (const source of sourcesOf(use.path)) {
          const entry = bridgedEntry(use.path, source);
          if (
            entry === NONE ||
            use.path.hops.some((hop, h) => h > entry && hop.source === source && hop.direction === DIRECTION.out)
          )
            continue;
          add(source, use.path.hops[entry].port, direction.from, direction.to, {
            count: use.lost,
            first: facts.paths.mark(use, entry),
            direction,
            resolution: null,
          });
        }
      }
    }
    for (const one of this.resolutions) {
      const entry = enters(one);
      if (entry === null || one.places.some(({ direction }) => direction === DIRECTION.out)) continue;
      if (!one.isAnswer && (entry.count < 2 || this.isAnswered(one))) continue;
      const { from: src, to: dst } = one;
      add(one.source, entry.port, src, dst, { count: entry.count, first: entry.first, direction: null, resolution: one });
    }
    return found;
  });

  /** Who sends through the bridges, by MAC: packets of hosts on the link, whose TTL no router has lowered, and what they resolve. */
  readonly residents = lazy((): readonly Residents[] => {
    const found = new Map<string, { source: number; mac: number; addresses: Map<string, Resident> }>();
    const add = (source: number, mac: number, ip: Ip, port: number, first: Mark, lastNs: number) => {
      const key = `${source} ${mac}`;
      let one = found.get(key);
      if (one === undefined) {
        one = { source, mac, addresses: new Map() };
        found.set(key, one);
      }
      const name = String(ip);
      const known = one.addresses.get(name);
      if (known !== undefined) {
        known.ports.add(port);
        if (first.timeNs < known.first.timeNs) known.first = first;
        known.lastNs = Math.max(known.lastNs, lastNs);
      } else if (one.addresses.size < MAX_ADDRESSES) one.addresses.set(name, { ip, ports: new Set([port]), first, lastNs });
    };
    for (const direction of this.watched())
      for (const use of direction.paths)
        for (const source of sourcesOf(use.path)) {
          const entry = bridgedEntry(use.path, source);
          if (entry === NONE || use.path.hops[entry].edge >= 0 || !INITIAL_TTLS.has(use.hops[entry].ttl)) continue;
          // The MAC is that of its first packet: what took another way may have been sent on by a router.
          const mac = direction.paths.length > 1 && use.hops[0].timeNs !== direction.firstNs ? -1 : direction.firstSourceMac;
          if (mac >= 0)
            add(source, mac, direction.from, use.path.hops[entry].port, this.facts.paths.mark(use, entry), use.lastNs);
        }
    for (const one of this.resolutions) {
      const entry = enters(one);
      if (entry !== null) add(one.source, one.mac, one.from, entry.port, entry.first, entry.lastNs);
    }
    return [...found.values()];
  });

  /** All directions; none where no path shows frames to other hosts. */
  private readonly watched = lazy((): readonly Direction[] => {
    const { paths } = this.facts.tracker.journeys;
    return paths.list.some((path) => sourcesOf(path).length > 0) ? this.facts.directions() : [];
  });

  /** An answer to this question was seen, at any node. */
  isAnswered({ from, to }: Resolution): boolean {
    return this.answers().has(`${to} ${from}`);
  }
  private readonly answers = lazy(() => {
    const found = new Set<string>();
    for (const one of this.resolutions) if (one.isAnswer) found.add(`${one.from} ${one.to}`);
    return found;
  });

  /** Frames were seen going out by this port: what it sends is captured. */
  private sends(port: number): boolean {
    return this.facts.interfaces.list.some(({ place, frames }) => place === port && frames[DIRECTION.out] > 0);
  }

  private readonly seen = lazy(() => {
    const behind = new Map<string, Set<number>>();
    const passed = new Map<string, Passed>();
    const lives = (source: number, ip: Ip, port: number) => entry(behind, `${source} ${ip}`, () => new Set<number>()).add(port);
    const passes = (from: number, to: number, what: 'arp' | 'ipv4' | 'ipv6', count: number, first: Mark) => {
      const key = pairKey(from, to);
      let known = passed.get(key);
      if (known === undefined) {
        known = { arp: 0, ipv4: 0, ipv6: 0, first };
        passed.set(key, known);
      }
      known[what] += count;
    };
    for (const direction of this.watched())
      for (const use of direction.paths)
        for (const source of sourcesOf(use.path)) {
          const entry = bridgedEntry(use.path, source);
          if (entry === NONE) continue;
          const { hops } = use.path;
          const { port, edge } = hops[entry];
          if (edge < 0) lives(source, direction.from, port);
          for (let h = entry + 1; h < hops.length; h++) {
            const hop = hops[h];
            // A router would have taken one off the hops to live.
            const isSame = hop.edge === edge && use.hops[h].ttl === use.hops[entry].ttl;
            if (hop.source !== source || hop.direction !== DIRECTION.out || hop.port === port || !isSame) continue;
            passes(port, hop.port, direction.from.family === 4 ? 'ipv4' : 'ipv6', use.count, this.facts.paths.mark(use, h));
          }
        }
    for (const one of this.resolutions) {
      const entry = enters(one);
      if (entry === null) continue;
      lives(one.source, one.from, entry.port);
      for (const place of one.places)
        if (place.direction === DIRECTION.out && place.port !== entry.port && place.first.timeNs >= entry.first.timeNs)
          passes(entry.port, place.port, one.kind === 'arp' ? 'arp' : 'ipv6', place.count, place.first);
    }
    return { behind, passed };
  });
}

const NONE = -1;
const pairKey = (a: number, b: number): string => (a < b ? `${a} ${b}` : `${b} ${a}`);

/**
 * The hop by which a packet came into a node that is to pass on its frame: it was to another host, as the MACs of the node's interfaces
 * tell. -1 when it was the node's own, or for it, or it is not known for whom it was.
 */
function bridgedEntry({ hops }: Path, source: number): number {
  let entry = NONE;
  for (let h = 0; h < hops.length; h++) {
    const hop = hops[h];
    if (hop.source !== source) continue;
    if (entry === NONE) {
      if (hop.direction !== DIRECTION.other) return NONE;
      entry = h;
    } else if (hop.direction === DIRECTION.in) return NONE;
  }
  return entry;
}

/** Nodes where a path shows frames to other hosts. */
function sourcesOf({ hops }: Path): readonly number[] {
  let found: number[] = NO_SOURCES;
  for (const { source, direction } of hops)
    if (direction === DIRECTION.other && !found.includes(source)) {
      if (found === NO_SOURCES) found = [];
      found.push(source);
    }
  return found;
}
const NO_SOURCES: number[] = [];

/** Where the frames of a station first came into the node; null where it is the node's own. */
function enters({ places }: Resolution): Resolution['places'][number] | null {
  const [first] = places;
  return first === undefined || first.direction === DIRECTION.out || first.direction === DIRECTION.unknown ? null : first;
}
