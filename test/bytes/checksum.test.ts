import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checksum, checksumAdd, checksumFold, crc32c, pseudoHeader } from '../../src/bytes/checksum.js';

const fromHex = (text: string) => Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));

/** RFC 1071 section 4.1 as it stands there. */
const slow = (b: Uint8Array): number => {
  let sum = 0;
  for (let i = 0; i < b.length; i += 2) {
    sum += (b[i] << 8) | (b[i + 1] ?? 0);
    if (sum > 0xffff) sum -= 0xffff;
  }
  return ~sum & 0xffff;
};

describe('Internet checksum', () => {
  it("is right for RFC 1071's example and a known IPv4 header", () => {
    expect(checksum(fromHex('0001 f203 f4f5 f6f7'), 0, 8)).toBe(0x220d);
    const header = fromHex('4500 0073 0000 4000 4011 b861 c0a8 0001 c0a8 00c7');
    expect(checksum(header, 0, 20)).toBe(0);
    header.fill(0, 10, 12);
    expect(checksum(header, 0, 20)).toBe(0xb861);
  });

  it('agrees with the slow way, whole and in parts', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3000 }), fc.nat(1000), (b, n) => {
        expect(checksum(b, 0, b.length)).toBe(slow(b));
        const middle = Math.min(b.length & ~1, 2 * n);
        expect(checksumFold(checksumAdd(b, middle, b.length, checksumAdd(b, 0, middle)))).toBe(slow(b));
      }),
    );
  });

  it('covers the pseudo header', () => {
    // A DNS query over UDP: addresses, then the datagram with its checksum.
    const udp = fromHex('0a000001 0a000002 3039 0035 000c 8a73 61626364');
    const sum = pseudoHeader(udp, 0, 4, 17, 12);
    udp.fill(0, 14, 16);
    const right = checksum(udp, 8, 20, sum);
    udp[14] = right >> 8;
    udp[15] = right & 255;
    expect(checksum(udp, 8, 20, sum)).toBe(0);
    const pseudo = Buffer.concat([udp.subarray(0, 8), fromHex('0011 000c'), udp.subarray(8)]);
    expect(slow(pseudo)).toBe(0);
  });
});

it('CRC32c of the check string, and with its own field left out', () => {
  const text = Buffer.from('123456789');
  expect(crc32c(text, 0, 9)).toBe(0xe3069283);
  const b = Uint8Array.from([1, 2, 9, 9, 9, 9, 3]);
  expect(crc32c(b, 0, 7, 2)).toBe(crc32c(Uint8Array.from([1, 2, 0, 0, 0, 0, 3]), 0, 7));
});
