// Sets of captures, some at once: each by a thread that takes the next one when it is done. A thread that fails is a failure of the files
// that it was at; the others go on.
import { Worker } from 'node:worker_threads';
import { HopscopeError, UsageError } from '../errors.js';
import type { Sheet } from '../expect/read.js';
import { pluginFiles } from '../plugin/added.js';
import { threadData } from '../plugin/thread.js';
import type { Progress } from './options.js';
import { keepResult, keptResult } from './verify-cache.js';
import type { VerifyOptions } from './verify-files.js';
import { type Done, type Order, undone, verifyGroup, type Watching } from './verify-group.js';
import type { Said } from './verify-worker.js';
import { workerUrl } from './worker-url.js';

export interface Work {
  readonly make: () => Promise<Order>;
  /** Of its captures; 0 where that is not known. */
  readonly bytes: number;
  /** Whose failure it is if it cannot be done. */
  readonly sheets: readonly { readonly sheet: Sheet; readonly title: string }[];
}

/** What became of each, in their order. With `failFast` those up to the first that has a failure. */
export async function inTurn(works: readonly Work[], options: VerifyOptions): Promise<Done[]> {
  const { failFast, timeLimitMs, signal } = options;
  // What a plug-in finds depends on its text, which a kept result does not know.
  const cache = pluginFiles.length > 0 ? undefined : options.cache;
  const jobs = failFast ? 1 : Math.min(options.jobs ?? 1, works.length);
  // What must be stopped wherever it is cannot be done by this thread.
  const inThreads = (jobs > 1 || timeLimitMs !== undefined) && workerUrl('verify') !== null;
  const done: (Done | undefined)[] = works.map(() => undefined);
  const progress = new Sum(works, options.onProgress);
  // The largest first: begun last, one of them would keep a thread at work while the others have nothing left to do.
  const order = works.map((_, i) => i);
  if (jobs > 1) order.sort((a, b) => works[b].bytes - works[a].bytes);
  let next = 0;
  const lane = async (): Promise<void> => {
    const thread = inThreads ? new Thread() : null;
    try {
      while (next < works.length) {
        const i = order[next++];
        const watching: Watching = { signal, onProgress: progress.of(i) };
        done[i] = await one(works[i], watching, thread, cache);
        progress.ended(i);
        if (failFast && done[i]?.result.findings.some(({ verdict }) => verdict === 'fail')) next = works.length;
      }
    } finally {
      await thread?.end();
    }
  };
  await Promise.all(Array.from({ length: Math.max(1, jobs) }, lane));
  return done.filter((one) => one !== undefined);
}

async function one(work: Work, watching: Watching, thread: Thread | null, cache: string | undefined): Promise<Done> {
  try {
    const order = await work.make();
    const kept = cache === undefined ? null : await keptResult(cache, order, { hash: false });
    if (kept !== null) return kept;
    if (thread !== null) return await thread.run(order, watching, cache);
    return await verifyKept(order, watching, cache);
  } catch (error) {
    if (!(error instanceof HopscopeError) && !(error instanceof ThreadError)) throw error;
    return undone(work.sheets, error.message);
  }
}

/** From the cache where it is known, else worked out and kept. */
export async function verifyKept(order: Order, watching: Watching, cache: string | undefined): Promise<Done> {
  const kept = cache === undefined ? null : await keptResult(cache, order, { hash: true });
  if (kept !== null) return kept;
  const done = await verifyGroup(order, watching);
  if (cache !== undefined && !done.interrupted && done.held) await keepResult(cache, order, done);
  return done;
}

/** A thread ended before it was done. */
class ThreadError extends Error {}

/** Time for judging, after the reading was stopped. */
const GRACE_MS = 10_000;

/** A thread that is started when there is something to do, and anew after it has died. */
class Thread {
  private worker: Worker | null = null;

  run(order: Order, { signal, onProgress }: Watching, cache: string | undefined): Promise<Done> {
    this.worker ??= new Worker(workerUrl('verify') as URL, { name: 'hopscope verify', workerData: threadData() });
    const { worker } = this;
    return new Promise<Done>((resolve, reject) => {
      const stop = (): void => worker.postMessage({ kind: 'stop' });
      const late = order.timeLimitMs === null ? null : setTimeout(() => fail(tooLate(order)), order.timeLimitMs + GRACE_MS);
      const hear = (said: Said): void => {
        if (said.kind === 'progress') {
          onProgress?.(said.progress);
          return;
        }
        ended();
        if (said.kind === 'done') resolve(said.done);
        else if (said.isMistake) reject(new UsageError(said.message));
        else reject(new ThreadError(`it could not be checked, which is a fault of hopscope: ${said.message}`));
      };
      const broken = (error: Error): void => fail(`it could not be checked: ${error.message}`);
      const gone = (): void => fail('it could not be checked: its thread ended');
      const ended = (): void => {
        worker.off('message', hear).off('error', broken).off('exit', gone);
        signal?.removeEventListener('abort', stop);
        if (late !== null) clearTimeout(late);
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
      worker.postMessage({ kind: 'order', order, cache });
      if (signal?.aborted) stop();
    });
  }

  async end(): Promise<void> {
    await this.worker?.terminate();
  }
}

const tooLate = ({ timeLimitMs }: Order): string =>
  `it could not be judged within ${(timeLimitMs! + GRACE_MS) / 1000} s; give it more time, or fewer captures at once`;

/** Progress of all at once. */
class Sum {
  private readonly at: Progress[];
  private readonly totalBytes: number;

  constructor(
    private readonly works: readonly Work[],
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
