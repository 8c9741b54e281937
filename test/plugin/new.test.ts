// `hopscope new`, as a contributor begins: what it writes works at once, and its tests pass.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loaded } from '../cli/loaded.js';

const ROOT = resolve(import.meta.dirname, '..', '..');
let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hopscope-new-'));
  // As after `npm install`.
  mkdirSync(join(folder, 'node_modules'));
  mkdirSync(join(folder, 'temporary'));
  symlinkSync(ROOT, join(folder, 'node_modules', 'hopscope'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const node = (...args: string[]) => {
  const { NODE_OPTIONS: _, NODE_TEST_CONTEXT: __, ...env } = process.env;
  return spawnSync(process.execPath, args, {
    cwd: folder,
    encoding: 'utf8',
    env: { ...env, TMPDIR: join(folder, 'temporary') },
  });
};
const hopscope = loaded(() => ({ cwd: folder }));

describe('hopscope new', () => {
  it.each([
    ['rule', 'printer-asked', 'printer-asked.mjs', 'printer-asked.test.mjs', 2],
    ['dissector', 'lab-probe', 'lab-probe.mjs', 'lab-probe.test.mjs', 2],
    ['plugin', 'my-lab', 'my-lab/index.mjs', 'my-lab/my-lab.test.mjs', 4],
  ])('%s: works, and its tests pass', async (kind, name, file, test, count) => {
    const made = await hopscope('new', kind, name);
    expect(made.stderr).toBe('');
    expect(made.stdout).toContain(`wrote ${file}\n`);
    expect(made.stdout).toContain(`--plugin ${file}`);
    const run = node('--test', '--test-reporter=tap', test);
    expect(run.stdout, run.stdout + run.stderr).toContain(`# pass ${count}\n# fail 0`);
    expect(readdirSync(join(folder, 'temporary'))).toEqual([]);
    const used = node(join(ROOT, 'dist/cli.js'), join(ROOT, 'captures/dns-silent.pcap'), '--plugin', file, '-f', 'json');
    expect(used.stderr).toBe('');
    expect(used.status).toBe(1);
    const again = await hopscope('new', kind, name);
    expect(again.code).toBe(2);
    expect(again.stderr).toContain('is there already');
  });

  it('refuses names that are none, and writes nothing then', async () => {
    const before = readdirSync(folder);
    for (const name of ['../x', 'A b', '']) expect((await hopscope('new', 'rule', name)).code).toBe(2);
    expect((await hopscope('new', 'thing', 'x')).stderr).toContain('rule, dissector, plugin');
    expect(readdirSync(folder)).toEqual(before);
  });
});
