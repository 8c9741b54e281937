// How far the clock of a point is ahead of ours, by round trips: as in NTP (RFC 5905 section 8), where both ways are taken to be equally long.
import type { PointChild } from '../points/child.js';

export interface ClockOffset {
  readonly aheadMs: number;
  /** The clock is ahead by this much more or less. */
  readonly doubtMs: number;
}

/** For sh: prints a line when it is ready, and the time at each question (SIGUSR1, which its guard passes on). */
export const CLOCK_SCRIPT = 'trap "date +%s.%N" USR1; echo ready; while :; do sleep 1 & wait $!; done';

const ROUNDS = 5;
/** BusyBox's `date` does not know %N, and leaves it out or prints the letter. */
const TIME = /^(\d{1,12})\.(\d{9}|%?N?)$/;
/** A time without a fraction may be up to a second old. */
const HALF_SECOND_MS = 500;
const TIMEOUT_MS = 10_000;

/** Asks a child that runs the script, and ends it. Null where the point has no clock that can be asked. */
export async function measureClock(child: PointChild, signal: AbortSignal): Promise<ClockOffset | null> {
  const over = AbortSignal.any([AbortSignal.timeout(TIMEOUT_MS), signal]);
  const lines: string[] = [];
  let rest = '';
  let heard = () => {};
  child.output.setEncoding('utf8');
  child.output.on('data', (text: string) => {
    const parts = (rest + text).slice(-MAX_TEXT).split('\n');
    rest = parts.pop()!;
    lines.push(...parts);
    heard();
  });
  const next = async (): Promise<string | null> => {
    while (lines.length === 0 && child.end === null && !over.aborted)
      await new Promise<void>((resolve) => {
        heard = resolve;
        void child.ended.then(resolve);
        over.addEventListener('abort', () => resolve(), { once: true });
      });
    return lines.shift() ?? null;
  };
  let best: ClockOffset | null = null;
  if ((await next()) === 'ready')
    for (let round = 0; round < ROUNDS; round++) {
      const askedMs = now();
      child.askDrops();
      const answer = await next();
      const answeredMs = now();
      const [, seconds, fraction = ''] = TIME.exec(answer ?? '') ?? [];
      if (seconds === undefined) break;
      const isExact = /^\d/.test(fraction);
      const thereMs = Number(seconds) * 1000 + (isExact ? Number(fraction) / 1e6 : HALF_SECOND_MS);
      const doubtMs = (answeredMs - askedMs) / 2 + (isExact ? 0 : HALF_SECOND_MS);
      if (best === null || doubtMs < best.doubtMs) best = { aheadMs: thereMs - (askedMs + answeredMs) / 2, doubtMs };
    }
  await child.stop(1000);
  return best;
}

const MAX_TEXT = 1024;

const now = (): number => performance.timeOrigin + performance.now();
