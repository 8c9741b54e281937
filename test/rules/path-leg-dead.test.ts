import { describe, expect, it } from 'vitest';
import { diagnose } from './lab.js';
import { spread } from './route-examples.js';

const only = ['path-leg-dead'];
const topology = (...routes: string[]) => ({
  nodes: {
    router: {
      interfaces: {
        eth0: { index: 2, addresses: ['10.1.1.1/24'] },
        eth1: { index: 3, addresses: ['10.2.1.1/24'] },
        eth2: { index: 4, addresses: ['10.3.1.1/24'] },
      },
      routes,
    },
  },
});
const BOTH = '10.9.9.0/24 nexthop via 10.2.1.2 dev eth1 nexthop via 10.3.1.2 dev eth2';

describe('path-leg-dead', () => {
  it('names the leg, and is surer with the route', () => {
    expect(diagnose(spread(), { only })).toMatchObject([
      {
        verdict: 'fail',
        confidence: 'medium',
        title: 'Packets to 10.9.9.9 that leave router by if3 are lost, by if4 they arrive',
        count: 9,
        subject: { interfaceOut: 'if3' },
      },
    ]);
    const [finding] = diagnose(spread(), { only, topology: topology(BOTH) });
    expect(finding).toMatchObject({ confidence: 'high' });
    expect(finding.title).toContain('by eth1 via 10.2.1.2 are lost, by eth2 via 10.3.1.2 they arrive');
  });

  it('is the cause of connections without an answer, and no wrong exit', () => {
    for (const options of [{}, { topology: topology(BOTH) }]) {
      const findings = diagnose(spread(), options);
      expect(findings[0].rule).toBe('path-leg-dead');
      expect(findings.filter((f) => f.foldedUnder === null && f.severity !== 'info')).toHaveLength(1);
      expect(findings.some((f) => f.rule === 'egress-wrong-interface')).toBe(false);
    }
  });

  it('leaves alone ways that all work, a single route that leads by the other way, and a way that was taken at another time', () => {
    expect(diagnose(spread(false)).filter((f) => f.severity !== 'info')).toEqual([]);
    expect(diagnose(spread(), { only, topology: topology('10.9.9.0/24 via 10.3.1.2 dev eth2') })).toEqual([]);
    const later = spread().map((frame) => ({ ...frame, at: (frame.at ?? 0) + (isLost(frame) ? 30 : 0) }));
    expect(
      diagnose(
        later.sort((x, y) => x.at - y.at),
        { only },
      ),
    ).toEqual([]);
  });
});

/** Of a connection that takes the dead leg: its ports are odd. */
const isLost = ({ packet }: ReturnType<typeof spread>[number]): boolean => {
  const { body } = packet as { readonly body: { readonly srcPort: number; readonly dstPort: number } };
  return Math.max(body.srcPort, body.dstPort) % 2 === 1;
};
