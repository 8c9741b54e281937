// Fuzzed, cut and crashing captures of other projects: diagnose must end, quickly, in bounded memory, with a clear line. One process takes
// them all, so that what one of them leaves broken shows in the next.
import { existsSync, readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { measured } from './cli/loaded.js';

const ROOT = resolve(import.meta.dirname, '..');
const corpus = process.env['HOPSCOPE_CORPUS'] ?? resolve(ROOT, '../shared/corpus');
const folder = join(corpus, 'malformed');
const files = existsSync(folder) ? readdirSync(folder).filter((name) => !name.endsWith('.tcpdump.txt')) : [];
if (files.length === 0) console.log(`malformed captures: none in ${folder}; set HOPSCOPE_CORPUS to a folder that has them`);

/** With what the process keeps of the captures before. */
const MAX_MB = 400;
/** Of CPU: a loaded machine makes it wait, and does not make it work more. */
const MAX_SECONDS = 10;

describe.skipIf(files.length === 0)('malformed captures through diagnose', () => {
  const run = measured(() => ({}));

  it.each(files)('%s', async (name) => {
    const { said, cost } = await run('diagnose', join(folder, name), '-f', 'json', '--no-progress');
    expect([0, 1, 3, 4]).toContain(said.code);
    expect(said.stderr).not.toMatch(/at file:\/\/|node:internal|internal error/);
    const report = JSON.parse(said.stdout) as { captures: { error: string | null }[] };
    if (said.code === 4) expect(report.captures[0]?.error).toMatch(/\S/);
    expect(cost.peakMb).toBeGreaterThan(0);
    expect(cost.peakMb).toBeLessThan(MAX_MB);
    expect(cost.cpuSeconds).toBeLessThan(MAX_SECONDS);
  });
});
