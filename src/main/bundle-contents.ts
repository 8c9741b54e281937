// What each file of a folder was taken for, and what was made of it: what `info` says of a folder.
import { quantity } from '../bytes/units.js';
import { explainPiece } from '../topology/import/import.js';
import type { Piece } from '../topology/import/pieces.js';
import type { Topology } from '../topology/model.js';
import type { Bundle, BundleFile } from './bundle.js';
import { openLab } from './lab.js';
import { importTexts, joined } from './topology-of.js';

export interface Contents {
  /** The folder or archive, as it was named. */
  readonly folder: string;
  readonly files: readonly (BundleFile & {
    /** Of a text: how many of its lines say something of the network. */
    readonly lines?: { readonly used: number; readonly leftOut: number; readonly notUnderstood: number };
    /** What was not understood, a line each. */
    readonly unread?: readonly string[];
    /** Every piece of a text, a line each. */
    readonly pieces?: readonly string[];
  })[];
  /** What would make the topology surer. */
  readonly notes: readonly string[];
}

/** Throws UsageError, TopologyError, CaptureError. */
export async function contentsOf(folder: string, bundle: Bundle): Promise<Contents> {
  const notes: string[] = [];
  const imported = await importTexts(bundle.known, (note) => notes.push(note));
  const topology = bundle.known.length === 0 ? null : ((await joined(bundle.known, imported))?.topology ?? null);
  const points = await pointsOf(bundle, topology);
  const pieces = new Map<string, Piece[]>();
  for (const piece of imported?.pieces ?? []) pieces.set(piece.file, [...(pieces.get(piece.file) ?? []), piece]);
  return {
    folder,
    files: bundle.files.map((file) => {
      const taken = points.get(file.path);
      const of = pieces.get(file.path);
      const word = file.taken === 'capture' ? 'captured on' : 'printed on';
      const said = [
        ...(taken === undefined ? [] : [`${word} ${[...taken].join(', ')}`]),
        ...(of === undefined ? [] : textSays(of, file.taken === 'text' && file.witness === undefined)),
        file.says,
      ];
      return {
        ...file,
        says: said.filter((text) => text !== '').join('; '),
        ...(of !== undefined && {
          lines: linesOf(of),
          unread: of.filter(({ state }) => state === 'unknown').map(explainPiece),
          pieces: of.map(explainPiece),
        }),
      };
    }),
    notes: [
      ...bundle.captures.flatMap(({ lacking = [] }) => lacking.map(({ text }) => text)),
      ...bundle.untaken,
      ...notes,
      ...(imported?.conflicts ?? []).map((conflict) => `contradiction: ${conflict}`),
      ...(imported?.notes ?? []),
      ...(imported?.gaps ?? []),
    ],
  };
}

/** Where the captures of each file were taken, with all that is known of the network. */
async function pointsOf({ captures }: Bundle, topology: Topology | null): Promise<Map<string, Set<string>>> {
  const lab = await openLab({ files: captures, topology: [], ifmap: null, decodeAs: [], at: null }, topology);
  const points = new Map<string, Set<string>>();
  for (const { path, point, source } of lab.captures) {
    source.close();
    // Parts of a text have a mark and a name behind its path.
    for (const file of [path, path.slice(0, Math.max(0, path.lastIndexOf('#')))])
      if (file !== '') points.set(file, (points.get(file) ?? new Set()).add(point));
  }
  return points;
}

/** `ip addr, ip route of router`, and how many lines that is. */
function textSays(pieces: readonly Piece[], isAll: boolean): string[] {
  const kinds = new Map<string, Set<string>>();
  for (const { what, node, state } of pieces)
    if (state === 'used') kinds.set(node ?? '', (kinds.get(node ?? '') ?? new Set()).add(what));
  if (kinds.size === 0 && !isAll) return [];
  const { used, notUnderstood } = linesOf(pieces);
  const said = [...kinds].map(([node, what]) => `${[...what].join(', ')}${node === '' ? '' : ` of ${node}`}`);
  const left =
    kinds.size > 0 ? [] : [...new Set(pieces.flatMap(({ what, why, state }) => (state === 'left' ? `${what}: ${why}` : [])))];
  return [
    ...said,
    ...left,
    [`${quantity(used, 'line')} used`, ...(notUnderstood > 0 ? [`${notUnderstood} not understood`] : [])].join(', '),
  ];
}

function linesOf(pieces: readonly Piece[]): { used: number; leftOut: number; notUnderstood: number } {
  const count = (state: Piece['state']) =>
    pieces.reduce((sum, piece) => sum + (piece.state === state ? piece.last - piece.first + 1 : 0), 0);
  return { used: count('used'), leftOut: count('left'), notUnderstood: count('unknown') };
}
