// `dump -T hopscope-json` and `-T jsonl`: hopscope's own shape. One object a packet; every field is there once in a layer: what a
// layer repeats is an array.
import type { Line } from '../../bytes/line.js';
import { safeJson } from '../../bytes/text.js';
import type { ExtraField } from '../../dissect/extra.js';
import type { FieldDef, FieldValue } from '../../dissect/fields.js';
import type { Sink } from '../../dissect/sink.js';
import { spell } from '../../dissect/spell.js';
import { emitLayer, shownLayers } from '../../dissect/tree.js';
import type { Layers } from '../../dissect/walk.js';

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

export class OwnJson {
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
    this.frame(layers, line);
    const { sink } = this;
    sink.left = MAX_FIELDS;
    const shown = shownLayers(layers);
    for (let i = 0; i < shown; i++) {
      const d = layers.registry.protocols[layers.proto[i]];
      sink.begin(layers.bytes);
      emitLayer(layers, i, sink);
      line.text(i > 0 ? ',{"protocol":' : '{"protocol":');
      writeValue(line, d.as ?? d.name);
      if (i >= layers.quotedFrom) line.text(',"quoted":true');
      if (i >= layers.count) line.text(',"partial":true');
      line.text(',"fields":{');
      let first = true;
      for (const [name, value] of sink.fields) {
        writeName(line, name, first);
        first = false;
        if (Array.isArray(value)) writeList(line, value);
        else writeValue(line, value);
      }
      line.text('}');
      if (sink.notes.length > 0) {
        line.text(',"notes":');
        writeList(line, sink.notes);
      }
      line.text('}');
    }
    line.text(']}');
    if (!this.array) line.newline();
  }

  private frame(layers: Layers, line: Line): void {
    line.text('{"frame":{');
    let first = true;
    for (const { def, read } of this.extras) {
      const value = read(layers);
      if (value === null) continue;
      writeName(line, def.name, first);
      first = false;
      writeValue(line, jsonValue(def, layers.bytes, 0, 0, value));
    }
    line.text('},"layers":[');
  }
}

/** Field names need no escapes. */
function writeName(line: Line, name: string, first: boolean): void {
  line.text(first ? '"' : ',"');
  line.text(name);
  line.text('":');
}

const PLAIN = /^[ !#-[\]-~]*$/;

function writeValue(line: Line, value: Value): void {
  if (typeof value === 'boolean') line.text(value ? 'true' : 'false');
  else if (typeof value === 'number') {
    if (Number.isSafeInteger(value) && value >= 0) line.dec(value);
    else line.text(JSON.stringify(value));
  } else if (PLAIN.test(value)) {
    line.text('"');
    line.text(value);
    line.text('"');
  } else line.text(safeJson(JSON.stringify(value)));
}

function writeList(line: Line, values: readonly Value[]): void {
  line.text('[');
  values.forEach((value, n) => {
    if (n > 0) line.text(',');
    writeValue(line, value);
  });
  line.text(']');
}
