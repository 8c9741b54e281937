import { describe, expect, it } from 'vitest';
import { diagnose, forward, ipv4, sll2, snat, summary, tcp } from './lab.js';
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
