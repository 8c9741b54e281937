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
  // The addresses that hold one of IPv4: mapped (::ffff:0:0/96), and the older kind without the ones.
  if (best === 0 && (bestLength === 6 || (bestLength === 5 && u16(b, at + 10) === 0xffff)))
    return `::${bestLength === 6 ? '' : 'ffff:'}${b[at + 12]}.${b[at + 13]}.${b[at + 14]}.${b[at + 15]}`;
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
  `${HEX[b[at]!]}:${HEX[b[at + 1]!]}:${HEX[b[at + 2]!]}:${HEX[b[at + 3]!]}:${HEX[b[at + 4]!]}:${HEX[b[at + 5]!]}`;

/** `address`: 48 bits. */
export function macNumber(address: number): string {
  const high = Math.floor(address / 0x1_0000_0000);
  return `${HEX[(high >>> 8) & 255]}:${HEX[high & 255]}:${HEX[(address >>> 24) & 255]}:${HEX[(address >>> 16) & 255]}:${HEX[(address >>> 8) & 255]}:${HEX[address & 255]}`;
}

/** Bytes [start, end) as hex digits, with `separator` between them. */
export function hex(b: Uint8Array, start = 0, end = b.length, separator = ''): string {
  let text = '';
  for (let i = start; i < end; i++) text += i > start ? separator + HEX[b[i]!] : HEX[b[i]!];
  return text;
}

const two = (n: number): string => (n < 10 ? `0${n}` : String(n));

/** RFC 3339 in UTC with nine decimals. `seconds` since 1970, whole; years outside 0000-9999 as seconds. */
export function utc(seconds: number, nanoseconds: number): string {
  const fraction = String(nanoseconds).padStart(9, '0');
  if (seconds > 253402300799 || seconds < -62167219200) return `${seconds}.${fraction}`;
  const d = new Date(seconds * 1000);
  const date = `${String(d.getUTCFullYear()).padStart(4, '0')}-${two(d.getUTCMonth() + 1)}-${two(d.getUTCDate())}`;
  return `${date}T${two(d.getUTCHours())}:${two(d.getUTCMinutes())}:${two(d.getUTCSeconds())}.${fraction}Z`;
}
