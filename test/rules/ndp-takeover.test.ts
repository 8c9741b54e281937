import { describe, expect, it } from 'vitest';
import { diagnose } from './lab.js';
import { announcement6, answer6, question6 } from './neighbour-examples.js';

const only = ['ndp-takeover'];
const A = '0a:00:00:00:00:11';
const B = '0a:00:00:00:00:12';

describe('ndp-takeover', () => {
  it('notes an announced move', () => {
    const findings = diagnose([question6(0), answer6(0.001, A), announcement6(9, B)], { only });
    expect(findings).toMatchObject([{ verdict: 'fail', severity: 'info', title: `2001:db8:1::20 moved to ${B}` }]);
    expect(findings[0].message).toContain('announced');
  });

  it('warns of an owner that changes again and again', () => {
    const frames = [A, B, A, B].map((mac, i) => announcement6(i * 15, mac));
    expect(diagnose(frames, { only })).toMatchObject([{ severity: 'warning', title: '2001:db8:1::20 changed its MAC 3 times' }]);
  });

  it('leaves announcements of one owner alone', () => {
    expect(diagnose([announcement6(0, A), announcement6(2, A), question6(4), answer6(4.001, A)], { only })).toEqual([]);
  });
});
