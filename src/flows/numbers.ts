// The numbers of conversations: one for each pair of ends, from 0 on, in the order in which the run first sees them.
//
// A number belongs to the ends (addresses, ports, protocol) and to nothing else. It depends neither on how many conversations are
// kept at once nor on a display filter: a conversation that had to make room has the same number when it comes back, and frames
// that a filter leaves out count here too. So `flows`, `follow`, `dump`, the full screen, reports and tables agree.
import { mixEnds, newSeed } from '../bytes/mix.js';

/** Numbers remembered in each of two generations, 24 bytes each: one is given up when the other is full. */
const GENERATION = 1 << 20;

// Of this process alone: no one can make a capture whose conversations share a number.
const SEED_A = newSeed();
const SEED_B = newSeed();

export class Numbers {
  private next = 0;
  private young = new Generation();
  private old: Generation | null = null;
  private a = 0;
  private b = 0;

  /**
   * The number of the conversation between two ends, given when they are first seen. `words`: four words of each address from `at`
   * on, in the one order or the other.
   */
  of(words: Int32Array, at: number, srcPort: number, dstPort: number, proto: number): number {
    this.hash(words, at, srcPort, dstPort, proto);
    const known = this.young.find(this.a, this.b);
    if (known >= 0) return known;
    const before = this.old?.find(this.a, this.b) ?? -1;
    const number = before >= 0 ? before : this.next++;
    this.put(number);
    return number;
  }

  /** A conversation makes room: its number must outlive it, however long ago it was given. */
  keep(number: number, words: Int32Array, at: number, srcPort: number, dstPort: number, proto: number): void {
    this.hash(words, at, srcPort, dstPort, proto);
    if (this.young.find(this.a, this.b) < 0) this.put(number);
  }

  private put(number: number): void {
    if (this.young.count === GENERATION) {
      this.old = this.young;
      this.young = new Generation();
    }
    this.young.put(this.a, this.b, number);
  }

  /** Symmetric, 64 bits in all. */
  private hash(words: Int32Array, at: number, srcPort: number, dstPort: number, proto: number): void {
    this.a = mixEnds(words, at, srcPort, dstPort, proto, SEED_A);
    this.b = mixEnds(words, at, srcPort, dstPort, proto, SEED_B);
  }
}

/** Hash to number: open addressing, three words a place, at most half full. */
class Generation {
  count = 0;
  private mask = 1023;
  /** Twice the hash, then one more than the number: 0 is a free place. */
  private places = new Int32Array(3 * 1024);

  find(a: number, b: number): number {
    const { places, mask } = this;
    for (let i = a & mask; ; i = (i + 1) & mask) {
      const at = i * 3;
      const value = places[at + 2];
      if (value === 0) return -1;
      if (places[at] === a && places[at + 1] === b) return (value >>> 0) - 1;
    }
  }

  put(a: number, b: number, number: number): void {
    if (this.count * 2 > this.mask) this.grow();
    this.count++;
    this.add(a, b, number + 1);
  }

  private add(a: number, b: number, value: number): void {
    const { places, mask } = this;
    let i = a & mask;
    while (places[i * 3 + 2] !== 0) i = (i + 1) & mask;
    places[i * 3] = a;
    places[i * 3 + 1] = b;
    places[i * 3 + 2] = value;
  }

  private grow(): void {
    const { places } = this;
    this.mask = this.mask * 2 + 1;
    this.places = new Int32Array(3 * (this.mask + 1));
    for (let at = 0; at < places.length; at += 3) if (places[at + 2] !== 0) this.add(places[at], places[at + 1], places[at + 2]);
  }
}
