// The folder where this user's programs keep what can be worked out again (XDG Base Directory Specification).
import { type Stats, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Null where none is surely this user's: sudo may leave HOME as it was. */
export function cacheFolder(): string | null {
  const { XDG_CACHE_HOME: given } = process.env;
  try {
    const home = given?.startsWith('/') ? given : homedir();
    return isMine(statSync(home)) ? join(home, ...(home === given ? [] : ['.cache']), 'hopscope') : null;
  } catch {
    return null;
  }
}

/** Windows has no such owners; the folder of a user is private there. */
export const isMine = ({ uid }: Stats): boolean => process.geteuid === undefined || uid === process.geteuid();
