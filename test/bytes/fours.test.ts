// Groups of four words get numbers as they come, and keep them.
import { expect, it } from 'vitest';
import { Fours } from '../../src/bytes/fours.js';

it('numbers groups as they come, with and without a sign', () => {
  const fours = new Fours();
  expect(fours.of(1, 2, 3, 4)).toBe(0);
  expect(fours.of(4, 3, 2, 1)).toBe(1);
  expect(fours.of(0xffffffff, 0, 0x80000000, 5)).toBe(2);
  expect(fours.of(-1, 0, -0x80000000, 5)).toBe(2);
  expect(fours.of(1, 2, 3, 4)).toBe(0);
  expect(fours.known(4, 3, 2, 1)).toBe(1);
  expect(fours.known(4, 3, 2, 2)).toBe(-1);
  expect(fours.count).toBe(3);
});

it('keeps the numbers of many groups as it grows', () => {
  const fours = new Fours();
  const at = (n: number) => [n >> 12, n & 63, Math.imul(n, 77), n] as const;
  const all = Array.from({ length: 50_000 }, (_, n) => n);
  expect(all.filter((n) => fours.of(...at(n)) !== n)).toEqual([]);
  expect(all.filter((n) => fours.known(...at(n)) !== n)).toEqual([]);
  expect(fours.known(...at(50_000))).toBe(-1);
});
