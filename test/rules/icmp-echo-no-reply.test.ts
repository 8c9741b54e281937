import { describe, expect, it } from 'vitest';
import { at, diagnose, echo, echo6, ethernet, forward, icmpError, ipv4, ipv6, sll2, type TestFrame } from './lab.js';

const only = ['icmp-echo-no-reply'];
const CLIENT = '10.1.1.10';
const SERVER = '10.1.2.20';
const request = (s: number, seq = s, ttl = 64): TestFrame =>
  sll2({ if: 2, at: s }, ipv4({ src: CLIENT, dst: SERVER, ttl }, echo({ seq })));
const reply = (s: number, seq = s): TestFrame =>
  sll2({ if: 3, at: s + 0.001 }, ipv4({ src: SERVER, dst: CLIENT }, echo({ seq, reply: true })));
/** Another host answers the client: so answers to it are seen here. */
const heard = (s: number): TestFrame[] => [
  sll2({ if: 2, at: s }, ipv4({ src: CLIENT, dst: '10.1.3.30' }, echo({ seq: 1 }))),
  sll2({ if: 3, at: s + 0.001 }, ipv4({ src: '10.1.3.30', dst: CLIENT }, echo({ seq: 1, reply: true }))),
];
const later = (s: number): TestFrame => at(s, sll2({}, ipv4({ src: '10.5.5.5', dst: '10.5.5.6' }, echo({ reply: true }))));

describe('icmp-echo-no-reply', () => {
  it('finds pings without a reply, of both families', () => {
    expect(diagnose([request(0), request(1), ...heard(2), later(3)], { only })[0]).toMatchObject({
      verdict: 'fail',
      title: 'No reply to pings of 10.1.2.20',
      count: 2,
    });
    const six = sll2({ if: 2, at: 0 }, ipv6({ src: 'fd00:1::10', dst: 'fd00:2::20' }, echo6()));
    const seven = sll2({ if: 2, at: 1 }, ipv6({ src: 'fd00:1::10', dst: 'fd00:2::30' }, echo6()));
    const answer = sll2({ if: 3, at: 1.1 }, ipv6({ src: 'fd00:2::30', dst: 'fd00:1::10' }, echo6({ reply: true })));
    expect(diagnose([six, seven, answer, later(3)], { only })[0].title).toBe('No reply to pings of fd00:2::20');
  });

  it('says nothing of pings whose identifier was cut off: their replies cannot be told', () => {
    const cut = (from: string, to: string, at: number, port: number, reply: boolean): TestFrame => ({
      ...sll2({ if: port, at }, ipv6({ src: from, dst: to }, echo6({ reply }))),
      snap: 64,
    });
    const pings = [0, 1, 2, 3].flatMap((at) => [
      cut('fd00:1::10', 'fd00:2::20', at, 2, false),
      cut('fd00:2::20', 'fd00:1::10', at + 0.001, 3, true),
    ]);
    expect(diagnose([...pings, later(9)], { only })).toEqual([]);
  });

  it('says how late replies were, which are no loss', () => {
    const late = [0, 1, 2, 3].map((s) => reply(s + 1.6, s));
    const frames = [0, 1, 2, 3].map((s) => request(s));
    const found = diagnose([...frames, ...late, later(20)].sort((a, b) => (a.at ?? 0) - (b.at ?? 0)));
    expect(found).toMatchObject([
      { severity: 'info', title: 'Pings of 10.1.2.20 are answered late, after up to 1.6 s', count: 4 },
    ]);
    expect(diagnose([...frames, ...heard(4), later(20)], { only })).toMatchObject([{ title: 'No reply to pings of 10.1.2.20' }]);
  });

  it('finds a share of lost pings', () => {
    const frames = Array.from({ length: 20 }, (_, i) => (i >= 5 && i < 10 ? [request(i)] : [request(i), reply(i)])).flat();
    expect(diagnose([...frames, later(30)], { only })[0].title).toBe('5 of 20 pings of 10.1.2.20 are lost');
  });

  it('cannot tell when the capture ends too early, or lost frames', () => {
    expect(diagnose([...heard(0), request(0.1), later(0.2)], { only })[0].verdict).toBe('inconclusive');
    expect(diagnose([request(0), ...heard(1), later(4)], { only, points: { router: { dropped: 1 } } })[0].verdict).toBe(
      'inconclusive',
    );
  });

  it('says when a host stopped answering, and when it answered again', () => {
    const frames = Array.from({ length: 30 }, (_, i) => (i >= 10 && i < 20 ? [request(i)] : [request(i), reply(i)])).flat();
    const [finding] = diagnose([...frames, later(40)], { only });
    expect(finding.phases?.map(({ outcome, count }) => `${outcome} ${count}`)).toEqual(['answered 10', 'lost 10', 'answered 10']);
    // The ping that begins the outage, and the one that ends it.
    expect(finding.evidence.map(({ frame }) => frame)).toEqual([21, 30]);
  });

  it('is silent where an answer would not be seen: the ledger counts it', () => {
    expect(diagnose([request(0), request(1), later(9)], { only })).toEqual([]);
    expect(diagnose([request(0), request(1), later(9)], { only: ['undecided'] })[0].verdict).toBe('inconclusive');
  });

  it('asks no answer of those who are pinged all at once, but of one whose frame went to all', () => {
    const MAC = '02:00:00:00:00:01';
    const toAll = (dst: string, s: number): TestFrame =>
      ethernet({ at: s, mac: MAC, dstMac: 'ff:ff:ff:ff:ff:ff' }, ipv4({ src: CLIENT, dst }, echo({ seq: s })));
    const frames = (dst: string) => [
      ...[0, 1, 2].map((s) => toAll(dst, s)),
      ethernet({ at: 9, mac: MAC }, ipv4({ src: '10.5.5.5', dst: '10.5.5.6' }, echo({ reply: true }))),
    ];
    const all = ['icmp-echo-no-reply', 'undecided', 'unanswered'];
    expect(diagnose(frames('255.255.255.255'), { only: all })).toEqual([]);
    expect(diagnose(frames('10.1.1.255'), { only: all })).toEqual([]);
    expect(diagnose(frames('10.1.1.20'), { only: all }).map((f) => f.rule)).toEqual(['undecided']);
  });

  it('tells requests from replies where a host pings itself', () => {
    const own = (s: number, back: boolean): TestFrame =>
      sll2({ if: 1, at: s }, ipv4({ src: '127.0.0.1', dst: '127.0.0.1' }, echo({ seq: s, reply: back })));
    const pings = (answered: boolean) => [0, 1, 2].flatMap((s) => (answered ? [own(s, false), own(s, true)] : [own(s, false)]));
    expect(diagnose([...pings(true), later(9)], { only })).toEqual([]);
    expect(diagnose([...pings(false), later(9)], { only })[0]).toMatchObject({ verdict: 'fail', count: 3 });
  });

  it('leaves replies, single losses, path traces and hairpins alone', () => {
    const many = Array.from({ length: 30 }, (_, i) => (i === 7 ? [request(i)] : [request(i), reply(i)])).flat();
    expect(diagnose([...many, later(40)], { only })).toEqual([]);
    const probe = request(0, 1, 1);
    const expired = sll2(
      {},
      ipv4({ src: '10.1.1.1', dst: CLIENT }, icmpError({ type: 11 }, probe.packet as ReturnType<typeof ipv4>)),
    );
    expect(diagnose([probe, expired, later(9)], { only })).toEqual([]);
    // In and out by one interface: the reply goes from host to host on that link.
    const turned = request(0);
    expect(diagnose([turned, forward(turned, { if: 2, at: 0.0001 }), later(9)], { only })).toEqual([]);
  });
});
