// `dump -T json` and `-T jsonl`: one object a packet. Every field is there once: what a layer repeats is an array.
import type { Line } from '../bytes/line.js';
import { safeJson } from '../bytes/text.js';
import type { ExtraField } from '../dissect/extra.js';
import type { FieldDef, FieldValue } from '../dissect/fields.js';
import type { Sink } from '../dissect/sink.js';
import { spell } from '../dissect/spell.js';
import { emitLayer, shownLayers } from '../dissect/tree.js';
import type { Layers } from '../dissect/walk.js';

type Value = string | number | boolean;

/** Fields of one packet at most: hostile packets can hold thousands of options. */
const MAX_FIELDS = 20_000;

/** Whole numbers up to 2^53 and truth values as such; everything else as `-T fields` spells it. */
function jsonValue(def: FieldDef, bytes: Uint8Array, at: number, length: number, value: FieldValue): Value {
  if (def.type === 'bool' && typeof value === 'number') return value !== 0;
  if (typeof value === 'number' && (def.type.startsWith('uint') || def.type === 'int32' || def.type === 'float')) return value;
  return spell(def, bytes, at, length, value);
}

class LayerFields implements Sink {
  fields = new Map<string, Value | Value[]>();
  notes: string[] = [];
  bytes: Uint8Array = new Uint8Array(0);
  /** Fields left for this packet. */
  left = MAX_FIELDS;

  begin(bytes: Uint8Array): void {
    this.fields = new Map();
    this.notes = [];
    this.bytes = bytes;
  }
  wants(): boolean {
    return this.left > 0;
  }
  add(def: FieldDef, at: number, length: number, value: FieldValue): void {
    if (this.left-- <= 0) return;
    const text = jsonValue(def, this.bytes, at, length, value);
    const known = this.fields.get(def.name);
    if (known === undefined) this.fields.set(def.name, text);
    else if (Array.isArray(known)) known.push(text);
    else this.fields.set(def.name, [known, text]);
  }
  open(def: FieldDef, at: number, length: number, value: FieldValue): void {
    // A heading without a value of its own says nothing that its children do not.
    if (def.type !== 'none' || value !== null) this.add(def, at, length, value);
  }
  close(): void {}
  note(severity: 'chat' | 'note' | 'warn' | 'error', text: string): void {
    if (severity === 'warn' || severity === 'error') this.notes.push(text);
  }
}

export class JsonPrinter {
  readonly begin: string;
  readonly end: string;
  private first = true;
  private readonly sink = new LayerFields();

  /** `extras`: fields of the frame that no header holds. `array`: one array; else an object a line. */
  constructor(
    private readonly extras: readonly ExtraField[],
    private readonly array: boolean,
  ) {
    this.begin = array ? '[' : '';
    this.end = array ? '\n]\n' : '';
  }

  print(layers: Layers, line: Line): void {
    if (this.array) line.text(this.first ? '\n' : ',\n');
    this.first = false;
    line.text(safeJson(JSON.stringify(this.record(layers))));
    if (!this.array) line.newline();
  }

  private record(layers: Layers): object {
    const { sink } = this;
    sink.left = MAX_FIELDS;
    const frame: Record<string, Value> = {};
    for (const { def, read } of this.extras) {
      const value = read(layers);
      if (value !== null) frame[def.name] = jsonValue(def, layers.bytes, 0, 0, value);
    }
    const list: object[] = [];
    const shown = shownLayers(layers);
    for (let i = 0; i < shown; i++) {
      const d = layers.registry.protocols[layers.proto[i]];
      sink.begin(layers.bytes);
      emitLayer(layers, i, sink);
      list.push({
        protocol: d.as ?? d.name,
        ...(i >= layers.quotedFrom ? { quoted: true } : {}),
        ...(i >= layers.count ? { partial: true } : {}),
        fields: Object.fromEntries(sink.fields),
        ...(sink.notes.length > 0 ? { notes: sink.notes } : {}),
      });
    }
    return { frame, layers: list };
  }
}
