import { describe, expect, it } from 'vitest';
import { at, diagnose, echo, forward, icmpError, ipv4, sll2, type TestFrame, udp } from './lab.js';

const only = ['udp-no-answer'];
const CLIENT = '10.1.1.10';
const SERVER = '10.1.2.20';
const send = (s: number, dst: number, to = SERVER, ttl = 64): TestFrame =>
  sll2({ if: 2, at: s }, ipv4({ src: CLIENT, dst: to, ttl }, udp({ src: 40_000, dst, data: 20 })));
const later = (s: number): TestFrame => at(s, sll2({}, ipv4({ src: '10.5.5.5', dst: '10.5.5.6' }, echo({ reply: true }))));

describe('udp-no-answer', () => {
  it('remarks that a port says nothing', () => {
    const [finding] = diagnose([send(0, 5000), send(1, 5000), later(9)], { only });
    expect(finding).toMatchObject({
      verdict: 'fail',
      severity: 'info',
      title: 'No answer from 10.1.2.20 port 5000 (udp)',
      count: 2,
    });
  });

  it('warns of a service that answers each question by its protocol, whatever port the client has', () => {
    const ask = (s: number, dst: number, src: number): TestFrame =>
      sll2({ if: 2, dir: 'out', at: s }, ipv4({ src: CLIENT, dst: SERVER }, udp({ src, dst, data: 20 })));
    const ping = [0.1, 0.2].map((s, n) =>
      at(
        s,
        sll2(
          { if: 2, dir: n === 0 ? 'out' : 'in' },
          ipv4({ src: n === 0 ? CLIENT : '10.1.2.1', dst: n === 0 ? '10.1.2.1' : CLIENT }, echo({ reply: n === 1 })),
        ),
      ),
    );
    const ike = [0.3, 2, 4, 8].map((s) => ask(s, 500, 500));
    const [finding] = diagnose([...ping, ...ike, later(19)], { only });
    expect(finding).toMatchObject({ severity: 'warning', title: 'No answer from 10.1.2.20 port 500 (udp)', count: 4 });
    // Each from a port of its own, as clients of NTP ask.
    const ntp = [0.3, 2, 4, 8].map((s, n) => ask(s, 123, 50_000 + n));
    expect(diagnose([...ping, ...ntp, later(19)], { only })).toMatchObject([{ severity: 'warning', count: 4 }]);
    // Their own repetition shows it, before five seconds are over.
    expect(diagnose([...ping, ...[0.3, 1.3, 2.3, 3.3].map((s) => ask(s, 123, 50_000)), later(3.5)], { only })).toMatchObject([
      { severity: 'warning', count: 4 },
    ]);
    expect(diagnose([...ping, ...[0.3, 0.5, 0.7, 0.9].map((s) => ask(s, 3478, 50_000)), later(3.5)], { only })).toEqual([]);
    // Two may be lost.
    expect(diagnose([...ping, ...ike.slice(0, 2), later(19)], { only })).toMatchObject([{ severity: 'info' }]);
  });

  it('warns of a port that stops to answer what it answered one by one', () => {
    const answer = (s: number): TestFrame =>
      sll2({ if: 2, at: s }, ipv4({ src: SERVER, dst: CLIENT }, udp({ src: 5000, dst: 40_000, data: 20 })));
    const seconds = (from: number, count: number): number[] => Array.from({ length: count }, (_, n) => from + n * 2);
    const good = seconds(0, 4).flatMap((s) => [send(s, 5000), answer(s + 0.01)]);
    const lost = seconds(10, 6).map((s) => send(s, 5000));
    expect(diagnose([...good, ...lost, later(30)], { only })).toMatchObject([
      {
        severity: 'warning',
        title: '10.1.2.20 port 5000 (udp) stopped answering 10.1.1.10',
        count: 6,
        phases: [{ count: 4 }, { count: 6 }],
      },
    ]);
    // A few are the fate of datagrams; and who answers now and then owes no answer.
    expect(diagnose([...good, ...lost.slice(0, 4), later(30)], { only })).toEqual([]);
    const seldom = seconds(0, 4).flatMap((s) => [send(s, 5000), send(s + 0.1, 5000), answer(s + 0.11)]);
    expect(diagnose([...seldom, ...lost, later(30)], { only })).toEqual([]);
  });

  it('cannot tell when the capture lost frames', () => {
    const findings = diagnose([send(0, 5000), send(1, 5000), later(9)], { only, points: { router: { dropped: 2 } } });
    expect(findings[0].verdict).toBe('inconclusive');
  });

  it('leaves services that only take, broadcasts, traces, answered ports and hairpins alone', () => {
    for (const port of [514, 8125, 2055, 6343, 33_440])
      expect(diagnose([send(0, port), send(1, port), later(9)], { only })).toEqual([]);
    expect(diagnose([send(0, 5000, '10.1.2.255'), send(1, 5000, '224.0.0.7'), later(9)], { only })).toEqual([]);
    const reply = sll2({ if: 3, at: 2 }, ipv4({ src: SERVER, dst: CLIENT }, udp({ src: 5000, dst: 40_000 })));
    expect(diagnose([send(0, 5000), send(1, 5000), reply, later(9)], { only })).toEqual([]);
    const probe = send(0, 5000, SERVER, 1);
    const expired = sll2(
      {},
      ipv4({ src: '10.1.1.1', dst: CLIENT }, icmpError({ type: 11 }, probe.packet as ReturnType<typeof ipv4>)),
    );
    expect(diagnose([probe, expired, send(1, 5000, SERVER, 2), later(9)], { only })).toEqual([]);
    const [one, two] = [send(0, 5000), send(1, 5000)];
    expect(diagnose([one, forward(one, { at: 0.0001 }), two, forward(two, { at: 1.0001 }), later(9)], { only })).toEqual([]);
  });
});
