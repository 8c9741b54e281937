// What is wrong inside of overlays, beyond plain loss: ARP in tunnels, machines that moved, MACs, outer checksums, ports.
import { describe, expect, it } from 'vitest';
import type { Finding } from '../../src/rules/finding.js';
import {
  arp,
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
  udp,
  vlan,
  vxlan,
} from './lab.js';

const A = '192.168.1.11';
const B = '192.168.2.12';
const C = '192.168.3.13';
const MAC_A = '02:00:00:00:00:0a';
const MAC_B = '02:00:00:00:00:0b';
const IN = { if: 1, dir: 'in' } as const;

const said = (frames: readonly TestFrame[], options: LabOptions = {}): readonly Finding[] =>
  diagnose(
    [...frames].sort((x, y) => (x.at ?? 0) - (y.at ?? 0)),
    options,
  );
const top = (findings: readonly Finding[]): string[] =>
  findings.flatMap((f) => (f.foldedUnder === null && f.verdict === 'fail' ? [f.rule] : []));
const find = (findings: readonly Finding[], rule: string): Finding | undefined => findings.find((f) => f.rule === rule);

/** Through a router: in by one interface, out by the other. */
const through = (at: number, packet: IpPacket): TestFrame[] => {
  const [from, to] = packet.values.src === A ? [1, 2] : [2, 1];
  const frame = sll2({ if: from, dir: 'in', at }, packet);
  return [frame, { ...forward(frame, { if: to, dir: 'out' }), at: at + 0.00001 }];
};
const question = (sender: string, target: string, senderMac = MAC_A) => arp({ sender, senderMac, target });
const answer = (sender: string, target: string) => arp({ op: 'reply', sender, senderMac: MAC_B, target, targetMac: MAC_A });
const later = (at = 12): TestFrame => sll2({ ...IN, at }, ipv4({ src: A, dst: '192.168.1.1' }, echo({ id: 99, reply: true })));
const seconds = [0, 1, 2, 3] as const;

describe('ARP inside a tunnel', () => {
  const asked = (vni: number, at = 0) =>
    seconds.flatMap((n) => through(at + n, vxlan({ src: A, dst: B, vni }, question('10.250.0.1', '10.250.0.2'))));
  const askedBack = (vni: number) =>
    seconds.flatMap((n) => through(n + 0.3, vxlan({ src: B, dst: A, vni }, question('10.250.0.2', '10.250.0.1', MAC_B))));

  it('is silent because a node on the way sends its outer packets elsewhere', () => {
    const node = (address: string) => ({ interfaces: { eth0: { addresses: [`${address}/24`] } } });
    const topology = {
      nodes: {
        router: {
          interfaces: {
            eth1: { index: 1, addresses: ['192.168.1.1/24'] },
            eth2: { index: 2, addresses: ['192.168.2.1/24'] },
            eth0: { index: 3, addresses: ['203.0.113.2/24'] },
          },
          routes: ['default via 203.0.113.1 dev eth0'],
        },
        'node-a': node(A),
        'node-b': node(B),
      },
    };
    const astray = asked(42).map((frame) => ({ ...frame, if: frame.if === 2 ? 3 : frame.if }));
    const findings = said([...astray, later()], { topology });
    expect(top(findings)).toEqual(['egress-wrong-interface']);
    expect(find(findings, 'tunnel-one-way')?.foldedUnder).toBe(findings[0].id);
    // The same silence where the router sends them right is the tunnel's own.
    expect(top(said([...asked(42), later()], { topology }))).toEqual(['tunnel-one-way']);
  });

  it('tells two VNIs, and folds the silence under them', () => {
    const findings = said([...asked(42), ...askedBack(43), later()]);
    expect(top(findings)).toEqual(['tunnel-vni-mismatch']);
    expect(findings[0].title).toBe(`VXLAN between ${A} and ${B}: one end uses VNI 42, the other VNI 43`);
    expect(findings[0].evidence.map((e) => e.note)).toEqual([
      expect.stringContaining('VNI 42'),
      expect.stringContaining('VNI 43'),
    ]);
  });

  it('names the end where what is asked for lives, when the question is flooded to another one only', () => {
    const target = '10.250.0.3';
    const flood = (to: string) =>
      seconds.flatMap((n) => through(n + 1, vxlan({ src: A, dst: to, vni: 42 }, question('10.250.0.1', target))));
    const heard = [0, 0.5].flatMap((at) =>
      through(at, vxlan({ src: C, dst: A, vni: 42 }, question(target, '10.250.0.9', MAC_B))),
    );
    const back = through(0.2, vxlan({ src: B, dst: A, vni: 42 }, question('10.250.0.2', '10.250.0.9', MAC_B)));
    const guest = { nodes: { guest: { interfaces: { eth0: { addresses: [`${target}/24`] } } } } };
    const node = (local: string) => ({
      interfaces: { eth0: { addresses: [`${local}/24`] }, vx: { kind: 'vxlan', tunnel: { type: 'vxlan', id: 42, local } } },
    });
    for (const options of [{}, { topology: { nodes: { ...guest.nodes, a: node(A), b: node(B), c: node(C) } } }])
      expect(find(said([...flood(B), ...heard, ...back, later()], options), 'tunnel-wrong-endpoint')?.title).toBe(
        `VXLAN packets for ${target} go to ${B} instead of ${C}`,
      );
    const both = [...flood(B), ...flood(C), ...heard, ...back, later()];
    expect(find(said(both), 'tunnel-wrong-endpoint')).toBeUndefined();
  });

  it('tells a tunnel in which nothing comes back', () => {
    const findings = said([...asked(42), later()]);
    expect(top(findings)).toEqual(['tunnel-one-way']);
    expect(findings[0]).toMatchObject({ count: 4, confidence: 'medium' });
    expect(findings[0].message).toContain('4 ARP questions for 10.250.0.2');
  });

  it('is the cause of what its asker says: host unreachable', () => {
    const client = '10.9.1.1';
    const ping = (n: number) => ipv4({ src: client, dst: '10.9.2.2' }, echo({ seq: n }));
    const told = seconds.flatMap((n) => [
      sll2({ if: 5, dir: 'in', at: n }, ping(n)),
      sll2(
        { if: 5, dir: 'out', at: n + 0.9 },
        ipv4({ src: '10.250.0.1', dst: client }, icmpError({ type: 3, code: 1 }, ping(n))),
      ),
    ]);
    const only = ['tunnel-one-way', 'arp-no-reply', 'icmp-unreachable'];
    const findings = said([...asked(42), ...told, later()], { only });
    expect(top(findings)).toEqual(['tunnel-one-way']);
    expect(find(findings, 'icmp-unreachable')?.foldedUnder).toBe(findings[0].id);
    // Without a tunnel that swallows the question it is told as what it is.
    expect(top(said([...told, later()], { only }))).toEqual(['icmp-unreachable']);
  });

  it('leaves answered questions alone, but not those asked again because the answer has another VNI', () => {
    const replies = (vni: number) =>
      seconds.flatMap((n) => through(n + 0.001, vxlan({ src: B, dst: A, vni }, answer('10.250.0.2', '10.250.0.1'))));
    expect(top(said([...asked(42), ...replies(42), later()]))).toEqual([]);
    expect(top(said([...asked(42), ...replies(43), later()]))).toEqual(['tunnel-vni-mismatch']);
  });

  it('is answered at the other end, and a node on the way drops the answers', () => {
    // Not by the first interface, which is the loopback of most nodes.
    const passed = (when: number, from: number, packet: IpPacket): TestFrame[] => {
      const frame = sll2({ if: from, dir: 'in', at: when }, packet);
      return [frame, { ...forward(frame, { if: 7 - from, dir: 'out' }), at: when + 0.00001 }];
    };
    const frames = seconds.flatMap((n) => [
      ...passed(n, 3, vxlan({ src: A, dst: B, vni: 42 }, question('10.250.0.1', '10.250.0.2'))),
      sll2({ if: 4, dir: 'in', at: n + 0.001 }, vxlan({ src: B, dst: A, vni: 42 }, answer('10.250.0.2', '10.250.0.1'))),
      ...passed(n + 0.2, 3, ipv4({ src: A, dst: B }, echo({ seq: n }))),
      ...passed(n + 0.201, 4, ipv4({ src: B, dst: A }, echo({ seq: n, reply: true }))),
    ]);
    const findings = said([...frames, { ...later(), if: 3 }]);
    expect(top(findings)).toEqual(['tunnel-blocked']);
    expect(findings[0].title).toMatch(new RegExp(`drops VXLAN port 8472 to ${A}$`));
    expect(findings[0].message).toContain('Answers for 10.250.0.2 are among them, and are asked for again.');
  });

  it('blames no tunnel for what is flooded to several ends', () => {
    const flooded = seconds.flatMap((n) => [
      ...through(n, vxlan({ src: A, dst: B, vni: 42 }, question('10.250.0.1', '10.250.0.9'))),
      ...through(n + 0.0002, vxlan({ src: A, dst: C, vni: 42 }, question('10.250.0.1', '10.250.0.9'))),
    ]);
    expect(top(said([...flooded, later()]))).toEqual(['arp-no-reply']);
    // One end refuses the tunnel: its own, where the address is heard from it; else it proves nothing.
    const packet = vxlan({ src: A, dst: C, vni: 42 }, question('10.250.0.1', '10.250.0.9'));
    const refused = through(0.3, ipv4({ src: C, dst: A }, icmpError({ type: 3, code: 3 }, packet)));
    const back = through(0.4, vxlan({ src: B, dst: A, vni: 42 }, question('10.250.0.2', '10.250.0.1', MAC_B)));
    const heard = through(0.5, vxlan({ src: C, dst: A, vni: 42 }, question('10.250.0.9', '10.250.0.1', MAC_B)));
    const told = (frames: readonly TestFrame[]) => top(said([...flooded, ...refused, ...back, ...frames, later()]));
    expect(told([])).toEqual(['tunnel-blocked', 'arp-no-reply']);
    expect(told(heard)).toEqual(['tunnel-blocked']);
  });

  it('names both ports where each end refuses the port of the other', () => {
    const refused = (src: string, dst: string, port: number, at: number) => {
      const packet = vxlan(
        { src, dst, vni: 42, dstPort: port },
        question(src === A ? '10.250.0.1' : '10.250.0.2', src === A ? '10.250.0.2' : '10.250.0.1'),
      );
      return [
        ...through(at, packet),
        ...through(at + 0.001, ipv4({ src: dst, dst: src }, icmpError({ type: 3, code: 3 }, packet))),
      ];
    };
    const findings = said([...seconds.flatMap((n) => [...refused(A, B, 8472, n), ...refused(B, A, 4789, n + 0.5)]), later()]);
    expect(top(findings)).toEqual(['tunnel-blocked']);
    expect(findings[0].title).toBe(`VXLAN between ${A} and ${B}: one end uses port 8472, the other 4789`);
  });
});

describe('a machine that moved behind another end point', () => {
  const pings = (from: number, count: number, isAnswered: boolean, end = B) =>
    Array.from({ length: count }, (_, i) => [
      sll2(
        { if: 2, dir: 'out', at: from + i },
        vxlan({ src: A, dst: end, vni: 7 }, ipv4({ src: '10.9.0.1', dst: '10.9.0.2' }, echo({ seq: from + i }))),
      ),
      ...(isAnswered
        ? [
            sll2(
              { if: 2, dir: 'in', at: from + i + 0.001 },
              vxlan(
                { src: end, dst: A, vni: 7 },
                ipv4({ src: '10.9.0.2', dst: '10.9.0.1' }, echo({ seq: from + i, reply: true })),
              ),
            ),
          ]
        : []),
    ]).flat();
  const announces = (at: number, end: string) =>
    sll2({ if: 2, dir: 'in', at }, vxlan({ src: end, dst: A, vni: 7 }, question('10.9.0.2', '10.9.0.2', MAC_B)));

  it('names the end that it is heard from, and the one that is still used', () => {
    const findings = said([...pings(0, 3, true), announces(3.5, C), ...pings(4, 5, false), later()]);
    expect(top(findings)).toEqual(['tunnel-wrong-endpoint']);
    expect(findings[0].title).toBe(`VXLAN packets for 10.9.0.2 go to ${B} instead of ${C}`);
    expect(findings[0].message).toContain(`It was behind ${B} until`);
    expect(findings[0].count).toBe(5);
  });

  it('says the same where only the time after is in the capture', () => {
    const findings = said([announces(3.5, C), ...pings(4, 5, false), later()]);
    expect(top(findings)).toEqual(['tunnel-wrong-endpoint']);
  });

  it('leaves a move alone that the sender follows, and never names the sender itself', () => {
    expect(top(said([...pings(0, 3, true), announces(3.5, C), ...pings(4, 5, true, C), later()]))).toEqual([]);
    const local = sll2({ if: 2, dir: 'out', at: 0 }, vxlan({ src: A, dst: B, vni: 7 }, question('10.9.0.1', '10.9.0.7')));
    expect(find(said([local, announces(3.5, B), ...pings(4, 5, false), later()]), 'tunnel-wrong-endpoint')).toBeUndefined();
  });
});

describe('tunnel-inner-mac', () => {
  const OLD = '02:00:00:00:00:99';
  const OURS = { if: 2, dir: 'in' } as const;
  const ask = (n: number, device: Sight['dir'], more: readonly Sight[] = []): TestFrame[] => {
    const inner = ipv4({ src: '10.0.1.5', dst: '10.0.2.5' }, echo({ seq: n }));
    return [
      sll2({ ...OURS, at: n }, vxlan({ src: A, dst: B, vni: 1, innerDst: OLD }, inner)),
      sll2({ if: 3, dir: device, at: n + 0.00001 }, inner),
      ...more.map((sight, i) => sll2({ at: n + 0.00002 * (i + 1), ...sight }, inner)),
    ];
  };
  const topology = {
    nodes: {
      'node-a': { interfaces: { eth0: { addresses: [`${A}/24`] } }, podCIDRs: ['10.0.1.0/24'] },
      'node-b': {
        interfaces: {
          eth0: { index: 2, addresses: [`${B}/24`] },
          'flannel.1': { index: 3, mac: '02:00:00:00:00:42' },
        },
        podCIDRs: ['10.0.2.0/24'],
      },
    },
    tunnel: { type: 'vxlan', port: 8472, vni: 1, device: 'flannel.1' },
  };

  it('names the MAC of frames that come out for another host', () => {
    const findings = said([...seconds.flatMap((n) => ask(n, 'other')), later()], { ifmap: { 2: 'eth0', 3: 'flannel.1' } });
    expect(top(findings)).toEqual(['tunnel-inner-mac']);
    expect(findings[0].title).toContain(`${OLD}, which flannel.1 does not have`);
    expect(findings[0].evidence.some((e) => e.note?.includes('to another host'))).toBe(true);
  });

  it('names the right one too where the topology has it, also at the sending end', () => {
    const at = (frames: TestFrame[], point: string) =>
      said(
        [...frames, later()].map((frame) => ({ ...frame, point })),
        { topology },
      );
    const received = at(
      seconds.flatMap((n) => ask(n, 'other')),
      'node-b',
    );
    expect(find(received, 'tunnel-inner-mac')?.message).toContain('flannel.1 has 02:00:00:00:00:42');
    const sent = seconds.map((n) =>
      sll2(
        { if: 2, dir: 'out', at: n },
        vxlan({ src: A, dst: B, vni: 1, innerDst: OLD }, ipv4({ src: '10.0.1.5', dst: '10.0.2.5' }, echo({ seq: n }))),
      ),
    );
    expect(find(at(sent, 'node-a'), 'tunnel-inner-mac')?.cause).toContain('02:00:00:00:00:42');
  });

  it('leaves frames to us, bridges that pass them on, and answered ones alone', () => {
    const quiet = (frames: TestFrame[]) => expect(find(said([...frames, later()]), 'tunnel-inner-mac')).toBeUndefined();
    quiet(seconds.flatMap((n) => ask(n, 'in')));
    quiet(seconds.flatMap((n) => ask(n, 'other', [{ if: 4, dir: 'out' }])));
    const replies = seconds.map((n) =>
      sll2(
        { if: 2, dir: 'out', at: n + 0.01 },
        vxlan({ src: B, dst: A, vni: 1 }, ipv4({ src: '10.0.2.5', dst: '10.0.1.5' }, echo({ seq: n, reply: true }))),
      ),
    );
    quiet([...seconds.flatMap((n) => ask(n, 'other')), ...replies]);
  });
});

describe('outer UDP checksums', () => {
  const syn = (src: number, checksum: number | undefined, device: boolean, at: number): TestFrame[] => {
    const inner = ipv4({ src: '10.0.1.5', dst: '10.0.2.5' }, tcp({ src, dst: 80, flags: 'S', seq: src }));
    const outer = vxlan({ src: A, dst: B, vni: 1, checksum }, inner);
    return [sll2({ if: 2, dir: 'in', at }, outer), ...(device ? [sll2({ if: 3, dir: 'in', at: at + 0.00001 }, inner)] : [])];
  };
  const synAck = (src: number, at: number) =>
    sll2(
      { if: 3, dir: 'out', at },
      ipv4({ src: '10.0.2.5', dst: '10.0.1.5' }, tcp({ src: 80, dst: src, flags: 'SA', seq: 1, ack: src + 1 })),
    );
  const works = [1, 2, 3].flatMap((n) => [...syn(n, 0, true, n), synAck(n, n + 0.001)]);
  const options = { ifmap: { 2: 'eth0', 3: 'flannel.1' } };

  it('tells the wrong ones from those that arrive', () => {
    const lost = [5, 6, 7].flatMap((n) => syn(n, 0x1234, false, n));
    const finding = find(said([...works, ...lost, later()], options), 'checksum-bad');
    expect(finding).toMatchObject({ verdict: 'fail', severity: 'error', count: 3 });
    expect(finding?.title).toBe(`VXLAN packets from ${A} arrive with a wrong outer UDP checksum`);
    expect(finding?.message).toContain('of which nothing was seen on flannel.1');
    expect(finding?.contrast).toEqual(['the 3 with a wrong outer UDP checksum are lost, while of 3 with none packets arrive']);
    expect(finding?.foldedUnder).toBeNull();
  });

  it('tells them at several points, where the sender is one', () => {
    const fromSender = [5, 6, 7].flatMap((n) => {
      const [outer] = syn(n, 0x1234, false, n);
      return [
        { ...outer, dir: 'out' as const, point: 'a', at: n - 0.001 },
        { ...outer, point: 'b' },
      ];
    });
    const there = works.map((frame): TestFrame => ({ ...frame, point: 'b' }));
    const finding = find(said([...there, ...fromSender, later()], options), 'checksum-bad');
    expect(finding).toMatchObject({ verdict: 'fail', severity: 'error', foldedUnder: null });
  });

  it('leaves right ones, none, and wrong ones that are taken all the same alone', () => {
    const quiet = (frames: TestFrame[]) => expect(find(said([...frames, later()], options), 'checksum-bad')).toBeUndefined();
    quiet(works);
    quiet([1, 2, 3].flatMap((n) => [...syn(n, 0x1234, true, n), synAck(n, n + 0.001)]));
    quiet([5, 6].flatMap((n) => syn(n, 0x1234, false, n)).map((frame) => ({ ...frame, dir: 'out' as const })));
  });

  it('leaves one alone whose inner checksum is left to the card', () => {
    const partial = ipv4({ src: '10.0.1.5', dst: '10.0.2.5' }, tcp({ src: 1, dst: 80, flags: 'S', seq: 1, checksum: 0x1414 }));
    const frames = [1, 2, 3].map((n) =>
      sll2({ if: 2, dir: 'in', at: n }, vxlan({ src: A, dst: B, vni: 1, checksum: 0x4321 }, partial)),
    );
    const outer = said([...frames, later()], options).filter((f) => f.title.includes('outer'));
    expect(outer).toEqual([]);
  });
});

describe('a tunnel on a port that nobody declared', () => {
  const asks = seconds.map((n) =>
    sll2({ if: 2, dir: 'in', at: n }, ipv4({ src: '10.0.1.5', dst: '10.0.2.5' }, echo({ seq: n }))),
  );
  const replies = (kind: typeof vxlan, dstPort: number) =>
    seconds.map((n) =>
      sll2(
        { if: 2, dir: 'out', at: n + 0.001 },
        kind({ src: B, dst: A, vni: 7, dstPort }, ipv4({ src: '10.0.2.5', dst: '10.0.1.5' }, echo({ seq: n, reply: true }))),
      ),
    );

  it('is told with the option that reads it, and leaves the rest undecided', () => {
    for (const [kind, name] of [
      [vxlan, 'vxlan'],
      [geneve, 'geneve'],
    ] as const) {
      const end = sll2({ if: 2, dir: 'in', at: 12 }, ipv4({ src: C, dst: B }, echo({ id: 99, reply: true })));
      const findings = said([...asks, ...replies(kind, 6080), end]);
      expect(find(findings, 'tunnel-unexpected')).toMatchObject({
        verdict: 'inconclusive',
        hint: `Run it again with -d udp.port==6080,${name}`,
      });
      expect(findings.filter((f) => f.verdict === 'fail' && f.severity !== 'info')).toEqual([]);
    }
  });

  it('is not seen in tunnels on known ports, nor in other datagrams', () => {
    expect(find(said([...asks, ...replies(vxlan, 4789), later()]), 'tunnel-unexpected')).toBeUndefined();
    const other = seconds.map((n) => sll2({ ...IN, at: n }, ipv4({ src: A, dst: B }, udp({ src: 5000, dst: 6080, data: 60 }))));
    expect(find(said([...other, later()]), 'tunnel-unexpected')).toBeUndefined();
  });
});

describe('frames with a tag inside, from both ends', () => {
  it('are a note, also where they are flooded', () => {
    const tagged = (src: string, dst: string, from: string, to: string, at: number) =>
      sll2({ ...IN, at }, vxlan({ src, dst, vni: 7 }, vlan(20, ipv4({ src: from, dst: to }, echo({ seq: at })))));
    const findings = said([
      ...seconds.map((n) => tagged(A, '239.0.0.1', '10.3.0.1', '10.3.0.255', n)),
      tagged(B, A, '10.3.0.2', '10.3.0.7', 5),
      later(),
    ]);
    expect(findings.filter((f) => f.rule === 'tunnel-inner-vlan').map((f) => f.severity)).toEqual(['info', 'info']);
  });
});

describe('an answer that belongs into the tunnel that the question came by', () => {
  it('is missed there after its translation back, too', () => {
    const pod = '10.0.1.5';
    const web = '198.51.100.9';
    const frames = [0, 1, 3].flatMap((n) => [
      sll2(
        { if: 2, dir: 'in', at: n },
        vxlan(
          { src: A, dst: B, vni: 7 },
          ipv4({ src: pod, dst: web, id: 7 + n }, tcp({ src: 4000, dst: 80, flags: 'S', seq: 10 })),
        ),
      ),
      sll2(
        { if: 3, dir: 'in', at: n + 0.00001 },
        ipv4({ src: pod, dst: web, id: 7 + n }, tcp({ src: 4000, dst: 80, flags: 'S', seq: 10 })),
      ),
      sll2(
        { if: 2, dir: 'out', at: n + 0.00002 },
        ipv4({ src: B, dst: web, ttl: 63, id: 7 + n }, tcp({ src: 4000, dst: 80, flags: 'S', seq: 10 })),
      ),
      sll2(
        { if: 2, dir: 'in', at: n + 0.01 },
        ipv4({ src: web, dst: B, id: 70 + n }, tcp({ src: 80, dst: 4000, flags: 'SA', seq: 90, ack: 11 })),
      ),
      sll2(
        { if: 2, dir: 'out', at: n + 0.01001 },
        ipv4({ src: web, dst: pod, ttl: 63, id: 70 + n }, tcp({ src: 80, dst: 4000, flags: 'SA', seq: 90, ack: 11 })),
      ),
    ]);
    const findings = said([...frames, later()], { ifmap: { 2: 'eth0', 3: 'cilium_vxlan' } });
    expect(top(findings)[0]).toBe('tunnel-missing');
    expect(find(findings, 'tunnel-missing')?.message).toContain('left by eth0 without VXLAN');
  });
});
