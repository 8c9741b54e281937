// Threads that do one piece of work after the other, and what they and those who wait for them say to each other.
import { parentPort, Worker } from 'node:worker_threads';
import { HopscopeError, UsageError } from '../errors.js';
import { threadData } from '../plugin/thread.js';
import type { Progress, Watching } from './progress.js';
import { workerUrl } from './worker-url.js';

/** What a thread is told. */
type Told<Order> = { readonly kind: 'order'; readonly order: Order } | { readonly kind: 'stop' };

/** What it says. */
type Said<Done> =
  | { readonly kind: 'progress'; readonly progress: Progress }
  | { readonly kind: 'done'; readonly done: Done }
  /** `isMistake`: of the user; else it is a fault of this program. */
  | { readonly kind: 'failed'; readonly message: string; readonly isMistake: boolean };

/** A thread ended before it was done. */
export class ThreadError extends Error {}

/** A thread that is started when there is something to do, and anew after it has died. */
export class WorkThread<Order, Done> {
  private worker: Worker | null = null;

  /** `name` as in scripts/workers.mjs; `undone`: begins a message on what could not be done. */
  constructor(
    private readonly name: string,
    private readonly undone: string,
  ) {}

  /** `late`: after how long it is given up, and with which words. Throws UsageError and ThreadError. */
  run(
    order: Order,
    { signal, onProgress }: Watching,
    late: { readonly ms: number; readonly message: string } | null = null,
  ): Promise<Done> {
    this.worker ??= new Worker(workerUrl(this.name) as URL, { name: `hopscope ${this.name}`, workerData: threadData() });
    const { worker } = this;
    return new Promise<Done>((resolve, reject) => {
      const stop = (): void => worker.postMessage({ kind: 'stop' });
      const timer = late === null ? null : setTimeout(() => fail(late.message), late.ms);
      const hear = (said: Said<Done>): void => {
        if (said.kind === 'progress') {
          onProgress?.(said.progress);
          return;
        }
        ended();
        if (said.kind === 'done') resolve(said.done);
        else if (said.isMistake) reject(new UsageError(said.message));
        else reject(new ThreadError(`${this.undone}, which is a fault of hopscope: ${said.message}`));
      };
      const broken = (error: Error): void => fail(`${this.undone}: ${error.message}`);
      const gone = (): void => fail(`${this.undone}: its thread ended`);
      const ended = (): void => {
        worker.off('message', hear).off('error', broken).off('exit', gone);
        signal?.removeEventListener('abort', stop);
        if (timer !== null) clearTimeout(timer);
      };
      const fail = (message: string): void => {
        ended();
        this.worker = null;
        worker.on('error', () => undefined);
        void worker.terminate();
        reject(new ThreadError(message));
      };
      worker.on('message', hear).on('error', broken).on('exit', gone);
      signal?.addEventListener('abort', stop, { once: true });
      worker.postMessage({ kind: 'order', order } satisfies Told<Order>);
      if (signal?.aborted) stop();
    });
  }

  async end(): Promise<void> {
    await this.worker?.terminate();
  }
}

/** In the thread: does what it is told, until it is ended. */
export function serve<Order, Done>(work: (order: Order, watching: Watching) => Promise<Done>): void {
  const say = (said: Said<Done>): void => parentPort?.postMessage(said);
  let stop = new AbortController();
  parentPort?.on('message', async (told: Told<Order>) => {
    if (told.kind === 'stop') return stop.abort();
    stop = new AbortController();
    try {
      const onProgress = (progress: Progress): void => say({ kind: 'progress', progress });
      say({ kind: 'done', done: await work(told.order, { signal: stop.signal, onProgress }) });
    } catch (error) {
      say({ kind: 'failed', message: (error as Error).message, isMistake: error instanceof HopscopeError });
    }
  });
}

/** Does pieces of work, the largest first, `lanes` at once: begun last, one of them would keep a lane while the others have nothing left to do. */
export async function inLanes(
  works: readonly { readonly bytes: number }[],
  lanes: number,
  lane: (next: () => number | null) => Promise<void>,
): Promise<void> {
  const order = works.map((_, i) => i);
  if (lanes > 1) order.sort((a, b) => works[b].bytes - works[a].bytes);
  let next = 0;
  await Promise.all(Array.from({ length: Math.max(1, lanes) }, () => lane(() => order[next++] ?? null)));
}

/** Progress of all at once. */
export class ProgressSum {
  private readonly at: Progress[];
  private readonly totalBytes: number;

  constructor(
    private readonly works: readonly { readonly bytes: number }[],
    private readonly tell: ((progress: Progress) => void) | undefined,
  ) {
    this.at = works.map(({ bytes }) => ({ bytes: 0, totalBytes: bytes, frames: 0 }));
    this.totalBytes = works.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  of(i: number): Watching['onProgress'] {
    if (this.works.length === 1) return this.tell;
    return (progress) => {
      this.at[i] = progress;
      this.show();
    };
  }

  ended(i: number): void {
    this.at[i] = { ...this.at[i], bytes: this.works[i].bytes };
    if (this.works.length > 1) this.show();
  }

  private show(): void {
    this.tell?.({
      bytes: Math.min(
        this.totalBytes,
        this.at.reduce((sum, { bytes }) => sum + bytes, 0),
      ),
      totalBytes: this.totalBytes,
      frames: this.at.reduce((sum, { frames }) => sum + frames, 0),
    });
  }
}
