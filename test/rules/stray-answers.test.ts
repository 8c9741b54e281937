import { describe, expect, it } from 'vitest';
import {
  at,
  diagnose,
  dnat,
  dns,
  echo,
  ethernet,
  forward,
  type IpPacket,
  icmpError,
  ipv4,
  sll2,
  snat,
  type TestFrame,
  tcp,
  udp,
} from './lab.js';
import { ifmap, NEAR, UPLINK } from './path-lab.js';

const only = ['nat-unexpected'];
const CLIENT = '192.168.36.13';
const POD = '10.0.1.5';
const NODE = '192.168.36.11';
const VIP = '10.96.0.10';
const BACKEND = '10.244.2.20';
type Body = Parameters<typeof ipv4>[1];

/** Comes in by one interface and leaves by the other, perhaps changed. */
const through = (first: number, out: number, s: number, packet: IpPacket, change = (frame: TestFrame) => frame): TestFrame[] => {
  const came = sll2({ if: first, at: s }, packet);
  return [came, change(forward(came, { if: out }))];
};
const syn = tcp({ src: 41_000, dst: 8080, flags: 'S', seq: 1000 });
const synAck = tcp({ src: 8080, dst: 41_000, flags: 'SA', seq: 7, ack: 1001 });
const question = (id: number) => udp({ src: 40_000, dst: 53, data: dns({ id }) });
const answer = (id: number) => udp({ src: 53, dst: 40_000, data: dns({ id, response: true }) });

describe('answers from another address', () => {
  it('are told at the node that gives them another source', () => {
    const frames = [0, 1, 3].flatMap((s) => [
      ...through(UPLINK, NEAR, s, ipv4({ src: CLIENT, dst: POD }, syn)),
      ...through(NEAR, UPLINK, s + 0.01, ipv4({ src: POD, dst: CLIENT }, synAck), (frame) => snat(frame, NODE)),
    ]);
    const [finding] = diagnose([...frames], { ifmap });
    expect(finding).toMatchObject({
      rule: 'nat-unexpected',
      title: 'Answers for 10.0.1.5 port 8080 come from 192.168.36.11 port 8080',
    });
    expect(finding.message).toContain('router sends the answer on with the source 192.168.36.11 port 8080');
  });

  it('are told at the node that translates the question only, of UDP too', () => {
    const frames = [1, 2].flatMap((id) => [
      ...through(NEAR, UPLINK, id, ipv4({ src: CLIENT, dst: VIP }, question(id)), (frame) => dnat(frame, BACKEND)),
      ...through(UPLINK, NEAR, id + 0.01, ipv4({ src: BACKEND, dst: CLIENT }, answer(id))),
    ]);
    const findings = diagnose(frames, { ifmap });
    expect(findings.map((f) => f.title)).toEqual(['Answers for 10.96.0.10 port 53 come from 10.244.2.20 port 53']);
    expect(findings[0].cause).toContain('does not translate it back');
  });

  it('are told where the question starts, though nobody was seen translating', () => {
    const seen = (s: number, packet: IpPacket) => ethernet({ at: s }, packet);
    const names = [1, 2].flatMap((id) => [
      seen(id, ipv4({ src: CLIENT, dst: VIP }, question(id))),
      seen(id + 0.01, ipv4({ src: BACKEND, dst: CLIENT, ttl: 61 }, answer(id))),
    ]);
    expect(diagnose(names, { only })).toMatchObject([{ verdict: 'fail', subject: { dst: VIP, target: BACKEND } }]);
    const pings = [1, 2].flatMap((seq) => [
      seen(seq, ipv4({ src: CLIENT, dst: VIP }, echo({ seq }))),
      seen(seq + 0.01, ipv4({ src: BACKEND, dst: CLIENT, ttl: 61 }, echo({ seq, reply: true }))),
    ]);
    expect(diagnose(pings, { only }).map((f) => f.title)).toEqual(['Answers for 10.96.0.10 come from 10.244.2.20']);
    // From another port, where the client says that it does not take it.
    const odd = ipv4({ src: BACKEND, dst: CLIENT, ttl: 61 }, udp({ src: 9125, dst: 40_000, data: 20 }));
    const frames = [
      seen(0, ipv4({ src: CLIENT, dst: VIP }, udp({ src: 40_000, dst: 8125, data: 16 }))),
      seen(0.1, odd),
      seen(0.2, ipv4({ src: CLIENT, dst: BACKEND }, icmpError({ type: 3, code: 3 }, odd))),
    ];
    expect(diagnose(frames, { only }).map((f) => f.title)).toEqual([
      'Answers for 10.96.0.10 port 8125 come from 10.244.2.20 port 9125',
    ]);
    expect(diagnose(frames.slice(0, 2), { only })).toEqual([]);
  });

  it('are healthy between two translations, by design of TFTP, and of who asks several', () => {
    const seen = (s: number, src: string, dst: string, ttl: number, body: Body) =>
      ethernet({ at: s }, ipv4({ src, dst, ttl }, body));
    const works = [
      seen(0, CLIENT, POD, 61, syn),
      seen(0.01, NODE, CLIENT, 63, synAck),
      seen(0.02, CLIENT, POD, 61, tcp({ src: 41_000, dst: 8080, seq: 1001, ack: 8 })),
      seen(0.03, CLIENT, POD, 61, tcp({ src: 41_000, dst: 8080, flags: 'PA', seq: 1001, ack: 8, data: 90 })),
    ];
    expect(diagnose(works, { only })).toEqual([]);
    const names = [seen(0, CLIENT, POD, 61, question(1)), seen(0.01, NODE, CLIENT, 63, answer(1))];
    expect(diagnose(names, { only })).toEqual([]);
    const tftp = [
      seen(0, CLIENT, POD, 64, udp({ src: 40_000, dst: 69, data: 20 })),
      seen(0.01, POD, CLIENT, 63, udp({ src: 50_000, dst: 40_000, data: 516 })),
    ];
    expect(diagnose(tftp, { only })).toEqual([]);
    const several = [
      seen(0, CLIENT, '10.9.9.9', 64, question(1)),
      seen(0.01, CLIENT, VIP, 64, question(1)),
      seen(0.02, BACKEND, CLIENT, 61, answer(1)),
    ];
    expect(diagnose(several, { only })).toEqual([]);
  });
});

describe('answers of one connection, of which some are not translated back', () => {
  const segment = (seq: number) => tcp({ src: 8080, dst: 47_900, flags: 'A', seq, ack: 1031, data: 100 });
  const client = (values: { flags?: string; seq: number; ack?: number; data?: number }) =>
    tcp({ src: 47_900, dst: 80, ...values });
  const request = (s: number, body: Body) =>
    through(NEAR, UPLINK, s, ipv4({ src: CLIENT, dst: VIP }, body), (frame) => dnat(frame, BACKEND, 8080));
  const back = (s: number, body: Body) =>
    through(UPLINK, NEAR, s, ipv4({ src: BACKEND, dst: CLIENT }, body), (frame) => snat(frame, VIP, 80));
  const connection = [
    ...request(0, client({ flags: 'S', seq: 1000 })),
    ...back(0.01, tcp({ src: 8080, dst: 47_900, flags: 'SA', seq: 500, ack: 1001 })),
    ...request(0.02, client({ flags: 'PA', seq: 1001, ack: 501, data: 30 })),
    ...back(0.03, segment(501)),
    ...back(0.04, segment(601)),
  ];
  const stray = through(UPLINK, NEAR, 0.05, ipv4({ src: BACKEND, dst: CLIENT }, segment(501)));
  const reset = through(
    NEAR,
    UPLINK,
    0.06,
    ipv4({ src: CLIENT, dst: BACKEND }, tcp({ src: 47_900, dst: 8080, flags: 'R', seq: 1031 })),
  );
  const end = back(0.07, tcp({ src: 8080, dst: 47_900, flags: 'R', seq: 701 }));

  it('break it, when the client resets them', () => {
    const [finding] = diagnose([...connection, ...stray, ...reset, ...end], { ifmap });
    expect(finding).toMatchObject({
      rule: 'nat-unexpected',
      title: 'Some answers of 10.244.2.20 port 8080 for 10.96.0.10 port 80 are not translated back',
      commands: ['sysctl -w net.netfilter.nf_conntrack_tcp_be_liberal=1'],
      count: 1,
    });
  });

  it('are no fault when all are, or when nobody minds', () => {
    expect(diagnose(connection, { ifmap, only })).toEqual([]);
    expect(diagnose([...connection, at(0.05, stray[0]), stray[1]], { ifmap, only })).toEqual([]);
  });
});
