// What V8 compiled is kept between runs: dist/cli.js in child processes, with a cache folder of their own.
import { spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { Pty } from '../tui/pty.js';

const CAPTURE = resolve('captures/native-missing-route.pcap');

let home: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'hopscope-compiled-'));
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

function hopscope(args: readonly string[], env: Record<string, string> = {}) {
  const { stdout, stderr, status } = spawnSync(process.execPath, ['dist/cli.js', ...args], {
    encoding: 'utf8',
    env: { PATH: process.env['PATH'], HOME: home, ...env },
  });
  return { stdout, stderr, status };
}
const folder = () => join(home, '.cache', 'hopscope');
const kept = () => (existsSync(folder()) ? readdirSync(folder()) : []);

it('keeps what was compiled for each command, and prints the same with it', () => {
  const first = hopscope(['dump', CAPTURE]);
  expect(kept()).toEqual([expect.stringMatching(/-dump\.v8$/)]);
  const file = join(folder(), kept()[0]!);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(statSync(folder()).mode & 0o777).toBe(0o700);
  const { mtimeMs } = statSync(file);
  expect(hopscope(['dump', CAPTURE])).toEqual(first);
  expect(statSync(file).mtimeMs, 'it was taken, and not written anew').toBe(mtimeMs);
  hopscope(['info', CAPTURE]);
  expect(
    kept()
      .map((name) => name.split('-').at(-1))
      .sort(),
  ).toEqual(['dump.v8', 'info.v8']);
});

it('adds what other options of the command need, once', () => {
  const inode = () => statSync(join(folder(), kept()[0]!)).ino;
  const plain = hopscope(['dump', CAPTURE]);
  const first = inode();
  const verbose = hopscope(['dump', '-V', CAPTURE]);
  const second = inode();
  expect(second).not.toBe(first);
  expect([hopscope(['dump', CAPTURE]), hopscope(['dump', '-V', CAPTURE])]).toEqual([plain, verbose]);
  expect([kept().length, inode()], 'both were taken from the one file').toEqual([1, second]);
});

it.each([
  ['cut', (bytes: Buffer) => bytes.subarray(0, bytes.length / 2)],
  ['empty', () => Buffer.alloc(0)],
  ['wrong in one bit', (bytes: Buffer) => bytes.map((byte, i) => (i === bytes.length >> 1 ? byte ^ 1 : byte))],
  ['something else', (bytes: Buffer) => Buffer.alloc(bytes.length, 'x')],
])('a file that is %s is replaced', (_, spoil) => {
  const first = hopscope(['info', CAPTURE]);
  const file = join(folder(), kept()[0]!);
  const good = readFileSync(file);
  writeFileSync(file, spoil(good));
  expect(hopscope(['info', CAPTURE])).toEqual(first);
  expect(statSync(file).size).toBeGreaterThan(0.9 * good.length);
  expect(kept().length).toBe(1);
});

it('writes it anew after a day, with what has been compiled since', () => {
  hopscope(['dump', '-Y', 'icmp', CAPTURE]);
  const file = join(folder(), kept()[0]!);
  const { size } = statSync(file);
  hopscope(['dump', '-Y', 'ip.ttl in {1 .. 64} && !(tcp.port == 80) && eth.src[0:3] == 08:00:27', CAPTURE]);
  expect(statSync(file).size, 'younger').toBe(size);
  const yesterday = new Date(Date.now() - 25 * 3600_000);
  utimesSync(file, yesterday, yesterday);
  hopscope(['dump', '-Y', 'ip.ttl in {1 .. 64} && !(tcp.port == 80) && eth.src[0:3] == 08:00:27', CAPTURE]);
  expect(statSync(file).size).toBeGreaterThan(size);
});

it('believes no file that others could have written', () => {
  const first = hopscope(['info', CAPTURE]);
  const file = join(folder(), kept()[0]!);
  chmodSync(file, 0o666);
  const { ino } = statSync(file);
  expect(hopscope(['info', CAPTURE])).toEqual(first);
  expect(statSync(file).mode & 0o777, 'replaced by one that only the user can write').toBe(0o600);
  expect(statSync(file).ino).not.toBe(ino);
});

it('keeps nothing where the home is somebody else’s, or where none is wanted', (context) => {
  expect(hopscope(['info', CAPTURE], { NODE_DISABLE_COMPILE_CACHE: '1' }).status).toBe(0);
  expect(kept()).toEqual([]);
  expect(hopscope(['info', CAPTURE], { XDG_CACHE_HOME: join(home, 'not-there') }).stderr).toBe('');
  expect(existsSync(join(home, 'not-there'))).toBe(false);
  // /proc is nobody's but root's, and takes no folder from root either.
  if (!existsSync('/proc/version')) return context.skip('no /proc here');
  expect(hopscope(['info', CAPTURE], { XDG_CACHE_HOME: '/proc' })).toEqual(hopscope(['info', CAPTURE]));
});

it('keeps no more than a few, the newest, and none of a run that was refused', () => {
  expect(hopscope(['info', 'not-there.pcap']).status).toBe(4);
  expect(hopscope(['info', '--no-such']).status).toBe(2);
  expect(kept()).toEqual([]);
  mkdirSync(folder(), { recursive: true });
  for (let i = 0; i < 30; i++) writeFileSync(join(folder(), `old-${i}.v8`), '');
  hopscope(['info', CAPTURE]);
  expect(kept().length).toBe(20);
  expect(kept().filter((name) => name.endsWith('-info.v8')).length).toBe(1);
});

it('keeps it for the screen and its threads, whose start changes what V8 asks of it', async () => {
  const cache = { XDG_CACHE_HOME: home, NODE_DISABLE_COMPILE_CACHE: undefined };
  const files = () => (existsSync(join(home, 'hopscope')) ? readdirSync(join(home, 'hopscope')) : []);
  /** Shows the capture, and is left once the thread has kept its part. */
  const shown = async (): Promise<void> => {
    const screen = Pty.start(['tui', CAPTURE], { env: cache });
    try {
      await screen.until(/[1-9] faults?/);
      for (let i = 0; i < 300 && !files().some((name) => name.endsWith('-tui-loader.v8')); i++)
        await new Promise((done) => setTimeout(done, 100));
      screen.send('ZZ');
      expect((await screen.ended).code).toBe(0);
    } finally {
      await screen.close();
    }
  };
  await shown();
  const [screen] = files().filter((name) => name.endsWith('-tui.v8'));
  expect(files().filter((name) => name.endsWith('-tui-loader.v8'))).toHaveLength(1);
  const { ino } = statSync(join(home, 'hopscope', screen!));
  await shown();
  expect(statSync(join(home, 'hopscope', screen!)).ino, 'it was taken, and not written anew').toBe(ino);
});
