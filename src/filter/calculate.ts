// What slices, arithmetic and functions make of values.
import { ipv4, ipv6, macNumber } from '../bytes/show.js';
import type { Arithmetic, Range } from './parser.js';
import { type Kind, sequence, type Value } from './values.js';

/** The pieces that ranges ask for, joined; nothing when one of them is not there. */
export function cut(b: Uint8Array, ranges: readonly Range[]): Uint8Array {
  const piece = (r: Range): Uint8Array | null => {
    const start = r.start < 0 ? b.length + r.start : r.start;
    const end = r.length !== null ? start + r.length : r.last === null ? b.length : (r.last < 0 ? b.length + r.last : r.last) + 1;
    return start < 0 || start >= b.length || end > b.length || end <= start ? null : b.subarray(start, end);
  };
  if (ranges.length === 1) return piece(ranges[0]!) ?? NOTHING;
  const pieces: Uint8Array[] = [];
  let size = 0;
  for (const r of ranges) {
    const p = piece(r);
    if (p === null || size > MAX_PIECES) return NOTHING;
    pieces.push(p);
    size += p.length;
  }
  const joined = new Uint8Array(size);
  let at = 0;
  for (const p of pieces) {
    joined.set(p, at);
    at += p.length;
  }
  return joined;
}

const NOTHING = new Uint8Array(0);
/** Bytes that a slice of several ranges may join. */
const MAX_PIECES = 1 << 20;

export const isNonZero = (v: Value): boolean => (v instanceof Uint8Array ? v.some((b) => b !== 0) : Number(v) !== 0);

const isWhole = (v: Value): v is number | bigint => typeof v === 'bigint' || Number.isInteger(v);

/** `a op b`; null where there is no result: a division by zero, bytes of different lengths. */
export function result(op: Arithmetic, kind: Kind, a: Value, b: Value): Value | null {
  if (op === '&') {
    if (a instanceof Uint8Array || b instanceof Uint8Array) {
      const x = sequence(kind, a);
      const y = sequence(kind, b);
      return x.length === y.length ? x.map((v, i) => v & y[i]!) : null;
    }
    if (!isWhole(a) || !isWhole(b)) return null;
    // 48 bits are too many for the operator of numbers.
    const v = BigInt(a) & BigInt(b);
    return v <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(v) : v;
  }
  if (typeof a === 'bigint' || typeof b === 'bigint') {
    const unit = kind === 'time' || kind === 'duration' ? 1e9 : 1;
    const big = (v: Value): bigint => (typeof v === 'bigint' ? v : BigInt(Math.round(Number(v) * unit)));
    return combined(op, big(a), big(b));
  }
  const v = combined(op, Number(a), Number(b));
  return v !== null && op === '/' && kind === 'int' ? Math.trunc(v) : v;
}

/** `v op c` as a function of numbers that always have a result; null for all others. */
export function mapOf(op: Arithmetic, kind: Kind, c: Value): ((v: number) => number) | null {
  if (typeof c !== 'number' || (kind !== 'int' && kind !== 'ipv4')) return null;
  switch (op) {
    case '&':
      return c >= 0 && c < 2 ** 32 ? (v) => (v & c) >>> 0 : null;
    case '+':
      return (v) => v + c;
    case '-':
      return (v) => v - c;
    case '*':
      return (v) => v * c;
    default:
      return null;
  }
}

/** Of two numbers or of two bigints; null for a division by zero. */
function combined<T extends number | bigint>(op: Exclude<Arithmetic, '&'>, a: T, b: T): T | null;
function combined(op: Exclude<Arithmetic, '&'>, x: number, y: number): number | null {
  switch (op) {
    case '+':
      return x + y;
    case '-':
      return x - y;
    case '*':
      return x * y;
    default:
      return Number(y) === 0 ? null : op === '/' ? x / y : x % y;
  }
}

/** A number or address as `string()` writes it. */
export function spelled(kind: Kind, v: Value): string {
  if (v instanceof Uint8Array) return ipv6(v);
  return kind === 'ipv4' ? ipv4(Number(v)) : kind === 'ether' ? macNumber(Number(v)) : String(v);
}

export const negated = (v: Value): Value => (typeof v === 'bigint' ? -v : -Number(v));
export const absolute = (v: Value): Value => ((v as number) < 0 ? negated(v) : v);
