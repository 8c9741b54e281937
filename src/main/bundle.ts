// A folder of evidence of one run: captures, each with its point, what is known of the network, and what is of no use here.
import { relative } from 'node:path';
import { contentOf, isPart, printedNodes, statOf } from '../capture/text-file.js';
import { UsageError } from '../errors.js';
import { filesUnder } from './find-files.js';
import type { CaptureInput, KnownText } from './options.js';
import { machineOf, pointOf } from './place-names.js';

export interface BundleFile {
  readonly path: string;
  readonly taken: 'capture' | 'printed text' | 'topology' | 'text' | 'interface names' | 'expectations' | 'nothing';
  /** What was made of it, in words: `captured on router`. */
  readonly says: string;
}

export interface Bundle {
  readonly captures: readonly CaptureInput[];
  readonly known: readonly KnownText[];
  readonly files: readonly BundleFile[];
}

/** Captures, and what lies beside them. */
export type Inputs = Pick<Bundle, 'captures' | 'known'>;

/** What inputs name: captures as they are, folders with all that is in them. `at`: the user has said where all of them were taken. */
export async function expand(inputs: readonly CaptureInput[], at: string | null = null): Promise<Inputs> {
  const captures: CaptureInput[] = [];
  const known: KnownText[] = [];
  for (const input of inputs) {
    if (isFolder(input.path)) {
      const bundle = readBundle(input.path);
      // One name for all of them is the user's word.
      captures.push(...bundle.captures.map((one) => ({ ...one, point: input.point })));
      known.push(...bundle.known);
    } else captures.push(...(at === null ? onNodes(input) : [input]));
  }
  return { captures, known };
}

export const isFolder = (path: string): boolean => path !== '-' && path !== '' && statOf(path)?.isDirectory() === true;

/** Looks through a folder. Throws UsageError where no capture is in it. */
export function readBundle(folder: string): Bundle {
  const captures: CaptureInput[] = [];
  const known: KnownText[] = [];
  const files: BundleFile[] = [];
  for (const path of filesUnder(folder, () => true)) {
    const within = relative(folder, path);
    const file = { path, ...kindOf(path) };
    if (file.taken === 'capture') captures.push({ point: null, path, suggested: within });
    else if (file.taken === 'printed text') captures.push(...partsOf(path, within));
    if (file.taken === 'topology' || file.taken === 'text' || file.taken === 'printed text')
      known.push({ path, isTopology: file.taken === 'topology', machine: machineOf(within) });
    files.push(file);
  }
  if (captures.length === 0)
    throw new UsageError(`${folder}: no capture is in this folder; name a capture, or a folder that has some`);
  const points = new Set(captures.map(({ suggested = '' }) => pointOf(suggested)));
  // What lies beside the capture of a single machine is most likely of that machine.
  const only = points.size === 1 ? [...points][0] : null;
  return { captures, known: known.map((text) => ({ ...text, machine: text.machine ?? only })), files };
}

/** What was printed on each machine, in a paste of several, is a capture of its own. `within`: the path in its folder. */
function partsOf(path: string, within: string): CaptureInput[] {
  const nodes = printedNodes(path) ?? [];
  if (nodes.length === 0) return [{ point: null, path, suggested: within }];
  if (nodes.length === 1) return [{ point: null, path, suggested: nodes[0] }];
  return nodes.map((node) => ({
    point: null,
    path: `${path}#${node}`,
    // Parts without a name are told apart by that of their text.
    suggested: isPart(node) ? `${pointOf(within)}-${node}` : node,
  }));
}

/** A paste of several machines is a capture of each; one of a single machine was taken there. */
function onNodes(input: CaptureInput): CaptureInput[] {
  const nodes = input.point === null ? printedNodes(input.path) : null;
  if (nodes === null || nodes.length === 0) return [input];
  if (nodes.length === 1) return [{ ...input, suggested: nodes[0] }];
  return nodes.map((node) => ({ point: null, path: `${input.path}#${node}`, suggested: node }));
}

const nothing = (says: string) => ({ taken: 'nothing', says }) as const;

/** What a file is, from its first bytes; of JSON and YAML also from its name. */
function kindOf(path: string): Omit<BundleFile, 'path'> {
  if (path.endsWith('.ifmap.json')) return { taken: 'interface names', says: 'of the capture beside it' };
  const content = contentOf(path);
  if (content === null) return nothing('it cannot be read');
  if (content.kind === 'capture' || content.kind === 'printed text') return { taken: content.kind, says: '' };
  if (content.kind === 'other') return nothing(content.looks);
  if (/\.(?:ya?ml|json)(?:\.gz)?$/i.test(path)) {
    if (/^expect:/m.test(content.head)) return { taken: 'expectations', says: 'hopscope verify holds captures against them' };
    if (/^(?:\s*|\s*\{\s*)"?nodes"?\s*:\s*(?:$|\{|#)/m.test(content.head)) return { taken: 'topology', says: '' };
  }
  return { taken: 'text', says: '' };
}
