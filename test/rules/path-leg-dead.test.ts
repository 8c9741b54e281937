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

  it('names the leg of a tunnel between two nodes, whatever is in it', () => {
    const [finding, ...others] = diagnose(spread({ inTunnel: true })).filter(
      (f) => f.foldedUnder === null && f.severity !== 'info',
    );
    expect(others).toEqual([]);
    expect(finding).toMatchObject({
      rule: 'path-leg-dead',
      title: 'Packets to 172.16.2.1 that leave router by if3 are lost, by if4 they arrive',
      count: 9,
    });
    // Once for all hosts behind the tunnel.
    const second = spread({ inTunnel: true, server: '10.9.9.8' }).map((frame) => ({ ...frame, at: (frame.at ?? 0) + 0.003 }));
    const both = diagnose(
      [...spread({ inTunnel: true }), ...second].sort((x, y) => (x.at ?? 0) - (y.at ?? 0)),
      { only },
    );
    expect(both).toMatchObject([{ count: 18 }]);
    expect(both[0].message).toContain('18 packets of 6 conversations); 6 conversations by if4');
    expect(diagnose(spread({ inTunnel: true, dead: false })).filter((f) => f.severity !== 'info')).toEqual([]);
    // A host behind the tunnel that answers nobody says nothing of the way, whichever its packets take.
    const answered = spread({ inTunnel: true }).filter((frame) => !isLost(frame));
    const silent = spread({ inTunnel: true, server: '10.9.9.8' }).filter(isLost);
    expect(
      diagnose(
        [...answered, ...silent].sort((x, y) => (x.at ?? 0) - (y.at ?? 0)),
        { only },
      ),
    ).toEqual([]);
  });

  it('leaves alone ways that all work, a single route that leads by the other way, and a way that was taken at another time', () => {
    expect(diagnose(spread({ dead: false })).filter((f) => f.severity !== 'info')).toEqual([]);
    expect(diagnose(spread(), { only, topology: topology('10.9.9.0/24 via 10.3.1.2 dev eth2') })).toEqual([]);
    const later = spread().map((frame) => ({ ...frame, at: (frame.at ?? 0) + (isLost(frame) ? 30 : 0) }));
    expect(
      diagnose(
        later.sort((x, y) => x.at - y.at),
        { only },
      ),
    ).toEqual([]);
  });

  it('leaves a route alone that was away for a while', () => {
    // All that is lost by the one way lies between two conversations of the other.
    const away = spread().flatMap((frame) => {
      const n = portOf(frame) - 40_000;
      if (!isLost(frame)) return [{ ...frame, at: (frame.at ?? 0) + (n > 2 ? 60 : 0) }];
      return [{ ...frame, at: (frame.at ?? 0) + 20 }];
    });
    expect(
      diagnose(
        away.sort((x, y) => x.at - y.at),
        { only },
      ),
    ).toEqual([]);
  });
});

/** The client's port; in a tunnel, that of the outer packet, which is made of it. */
const portOf = ({ packet }: ReturnType<typeof spread>[number]): number => {
  const { body } = packet as { readonly body: { readonly srcPort: number; readonly dstPort: number } };
  return Math.max(body.srcPort, body.dstPort);
};
/** Of a connection that takes the dead leg: its ports are odd. */
const isLost = (frame: ReturnType<typeof spread>[number]): boolean => portOf(frame) % 2 === 1;
