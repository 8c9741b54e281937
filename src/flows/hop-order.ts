// The order in which the hops of a journey were travelled, which is not always the order in which they were seen.
import { DIRECTION } from '../capture/frame.js';
import { directionOf, edgeAndOneOf, HOP, HOP_WORDS, JOURNEY, JOURNEY_WORDS, portOf } from './generated/journey-words.js';
import type { Ports } from './ports.js';

/**
 * Hops kept of one journey: a bridge, a tunnel and a router make six, two nodes and a router ten. A loop makes more: they are counted.
 * With its head a journey is nine lines of the processor's cache: by an odd number of lines journeys use all of its sets.
 */
export const MAX_HOPS = 16;
/** Clocks of two nodes that were compared by their packets agree to within this, though they drift. */
const CLOSE_NS = 20e6;
const IN_ORDER = Uint8Array.from({ length: MAX_HOPS }, (_, i) => i);

export class HopOrder {
  private readonly order = new Uint8Array(MAX_HOPS);

  /** `words`, `doubles`: the slots of the journeys. */
  constructor(
    public words: Int32Array,
    public doubles: Float64Array,
    private readonly ports: Ports,
  ) {}

  /** Numbers of the hops of the journey at `at`, as they were travelled. Valid until the next call. */
  of(at: number): Uint8Array {
    if (this.words[at + JOURNEY.mixed] === 0) return IN_ORDER;
    this.sort(at);
    return this.order;
  }

  /** Larger TTL first, outer ones too; then by time. */
  private sort(at: number): void {
    const { order } = this;
    const n = this.words[at + JOURNEY.count];
    for (let i = 0; i < n; i++) {
      let k = i;
      while (k > 0 && this.later(at, at + JOURNEY_WORDS + order[k - 1] * HOP_WORDS, at + JOURNEY_WORDS + i * HOP_WORDS)) {
        order[k] = order[k - 1];
        k--;
      }
      order[k] = i;
    }
  }

  /** Whether hop `a` of the journey at `at` was travelled after hop `b`. */
  later(at: number, a: number, b: number): boolean {
    const { words, doubles } = this;
    const ttlA = words[a + HOP.ttls] & 0xffff;
    const ttlB = words[b + HOP.ttls] & 0xffff;
    if ((ttlA & 0xff) !== (ttlB & 0xff)) return (ttlA & 0xff) < (ttlB & 0xff);
    if (ttlA >> 8 !== ttlB >> 8 && ttlA >> 8 !== 0 && ttlB >> 8 !== 0) return ttlA >> 8 < ttlB >> 8;
    const { list } = this.ports;
    const whereA = words[a + HOP.where];
    const whereB = words[b + HOP.where];
    const directionA = directionOf(whereA);
    const directionB = directionOf(whereB);
    const laterNs = doubles[a / 2 + HOP.ns] - doubles[b / 2 + HOP.ns];
    const isOneNode = list[portOf(whereA)].source === list[portOf(whereB)].source;
    // What left one node comes into the next, whatever two clocks say; unless one of them is a bridge, which lowers no TTL.
    const isLink =
      !isOneNode && edgeAndOneOf(whereA) === edgeAndOneOf(whereB) && directionA + directionB === DIRECTION.in + DIRECTION.out;
    if (isLink && directionA !== directionB && Math.abs(laterNs) < CLOSE_NS && !this.bridged(at, a) && !this.bridged(at, b))
      return directionA === DIRECTION.in;
    if (laterNs !== 0) return laterNs > 0;
    return isOneNode && directionA === DIRECTION.out && directionB === DIRECTION.in && portOf(whereA) !== portOf(whereB);
  }

  /** The node of this hop saw the packet the other way as well, with the same TTL and in the same tunnel. */
  private bridged(at: number, hop: number): boolean {
    const { words } = this;
    const { list } = this.ports;
    const where = words[hop + HOP.where];
    for (
      let other = at + JOURNEY_WORDS + (words[at + JOURNEY.count] - 1) * HOP_WORDS;
      other >= at + JOURNEY_WORDS;
      other -= HOP_WORDS
    ) {
      const its = words[other + HOP.where];
      const isSame = list[portOf(its)].source === list[portOf(where)].source && edgeAndOneOf(its) === edgeAndOneOf(where);
      if (
        isSame &&
        (words[other + HOP.ttls] & 0xffff) === (words[hop + HOP.ttls] & 0xffff) &&
        directionOf(its) !== directionOf(where)
      )
        return true;
    }
    return false;
  }
}
