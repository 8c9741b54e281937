// What the scaffolds write compiles, passes the linter and its own tests before anyone has changed a line: a scaffold is text to the
// compiler, so what it imports may be gone. Only what they write and what they change is looked at: the rest is as it was.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let root: string;

/** What is written, and the lists that get a line more. */
const WRITTEN = [
  'src/rules/tcp-example-fault.ts',
  'test/rules/tcp-example-fault.test.ts',
  'dissectors/example-probe.ts',
  'test/dissectors/example-probe.test.ts',
  'src/expect/keys/example-key.ts',
  'test/expect/keys/example-key.ts',
  'src/tui/example-view/view.ts',
  'src/rules/index.ts',
  'dissectors/index.ts',
  'src/expect/keys/index.ts',
  'src/tui/views.ts',
];

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
  it('are where they belong', () => {
    expect(WRITTEN.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });
  it('compile', () => {
    const files = ['src/rules/markdown.d.ts', ...WRITTEN];
    writeFileSync(join(root, 'tsconfig.written.json'), JSON.stringify({ extends: './tsconfig.json', include: [], files }));
    node(bin('typescript/bin/tsc'), '-p', 'tsconfig.written.json');
  }, 240_000);
  it(
    'pass the linter',
    () => node(bin('@biomejs/biome/bin/biome'), 'check', '--vcs-enabled=false', '--error-on-warnings', ...WRITTEN),
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
