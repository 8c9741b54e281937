// Statuses of checksums: right, wrong, and the two that are neither.
import { describe, expect, it } from 'vitest';
import { dissectors } from '../../dissectors/index.js';
import { header as tcpHeader } from '../../dissectors/tcp.js';
import { CHECKSUM_STATUS, headerStatus, payloadStatus } from '../../src/dissect/checksum.js';
import { Registry } from '../../src/dissect/registry.js';
import { Layers } from '../../src/dissect/walk.js';

const registry = new Registry(dissectors);
const covered = { offset: tcpHeader.place.checksum.offset, pseudo: 6 };
// 192.0.2.1 -> 192.0.2.2, a SYN with MSS, SACK, timestamps and window scale; both checksums as the sender's card made them.
const syn =
  '4500003c123400004006e47c' +
  'c0000201c0000202' +
  '9c409c41010203040000000' +
  '0a002faf0' +
  '0000' +
  '0000' +
  '020405b40402080adeadbeef0000000001030307';

/** Walks the packet; `spoil` may change it first. */
function walk(spoil: (b: Uint8Array) => void = () => {}, captured = 60): Layers {
  const bytes = Uint8Array.from(Buffer.from(syn, 'hex'));
  const layers = new Layers(registry);
  spoil(bytes);
  layers.walkFrom(registry.linkProto(228), bytes, 0, captured, bytes.length);
  return layers;
}

const SUM = 36;
const set = (value: number) => (b: Uint8Array) => {
  b[SUM] = value >> 8;
  b[SUM + 1] = value & 255;
};
/** The right checksum, by the definition of RFC 9293: complement of the sum of all 16-bit words. */
function right(b: Uint8Array): number {
  let sum = 6 + 40;
  for (let i = 12; i < 60; i += 2) if (i !== SUM) sum += (b[i]! << 8) | b[i + 1]!;
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
  return ~sum & 0xffff;
}
const repair = (b: Uint8Array) => set(right(b))(b);

describe('TCP', () => {
  const status = (layers: Layers) => payloadStatus(layers, 1, covered);
  it('good', () => expect(status(walk(repair))).toBe(CHECKSUM_STATUS.good));
  it('bad, when a byte of the packet or of the addresses is another', () => {
    for (const at of [13, 25, 50]) {
      const layers = walk((b) => {
        repair(b);
        b[at]! ^= 1;
      });
      expect(status(layers)).toBe(CHECKSUM_STATUS.bad);
    }
  });
  it('left to the card: the sum of the pseudo header alone', () => {
    // 6 + 40 + c000 + 0201 + c000 + 0202 = 18431, folded 8432.
    expect(status(walk(set(0x8432)))).toBe(CHECKSUM_STATUS.unverified);
    // The same without the length, for a segment that is cut later.
    expect(status(walk(set(0x840a)))).toBe(CHECKSUM_STATUS.unverified);
    expect(status(walk(set(0x8433)))).toBe(CHECKSUM_STATUS.bad);
  });
  it('a clipped packet cannot be checked', () => expect(status(walk(repair, 58))).toBe(CHECKSUM_STATUS.unverified));
});

describe('IPv4 header', () => {
  const status = (layers: Layers) => headerStatus(layers, 0, 10);
  it('good, bad, left to the card', () => {
    const good = (b: Uint8Array) => {
      let sum = 0;
      for (let i = 0; i < 20; i += 2) if (i !== 10) sum += (b[i]! << 8) | b[i + 1]!;
      while (sum > 0xffff) sum = (sum & 0xffff) + (sum >> 16);
      b[10] = (~sum >> 8) & 255;
      b[11] = ~sum & 255;
    };
    expect(status(walk(good))).toBe(CHECKSUM_STATUS.good);
    expect(
      status(
        walk((b) => {
          good(b);
          b[8]! ^= 1;
        }),
      ),
    ).toBe(CHECKSUM_STATUS.bad);
    expect(status(walk((b) => b.fill(0, 10, 12)))).toBe(CHECKSUM_STATUS.unverified);
  });
});
