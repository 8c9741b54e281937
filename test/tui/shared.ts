// Screens that a process shows one after the other: it is loaded once, where each would take a third of a second to start. It looks like
// a pseudo-terminal of its own to each of them.
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type IPty, spawn } from '@lydell/node-pty';

/** What a screen needs of its pseudo-terminal. */
export type Carrier = Pick<IPty, 'pid' | 'write' | 'resize' | 'kill'> & {
  onData(take: (data: string) => void): unknown;
  onExit(end: (how: { exitCode: number; signal?: number }) => void): unknown;
};

export interface Shown {
  readonly args: readonly string[];
  readonly env: Record<string, string>;
  readonly cwd: string;
  readonly cols: number;
  readonly rows: number;
}

/** Told to end, a screen takes no longer than this. */
const END_MS = 5000;
const OVER = '\x1b]7777;';

class Served {
  readonly pty: IPty;
  private readonly folder = mkdtempSync(join(tmpdir(), 'hopscope-screens-'));
  private readonly server: Server;
  private readonly socket: Promise<Socket>;
  private take: (data: string) => void = () => {};
  private end: (how: { exitCode: number; signal?: number }) => void = () => {};
  /** What may be the beginning of the word that a screen has ended. */
  private held = '';
  isIdle = true;
  isGone = false;

  constructor({ env, cols, rows }: Shown) {
    const path = join(this.folder, 'socket');
    const server = createServer();
    this.server = server;
    this.socket = new Promise((done) => server.once('connection', done));
    server.listen(path).unref();
    const file = resolve(import.meta.dirname, 'served.mjs');
    this.pty = spawn(process.execPath, [file, path], { name: env['TERM'] ?? 'xterm-256color', cols, rows, env });
    this.pty.onData((data) => this.onData(data));
    this.pty.onExit((how) => {
      this.isGone = true;
      this.server.close();
      rmSync(this.folder, { recursive: true, force: true });
      this.over(how);
    });
  }

  private over(how: { exitCode: number; signal?: number }): void {
    this.take = () => {};
    this.isIdle = true;
    this.end(how);
  }

  private onData(data: string): void {
    const text = this.held + data;
    const at = text.indexOf('\x1b]7');
    const word = at < 0 ? null : /^\x1b\]7777;(\d+)\x07/.exec(text.slice(at));
    if (word !== null) {
      this.held = '';
      this.take(text.slice(0, at));
      this.over({ exitCode: Number(word[1]) });
      return;
    }
    const tail = at < 0 ? text.lastIndexOf('\x1b') : at;
    const isHeld = tail >= 0 && (OVER.startsWith(text.slice(tail)) || text.startsWith(OVER, tail));
    this.held = isHeld ? text.slice(tail) : '';
    const now = isHeld ? text.slice(0, tail) : text;
    if (now !== '') this.take(now);
  }

  show({ args, env, cwd, cols, rows }: Shown): Carrier {
    this.isIdle = false;
    this.take = () => {};
    this.pty.resize(cols, rows);
    let isOver = false;
    this.socket.then((socket) => socket.write(`${JSON.stringify({ args, env, cwd })}\n`));
    return {
      pid: this.pty.pid,
      write: (keys) => {
        if (!isOver) this.pty.write(keys);
      },
      resize: (columns, lines) => this.pty.resize(columns, lines),
      kill: () => {
        if (isOver) return;
        // Asked first: the process is to show the next one.
        this.pty.kill('SIGTERM');
        const late = setTimeout(() => this.pty.kill('SIGKILL'), END_MS);
        const { end } = this;
        this.end = (how) => {
          clearTimeout(late);
          end(how);
        };
      },
      onData: (take) => {
        this.take = take;
      },
      onExit: (end) => {
        this.end = (how) => {
          isOver = true;
          end(how);
        };
      },
    };
  }
}

const served: Served[] = [];

/** `hopscope ARGS` in a process that has shown others before. */
export function shown(what: Shown): Carrier {
  let one = served.find(({ isIdle, isGone }) => isIdle && !isGone);
  if (one === undefined) {
    one = new Served(what);
    served.push(one);
  }
  return one.show(what);
}
