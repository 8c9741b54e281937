// What is known of the network of a run: what the user names, else what lies in the folders that the captures come in.
import { asTopology } from '#added';
import { basename } from '#host';
import { quantity } from '../bytes/units.js';
import { TopologyError } from '../errors.js';
import { topologyReaders } from '../plugin/added.js';
import type { Imported, TopologyInput } from '../topology/import/import.js';
import type { Topology } from '../topology/model.js';
import type { TopologyFile } from '../topology/schema.js';
import { captureInput } from './capture-input.js';
import type { AnalyzeOptions, KnownText } from './options.js';
import { readText, whyUnread } from './read-text.js';

/** Throws TopologyError. */
export async function topologyOf({
  topology,
  known = [],
  onNote,
}: Pick<AnalyzeOptions, 'topology' | 'known' | 'onNote'>): Promise<Topology | null> {
  if (topology.length > 0) return readTopologyFiles(topology, onNote);
  const found = await gathered(known, onNote);
  if (found !== null)
    onNote?.(`the topology is from ${found.from.join(' and ')}; -t names another, hopscope info lists what was used`);
  for (const conflict of found?.conflicts ?? []) onNote?.(`contradiction: ${conflict}`);
  return found?.topology ?? null;
}

export interface Gathered {
  readonly topology: Topology;
  /** The same, as a topology file has it. */
  readonly file: TopologyFile;
  readonly from: readonly string[];
  readonly conflicts: readonly string[];
  readonly shared: Imported['shared'];
}

/** What texts say of the network, topologies first; null where nothing of them does. Throws TopologyError. */
export async function gathered(known: readonly KnownText[], onNote?: (note: string) => void): Promise<Gathered | null> {
  return known.length === 0 ? null : joined(known, await importTexts(known, onNote));
}

/** The same, where the outputs among the texts were imported before. Throws TopologyError. */
export async function joined(known: readonly KnownText[], imported: Imported | null): Promise<Gathered | null> {
  const [{ readTopologyFile, readTopology }, { fill }] = await Promise.all([
    import('../topology/read.js'),
    import('../topology/fill.js'),
  ]);
  const written = known.filter(({ isTopology }) => isTopology);
  const file = written.length === 0 ? null : readTopologyFile(written.map(textOf));
  const from = [...written.map(({ path }) => path), ...(imported === null ? [] : sayTexts(imported))];
  if (from.length === 0) return null;
  const conflicts = [...(imported?.conflicts ?? [])];
  const outputs = imported?.topology ?? {};
  const whole = file === null ? outputs : fill(file, outputs, (line) => conflicts.push(line));
  const topology = readTopology([{ name: 'the topology of the texts', text: JSON.stringify(whole) }]);
  return { topology, file: whole, from, conflicts, shared: imported?.shared ?? [] };
}

/** `3 texts (router-route.txt, session.log, nodes.txt)`; empty where nothing was used. */
function sayTexts({ pieces }: Imported): string[] {
  const used = [...new Set(pieces.flatMap(({ state, file }) => (state === 'used' ? [file] : [])))];
  if (used.length === 0) return [];
  const names = used.slice(0, MAX_NAMED).map((file) => basename(file));
  return [`${quantity(used.length, 'text')} (${names.join(', ')}${used.length > MAX_NAMED ? ', ...' : ''})`];
}

/** Names of texts in one note. */
const MAX_NAMED = 6;

/** Throws TopologyError. */
export async function readTopologyFiles(paths: readonly string[], onNote?: (note: string) => void): Promise<Topology | null> {
  if (paths.length === 0) return null;
  const known = paths.map(knownText);
  if (known.some(({ isTopology }) => !isTopology)) {
    const found = await gathered(known, onNote);
    for (const conflict of found?.conflicts ?? []) onNote?.(`contradiction: ${conflict}`);
    if (found === null) throw new TopologyError(`${paths.join(', ')}: ${NOTHING}`);
    return found.topology;
  }
  // The YAML reader and its checks are half of the program: loaded by those who need them.
  const { readTopology } = await import('../topology/read.js');
  return readTopology(known.map(textOf));
}

/** Said of texts of which nothing is of use. */
export const NOTHING =
  'neither a topology nor an output that can be imported; hopscope topology import --explain says what it was taken for';

/** What `-t` names: a topology file, or an output, `router=FILE`. Throws TopologyError. */
export const knownText = (argument: string): KnownText => {
  const { path, point } = captureInput(argument);
  return textAt(path, point);
};

/** Keys of a topology file at its left edge, or first in an object. */
const TOPOLOGY = /^\s*(?:\{\s*)?"?(?:nodes|pods|tunnel|identities|addresses|masquerade)"?\s*:/m;
/** An object of Kubernetes or of `ip -j`. */
const OUTPUT = /"?\b(?:apiVersion|ifname)"?\s*:/;

/** Read here and once: a pipe has its text only for the first who reads it. A YAML file that is neither is read as a topology, which says what is wrong in it. */
export function textAt(path: string, machine: string | null): KnownText {
  const isStdin = path === '-';
  const shown = isStdin ? 'standard input' : path;
  const { text } = textOf({ path: shown, file: isStdin ? '/dev/stdin' : path });
  const head = text.slice(0, 8192);
  const isTopology = machine === null && !OUTPUT.test(head) && (TOPOLOGY.test(head) || /\.ya?ml$/i.test(path));
  return { path: shown, text, isTopology, machine, isNamed: machine !== null };
}

/** What the outputs of tools among the texts say; null where there are none. One that cannot be read is told, and costs nothing but itself. */
export async function importTexts(texts: readonly KnownText[], onNote?: (note: string) => void): Promise<Imported | null> {
  const outputs = texts.filter(({ isTopology }) => !isTopology);
  if (outputs.length === 0) return null;
  const { readInputs } = await import('../topology/import/import.js');
  return readInputs(
    outputs.flatMap((text): TopologyInput[] => {
      try {
        return [
          { ...textOf(text), ...(text.isNamed && text.machine !== null ? { node: text.machine } : { likely: text.machine }) },
        ];
      } catch (error) {
        if (!(error instanceof TopologyError)) throw error;
        onNote?.(error.message);
        return [];
      }
    }),
  );
}

/** Throws TopologyError. */
export function textOf({ path, file = path, text }: Pick<KnownText, 'path' | 'file' | 'text'>): {
  readonly name: string;
  readonly text: string;
} {
  try {
    const read = text ?? readText(file);
    return { name: path, text: topologyReaders.length === 0 ? read : asTopology(path, read) };
  } catch (error) {
    if (error instanceof TopologyError) throw error;
    throw new TopologyError(`${path}: ${whyUnread(error)}`);
  }
}
