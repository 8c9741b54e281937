// The types of the library, into dist/types: those files alone that its entries lead to, so that no part of the engine becomes public by its
// types. Fails where one of them would need a package that is not installed with hopscope.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';

const ENTRIES = ['browser', 'index', 'matchers', 'plugin', 'reporter', 'vitest'].map((name) =>
  join('src', 'library', `${name}.d.ts`),
);
/** Packages that declarations may name: whoever imports `hopscope/vitest` has vitest. */
const KNOWN = ['vitest'];
const to = join('dist', 'types');

const made = mkdtempSync(join(tmpdir(), 'hopscope-types-'));
try {
  const tsc = join('node_modules', 'typescript', 'bin', 'tsc');
  const { status } = spawnSync(process.execPath, [tsc, '-p', 'tsconfig.library.json', '--outDir', made], { stdio: 'inherit' });
  if (status !== 0) process.exit(1);
  rmSync(to, { recursive: true, force: true });
  const reached = new Set(ENTRIES);
  for (const file of reached) {
    const text = readFileSync(join(made, file), 'utf8');
    for (const [, name] of text.matchAll(/(?:from|import\()\s*'([^']+)'/g)) {
      const inner = relative(made, join(made, dirname(file), name.replace(/\.js$/, '.d.ts')));
      if (name.startsWith('.') && existsSync(join(made, inner))) reached.add(inner);
      else if (!KNOWN.includes(name)) throw new Error(`${file} needs the types of ${name}, which is not installed with hopscope`);
    }
    mkdirSync(join(to, dirname(file)), { recursive: true });
    writeFileSync(join(to, file), text);
  }
  writeFileSync(join(to, 'package.json'), '{ "type": "module" }\n');
} finally {
  rmSync(made, { recursive: true, force: true });
}
