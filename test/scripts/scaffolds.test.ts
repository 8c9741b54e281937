// What the scaffolds write compiles, passes the linter and its own tests before anyone has changed a line: a scaffold is text to the
// compiler, so what it imports may be gone.
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, it } from 'vitest';

let root: string;

const node = (...args: string[]): void => {
  try {
    execFileSync(process.execPath, args, { cwd: root, encoding: 'utf8', stdio: 'pipe' });
  } catch (error) {
    throw new Error((error as { stdout: string; stderr: string }).stdout + (error as { stderr: string }).stderr);
  }
};
const bin = (path: string): string => resolve('node_modules', path);

beforeAll(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'hopscope-scaffolds-')));
  const parts = ['src', 'dissectors', 'scripts', 'test', 'docs', 'schema', 'captures'];
  for (const path of [...parts, 'package.json', 'tsconfig.json', 'biome.json', 'vitest.config.ts'])
    cpSync(path, join(root, path), { recursive: true });
  symlinkSync(resolve('node_modules'), join(root, 'node_modules'));
  node('scripts/new-rule.mjs', 'tcp-example-fault');
  node('scripts/new-dissector.mjs', 'example-probe', 'udp.port=60001');
  node('scripts/new-expectation.mjs', 'exampleKey');
  node('scripts/new-view.mjs', 'example-view');
}, 120_000);

afterAll(() => rmSync(root, { recursive: true, force: true }), 60_000);

describe('a rule, a dissector, an expectation key and a view, as the scaffolds write them', () => {
  it('compile', () => node(bin('typescript/bin/tsc'), '--noEmit'), 240_000);
  it(
    'pass the linter',
    () =>
      node(
        bin('@biomejs/biome/bin/biome'),
        'check',
        '--vcs-enabled=false',
        '--error-on-warnings',
        'src',
        'dissectors',
        'test/expect/keys',
        'test/rules',
        'test/dissectors',
      ),
    120_000,
  );
  it(
    'pass their tests',
    () =>
      node(
        bin('vitest/vitest.mjs'),
        'run',
        'test/rules/tcp-example-fault.test.ts',
        'test/dissectors/example-probe.test.ts',
        'test/expect/keys.test.ts',
        '-t',
        'example-probe|tcp-example-fault|finds the fault|leaves what is healthy|exampleKey',
      ),
    240_000,
  );
});
