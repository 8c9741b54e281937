// When the frames of a `where` come.
import { duration } from '../bytes/units.js';
import type { Path } from '../topology/document.js';
import type { Tally } from './filters.js';
import type { Frames } from './frames.js';
import type { Key } from './key.js';
import after from './keys/after.js';
import before from './keys/before.js';
import within from './keys/within.js';
import { momentNs } from './moments.js';
import type { Builder } from './plan.js';
import { nanoseconds } from './units.js';

/** A time, or the first of some frames. */
export interface Moment {
  readonly text: string;
  /** Nanoseconds on the run's clock, when it is a time. */
  readonly ns: (() => number) | null;
  readonly frames: (() => Tally) | null;
  /** When it was, so far; null where it has not been. */
  startNs(): number | null;
}

/** The moment that is written at `path`. */
export function momentOf(b: Builder, value: string | number, path: Path): Moment {
  const text = String(value);
  const ns = momentNs(value, () => b.plan.zeroSeconds());
  if (ns !== null) return { text, ns, frames: null, startNs: ns };
  const filter = b.part(path, () => b.plan.filter(text));
  const frames = filter === null ? null : b.tally(filter);
  const startNs = () => {
    const tally = frames?.();
    return tally === undefined || tally.count === 0 ? null : tally.firstNs;
  };
  return { text, ns: null, frames, startNs };
}

function moment(b: Builder, one: Key<string | number>): Moment | null {
  const value = b.get(one);
  return value === undefined ? null : momentOf(b, value, [one.key]);
}

/** What `before`, `after` and `within` ask of the frames of a filter. */
export interface Timing {
  /** Clauses for people. */
  readonly texts: readonly string[];
  /** What is wrong with the times of these frames, or null. */
  wrong(frames: Frames): string | null;
}

export function timingOf(b: Builder): Timing {
  const [first, last, limit] = [moment(b, before), moment(b, after), b.get(within)];
  return {
    texts: [
      first === null ? '' : `before ${first.text}`,
      last === null ? '' : `after ${last.text}`,
      limit === undefined ? '' : `within ${limit}`,
    ],
    wrong: (frames) => timing(frames, first, last, limit),
  };
}

/** What is wrong with the times of the frames, or null. */
function timing(frames: Frames, before: Moment | null, after: Moment | null, within: string | number | undefined): string | null {
  const [mark, limit] = [after?.frames?.(), before?.frames?.()];
  if (limit?.count === 0) return `nothing to be before: no frame of ${before?.text}`;
  if (mark?.count === 0) return `nothing to be after: no frame of ${after?.text}`;
  const [start, end] = [after?.ns?.() ?? mark?.firstNs ?? null, before?.ns?.() ?? limit?.firstNs ?? null];
  if (start !== null && frames.firstNs < start) return `the first frame came ${duration(start - frames.firstNs)} before it`;
  if (end !== null && frames.lastNs > end) return `the last frame came ${duration(frames.lastNs - end)} after it`;
  if (within === undefined) return null;
  const most = nanoseconds(within);
  if (end !== null && start === null)
    return end - frames.lastNs > most ? `the last frame came ${duration(end - frames.lastNs)} before it` : null;
  const late = frames.firstNs - (start ?? 0);
  return late > most ? `the first frame came after ${duration(late)}` : null;
}
