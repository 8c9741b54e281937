// Integer readers. Plain functions over a byte array: no view object, no allocation, every result exact.
// Network byte order unless the name ends in `le`. The caller has checked the length.

export const u8 = (b: Uint8Array, at: number): number => b[at]!;

export const u16 = (b: Uint8Array, at: number): number => (b[at]! << 8) | b[at + 1]!;

export const u24 = (b: Uint8Array, at: number): number => (b[at]! << 16) | (b[at + 1]! << 8) | b[at + 2]!;

export const u32 = (b: Uint8Array, at: number): number =>
  ((b[at]! << 24) | (b[at + 1]! << 16) | (b[at + 2]! << 8) | b[at + 3]!) >>> 0;

/** The same bits with a sign: for hashes, which need no doubles. */
export const i32 = (b: Uint8Array, at: number): number => (b[at]! << 24) | (b[at + 1]! << 16) | (b[at + 2]! << 8) | b[at + 3]!;

/** 48 bits, e.g. a MAC address; exact in a double. */
export const u48 = (b: Uint8Array, at: number): number => u16(b, at) * 0x1_0000_0000 + u32(b, at + 2);

export const u64 = (b: Uint8Array, at: number): bigint => (BigInt(u32(b, at)) << 32n) | BigInt(u32(b, at + 4));

export const u16le = (b: Uint8Array, at: number): number => b[at]! | (b[at + 1]! << 8);

export const u24le = (b: Uint8Array, at: number): number => b[at]! | (b[at + 1]! << 8) | (b[at + 2]! << 16);

export const u32le = (b: Uint8Array, at: number): number =>
  (b[at]! | (b[at + 1]! << 8) | (b[at + 2]! << 16) | (b[at + 3]! << 24)) >>> 0;

export const u64le = (b: Uint8Array, at: number): bigint => (BigInt(u32le(b, at + 4)) << 32n) | BigInt(u32le(b, at));

/** Either byte order, for file formats that name theirs in a header. */
export const u16of = (b: Uint8Array, at: number, little: boolean): number => (little ? u16le(b, at) : u16(b, at));

export const u32of = (b: Uint8Array, at: number, little: boolean): number => (little ? u32le(b, at) : u32(b, at));
