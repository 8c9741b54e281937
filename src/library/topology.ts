// What is known of a lab, as programs hold it: the content of a topology file.
import { TopologyError } from '../errors.js';
import { asTopology } from '../main/added-texts.js';
import { importAll } from '../main/import-topology.js';
import { readText, whyUnread } from '../main/read-text.js';
import type { TopologyInput } from '../topology/import/import.js';
import { readTopologyFile } from '../topology/read.js';
import type { LabTopology } from './lab-topology.js';

/** Reads topology files, YAML or JSON, and what readers of plug-ins know; later ones add to earlier ones. Throws TopologyError with all mistakes, a line each. */
export function loadTopology(...paths: readonly string[]): LabTopology {
  return readTopologyFile(paths.map((path) => ({ name: path, text: asTopology(path, textAt(path)) }))) as LabTopology;
}

/** An output of a tool of the lab: the path of a file, or its text, with the machine (`node`) that it is of. */
export type ToolOutput = string | { readonly name?: string; readonly text: string; readonly node?: string };

/** What `importTopology` made of the outputs. */
export interface ImportedTopology {
  readonly topology: LabTopology;
  /** What two outputs say differently; the first was kept. */
  readonly conflicts: readonly string[];
  /** What was left out, and what would help. */
  readonly notes: readonly string[];
  /** What the topology does not know of its nodes, and how to get it. */
  readonly gaps: readonly string[];
  /** Pieces that were not understood: `FILE:LINE: ...` each. */
  readonly unread: readonly string[];
}

/** A topology from what the tools of a lab have printed (`ip route`, `kubectl get`, whole terminal logs). Throws TopologyError where nothing of it could be used. */
export function importTopology(outputs: readonly ToolOutput[]): ImportedTopology {
  const { topology, conflicts, notes, gaps, unread } = importAll(
    outputs.map((output, i): TopologyInput => {
      if (typeof output === 'string') return { name: output, text: textAt(output) };
      return { name: output.name ?? `text ${i + 1}`, text: output.text, node: output.node };
    }),
  );
  return { topology: topology as LabTopology, conflicts, notes, gaps, unread };
}

function textAt(path: string): string {
  try {
    return readText(path);
  } catch (error) {
    throw new TopologyError(`${path}: ${whyUnread(error)}`);
  }
}
