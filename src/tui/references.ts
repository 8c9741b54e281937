// `${ip.src}` in a filter: the value that the field has in the packet that is chosen, as in Wireshark. It is put in when the filter is
// applied, and stays when another packet is chosen.
import type { TreeNode } from '../dissect/tree.js';
import { nodeText } from '../dissect/tree-text.js';
import type { Ui } from './view.js';

/** What stands between quotes is text. */
const PARTS = /[rR]?"(?:[^"\\]|\\.)*"|\$\{\s*([\w.-]+)\s*\}/g;

/** The filter with values in place of references; those that the packet has no field for stay, and are an error of the filter. */
export function withReferences(ui: Ui, filter: string): string {
  if (!filter.includes('${')) return filter;
  const detail = ui.packet === 0 ? null : ui.session.detail(ui.packet);
  return filter.replace(PARTS, (whole, name: string | undefined) => {
    const node = name === undefined || detail === null ? null : innermost(detail.tree, name);
    return (node === null || detail === null ? null : filterValue(node, detail.bytes, ui)) ?? whole;
  });
}

/** The last field of that name: that of the innermost packet. */
function innermost(nodes: readonly TreeNode[], name: string): TreeNode | null {
  let found: TreeNode | null = null;
  for (const node of nodes) {
    if (node.def.name === name) found = node;
    found = innermost(node.children, name) ?? found;
  }
  return found;
}

/** The value of a field as a filter takes it; null: it cannot be written so. */
export function filterValue(node: TreeNode, bytes: Uint8Array, ui: Ui): string | null {
  const { name, type } = node.def;
  if (type === 'none') return null;
  const text = nodeText(node, bytes);
  const shown = text.slice(text.indexOf(': ') + 2);
  const inner = /\(([^()]*)\)$/.exec(shown)?.[1];
  const candidates = [shown === 'Set' ? '1' : shown === 'Not set' ? '0' : '', inner ?? '', shown, JSON.stringify(shown)];
  return candidates.find((value) => value !== '' && ui.session.checkFilter(`${name} == ${value}`) === null) ?? null;
}
