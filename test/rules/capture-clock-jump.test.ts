import { describe, expect, it } from 'vitest';
import { diagnose, echo, ipv4, sll2 } from './lab.js';

const only = ['capture-clock-jump'];
const at = (s: number) => sll2({ at: s }, ipv4({ src: '10.1.1.10', dst: '10.1.2.20' }, echo({ seq: s & 255 })));

describe('capture-clock-jump', () => {
  it('finds a clock that was set back, and where', () => {
    const [finding] = diagnose([at(40), at(41), at(11), at(12)], { only });
    expect(finding).toMatchObject({ verdict: 'inconclusive', title: 'The clock of router jumps back by 30.0 s' });
    expect(finding.evidence[0].frame).toBe(3);
  });

  it('finds a clock that was set forward', () => {
    expect(diagnose([at(0), at(1), at(90_000)], { only })[0].title).toBe('The clock of router jumps forward by 89999.0 s');
  });

  it('leaves silence alone, and frames that are a little out of order', () => {
    expect(diagnose([at(0), at(3600), at(3599.8), at(3601)], { only })).toEqual([]);
  });
});
