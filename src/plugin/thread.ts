// What a thread is told of plug-ins: it loads them before it begins.
import { workerData } from 'node:worker_threads';
import { pluginFiles } from './added.js';

/** For `new Worker(..., { workerData })`. */
export const threadData = (): { readonly plugins: readonly string[] } => ({ plugins: pluginFiles });

/** Files of plug-ins that this thread is to load. */
export const pluginsOfThread = (): readonly string[] =>
  (workerData as { readonly plugins?: readonly string[] } | null)?.plugins ?? [];
