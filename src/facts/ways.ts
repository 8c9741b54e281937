// Where a node spreads packets of one host to another over several ways at the same time (ECMP, RFC 2992), and one of them loses them.

import { entry } from '../bytes/groups.js';
import type { Mark } from '../flows/mark.js';
import type { Ip } from '../topology/ip.js';
import type { NextHop, Route } from '../topology/routes.js';
import type { Direction } from './conversation.js';
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
  /** When the packets of each conversation were seen, first and last. */
  readonly spans: (readonly [firstNs: number, lastNs: number])[];
}

/** Ways from one node, for packets from one host to another. */
export interface Spread {
  readonly source: number;
  /** As the node routes them: of what is in a tunnel, its ends. */
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
    const legs = new Map<string, { readonly x: Crossing; readonly all: Map<string, Leg> }>();
    if (pairs.size > 0)
      for (const direction of facts.directions()) {
        const { from, to } = direction;
        if (direction.packets === 0 || !pairs.has(`${from} ${to}`)) continue;
        for (const x of facts.crossings.of(direction)) {
          // In a tunnel too the two hosts are the same: that one host behind it is dead says nothing of the way.
          const key = `${x.source} ${from} ${to}${x.edge < 0 ? '' : ` ${x.src} ${x.dst}`}`;
          this.count(entry(legs, key, () => ({ x, all: new Map<string, Leg>() })).all, x, direction);
        }
      }
    const spreads = new Map<string, Spread>();
    for (const { x, all } of legs.values()) {
      const spread = this.spread(x, [...all.values()]);
      if (spread === null) continue;
      const key = `${x.source} ${x.src} ${x.dst} ${spread.dead.port} ${spread.dead.mac}`;
      const known = spreads.get(key);
      // Several hosts have packets in one tunnel.
      if (known === undefined) spreads.set(key, spread);
      else
        for (const leg of [known.dead, ...known.good])
          for (const other of [spread.dead, ...spread.good])
            if (other.port === leg.port && other.mac === leg.mac) addTo(leg, other);
    }
    return [...spreads.values()];
  });

  /** The node sends to this destination by this port as one of several ways. */
  isLeg(source: number, to: Ip, port: number): boolean {
    return this.spreads().some((one) => one.source === source && one.dead.port === port && one.to.equals(to));
  }

  private count(all: Map<string, Leg>, x: Crossing, direction: Direction): void {
    const { conversation, isReply, syns } = direction;
    const h = lastExit(x);
    const { destinationMac: mac, timeNs } = x.use.hops[h];
    const port = exitPort(x);
    let leg = all.get(`${port} ${mac}`);
    if (leg === undefined) {
      const hop = this.hop(x.source, x.dst, port);
      leg = { port, mac, hop, about: new Set(), firsts: [], packets: 0, answered: 0, lost: 0, spans: [] };
      all.set(`${port} ${mac}`, leg);
    }
    // A SYN that is sent again may take another leg of the same port: its first frame is the only one of which the MAC is known.
    const isAgain = conversation.isTcp && !isReply && syns > 1 && x.use.lost > 0 && x.use.answered > 0;
    leg.packets += isAgain ? x.use.lost : x.use.count;
    leg.answered += isAgain ? 0 : x.use.answered;
    leg.lost += x.use.lost;
    leg.spans.push([timeNs, x.use.lastNs]);
    leg.about.add(conversation.uid);
    if (leg.firsts.length < MAX_MARKS) leg.firsts.push(this.facts.paths.mark(x.use, h));
  }

  private spread({ source, src, dst }: Crossing, legs: readonly Leg[]): Spread | null {
    const dead = legs.filter(({ lost, answered }) => lost >= LEAST && answered === 0);
    if (dead.length !== 1) return null;
    const [one] = dead;
    // A route that was away for a while is another matter.
    const good = legs.filter((leg) => leg.answered > leg.lost * MOST && startsWithin(leg, one));
    if (new Set(good.flatMap(({ about }) => [...about])).size < 2) return null;
    const route = this.route(source, dst);
    // The node's only route leads by another way: then it is no leg, and the wrong exit.
    if (route !== null && (one.hop === null || route.nexthops.length < 2)) return null;
    return { source, from: src, to: dst, route, dead: one, good };
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

/** While a conversation went on to lose its packets on the one way, another began on this one. */
function startsWithin(leg: Leg, { spans }: Leg): boolean {
  const starts = leg.spans.map(([first]) => first).sort((a, b) => a - b);
  let next = 0;
  for (const [first, last] of [...spans].sort((a, b) => a[0] - b[0])) {
    while (next < starts.length && starts[next] <= first) next++;
    if (next < starts.length && starts[next] < last) return true;
  }
  return false;
}

function addTo(leg: Leg, { about, packets }: Leg): void {
  for (const uid of about) leg.about.add(uid);
  leg.packets += packets;
}
