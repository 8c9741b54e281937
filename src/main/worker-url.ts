// Where the built file of a worker thread is. A thread cannot be started from TypeScript: under the test runner, which reads the
// sources as they are, it is taken from dist/ as well.
import { existsSync } from 'node:fs';

/** `name` as in scripts/workers.mjs; null where it was not built, and the work is to be done in the calling thread. */
export function workerUrl(name: string): URL | null {
  for (const place of [`./${name}.js`, `../../dist/${name}.js`]) {
    const url = new URL(place, import.meta.url);
    if (url.protocol === 'file:' && existsSync(url)) return url;
  }
  return null;
}
