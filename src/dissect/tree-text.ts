// The lines of a packet's tree, made from the declarations of its fields.
import { hex } from '../bytes/show.js';
import { safeText } from '../bytes/text.js';
import type { FieldDef } from './fields.js';
import { spell } from './spell.js';
import type { TreeNode } from './tree.js';

/** Bytes shown of a byte string, and characters of a text. */
export const MAX_BYTES = 32;
export const MAX_TEXT = 400;

/** What a number means, where the field declares it. */
export const nameOf = (def: FieldDef, value: number): string | undefined =>
  typeof def.values === 'function' ? def.values(value) : def.values?.[value];

/** The text of one node, safe to print: `Time to live: 63`. `bytes` is the chunk that its offsets count in. */
export function nodeText(node: TreeNode, bytes: Uint8Array): string {
  const { def, value } = node;
  if (node.text !== null) return safeText(node.text);
  if (def.type === 'none') return def.title;
  if (def.type === 'bool') return `${def.title}: ${value === 0 ? 'Not set' : 'Set'}`;
  if (value === null && def.type !== 'ipv6') {
    const shown = hex(bytes, node.at, node.at + Math.min(node.length, MAX_BYTES));
    return `${def.title}: ${shown}${node.length > MAX_BYTES ? '\u2026' : ''} (${node.length} byte${node.length === 1 ? '' : 's'})`;
  }
  const spelled = spell(def, bytes, node.at, node.length, value);
  const named = typeof value === 'number' ? nameOf(def, value) : undefined;
  const text = named === undefined ? spelled : `${named} (${spelled})`;
  return safeText(`${def.title}: ${text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}\u2026` : text}`);
}
