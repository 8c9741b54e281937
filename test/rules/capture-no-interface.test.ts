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

  it('leaves captures alone that name the interface, or have only one', () => {
    expect(diagnose([sll2({}, packet)], { only })).toEqual([]);
    expect(diagnose([ethernet({}, packet)], { only })).toEqual([]);
  });
});
