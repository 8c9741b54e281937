// A value as `tshark -T fields` prints it.
import { hex, ipv4, ipv6, macNumber } from '../bytes/show.js';
import { spanText, timeText } from '../bytes/time.js';
import type { FieldDef, FieldValue } from './fields.js';

/** Hex digits of each integer type; narrower fields are padded to their type, as tshark does. */
const DIGITS: Readonly<Partial<Record<FieldDef['type'], number>>> = { uint8: 2, uint16: 4, uint24: 6, uint32: 8, uint64: 16 };

/**
 * One occurrence of a field. `at` and `length`: its bytes in `b`, for fields whose value is their bytes (`value` null).
 * A field that is only there or not there (type `none`) is spelled `1`, or as its bytes where it covers some.
 */
export function spell(def: FieldDef, b: Uint8Array, at: number, length: number, value: FieldValue): string {
  if (typeof value === 'string') return value;
  switch (def.type) {
    case 'none':
      return '1';
    case 'bool':
      return value === 0 ? '0' : '1';
    case 'ipv4':
      return ipv4(value as number);
    case 'ipv6':
      return ipv6(b, at);
    case 'ether':
      return macNumber(value as number);
    case 'eui64':
      return hex(b, at, at + length, ':');
    case 'guid': {
      const h = hex(b, at, at + 16);
      return `${h.slice(0, 8)}-${h.slice(8, 12)}-${h.slice(12, 16)}-${h.slice(16, 20)}-${h.slice(20)}`;
    }
    case 'time':
      if (typeof value === 'bigint') return timeText(Number(value / 1_000_000_000n), Number(value % 1_000_000_000n));
      return timeText(value as number, 0);
    case 'duration':
      if (typeof value === 'bigint') return spanText(value);
      return (value as number).toFixed(9);
    default:
  }
  if (value === null) return length === 0 ? '<none>' : hex(b, at, at + length);
  const digits = DIGITS[def.type];
  if (digits === undefined || def.base === 'dec' || def.base === 'dechex') return String(value);
  return def.base === 'oct' ? `0${value.toString(8)}` : `0x${value.toString(16).padStart(digits, '0')}`;
}
