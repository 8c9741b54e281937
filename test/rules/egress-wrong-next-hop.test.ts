import { describe, expect, it } from 'vitest';
import { diagnose, forward, ipv4, sll2, tcp } from './lab.js';
import { broken, FROM, passed, TO } from './route-lab.js';

const only = ['egress-wrong-next-hop'];
const detour = { r: ['10.244.1.0/24 via 10.77.1.11 dev eth1', '10.244.2.0/24 via 10.77.2.13 dev eth2'] };

/** A SYN-ACK of TO, in by eth2 and out by eth1. */
const answer = (at: number) => {
  const frame = sll2(
    { if: 4, point: 'r', at },
    ipv4({ src: TO, dst: FROM, ttl: 63 }, tcp({ src: 80, dst: 40_000, flags: 'SA', seq: 1, ack: 1001 })),
  );
  return [frame, forward(frame, { if: 3 })];
};

describe('egress-wrong-next-hop', () => {
  it('is an error where nothing comes back and the next hop does not lead on', () => {
    const topology = broken({ ...detour, n3: ['10.77.2.0/24 dev eth0'] });
    expect(diagnose(passed(4), { topology, only })).toMatchObject([
      {
        verdict: 'fail',
        severity: 'error',
        title: 'r sends packets to 10.244.2.0/24 to n3 instead of n2',
        commands: ['ip route replace 10.244.2.0/24 via 10.77.2.12 dev eth2'],
      },
    ]);
  });

  it('is a remark where the packets arrive by the detour, and explains no silence', () => {
    const [finding] = diagnose([...passed(1), ...answer(0.01)], { topology: broken(detour), only });
    expect(finding).toMatchObject({ severity: 'info', subject: { node: 'r', interfaceOut: 'eth2' } });
    expect(finding.message).toContain('10.77.2.13 (n3)');
    expect(finding.message).toContain('10.77.2.12');
    // Lost for another reason: n3 would have sent them on.
    expect(diagnose(passed(4), { topology: broken(detour), only })).toMatchObject([{ severity: 'info', explains: [] }]);
  });

  it('leaves the right next hop alone, the default route, and nodes whose routes are not known', () => {
    expect(diagnose(passed(4), { topology: broken({}), only })).toEqual([]);
    expect(diagnose(passed(4), { topology: broken({ r: ['default via 10.77.2.13 dev eth2 metric 1'] }), only })).toEqual([]);
    expect(diagnose(passed(4), { ifmap: { 3: 'eth1', 4: 'eth2' }, only })).toEqual([]);
  });
});
