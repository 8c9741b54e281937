// Looks at the package as it would be published: publint and attw (@arethetypeswrong/cli), which npx fetches.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const folder = mkdtempSync(join(tmpdir(), 'hopscope-health-'));
try {
  const args = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder];
  const told = JSON.parse(execFileSync('npm', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
  const tarball = join(folder, Object.values(told)[0].filename);
  const checks = [
    ['publint@0.3', tarball, '--strict'],
    // All of it is made of modules: what a CommonJS program may do is no question.
    ['@arethetypeswrong/cli@0.18', tarball, '--profile', 'esm-only'],
  ];
  for (const [name, ...rest] of checks) {
    const { status } = spawnSync('npx', ['--yes', '--prefix', folder, name, ...rest], { stdio: 'inherit' });
    if (status !== 0) process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
