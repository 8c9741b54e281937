// How the values of fields are written without a string for each: numbers in the form that the field declares, byte strings, and fields of
// layouts that have so few values that their lines can be kept.
import type { Line } from '../bytes/line.js';
import { stampOf, writeHex } from '../bytes/stamp.js';
import type { FieldDef } from '../dissect/fields.js';
import type { Placed } from '../dissect/layout.js';
import { MAX_BYTES } from '../dissect/tree-text.js';

export const DIGITS: Readonly<Partial<Record<FieldDef['type'], number>>> = { uint8: 2, uint16: 4, uint24: 6, uint32: 8 };
const MINUS = 0x2d;
const DOT = 0x2e;
const COLON = 0x3a;
const CUT = stampOf('\u2026 (');
const WHOLE = stampOf(' (');

export enum KIND {
  other = 0,
  title = 1,
  flag = 2,
  dec = 3,
  hex = 4,
  ipv4 = 5,
  ether = 6,
  ipv6 = 7,
  text = 8,
  span = 9,
}

const KINDS: Readonly<Partial<Record<FieldDef['type'], KIND>>> = {
  none: KIND.title,
  bool: KIND.flag,
  ipv4: KIND.ipv4,
  ether: KIND.ether,
  ipv6: KIND.ipv6,
  string: KIND.text,
  duration: KIND.span,
};

/** How a value of a field is written. */
export function kindOf(def: FieldDef): KIND {
  const kind = KINDS[def.type];
  if (kind !== undefined) return kind;
  if (def.type === 'int32' && def.base === 'dec') return KIND.dec;
  if (DIGITS[def.type] === undefined || def.base === 'oct') return KIND.other;
  return def.base === 'dec' || def.base === 'dechex' ? KIND.dec : KIND.hex;
}

/** How many lines a field of a layout is, with its parts. */
export const linesOf = (item: Placed): number => item.parts.reduce((sum, part) => sum + linesOf(part), 1);

/** Has it few values? Then its lines are made once for each. */
export const isTold = ({ def, bytes, mask, parts }: Placed): boolean =>
  mask !== 0 && bytes <= 4 && (parts.length > 0 || def.values !== null || def.type === 'bool' || mask <= 0xff);

/** The bits of a field of at most 32. */
export function bitsOf(b: Uint8Array, from: number, { bytes, shift, mask }: Placed): number {
  let bits = 0;
  for (let o = from; o < from + bytes; o++) bits = (bits << 8) | b[o];
  return (bits >>> shift) & mask;
}

/** Writes the first bytes of a byte string in hexadecimal, and how many it has. */
export function writeBytes(line: Line, b: Uint8Array, at: number, length: number): void {
  const shown = Math.min(length, MAX_BYTES);
  writeHex(line, b, at, at + shown);
  (length > shown ? CUT : WHOLE).write(line);
  line.dec(length);
  line.text(length === 1 ? ' byte)' : ' bytes)');
}

/** Writes a number: of decimal, hexadecimal, an IPv4 address or a MAC. */
export function writeNumber(line: Line, { kind, digits }: { readonly kind: KIND; readonly digits: number }, value: number): void {
  switch (kind) {
    case KIND.dec:
      if (value < 0) line.byte(MINUS);
      line.dec(value < 0 ? -value : value);
      break;
    case KIND.hex:
      line.text('0x');
      line.hex(value, digits);
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
}
