// Packets and bytes over time, while nobody knows how long the capture will be: when the bins are full, ten become one.
import type { Traffic } from '../session.js';
import type { Bins } from './wire.js';

const FOLD = 10;
const BINS = 40_000;

/** Steps that a person can read, in ns: 1, 2 and 5 times a power of ten, and parts of an hour and of a day. */
const READABLE: readonly number[] = [
  ...Array.from({ length: 13 }, (_, i) => [1, 2, 5].map((n) => n * 10 ** (6 + i))).flat(),
  ...[60, 120, 300, 600, 1200, 1800, 3600, 7200, 21_600, 43_200, 86_400].map((seconds) => seconds * 1e9),
].sort((a, b) => a - b);

export class Histogram {
  stepNs = 1e6;
  private readonly packets = new Float64Array(BINS);
  private readonly bytes = new Float64Array(BINS);
  private used = 0;

  /** `timeNs` counts from the first packet. */
  add(timeNs: number, bytes: number): void {
    // The clock of a capture may step back before its start.
    const time = Math.max(0, timeNs);
    while (time >= BINS * this.stepNs) this.fold();
    const bin = Math.floor(time / this.stepNs);
    this.packets[bin]++;
    this.bytes[bin] += bytes;
    if (bin >= this.used) this.used = bin + 1;
  }

  /** A copy. */
  get bins(): Bins {
    return { stepNs: this.stepNs, packets: this.packets.slice(0, this.used), bytes: this.bytes.slice(0, this.used) };
  }

  private fold(): void {
    this.stepNs *= FOLD;
    const used = Math.ceil(this.used / FOLD);
    for (const values of [this.packets, this.bytes]) {
      for (let i = 0; i < used; i++) {
        let sum = 0;
        for (let k = 0; k < FOLD; k++) sum += values[i * FOLD + k];
        values[i] = sum;
      }
      values.fill(0, used, this.used);
    }
    this.used = used;
  }
}

/** The shortest readable step that is made of whole bins and gives at most `steps` of them. */
export function readableStep(binNs: number, bins: number, steps: number): number {
  const least = (binNs * bins) / Math.max(1, steps);
  return READABLE.find((step) => step >= least && step % binNs === 0) ?? binNs * Math.max(1, Math.ceil(bins / steps));
}

/** `values`, in bins of `binNs`, as `steps` sums over `stepNs`, which is a multiple of it. */
export function summed(values: Float64Array, binNs: number, stepNs: number, steps: number): Float64Array {
  const result = new Float64Array(steps);
  for (let i = 0; i < values.length; i++) {
    const at = Math.floor((i * binNs) / stepNs);
    if (at < steps) result[at] += values[i];
  }
  return result;
}

/** Packets and bytes of all and of those that are shown, in the shortest readable step that gives at most so many. */
export function trafficIn(all: Bins | null, shown: Bins | null, steps: number): Traffic {
  // The bins of the filter may be finer: time goes on while the capture grows.
  const binNs = Math.max(all?.stepNs ?? 1, shown?.stepNs ?? 1);
  const bins = Math.ceil(((all?.packets.length ?? 0) * (all?.stepNs ?? 1)) / binNs);
  const stepNs = readableStep(binNs, bins, steps);
  const count = Math.ceil((bins * binNs) / stepNs);
  const sums = (of: Bins | null, values: 'packets' | 'bytes') =>
    of === null ? new Float64Array(count) : summed(of[values], of.stepNs, stepNs, count);
  return {
    stepNs,
    packets: sums(all, 'packets'),
    bytes: sums(all, 'bytes'),
    shownPackets: sums(shown, 'packets'),
    shownBytes: sums(shown, 'bytes'),
  };
}
