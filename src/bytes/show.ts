// Numbers and bytes as text, the way Wireshark, tcpdump and the RFCs write them.
import { u16 } from './read.js';

const HEX = Array.from({ length: 256 }, (_, i) => i.toString(16).padStart(2, '0'));

/** `address`: 32 bits, host order. */
export const ipv4 = (address: number): string =>
  `${address >>> 24}.${(address >>> 16) & 255}.${(address >>> 8) & 255}.${address & 255}`;

/** 16 bytes at `at`, in the one spelling of RFC 5952 section 4 (5: mixed notation for IPv4-mapped addresses). */
export function ipv6(b: Uint8Array, at = 0): string {
  let best = -1;
  let bestLength = 1; // a single zero group is not shortened (section 4.2.2)
  for (let i = 0; i < 8; i++) {
    let n = 0;
    while (i + n < 8 && u16(b, at + 2 * (i + n)) === 0) n++;
    if (n > bestLength) {
      best = i;
      bestLength = n;
    }
    i += n;
  }
  if (best === 0 && bestLength === 5 && u16(b, at + 10) === 0xffff)
    return `::ffff:${b[at + 12]}.${b[at + 13]}.${b[at + 14]}.${b[at + 15]}`;
  let text = '';
  for (let i = 0; i < 8; i++) {
    if (i === best) {
      text += '::';
      i += bestLength - 1;
    } else {
      if (text !== '' && !text.endsWith(':')) text += ':';
      text += u16(b, at + 2 * i).toString(16);
    }
  }
  return text;
}

/** Six bytes at `at`. */
export const mac = (b: Uint8Array, at = 0): string =>
  `${HEX[b[at]]}:${HEX[b[at + 1]]}:${HEX[b[at + 2]]}:${HEX[b[at + 3]]}:${HEX[b[at + 4]]}:${HEX[b[at + 5]]}`;

/** `address`: 48 bits. */
export function macNumber(address: number): string {
  const high = Math.floor(address / 0x1_0000_0000);
  return `${HEX[(high >>> 8) & 255]}:${HEX[high & 255]}:${HEX[(address >>> 24) & 255]}:${HEX[(address >>> 16) & 255]}:${HEX[(address >>> 8) & 255]}:${HEX[address & 255]}`;
}

/** Bytes [start, end) as hex digits, with `separator` between them. */
export function hex(b: Uint8Array, start = 0, end = b.length, separator = ''): string {
  let text = '';
  for (let i = start; i < end; i++) text += i > start ? separator + HEX[b[i]] : HEX[b[i]];
  return text;
}

/** Lines as `tshark -x` prints them: offset, sixteen bytes, and what is printable of them. */
export function hexdump(b: Uint8Array, start = 0, end = b.length): string[] {
  const lines: string[] = [];
  for (let at = start; at < end; at += 16) {
    const stop = Math.min(at + 16, end);
    let ascii = '';
    for (let i = at; i < stop; i++) ascii += b[i] >= 0x20 && b[i] < 0x7f ? String.fromCharCode(b[i]) : '.';
    lines.push(`${(at - start).toString(16).padStart(4, '0')}  ${hex(b, at, stop, ' ').padEnd(47)}   ${ascii}`);
  }
  return lines;
}

/** Three significant digits at most, without a tail of zeros. */
const short = (n: number): string => String(Number(n >= 99.95 ? n.toFixed(0) : n >= 9.995 ? n.toFixed(1) : n.toFixed(2)));

/** `ns`: nanoseconds. `850 ns`, `1.5 ms`, `2.25 s`, `4 min 5 s`, `3 h 2 min`. */
export function duration(ns: number): string {
  if (ns < 0) return `-${duration(-ns)}`;
  if (ns < 999.5) return `${Math.round(ns)} ns`;
  if (ns < 999.5e3) return `${short(ns / 1e3)} µs`;
  if (ns < 999.5e6) return `${short(ns / 1e6)} ms`;
  if (ns < 59.95e9) return `${short(ns / 1e9)} s`;
  const seconds = Math.round(ns / 1e9);
  const pair = (big: number, unit: string, small: number, smallUnit: string) =>
    small === 0 ? `${big} ${unit}` : `${big} ${unit} ${small} ${smallUnit}`;
  if (seconds < 3600) return pair(Math.floor(seconds / 60), 'min', seconds % 60, 's');
  const minutes = Math.round(seconds / 60);
  if (minutes < 24 * 60) return pair(Math.floor(minutes / 60), 'h', minutes % 60, 'min');
  const hours = Math.round(minutes / 60);
  return pair(Math.floor(hours / 24), 'd', hours % 24, 'h');
}

const scaled = (n: number, step: number, units: readonly string[]): string => {
  let i = 0;
  while (n >= step * 0.9995 && i < units.length - 1) {
    n /= step;
    i++;
  }
  return `${i === 0 ? Math.round(n) : short(n)} ${units[i]}`;
};

/** `535 MB`: decimal units, as tcpdump's -C and disk makers count. */
export const size = (bytes: number): string => scaled(bytes, 1000, ['B', 'kB', 'MB', 'GB', 'TB', 'PB']);

/** `bitsPerSecond`: `94.1 Mbit/s`. */
export const rate = (bitsPerSecond: number): string =>
  scaled(bitsPerSecond, 1000, ['bit/s', 'kbit/s', 'Mbit/s', 'Gbit/s', 'Tbit/s']);

/** `1.25 M`-like counts, for tables that are short of room. */
export const count = (n: number): string => scaled(n, 1000, ['', 'k', 'M', 'G', 'T']).trimEnd();

const two = (n: number): string => (n < 10 ? `0${n}` : String(n));

/** RFC 3339 in UTC with nine decimals. `seconds` since 1970, whole; years outside 0000-9999 as seconds. */
export function utc(seconds: number, nanoseconds: number): string {
  const fraction = String(nanoseconds).padStart(9, '0');
  if (seconds > 253402300799 || seconds < -62167219200) return `${seconds}.${fraction}`;
  const d = new Date(seconds * 1000);
  const date = `${String(d.getUTCFullYear()).padStart(4, '0')}-${two(d.getUTCMonth() + 1)}-${two(d.getUTCDate())}`;
  return `${date}T${two(d.getUTCHours())}:${two(d.getUTCMinutes())}:${two(d.getUTCSeconds())}.${fraction}Z`;
}
