// The Internet checksum, RFC 1071. A sum is carried as a plain number: 2^53 leaves room for far more than any packet holds.

/**
 * Adds the big-endian 16-bit words of bytes [start, end) to `sum`; an odd last byte counts as the high half of a word
 * (RFC 1071 section 4.1). All ranges but the last must have an even length.
 */
export function checksumAdd(b: Uint8Array, start: number, end: number, sum = 0): number {
  const even = end - ((end - start) & 1);
  let high = 0;
  let low = 0;
  for (let i = start; i < even; i += 2) {
    high += b[i]!;
    low += b[i + 1]!;
  }
  if (even < end) high += b[even]!;
  return sum + high * 256 + low;
}

/** Folds the carries and complements: the value of a checksum field. Over data that holds a right checksum it is 0. */
export function checksumFold(sum: number): number {
  while (sum > 0xffff) sum = (sum % 0x1_0000) + Math.floor(sum / 0x1_0000);
  return ~sum & 0xffff;
}

/** Checksum of bytes [start, end), e.g. of an IPv4 header. */
export const checksum = (b: Uint8Array, start: number, end: number, sum = 0): number =>
  checksumFold(checksumAdd(b, start, end, sum));

/**
 * Sum of the pseudo header that TCP, UDP and ICMPv6 put before their data (RFC 9293 section 3.1, RFC 8200 section 8.1).
 * `addresses`: offset of the source address, the destination follows it; `addressBytes`: 4 or 16; `length` of the upper layer in bytes.
 */
export const pseudoHeader = (b: Uint8Array, addresses: number, addressBytes: 4 | 16, protocol: number, length: number): number =>
  checksumAdd(b, addresses, addresses + 2 * addressBytes, protocol + (length >>> 16) + (length & 0xffff));

const CRC32C = new Uint32Array(256);
for (let i = 0; i < 256; i++) {
  let c = i;
  for (let bit = 0; bit < 8; bit++) c = c & 1 ? (c >>> 1) ^ 0x82f63b78 : c >>> 1;
  CRC32C[i] = c >>> 0;
}

export const SUM = { right: 0, offloaded: 1, wrong: 2 } as const;

/**
 * Judges the checksum `stated` of the bytes from `start` to `end`, which covers a pseudo header. A checksum left to the network
 * card holds the sum of the pseudo header only (CHECKSUM_PARTIAL of linux/skbuff.h), in segments that the card will cut without
 * the length; some drivers leave zero.
 */
export function judgeSum(
  b: Uint8Array,
  start: number,
  end: number,
  stated: number,
  addresses: number,
  addressBytes: 4 | 16,
  protocol: number,
): number {
  const pseudo = pseudoHeader(b, addresses, addressBytes, protocol, end - start);
  if (checksumFold(checksumAdd(b, start, end, pseudo)) === 0) return SUM.right;
  const partial = ~checksumFold(pseudo) & 0xffff;
  const uncut = ~checksumFold(pseudoHeader(b, addresses, addressBytes, protocol, 0)) & 0xffff;
  return stated === partial || stated === uncut || stated === 0 ? SUM.offloaded : SUM.wrong;
}

/**
 * CRC32c of bytes [start, end) as SCTP has it in its header, read as a little-endian field (RFC 9260 appendix A); four bytes from
 * `zeroAt` on, the field itself, count as zero.
 */
export function crc32c(b: Uint8Array, start: number, end: number, zeroAt = -1): number {
  let crc = 0xffff_ffff;
  for (let i = start; i < end; i++) {
    const byte = zeroAt >= 0 && i >= zeroAt && i < zeroAt + 4 ? 0 : b[i]!;
    crc = CRC32C[(crc ^ byte) & 255]! ^ (crc >>> 8);
  }
  return ~crc >>> 0;
}
