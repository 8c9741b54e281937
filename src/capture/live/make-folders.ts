// Folders for what is written.
import { mkdirSync, rmdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;

/**
 * Makes a folder and those that it lies in. Returns what leaves them as they were, as long as nothing was put there. Throws the error of
 * the system, and then has made none. Not `recursive`: Node.js says then of a read-only disk that the folder does not exist.
 */
export function makeFolders(path: string): () => void {
  const missing: string[] = [];
  for (let at = resolve(path); statSync(at, { throwIfNoEntry: false }) === undefined && at !== dirname(at); at = dirname(at))
    missing.push(at);
  const made: string[] = [];
  const undo = (): void => {
    try {
      for (const one of made.splice(0).reverse()) rmdirSync(one);
    } catch {
      // Somebody has put something there.
    }
  };
  try {
    for (const one of missing.reverse()) {
      // Another process may have made it meanwhile.
      if (isFolder(one)) continue;
      mkdirSync(one);
      made.push(one);
    }
  } catch (error) {
    undo();
    throw error;
  }
  return undo;
}
