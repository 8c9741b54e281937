// A topology from what the lab's own tools print. The kind of each piece is recognised by its content, so files may be
// given in any order and under any name, and a whole terminal's log will do.

import { TopologyError } from '../../errors.js';
import { gapsOf } from '../gaps.js';
import type { TopologyFile } from '../schema.js';
import { assemble } from './assemble.js';
import { Draft, type SharedPods } from './draft.js';
import { type Piece, readSection } from './pieces.js';
import { sections } from './terminal.js';

export interface TopologyInput {
  /** Path, as it is shown in messages; `-` for standard input. */
  readonly name: string;
  readonly text: string;
  /** The node it was taken on, from `router=FILE`. */
  readonly node?: string | undefined;
  /** The node that it is of where nothing in it says so: its file is called like that. */
  readonly likely?: string | null;
}

export interface Imported {
  readonly topology: TopologyFile;
  /** What two inputs say differently; the first was kept. */
  readonly conflicts: readonly string[];
  /** Pod networks among them. */
  readonly shared: readonly SharedPods[];
  /** What was left out, and what would help. */
  readonly notes: readonly string[];
  /** What the topology does not know of its nodes, and how to get it. */
  readonly gaps: readonly string[];
  /** Pieces that were not understood or could not be placed: `FILE:LINE: ...` each. */
  readonly unread: readonly string[];
  /** What each input was taken for, line by line. */
  readonly pieces: readonly Piece[];
  /** Inputs of which nothing was used. */
  readonly useless: readonly string[];
}

/** Told how much of an input has been read, from 0 to 1. */
export type OnPart = (input: string, part: number) => void;

/** Reads all inputs. Throws one TopologyError, a line for each input, when nothing of any of them could be used. */
export function importTopology(inputs: readonly TopologyInput[], onPart: OnPart = () => {}): Imported {
  const imported = readInputs(inputs, onPart);
  const { useless, pieces, unread } = imported;
  if (useless.length === inputs.length && pieces.every(({ state }) => state !== 'left'))
    throw new TopologyError(
      unread
        .map((problem) => (unread.length > MAX_TOLD ? problem.slice(0, 300) : problem))
        .slice(0, MAX_TOLD)
        .join('\n'),
    );
  return imported;
}

/** As `importTopology`, of inputs that need not say anything. */
export function readInputs(inputs: readonly TopologyInput[], onPart: OnPart = () => {}): Imported {
  const draft = new Draft();
  const all: Piece[] = [];
  const problems: string[] = [];
  const useless: string[] = [];
  const names = new Set(inputs.flatMap(({ node }) => node ?? []));
  for (const input of inputs) {
    const pieces: Piece[] = [];
    const likely = input.node === undefined ? (input.likely ?? null) : null;
    const cut = sections(input.text, input.node ?? null, names, likely);
    const end = cut.at(-1);
    const lines = end === undefined ? 1 : end.first + end.lines.length;
    for (const section of cut) {
      onPart(input.name, section.first / lines);
      if (section.place?.kind === 'machine' && section.place.name !== likely) names.add(section.place.name);
      readSection(draft, section, input.name, pieces);
    }
    for (const piece of pieces) all.push(piece);
    const used = pieces.some(({ state }) => state === 'used');
    if (!used) useless.push(input.name);
    if (pieces.length === 0) problems.push(`${input.name}: it is empty; give the output of a command such as \`ip -j addr\``);
    else if (pieces.every(({ what, state }) => what === '' && state === 'unknown')) {
      problems.push(`${input.name}: ${NONE}`);
      continue;
    }
    for (const { file, first, what, why, state } of pieces)
      if (state === 'unknown') problems.push(`${file}:${first}: ${what === '' ? '' : `${what}: `}${why}`);
  }
  for (const { likely } of inputs) if (likely != null && !names.has(likely)) draft.guessed.add(likely);
  const topology = assemble(draft);
  return {
    topology,
    conflicts: [...new Set(draft.conflicts)],
    shared: draft.shared,
    notes: [...new Set(draft.notes)],
    gaps: gapsOf(topology),
    unread: [...new Set(problems)],
    pieces: all,
    useless,
  };
}

const NONE =
  'this is none of the outputs that can be imported: `ip [-j] addr|link|route|rule|neigh`, `bridge fdb|vlan`, `sysctl`, `nft list ruleset`, `iptables-save`, `arp -a`, `kubectl get ... -o wide|json|yaml`, `cilium-dbg bpf ipcache list`, `cilium-dbg bpf lb list`, `cilium-dbg endpoint list`, `cilium config view`, `cilium identity list`';
/** Problems beyond these say the same again. */
const MAX_TOLD = 50;

/** What each input was taken for: a line for each piece, with its lines. */
export const explain = (pieces: readonly Piece[]): string[] => pieces.map((piece) => `${piece.file}:${explainPiece(piece)}`);

/** `12-15: ip route of w1: used`. */
export function explainPiece({ first, last, what, node, why, state }: Piece): string {
  const lines = first === last ? `${first}` : `${first}-${last}`;
  const whose = node === null ? '' : ` of ${node}`;
  const end = state === 'used' ? 'used' : state === 'left' ? `left out: ${why}` : `not used: ${why}`;
  return `${lines}: ${what === '' ? 'not known' : what}${whose}: ${end}`;
}
