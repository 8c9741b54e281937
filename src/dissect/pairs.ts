// Things that are remembered of two ends that talk to each other: addresses, and two numbers of 16 bits such as ports.
import { mix, newSeed } from '../bytes/mix.js';
import { i32 } from '../bytes/read.js';
import type { Layers } from './walk.js';

/** Words of one end: four of an address, of which IPv4 has one, and its number. */
const END = 5;
const NUMBER = 4;

interface Pair<T> {
  /** Both ends as the first frame had them: source, then destination. */
  readonly ends: Int32Array;
  readonly addressBytes: number;
  readonly one: T;
  /** Another pair of the same hash. */
  next: Pair<T> | null;
}

export class Pairs<T> {
  private readonly byHash = new Map<number, Pair<T>>();
  private readonly ends = new Int32Array(2 * END);
  private size = 0;
  private hash = 0;
  private readonly seed = newSeed();
  private count = 0;
  /** The one found last. */
  private last: Pair<T> | null = null;
  /** Set by `find`: 0 where the frame goes the way of the first one, else 1. */
  way: 0 | 1 = 0;

  /** `most`: remembered at once; the one that began first is forgotten for a new one. */
  constructor(
    private readonly most: number,
    private readonly make: () => T,
    /** Told of what is forgotten. */
    private readonly forgotten: (one: T) => void = () => {},
  ) {}

  /**
   * What is remembered of the two ends of layer `i`: the addresses of the network header below it, and the two numbers given, which
   * belong to source and destination.
   */
  find(layers: Layers, i: number, source: number, destination: number): T {
    this.look(layers, i, source, destination);
    // Copies of a frame, and answers, often come right after it.
    const { last } = this;
    if (last !== null && last.addressBytes === this.size) {
      const isSame = this.is(last, 0, END);
      if (isSame || this.is(last, END, 0)) {
        this.way = isSame ? 0 : 1;
        return last.one;
      }
    }
    this.seal();
    const first = this.byHash.get(this.hash);
    for (let pair = first ?? null; pair !== null; pair = pair.next) {
      if (pair.addressBytes !== this.size) continue;
      if (this.is(pair, 0, END)) this.way = 0;
      else if (this.is(pair, END, 0)) this.way = 1;
      else continue;
      this.last = pair;
      return pair.one;
    }
    this.way = 0;
    return this.put();
  }

  /** The ends that `find` was asked for last begin anew. */
  renew(): T {
    this.way = 0;
    this.seal();
    const first = this.byHash.get(this.hash);
    for (let pair = first ?? null, before: Pair<T> | null = null; pair !== null; before = pair, pair = pair.next) {
      if (pair.addressBytes !== this.size || !(this.is(pair, 0, END) || this.is(pair, END, 0))) continue;
      if (before !== null) before.next = pair.next;
      else if (pair.next === null) this.byHash.delete(this.hash);
      else this.byHash.set(this.hash, pair.next);
      this.count--;
      this.forgotten(pair.one);
      break;
    }
    return this.put();
  }

  private put(): T {
    if (this.count >= this.most) this.forgetOldest();
    const one = this.make();
    const next = this.byHash.get(this.hash) ?? null;
    this.last = { ends: this.ends.slice(), addressBytes: this.size, one, next };
    this.byHash.set(this.hash, this.last);
    this.count++;
    return one;
  }

  private forgetOldest(): void {
    this.last = null;
    for (const [hash, head] of this.byHash) {
      for (let pair: Pair<T> | null = head; pair !== null; pair = pair.next) {
        this.count--;
        this.forgotten(pair.one);
      }
      this.byHash.delete(hash);
      return;
    }
  }

  /** Are the frame's source and destination these ends of the pair? */
  private is({ ends }: Pair<T>, source: number, destination: number): boolean {
    const mine = this.ends;
    for (let o = 0; o < END; o++) if (mine[o] !== ends[source + o] || mine[END + o] !== ends[destination + o]) return false;
    return true;
  }

  private look(layers: Layers, i: number, source: number, destination: number): void {
    const { bytes, registry } = layers;
    const { ends } = this;
    ends.fill(0);
    ends[NUMBER] = source;
    ends[END + NUMBER] = destination;
    let below = i - 1;
    // Extension headers stand between the addresses and the ports.
    while (below >= 0 && registry.addresses[layers.proto[below]!]!.bytes === 0) below--;
    this.size = 0;
    if (below >= 0) {
      const { offset, bytes: size } = registry.addresses[layers.proto[below]!]!;
      const at = layers.start[below]! + offset;
      this.size = size;
      for (let o = 0, word = 0; o < size; o += 4, word++) {
        ends[word] = i32(bytes, at + o);
        ends[END + word] = i32(bytes, at + size + o);
      }
    }
  }

  /** The hash of the two ends, the same for both directions; 53 bits, so that two pairs hardly ever share one. */
  private seal(): void {
    const one = this.hashOf(0);
    const two = this.hashOf(END);
    this.hash = (mix(one + two) >>> 0) * 0x200000 + ((one ^ two) & 0x1fffff);
  }
  private hashOf(at: number): number {
    const { ends } = this;
    let hash = mix(ends[at + NUMBER]! ^ this.seed);
    for (let word = 0; word * 4 < this.size; word++) hash = mix(hash ^ ends[at + word]!);
    return hash;
  }
}
