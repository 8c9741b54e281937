// The guard that goes with each command: it ends the program when told, when the connection ends, and in silence.
import { execFileSync, spawn } from 'node:child_process';
import { expect, it } from 'vitest';
import { PointChild, runToEnd } from '../../src/points/child.js';
import { guarded } from '../../src/points/watchdog.js';

const isThere = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

const until = async (what: () => boolean, ms = 20_000): Promise<void> => {
  const end = performance.now() + ms;
  while (!what()) {
    if (performance.now() > end) throw new Error(`not in ${ms} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
};

/** Processes that run exactly this. */
const running = (command: string): string[] =>
  execFileSync('ps', ['-eo', 'args'], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.trim() === command);

const lines = async (child: PointChild, count: number): Promise<string[]> => {
  let text = '';
  child.output.setEncoding('utf8');
  child.output.on('data', (part: string) => {
    text += part;
  });
  await until(() => text.split('\n').length > count || child.end !== null);
  return text.split('\n').slice(0, count);
};

it('gives back output and exit code as they are', async () => {
  const bytes = await runToEnd(guarded(['sh', '-c', 'printf "a\\0b%s" "$1"; echo wrong >&2; exit 7', 'x', `it's "$HOME" \\n`]));
  expect(bytes).toMatchObject({ end: 7, text: `a\0bit's "$HOME" \\n`, words: 'wrong\n', isCut: false });
  expect((await runToEnd(guarded(['/no/such/program']))).end).toBe(127);
  expect((await runToEnd(['/no/such/program'])).end).toBe('ENOENT');
});

it('ends a program with its children when told, with the time to say its last words', async () => {
  const mark = `31.${process.pid}`;
  const child = new PointChild(guarded(['sh', '-c', `trap 'echo counters; exit 5' TERM; echo $$; sleep ${mark} & wait`]));
  const [pid] = await lines(child, 1);
  expect(isThere(Number(pid))).toBe(true);
  await child.stop();
  expect(child.end).toBe(5);
  await until(() => running(`sleep ${mark}`).length === 0);
});

it('ends one that does not listen', async () => {
  const child = new PointChild(guarded(['sh', '-c', 'trap "" TERM; echo $$; while :; do sleep 1; done']));
  const [pid] = await lines(child, 1);
  await child.stop();
  await until(() => !isThere(Number(pid)));
});

it('asks for counters', async () => {
  const child = new PointChild(guarded(['sh', '-c', 'trap "echo asked" USR1; echo $$; while :; do sleep 0.1; done']));
  const seen = lines(child, 2);
  await until(() => child.pid !== undefined);
  const asking = setInterval(() => child.askDrops(), 200);
  expect((await seen)[1]).toBe('asked');
  clearInterval(asking);
  await child.stop();
});

it('leaves nothing when this end is killed', async () => {
  const mark = `32.${process.pid}`;
  const program = `
    const [program, ...argv] = JSON.parse(process.argv[1]);
    require('node:child_process').spawn(program, argv, { stdio: ['pipe', 'ignore', 'ignore'], detached: true }).stdin.write('.\\n');`;
  const parent = spawn(process.execPath, ['-e', program, JSON.stringify(guarded(['sleep', mark]))], { stdio: 'ignore' });
  await until(() => running(`sleep ${mark}`).length > 0);
  parent.kill('SIGKILL');
  await until(() => running(`sleep ${mark}`).length === 0);
});

it('stops a program that prints without end, and one that takes too long', async () => {
  const long = await runToEnd(guarded(['yes']), { maxBytes: 1 << 16 });
  expect(long).toMatchObject({ isCut: true });
  expect(long.text).toHaveLength(1 << 16);
  const late = await runToEnd(guarded(['sleep', '600']), { timeoutMs: 500 });
  expect(late).toMatchObject({ end: 'timeout', text: '' });
});
