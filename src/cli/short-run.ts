// Whether a run is over in a moment, as its arguments say: then nothing that it makes need be collected, which would take a tenth of its time.
import { type Stats, statSync } from 'node:fs';

/** The young generation grows at once to what V8 allows, 16 MB, of which a short run touches what it uses. */
export const YOUNG_GROWS = '--semi-space-growth-factor=32';
/** Commands that read what their arguments name, and no more. */
const COMMANDS = new Set(['diagnose', 'dump', 'flows', 'follow', 'info']);
/** Bytes of all files together. */
const SHORT_BYTES = 1 << 20;

/** Files are named as they are, as `point=FILE`, and as `--option=FILE`; a folder may hold much. */
export function isShort(args: readonly string[]): boolean {
  const [first = ''] = args;
  const isCommand = /^[a-z][a-z-]*$/.test(first);
  if (isCommand && !COMMANDS.has(first)) return false;
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
