// Small files that are kept from one run to the next, in the XDG folders of the user.
import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** `given`: the variable of the XDG Base Directory Specification, which says that relative paths are to be ignored. */
export const ownFolder = (given: string | undefined, below: string): string =>
  join(given?.startsWith('/') ? given : join(homeFolder(), below), 'hopscope');

/** A user without a home, as in a container with a number of its own, keeps nothing. */
export function homeFolder(): string {
  try {
    return homedir();
  } catch {
    return '/nonexistent';
  }
}

/** Writes a file whole, or leaves it as it was; null, or why it could not be written. */
export function keep(folder: string, name: string, value: unknown): string | null {
  const path = join(folder, name);
  const temporary = `${path}.${process.pid}`;
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    writeFileSync(temporary, `${JSON.stringify(value, null, 2)}\n`, { mode: 0o600 });
    renameSync(temporary, path);
    return null;
  } catch (error) {
    try {
      rmSync(temporary, { force: true });
    } catch {
      // What could not be written cannot be removed either.
    }
    return error instanceof Error ? error.message : String(error);
  }
}

export const isText = (value: unknown): value is string => typeof value === 'string' && value.length <= 4096;
export const isTexts = (value: unknown): value is string[] => Array.isArray(value) && value.length <= 1000 && value.every(isText);
export const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
