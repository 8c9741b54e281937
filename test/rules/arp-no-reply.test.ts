import { describe, expect, it } from 'vitest';
import { arp, diagnose, ethernet, forward, ipv4, sll2, snat, summary, type TestFrame, tcp, vlan, vxlan } from './lab.js';
import { answer, question } from './neighbour-examples.js';
import { attempts, healthy, ifmap, NEAR, POD, SERVER, topology } from './path-lab.js';

const only = ['arp-no-reply'];
const HOP = '192.168.20.150';
/** The router asks for a next hop on eth2. */
const asks = (at: number, target = HOP): TestFrame =>
  sll2({ if: 4, dir: 'out', at }, arp({ sender: '192.168.20.200', senderMac: '0a:00:00:00:00:02', target }));
/** The same by another host, seen as a broadcast. */
const heard = (at: number, target = HOP): TestFrame =>
  sll2({ if: 4, dir: 'broadcast', at }, arp({ sender: '192.168.20.100', senderMac: '0a:00:00:00:00:03', target }));

describe('arp-no-reply', () => {
  it('takes far more questions than a host asks for frames that go round', () => {
    const storm = Array.from({ length: 200 }, (_, i) => heard(i * 0.005));
    const [finding] = diagnose([...storm, heard(9, '192.168.20.1')], { ifmap, only });
    expect(finding.title).toBe(`The same question for ${HOP} is heard 200 times in 1.0 s: frames go round in a loop of links`);
  });

  it('names the tunnel that the questions leave in, where who is asked is heard through it', () => {
    const [POD_A, POD_B] = [
      { ip: '10.50.0.1', mac: '0a:00:00:00:50:01' },
      { ip: '10.50.0.2', mac: '0a:00:00:00:50:02' },
    ];
    const outer = (src: string, dst: string, innerSrc: string) => ({
      src,
      dst,
      vni: 77,
      innerSrc,
      innerDst: 'ff:ff:ff:ff:ff:ff',
    });
    const asksIn = (s: number): TestFrame[] => {
      const packet = arp({ sender: POD_A.ip, senderMac: POD_A.mac, target: POD_B.ip });
      return [
        sll2({ if: 3, dir: 'broadcast', at: s, mac: POD_A.mac }, packet),
        sll2({ if: 2, dir: 'out', at: s + 0.0001 }, vxlan(outer('172.16.0.1', '172.16.0.2', POD_A.mac), packet)),
      ];
    };
    const isAsked = (s: number): TestFrame[] => {
      const packet = arp({ sender: POD_B.ip, senderMac: POD_B.mac, target: POD_A.ip });
      return [
        sll2({ if: 2, dir: 'in', at: s }, vxlan(outer('172.16.0.2', '172.16.0.1', POD_B.mac), packet)),
        sll2({ if: 3, dir: 'out', at: s + 0.0001, mac: POD_B.mac }, packet),
      ];
    };
    const frames = [
      ...[0, 1, 2].flatMap(asksIn),
      ...[3, 4, 5].flatMap(isAsked),
      ...[6, 7, 8].flatMap(asksIn),
      heard(15, '192.168.20.1'),
    ];
    const [finding] = diagnose(frames, { ifmap, only }).filter((one) => one.subject.target === POD_B.ip);
    expect(finding.cause).toContain('They leave in vxlan from 172.16.0.1 for 172.16.0.2');
    expect(finding.cause).not.toContain('A switch');
  });

  it('tells what this host asks for in vain', () => {
    const [finding] = diagnose([asks(0), asks(1), asks(2), heard(9, '192.168.20.1')], { ifmap, only });
    expect(finding).toMatchObject({
      verdict: 'fail',
      confidence: 'high',
      title: `Nobody answers ARP for ${HOP}`,
      count: 3,
      subject: { target: HOP, interfaceOut: 'eth2' },
    });
  });

  it('is silent where the node asked once, and then sends what it asked for by that port', () => {
    const [came, went, ...back] = healthy(5, 0);
    const later = healthy(6, 2).map((frame, i) => ({ ...frame, at: 2 + i / 100 }));
    const echoes = [came, ...[went, ...back].map((frame, i) => ({ ...frame, at: 0.4 + i / 100 })), ...later];
    const once = { ...asks(0.0001, '192.168.20.254'), at: 0.0001 };
    expect(diagnose([echoes[0], once, ...echoes.slice(1)], { ifmap, only })).toEqual([]);
    // Nothing waited for it, or it was asked again.
    expect(diagnose([{ ...asks(0, '192.168.20.254') }, ...healthy(5, 1), ...healthy(6, 3)], { ifmap, only })).toHaveLength(1);
    expect(diagnose([echoes[0], once, asks(1, '192.168.20.254'), ...echoes.slice(1)], { ifmap, only })).toHaveLength(1);
  });

  it('explains the conversations that wait for a next hop, by the routes or by the time of the question', () => {
    const frames = [
      ...healthy(1, 0),
      ...attempts(POD, SERVER, NEAR, -1, 1),
      asks(1.001),
      asks(2.002),
      asks(3.003),
      ...healthy(2, 9),
    ].sort((x, y) => (x.at ?? 0) - (y.at ?? 0));
    for (const options of [{ ifmap }, { topology: topology(`172.20.2.0/24 via ${HOP} dev eth2`) }]) {
      const findings = diagnose(
        frames.filter((f) => f.at !== undefined),
        options,
      );
      const root = findings.find((f) => f.rule === 'arp-no-reply');
      expect(root?.message).toContain('next hop');
      expect(root).toMatchObject(
        'topology' in options
          ? { commands: ['ip route replace 172.20.2.0/24 via 192.168.20.100 dev eth2'], subject: { node: 'router' } }
          : { commands: [] },
      );
      expect(summary(findings)).toContain('> fail tcp-no-answer');
    }
  });

  it('explains what a host does not answer while it asks for its own next hop in vain', () => {
    const CLIENT = '10.7.0.5';
    const syn = (s: number, src = CLIENT): TestFrame =>
      sll2({ if: 4, dir: 'in', at: s }, ipv4({ src, dst: '192.168.20.200' }, tcp({ src: 40_000, dst: 80, flags: 'S' })));
    const all = (when: number) =>
      diagnose([syn(1), asks(when), syn(2), asks(when + 1), asks(when + 2), syn(4), heard(9, '192.168.20.1')]);
    expect(summary(all(1.001))).toEqual(['fail arp-no-reply', '> fail tcp-no-answer']);
    // It asks for something else, and of its own.
    expect(summary(all(1.5))).toEqual(['fail arp-no-reply', 'fail tcp-no-answer']);
  });

  it('names an owner that should have answered, and never who asks', () => {
    const pc = (routes: readonly string[]) => ({
      interfaces: { eth2: { index: 4, mac: '0a:00:00:00:00:02', addresses: ['192.168.20.200/24'] } },
      routes,
    });
    const cause = (topology: object) =>
      diagnose([asks(0), asks(1), asks(2), heard(9, '192.168.20.1')], { topology, only })[0].cause;
    expect(cause({ nodes: { router: pc([`default via ${HOP} dev eth2`]) } })).toBe(
      'It is the next hop of the default route of router.',
    );
    expect(cause({ nodes: { router: pc([]) } })).not.toContain('should have');
    const gateway = { interfaces: { eth0: { addresses: [`${HOP}/24`] } } };
    expect(cause({ nodes: { router: pc([`default via ${HOP} dev eth2`]), gateway } })).toBe('gateway should have answered.');
  });

  it('explains them also where another point of the run saw them first', () => {
    const tries = attempts(POD, SERVER, NEAR, -1, 1);
    const frames = [
      ...healthy(1, 0).map((frame, i) => ({ ...frame, at: i / 1000 })),
      ...tries.map((frame): TestFrame => ({ ...frame, point: 'ctr', if: 2, dir: 'out', at: (frame.at ?? 0) - 0.0001 })),
      ...tries,
      asks(1.001),
      asks(2.002),
      asks(3.003),
      heard(9, '192.168.20.1'),
    ].sort((x, y) => (x.at ?? 0) - (y.at ?? 0));
    const findings = diagnose(frames, { topology: topology(`172.20.2.0/24 via ${HOP} dev eth2`) });
    expect(findings.find((f) => f.rule === 'tcp-no-answer')?.foldedUnder).toBe(
      findings.find((f) => f.rule === 'arp-no-reply')?.id,
    );
  });

  it('takes no route of a router for one of the hosts of its networks', () => {
    // The topology knows the router alone; its network holds who asks.
    const nodes = {
      router: {
        interfaces: {
          eth1: { index: 3, addresses: ['192.168.10.200/24'] },
          eth2: { index: 4, addresses: ['192.168.20.200/24'] },
        },
        routes: ['192.168.10.0/24 dev eth1', '192.168.20.0/24 dev eth2'],
      },
    };
    const client = '192.168.10.7';
    const pings = [0, 1, 2, 3].flatMap((s) => {
      const first = sll2(
        { if: 3, at: s },
        ipv4({ src: client, dst: '192.168.20.100', ttl: 63 }, tcp({ src: 40_000, dst: 80, flags: 'S', seq: 1000 })),
      );
      return [first, { ...forward(first, { if: 4 }), at: s + 0.0001 }];
    });
    const asked = [0.01, 1.01, 2.02, 3.01].map((s) => heard(s, client));
    const frames = [...pings, ...asked, heard(9, '192.168.20.1')].sort((x, y) => (x.at ?? 0) - (y.at ?? 0));
    const [finding] = diagnose(frames, { topology: { nodes }, only });
    expect(finding.title).toContain('which is not its link');
    expect(finding.cause).toContain('the netmask of 192.168.20.100 is too wide');
  });

  it('names the node that translates to an address and does not answer for it', () => {
    const wrong = '192.168.20.77';
    const sent = [0, 1, 3].flatMap((s) => {
      const first = sll2(
        { if: 3, at: s },
        ipv4({ src: POD, dst: SERVER, ttl: 63 }, tcp({ src: 40_000, dst: 80, flags: 'S', seq: 1000 })),
      );
      return [first, { ...snat(forward(first, { if: 4 }), wrong), at: s + 0.0001 }];
    });
    const asked = [0.01, 1.01, 2.02, 3.01].map((s) => heard(s, wrong));
    const frames = [...sent, ...asked, heard(9, '192.168.20.1')].sort((x, y) => (x.at ?? 0) - (y.at ?? 0));
    const [finding] = diagnose(frames, { ifmap, only });
    expect(finding.cause).toContain(`router itself translates ${POD} to ${wrong}`);
    expect(finding.hint).toContain('NAT rule');
  });

  it('tells who stopped answering', () => {
    const reply = sll2(
      { if: 4, at: 0.001 },
      arp({ op: 'reply', sender: HOP, senderMac: '0a:00:00:00:00:05', target: '192.168.20.200', targetMac: '0a:00:00:00:00:02' }),
    );
    const frames = [asks(0), reply, asks(30), asks(31), asks(32), heard(40, '192.168.20.1')];
    expect(diagnose(frames, { ifmap, only })).toMatchObject([
      { verdict: 'fail', title: `${HOP} stopped answering ARP`, count: 3 },
    ]);
  });

  it('is inconclusive when the capture ends before the answer was due', () => {
    expect(diagnose([asks(0), heard(0.5, '192.168.20.1')], { ifmap, only })).toMatchObject([{ verdict: 'inconclusive' }]);
  });

  it('believes a question between others only when it is asked a third time', () => {
    expect(diagnose([heard(0), heard(1)], { ifmap, only })).toEqual([]);
    expect(diagnose([heard(0), heard(1), heard(2), heard(9, '192.168.20.1')], { ifmap, only })).toMatchObject([
      { verdict: 'fail', confidence: 'medium' },
    ]);
  });

  it('leaves probes, announcements, answered questions and addresses in use alone', () => {
    const mac = '0a:00:00:00:00:02';
    const probe = (at: number) => sll2({ if: 4, dir: 'out', at }, arp({ sender: '0.0.0.0', senderMac: mac, target: HOP }));
    const own = (at: number) => sll2({ if: 4, dir: 'out', at }, arp({ sender: HOP, senderMac: mac, target: HOP }));
    expect(diagnose([probe(0), probe(1), probe(2), own(4), own(6), heard(9, '192.168.20.1')], { ifmap, only })).toEqual([]);
    expect(diagnose([question(0), answer(0.001, mac), question(40), answer(40.5, mac)], { only })).toEqual([]);
    const used = sll2({ if: 4, at: 4 }, ipv4({ src: HOP, dst: '192.168.20.200' }, tcp({ src: 1, dst: 2 })));
    expect(diagnose([heard(0), heard(1), heard(2), heard(3), used], { ifmap, only })).toEqual([]);
  });

  it('leaves alone who asks for its own address from another one of its own, as after a fail-over', () => {
    const took = '0a:00:00:00:00:09';
    const own = (at: number, sender: string, target: string) =>
      ethernet({ at, mac: took, dstMac: 'ff:ff:ff:ff:ff:ff' }, arp({ sender, senderMac: took, target }));
    const target = '192.168.1.20';
    const frames = [
      question(0),
      answer(0.001, '0a:00:00:00:00:11'),
      own(5, target, '192.168.1.99'),
      ...[6, 7, 8].map((at) => own(at, '192.168.1.3', target)),
      question(8.5),
      answer(8.501, took),
      ...[9, 10, 11].map((at) => own(at, '192.168.1.3', target)),
      question(20),
      answer(20.001, took),
    ];
    expect(diagnose(frames, { only })).toEqual([]);
  });

  describe('the fill of a frame', () => {
    const { packet } = heard(0);
    const filled = (frameLength: number, header: number): typeof packet => {
      if (packet.kind !== 'arp') throw new Error('an ARP packet was expected');
      return {
        ...packet,
        bytes: new Uint8Array([...packet.bytes, ...new Uint8Array(frameLength - header - packet.bytes.length)]),
      };
    };
    const asked = (count: number, pace: number, inner: Parameters<typeof ethernet>[1]) =>
      Array.from({ length: count }, (_, i) =>
        ethernet({ at: i * pace, mac: '0a:00:00:00:00:03', dstMac: 'ff:ff:ff:ff:ff:ff' }, inner),
      );

    it.each([42, 46, 50, 52, 56, 58, 60, 64])('does not hide that a resolver asks in vain, in frames of %i bytes', (length) => {
      for (const count of [3, 30])
        expect(diagnose(asked(count, 1.0238, filled(length, 14)), { only })).toMatchObject([{ severity: 'error', count }]);
    });
    it.each([46, 50, 56, 60, 62, 64])('nor in tagged frames of %i bytes', (length) => {
      const frames = asked(30, 1.0238, vlan(10, filled(length, 18)));
      expect(diagnose(frames, { only })).toMatchObject([{ severity: 'error', count: 30 }]);
    });
    it.each([42, 50, 56, 60])('nor a host that asks every second, in frames of %i bytes', (length) => {
      expect(diagnose(asked(30, 1, filled(length, 14)), { only })).toMatchObject([{ severity: 'error', count: 30 }]);
    });
    it('leaves the repetitions of arping alone: its fill, at the pace of a sleep', () => {
      for (const pace of [0.5, 1, 1.0012, 2]) expect(diagnose(asked(30, pace, filled(58, 14)), { only })).toEqual([]);
    });
    it('even where it wakes up late at times; a resolver that starts anew after a second by chance is none', () => {
      const at = (paces: readonly number[]) => {
        const times = [0];
        for (const pace of paces) times.push((times.at(-1) ?? 0) + pace);
        return times.map((at) => ethernet({ at, mac: '0a:00:00:00:00:03', dstMac: 'ff:ff:ff:ff:ff:ff' }, filled(58, 14)));
      };
      for (const paces of [
        [1, 1.02, 1, 1.03, 1],
        [1.02, 1.015, 1, 1],
      ])
        expect(diagnose(at(paces), { only })).toEqual([]);
      expect(diagnose(at([1.02, 1.02, 1, 1.02, 1.02]), { only })).toMatchObject([{ severity: 'error', count: 6 }]);
    });
  });

  it('leaves alone several hosts that ask for one address, each at its time', () => {
    const by = (at: number, n: number) =>
      sll2({ if: 4, dir: 'broadcast', at }, arp({ sender: `192.168.20.${n}`, senderMac: `0a:00:00:00:00:0${n}`, target: HOP }));
    const frames = [by(0, 3), by(2, 4), by(60, 3), by(62, 4), by(120, 3), by(121, 4)];
    expect(diagnose(frames, { ifmap, only })).toEqual([]);
  });

  it('makes one finding of a scan', () => {
    const frames = Array.from({ length: 20 }, (_, i) => asks(i / 10, `192.168.20.${i + 20}`));
    const findings = diagnose([...frames, heard(9, '192.168.20.1')], { ifmap, only });
    expect(findings).toMatchObject([{ severity: 'info', title: '192.168.20.200 asks for 20 addresses that nobody has' }]);
  });

  const reply = (at: number, mac = '0a:00:00:00:00:05') =>
    sll2(
      { if: 4, at },
      arp({ op: 'reply', sender: HOP, senderMac: mac, target: '192.168.20.200', targetMac: '0a:00:00:00:00:02' }),
    );
  const announces = (at: number, mac: string) =>
    sll2({ if: 4, dir: 'broadcast', at }, arp({ op: 'reply', sender: HOP, senderMac: mac, target: HOP }));

  it('tells an address that nobody had until it was announced, with begin and end', () => {
    const frames = [
      ...Array.from({ length: 20 }, (_, i) => asks(i)),
      announces(20.3, '0a:00:00:00:00:05'),
      asks(21),
      reply(21.001),
    ];
    const [finding, ...rest] = diagnose(frames, { ifmap, only });
    expect(rest).toEqual([]);
    expect(finding).toMatchObject({ severity: 'info', count: 20, title: `Nobody answered ARP for ${HOP} for 20.3 s` });
    expect(finding.evidence.map((e) => e.frame)).toEqual([1, 2, 3, 4, 21]);
    // Slow once: the second question was answered.
    expect(diagnose([asks(0), asks(1), reply(1.001)], { ifmap, only })).toEqual([]);
  });

  it('tells from when to when an address did not answer, and who answered then', () => {
    const OTHER = '0a:00:00:00:00:06';
    const gap = Array.from({ length: 8 }, (_, i) => asks(30 + i));
    const [finding] = diagnose([asks(0), reply(0.001), ...gap, announces(38.5, OTHER), asks(40), reply(40.001, OTHER)], {
      ifmap,
      only,
    });
    expect(finding).toMatchObject({ title: `${HOP} stopped answering ARP`, count: 8 });
    expect(finding.evidence.map((e) => e.frame)).toEqual([3, 4, 5, 6, 11]);
    expect(finding.message).toContain(`for 8.5 s, until ${OTHER} announced it`);
    expect(finding.cause).toContain('0a:00:00:00:00:05');
    expect(finding.phases).toMatchObject([{ outcome: 'lost', count: 8 }]);
  });

  it('tells a netmask that is too wide: the owner is heard behind another interface', () => {
    const FAR = '192.168.10.11';
    const sent = sll2({ if: 3, at: 0 }, ipv4({ src: FAR, dst: '192.168.20.100' }, tcp({ src: 5, dst: 80, flags: 'S' })));
    const [finding] = diagnose([sent, heard(0.1, FAR), heard(1.1, FAR), heard(2.1, FAR), heard(9, '192.168.20.1')], {
      ifmap,
      only,
    });
    expect(finding.title).toBe(`192.168.20.100 asks for ${FAR} by ARP on eth2, which is not its link`);
    expect(finding.cause).toContain('netmask of 192.168.20.100');
  });

  it('leaves an address alone that is served where its answer cannot be seen', () => {
    const served = (at: number, port: number) => [
      heard(at),
      sll2({ if: 4, at: at + 0.01 }, ipv4({ src: '192.168.20.100', dst: HOP }, tcp({ src: port, dst: 80, flags: 'S', seq: 1 }))),
      sll2(
        { if: 4, dir: 'out', at: at + 0.02 },
        ipv4({ src: HOP, dst: '192.168.20.100' }, tcp({ src: 80, dst: port, flags: 'SA', seq: 9, ack: 2 })),
      ),
    ];
    expect(
      diagnose([...served(0, 1001), ...served(3, 1002), ...served(6, 1003), heard(20, '192.168.20.1')], { ifmap, only }),
    ).toEqual([]);
  });

  it('is one finding where a question is seen with a tag and without', () => {
    const frames = [0, 1, 2].flatMap((at) => {
      const frame = heard(at);
      return [frame, { ...frame, at: at + 0.0005, packet: vlan(7, frame.packet) }];
    });
    expect(diagnose([...frames, heard(9, '192.168.20.1')], { ifmap, only })).toHaveLength(1);
  });

  it('names who answers where the answer does not come back to who asked', () => {
    const mac = '0a:00:00:00:00:05';
    const frames = [0, 1, 2].flatMap((at): TestFrame[] => [
      { ...heard(at), point: 'p1' },
      {
        ...ethernet(
          { at: at + 0.001, mac, dstMac: '0a:00:00:00:00:03' },
          arp({ op: 'reply', sender: HOP, senderMac: mac, target: '192.168.20.100', targetMac: '0a:00:00:00:00:03' }),
        ),
        point: 'p2',
      },
    ]);
    const [finding] = diagnose([...frames, { ...heard(9, '192.168.20.1'), point: 'p1' }], { only });
    expect(finding.title).toBe(`The answers for ${HOP} do not come back to 192.168.20.100`);
    expect(finding.subject.macs).toEqual([mac]);
  });
});
