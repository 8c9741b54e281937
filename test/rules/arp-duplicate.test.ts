import { describe, expect, it } from 'vitest';
import { diagnose, echo, ethernet, ipv4 } from './lab.js';
import { announcement, answer, probe, question, uses } from './neighbour-examples.js';

const only = ['arp-duplicate'];
const A = '0a:00:00:00:00:11';
const B = '0a:00:00:00:00:12';

describe('arp-duplicate', () => {
  it('tells two MACs that answer one question', () => {
    const [finding] = diagnose([question(0), answer(0.001, A), answer(0.002, B)], { only });
    expect(finding).toMatchObject({ verdict: 'fail', severity: 'error', title: '2 MACs answer for 192.168.1.20' });
    expect(finding.subject.macs).toEqual([A, B]);
  });

  it('tells two MACs that take turns within seconds', () => {
    expect(diagnose([announcement(0, A), announcement(1, B), announcement(2, A)], { only })).toHaveLength(1);
  });

  it('is a warning when both are interfaces of one machine', () => {
    const topology = { nodes: { web: { interfaces: { eth0: { mac: A, addresses: ['192.168.1.20/24'] }, eth1: { mac: B } } } } };
    const findings = diagnose([question(0), answer(0.001, A), answer(0.002, B)], { topology, only });
    expect(findings).toMatchObject([{ severity: 'warning' }]);
    expect(findings[0].cause).toContain('arp_ignore');
  });

  it('leaves a fail-over alone, and one machine that answers twice', () => {
    expect(diagnose([question(0), answer(0.001, A), announcement(9, B), question(12), answer(12.001, B)], { only })).toEqual([]);
    expect(diagnose([question(0), answer(0.001, A), answer(0.002, A)], { only })).toEqual([]);
  });

  it('tells two MACs that ask in turn with one sender address, and never answer', () => {
    const frames = [uses(0, A), uses(10, B), uses(20, A), uses(30, B)];
    const [finding] = diagnose(frames, { only });
    expect(finding).toMatchObject({ verdict: 'fail', severity: 'error', title: '2 MACs use 192.168.1.20', count: 2 });
    expect(finding.subject.macs).toEqual([A, B]);
    const topology = { nodes: { web: { interfaces: { eth0: { mac: A, addresses: ['192.168.1.20/24'] }, eth1: { mac: B } } } } };
    expect(diagnose(frames, { topology, only })).toMatchObject([{ severity: 'warning' }]);
  });

  it('leaves one who takes an address over alone, and those who announce it each time', () => {
    expect(diagnose([uses(0, A), uses(10, A), uses(20, B), uses(30, B)], { only })).toEqual([]);
    const frames = [
      uses(0, A),
      announcement(9, B),
      uses(10, B),
      announcement(19, A),
      uses(20, A),
      announcement(29, B),
      uses(30, B),
    ];
    expect(diagnose(frames, { only })).toEqual([]);
    // A virtual router asks by its own MAC and by that of its group.
    const VIRTUAL = '00:00:5e:00:01:07';
    expect(diagnose([uses(0, A), uses(10, VIRTUAL), uses(20, A), uses(30, VIRTUAL)], { only })).toEqual([]);
  });

  it('names a failed test for a duplicate by its frames', () => {
    const [finding] = diagnose([probe(0, B), answer(0.01, A)], { only });
    expect(finding).toMatchObject({ verdict: 'fail', subject: { macs: [B, A], target: '192.168.1.20' } });
    expect(finding.title).toBe(`Duplicate address detection of 192.168.1.20 by ${B} fails: ${A} has it`);
    expect(finding.evidence.map((e) => e.frame)).toEqual([1, 2]);
    const [rivals] = diagnose([probe(0, A), probe(0.5, B)], { only });
    expect(rivals.title).toBe(`${A} and ${B} both test for 192.168.1.20 at once`);
  });

  it('leaves tests alone that nobody answers, that go to one host, and those of a server that looks before it lends', () => {
    expect(diagnose([probe(0, B), probe(1, B), probe(2, B), announcement(4, B)], { only })).toEqual([]);
    expect(diagnose([probe(0, B, A), answer(0.01, A)], { only })).toEqual([]);
    expect(diagnose([question(0), probe(5, '0a:00:00:00:00:01'), answer(5.01, A)], { only })).toEqual([]);
    expect(diagnose([probe(0, A), probe(60, B)], { only })).toEqual([]);
  });

  it('is the cause of what is sent by way of the address and gets lost from then on', () => {
    const HOST = { ip: '192.168.1.1', mac: '0a:00:00:00:00:01' };
    const ping = (at: number, mac: string, dst: string, answered: boolean) => {
      const there = ethernet({ at, mac: HOST.mac, dstMac: mac }, ipv4({ src: HOST.ip, dst }, echo({ id: dst.length, seq: at })));
      const back = ethernet(
        { at: at + 0.01, mac, dstMac: HOST.mac },
        ipv4({ src: dst, dst: HOST.ip }, echo({ id: dst.length, seq: at, reply: true })),
      );
      return answered ? [there, back] : [there];
    };
    const run = (lostFrom: number, secondMac: string) =>
      diagnose(
        [
          ...[question(0), answer(0.001, A), question(5.5), answer(5.501, B), answer(5.502, A)],
          ...[1, 2, 3, 4, 5, 6, 7, 8, 9, 10].flatMap((at) => ping(at, at < lostFrom ? A : B, '203.0.113.9', at < lostFrom)),
          ...[7, 8, 9, 10].flatMap((at) => ping(at + 0.2, secondMac, '203.0.113.77', false)),
          ...ping(11, A, '198.51.100.123', true),
          ...ping(20, A, '198.51.100.123', true),
        ].sort((x, y) => (x.at ?? 0) - (y.at ?? 0)),
      ).filter(({ rule }) => rule === 'arp-duplicate' || rule === 'icmp-echo-no-reply');
    const folded = (lostFrom: number, mac: string) =>
      run(lostFrom, mac)
        .filter((f) => f.rule !== 'arp-duplicate')
        .map((f) => [f.subject.dst, f.foldedUnder !== null])
        .sort();
    expect(folded(6, B)).toEqual([
      ['203.0.113.77', true],
      ['203.0.113.9', true],
    ]);
    // What got lost before there were two, and what goes to the MAC by which others are answered, has another cause.
    expect(folded(4, A)).toEqual([
      ['203.0.113.77', false],
      ['203.0.113.9', false],
    ]);
  });
});
