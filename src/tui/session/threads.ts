// Starts a part of the session: in a thread of its own, or where that was not built in this one.

import { type Transferable, Worker } from 'node:worker_threads';
import { workerUrl } from '../../main/worker-url.js';
import { threadData } from '../../plugin/thread.js';
import type { Wire } from './wire.js';

/** Young objects a thread may gather before they are looked through, in MB: small, since each thread has its own. */
const YOUNG_MB = 3;

/** `afterMs`: a thread is started this much later; what it is told until then waits. `begin` is given the other end of the wire where there is no thread. */
export function startPart<Out, In>(
  name: string,
  threads: boolean,
  begin: () => Promise<(wire: Wire<In, Out>) => void>,
  onError: (error: Error) => void,
  afterMs = 0,
): Wire<Out, In> {
  const url = threads ? workerUrl(name) : null;
  return url === null ? local(begin, onError) : threaded(url, onError, afterMs);
}

function threaded<Out, In>(url: URL, onError: (error: Error) => void, afterMs: number): Wire<Out, In> {
  let worker: Worker | null = null;
  const early: (() => void)[] = [];
  const wire: Wire<Out, In> = {
    post: (message, transfer = []) => {
      const send = () => worker?.postMessage(message, transfer as readonly Transferable[]);
      if (worker === null) early.push(send);
      else send();
    },
    onMessage: () => undefined,
    close: async () => {
      clearTimeout(timer);
      wire.onMessage = () => undefined;
      await worker?.terminate();
    },
  };
  const begin = () => {
    worker = new Worker(url, { resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB }, workerData: threadData() });
    worker.on('message', (message: In) => wire.onMessage(message));
    worker.on('error', onError);
    for (const send of early.splice(0)) send();
  };
  const timer = afterMs === 0 ? undefined : setTimeout(begin, afterMs);
  if (afterMs === 0) begin();
  return wire;
}

function local<Out, In>(begin: () => Promise<(wire: Wire<In, Out>) => void>, onError: (error: Error) => void): Wire<Out, In> {
  let isOpen = true;
  const near: Wire<Out, In> = {
    post: (message) => setImmediate(() => isOpen && far.onMessage(message)),
    onMessage: () => undefined,
    close: async () => {
      isOpen = false;
    },
  };
  const early: Out[] = [];
  const far: Wire<In, Out> = {
    post: (message) => setImmediate(() => isOpen && near.onMessage(message)),
    onMessage: (message) => early.push(message),
    close: near.close,
  };
  begin().then((start) => {
    start(far);
    for (const message of early.splice(0)) far.onMessage(message);
  }, onError);
  return near;
}
