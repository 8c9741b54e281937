// Many captures, each a run of its own, into one export: some at once, each by a thread that takes the next one when it is done.
import { statSync } from 'node:fs';
import { CaptureError, UsageError } from '../errors.js';
import type { Layout } from '../export/parts.js';
import { type Exported, exportTables } from './export.js';
import { ExportFiles } from './export-folder.js';
import type { AnalyzeOptions } from './options.js';
import type { Watching } from './progress.js';
import { inLanes, ProgressSum, ThreadError, WorkThread } from './work-thread.js';
import { workerUrl } from './worker-url.js';

/** One run, as plain data. */
export interface ExportOrder {
  readonly run: string;
  readonly options: Omit<AnalyzeOptions, 'signal' | 'onProgress' | 'onNote' | 'onTiming'>;
  readonly layout: Layout;
  /** The folder that is being made, and what it is called in messages. */
  readonly root: string;
  readonly shown: string;
}

export interface RunDone {
  readonly run: string;
  /** Null where its captures could not be read at all, which `error` says. */
  readonly exported: Exported | null;
  readonly error: { readonly message: string } | null;
  /** What the user should know beside that. */
  readonly notes: readonly string[];
}

/** Reads one run and writes its tables; of captures that cannot be opened nothing stays. Throws UsageError, FilterError, TopologyError. */
export async function exportRun({ run, options, layout, root, shown }: ExportOrder, watching: Watching): Promise<RunDone> {
  const files = new ExportFiles(root, shown);
  const notes: string[] = [];
  const told = {
    ...(watching.signal !== undefined && { signal: watching.signal }),
    ...(watching.onProgress !== undefined && { onProgress: watching.onProgress }),
    onNote: (note: string) => notes.push(note),
  };
  try {
    return { run, exported: await exportTables({ ...options, ...told }, { run, layout, make: files.make }), error: null, notes };
  } catch (error) {
    files.remove();
    if (!(error instanceof CaptureError)) throw error;
    return { run, exported: null, error, notes };
  } finally {
    files.close();
  }
}

/**
 * All runs, `jobs` at once. A run whose thread dies is one that could not be read. Throws UsageError, which is also what a thread
 * says of a mistake in a filter or a topology: it is the same for all.
 */
export async function exportEach(
  orders: readonly ExportOrder[],
  jobs: number,
  { signal, onProgress }: Watching,
): Promise<RunDone[]> {
  const works = orders.map(({ options }) => ({
    bytes: options.files.reduce((sum, { path, file }) => sum + bytesOf(file ?? path), 0),
  }));
  const done: RunDone[] = [];
  const lanes = Math.min(jobs, orders.length);
  const progress = new ProgressSum(works, onProgress);
  const inThreads = lanes > 1 && workerUrl('export') !== null;
  // One mistake ends them all.
  const failed = new AbortController();
  const ends = signal === undefined ? failed.signal : AbortSignal.any([signal, failed.signal]);
  await inLanes(works, lanes, async (next) => {
    const thread = inThreads ? new WorkThread<ExportOrder, RunDone>('export', 'it could not be exported') : null;
    try {
      for (let i = next(); i !== null && !ends.aborted; i = next()) {
        const watching: Watching = { signal: ends, onProgress: progress.of(i) };
        const order = orders[i];
        done[i] = await (thread?.run(order, watching) ?? exportRun(order, watching)).catch((error: unknown) => {
          if (!(error instanceof ThreadError)) throw error;
          return { run: order.run, exported: null, error, notes: [] };
        });
        progress.ended(i);
      }
    } catch (error) {
      failed.abort();
      throw error;
    } finally {
      await thread?.end();
    }
  });
  return done.filter((one) => one !== undefined);
}

const bytesOf = (path: string): number => statSync(path, { throwIfNoEntry: false })?.size ?? 0;

/** Refuses what only this process can read. */
export function mustBeFiles(options: Pick<AnalyzeOptions, 'files'>): void {
  if (options.files.some(({ piped, path }) => piped !== undefined || path === '-'))
    throw new UsageError('--each: a pipe is no capture that can be read beside others; name files');
}
