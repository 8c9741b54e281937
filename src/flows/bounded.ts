// A table with a bound that forgets by outcome: what is open or failed goes last, and how much went is counted.

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
}

export class Bounded<K, T> {
  private readonly table = new Map<K, Entry<K, T>>();
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
  /** The entry that `room` emptied, until the next one is added. */
  private free: Entry<K, T> | null = null;
  /** Records that made room for others. */
  forgotten = 0;

  constructor(
    readonly limit: number,
    private readonly standing: Standing<T>,
  ) {}

  get size(): number {
    return this.table.size;
  }

  get(key: K): T | undefined {
    return this.table.get(key)?.one;
  }

  has(key: K): boolean {
    return this.table.has(key);
  }

  /** In the order they came in. */
  values(): readonly T[] {
    this.list ??= Array.from(this.table.values(), ({ one }) => one);
    this.seen++;
    return this.list;
  }

  *entries(): IterableIterator<[K, T]> {
    for (const { key, one } of this.table.values()) yield [key, one];
  }

  delete(key: K): void {
    const entry = this.table.get(key);
    if (entry === undefined) return;
    this.list = null;
    entry.isKept = false;
    this.table.delete(key);
  }

  /**
   * Makes room for one more where there is none. What made room, to be filled anew and added: a flood then leaves nothing to collect.
   * Nothing where there was room, or where the record is in someone's hands: then a new one has to be made.
   */
  room(): T | undefined {
    if (this.table.size < this.limit) return undefined;
    this.free = this.ring[this.makeRoom()];
    return this.free.seen === this.seen ? this.free.one : undefined;
  }

  /** Adds a record of a key that is not there. */
  add(key: K, one: T): void {
    this.list = null;
    if (this.table.size >= this.limit) this.room();
    let entry = this.free;
    if (entry !== null) {
      this.free = null;
      entry.key = key;
      entry.one = one;
      entry.isKept = true;
      entry.seen = this.seen;
    } else {
      entry = { key, one, isKept: true, seen: this.seen };
      // The hand must not have to step over more than half of the ring.
      if (this.ring.length >= 2 * this.limit) {
        this.ring = [...this.table.values()];
        this.hand = 0;
      }
      this.ring.push(entry);
    }
    this.table.set(key, entry);
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
