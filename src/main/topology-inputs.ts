// What a lab's topology is read from: topology files, outputs of its tools, folders and archives of both.
import { TopologyError } from '../errors.js';
import type { Topology } from '../topology/model.js';
import { type MakeFolder, openBundle } from './bundle.js';
import type { CaptureInput, KnownText } from './options.js';
import { gathered, textOf } from './topology-of.js';

/** Reads and joins them. `conflicts`: what two of them say differently. Throws TopologyError, UsageError. */
export async function readLab(
  inputs: readonly CaptureInput[],
  { makeFolder, onNote }: { readonly makeFolder: MakeFolder; readonly onNote: (note: string) => void },
): Promise<{ readonly topology: Topology; readonly files: readonly string[]; readonly conflicts: readonly string[] }> {
  const known: KnownText[] = [];
  for (const { path, point } of inputs) {
    const bundle = await openBundle(path, makeFolder);
    if (bundle !== null) known.push(...bundle.known);
    else known.push(textAt(path, point));
  }
  const found = await gathered(known, onNote);
  if (found === null)
    throw new TopologyError(
      `${inputs.map(({ path }) => path).join(', ')}: neither a topology nor an output that can be imported; hopscope topology import --explain says what it was taken for`,
    );
  return { topology: found.topology, files: known.map(({ path }) => path), conflicts: found.conflicts };
}

/** Keys of a topology file at its left edge, or first in an object. */
const TOPOLOGY = /^\s*(?:\{\s*)?"?(?:nodes|pods|tunnel|identities|addresses|masquerade)"?\s*:/m;
/** An object of Kubernetes or of `ip -j`. */
const OUTPUT = /"?\b(?:apiVersion|ifname)"?\s*:/;

/** Read here and once: a pipe has its text only for the first who reads it. A YAML file that is neither is read as a topology, which says what is wrong in it. */
function textAt(path: string, machine: string | null): KnownText {
  const isStdin = path === '-';
  const shown = isStdin ? 'standard input' : path;
  const { text } = textOf({ path: shown, file: isStdin ? '/dev/stdin' : path });
  const head = text.slice(0, 8192);
  const isTopology = machine === null && !OUTPUT.test(head) && (TOPOLOGY.test(head) || /\.ya?ml$/i.test(path));
  return { path: shown, text, isTopology, machine, isNamed: machine !== null };
}
