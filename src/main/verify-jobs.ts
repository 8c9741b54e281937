// Sets of captures, some at once: each by a thread that takes the next one when it is done. A thread that fails is a failure of the files
// that it was at; the others go on.
import { HopscopeError } from '../errors.js';
import type { Sheet } from '../expect/read.js';
import { pluginFiles } from '../plugin/added.js';
import type { Watching } from './progress.js';
import { keepResult, keptResult } from './verify-cache.js';
import type { VerifyOptions } from './verify-files.js';
import { type Done, type Order, undone, verifyGroup } from './verify-group.js';
import { inLanes, ProgressSum, ThreadError, WorkThread } from './work-thread.js';
import { workerUrl } from './worker-url.js';

/** What a thread is asked. */
export interface Asked {
  readonly order: Order;
  readonly cache: string | undefined;
}

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
  const progress = new ProgressSum(works, options.onProgress);
  await inLanes(works, jobs, async (next) => {
    const thread = inThreads ? new WorkThread<Asked, Done>('verify', 'it could not be checked') : null;
    try {
      for (let i = next(); i !== null; i = next()) {
        const watching: Watching = { signal, onProgress: progress.of(i) };
        done[i] = await one(works[i], watching, thread, cache);
        progress.ended(i);
        if (failFast && done[i]?.result.findings.some(({ verdict }) => verdict === 'fail')) return;
      }
    } finally {
      await thread?.end();
    }
  });
  return done.filter((one) => one !== undefined);
}

async function one(
  work: Work,
  watching: Watching,
  thread: WorkThread<Asked, Done> | null,
  cache: string | undefined,
): Promise<Done> {
  try {
    const order = await work.make();
    const kept = cache === undefined ? null : await keptResult(cache, order, { hash: false });
    if (kept !== null) return kept;
    if (thread !== null) return await thread.run({ order, cache }, watching, lateOf(order));
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

/** Time for judging, after the reading was stopped. */
const GRACE_MS = 10_000;

/** Whoever is not done by then is given up. */
const lateOf = ({ timeLimitMs }: Order): { readonly ms: number; readonly message: string } | null =>
  timeLimitMs === null
    ? null
    : {
        ms: timeLimitMs + GRACE_MS,
        message: `it could not be judged within ${(timeLimitMs + GRACE_MS) / 1000} s; give it more time, or fewer captures at once`,
      };
