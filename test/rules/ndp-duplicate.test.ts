import { describe, expect, it } from 'vitest';
import { diagnose } from './lab.js';
import { announcement6, answer6, ignored6, question6, test6, weak6 } from './neighbour-examples.js';

const only = ['ndp-duplicate'];
const A = '0a:00:00:00:00:11';
const B = '0a:00:00:00:00:12';

describe('ndp-duplicate', () => {
  it('tells two MACs that answer one solicitation', () => {
    const findings = diagnose([question6(0), answer6(0.001, A), answer6(0.002, B)], { only });
    expect(findings).toMatchObject([{ verdict: 'fail', severity: 'error', subject: { macs: [A, B], target: '2001:db8:1::20' } }]);
  });

  it('leaves a fail-over alone', () => {
    expect(diagnose([question6(0), answer6(0.001, A), announcement6(9, B), question6(12), answer6(12.001, B)], { only })).toEqual(
      [],
    );
  });

  it('leaves answers that do not override alone: an anycast address has many, and the first one stays', () => {
    expect(diagnose([question6(0), answer6(0.001, A), weak6(0.03, B)], { only })).toEqual([]);
    expect(diagnose([question6(0), weak6(0.001, B), answer6(0.03, A)], { only })).toEqual([]);
    expect(diagnose([question6(0), weak6(0.001, A), weak6(0.03, B)], { only })).toEqual([]);
  });

  it('names a failed test for a duplicate, also where an anycast address defends it', () => {
    const [finding] = diagnose([test6(0, B), announcement6(0.6, A)], { only });
    expect(finding.title).toBe(`Duplicate address detection of 2001:db8:1::20 by ${B} fails: ${A} has it`);
    expect(finding.evidence.map((e) => e.frame)).toEqual([1, 2]);
    const [anycast] = diagnose([question6(0), answer6(0.001, B), test6(9, B), ignored6(9.6, A)], { only });
    expect(anycast.message).toContain('which had it before');
    expect(anycast.cause).toContain('anycast');
    expect(diagnose([test6(0, B), test6(1, B), announcement6(2, B)], { only })).toEqual([]);
    expect(diagnose([test6(0, B), announcement6(5, A)], { only })).toEqual([]);
  });
});
