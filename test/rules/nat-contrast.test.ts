import { describe, expect, it } from 'vitest';
import { at, diagnose, dnat, dns, echo, forward, ipv4, sll2, snat, type TestFrame, tcp, udp } from './lab.js';
import { ifmap, NEAR, UPLINK } from './path-lab.js';

const only = ['nat-missing'];
const ONE = '172.17.0.6';
const OTHER = '172.17.0.7';
const HOST = '10.8.147.207';
const SERVER = '10.8.128.122';
const OUTSIDE = '203.0.113.8';
type Body = Parameters<typeof ipv4>[1];

const from = (src: string, dst: string, s: number, body: Body): TestFrame => sll2({ if: NEAR, at: s }, ipv4({ src, dst }, body));
const plain = (src: string, dst: string, s: number, body: Body): TestFrame[] => {
  const sent = from(src, dst, s, body);
  return [sent, forward(sent, { if: UPLINK })];
};
const back = (dst: string, src: string, s: number, body: Body): TestFrame =>
  sll2({ if: UPLINK, at: s }, ipv4({ src, dst }, body));
/** Translated on its way out, and answered. */
const works = (src: string, dst: string, s: number, question: Body, answer: Body): TestFrame[] => {
  const sent = from(src, dst, s, question);
  const reply = back(HOST, dst, s + 0.01, answer);
  return [sent, snat(forward(sent, { if: UPLINK }), HOST), reply, dnat(forward(reply, { if: NEAR }), src)];
};
const syn = (port: number) => tcp({ src: port, dst: 443, flags: 'S', seq: 1000 });
const synAck = (port: number) => tcp({ src: 443, dst: port, flags: 'SA', seq: 9, ack: 1001 });
const data = (port: number) => udp({ src: port, dst: 8125, data: 16 });
const taken = (port: number) => udp({ src: 8125, dst: port, data: 20 });
const end = (s: number): TestFrame =>
  at(s, sll2({ if: NEAR }, ipv4({ src: '10.5.5.5', dst: '10.5.5.6' }, echo({ reply: true }))));

describe('nat-missing beside what is translated', () => {
  it('tells the protocol that the translation leaves out', () => {
    const pings = [1, 2, 3].flatMap((seq) => plain(ONE, SERVER, seq, echo({ seq })));
    const [finding] = diagnose([...works(ONE, SERVER, 0, syn(40_000), synAck(40_000)), ...pings, end(6)], { ifmap, only });
    expect(finding).toMatchObject({
      title: 'icmp packets from 172.17.0.6 leave router by eth0 untranslated',
      commands: ['iptables -t nat -A POSTROUTING -s 172.17.0.6 -o eth0 -p icmp -j MASQUERADE'],
      count: 3,
    });
    expect(finding.cause).toContain('Tcp of 172.17.0.6 leaves by eth0 translated to 10.8.147.207');
  });

  it('tells one old flow of UDP beside younger ones: its entry of connection tracking is stale', () => {
    const old = [0, 2, 4].flatMap((s) => plain(OTHER, SERVER, s, data(34_143)));
    const young = works(ONE, SERVER, 1, data(40_613), taken(40_613));
    const [finding] = diagnose([...old.slice(0, 2), ...young, ...old.slice(2), end(8)], { ifmap, only });
    expect(finding).toMatchObject({
      title: 'Packets from 172.17.0.7 port 34143 leave router by eth0 untranslated',
      commands: ['conntrack -D -p udp --orig-src 172.17.0.7 --orig-dst 10.8.128.122 --orig-port-src 34143 --orig-port-dst 8125'],
    });
  });

  it('tells the source that the translation leaves out', () => {
    const lost = [0, 1, 3].flatMap((s) => plain(OTHER, OUTSIDE, s, syn(41_000)));
    const [finding] = diagnose([...works(ONE, OUTSIDE, 0, syn(40_000), synAck(40_000)), ...lost, end(6)], { ifmap, only });
    expect(finding).toMatchObject({
      title: 'Packets from 172.17.0.7 leave router by eth0 untranslated',
      commands: ['iptables -t nat -A POSTROUTING -s 172.17.0.7 -o eth0 -j MASQUERADE'],
    });
  });

  it('tells a source of another network where the destination is public, unless others are answered as they are', () => {
    const far = '172.31.5.9';
    const lost = [0, 1, 3].flatMap((s) => plain(far, OUTSIDE, s, syn(41_000)));
    const pings = [1, 2].flatMap((seq) => plain(far, OUTSIDE, 4 + seq / 10, echo({ seq })));
    const good = works(ONE, OUTSIDE, 0, syn(40_000), synAck(40_000));
    expect(diagnose([...good, ...lost, ...pings, end(9)], { ifmap, only })).toMatchObject([
      { title: 'Packets from 172.31.5.9 leave router by eth0 untranslated', count: 5 },
    ]);
    const bare = plain('172.30.1.1', OUTSIDE, 0.5, syn(42_000));
    const reply = back('172.30.1.1', OUTSIDE, 0.6, synAck(42_000));
    expect(diagnose([...good, ...lost, ...bare, reply, forward(reply, { if: NEAR }), end(9)], { ifmap, only })).toEqual([]);
  });

  it('prints no command with the mere number of an interface', () => {
    const lost = [0, 1, 3].flatMap((s) => plain(OTHER, OUTSIDE, s, syn(41_000)));
    const [finding] = diagnose([...works(ONE, OUTSIDE, 0, syn(40_000), synAck(40_000)), ...lost, end(6)], { only });
    expect(finding).toMatchObject({ title: 'Packets from 172.17.0.7 leave router by if2 untranslated', commands: [] });
  });

  it('tells an inside source where the node itself is answered', () => {
    const own = sll2({ if: UPLINK, dir: 'out', at: 5 }, ipv4({ src: HOST, dst: OUTSIDE }, syn(50_000)));
    const lost = [0, 1, 3].flatMap((s) => plain(ONE, OUTSIDE, s, syn(41_000)));
    const findings = diagnose([...lost, own, back(HOST, OUTSIDE, 5.01, synAck(50_000)), end(9)], { ifmap, only });
    expect(findings.map((f) => f.title)).toEqual(['Packets from 172.17.0.6 leave router by eth0 untranslated']);
  });

  it('leaves alone a silent server that others reach translated too, and what is answered as it is', () => {
    const lost = [0, 1, 3].flatMap((s) => {
      const sent = from(OTHER, OUTSIDE, s, syn(41_000));
      return [sent, snat(forward(sent, { if: UPLINK }), HOST)];
    });
    const fine = works(ONE, OUTSIDE, 0, syn(40_000), synAck(40_000));
    expect(diagnose([...fine, ...lost, end(6)], { ifmap, only })).toEqual([]);
    const answered = [...plain(OTHER, OUTSIDE, 2, syn(41_000)), back(OTHER, OUTSIDE, 2.1, synAck(41_000))];
    expect(diagnose([...fine, ...answered, end(6)], { ifmap, only })).toEqual([]);
    // To another private network, which may know the return path: a server that is down is no fault of the translation.
    const elsewhere = [0, 1, 3].flatMap((s) => plain(OTHER, '10.9.9.9', s, syn(41_000)));
    expect(diagnose([...fine, ...elsewhere, end(6)], { ifmap, only })).toEqual([]);
  });
});

describe('answers that skip the interface of the asker', () => {
  const asked = (s: number, body: Body): TestFrame[] => {
    const sent = from(ONE, OUTSIDE, s, body);
    return [sent, snat(forward(sent, { if: UPLINK }), HOST)];
  };
  const pings = [1, 2, 3].flatMap((seq) => [
    ...asked(seq, echo({ seq })),
    back(HOST, OUTSIDE, seq + 0.01, echo({ seq, reply: true })),
  ]);
  const message = (id: number, response: boolean) =>
    response
      ? udp({ src: 53, dst: 40_000, data: dns({ id, response }) })
      : udp({ src: 40_000, dst: 53, data: dns({ id, response }) });
  const names = [1, 2, 3].flatMap((id) => [...asked(id, message(id, false)), back(HOST, OUTSIDE, id + 0.01, message(id, true))]);

  it('answer the question that was translated: nothing is wrong', () => {
    expect(diagnose([...pings, end(10)], { ifmap })).toEqual([]);
    expect(diagnose([...names, end(20)], { ifmap })).toEqual([]);
  });

  it('would show where other packets leave by that interface', () => {
    const shown = sll2({ if: NEAR, dir: 'out', at: 0 }, ipv4({ src: '10.5.5.6', dst: ONE }, echo({ id: 9, reply: true })));
    expect(diagnose([shown, ...pings, end(10)], { ifmap })).not.toEqual([]);
  });
});
