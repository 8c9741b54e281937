// scripts/where.mjs: a stack trace of dist/ in lines of the sources.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'hopscope-where-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it('tells where in the sources an internal error happened', () => {
  const fault = join(folder, 'fault.cjs');
  writeFileSync(fault, "Int32Array.prototype.fill = () => { throw new Error('on purpose'); };");
  const run = (args: readonly string[], input = '') =>
    spawnSync(process.execPath, args, { encoding: 'utf8', input, env: { ...process.env, HOPSCOPE_DEBUG: '1' } });
  const trace = run(['-r', fault, 'dist/cli.js', 'captures/native-missing-route.pcap']);
  expect(trace.status).toBe(70);
  expect(trace.stderr).toMatch(/on purpose[\s\S]*dist\/main\.js:\d+:\d+/);
  const told = run(['scripts/where.mjs'], trace.stderr).stdout;
  expect(told).not.toContain('dist/main.js');
  const places = [...told.matchAll(/\((src\/[\w/-]+\.ts):(\d+):/g)];
  const lines = places.map(([, file, line]) => readFileSync(file!, 'utf8').split('\n')[Number(line) - 1]);
  expect(lines.some((line) => line?.includes('.fill('))).toBe(true);
});
