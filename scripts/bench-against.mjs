// Two commits in the same run, so that a busy machine slows both: `npm run bench -- --against REF`. Prints how much CPU, time and memory
// the working tree takes of what REF takes, as medians of pairs that take turns, with the middle half of the pairs.
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pinned } from './bench-captures.mjs';

/** Told by the program itself when it ends: all its threads, to the microsecond, also where no GNU time is installed. */
const USAGE = `
const { isMainThread } = require('node:worker_threads');
if (isMainThread) process.on('exit', () => {
  const { userCPUTime, systemCPUTime, maxRSS } = process.resourceUsage();
  const usage = { cpu: (userCPUTime + systemCPUTime) / 1e6, wall: performance.now() / 1e3, peak: maxRSS / 1024 };
  require('node:fs').writeFileSync(process.env.BENCH_USAGE, JSON.stringify(usage));
});
`;

/** The commit `ref` built in a folder of its own, with the packages of this tree; or why it could not be. */
function buildOf(ref) {
  const git = (...args) => spawnSync('git', args, { encoding: 'utf8' });
  if (git('rev-parse', '--verify', '--quiet', `${ref}^{commit}`).status !== 0) return { why: `${ref} is not in this clone` };
  const folder = mkdtempSync(join(tmpdir(), 'hopscope-against-'));
  const remove = () => {
    git('worktree', 'remove', '--force', folder);
    rmSync(folder, { recursive: true, force: true });
  };
  const added = git('worktree', 'add', '--detach', folder, ref);
  if (added.status === 0) {
    symlinkSync(resolve('node_modules'), join(folder, 'node_modules'));
    const built = spawnSync(process.execPath, ['scripts/build.mjs'], { cwd: folder, encoding: 'utf8' });
    if (built.status === 0) return { cli: join(folder, 'dist', 'cli.js'), remove };
    remove();
    return { why: `${ref} does not build with the packages of this tree: ${built.stderr.trim().split('\n')[0]}` };
  }
  remove();
  return { why: `git: ${added.stderr.trim().split('\n')[0]}` };
}

const at = (list, part) => [...list].sort((a, b) => a - b)[Math.round((list.length - 1) * part)];
const median = (list) => at(list, 0.5);

/**
 * Compares `diagnose` and `dump`; false when `most` is given and the CPU of some shape is more than that many times REF's. What seems
 * to be is measured once more before it counts.
 */
export function against(ref, { frames, runs, shapes, most }) {
  const other = buildOf(ref);
  if (other.why !== undefined) {
    console.log(`${other.why}: the comparison was left out`);
    return true;
  }
  const folder = mkdtempSync(join(tmpdir(), 'hopscope-bench-'));
  const usage = join(folder, 'usage.json');
  const hook = join(folder, 'usage.cjs');
  writeFileSync(hook, USAGE);
  mkdirSync(join(folder, 'cache'));

  const run = (cli, args, threads) => {
    const env = { ...process.env, HOPSCOPE_WORKERS: threads, XDG_CACHE_HOME: join(folder, 'cache'), BENCH_USAGE: usage };
    const [file, ...rest] = args;
    execFileSync(process.execPath, ['--require', hook, cli, file, ...rest], { stdio: 'ignore', env });
    return JSON.parse(readFileSync(usage, 'utf8'));
  };
  const measure = (args, threads) => {
    // The first run of each keeps what V8 has compiled.
    const both = [other.cli, resolve('dist/cli.js')];
    for (const cli of both) run(cli, args, threads);
    return Array.from({ length: runs }, (_, i) => {
      const pair = [];
      for (const k of i % 2 === 0 ? [0, 1] : [1, 0]) pair[k] = run(both[k], args, threads);
      return pair;
    });
  };
  const ratios = (pairs, what) => pairs.map(([before, now]) => now[what] / before[what]);

  try {
    console.log(`\ntimes what ${ref} takes: medians of ${runs} pairs (the middle half of them), ${frames} frames\n`);
    console.log('shape    command                    CPU                    time                   peak memory');
    let isGood = true;
    for (const shape of shapes) {
      const file = pinned(shape, frames);
      const commands = [
        { name: 'diagnose, one thread', args: ['diagnose', file, '--no-progress'], threads: '0' },
        ...(most === undefined
          ? [
              { name: 'diagnose', args: ['diagnose', file, '--no-progress'], threads: '' },
              { name: 'dump', args: ['dump', file], threads: '' },
            ]
          : []),
      ];
      for (const { name, args, threads } of commands) {
        let pairs = measure(args, threads);
        const isMore = () => most !== undefined && median(ratios(pairs, 'cpu')) > most;
        if (isMore()) pairs = measure(args, threads);
        const show = (what) => {
          const of = ratios(pairs, what);
          return `${median(of).toFixed(3)} (${at(of, 0.25).toFixed(2)} to ${at(of, 0.75).toFixed(2)})`.padEnd(22);
        };
        const verdict = isMore() ? `  more than ${most}` : '';
        console.log(`${shape.padEnd(8)} ${name.padEnd(26)} ${show('cpu')} ${show('wall')} ${show('peak').trimEnd()}${verdict}`);
        if (isMore()) isGood = false;
      }
    }
    return isGood;
  } finally {
    other.remove();
    rmSync(folder, { recursive: true, force: true });
  }
}
