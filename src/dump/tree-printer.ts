// The lines of a packet's fields, written as the fields come: no tree is built, and no strings of numbers and addresses. What it
// writes is what `nodeText` says of the same nodes.
import type { Line } from '../bytes/line.js';
import { safeText } from '../bytes/text.js';
import type { FieldDef, FieldValue } from '../dissect/fields.js';
import type { Sink } from '../dissect/sink.js';
import { MAX_NODES } from '../dissect/tree.js';
import { MAX_BYTES, nodeText } from '../dissect/tree-text.js';

export const INDENT = '    ';
/** Deeper nodes are not indented any further. */
export const MAX_DEPTH = 16;

const DIGITS: Readonly<Partial<Record<FieldDef['type'], number>>> = { uint8: 2, uint16: 4, uint24: 6, uint32: 8 };
const DOT = 0x2e;
const COLON = 0x3a;

enum KIND {
  other = 0,
  title = 1,
  flag = 2,
  dec = 3,
  hex = 4,
  ipv4 = 5,
  ether = 6,
  ipv6 = 7,
}

/** What is known of a field before its value is. */
interface Form {
  readonly kind: KIND;
  /** Of a number in hexadecimal. */
  readonly digits: number;
  /** By depth: the indented title, with a colon where a value follows. */
  readonly heads: Uint8Array[];
}

function kindOf(def: FieldDef): KIND {
  switch (def.type) {
    case 'none':
      return KIND.title;
    case 'bool':
      return KIND.flag;
    case 'ipv4':
      return KIND.ipv4;
    case 'ether':
      return KIND.ether;
    case 'ipv6':
      return KIND.ipv6;
    default:
      if (DIGITS[def.type] === undefined || def.base === 'oct') return KIND.other;
      return def.base === 'dec' || def.base === 'dechex' ? KIND.dec : KIND.hex;
  }
}

export class TreePrinter implements Sink {
  /** A note was given since `begin`. */
  isNoted = false;
  private line!: Line;
  private bytes!: Uint8Array;
  private depth = 0;
  private made = 0;
  private readonly forms: (Form | undefined)[] = [];

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

  add(def: FieldDef, at: number, length: number, value: FieldValue): void {
    if (this.made++ < MAX_NODES) this.print(def, at, length, value);
  }

  open(def: FieldDef, at: number, length: number, value: FieldValue, text?: string): void {
    if (this.made++ < MAX_NODES) {
      if (text === undefined) this.print(def, at, length, value);
      else {
        for (let d = 0; d < this.depth && d < MAX_DEPTH; d++) this.line.text(INDENT);
        this.line.text(safeText(text));
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

  private formOf(def: FieldDef): Form {
    const form = { kind: kindOf(def), digits: DIGITS[def.type] ?? 0, heads: [] };
    this.forms[def.id] = form;
    return form;
  }

  private headOf(def: FieldDef, form: Form): Uint8Array {
    const depth = Math.min(this.depth, MAX_DEPTH);
    const text = INDENT.repeat(depth) + safeText(form.kind === KIND.title ? def.title : `${def.title}: `);
    const head = new TextEncoder().encode(text);
    form.heads[depth] = head;
    return head;
  }

  private print(def: FieldDef, at: number, length: number, value: FieldValue): void {
    const { line } = this;
    const form = this.forms[def.id] ?? this.formOf(def);
    const { kind } = form;
    const isNumber = typeof value === 'number';
    if (value === null && kind !== KIND.title && kind !== KIND.flag && kind !== KIND.ipv6) {
      line.raw(form.heads[Math.min(this.depth, MAX_DEPTH)] ?? this.headOf(def, form));
      this.hex(at, length);
      return;
    }
    // As `nodeText` has it: bytes, texts and everything rare.
    if (kind === KIND.other || (!isNumber && kind !== KIND.title && kind !== KIND.ipv6) || typeof value === 'string') {
      for (let d = 0; d < this.depth && d < MAX_DEPTH; d++) line.text(INDENT);
      line.text(nodeText({ def, at, length, value, text: null, children: [], notes: [] }, this.bytes));
      line.newline();
      return;
    }
    line.raw(form.heads[Math.min(this.depth, MAX_DEPTH)] ?? this.headOf(def, form));
    if (kind === KIND.ipv6) line.ipv6(this.bytes, at);
    else if (kind === KIND.flag) line.text(value === 0 ? 'Not set' : 'Set');
    else if (kind !== KIND.title && isNumber) this.number(def, form, value);
    line.newline();
  }

  /** Bytes that are the value, the first of them at least. */
  private hex(at: number, length: number): void {
    const { line, bytes } = this;
    const shown = Math.min(length, MAX_BYTES);
    for (let o = at; o < at + shown; o++) line.hex(bytes[o], 2);
    if (length > shown) line.text('\u2026');
    line.text(' (');
    line.dec(length);
    line.text(length === 1 ? ' byte)\n' : ' bytes)\n');
  }

  private number(def: FieldDef, form: Form, value: number): void {
    const { line } = this;
    const { values } = def;
    const named = values === null ? undefined : typeof values === 'function' ? values(value) : values[value];
    if (named !== undefined) {
      line.text(safeText(named));
      line.text(' (');
    }
    switch (form.kind) {
      case KIND.dec:
        line.dec(value);
        break;
      case KIND.hex:
        line.text('0x');
        line.hex(value, form.digits);
        break;
      case KIND.ipv4:
        for (let shift = 24; shift >= 0; shift -= 8) {
          line.dec((value >>> shift) & 0xff);
          if (shift > 0) line.byte(DOT);
        }
        break;
      default: {
        const high = Math.floor(value / 0x1_0000_0000);
        for (let i = 5; i >= 0; i--) {
          line.hex(i > 3 ? high >>> ((i - 4) * 8) : value >>> (i * 8), 2);
          if (i > 0) line.byte(COLON);
        }
      }
    }
    if (named !== undefined) line.text(')');
  }
}
