import { describe, expect, it } from 'vitest';
import { diagnose, ethernet, forward, ipv4, sll2, tcp } from './lab.js';
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

  describe('where the destination is behind the node that is right', () => {
    const behind = (routes: Parameters<typeof broken>[0], n3: object = {}) => {
      const { nodes } = broken(routes);
      const srv = { interfaces: { eth0: { addresses: [`${TO}/24`] } }, routes: ['default via 10.244.2.1 dev eth0'] };
      const n2 = { ...nodes.n2, sysctls: { 'net.ipv4.ip_forward': '1' } };
      return { nodes: { ...nodes, n2, n3: { ...nodes.n3, ...n3 }, srv } };
    };
    const idle = { sysctls: { 'net.ipv4.ip_forward': '0' } };

    it('says what becomes of the packets at the next hop, from the tables, and that the silence was seen', () => {
      const [finding] = diagnose(passed(4), { topology: behind(detour, idle) });
      expect(finding).toMatchObject({
        rule: 'egress-wrong-next-hop',
        severity: 'error',
        confidence: 'high',
        title: 'r sends packets to 10.244.2.0/24 to n3 instead of n2',
        commands: ['ip route replace 10.244.2.0/24 via 10.77.2.12 dev eth2'],
      });
      expect(finding.message).toContain(
        'left r by eth2, and no answer to them was seen. By the routes of r they go to 10.77.2.13 (n3)',
      );
      expect(finding.message).toContain('n3 does not forward IPv4 (net.ipv4.ip_forward is 0)');
    });

    it('is less sure where the topology has no routes of the next hop, or nobody with its address', () => {
      for (const topology of [
        behind(detour, { routes: undefined }),
        behind({ r: ['10.244.1.0/24 via 10.77.1.11 dev eth1', '10.244.2.0/24 via 10.77.2.99 dev eth2'] }),
      ])
        expect(diagnose(passed(4), { topology, only })).toMatchObject([{ severity: 'error', confidence: 'medium' }]);
    });

    it('is silent where the next hop leads on, where answers come, and where the frames went to the right MAC', () => {
      expect(diagnose(passed(4), { topology: behind(detour), only })).toEqual([]);
      expect(diagnose([...passed(1), ...answer(0.01)], { topology: behind(detour, idle), only })).toEqual([]);
      const topology = behind(detour, idle);
      const eth0 = { ...topology.nodes.n2.interfaces.eth0, mac: '0a:00:00:00:02:12' };
      const nodes = { ...topology.nodes, n2: { ...topology.nodes.n2, interfaces: { ...topology.nodes.n2.interfaces, eth0 } } };
      const frames = passed(4).filter((frame) => frame.dir === 'out');
      const sent = frames.map(({ at, packet }, i) => ethernet({ at: at ?? i, point: 'r', dstMac: '0a:00:00:00:02:12' }, packet));
      expect(diagnose(sent, { topology: { nodes }, only })).toEqual([]);
    });
  });

  it('leaves the right next hop alone, the default route, and nodes whose routes are not known', () => {
    expect(diagnose(passed(4), { topology: broken({}), only })).toEqual([]);
    expect(diagnose(passed(4), { topology: broken({ r: ['default via 10.77.2.13 dev eth2 metric 1'] }), only })).toEqual([]);
    expect(diagnose(passed(4), { ifmap: { 3: 'eth1', 4: 'eth2' }, only })).toEqual([]);
  });
});
