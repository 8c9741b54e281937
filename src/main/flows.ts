// Conversations of captures, as records.
import { type Flow, type FlowList, flowOf } from '../flows/flow.js';
import { FileRun } from './file-run.js';
import type { AnalyzeOptions } from './options.js';

/** Reads the captures. Throws UsageError, FilterError, TopologyError, CaptureError (a file that cannot be opened). */
export async function collectFlows(options: AnalyzeOptions): Promise<FlowList> {
  const run = await FileRun.open(options);
  await run.read();
  return flowsOf(run);
}

/** The conversations of a run that has been read. */
export function flowsOf(run: FileRun): FlowList {
  const { tracker, topology } = run;
  const paths = run.paths();
  const flows: Flow[] = [];
  const t = tracker.conversations;
  for (let c = 0; c < t.used; c++) if (t.exists(c)) flows.push(flowOf(tracker, c, paths, topology));
  return {
    flows: flows.sort((a, b) => a.id - b.id),
    forgotten: t.forgotten,
    interrupted: run.interrupted,
    baseSeconds: run.baseSeconds,
    errors: run.errors,
  };
}
