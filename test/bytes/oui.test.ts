import { describe, expect, it } from 'vitest';
import { vendorOf } from '../../src/bytes/oui.js';
import { parseMac } from '../../src/bytes/parse.js';

const of = (mac: string) => vendorOf(parseMac(mac)!);

describe('vendorOf', () => {
  it('knows makers by 24 bits', () => {
    expect(of('00:00:0c:12:34:56')).toBe('Cisco Systems, Inc');
    expect(of('00:1b:21:00:00:01')).toBe('Intel Corporate');
  });
  it('prefers the longer blocks that were cut from one of 24 bits', () => {
    // 70:b3:d5 is a block of the registration authority itself; each maker in it has 36 bits.
    const one = of('70:b3:d5:00:10:00');
    const other = of('70:b3:d5:00:30:00');
    expect(one).not.toBeNull();
    expect(one).not.toMatch(/IEEE Registration/);
    expect(one).not.toBe(other);
  });
  it('has no name for addresses that software made up or that mean a group', () => {
    expect(of('52:54:00:12:34:56')).toBeNull();
    expect(of('02:42:ac:11:00:02')).toBeNull();
    expect(of('01:80:c2:00:00:00')).toBeNull();
    expect(of('ff:ff:ff:ff:ff:ff')).toBeNull();
  });
  it('gives one line', () => {
    expect(of('08:00:27:00:00:01')).toBe('PCS Systemtechnik GmbH');
  });
});
