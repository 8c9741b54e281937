// How far V8 lets the old generation grow before it collects: a flag of the whole process.
import { setFlagsFromString } from 'node:v8';

/** Percent of what is in use. Left to itself V8 allows three times as much: a hostile capture took 780 MB, and with this 530 in the same time. */
const LASTING_PERCENT = 50;
/**
 * A run of a small capture is over by then: collecting so early would take a sixth of its time. Later than a thread keeps what it has
 * compiled (compiled.ts), which V8 takes under the same flags only.
 */
const LASTING_MS = 1500;

let lasting: NodeJS.Timeout | undefined;

/** From now on the heap may grow by so many percent of what is in use. */
export function heapGrowsBy(percent: number): void {
  clearTimeout(lasting);
  setFlagsFromString(`--heap-growing-percent=${percent}`);
}

/** A run that lasts keeps its heap small. */
export function keepHeapSmall(): void {
  lasting = setTimeout(heapGrowsBy, LASTING_MS, LASTING_PERCENT).unref();
}
