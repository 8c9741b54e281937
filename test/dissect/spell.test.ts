// Values as `tshark -T fields` prints them.
import { describe, expect, it } from 'vitest';
import { spanText, timeText } from '../../src/bytes/time.js';
import { type FieldType, type FieldValue, field } from '../../src/dissect/fields.js';
import { spell } from '../../src/dissect/spell.js';

const bytes = Uint8Array.from(Buffer.from('20010db8000000000000000000000001', 'hex'));
const spelled = (type: FieldType, base: 'dec' | 'hex' | 'oct', value: FieldValue, length = 16) =>
  spell(field('x.y', 'x', type, { base }), bytes, 0, length, value);

describe('spell', () => {
  it.each([
    ['uint8', 'dec', 7, '7'],
    ['uint8', 'hex', 7, '0x07'],
    ['uint16', 'hex', 0x10, '0x0010'],
    ['uint24', 'hex', 11, '0x00000b'],
    ['uint32', 'hex', 0xdeadbeef, '0xdeadbeef'],
    ['uint64', 'hex', 255n, '0x00000000000000ff'],
    ['uint64', 'dec', 2n ** 64n - 1n, '18446744073709551615'],
    ['uint8', 'oct', 8, '010'],
    ['bool', 'dec', 1, '1'],
    ['bool', 'dec', 0, '0'],
    ['ipv4', 'dec', 0xc0000201, '192.0.2.1'],
    ['ether', 'dec', 0x02000000000a, '02:00:00:00:00:0a'],
    ['string', 'dec', 'a b', 'a b'],
    ['ipv6', 'dec', null, '2001:db8::1'],
    ['bytes', 'dec', null, '20010db8000000000000000000000001'],
    ['none', 'dec', null, '1'],
    ['duration', 'dec', 1_500_000_000n, '1.500000000'],
    ['time', 'dec', 1_754_667_411_979_000_000n, 'Aug  8, 2025 15:36:51.979000000 UTC'],
  ] as const)('%s in %s: %s', (type, base, value, text) => {
    expect(spelled(type, base, value)).toBe(text);
  });
  it('no bytes at all', () => {
    expect(spelled('bytes', 'dec', null, 0)).toBe('<none>');
  });
});

describe('times', () => {
  it('spans go both ways', () => {
    expect(spanText(0n)).toBe('0.000000000');
    expect(spanText(-6_322_000n)).toBe('-0.006322000');
    expect(spanText(-1_300_000_000n)).toBe('-1.300000000');
    expect(spanText(86_400_000_000_001n)).toBe('86400.000000001');
  });
  it('a date that no calendar has is given in seconds', () => {
    expect(timeText(1e15, 5)).toBe('1000000000000000.000000005');
  });
});
