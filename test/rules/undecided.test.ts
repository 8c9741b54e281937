import { describe, expect, it } from 'vitest';
import {
  at,
  diagnose,
  echo,
  encodePacket,
  ethernet,
  forward,
  type IpPacket,
  icmpError,
  ipv4,
  sll2,
  summary,
  type TestFrame,
  udp,
} from './lab.js';

const CLIENT = '10.1.1.10';
const only = ['undecided'];
const later = (s: number): TestFrame => at(s, sll2({}, ipv4({ src: '10.5.5.5', dst: '10.5.5.6' }, echo({ reply: true }))));

describe('undecided', () => {
  const ping = (s: number, seq: number): TestFrame =>
    sll2({ if: 3, dir: 'in', at: s }, ipv4({ src: CLIENT, dst: '10.1.1.20' }, echo({ seq })));

  it('counts what got no answer here and proves nothing', () => {
    const frames = [1, 2, 3].flatMap((n) => {
      const request = ping(n, n);
      return [request, forward(request, { if: 3, at: n + 0.0001 })];
    });
    const findings = diagnose([...frames, later(9)], { only });
    expect(summary(findings)).toEqual(['inconclusive undecided']);
    expect(findings[0]).toMatchObject({ title: '3 pings got no answer that this capture shows', count: 3 });
  });

  it('is silent on answers, and where the capture ended before one was due', () => {
    const reply = sll2({ if: 3, dir: 'out', at: 1.1 }, ipv4({ src: '10.1.1.20', dst: CLIENT }, echo({ seq: 1, reply: true })));
    expect(diagnose([ping(1, 1), reply, later(9)], { only })).toEqual([]);
    expect(diagnose([ping(1, 1), reply, ping(2, 2)], { only })).toEqual([]);
  });

  it('knows what an ICMP error has settled, at the end of the capture too', () => {
    const traced = (s: number, id: number, ttl: number): TestFrame[] => {
      const asks = sll2({ if: 3, dir: 'in', at: s }, ipv4({ src: CLIENT, dst: '10.1.1.20', ttl }, echo({ id, seq: 1 })));
      const says = ipv4({ src: '10.1.1.1', dst: CLIENT }, icmpError({ type: 11 }, asks.packet as IpPacket));
      return [asks, sll2({ if: 3, dir: 'out', at: s + 0.001 }, says)];
    };
    const reply = sll2({ if: 3, dir: 'out', at: 1.001 }, ipv4({ src: '10.1.1.20', dst: CLIENT }, echo({ seq: 1, reply: true })));
    const settled = [...traced(1.2, 20, 1), ...traced(1.21, 21, 2)];
    const end = at(1.6, reply);
    expect(diagnose([ping(1, 1), reply, ...settled, end], { only })).toEqual([]);
    expect(diagnose([ping(1, 1), reply, ...settled.filter((_, i) => i % 2 === 0), end], { only })).toHaveLength(1);
  });

  it('doubts a question that was repeated, or whose peer answers others at once, though the capture ends before it is due', () => {
    const asked = (s: number, src: string, seq: number): TestFrame =>
      sll2({ if: 3, dir: 'in', at: s }, ipv4({ src, dst: '10.1.1.20' }, echo({ seq })));
    const answered = (s: number, seq: number): TestFrame[] => [
      asked(s, CLIENT, seq),
      sll2({ if: 3, dir: 'out', at: s + 0.001 }, ipv4({ src: '10.1.1.20', dst: CLIENT }, echo({ seq, reply: true }))),
    ];
    const others = [...answered(1, 1), ...answered(1.6, 2)];
    for (const lost of [[asked(1.1, '172.16.0.9', 1), asked(1.3, '172.16.0.9', 2)], [asked(1.3, '172.16.0.9', 1)]]) {
      const findings = diagnose([...others, ...lost], { only });
      expect(summary(findings)).toEqual(['inconclusive undecided']);
      expect(findings[0]).toMatchObject({ count: lost.length, message: expect.stringContaining('others were answered at once') });
    }
    // So soon after it was asked, that shows nothing.
    expect(diagnose([...others, asked(1.55, '172.16.0.9', 1)], { only })).toEqual([]);
  });

  it('names the way that answers take by the routes of the topology, past the router that was captured', () => {
    const via = (next: string) => ({
      nodes: {
        client: {
          interfaces: { eth0: { addresses: ['10.1.0.10/24'] } },
          routes: ['10.1.0.0/24 dev eth0', 'default via 10.1.0.1 dev eth0'],
        },
        router: { interfaces: eths(1), routes: ['10.1.0.0/24 dev eth0', '10.2.0.0/24 dev eth1'] },
        r2: { interfaces: eths(2), routes: ['10.1.0.0/24 dev eth0', '10.2.0.0/24 dev eth1'] },
        server: {
          interfaces: { eth0: { addresses: ['10.2.0.10/24'] } },
          routes: ['10.2.0.0/24 dev eth0', `default via ${next} dev eth0`],
        },
      },
    });
    const eths = (n: number) => ({
      eth0: { index: 3, addresses: [`10.1.0.${n}/24`] },
      eth1: { index: 4, addresses: [`10.2.0.${n}/24`] },
    });
    const frames = [1, 2, 3, 4].flatMap((seq) => {
      const asked = sll2({ if: 3, dir: 'in', at: seq }, ipv4({ src: '10.1.0.10', dst: '10.2.0.10' }, echo({ seq })));
      return [asked, forward(asked, { if: 4 })];
    });
    const findings = diagnose([...frames, later(9)], { topology: via('10.2.0.2') });
    expect(summary(findings)).toEqual(['inconclusive undecided']);
    expect(findings[0].message).toContain('answers of 10.2.0.10 to 10.1.0.10 take the way server → r2 → client: capture there.');
    expect(summary(diagnose([...frames, later(9)], { topology: via('10.2.0.1') }))[0]).toMatch(/^fail /);
  });

  it('leaves alone what a router of LISP drops until it knows the locator, and not what stays lost', () => {
    const lisp = (s: number, seq: number, reply = false): TestFrame => {
      const [from, to] = reply ? ['10.1.1.20', CLIENT] : [CLIENT, '10.1.1.20'];
      const inner = encodePacket(ipv4({ src: from, dst: to }, echo({ seq, reply })));
      const [a, b] = reply ? ['192.0.2.2', '192.0.2.1'] : ['192.0.2.1', '192.0.2.2'];
      const data = Uint8Array.from([0, 0, 0, 0, 0, 0, 0, 0, ...inner]);
      return at(s, ethernet({}, ipv4({ src: a, dst: b }, udp({ src: 61_000, dst: 4341, data }))));
    };
    const answered = (s: number, seq: number): TestFrame[] => [lisp(s, seq), lisp(s + 0.001, seq, true)];
    const end = [later(30), later(31)];
    expect(diagnose([lisp(1, 1), ...answered(3, 2), ...answered(4, 3), ...end], { only })).toEqual([]);
    const long = Array.from({ length: 9 }, (_, n) => lisp(1 + n, n));
    expect(diagnose([...long, ...answered(11, 20), ...end], { only })).toMatchObject([{ count: 9 }]);
  });
});
