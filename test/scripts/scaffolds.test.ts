// What the scaffolds write compiles, passes the linter and its own tests before anyone has changed a line: a scaffold is text to the
// compiler, so what it imports may be gone. Only what they write and what they change is looked at: the rest is as it was.
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { thoroughly } from '../thorough.js';

let root: string;

/** Dissectors of each kind of claim, and a name of two letters. */
const DISSECTORS = {
  'lab-probe': 'udp.port=60001',
  'lab-link': 'ethertype=0x88b5',
  'lab-next': 'ip.proto=253',
  zz: 'tcp.port=60002',
} as const;

/** What is written, and the lists that get a line more. */
const WRITTEN = [
  'src/rules/tcp-example-fault.ts',
  'test/rules/tcp-example-fault.test.ts',
  ...Object.keys(DISSECTORS).flatMap((name) => [`dissectors/${name}.ts`, `test/dissectors/${name}.test.ts`]),
  'src/expect/keys/example-key.ts',
  'test/expect/keys/example-key.ts',
  'src/tui/example-view/view.ts',
  'src/rules/index.ts',
  'dissectors/index.ts',
  'src/expect/keys/index.ts',
  'src/tui/views.ts',
];

const node = (...args: string[]): string => {
  try {
    return execFileSync(process.execPath, args, { cwd: root, encoding: 'utf8', stdio: 'pipe' });
  } catch (error) {
    throw new Error((error as { stdout: string; stderr: string }).stdout + (error as { stderr: string }).stderr);
  }
};
const newDissector = (...args: string[]) =>
  spawnSync(process.execPath, ['scripts/new-dissector.mjs', ...args], { cwd: root, encoding: 'utf8' });
const bin = (path: string): string => resolve('node_modules', path);

beforeAll(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'hopscope-scaffolds-')));
  const parts = ['src', 'dissectors', 'scripts', 'test', 'docs', 'schema', 'captures'];
  for (const path of [...parts, 'package.json', 'tsconfig.json', 'biome.json', 'vitest.config.ts'])
    cpSync(path, join(root, path), { recursive: true });
  symlinkSync(resolve('node_modules'), join(root, 'node_modules'));
  node('scripts/new-rule.mjs', 'tcp-example-fault');
  for (const [name, claim] of Object.entries(DISSECTORS)) {
    const { stderr, status } = newDissector(name, claim);
    if (status !== 0 || stderr !== '') throw new Error(stderr);
  }
  node('scripts/new-expectation.mjs', 'exampleKey');
  node('scripts/new-view.mjs', 'example-view');
}, 120_000);

afterAll(() => rmSync(root, { recursive: true, force: true }), 60_000);

describe('a rule, a dissector, an expectation key and a view, as the scaffolds write them', () => {
  it('are where they belong', () => {
    expect(WRITTEN.filter((path) => !existsSync(join(root, path)))).toEqual([]);
  });
  it('are in the lists', () => {
    expect(readFileSync(join(root, 'dissectors/index.ts'), 'utf8')).toContain("import { labProbe } from './lab-probe.js';");
    expect(readFileSync(join(root, 'docs/protocols.md'), 'utf8')).toContain('| `lab-probe` | lab-probe | RFC 0000 |');
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
  thoroughly(
    'pass their tests',
    () => {
      const said = node(
        bin('vitest/vitest.mjs'),
        'run',
        'test/rules/tcp-example-fault.test.ts',
        ...Object.keys(DISSECTORS).map((name) => `test/dissectors/${name}.test.ts`),
        'test/dissectors/complete.test.ts',
        'test/expect/keys.test.ts',
        '-t',
        `${Object.keys(DISSECTORS).join('|')}|the list of dissectors|tcp-example-fault|finds the fault|leaves what is healthy|exampleKey`,
      );
      // Of no file were all tests passed over.
      for (const name of [...Object.keys(DISSECTORS), 'complete', 'tcp-example-fault'])
        expect(stripVTControlCharacters(said)).toMatch(new RegExp(`✓ .*/${name}\\.test\\.ts`));
    },
    240_000,
  );
});

describe('npm run new:dissector', () => {
  it.each([
    [[], 'two arguments'],
    [['Probe', 'udp.port=1'], 'no name'],
    [['../probe', 'udp.port=1'], 'no name'],
    [['probe', 'serial.port=1'], 'no table'],
    [['probe', 'ip.proto=256'], 'too large'],
    [['vxlan', 'udp.port=4789'], 'already there'],
  ])('refuses %j', (args, reason) => {
    const before = readFileSync(join(root, 'dissectors/index.ts'), 'utf8');
    const done = newDissector(...args);
    expect(done.status).toBe(2);
    expect(done.stderr).toContain(reason);
    expect(readFileSync(join(root, 'dissectors/index.ts'), 'utf8')).toBe(before);
  });
});
