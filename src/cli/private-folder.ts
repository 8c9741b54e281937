// A folder that nobody else can look into, for what is unpacked. It goes with the process.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UsageError, whyUnwritable } from '../errors.js';
import { onDeath } from './on-death.js';

export function privateFolder(): string {
  const folder = temporaryFolder('hopscope-');
  const clean = (): void => rmSync(folder, { recursive: true, force: true });
  process.on('exit', clean);
  onDeath(clean);
  return folder;
}

/** A new folder under TMPDIR, for what must not stay. */
export function temporaryFolder(start: string): string {
  const place = tmpdir();
  try {
    return mkdtempSync(join(place, start));
  } catch (error) {
    throw new UsageError(
      `cannot write ${place}: ${whyUnwritable(error) ?? (error as Error).message}; set TMPDIR to a folder with room`,
    );
  }
}
