// Conversations of captures, as records.

import type { Told } from '../facts/witnesses.js';
import { type Flow, type FlowList, type FlowQuote, flowOf } from '../flows/flow.js';
import { saysText } from '../witnesses/says.js';
import type { Witness } from '../witnesses/testimony.js';
import { FileRun } from './file-run.js';
import type { AnalyzeOptions } from './options.js';
import { closePipes, sortInputs, withCaptures, witnessesBeside } from './witnesses.js';

/** Reads the captures. Throws UsageError, FilterError, TopologyError, CaptureError (a file that cannot be opened). */
export async function collectFlows(options: AnalyzeOptions): Promise<FlowList> {
  const inputs = withCaptures(await sortInputs(options));
  try {
    return await collected({ ...options, files: inputs.captures, witnesses: inputs.witnesses });
  } finally {
    closePipes(inputs);
  }
}

async function collected(options: AnalyzeOptions): Promise<FlowList> {
  const run = await FileRun.open(options);
  await run.read();
  return flowsOf(run, await witnessesBeside(run, options));
}

/** The conversations of a run that has been read. `told`: what other tools have printed of it. */
export function flowsOf(run: FileRun, told: readonly Witness[] = []): FlowList {
  const { tracker, topology } = run;
  const paths = run.paths();
  const says = told.length === 0 ? null : run.facts(true, undefined, told).witnesses;
  const { words } = run;
  const flows: Flow[] = [];
  const t = tracker.conversations;
  for (let c = 0; c < t.used; c++) {
    if (!t.exists(c)) continue;
    const flow = flowOf(tracker, c, paths, topology, words);
    flows.push(says === null ? flow : { ...flow, quotes: says.about([flow.id]).map((one) => quoteOf(one, told)) });
  }
  return {
    flows: flows.sort((a, b) => a.id - b.id),
    forgotten: t.forgotten,
    interrupted: run.interrupted,
    baseSeconds: run.baseSeconds,
    errors: run.errors,
    ...(words.any && { words }),
  };
}

const quoteOf = ({ witness, group: { event, count, place } }: Told, texts: readonly Witness[]): FlowQuote => ({
  says: saysText(event),
  file: texts[witness].file,
  line: place.line,
  count,
});
