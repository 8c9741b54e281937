// The command line under attack: a child with a time limit and a look at its peak memory, and files that lie.
import { type SpawnSyncReturns, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect } from 'vitest';
import { loaded, measured } from '../cli/loaded.js';
import { Pty } from '../tui/pty.js';

export const ROOT = resolve(import.meta.dirname, '../..');
export const CLI = process.env['HOPSCOPE_CLI'] ?? join(ROOT, 'dist/cli.js');
/** What docs/limits.md promises of any one input. */
export const MAX_SECONDS = 10;
export const MAX_MB = 300;

let home = { of: '', path: '' };
process.once('exit', () => rmSync(home.path, { recursive: true, force: true }));

/** A folder for the files of the test file that asks, made when it first does; gone when the next test file asks, or the worker ends. */
export function folder(): string {
  const of = expect.getState().testPath ?? '';
  if (home.of !== of) {
    if (home.path !== '') rmSync(home.path, { recursive: true, force: true });
    home = { of, path: mkdtempSync(join(tmpdir(), 'hopscope-attack-')) };
  }
  return home.path;
}

const INTERNAL = /internal error|at file:\/\/|node:internal|heap out of memory/;

export const inFolder = (name: string): string => join(folder(), name);

export function file(name: string, content: Uint8Array | string): string {
  const path = inFolder(name);
  writeFileSync(path, content);
  return path;
}

export interface Ran {
  readonly status: number | null;
  readonly out: string;
  readonly err: string;
  readonly peakMb: number;
  readonly cpuSeconds: number;
}

/** How node is started so that it tells its peak memory (KiB) and its CPU time (µs) when it ends. */
export function nodeArguments(args: readonly string[], peakFile: string): string[] {
  // A process starts with the peak of the one that started it (getrusage(2)); Linux knows that of its own memory.
  const tell = `import { readFileSync, writeFileSync } from 'node:fs'; process.on('exit', () => { const { maxRSS, userCPUTime, systemCPUTime } = process.resourceUsage(); let own; try { own = /VmHWM:\\s*(\\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]; } catch {} writeFileSync(${JSON.stringify(peakFile)}, (own ?? maxRSS) + ' ' + (userCPUTime + systemCPUTime)); });`;
  return ['--import', `data:text/javascript,${encodeURIComponent(tell)}`, CLI, ...args];
}

/** Runs hopscope. It must end by itself, in time, within its memory, and without an error of its own. */
export function hopscope(
  args: readonly string[],
  options: {
    input?: Uint8Array;
    env?: Record<string, string>;
    cwd?: string;
    stdio?: ('pipe' | number)[];
    maxMb?: number;
    maxCpuSeconds?: number;
  } = {},
): Ran {
  const peakFile = inFolder('peak');
  const run: SpawnSyncReturns<string> = spawnSync(process.execPath, nodeArguments(args, peakFile), {
    encoding: 'utf8',
    timeout: 10 * MAX_SECONDS * 1000,
    maxBuffer: 1 << 29,
    cwd: options.cwd ?? folder(),
    env: { ...process.env, ...options.env },
    input: options.input,
    stdio: options.stdio,
  });
  return settled(run, readFileSync(peakFile, 'utf8'), options.maxMb ?? MAX_MB, options.maxCpuSeconds);
}

type Said = Pick<Ran, 'status' | 'out' | 'err'>;

/** The same in one process for all runs of a test file, where the question is what is said and not what it takes. */
export function hopscopeInOne(): (args: readonly string[], env?: Readonly<Record<string, string>>) => Promise<Said> {
  let more: Readonly<Record<string, string>> = {};
  const run = loaded(() => ({ cwd: folder(), env: more }));
  return async (args, env = {}) => {
    more = env;
    const { code, stdout, stderr } = await run(...args);
    expect(stderr).not.toMatch(INTERNAL);
    expect(code, stderr).not.toBe(70);
    return { status: code, out: stdout, err: stderr };
  };
}

/** The same with its bounds: what the process has left of the runs before counts, too. For runs that take little. */
export function hopscopeMeasured(): (args: readonly string[]) => Promise<Ran> {
  const run = measured(() => ({ cwd: folder() }));
  return async (args) => {
    const { said, cost } = await run(...args);
    return bounded({ status: said.code, out: said.stdout, err: said.stderr, ...cost }, MAX_MB, 2 * MAX_SECONDS);
  };
}

/** The same of the screen: it reads the capture to its end, says that there are faults, and is left. */
export async function onScreen(path: string, maxMb = 700): Promise<{ peakMb: number; cpuSeconds: number }> {
  const peakFile = inFolder('peak');
  const screen = Pty.start(nodeArguments(['tui', path], peakFile), {
    command: process.execPath,
    env: { HOPSCOPE_WORKERS: '0', NODE_DISABLE_COMPILE_CACHE: '1' },
  });
  try {
    await screen.until(/[1-9] faults?/, 10 * MAX_SECONDS * 1000);
    screen.send('ZZ');
    expect((await screen.ended).code).toBe(0);
  } finally {
    await screen.close();
  }
  const [peakKb, cpuUs] = readFileSync(peakFile, 'utf8').split(' ').map(Number);
  expect(peakKb! / 1024).toBeLessThan(maxMb);
  return { peakMb: peakKb! / 1024, cpuSeconds: cpuUs! / 1e6 };
}

function settled(run: SpawnSyncReturns<string>, peak: string, maxMb: number, maxCpuSeconds = 2 * MAX_SECONDS): Ran {
  expect(run.error?.message, 'it hangs').toBeUndefined();
  expect(run.signal, run.stderr).toBeNull();
  const [peakKb, cpuUs] = peak.split(' ').map(Number);
  const [peakMb, cpuSeconds] = [peakKb! / 1024, cpuUs! / 1e6];
  return bounded({ status: run.status, out: run.stdout ?? '', err: run.stderr ?? '', peakMb, cpuSeconds }, maxMb, maxCpuSeconds);
}

function bounded(ran: Ran, maxMb: number, maxCpuSeconds: number): Ran {
  expect(ran.err).not.toMatch(INTERNAL);
  expect(ran.status, ran.err).not.toBe(70);
  expect(ran.peakMb).toBeLessThan(maxMb);
  // CPU time, not time on the wall: a loaded machine makes it wait, and does not make it work more.
  expect(ran.cpuSeconds, 'seconds of CPU').toBeLessThan(maxCpuSeconds);
  return ran;
}

/** One line of complaint, that names what is to be done behind a semicolon or in brackets. */
export function expectOneLine(err: string): void {
  expect(err.trimEnd().split('\n')).toHaveLength(1);
  expect(err).toMatch(/^hopscope: .+/);
}

export * from './frames.js';
