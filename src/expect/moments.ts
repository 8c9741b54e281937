// Moments as people write them: a time since the start of the run, a wall-clock time, or the frames of a filter.
import { parseDuration } from '../bytes/units.js';

const WALL = /^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/;

/** Seconds since 1970 of `2026-01-05T12:00:00Z`; null when it is no such time. Without a zone it would be another time on each machine. */
export function parseWallClock(text: string): number | null {
  if (!WALL.test(text)) return null;
  const ms = Date.parse(text.replace(' ', 'T'));
  return Number.isNaN(ms) ? null : ms / 1000;
}

/** A time on the run's clock, in nanoseconds, once the run has begun (`zeroSeconds`: its zero); null when the text is no time. */
export function momentNs(value: string | number, zeroSeconds: () => number): (() => number) | null {
  const since = parseDuration(value);
  if (since !== null) return () => since;
  const wall = parseWallClock(String(value));
  return wall === null ? null : () => (wall - zeroSeconds()) * 1e9;
}
