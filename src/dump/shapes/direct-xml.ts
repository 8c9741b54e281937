// `-T pdml` without a tree: see Direct.
import type { Line } from '../../bytes/line.js';
import { type Stamp, stampOf, writeHex } from '../../bytes/stamp.js';
import { xml } from '../../bytes/xml.js';
import type { ExtraField } from '../../dissect/extra.js';
import type { FieldDef, FieldValue } from '../../dissect/fields.js';
import { type Placed, placeOf, readUint } from '../../dissect/layout.js';
import { MAX_TEXT, nameOf, nodeText } from '../../dissect/tree-text.js';
import type { Layers } from '../../dissect/walk.js';
import { KIND, writeBytes } from '../kinds.js';
import { Direct, MAX_DEPTH, type Open } from './direct.js';
import type { Form } from './direct-values.js';
import { shownValue } from './packet.js';
import type { Shown } from './shown.js';

/** What writes fields that were made as a tree. */
export interface TreeWriter {
  /** One with all that is in it. */
  node(node: Shown, bytes: Uint8Array, indent: string, line: Line): void;
  /** The beginning of its element, without what ends it. */
  head(node: Shown, bytes: Uint8Array, indent: string, line: Line): void;
}

const indentOf = (depth: number): string => ' '.repeat(2 + 2 * depth);
const END = stampOf('/>\n');
const BEGUN = stampOf('>\n');
const SIZE = stampOf('" size="');
const HIDDEN = stampOf('" hide="yes" size="');
const PLACE = stampOf('" pos="');
const SHOW = stampOf('" show="');
const WHOLE = stampOf('" unmaskedvalue="');
const VALUE = stampOf('" value="');
const QUOTE = 0x22;
const CLOSE = 0x29;
const DATA = 'data';

/** What an element begins with: a name of the field (0 is its own) and its title, a name and another line, or a layer. */
enum HEAD {
  title = 16,
  layer = 32,
}

const tagOf = (layer: string): string => (layer === DATA ? 'field' : 'proto');

export class DirectPdml extends Direct {
  protected readonly hasPlaces = true;
  protected readonly canNest = true;
  private readonly ends = Array.from({ length: MAX_DEPTH + 2 }, (_, depth) => stampOf(`${indentOf(depth)}</field>\n`));
  /** Where the size of the layer at hand is to stand. */
  private sizeAt = 0;

  constructor(
    extras: readonly ExtraField[],
    private readonly trees: TreeWriter,
  ) {
    super(extras);
  }

  /** Writes the layers; false, with nothing written: they need a tree. */
  print(layers: Layers, line: Line): boolean {
    return this.write(layers, line);
  }

  protected separate(): void {
    if (this.isBegun) this.isBegun = false;
    else if (this.counts[this.depth]++ === 0 && this.depth > 0) BEGUN.write(this.line);
  }

  protected leaf(def: FieldDef, form: Form, name: number, at: number, length: number, value: FieldValue, text?: string): void {
    this.field(def, form, name, at, length, value, text);
    END.write(this.line);
  }

  protected enter({ def, form, at, length, value, text, isLayer }: Open): void {
    if (!isLayer) {
      this.field(def, form, 0, at, length, value, text);
      return;
    }
    this.separate();
    const { line, depth } = this;
    this.head(def, form, depth, HEAD.layer);
    if (def.name !== DATA) {
      line.text(xml(text ?? def.title));
      SIZE.write(line);
    }
    this.sizeAt = line.at;
    if (def.name !== DATA) {
      PLACE.write(line);
      line.dec(at - this.base);
    }
    line.byte(QUOTE);
  }

  protected leave({ def, isLayer }: Open, hasMembers: boolean): void {
    const { depth, line } = this;
    if (!hasMembers) END.write(line);
    else if (isLayer) line.text(`${indentOf(depth)}</${tagOf(def.name)}>\n`);
    else this.ends[depth].write(line);
  }

  protected closing(): number {
    return indentOf(this.depth).length + '</field>\n'.length;
  }

  protected header(length: number): void {
    const { line } = this;
    const start = line.at;
    const { def, at } = this.nodes[this.nodes.length - 1];
    if (def.name === DATA) this.hex(at, length);
    else line.dec(length);
    this.insert(this.sizeAt, start);
  }

  protected moved(): void {}
  protected isTwice(): boolean {
    return false;
  }

  protected members(fields: readonly Shown[]): void {
    for (const one of fields) {
      this.separate();
      this.trees.node(one, this.bytes.subarray(this.base, this.end), indentOf(this.depth), this.line);
    }
  }

  protected escaped(text: string): string {
    return xml(text);
  }

  /** The beginning of an element, without what ends it. */
  private field(def: FieldDef, form: Form, name: number, at: number, length: number, value: FieldValue, text?: string): void {
    this.separate();
    const { line, depth } = this;
    const isTitle = text !== undefined || def.type === 'none';
    if (!this.isDirect(def, form, at, length, value, text)) {
      this.other(def, name, at, length, value, text);
      return;
    }
    this.head(def, form, depth, isTitle ? HEAD.title + name : name);
    if (def.name !== '') {
      if (isTitle) this.text(text ?? def.title);
      else this.label(def, form, at, length, value);
      (name === 0 ? SIZE : HIDDEN).write(line);
      line.dec(length);
    }
    PLACE.write(line);
    line.dec(at - this.base);
    if (def.name !== '') {
      SHOW.write(line);
      if (def.type !== 'none') this.show(def, form, at, length, value);
      if (length > 0) {
        const part = partOf(def, length);
        VALUE.write(line);
        if (part !== null) {
          const bits = Math.floor(readUint(this.bytes, at, length) / 2 ** part.shift) % (part.mask + 1);
          line.text(bits.toString(16));
          WHOLE.write(line);
        }
        this.hex(at, length);
      }
    }
    line.byte(QUOTE);
  }

  protected headOf(def: FieldDef, which: number): Stamp {
    const indent = indentOf(this.depth);
    if (which === HEAD.layer)
      return stampOf(`${indent}<${tagOf(def.name)} name="${xml(def.name)}" ${def.name === DATA ? 'value' : 'showname'}="`);
    const isTitle = which >= HEAD.title;
    const name = isTitle ? which - HEAD.title : which;
    const start = `${indent}<field name="${xml(name === 0 ? def.name : def.aliases[name - 1])}"`;
    if (def.name === '') return stampOf(`${start} show="${xml(def.title)}" size="0`);
    return stampOf(`${start} showname="${isTitle ? '' : `${xml(def.title)}: `}`);
  }

  /** Everything else. */
  private other(def: FieldDef, name: number, at: number, length: number, value: FieldValue, text?: string): void {
    const { line, depth, bytes, base, end } = this;
    this.trees.head(
      {
        name: name === 0 ? def.name : def.aliases[name - 1],
        def,
        at: at - base,
        length,
        value,
        show: shownValue(def, bytes, at, length, value),
        label: nodeText({ def, at, length, value, text: text ?? null, children: [], notes: [] }, bytes),
        isLayer: false,
        isHidden: name > 0,
        children: [],
      },
      bytes.subarray(base, end),
      indentOf(depth),
      line,
    );
  }

  /** What the line of a tree says of a value. */
  private label(def: FieldDef, form: Form, at: number, length: number, value: FieldValue): void {
    const { line } = this;
    if (this.isAbout) this.show(def, form, at, length, value);
    else if (form.kind === KIND.flag) line.text(value === 0 ? 'Not set' : 'Set');
    else if (value === null && def.type === 'bytes') writeBytes(line, this.bytes, at, length);
    else {
      const known = typeof value === 'number' ? nameOf(def, value) : undefined;
      if (known !== undefined) {
        this.text(known);
        line.text(' (');
      }
      this.show(def, form, at, length, value);
      if (known !== undefined) line.byte(CLOSE);
    }
  }

  private hex(at: number, length: number): void {
    writeHex(this.line, this.bytes, at, Math.min(at + length, this.end));
  }

  /** Does the line of a tree say what the value is? */
  private isDirect(def: FieldDef, { kind }: Form, at: number, length: number, value: FieldValue, text?: string): boolean {
    if (this.isAbout) return true;
    if (at + length > this.end) return false;
    if (text !== undefined && (text.length > MAX_TEXT || CONTROL.test(text))) return false;
    if (text === undefined && def.type !== 'none') {
      if (value === null && kind !== KIND.ipv6 && def.type !== 'bytes') return false;
      if (typeof value === 'string' && (value.length > MAX_TEXT || CONTROL.test(value))) return false;
    }
    return true;
  }
}

/** The place of a field that has a part of the bits of its bytes; null: it has them all. A number whose unit is not one has its byte. */
function partOf(def: FieldDef, length: number): Placed | null {
  const place = length === 0 ? null : placeOf(def);
  if (place === null || place.mask === 0 || place.times !== 1 || place.bytes !== length) return null;
  return place.shift === 0 && place.mask === 2 ** (8 * place.bytes) - 1 ? null : place;
}

const CONTROL = /[\u0007-\r]/;
