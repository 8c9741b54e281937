// How far V8 lets the old generation grow before it collects: a flag of the whole process.
import { cachedDataVersionTag, setFlagsFromString } from 'node:v8';

/**
 * Percent of what is in use, of a run that lasts. Left to itself V8 allows three times as much: a hostile capture took 780 MB, and with this
 * 530 in the same time.
 */
const LASTING_PERCENT = 50;
/** A run of a small capture is over by then: to collect from the start would cost it 7 % of its CPU. */
const LASTING_MS = 1500;
/**
 * Of a live capture: its conversations live for long enough to be taken for lasting, and those that are over would pile up to three times what
 * is in use.
 */
export const LIVE_PERCENT = 25;
/** V8's own. */
const UNSET = 0;

let lasting: NodeJS.Timeout | undefined;

const set = (percent: number): void => setFlagsFromString(`--heap-growing-percent=${percent}`);

/** From now on the heap may grow by so many percent of what is in use. */
export function heapGrowsBy(percent: number): void {
  clearTimeout(lasting);
  set(percent);
}

/** A run that lasts keeps its heap small. */
export function keepHeapSmall(): void {
  lasting = setTimeout(heapGrowsBy, LASTING_MS, LASTING_PERCENT).unref();
}

/** Runs `action` with V8's own setting, and puts back the one in force, which another thread may have set: V8 says its flags by a number only. */
export function withUnsetHeap(action: () => void): void {
  const flags = cachedDataVersionTag();
  set(UNSET);
  try {
    action();
  } finally {
    for (const percent of [UNSET, LASTING_PERCENT, LIVE_PERCENT]) {
      set(percent);
      if (cachedDataVersionTag() === flags) break;
    }
  }
}
