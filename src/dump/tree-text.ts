// `dump -V`: every field of a packet, one line each, indented by depth.
import type { Line } from '../bytes/line.js';
import { safeText } from '../bytes/text.js';
import type { ExtraField } from '../dissect/extra.js';
import type { FieldDef } from '../dissect/fields.js';
import { spell } from '../dissect/spell.js';
import { emitLayer, shownLayers, type TreeNode, treeOf } from '../dissect/tree.js';
import { nodeText } from '../dissect/tree-text.js';
import { type Layers, STOP } from '../dissect/walk.js';
import { INDENT, MAX_DEPTH, TreePrinter } from './tree-printer.js';

const STOPS: Readonly<Record<number, string>> = {
  [STOP.clipped]: 'the captured bytes end here: the frame was cut by the snapshot length',
  [STOP.malformed]: 'malformed: a header does not fit into what the packet says it has',
  [STOP.deep]: 'more headers than are shown',
};

export interface TreeChoice {
  /** Protocols whose fields are shown, of the others the headings; null: of all. */
  readonly only: ReadonlySet<string> | null;
  /** The line after each packet. */
  readonly separator: string;
}

export function printTree(layers: Layers, line: Line, extras: readonly ExtraField[], choice?: TreeChoice): void {
  const only = choice?.only ?? null;
  const frame = layers.frame;
  if (frame === null) return;
  line.text(`Frame ${frame.number}: ${frame.wireLength} bytes on wire, ${frame.end - frame.start} bytes captured\n`);
  for (const { def, read } of only === null || only.has('frame') ? extras : []) {
    const value = read(layers);
    if (value === null || def.name === 'frame.number') continue;
    const head = headOf(def);
    line.text(head);
    if (typeof value === 'bigint' && value >= 0n && def.type === 'duration') span(line, value);
    else line.safe(spell(def, layers.bytes, 0, 0, value), MAX_LINE - head.length);
    line.newline();
  }
  if (only !== null || !printDirectly(layers, line))
    for (const node of treeOf(layers))
      printNode(only === null || only.has(node.def.name) ? node : { ...node, children: [] }, layers.bytes, line, 0);
  const stop = STOPS[layers.stop];
  if (stop !== undefined) line.text(`[${stop}]\n`);
  line.text(choice?.separator ?? '');
  line.newline();
}

/** Characters of a line about the frame. */
const MAX_LINE = 1000;

const heads = new Map<FieldDef, string>();
function headOf(def: FieldDef): string {
  const head = heads.get(def) ?? `${INDENT}${safeText(def.title)}: `;
  heads.set(def, head);
  return head;
}

/** As `spanText` writes it. */
function span(line: Line, nanoseconds: bigint): void {
  const isExact = nanoseconds <= Number.MAX_SAFE_INTEGER;
  const n = isExact ? Number(nanoseconds) : 0;
  const seconds = isExact ? Math.floor(n / 1e9) : Number(nanoseconds / 1_000_000_000n);
  line.dec(seconds);
  line.byte(0x2e);
  line.decPadded(isExact ? n - seconds * 1e9 : Number(nanoseconds % 1_000_000_000n), 9, 0x30);
}

const printer = new TreePrinter();

/** False, with nothing written: a note stands before lines that were there first, and only a tree can sort them. */
function printDirectly(layers: Layers, line: Line): boolean {
  const from = line.at;
  printer.begin(line, layers.bytes);
  for (let i = 0; i < shownLayers(layers); i++) emitLayer(layers, i, printer);
  if (!printer.isNoted) return true;
  line.at = from;
  return false;
}

function printNode(node: TreeNode, bytes: Uint8Array, line: Line, depth: number): void {
  for (let d = 0; d < depth && d < MAX_DEPTH; d++) line.text(INDENT);
  line.text(nodeText(node, bytes));
  line.newline();
  for (const { text } of node.notes) {
    for (let d = 0; d <= depth && d < MAX_DEPTH; d++) line.text(INDENT);
    line.text(`[${text}]\n`);
  }
  for (const child of node.children) printNode(child, bytes, line, depth + 1);
}
