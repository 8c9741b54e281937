// A program at a point, as a child of ours: its output, its words, and our words to its guard.
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { BEAT_MS, WORD } from './watchdog.js';

/** What is kept of its words: of a point that talks without end, the last. */
const MAX_WORDS = 16_384;
/** How long last words may take after the end. */
const LAST_WORDS_MS = 1000;
/** A guard has three seconds to end its program; then the connection is cut. */
const PATIENCE_MS = 6000;

export class PointChild {
  /** The last of what it said on standard error. */
  words = '';
  /** Characters of all its words so far. */
  said = 0;
  /** Its exit code, the signal that ended it, or why it could not be started (`ENOENT`); null while it runs. */
  end: number | string | null = null;
  /** Resolves when it has ended and said all. */
  readonly ended: Promise<void>;
  private readonly child: ChildProcessByStdio<Writable, Readable, Readable>;
  private readonly beating: NodeJS.Timeout;

  constructor([program, ...argv]: readonly string[]) {
    // Detached: Ctrl-C goes to the whole foreground group, and the program shall end when it is told to, so that it says its counters.
    this.child = spawn(program!, argv, { stdio: ['pipe', 'pipe', 'pipe'], detached: true });
    const { stdin, stderr } = this.child;
    // A point that is gone is noticed by its end.
    stdin.on('error', () => {});
    stderr.setEncoding('utf8');
    stderr.on('data', (text: string) => {
      this.said += text.length;
      this.words = (this.words + text).slice(-MAX_WORDS);
    });
    this.say(WORD.beat);
    this.beating = setInterval(() => this.say(WORD.beat), BEAT_MS);
    this.ended = new Promise((resolve) => {
      const over = (end: number | string): void => {
        this.end ??= end;
        clearInterval(this.beating);
        stdin.destroy();
      };
      this.child.once('error', (error: NodeJS.ErrnoException) => {
        over(error.code ?? error.message);
        resolve();
      });
      // Not `close`: that waits for its output to be read. Somebody else may keep its pipe open; then its last words are not waited for.
      stderr.once('close', () => (this.end === null ? this.child.once('exit', () => resolve()) : resolve()));
      this.child.once('exit', (code, signal) => {
        over(code ?? signal ?? 'unknown');
        setTimeout(() => {
          stderr.destroy();
          resolve();
        }, LAST_WORDS_MS).unref();
      });
    });
  }

  get output(): Readable {
    return this.child.stdout;
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** Asks tcpdump for its counters so far (SIGUSR1). */
  askDrops(): void {
    this.say(WORD.drops);
  }

  /** Ends it, so that it says its counters; a connection that does not end is cut. */
  async stop(patienceMs = PATIENCE_MS): Promise<void> {
    if (this.end !== null) return;
    this.say(WORD.stop);
    this.child.stdin.end();
    const patience = setTimeout(() => this.child.kill('SIGTERM'), patienceMs);
    const cut = setTimeout(() => this.child.kill('SIGKILL'), patienceMs + 2000);
    await this.ended;
    clearTimeout(patience);
    clearTimeout(cut);
  }

  private say(word: string): void {
    if (this.end === null && this.child.stdin.writable) this.child.stdin.write(word);
  }
}

export interface Output {
  /** Exit code, signal, why it did not start, or `timeout`. */
  readonly end: number | string;
  readonly text: string;
  readonly words: string;
  /** It printed more than was asked for; `text` has its beginning. */
  readonly isCut: boolean;
}

export interface RunLimits {
  readonly timeoutMs: number;
  readonly maxBytes: number;
}

const LIMITS: RunLimits = { timeoutMs: 20_000, maxBytes: 16 << 20 };

/** Runs a program at a point to its end. Never throws: what went wrong is in `end` and `words`. */
export async function runToEnd(argv: readonly string[], limits: Partial<RunLimits> = {}, signal?: AbortSignal): Promise<Output> {
  const { timeoutMs, maxBytes } = { ...LIMITS, ...limits };
  const child = new PointChild(argv);
  const parts: Buffer[] = [];
  let [bytes, isCut, isLate] = [0, false, false];
  child.output.on('data', (part: Buffer) => {
    const room = maxBytes - bytes;
    if (part.length > room) isCut = true;
    if (room > 0) parts.push(part.subarray(0, room));
    bytes += part.length;
    if (isCut) void child.stop(1000);
  });
  const stop = (): void => void child.stop(1000);
  const timer = setTimeout(() => {
    isLate = true;
    stop();
  }, timeoutMs);
  signal?.addEventListener('abort', stop, { once: true });
  if (signal?.aborted) stop();
  const closed = new Promise<void>((resolve) => child.output.once('close', () => resolve()));
  await child.ended;
  // Its output may still be in the pipe; a grandchild that keeps it open is not waited for.
  await Promise.race([closed, new Promise((resolve) => setTimeout(resolve, 1000).unref())]);
  child.output.destroy();
  clearTimeout(timer);
  signal?.removeEventListener('abort', stop);
  return {
    end: isLate ? 'timeout' : (child.end ?? 'unknown'),
    text: Buffer.concat(parts).toString('utf8'),
    words: child.words,
    isCut,
  };
}
