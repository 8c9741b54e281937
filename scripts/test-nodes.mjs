// Runs the tests with each supported version of Node.js, one line for each. The npm package `node` brings the versions; each is put
// into a folder of its own, and the native modules of the tests are prebuilt for all of them.
//   node scripts/test-nodes.mjs [--versions 20,22,24] [TEST...]
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { versions: { type: 'string', default: '20,22,24' } },
});
const UNREACHABLE = /ENOTFOUND|ECONNREFUSED|ECONNRESET|ETIMEDOUT|EAI_AGAIN|ENOTCACHED|E40[13]|network/i;

for (const version of values.versions.split(',')) {
  const folder = mkdtempSync(join(tmpdir(), `hopscope-node${version}-`));
  try {
    const install = spawnSync(
      'npm',
      // The package fetches the program for this system in a script of its own.
      ['install', '--prefix', folder, '--no-audit', '--no-fund', '--ignore-scripts=false', '--prefer-offline', `node@${version}`],
      { encoding: 'utf8' },
    );
    const bin = join(folder, 'node_modules', 'node', 'bin');
    const found = spawnSync(join(bin, 'node'), ['--version'], { encoding: 'utf8' });
    if (install.status !== 0 || found.status !== 0) {
      const unreachable = UNREACHABLE.test(install.stderr);
      const why = install.stderr.trim().split('\n').at(-1) || String(found.error);
      console.log(
        `node ${version}: ${unreachable ? 'skipped, the registry cannot be reached' : 'failed, could not be installed'}: ${why}`,
      );
      if (!unreachable) process.exitCode = 1;
      continue;
    }
    const startMs = Date.now();
    const run = spawnSync(
      join(bin, 'node'),
      [join('node_modules', 'vitest', 'vitest.mjs'), 'run', '--reporter=default', ...positionals],
      {
        encoding: 'utf8',
        maxBuffer: 1 << 28,
        env: { ...process.env, NO_COLOR: '1', PATH: `${bin}${delimiter}${process.env.PATH}` },
      },
    );
    const counts = /^\s*Tests\s+(.*)$/m.exec(run.stdout)?.[1] ?? 'no result';
    const seconds = Math.round((Date.now() - startMs) / 1000);
    console.log(`node ${found.stdout.trim()}: ${run.status === 0 ? 'passed' : 'FAILED'}: ${counts}, ${seconds} s`);
    if (run.status !== 0) {
      process.exitCode = 1;
      const output = run.stdout + run.stderr;
      const log = join(tmpdir(), `hopscope-node${version}.log`);
      writeFileSync(log, output);
      for (const line of output.split('\n').filter((text) => /^\s*FAIL /.test(text))) console.log(`  ${line.trim()}`);
      console.log(`  all of it is in ${log}`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
