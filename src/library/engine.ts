// What programs say, as the engine takes it. Nothing of this is exported.
import { rmSync, writeFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { archiveKind } from '../capture/archive/archive.js';
import { CaptureError, UsageError, whyUnwritable } from '../errors.js';
import { expand } from '../main/bundle.js';
import type { AnalyzeOptions, CaptureInput, KnownText } from '../main/options.js';
import { temporaryFolder } from '../main/temporary-folder.js';
import { ifmapText } from '../topology/ifmap.js';
import { piecesOf } from './bytes.js';
import type { Content, Input, Inputs, LabOptions, RunOptions } from './inputs.js';
import { checkKeys, SURROUNDINGS } from './keys.js';
import type { LabTopology } from './lab-topology.js';

/** The captures that are named. Bytes are put into files of a private folder: they are read again for reports, and by threads. */
export async function capturesGiven(inputs: Inputs, folders: Folders): Promise<CaptureInput[]> {
  if (typeof inputs !== 'string' && (typeof inputs !== 'object' || inputs === null))
    throw new UsageError('no capture is named; name at least one');
  const given: readonly (CaptureInput | Held)[] = isOne(inputs)
    ? [heldOf(inputs)]
    : isList(inputs)
      ? inputs.map((one) => (isOne(one) ? heldOf(one) : 'path' in one ? one : { point: one.point ?? null, ...one }))
      : Object.entries(inputs).flatMap(([point, all]) => listOf(all).map((one) => ({ ...heldOf(one), point })));
  const captures: CaptureInput[] = [];
  for (const one of given) captures.push('path' in one ? one : await filed(one, captures.length + 1, folders));
  return captures;
}

/** A capture that is no file yet. */
interface Held {
  readonly point: string | null;
  readonly name?: string;
  readonly bytes: Uint8Array | Blob;
}

const isOne = (inputs: unknown): inputs is Content =>
  typeof inputs === 'string' || inputs instanceof Uint8Array || inputs instanceof Blob;

const isList = (inputs: Inputs): inputs is readonly Input[] => Array.isArray(inputs);

const heldOf = (one: Content): CaptureInput | Held =>
  typeof one === 'string' ? { point: null, path: one } : { point: null, bytes: one };

async function filed({ point, name, bytes }: Held, number: number, folders: Folders): Promise<CaptureInput> {
  const shown = name ?? point ?? `capture ${number}`;
  const file = join(folders.make(), 'capture');
  try {
    if (bytes instanceof Blob) await writeFile(file, piecesOf(bytes));
    else writeFileSync(file, bytes);
  } catch (error) {
    throw new CaptureError('io', `${shown}: ${whyUnwritable(error) ?? (error as Error).message} (${file}); set TMPDIR`, shown);
  }
  // What is in an archive has names of its own.
  return archiveKind(file) === null ? { point, path: shown, file } : { point, path: file };
}

export const listOf = <T>(value: T | readonly T[] | undefined): readonly T[] =>
  value === undefined ? [] : Array.isArray(value) ? (value as readonly T[]) : [value as T];

/** The options of the engine. Throws UsageError, TopologyError, CaptureError. */
export async function engineOptions(inputs: Inputs, options: RunOptions, folders: Folders): Promise<AnalyzeOptions> {
  checkKeys('an option', options, [...SURROUNDINGS, 'filter']);
  const captures = await capturesGiven(inputs, folders);
  if (captures.length === 0) throw new UsageError('no capture is named; name at least one');
  const bundle = await expand(captures, () => folders.make(), null, true);
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
export function rulesOf({ rules = {} }: Pick<RunOptions, 'rules'>) {
  checkKeys('an option of rules', rules, ['only', 'except', 'settings']);
  const { only = [], except = [], settings = {} } = rules;
  return { only, except, settings: Object.entries(settings).map(([name, value]) => `${name}=${value}`) };
}

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
    ifmap: ifmapText(ifmap),
    decodeAs: decodeAs ?? [],
    at: null,
    ...(signal && { signal }),
    ...(onProgress && { onProgress }),
    ...(onNote && { onNote }),
    ...(workers !== undefined && { workers }),
  };
}

const leftOver = new Set<string>();
const takeAway = (folders: readonly string[]): void => {
  for (const folder of folders) {
    rmSync(folder, { recursive: true, force: true });
    leftOver.delete(folder);
  }
};
const ofResults = new FinalizationRegistry(takeAway);

/**
 * Folders for what archives hold and for bytes that come from no file. Reports read packets again when they are made: they go when nobody
 * holds the result any more, and with the process.
 */
export class Folders {
  private readonly made: string[] = [];

  make(): string {
    if (leftOver.size === 0) process.once('exit', () => takeAway([...leftOver]));
    const folder = temporaryFolder('hopscope-');
    leftOver.add(folder);
    this.made.push(folder);
    return folder;
  }

  keepFor<T extends object>(result: T): T {
    if (this.made.length > 0) ofResults.register(result, this.made);
    return result;
  }

  /** What was asked for is at hand, or failed. */
  takeAway(): void {
    takeAway(this.made);
  }
}

/** A topology of the program. */
const topologyText = (topology: LabTopology): KnownText => ({
  path: 'the topology given',
  text: JSON.stringify(topology),
  isTopology: true,
  machine: null,
});
