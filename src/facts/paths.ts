// How a path leads through the nodes it shows: which way each hop goes, where it enters a node and where it ends.
import { DIRECTION } from '../capture/frame.js';
import type { Mark } from '../flows/mark.js';
import type { Path, PathUse } from '../flows/uses.js';
import type { Direction } from './conversation.js';

/** A node on a path, as hops of it: the last one in, or -1, and all hops out after it. */
export interface Passage {
  readonly source: number;
  readonly entry: number;
  readonly exits: readonly number[];
  /** Tunnel edge that the packet leaves in, or -1. */
  readonly edge: number;
}

/** Where a path ends: the first and the last hop at that node, and whether the packets only came into it. */
export interface LastNode {
  readonly source: number;
  readonly first: number;
  readonly hop: number;
  readonly onlyIn: boolean;
}

/** What a path tells of the nodes it goes through. */
interface Reading {
  /** Direction of each hop, stated or worked out. */
  readonly directions: readonly number[];
  readonly travelled: readonly number[];
  readonly passages: readonly Passage[];
  readonly last: LastNode;
}

export class Paths {
  /** What is the same for all that took a path: few paths serve many conversations. */
  private readonly readings = new Map<Path, Reading>();

  /** A hop of a path, by the first packet that took it. */
  mark(use: PathUse, hop: number): Mark {
    const { port, direction } = use.path.hops[hop];
    return { ...use.hops[hop], conversation: use.conversation, port, direction };
  }

  /**
   * Hops of a path by which packets came into a node or left it, by number; all of them where the captures tell no directions.
   * A switch floods, and captures put interfaces into promiscuous mode: what a node merely sees passing is left out.
   */
  travelled(use: PathUse): readonly number[] {
    return this.read(use).travelled;
  }

  /** The nodes that packets were seen leaving. */
  passages(use: PathUse): readonly Passage[] {
    return this.read(use).passages;
  }

  /** Which way a hop goes: as the capture states it, else as the hops to live tell it. */
  directionAt(use: PathUse, hop: number): number {
    return this.read(use).directions[hop];
  }

  /** Hops of a path by which packets came into this node or left it. */
  hopsAt(use: PathUse, source: number): readonly number[] {
    return this.travelled(use).filter((h) => use.path.hops[h].source === source);
  }

  /** Where packets of this direction first came into each node. */
  *entries(direction: Direction): Iterable<{ readonly use: PathUse; readonly hop: number }> {
    for (const use of direction.paths) {
      const nodes = new Set<number>();
      for (const hop of this.travelled(use)) {
        const { source } = use.path.hops[hop];
        if (!nodes.has(source) && this.directionAt(use, hop) === DIRECTION.in) yield { use, hop };
        nodes.add(source);
      }
    }
  }

  /** The port by which the packets of this path first came into a node, as a hop of it; -1 when they did not. */
  entryAt(use: PathUse, source: number): number {
    const first = this.hopsAt(use, source)[0];
    return first !== undefined && this.directionAt(use, first) === DIRECTION.in ? first : -1;
  }

  /** The node that a path shows last. */
  lastNode(use: PathUse): LastNode {
    return this.read(use).last;
  }

  /** Packets of this direction were seen going out of a node. */
  leaves(direction: Direction): boolean {
    return direction.paths.some(
      (use) => use.translatedTo >= 0 || use.path.hops.some((_, h) => this.directionAt(use, h) === DIRECTION.out),
    );
  }

  private read(use: PathUse): Reading {
    const { path } = use;
    const known = this.readings.get(path);
    if (known !== undefined) return known;
    const { hops } = path;
    const all = [...hops.keys()];
    const directions = directionsOf(use);
    const took = all.filter((h) => directions[h] === DIRECTION.in || directions[h] === DIRECTION.out);
    const travelled = took.length > 0 ? took : all;
    const passages: Passage[] = [];
    const is = (i: number, source: number, direction: number): boolean =>
      i < travelled.length && hops[travelled[i]].source === source && directions[travelled[i]] === direction;
    for (let i = 0; i < travelled.length; ) {
      const { source } = hops[travelled[i]];
      let entry = -1;
      while (is(i, source, DIRECTION.in)) entry = travelled[i++];
      const exits: number[] = [];
      while (is(i, source, DIRECTION.out)) exits.push(travelled[i++]);
      if (exits.length > 0) passages.push({ source, entry, exits, edge: hops[exits[exits.length - 1]].edge });
      else if (entry < 0) i++;
    }
    const hop = travelled[travelled.length - 1];
    const { source } = hops[hop];
    const here = travelled.filter((h) => hops[h].source === source);
    const last = { source, first: here[0], hop, onlyIn: here.every((h) => directions[h] === DIRECTION.in) };
    const reading = { directions, travelled, passages, last };
    this.readings.set(path, reading);
    return reading;
  }
}

/**
 * Ethernet captures state no directions. A packet that is seen on two interfaces of a node, on the second with a hop less to live, came
 * in by the first and left by the second; what is put into a tunnel on its way out, or taken out of one on its way in, goes along.
 */
function directionsOf(use: PathUse): number[] {
  const { hops } = use.path;
  const directions: number[] = hops.map((hop) => hop.direction);
  const inNode = (a: number, b: number): boolean =>
    hops[a].source === hops[b].source && hops[a].port !== hops[b].port && hops[b].direction === DIRECTION.unknown;
  for (let h = 1; h < hops.length; h++) {
    if (!inNode(h - 1, h) || hops[h - 1].direction !== DIRECTION.unknown) continue;
    const [a, b] = [use.hops[h - 1], use.hops[h]];
    const routed = hops[h - 1].edge === hops[h].edge && (a.outerTtl > 0 ? b.outerTtl === a.outerTtl - 1 : b.ttl === a.ttl - 1);
    if (!routed && (hops[h - 1].edge === hops[h].edge || b.ttl !== a.ttl - 1)) continue;
    directions[h - 1] = DIRECTION.in;
    directions[h] = DIRECTION.out;
  }
  for (let h = 1; h < hops.length; h++)
    if (directions[h] === DIRECTION.unknown && directions[h - 1] === DIRECTION.out && inNode(h - 1, h))
      directions[h] = DIRECTION.out;
  for (let h = hops.length - 2; h >= 0; h--)
    if (directions[h] === DIRECTION.unknown && directions[h + 1] === DIRECTION.in && inNode(h + 1, h))
      directions[h] = DIRECTION.in;
  return directions;
}
