// The distinct paths that journeys took.
import { mix, newSeed } from '../bytes/mix.js';
import {
  directionOf,
  edgeAndOneOf,
  HOP,
  HOP_WORDS,
  JOURNEY,
  JOURNEY_WORDS,
  portOf,
  taggedOf,
} from './generated/journey-words.js';
import type { Ports } from './ports.js';
import type { Path, PathHop } from './uses.js';

/** Distinct paths of all conversations together; a hostile capture could make one per frame. The last one stands for the rest. */
const MAX_PATHS = 65_536;
const SEED = newSeed();

export class Paths {
  readonly list: Path[] = [];
  /** Journeys whose path found no place, and counts as another one. */
  forgotten = 0;
  private readonly byHash = new Map<number, Path[]>();

  /** `words`: the slots of the journeys. */
  constructor(
    public words: Int32Array,
    private readonly ports: Ports,
  ) {}

  /** Whether the hops of the journey at `at`, in this order, are those of a path. */
  takes(at: number, order: Uint8Array, where: Int32Array): boolean {
    const { words } = this;
    if (where.length !== words[at + JOURNEY.count]) return false;
    for (let i = 0; i < where.length; i++)
      if (where[i] !== words[at + JOURNEY_WORDS + order[i] * HOP_WORDS + HOP.where]) return false;
    return true;
  }

  /** The path of the journey at `at`, its hops in this order. */
  of(at: number, order: Uint8Array): Path {
    const { words } = this;
    const count = words[at + JOURNEY.count];
    let hash = SEED ^ count;
    for (let i = 0; i < count; i++) hash = mix(hash ^ words[at + JOURNEY_WORDS + order[i] * HOP_WORDS + HOP.where]);
    const alike = this.byHash.get(hash);
    if (alike !== undefined) for (const path of alike) if (this.takes(at, order, path.where)) return path;
    if (this.list.length >= MAX_PATHS) {
      this.forgotten++;
      return this.list[MAX_PATHS - 1];
    }
    const where = Int32Array.from({ length: count }, (_, i) => words[at + JOURNEY_WORDS + order[i] * HOP_WORDS + HOP.where]);
    const { list: ports } = this.ports;
    const hops = Array.from(
      where,
      (w): PathHop => ({
        port: portOf(w),
        source: ports[portOf(w)].source,
        direction: directionOf(w),
        tagged: taggedOf(w) === 1,
        edge: edgeAndOneOf(w) - 1,
      }),
    );
    const path: Path = { id: this.list.length, hops, where, count: 0 };
    this.list.push(path);
    if (alike === undefined) this.byHash.set(hash, [path]);
    else alike.push(path);
    return path;
  }
}
