// Who made a network card, by the prefix of its MAC address that the IEEE gave to the maker. The list is 5 MB of JSON, so it
// is read when a name is asked for the first time (some 60 ms), never at start.
import { requireFrom } from '#host';

let makers: Readonly<Record<string, string>> | null = null;

/** Hex digits of the prefixes, the longest first: blocks of 36, 28 and 24 bits (MA-S, MA-M, MA-L). */
const PREFIX_DIGITS = [9, 7, 6];

const LOCAL = 0x02;
const GROUP = 0x01;

/** Name of the maker of `address` (48 bits), or null: unknown, made up by software (the local bit), or a group address. */
export function vendorOf(address: number): string | null {
  const first = Math.floor(address / 0x100_0000_0000);
  if ((first & (LOCAL | GROUP)) !== 0) return null;
  makers ??= requireFrom(import.meta.url, 'oui-data') as Readonly<Record<string, string>>;
  const digits = address.toString(16).toUpperCase().padStart(12, '0');
  for (const n of PREFIX_DIGITS) {
    const entry = makers[digits.slice(0, n)];
    // The lines after the name are a postal address.
    if (entry !== undefined) return entry.split('\n', 1)[0]!;
  }
  return null;
}
