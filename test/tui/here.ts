// A screen in this process: its keys come from a stream, and a terminal emulator shows what it draws.
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import headless from '@xterm/headless';
import { App } from '../../src/tui/app.js';
import { ColorRules } from '../../src/tui/colors/rules.js';
import type { Depth } from '../../src/tui/screen/theme.js';
import { noSession, openSession } from '../../src/tui/session/open.js';
import { SettingsStore } from '../../src/tui/settings.js';
import { StateStore } from '../../src/tui/state.js';
import { pause } from './pty.js';

/** For a capture on a loaded machine. */
const PATIENCE_MS = 20_000;

export const topologyOf = (name: string): string[] => {
  const own = `captures/${name.replace(/\.\w+$/, '')}.topology.yaml`;
  return existsSync(own) ? [own] : [];
};

export interface Size {
  readonly cols: number;
  readonly rows: number;
}

export class Screen {
  readonly terminal: InstanceType<typeof headless.Terminal>;
  readonly app: App;
  private readonly folder = mkdtempSync(join(tmpdir(), 'hopscope-here-'));
  private readonly heard = ['uncaughtException', 'unhandledRejection', 'SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'].map(
    (event) => [event, process.listeners(event as NodeJS.Signals)] as const,
  );
  private readonly input = Object.assign(new PassThrough(), {
    isTTY: true,
    setRawMode: () => {},
    ref: () => {},
    unref: () => {},
  });
  private readonly output: PassThrough & { columns: number; rows: number };
  private readonly over: Promise<number>;
  /** Writes that the terminal has not shown yet, and writes in all. */
  private pending = 0;
  private writes = 0;

  constructor(size: Size, depth: Depth = 256, expectations: readonly string[] = []) {
    this.terminal = new headless.Terminal({ ...size, allowProposedApi: true, scrollback: 0 });
    this.output = Object.assign(new PassThrough(), { isTTY: true, columns: size.cols, rows: size.rows });
    this.output.on('data', (data: Buffer) => {
      this.pending++;
      this.writes++;
      this.terminal.write(data, () => {
        this.pending--;
      });
    });
    this.app = new App({
      session: noSession(),
      settings: new SettingsStore(this.folder),
      state: new StateStore(this.folder),
      colors: new ColorRules(join(this.folder, 'colorfilters'), false, 256),
      depth,
      input: this.input as never,
      output: this.output as never,
      open: (paths) =>
        openSession({
          captures: paths.map((path) => {
            const [point, file] = path.includes('=') ? path.split('=') : [null, path];
            return { point: point!, path: file! };
          }),
          // Expectations name theirs.
          topology: expectations.length > 0 ? [] : topologyOf(paths[0]!.replace(/^.*captures\//, '')),
          expect: expectations,
          threads: false,
        }),
    });
    this.over = this.app.run();
  }

  /** The rows of the screen, without blanks at their ends. */
  lines(): string[] {
    const { active } = this.terminal.buffer;
    return Array.from({ length: this.terminal.rows }, (_, y) => active.getLine(y)?.translateToString().trimEnd() ?? '');
  }
  text(): string {
    return this.lines().join('\n');
  }

  send(keys: string): void {
    this.input.write(keys);
  }
  resize(cols: number, rows: number): void {
    this.terminal.resize(cols, rows);
    Object.assign(this.output, { columns: cols, rows });
    this.output.emit('resize');
  }

  async until(holds: (text: string) => boolean, withinMs = PATIENCE_MS): Promise<boolean> {
    const end = performance.now() + withinMs;
    while (this.pending > 0 || !holds(this.text())) {
      if (performance.now() > end) return false;
      await pause(5);
    }
    return true;
  }
  /** Until nothing is written for a while. */
  async still(ms = 40): Promise<void> {
    for (let seen = -1; seen !== this.writes || this.pending > 0; ) {
      seen = this.writes;
      await pause(ms);
    }
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
