// A run that is over in a moment, as its arguments say, is spared what V8 does for runs that last: it took a fifth of the CPU.
import { type Stats, statSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';

/** The young generation grows at once to what V8 allows, 16 MB, of which a short run touches what it uses: nothing need be collected. */
const YOUNG_GROWS = '--semi-space-growth-factor=32';
/** Functions that are often called are compiled to fast code beside the run, which is over before that pays. */
const NOT_FAST = '--no-opt';
export const FAST = '--opt';
/** After this time it does. */
const SHORT_MS = 100;
/** Commands that read what their arguments name, and no more. */
const COMMANDS = new Set(['diagnose', 'dump', 'flows', 'follow', 'info']);
/** Bytes of all files together. */
const SHORT_BYTES = 1 << 16;

/** Set after the program was loaded: V8 takes what was compiled under the same flags only. */
export function keepShort(): void {
  setFlagsFromString(YOUNG_GROWS);
  setFlagsFromString(NOT_FAST);
  setTimeout(setFlagsFromString, SHORT_MS, FAST).unref();
}

/** Files are named as they are, as `point=FILE`, and as `--option=FILE`; a folder may hold much, and so may a pipe. */
export function isShort(args: readonly string[]): boolean {
  const [first = ''] = args;
  const isCommand = /^[a-z][a-z-]*$/.test(first);
  if ((isCommand && !COMMANDS.has(first)) || args.some((arg) => /^(.*=)?-$/.test(arg))) return false;
  const named = args.slice(isCommand ? 1 : 0).flatMap((arg) => statsOf(arg) ?? statsOf(arg.slice(arg.indexOf('=') + 1)) ?? []);
  const bytes = named.reduce((sum, stats) => sum + (stats.isFile() ? stats.size : Number.POSITIVE_INFINITY), 0);
  return named.length > 0 && bytes <= SHORT_BYTES;
}

function statsOf(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}
