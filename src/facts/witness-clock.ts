// How far the clock of a text is ahead of the captures': tools print local time or UTC, and do not say which.
import { push } from '../bytes/groups.js';

/** What time zones differ by. */
const QUARTER_MS = 900_000;
const DAY_MS = 86_400_000;
/** No two zones are farther apart: UTC-12 and UTC+14. */
const MOST_MS = 26 * 3_600_000;
/** Clocks of machines of one lab are this near, time zones aside. */
const NEAR_MS = 120_000;
/** Below this, clocks are taken for the same: a packet is seen at different moments by different tools. */
const SAME_MS = 500;

export interface ClockOffset {
  readonly aheadMs: number;
  /** Flows that it was found from. */
  readonly flows: number;
}

/**
 * `differences`: of flows that both saw, the time in the text less the time in the captures, in milliseconds. First the whole quarter hours
 * that most of them agree on, then what they differ by beside that. `dateless`: the captures know times of day only. Null: they do not agree.
 */
export function clockOffset(differences: readonly number[], dateless: boolean): ClockOffset | null {
  const folded = differences.map((ms) => (dateless ? ms - Math.round(ms / DAY_MS) * DAY_MS : ms));
  const votes = new Map<number, number[]>();
  for (const ms of folded) {
    const quarters = Math.round(ms / QUARTER_MS) * QUARTER_MS;
    const rest = ms - quarters;
    if (Math.abs(quarters) > MOST_MS || Math.abs(rest) > NEAR_MS) continue;
    push(votes, quarters, rest);
  }
  let best: { readonly quarters: number; readonly rests: number[] } | null = null;
  for (const [quarters, rests] of votes) {
    const more = best === null ? 1 : rests.length - best.rests.length;
    if (more > 0 || (more === 0 && best !== null && Math.abs(quarters) < Math.abs(best.quarters))) best = { quarters, rests };
  }
  if (best === null) return null;
  const sorted = [...best.rests].sort((a, b) => a - b);
  const middle = sorted[sorted.length >> 1];
  return { aheadMs: best.quarters + (Math.abs(middle) > SAME_MS ? Math.round(middle) : 0), flows: sorted.length };
}
