// Files by name, folder or pattern.
import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Files of one pattern; a file system has more than anyone checks. */
const MAX_FILES = 10_000;

export const isPattern = (path: string): boolean => /[*?{[]/.test(path);

/** A pattern as a regular expression: `*` and `?` within a name, `**` over folders, `{a,b}`, `[abc]`. */
function regex(pattern: string): RegExp {
  let text = '';
  for (let i = 0; i < pattern.length; i++) {
    const c = pattern[i];
    if (c === '*' && pattern[i + 1] === '*') {
      text += pattern[i + 2] === '/' ? '(?:.*/)?' : '.*';
      i += pattern[i + 2] === '/' ? 2 : 1;
    } else if (c === '*') text += '[^/]*';
    else if (c === '?') text += '[^/]';
    else if (c === '{' && pattern.indexOf('}', i) > 0) {
      const end = pattern.indexOf('}', i);
      const words = pattern.slice(i + 1, end).split(',');
      text += `(?:${words.map((word) => word.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')).join('|')})`;
      i = end;
    } else if (c === '[' && pattern.indexOf(']', i + 2) > 0) {
      const end = pattern.indexOf(']', i + 2);
      text += `[${pattern
        .slice(i + 1, end)
        .replace(/^!/, '^')
        .replace(/[\\[]/g, '\\$&')}]`;
      i = end;
    } else text += c.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
  }
  return new RegExp(`^${text}$`);
}

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
  const test = regex(pattern.replace(/^\.\//, ''));
  return filesUnder(root, (path) => test.test(path.replace(/^\.\//, '')));
}
