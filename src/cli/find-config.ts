// Finds the config file of a project: a few looks at names, upwards from the folder at hand.
import { type Stats, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { safeText } from '../bytes/text.js';

export const CONFIG_NAMES = ['ts', 'mts', 'js', 'mjs', 'yaml', 'yml'].map((ending) => `hopscope.config.${ending}`);

/**
 * The path of the nearest one, or null. One that somebody else could have put there (in /tmp, in a shared folder) is told of and passed over:
 * it may run programs.
 */
export function findConfig(from: string): string | null {
  for (let folder = from; ; folder = dirname(folder)) {
    for (const name of CONFIG_NAMES) {
      const path = join(folder, name);
      const stats = statSync(path, { throwIfNoEntry: false });
      if (stats?.isFile() !== true) continue;
      if (isOurs(stats)) return path;
      process.stderr.write(
        `hopscope: note: ${safeText(path)} belongs to another user (or all may write it) and is not used; --config FILE uses it\n`,
      );
    }
    if (dirname(folder) === folder) return null;
  }
}

function isOurs({ uid, mode }: Stats): boolean {
  const me = process.getuid?.();
  if (me === undefined) return true;
  const caller = Number(process.env['SUDO_UID'] ?? Number.NaN);
  return (uid === me || uid === 0 || (me === 0 && uid === caller)) && (mode & 0o002) === 0;
}
