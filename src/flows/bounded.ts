// A table with a bound that forgets by outcome: what is open or failed goes last, and how much went is counted.

/** Records looked at for one that can go. */
const LOOKED_AT = 64;

/**
 * What is left to say of a record: 0 settled, all was well; more, the more would be lost with it. Of those alike the one that came first
 * goes first.
 */
export type Standing<T> = (one: T) => number;

export class Bounded<K, T> {
  private readonly table = new Map<K, T>();
  /** Keys in the order they came in; those that are not in the table any more are passed over, and their places used again. */
  private ring: K[] = [];
  private hand = 0;
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
    return this.table.get(key);
  }

  has(key: K): boolean {
    return this.table.has(key);
  }

  values(): IterableIterator<T> {
    return this.table.values();
  }

  entries(): IterableIterator<[K, T]> {
    return this.table.entries();
  }

  delete(key: K): void {
    this.table.delete(key);
  }

  /** Adds a record of a key that is not there. */
  add(key: K, one: T): void {
    if (this.table.size >= this.limit) this.ring[this.makeRoom()] = key;
    else {
      // No reader of the ring may have to step over more than half of it.
      if (this.ring.length >= 2 * this.limit) {
        this.ring = [...this.table.keys()];
        this.hand = 0;
      }
      this.ring.push(key);
    }
    this.table.set(key, one);
  }

  /** Lets go of the record among the next few of which least is left to say; its place in the ring. */
  private makeRoom(): number {
    const { ring, table } = this;
    let chosen = -1;
    let least = Number.POSITIVE_INFINITY;
    for (let alive = 0; alive < LOOKED_AT && least > 0; this.hand = (this.hand + 1) % ring.length) {
      const one = table.get(ring[this.hand]);
      if (one === undefined) continue;
      // All of them were looked at.
      if (this.hand === chosen) break;
      alive++;
      const standing = this.standing(one);
      if (standing >= least) continue;
      least = standing;
      chosen = this.hand;
    }
    table.delete(ring[chosen]);
    this.forgotten++;
    return chosen;
  }
}
