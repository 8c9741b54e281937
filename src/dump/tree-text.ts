// `dump -V`: every field of a packet, one line each, indented by depth.
import type { Line } from '../bytes/line.js';
import type { ExtraField } from '../dissect/extra.js';
import { spell } from '../dissect/spell.js';
import { type TreeNode, treeOf } from '../dissect/tree.js';
import { nodeText } from '../dissect/tree-text.js';
import { type Layers, STOP } from '../dissect/walk.js';

const INDENT = '    ';
/** Deeper nodes are not indented any further. */
const MAX_DEPTH = 16;

const STOPS: Readonly<Record<number, string>> = {
  [STOP.clipped]: 'the captured bytes end here: the frame was cut by the snapshot length',
  [STOP.malformed]: 'malformed: a header does not fit into what the packet says it has',
  [STOP.deep]: 'more headers than are shown',
};

export function printTree(layers: Layers, line: Line, extras: readonly ExtraField[]): void {
  const frame = layers.frame;
  if (frame === null) return;
  line.text(`Frame ${frame.number}: ${frame.wireLength} bytes on wire, ${frame.end - frame.start} bytes captured\n`);
  for (const { def, read } of extras) {
    const value = read(layers);
    if (value === null || def.name === 'frame.number') continue;
    line.text(INDENT);
    line.safe(`${def.title}: ${spell(def, layers.bytes, 0, 0, value)}`, 1000);
    line.newline();
  }
  for (const node of treeOf(layers)) printNode(node, layers.bytes, line, 0);
  const stop = STOPS[layers.stop];
  if (stop !== undefined) line.text(`[${stop}]\n`);
  line.newline();
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
