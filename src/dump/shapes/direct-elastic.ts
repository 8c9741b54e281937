// `-T ek` without a tree: see Direct. What stands inside of a field stands beside it, and what is there several times is an array.
import type { Line } from '../../bytes/line.js';
import { utc } from '../../bytes/show.js';
import { type Stamp, stampOf } from '../../bytes/stamp.js';
import type { ExtraField } from '../../dissect/extra.js';
import type { FieldDef, FieldValue } from '../../dissect/fields.js';
import type { Layers } from '../../dissect/walk.js';
import { KIND } from '../kinds.js';
import { Direct, type Open } from './direct.js';
import type { Form } from './direct-values.js';
import { type Members, quoted, writeCompact } from './members.js';
import type { Shown } from './shown.js';

const COMMA = 0x2c;
const QUOTE = 0x22;
const OPEN_BRACE = 0x7b;
const CLOSE_BRACE = 0x7d;
const OPEN_BRACKET = 0x5b;
const CLOSE_BRACKET = 0x5d;

/** What fields and layers are called. */
export interface ElasticKeys {
  ofLayer(name: string): string;
  ofField(name: string): string;
}

/** A value that others of its name may be put beside. */
interface Value {
  /** Of the list of fields that it is in. */
  readonly list: number;
  start: number;
  end: number;
  isList: boolean;
}

/** A layer, without its name. */
interface Range {
  readonly name: string;
  readonly start: number;
  end: number;
}

export class DirectElastic extends Direct {
  protected readonly hasPlaces = false;
  protected readonly canNest = false;
  private readonly layers: Range[] = [];
  /** The lists of fields that are open, by depth: a number of each. */
  private readonly lists: number[] = [];
  private list = 0;
  /** A number for each name, and that of each field by its id. */
  private readonly numbers = new Map<string, number>();
  private readonly ids: (number | undefined)[] = [];
  /** By the number of a name: the list that it was in last. */
  private readonly seen: number[] = [];
  /** The names that are generic ones of some field. */
  private readonly isGeneric: boolean[] = [];
  private readonly generic = new Map<string, Value>();
  private hasMembers = false;

  /** `membersOf`: what fields are that were made as a tree. */
  constructor(
    extras: readonly ExtraField[],
    private readonly keys: ElasticKeys,
    private readonly membersOf: (fields: readonly Shown[], bytes: Uint8Array) => Members,
  ) {
    super(extras);
  }

  /** Writes the object of layers; false, with nothing written: they need a tree. */
  print(layers: Layers, line: Line): boolean {
    const from = line.at;
    this.layers.length = 0;
    line.byte(OPEN_BRACE);
    if (!this.write(layers, line)) {
      line.at = from;
      return false;
    }
    if (this.layers.some(({ name }, i) => this.layers.findIndex((one) => one.name === name) < i)) this.group(from);
    line.byte(CLOSE_BRACE);
    return true;
  }

  /** Puts layers of the same name into an array where the first of them stands. */
  private group(from: number): void {
    const { line } = this;
    const written = new Uint8Array(line.bytes.subarray(from, line.at));
    const { layers } = this;
    line.at = from + 1;
    for (const name of new Set(layers.map((layer) => layer.name))) {
      const ranges = layers.filter((layer) => layer.name === name);
      if (line.at > from + 1) line.byte(COMMA);
      line.text(this.layerHead(name));
      if (ranges.length > 1) line.byte(OPEN_BRACKET);
      ranges.forEach(({ start, end }, i) => {
        if (i > 0) line.byte(COMMA);
        line.raw(written.subarray(start - from, end - from));
      });
      if (ranges.length > 1) line.byte(CLOSE_BRACKET);
    }
  }

  private layerHead(name: string): string {
    return `${quoted(this.keys.ofLayer(name))}:`;
  }

  protected separate(): void {
    if (this.isBegun) this.isBegun = false;
    else {
      const isNext = this.counts[this.depth]++ > 0;
      if (this.depth === 0 ? isNext : this.hasMembers) this.line.byte(COMMA);
      this.hasMembers = true;
    }
  }

  protected leaf(def: FieldDef, form: Form, name: number, at: number, length: number, value: FieldValue): void {
    if (name > 0 && this.isBeside(def, form, def.aliases[name - 1], at, length, value)) return;
    this.separate();
    const { line } = this;
    this.head(def, form, 0, name);
    const start = line.at;
    this.value(def, form, at, length, value);
    if (name === 0) return;
    this.isGeneric[this.numberOf(def.aliases[name - 1])] = true;
    this.generic.set(def.aliases[name - 1], { list: this.lists[this.depth] ?? 0, start, end: line.at, isList: false });
  }

  /** Puts the value of a generic name beside one that is there; false: there is none. */
  private isBeside(def: FieldDef, form: Form, name: string, at: number, length: number, value: FieldValue): boolean {
    const known = this.generic.get(name);
    if (known === undefined || known.list !== (this.lists[this.depth] ?? 0)) return false;
    const { line } = this;
    if (!known.isList) {
      known.isList = true;
      const { start, end } = known;
      const opened = line.at;
      line.byte(OPEN_BRACKET);
      this.insert(start, opened);
      known.start = start;
      known.end = end + 1;
      const closed = line.at;
      line.byte(CLOSE_BRACKET);
      this.insert(known.end, closed);
      known.end++;
    }
    const begin = line.at;
    line.byte(COMMA);
    this.value(def, form, at, length, value);
    const more = line.at - begin;
    const { end } = known;
    this.insert(end - 1, begin);
    known.end = end + more;
    return true;
  }

  protected headOf(def: FieldDef, name: number): Stamp {
    const key = def.name === '' ? 'text' : this.keys.ofField(name === 0 ? def.name : def.aliases[name - 1]);
    return stampOf(`${quoted(key)}:${def.name === '' ? quoted(def.title) : ''}`);
  }

  private value(def: FieldDef, form: Form, at: number, length: number, value: FieldValue): void {
    const { line } = this;
    if (def.name === '') return;
    if (def.type === 'none') line.text('null');
    else if (form.kind === KIND.flag) line.text(value === 0 ? 'false' : 'true');
    else {
      line.byte(QUOTE);
      if (def.type === 'time' && this.instant !== null) line.text(utc(this.instant.seconds, this.instant.nanoseconds));
      else if (def.type === 'time' && typeof value === 'number') line.text(utc(value, 0));
      else if (def.type === 'time' && typeof value === 'bigint')
        line.text(utc(Number(value / 1_000_000_000n), Number(value % 1_000_000_000n)));
      else this.show(def, form, at, length, value);
      line.byte(QUOTE);
    }
  }

  protected enter({ def, form, at, length, value, isLayer }: Open): void {
    if (isLayer) {
      this.separate();
      this.line.text(this.layerHead(def.name));
      // One that was begun and could not be written as it came is written again.
      while ((this.layers.at(-1)?.start ?? 0) >= this.line.at) this.layers.pop();
      this.layers.push({ name: def.name, start: this.line.at, end: 0 });
      this.line.byte(OPEN_BRACE);
      this.hasMembers = false;
      this.generic.clear();
    } else this.leaf(def, form, 0, at, length, value);
    this.lists[this.depth + 1] = ++this.list;
  }

  protected leave({ isLayer }: Open): void {
    if (!isLayer) return;
    this.line.byte(CLOSE_BRACE);
    this.layers[this.layers.length - 1].end = this.line.at;
  }

  protected closing(): number {
    return 0;
  }

  protected header(): void {}

  protected moved(from: number, count: number): void {
    for (const value of this.generic.values()) {
      if (value.start < from) continue;
      value.start += count;
      value.end += count;
    }
  }

  protected isTwice({ id, name }: FieldDef): boolean {
    const list = this.lists[this.depth] ?? 0;
    const number = this.ids[id] ?? this.numberOf(name);
    this.ids[id] = number;
    if (this.seen[number] === list || (this.isGeneric[number] && this.generic.get(name)?.list === list)) return true;
    this.seen[number] = list;
    return false;
  }

  private numberOf(name: string): number {
    const known = this.numbers.get(name) ?? this.numbers.size;
    this.numbers.set(name, known);
    return known;
  }

  protected members(fields: readonly Shown[]): void {
    for (const [name, value] of this.membersOf(fields, this.bytes).pairs) {
      this.separate();
      this.line.text(`${quoted(name)}:`);
      writeCompact(value, this.line);
    }
  }

  protected escaped(text: string): string {
    return quoted(text).slice(1, -1);
  }
}
