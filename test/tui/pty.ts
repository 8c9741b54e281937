// The terminal UI as a person has it: the built program in a real pseudo-terminal, its output in a terminal emulator.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type IPty, spawn } from '@lydell/node-pty';
import headless from '@xterm/headless';

const ROOT = resolve(import.meta.dirname, '..', '..');

export interface Options {
  readonly cols?: number;
  readonly rows?: number;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** What is started; the built hopscope where nothing is named. */
  readonly command?: string;
  /** Folder of the settings; a new empty one where nothing is named. */
  readonly config?: string;
}

export interface Ended {
  readonly code: number;
  readonly signal: number;
}

/** Milliseconds without output after which the screen counts as still. */
const STILL_MS = 60;
/** A key that changes nothing is not answered: it is waited for this long. */
const ANSWER_MS = 400;

export class Pty {
  /** Bytes of output so far. */
  bytes = 0;
  /** Times the whole screen was cleared. */
  clears = 0;
  /** Milliseconds from the start to the first output. */
  readonly startedAt = performance.now();
  lastOutputAt = 0;
  readonly ended: Promise<Ended>;
  exit: Ended | null = null;
  raw = '';
  private readonly config: string;
  private readonly ownsConfig: boolean;
  private pending = 0;

  private constructor(
    readonly pty: IPty,
    readonly terminal: InstanceType<typeof headless.Terminal>,
    config: string,
    ownsConfig: boolean,
  ) {
    this.config = config;
    this.ownsConfig = ownsConfig;
    pty.onData((data) => {
      this.lastOutputAt = performance.now();
      this.bytes += Buffer.byteLength(data);
      this.clears += data.split('\x1b[2J').length - 1;
      this.raw = (this.raw + data).slice(-200_000);
      this.pending++;
      terminal.write(data, () => {
        this.pending--;
      });
    });
    terminal.onData((answer) => pty.write(answer));
    this.ended = new Promise((done) => {
      pty.onExit(({ exitCode, signal }) => {
        this.exit = { code: exitCode, signal: signal ?? 0 };
        done(this.exit);
      });
    });
  }

  /** Starts `hopscope ARGS`, or another command. */
  static start(args: readonly string[], options: Options = {}): Pty {
    const { cols = 120, rows = 40 } = options;
    const config = options.config ?? mkdtempSync(join(tmpdir(), 'hopscope-tui-'));
    const terminal = new headless.Terminal({ cols, rows, allowProposedApi: true, scrollback: 0 });
    const cli = process.env['HOPSCOPE_CLI'] ?? join(ROOT, 'dist', 'cli.js');
    const env: Record<string, string> = {};
    const wanted = {
      ...process.env,
      TERM: 'xterm-256color',
      NO_COLOR: undefined,
      TMUX: undefined,
      XDG_CONFIG_HOME: config,
      ...options.env,
    };
    for (const [name, value] of Object.entries(wanted)) if (value !== undefined) env[name] = value;
    const [file, all] = options.command === undefined ? [process.execPath, [cli, ...args]] : [options.command, [...args]];
    const pty = spawn(file, all, { name: env['TERM'] ?? 'xterm-256color', cols, rows, cwd: options.cwd ?? ROOT, env });
    return new Pty(pty, terminal, config, options.config === undefined);
  }

  /** The rows of the screen, without blanks at their ends. */
  lines(): string[] {
    const { active } = this.terminal.buffer;
    return Array.from(
      { length: this.terminal.rows },
      (_, y) =>
        active
          .getLine(active.viewportY + y)
          ?.translateToString()
          .trimEnd() ?? '',
    );
  }
  text(): string {
    return this.lines().join('\n');
  }
  /** The row of the screen that holds a text; '' without one. */
  line(part: string | RegExp): string {
    return this.lines().find((line) => (typeof part === 'string' ? line.includes(part) : part.test(line))) ?? '';
  }
  /** Foreground and background (palette numbers, -1: the terminal's own) and weight of a cell. */
  style(x: number, y: number): { fg: number; bg: number; isBold: boolean; isInverse: boolean } {
    const cell = this.terminal.buffer.active.getLine(y)!.getCell(x)!;
    return {
      fg: cell.isFgDefault() ? -1 : cell.getFgColor(),
      bg: cell.isBgDefault() ? -1 : cell.getBgColor(),
      isBold: cell.isBold() !== 0,
      isInverse: cell.isInverse() !== 0,
    };
  }

  send(keys: string): void {
    this.pty.write(keys);
  }
  resize(cols: number, rows: number): void {
    this.pty.resize(cols, rows);
    this.terminal.resize(cols, rows);
  }

  /** Waits until the screen holds a text; throws with the screen where it does not. */
  async until(what: string | RegExp | ((text: string) => boolean), withinMs = 10_000): Promise<void> {
    const holds = (text: string) =>
      typeof what === 'string' ? text.includes(what) : what instanceof RegExp ? what.test(text) : what(text);
    const end = performance.now() + withinMs;
    for (;;) {
      if (this.pending === 0 && holds(this.text())) return;
      if (performance.now() > end)
        throw new Error(
          `not on the screen after ${withinMs} ms: ${String(what)}\n${this.text()}\n${this.exit === null ? '' : 'it has ended'}`,
        );
      await pause(4);
    }
  }
  /** Waits until nothing more is written. */
  async still(ms = STILL_MS, withinMs = 10_000): Promise<void> {
    const end = performance.now() + withinMs;
    for (;;) {
      await pause(ms / 3);
      if (this.pending === 0 && performance.now() - this.lastOutputAt >= ms) return;
      if (performance.now() > end) throw new Error(`still writing after ${withinMs} ms\n${this.text()}`);
    }
  }
  /** Sends keys and waits until they are answered and the screen is still. */
  async press(keys: string): Promise<void> {
    const before = this.bytes;
    const end = performance.now() + ANSWER_MS;
    this.send(keys);
    while (this.bytes === before && performance.now() < end) await pause(4);
    await this.still();
  }

  /** The modes a program could leave behind. */
  modes(): { screen: 'normal' | 'alternate'; mouse: string; paste: boolean; isCursorHidden: boolean; isSgrMouse: boolean } {
    const { modes, buffer } = this.terminal;
    return {
      screen: buffer.active.type,
      mouse: modes.mouseTrackingMode,
      paste: modes.bracketedPasteMode,
      isCursorHidden: this.raw.lastIndexOf('\x1b[?25l') > this.raw.lastIndexOf('\x1b[?25h'),
      isSgrMouse: this.raw.lastIndexOf('\x1b[?1006h') > this.raw.lastIndexOf('\x1b[?1006l'),
    };
  }

  /** Ends the program, whatever it does. */
  async close(): Promise<void> {
    if (this.exit === null) this.pty.kill('SIGKILL');
    await this.ended;
    this.terminal.dispose();
    if (this.ownsConfig) rmSync(this.config, { recursive: true, force: true });
  }
}

export const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));
