// Packets and bytes over time, while nobody knows how long the capture will be: when the bins are full, two become one.

import type { Bins } from './wire.js';

const BINS = 4096;

export class Histogram {
  stepNs = 1e6;
  readonly packets = new Float64Array(BINS);
  readonly bytes = new Float64Array(BINS);

  add(timeNs: number, bytes: number): void {
    let bin = Math.floor(timeNs / this.stepNs);
    while (bin >= BINS) {
      this.fold();
      bin = Math.floor(timeNs / this.stepNs);
    }
    // The clock of a capture may step back before its start.
    if (!(bin > 0)) bin = 0;
    this.packets[bin]++;
    this.bytes[bin] += bytes;
  }

  /** A copy. */
  get bins(): Bins {
    return { stepNs: this.stepNs, packets: this.packets.slice(), bytes: this.bytes.slice() };
  }

  private fold(): void {
    this.stepNs *= 2;
    for (const values of [this.packets, this.bytes]) {
      for (let i = 0; i < BINS / 2; i++) values[i] = values[i * 2] + values[i * 2 + 1];
      values.fill(0, BINS / 2);
    }
  }
}

/** `values`, in bins of `stepNs`, as `steps` bins that reach to `endNs`; a bin that lies in two is shared between them. */
export function resampled(values: Float64Array, stepNs: number, steps: number, endNs: number): Float64Array {
  const result = new Float64Array(steps);
  const size = endNs / steps;
  for (let i = 0; i < values.length; i++) {
    if (values[i] === 0) continue;
    const from = Math.min((i * stepNs) / size, steps - 1);
    const to = Math.max(from, Math.min(((i + 1) * stepNs) / size, steps));
    const first = Math.floor(from);
    const last = Math.min(steps - 1, Math.max(first, Math.ceil(to) - 1));
    if (first === last || to === from) result[first] += values[i];
    else for (let k = first; k <= last; k++) result[k] += (values[i] * (Math.min(k + 1, to) - Math.max(k, from))) / (to - from);
  }
  return result;
}
