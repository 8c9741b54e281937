// What ARP and neighbour discovery show: who was asked for, who answered, and whose packets wait for the answer.

import { groupedBy, push } from '../bytes/groups.js';
import { DIRECTION } from '../capture/frame.js';
import type { Neighbour, Silence } from '../flows/neighbour.js';
import { ANSWER_WITHIN_NS } from '../flows/neighbours.js';
import type { Ip } from '../topology/ip.js';
import type { Direction } from './conversation.js';
import type { Facts } from './facts.js';
import { lazy } from './lazy.js';
import { guessedNetwork } from './networks.js';

/** Heard of inside a tunnel only. */
const isInside = (n: Neighbour): boolean => n.inside;

/** Linux asks three times before it gives up (neigh/default/mcast_solicit). */
export const RETRIES = 3;

/** Unanswered addresses from which on the asker counts as a scanner. */
const SWEEP = 16;
/** What is asked for so many times as often as the others of a sweep is wanted for itself. */
const WANTED = 3;

/** Those of a sweep that are asked for as often as most of them are. */
function alike(all: readonly Neighbour[]): Neighbour[] {
  const counts = Float64Array.from(all, (n) => n.asked).sort();
  return all.filter((n) => n.asked < WANTED * counts[counts.length >> 1]);
}

/** What hosts set TTL and hop limit to; who forwards takes one away (RFC 1812 section 5.3.1). */
export const INITIAL_TTLS = new Set([1, 32, 64, 128, 255]);

/** The same question seen again within this time is a copy of it. */
const COPY_NS = 1e6;

const NO_NETWORKS: ReadonlyMap<string, Ip> = new Map();

/** A node asks for the next hop as soon as it has a packet for it. */
const ASKED_AT_ONCE_NS = 5e6;
/** And asks again after this (neigh/default/retrans_time_ms of Linux, RFC 4861 RetransTimer), with some slack. */
const RETRY_NS = 1.1e9;

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
    return this.byTarget().get(String(target)) ?? [];
  }
  private readonly byTarget = lazy(() => groupedBy(this.facts.tracker.neighbours.list, ({ target }) => String(target)));

  /** An answer to this question would pass where the question was seen. */
  answerIsVisible(n: Neighbour): boolean {
    return this.facts.tracker.neighbours.answerIsVisible(n);
  }

  /**
   * Questions that stand for themselves: of one that is seen at several ports of a bridge, or under two tags before and after a switch,
   * the first copy; or the one that was answered.
   */
  readonly questioned = lazy((): readonly Neighbour[] => [...new Set(this.copies().values())].map((all) => all[0]));

  /** Ports where the questions for it were seen, all copies of them. */
  private ports(n: Neighbour): readonly number[] {
    return (this.copies().get(n) ?? [n]).map(({ port }) => port);
  }

  /** By neighbour the copies of the same questions, those first that were answered. */
  private readonly copies = lazy((): ReadonlyMap<Neighbour, readonly Neighbour[]> => {
    const byQuestion = new Map<string, Neighbour[][]>();
    const found = new Map<Neighbour, Neighbour[]>();
    for (const n of this.list) {
      if (n.asked === 0 || n.questions.length === 0) continue;
      const key = `${n.source} ${n.target} ${n.askerMacs[0]}`;
      const groups = byQuestion.get(key) ?? [];
      byQuestion.set(key, groups);
      let group = groups.find(([one]) => Math.abs(one.questions[0].timeNs - n.questions[0].timeNs) < COPY_NS);
      if (group === undefined) {
        group = [];
        groups.push(group);
      }
      group.push(n);
      found.set(n, group);
    }
    for (const groups of byQuestion.values())
      for (const group of groups) group.sort((x, y) => Number(y.answers > 0) - Number(x.answers > 0));
    return found;
  });

  /**
   * Stretches of questions that got no answer, as far as that is proven: the answers of this link are seen here, this host itself
   * asked three times, or a resolver asked a third time, which it does not do when it was answered.
   */
  silences(n: Neighbour): readonly Silence[] {
    const all = n.open === null ? n.silences : [...n.silences, n.open];
    return all.filter((silence) => this.isProven(n, silence));
  }

  /** The address was not answered for here, from the first question to the last. */
  private isProven(n: Neighbour, silence: Silence): boolean {
    const { after, byUs, count, end, repeated } = silence;
    // What answered before, or does later, was slow once or twice.
    const least = after || end !== null ? RETRIES : 1;
    const isSeen = this.answerIsVisible(n) || n.claims.some((c) => c.count > c.announced);
    const isProof = byUs >= RETRIES || (count >= least && (after ? isSeen : this.answerIsVisible(n) || repeated > 1));
    if (!isProof || this.isServed(n, silence) || this.isPassed(n, silence) || this.isOnOffer(n, silence)) return false;
    // Its packets come in on this link: it was answered where we do not see it, unless this host itself asks.
    if (after || byUs >= RETRIES || this.heard(n, end?.mark.timeNs ?? this.facts.nowNs) !== 'here') return true;
    // Or one that went on asking while it was there.
    const isAgain = repeated >= RETRIES || (repeated > 1 && this.showsSender(n));
    return isAgain && this.heard(n, silence.last.timeNs) === 'here';
  }

  /** Unicasts of who asked pass where the question was seen: so would what it sends to the address once it knows the MAC. */
  private showsSender(n: Neighbour): boolean {
    const ports = this.ports(n);
    return n.askers.some((ip) =>
      (this.directionsFrom().get(String(ip)) ?? []).some(
        ({ paths, to, isToMany }) =>
          !to.isMulticast && !isToMany && paths.some(({ path }) => path.hops.some((hop) => ports.includes(hop.port))),
      ),
    );
  }

  /**
   * Packets for the address passed where it was asked for and were answered, or went on after the last question: who sends them knows
   * its MAC, and the answer went past here (a unicast on a switched link, or made by a program beneath the capture).
   */
  private isServed(n: Neighbour, silence: Silence): boolean {
    const { marks, last, byUs, repeated } = silence;
    const ports = this.ports(n);
    // Where it lives behind a router, others send to that router: only what the asker sends shows that the asker knows where to.
    const isNear = this.heard(n, silence.end?.mark.timeNs ?? this.facts.nowNs) === 'here';
    const fromNs = marks[0].timeNs;
    const toNs = last.timeNs + ANSWER_WITHIN_NS;
    for (const direction of this.directionsTo().get(String(n.target)) ?? []) {
      // So it is of who went on asking: others may be answered where this one is not.
      const isOthers = !n.askers.some((ip) => ip.equals(direction.from)) && !n.askerMacs.includes(direction.firstSourceMac);
      if ((!isNear || repeated > 1) && byUs === 0 && isOthers) continue;
      const uses = direction.paths.filter((use) => use.hops.length > 0 && use.path.hops.some((hop) => ports.includes(hop.port)));
      if (uses.length === 0) continue;
      const { phases } = direction;
      if (phases.some((phase) => phase.outcome === 'answered' && phase.fromNs <= toNs && phase.toNs >= fromNs)) return true;
      if (phases.length === 0 && direction.answered > 0 && direction.firstNs <= toNs && direction.lastNs >= fromNs) return true;
      if (byUs < RETRIES && direction.lastNs > last.timeNs && direction.lost === 0) return true;
    }
    return false;
  }

  /**
   * A node that asked once, and not again when it was due, sends by this port what it asked for: packets that came in just before, which
   * are answered from beyond the link. It knows the MAC of its next hop, and the answer was not captured.
   */
  private isPassed(n: Neighbour, { marks, last, count, byUs }: Silence): boolean {
    if (count !== 1 || byUs !== 1 || this.facts.nowNs - last.timeNs < RETRY_NS) return false;
    const ports = this.ports(n);
    return (this.forwarded().get(n.source) ?? []).some(
      ({ port, fromNs, direction }) =>
        ports.includes(port) &&
        fromNs <= marks[0].timeNs &&
        fromNs >= marks[0].timeNs - ASKED_AT_ONCE_NS &&
        direction.lastNs > last.timeNs &&
        !direction.to.equals(n.target),
    );
  }

  /** Answered conversations that nodes passed on: when they came in first, and by which port they left. */
  private readonly forwarded = lazy(() => {
    const found = new Map<number, { readonly port: number; readonly fromNs: number; readonly direction: Direction }[]>();
    for (const direction of this.facts.exampleDirections()) {
      if (direction.answered === 0) continue;
      for (const { source, use, exits, entry, origin } of this.facts.crossings.of(direction)) {
        if (entry < 0 && origin === null) continue;
        for (const h of exits)
          push(found, source, {
            port: use.path.hops[h].port,
            fromNs: origin?.direction.firstNs ?? direction.firstNs,
            direction,
          });
      }
    }
    return found;
  });

  /** A DHCP server looks whether an address is free before it offers it, and wants silence (RFC 2131 section 3.1). */
  isOnOffer(n: Neighbour, { marks, last }: Silence): boolean {
    return this.facts.leases.isOnOffer(n.target, marks[0].timeNs, last.timeNs);
  }

  private readonly directionsTo = lazy(() => byAddress(this.facts, (direction) => direction.to));
  private readonly directionsFrom = lazy(() => byAddress(this.facts, (direction) => direction.from));

  /**
   * Where the owner of an address that is asked for in vain is heard: `here` on the link of the question, or the port of the node behind
   * which it lives; `routed`: its packets come from a router on the link. Null when it is not heard until `untilNs`.
   */
  heard(n: Neighbour, untilNs: number): 'here' | 'routed' | number | null {
    const { paths } = this.facts;
    let elsewhere: 'routed' | number | null = null;
    const ports = this.ports(n);
    for (const { source, port, users, lastUsedNs, inside } of this.of(n.target)) {
      // Heard, though a text does not say by which MAC.
      const isUsed = users.length > 0 || lastUsedNs > Number.NEGATIVE_INFINITY;
      // Who is heard inside a tunnel is not on the link that carries it.
      if (source !== n.source || !isUsed || (inside && !n.inside)) continue;
      if (ports.includes(port)) return 'here';
      elsewhere ??= port;
    }
    for (const direction of this.directionsFrom().get(String(n.target)) ?? []) {
      if (direction.firstNs > untilNs) continue;
      for (const use of direction.paths)
        for (const h of paths.travelled(use)) {
          const hop = use.path.hops[h];
          if (hop.source !== n.source || hop.edge >= 0 || paths.directionAt(use, h) === DIRECTION.out) continue;
          // 0: a text that does not say.
          const isRouted = use.hops[h].ttl > 0 && !INITIAL_TTLS.has(use.hops[h].ttl);
          if (ports.includes(hop.port) && !isRouted) return 'here';
          if (ports.includes(hop.port)) elsewhere ??= 'routed';
          else if (paths.directionAt(use, h) === DIRECTION.in) elsewhere ??= hop.port;
        }
    }
    return elsewhere;
  }

  /** Where an answer to the same host was seen: another point, or another port of a switch. */
  answeredElsewhere(n: Neighbour): Neighbour | null {
    for (const other of this.of(n.target))
      if (other !== n && other.claims.some(({ to }) => to.some((mac) => n.askerMacs.includes(mac)))) return other;
    return null;
  }

  /** Scanners: hosts that ask in vain for so many addresses, by asker and link, with all of the addresses. */
  readonly sweeps = lazy((): readonly (readonly Neighbour[])[] => {
    const unanswered = [...this.questioned()].filter(({ answers }) => answers === 0);
    const byAsker = groupedBy(unanswered, (n) => `${n.segment} ${n.kind} ${n.port} ${n.askers[0]}`);
    return [...byAsker.values()].map(alike).filter((all) => all.length >= SWEEP);
  });

  isSwept(n: Neighbour): boolean {
    return this.swept().has(n);
  }
  private readonly swept = lazy(() => new Set(this.sweeps().flat()));

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
   * node's routes or because the node asked for it as soon as their packets came; or that of the answers to them.
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
    for (const { conversation } of this.answersBy(n)) uids.add(conversation.uid);
    return [...uids];
  }

  /**
   * Questions to a host that asks for this neighbour, which get no answer while it does: the answers wait. The neighbour is their next hop by
   * the host's routes, or the host asked for it as soon as one of them came.
   */
  private answersBy(n: Neighbour): Direction[] {
    const { facts } = this;
    const [first] = n.questions;
    if (n.answers > 0 || first === undefined) return [];
    return n.askers.flatMap((asker) => {
      const waiting = (this.waiting().byHop.get(`${n.source} ${asker}`) ?? []).filter(
        (direction) =>
          direction.to.equals(asker) &&
          direction.firstNs <= n.lastAskedNs &&
          direction.lastNs >= first.timeNs - ASKED_AT_ONCE_NS &&
          facts.delivery.isUnanswered(direction) &&
          !this.isAskedFor(direction.from, asker),
      );
      const node = waiting.length === 0 ? null : facts.ownership.nodeAt(asker);
      const isHop = ({ from, firstNs }: Direction): boolean =>
        n.questions.some(({ timeNs }) => timeNs >= firstNs && timeNs <= firstNs + ASKED_AT_ONCE_NS) ||
        (node !== null && facts.topology?.route(node, from)?.via?.equals(n.target) === true);
      return waiting.some(isHop) ? waiting : [];
    });
  }

  /** This host asks for the other one itself, so both are on its link. */
  private isAskedFor(ip: Ip, asker: Ip): boolean {
    return [...this.of(ip)].some(({ askers }) => askers.some((one) => one.equals(asker)));
  }

  /** Directions that do not arrive: by source and destination or next hop; and those that leave no node, by time. */
  private readonly waiting = lazy(() => {
    const { facts } = this;
    const byHop = new Map<string, Direction[]>();
    const stuck: Direction[] = [];
    const add = (key: string, direction: Direction) => push(byHop, key, direction);
    for (const direction of facts.ailingDirections()) {
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

/** Directions of which packets were seen, by one of their ends. */
function byAddress(facts: Facts, end: (direction: Direction) => Ip): ReadonlyMap<string, readonly Direction[]> {
  const found = new Map<string, Direction[]>();
  for (const direction of facts.directions()) if (direction.packets > 0) push(found, String(end(direction)), direction);
  return found;
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
