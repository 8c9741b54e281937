// Groups of four 32-bit words, numbered as they come: addresses, and what else is told apart by a few numbers. Typed arrays only: 100 000
// of them cost no object.
import { mixFour } from './mix.js';

const NONE = -1;

export class Fours {
  count = 0;
  private words = new Int32Array(4 * 256);
  /** Number of the group at a place, or -1; half of the places are free at least. */
  private places = new Int32Array(512).fill(NONE);

  /** The number of these four words: the next one when they are new. */
  of(a: number, b: number, c: number, d: number): number {
    const place = this.find(a, b, c, d);
    const known = this.places[place]!;
    if (known !== NONE) return known;
    const n = this.count++;
    this.places[place] = n;
    this.words[n * 4] = a;
    this.words[n * 4 + 1] = b;
    this.words[n * 4 + 2] = c;
    this.words[n * 4 + 3] = d;
    if (this.count * 2 > this.places.length - 2) this.grow();
    return n;
  }

  /** The same, and -1 when they are not known. */
  known(a: number, b: number, c: number, d: number): number {
    return this.places[this.find(a, b, c, d)]!;
  }

  private find(a: number, b: number, c: number, d: number): number {
    const { words, places } = this;
    const last = places.length - 1;
    let place = mixFour(a, b, c, d) & last;
    for (; places[place] !== NONE; place = (place + 1) & last) {
      const w = places[place]! * 4;
      if (words[w + 3] === (d | 0) && words[w + 2] === (c | 0) && words[w + 1] === (b | 0) && words[w] === (a | 0)) break;
    }
    return place;
  }

  private grow(): void {
    const { words } = this;
    this.words = new Int32Array(words.length * 2);
    this.words.set(words);
    this.places = new Int32Array(this.places.length * 2).fill(NONE);
    for (let n = 0; n < this.count; n++)
      this.places[this.find(words[n * 4]!, words[n * 4 + 1]!, words[n * 4 + 2]!, words[n * 4 + 3]!)] = n;
  }
}
