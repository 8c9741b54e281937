// `-T json` without a tree: see Direct.
import type { Line } from '../../bytes/line.js';
import { type Stamp, stampOf } from '../../bytes/stamp.js';
import type { ExtraField } from '../../dissect/extra.js';
import type { FieldDef, FieldValue } from '../../dissect/fields.js';
import type { Layers } from '../../dissect/walk.js';
import { Direct, MAX_DEPTH, type Open } from './direct.js';
import type { Form } from './direct-values.js';
import { type Members, quoted, writeIndented } from './members.js';
import type { Shown } from './shown.js';

/** Of the layers. */
const INDENT = 8;
const COMMA = 0x2c;
const QUOTE = 0x22;

/** What else may be written in front of a value; its number is added to that of the last generic name. */
enum HEAD {
  tree = 1,
  object = 2,
  empty = 3,
}

const indentOf = (depth: number): string => ' '.repeat(INDENT + 2 * depth);

export class DirectJson extends Direct {
  protected readonly hasPlaces = false;
  protected readonly canNest = true;
  private readonly ends = Array.from({ length: MAX_DEPTH + 2 }, (_, depth) => stampOf(`\n${indentOf(depth)}}`));

  /** `membersOf`: what fields are that were made as a tree. */
  constructor(
    extras: readonly ExtraField[],
    private readonly membersOf: (fields: readonly Shown[], bytes: Uint8Array) => Members,
  ) {
    super(extras);
  }

  /** Writes the members of the object of layers; false, with nothing written: they need a tree. */
  print(layers: Layers, line: Line): boolean {
    return this.write(layers, line);
  }

  protected separate(): void {
    if (this.isBegun) {
      this.isBegun = false;
      return;
    }
    const { line, depth } = this;
    if (this.counts[depth]++ > 0) line.byte(COMMA);
    else if (depth > 0) this.unfold(this.nodes[depth - 1]);
    line.newline();
  }

  /** The first member is about to come: the head of the object that it is in. */
  private unfold({ def, form }: Open): void {
    this.depth--;
    if (def.type === 'none') {
      this.separate();
      this.head(def, form, this.depth, def.aliases.length + HEAD.object);
    } else {
      this.line.byte(COMMA);
      this.line.newline();
      this.head(def, form, this.depth, def.aliases.length + HEAD.tree);
    }
    this.depth++;
  }

  protected leaf(def: FieldDef, form: Form, name: number, at: number, length: number, value: FieldValue): void {
    this.separate();
    if (def.type === 'none') this.empty(def, form, name);
    else {
      this.head(def, form, this.depth, name);
      this.show(def, form, at, length, value);
      this.line.byte(QUOTE);
    }
  }

  protected enter({ def, form, at, length, value }: Open): void {
    if (def.type !== 'none') this.leaf(def, form, 0, at, length, value);
  }

  protected leave({ def, form }: Open, hasMembers: boolean): void {
    const { depth } = this;
    if (hasMembers) this.ends[depth].write(this.line);
    else if (def.type === 'none') {
      this.separate();
      this.empty(def, form, 0);
    }
  }

  private empty(def: FieldDef, form: Form, name: number): void {
    this.head(def, form, this.depth, name === 0 ? def.aliases.length + HEAD.empty : name);
    if (name > 0) this.line.byte(QUOTE);
  }

  protected headOf({ name, title, aliases }: FieldDef, which: number): Stamp {
    const own = name === '' ? title : name;
    const text = (called: string, behind: string): Stamp => stampOf(`${indentOf(this.depth)}${quoted(called)}: ${behind}`);
    switch (which - aliases.length) {
      case HEAD.tree:
        return text(`${own}_tree`, '{');
      case HEAD.object:
        return text(own, '{');
      case HEAD.empty:
        return text(own, '""');
      default:
        return text(which === 0 ? own : aliases[which - 1], '"');
    }
  }

  protected closing(): number {
    return INDENT + 2 * this.depth + 2;
  }

  protected header(): void {}
  protected moved(): void {}
  protected isTwice(): boolean {
    return false;
  }

  protected members(fields: readonly Shown[]): void {
    for (const [name, value] of this.membersOf(fields, this.bytes).pairs) {
      this.separate();
      const indent = indentOf(this.depth);
      this.line.text(`${indent}${quoted(name)}: `);
      writeIndented(value, indent, this.line);
    }
  }

  protected escaped(text: string): string {
    return quoted(text).slice(1, -1);
  }
}
