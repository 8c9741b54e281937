// Whether an answer would have been seen where its question was. Silence proves something only there: a capture of one direction, a mirror
// of one port, a tunnel device whose answers come by another interface show questions, and never an answer.
import { DIRECTION } from '../capture/frame.js';
import type { Direction } from './conversation.js';
import type { Facts } from './facts.js';
import { lazy } from './lazy.js';
import { guessedNetwork } from './networks.js';

/** `hidden`: answers go past this point by the way the packets took; `unknown`: nothing shows that they would come by here. */
export type Silence = 'telling' | 'hidden' | 'unknown';

/** Packets lost in a row, and none answered, from which on a reply path that avoids a whole node is unlikely. */
const PERSISTENT = 3;

export class Hearing {
  constructor(private readonly facts: Facts) {}

  /** What it means that nothing answers packets of this direction. */
  silence(direction: Direction): Silence {
    const { facts } = this;
    if (facts.crossings.answersMayBypass(direction) || this.wayBack(direction) !== null) return 'hidden';
    // Who talks to itself hears itself.
    if (direction.from.equals(direction.to)) return 'telling';
    if (direction.other.packets > 0 || this.reached().has(String(direction.from))) return 'telling';
    if (this.answeredUnseen().has(waysOf(direction))) return 'hidden';
    if (this.isAskerHere(direction) || this.comesBackThisWay(direction) || this.passesAllInterfaces(direction)) return 'telling';
    return this.reached().has(guessedNetwork(direction.from)) ? 'telling' : 'unknown';
  }

  isTelling(direction: Direction): boolean {
    return this.silence(direction) === 'telling';
  }

  /**
   * The nodes on the way of the answers to packets of this direction, by the routes of the topology, where a node passes the packets on and
   * none of those that captured is on the reply path; else null.
   */
  wayBack(direction: Direction): readonly string[] | null {
    const { facts } = this;
    const { from, to } = direction;
    if (facts.topology === null || direction.other.packets > 0) return null;
    const isPassed = facts.crossings.of(direction).some((x) => x.edge < 0 && x.entry >= 0 && facts.node(x.source) !== null);
    const owner = isPassed ? facts.ownership.nodeAt(to) : null;
    if (owner === null) return null;
    const back = facts.topology.walk(owner, from, to);
    const nodes = back.hops.map(({ node }) => node);
    const isCaptured = facts.captures.some(({ node }) => node !== null && nodes.includes(node));
    return back.end === 'delivered' && back.certain && !isCaptured ? nodes : null;
  }

  /**
   * Addresses of conversations that were seen both ways, and the networks that they are guessed to be of; and those that errors and
   * answers of neighbours went to.
   */
  private readonly reached = lazy(() => {
    const found = new Set<string>();
    for (const { request, reply } of this.facts.examples()) {
      if (request.packets === 0 || reply.packets === 0) continue;
      const [from, to] = [guessedNetwork(request.from), guessedNetwork(request.to)];
      found.add(String(request.from)).add(String(request.to));
      if (from !== to) found.add(from).add(to);
    }
    for (const error of this.facts.errors.list) found.add(String(error.to));
    // An ARP reply or a solicited advertisement is a unicast to the host that asked. Those of the node that captured show nothing of others.
    for (const { claims, askers } of this.facts.neighbours.list)
      if (claims.some(({ count, announced, first }) => count > announced && first.direction !== DIRECTION.out))
        for (const asker of askers) found.add(String(asker));
    return found;
  });

  /** Between these networks connections go on of which no answer was seen: answers take another way, or were not captured. */
  private readonly answeredUnseen = lazy(() => {
    const found = new Set<string>();
    for (const { request } of this.facts.ailing())
      if (request.other.packets === 0 && this.facts.delivery.goesOn(request)) found.add(waysOf(request));
    return found;
  });

  /** The asker is the node that captured, on all its interfaces: what comes back to it comes in there. */
  private isAskerHere(direction: Direction): boolean {
    const { captures, ownership } = this.facts;
    return direction.paths.some(
      ({ path }) =>
        captures[path.hops[0].source].everyInterface &&
        path.hops[0].direction === DIRECTION.out &&
        ownership.isOwn(path.hops[0].source, direction.from),
    );
  }

  /** A node that was captured on all its interfaces passes them on, and one after the other gets no answer: that is no accident. */
  private passesAllInterfaces(direction: Direction): boolean {
    const { captures, crossings } = this.facts;
    if (direction.lost < PERSISTENT) return false;
    return crossings.of(direction).some((x) => captures[x.source].everyInterface && crossings.entryPort(x) !== null);
  }

  /** Other packets go through the node the way that answers would take: in where these leave, out where these come in. */
  private comesBackThisWay(direction: Direction): boolean {
    const { crossings } = this.facts;
    return crossings.of(direction).some((x) => {
      const entry = crossings.entryPort(x);
      return entry !== null && this.ways().has(wayOf(x.use.path.hops[x.exits[x.exits.length - 1]].port, entry));
    });
  }
  private readonly ways = lazy(() => {
    const { crossings } = this.facts;
    const found = new Set<number>();
    for (const direction of this.facts.exampleDirections())
      for (const x of crossings.of(direction)) {
        const entry = crossings.entryPort(x);
        if (entry !== null) found.add(wayOf(entry, x.use.path.hops[x.exits[x.exits.length - 1]].port));
      }
    return found;
  });
}

const waysOf = ({ from, to }: Direction): string => `${guessedNetwork(from)} ${guessedNetwork(to)}`;

/** In by one port, out by another, as a number: there are fewer than 65 536 ports. */
const wayOf = (entry: number, exit: number): number => entry * 0x1_0000 + exit;
