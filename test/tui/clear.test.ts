// At 80x24 the opening screen says of every bundled capture what is wrong and what to do, whole: one screen in this process opens them all, and
// some are opened by the built program in a real terminal.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import headless from '@xterm/headless';
import { afterAll, afterEach, expect, it } from 'vitest';
import { analyze } from '../../src/main/analyze.js';
import { App } from '../../src/tui/app.js';
import { ColorRules } from '../../src/tui/colors/rules.js';
import { noSession, openSession } from '../../src/tui/session/open.js';
import { SettingsStore } from '../../src/tui/settings.js';
import { StateStore } from '../../src/tui/state.js';
import { PLAIN } from '../main/options.js';
import { some } from '../thorough.js';
import { Pty, pause } from './pty.js';

const SIZE = { cols: 80, rows: 24 };
/** For a capture on a loaded machine. */
const PATIENCE_MS = 20_000;

type Found = Pick<
  Awaited<ReturnType<typeof analyze>>['findings'][number],
  'verdict' | 'title' | 'hint' | 'commands' | 'foldedUnder'
>;

const captures = readdirSync('captures').filter((name) => /\.(pcap|pcapng)$/.test(name));
const topologyOf = (name: string): string[] => {
  const own = `captures/${name.replace(/\.\w+$/, '')}.topology.yaml`;
  return existsSync(own) ? [own] : [];
};
const plain = (text: string): string => text.replace(/[^\p{L}\p{N}]+/gu, '');

/** What the screen has to say. */
function wanted(findings: readonly Found[]): readonly string[] {
  const root = findings.find(({ verdict, foldedUnder }) => verdict !== 'pass' && foldedUnder === null);
  if (root === undefined) return ['no fault found'];
  return [root.title, plain(root.commands[0] ?? root.hint).slice(0, 90)];
}
/** Lines are wrapped: letters and digits are those of the text, in its order. */
const says = (screen: string, texts: readonly string[]): boolean => texts.every((text) => plain(screen).includes(plain(text)));

/** A screen in this process. */
class Screen {
  readonly terminal = new headless.Terminal({ ...SIZE, allowProposedApi: true, scrollback: 0 });
  private readonly folder = mkdtempSync(join(tmpdir(), 'hopscope-clear-'));
  private readonly heard = ['uncaughtException', 'unhandledRejection', 'SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'].map(
    (event) => [event, process.listeners(event as NodeJS.Signals)] as const,
  );
  readonly app: App;
  private readonly over: Promise<number>;

  constructor() {
    const output = Object.assign(new PassThrough(), { isTTY: true, columns: SIZE.cols, rows: SIZE.rows });
    output.on('data', (data: Buffer) => this.terminal.write(data));
    this.app = new App({
      session: noSession(),
      settings: new SettingsStore(this.folder),
      state: new StateStore(this.folder),
      colors: new ColorRules(join(this.folder, 'colorfilters'), false, 256),
      depth: 256,
      input: Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => {}, ref: () => {}, unref: () => {} }) as never,
      output: output as never,
      open: ([path]) =>
        openSession({
          captures: [{ point: null, path: path! }],
          topology: topologyOf(path!.replace('captures/', '')),
          threads: false,
        }),
    });
    this.over = this.app.run();
  }

  text(): string {
    const { active } = this.terminal.buffer;
    return Array.from({ length: SIZE.rows }, (_, y) => active.getLine(y)?.translateToString().trimEnd() ?? '').join('\n');
  }
  /** Opens a capture, and waits until the screen says something. */
  async shows(path: string, texts: readonly string[]): Promise<boolean> {
    this.app.load([path]);
    const end = performance.now() + PATIENCE_MS;
    const isThere = () => this.text().startsWith(` hopscope  ${path.slice('captures/'.length)}`) && says(this.text(), texts);
    while (!isThere() && performance.now() < end) await pause(5);
    return isThere();
  }
  async close(): Promise<void> {
    this.app.quit();
    await this.over;
    for (const [event, listeners] of this.heard)
      for (const one of process.listeners(event as NodeJS.Signals)) if (!listeners.includes(one)) process.off(event, one);
    this.terminal.dispose();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

let screen: Screen | null = null;
let pty: Pty | null = null;
afterEach(async () => {
  await pty?.close();
  pty = null;
});
afterAll(async () => screen?.close());

it.each(some(captures, 3))('%s', async (name) => {
  screen ??= new Screen();
  const path = `captures/${name}`;
  const run = await analyze({ ...PLAIN, files: [{ point: null, path }], topology: topologyOf(name), workers: 0 });
  const texts = wanted(run.findings);
  expect(await screen.shows(path, texts), `${texts.join('\n')}\nis not on\n${screen.text()}`).toBe(true);
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
