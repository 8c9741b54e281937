// Text a user wrote, as numbers and bytes. Bad text gives null: the caller knows where it stood and what to say.

/** A dotted quad as 32 bits. Four decimal parts, no leading zeros: `010` means eight to some programs and ten to others. */
export function parseIpv4(text: string): number | null {
  const m = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (m === null) return null;
  let address = 0;
  for (let i = 1; i <= 4; i++) {
    const part = Number(m[i]);
    if (part > 255 || (m[i]!.length > 1 && m[i]!.startsWith('0'))) return null;
    address = address * 256 + part;
  }
  return address;
}

/** RFC 4291 section 2.2, all three forms; no zone. 16 bytes. */
export function parseIpv6(text: string): Uint8Array | null {
  if (!/^[0-9a-fA-F:.]{2,45}$/.test(text)) return null;
  const halves = text.split('::');
  if (halves.length > 2) return null;
  const head = groups(halves[0]!, halves.length === 1);
  const tail = halves.length === 2 ? groups(halves[1]!, true) : [];
  if (head === null || tail === null) return null;
  const gap = 8 - head.length - tail.length;
  // `::` stands for at least one group.
  if (halves.length === 2 ? gap < 1 : gap !== 0) return null;
  const bytes = new Uint8Array(16);
  [...head, ...new Array<number>(gap).fill(0), ...tail].forEach((group, i) => {
    bytes[2 * i] = group >> 8;
    bytes[2 * i + 1] = group & 255;
  });
  return bytes;
}

/** Groups of 16 bits; the last may be a dotted quad when `last` says that the address ends here. */
function groups(text: string, last: boolean): number[] | null {
  if (text === '') return [];
  const parts = text.split(':');
  const found: number[] = [];
  for (const [i, part] of parts.entries()) {
    if (part.includes('.')) {
      const quad = last && i === parts.length - 1 ? parseIpv4(part) : null;
      if (quad === null) return null;
      found.push(quad >>> 16, quad & 0xffff);
    } else {
      if (!/^[0-9a-fA-F]{1,4}$/.test(part)) return null;
      found.push(Number.parseInt(part, 16));
    }
  }
  return found;
}

export interface Cidr4 {
  readonly family: 4;
  /** As written: host bits are kept. */
  readonly address: number;
  /** The same with the host bits cleared. */
  readonly network: number;
  /** Ones of the prefix, as an unsigned 32-bit mask. */
  readonly mask: number;
  readonly prefix: number;
}

export interface Cidr6 {
  readonly family: 6;
  readonly address: Uint8Array;
  readonly network: Uint8Array;
  readonly prefix: number;
}

export type Cidr = Cidr4 | Cidr6;

/** `prefix` ones as an unsigned 32-bit mask; 0 gives 0, which a plain shift would not. */
export const mask4 = (prefix: number): number => (prefix === 0 ? 0 : (0xffff_ffff << (32 - prefix)) >>> 0);

/** `10.0.0.0/8`, `fd00::/64`; an address alone means that host. */
export function parseCidr(text: string): Cidr | null {
  const m = /^([^/]+?)(?:\/(0|[1-9]\d{0,2}))?$/.exec(text);
  if (m === null) return null;
  const length = m[2] === undefined ? null : Number(m[2]);
  const address = parseIpv4(m[1]!);
  if (address !== null) {
    const prefix = length ?? 32;
    if (prefix > 32) return null;
    const mask = mask4(prefix);
    return { family: 4, address, network: (address & mask) >>> 0, mask, prefix };
  }
  const bytes = parseIpv6(m[1]!);
  const prefix = length ?? 128;
  if (bytes === null || prefix > 128) return null;
  const network = bytes.map((b, i) => b & (0xff00 >> Math.min(8, Math.max(0, prefix - 8 * i))) & 0xff);
  return { family: 6, address: bytes, network, prefix };
}

/** Is the 32-bit `address` in it? */
export const inCidr4 = (address: number, net: Cidr4): boolean => (address & net.mask) >>> 0 === net.network;

/** Is the address of 16 bytes at `at` in it? */
export function inCidr6(b: Uint8Array, at: number, net: Cidr6): boolean {
  const whole = net.prefix >> 3;
  for (let i = 0; i < whole; i++) if (b[at + i] !== net.network[i]) return false;
  const rest = net.prefix & 7;
  return rest === 0 || (b[at + whole]! & (0xff00 >> rest) & 0xff) === net.network[whole];
}

/** `08:00:27:d5:e8:d7`, with `-` for `:`, or as `0800.27d5.e8d7`: 48 bits. */
export function parseMac(text: string): number | null {
  const pairs = /^[0-9a-f]{1,2}([:-])(?:[0-9a-f]{1,2}\1){4}[0-9a-f]{1,2}$/i.exec(text);
  if (pairs !== null) return text.split(pairs[1]!).reduce((address, pair) => address * 256 + Number.parseInt(pair, 16), 0);
  if (/^[0-9a-f]{4}\.[0-9a-f]{4}\.[0-9a-f]{4}$/i.test(text)) return Number.parseInt(text.replaceAll('.', ''), 16);
  return null;
}
