// How many of what an expectation is about there must be.
import atLeast from './keys/at-least.js';
import atMost from './keys/at-most.js';
import count from './keys/count.js';
import type { Builder } from './plan.js';
import { type Bounds, parseBounds } from './units.js';

/** At least one when nothing is said, so that nothing passes for want of packets. */
export function wantedCount(b: Builder): Bounds {
  const [number, least, most] = [b.get(count), b.get(atLeast), b.get(atMost)];
  const bounds = number === undefined ? null : parseBounds(number);
  return {
    least: least ?? bounds?.least ?? (most === undefined ? 1 : 0),
    most: most ?? bounds?.most ?? Number.POSITIVE_INFINITY,
  };
}
