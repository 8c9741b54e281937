import { isIPv6 } from 'node:net';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hexdump } from '../../src/bytes/hexdump.js';
import { inCidr4, inCidr6, mask4, parseCidr, parseIpv4, parseIpv6, parseMac } from '../../src/bytes/parse.js';
import { u16, u16le, u24, u24le, u32, u32le, u48, u64, u64le } from '../../src/bytes/read.js';
import { hex, ipv4, ipv6, mac, macNumber, utc } from '../../src/bytes/show.js';
import { count, duration, rate, size } from '../../src/bytes/units.js';
import { times } from '../thorough.js';

const bytes = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });

describe('reading', () => {
  it('agrees with DataView', () => {
    fc.assert(
      fc.property(bytes(12), fc.nat(4), (b, at) => {
        const view = new DataView(b.buffer, b.byteOffset);
        expect(u16(b, at)).toBe(view.getUint16(at));
        expect(u16le(b, at)).toBe(view.getUint16(at, true));
        expect(u32(b, at)).toBe(view.getUint32(at));
        expect(u32le(b, at)).toBe(view.getUint32(at, true));
        expect(u24(b, at)).toBe(view.getUint32(at) >>> 8);
        expect(u24le(b, at)).toBe(view.getUint32(at, true) & 0xffffff);
        expect(BigInt(u48(b, at))).toBe(view.getBigUint64(at) >> 16n);
        expect(u64(b, at)).toBe(view.getBigUint64(at));
        expect(u64le(b, at)).toBe(view.getBigUint64(at, true));
      }),
    );
  });
});

describe('addresses', () => {
  it('go to text and back', () => {
    fc.assert(
      fc.property(fc.nat(0xffffffff), (a) => {
        expect(parseIpv4(ipv4(a))).toBe(a);
      }),
    );
    fc.assert(
      fc.property(fc.array(fc.constantFrom(0, 0, 0, 1, 0xff, 0xabcd), { minLength: 8, maxLength: 8 }), (groups) => {
        const b = Uint8Array.from(groups.flatMap((g) => [g >> 8, g & 255]));
        const text = ipv6(b);
        expect(isIPv6(text)).toBe(true);
        expect(parseIpv6(text)).toEqual(b);
        // The URL standard prints the same form, but for addresses that hold one of IPv4.
        if (!text.includes('.')) expect(text).toBe(new URL(`http://[${text}]/`).hostname.slice(1, -1));
      }),
    );
    fc.assert(
      fc.property(bytes(6), (b) => {
        expect(macNumber(u48(b, 0))).toBe(mac(b));
        expect(parseMac(mac(b))).toBe(u48(b, 0));
      }),
    );
  });

  it.each([
    ['::', '::'],
    ['1:0:0:2:0:0:0:3', '1:0:0:2::3'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:0db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['::FFFF:192.0.2.1', '::ffff:192.0.2.1'],
    ['::1:2', '::0.1.0.2'],
    ['::1', '::1'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
    ['fe80:0:0:0:0:0:0:0', 'fe80::'],
  ])('%s is shown as %s', (text, shown) => {
    expect(ipv6(parseIpv6(text) ?? new Uint8Array())).toBe(shown);
  });

  it.each(['', '1.2.3', '1.2.3.4.5', '256.1.1.1', '01.2.3.4', '1.2.3.4 ', '-1.2.3.4', '0x1.2.3.4'])(
    '%j is no IPv4 address',
    (text) => {
      expect(parseIpv4(text)).toBeNull();
    },
  );

  it('accepts as IPv6 exactly what node does, but for zones', () => {
    const part = fc.constantFrom(':', '::', '1', 'ffff', 'abcde', '1.2.3.4', '0', 'g', '300.1.1.1', '%eth0');
    fc.assert(
      fc.property(fc.array(part, { maxLength: 16 }), (parts) => {
        const text = parts.join('');
        expect(parseIpv6(text) !== null).toBe(isIPv6(text) && !text.includes('%'));
      }),
      { numRuns: times(750, 3000) },
    );
  });

  it('in networks', () => {
    const net = parseCidr('172.20.130.7/17');
    expect(net).toMatchObject({ family: 4, prefix: 17, address: parseIpv4('172.20.130.7'), network: parseIpv4('172.20.128.0') });
    if (net?.family !== 4) throw new Error('family');
    expect(inCidr4(parseIpv4('172.20.255.255') ?? 0, net)).toBe(true);
    expect(inCidr4(parseIpv4('172.20.127.255') ?? 0, net)).toBe(false);
    expect(mask4(0)).toBe(0);
    expect(mask4(32)).toBe(0xffffffff);
    const six = parseCidr('fd00:1:2:ff80::9/57');
    if (six?.family !== 6) throw new Error('family');
    expect(ipv6(six.network)).toBe('fd00:1:2:ff80::');
    expect(inCidr6(parseIpv6('fd00:1:2:ffff::') ?? new Uint8Array(16), 0, six)).toBe(true);
    expect(inCidr6(parseIpv6('fd00:1:2:ff7f::') ?? new Uint8Array(16), 0, six)).toBe(false);
    expect(parseCidr('10.1.1.1')).toMatchObject({ prefix: 32 });
    expect(parseCidr('::1')).toMatchObject({ prefix: 128 });
    for (const bad of ['10.0.0.0/33', '::/129', '10.0.0.0/', '/8', '10.0.0.0/8/8', '10.0.0.0/08', 'x/8'])
      expect(parseCidr(bad)).toBeNull();
  });

  it.each([
    ['08:00:27:d5:e8:d7', 0x080027d5e8d7],
    ['8-0-27-D5-E8-D7', 0x080027d5e8d7],
    ['0800.27d5.e8d7', 0x080027d5e8d7],
    ['08:00:27:d5:e8', null],
    ['08:00-27:d5:e8:d7', null],
    ['08:00:27:d5:e8:d7:', null],
  ])('the MAC %s', (text, address) => {
    expect(parseMac(text)).toBe(address);
  });
});

describe('for people', () => {
  it.each([
    [0, '0 ns'],
    [850, '850 ns'],
    [1500, '1.5 µs'],
    [999_999, '1 ms'],
    [12_340_000, '12.3 ms'],
    [2.25e9, '2.25 s'],
    [59.99e9, '1 min'],
    [245e9, '4 min 5 s'],
    [3 * 3600e9 + 2 * 60e9, '3 h 2 min'],
    [50 * 3600e9, '2 d 2 h'],
    [-5e6, '-5 ms'],
  ])('%i ns is %s', (ns, text) => {
    expect(duration(ns)).toBe(text);
  });

  it('sizes, rates, counts', () => {
    expect([0, 999, 1000, 534_597_904, 1.5e12].map(size)).toEqual(['0 B', '999 B', '1 kB', '535 MB', '1.5 TB']);
    expect([64_000, 94.14e6].map(rate)).toEqual(['64 kbit/s', '94.1 Mbit/s']);
    expect([12, 1_250_000].map(count)).toEqual(['12', '1.25 M']);
  });

  it('times', () => {
    expect(utc(1754667411, 979_000_000)).toBe('2025-08-08T15:36:51.979000000Z');
    expect(utc(0, 1)).toBe('1970-01-01T00:00:00.000000001Z');
    expect(utc(-1, 0)).toBe('1969-12-31T23:59:59.000000000Z');
    expect(utc(1e15, 0)).toBe('1000000000000000.000000000');
    fc.assert(
      fc.property(fc.nat(0xffffffff), (s) => {
        expect(utc(s, 0)).toBe(new Date(s * 1000).toISOString().replace('.000Z', '.000000000Z'));
      }),
    );
  });

  it('bytes', () => {
    const b = Uint8Array.from({ length: 18 }, (_, i) => i + 0x3f);
    expect(hex(b, 1, 4, ':')).toBe('40:41:42');
    // As `tshark -x` prints them.
    expect(hexdump(b).split('\n')).toEqual([
      '0000  3f 40 41 42 43 44 45 46 47 48 49 4a 4b 4c 4d 4e   ?@ABCDEFGHIJKLMN',
      '0010  4f 50                                             OP',
    ]);
    expect(hexdump(Uint8Array.of(0, 0x7f, 0x80))).toMatch(/ {3}\.\.\.$/);
  });
});
