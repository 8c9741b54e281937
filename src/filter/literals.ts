// Constants of a filter, read as the type of the field they stand beside.
import { mask4, parseCidr, parseMac } from '../bytes/parse.js';
import type { FieldDef } from '../dissect/fields.js';
import type { Kind, Value } from './values.js';

export interface Constant {
  readonly value: Value;
  /** Bits that count, where the constant is a network; all of them otherwise. */
  readonly prefix: number | null;
}

/** A constant, or what is wrong with it. */
export type Reading = Constant | { readonly wrong: string };

const whole = (value: Value): Constant => ({ value, prefix: null });

export const isWrong = (r: Reading): r is { readonly wrong: string } => 'wrong' in r;

/** Reads a word (text without quotes) as a value of this kind. `defs`: the fields it is compared with, for names of values. */
export function readWord(word: string, kind: Kind, defs: readonly FieldDef[]): Reading {
  switch (kind) {
    case 'int':
      return readInteger(word) ?? readName(word, defs) ?? { wrong: notInteger(word, defs) };
    case 'float':
      return /^\d+(?:\.\d*)?(?:[eE]-?\d+)?$|^\.\d+$/.test(word)
        ? whole(Number(word))
        : (readInteger(word) ?? { wrong: 'is no number' });
    case 'duration':
      return readSeconds(word) ?? { wrong: 'is no number of seconds, e.g. 0.5' };
    case 'time':
      return { wrong: 'is no date; a date stands in quotes, e.g. "2025-08-08 15:36:51"' };
    case 'ipv4':
    case 'ipv6':
      return readAddress(word, kind);
    case 'ether': {
      const mac = parseMac(
        /^[\da-f]{12}$/i.test(word)
          ? word.replace(/..(?=.)/g, '$&:')
          : word.replace(/^((?:[\da-f]{1,2}\.){5}[\da-f]{1,2})$/i, (m) => m.replaceAll('.', ':')),
      );
      return mac === null ? { wrong: 'is no MAC address, e.g. 08:00:27:d5:e8:d7' } : whole(mac);
    }
    case 'bytes':
    case 'protocol':
      return readBytes(word);
    case 'string':
      return whole(word);
    case 'none':
      return { wrong: 'has nothing to be compared with' };
  }
}

/** Reads a string in quotes. */
export function readString(bytes: Uint8Array, kind: Kind, defs: readonly FieldDef[]): Reading {
  const text = new TextDecoder().decode(bytes);
  switch (kind) {
    case 'string':
      return whole(text);
    case 'bytes':
    case 'protocol':
      return whole(bytes);
    case 'int':
      return readName(text, defs) ?? { wrong: notInteger(text, defs, true) };
    case 'time':
      return (
        readTime(text) ?? { wrong: 'is no date and time; write "2025-08-08 15:36:51.5" (local time), or end it with Z for UTC' }
      );
    case 'ipv4':
    case 'ipv6':
    case 'ether':
      // Wireshark wants addresses without quotes. With them they mean the same.
      return readWord(text, kind, defs);
    default:
      return { wrong: 'is text; write the value without quotes' };
  }
}

/** Reads a character constant: one byte. */
export function readChar(code: number, kind: Kind): Reading {
  if (kind === 'int') return whole(code);
  if (kind === 'bytes' || kind === 'protocol') return whole(Uint8Array.of(code));
  if (kind === 'string') return whole(String.fromCharCode(code));
  return { wrong: 'is a character' };
}

/** Decimal, 0x hexadecimal, 0b binary, 0 octal. */
export function readInteger(word: string): Constant | null {
  const octal = /^0[0-7]+$/.test(word);
  if (!octal && !/^(?:0[xX][\da-fA-F]{1,16}|0[bB][01]{1,64}|0|[1-9]\d{0,19})$/.test(word)) return null;
  if (octal && word.length > 23) return null;
  const value = BigInt(octal ? `0o${word.slice(1)}` : word);
  if (value > 0xffff_ffff_ffff_ffffn) return null;
  return whole(value <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(value) : value);
}

function notInteger(word: string, defs: readonly FieldDef[], quoted = false): string {
  const names = defs.flatMap((def) => namesOfValues(def).slice(0, 4)).slice(0, 4);
  if (names.length > 0) return `is no number, nor a name of a value such as "${names.join('", "')}"`;
  return quoted && readInteger(word) !== null ? 'is text; write the number without quotes' : 'is no number';
}

/** Largest value that a table of names given as a function is asked for. */
const MAX_NAMED = 0xffff;

/** Names of the values of a field. */
export function namesOfValues(def: FieldDef): string[] {
  if (def.names !== null) return Object.values(def.names);
  if (def.values === null) return def.type === 'bool' ? ['True', 'False'] : [];
  return typeof def.values === 'function' ? [] : Object.values(def.values);
}

function readName(name: string, defs: readonly FieldDef[]): Constant | null {
  const wanted = name.toLowerCase();
  for (const def of defs) {
    if (def.type === 'bool') {
      if (wanted === 'true' || wanted === 'set') return whole(1);
      if (wanted === 'false' || wanted === 'not set') return whole(0);
    }
    for (const [value, text] of Object.entries(def.names ?? {})) if (text.toLowerCase() === wanted) return whole(Number(value));
    const { values } = def;
    if (values === null) continue;
    if (typeof values !== 'function') {
      for (const [value, text] of Object.entries(values)) if (text.toLowerCase() === wanted) return whole(Number(value));
    } else {
      const last = def.type === 'uint8' ? 0xff : MAX_NAMED;
      for (let value = 0; value <= last; value++) if (values(value)?.toLowerCase() === wanted) return whole(value);
    }
  }
  return null;
}

function readAddress(word: string, kind: 'ipv4' | 'ipv6'): Reading {
  const net = parseCidr(word);
  if (net !== null && net.family === (kind === 'ipv4' ? 4 : 6))
    return { value: net.address, prefix: word.includes('/') ? net.prefix : null };
  const slash = word.indexOf('/');
  const alone = slash === -1 ? null : parseCidr(word.slice(0, slash));
  if (alone !== null && (alone.family === 4) === (kind === 'ipv4'))
    return { wrong: `has a prefix longer than ${kind === 'ipv4' ? 32 : 128} bits` };
  if (net !== null) return { wrong: `is an address of IPv${net.family}, not of IPv${kind === 'ipv4' ? 4 : 6}` };
  if (/^\d{1,3}(?:\.\d{1,3}){0,3}(?:\/\d+)?$/.test(word))
    return { wrong: 'is no IPv4 address; write all four numbers, e.g. 10.0.0.0/8' };
  return { wrong: `is no ${kind === 'ipv4' ? 'IPv4' : 'IPv6'} address; names of hosts are not looked up` };
}

/** The bits of a 32-bit number that a prefix keeps. */
export const masked = (address: number, prefix: number | null): number =>
  prefix === null ? address : (address & mask4(prefix)) >>> 0;

/** Hexadecimal pairs, joined or set apart by one of `: - .`; single digits where they are set apart; `0x0f` for one byte. */
function readBytes(word: string): Reading {
  const one = /^(?:0[xX])?([\da-fA-F]{1,2})$/.exec(word);
  if (one !== null) return whole(Uint8Array.of(Number.parseInt(one[1]!, 16)));
  if (/^(?:[\da-fA-F]{2})+$/.test(word)) return whole(Uint8Array.from(word.match(/../g)!, (d) => Number.parseInt(d, 16)));
  if (/^(?:[\da-fA-F]{4}\.)+[\da-fA-F]{4}$/.test(word)) return readBytes(word.replaceAll('.', ''));
  const separator = /[:.-]/.exec(word)?.[0];
  const digits = separator === undefined ? [] : word.split(separator);
  // Dumps often end in a separator.
  if (digits.at(-1) === '') digits.pop();
  if (digits.length === 0 || !digits.every((d) => /^[\da-fA-F]{1,2}$/.test(d)))
    return { wrong: 'is no sequence of bytes; write hexadecimal pairs, e.g. 08:00:27, or text in quotes' };
  return whole(Uint8Array.from(digits, (d) => Number.parseInt(d, 16)));
}

function readSeconds(word: string): Constant | null {
  const m = /^(\d{1,12})?(?:\.(\d{0,9}))?$/.exec(word);
  if (m === null || (m[1] === undefined && (m[2] ?? '') === '')) return null;
  const seconds = Number(m[1] ?? '0');
  // A double of seconds holds nanoseconds exactly up to about a hundred days.
  if (seconds < 1e6) return whole(Number(word.endsWith('.') ? `${word}0` : word));
  return whole(BigInt(seconds) * 1_000_000_000n + BigInt((m[2] ?? '').padEnd(9, '0')));
}

const MONTHS = 'janfebmaraprmayjunjulaugsepoctnovdec';

/** ISO 8601, or `Sep 26, 2004 23:18:04.954975`; local time unless it ends in Z, UTC or an offset. Nanoseconds since 1970. */
function readTime(text: string): Constant | null {
  const iso =
    /^\s*(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ](\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9})\d*)?)?)?\s*(Z|UTC|[+-]\d{2}:?\d{2})?\s*$/i.exec(
      text,
    );
  const legacy = /^\s*([A-Za-z]{3})\s+(\d{1,2}),\s*(\d{4})\s+(\d{1,2}):(\d{2}):(\d{2})(?:\.(\d{1,9})\d*)?\s*(Z|UTC)?\s*$/.exec(
    text,
  );
  let fields: (string | undefined)[];
  if (iso !== null) fields = iso.slice(1);
  else if (legacy !== null) {
    const month = MONTHS.indexOf(legacy[1]!.toLowerCase());
    if (month < 0 || month % 3 !== 0) return null;
    fields = [legacy[3], String(month / 3 + 1), ...legacy.slice(2, 3), ...legacy.slice(4)];
  } else return null;
  const [year, month, day, hour = '0', minute = '0', second = '0'] = fields.map((f) => f ?? undefined);
  const fraction = (fields[6] ?? '').padEnd(9, '0');
  const zone = fields[7];
  const n = [year, month, day, hour, minute, second].map(Number) as [number, number, number, number, number, number];
  if (n[1] < 1 || n[1] > 12 || n[2] < 1 || n[2] > 31 || n[3] > 23 || n[4] > 59 || n[5] > 60) return null;
  let seconds: number;
  if (zone === undefined) seconds = new Date(n[0], n[1] - 1, n[2], n[3], n[4], n[5]).getTime() / 1000;
  else {
    seconds = Date.UTC(n[0], n[1] - 1, n[2], n[3], n[4], n[5]) / 1000;
    const offset = /^([+-])(\d{2}):?(\d{2})$/.exec(zone);
    if (offset !== null) seconds -= (offset[1] === '-' ? -1 : 1) * (Number(offset[2]) * 3600 + Number(offset[3]) * 60);
  }
  return whole(BigInt(seconds) * 1_000_000_000n + BigInt(fraction));
}
