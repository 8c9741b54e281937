// `analyze`: what `hopscope diagnose` does, for programs.
import { analyzeRun } from '../main/analyze.js';
import { FileRun } from '../main/file-run.js';
import { closePipes, sortInputs } from '../main/witnesses.js';
import { engineOptions, Folders } from './engine.js';
import type { Inputs, RunOptions } from './inputs.js';
import { Run } from './result.js';

/**
 * Reads captures and says what is wrong, as `hopscope diagnose` does. Runs keep nothing outside of themselves: several may go on side by
 * side. Throws UsageError, TopologyError, FilterError, and CaptureError for a file that cannot be opened; a damaged one is read as far as
 * it goes, and `captures` says why no further.
 */
export async function analyze(inputs: Inputs, options: RunOptions = {}): Promise<Run> {
  const folders = new Folders();
  const engine = await engineOptions(inputs, options, folders);
  const sorted = await sortInputs(engine);
  try {
    const { report, run, facts } = await analyzeRun(engine, sorted);
    const { signal, onProgress, onNote, ...rest } = engine;
    return folders.keepFor(new Run(report, run, facts, () => FileRun.open({ ...rest, files: sorted.captures })));
  } finally {
    closePipes(sorted);
  }
}
