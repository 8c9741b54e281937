// Which captures are read by threads of their own, and the threads. They are started before anything else is loaded: that takes as
// long as starting a thread, and on another core both are done at once.
import { statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { threadData } from '../plugin/thread.js';
import type { AnalyzeOptions } from './options.js';
import { workerUrl } from './worker-url.js';

/** Bytes of a file that is worth a thread of its own: starting one takes as long as reading this much. */
const WORTH_BYTES = 16 * 1024 * 1024;

type Asked = Pick<AnalyzeOptions, 'files' | 'workers'>;

/** For each capture: is it read by a thread of its own? The largest are, as far as there are threads. */
export function ownThreads({ files, workers }: Asked): boolean[] {
  const cores = availableParallelism();
  const most = workers ?? (cores > 1 ? cores : 0);
  if (most === 0 || workerUrl('reader') === null) return files.map(() => false);
  const sizes = files.map(({ path, file = path }) => size(file));
  const large = sizes
    .map((bytes, i) => ({ bytes, i }))
    .filter(({ bytes }) => bytes >= (workers === undefined ? WORTH_BYTES : 1))
    .sort((a, b) => b.bytes - a.bytes)
    .slice(0, most);
  return files.map((_, i) => large.some((one) => one.i === i));
}

/** Bytes of a plain file; 0 for anything else, and for what is not there. */
function size(path: string): number {
  if (path === '-') return 0;
  try {
    const stats = statSync(path);
    return stats.isFile() ? stats.size : 0;
  } catch {
    return 0;
  }
}

const spare: Worker[] = [];

/** Starts the threads that will be asked for. Those that never are do not keep the process alive. */
export function startThreads(asked: Asked): void {
  for (const own of ownThreads(asked)) if (own) spare.push(start());
}

/** A thread that waits for its order. */
export function readerThread(): Worker {
  const worker = spare.pop() ?? start();
  worker.ref();
  return worker;
}

function start(): Worker {
  const worker = new Worker(workerUrl('reader') as URL, { name: 'hopscope reader', workerData: threadData() });
  worker.unref();
  // One that dies before its order came is not asked; later on, who ordered hears of it too.
  worker.on('error', () => undefined);
  worker.on('exit', () => {
    const at = spare.indexOf(worker);
    if (at >= 0) spare.splice(at, 1);
  });
  return worker;
}
