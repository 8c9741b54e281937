// Whether two paths lead to one file: what is read must not be written over.
import { type BigIntStats, statSync } from '#host';

/** Plain files only, through links of both kinds: devices and pipes may be read and written. */
export function isSameFile(one: string, other: string): boolean {
  const [a, b] = [fileAt(one), fileAt(other)];
  return a !== null && b !== null && a.ino === b.ino && a.dev === b.dev;
}

function fileAt(path: string): BigIntStats | null {
  try {
    const stats = statSync(path, { bigint: true, throwIfNoEntry: false });
    return stats?.isFile() ? stats : null;
  } catch {
    // Whoever opens it says what is wrong with it.
    return null;
  }
}
