// One frame taken apart: its headers as a tree of fields.
import { LINKTYPE } from '../capture/linktypes.js';
import { protocolStack } from '../dissect/extra.js';
import type { FieldDef } from '../dissect/fields.js';
import type { Registry } from '../dissect/registry.js';
import { spell } from '../dissect/spell.js';
import type { TreeNode } from '../dissect/tree.js';
import { nodeText } from '../dissect/tree-text.js';
import { STOP } from '../dissect/walk.js';
import { UsageError } from '../errors.js';
import { benchOf } from './bench.js';

/** A field of a header. Names and values are Wireshark's. */
export interface Field {
  /** Display filter name, e.g. `ip.src`. */
  readonly name: string;
  readonly title: string;
  /** As tshark's `-T fields` spells it: `172.20.0.5`, `0x0800`, `80`. */
  readonly value: string;
  /** Numbers, flags (0 or 1), times in seconds, texts; bigint for 64 bits; null where the bytes are the value. */
  readonly raw: number | bigint | string | null;
  /** The line of the tree; control characters are escaped. */
  readonly text: string;
  /** Its bytes in the frame; a length of 0 for what is made of others. */
  readonly start: number;
  readonly length: number;
  readonly fields: readonly Field[];
  /** What is odd about it. */
  readonly notes: readonly string[];
}

/** A header, outermost first. */
export interface Layer extends Field {
  /** `eth`, `ip`, `vxlan`. */
  readonly name: string;
}

/** One frame taken apart: what `dissect` gives. */
export interface Dissection {
  /** Names of the headers: `['eth', 'ip', 'udp', 'vxlan', 'eth', 'ip', 'tcp']`. */
  readonly protocols: readonly string[];
  readonly layers: readonly Layer[];
  /** Bytes that could not be read: the frame was cut, or a header does not fit into what the packet says it has. */
  readonly problem: 'cut' | 'malformed' | 'too deep' | null;
  /** All values of a field, outer first, as tshark spells them; `[]` where it is not there. */
  values(name: string): readonly string[];
}

/** What the bytes of a frame do not say of themselves. */
export interface DissectOptions {
  /** LINKTYPE_ number; Ethernet when not given. */
  readonly linkType?: number;
  /** Length on the wire, where bytes were cut. */
  readonly wireLength?: number;
  /** `udp.port==8472,vxlan` */
  readonly decodeAs?: readonly string[];
}

const PROBLEMS: Readonly<Record<number, Dissection['problem']>> = {
  [STOP.clipped]: 'cut',
  [STOP.malformed]: 'malformed',
  [STOP.deep]: 'too deep',
};

/** Takes a frame apart. No bytes are refused: what cannot be read is said by `problem`. Throws UsageError for options that are wrong. */
export function dissect(
  bytes: Uint8Array,
  { linkType = LINKTYPE.EN10MB, wireLength = bytes.length, decodeAs = [] }: DissectOptions = {},
): Dissection {
  if (!ArrayBuffer.isView(bytes)) throw new UsageError('dissect takes the bytes of a frame: dissect(frame.bytes, frame)');
  const bench = benchOf(decodeAs);
  const layers = bench.read({ bytes, linkType, wireLength }, 1);
  const tree = bench.headings.tree(layers, '').map((node) => fieldOf(node, bytes));
  const names = protocolStack(layers);
  return {
    protocols: names === '' ? [] : names.split(':'),
    layers: tree,
    problem: PROBLEMS[layers.stop] ?? null,
    values: (name) => valuesOf(tree, name, namesOf(bench.registry, name)),
  };
}

/** Names of the fields that a generic name such as `ip.addr` stands for. */
function namesOf(registry: Registry, name: string): ReadonlySet<string> {
  const names = new Set([name]);
  for (const def of registry.fields.values()) if (def.aliases.includes(name)) names.add(def.name);
  return names;
}

function valuesOf(fields: readonly Field[], name: string, names: ReadonlySet<string>, found: string[] = []): string[] {
  for (const field of fields) {
    if (names.has(field.name)) found.push(field.value);
    valuesOf(field.fields, name, names, found);
  }
  return found;
}

function fieldOf(node: TreeNode, bytes: Uint8Array): Field {
  const def: FieldDef = node.def;
  return {
    name: def.name,
    title: def.title,
    value: spell(def, bytes, node.at, node.length, node.value),
    raw: node.value,
    text: nodeText(node, bytes),
    start: node.at,
    length: node.length,
    fields: node.children.map((child) => fieldOf(child, bytes)),
    notes: node.notes.map(({ text }) => text),
  };
}
