// The number that a packet has in the file of its own capture point, and back. In a run of several captures packets are numbered in the order
// of time; people know the numbers of the files.
import type { Store } from './store.js';

/** Packets between two counts that are kept: so many are counted anew at most. */
const EVERY = 2048;

export class FrameNumbers {
  private of: Store | null = null;
  /** By block of packets: how many of each capture come before it. */
  private before: Uint32Array[] = [];

  constructor(private readonly captures: number) {}

  /** Number of packet `n` in its own file. */
  frameOf(store: Store, n: number): number {
    if (this.captures === 1 || n < 1 || n > store.count) return n;
    const block = Math.floor((n - 1) / EVERY);
    this.count(store, block);
    const capture = store.capture(n);
    let frame = this.before[block][capture];
    for (let i = block * EVERY + 1; i <= n; i++) if (store.capture(i) === capture) frame++;
    return frame;
  }

  /** The packet that is this frame of a capture; 0: it is not there (yet). */
  packetOf(store: Store, capture: number, frame: number): number {
    const { count } = store;
    if (this.captures === 1) return frame >= 1 && frame <= count ? frame : 0;
    if (count === 0 || capture < 0 || frame < 1) return 0;
    const last = Math.floor((count - 1) / EVERY);
    this.count(store, last);
    // The last block before which there are fewer.
    let [low, high] = [0, last];
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.before[middle][capture] < frame) low = middle;
      else high = middle - 1;
    }
    let seen = this.before[low][capture];
    for (let n = low * EVERY + 1; n <= count && n <= (low + 1) * EVERY; n++)
      if (store.capture(n) === capture && ++seen === frame) return n;
    return 0;
  }

  /** Counts up to the start of a block. */
  private count(store: Store, block: number): void {
    if (this.of !== store) {
      this.of = store;
      this.before = [new Uint32Array(this.captures)];
    }
    for (let b = this.before.length; b <= block; b++) {
      const counts = this.before[b - 1].slice();
      for (let n = (b - 1) * EVERY + 1; n <= b * EVERY; n++) counts[store.capture(n)]++;
      this.before.push(counts);
    }
  }
}
