// A table with a bound that forgets by outcome: what is open or failed goes last, and how much went is counted.

import type { PlaceOf } from './places.js';

/** Records looked at for one that can go. */
const LOOKED_AT = 32;

/**
 * What is left to say of a record: 0 settled, all was well; more, the more would be lost with it. Of those alike the one that came first
 * goes first.
 */
export type Standing<T> = (one: T) => number;

/** Filled anew where it stands in the ring. */
interface Entry<K, T> {
  key: K;
  one: T;
  /** It is in the table. */
  isKept: boolean;
  /** Looks at all records before it was added. */
  seen: number;
  /** Records that were added before it. */
  order: number;
}

export class Bounded<K, T> {
  /** In the order they came in; the places of those that are not in the table any more are used again. */
  private ring: Entry<K, T>[] = [];
  private hand = 0;
  /** What the last thorough look found: for as many times as it looked at records, one such is taken where it stands. */
  private enough = 0;
  private looks = 0;
  /** All records, until one comes or goes. */
  private list: readonly T[] | null = null;
  /** Looks at all records so far. */
  private seen = 0;
  /** Records added so far. */
  private added = 0;
  /** Place of the entry that `room` emptied, until the next one is added; or -1. */
  private free = -1;
  /** Records that made room for others. */
  forgotten = 0;

  /** `places`: where the record of each key stands in the ring. */
  constructor(
    readonly limit: number,
    private readonly standing: Standing<T>,
    private readonly places: PlaceOf<K> = new Map<K, number>(),
  ) {}

  get size(): number {
    return this.places.size;
  }

  get(key: K): T | undefined {
    const place = this.places.get(key);
    return place === undefined ? undefined : this.ring[place].one;
  }

  has(key: K): boolean {
    return this.places.get(key) !== undefined;
  }

  /** In the order they came in. */
  values(): readonly T[] {
    this.list ??= this.inOrder().map(({ one }) => one);
    this.seen++;
    return this.list;
  }

  /** In the order they came in; any of them may be deleted meanwhile. */
  *entries(): IterableIterator<[K, T]> {
    for (const { key, one } of this.inOrder()) yield [key, one];
  }

  delete(key: K): void {
    const place = this.places.get(key);
    if (place === undefined) return;
    this.list = null;
    this.ring[place].isKept = false;
    this.places.delete(key);
  }

  /**
   * Makes room for one more where there is none. What made room, to be filled anew and added: a flood then leaves nothing to collect.
   * Nothing where there was room, or where the record is in someone's hands: then a new one has to be made.
   */
  room(): T | undefined {
    if (this.places.size < this.limit) return undefined;
    this.free = this.makeRoom();
    const { one, seen } = this.ring[this.free];
    return seen === this.seen ? one : undefined;
  }

  /** Adds a record of a key that is not there. */
  add(key: K, one: T): void {
    this.list = null;
    if (this.places.size >= this.limit) this.room();
    let place = this.free;
    this.free = -1;
    if (place < 0) {
      // The hand must not have to step over more than half of the ring.
      if (this.ring.length >= 2 * this.limit) this.close();
      place = this.ring.length;
      this.ring.push({ key, one, isKept: true, seen: this.seen, order: this.added });
    } else {
      const entry = this.ring[place];
      entry.key = key;
      entry.one = one;
      entry.isKept = true;
      entry.seen = this.seen;
      entry.order = this.added;
    }
    this.added++;
    this.places.set(key, place);
  }

  private inOrder(): Entry<K, T>[] {
    return this.ring.filter(({ isKept }) => isKept).sort((a, b) => a.order - b.order);
  }

  /** Gives up the places in the ring of those that are gone. */
  private close(): void {
    this.ring = this.inOrder();
    this.hand = 0;
    for (const [place, { key }] of this.ring.entries()) this.places.set(key, place);
  }

  /** Lets go of the record among the next few of which least is left to say; its place in the ring. */
  private makeRoom(): number {
    const { ring } = this;
    if (this.looks-- <= 0) {
      this.looks = LOOKED_AT;
      this.enough = 0;
    }
    let chosen = -1;
    let least = Number.POSITIVE_INFINITY;
    for (let kept = 0; kept < LOOKED_AT && least > this.enough; this.hand = (this.hand + 1) % ring.length) {
      const { one, isKept } = ring[this.hand];
      if (!isKept) continue;
      // All of them were looked at.
      if (this.hand === chosen) break;
      kept++;
      const standing = this.standing(one);
      if (standing >= least) continue;
      least = standing;
      chosen = this.hand;
    }
    if (this.looks === LOOKED_AT) this.enough = least;
    this.delete(ring[chosen].key);
    this.forgotten++;
    return chosen;
  }
}
