// A topology from what the lab's tools print, and from texts that the readers of plug-ins know.
import { fill } from '../topology/fill.js';
import { gapsOf } from '../topology/gaps.js';
import { type Imported, importTopology, type OnPart, readInputs, type TopologyInput } from '../topology/import/import.js';
import { readTopologyFile } from '../topology/read.js';
import { asTopology, topologyReaderOf } from './added-texts.js';

/** Reads all inputs. Throws TopologyError where nothing of any of them could be used, or a plug-in cannot read what it takes. */
export function importAll(inputs: readonly TopologyInput[], onPart?: OnPart): Imported {
  const known = inputs.flatMap((input) => {
    const reader = topologyReaderOf(input.text);
    return reader === null ? [] : [{ input, reader }];
  });
  if (known.length === 0) return importTopology(inputs, onPart);
  const taken = new Set(known.map(({ input }) => input));
  const imported = readInputs(
    inputs.filter((input) => !taken.has(input)),
    onPart,
  );
  const file = readTopologyFile(known.map(({ input: { name, text } }) => ({ name, text: asTopology(name, text) })));
  const conflicts = [...imported.conflicts];
  const topology = fill(file, imported.topology, (line) => conflicts.push(line));
  const pieces = known.map(({ input: { name, text }, reader: { plugin, row } }) => ({
    ...{ file: name, first: 1, last: text.split('\n').length, what: `${row.name}, read by the plug-in ${plugin}` },
    ...{ node: null, why: null, state: 'used' as const },
  }));
  return { ...imported, topology, conflicts, gaps: gapsOf(topology), pieces: [...pieces, ...imported.pieces] };
}
