// `diagnose`: captures read, rules run, findings reported.
import { RunPictures } from '../picture/pictures.js';
import type { Run as RunReport } from '../report/run.js';
import { chooseRules } from '../rules/choose.js';
import { assess } from '../rules/engine.js';
import { catalogue } from '../rules/index.js';
import { FileRun } from './file-run.js';
import type { AnalyzeOptions } from './options.js';
import { readWitnesses, sortInputs, witnessesOf } from './witnesses.js';

const DAY_SECONDS = 86_400;

/** Reads the captures and runs the rules. `inputs`: the files of the options, where they have been sorted already. Throws UsageError, TopologyError, CaptureError (a file that cannot be opened). */
export async function analyze(options: AnalyzeOptions, inputs = sortInputs(options)): Promise<RunReport> {
  const rules = chooseRules(catalogue, options.rules);
  const { captures, witnesses } = inputs;
  const run = await FileRun.open({ ...options, files: captures });
  const { tracker } = run;
  const startMs = performance.now();
  await run.read();
  const readingNs = (performance.now() - startMs) * 1e6;
  // A text that knows only times of day tells no year.
  const nearMs = run.baseSeconds > DAY_SECONDS ? run.baseSeconds * 1000 : Number.NaN;
  const facts = run.facts(true, undefined, await readWitnesses(witnesses, nearMs, options.signal));
  const { findings, passed, timing, ledger, origins } = assess(facts, rules, run.time);
  const frames = tracker.sources.reduce((sum, source) => sum + source.frames, 0);
  options.onTiming?.({ readingNs, frames, rules: timing });
  const pictures = new RunPictures(facts, run.time, findings, (id) => origins.get(id));
  return { ...run.report(findings, rules, passed, ledger, witnessesOf(facts, run.time), pictures), details: run.details() };
}
