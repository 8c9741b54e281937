import { describe, expect, it } from 'vitest';
import { diagnose } from './lab.js';
import { announcement6, answer6, question6 } from './neighbour-examples.js';

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
});
