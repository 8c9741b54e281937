// The one place that knows the terminal. blessed draws cells and reads keys; what it gets wrong is put right here, and nothing of
// it is seen outside: no widget, no tags, no content of its own.
import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { dirname, join } from 'node:path';
import { displayWidth } from '../../bytes/text.js';
import { type DriverKey, type InputEvents, InputSplitter, keyName } from './input.js';
import type { Picture, Row } from './paint.js';
import { shortened } from './sgr.js';
import { type Base, looksAlike, onBase } from './theme.js';

export type Ending =
  | { readonly kind: 'signal'; readonly signal: NodeJS.Signals; readonly code: number }
  | { readonly kind: 'error'; readonly error: unknown };

export interface TerminalEvents extends InputEvents {
  resize(): void;
  /** A signal or a fault that nobody caught ends the program; the terminal is restored already. */
  end(ending: Ending): void;
}

// What is used of the driver. Cells are pairs of attribute and character; a changed line is marked dirty.
type Cell = [attr: number, ch: string];
type Line = Cell[] & { dirty?: boolean };
interface Program {
  _terminal: string;
  cols: number;
  rows: number;
  tput: { strings: Record<string, unknown>; unicode: boolean };
  _write(text: string): void;
  flush(): void;
  cup(y: number, x: number): void;
  showCursor(): void;
  hideCursor(): void;
  on(event: 'keypress', heard: (ch: string | undefined, key: DriverKey) => void): void;
  on(event: 'resize', heard: () => void): void;
  removeAllListeners(event: string): void;
}
interface Screen {
  lines: Line[];
  /** What the terminal shows. */
  olines: Line[];
  dattr: number;
  program: Program;
  enter(): void;
  leave(): void;
  alloc(dirty?: boolean): void;
  draw(from: number, to: number): void;
  destroy(): void;
}
interface Driver {
  program(options: Record<string, unknown>): Program;
  screen(options: Record<string, unknown>): Screen;
}

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
  private readonly screen: Screen;
  private readonly input: InputSplitter;
  private readonly widths = new Map<string, number>();
  private isOpen = true;
  private isClosed = false;
  private hasMouse = true;
  /** Colours where a style names none. */
  private base: Base | null = null;

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
    this.screen = createScreen(this.input, stdout);
    const { program } = this.screen;
    program.on('keypress', (ch, key) => {
      const name = keyName(ch, key);
      if (name !== null) this.events.key(name);
    });
    // The driver draws what it has at a resize; the picture for the new size is made by the application.
    program.removeAllListeners('resize');
    program.on('resize', () => {
      this.allocate();
      this.events.resize();
    });
    program._write(MOUSE_ON + PASTE_ON);
  }

  /** Paints with these colours from now on. */
  setBase(base: Base): void {
    this.base = base;
  }

  /** Asks the terminal for the colour of its background; the answer comes among the keys, if it comes. */
  askBackground(): void {
    this.send('\x1b]11;?\x07');
  }

  get width(): number {
    return this.screen.lines[0]?.length ?? 0;
  }
  get height(): number {
    return this.screen.lines.length;
  }

  /** Brings the picture to the screen: only what differs from the last one is sent. */
  draw(picture: Picture): void {
    if (!this.isOpen) return;
    const { screen, height } = this;
    for (let y = 0; y < height; y++) {
      const row = picture.rows[y];
      if (row !== undefined) this.put(row, 0, y, true);
    }
    for (const { x, y, rows } of picture.overlays ?? []) for (const [i, row] of rows.entries()) this.put(row, x, y + i, false);
    const ends = screen.lines.map((line, y) => withoutEnd(line, screen.olines[y]));
    screen.draw(0, height - 1);
    for (const [y, end] of ends.entries()) if (end !== null) screen.lines[y].push(...end);
    const { program } = screen;
    if (picture.cursor) {
      program.cup(picture.cursor.y, picture.cursor.x);
      program.showCursor();
    } else program.hideCursor();
    program.flush();
  }

  /** Everything anew, for a screen that somebody else has written on. */
  redraw(): void {
    this.allocate();
    this.events.resize();
  }

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
    try {
      this.screen.destroy();
    } catch (error) {
      if (!gone(error)) throw error;
    }
    this.stdin.pause();
    this.stdin.unref();
  }

  private leave(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    const { screen } = this;
    try {
      screen.program._write(MOUSE_OFF + PASTE_OFF);
      // The driver clears the screen that is left: harmless, it is the alternate one.
      screen.leave();
      screen.program.flush();
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
    this.input.setRawMode(true);
    this.input.resume();
    this.screen.enter();
    this.screen.program._write((this.hasMouse ? MOUSE_ON : '') + PASTE_ON);
    this.redraw();
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
    if (!this.isOpen) return;
    this.screen.program._write(text);
    this.screen.program.flush();
  }

  private allocate(): void {
    // A terminal may say 0x0 (a serial line); the driver cannot live without a cell.
    this.screen.program.cols = Math.max(1, this.stdout.columns || 80);
    this.screen.program.rows = Math.max(1, this.stdout.rows || 24);
    this.screen.alloc();
  }

  /** Writes a row into the cells; a whole row fills up to the right edge. */
  private put(row: Row, x: number, y: number, toEdge: boolean): void {
    const line = this.screen.lines[y];
    if (line === undefined) return;
    let at = x;
    let changed = false;
    // A wide character of which only one half is covered goes.
    if (line[x]?.[1] === '') line[x - 1][1] = ' ';
    const { base } = this;
    const set = (style: number, ch: string): void => {
      let attr = base === null ? style : onBase(style, base);
      // A blank looks the same whatever its foreground: that of the cell before it costs no change of colours.
      if (ch === ' ' && at > x && looksAlike(attr, line[at - 1][0])) attr = line[at - 1][0];
      const old = line[at++];
      if (old[0] === attr && old[1] === ch) return;
      old[0] = attr;
      old[1] = ch;
      changed = true;
    };
    for (const { text, attr } of row) {
      for (const ch of text) {
        if (at >= line.length) break;
        const width = this.charWidth(ch);
        if (width === 1) set(attr, ch);
        else if (width === 2 && at + 1 < line.length) {
          set(attr, ch);
          // The right half of a wide character: a cell that prints nothing.
          set(attr, '');
        } else if (width === 2) set(attr, ' ');
        // A mark on the letter before it: they are one cell.
        else if (at > x) line[at - 1][1] += line[at - 1][1] === '' ? '' : ch;
      }
    }
    if (line[at]?.[1] === '') set(line[at][0], ' ');
    if (toEdge) while (at < line.length) set(this.screen.dattr, ' ');
    if (changed) line.dirty = true;
  }

  private charWidth(ch: string): number {
    const code = ch.charCodeAt(0);
    if (code < 0x7f) return code < 0x20 ? 0 : 1;
    let width = this.widths.get(ch);
    if (width === undefined) {
      width = code < 0xa0 ? 0 : displayWidth(ch);
      if (this.widths.size < 4096) this.widths.set(ch, width);
    }
    return width;
  }
}

/**
 * Takes the blanks off the end of a changed line that stand there already, and gives them back: the driver looks from each blank to the end of its
 * line, so they cost the square of their number. The first of them stays, for what the driver erases to the end of the line has its colours.
 */
function withoutEnd(line: Line, shown: Line | undefined): Cell[] | null {
  if (line.dirty !== true || shown === undefined) return null;
  const [attr] = line[line.length - 1];
  let from = line.length;
  while (from > 0) {
    const [own, ch] = line[from - 1];
    const [was, old] = shown[from - 1];
    if (ch !== ' ' || own !== attr || old !== ' ' || was !== attr) break;
    from--;
  }
  return line.length - from > 1 ? line.splice(from + 1) : null;
}

function createScreen(input: InputSplitter, output: NodeJS.WriteStream): Screen {
  const events = ['uncaughtException', ...SIGNALS];
  const heard = new Map(events.map((event) => [event, process.listeners(event as NodeJS.Signals)]));
  const saved = { acs: process.env['NCURSES_NO_UTF8_ACS'], tmux: process.env['TMUX'] };
  // Without it box lines come out as letters. With TMUX set the driver starts `tmux -V`, whose answer is not needed.
  process.env['NCURSES_NO_UTF8_ACS'] = '1';
  delete process.env['TMUX'];
  try {
    const require = createRequire(import.meta.url);
    const folder = dirname(require.resolve('blessed/package.json'));
    const load = (name: string): unknown => require(`blessed/lib/${name}`);
    const driver: Driver = {
      program: load('program') as Driver['program'],
      screen: load('widgets/screen') as Driver['screen'],
    };
    const program = driver.program({ input, output, tput: false });
    // Its own description of xterm: the system's may hold capabilities that it cannot read, and every terminal of today
    // understands what is used here (the first colours of the palette where there are no more).
    program._terminal = join(folder, 'usr', 'xterm-256color');
    const write = program._write.bind(program);
    program._write = (text) => write(shortened(text));
    const screen = driver.screen({
      program,
      forceUnicode: true,
      // The rest of a line in one sequence. screen erases to its own background.
      useBCE: !/^screen/.test(process.env['TERM'] ?? ''),
    });
    // Cells are reached by their absolute place: where a terminal takes another width for a character than we do, the rest
    // of the line still stands where it should.
    program.tput.strings['parm_right_cursor'] = '';
    // Its own handlers end the process with 0, or with what it printed to a screen that is gone.
    for (const event of events)
      for (const handler of process.listeners(event as NodeJS.Signals))
        if (!heard.get(event)!.includes(handler)) process.off(event, handler);
    return screen;
  } finally {
    restore('NCURSES_NO_UTF8_ACS', saved.acs);
    restore('TMUX', saved.tmux);
  }
}

function restore(name: string, value: string | undefined): void {
  if (value === undefined) delete process.env[name];
  else process.env[name] = value;
}
