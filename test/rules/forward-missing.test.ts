import { describe, expect, it } from 'vitest';
import {
  arp,
  diagnose,
  dnat,
  echo,
  ethernet,
  forward,
  type IpPacket,
  icmp,
  icmpError,
  ipv4,
  mtuBytes,
  sll2,
  snat,
  type TestFrame,
  tcp,
  udp,
  vxlan,
} from './lab.js';
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

const only = ['forward-missing'];

describe('forward-missing', () => {
  it('names the rule and the table that lead packets of one source into a blackhole', () => {
    const lab = topology(...ROUTES, 'blackhole 172.20.2.0/24 table 200');
    const rules = ['0: from all lookup local', '1000: from 172.20.0.0/24 lookup 200', '32766: from all lookup main'];
    const [finding] = diagnose([...healthy(1, 0), ...attempts(POD, SERVER, NEAR, -1, 1), ...healthy(2, 9)], {
      topology: { ...lab, nodes: { ...lab.nodes, router: { ...lab.nodes.router, rules } } },
      only,
    });
    expect(finding.cause).toBe(
      'The rule "1000: from 172.20.0.0/24 lookup 200" of router makes table 200 decide for packets from 172.20.0.96, and that table has a blackhole route for 172.20.2.0/24.',
    );
    expect(finding.commands).toEqual([]);
  });

  it('tells answers that come to the address of a NAT and do not go on to who asked', () => {
    const SERVER = '198.51.100.80';
    const OUTSIDE = '10.0.2.15';
    const talk = (at: number, isBroken: boolean, port = 80): TestFrame[] => {
      const ports = { src: 40_000 + port, dst: port };
      const sent = sll2({ if: NEAR, at }, ipv4({ src: POD, dst: SERVER }, tcp({ ...ports, flags: 'S', seq: 1000 })));
      const answer = tcp({ src: port, dst: ports.src, flags: 'SA', seq: 500, ack: 1001 });
      const came = sll2({ if: UPLINK, at: at + 0.1 }, ipv4({ src: SERVER, dst: OUTSIDE, ttl: 60 }, answer));
      const back = isBroken ? [came] : [came, dnat(forward(came, { if: NEAR }), POD)];
      const opened = sll2(
        { if: NEAR, at: at + 0.2 },
        ipv4({ src: POD, dst: SERVER }, tcp({ ...ports, flags: 'A', seq: 1001, ack: 501 })),
      );
      const goesOn = isBroken ? [] : [opened, snat(forward(opened, { if: UPLINK }), OUTSIDE)];
      return [sent, snat(forward(sent, { if: UPLINK }), OUTSIDE), ...back, ...goesOn];
    };
    const good = [0, 0.3, 0.6].flatMap((at, n) => talk(at, false, 90 + n));
    const broken = [1, 2, 4].flatMap((at) => talk(at, true));
    for (const known of [{ topology: topology(...ROUTES) }, { ifmap }]) {
      const [finding] = diagnose([...good, ...broken], known);
      expect(finding).toMatchObject({ rule: 'forward-missing', count: 3, subject: { dst: OUTSIDE, interfaceIn: 'eth0' } });
      expect(finding.message).toContain(`translates for ${POD}`);
      expect(diagnose([...good, ...[1, 2, 4].flatMap((at, n) => talk(at, false, 100 + n))], known)).toEqual([]);
    }
  });

  it('names reverse-path filtering as a possible cause by what the node was seen doing', () => {
    const OTHER = '172.20.2.9';
    const back = [1, 2].flatMap((at) => passes(ping(OTHER, POD, at, { if: FAR, at }, true), NEAR));
    const good = [1, 2].flatMap((at) => passes(ping(POD, OTHER, at, { if: NEAR, at: at - 0.01 }), FAR));
    const near = passes(syn(NODE, SERVER, { if: UPLINK, at: 3 }), FAR);
    const [finding] = diagnose([...good, ...back, ...near, ...attempts(POD, SERVER, UPLINK, -1, 4)], { ifmap, only });
    expect(finding.cause).toContain(`router sends packets to ${POD} by eth1, and these come from there on eth0`);
    expect(finding.hint).toContain('nstat -az TcpExtIPReversePathFilter');
    // In by the interface that the return path takes; and where others of that source got on.
    const [other] = diagnose([...good, ...back, ...near, ...attempts(POD, SERVER, NEAR, -1, 4)], { ifmap, only });
    expect(other.cause).not.toContain('reverse-path');
    const passed = passes(syn(POD, OTHER, { if: UPLINK, at: 3.5 }), FAR);
    const [third] = diagnose([...good, ...back, ...near, ...passed, ...attempts(POD, SERVER, UPLINK, -1, 4)], { ifmap, only });
    expect(third.cause).not.toContain('reverse-path');
  });

  it('leaves open where replies go that end at a node of which the addresses are not known', () => {
    const reply = (at: number) => sll2({ if: FAR, at }, ipv4({ src: SERVER, dst: POD, ttl: 63 }, echo({ seq: at, reply: true })));
    const own = sll2({ if: FAR, at: 0, dir: 'out' }, ipv4({ src: '192.168.20.200', dst: FAR_NODE }, echo({ seq: 1 })));
    const found = diagnose([own, ...[1, 2, 3].map(reply)], { ifmap, only });
    expect(found).toMatchObject([{ verdict: 'inconclusive', count: 3, subject: { interfaceIn: 'eth2', dst: POD } }]);
    expect(found[0].message).toContain('Either');
    // They go on; their pings were seen; nothing at all is seen going out.
    expect(diagnose([own, ...[1, 2, 3].flatMap((at) => passes(reply(at), NEAR))], { ifmap, only })).toEqual([]);
    const asked = [1, 2, 3].map((at) => sll2({ if: NEAR, at, dir: 'out' }, ipv4({ src: POD, dst: SERVER }, echo({ seq: at }))));
    expect(diagnose([own, ...[0, 1, 2].flatMap((n) => [asked[n], reply(n + 1)])], { ifmap, only })).toEqual([]);
    expect(diagnose([1, 2, 3].map(reply), { ifmap, only })).toEqual([]);
  });

  it('names the blackhole that the packets fell into', () => {
    const [finding] = diagnose([...healthy(1, 0), ...attempts(POD, SERVER, NEAR, -1, 1), ...healthy(2, 5)], {
      topology: topology(ROUTES[0], 'blackhole 172.20.2.0/24'),
      only,
    });
    expect(finding).toMatchObject({ verdict: 'fail', count: 3, subject: { interfaceIn: 'eth1', dst: SERVER } });
    expect(finding.cause).toBe('router has a blackhole route for 172.20.2.0/24.');
  });

  it('needs no other traffic where the routes say that packets are dropped', () => {
    const [finding] = diagnose(attempts(POD, SERVER, NEAR, -1), {
      topology: topology(ROUTES[0], 'blackhole 172.20.2.0/24'),
      only,
    });
    expect(finding).toMatchObject({ verdict: 'fail', count: 3, cause: 'router has a blackhole route for 172.20.2.0/24.' });
  });

  it('looks at the far link where nothing is forwarded, but the node answers there', () => {
    const far = (at: number) =>
      sll2({ if: FAR, dir: 'in', at }, ipv4({ src: SERVER, dst: POD, ttl: 63 }, echo({ id: 3, seq: at })));
    // What comes from there is passed on, what goes there is not.
    const frames = [...passes(far(0.1), NEAR), ...attempts(POD, SERVER, NEAR, -1, 1), ...passes(far(6), NEAR)];
    const answer = sll2(
      { if: FAR, dir: 'out', at: 0.05 },
      arp({ op: 'reply', sender: '192.168.20.200', senderMac: '02:00:00:00:00:02', target: SERVER }),
    );
    expect(diagnose(frames, { ifmap, only })).toEqual([]);
    expect(diagnose([answer, ...frames], { ifmap, only })).toMatchObject([{ verdict: 'fail', count: 3 }]);
    // The topology knows that the destination is not one of its own pods, to which packets may go out of sight.
    expect(diagnose(frames, { topology: topology(...ROUTES), only })).toMatchObject([{ verdict: 'fail', count: 3 }]);
  });

  it('looks for the return path to the end of a tunnel, not to what is inside', () => {
    const outer = (seq: number) =>
      vxlan({ src: NODE, dst: FAR_NODE, vni: 7, ttl: 63 }, ipv4({ src: '10.9.9.9', dst: '10.9.8.8', ttl: 62 }, echo({ seq })));
    const asked = [1, 2, 3].map((at) => sll2({ if: NEAR, dir: 'in', at }, outer(at)));
    const [finding] = diagnose([...healthy(1, 0), ...asked, ...healthy(2, 6)], { topology: topology(...ROUTES), only });
    expect(finding).toMatchObject({ count: 3, cause: '', commands: [] });
  });

  it('makes one finding of packets of which an ICMP error explains some', () => {
    const frames = attempts(POD, SERVER, NEAR, -1, 1);
    const other = attempts('172.20.0.97', SERVER, NEAR, -1, 1);
    const quoted = frames[0].packet as IpPacket;
    const error = sll2(
      { if: NEAR, dir: 'out', at: 1.1 },
      ipv4({ src: '192.168.10.200', dst: POD }, icmpError({ type: 3, code: 13 }, quoted)),
    );
    const all = [...healthy(1, 0), ...frames, ...other, error, ...healthy(2, 9)].sort((x, y) => (x.at ?? 0) - (y.at ?? 0));
    const findings = diagnose(
      all.filter((f) => f.at !== undefined),
      { topology: topology(...ROUTES) },
    );
    const about = findings.filter((f) => f.subject.dst === SERVER);
    expect(about.map((f) => [f.rule, f.count])).toEqual([
      ['icmp-unreachable', 1],
      ['forward-missing', 6],
      ['tcp-no-answer', 6],
    ]);
  });

  it('names the reverse-path filter where the return path is by another interface', () => {
    const [finding] = diagnose([...healthy(1, 0), ...attempts(POD, SERVER, NEAR, -1, 1), ...healthy(2, 5)], {
      topology: topology(ROUTES[1]),
      only,
    });
    expect(finding.cause).toContain('reverse-path filtering');
    expect(finding.commands).toEqual(['ip route add 172.20.0.0/24 via 192.168.10.100 dev eth1']);
  });

  it('is inconclusive when the capture lost packets', () => {
    const frames = [...healthy(1, 0), ...attempts(POD, SERVER, NEAR, -1, 1), ...healthy(2, 5)];
    const [finding] = diagnose(frames, { ifmap, points: { router: { dropped: 3 } }, only });
    expect(finding.verdict).toBe('inconclusive');
  });

  it('leaves alone what is for the node, for everybody, at its last hop, or forwarded', () => {
    const to = (dst: string, ttl: number, at: number) =>
      sll2({ if: NEAR, at }, ipv4({ src: NODE, dst, ttl }, tcp({ src: 1, dst: 80, flags: 'S', seq: 1 })));
    const frames = [
      ...healthy(1, 0),
      to('192.168.10.200', 63, 1),
      to('224.0.0.5', 63, 1.1),
      to('192.168.10.255', 63, 1.2),
      to(SERVER, 1, 1.3),
      ...healthy(2, 5),
    ];
    expect(diagnose(frames, { topology: topology(...ROUTES), only })).toEqual([]);
  });

  it('finds forwarding switched off where the routes of the node lead on, and nothing is passed on at all', () => {
    const own = sll2({ if: NEAR, dir: 'out', at: 4 }, ipv4({ src: '192.168.10.200', dst: NODE, ttl: 64 }, echo({ reply: true })));
    const [finding] = diagnose([...attempts(POD, SERVER, NEAR, -1), own], { topology: topology(...ROUTES), only });
    expect(finding).toMatchObject({ verdict: 'fail', commands: ['sysctl -w net.ipv4.ip_forward=1'] });
    expect(finding.cause).toBe(
      'router passes nothing on at all in this capture, though its route 172.20.2.0/24 leads on by eth2.',
    );
    // A capture of what comes in shows nothing that goes out, ever: that these are lost is proven by their repeating, where is not.
    const [silent] = diagnose(attempts(POD, SERVER, NEAR, -1), { topology: topology(...ROUTES), only });
    expect(silent).toMatchObject({ confidence: 'medium', commands: [] });
    expect(silent.alternatives?.[0]).toContain('tcpdump -Q in');
    const replies = [1, 2, 3].map((seq) =>
      sll2({ if: NEAR, at: seq }, ipv4({ src: POD, dst: SERVER }, echo({ seq, reply: true }))),
    );
    expect(diagnose(replies, { topology: topology(...ROUTES), only })).toEqual([]);
  });

  it('names a filter that keeps state, where only the answers of connections pass', () => {
    const answers = [1, 2, 4].map((at) =>
      sll2({ if: NEAR, at }, ipv4({ src: POD, dst: SERVER, ttl: 63 }, tcp({ src: 80, dst: 5555, flags: 'SA', seq: 1, ack: 9 }))),
    );
    const [finding] = diagnose([...healthy(1, 0), ...answers, ...healthy(2, 8)], { topology: topology(...ROUTES), only });
    expect(finding).toMatchObject({ verdict: 'fail', count: 3, commands: [] });
    expect(finding.cause).toContain('a filter that keeps state (conntrack) has not seen them begin');
  });

  it('leaves to the rules of size what was refused for its size', () => {
    const large = ipv4({ src: POD, dst: SERVER, ttl: 63 }, echo({ seq: 9, data: 1400 }));
    const frames = [
      ...healthy(1, 0),
      sll2({ if: NEAR, at: 1 }, large),
      sll2(
        { if: NEAR, dir: 'out', at: 1.0001 },
        ipv4({ src: '192.168.10.200', dst: POD }, icmpError({ type: 3, code: 4, rest: mtuBytes(1300) }, large)),
      ),
      ...healthy(2, 5),
    ];
    expect(
      diagnose(frames, { topology: topology(...ROUTES), only: ['forward-missing', 'mtu-exceeded'] }).map((f) => f.rule),
    ).toEqual(['mtu-exceeded']);
  });

  it('folds packets that nobody explained under what explains others to the same place', () => {
    const first = syn(POD, SERVER, { if: NEAR, at: 1 });
    const refused = first.packet as IpPacket;
    const frames = [
      ...healthy(1, 0),
      first,
      sll2(
        { if: NEAR, dir: 'out', at: 1.0001 },
        ipv4({ src: '192.168.10.200', dst: POD }, icmpError({ type: 3, code: 13 }, refused)),
      ),
      syn(POD, SERVER, { if: NEAR, at: 1.2 }, 41_000),
      ...healthy(2, 9),
    ];
    const findings = diagnose(frames, { topology: topology(...ROUTES), only: ['forward-missing', 'icmp-unreachable'] });
    const root = findings.find((f) => f.rule === 'icmp-unreachable');
    const symptoms = findings.filter((f) => f.rule === 'forward-missing');
    expect(symptoms.length).toBeGreaterThan(0);
    expect(symptoms.every((f) => f.foldedUnder === root?.id)).toBe(true);
  });

  it('says nothing of a node that forwards nothing, nor where the way out was not captured', () => {
    expect(diagnose(attempts(POD, SERVER, NEAR, -1), { ifmap, only })).toEqual([]);
    const wire = attempts(POD, SERVER, NEAR, -1).map((f) => ethernet({ at: f.at }, f.packet));
    expect(diagnose(wire, { ifmap, only })).toEqual([]);
  });

  describe('names what only a filter can tell apart', () => {
    const to = (port: number, at: number, src = POD, sport = 40_000 + port): ReturnType<typeof sll2> =>
      sll2({ if: NEAR, at }, ipv4({ src, dst: SERVER, ttl: 63 }, tcp({ src: sport, dst: port, flags: 'S', seq: 1000 })));
    const answered = (port: number, at: number) => [
      ...passes(to(port, at), FAR),
      ...passes(
        sll2(
          { if: FAR, at: at + 0.01 },
          ipv4({ src: SERVER, dst: POD, ttl: 63 }, tcp({ src: port, dst: 40_000 + port, flags: 'SA', seq: 1, ack: 1001 })),
        ),
        NEAR,
      ),
    ];
    const refused = [1, 2, 4].map((at) => to(8080, at));

    it('the port, with what passes', () => {
      const frames = [...healthy(1, 0), ...answered(80, 0.5), ...answered(443, 0.7), ...refused, ...healthy(2, 6)];
      for (const known of [{ ifmap }, { topology: topology(...ROUTES) }, { topology: topology(ROUTES[1]) }]) {
        const [finding] = diagnose(frames, { ...known, only });
        expect(finding.title).toBe(`Packets to ${SERVER} port 8080 (tcp) come into router on eth1 and never leave it`);
        expect(finding.cause).toContain('A filter on router drops port 8080 (tcp)');
        // It knows no ports.
        expect(finding.cause).not.toContain('rp_filter');
        expect(finding.contrast).toEqual([
          `Lost: port 8080 (tcp) (3 packets). To the same address pass: port 80 (tcp), port 443 (tcp) (2 packets).`,
        ]);
      }
    });

    it('the port for one source, where others may use it and that source others', () => {
      const friend = passes(to(8080, 0.9, NODE), FAR);
      const frames = [...healthy(1, 0), ...answered(80, 0.5), ...friend, ...refused, ...healthy(2, 6)];
      const [finding] = diagnose(frames, { ifmap, only });
      expect(finding.title).toBe(`Packets to ${SERVER} port 8080 (tcp) from ${POD} come into router on eth1 and never leave it`);
    });

    it('answers as what they are', () => {
      const home = (from: number, at: number) =>
        sll2({ if: FAR, at }, ipv4({ src: SERVER, dst: POD, ttl: 63 }, udp({ src: from, dst: 30_000 + from, data: 20 })));
      const ask = (port: number, at: number) =>
        passes(
          sll2({ if: NEAR, at }, ipv4({ src: POD, dst: SERVER, ttl: 63 }, udp({ src: 30_000 + port, dst: port, data: 20 }))),
          FAR,
        );
      const works = [1, 2].flatMap((at) => [...ask(53, at), ...passes(home(53, at + 0.01), NEAR)]);
      const lost = [1.5, 3, 5].flatMap((at) => [...ask(123, at), home(123, at + 0.01)]);
      const [finding] = diagnose([...works, ...lost, ...healthy(2, 9)], { ifmap, only });
      expect(finding.title).toBe(`Answers from port 123 (udp) to ${POD} come into router on eth2 and never leave it`);
    });

    it('nothing where nothing else is known to pass, or all pass', () => {
      const [finding] = diagnose([...healthy(1, 0), ...refused, ...healthy(2, 6)], { topology: topology(...ROUTES), only });
      expect(finding.cause).toBe('');
      expect(finding.contrast).toBeUndefined();
      const all = [...healthy(1, 0), ...answered(80, 1), ...answered(8080, 2), ...healthy(2, 6)];
      expect(diagnose(all, { ifmap, only })).toEqual([]);
    });
  });

  it('leaves packets alone where the capture lacks as many of the same flow that came in', () => {
    const flow = (lost: (i: number) => boolean, blind: (i: number) => boolean) =>
      Array.from({ length: 12 }, (_, i) => {
        const [came, left] = passes(ping(POD, SERVER, i, { if: NEAR, at: 1 + i * 0.3 }), FAR) as [TestFrame, TestFrame];
        return lost(i) ? [came] : blind(i) ? [left] : [came, left];
      }).flat();
    const judged = (frames: TestFrame[]) => diagnose([...healthy(1, 0), ...frames, ...healthy(2, 9)], { ifmap, only });
    const third = (i: number) => i % 3 === 0;
    expect(judged(flow(third, () => false))).toMatchObject([{ verdict: 'fail', count: 4 }]);
    expect(judged(flow(third, (i) => i % 3 === 1))).toEqual([]);
  });

  it('leaves answers alone that nothing proves lost, where the capture lacks data that was acknowledged', () => {
    const pings = [1, 2, 3, 4, 5].flatMap((seq) => [
      ...passes(ping(POD, SERVER, seq, { if: NEAR, at: seq }), FAR),
      ping(SERVER, POD, seq, { if: FAR, at: seq + 0.01 }, true),
    ]);
    const data = (at: number, seq: number) =>
      passes(sll2({ if: NEAR, at }, ipv4({ src: NODE, dst: FAR_NODE }, tcp({ src: 9, dst: 80, seq, ack: 1, data: 100 }))), FAR);
    const acks = (at: number, ack: number) =>
      passes(sll2({ if: FAR, at }, ipv4({ src: FAR_NODE, dst: NODE }, tcp({ src: 80, dst: 9, seq: 1, ack }))), NEAR);
    const judged = (...more: TestFrame[]) =>
      diagnose(
        [...healthy(1, 0), ...passes(ping(POD, FAR_NODE, 9, { if: NEAR, at: 0.5 }), FAR), ...pings, ...data(6, 1000), ...more],
        {
          topology: topology(...ROUTES),
          only,
        },
      );
    expect(judged(...acks(6.1, 1100), ...data(6.2, 1100), ...acks(6.3, 1200))).toMatchObject([{ verdict: 'fail', count: 5 }]);
    expect(judged(...acks(6.1, 1200), ...data(6.2, 1200), ...acks(6.3, 1300))).toEqual([]);
  });

  it('finds packets that were lost between two times, and leaves a short loss alone', () => {
    const asks = (at: number, isAnswered: boolean) => {
      const ask = sll2({ if: NEAR, at }, ipv4({ src: POD, dst: SERVER, ttl: 63 }, echo({ id: 5, seq: at + 1 })));
      if (!isAnswered) return [ask];
      const answer = ipv4({ src: SERVER, dst: POD, ttl: 63 }, echo({ id: 5, seq: at + 1, reply: true }));
      return [...passes(ask, FAR), ...passes(sll2({ if: FAR, at: at + 0.01 }, answer), NEAR)];
    };
    const times = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
    const outage = times.flatMap((at) => asks(at, at < 3 || at > 6));
    const [finding] = diagnose(outage, { ifmap, only });
    expect(finding).toMatchObject({ verdict: 'fail', count: 4, subject: { interfaceIn: 'eth1' } });
    expect(finding.phases?.map(({ outcome, count }) => [outcome, count])).toEqual([
      ['answered', 3],
      ['lost', 4],
      ['answered', 3],
    ]);
    expect(
      diagnose(
        times.flatMap((at) => asks(at, at !== 4)),
        { ifmap, only },
      ),
    ).toEqual([]);
  });

  it('leaves alone answers that may leave encrypted, where no plain copy goes out', () => {
    const frames = (isEncrypted: boolean) =>
      [1, 2, 3].flatMap((seq) => [
        ...passes(sll2({ if: FAR, at: seq }, ipv4({ src: SERVER, dst: POD, ttl: 63 }, echo({ seq }))), NEAR),
        sll2({ if: NEAR, at: seq + 0.001 }, ipv4({ src: POD, dst: SERVER }, echo({ seq, reply: true }))),
        sll2(
          { if: FAR, dir: 'out', at: seq + 0.002 },
          ipv4(
            { src: '192.168.20.200', dst: FAR_NODE },
            udp({ src: isEncrypted ? 51871 : 8, dst: isEncrypted ? 51871 : 9, data: 120 }),
          ),
        ),
      ]);
    expect(diagnose(frames(true), { topology: topology(...ROUTES), only })).toEqual([]);
    expect(diagnose(frames(false), { topology: topology(...ROUTES), only })).toHaveLength(1);
  });

  it('leaves alone a node that hands packets to its own out of sight', () => {
    // Each packet is seen once, coming in by the device of the pod that sent it: eBPF redirects it into the other.
    const other = '172.20.0.97';
    const frames = [1, 2, 3].flatMap((seq) => [
      sll2({ if: NEAR, at: seq }, ipv4({ src: POD, dst: other }, echo({ seq }))),
      sll2({ if: FAR, at: seq + 0.001 }, ipv4({ src: other, dst: POD }, echo({ seq, reply: true }))),
      ...[NEAR, FAR].flatMap((port) => [
        sll2(
          { if: port, dir: 'in', at: seq + 0.2 },
          arp({ sender: port === NEAR ? POD : other, senderMac: '02:00:00:00:00:0a', target: '172.20.0.1' }),
        ),
        sll2(
          { if: port, dir: 'out', at: seq + 0.201 },
          arp({ op: 'reply', sender: '172.20.0.1', senderMac: '02:00:00:00:00:02', target: port === NEAR ? POD : other }),
        ),
      ]),
    ]);
    expect(diagnose(frames, { ifmap, only })).toEqual([]);
  });

  describe('packets for the node itself', () => {
    const own = (at: number, dir: 'in' | 'out' = 'in') =>
      dir === 'in'
        ? sll2(
            { if: NEAR, at },
            ipv4({ src: '203.0.113.1', dst: '192.168.10.200' }, tcp({ src: 999, dst: 25, flags: 'S', seq: 1 })),
          )
        : sll2(
            { if: UPLINK, dir, at },
            ipv4({ src: '192.168.10.200', dst: '203.0.113.1' }, tcp({ src: 25, dst: 999, flags: 'SA', seq: 1, ack: 2 })),
          );
    const asked = [0, 1, 3].map((at) => own(at));
    const strict = (value: number) => {
      const known = topology(...ROUTES);
      const settings = { 'net.ipv4.conf.all.rp_filter': String(value), 'net.ipv4.conf.eth1.rp_filter': String(value) };
      return { ...known, nodes: { ...known.nodes, router: { ...known.nodes.router, sysctls: settings } } };
    };

    it('are dropped where the return path is by another interface', () => {
      const [finding] = diagnose(asked, { topology: topology(...ROUTES), only });
      expect(finding).toMatchObject({ verdict: 'fail', confidence: 'medium', count: 3 });
      expect(finding.cause).toContain('The return path to 203.0.113.1 is by eth0 (route default) and not by eth1');
      expect(finding.cause).toContain('rp_filter');
      // That it sends at all shows that an answer would be seen.
      const other = sll2({ if: NEAR, dir: 'out', at: 5 }, ipv4({ src: '192.168.10.200', dst: NODE }, echo({ reply: true })));
      expect(diagnose([...asked, other], { topology: strict(1), only })[0]).toMatchObject({ confidence: 'high' });
    });

    it('are left alone where the filter is loose or off, they are answered, or the return path is right', () => {
      for (const value of [0, 2]) expect(diagnose(asked, { topology: strict(value), only })).toEqual([]);
      expect(diagnose([own(0), own(0.001, 'out')], { topology: topology(...ROUTES), only })).toEqual([]);
      const right = topology(...ROUTES, '203.0.113.0/24 via 192.168.10.1 dev eth1');
      expect(diagnose(asked, { topology: right, only })).toEqual([]);
      expect(diagnose(asked, { ifmap, only })).toEqual([]);
    });
  });

  it('says that a stateful filter saw one direction only, where the SYN passes and nothing after it', () => {
    const sends = (at: number, id: number, flags: string, data = 0) =>
      sll2(
        { if: NEAR, dir: 'in', at },
        ipv4({ src: NODE, dst: '10.9.0.7', id }, tcp({ src: 40_000, dst: 80, flags, seq: flags === 'S' ? 1000 : 1001, data })),
      );
    const frames = [
      ...passes(sends(0, 1, 'S'), NEAR),
      ...[0.01, 0.2, 0.6, 1.4, 3].map((at, i) => sends(at, i + 2, 'PA', 29)),
      ...healthy(1, 9),
    ];
    const [finding] = diagnose(frames, { ifmap });
    expect(finding).toMatchObject({ rule: 'forward-missing', severity: 'error', count: 5 });
    expect(finding.cause).toContain('The SYN of the same connection went out, and nothing that follows it');
    // All of it passes: the answers go past the router, and nothing is wrong.
    const all = frames.flatMap((f, i) => (i > 1 && i < 7 ? passes(f, NEAR) : [f]));
    expect(diagnose(all, { ifmap, only })).toEqual([]);
  });

  describe('and datagrams', () => {
    const datagram = (at: number, port: number, values = {}, src = 30_000): ReturnType<typeof sll2> =>
      sll2({ if: NEAR, at }, ipv4({ src: POD, dst: SERVER, ttl: 63, ...values }, udp({ src, dst: port, data: 40 })));
    const home = ipv4({ src: SERVER, dst: POD, ttl: 63 }, udp({ src: 514, dst: 30_000, data: 9 }));

    it('names fragments, which have no ports', () => {
      const cut = [1, 2, 3].flatMap((at) => [
        ...passes(datagram(at, 514, { id: at, 'flags.mf': 1, 'flags.df': 0 }), FAR),
        datagram(at + 0.001, 514, { id: at, 'flags.df': 0, frag_offset: 185 }),
      ]);
      const [finding] = diagnose(
        [...healthy(1, 0), ...passes(sll2({ if: FAR, at: 0.5 }, home), NEAR), ...cut, ...healthy(2, 9)],
        { topology: topology(...ROUTES), only },
      );
      expect(finding).toMatchObject({
        title: `Later fragments to ${SERVER} come into router on eth1 and never leave it`,
        count: 3,
      });
      expect(finding.cause).toContain('Fragments but the first have no ports');
    });

    it('names those of long pings, which are no black hole of size', () => {
      const long = [1, 2, 3].flatMap((at) => {
        const sight = { if: NEAR, at };
        const head = { src: POD, dst: SERVER, ttl: 63, id: at, 'flags.df': 0 };
        const rest = new Uint8Array(500);
        return [
          ...passes(sll2(sight, ipv4({ ...head, 'flags.mf': 1 }, echo({ id: 9, seq: at, data: 1472 }))), FAR),
          sll2({ ...sight, at: at + 0.001 }, ipv4({ ...head, frag_offset: 185 * 8 }, icmp({}, rest))),
        ];
      });
      const short = [1, 2, 3].flatMap((at) => [
        ...passes(ping(POD, SERVER, at, { if: NEAR, at: at + 4 }), FAR),
        ...passes(ping(SERVER, POD, at, { if: FAR, at: at + 4.01 }, true), NEAR),
      ]);
      const sorted = [...long, ...short, ...healthy(2, 9)];
      const findings = diagnose(sorted, { ifmap }).filter(({ foldedUnder }) => foldedUnder === null);
      expect(findings).toMatchObject([
        { rule: 'forward-missing', title: `Later fragments to ${SERVER} come into router on eth1 and never leave it` },
      ]);
    });

    it('names those of encrypted packets too: who passes them on does not encrypt, so nothing leaves it unseen', () => {
      const WG = 51_820;
      const cut = [1, 2, 3].flatMap((at) => [
        ...passes(datagram(at, WG, { id: at, 'flags.mf': 1, 'flags.df': 0 }, WG), FAR),
        datagram(at + 0.001, WG, { id: at, 'flags.df': 0, frag_offset: 185 }, WG),
      ]);
      const back = ipv4({ src: SERVER, dst: POD, ttl: 63 }, udp({ src: WG, dst: WG, data: 9 }));
      const frames = (rest: boolean) => [
        ...passes(sll2({ if: FAR, at: 0.5 }, back), NEAR),
        ...(rest ? cut.flatMap((f, i) => (i % 3 === 2 ? passes(f, FAR) : [f])) : cut),
        ...healthy(2, 9),
      ];
      expect(diagnose(frames(false), { ifmap, only })).toMatchObject([{ title: expect.stringContaining('Later fragments to') }]);
      expect(diagnose(frames(true), { ifmap, only })).toEqual([]);
    });

    it('leaves the one alone that is lost of many', () => {
      const sent = (n: number) => Array.from({ length: n }, (_, i) => passes(datagram(1 + i / 10, 514), FAR)).flat();
      const frames = (n: number) => [
        ...passes(sll2({ if: FAR, at: 0.5 }, home), NEAR),
        ...sent(n),
        datagram(5, 515),
        ...healthy(1, 9),
      ];
      expect(diagnose(frames(3), { ifmap, only })).toHaveLength(1);
      expect(diagnose(frames(30), { ifmap, only })).toEqual([]);
    });
  });

  describe('at a host that others have for a router', () => {
    const HOST = '10.9.0.20';
    const far = '10.8.0.5';
    const own = [0, 1, 2].flatMap((at) => [
      sll2({ if: 2, dir: 'out', point: 'b', at, mac: '0a:00:00:00:00:20' }, ipv4({ src: HOST, dst: far }, echo({ seq: at }))),
      sll2({ if: 2, point: 'b', at: at + 0.01 }, ipv4({ src: far, dst: HOST, ttl: 60 }, echo({ seq: at, reply: true }))),
    ]);
    const gateway = { sender: '10.9.0.10', senderMac: '0a:00:00:00:00:0a', target: HOST };
    own.push(
      sll2({ if: 2, dir: 'broadcast', point: 'b', at: 0.05 }, arp(gateway)),
      sll2(
        { if: 2, dir: 'out', point: 'b', at: 0.06, mac: '0a:00:00:00:00:20' },
        arp({ op: 'reply', sender: HOST, senderMac: '0a:00:00:00:00:20', target: '10.9.0.10', targetMac: '0a:00:00:00:00:0a' }),
      ),
    );
    const asked = [0.1, 1.1, 3.1].map((at) =>
      sll2({ if: 2, point: 'b', at }, ipv4({ src: '10.9.0.10', dst: far }, tcp({ src: 40_000, dst: 80, flags: 'S', seq: 7 }))),
    );
    const sorted = (frames: TestFrame[]) => frames.sort((x, y) => (x.at as number) - (y.at as number));

    it('says that it passes nothing on, and who has it as the next hop', () => {
      const [finding] = diagnose(sorted([...own, ...asked]));
      expect(finding).toMatchObject({ rule: 'forward-missing', count: 3, subject: { node: 'b' } });
      expect(finding.cause).toContain('b passes nothing on in this capture, and these packets come to its MAC');
      const nodes = {
        b: { interfaces: { eth0: { index: 2, addresses: [`${HOST}/24`] } }, sysctls: { 'net.ipv4.ip_forward': '0' } },
        a: { interfaces: { eth0: { addresses: ['10.9.0.10/24'] } }, routes: [`default via ${HOST} dev eth0`] },
        far: { interfaces: { eth0: { addresses: [`${far}/24`] } } },
      };
      const [known] = diagnose(sorted([...own, ...asked]), { topology: { nodes } });
      expect(known.cause).toContain('b does not forward IPv4 (net.ipv4.ip_forward is 0)');
      expect(known.cause).toContain(`the default route of a has it as the next hop (${HOST})`);
    });

    it('says so too of a host that answers no ARP in the capture, of what would leave again as it came', () => {
      const quiet = own.filter((_, i) => i < 6);
      const [finding] = diagnose(sorted([...quiet, ...asked]));
      expect(finding).toMatchObject({ rule: 'forward-missing', count: 3, subject: { node: 'b' } });
      // Its own default route is not the sender's.
      const nodes = {
        b: { interfaces: { eth0: { index: 2, addresses: [`${HOST}/24`] } }, routes: ['default via 10.9.0.1 dev eth0'] },
      };
      expect(diagnose(sorted([...quiet, ...asked]), { topology: { nodes } })[0].cause).toContain('who sends them (10.9.0.10');
    });

    it('leaves alone what may be an address of the host, and what comes to another MAC', () => {
      expect(diagnose(sorted(asked), { only })).toEqual([]);
      const others = asked.map((frame): TestFrame => ({ ...frame, dir: 'other' }));
      expect(diagnose(sorted([...own, ...others]), { only })).toEqual([]);
    });
  });
});
