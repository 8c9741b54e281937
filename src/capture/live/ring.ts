// The names of a ring's files: `router.pcapng` -> `router-00001.pcapng`, `router-00002.pcapng`, ...
import { readdirSync } from 'node:fs';
import { basename, dirname, extname, join } from 'node:path';

const DIGITS = 5;

export const numbered = (path: string, number: number): string => {
  const ending = extname(path);
  return join(dirname(path), `${basename(path, ending)}-${String(number).padStart(DIGITS, '0')}${ending}`);
};

/** Files of a ring of this name that are there. */
export function ringFiles(path: string): string[] {
  const ending = extname(path);
  const start = `${basename(path, ending)}-`;
  const isNumbered = (name: string): boolean => {
    const number = name.slice(start.length, name.length - ending.length);
    return name.startsWith(start) && name.endsWith(ending) && number.length >= DIGITS && /^\d+$/.test(number);
  };
  try {
    return readdirSync(dirname(path))
      .filter(isNumbered)
      .map((name) => join(dirname(path), name));
  } catch {
    // Whoever writes there says what is wrong with the folder.
    return [];
  }
}
