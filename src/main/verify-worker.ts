// The thread that holds expectation files against one set of captures after the other.
import { parentPort } from 'node:worker_threads';
import { HopscopeError } from '../errors.js';
import type { Progress } from './options.js';
import type { Done, Order } from './verify-group.js';
import { verifyKept } from './verify-jobs.js';

/** What it is told. */
type Told = { readonly kind: 'order'; readonly order: Order; readonly cache: string | undefined } | { readonly kind: 'stop' };

/** What it says. */
export type Said =
  | { readonly kind: 'progress'; readonly progress: Progress }
  | { readonly kind: 'done'; readonly done: Done }
  /** `isMistake`: of the user; else it is a fault of this program. */
  | { readonly kind: 'failed'; readonly message: string; readonly isMistake: boolean };

const say = (said: Said): void => parentPort?.postMessage(said);
let stop = new AbortController();

parentPort?.on('message', async (told: Told) => {
  if (told.kind === 'stop') return stop.abort();
  stop = new AbortController();
  try {
    // Cores are used by the threads beside this one.
    const order: Order = { workers: 0, ...told.order };
    const onProgress = (progress: Progress): void => say({ kind: 'progress', progress });
    say({ kind: 'done', done: await verifyKept(order, { signal: stop.signal, onProgress }, told.cache) });
  } catch (error) {
    say({ kind: 'failed', message: (error as Error).message, isMistake: error instanceof HopscopeError });
  }
});
