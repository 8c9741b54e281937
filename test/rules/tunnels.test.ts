// Rules about tunnels: what each says, and what it must leave alone.
import { describe, expect, it } from 'vitest';
import type { Finding } from '../../src/rules/finding.js';
import {
  type Body,
  copy,
  diagnose,
  echo,
  forward,
  geneve,
  type IpPacket,
  icmpError,
  ipv4,
  type LabOptions,
  type Sight,
  sll2,
  type TestFrame,
  tcp,
  vlan,
  vxlan,
} from './lab.js';

const A = '192.168.1.11';
const B = '192.168.2.12';
const C = '192.168.1.13';
const POD_A = '10.0.1.5';
const POD_B = '10.0.2.5';

const TOPOLOGY = {
  nodes: {
    router: {
      interfaces: {
        eth1: { index: 1, addresses: ['192.168.1.1/24'] },
        eth2: { index: 2, addresses: ['192.168.2.1/24'] },
      },
    },
    'node-a': { interfaces: { eth0: { addresses: [`${A}/24`] } }, podCIDRs: ['10.0.1.0/24'] },
    'node-b': { interfaces: { eth0: { index: 3, addresses: [`${B}/24`] } }, podCIDRs: ['10.0.2.0/24'] },
    'node-c': { interfaces: { eth0: { addresses: [`${C}/24`] } }, podCIDRs: ['10.0.3.0/24'] },
  },
  tunnel: { type: 'vxlan', port: 8472 },
};

const IN = { if: 1, dir: 'in' } as const;
const OUT = { if: 2, dir: 'out' } as const;
const inner = (src: string, dst: string, body: Body): IpPacket => ipv4({ src, dst, ttl: 63 }, body);

/** Through the router: in by one interface, out by the other. */
const through = (at: number, packet: IpPacket, from: Sight = IN, to: Sight = OUT): TestFrame[] => {
  const frame = sll2({ ...from, dir: 'in', at }, packet);
  return [frame, { ...forward(frame, { ...to, dir: 'out' }), at: at + 0.00001 }];
};

const wrap = (src: string, dst: string, vni: number, p: IpPacket): IpPacket => vxlan({ src, dst, vni }, p);
const asks = (n: number, vni = 7, from = POD_A, to = POD_B, src = A, dst = B): TestFrame[] =>
  Array.from({ length: n }, (_, i) => through(i, wrap(src, dst, vni, inner(from, to, echo({ seq: i + 1 }))))).flat();
const replies = (n: number, vni = 9): TestFrame[] =>
  Array.from({ length: n }, (_, i) =>
    through(i + 0.001, wrap(B, A, vni, inner(POD_B, POD_A, echo({ seq: i + 1, reply: true }))), OUT, IN),
  ).flat();

/** A moment later, something else: the capture went on long enough for an answer. */
const later = (at = 9): TestFrame => sll2({ ...IN, at }, ipv4({ src: A, dst: '192.168.1.1' }, echo({ id: 99, reply: true })));
const healthy = [...asks(3), ...replies(3)].sort((x, y) => (x.at ?? 0) - (y.at ?? 0));

function find(rule: string, frames: readonly TestFrame[], options: LabOptions = {}): Finding | undefined {
  return diagnose(frames, options).find((f) => f.rule === rule);
}
const tunnelRules = (frames: readonly TestFrame[], options: LabOptions = {}): string[] =>
  diagnose(frames, options).flatMap((f) => (/^(tunnel|mtu|mss)-/.test(f.rule) ? [`${f.verdict} ${f.rule}`] : []));

describe('a tunnel that works', () => {
  it('is silent, with identities as VNIs, with a topology and without', () => {
    expect(tunnelRules([...healthy, later()])).toEqual([]);
    expect(tunnelRules([...healthy, later()], { topology: TOPOLOGY })).toEqual([]);
    expect(tunnelRules([...healthy, later()], { topology: { ...TOPOLOGY, tunnel: { type: 'vxlan', vni: 'identity' } } })).toEqual(
      [],
    );
  });
});

describe('tunnel-wrong-endpoint', () => {
  const wrong = asks(3, 7, POD_A, POD_B, A, C);

  it('names the right end point from the topology', () => {
    const f = find('tunnel-wrong-endpoint', [...wrong, later()], { topology: TOPOLOGY });
    expect(f).toMatchObject({ verdict: 'fail', confidence: 'high', severity: 'error', count: 3 });
    expect(f?.title).toBe(`VXLAN packets for 10.0.2.0/24 go to ${C} instead of ${B}`);
    expect(f?.subject).toMatchObject({ src: A, dst: C, target: POD_B, tunnel: 'vxlan', vni: 7, node: 'node-a' });
  });

  it('knows the node behind which a machine without a tunnel lives, and the entry that leads elsewhere', () => {
    const mac = '02:0f:1a:00:00:02';
    const end = (index: number, local: string, inside: string, own = mac) => ({
      eth0: { index: index + 10, addresses: [`${local}/24`] },
      br0: { index: index + 20, addresses: [inside] },
      'flannel.1': { index: index + 30, mac: own, kind: 'vxlan', tunnel: { type: 'vxlan', id: 7, local, port: 8472 } },
    });
    const topology = {
      nodes: {
        'node-a': {
          interfaces: end(1, A, '10.0.1.1/24', '02:0f:1a:00:00:01'),
          fdb: [`${mac} dev flannel.1 dst ${C} self permanent`],
        },
        'node-b': { interfaces: end(2, B, '10.0.2.1/24') },
        'node-c': { interfaces: end(3, C, '10.0.3.1/24', '02:0f:1a:00:00:03') },
        guest: { interfaces: { eth0: { addresses: [`${POD_B}/24`] } } },
      },
      tunnel: { type: 'vxlan', port: 8472 },
    };
    const f = find('tunnel-wrong-endpoint', [...wrong, later()], { topology });
    expect(f).toMatchObject({ confidence: 'high', title: `VXLAN packets for 10.0.2.0/24 go to ${C} instead of ${B}` });
    expect(f?.message).toContain(`${POD_B} is behind node-b`);
    expect(find('tunnel-wrong-endpoint', [...asks(3), later()], { topology })).toBeUndefined();
  });

  it('knows the end of the tunnel device that has the address itself', () => {
    const end = (local: string, inside: string) => ({
      eth0: { addresses: [`${local}/24`] },
      vx7: { kind: 'vxlan', addresses: [`${inside}/16`], tunnel: { type: 'vxlan', id: 7, local, port: 8472 } },
    });
    const topology = {
      nodes: {
        'node-a': { interfaces: end(A, POD_A) },
        'node-b': { interfaces: end(B, POD_B) },
        'node-c': { interfaces: end(C, '10.0.3.9') },
      },
      tunnel: { type: 'vxlan', port: 8472 },
    };
    const f = find('tunnel-wrong-endpoint', [...wrong, later()], { topology });
    expect(f).toMatchObject({ confidence: 'high', title: `VXLAN packets for ${POD_B} go to ${C} instead of ${B}`, count: 3 });
    expect(f?.message).toContain(`${POD_B} is on vx7 of node-b, whose own end is ${B}`);
    // A frame for an unknown MAC goes to all ends.
    const flooded = asks(3, 7, POD_A, POD_B, A, B).flatMap((frame, n) => [frame, wrong[n]]);
    expect(find('tunnel-wrong-endpoint', [...flooded, later()], { topology })).toBeUndefined();
    expect(find('tunnel-wrong-endpoint', [...asks(3, 7, POD_A, POD_B, A, B), later()], { topology })).toBeUndefined();
  });

  it('infers it from where the address sends', () => {
    const home = through(0, wrap(B, A, 9, inner(POD_B, '10.0.1.6', echo({ id: 3 }))), OUT, IN);
    const f = find('tunnel-wrong-endpoint', [...home, ...wrong, later()]);
    expect(f).toMatchObject({ verdict: 'fail', confidence: 'medium' });
    expect(f?.message).toContain(`should go to ${B}`);
  });

  it('leaves alone what arrives all the same, and what nobody knows', () => {
    const back = through(0.5, wrap(B, A, 9, inner(POD_B, POD_A, echo({ seq: 1, reply: true }))), OUT, IN);
    expect(find('tunnel-wrong-endpoint', [...wrong.slice(0, 2), ...back, later()], { topology: TOPOLOGY })).toBeUndefined();
    expect(find('tunnel-wrong-endpoint', [...wrong, later()])).toBeUndefined();
  });
});

describe('tunnel-vni-mismatch', () => {
  const both = [
    ...asks(2, 100),
    ...through(3, wrap(B, A, 177, inner(POD_B, POD_A, echo({ id: 8, seq: 1 }))), OUT, IN),
    ...through(4, wrap(B, A, 177, inner(POD_B, POD_A, echo({ id: 8, seq: 2 }))), OUT, IN),
    later(),
  ];

  it('is inferred where each end keeps to its own VNI and nobody is answered', () => {
    const f = find('tunnel-vni-mismatch', both);
    expect(f).toMatchObject({ verdict: 'fail', confidence: 'medium', severity: 'error' });
    expect(f?.title).toContain('one end uses VNI 100, the other VNI 177');
    expect(f?.evidence.map((e) => e.note)).toEqual(expect.arrayContaining([expect.stringContaining('VNI 177')]));
  });

  it('is certain against a fixed VNI of the topology', () => {
    const f = find('tunnel-vni-mismatch', [...asks(2, 101), later()], {
      topology: { ...TOPOLOGY, tunnel: { type: 'vxlan', port: 8472, vni: 100 } },
    });
    expect(f).toMatchObject({ verdict: 'fail', confidence: 'high' });
    expect(f?.cause).toContain('gives this tunnel VNI 100');
  });

  it('is certain where the devices of the far end have another VNI, also of answers that nobody takes', () => {
    const device = (id: number) => ({ addresses: [], tunnel: { type: 'vxlan', id, port: 8472 } });
    const { nodes } = TOPOLOGY;
    const topology = (id: number) => ({
      nodes: { ...nodes, 'node-a': { ...nodes['node-a'], interfaces: { ...nodes['node-a'].interfaces, vx: device(id) } } },
    });
    const frames = [
      ...asks(3, 9),
      ...replies(3, 9),
      ...asks(3, 9).map((frame) => ({ ...frame, at: (frame.at ?? 0) + 4 })),
      later(),
    ];
    expect(find('tunnel-vni-mismatch', frames, { topology: topology(9) })).toBeUndefined();
    const lost = [...both, later()];
    expect(find('tunnel-vni-mismatch', lost, { topology: topology(100) })).toMatchObject({
      confidence: 'high',
      cause: expect.stringContaining('vx of node-a has VNI 100'),
    });
  });

  it('leaves identities alone: an end that uses two, and a topology that says so', () => {
    const another = through(5, wrap(A, C, 6, inner(A, '10.0.3.4', echo({ id: 5 }))));
    expect(find('tunnel-vni-mismatch', [...both, ...another])).toBeUndefined();
    const topology = { ...TOPOLOGY, tunnel: { type: 'vxlan', port: 8472, vni: 'identity' } };
    expect(find('tunnel-vni-mismatch', both, { topology })).toBeUndefined();
    // VNI 1 is none that Cilium sends.
    const foreign = find('tunnel-vni-mismatch', [...asks(3, 1), later()], { topology });
    expect(foreign?.title).toContain('one end uses VNI 1, the other identities of senders');
  });
});

describe('the ends of a tunnel', () => {
  it('are addresses of the node that encapsulates and decapsulates, known without a topology', () => {
    // A node with a tunnel device: bare on the device, encapsulated on the wire, and the other end never answers.
    const out = (at: number, seq: number): TestFrame[] => {
      const frame = sll2({ if: 9, dir: 'in', at }, inner(POD_B, POD_A, echo({ seq })));
      const sent = forward(frame, { if: 8, dir: 'out' });
      return [
        frame,
        { ...sent, at: at + 0.00001 },
        sll2({ if: 3, dir: 'out', at: at + 0.00002 }, wrap(B, A, 9, sent.packet as IpPacket)),
      ];
    };
    const asked = [3, 4].map((at) =>
      sll2({ if: 3, dir: 'in', at }, wrap(A, B, 7, inner(POD_A, POD_B, echo({ id: 5, seq: at })))),
    );
    const findings = diagnose([...out(0, 1), ...out(1, 2), ...asked, later()]);
    expect(findings.filter((f) => f.rule === 'forward-missing')).toEqual([]);
    expect(findings[0]).toMatchObject({ rule: 'tunnel-vni-mismatch', verdict: 'fail' });
  });
});

describe('tunnel-one-way', () => {
  it('says between the ends that nothing comes back', () => {
    const f = find('tunnel-one-way', [...asks(3), later()]);
    expect(f).toMatchObject({ verdict: 'fail', confidence: 'medium', count: 3 });
    expect(f?.title).toBe(`VXLAN from ${A} to ${B} is one-way: nothing comes back`);
    expect(diagnose([...asks(3), later()]).find((x) => x.rule === 'icmp-echo-no-reply')?.foldedUnder).toBe(f?.id);
  });

  it('says that they arrive at the end of the tunnel, and that nothing comes out there', () => {
    const topology = { nodes: { b: { interfaces: { eth0: { index: 2, addresses: [`${B}/24`] } } } } };
    const arrives = [0, 1, 2].map((at) =>
      sll2({ if: 2, dir: 'in', at, point: 'b' }, wrap(A, B, 7, inner(POD_A, POD_B, echo({ id: 5, seq: at })))),
    );
    const end = { ...later(), point: 'b' };
    const silent = diagnose([...arrives, end], { topology }).find((f) => f.rule === 'tunnel-one-way');
    expect(silent?.cause).toContain('They come into b on eth0, and what is inside shows on no interface of b');
    // What comes out and goes on from there was taken: the tunnel is not at fault.
    const taken = arrives.flatMap((frame, at) => {
      const out = sll2({ if: 6, dir: 'in', point: 'b', at: at + 0.0001 }, inner(POD_A, POD_B, echo({ id: 5, seq: at })));
      return [frame, out];
    });
    expect(diagnose([...taken, end], { topology }).filter((f) => f.rule === 'tunnel-one-way')).toEqual([]);
  });

  it('says what passes beside the tunnel, and between which points its packets are lost', () => {
    const ping = (reply: boolean) => ipv4({ src: reply ? B : A, dst: reply ? A : B, ttl: 63 }, echo({ id: 5, seq: 1, reply }));
    const beside = [...through(0.2, ping(false)), ...through(0.21, ping(true), OUT, IN)];
    const frames = [...asks(3), ...beside, later()].sort((x, y) => (x.at ?? 0) - (y.at ?? 0));
    const f = find('tunnel-one-way', frames);
    expect(f?.contrast?.[0]).toContain('pings. So the way is there, and UDP port 8472');
    const far = beside.slice(1, 3).map((frame, i): TestFrame => ({ ...frame, point: 'node-b', if: 3, at: 0.205 + i / 1000 }));
    const both = [...frames, ...far].sort((x, y) => (x.at ?? 0) - (y.at ?? 0));
    const two = find('tunnel-one-way', both, { topology: TOPOLOGY });
    expect(two).toMatchObject({ confidence: 'high' });
    expect(two?.cause).toContain('none of them comes into node-b');
  });

  it('says that not even answers are taken, where the far end asks too', () => {
    const frames = (vni: number) =>
      [0, 1, 2].flatMap((at) => [
        ...through(at, wrap(B, A, vni, inner(POD_B, POD_A, tcp({ src: 4000, dst: 80, flags: 'S', seq: 100 }))), OUT, IN),
        ...through(at + 0.1, wrap(A, B, 7, inner(POD_A, POD_B, tcp({ src: 80, dst: 4000, flags: 'SA', seq: 50, ack: 101 })))),
      ]);
    const f = find('tunnel-one-way', [...frames(9), later()]);
    expect(f?.cause).toContain('It carries VNI 7, what comes the other way VNI 9');
    expect(find('tunnel-one-way', [...frames(7), later()])?.cause).not.toContain('VNI');
    expect(f).toMatchObject({ verdict: 'fail', confidence: 'medium', count: 3 });
    expect(f?.title).toBe(`VXLAN from ${A} to ${B} does not arrive: not even answers are taken`);
  });

  it('is inconclusive when the capture ends at once, or dropped frames', () => {
    const quick = Array.from({ length: 3 }, (_, i) =>
      through(i / 100, wrap(A, B, 7, inner(POD_A, POD_B, echo({ seq: i + 1 })))),
    ).flat();
    expect(find('tunnel-one-way', quick)?.verdict).toBe('inconclusive');
    expect(find('tunnel-one-way', [...asks(3), later()], { points: { router: { dropped: 5 } } })?.verdict).toBe('inconclusive');
  });

  const at = { point: 'node-b', if: 3 } as const;
  const bare = (seq: number, reply: boolean): IpPacket =>
    inner(reply ? POD_B : POD_A, reply ? POD_A : POD_B, echo({ seq, reply }));
  /** What node-b sees of a request: eth0, then its tunnel device, then the pod's interface. */
  const arrives = (t: number, p: IpPacket, vni = 7): TestFrame[] => {
    const outer = sll2({ ...at, dir: 'in', at: t }, wrap(A, B, vni, p));
    const inside = sll2({ point: 'node-b', if: 7, dir: 'in', at: t + 0.00001 }, p);
    return [outer, inside, { ...forward(inside, { if: 5, point: 'node-b' }), at: t + 0.00002 }];
  };

  it('says on the answering node that answers are not encapsulated', () => {
    const frames = [1, 2, 3].flatMap((seq) => {
      const reply = sll2({ point: 'node-b', if: 5, dir: 'in', at: seq + 0.1 }, bare(seq, true));
      return [...arrives(seq, bare(seq, false)), reply, { ...forward(reply, { if: 7, point: 'node-b' }), at: seq + 0.1001 }];
    });
    const f = find('tunnel-one-way', frames, { topology: TOPOLOGY, ifmap: { 7: 'tunnel0' } });
    expect(f).toMatchObject({ verdict: 'fail', confidence: 'high', count: 3 });
    expect(f?.subject).toMatchObject({ src: B, dst: A, target: POD_A, node: 'node-b' });
    expect(f?.title).toContain('no VXLAN packet leaves');
  });

  it('says on the receiving node that nothing comes out of the tunnel', () => {
    const lost = [1, 2, 3].map((seq) =>
      sll2({ ...at, dir: 'in', at: seq }, wrap(A, B, 8, inner(POD_A, '10.0.2.9', echo({ id: 4, seq })))),
    );
    const f = find('tunnel-one-way', [...arrives(0, bare(1, false)), ...lost, { ...later(), point: 'node-b' }], {
      topology: TOPOLOGY,
    });
    expect(f).toMatchObject({ verdict: 'fail', confidence: 'high', count: 3 });
    expect(f?.title).toContain('loses what is inside');
  });

  it('leaves alone a dead pod behind a tunnel that works', () => {
    const dead = Array.from({ length: 3 }, (_, i) =>
      through(i + 4, wrap(A, B, 7, inner(POD_A, '10.0.2.9', echo({ id: 5, seq: i + 1 })))),
    ).flat();
    expect(find('tunnel-one-way', [...healthy, ...dead, later(20)])).toBeUndefined();
  });
});

describe('tunnel-blocked', () => {
  const refused = (code: number, from: string, quote?: number): TestFrame[] =>
    [1, 2].flatMap((seq) => {
      const packet = wrap(A, B, 7, inner(POD_A, POD_B, tcp({ src: 4000, dst: 80, flags: 'S', seq: 100 })));
      return [
        ...through(seq, packet),
        sll2({ if: 1, dir: 'out', at: seq + 0.1 }, ipv4({ src: from, dst: A }, icmpError({ type: 3, code }, packet, quote))),
      ];
    });

  it('names a firewall, and folds what is inside under it', () => {
    const findings = diagnose([...refused(13, '192.168.1.1'), later()]);
    expect(findings[0]).toMatchObject({ rule: 'tunnel-blocked', verdict: 'fail', severity: 'error', count: 2 });
    expect(findings[0].title).toContain('is forbidden by 192.168.1.1');
    expect(findings.find((f) => f.rule === 'tcp-no-answer')?.foldedUnder).toBe(findings[0].id);
  });

  it('names an end point where nobody listens, also from a short quote', () => {
    const f = find('tunnel-blocked', [...refused(3, B, 28), later()]);
    expect(f?.title).toBe(`Nobody listens for VXLAN port 8472 on ${B}: port unreachable`);
    expect(f?.subject).toMatchObject({ src: A, dst: B, dstPort: 8472, tunnel: 'vxlan' });
  });

  it('is a note when it passed', () => {
    const [request, , error] = refused(3, B);
    const pod = (at: number, flags: string, seq: number, ack: number) =>
      through(at, wrap(A, B, 7, inner(POD_A, POD_B, tcp({ src: 4000, dst: 80, flags, seq, ack }))));
    const answer = through(
      5.1,
      wrap(B, A, 9, inner(POD_B, POD_A, tcp({ src: 80, dst: 4000, flags: 'SA', seq: 50, ack: 101 }))),
      OUT,
      IN,
    );
    const frames = [request, error, ...pod(5, 'S', 100, 0), ...answer, ...pod(5.2, 'A', 101, 51), later()];
    expect(find('tunnel-blocked', frames)).toMatchObject({ verdict: 'fail', severity: 'info' });
  });

  it('leaves errors about other packets alone', () => {
    const plain = ipv4({ src: A, dst: B }, tcp({ src: 4000, dst: 80, flags: 'S' }));
    const error = sll2(
      { if: 1, dir: 'out', at: 1 },
      ipv4({ src: '192.168.1.1', dst: A }, icmpError({ type: 3, code: 13 }, plain)),
    );
    expect(find('tunnel-blocked', [...healthy, ...through(0.5, plain), error, later()])).toBeUndefined();
  });
});

describe('tunnel-missing', () => {
  const bareReplies = [1, 2, 3].flatMap((seq) =>
    through(seq - 0.9, inner(POD_B, POD_A, tcp({ src: 80, dst: 4000, flags: 'SA', seq: 50, ack: 101 })), OUT, { if: 4 }),
  );
  const requests = [0, 1, 2].flatMap((at) =>
    through(at, wrap(A, B, 7, inner(POD_A, POD_B, tcp({ src: 4000, dst: 80, flags: 'S', seq: 100 })))),
  );
  const frames = [...requests, ...bareReplies].sort((x, y) => (x.at ?? 0) - (y.at ?? 0));

  it('compares the two ways of a conversation', () => {
    const f = find('tunnel-missing', [...frames, later()]);
    expect(f).toMatchObject({ verdict: 'fail', confidence: 'medium', severity: 'error' });
    expect(f?.subject).toMatchObject({ src: POD_B, dst: POD_A, tunnel: 'vxlan' });
  });

  it('leaves answers alone to a question that was translated before the tunnel: they belong to the node that did it', () => {
    const service = '192.168.1.11';
    const outside = '203.0.113.50';
    const asked = (at: number): TestFrame[] => {
      const question = ipv4({ src: outside, dst: service, ttl: 60 }, tcp({ src: 4000, dst: 30_080, flags: 'S', seq: 100 }));
      const sent = ipv4({ src: outside, dst: POD_B, ttl: 59, id: 77 }, tcp({ src: 4000, dst: 80, flags: 'S', seq: 100 }));
      return [
        sll2({ if: 1, dir: 'in', at }, { ...question, values: { ...question.values, id: 77 } }),
        sll2({ if: 2, dir: 'out', at: at + 0.00001 }, wrap(service, B, 7, sent)),
      ];
    };
    const told = [0.5, 1.5, 3.5].flatMap((at) => [
      sll2(
        { if: 2, dir: 'out', at },
        ipv4({ src: POD_B, dst: outside, ttl: 63 }, tcp({ src: 80, dst: 4000, flags: 'SA', seq: 50, ack: 101 })),
      ),
    ]);
    const all = [...[0, 1, 3].flatMap(asked), ...told].sort((x, y) => (x.at ?? 0) - (y.at ?? 0));
    const findings = diagnose([...all, later()]);
    expect(findings.filter(({ rule }) => rule === 'tunnel-missing')).toEqual([]);
    expect(findings[0]).toMatchObject({ rule: 'tcp-no-answer', verdict: 'fail' });
    expect(findings[0].cause).toContain(`The client asked ${service} port 30080, which was translated to ${POD_B}`);
  });

  it('is certain with a topology, and comes before what follows from it', () => {
    const findings = diagnose([...frames, later()], { topology: TOPOLOGY });
    expect(findings[0]).toMatchObject({ rule: 'tunnel-missing', confidence: 'high' });
    expect(findings[0].cause).toBe('node-b has no tunnel route for 10.0.1.0/24.');
    expect(findings.filter((f) => f.foldedUnder === null && f.severity === 'error')).toHaveLength(1);
  });

  it('says it once for questions and answers of one node', () => {
    const questions = [6, 7].flatMap((at) => through(at, inner(POD_B, POD_A, echo({ id: 8, seq: at })), OUT, { if: 4 }));
    const findings = diagnose([...frames, ...questions, later()], { topology: TOPOLOGY, only: ['tunnel-missing'] });
    expect(findings).toMatchObject([{ count: 5 }]);
  });

  it('warns where pods talk bare and are answered, though the topology has a tunnel', () => {
    const answered = [0, 1, 2].flatMap((at) => [
      ...through(at, inner(POD_A, POD_B, echo({ seq: at }))),
      ...through(at + 0.001, inner(POD_B, POD_A, echo({ seq: at, reply: true })), OUT, IN),
    ]);
    const only = ['tunnel-missing'];
    expect(diagnose([...answered, later()], { topology: TOPOLOGY, only })).toMatchObject([
      {
        severity: 'warning',
        title: 'Packets between 10.0.1.0/24 and 10.0.2.0/24 travel without the VXLAN tunnel, and arrive',
        count: 6,
      },
    ]);
    // Without a topology that says so nobody knows of a tunnel; and what nobody answers is an error.
    expect(diagnose([...answered, later()], { only })).toEqual([]);
    const asked = answered.filter((_, i) => i % 4 < 2);
    expect(diagnose([...asked, later()], { topology: TOPOLOGY, only })).toMatchObject([{ severity: 'error' }]);
  });

  it('leaves alone nodes that talk outside of the tunnel, and routed pods without one', () => {
    const nodes = through(1, ipv4({ src: B, dst: A }, echo({ id: 3 })), OUT, IN);
    expect(find('tunnel-missing', [...healthy, ...nodes, later()], { topology: TOPOLOGY })).toBeUndefined();
    const { tunnel: _, ...native } = TOPOLOGY;
    expect(find('tunnel-missing', [...through(1, inner(POD_A, POD_B, echo())), later()], { topology: native })).toBeUndefined();
  });
});

describe('tunnel-unexpected', () => {
  it('names a tunnel of another kind', () => {
    const f = find('tunnel-unexpected', [...asks(3), later()], { topology: { ...TOPOLOGY, tunnel: { type: 'geneve' } } });
    expect(f).toMatchObject({ verdict: 'fail', severity: 'warning' });
    expect(f?.message).toContain('Geneve on port 6081');
  });

  it('names an outer source that no node has: translated between the nodes', () => {
    const NAT = '203.0.113.9';
    const topology = TOPOLOGY;
    const foreign = asks(3, 7, POD_A, POD_B, NAT);
    const lost = diagnose([...foreign, later()], { topology });
    expect(lost[0]).toMatchObject({
      rule: 'tunnel-unexpected',
      severity: 'error',
      title: `VXLAN with packets of node-a comes from ${NAT}, which is no node`,
    });
    expect(lost.every((f) => f.verdict !== 'fail' || f === lost[0] || f.foldedUnder === lost[0].id)).toBe(true);
    // The answers go to the node itself.
    const answered = [...foreign, ...replies(3)].sort((x, y) => (x.at ?? 0) - (y.at ?? 0));
    expect(find('tunnel-unexpected', [...answered, later()], { topology })).toMatchObject({ severity: 'warning' });
    // To the same address: it is one that the topology lacks.
    const back = [0, 1, 2].flatMap((i) =>
      through(i + 0.001, wrap(B, NAT, 9, inner(POD_B, POD_A, echo({ seq: i + 1, reply: true }))), OUT, IN),
    );
    const known = [...foreign, ...back].sort((x, y) => (x.at ?? 0) - (y.at ?? 0));
    expect(find('tunnel-unexpected', [...known, later()], { topology })).toBeUndefined();
  });

  it('leaves the right tunnel alone, and every tunnel that works', () => {
    expect(find('tunnel-unexpected', [...asks(3), later()], { topology: TOPOLOGY })).toBeUndefined();
    expect(
      find('tunnel-unexpected', [...healthy, later()], { topology: { ...TOPOLOGY, tunnel: { type: 'geneve' } } }),
    ).toBeUndefined();
  });
});

describe('tunnel-inner-vlan', () => {
  const tagged = (seq: number, reply = false): TestFrame =>
    sll2(
      { ...IN, at: seq + (reply ? 0.5 : 0) },
      vxlan(
        { src: reply ? B : A, dst: reply ? A : B, vni: 7 },
        vlan(20, inner(reply ? POD_B : POD_A, reply ? POD_A : POD_B, echo({ seq, reply }))),
      ),
    );

  it('warns when the tagged frames get no answer', () => {
    expect(find('tunnel-inner-vlan', [tagged(1), tagged(2), later()])).toMatchObject({
      verdict: 'fail',
      severity: 'warning',
      count: 2,
    });
  });

  it('is a note when both ends take them', () => {
    expect(find('tunnel-inner-vlan', [tagged(1), tagged(1, true), later()])?.severity).toBe('info');
  });

  it('leaves outer tags and Geneve alone', () => {
    const outer = sll2({ ...IN, at: 1 }, vlan(20, wrap(A, B, 7, inner(POD_A, POD_B, echo()))));
    const other = sll2({ ...IN, at: 2 }, geneve({ src: A, dst: B, vni: 7 }, vlan(20, inner(POD_A, POD_B, echo()))));
    expect(find('tunnel-inner-vlan', [outer, other, later()])).toBeUndefined();
  });
});

describe('tunnel-fragmented', () => {
  const large = wrap(A, B, 7, inner(POD_A, POD_B, echo({ data: 1400 })));
  const whole = sll2({ ...IN, at: 1 }, large);
  const fragment: TestFrame = {
    ...copy(whole, { if: 2, dir: 'out', at: 1.0001 }),
    packet: { ...large, values: { ...large.values, ttl: 63, len: 1396, 'flags.mf': 1 } },
  };

  it('says who fragments, and what would fit', () => {
    const f = find('tunnel-fragmented', [whole, fragment, later()]);
    expect(f).toMatchObject({ verdict: 'fail', severity: 'warning', count: 1 });
    expect(f?.title).toBe(`VXLAN packets between ${A} and ${B} are fragmented by router`);
    expect(f?.message).toContain('inner packets of 1346 bytes, a TCP MSS of 1306');
  });

  it('says that only first fragments come, where the rest of others is seen', () => {
    const part = (at: number, seq: number, src: string, dst: string, offset: number, dir: 'in' | 'out'): TestFrame => {
      const [from, to] = src === A ? [POD_A, POD_B] : [POD_B, POD_A];
      const packet = wrap(src, dst, 7, inner(from, to, echo({ data: 1400, seq, id: src === A ? 7 : 8 })));
      const values = {
        ...packet.values,
        id: 300 + seq,
        len: offset === 0 ? 1396 : 92,
        'flags.mf': offset === 0 ? 1 : 0,
        frag_offset: offset,
      };
      return sll2({ if: 1, dir, at }, { ...packet, values });
    };
    const firsts = [0, 1, 2].map((n) => part(n, n, A, B, 0, 'in'));
    const own = [0, 1, 2].flatMap((n) => [part(n + 0.2, n, B, A, 0, 'out'), part(n + 0.21, n, B, A, 172, 'out')]);
    const frames = [...firsts, ...own, later()].sort((x, y) => (x.at ?? 0) - (y.at ?? 0));
    expect(find('tunnel-fragmented', frames)).toMatchObject({
      severity: 'error',
      title: `Only the first fragments of VXLAN packets from ${A} to ${B} reach router`,
    });
    const rest = [0, 1, 2].map((n) => part(n + 0.001, n, A, B, 172, 'in'));
    const whole = [...frames, ...rest].sort((x, y) => (x.at ?? 0) - (y.at ?? 0));
    expect(find('tunnel-fragmented', whole)).toMatchObject({ severity: 'warning' });
    // Nothing but first fragments: a filter by port shows no others.
    expect(find('tunnel-fragmented', [...firsts, later()])).toMatchObject({ severity: 'warning' });
  });

  it('is the cause where what is fragmented never arrives, and what is whole does', () => {
    const data = (at: number): TestFrame => {
      const packet = wrap(A, B, 7, inner(POD_A, POD_B, tcp({ src: 4001, dst: 80, flags: 'PA', seq: 101, ack: 51, data: 1400 })));
      const values = { ...packet.values, len: 1396, 'flags.mf': 1 };
      return sll2({ if: 2, dir: 'out', at }, { ...packet, values });
    };
    const hello = [
      ...through(0, wrap(A, B, 7, inner(POD_A, POD_B, tcp({ src: 4001, dst: 80, flags: 'S', seq: 100 })))),
      ...through(0.01, wrap(B, A, 9, inner(POD_B, POD_A, tcp({ src: 80, dst: 4001, flags: 'SA', seq: 50, ack: 101 }))), OUT, IN),
      ...through(0.02, wrap(A, B, 7, inner(POD_A, POD_B, tcp({ src: 4001, dst: 80, seq: 101, ack: 51 })))),
    ];
    const frames = [...healthy, ...hello, ...[1, 1.3, 1.9, 3.1, 5].map(data)].sort((x, y) => (x.at ?? 0) - (y.at ?? 0));
    const findings = diagnose([...frames, later(20)]);
    expect(findings[0]).toMatchObject({ rule: 'tunnel-fragmented', severity: 'error' });
    expect(findings[0].title).toContain('and those that are do not arrive');
    expect(findings.filter((f) => f.foldedUnder === null && f.verdict === 'fail')).toHaveLength(1);
  });

  it('leaves whole packets and fragments outside of a tunnel alone', () => {
    const plain = sll2({ ...IN, at: 2 }, ipv4({ src: A, dst: B, 'flags.mf': 1 }, echo({ data: 1200 })));
    expect(find('tunnel-fragmented', [whole, plain, later()])).toBeUndefined();
  });
});
