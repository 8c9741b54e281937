import { describe, expect, it } from 'vitest';
import { at, diagnose, dnat, echo, forward, ipv4, sll2, snat, type TestFrame, tcp } from './lab.js';
import { ifmap, NEAR, syn as pathSyn, ROUTES, topology, UPLINK } from './path-lab.js';

const only = ['tcp-no-answer'];
const CLIENT = '10.1.1.10';
const SERVER = '10.1.2.20';

const syn = (s: number, port = 40_000, dst = SERVER): TestFrame =>
  sll2({ if: 2, at: s }, ipv4({ src: CLIENT, dst }, tcp({ src: port, dst: 80, flags: 'S', seq: 1000, mss: 1460 })));
const synAck = (s: number, port = 40_000): TestFrame =>
  sll2(
    { if: 3, at: s },
    ipv4({ src: SERVER, dst: CLIENT, id: 0 }, tcp({ src: 80, dst: port, flags: 'SA', seq: 5000, ack: 1001 })),
  );
const ack = (s: number, port = 40_000): TestFrame =>
  sll2({ if: 2, at: s }, ipv4({ src: CLIENT, dst: SERVER }, tcp({ src: port, dst: 80, seq: 1001, ack: 5001 })));
/** Time goes on. */
const later = (s: number): TestFrame => at(s, sll2({}, ipv4({ src: '10.5.5.5', dst: '10.5.5.6' }, echo({ reply: true }))));

describe('tcp-no-answer', () => {
  it('says when the SYN was sent again', () => {
    const [finding] = diagnose([syn(0), syn(1), syn(3), syn(7), later(20)], { only });
    expect(finding.title).toBe('No answer from 10.1.2.20 port 80');
    expect(finding.message).toContain('4 SYNs, sent again after 1.0, 3.0, 7.0 s');
    expect(finding).toMatchObject({ verdict: 'fail', count: 4 });
  });

  it('leaves alone what is under way at the end, where the server answered others', () => {
    expect(diagnose([syn(0, 1), synAck(0.1, 1), ack(0.2, 1), syn(0.3, 2)], { only })).toEqual([]);
    expect(diagnose([syn(0.3, 2)], { only }).map((f) => f.verdict)).toEqual(['inconclusive']);
  });

  it('tells answers that come again and again where no question passes', () => {
    const [finding] = diagnose([synAck(0), synAck(1), synAck(3), later(9)], { only });
    expect(finding).toMatchObject({ title: 'Answers from 10.1.2.20 port 80 do not reach the client', count: 3 });
    expect(diagnose([synAck(0), later(9)], { only })).toEqual([]);
  });

  it('tells acknowledgments of an older connection from answers', () => {
    const other = (s: number): TestFrame =>
      sll2({ if: 3, at: s }, ipv4({ src: SERVER, dst: CLIENT }, tcp({ src: 80, dst: 40_000, flags: 'A', seq: 9, ack: 77 })));
    const reset = (s: number): TestFrame =>
      sll2({ if: 2, at: s }, ipv4({ src: CLIENT, dst: SERVER }, tcp({ src: 40_000, dst: 80, flags: 'R', seq: 77 })));
    const stale = [0, 1, 3].flatMap((s) => [syn(s), other(s + 0.001), reset(s + 0.002)]);
    expect(diagnose([...stale, later(9)], { only })).toMatchObject([
      { verdict: 'fail', title: '10.1.2.20 port 80 answers SYNs with acknowledgments of an older connection', count: 3 },
    ]);
    // The reset has ended it.
    expect(diagnose([...stale.slice(0, 3), syn(1), synAck(1.001), ack(1.002), later(9)], { only })).toEqual([]);
  });

  it('says that one of several ways is dead where attempts of one client fail and work in turns', () => {
    const works = (s: number, port: number) => [syn(s, port), synAck(s + 0.001, port), ack(s + 0.002, port)];
    const fails = (s: number, port: number) => [syn(s, port), syn(s + 1, port)];
    const late = [syn(6, 9), syn(7, 9), synAck(7.001, 9), ack(7.002, 9)];
    const turns = [fails(0, 1), works(0.1, 2), fails(0.2, 3), works(0.3, 4), fails(0.4, 5), works(0.5, 6), late];
    const frames = turns.flat().sort((x, y) => (x.at ?? 0) - (y.at ?? 0));
    const [finding] = diagnose([...frames, later(20)], { only });
    expect(finding.cause).toContain('The first SYNs of 4 of 7 attempts are lost (1 of them worked when the SYN was sent again');
    // One after the other: something changed meanwhile.
    const phases = [fails(0, 1), fails(0.2, 3), fails(0.4, 5), works(5, 2), works(6, 4), works(7, 6)].flat();
    expect(diagnose([...phases, later(20)], { only })[0].cause).not.toContain('in turns');
  });

  it('takes silent ports for part of a scan whose other ports refuse', () => {
    const refused = (n: number): TestFrame[] => {
      const ask = ipv4({ src: CLIENT, dst: SERVER }, tcp({ src: 30_000 + n, dst: 100 + n, flags: 'S', seq: 1 }));
      const reset = ipv4({ src: SERVER, dst: CLIENT }, tcp({ src: 100 + n, dst: 30_000 + n, flags: 'RA', ack: 2 }));
      return [sll2({ if: 2, at: n / 10 }, ask), sll2({ if: 3, at: n / 10 + 0.001 }, reset)];
    };
    const scan = Array.from({ length: 12 }, (_, n) => refused(n)).flat();
    expect(diagnose([...scan, syn(2), syn(3), later(9)], { only })).toMatchObject([
      { severity: 'info', title: `${CLIENT} scans ports of ${SERVER}: 1 does not answer` },
    ]);
    expect(diagnose([...refused(1), syn(2), syn(3), later(9)], { only })).toMatchObject([{ severity: 'error' }]);
  });

  it('counts a forwarded SYN once', () => {
    const first = syn(0);
    const [finding] = diagnose([first, forward(first, { if: 3, at: 0.00001 }), later(5)], { only });
    expect(finding.count).toBe(1);
  });

  it('makes one finding of many attempts, and says that others were answered', () => {
    const findings = diagnose([syn(0, 1), syn(0, 2), syn(0, 3), syn(0.1, 4), synAck(0.2, 4), ack(0.3, 4), later(5)], { only });
    expect(findings).toHaveLength(1);
    expect(findings[0].message).toContain('3 connection attempts');
    expect(findings[0].message).toContain('1 other attempt was answered');
  });

  it('makes one finding of one client that asks many addresses in vain', () => {
    const sweep = Array.from({ length: 20 }, (_, i) => syn(i * 0.01, 40_000 + i, `10.1.3.${i}`));
    const findings = diagnose([...sweep, later(9)], { only });
    expect(findings.map((f) => [f.title, f.count])).toEqual([['No answer from 20 addresses port 80', 20]]);
  });

  it('sees that answers do not reach the client', () => {
    const [finding] = diagnose([syn(0), synAck(0.001), syn(1), synAck(1.001), synAck(3), later(9)], { only });
    expect(finding.title).toBe('Answers from 10.1.2.20 port 80 do not reach the client');
  });

  it('finds the one backend of a service that is dead', () => {
    const call = (port: number, backend: string, s: number): TestFrame[] => {
      const inside = sll2(
        { if: 2, at: s },
        ipv4({ src: CLIENT, dst: '10.96.1.1', id: port }, tcp({ src: port, dst: 80, flags: 'S', seq: port * 7 })),
      );
      return [inside, at(s + 0.0001, dnat(forward(inside, { if: 3 }), backend, 8080))];
    };
    const answered = (port: number, backend: string, s: number): TestFrame =>
      at(
        s,
        sll2(
          { if: 3 },
          ipv4({ src: backend, dst: CLIENT, id: 0 }, tcp({ src: 8080, dst: port, flags: 'SA', seq: 9, ack: port * 7 + 1 })),
        ),
      );
    const findings = diagnose(
      [
        ...call(1001, '10.1.2.21', 0),
        answered(1001, '10.1.2.21', 0.01),
        ...call(1002, '10.1.2.22', 0.1),
        answered(1002, '10.1.2.22', 0.11),
        ...call(1003, '10.1.2.23', 0.2),
        later(9),
      ],
      { only },
    );
    expect(findings.map((f) => f.title)).toEqual(['10.1.2.23 port 8080, 1 of 3 backends of 10.96.1.1, does not answer']);
  });

  it('cannot tell when the capture ends too early, lost frames, or keeps one half only', () => {
    const verdicts = [
      diagnose([syn(0), later(0.5)], { only }),
      diagnose([syn(0), later(5)], { only, points: { router: { dropped: 3 } } }),
      diagnose([syn(0), later(5)], { only, points: { router: { filter: 'tcp[tcpflags] == tcp-syn' } } }),
    ].map((findings) => findings.map((f) => f.verdict));
    expect(verdicts).toEqual([['inconclusive'], ['inconclusive'], ['inconclusive']]);
  });

  it('waits for what may still come while the capture goes on', () => {
    expect(diagnose([syn(0), later(0.5)], { only, ended: false })).toEqual([]);
    expect(diagnose([syn(0), syn(1), later(2.5)], { only, ended: false })[0].verdict).toBe('fail');
  });

  it('takes one SYN that is not sent again for no proof, unless answers to the client are seen here', () => {
    const [one] = diagnose([syn(0), later(9)], { only });
    expect(one.verdict).toBe('inconclusive');
    expect(one.message).toContain('proves nothing');
    expect(diagnose([syn(0), syn(4, 40_001), later(9)], { only })[0].verdict).toBe('fail');
    const answered = [
      sll2({ if: 2, at: 0.1 }, ipv4({ src: CLIENT, dst: '10.1.2.21' }, echo({}))),
      sll2({ if: 3, at: 0.2 }, ipv4({ src: '10.1.2.21', dst: CLIENT }, echo({ reply: true }))),
    ];
    expect(diagnose([syn(0), ...answered, later(9)], { only })[0].verdict).toBe('fail');
  });

  it('finds a SYN-ACK that is repeated where only answers pass', () => {
    const [finding] = diagnose([synAck(0), synAck(1), synAck(3), later(9)], { only });
    expect(finding).toMatchObject({ verdict: 'fail', title: 'Answers from 10.1.2.20 port 80 do not reach the client' });
    expect(finding.message).toContain('its own packets do not pass here');
    // Two taps on one link show it twice at once; and once is as it should be.
    expect(diagnose([synAck(0), synAck(0.0001), later(9)], { only })).toEqual([]);
    expect(diagnose([synAck(0), later(9)], { only })).toEqual([]);
  });

  describe('many ports of one server', () => {
    const ask = (s: number, dst: number): TestFrame =>
      sll2({ if: 2, at: s }, ipv4({ src: CLIENT, dst: SERVER }, tcp({ src: 40_000, dst, flags: 'S', seq: 1000 })));
    const ports = Array.from({ length: 30 }, (_, i) => 1000 + i);

    it('asked once each are one scan, with what it leaves unfinished', () => {
      const unfinished = [ask(0.5, 80), ...[0.6, 1.6, 3.6].map((s) => synAck(s))];
      const findings = diagnose([...ports.map((port, i) => ask(i * 0.01, port)), ...unfinished, later(9)], { only });
      expect(findings.map((f) => [f.title, f.severity, f.foldedUnder === null])).toEqual([
        ['10.1.1.10 scans ports of 10.1.2.20: 30 do not answer', 'info', true],
        ['Answers from 10.1.2.20 port 80 do not reach the client', 'info', false],
      ]);
    });

    it('asked again are one fault', () => {
      const twice = [0, 1].flatMap((s) => ports.map((port, i) => ask(s + i * 0.01, port)));
      expect(diagnose([...twice, later(9)], { only }).map((f) => [f.title, f.severity, f.count])).toEqual([
        ['No answer from 30 ports of 10.1.2.20', 'error', 60],
      ]);
    });
  });

  it('says when a filter hides what would tell more', () => {
    const filtered = [0, 1, 2].flatMap((n) => [syn(n, 50_000 + n), syn(n + 0.5, 50_000 + n)]);
    const points = { router: { filter: 'tcp port 80' } };
    expect(diagnose([...filtered, syn(9, 50_000)], { only, points })[0].cause).toContain('was filtered (tcp port 80)');
    // That nothing else is there may be all that happened.
    const [seen] = diagnose([...filtered, syn(9, 50_000)], { only });
    expect(seen.cause).toBe('The SYNs were last seen coming into router on if2.');
    expect(diagnose([...filtered, later(9)], { only })[0].cause).not.toContain('filtered');
  });

  it('says where the packets were seen last, and what that means', () => {
    const sent = (src: string, dst: string, port: number, options: object, out: boolean): string => {
      const tries = [0, 1, 3].flatMap((at) => {
        const packet = sll2({ if: 2, dir: 'in', at }, ipv4({ src, dst }, tcp({ src: 40_000, dst: port, flags: 'S', seq: 1000 })));
        return out ? [packet, forward(packet, { if: 3, at: at + 0.0001 })] : [packet];
      });
      return diagnose([...tries, later(20)], { only, ...options })[0].cause;
    };
    expect(sent('10.0.1.5', '93.184.216.34', 443, {}, true)).toMatch(
      /last seen leaving router by if3\. Their source 10\.0\.1\.5 is/,
    );
    expect(sent('10.0.1.5', '10.0.2.5', 443, {}, true)).toBe('The SYNs were last seen leaving router by if3.');
    const node = { interfaces: { eth0: { index: 2, addresses: ['10.0.2.5/24'] } } };
    expect(sent('10.0.1.5', '10.0.2.5', 30_080, { topology: { nodes: { router: node } } }, false)).toContain(
      'externalTrafficPolicy',
    );
    const addresses = { '10.96.0.50': { service: 'default/web', backends: [] } };
    expect(sent('10.0.1.5', '10.96.0.50', 80, { topology: { nodes: { router: node }, addresses } }, false)).toContain(
      'default/web has no backend',
    );
  });

  it('leaves answered, refused and half-seen handshakes alone', () => {
    const reset = sll2(
      { if: 3, at: 0.1 },
      ipv4({ src: SERVER, dst: CLIENT }, tcp({ src: 80, dst: 40_000, flags: 'RA', ack: 1001 })),
    );
    expect(diagnose([syn(0), synAck(0.1), ack(0.2), later(9)], { only })).toEqual([]);
    expect(diagnose([syn(0), reset, later(9)], { only })).toEqual([]);
    // The answers take another way: the client would not acknowledge otherwise.
    expect(diagnose([syn(0), ack(0.2), later(9)], { only })).toEqual([]);
  });

  describe('where a port forward is turned back into the link of its client', () => {
    const [client, server, wan] = ['192.168.10.50', '192.168.10.60', '198.51.100.7'];
    const forwarded = (source = client, out = NEAR) =>
      [0, 1, 2].flatMap((at) => {
        const sent = pathSyn(client, wan, { if: NEAR, at });
        const turned = dnat(forward(sent, { if: out, at: at + 0.0001 }), server);
        return [sent, source === client ? turned : snat(turned, source)];
      });

    it('says that the answer goes past the node', () => {
      const [finding, ...symptoms] = diagnose(forwarded(), { ifmap });
      expect(finding).toMatchObject({
        rule: 'tcp-no-answer',
        title: `No answer from ${server} port 80: router turns ${wan} port 80 back into eth1 with the client's own address`,
        count: 3,
        commands: [],
      });
      expect(symptoms.every((f) => f.foldedUnder !== null)).toBe(true);
      expect(diagnose(forwarded(), { topology: topology(...ROUTES), only })[0].commands).toEqual([
        `iptables -t nat -A POSTROUTING -s 192.168.10.0/24 -d ${server} -o eth1 -j MASQUERADE`,
      ]);
    });

    it('leaves alone what is masqueraded, answered, or goes to another link', () => {
      const answer = sll2(
        { if: NEAR, at: 2.1 },
        ipv4({ src: server, dst: client, ttl: 64 }, tcp({ src: 80, dst: 40_000, flags: 'SA', seq: 7, ack: 1001 })),
      );
      const titles = [forwarded('192.168.10.200'), forwarded(client, UPLINK), [...forwarded(), answer]].map((frames) =>
        diagnose(frames, { ifmap, only }).map((f) => f.title),
      );
      expect(titles).toEqual([[`No answer from ${server} port 80`], [`No answer from ${server} port 80`], []]);
    });
  });
});
