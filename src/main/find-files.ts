// Files by name, folder or pattern.

import { join, readdirSync, statSync } from '#host';
import picomatch from '#patterns';

/** Files of one pattern; a file system has more than anyone checks. */
const MAX_FILES = 10_000;

export const isPattern = (path: string): boolean => /[*?{[]/.test(path);

/** `*` and `?` within a name, `**` over folders, `{a,b}`, `[abc]`; a `!` or a bracket of the shell's extensions is part of a name. */
const matcher = (pattern: string): ((path: string) => boolean) =>
  picomatch(pattern, { dot: true, nonegate: true, noextglob: true, windows: false });

/** Files under a folder, sorted; names with a dot in front are left out. */
export function filesUnder(folder: string, wanted: (name: string) => boolean): string[] {
  const found: string[] = [];
  const visit = (path: string): void => {
    for (const entry of readdirSync(path, { withFileTypes: true })) {
      if (entry.name.startsWith('.') || found.length >= MAX_FILES) continue;
      const inside = path === '.' ? entry.name : join(path, entry.name);
      // A link to a folder could lead round in a circle.
      if (entry.isDirectory()) visit(inside);
      else if (wanted(inside)) found.push(inside);
    }
  };
  visit(folder);
  return found.sort();
}

/** Files that a pattern names, sorted. */
export function filesLike(pattern: string): string[] {
  const parts = pattern.split('/');
  const fixed = parts.slice(0, parts.findIndex(isPattern));
  const root = fixed.length === 0 ? '.' : fixed.join('/') || '/';
  try {
    if (!statSync(root).isDirectory()) return [];
  } catch {
    return [];
  }
  const matches = matcher(pattern.replace(/^\.\//, ''));
  return filesUnder(root, (path) => matches(path.replace(/^\.\//, '')));
}
