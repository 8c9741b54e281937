// What a lab's topology is read from: topology files, outputs of its tools, folders and archives of both.
import { TopologyError } from '../errors.js';
import { type MakeFolder, openBundle } from './bundle.js';
import type { CaptureInput, KnownText } from './options.js';
import { type Gathered, gathered, NOTHING, textAt } from './topology-of.js';

/** Reads and joins them. `conflicts`: what two of them say differently. Throws TopologyError, UsageError. */
export async function readLab(
  inputs: readonly CaptureInput[],
  { makeFolder, onNote }: { readonly makeFolder: MakeFolder; readonly onNote: (note: string) => void },
): Promise<Pick<Gathered, 'topology' | 'conflicts' | 'shared'> & { readonly files: readonly string[] }> {
  const known: KnownText[] = [];
  for (const { path, point } of inputs) {
    const bundle = await openBundle(path, makeFolder);
    if (bundle !== null) known.push(...bundle.known);
    else known.push(textAt(path, point));
  }
  const found = await gathered(known, onNote);
  if (found === null) throw new TopologyError(`${inputs.map(({ path }) => path).join(', ')}: ${NOTHING}`);
  return { ...found, files: known.map(({ path }) => path) };
}
