import { describe, expect, it } from 'vitest';
import { diagnose, echo, ipv4, sll2, summary } from './lab.js';

const frames = [
  ...[0, 1, 2].map((at) => sll2({ if: 2, at }, ipv4({ src: '10.1.1.10', dst: '10.1.2.20' }, echo({ seq: at })))),
  sll2({ if: 2, at: 3 }, ipv4({ src: '10.1.1.10', dst: '10.1.2.30' }, echo())),
  sll2({ if: 3, at: 3.1 }, ipv4({ src: '10.1.2.30', dst: '10.1.1.10' }, echo({ reply: true }))),
];

describe('capture-dropped', () => {
  it('says how many frames are missing, and nothing that rests on absence is a fault', () => {
    const findings = diagnose(frames, { points: { router: { dropped: 12 } } });
    expect(findings.find((f) => f.rule === 'capture-dropped')).toMatchObject({ verdict: 'inconclusive', count: 12 });
    expect(summary(findings).filter((line) => line.includes('fail'))).toEqual([]);
    expect(findings.find((f) => f.rule === 'icmp-echo-no-reply')?.message).toContain('lost 12 frames');
  });

  it('leaves captures alone that lost none, or do not say', () => {
    for (const dropped of [0, null])
      expect(diagnose(frames, { only: ['capture-dropped'], points: { router: { dropped } } })).toEqual([]);
  });
});
