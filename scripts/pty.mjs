// The harness of test/tui/pty.ts for scripts: bundled, and imported from a folder in which its packages are found.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

const root = join(import.meta.dirname, '..');

/** `Pty` and `pause` of test/tui/pty.ts. */
export async function loadPty() {
  const outfile = join(root, '.bench', 'harness', 'pty.mjs');
  mkdirSync(join(root, '.bench', 'harness'), { recursive: true });
  await build({
    entryPoints: [join(root, 'test', 'tui', 'pty.ts')],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    packages: 'external',
    logLevel: 'warning',
  });
  return import(pathToFileURL(outfile).href);
}
