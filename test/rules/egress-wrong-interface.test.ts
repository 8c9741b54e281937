import { describe, expect, it } from 'vitest';
import { arp, diagnose, forward, ipv4, sll2, snat, type TestFrame, tcp, udp, vxlan } from './lab.js';
import {
  attempts,
  FAR,
  FAR_NODE,
  healthy,
  ifmap,
  NEAR,
  NODE,
  POD,
  passes,
  ping,
  ROUTES,
  SERVER,
  syn,
  topology,
  UPLINK,
} from './path-lab.js';

const only = ['egress-wrong-interface'];

describe('egress-wrong-interface', () => {
  it('names the missing route and the command that adds it', () => {
    const findings = diagnose(attempts(POD, SERVER, NEAR, UPLINK), { topology: topology(ROUTES[0]), only });
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({
      verdict: 'fail',
      confidence: 'high',
      title: 'Packets to 172.20.2.0/24 leave router by eth0 instead of eth2',
      commands: ['ip route add 172.20.2.0/24 via 192.168.20.100 dev eth2'],
      subject: { interfaceIn: 'eth1', interfaceOut: 'eth0', interfaceExpected: 'eth2' },
      count: 3,
    });
  });

  it('stays the first cause in a capture that lacks frames of it, and nothing is said to have stayed in the node', () => {
    const pings = Array.from({ length: 6 }, (_, i) => passes(ping(POD, SERVER, i, { if: NEAR, at: i * 0.3 }), UPLINK));
    const others = [healthy(1, 3), healthy(2, 3.3)].flat();
    const told = (frames: TestFrame[]) =>
      diagnose(frames, { topology: topology(ROUTES[0]) })
        .filter((f) => f.verdict === 'fail' && f.severity !== 'info' && f.foldedUnder === null)
        .map((f) => f.rule);
    const all = [...pings.flat(), ...others];
    for (let lost = 0; lost < all.length; lost++)
      expect([lost, told(all.filter((_, i) => i !== lost))]).toEqual([lost, ['egress-wrong-interface']]);
    // Of each of the first pings one half, in turns.
    expect(told([...pings.flatMap((pair, i) => (i < 4 ? [pair[i % 2]!] : pair)), ...others])).toEqual(['egress-wrong-interface']);
  });

  it('shows the policy rule that led them there, where the main table says otherwise', () => {
    const lab = topology(...ROUTES);
    const ruled = (...rules: string[]) => ({
      ...lab,
      nodes: {
        ...lab.nodes,
        router: { ...lab.nodes.router, rules: ['0: from all lookup local', ...rules, '32766: from all lookup main'] },
      },
    });
    const frames = attempts(POD, SERVER, NEAR, UPLINK);
    const [marked] = diagnose(frames, { topology: ruled('100: from all fwmark 0x1 lookup 7'), only });
    expect(marked).toMatchObject({ verdict: 'fail', subject: { interfaceOut: 'eth0', interfaceExpected: 'eth2' } });
    expect(marked.cause).toContain('the policy rule "100: from all fwmark 0x1 lookup 7" made the packets leave by eth0');
    // A table that is known shows what decided.
    const known = ruled('100: from 172.20.0.0/16 lookup 7');
    known.nodes.router.routes.push('default via 10.0.2.2 dev eth0 table 7');
    const [decided] = diagnose(frames, { topology: known, only });
    expect(decided.cause).toContain(
      'The rule "100: from 172.20.0.0/16 lookup 7" of router made table 7 decide, whose default route via 10.0.2.2 took the packets',
    );
    known.nodes.router.routes.pop();
    // A rule that does not fit the packets is not blamed.
    const [other] = diagnose(frames, { topology: ruled('100: from 10.9.9.9 lookup 7'), only });
    expect(other.cause).not.toContain('10.9.9.9');
    // Other ports take the right way all the while: it was no route that came late.
    const web = (port: number, out: number, at: number): TestFrame[] =>
      passes(sll2({ if: NEAR, at }, ipv4({ src: POD, dst: SERVER }, tcp({ src: 7, dst: port, flags: 'S', seq: 1 }))), out);
    const [byPort] = diagnose([...web(81, FAR, 0), ...frames, ...web(81, FAR, 5)], { topology: lab, only });
    expect(byPort.cause).toContain('packets of other ports or protocols to 172.20.2.1 left by eth2');
    const [byTime] = diagnose([...web(80, FAR, 0), ...frames], { topology: lab, only });
    expect(byTime.cause).toContain('was without it at the time');
    // Where they leave as they should, the rule is nobody's business.
    const right = attempts(POD, SERVER, NEAR, FAR);
    expect(diagnose(right, { topology: ruled('100: from all fwmark 0x1 lookup 7'), only })).toEqual([]);
  });

  it('infers it without a topology from where the destination sends', () => {
    const frames = [
      ...passes(ping(SERVER, NODE, 1, { if: FAR, at: 0 }), NEAR),
      ...passes(ping(NODE, SERVER, 1, { if: NEAR, at: 0.1 }, true), UPLINK),
      ...attempts(POD, SERVER, NEAR, UPLINK, 1),
    ];
    const [finding] = diagnose(frames, { ifmap, only });
    expect(finding).toMatchObject({ verdict: 'fail', subject: { interfaceOut: 'eth0', interfaceExpected: 'eth2' } });
    expect(finding.cause).toContain('come in by eth2');
  });

  it('takes a bridge and its port for one link, by what leaves by both', () => {
    const lost = attempts(POD, SERVER, NEAR, UPLINK, 1);
    const home = passes(ping(SERVER, NODE, 1, { if: FAR, at: 0 }), NEAR);
    const both = ping(NODE, '172.20.2.9', 1, { if: NEAR, at: 0.5 });
    const left = forward(both, { if: FAR, at: 0.5001 });
    const frames = [...home, both, left, { ...left, if: UPLINK, at: 0.5002 }, ...lost];
    expect(diagnose([...home, both, left, ...lost], { ifmap, only })).toHaveLength(1);
    expect(diagnose(frames, { ifmap, only })).toEqual([]);
  });

  it('infers with low confidence that a private address went to the uplink', () => {
    const gateway = sll2(
      { if: UPLINK, at: 4 },
      arp({ op: 'reply', sender: '10.0.2.2', senderMac: '52:55:0a:00:02:02', target: '10.0.2.15' }),
    );
    const [finding] = diagnose([...healthy(1, 0), ...attempts(POD, SERVER, NEAR, UPLINK, 1), gateway], { ifmap, only });
    expect(finding).toMatchObject({ confidence: 'low', subject: { interfaceOut: 'eth0', interfaceExpected: 'eth2' } });
  });

  it('knows nothing of an address that is only as private as the rest: a service whose translation is missing', () => {
    const gateway = sll2(
      { if: UPLINK, at: 4 },
      arp({ op: 'reply', sender: '198.51.100.1', senderMac: '52:55:0a:00:02:02', target: '198.51.100.15' }),
    );
    const service = attempts(POD, '172.31.0.10', NEAR, UPLINK, 1);
    expect(diagnose([...healthy(1, 0), ...service, gateway], { ifmap, only })).toEqual([]);
  });

  it('is not misled by an answered datagram: a question says nothing of the way of its answer', () => {
    const frames = [
      ...passes(sll2({ if: NEAR, at: 0 }, ipv4({ src: POD, dst: SERVER, ttl: 63 }, udp({ src: 5000, dst: 9000, data: 8 }))), FAR),
      ...passes(
        sll2({ if: FAR, at: 0.1 }, ipv4({ src: SERVER, dst: POD, ttl: 63 }, udp({ src: 9000, dst: 5000, data: 8 }))),
        UPLINK,
      ),
    ];
    expect(diagnose(frames, { topology: topology(ROUTES[1]), only })).toMatchObject([
      { subject: { dst: POD, interfaceOut: 'eth0', interfaceExpected: 'eth1' } },
    ]);
  });

  it('infers it too where the gateway of the uplink has a public address', () => {
    const gateway = sll2(
      { if: UPLINK, dir: 'in', at: 4 },
      arp({ op: 'reply', sender: '203.0.113.1', senderMac: '52:55:0a:00:02:02', target: '203.0.113.2' }),
    );
    const frames = [...attempts(POD, SERVER, NEAR, UPLINK, 1), gateway];
    expect(diagnose(frames, { ifmap, only })).toMatchObject([{ confidence: 'low', subject: { interfaceOut: 'eth0' } }]);
  });

  it('works out the directions of Ethernet captures of several interfaces from the hops to live', () => {
    const bare = (frame: TestFrame): TestFrame => ({ ...frame, link: 'eth', dir: 'unknown' });
    const frames = [...passes(ping(SERVER, NODE, 1, { if: FAR, at: 0 }), NEAR), ...attempts(POD, SERVER, NEAR, UPLINK, 1)].map(
      bare,
    );
    expect(diagnose(frames, { ifmap, only })).toMatchObject([
      { confidence: 'high', subject: { interfaceIn: 'eth1', interfaceOut: 'eth0', interfaceExpected: 'eth2' } },
    ]);
  });

  it('does not take the default route of a node with pods for the fault of the router behind it', () => {
    const asks = [0, 1, 2].flatMap((at) =>
      passes(
        sll2({ if: NEAR, at }, ipv4({ src: POD, dst: SERVER, ttl: 64 }, tcp({ src: 1, dst: 80, flags: 'S', seq: 1 }))),
        UPLINK,
      ),
    );
    const gateway = sll2(
      { if: UPLINK, dir: 'in', at: 4 },
      arp({ op: 'reply', sender: '192.168.10.200', senderMac: '52:55:0a:00:02:02', target: '192.168.10.100' }),
    );
    expect(diagnose([...asks, gateway], { ifmap, only })).toEqual([]);
    // A node that sends through a tunnel is no such host: its first router is one between nodes.
    const overlay = [0, 1, 2].flatMap((at) => {
      const inner = ipv4({ src: POD, dst: SERVER, ttl: 63 }, tcp({ src: 1, dst: 80, flags: 'S', seq: 1 }));
      return passes(sll2({ if: NEAR, at }, vxlan({ src: '172.16.1.1', dst: '172.16.2.1', vni: 7 }, inner)), UPLINK);
    });
    expect(diagnose([...overlay, gateway], { ifmap, only })).toMatchObject([{ confidence: 'low', subject: { tunnel: 'vxlan' } }]);
  });

  it('joins a packet that was translated on its way out', () => {
    const frames = [0, 1, 2].flatMap((i) => {
      const frame = syn(POD, SERVER, { if: NEAR, at: i });
      return [frame, snat(forward(frame, { if: UPLINK }), '10.0.2.15')];
    });
    const [finding] = diagnose(frames, { topology: topology(ROUTES[0]), only });
    expect(finding.subject).toMatchObject({ src: POD, dst: SERVER, interfaceIn: 'eth1', interfaceOut: 'eth0' });
    expect(finding.message).toContain('translated from 172.20.0.96 to 10.0.2.15');
  });

  it('leaves what arrives alone, whatever the way', () => {
    const answer = sll2(
      { if: UPLINK, at: 0.2 },
      ipv4({ src: SERVER, dst: POD }, tcp({ src: 80, dst: 40_000, flags: 'SA', seq: 5, ack: 1001 })),
    );
    const frames = [...passes(syn(POD, SERVER, { if: NEAR, at: 0 }), UPLINK), ...passes(answer, NEAR)];
    expect(diagnose(frames, { topology: topology(ROUTES[0]), only })).toEqual([]);
    expect(diagnose(frames, { ifmap, only })).toEqual([]);
  });

  it('takes a VLAN interface and its parent for one way out', () => {
    const lab = topology(ROUTES[0], '172.20.2.0/24 via 192.168.20.100 dev eth2.20');
    const { eth2, ...rest } = lab.nodes.router.interfaces;
    const tagged = {
      ...lab,
      nodes: {
        ...lab.nodes,
        router: { ...lab.nodes.router, interfaces: { ...rest, 'eth2.20': { ...eth2, index: 7 }, eth2: { index: FAR } } },
      },
    };
    expect(diagnose(attempts(POD, SERVER, NEAR, FAR), { topology: tagged, only })).toEqual([]);
    expect(diagnose(attempts(POD, FAR_NODE, NEAR, FAR), { topology: tagged, only })).toEqual([]);
  });

  it('accuses nobody without a hint of where the destination lives', () => {
    expect(diagnose(attempts(POD, SERVER, NEAR, FAR), { ifmap, only })).toEqual([]);
    expect(diagnose(attempts(POD, '203.0.113.10', NEAR, UPLINK), { ifmap, only })).toEqual([]);
  });
});
