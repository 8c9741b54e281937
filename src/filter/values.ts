// The values a filter works with, and how they compare.
import type { FieldDef, FieldType } from '../dissect/fields.js';

/** What values of a field can be compared with; fields of one kind compare with each other. */
export type Kind = 'int' | 'float' | 'ipv4' | 'ipv6' | 'ether' | 'bytes' | 'string' | 'time' | 'duration' | 'protocol' | 'none';

/**
 * Integers, booleans, IPv4 (32 bits) and MACs (48 bits) are numbers, bigints where 53 bits are too few. Times and durations:
 * seconds as a number, nanoseconds as a bigint. Bytes may lie in the frame: they are valid until the next one.
 */
export type Value = number | bigint | string | Uint8Array;

const KINDS: Readonly<Record<FieldType, Kind>> = {
  none: 'none',
  bool: 'int',
  uint8: 'int',
  uint16: 'int',
  uint24: 'int',
  uint32: 'int',
  uint64: 'int',
  int32: 'int',
  ipv4: 'ipv4',
  ipv6: 'ipv6',
  ether: 'ether',
  eui64: 'bytes',
  bytes: 'bytes',
  guid: 'bytes',
  oid: 'bytes',
  string: 'string',
  time: 'time',
  duration: 'duration',
  float: 'float',
};

export const kindOf = (def: FieldDef): Kind => KINDS[def.type];

/** For messages: `ip.src is an IPv4 address`. */
export const KIND_NAMES: Readonly<Record<Kind, string>> = {
  int: 'a number',
  float: 'a decimal number',
  ipv4: 'an IPv4 address',
  ipv6: 'an IPv6 address',
  ether: 'a MAC address',
  bytes: 'a sequence of bytes',
  string: 'text',
  time: 'a date and time',
  duration: 'a time in seconds',
  protocol: 'a protocol',
  none: 'only there or not there, it has no value',
};

/** Bytes each type has on the wire, as `len()` gives it for fields that are not bytes or text. */
export const WIDTHS: Readonly<Partial<Record<FieldType, number>>> = {
  bool: 8,
  uint8: 1,
  uint16: 2,
  uint24: 3,
  uint32: 4,
  uint64: 8,
  int32: 4,
  ipv4: 4,
  ether: 6,
  float: 4,
};

/** Largest value of each unsigned type; null where the language sets no bound. */
export const LARGEST: Readonly<Partial<Record<FieldType, number>>> = {
  uint8: 0xff,
  uint16: 0xffff,
  uint24: 0xff_ffff,
  uint32: 0xffff_ffff,
};

export const isSequence = (kind: Kind): boolean => kind === 'bytes' || kind === 'protocol';

/** Can values of the two kinds be compared? A MAC is a sequence of six bytes too. */
export const comparable = (a: Kind, b: Kind): boolean =>
  a !== 'none' &&
  (a === b || ((isSequence(a) || a === 'ether') && (isSequence(b) || b === 'ether')) || (numeric(a) && numeric(b)));

const numeric = (kind: Kind): boolean => kind === 'int' || kind === 'float';

/** Below, equal, above: negative, 0, positive. Bytes: the shorter first, then byte by byte, as in Wireshark. */
export function order(kind: Kind, a: Value, b: Value): number {
  if (a instanceof Uint8Array && b instanceof Uint8Array) return orderBytes(a, 0, a.length, b);
  if ((kind === 'time' || kind === 'duration') && typeof a !== typeof b) return order('int', nanoseconds(a), nanoseconds(b));
  return a < b ? -1 : a > b ? 1 : 0;
}

/** As `order`, for the `length` bytes of `a` from `at` on. */
export function orderBytes(a: Uint8Array, at: number, length: number, b: Uint8Array): number {
  if (length !== b.length) return length - b.length;
  for (let i = 0; i < length; i++) if (a[at + i] !== b[i]) return a[at + i]! - b[i]!;
  return 0;
}

const nanoseconds = (v: Value): bigint => (typeof v === 'bigint' ? v : BigInt(Math.round(Number(v) * 1e9)));

/** Orders the `prefix` first bits of the address at `at` and of `network`. */
export function orderPrefix(b: Uint8Array, at: number, network: Uint8Array, prefix: number): number {
  const whole = prefix >> 3;
  for (let i = 0; i < whole; i++) if (b[at + i] !== network[i]) return b[at + i]! - network[i]!;
  const rest = prefix & 7;
  if (rest === 0) return 0;
  const mask = (0xff00 >> rest) & 0xff;
  return (b[at + whole]! & mask) - (network[whole]! & mask);
}

const utf8 = new TextEncoder();
const text = new TextDecoder();

export const bytesOf = (s: string): Uint8Array => utf8.encode(s);
export const textOf = (b: Uint8Array): string => text.decode(b);

/** Six bytes of a MAC. */
export function macBytes(mac: number): Uint8Array {
  const high = Math.floor(mac / 0x1_0000_0000);
  return Uint8Array.of(high >> 8, high, mac >>> 24, mac >>> 16, mac >>> 8, mac);
}

export const ipv4Bytes = (address: number): Uint8Array => Uint8Array.of(address >>> 24, address >>> 16, address >>> 8, address);

/** A value as the bytes that slices, `contains` and `matches` look at. */
export function sequence(kind: Kind, v: Value): Uint8Array {
  if (v instanceof Uint8Array) return v;
  if (typeof v === 'string') return bytesOf(v);
  return kind === 'ipv4' ? ipv4Bytes(Number(v)) : macBytes(Number(v));
}

/** Does `b` hold `part`? The empty sequence is in every other. */
export function holds(b: Uint8Array, part: Uint8Array): boolean {
  if (part.length === 0) return true;
  const last = b.length - part.length;
  for (let i = b.indexOf(part[0]!); i !== -1 && i <= last; i = b.indexOf(part[0]!, i + 1)) {
    let k = 1;
    while (k < part.length && b[i + k] === part[k]) k++;
    if (k === part.length) return true;
  }
  return false;
}
