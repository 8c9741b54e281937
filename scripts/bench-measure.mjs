// What one run of a command takes.
import { spawnSync } from 'node:child_process';

export const has = (program) => spawnSync(program, ['--version'], { stdio: 'ignore' }).error === undefined;

/** Wall and CPU seconds and peak memory of one run of a command, its output thrown away. `threads`: HOPSCOPE_WORKERS. */
export function measure(command, threads) {
  const start = process.hrtime.bigint();
  // The shell's own `times` would round to hundredths; GNU time tells the peak.
  const timed = has('/usr/bin/time') ? ['/usr/bin/time', '-f', '%U %S %M', ...command] : command;
  const run = spawnSync(timed[0], timed.slice(1), {
    stdio: ['ignore', 'ignore', 'pipe'],
    encoding: 'utf8',
    env: { ...process.env, HOPSCOPE_WORKERS: threads },
  });
  const wall = Number(process.hrtime.bigint() - start) / 1e9;
  const [user, sys, peak] = (run.stderr.trim().split('\n').at(-1) ?? '').split(' ').map(Number);
  return { wall, cpu: user + sys, peak: peak / 1024 };
}
export const median = (list) => [...list].sort((a, b) => a - b)[Math.floor(list.length / 2)];
