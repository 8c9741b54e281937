// The field tree: a side door, built only for a packet that someone looks at.
import type { FieldDef, FieldValue } from './fields.js';
import { type Placed, readUint } from './layout.js';
import type { Sink } from './sink.js';
import { PrintedOnly, unknownOf } from './unprinted.js';
import type { Layers } from './walk.js';

/** Number of layers to show: a header that is only partly there is shown too. */
export const shownLayers = (layers: Layers): number => layers.count + (layers.partial ? 1 : 0);

/** Puts out every field of layer `i`, outer fields first. */
export function emitLayer(layers: Layers, i: number, given: Sink): void {
  const unknown = unknownOf(layers, i);
  const out = unknown === 0 ? given : new PrintedOnly(given, unknown);
  const d = layers.registry.protocols[layers.proto[i]!]!;
  const at = layers.start[i]!;
  out.open(
    d.self,
    at,
    Math.max(0, layers.body[i]! - at),
    null,
    d.label === undefined || i >= layers.count ? d.title : `${d.title}, ${d.label(layers, i)}`,
  );
  if (d.layout !== undefined && !d.shapes)
    for (const item of d.layout.items) emitPlaced(layers.bytes, at, layers.end[i]!, item, out);
  if (i < layers.count || d.shapes) d.details?.(out, layers, i);
  out.close();
}

/** Puts out the fields of a layout whose header starts at `at`, as far as they lie before `end`. */
export function emitItems(bytes: Uint8Array, at: number, end: number, items: readonly Placed[], out: Sink): void {
  for (const item of items) emitPlaced(bytes, at, end, item, out);
}

export function emitPlaced(bytes: Uint8Array, at: number, end: number, item: Placed, out: Sink): void {
  if (at + item.offset + item.bytes > end) return;
  if (out.placed === undefined || !out.placed(bytes, at, item)) emitEach(bytes, at, end, item, out);
}

/** Puts out one field, and each of its parts. */
export function emitEach(bytes: Uint8Array, at: number, end: number, item: Placed, out: Sink): void {
  const from = at + item.offset;
  const { def } = item;
  let value: FieldValue;
  if (def.type === 'ipv6' || def.type === 'bytes') value = null;
  else if (def.type === 'uint64') value = (BigInt(readUint(bytes, from, 4)) << 32n) | BigInt(readUint(bytes, from + 4, 4));
  else value = item.read(bytes, at);
  if (item.parts.length === 0) {
    out.add(def, from, item.bytes, value);
    return;
  }
  out.open(def, from, item.bytes, value);
  for (const p of item.parts) emitPlaced(bytes, at, end, p, out);
  out.close();
}

export interface TreeNode {
  readonly def: FieldDef;
  /** Offset in the frame's chunk, and length; 0 for a field made from others. */
  readonly at: number;
  readonly length: number;
  readonly value: FieldValue;
  /** A line that replaces the generated one. */
  readonly text: string | null;
  readonly children: TreeNode[];
  readonly notes: { readonly severity: 'chat' | 'note' | 'warn' | 'error'; readonly text: string }[];
}

/** A field with more children than this is cut: hostile packets can hold thousands of options. */
export const MAX_NODES = 20_000;

export class TreeBuilder implements Sink {
  readonly roots: TreeNode[] = [];
  private readonly path: TreeNode[] = [];
  private made = 0;

  /** Nodes that were put out, also those that are too many. */
  get count(): number {
    return this.made;
  }
  wants(): boolean {
    return this.made < MAX_NODES;
  }
  add(def: FieldDef, at: number, length: number, value: FieldValue): void {
    this.put({ def, at, length, value, text: null, children: [], notes: [] });
  }
  open(def: FieldDef, at: number, length: number, value: FieldValue, text?: string): void {
    const node: TreeNode = { def, at, length, value, text: text ?? null, children: [], notes: [] };
    this.put(node);
    this.path.push(node);
  }
  close(): void {
    this.path.pop();
  }
  note(severity: 'chat' | 'note' | 'warn' | 'error', text: string): void {
    this.path.at(-1)?.notes.push({ severity, text });
  }
  private put(node: TreeNode): void {
    if (this.made++ >= MAX_NODES) return;
    (this.path.at(-1)?.children ?? this.roots).push(node);
  }
}

/** The whole tree of a walked frame. */
export function treeOf(layers: Layers): TreeNode[] {
  const builder = new TreeBuilder();
  for (let i = 0; i < shownLayers(layers); i++) emitLayer(layers, i, builder);
  return builder.roots;
}

/** All occurrences of some fields, outer first; reused from frame to frame. */
export class FieldCollector implements Sink {
  private readonly slot: Int32Array;
  readonly values: FieldValue[][];
  readonly ats: number[][];
  readonly lengths: number[][];
  readonly defs: FieldDef[][];

  /** `wanted[k]` are the definitions whose occurrences go into column k (a generic name such as ip.addr has several). */
  constructor(wanted: readonly (readonly FieldDef[])[], fieldCount: number) {
    this.slot = new Int32Array(fieldCount).fill(-1);
    this.more = new Map();
    wanted.forEach((defs, k) => {
      for (const def of defs) {
        if (this.slot[def.id] === -1) this.slot[def.id] = k;
        else this.more.set(def.id, [...(this.more.get(def.id) ?? []), k]);
      }
    });
    this.values = wanted.map(() => []);
    this.ats = wanted.map(() => []);
    this.lengths = wanted.map(() => []);
    this.defs = wanted.map(() => []);
  }
  private readonly more: Map<number, number[]>;

  reset(): void {
    for (const list of this.values) list.length = 0;
    for (const list of this.ats) list.length = 0;
    for (const list of this.lengths) list.length = 0;
    for (const list of this.defs) list.length = 0;
  }
  wants(def: FieldDef): boolean {
    return this.slot[def.id] !== -1;
  }
  add(def: FieldDef, at: number, length: number, value: FieldValue): void {
    const k = this.slot[def.id]!;
    if (k === -1) return;
    this.put(k, def, at, length, value);
    const also = this.more.get(def.id);
    if (also !== undefined) for (const other of also) this.put(other, def, at, length, value);
  }
  open(def: FieldDef, at: number, length: number, value: FieldValue): void {
    this.add(def, at, length, value);
  }
  close(): void {}
  note(): void {}
  private put(k: number, def: FieldDef, at: number, length: number, value: FieldValue): void {
    this.values[k]!.push(value);
    this.ats[k]!.push(at);
    this.lengths[k]!.push(length);
    this.defs[k]!.push(def);
  }
}
