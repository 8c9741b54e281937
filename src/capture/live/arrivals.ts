// The clock of a live capture: what it shows now, by when its frames came and what times they had.
import type { Frame } from '../frame.js';
import type { Feed } from './feed.js';

export class Arrivals {
  /** Least time between a frame's and its arrival, in milliseconds: what the clocks differ by, and the shortest delay. */
  private lagMs = Number.POSITIVE_INFINITY;
  /** When frames came last, in milliseconds since 1970 by this system's clock. */
  lastMs = 0;

  constructor(private readonly feed: Pick<Feed, 'lateMs'>) {}

  /** The latest of the frames at hand. */
  see({ hasTime, seconds, nanoseconds }: Pick<Frame, 'hasTime' | 'seconds' | 'nanoseconds'>, nowMs: number): void {
    if (!hasTime) return;
    this.lastMs = nowMs;
    this.lagMs = Math.min(this.lagMs, nowMs - seconds * 1e3 - nanoseconds / 1e6);
  }

  /** Milliseconds since 1970 by the clock of the capture: all frames up to then have been handed over. */
  upTo(nowMs: number): number {
    return nowMs - this.lagMs - this.feed.lateMs;
  }
}
