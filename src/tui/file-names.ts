// Names of files as they are typed.
import { readdirSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { homeFolder } from './kept.js';

/** Files of a folder that are offered. */
const MOST = 200;

/** A path as a person types it. */
export const homePath = (path: string): string => (path.startsWith('~/') ? `${homeFolder()}${path.slice(1)}` : path);

/** The paths that begin so; a folder ends in a slash. */
export function filesLike(typed: string): string[] {
  const path = homePath(typed);
  const folder = path.endsWith('/') ? path : dirname(path);
  const start = path.endsWith('/') ? '' : basename(path);
  const shown = typed.slice(0, typed.length - start.length);
  try {
    return readdirSync(folder)
      .filter((name) => name.startsWith(start) && (start.startsWith('.') || !name.startsWith('.')))
      .slice(0, MOST)
      .map((name) => {
        const isFolder = statSync(join(folder, name), { throwIfNoEntry: false })?.isDirectory() ?? false;
        return `${shown}${name}${isFolder ? '/' : ''}`;
      });
  } catch {
    return [];
  }
}

/** What all of them begin with. */
export function commonStart(texts: readonly string[]): string {
  let common = texts[0] ?? '';
  for (const text of texts) while (!text.startsWith(common)) common = common.slice(0, -1);
  return common;
}

/** A path as far as it is clear; null: nothing begins so. */
export function completeFile(typed: string): string | null {
  const choices = filesLike(typed);
  return choices.length === 0 ? null : commonStart(choices);
}
