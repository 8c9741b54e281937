// Fuzzed, cut and crashing captures of other projects: diagnose must end, quickly, in bounded memory, with a clear line.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '..');
const corpus = process.env['HOPSCOPE_CORPUS'] ?? resolve(ROOT, '../shared/corpus');
const folder = join(corpus, 'malformed');
const files = existsSync(folder) ? readdirSync(folder).filter((name) => !name.endsWith('.tcpdump.txt')) : [];
if (files.length === 0) console.log(`malformed captures: none in ${folder}; set HOPSCOPE_CORPUS to a folder that has them`);

const MAX_MB = 300;
const MAX_SECONDS = 10;

describe.skipIf(files.length === 0)('malformed captures through diagnose', () => {
  it.each(files)('%s', (name) => {
    // getrusage of the child itself: the limit is about its peak, not about what is left at the end.
    const program = `process.on('exit', () => console.error('peak', process.resourceUsage().maxRSS)); process.argv.splice(1, 1, ${JSON.stringify(join(ROOT, 'dist/cli.js'))}); await import(${JSON.stringify(join(ROOT, 'dist/cli.js'))});`;
    const run = spawnSync(
      process.execPath,
      ['--input-type=module', '-e', program, 'x', 'diagnose', join(folder, name), '-f', 'json', '--no-progress'],
      { encoding: 'utf8', timeout: MAX_SECONDS * 1000, maxBuffer: 1 << 28 },
    );
    expect(run.error, 'hung').toBeUndefined();
    expect(run.signal).toBeNull();
    expect([0, 1, 3, 4]).toContain(run.status);
    expect(run.stderr).not.toMatch(/at file:\/\/|node:internal|internal error/);
    const report = JSON.parse(run.stdout) as { captures: { error: string | null }[] };
    if (run.status === 4) expect(report.captures[0].error).toMatch(/\S/);
    const peak = Number(/peak (\d+)/.exec(run.stderr)?.[1]) / 1024;
    expect(peak).toBeGreaterThan(0);
    expect(peak).toBeLessThan(MAX_MB);
  });
});
