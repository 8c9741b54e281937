// scripts/bench.mjs --against: another commit, measured beside this tree.
import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';

it('leaves the comparison out where the commit is not in the clone, and says so', () => {
  const { stdout, status } = spawnSync(process.execPath, ['scripts/bench.mjs', '--against', 'no-such-commit', '--most', '1.15'], {
    encoding: 'utf8',
  });
  expect({ stdout, status }).toEqual({ stdout: 'no-such-commit is not in this clone: the comparison was left out\n', status: 0 });
});
