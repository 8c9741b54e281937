import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  count,
  duration,
  grouped,
  parseCount,
  parseDuration,
  parseSize,
  parseWhole,
  quantity,
  size,
} from '../../src/bytes/units.js';

/** Half of the last digit that is printed, of three. */
const close = (read: number | null, meant: number, least = 0.5) => {
  expect(read).not.toBeNull();
  expect(Math.abs((read as number) - meant)).toBeLessThanOrEqual(Math.max(least, meant * 0.005_1));
};

describe('durations', () => {
  it.each([
    ['500ms', 500e6],
    ['1s', 1e9],
    ['1 s', 1e9],
    ['2.5', 2.5e9],
    [3, 3e9],
    ['2m', 120e9],
    ['1min', 60e9],
    ['1h', 3600e9],
    ['1 d 2 h', 26 * 3600e9],
    ['2 min 5 s', 125e9],
    ['1h30m', 5400e9],
    ['10us', 10e3],
    ['10 \u00b5s', 10e3],
    ['10 \u03bcs', 10e3],
    ['0', 0],
  ])('%s', (text, ns) => {
    expect(parseDuration(text)).toBe(ns);
  });

  it.each(['', 'soon', '5 parsecs', -1, '-1s', '1s 2s', '5 s 2 min', '1 2 s', 's', '1.s', '2 min 5', Number.NaN, '200 d'])(
    '%j is none',
    (text) => {
      expect(parseDuration(text)).toBeNull();
    },
  );

  it('as printed can be read', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 9e15, noNaN: true }), fc.nat(15), (n, digits) => {
        const ns = n / 10 ** digits;
        // Half of the smaller unit that is printed: of minutes beside hours, of hours beside days.
        close(parseDuration(duration(ns)), ns, ns < 3599e9 ? 0.5 : ns < 86_300e9 ? 30.5e9 : 1830e9);
      }),
    );
  });

  it('are printed in whole seconds from a minute on', () => {
    expect([65e9, 119.6e9, 125e9, 3600e9, 7500e9].map(duration)).toEqual(['1 min 5 s', '2 min', '2 min 5 s', '1 h', '2 h 5 min']);
  });
});

describe('sizes', () => {
  it.each([
    ['64MB', 64e6],
    ['64 mb', 64e6],
    ['64M', 64e6],
    ['512MiB', 512 * 2 ** 20],
    ['1.5 GB', 1.5e9],
    ['1400', 1400],
    [1400, 1400],
    ['100k', 100e3],
  ])('%s', (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });

  it.each(['', 'much', '1 2', '-1', '5 bits', 'MB', '99999TB'])('%j is none', (text) => {
    expect(parseSize(text)).toBeNull();
  });

  it('as printed can be read', () => {
    fc.assert(fc.property(fc.nat(1e15), fc.nat(15), (n, digits) => close(parseSize(size(n / 10 ** digits)), n / 10 ** digits)));
  });
});

describe('counts', () => {
  it('in groups of three can be read to the digit', () => {
    fc.assert(
      fc.property(fc.nat(Number.MAX_SAFE_INTEGER), (n) => {
        expect(parseCount(grouped(n))).toBe(n);
        expect(parseCount(String(n))).toBe(n);
      }),
    );
  });

  it('in short can be read', () => {
    fc.assert(fc.property(fc.nat(1e15), fc.nat(15), (n, digits) => close(parseCount(count(n / 10 ** digits)), n / 10 ** digits)));
  });

  it.each(['', 'few', '-1', '1 2', '12 34', '1e3', '10K'])('%j is none', (text) => {
    expect(parseCount(text)).toBeNull();
  });

  it('of things are whole, from one on', () => {
    expect(['1', '12 040', '10k', '1.5M'].map(parseWhole)).toEqual([1, 12_040, 10_000, 1_500_000]);
    expect(['0', '2.5', '-3', 'x'].map(parseWhole)).toEqual([null, null, null, null]);
  });

  it('come with their word', () => {
    expect([quantity(1, 'frame'), quantity(12_040, 'frame'), quantity(2, 'reply', 'replies')]).toEqual([
      '1 frame',
      '12 040 frames',
      '2 replies',
    ]);
  });
});
