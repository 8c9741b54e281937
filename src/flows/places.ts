// Where the record of a key stands in a ring: what a Map of numbers says, for keys that come and go by the million. A Map makes an object
// of each number beyond 31 bits, and a new table of itself after so many deletions; here a flood leaves nothing to collect.

/** What `Bounded` asks of it; a Map is one for keys of any kind. */
export interface PlaceOf<K> {
  readonly size: number;
  get(key: K): number | undefined;
  set(key: K, place: number): unknown;
  delete(key: K): unknown;
}

/** Keys and places of the smallest table. */
const SMALLEST = 64;

/**
 * Keys are whole numbers below 2^53 whose low bits packets cannot choose: hashes with the seed of the run (`Key`, `scattered`), or numbers
 * of our own. Open addressing with linear probing (Knuth, The Art of Computer Programming, volume 3, section 6.4, algorithms L and R).
 */
export class Places implements PlaceOf<number> {
  private keys = new Float64Array(SMALLEST);
  /** One more than the place, so that 0 is an empty cell. */
  private places = new Int32Array(SMALLEST);
  private mask = SMALLEST - 1;
  size = 0;

  get(key: number): number | undefined {
    const place = this.places[this.cellOf(key)];
    return place === 0 ? undefined : place - 1;
  }

  set(key: number, place: number): void {
    let cell = this.cellOf(key);
    if (this.places[cell] === 0) {
      // At most half full: then most keys are found where they are looked for first.
      if (2 * (this.size + 1) > this.keys.length) {
        this.grow();
        cell = this.cellOf(key);
      }
      this.size++;
      this.keys[cell] = key;
    }
    this.places[cell] = place + 1;
  }

  delete(key: number): void {
    let hole = this.cellOf(key);
    if (this.places[hole] === 0) return;
    this.size--;
    // Those after it that were pushed on by it come back, so that no search ends before them.
    for (let cell = (hole + 1) & this.mask; this.places[cell] !== 0; cell = (cell + 1) & this.mask) {
      const wanted = this.keys[cell] & this.mask;
      if (((cell - wanted) & this.mask) < ((cell - hole) & this.mask)) continue;
      this.keys[hole] = this.keys[cell];
      this.places[hole] = this.places[cell];
      hole = cell;
    }
    this.places[hole] = 0;
  }

  /** The cell of the key, or the empty one where it belongs. */
  private cellOf(key: number): number {
    // The conversion to 32 bits takes the low ones of any whole number (ECMAScript, ToInt32).
    let cell = key & this.mask;
    while (this.places[cell] !== 0 && this.keys[cell] !== key) cell = (cell + 1) & this.mask;
    return cell;
  }

  private grow(): void {
    const { keys, places } = this;
    this.keys = new Float64Array(2 * keys.length);
    this.places = new Int32Array(2 * places.length);
    this.mask = this.keys.length - 1;
    for (let i = 0; i < places.length; i++) {
      if (places[i] === 0) continue;
      const cell = this.cellOf(keys[i]);
      this.keys[cell] = keys[i];
      this.places[cell] = places[i];
    }
  }
}
