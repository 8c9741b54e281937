// The tree checked against the declared fields, and turned into one function.
import type { ExtraField } from '../dissect/extra.js';
import type { FieldDef } from '../dissect/fields.js';
import type { Registry } from '../dissect/registry.js';
import type { Layers } from '../dissect/walk.js';
import { absolute, cut, isNonZero, mapOf, negated, result, spelled } from './calculate.js';
import { type Constant, isWrong, type Reading, readChar, readString, readWord } from './literals.js';
import { type Found, type Names, namesOf, nearest } from './names.js';
import { type Expression, lowered, type Node, type SetMember } from './parser.js';
import {
  addressTest,
  anyAddress,
  anyOf,
  every,
  FLIPPED,
  ORDERED,
  type Ordering,
  odd,
  some,
  type ValueTest,
  valueTest,
} from './predicates.js';
import { problem, type Span } from './problem.js';
import { Pattern } from './regex.js';
import {
  type AddressTest,
  fieldList,
  fixedAddresses,
  fixedNumbers,
  frameList,
  isFixed,
  type Keep,
  keepOf,
  type List,
  MAX_VALUES,
  type Matcher,
  type NumberTest,
  protocolList,
  protocolPresent,
} from './source.js';
import {
  bytesOf,
  comparable,
  holds,
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
interface Operand {
  readonly kind: Kind;
  /** For messages: `ip.src`, `len()`. */
  readonly label: string;
  readonly list: List;
  /** As `list`; for protocols what is behind the header too. Searches look there. */
  readonly search: List;
  /** Definitions behind a plain field, for names of values and bounds. Empty where the value is calculated. */
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

interface MemberTest {
  readonly value: ValueTest;
  readonly address: AddressTest | null;
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

export interface Compiled {
  readonly matches: Matcher;
  readonly fields: FieldDef[];
}

export function compile(text: string, node: Node, registry: Registry, extras: ReadonlyMap<string, ExtraField>): Compiled {
  const compiler = new Compiler(text, registry, extras);
  const matches = compiler.node(node);
  return { matches, fields: [...compiler.used] };
}

class Compiler {
  readonly used = new Set<FieldDef>();
  private readonly names: Names;

  constructor(
    private readonly text: string,
    private readonly registry: Registry,
    private readonly extras: ReadonlyMap<string, ExtraField>,
  ) {
    this.names = namesOf(registry);
  }

  node(node: Node): Matcher {
    switch (node.kind) {
      case 'not': {
        const of = this.node(node.of);
        return (layers) => !of(layers);
      }
      case 'and':
        return every(node.parts.map((part) => this.node(part)));
      case 'or':
        return some(node.parts.map((part) => this.node(part)));
      case 'xor':
        return odd(node.parts.map((part) => this.node(part)));
      case 'exists':
        return this.exists(node.of);
      case 'compare':
        return this.compare(node);
      case 'in':
        return this.membership(node);
    }
  }

  private fail(at: Span, what: string, hint = ''): Error {
    return problem(this.text, at, what, hint);
  }

  // ---- names

  private find(expression: Extract<Expression, { kind: 'word' }>): Found | null {
    return this.names.find(expression.text, this.extras);
  }

  private unknown(name: string, at: Span): Error {
    const near = nearest(name, this.names.all(this.extras.keys()));
    const hint = lowered(name) ?? (near.length > 0 ? `did you mean ${near.join(', ')}?` : 'hopscope fields lists the names');
    return this.fail(at, `there is no field or protocol "${name.length > 60 ? `${name.slice(0, 60)}…` : name}"`, hint);
  }

  private isLiteral(e: Expression): boolean {
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
  private noField(e: Expression, what: string): Error {
    if (e.kind === 'word' && /^[A-Za-z_]/.test(e.text)) return this.unknown(e.text, e.name);
    return this.fail(e, what, 'e.g. ip.src == 10.0.0.0/8');
  }

  // ---- operands

  private operand(e: Expression): Operand {
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

  private name(e: Extract<Expression, { kind: 'word' }>): Operand {
    const found = this.find(e);
    if (found === null) throw this.noField(e, `"${e.text}" is no field`);
    const { target, level } = found;
    for (const def of target.defs) this.used.add(def);
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
        const kind = kindOf(target.defs[0]!);
        const list = fieldList(this.registry, target.defs, target.places, keep, kind);
        return { kind, list, search: list, ...base };
      }
    }
  }

  private slice(e: Extract<Expression, { kind: 'slice' }>): Operand {
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
  private bytesIn(of: Operand): List {
    const { plain, kind } = of;
    if (plain === null || plain.map !== null || !isFixed(plain.found.target)) return of.list;
    const { defs, places } = plain.found.target;
    return fieldList(this.registry, defs, places, plain.keep, kind, true);
  }

  private call(e: Extract<Expression, { kind: 'call' }>): Operand {
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

  private extreme(e: Extract<Expression, { kind: 'call' }>, label: string): Operand {
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

  private arithmetic(e: Extract<Expression, { kind: 'arithmetic' }>): Operand {
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

  private notComparable(at: Span, left: Operand, right: Operand): Error {
    return this.fail(
      at,
      `${left.label} is ${KIND_NAMES[left.kind]}, ${right.label} ${KIND_NAMES[right.kind]}: they cannot be compared`,
    );
  }

  private wantNumber(of: Operand, at: Span): void {
    if (of.kind !== 'int' && of.kind !== 'float' && of.kind !== 'duration')
      throw this.fail(at, `${of.label} is ${KIND_NAMES[of.kind]}, not a number`);
  }

  /** The operand `e` beside `typed`, whose type a literal takes. */
  private beside(e: Expression, typed: Operand): Operand {
    if (!this.isLiteral(e)) return this.operand(e);
    const constant = this.constant(e, typed);
    const values = [constant.value];
    const list: List = () => values;
    return { kind: typed.kind, label: this.text.slice(e.start, e.end), list, search: list, defs: [], plain: null, constant };
  }

  // ---- constants

  private constant(e: Expression, typed: Operand): Constant {
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

  private bounded(constant: Constant, e: Expression, typed: Operand): Constant {
    if (typed.defs.length === 0 || typed.kind !== 'int') return constant;
    if (typed.defs.every((def) => def.type === 'bool')) return { value: isNonZero(constant.value) ? 1 : 0, prefix: null };
    const largest = Math.max(...typed.defs.map((def) => LARGEST[def.type] ?? Number.POSITIVE_INFINITY));
    if (order('int', constant.value, largest) > 0)
      throw this.fail(e, `"${this.shown(e)}" is too large for ${typed.label}`, `its largest value is ${largest}`);
    if (order('int', constant.value, 0) < 0 && largest < Number.POSITIVE_INFINITY)
      throw this.fail(e, `${typed.label} is never negative`);
    return constant;
  }

  private shown(e: Expression): string {
    const text = e.kind === 'string' ? textOf(e.bytes) : this.text.slice(e.start, e.end);
    return text.length > 60 ? `${text.slice(0, 60)}…` : text;
  }

  // ---- tests

  private exists(e: Expression): Matcher {
    if (e.kind === 'call') {
      const known = Object.hasOwn(FUNCTIONS, e.name);
      if (!known) this.call(e);
      throw this.fail(e.at, 'a function is not there or not there; compare it with something', `e.g. ${e.name}(…) > 0`);
    }
    if (this.isLiteral(e)) throw this.noField(e, 'a filter asks for a field or compares one');
    const of = this.operand(e);
    const { plain } = of;
    if (plain !== null && plain.map === null) {
      const { target } = plain.found;
      if (target.kind === 'frame') return () => true;
      if (target.kind === 'protocol') return protocolPresent(this.registry, target.protos, plain.keep);
      if (isFixed(target)) return fixedNumbers(this.registry, target.places, plain.keep, () => true, false);
    }
    const { list, kind } = of;
    // `tcp.flags & 2` asks whether a bit is set, and a slice behind the end is not there.
    if (e.kind === 'arithmetic' || e.kind === 'negative') return this.tested(of, isNonZero, null, false);
    if (kind === 'bytes' && e.kind === 'slice') return (layers) => list(layers).some((v) => (v as Uint8Array).length > 0);
    return (layers) => list(layers).length > 0;
  }

  private compare(node: Extract<Node, { kind: 'compare' }>): Matcher {
    const { op } = node;
    const all = node.quantifier === null ? op === '!=' || op === '===' : node.quantifier === 'all';
    let { left: l, right: r } = node;
    if (this.isLiteral(l)) {
      if (this.isLiteral(r) || op === 'contains' || op === 'matches')
        throw this.noField(l, 'a field stands on the left of a comparison');
      [l, r] = [r, l];
      const left = this.operand(l);
      return this.compareTo(left, this.constant(r, left), FLIPPED[op], all);
    }
    const left = this.operand(l);
    if (op === 'matches') return this.matchesPattern(left, l, r, all);
    if (op === 'contains') return this.contains(left, l, r, all);
    if (left.kind === 'none') throw this.fail(l, `${left.label} is ${KIND_NAMES.none}`, `ask whether it is there: ${left.label}`);
    if (this.isLiteral(r)) return this.compareTo(left, this.constant(r, left), op, all);
    const right = this.operand(r);
    if (!comparable(left.kind, right.kind)) throw this.notComparable(r, left, right);
    const same = left.kind === right.kind;
    const test = ORDERED[op];
    const value = (kind: Kind) => (v: Value) => (same ? v : kind === 'ether' ? sequence(kind, v) : v);
    const [leftValue, rightValue] = [value(left.kind), value(right.kind)];
    const { list: leftList } = left;
    const { list: rightList } = right;
    const { kind } = left;
    return (layers) => {
      const a = leftList(layers);
      const b = rightList(layers);
      if (a.length === 0 || b.length === 0) return false;
      for (const x of a) {
        const v = leftValue(x);
        for (const y of b) if (test(order(kind, v, rightValue(y))) !== all) return !all;
      }
      return all;
    };
  }

  private compareTo(left: Operand, constant: Constant, op: Ordering, all: boolean): Matcher {
    return this.tested(left, valueTest(left.kind, constant, op), addressTest(left.kind, constant, op), all);
  }

  private membership(node: Extract<Node, { kind: 'in' }>): Matcher {
    const { left: l, members } = node;
    if (this.isLiteral(l)) throw this.noField(l, 'a field stands on the left of in');
    const left = this.operand(l);
    if (left.kind === 'none') throw this.fail(l, `${left.label} is ${KIND_NAMES.none}`);
    const all = node.quantifier === 'all';
    const literals = members.filter((m) => this.isLiteral(m.low) && (m.high === null || this.isLiteral(m.high)));
    const others = members.filter((m) => !literals.includes(m)).map((m) => this.dynamicMember(left, m, all));
    const tests = this.memberTests(left, literals, all);
    // As in Wireshark 4.0, `all x in {a, b}` asks for one member that all values equal: a set is short for `or`.
    const parts = all
      ? tests.map((t) => this.tested(left, t.value, t.address, true))
      : tests.length === 0
        ? []
        : [this.tested(left, anyOf(tests.map((t) => t.value)), anyAddress(tests.map((t) => t.address)), false)];
    return some([...parts, ...others]);
  }

  private memberTests(left: Operand, members: readonly SetMember[], all: boolean): MemberTest[] {
    const tests: MemberTest[] = [];
    const numbers = new Set<Value>();
    const { kind } = left;
    for (const m of members) {
      const low = this.constant(m.low, left);
      if (m.high === null) {
        if (!all && typeof low.value === 'number' && low.prefix === null && kind !== 'duration') numbers.add(low.value);
        else tests.push({ value: valueTest(kind, low, '=='), address: addressTest(kind, low, '==') });
        continue;
      }
      const high = this.constant(m.high, left);
      const [above, below] = [valueTest(kind, low, '>='), valueTest(kind, high, '<=')];
      const [from, to] = [addressTest(kind, low, '>='), addressTest(kind, high, '<=')];
      tests.push({
        value: (v) => above(v) && below(v),
        address: from === null || to === null ? null : (b, at) => from(b, at) && to(b, at),
      });
    }
    // 64-bit fields give bigints, which are not found among numbers.
    const number = (v: Value): Value => (typeof v === 'bigint' && v <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(v) : v);
    if (numbers.size > 0) tests.unshift({ value: (v) => numbers.has(number(v)), address: null });
    return tests;
  }

  /** A member that is made of fields. */
  private dynamicMember(left: Operand, m: SetMember, all: boolean): Matcher {
    const bound = (e: Expression): Operand => {
      const o = this.beside(e, left);
      if (o.kind !== left.kind) throw this.notComparable(e, left, o);
      return o;
    };
    const low = bound(m.low);
    const { kind, list } = left;
    const high = m.high === null ? null : bound(m.high);
    const inside = (layers: Layers, v: Value): boolean =>
      high === null
        ? low.list(layers).some((x) => order(kind, v, x) === 0)
        : low.list(layers).some((x) => order(kind, v, x) >= 0) && high.list(layers).some((x) => order(kind, v, x) <= 0);
    return (layers) => {
      const values = list(layers);
      for (const v of values) if (inside(layers, v) !== all) return !all;
      return all && values.length > 0;
    };
  }

  /** The test over a field's values: in the header where that is possible. */
  private tested(left: Operand, test: ValueTest, address: AddressTest | null, all: boolean): Matcher {
    const { plain, kind, list } = left;
    if (plain !== null) {
      const { target } = plain.found;
      if (target.kind === 'extra' && plain.map === null) {
        const { extra } = target;
        return (layers) => {
          const value = extra.read(layers);
          return value !== null && test(value);
        };
      }
      if (isFixed(target) && target.defs.every((def) => kindOf(def) === kind && def.type !== 'uint64')) {
        if (kind === 'ipv6' && address !== null) return fixedAddresses(this.registry, target.places, plain.keep, address, all);
        const { map } = plain;
        const number: NumberTest = map === null ? test : (v) => test(map(v));
        if (kind === 'int' || kind === 'float' || kind === 'ipv4' || kind === 'ether')
          return fixedNumbers(this.registry, target.places, plain.keep, number, all);
      }
    }
    return (layers) => {
      const values = list(layers);
      for (let i = 0; i < values.length; i++) if (test(values[i]!) !== all) return !all;
      return all && values.length > 0;
    };
  }

  private contains(left: Operand, l: Expression, r: Expression, all: boolean): Matcher {
    const { kind } = left;
    if (!isSequence(kind) && kind !== 'string' && kind !== 'ether')
      throw this.fail(
        l,
        `${left.label} is ${KIND_NAMES[kind]}; contains is for text and bytes`,
        kind === 'ipv4' || kind === 'ipv6' ? `a network is asked for with ${left.label} == 10.0.0.0/8` : '',
      );
    const list = left.search;
    const any =
      (test: (v: Value) => boolean): Matcher =>
      (layers) => {
        const values = list(layers);
        for (let i = 0; i < values.length; i++) if (test(values[i]!) !== all) return !all;
        return all && values.length > 0;
      };
    if (this.isLiteral(r)) {
      const like = kind === 'ether' ? { ...left, kind: 'bytes' as const } : left;
      const { value } = this.constant(r, like);
      if (typeof value === 'string') return any((v) => String(v).includes(value));
      const part = value as Uint8Array;
      return any((v) => holds(sequence(kind, v), part));
    }
    const right = this.operand(r);
    if (!comparable(kind, right.kind) && !(isSequence(kind) && right.kind === 'string'))
      throw this.fail(
        r,
        `${left.label} is ${KIND_NAMES[kind]}, ${right.label} ${KIND_NAMES[right.kind]}: one cannot contain the other`,
      );
    return (layers) => {
      const parts = right.list(layers);
      if (parts.length === 0) return false;
      const values = list(layers);
      for (const v of values)
        for (const part of parts) if (holds(sequence(kind, v), sequence(right.kind, part)) !== all) return !all;
      return all && values.length > 0;
    };
  }

  private matchesPattern(left: Operand, l: Expression, r: Expression, all: boolean): Matcher {
    const { kind } = left;
    if (!isSequence(kind) && kind !== 'string' && kind !== 'ether')
      throw this.fail(
        l,
        `${left.label} is ${KIND_NAMES[kind]}; matches is for text and bytes`,
        `make text of it: string(${left.label}) matches "…"`,
      );
    if (r.kind !== 'string')
      throw this.fail(r, 'a pattern stands in double quotes', 'e.g. http.host matches "example\\\\.(com|org)$"');
    const pattern = new Pattern(r.bytes, (what) => this.fail(r, `the pattern ${what}`));
    const list = left.search;
    return (layers) => {
      const values = list(layers);
      for (const v of values) if (pattern.test(sequence(kind, v)) !== all) return !all;
      return all && values.length > 0;
    };
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
