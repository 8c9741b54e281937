import { describe, expect, it } from 'vitest';
import { diagnose, forward, ipv4, sll2, snat, summary, type TestFrame, tcp } from './lab.js';
import { attempts, ifmap, NEAR, NODE, POD, passes, ROUTES, SERVER, syn, topology, UPLINK } from './path-lab.js';

const only = ['nat-missing'];
const OUTSIDE = '203.0.113.10';
const lab = topology(...ROUTES);

describe('nat-missing', () => {
  it('tells a pod address that leaves to the internet', () => {
    const findings = diagnose(attempts(POD, OUTSIDE, NEAR, UPLINK), { topology: lab });
    expect(summary(findings)[0]).toBe('fail nat-missing');
    expect(findings[0]).toMatchObject({
      title: 'Packets from 172.20.0.0/24 leave router by eth0 untranslated',
      commands: ['iptables -t nat -A POSTROUTING -s 172.20.0.0/24 -o eth0 -j MASQUERADE'],
      count: 3,
    });
  });

  it('tells a service address that no backend was chosen for', () => {
    const services = { ...lab, masquerade: { inside: ['172.20.0.0/16', '10.96.0.0/16'] } };
    const [finding] = diagnose(attempts(NODE, '10.96.0.10', NEAR, UPLINK), { topology: services, only });
    expect(finding.title).toBe('Packets to the service address 10.96.0.10 leave router by eth0 untranslated');
    // Where it is not known whose the networks of the pods are, it may be a pod.
    const { router } = lab.nodes;
    expect(diagnose(attempts(NODE, '10.96.0.10', NEAR, UPLINK), { topology: { ...services, nodes: { router } }, only })).toEqual(
      [],
    );
  });

  it('blames the last of the nodes that the packets pass', () => {
    const frames = [0, 1, 2].flatMap((at): TestFrame[] => {
      const sent = { ...syn(POD, OUTSIDE, { if: 7, at }), point: 'ctr' };
      const left = { ...forward(sent, { if: 2 }), at: at + 0.0001 };
      const came: TestFrame = { ...left, point: 'router', if: NEAR, dir: 'in', at: at + 0.0002 };
      return [sent, left, came, { ...forward(came, { if: UPLINK }), at: at + 0.0003 }];
    });
    const nodes = { ...lab.nodes, ctr: { ...lab.nodes.ctr, routes: ['default via 192.168.10.200 dev eth1'] } };
    const findings = diagnose(frames, { topology: { ...lab, nodes }, only });
    expect(findings.map((f) => f.title)).toEqual(['Packets from 172.20.0.0/24 leave router by eth0 untranslated']);
  });

  it('leaves alone a server that is silent where others answer: somebody further on translates', () => {
    const answer = sll2(
      { if: UPLINK, at: 0.1 },
      ipv4({ src: '203.0.113.9', dst: POD }, tcp({ src: 80, dst: 41_000, flags: 'SA', seq: 1, ack: 1001 })),
    );
    const works = [...passes(syn(POD, '203.0.113.9', { if: NEAR, at: 0 }, 41_000), UPLINK), answer];
    expect(diagnose([...works, ...attempts(POD, OUTSIDE, NEAR, UPLINK, 1)], { topology: lab, only })).toEqual([]);
  });

  it('leaves alone what was translated, what is answered, and hosts that may leave as they are', () => {
    const request = syn(POD, OUTSIDE, { if: NEAR, at: 0 });
    expect(diagnose([request, snat(forward(request, { if: UPLINK }), '10.0.2.15')], { topology: lab, only })).toEqual([]);
    const answer = sll2(
      { if: UPLINK, at: 0.1 },
      ipv4({ src: OUTSIDE, dst: POD }, tcp({ src: 80, dst: 40_000, flags: 'SA', seq: 1, ack: 1001 })),
    );
    expect(diagnose([...passes(syn(POD, OUTSIDE, { if: NEAR, at: 0 }), UPLINK), answer], { topology: lab, only })).toEqual([]);
    expect(diagnose(attempts(NODE, OUTSIDE, NEAR, UPLINK), { topology: lab, only })).toEqual([]);
  });

  it('leaves a wrong egress to the rule that knows it, and says nothing without a topology', () => {
    expect(diagnose(attempts(POD, SERVER, NEAR, UPLINK), { topology: topology(ROUTES[0]), only })).toEqual([]);
    expect(diagnose(attempts(POD, OUTSIDE, NEAR, UPLINK), { ifmap, only })).toEqual([]);
  });
});
