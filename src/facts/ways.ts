// Where a node spreads packets of one host to another over several ways at the same time (ECMP, RFC 2992), and one of them loses them.
import type { Mark } from '../flows/mark.js';
import type { Ip } from '../topology/ip.js';
import type { NextHop, Route } from '../topology/routes.js';
import { type Crossing, exitPort, lastExit } from './crossings.js';
import type { Facts } from './facts.js';
import { lazy } from './lazy.js';

/** One way out of the node: an interface, and the next hop's MAC where the link says it. */
export interface Leg {
  readonly port: number;
  /** 48 bits, -1 where the link does not say. */
  readonly mac: number;
  /** Of the node's route, where the topology knows it. */
  readonly hop: NextHop | null;
  /** Conversations (uids) that took it, and the first frames of some. */
  readonly about: Set<number>;
  readonly firsts: Mark[];
  packets: number;
  answered: number;
  lost: number;
  firstNs: number;
  lastNs: number;
}

/** Ways from one node, for packets from one host to another. */
export interface Spread {
  readonly source: number;
  readonly from: Ip;
  readonly to: Ip;
  readonly route: Route | null;
  readonly dead: Leg;
  /** Those that were used at the same time and are answered. */
  readonly good: readonly Leg[];
}

/** Fewer may be lost on a good way; and on one hardly any are: so many times as many are answered. */
const LEAST = 3;
const MOST = 10;
const MAX_MARKS = 3;

export class Ways {
  constructor(private readonly facts: Facts) {}

  /** Where one of several ways is dead. */
  readonly spreads = lazy((): readonly Spread[] => {
    const { facts } = this;
    // What is answered is gathered only where something is lost between the same two.
    const pairs = new Set<string>();
    for (const { lost, from, to } of facts.ailingDirections()) if (lost > 0 && !to.isMulticast) pairs.add(`${from} ${to}`);
    const legs = new Map<string, { readonly x: Crossing; readonly from: Ip; readonly to: Ip; readonly all: Map<string, Leg> }>();
    if (pairs.size > 0)
      for (const direction of facts.directions()) {
        const { from, to, conversation } = direction;
        if (direction.packets === 0 || !pairs.has(`${from} ${to}`)) continue;
        for (const x of facts.crossings.of(direction)) {
          if (x.edge >= 0) continue;
          const key = `${x.source} ${from} ${to}`;
          let found = legs.get(key);
          if (found === undefined) {
            found = { x, from, to, all: new Map() };
            legs.set(key, found);
          }
          this.count(found.all, x, to, conversation.uid);
        }
      }
    return [...legs.values()].flatMap(({ x, from, to, all }) => this.spread(x.source, from, to, [...all.values()]));
  });

  /** The node sends to this destination by this port as one of several ways. */
  isLeg(source: number, to: Ip, port: number): boolean {
    return this.spreads().some((one) => one.source === source && one.dead.port === port && one.to.equals(to));
  }

  private count(all: Map<string, Leg>, x: Crossing, to: Ip, uid: number): void {
    const h = lastExit(x);
    const { destinationMac: mac, timeNs } = x.use.hops[h];
    const port = exitPort(x);
    let leg = all.get(`${port} ${mac}`);
    if (leg === undefined) {
      const hop = this.hop(x.source, to, port);
      leg = { port, mac, hop, about: new Set(), firsts: [], packets: 0, answered: 0, lost: 0, firstNs: timeNs, lastNs: timeNs };
      all.set(`${port} ${mac}`, leg);
    }
    leg.packets += x.use.count;
    leg.answered += x.use.answered;
    leg.lost += x.use.lost;
    leg.firstNs = Math.min(leg.firstNs, timeNs);
    leg.lastNs = Math.max(leg.lastNs, x.use.lastNs);
    leg.about.add(uid);
    if (leg.firsts.length < MAX_MARKS) leg.firsts.push(this.facts.paths.mark(x.use, h));
  }

  private spread(source: number, from: Ip, to: Ip, legs: readonly Leg[]): Spread[] {
    const dead = legs.filter(({ lost, answered }) => lost >= LEAST && answered === 0);
    if (dead.length !== 1) return [];
    const [one] = dead;
    // A route that was away for a while is another matter.
    const good = legs.filter(
      ({ lost, answered, firstNs, lastNs }) => answered > lost * MOST && firstNs < one.lastNs && lastNs > one.firstNs,
    );
    if (new Set(good.flatMap(({ about }) => [...about])).size < 2) return [];
    const route = this.route(source, to);
    // The node's only route leads by another way: then it is no leg, and the wrong exit.
    if (route !== null && (one.hop === null || route.nexthops.length < 2)) return [];
    return [{ source, from, to, route, dead: one, good }];
  }

  private route(source: number, to: Ip): Route | null {
    const node = this.facts.node(source);
    return node === null ? null : (this.facts.topology?.route(node, to) ?? null);
  }

  private hop(source: number, to: Ip, port: number): NextHop | null {
    const node = this.facts.node(source);
    if (node === null) return null;
    const name = this.facts.interfaces.name(port);
    const hops = this.route(source, to)?.nexthops ?? [];
    return hops.find(({ dev }) => dev !== null && this.facts.interfaces.sameLink(node, dev, name)) ?? null;
  }
}
