import { describe, expect, it } from 'vitest';
import { diagnose, dnat, forward, ipv4, sll2, snat, type TestFrame, udp } from './lab.js';
import { datagram, GONE, LAN, later, lookUp, natExamples, SERVICE, STALE_CLIENT, WAN } from './nat-examples.js';

const only = ['nat-stale'];
const ifmap = { [LAN]: 'cni0', [WAN]: 'veth1' };
const { frames } = natExamples()['nat-stale.pcap'];
const NEW = '10.16.32.57';
const answered = (s: number, port: number): TestFrame[] => {
  const reply = sll2({ if: WAN, at: s + 0.01 }, ipv4({ src: NEW, dst: STALE_CLIENT }, udp({ src: 8125, dst: port, data: 20 })));
  return [...datagram(s, NEW, port), reply, snat(forward(reply, { if: LAN }), SERVICE)];
};
const flow = [0, 1, 2, 3, 4].flatMap((s) => datagram(s));

describe('nat-stale', () => {
  it('tells a backend that nobody answers for any more, as the cause of that silence', () => {
    const findings = diagnose(frames, { ifmap });
    expect(findings[0]).toMatchObject({
      rule: 'nat-stale',
      verdict: 'fail',
      confidence: 'medium',
      title: 'Datagrams for 10.142.0.25 port 8125 still go to 10.16.32.54, which is gone',
      commands: ['conntrack -D -p udp --orig-src 10.16.32.53 --orig-dst 10.142.0.25 --orig-port-src 35926 --orig-port-dst 8125'],
    });
    expect(findings.filter((f) => f.foldedUnder === null && f.verdict === 'fail')).toHaveLength(1);
  });

  it('is certain where the topology knows no such pod', () => {
    const topology = {
      nodes: { router: { interfaces: { cni0: { index: LAN }, veth1: { index: WAN } }, podCIDRs: ['10.16.32.0/24'] } },
      pods: { [STALE_CLIENT]: { name: 'mon/client', node: 'router' }, [NEW]: { name: 'mon/agent', node: 'router' } },
    };
    expect(diagnose([...flow, later(9)], { topology, only })).toMatchObject([{ confidence: 'high' }]);
  });

  it('tells by flows that began later and are answered elsewhere', () => {
    const young = [1, 2, 3, 4, 5, 6].flatMap((n) => answered(n / 2, 40_000 + n));
    const [finding] = diagnose([...flow.slice(0, 2), ...young, ...flow.slice(2), later(9)], { ifmap, only });
    expect(finding.message).toContain('6 flows of the same service that began later go to other backends and are answered');
    expect(finding.alternatives).toEqual(['10.16.32.54 is still a backend, and is down.']);
  });

  it('tells a backend that answered first, of which nothing is left but questions for its MAC', () => {
    const reply = sll2({ if: WAN, at: 0.01 }, ipv4({ src: GONE, dst: STALE_CLIENT }, udp({ src: 8125, dst: 35_926, data: 20 })));
    const worked = [...datagram(0), reply, snat(forward(reply, { if: LAN }), SERVICE)];
    // The entry translates the datagrams, and they wait for an answer of ARP that never comes.
    const waiting = [2, 3, 4, 5].map((s) => datagram(s)[0]);
    const asks = [2.001, 3.001, 4.001].map((s) => lookUp(s));
    expect(diagnose([...worked, ...waiting, ...asks, later(9)], { ifmap, only })).toMatchObject([
      { title: 'Datagrams for 10.142.0.25 port 8125 still go to 10.16.32.54, which is gone' },
    ]);
    expect(diagnose([...worked, ...asks, later(9)], { ifmap, only })).toEqual([]);
  });

  it('tells a backend whose datagrams never leave, because nobody answers for it, by those of a flow that began later', () => {
    const service = '10.142.0.25';
    const stays = [0, 1, 2, 3].flatMap((s): TestFrame[] => [
      sll2({ if: WAN, at: s }, ipv4({ src: STALE_CLIENT, dst: service }, udp({ src: 35_926, dst: 8125, data: 20 }))),
      lookUp(s + 0.0001),
    ]);
    const topology = {
      nodes: {
        router: { interfaces: { cni0: { index: LAN }, veth1: { index: WAN, addresses: [`${service}/24`] } }, routes: [] },
      },
    };
    const found = (frames: TestFrame[]) => diagnose(frames, { topology, only, points: { router: {} } });
    expect(found([...stays, ...answered(4, 40_001), later(9)])).toMatchObject([
      {
        title: `Datagrams for ${service} port 8125 still go to ${GONE}, which is gone`,
        commands: [expect.stringContaining('conntrack -D -p udp --orig-src 10.16.32.53')],
      },
    ]);
    expect(found([...stays, later(9)])).toEqual([]);
  });

  it('says nothing certain where the capture lost frames', () => {
    const [finding] = diagnose(frames, { ifmap, only, points: { router: { dropped: 3 } } });
    expect(finding.verdict).toBe('inconclusive');
  });

  it('leaves alone a service that only takes, backends that answer, and few flows that missed one by chance', () => {
    expect(diagnose([lookUp(0), lookUp(0.001, true), ...flow, later(9)], { ifmap, only })).toEqual([]);
    const works = [0, 1, 2, 3].flatMap((s) => answered(s, 40_000));
    expect(diagnose([...works, later(9)], { ifmap, only })).toEqual([]);
    const few = [1, 2].flatMap((n) => answered(n / 2, 40_000 + n));
    expect(diagnose([...flow.slice(0, 2), ...few, ...flow.slice(2), later(9)], { ifmap, only })).toEqual([]);
    expect(diagnose([...flow, ...datagram(5, NEW).map((f) => dnat(f, GONE)), later(9)], { ifmap, only })).toEqual([]);
  });
});
