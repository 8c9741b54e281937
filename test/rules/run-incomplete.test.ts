import { describe, expect, it } from 'vitest';
import type { RuleSelection } from '../../src/rules/choose.js';
import { diagnose, echo, ethernet, ipv4, summary, vxlan } from './lab.js';

const only = ['tcp-reset'];
const ports = (n: number) =>
  Array.from({ length: n }, (_, i) => {
    const inner = ipv4({ src: '10.0.1.5', dst: '10.0.2.5', id: 1000 + i }, echo({ seq: i + 1 }));
    return ethernet({ at: i / 100 }, vxlan({ src: '192.168.1.11', dst: '192.168.1.12', vni: 1, dstPort: 20_000 + i }, inner));
  });

describe('run-incomplete', () => {
  it('is undecided about what had to be given up, whatever rules are chosen', () => {
    const findings = diagnose(ports(70), { only });
    expect(summary(findings)).toEqual(['inconclusive run-incomplete']);
    expect(findings[0].title).toBe('Not judged, to stay within memory: 6 frames of tunnels');
  });

  it('leaves a run alone that kept all', () => {
    expect(diagnose(ports(64), { only } satisfies Partial<RuleSelection>)).toEqual([]);
  });
});
