// What a field is: its Wireshark display filter name, its type, and how tshark spells its value.

/** What a value is, and so how it is spelled and compared. */
export type FieldType =
  | 'none' // a heading without a value of its own: `ip`, `tcp.options.mss`
  | 'bool'
  | 'uint8'
  | 'uint16'
  | 'uint24'
  | 'uint32'
  | 'uint64'
  | 'int32'
  | 'ipv4'
  | 'ipv6'
  | 'ether'
  | 'eui64'
  | 'bytes'
  | 'string'
  | 'time' // seconds since 1970, or nanoseconds as a bigint; shown as UTC
  | 'duration' // seconds
  | 'float'
  | 'guid'
  | 'oid';

/** How a whole number is printed: `dec` and `dechex` in decimal (`80`), `hex` and `hexdec` as `0x50`, `oct` as `0120`. */
export type Base = 'dec' | 'hex' | 'dechex' | 'hexdec' | 'oct';

/** Names of values, for the tree only. */
export type ValueNames = Readonly<Record<number, string>> | ((value: number) => string | undefined);

/** A field, declared. */
export interface FieldDef {
  /** Unique in this process; smaller than `fieldCount()`. */
  readonly id: number;
  /** Display filter name, e.g. `ip.src`. */
  readonly name: string;
  readonly title: string;
  readonly type: FieldType;
  readonly base: Base;
  readonly values: ValueNames | null;
  /** Names of values that a filter may use, and that are not printed. */
  readonly names: Readonly<Record<number, string>> | null;
  /** Generic names that this field also answers to, e.g. `ip.addr`. */
  readonly aliases: readonly string[];
}

/** What may be said of a field beside its type. */
export interface FieldOptions {
  readonly base?: Base;
  readonly values?: ValueNames;
  readonly names?: Readonly<Record<number, string>>;
  readonly aliases?: readonly string[];
}

let made = 0;

/** Declares a field by its full display filter name. */
export function field(name: string, title: string, type: FieldType, options: FieldOptions = {}): FieldDef {
  return {
    id: made++,
    name,
    title,
    type,
    base: options.base ?? 'dec',
    values: options.values ?? null,
    names: options.names ?? null,
    aliases: options.aliases ?? [],
  };
}

/** Number of fields declared so far; every id is smaller. */
export const fieldCount = (): number => made;

/** A field's value: numbers for integers, booleans, IPv4 (32 bits) and MACs (48 bits); bigint for 64 bits; null where the bytes are the value. */
export type FieldValue = number | bigint | string | null;
