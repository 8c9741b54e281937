// The lines that are written as the fields come are those of the tree.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Line } from '../../src/bytes/line.js';
import { emitLayer, shownLayers, type TreeNode, treeOf } from '../../src/dissect/tree.js';
import { nodeText } from '../../src/dissect/tree-text.js';
import type { Layers } from '../../src/dissect/walk.js';
import { TreePrinter } from '../../src/dump/tree-printer.js';
import { everyFrame } from '../filter/help.js';

const CAPTURES = join(import.meta.dirname, '../../captures');

function slow(layers: Layers): string {
  const lines: string[] = [];
  const visit = (node: TreeNode, depth: number): void => {
    lines.push(`${'    '.repeat(depth)}${nodeText(node, layers.bytes)}\n`);
    for (const child of node.children) visit(child, depth + 1);
  };
  for (const node of treeOf(layers)) visit(node, 0);
  return lines.join('');
}

describe.each(readdirSync(CAPTURES).filter((name, n) => /\.pcap(ng)?$/.test(name) && name !== 'no-frames.pcap' && n % 3 === 0))(
  '%s',
  (name) => {
    it('gives the same lines', async () => {
      const printer = new TreePrinter();
      const line = new Line();
      let seen = 0;
      await everyFrame(join(CAPTURES, name), () => (frame, layers) => {
        line.clear();
        printer.begin(line, layers.bytes);
        for (let i = 0; i < shownLayers(layers); i++) emitLayer(layers, i, printer);
        expect(line.toString(), `frame ${frame.number}`).toBe(slow(layers));
        seen++;
      });
      expect(seen).toBeGreaterThan(0);
    });
  },
);

it('says that there was a note, which stands before what was written', () => {
  const printer = new TreePrinter();
  printer.begin(new Line(), new Uint8Array(0));
  expect(printer.isNoted).toBe(false);
  printer.note();
  expect(printer.isNoted).toBe(true);
  printer.begin(new Line(), new Uint8Array(0));
  expect(printer.isNoted).toBe(false);
});
