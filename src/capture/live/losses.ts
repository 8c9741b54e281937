// What a live capture has lost: as the feed counts it, and as its sources say in their own records.
import type { CaptureSource } from '../frame.js';
import type { Feed } from './feed.js';

/** Lost frames cast doubt on what is missing for this long. */
const DOUBT_MS = 60_000;

export class Losses {
  private source: CaptureSource | null = null;
  /** Of sources that have ended. */
  private before = 0;
  /** The counts of the last minute; the first is what had been lost before it. */
  private readonly counts: { atMs: number; total: number }[] = [];

  constructor(private readonly feed: Pick<Feed, 'dropped'>) {}

  begin(source: CaptureSource): void {
    this.source = source;
  }

  end(source: CaptureSource): void {
    this.before += countedBy(source);
    this.source = null;
  }

  /** Frames lost so far; null where nobody counts. */
  get total(): number | null {
    const told = this.feed.dropped();
    const counted = this.before + (this.source === null ? 0 : countedBy(this.source));
    return told === null && counted === 0 ? null : Math.max(told ?? 0, counted);
  }

  /** Those that what is missing now may be among. */
  ofLate(nowMs: number): number | null {
    const { total, counts } = this;
    if (total === null) return null;
    const last = counts.at(-1);
    if (last === undefined || last.total !== total) counts.push({ atMs: nowMs, total });
    while (counts.length > 1 && counts[1]!.atMs < nowMs - DOUBT_MS) counts.shift();
    const settled = counts[0]!.atMs < nowMs - DOUBT_MS ? counts[0]!.total : 0;
    return total - settled;
  }
}

/** Frames lost, as the capture itself says so far. */
const countedBy = ({ info }: CaptureSource): number =>
  Math.max(
    info.dropCount,
    info.interfaces.reduce((sum, i) => sum + (i.dropped ?? 0), 0),
  );
