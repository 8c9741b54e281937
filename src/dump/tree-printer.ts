// The lines of a packet's fields, written as the fields come: no tree is built, and no strings of numbers and addresses. What it
// writes is what `nodeText` says of the same nodes.
import type { Line } from '../bytes/line.js';
import { type Stamp, stampOf, writePlain, writeSeconds } from '../bytes/stamp.js';
import { safeText } from '../bytes/text.js';
import type { FieldDef, FieldValue } from '../dissect/fields.js';
import type { Placed } from '../dissect/layout.js';
import type { Sink } from '../dissect/sink.js';
import { emitEach, MAX_NODES } from '../dissect/tree.js';
import { MAX_TEXT, nameOf, nodeText } from '../dissect/tree-text.js';
import { KeptLines } from './kept-lines.js';
import { bitsOf, DIGITS, isTold, KIND, kindOf, linesOf, writeBytes, writeNumber } from './kinds.js';

export const INDENT = '    ';
/** Deeper nodes are not indented any further. */
export const MAX_DEPTH = 16;

/** What is known of a field before its value is. */
interface Form {
  readonly kind: KIND;
  /** Of a number in hexadecimal. */
  readonly digits: number;
  /** Has its value a name, which is looked up? */
  readonly isNamed: boolean;
  /** By depth: the indented title, with a colon where a value follows. */
  readonly heads: Stamp[];
}

/** Characters of a text that is kept, and such texts. */
const MAX_ODD = 32;
const MAX_ODDS = 1024;

export class TreePrinter implements Sink {
  /** A note was given since `begin`. */
  isNoted = false;
  private line!: Line;
  private bytes!: Uint8Array;
  private depth = 0;
  private made = 0;
  private readonly forms: (Form | undefined)[] = [];
  /** By the field's id: lines of those told by few bits, 0 for others. */
  private readonly lines: (number | undefined)[] = [];
  private readonly kept = new KeptLines();
  private readonly odds = new Map<string, Stamp>();

  begin(line: Line, bytes: Uint8Array): void {
    this.line = line;
    this.bytes = bytes;
    this.depth = 0;
    this.made = 0;
    this.isNoted = false;
  }

  wants(): boolean {
    return this.made < MAX_NODES;
  }

  placed(bytes: Uint8Array, at: number, item: Placed): boolean {
    const { id } = item.def;
    const from = at + item.offset;
    const lines = this.lines[id] ?? this.countLines(item);
    if (lines === 0) return this.printPlaced(bytes, from, item);
    if (this.made + lines > MAX_NODES) return false;
    const bits = bitsOf(bytes, from, item);
    const { line } = this;
    const known = this.kept.find(id, this.level, bits);
    if (known !== null) {
      known.write(line);
      this.made += lines;
      return true;
    }
    const start = line.at;
    emitEach(bytes, at, from + item.bytes, item, this);
    this.kept.keep(id, this.level, bits, line.bytes.subarray(start, line.at));
    return true;
  }

  private countLines(item: Placed): number {
    const lines = isTold(item) ? linesOf(item) : 0;
    this.lines[item.def.id] = lines;
    return lines;
  }

  /** What is read more easily than handed over; false: something else. */
  private printPlaced(bytes: Uint8Array, from: number, item: Placed): boolean {
    const { def } = item;
    const form = this.forms[def.id] ?? this.formOf(def);
    const { kind } = form;
    if (form.isNamed || item.parts.length > 0 || this.made >= MAX_NODES) return false;
    const { line } = this;
    if (kind === KIND.dec || kind === KIND.hex) {
      if (item.mask === 0 || item.bytes > 4) return false;
      this.head(def, form);
      writeNumber(this.line, form, (bitsOf(bytes, from, item) >>> 0) * item.times);
    } else if (kind === KIND.ipv4) {
      this.head(def, form);
      line.ipv4(bytes, from);
    } else if (kind === KIND.ether) {
      this.head(def, form);
      line.mac(bytes, from);
    } else return false;
    line.newline();
    this.made++;
    return true;
  }

  add(def: FieldDef, at: number, length: number, value: FieldValue): void {
    if (this.made++ < MAX_NODES) this.print(def, at, length, value);
  }

  open(def: FieldDef, at: number, length: number, value: FieldValue, text?: string): void {
    if (this.made++ < MAX_NODES) {
      if (text === undefined || (text === def.title && def.type === 'none')) this.print(def, at, length, value);
      else {
        this.indent();
        if (!writePlain(this.line, text)) this.line.text(safeText(text));
        this.line.newline();
      }
    }
    this.depth++;
  }

  close(): void {
    this.depth--;
  }

  note(): void {
    this.isNoted = true;
  }

  /** The depth that is seen. */
  private get level(): number {
    return this.depth < MAX_DEPTH ? this.depth : MAX_DEPTH;
  }

  private indent(): void {
    for (let d = 0; d < this.depth && d < MAX_DEPTH; d++) this.line.text(INDENT);
  }

  private formOf(def: FieldDef): Form {
    const form = { kind: kindOf(def), digits: DIGITS[def.type] ?? 0, isNamed: def.values !== null, heads: [] };
    this.forms[def.id] = form;
    return form;
  }

  /** Writes the title. */
  private head(def: FieldDef, form: Form): void {
    const { level } = this;
    (form.heads[level] ?? this.headOf(def, form, level)).write(this.line);
  }

  private headOf(def: FieldDef, form: Form, depth: number): Stamp {
    const text = INDENT.repeat(depth) + safeText(form.kind === KIND.title ? def.title : `${def.title}: `);
    const head = stampOf(text);
    form.heads[depth] = head;
    return head;
  }

  private print(def: FieldDef, at: number, length: number, value: FieldValue): void {
    const { line } = this;
    const form = this.forms[def.id] ?? this.formOf(def);
    const { kind } = form;
    if (kind === KIND.title) this.head(def, form);
    else if (kind === KIND.flag) {
      this.head(def, form);
      line.text(value === 0 ? 'Not set' : 'Set');
    } else if (value === null) {
      this.head(def, form);
      if (kind === KIND.ipv6) line.ipv6(this.bytes, at);
      else writeBytes(this.line, this.bytes, at, length);
    } else if (typeof value === 'number' && (value >= 0 || kind === KIND.dec) && kind >= KIND.dec && kind <= KIND.ether) {
      if (form.isNamed) {
        this.named(def, form, value);
        return;
      }
      this.head(def, form);
      writeNumber(this.line, form, value);
    } else if (!this.isText(def, form, value)) {
      // As `nodeText` has it: everything rare.
      this.indent();
      line.text(nodeText({ def, at, length, value, text: null, children: [], notes: [] }, this.bytes));
    }
    line.newline();
  }

  /** Writes a text of plain characters, or a span of time; false, with nothing written: something else. */
  private isText(def: FieldDef, form: Form, value: FieldValue): boolean {
    const { line } = this;
    const start = line.at;
    if (typeof value === 'string' && value.length <= MAX_TEXT) {
      this.head(def, form);
      if (writePlain(line, value)) return true;
      const odd = value.length <= MAX_ODD ? this.odd(value) : null;
      if (odd !== null) {
        odd.write(line);
        return true;
      }
    } else if (typeof value === 'bigint' && form.kind === KIND.span && value >= 0n && value <= Number.MAX_SAFE_INTEGER) {
      this.head(def, form);
      const ns = Number(value);
      const seconds = Math.floor(ns / 1e9);
      writeSeconds(line, seconds, ns - seconds * 1e9);
      return true;
    }
    line.at = start;
    return false;
  }

  /** A short text with other characters, safe to print: those of the dissectors come again and again. null: there are many. */
  private odd(text: string): Stamp | null {
    const known = this.odds.get(text);
    if (known !== undefined || this.odds.size >= MAX_ODDS) return known ?? null;
    const stamp = stampOf(safeText(text));
    this.odds.set(text, stamp);
    return stamp;
  }

  /** A line with a number that may have a name. */
  private named(def: FieldDef, form: Form, value: number): void {
    const { line } = this;
    const known = this.kept.find(def.id, this.level, value);
    if (known !== null) {
      known.write(line);
      return;
    }
    const start = line.at;
    this.head(def, form);
    const name = nameOf(def, value);
    if (name !== undefined) {
      line.text(safeText(name));
      line.text(' (');
    }
    writeNumber(this.line, form, value);
    if (name !== undefined) line.text(')');
    line.newline();
    this.kept.keep(def.id, this.level, value, line.bytes.subarray(start, line.at));
  }
}
