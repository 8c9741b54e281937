// A header is declared once, bit by bit, in the order of its specification. Offsets, shifts, masks, field names and the
// readers follow from it.
import { type FieldDef, type FieldOptions, type FieldType, field } from './fields.js';

/** Reads one field of the header that starts at `at`. For addresses of 128 bits and byte strings: the offset of the value. */
export type Reader = (bytes: Uint8Array, at: number) => number;

/** A field of a header before it has its place. */
export interface Part<N extends string> {
  /** '' for reserved bits. */
  readonly name: N;
  readonly bits: number;
  readonly title: string;
  readonly type: FieldType;
  /** The value is the bits times this. */
  readonly times: number;
  readonly options: FieldOptions;
  readonly parts: readonly Part<N>[];
}

/** What may be said of a whole number. `times`: the value is the bits times this. */
export interface UintOptions extends FieldOptions {
  readonly times?: number;
  /** Wider than the bits ask for: the type decides how many digits a hexadecimal value is shown with. */
  readonly type?: FieldType;
}

function part<N extends string>(name: N, bits: number, title: string, type: FieldType, options: UintOptions = {}): Part<N> {
  return { name, bits, title, type, times: options.times ?? 1, options, parts: [] };
}

const uintType = (bits: number): FieldType =>
  bits <= 8 ? 'uint8' : bits <= 16 ? 'uint16' : bits <= 24 ? 'uint24' : bits <= 32 ? 'uint32' : 'uint64';

/** An unsigned integer of 1 to 64 bits; wider than 32 bits it must start on a byte. `'hex'` is short for `{ base: 'hex' }`. */
export const uint = <N extends string>(name: N, bits: number, title: string, options?: UintOptions | 'hex'): Part<N> =>
  options === 'hex'
    ? part(name, bits, title, uintType(bits), { base: 'hex' })
    : part(name, bits, title, options?.type ?? uintType(bits), options);
/** One bit. */
export const flag = <N extends string>(name: N, title: string, options?: FieldOptions): Part<N> =>
  part(name, 1, title, 'bool', options);
/** Reserved bits: no field. */
export const rsv = (bits: number): Part<never> => part('' as never, bits, '', 'none');
/** An unsigned integer whose unit is a fraction: the value is the bits times `times`. */
export const scaled = <N extends string>(name: N, bits: number, title: string, times: number): Part<N> =>
  part(name, bits, title, 'float', { times });
/** An IPv4 address, 4 bytes. */
export const ipv4 = <N extends string>(name: N, title: string, options?: FieldOptions): Part<N> =>
  part(name, 32, title, 'ipv4', options);
/** An IPv6 address, 16 bytes. */
export const ipv6 = <N extends string>(name: N, title: string, options?: FieldOptions): Part<N> =>
  part(name, 128, title, 'ipv6', options);
/** An Ethernet address, 6 bytes. */
export const mac = <N extends string>(name: N, title: string, options?: FieldOptions): Part<N> =>
  part(name, 48, title, 'ether', options);
/** A string of `length` bytes. */
export const bytes = <N extends string>(name: N, length: number, title: string, options?: FieldOptions): Part<N> =>
  part(name, length * 8, title, 'bytes', options);

/** A field that is itself made of smaller ones, such as flags; its width is their sum. */
export function bits<N extends string, M extends string>(
  name: N,
  title: string,
  parts: readonly Part<M>[],
  options?: UintOptions | 'dec',
): Part<N | M> {
  const width = parts.reduce((sum, p) => sum + p.bits, 0);
  const shown: UintOptions = options === 'dec' ? { base: 'dec' } : { base: 'hex', ...options };
  return { ...part<N | M>(name, width, title, shown.type ?? uintType(width), shown), parts: parts as readonly Part<N | M>[] };
}

/** A field of a header in its place. */
export interface Placed {
  readonly def: FieldDef;
  readonly read: Reader;
  /** Where the bits are: byte offset, bytes covered, right shift and mask after loading those bytes big-endian, factor. */
  readonly offset: number;
  readonly bytes: number;
  readonly shift: number;
  /** 0 where the value is wider than 32 bits. */
  readonly mask: number;
  readonly times: number;
  readonly parts: readonly Placed[];
}

/** A header, declared: `get.version(bytes, at)` reads a field of the header that starts at `at`; `field` and `place` say what and where it is. */
export interface Layout<N extends string = string> {
  readonly prefix: string;
  /** Bytes of the fixed header. */
  readonly size: number;
  /** Field items in header order, reserved bits left out. */
  readonly items: readonly Placed[];
  readonly get: { readonly [K in N]: Reader };
  readonly field: { readonly [K in N]: FieldDef };
  readonly place: { readonly [K in N]: Placed };
}

/** By the id of a field: where a layout has it. */
const places: Placed[] = [];

/** Where a field's bits are in its bytes; null for one that no layout has. */
export const placeOf = (def: FieldDef): Placed | null => places[def.id] ?? null;

/** `prefix` is put before every name: `layout('ip', [uint('ttl', …)])` declares `ip.ttl`. */
export function layout<N extends string>(prefix: string, parts: readonly Part<N>[]): Layout<Exclude<N, ''>> {
  const get: Record<string, Reader> = {};
  const defs: Record<string, FieldDef> = {};
  const place: Record<string, Placed> = {};
  const put = (list: readonly Part<N>[], fromBit: number): Placed[] => {
    const placed: Placed[] = [];
    let bit = fromBit;
    for (const p of list) {
      if (p.name !== ('' as N)) {
        const def = field(`${prefix}.${p.name}`, p.title, p.type, p.options);
        const offset = bit >> 3;
        const covered = ((bit & 7) + p.bits + 7) >> 3;
        const wide = p.bits > 32;
        const shift = wide ? 0 : covered * 8 - (bit & 7) - p.bits;
        const mask = wide ? 0 : 2 ** p.bits - 1;
        const read = reader(p, offset, covered, shift, mask);
        const item: Placed = { def, read, offset, bytes: covered, shift, mask, times: p.times, parts: put(p.parts, bit) };
        places[def.id] = item;
        get[p.name] = read;
        defs[p.name] = def;
        place[p.name] = item;
        placed.push(item);
      }
      bit += p.bits;
    }
    return placed;
  };
  const items = put(parts, 0);
  const size = parts.reduce((sum, p) => sum + p.bits, 0) / 8;
  if (!Number.isInteger(size)) throw new Error(`layout ${prefix} ends inside a byte`);
  return { prefix, size, items, get, field: defs, place } as unknown as Layout<Exclude<N, ''>>;
}

function reader(p: Part<string>, o: number, covered: number, shift: number, mask: number): Reader {
  if (p.type === 'ipv6' || p.type === 'bytes') return (_, at) => at + o;
  if (p.type === 'ether') return (b, at) => readMac(b, at + o);
  if (p.bits > 32) return (b, at) => readUint(b, at + o, covered);
  const { times } = p;
  const aligned = shift === 0 && p.bits === covered * 8 && times === 1;
  if (aligned && covered === 1) return (b, at) => b[at + o]!;
  if (aligned && covered === 2) return (b, at) => (b[at + o]! << 8) | b[at + o + 1]!;
  if (aligned && covered === 4)
    return (b, at) => ((b[at + o]! << 24) | (b[at + o + 1]! << 16) | (b[at + o + 2]! << 8) | b[at + o + 3]!) >>> 0;
  if (aligned && covered === 3) return (b, at) => (b[at + o]! << 16) | (b[at + o + 1]! << 8) | b[at + o + 2]!;
  if (covered === 1) return (b, at) => ((b[at + o]! >> shift) & mask) * times;
  if (covered === 2) return (b, at) => ((((b[at + o]! << 8) | b[at + o + 1]!) >> shift) & mask) * times;
  // Division rather than a shift: up to five bytes may be covered, which is more than the 32 bits of a shift.
  const divisor = 2 ** shift;
  const modulus = mask + 1;
  return (b, at) => (Math.floor(readUint(b, at + o, covered) / divisor) % modulus) * times;
}

/** Big-endian unsigned integer of `length` bytes; exact up to 53 bits. */
export function readUint(b: Uint8Array, at: number, length: number): number {
  let value = 0;
  for (let i = 0; i < length; i++) value = value * 256 + b[at + i]!;
  return value;
}

function readMac(b: Uint8Array, at: number): number {
  return (
    ((b[at]! << 8) | b[at + 1]!) * 0x100000000 +
    (((b[at + 2]! << 24) | (b[at + 3]! << 16) | (b[at + 4]! << 8) | b[at + 5]!) >>> 0)
  );
}

/** Every field of some layouts, for `fields` of a dissector that puts them out by itself. */
export function fieldsOf(...layouts: readonly Layout[]): FieldDef[] {
  const flat = (items: readonly Placed[]): FieldDef[] => items.flatMap((item) => [item.def, ...flat(item.parts)]);
  return layouts.flatMap((l) => flat(l.items));
}
