// The expressions of a filter: names, slices, functions and arithmetic, each with its type and the values it has in a frame.
import type { ExtraField, Need } from '../dissect/extra.js';
import type { FieldDef } from '../dissect/fields.js';
import { renamed } from '../dissect/lookup.js';
import { rememberedFields } from '../dissect/past.js';
import type { Registry } from '../dissect/registry.js';
import { absolute, cut, isNonZero, mapOf, negated, result, spelled } from './calculate.js';
import { type Constant, isWrong, type Reading, readChar, readString, readWord } from './literals.js';
import { type Found, type Names, namesOf, nearest } from './names.js';
import { type Expression, lowered } from './parser.js';
import { problem, type Span } from './problem.js';
import { fieldList, frameList, isFixed, type Keep, keepOf, type List, MAX_VALUES, protocolList } from './source.js';
import {
  bytesOf,
  comparable,
  isSequence,
  KIND_NAMES,
  type Kind,
  kindOf,
  LARGEST,
  order,
  sequence,
  textOf,
  type Value,
  WIDTHS,
} from './values.js';

/** An expression whose type is known. */
export interface Operand {
  readonly kind: Kind;
  /** For messages: `ip.src`, `len()`. */
  readonly label: string;
  readonly list: List;
  /** As `list`; for protocols what is after the header too. Searches look there. */
  readonly search: List;
  /** Definitions after a plain field, for names of values and bounds. Empty where the value is calculated. */
  readonly defs: readonly FieldDef[];
  /** A plain field or protocol: where it is found. `map`: the value is this function of the field's number. */
  readonly plain: {
    readonly found: Found;
    readonly keep: Keep | null;
    readonly map: ((v: number) => number) | null;
  } | null;
  /** A constant of the filter. */
  readonly constant: Constant | null;
}

const FUNCTIONS: Readonly<Record<string, { readonly least: number; readonly most: number }>> = {
  len: { least: 1, most: 1 },
  count: { least: 1, most: 1 },
  lower: { least: 1, most: 1 },
  upper: { least: 1, most: 1 },
  string: { least: 1, most: 1 },
  abs: { least: 1, most: 1 },
  max: { least: 1, most: 100 },
  min: { least: 1, most: 100 },
};

export const functionNames: readonly string[] = Object.keys(FUNCTIONS);

/** Reads expressions; what tests are made of them is the compiler's. */
export class Operands {
  /** Definitions of the fields and protocols that were asked for, and what must be known for them. */
  readonly used = new Set<FieldDef>();
  readonly needs = new Set<Need>();
  protected readonly names: Names;

  constructor(
    protected readonly text: string,
    protected readonly registry: Registry,
    protected readonly extras: ReadonlyMap<string, ExtraField>,
  ) {
    this.names = namesOf(registry);
  }

  protected fail(at: Span, what: string, hint = ''): Error {
    return problem(this.text, at, what, hint);
  }

  // ---- names

  protected find(expression: Extract<Expression, { kind: 'word' }>): Found | null {
    return this.names.find(expression.text, this.extras);
  }

  protected unknown(name: string, at: Span): Error {
    const near = nearest(name, this.names.all(this.extras.keys()));
    const hint =
      lowered(name) ??
      renamed(name) ??
      (near.length > 0 ? `did you mean ${near.join(', ')}?` : 'hopscope fields lists the names');
    return this.fail(at, `there is no field or protocol "${name.length > 60 ? `${name.slice(0, 60)}…` : name}"`, hint);
  }

  protected isLiteral(e: Expression): boolean {
    switch (e.kind) {
      case 'word':
        return e.layers === null && this.find(e) === null;
      case 'string':
      case 'char':
        return true;
      case 'negative':
        return this.isLiteral(e.of);
      case 'arithmetic':
        return this.isLiteral(e.left) && this.isLiteral(e.right);
      case 'call':
        return (
          (e.name === 'max' || e.name === 'min' || e.name === 'abs') &&
          e.args.length > 0 &&
          e.args.every((a) => this.isLiteral(a))
        );
      default:
        return false;
    }
  }

  /** Where no value can stand, a word was meant as a name. */
  protected noField(e: Expression, what: string): Error {
    if (e.kind === 'word' && /^[A-Za-z_]/.test(e.text)) return this.unknown(e.text, e.name);
    return this.fail(e, what, 'e.g. ip.src == 10.0.0.0/8');
  }

  // ---- operands

  protected operand(e: Expression): Operand {
    switch (e.kind) {
      case 'word':
        return this.name(e);
      case 'slice':
        return this.slice(e);
      case 'call':
        return this.call(e);
      case 'negative': {
        const of = this.operand(e.of);
        this.wantNumber(of, e);
        return calculated(of.kind, `-${of.label}`, mapped(of.list, negated));
      }
      case 'arithmetic':
        return this.arithmetic(e);
      default:
        throw this.noField(e, 'a field stands here, not a value');
    }
  }

  protected name(e: Extract<Expression, { kind: 'word' }>): Operand {
    const found = this.find(e);
    if (found === null) throw this.noField(e, `"${e.text}" is no field`);
    const { target, level } = found;
    for (const def of target.defs) {
      this.used.add(def);
      if (rememberedFields(this.registry).has(def)) this.needs.add('past');
    }
    if (target.kind === 'extra' && target.extra.needs !== undefined) this.needs.add(target.extra.needs);
    if (e.layers !== null && (target.kind === 'frame' || target.kind === 'extra'))
      throw this.fail(e, `${e.text} belongs to the frame; it has no layers`);
    const keep = keepOf(this.registry, target, level, e.layers);
    const plain = { found, keep, map: null };
    const base = { label: e.text, defs: target.defs, plain, constant: null };
    switch (target.kind) {
      case 'frame': {
        const list = frameList();
        return { kind: 'protocol', list, search: list, ...base };
      }
      case 'protocol':
        return {
          kind: 'protocol',
          list: protocolList(this.registry, target.protos, keep, false),
          search: protocolList(this.registry, target.protos, keep, true),
          ...base,
        };
      case 'extra': {
        const { extra } = target;
        if (e.text.startsWith('@')) throw this.fail(e, `${extra.def.name} is in no header; it has no bytes`);
        const values: Value[] = [];
        const list: List = (layers) => {
          values.length = 0;
          const value = extra.read(layers);
          if (value !== null) values.push(value);
          return values;
        };
        return { kind: kindOf(extra.def), list, search: list, ...base };
      }
      case 'field': {
        if (e.text.startsWith('@')) {
          const bytes = fieldList(this.registry, target.defs, target.places, keep, kindOf(target.defs[0]!), true);
          return calculated('bytes', e.text, bytes);
        }
        const kind = kindOf(target.defs[0]!);
        const list = fieldList(this.registry, target.defs, target.places, keep, kind);
        return { kind, list, search: list, ...base };
      }
    }
  }

  protected slice(e: Extract<Expression, { kind: 'slice' }>): Operand {
    const of = this.operand(e.of);
    const { kind } = of;
    if (!isSequence(kind) && kind !== 'string' && kind !== 'ether' && kind !== 'ipv4' && kind !== 'ipv6')
      throw this.fail(e.of, `${of.label} is ${KIND_NAMES[kind]}; there are no bytes to cut a piece from`);
    return calculated(
      'bytes',
      `${of.label}[]`,
      mapped(this.bytesIn(of), (v) => cut(sequence(kind, v), e.ranges)),
    );
  }

  /** The values of a field as they lie in the frame, where they do; else the values. */
  protected bytesIn(of: Operand): List {
    const { plain, kind } = of;
    if (plain === null || plain.map !== null || !isFixed(plain.found.target)) return of.list;
    const { defs, places } = plain.found.target;
    return fieldList(this.registry, defs, places, plain.keep, kind, true);
  }

  protected call(e: Extract<Expression, { kind: 'call' }>): Operand {
    const { name } = e;
    const rule = Object.hasOwn(FUNCTIONS, name) ? FUNCTIONS[name]! : null;
    if (rule === null) {
      const near = nearest(name, functionNames);
      throw this.fail(
        e.at,
        `there is no function "${name.slice(0, 60)}"`,
        near.length > 0 ? `did you mean ${near.join(', ')}?` : `there are ${functionNames.join(', ')}`,
      );
    }
    if (e.args.length < rule.least || e.args.length > rule.most)
      throw this.fail(
        e,
        `${name}() takes ${rule.most === 1 ? 'one argument' : `up to ${rule.most} arguments, and one at least`}`,
      );
    const label = `${name}()`;
    if (name === 'max' || name === 'min') return this.extreme(e, label);
    const [argument] = e.args as readonly [Expression];
    const of = this.operand(argument);
    const { kind } = of;
    switch (name) {
      case 'count': {
        const one: Value[] = [];
        return calculated('int', label, (layers) => {
          one.length = 0;
          const { length } = of.list(layers);
          if (length > 0) one.push(length);
          return one;
        });
      }
      case 'len': {
        if (kind === 'none') throw this.fail(argument, `${of.label} is ${KIND_NAMES.none}`);
        const width = of.defs.length > 0 ? (WIDTHS[of.defs[0]!.type] ?? 8) : 8;
        return calculated(
          'int',
          label,
          mapped(of.list, (v) => (v instanceof Uint8Array ? v.length : typeof v === 'string' ? bytesOf(v).length : width)),
        );
      }
      case 'abs':
        this.wantNumber(of, argument);
        return calculated(kind, label, mapped(of.list, absolute));
      case 'string':
        if (kind !== 'int' && kind !== 'float' && kind !== 'ipv4' && kind !== 'ipv6' && kind !== 'ether')
          throw this.fail(argument, `string() makes text of numbers and addresses; ${of.label} is ${KIND_NAMES[kind]}`);
        return calculated(
          'string',
          label,
          mapped(of.list, (v) => spelled(kind, v)),
        );
      default:
        if (kind !== 'string') throw this.fail(argument, `${name}() is for text; ${of.label} is ${KIND_NAMES[kind]}`);
        return calculated(
          'string',
          label,
          mapped(of.list, (v) => (name === 'lower' ? String(v).toLowerCase() : String(v).toUpperCase())),
        );
    }
  }

  protected extreme(e: Extract<Expression, { kind: 'call' }>, label: string): Operand {
    const typed = e.args.find((a) => !this.isLiteral(a));
    if (typed === undefined) throw this.noField(e.args[0]!, `${label} needs a field among its arguments`);
    const first = this.operand(typed);
    const args = e.args.map((a) => (a === typed ? first : this.beside(a, first)));
    const { kind } = first;
    args.forEach((a, k) => {
      if (a.kind !== kind)
        throw this.fail(
          e.args[k]!,
          `the arguments of ${label} are of different types: ${a.label} is ${KIND_NAMES[a.kind]}, ${first.label} ${KIND_NAMES[kind]}`,
        );
    });
    if (kind === 'none' || kind === 'protocol')
      throw this.fail(typed, `${first.label} is ${KIND_NAMES[kind]}; there is no order among such values`);
    const sign = e.name === 'max' ? 1 : -1;
    const one: Value[] = [];
    return calculated(kind, label, (layers) => {
      one.length = 0;
      for (const a of args)
        for (const v of a.list(layers)) if (one.length === 0 || order(kind, v, one[0]!) * sign > 0) one[0] = v;
      return one;
    });
  }

  protected arithmetic(e: Extract<Expression, { kind: 'arithmetic' }>): Operand {
    const typedLeft = !this.isLiteral(e.left);
    if (!typedLeft && this.isLiteral(e.right)) throw this.noField(e.left, 'a field stands here, not a value');
    const typed = this.operand(typedLeft ? e.left : e.right);
    const other = this.beside(typedLeft ? e.right : e.left, typed);
    const [left, right] = typedLeft ? [typed, other] : [other, typed];
    const { kind } = typed;
    const label = `${left.label} ${e.op} ${right.label}`;
    if (e.op === '&') {
      if (kind !== 'int' && kind !== 'ipv4' && kind !== 'ipv6' && kind !== 'ether' && kind !== 'bytes')
        throw this.fail(typedLeft ? e.left : e.right, `${typed.label} is ${KIND_NAMES[kind]}; & is for whole numbers and bytes`);
    } else if (kind === 'duration' || kind === 'time' ? e.op !== '+' && e.op !== '-' : kind !== 'int' && kind !== 'float')
      throw this.fail(typedLeft ? e.left : e.right, `${typed.label} is ${KIND_NAMES[kind]}; ${e.op} is not for that`);
    if (!comparable(left.kind, right.kind))
      throw this.fail(e, `${left.label} is ${KIND_NAMES[left.kind]}, ${right.label} ${KIND_NAMES[right.kind]}`);
    const made: Value[] = [];
    const list: List = (layers) => {
      made.length = 0;
      const a = left.list(layers);
      const b = right.list(layers);
      for (const x of a)
        for (const y of b) {
          if (made.length >= MAX_VALUES) return made;
          const v = result(e.op, kind, x, y);
          if (v !== null) made.push(v);
        }
      return made;
    };
    const map = typedLeft && other.constant !== null ? mapOf(e.op, kind, other.constant.value) : null;
    if (map === null || typed.plain === null || typed.plain.map !== null) return calculated(kind, label, list);
    return { ...calculated(kind, label, list), plain: { ...typed.plain, map } };
  }

  protected notComparable(at: Span, left: Operand, right: Operand): Error {
    return this.fail(
      at,
      `${left.label} is ${KIND_NAMES[left.kind]}, ${right.label} ${KIND_NAMES[right.kind]}: they cannot be compared`,
    );
  }

  protected wantNumber(of: Operand, at: Span): void {
    if (of.kind !== 'int' && of.kind !== 'float' && of.kind !== 'duration')
      throw this.fail(at, `${of.label} is ${KIND_NAMES[of.kind]}, not a number`);
  }

  /** The operand `e` beside `typed`, whose type a literal takes. */
  protected beside(e: Expression, typed: Operand): Operand {
    if (!this.isLiteral(e)) return this.operand(e);
    const constant = this.constant(e, typed);
    const values = [constant.value];
    const list: List = () => values;
    return { kind: typed.kind, label: this.text.slice(e.start, e.end), list, search: list, defs: [], plain: null, constant };
  }

  // ---- constants

  protected constant(e: Expression, typed: Operand): Constant {
    if (e.kind === 'negative') {
      this.wantNumber(typed, e);
      if (typed.defs.some((def) => LARGEST[def.type] !== undefined)) throw this.fail(e, `${typed.label} is never negative`);
      return { value: negated(this.constant(e.of, typed).value), prefix: null };
    }
    if (e.kind === 'arithmetic') {
      const v = result(
        e.op,
        typed.kind,
        this.constant(e.left, { ...typed, defs: [] }).value,
        this.constant(e.right, { ...typed, defs: [] }).value,
      );
      if (v === null) throw this.fail(e, 'this cannot be calculated');
      return this.bounded({ value: v, prefix: null }, e, typed);
    }
    if (e.kind === 'call') {
      const values = e.args.map((a) => this.constant(a, typed).value);
      const sign = e.name === 'min' ? -1 : 1;
      const value =
        e.name === 'abs' ? absolute(values[0]!) : values.reduce((a, b) => (order(typed.kind, b, a) * sign > 0 ? b : a));
      return { value, prefix: null };
    }
    let reading: Reading;
    if (e.kind === 'word') reading = readWord(e.text, typed.kind, typed.defs);
    else if (e.kind === 'string') reading = readString(e.bytes, typed.kind, typed.defs);
    else if (e.kind === 'char') reading = readChar(e.code, typed.kind);
    else throw this.fail(e, 'a value stands here');
    if (!isWrong(reading)) return this.bounded(reading, e, typed);
    const about = typed.kind === 'none' ? `${typed.label} is ${KIND_NAMES.none}` : `"${this.shown(e)}" ${reading.wrong}`;
    // It may have been meant as a field.
    const near =
      e.kind === 'word' && /^[a-z_][\w-]*\.[\w.-]+$/i.test(e.text) ? nearest(e.text, this.names.all(this.extras.keys())) : [];
    throw this.fail(
      e,
      about,
      near.length > 0
        ? `or did you mean ${near.join(', ')}?`
        : typed.kind === 'none'
          ? ''
          : `${typed.label} is ${KIND_NAMES[typed.kind]}`,
    );
  }

  protected bounded(constant: Constant, e: Expression, typed: Operand): Constant {
    if (typed.defs.length === 0 || typed.kind !== 'int') return constant;
    if (typed.defs.every((def) => def.type === 'bool')) return { value: isNonZero(constant.value) ? 1 : 0, prefix: null };
    const largest = Math.max(...typed.defs.map((def) => LARGEST[def.type] ?? Number.POSITIVE_INFINITY));
    if (order('int', constant.value, largest) > 0)
      throw this.fail(e, `"${this.shown(e)}" is too large for ${typed.label}`, `its largest value is ${largest}`);
    if (order('int', constant.value, 0) < 0 && largest < Number.POSITIVE_INFINITY)
      throw this.fail(e, `${typed.label} is never negative`);
    return constant;
  }

  protected shown(e: Expression): string {
    const text = e.kind === 'string' ? textOf(e.bytes) : this.text.slice(e.start, e.end);
    return text.length > 60 ? `${text.slice(0, 60)}…` : text;
  }
}

const calculated = (kind: Kind, label: string, list: List): Operand => ({
  kind,
  label,
  list,
  search: list,
  defs: [],
  plain: null,
  constant: null,
});

function mapped(list: List, map: (v: Value) => Value): List {
  const made: Value[] = [];
  return (layers) => {
    made.length = 0;
    const values = list(layers);
    for (let i = 0; i < values.length; i++) made.push(map(values[i]!));
    return made;
  };
}
