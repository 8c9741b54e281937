import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Ip, Prefix } from '../../src/topology/ip.js';
import { PrefixTable } from '../../src/topology/prefix-table.js';

const ip = (text: string) => Ip.parse(text) as Ip;
const prefix = (text: string) => Prefix.parse(text) as Prefix;

// Few distinct bytes, so that prefixes nest and addresses hit them.
const byte = fc.constantFrom(0, 1, 2, 127, 128, 254, 255);
const v4 = fc.array(byte, { minLength: 4, maxLength: 4 }).map((b) => new Ip().read(Uint8Array.from(b), 0, 4));
const v6 = fc.array(byte, { minLength: 16, maxLength: 16 }).map((b) => new Ip().read(Uint8Array.from(b), 0, 6));
const address = fc.oneof(v4, v6);
const anyPrefix = fc.tuple(address, fc.nat(128)).map(([a, length]) => new Prefix(a, a.family === 4 ? length % 33 : length));

/** Bits of an address of its own family, the slow and plain way. */
const bits = (a: Ip): string =>
  (a.family === 4 ? [a.d] : [a.a, a.b, a.c, a.d]).map((w) => w.toString(2).padStart(32, '0')).join('');

describe('longest prefix match', () => {
  it('agrees with comparing every prefix bit by bit', () => {
    fc.assert(
      fc.property(
        fc.array(anyPrefix, { maxLength: 40 }),
        fc.array(address, { minLength: 1, maxLength: 20 }),
        (prefixes, asked) => {
          const table = new PrefixTable(prefixes.map((p, i) => [p, i] as const));
          for (const a of [...asked, ...prefixes.map((p) => p.network), ...prefixes.map((p) => p.last)]) {
            const matching = prefixes
              .map((p, i) => ({ p, i }))
              .filter(({ p }) => p.address.family === a.family && bits(a).startsWith(bits(p.address).slice(0, p.length)));
            const longest = Math.max(-1, ...matching.map(({ p }) => p.length));
            const expected = matching.filter(({ p }) => p.length === longest).map(({ i }) => i);
            expect(table.find(a) ?? []).toEqual(expected);
            for (const { p } of matching) expect(p.contains(a)).toBe(true);
          }
        },
      ),
    );
  });

  it('keeps the families apart', () => {
    const table = new PrefixTable([[new Prefix(new Ip(), 0), 'six'] as const]);
    expect(table.find(ip('fd00::1'))).toEqual(['six']);
    expect(table.find(ip('192.0.2.1'))).toBeNull();
    const both = new PrefixTable([
      [new Prefix(new Ip(), 0), 'six'],
      [prefix('0.0.0.0/0'), 'four'],
    ] as const);
    expect(both.find(ip('192.0.2.1'))).toEqual(['four']);
    expect(both.find(ip('::'))).toEqual(['six']);
    expect(both.find(ip('ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'))).toEqual(['six']);
  });
});

describe('addresses', () => {
  it('come back from their text', () => {
    fc.assert(
      fc.property(address, (a) => {
        expect(Ip.parse(String(a))).toEqual(a);
      }),
    );
    fc.assert(
      fc.property(fc.ipV6(), (text) => {
        expect(Ip.parse(text)).not.toBeNull();
      }),
    );
  });

  it.each(['', '1.2.3', '1.2.3.256', '01.2.3.4', ':::', '1::2::3', 'fd00::12345', 'fe80::1%eth0'])('%s is none', (text) => {
    expect(Ip.parse(text)).toBeNull();
  });

  it.each(['10.0.0.0/33', 'fd00::/129', '10.0.0.0/', '10.0.0.0/x'])('%s is no prefix', (text) => {
    expect(Prefix.parse(text)).toBeNull();
  });

  it('print as ip route does', () => {
    expect(String(prefix('10.1.2.3/8'))).toBe('10.0.0.0/8');
    expect(String(prefix('10.1.2.3/32'))).toBe('10.1.2.3');
    expect(String(prefix('::/0'))).toBe('default');
    expect(String(prefix('FD00:0:0:1::/64'))).toBe('fd00:0:0:1::/64');
  });
});
