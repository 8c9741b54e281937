// The one place that knows the terminal: its modes, its signals, its size. blessed reads the keys; nothing else of it is used.
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { Cells } from './cells.js';
import { type DriverKey, type InputEvents, InputSplitter, keyName } from './input.js';
import type { Picture } from './paint.js';
import type { Base } from './theme.js';

export type Ending =
  | { readonly kind: 'signal'; readonly signal: NodeJS.Signals; readonly code: number }
  | { readonly kind: 'error'; readonly error: unknown };

export interface TerminalEvents extends InputEvents {
  resize(): void;
  /** A signal or a fault that nobody caught ends the program; the terminal is restored already. */
  end(ending: Ending): void;
}

/** What is used of the driver: it makes `keypress` of `data`. */
interface KeyDriver {
  emitKeypressEvents(stream: NodeJS.EventEmitter): void;
}

// The screen that is given back afterwards, keys that say which they are, all lines scrolled, no cursor.
const SCREEN_ON = '\x1b[?1049h\x1b[?1h\x1b=\x1b[r\x1b[?25l';
const SCREEN_OFF = '\x1b[?1l\x1b>\x1b[?12l\x1b[?25h\x1b[m\x1b[H\x1b[2J\x1b[?1049l';
// Buttons and motion with a button held, in SGR's coding: all motion (1003) would flood a slow line, and 1005 is ambiguous.
const MOUSE_ON = '\x1b[?1000h\x1b[?1002h\x1b[?1006h';
const MOUSE_OFF = '\x1b[?1006l\x1b[?1002l\x1b[?1000l';
const PASTE_ON = '\x1b[?2004h';
const PASTE_OFF = '\x1b[?2004l';
const SIGNALS = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'] as const;
/** Terminals cut or ignore a longer OSC 52. */
const MAX_COPY = 74_994;

const gone = (error: unknown): boolean =>
  error instanceof Error && ['EIO', 'EPIPE', 'EBADF', 'ENXIO'].includes((error as NodeJS.ErrnoException).code ?? '');

/** A terminal in full-screen mode. */
export class Terminal {
  /** screen erases to its own background. */
  private readonly cells = new Cells(!/^screen/.test(process.env['TERM'] ?? ''));
  private readonly input: InputSplitter;
  private isOpen = true;
  private isClosed = false;
  private hasMouse = true;
  private hasCursor = false;
  /** Since the last SIGWINCH. */
  private isResized = false;

  /** Both streams are a terminal's (keyboard.ts checks it). */
  constructor(
    private readonly events: TerminalEvents,
    private readonly stdin: NodeJS.ReadStream,
    private readonly stdout: NodeJS.WriteStream = process.stdout,
  ) {
    for (const signal of SIGNALS) process.on(signal, this.onSignal);
    process.on('SIGTSTP', this.suspend);
    process.on('SIGCONT', this.onContinue);
    process.on('uncaughtException', this.onError);
    process.on('unhandledRejection', this.onError);
    stdin.on('end', this.onHangup);
    this.input = new InputSplitter(stdin, events);
    this.input.on('keypress', (ch: string | undefined, key: DriverKey | undefined) => {
      const name = keyName(ch, key ?? {});
      if (name !== null) this.events.key(name);
    });
    const driver = createRequire(import.meta.url)('blessed/lib/keys') as KeyDriver;
    driver.emitKeypressEvents(this.input);
    stdout.on('resize', this.onResize);
    process.on('SIGWINCH', this.onWindow);
    this.enter();
  }

  /** Paints with these colours from now on. */
  setBase(base: Base): void {
    this.cells.setBase(base);
  }

  /** Asks the terminal for the colour of its background; the answer comes among the keys, if it comes. */
  askBackground(): void {
    this.send('\x1b]11;?\x07');
  }

  get width(): number {
    return this.cells.width;
  }
  get height(): number {
    return this.cells.height;
  }

  /** Brings the picture to the screen: only what differs from the last one is sent. */
  draw(picture: Picture): void {
    if (!this.isOpen) return;
    const { cells } = this;
    for (let y = 0; y < cells.height; y++) {
      const row = picture.rows[y];
      if (row !== undefined) cells.put(row, 0, y, true);
    }
    for (const { x, y, rows } of picture.overlays ?? []) for (const [i, row] of rows.entries()) cells.put(row, x, y + i, false);
    this.send(cells.write() + this.cursor(picture.cursor ?? null));
  }

  private cursor(at: { readonly x: number; readonly y: number } | null): string {
    const before = this.hasCursor;
    this.hasCursor = at !== null;
    if (at === null) return before ? '\x1b[?25l' : '';
    return `\x1b[${at.y + 1};${at.x + 1}H${before ? '' : '\x1b[?25h'}`;
  }

  /** Everything anew, for a screen that somebody else has written on. */
  redraw(): void {
    this.send(this.allocated());
    this.events.resize();
  }

  private readonly onResize = (): void => {
    this.isResized = true;
    this.redraw();
  };

  /** A window that was made smaller and larger again before anybody looked has lost what it held, and Node.js tells of no new size. */
  private readonly onWindow = (): void => {
    if (!this.isResized) this.redraw();
    this.isResized = false;
  };

  /** Puts text into the clipboard by OSC 52, through tmux and screen too. False: more than terminals take. */
  copy(text: string): boolean {
    const coded = Buffer.from(text).toString('base64');
    if (coded.length > MAX_COPY) return false;
    const osc = `\x1b]52;c;${coded}\x07`;
    const { TMUX, TERM } = process.env;
    // screen needs the wrapping; tmux takes OSC 52 as it is (set-clipboard).
    this.send(TMUX === undefined && TERM?.startsWith('screen') ? `\x1bP${osc}\x1b\\` : osc);
    return true;
  }

  bell(): void {
    this.send('\x07');
  }

  /** The mouse belongs to the terminal again, so that text can be selected. */
  setMouse(on: boolean): void {
    if (on === this.hasMouse) return;
    this.hasMouse = on;
    this.send(on ? MOUSE_ON : MOUSE_OFF);
  }

  /** Gives the terminal back to the shell until the program is continued. */
  readonly suspend = (): void => {
    this.leave();
    // Not SIGTSTP: it is caught here, and would come back.
    process.kill(process.pid, 'SIGSTOP');
  };

  /** Restores the terminal for good. */
  close(): void {
    this.leave();
    this.input.detach();
    process.off('SIGTSTP', this.suspend);
    process.off('SIGCONT', this.onContinue);
    this.isClosed = true;
    this.stdin.off('end', this.onHangup);
    this.stdout.off('resize', this.onResize);
    process.off('SIGWINCH', this.onWindow);
    this.stdin.pause();
    this.stdin.unref();
  }

  private enter(): void {
    this.input.setRawMode(true);
    this.input.resume();
    this.hasCursor = false;
    this.send(SCREEN_ON + this.allocated() + (this.hasMouse ? MOUSE_ON : '') + PASTE_ON);
  }

  private leave(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    try {
      this.stdout.write(MOUSE_OFF + PASTE_OFF + SCREEN_OFF);
      this.input.setRawMode(false);
    } catch (error) {
      if (!gone(error)) throw error;
    }
  }

  private readonly onContinue = (): void => {
    if (this.isOpen) {
      this.redraw();
      return;
    }
    this.isOpen = true;
    this.enter();
    this.events.resize();
  };

  private readonly onSignal = (signal: NodeJS.Signals): void => {
    if (this.isClosed) {
      // A second one, while the work is being ended: at once.
      for (const one of SIGNALS) process.off(one, this.onSignal);
      process.kill(process.pid, signal);
      return;
    }
    this.close();
    this.events.end({ kind: 'signal', signal, code: 128 + (constants.signals[signal] ?? 0) });
  };

  private readonly onHangup = (): void => this.onSignal('SIGHUP');

  private readonly onError = (error: unknown): void => {
    // What was still to be written to a terminal that has gone.
    if (gone(error)) {
      if (!this.isClosed) this.onHangup();
      return;
    }
    if (!this.isClosed) this.close();
    this.events.end({ kind: 'error', error });
  };

  private send(text: string): void {
    if (this.isOpen && text !== '') this.stdout.write(text);
  }

  private allocated(): string {
    // A terminal may say 0x0 (a serial line).
    return this.cells.begin(Math.max(1, this.stdout.columns || 80), Math.max(1, this.stdout.rows || 24));
  }
}
