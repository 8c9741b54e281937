// A program that captures, as a child: its packets come down its standard output, what else it has to say down the other pipe.
import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import type { Backend, CapturePlan } from './backends.js';

/** What is kept of the child's words. */
const MAX_WORDS = 4096;
/** A child that does not begin within this time never will. */
const START_MS = 10_000;

/** A program and the arguments that come before all others. */
export type Command = readonly [string, ...string[]];

export class CaptureChild {
  /** Frames it says it lost; null before it said anything. */
  dropped: number | null = null;
  /** The last of what it said. */
  words = '';
  /** Its exit code or the signal that ended it; null while it runs. */
  end: number | string | null = null;
  private readonly child: ChildProcessByStdio<null, Readable, Readable>;
  private readonly ended: Promise<void>;
  private readonly watchdog: ChildProcess | null;

  constructor(
    [program, ...before]: Command,
    private readonly backend: Backend,
    plan: CapturePlan,
  ) {
    this.child = spawn(program, [...before, ...backend.arguments(plan)], {
      stdio: ['ignore', 'pipe', 'pipe'],
      // Ctrl-C goes to the whole foreground group: the child shall end when it is told to, so that its counters arrive.
      detached: true,
    });
    this.watchdog = this.child.pid === undefined ? null : watchdog(this.child.pid);
    this.child.stderr.setEncoding('utf8');
    this.child.stderr.on('data', (text: string) => this.hear(text));
    // Reported by `started`; a child that cannot be started has no output either.
    this.ended = new Promise((resolve) => {
      this.child.once('error', (error: NodeJS.ErrnoException) => {
        this.words ||= error.code ?? error.message;
        this.end ??= error.code ?? 'error';
        resolve();
      });
      this.child.once('exit', (code, signal) => {
        this.end ??= code ?? signal ?? 'unknown';
        this.watchdog?.kill('SIGKILL');
      });
      // Not `close`: that waits for its packets to be read.
      this.child.stderr.once('close', () => (this.end === null ? this.child.once('exit', () => resolve()) : resolve()));
    });
  }

  get output(): Readable {
    return this.child.stdout;
  }

  /** Resolves to true when packets can come, to false when the child ended instead. */
  async started(): Promise<boolean> {
    const { started } = this.backend;
    const deadline = performance.now() + START_MS;
    while (this.end === null && !started.test(this.words) && performance.now() < deadline)
      await new Promise((resolve) => setTimeout(resolve, 10));
    if (this.end === null && !started.test(this.words)) await this.stop();
    return this.end === null;
  }

  /** Asks for the drops so far, where the program can tell while it runs. */
  askDrops(): void {
    if (this.end === null && this.backend.askDrops !== null) this.child.kill(this.backend.askDrops);
  }

  /** Ends it as Ctrl-C would, so that it says its counters; one that does not listen is killed. */
  async stop(): Promise<void> {
    if (this.end !== null) return;
    this.child.kill('SIGINT');
    const patience = setTimeout(() => this.child.kill('SIGKILL'), 2000);
    await this.ended;
    clearTimeout(patience);
  }

  private hear(text: string): void {
    this.words = (this.words + text).slice(-MAX_WORDS);
    let last: string | null = null;
    for (const [, count] of this.words.matchAll(new RegExp(this.backend.dropped, 'g'))) last = count!;
    if (last !== null) this.dropped = Number(last);
  }
}

/**
 * Ends a child whose parent is gone, however that ended (kill -9): the pipe from the parent is closed then. The child itself would notice
 * only when it writes its next packet, which on a quiet interface may be never. Null where there is no shell.
 */
function watchdog(pid: number): ChildProcess | null {
  if (process.platform === 'win32') return null;
  const script = `read -r _; kill -TERM ${pid}; sleep 1; kill -KILL ${pid}`;
  const dog = spawn('/bin/sh', ['-c', script], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
  // Without a shell the child still ends with its next packet.
  dog.on('error', () => undefined);
  dog.unref();
  return dog;
}
