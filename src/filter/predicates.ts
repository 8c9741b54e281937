// Comparisons with constants, and how tests are joined.
import { type Constant, masked } from './literals.js';
import type { AddressTest, Matcher } from './source.js';
import { type Kind, order, orderPrefix, type Value } from './values.js';

export type ValueTest = (value: Value) => boolean;

export type Ordering = '==' | '!=' | '===' | '~=' | '<' | '<=' | '>' | '>=';

export const ORDERED: Readonly<Record<Ordering, (order: number) => boolean>> = {
  '==': (o) => o === 0,
  '===': (o) => o === 0,
  '!=': (o) => o !== 0,
  '~=': (o) => o !== 0,
  '<': (o) => o < 0,
  '<=': (o) => o <= 0,
  '>': (o) => o > 0,
  '>=': (o) => o >= 0,
};

export const FLIPPED: Readonly<Record<Ordering, Ordering>> = {
  '==': '==',
  '===': '===',
  '!=': '!=',
  '~=': '~=',
  '<': '>',
  '<=': '>=',
  '>': '<',
  '>=': '<=',
};

export function valueTest(kind: Kind, constant: Constant, op: Ordering): ValueTest {
  const { value: c, prefix } = constant;
  const test = ORDERED[op];
  if (kind === 'ipv4' && prefix !== null) {
    const network = masked(c as number, prefix);
    return (v) => test(masked(v as number, prefix) - network);
  }
  if (kind === 'ipv6' && prefix !== null) {
    const network = c as Uint8Array;
    return (v) => test(orderPrefix(v as Uint8Array, 0, network, prefix));
  }
  if (typeof c === 'number' && (kind === 'int' || kind === 'ipv4' || kind === 'ether' || kind === 'float')) {
    switch (op) {
      // 64-bit fields give bigints, which compare with numbers by size.
      case '<':
        return (v) => (v as number) < c;
      case '<=':
        return (v) => (v as number) <= c;
      case '>':
        return (v) => (v as number) > c;
      case '>=':
        return (v) => (v as number) >= c;
      case '==':
      case '===':
        return (v) => v === c || (typeof v === 'bigint' && v === BigInt(Math.trunc(c)));
      default:
        return (v) => v !== c && (typeof v !== 'bigint' || v !== BigInt(Math.trunc(c)));
    }
  }
  return (v) => test(order(kind, v, c));
}

/** As `valueTest`, on the bytes of an IPv6 address in place; null for other kinds. */
export function addressTest(kind: Kind, constant: Constant, op: Ordering): AddressTest | null {
  if (kind !== 'ipv6') return null;
  const network = constant.value as Uint8Array;
  const prefix = constant.prefix ?? 128;
  const test = ORDERED[op];
  return (b, at) => test(orderPrefix(b, at, network, prefix));
}

// Loops rather than nested calls: a filter may have thousands of parts, and `some` would make a closure for each frame.

export function every(parts: readonly Matcher[]): Matcher {
  const [a, b] = parts as [Matcher, Matcher];
  if (parts.length === 2) return (layers) => a(layers) && b(layers);
  return (layers) => {
    for (let i = 0; i < parts.length; i++) if (!parts[i]!(layers)) return false;
    return true;
  };
}

export function some(parts: readonly Matcher[]): Matcher {
  const [a, b] = parts as [Matcher, Matcher];
  if (parts.length === 1) return a;
  if (parts.length === 2) return (layers) => a(layers) || b(layers);
  return (layers) => {
    for (let i = 0; i < parts.length; i++) if (parts[i]!(layers)) return true;
    return false;
  };
}

export function odd(parts: readonly Matcher[]): Matcher {
  return (layers) => {
    let result = false;
    for (let i = 0; i < parts.length; i++) if (parts[i]!(layers)) result = !result;
    return result;
  };
}

export function anyOf(tests: readonly ValueTest[]): ValueTest {
  if (tests.length === 1) return tests[0]!;
  return (v) => {
    for (let i = 0; i < tests.length; i++) if (tests[i]!(v)) return true;
    return false;
  };
}

/** null where one of the tests is null: it needs the value itself. */
export function anyAddress(list: readonly (AddressTest | null)[]): AddressTest | null {
  const tests = list.filter((test) => test !== null);
  if (tests.length < list.length) return null;
  return (b, at) => {
    for (let i = 0; i < tests.length; i++) if (tests[i]!(b, at)) return true;
    return false;
  };
}
