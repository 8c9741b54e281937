// The terminal UI as a person has it: the built program in a real pseudo-terminal, its output in a terminal emulator.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { spawn } from '@lydell/node-pty';
import headless from '@xterm/headless';
import { type Carrier, shown } from './shared.js';

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

/** Milliseconds without output after which the screen counts as still: more than lie between two drawings. */
const STILL_MS = 24;
const LOOK_MS = 4;
/** The program waits this long for what may follow an escape. */
const SEQUENCE_MS = 30;
/** Threads beside the screen are waited for, but not until a long load is over. */
const BESIDE_MS = 150;
/** Where nobody says what the program does (no /proc, or a shell around it): how long a key may change nothing, and be still. */
const ANSWER_MS = 400;
const UNWATCHED_STILL_MS = 60;
/** Longest wait for anything: a machine with ten times the work it can do keeps it. */
const PATIENCE_MS = 25_000;

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
    readonly pty: Carrier,
    readonly terminal: InstanceType<typeof headless.Terminal>,
    config: string,
    ownsConfig: boolean,
    /** The process is the program itself, and the system says what it does. */
    private readonly isWatched: boolean,
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

  /** Starts `hopscope ARGS`, or another command, in a process of its own. */
  static start(args: readonly string[], options: Options = {}): Pty {
    return Pty.on(options, (to) => {
      const cli = process.env['HOPSCOPE_CLI'] ?? join(ROOT, 'dist', 'cli.js');
      const [file, all] = options.command === undefined ? [process.execPath, [cli, ...args]] : [options.command, [...args]];
      return spawn(file, all, { name: to.env['TERM'] ?? 'xterm-256color', ...to });
    });
  }

  /** Shows `hopscope ARGS` in a process that has shown others: where neither its start nor its end is the point. */
  static show(args: readonly string[], options: Omit<Options, 'command'> = {}): Pty {
    return Pty.on(options, (to) => shown({ args, ...to }));
  }

  private static on(
    options: Options,
    carrierOf: (to: { env: Record<string, string>; cwd: string; cols: number; rows: number }) => Carrier,
  ): Pty {
    const { cols = 120, rows = 40 } = options;
    const config = options.config ?? mkdtempSync(join(tmpdir(), 'hopscope-tui-'));
    const terminal = new headless.Terminal({ cols, rows, allowProposedApi: true, scrollback: 0 });
    const env: Record<string, string> = {};
    const wanted = {
      ...process.env,
      TERM: 'xterm-256color',
      NO_COLOR: undefined,
      TMUX: undefined,
      XDG_CONFIG_HOME: config,
      XDG_STATE_HOME: config,
      ...options.env,
    };
    for (const [name, value] of Object.entries(wanted)) if (value !== undefined) env[name] = value;
    const carrier = carrierOf({ env, cwd: resolve(ROOT, options.cwd ?? ''), cols, rows });
    const isWatched = options.command === undefined && existsSync(`/proc/${carrier.pid}/io`);
    return new Pty(carrier, terminal, config, options.config === undefined, isWatched);
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
  async until(what: string | RegExp | ((text: string) => boolean), withinMs = PATIENCE_MS): Promise<void> {
    const holds = (text: string) =>
      typeof what === 'string' ? text.includes(what) : what instanceof RegExp ? what.test(text) : what(text);
    const end = performance.now() + withinMs;
    // A text is looked for again when there is more output; a function may ask for anything.
    let lookedAt = -1;
    for (;;) {
      if (this.pending === 0 && (typeof what === 'function' || this.bytes !== lookedAt)) {
        lookedAt = this.bytes;
        if (holds(this.text())) return;
      }
      if (performance.now() > end)
        throw new Error(
          `not on the screen after ${withinMs} ms: ${String(what)}\n${this.text()}\n${this.exit === null ? '' : 'it has ended'}`,
        );
      await pause(4);
    }
  }
  /** Waits until the program has nothing to do, and has written nothing for a while. */
  async still(ms = STILL_MS, withinMs = PATIENCE_MS): Promise<void> {
    const start = performance.now();
    // Looks are counted, not time: on a loaded machine this process itself may be late to see what was written.
    let looks = 0;
    let seenOutputAt = this.lastOutputAt;
    for (;;) {
      await pause(LOOK_MS);
      const now = performance.now();
      // What costs least is asked first.
      const isBusy =
        this.pending > 0 ||
        this.lastOutputAt !== seenOutputAt ||
        this.isMainBusy() ||
        (now - start < BESIDE_MS && this.areOthersBusy());
      seenOutputAt = this.lastOutputAt;
      looks = isBusy ? 0 : looks + 1;
      if (this.exit !== null || looks * LOOK_MS >= ms) return;
      if (now - start > withinMs) throw new Error(`still writing after ${withinMs} ms\n${this.text()}`);
    }
  }
  /** Sends keys and waits until the program has read them. */
  async type(keys: string): Promise<void> {
    const start = performance.now();
    const before = this.bytes;
    const read = this.bytesRead();
    this.send(keys);
    const isTaken = (): boolean => {
      if (read !== null) return (this.bytesRead() ?? Infinity) >= read + Buffer.byteLength(keys);
      return this.bytes > before || performance.now() > start + ANSWER_MS;
    };
    while (this.exit === null && !isTaken()) {
      if (performance.now() > start + PATIENCE_MS) throw new Error(`${JSON.stringify(keys)} was not read\n${this.text()}`);
      await pause(1);
    }
  }
  /** Sends keys and waits until they are answered and the screen is still. */
  async press(keys: string): Promise<void> {
    await this.type(keys);
    const least = this.isWatched ? STILL_MS : UNWATCHED_STILL_MS;
    await this.still(keys.endsWith('\x1b') ? SEQUENCE_MS + least : least);
  }

  /** Are threads of the program at work, or waiting for a processor? False where the system does not say. */
  private isMainBusy(): boolean {
    return this.isWatched && this.isBusy(String(this.pty.pid));
  }
  private areOthersBusy(): boolean {
    if (!this.isWatched) return false;
    try {
      return readdirSync(`/proc/${this.pty.pid}/task`).some((id) => id !== String(this.pty.pid) && this.isBusy(id));
    } catch {
      // It has ended, or there is no /proc.
      return false;
    }
  }
  private isBusy(thread: string): boolean {
    try {
      const state = /\) (\w)/.exec(readFileSync(`/proc/${this.pty.pid}/task/${thread}/stat`, 'latin1'))?.[1];
      return state === 'R' || state === 'D';
    } catch {
      return false;
    }
  }
  /** Bytes that the thread of the screen has read of anything so far; null where the system does not say. */
  private bytesRead(): number | null {
    if (!this.isWatched) return null;
    try {
      return Number(/^rchar: (\d+)/m.exec(readFileSync(`/proc/${this.pty.pid}/task/${this.pty.pid}/io`, 'utf8'))?.[1]);
    } catch {
      return null;
    }
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

/** Arguments of `hopscope tui` that begins at the first frame of its one capture, and not at the first evidence. */
export const atFirst = (args: readonly string[]): string[] => ['tui', ...args, '--go', '1'];
