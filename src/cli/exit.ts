import { HopscopeError } from '../errors.js';
import { kindOf } from '../report/causes.js';
import { MISTAKE, type Run } from '../report/run.js';

export const EXIT = {
  good: 0,
  failed: 1,
  usage: 2,
  inconclusive: 3,
  damaged: 4,
  /** EX_SOFTWARE of sysexits.h: a fault of this program, which must not read as a verdict on the lab. */
  internal: 70,
  /** As shells have it for what Ctrl-C ended. */
  interrupted: 130,
} as const;

/** A capture that could not be read to its end comes first, then one that was not: what else was found may not be all there is. */
export function exitCodeOf(run: Run): number {
  if (run.captures.some((capture) => capture.error !== null)) return EXIT.damaged;
  if (run.captures.some(({ interrupted }) => interrupted === true)) return EXIT.inconclusive;
  // Of a file with mistakes nothing is known, whatever became of the others.
  if (run.suites?.some(({ expectations }) => expectations.some(({ kind }) => kind === MISTAKE))) return EXIT.usage;
  const kinds = run.findings.map(kindOf);
  if (kinds.includes('fault')) return EXIT.failed;
  // Silence is no pass where a point was not captured, or the command itself says that something is wrong.
  if (run.captures.some(({ lacking }) => lacking !== undefined)) return EXIT.inconclusive;
  return kinds.includes('open') ? EXIT.inconclusive : EXIT.good;
}

export function exitCodeOfError(error: unknown): number {
  if (!(error instanceof HopscopeError)) return EXIT.internal;
  if (error.code === 'interrupted') return EXIT.interrupted;
  return error.code === 'capture' ? EXIT.damaged : EXIT.usage;
}
