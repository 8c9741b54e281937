// The tree checked against the declared fields, and turned into one function.
import { misspelt, nearest } from '../bytes/nearest.js';
import type { ExtraField, Need } from '../dissect/extra.js';
import type { FieldDef } from '../dissect/fields.js';
import type { Registry } from '../dissect/registry.js';
import type { Layers } from '../dissect/walk.js';
import { isNonZero } from './calculate.js';
import type { Constant } from './literals.js';
import { functionNames, type Operand, Operands } from './operands.js';
import type { Expression, Node, SetMember } from './parser.js';
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
import { Pattern } from './regex.js';
import {
  type AddressTest,
  fixedAddresses,
  fixedNumbers,
  isFixed,
  type Matcher,
  type NumberTest,
  protocolPresent,
} from './source.js';
import { comparable, holds, isSequence, KIND_NAMES, type Kind, kindOf, order, sequence, type Value } from './values.js';

interface MemberTest {
  readonly value: ValueTest;
  readonly address: AddressTest | null;
}

export interface Compiled {
  readonly matches: Matcher;
  readonly fields: FieldDef[];
  /** What must be known beside the frame. */
  readonly needs: ReadonlySet<Need>;
}

export function compile(text: string, node: Node, registry: Registry, extras: ReadonlyMap<string, ExtraField>): Compiled {
  const compiler = new Compiler(text, registry, extras);
  const matches = compiler.node(node);
  return { matches, fields: [...compiler.used], needs: compiler.needs };
}

/** Makes tests of nodes: one function each. */
export class Compiler extends Operands {
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

  private exists(e: Expression): Matcher {
    if (e.kind === 'call') {
      const known = functionNames.includes(e.name);
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
    // `tcp.flags & 2` asks whether a bit is set, and a slice after the end is not there.
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
      return this.compareTo(left, this.value(r, left), FLIPPED[op], all);
    }
    const left = this.operand(l);
    if (op === 'matches') return this.matchesPattern(left, l, r, all);
    if (op === 'contains') return this.contains(left, l, r, all);
    if (left.kind === 'none') throw this.fail(l, `${left.label} is ${KIND_NAMES.none}`, `ask whether it is there: ${left.label}`);
    if (this.isLiteral(r)) return this.compareTo(left, this.value(r, left), op, all);
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

  /** A constant that the field can have: what it never is would make a filter that never matches, and an expectation that always holds. */
  private value(e: Expression, left: Operand): Constant {
    const constant = this.constant(e, left);
    const target = left.plain?.found.target;
    const extra = target?.kind === 'extra' && left.plain?.map === null ? target.extra : null;
    if (extra === null || typeof constant.value !== 'string') return constant;
    extra.asked?.(constant.value);
    const slip = extra.likely === undefined ? null : misspelt(constant.value, extra.likely);
    if (slip !== null) throw this.fail(e, `nothing known has "${constant.value}" as ${left.label}`, `did you mean "${slip}"?`);
    const { values } = extra;
    if (values === undefined || values.includes(constant.value)) return constant;
    const meant = nearest(constant.value, values);
    const all = values.length <= 8 ? `it is one of ${values.join(', ')}` : '';
    throw this.fail(e, `${left.label} is never "${constant.value}" here`, meant === null ? all : `did you mean "${meant}"?`);
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
      const low = m.high === null ? this.value(m.low, left) : this.constant(m.low, left);
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
      // Wireshark takes it, and nothing matches.
      if ((value as string | Uint8Array).length === 0)
        throw this.fail(r, 'there is nothing to look for', `ask whether it is there: ${left.label}`);
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
