// What tells that a file has changed.
import { statSync } from 'node:fs';

/** Time and size; of a folder its time; '' where it is not there. */
export function stampOf(file: string): string {
  try {
    const stats = statSync(file, { throwIfNoEntry: false });
    return stats === undefined ? '' : `${stats.mtimeMs} ${stats.isFile() ? stats.size : ''}`;
  } catch {
    return '';
  }
}
