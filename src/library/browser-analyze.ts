// `analyze` in a browser: captures lie in memory, under names that are of one run.
import { addFile, bytesContent, forgetFile } from '../host/browser.js';
import { analyzeRun } from '../main/analyze.js';
import { FileRun } from '../main/file-run.js';
import type { AnalyzeOptions } from '../main/options.js';
import { sortInputs } from '../main/witnesses.js';
import { ifmapText } from '../topology/ifmap.js';
import type { BrowserInputs, BrowserOptions } from './browser.js';
import { Run } from './result.js';

let runs = 0;
const ofResults = new FinalizationRegistry((files: readonly string[]) => {
  for (const file of files) forgetFile(file);
});

export async function analyze(
  inputs: BrowserInputs,
  { topology, ifmap, decodeAs = [], filter, signal, onProgress }: BrowserOptions,
): Promise<Run> {
  const number = ++runs;
  const isOne = inputs instanceof Uint8Array || inputs instanceof Blob;
  const given: [string | null, Uint8Array | Blob][] = isOne ? [[null, inputs]] : Object.entries(inputs);
  const files = await Promise.all(
    given.map(async ([point, content], i) => {
      const file = `${number}/${i}`;
      addFile(file, bytesContent(content instanceof Blob ? new Uint8Array(await content.arrayBuffer()) : content));
      return { point, path: point ?? 'capture', file };
    }),
  );
  const options: AnalyzeOptions = {
    files,
    topology: [],
    known:
      topology === undefined
        ? []
        : [{ path: 'the topology given', text: JSON.stringify(topology), isTopology: true, machine: null }],
    ifmap: ifmapText(ifmap),
    decodeAs,
    filter: filter ?? null,
    at: null,
    rules: { only: [], except: [], settings: [] },
    ...(signal && { signal }),
    ...(onProgress && { onProgress }),
  };
  const sorted = await sortInputs(options);
  const { report, run, facts } = await analyzeRun(options, sorted);
  const again = () => FileRun.open({ ...options, files: sorted.captures });
  const result = new Run(report, run, facts, again);
  ofResults.register(
    result,
    files.map(({ file }) => file),
  );
  return result;
}
