import { describe, expect, it } from 'vitest';
import { diagnose, edit, type IpPacket, ipv4, sll2, type TestFrame, tcp } from './lab.js';
import { FAR, SERVER as FAR_POD, NEAR, POD, passes, topology } from './path-lab.js';
import { again, asked, late } from './service-examples.js';

const only = ['tcp-syn-again'];
const SERVER = '10.1.2.20';
const good = (n: number) => Array.from({ length: n }, (_, i) => asked(100 + i * 2, SERVER, { answer: true })).flat();

describe('tcp-syn-again', () => {
  it('counts the connections that begin late, with the data that is not lost', () => {
    const [finding] = diagnose([...[0, 5, 10].flatMap((at) => late(at)), ...good(3)], { only });
    expect(finding).toMatchObject({
      severity: 'warning',
      title: '3 of 6 connections to 10.1.2.20 port 8080 begin only when the SYN is sent again',
      count: 3,
    });
    expect(finding.message).toContain('Of 6 segments of data none had to be sent again.');
    expect(finding.evidence.some((e) => e.note?.includes('sent again'))).toBe(true);
  });

  it('counts those too that the client ends with a reset, once it has its answer', () => {
    const aborted = [0, 5, 10].flatMap((at) => {
      const frames = late(at);
      const [asks] = frames;
      const { body } = asks.packet as IpPacket;
      const reset = tcp({ src: body.srcPort, dst: body.dstPort, flags: 'R', seq: 5000 });
      return [...frames, { ...edit(asks, (p) => ({ ...p, body: reset })), at: at + 2 }];
    });
    expect(diagnose([...aborted, ...good(3)], { only })).toMatchObject([{ severity: 'warning', count: 3 }]);
  });

  it('names a queue that is full, where the server ignores what comes after the SYN and takes it in the end', () => {
    const ignored = (at: number, times: number): TestFrame[] =>
      asked(at, SERVER, { answer: true }).flatMap((frame, n) =>
        n === 3
          ? Array.from({ length: times + 1 }, (_, i) => again(frame, i * 0.3))
          : [{ ...frame, at: Number(frame.at) + (n > 3 ? times * 0.3 : 0) }],
      );
    const told = (times: number) =>
      diagnose([...[0, 5, 10].flatMap((at) => late(at)), ...[20, 30].flatMap((at) => ignored(at, times)), ...good(3)], { only });
    expect(told(4)).toMatchObject([
      { severity: 'warning', title: '10.1.2.20 port 8080 takes 5 of 8 connections late: its queue is full', count: 5 },
    ]);
    // Once is what a line does.
    expect(told(1)).toEqual([]);
  });

  it('names the leg that is dead, where the topology has the routes of the router and of its next hops', () => {
    const there = (at: number, port: number, flags: string, seq: number, data = 0) =>
      passes(
        sll2(
          { if: NEAR, at },
          ipv4({ src: POD, dst: FAR_POD }, tcp({ src: port, dst: 80, flags, seq, ack: flags === 'S' ? 0 : 501, data })),
        ),
        FAR,
      );
    const back = (at: number, port: number, flags: string, seq: number, ack: number, data = 0) =>
      passes(sll2({ if: FAR, at }, ipv4({ src: FAR_POD, dst: POD }, tcp({ src: 80, dst: port, flags, seq, ack, data }))), NEAR);
    const begun = (at: number, port: number, isLate: boolean) => [
      ...(isLate ? there(at - 1, port, 'S', 100) : []),
      ...there(at, port, 'S', 100),
      ...back(at + 0.01, port, 'SA', 500, 101),
      ...there(at + 0.02, port, 'PA', 101, 10),
      ...back(at + 0.03, port, 'PA', 501, 111, 20),
      ...there(at + 0.04, port, 'A', 111),
    ];
    const frames = [2, 6, 10, 14, 18, 22].flatMap((at, i) => begun(at, 41_000 + i, i % 2 === 0));
    const lab = topology('172.20.2.0/24 nexthop via 192.168.20.100 dev eth2 nexthop via 192.168.20.150 dev eth2');
    const idle = { interfaces: { eth0: { addresses: ['192.168.20.150/24'] } }, sysctls: { 'net.ipv4.ip_forward': '0' } };
    const [finding] = diagnose(frames, { topology: { ...lab, nodes: { ...lab.nodes, idle } }, only });
    expect(finding.cause).toBe(
      'router spreads packets for 172.20.2.0/24 over 2 next hops, and those by 192.168.20.150 (idle) end there: idle does not forward IPv4 (net.ipv4.ip_forward is 0).',
    );
    expect(diagnose(frames, { topology: lab, only })[0].cause).toContain('of which one is dead');
  });

  it('leaves few of many alone, and copies of a SYN', () => {
    expect(diagnose([...[0, 5].flatMap((at) => late(at)), ...good(3)], { only })).toEqual([]);
    expect(diagnose([...[0, 5, 10].flatMap((at) => late(at)), ...good(40)], { only })).toEqual([]);
    expect(diagnose([...[0, 5, 10].flatMap((at) => late(at, 0.01)), ...good(3)], { only })).toEqual([]);
  });

  it('leaves a line alone that loses data as well', () => {
    const lossy = [0, 5, 10].flatMap((at) => {
      const [first, ...rest] = late(at);
      // The request once more, as another packet.
      const again = asked(at + 1, SERVER, { answer: true, port: 40_000 + at * 10 })[3];
      return [
        first,
        ...rest.slice(0, 4),
        { ...again, at: at + 1.3 },
        ...rest.slice(4).map((frame) => ({ ...frame, at: (frame.at ?? 0) + 0.4 })),
      ];
    });
    expect(diagnose([...lossy, ...good(3)], { only })).toEqual([]);
  });
});
