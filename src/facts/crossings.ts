// Packets going through nodes: in by one interface, out by another, as far as the captured interfaces show it.
import { DIRECTION } from '../capture/frame.js';
import type { PathUse } from '../flows/uses.js';
import type { Ip } from '../topology/ip.js';
import type { Conversation, Direction } from './conversation.js';
import type { Facts } from './facts.js';
import { lazy } from './lazy.js';
import type { Passage } from './paths.js';

/** A packet going through a node: in by one interface, out by another (or the same); or made by the node: `entry` -1. */
export interface Crossing extends Passage {
  readonly use: PathUse;
  /** Whom the node routes it to: the outer destination of an overlay packet. */
  readonly src: Ip;
  readonly dst: Ip;
  /** Where `entry` is -1 because the node translated the packet: the hop in of its other half. */
  readonly origin: Origin | null;
}

export interface Origin {
  readonly conversation: Conversation;
  readonly direction: Direction;
  readonly use: PathUse;
  readonly hop: number;
}

/** The port by which it left the node for good. */
export const exitPort = (x: Crossing): number => x.use.path.hops[lastExit(x)].port;

/** The hop by which it left the node for good. */
export const lastExit = (x: Crossing): number => x.exits[x.exits.length - 1];

export class Crossings {
  constructor(private readonly facts: Facts) {}

  /** Every time a node routed packets of this direction, as far as its interfaces show it. */
  of(direction: Direction): Crossing[] {
    const { facts } = this;
    const result: Crossing[] = [];
    for (const use of direction.paths)
      for (const passage of facts.paths.passages(use)) {
        const { source, entry, exits, edge } = passage;
        const tunnel = edge >= 0 ? facts.tunnels.edge(edge) : null;
        // Field by field: a spread copy costs several times as much, and this is asked of every direction.
        result.push({
          use,
          source,
          entry,
          exits,
          edge,
          src: tunnel?.src ?? direction.from,
          dst: tunnel?.dst ?? direction.to,
          origin: entry < 0 ? this.originOf(use, direction.conversation.uid, source) : null,
        });
      }
    return result;
  }

  /** Port by which the node got the packet it sent on, also where it translated it; null where that was not seen. */
  entryPort(x: Crossing): number | null {
    if (x.entry >= 0) return x.use.path.hops[x.entry].port;
    return x.origin === null ? null : x.origin.use.path.hops[x.origin.hop].port;
  }

  /** It left by the interface it had come in by: both ends are on one link, and answers need not pass the node. */
  isHairpin(x: Crossing): boolean {
    const port = this.entryPort(x);
    return port !== null && this.facts.interfaces.isOne(port, exitPort(x));
  }

  /**
   * Packets leave by the interface that they came in on, so both ends may sit on that link, and answers go past this node: that none
   * were seen proves nothing.
   */
  answersMayBypass(direction: Direction): boolean {
    const { paths, interfaces } = this.facts;
    const uses = direction.paths;
    return (
      uses.length > 0 &&
      // More hops than two are a loop.
      uses.every((use) => {
        const here = paths.hopsAt(use, paths.lastNode(use).source);
        return here.length === 2 && interfaces.isOne(use.path.hops[here[0]].port, use.path.hops[here[1]].port);
      })
    );
  }

  /** The node passes packets on: at least one was seen coming in and going out, translated or not. */
  forwards(source: number): boolean {
    return this.seen().forwarders.has(source);
  }

  /** The same of packets of one family; of tunnelled ones that of the outer header counts. */
  forwardsFamily(source: number, family: 4 | 6): boolean {
    return this.seen().families.has(source * 2 + (family === 6 ? 1 : 0));
  }

  /** Packets of others were seen going out by this port. */
  forwardsBy(port: number): boolean {
    return this.seen().exits.has(port);
  }

  /** The same packet left by both, one after the other and unchanged: a bridge and its port, a bond and what it is made of. */
  areOneLink(a: number, b: number): boolean {
    return this.seen().pairs.has(a < b ? `${a} ${b}` : `${b} ${a}`);
  }

  private readonly seen = lazy(() => {
    const forwarders = new Set<number>();
    const families = new Set<number>();
    const exits = new Set<number>();
    const pairs = new Set<string>();
    for (const direction of this.facts.exampleDirections())
      for (const x of this.of(direction)) {
        if (x.entry >= 0 || x.origin !== null) {
          forwarders.add(x.source);
          families.add(x.source * 2 + (x.dst.family === 6 ? 1 : 0));
        }
        const { hops } = x.use.path;
        for (let i = 1; i < x.exits.length; i++) {
          const [a, b] = [hops[x.exits[i - 1]], hops[x.exits[i]]];
          const isSame = a.edge === b.edge && x.use.hops[x.exits[i - 1]].ttl === x.use.hops[x.exits[i]].ttl;
          if (isSame && a.port !== b.port) pairs.add(a.port < b.port ? `${a.port} ${b.port}` : `${b.port} ${a.port}`);
        }
        if (x.entry >= 0 || x.origin !== null) for (const h of x.exits) exits.add(x.use.path.hops[h].port);
      }
    return { forwarders, families, exits, pairs };
  });

  /** The hop in, at this node, of the packets that left translated as conversation `uid`. */
  private originOf({ translatedFrom }: PathUse, uid: number, source: number): Origin | null {
    const { facts } = this;
    const conversation = translatedFrom < 0 ? null : facts.conversation(translatedFrom);
    if (conversation === null) return null;
    for (const direction of conversation.directions)
      for (const use of direction.paths) {
        if (use.translatedTo !== uid) continue;
        for (let hop = use.path.hops.length - 1; hop >= 0; hop--)
          if (facts.paths.directionAt(use, hop) === DIRECTION.in && use.path.hops[hop].source === source)
            return { conversation, direction, use, hop };
      }
    return null;
  }
}
