import { describe, expect, it } from 'vitest';
import { diagnose, echo, ethernet, forward, ipv4, sll, sll2 } from './lab.js';

const only = ['capture-no-interface'];
const packet = ipv4({ src: '10.1.1.10', dst: '10.1.2.20' }, echo());

describe('capture-no-interface', () => {
  it('says how to capture instead, and judges no path', () => {
    const frame = sll({}, packet);
    const findings = diagnose([frame, forward(frame)], {});
    expect(findings.find((f) => f.rule === 'capture-no-interface')).toMatchObject({ verdict: 'inconclusive', count: 2 });
    expect(findings.find((f) => f.rule === 'capture-no-interface')?.hint).toContain('-y LINUX_SLL2');
    expect(findings.map((f) => f.rule)).not.toContain('egress-wrong-interface');
  });

  it('takes no packet for turned round where both hops are of an unknown interface', () => {
    const frames = [0, 1, 2].flatMap((at) => {
      const frame = sll({ at }, ipv4({ src: '10.1.1.10', dst: '10.1.2.20', ttl: 64 }, echo({ seq: at })));
      return [frame, { ...forward(frame), at: at + 0.0001 }];
    });
    const later = sll({ at: 9 }, ipv4({ src: '10.1.1.10', dst: '10.1.1.1' }, echo({ id: 3, reply: true })));
    expect(diagnose([...frames, later]).filter((f) => f.verdict === 'fail')).toMatchObject([
      { rule: 'icmp-echo-no-reply', severity: 'error' },
    ]);
  });

  it('leaves captures alone that name the interface, or have only one', () => {
    expect(diagnose([sll2({}, packet)], { only })).toEqual([]);
    expect(diagnose([ethernet({}, packet)], { only })).toEqual([]);
  });
});
