// What programs say, as the engine takes it. Nothing of this is exported.
import { rmSync } from 'node:fs';
import { UsageError } from '../errors.js';
import { expand } from '../main/bundle.js';
import type { AnalyzeOptions, CaptureInput, KnownText } from '../main/options.js';
import { temporaryFolder } from '../main/temporary-folder.js';
import type { Input, Inputs, LabOptions, RunOptions } from './inputs.js';
import type { LabTopology } from './lab-topology.js';

/** The captures that are named. */
export const capturesGiven = (inputs: Inputs): CaptureInput[] => {
  if (typeof inputs === 'string') return [{ point: null, path: inputs }];
  if (isList(inputs)) return inputs.map((one) => (typeof one === 'string' ? { point: null, path: one } : one));
  return Object.entries(inputs).flatMap(([point, paths]) => listOf(paths).map((path) => ({ point, path })));
};

const isList = (inputs: Inputs): inputs is readonly Input[] => Array.isArray(inputs);

export const listOf = <T>(value: T | readonly T[] | undefined): readonly T[] =>
  value === undefined ? [] : Array.isArray(value) ? (value as readonly T[]) : [value as T];

/** The options of the engine. Throws UsageError, TopologyError, CaptureError. */
export async function engineOptions(inputs: Inputs, options: RunOptions): Promise<AnalyzeOptions> {
  const captures = capturesGiven(inputs);
  if (captures.length === 0) throw new UsageError('no capture is named; name at least one');
  const bundle = await expand(captures, privateFolder, null, true);
  const { topology, known } = knownOf(options);
  return {
    files: bundle.captures,
    witnesses: bundle.witnesses,
    ...surroundings(options),
    topology,
    // What lies beside the captures counts where nothing is named.
    known: topology.length + known.length === 0 ? bundle.known : known,
    filter: options.filter ?? null,
    rules: rulesOf(options),
  };
}

/** The rules that a run is asked for. */
export const rulesOf = ({ rules: { only = [], except = [], settings = {} } = {} }: Pick<RunOptions, 'rules'>) => ({
  only,
  except,
  settings: Object.entries(settings).map(([name, value]) => `${name}=${value}`),
});

/** Topology files; with topologies of the program among them, all as texts, since the engine takes one or the other. */
export function knownOf({ topology }: LabOptions): Required<Pick<AnalyzeOptions, 'topology' | 'known'>> {
  const list = listOf(topology);
  if (list.every((one) => typeof one === 'string')) return { topology: list, known: [] };
  return {
    topology: [],
    known: list.map((one) => (typeof one === 'string' ? { path: one, isTopology: true, machine: null } : topologyText(one))),
  };
}

/** What readings of all kinds take. */
export function surroundings({ ifmap, decodeAs, signal, onProgress, onNote, workers }: LabOptions) {
  return {
    ifmap:
      ifmap === undefined
        ? null
        : Object.entries(ifmap)
            .map(([index, name]) => `${index}=${name}`)
            .join(','),
    decodeAs: decodeAs ?? [],
    at: null,
    ...(signal && { signal }),
    ...(onProgress && { onProgress }),
    ...(onNote && { onNote }),
    ...(workers !== undefined && { workers }),
  };
}

const folders: string[] = [];

/** A folder for what archives hold. It goes with the process: reports read packets again when they are made. */
export function privateFolder(): string {
  if (folders.length === 0)
    process.once('exit', () => {
      for (const folder of folders) rmSync(folder, { recursive: true, force: true });
    });
  const folder = temporaryFolder('hopscope-');
  folders.push(folder);
  return folder;
}

/** A topology of the program. */
const topologyText = (topology: LabTopology): KnownText => ({
  path: 'the topology given',
  text: JSON.stringify(topology),
  isTopology: true,
  machine: null,
});
