// At 80x24 the opening screen says of every bundled capture what is wrong and what to do, whole: one screen in this process opens them all, and
// some are opened by the built program in a real terminal.
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { afterAll, afterEach, expect, it } from 'vitest';
import { analyze } from '../../src/main/analyze.js';
import { PLAIN } from '../main/options.js';
import { some } from '../thorough.js';
import { Screen, topologyOf } from './here.js';
import { Pty } from './pty.js';

const SIZE = { cols: 80, rows: 24 };

type Found = Pick<
  Awaited<ReturnType<typeof analyze>>['findings'][number],
  'verdict' | 'title' | 'hint' | 'commands' | 'foldedUnder'
>;

const captures = readdirSync('captures').filter((name) => /\.(pcap|pcapng)$/.test(name));
const plain = (text: string): string => text.replace(/[^\p{L}\p{N}]+/gu, '');

/** What the screen has to say. */
function wanted(findings: readonly Found[]): readonly string[] {
  const root = findings.find(({ verdict, foldedUnder }) => verdict !== 'pass' && foldedUnder === null);
  if (root === undefined) return ['no fault found'];
  return [root.title, plain(root.commands[0] ?? root.hint).slice(0, 90)];
}
/** Lines are wrapped: letters and digits are those of the text, in its order. */
const says = (screen: string, texts: readonly string[]): boolean => texts.every((text) => plain(screen).includes(plain(text)));

/** Opens a capture, and waits until the screen says something. */
function shows(one: Screen, path: string, texts: readonly string[]): Promise<boolean> {
  one.app.load([path]);
  return one.until((text) => text.startsWith(` hopscope  ${path.slice('captures/'.length)}`) && says(text, texts));
}

let screen: Screen | null = null;
let pty: Pty | null = null;
afterEach(async () => {
  await pty?.close();
  pty = null;
});
afterAll(async () => screen?.close());

it.each(some(captures, 6))('%s', async (name) => {
  screen ??= new Screen(SIZE);
  const path = `captures/${name}`;
  const run = await analyze({ ...PLAIN, files: [{ point: null, path }], topology: topologyOf(name), workers: 0 });
  const texts = wanted(run.findings);
  expect(await shows(screen, path, texts), `${texts.join('\n')}\nis not on\n${screen.text()}`).toBe(true);
  expect(screen.text()).not.toContain('undefined');
  expect(screen.text().split('\n')[0]!.length).toBeLessThanOrEqual(SIZE.cols);
});

it('a screen without the words is noticed', () => {
  expect(wanted([])).toEqual(['no fault found']);
  const root: Found = { verdict: 'fail', title: 'It is broken', hint: 'mend it', commands: [], foldedUnder: null };
  expect(says(' It is\n  broken', wanted([root]))).toBe(false);
  expect(says(' It is\n  broken\n do mend\n it', wanted([root]))).toBe(true);
});

/** In a real terminal only some: what differs is the terminal. */
const REAL = ['native-missing-route.pcap', 'vxlan-one-way.pcap', 'ipv6-healthy.pcap'];

it.each(REAL)('%s, by the built program', async (name) => {
  const args = [`captures/${name}`, ...topologyOf(name).flatMap((one) => ['-t', one])];
  const run = spawnSync(process.execPath, ['dist/cli.js', 'diagnose', ...args, '-f', 'json'], { encoding: 'utf8' });
  const texts = wanted((JSON.parse(run.stdout) as { findings: readonly Found[] }).findings);
  pty = Pty.start(['tui', ...args], SIZE);
  await pty.until((text) => says(text, texts));
});
