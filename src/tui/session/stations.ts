// What each pair of stations sent each other on their link: by the MAC addresses of the outermost Ethernet header.

import { scattered } from '../../bytes/mix.js';

/** Pairs; a flood of made-up addresses ends here. */
const MAX_PAIRS = 16_384;
const SLOTS = MAX_PAIRS * 2;

/** Index i: pair i, the one who was seen sending first is A; counts at i * 2 + way. */
export class Stations {
  used = 0;
  readonly a = new Float64Array(MAX_PAIRS);
  readonly b = new Float64Array(MAX_PAIRS);
  readonly packets = new Float64Array(MAX_PAIRS * 2);
  readonly bytes = new Float64Array(MAX_PAIRS * 2);
  readonly firstNs = new Float64Array(MAX_PAIRS);
  readonly lastNs = new Float64Array(MAX_PAIRS);
  readonly first = new Uint32Array(MAX_PAIRS);
  private readonly table = new Int32Array(SLOTS).fill(-1);
  private last = 0;

  add(source: number, destination: number, number: number, timeNs: number, bytes: number): void {
    let pair = this.last;
    if (!this.is(pair, source, destination)) {
      pair = this.find(source, destination, number, timeNs);
      if (pair < 0) return;
      this.last = pair;
    }
    const at = pair * 2 + (this.a[pair] === source ? 0 : 1);
    this.packets[at]++;
    this.bytes[at] += bytes;
    this.lastNs[pair] = timeNs;
  }

  private is(pair: number, x: number, y: number): boolean {
    return pair < this.used && ((this.a[pair] === x && this.b[pair] === y) || (this.a[pair] === y && this.b[pair] === x));
  }

  private find(source: number, destination: number, number: number, timeNs: number): number {
    // Symmetric, so that both ways meet; MAC addresses of one maker differ in their low bits.
    const sum = source + destination;
    for (let slot = scattered(sum) & (SLOTS - 1); ; slot = (slot + 1) & (SLOTS - 1)) {
      const pair = this.table[slot];
      if (pair >= 0 && this.is(pair, source, destination)) return pair;
      if (pair >= 0) continue;
      if (this.used === MAX_PAIRS) return -1;
      this.table[slot] = this.used;
      this.a[this.used] = source;
      this.b[this.used] = destination;
      this.firstNs[this.used] = timeNs;
      this.first[this.used] = number;
      return this.used++;
    }
  }
}
