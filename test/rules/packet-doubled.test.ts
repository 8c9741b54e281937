import { expect, it } from 'vitest';
import { diagnose } from './lab.js';
import { pingsWithCopies } from './link-examples.js';

const only = ['packet-doubled'];

it('finds replies that come twice, where the questions come once', () => {
  expect(diagnose(pingsWithCopies(2), { only })).toMatchObject([
    {
      verdict: 'fail',
      severity: 'warning',
      count: 4,
      title: expect.stringMatching(/^Packets from 10\.1\.2\.20 are seen twice at /),
    },
  ]);
});

it('takes a capture that has everything twice for what it is', () => {
  expect(diagnose(pingsWithCopies(2, 2), { only }).map(({ severity }) => severity)).toEqual(['info', 'info']);
});

it('leaves alone what comes once', () => {
  expect(diagnose(pingsWithCopies(1), { only })).toEqual([]);
});
