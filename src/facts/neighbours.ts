// What ARP and neighbour discovery show: who was asked for, who answered, and whose packets wait for the answer.
import { DIRECTION } from '../capture/frame.js';
import type { Neighbour } from '../flows/neighbours.js';
import type { Ip } from '../topology/ip.js';
import type { Direction } from './conversation.js';
import type { Facts } from './facts.js';
import { lazy } from './lazy.js';
import { guessedNetwork } from './networks.js';

/** Heard of inside a tunnel only. */
const isInside = (n: Neighbour): boolean => n.askedIn.length > 0 || n.answeredIn.length > 0;

const NO_NETWORKS: ReadonlyMap<string, Ip> = new Map();

/** A node asks for the next hop as soon as it has a packet for it. */
const ASKED_AT_ONCE_NS = 5e6;

export class Neighbours {
  constructor(private readonly facts: Facts) {}

  /** On links, and inside tunnels: there only those that are not seen on a tunnel device or a bridge of the same node too. */
  get list(): Iterable<Neighbour> {
    return this.alone();
  }
  private readonly alone = lazy((): readonly Neighbour[] => {
    const all = [...this.facts.tracker.neighbours.list];
    const bare = new Set<string>();
    let inside = 0;
    for (const n of all)
      if (isInside(n)) inside++;
      else bare.add(`${n.source} ${n.target}`);
    return inside === 0 ? all : all.filter((n) => !isInside(n) || !bare.has(`${n.source} ${n.target}`));
  });

  /** Those of one address: an address may be asked for on several links. */
  of(target: Ip): Iterable<Neighbour> {
    return this.facts.tracker.neighbours.of(target);
  }

  /** An answer to this question would pass where the question was seen. */
  answerIsVisible(n: Neighbour): boolean {
    return this.facts.tracker.neighbours.answerIsVisible(n);
  }

  /** The node itself answers ARP or neighbour solicitations by this port. */
  answersOn(port: number): boolean {
    return this.answering().has(port);
  }
  private readonly answering = lazy(() => {
    const ports = new Set<number>();
    for (const n of this.list) for (const { first } of n.claims) if (first.direction === DIRECTION.out) ports.add(first.port);
    return ports;
  });

  /** Networks (guessed) of those who ask or answer for addresses at a port, with one address of each: what is on the link itself. */
  networks(port: number): ReadonlyMap<string, Ip> {
    return this.byPort().get(port) ?? NO_NETWORKS;
  }
  private readonly byPort = lazy(() => {
    const links = new Map<number, Map<string, Ip>>();
    for (const n of this.list) {
      const known = links.get(n.port) ?? new Map<string, Ip>();
      for (const ip of n.claims.length > 0 ? [n.target, ...n.askers] : n.askers) known.set(guessedNetwork(ip), ip);
      links.set(n.port, known);
    }
    return links;
  });

  /**
   * Uids of the conversations that wait for this neighbour since `sinceNs`: it is one end of them, or their next hop, by the
   * node's routes or because the node asked for it as soon as their packets came.
   */
  waitingFor(n: Neighbour, sinceNs = Number.NEGATIVE_INFINITY): number[] {
    const { byHop, stuck } = this.waiting();
    const uids = new Set<number>();
    for (const { lastNs, conversation } of byHop.get(`${n.source} ${n.target}`) ?? [])
      if (lastNs >= sinceNs) uids.add(conversation.uid);
    if (n.askedByUs > 0)
      for (const { timeNs } of n.questions) {
        let at = lowerBound(stuck, ({ firstNs }) => firstNs >= timeNs - ASKED_AT_ONCE_NS);
        for (; at < stuck.length && stuck[at].firstNs <= timeNs; at++)
          if (stuck[at].firstSource === n.source) uids.add(stuck[at].conversation.uid);
      }
    return [...uids];
  }

  /** Directions that do not arrive: by source and destination or next hop; and those that leave no node, by time. */
  private readonly waiting = lazy(() => {
    const { facts } = this;
    const byHop = new Map<string, Direction[]>();
    const stuck: Direction[] = [];
    const add = (key: string, direction: Direction) => {
      const known = byHop.get(key);
      if (known === undefined) byHop.set(key, [direction]);
      else known.push(direction);
    };
    for (const direction of facts.directions()) {
      if (direction.packets === 0 || facts.delivery.of(direction) === true) continue;
      const { to } = direction;
      for (const source of nodesOf(direction)) {
        add(`${source} ${to}`, direction);
        const node = facts.node(source);
        const via = node === null ? null : (facts.topology?.route(node, to)?.via ?? null);
        if (via !== null) add(`${source} ${via}`, direction);
      }
      if (!facts.paths.leaves(direction)) stuck.push(direction);
    }
    stuck.sort((x, y) => x.firstNs - y.firstNs);
    return { byHop, stuck };
  });
}

/** Nodes where packets of this direction were seen. */
function nodesOf(direction: Direction): Set<number> {
  const sources = new Set([direction.firstSource]);
  for (const use of direction.paths) for (const { source } of use.hops) sources.add(source);
  return sources;
}

/** Index of the first value for which `holds` is true; the values before it are those for which it is not. */
function lowerBound<T>(values: readonly T[], holds: (value: T) => boolean): number {
  let low = 0;
  for (let high = values.length; low < high; ) {
    const middle = (low + high) >> 1;
    if (holds(values[middle])) high = middle;
    else low = middle + 1;
  }
  return low;
}
