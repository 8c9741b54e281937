// `diagnose`: captures read, rules run, findings reported.
import type { Facts } from '../facts/facts.js';
import { RunPictures } from '../picture/pictures.js';
import type { Run as RunReport } from '../report/run.js';
import { type ChosenRule, chooseRules } from '../rules/choose.js';
import { assess } from '../rules/engine.js';
import { catalogue } from '../rules/index.js';
import { FileRun } from './file-run.js';
import type { AnalyzeOptions } from './options.js';
import { closePipes, type SortedInputs, sortInputs, witnessesBeside, witnessesOf } from './witnesses.js';

/**
 * Reads the captures and runs the rules. `given`: the files of the options, where they have been sorted already. Throws UsageError, TopologyError,
 * CaptureError (a file that cannot be opened).
 */
export async function analyze(options: AnalyzeOptions, given?: SortedInputs): Promise<RunReport> {
  const rules = chooseRules(catalogue, options.rules);
  const inputs = given ?? (await sortInputs(options));
  try {
    return (await analyzeRun(options, inputs, rules)).report;
  } finally {
    closePipes(inputs);
  }
}

/** As `analyze`, with the run and what it has taught, for whoever asks more of it. Pipes are left open. */
export async function analyzeRun(
  options: AnalyzeOptions,
  { captures, witnesses }: SortedInputs,
  rules: readonly ChosenRule[] = chooseRules(catalogue, options.rules),
): Promise<{ readonly report: RunReport; readonly run: FileRun; readonly facts: Facts }> {
  const run = await FileRun.open({ ...options, files: captures });
  const { tracker } = run;
  const startMs = performance.now();
  await run.read();
  const readingNs = (performance.now() - startMs) * 1e6;
  const facts = run.facts(true, undefined, await witnessesBeside(run, { ...options, witnesses }));
  const { findings, passed, timing, ledger, origins } = assess(facts, rules, run.time);
  const frames = tracker.sources.reduce((sum, source) => sum + source.frames, 0);
  options.onTiming?.({ readingNs, frames, rules: timing });
  const pictures = new RunPictures(facts, run.time, findings, (id) => origins.get(id));
  const report = {
    ...run.report(findings, rules, passed, ledger, witnessesOf(facts, run.time), pictures),
    details: run.details(),
  };
  return { report, run, facts };
}
