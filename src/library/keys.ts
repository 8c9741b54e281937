// Keys of what programs hand over. A misspelt one would be left out in silence, and with it what it was to say.
import { nearest } from '../bytes/nearest.js';
import { UsageError } from '../errors.js';

/** Throws UsageError for what is no object, and for keys that nobody knows. `what`: `an option`, `a key of a flow`. */
export function checkKeys(what: string, given: unknown, known: readonly string[]): void {
  if (typeof given !== 'object' || given === null || Array.isArray(given))
    throw new UsageError(`${JSON.stringify(given) ?? 'nothing'} was given where an object is wanted: { ${known.join(', ')} }`);
  for (const key of Object.keys(given)) {
    if (known.includes(key)) continue;
    const meant = nearest(key, known);
    throw new UsageError(
      `'${key}' is not ${what}; ${meant === null ? `there are ${known.join(', ')}` : `did you mean '${meant}'?`}`,
    );
  }
}

/** What `analyze`, `verify` and `lab` take. */
export const SURROUNDINGS = ['topology', 'ifmap', 'decodeAs', 'signal', 'onProgress', 'onNote', 'workers', 'rules'] as const;
