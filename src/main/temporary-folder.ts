// Folders for what must not stay.
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { UsageError, whyUnwritable } from '../errors.js';

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
