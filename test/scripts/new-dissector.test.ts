// The scaffold, run in a copy of the parts that it and its test need.
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

let root: string;

beforeAll(() => {
  root = realpathSync(mkdtempSync(join(tmpdir(), 'hopscope-new-')));
  for (const path of [
    'dissectors',
    'docs/protocols.md',
    'scripts/new-dissector.mjs',
    'test/dissectors/vectors.ts',
    'test/slowest.ts',
  ])
    cpSync(path, join(root, path), { recursive: true });
  for (const path of [
    'src/bytes',
    'src/capture',
    'src/texts',
    'src/dissect',
    'src/host',
    'src/errors.ts',
    'test/dissectors/complete.test.ts',
  ])
    cpSync(path, join(root, path), { recursive: true });
  for (const path of ['package.json', 'tsconfig.json', 'biome.json', 'vitest.config.ts']) cpSync(path, join(root, path));
  mkdirSync(join(root, 'src'), { recursive: true });
  symlinkSync(resolve('node_modules'), join(root, 'node_modules'));
});

afterAll(() => rmSync(root, { recursive: true, force: true }));

const scaffold = (...args: string[]) =>
  spawnSync(process.execPath, ['scripts/new-dissector.mjs', ...args], { cwd: root, encoding: 'utf8' });
const bin = (name: string, ...args: string[]) =>
  execFileSync(process.execPath, [resolve('node_modules', name), ...args], { cwd: root, encoding: 'utf8', stdio: 'pipe' });

describe('npm run new:dissector', () => {
  it('writes what passes its own test, the completeness test and the linter', () => {
    const claims = [
      'lab-probe',
      'udp.port=60001',
      'lab-link',
      'ethertype=0x88b5',
      'lab-next',
      'ip.proto=253',
      'zz',
      'tcp.port=60002',
    ];
    for (let i = 0; i < claims.length; i += 2) {
      const done = scaffold(claims[i], claims[i + 1]);
      expect(done.stderr).toBe('');
      expect(done.status).toBe(0);
    }
    expect(readFileSync(join(root, 'dissectors/index.ts'), 'utf8')).toContain("import { labProbe } from './lab-probe.js';");
    expect(readFileSync(join(root, 'docs/protocols.md'), 'utf8')).toContain('| `lab-probe` | lab-probe | RFC 0000 |');
    bin('@biomejs/biome/bin/biome', 'check', '--vcs-enabled=false', 'dissectors', 'test/dissectors');
    bin('vitest/vitest.mjs', 'run', 'test/dissectors');
  });

  it.each([
    [[], 'two arguments'],
    [['Probe', 'udp.port=1'], 'no name'],
    [['../probe', 'udp.port=1'], 'no name'],
    [['probe', 'serial.port=1'], 'no table'],
    [['probe', 'ip.proto=256'], 'too large'],
    [['vxlan', 'udp.port=4789'], 'already there'],
  ])('refuses %j', (args, reason) => {
    const before = readFileSync(join(root, 'dissectors/index.ts'), 'utf8');
    const done = scaffold(...args);
    expect(done.status).toBe(2);
    expect(done.stderr).toContain(reason);
    expect(readFileSync(join(root, 'dissectors/index.ts'), 'utf8')).toBe(before);
  });
});
