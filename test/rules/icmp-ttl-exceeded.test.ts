import { describe, expect, it } from 'vitest';
import { diagnose, echo, type IpPacket, icmpError, ipv4, sll2, type TestFrame, tcp, udp } from './lab.js';

const only = ['icmp-ttl-exceeded'];
const CLIENT = '10.1.1.10';
const SERVER = '10.1.2.20';
const ping = (seq: number, ttl = 64): TestFrame => sll2({ if: 2 }, ipv4({ src: CLIENT, dst: SERVER, ttl }, echo({ seq })));
const expired = (about: TestFrame, router: string, code = 0): TestFrame =>
  sll2({ if: 3 }, ipv4({ src: router, dst: CLIENT }, icmpError({ type: 11, code }, about.packet as ReturnType<typeof ipv4>)));

describe('icmp-ttl-exceeded', () => {
  it('finds ordinary packets that run out of hops', () => {
    const [one, two] = [ping(1), ping(2)];
    const [finding] = diagnose([one, expired(one, '10.9.9.1'), two, expired(two, '10.9.9.2')], { only });
    expect(finding).toMatchObject({
      verdict: 'fail',
      title: 'Packets from 10.1.1.10 to 10.1.2.20 run out of hops at 10.9.9.1',
      count: 2,
    });
    expect(finding.message).toContain('10.9.9.1 and 10.9.9.2');
  });

  it('names two routers that send the packets to each other, by their redirects', () => {
    const one = ping(1);
    const redirect = (router: string, gateway: number[]): TestFrame =>
      sll2(
        { if: 3 },
        ipv4(
          { src: router, dst: CLIENT },
          icmpError({ type: 5, code: 1, rest: Uint8Array.from(gateway) }, one.packet as IpPacket),
        ),
      );
    const there = redirect('10.1.1.2', [10, 1, 1, 3]);
    const cause = (...more: TestFrame[]) => diagnose([one, there, ...more, expired(one, '10.1.1.3')], { only })[0].cause;
    expect(cause(redirect('10.1.1.3', [10, 1, 1, 2]))).toBe(
      'They go round in a loop: 10.1.1.2 sends them to 10.1.1.3, which sends them back, as redirects of both say.',
    );
    expect(cause(redirect('10.1.1.3', [10, 1, 1, 4]))).toContain('or were sent with');
  });

  it('tells lost fragments from lost hops', () => {
    const one = ping(1);
    expect(diagnose([one, expired(one, SERVER, 1)], { only })[0].title).toBe(
      'Fragments from 10.1.1.10 to 10.1.2.20 do not all arrive',
    );
  });

  it('names a program that sends with too few hops, and takes it for no path trace', () => {
    const syn = (port: number, ttl: number): TestFrame =>
      sll2({ if: 2 }, ipv4({ src: CLIENT, dst: SERVER, ttl }, tcp({ src: port, dst: 179, flags: 'S', seq: 1 })));
    const tries = (ttls: number[], routers: string[]) =>
      ttls.flatMap((ttl, i) => [syn(4000 + i, ttl), expired(syn(4000 + i, ttl), routers[i])]);
    const [finding] = diagnose(tries([2, 2], ['10.9.9.1', '10.9.9.1']), { only });
    expect(finding.title).toBe('Packets from 10.1.1.10 to 10.1.2.20 run out of hops at 10.9.9.1');
    expect(finding.cause).toContain('sent with a time to live of 2');
    // Who looks for the path counts up, and one alone may be the first of a trace.
    expect(diagnose(tries([1, 2], ['10.1.1.1', '10.9.9.1']), { only })).toEqual([]);
    expect(diagnose(tries([1], ['10.1.1.1']), { only })).toEqual([]);
    // One that ends behind the first router is none, unless others of the same client have other times to live.
    expect(diagnose(tries([2], ['10.9.9.1']), { only })).toHaveLength(1);
    expect(diagnose([syn(5000, 1), syn(5001, 3), ...tries([2], ['10.9.9.1'])], { only })).toEqual([]);
  });

  it('leaves path traces alone', () => {
    const probes = [ping(1, 1), ping(2, 2)];
    expect(diagnose([probes[0], expired(probes[0], '10.1.1.1'), probes[1], expired(probes[1], '10.9.9.1')], { only })).toEqual(
      [],
    );
    // The probes themselves were not captured.
    const quoted = sll2({}, ipv4({ src: CLIENT, dst: SERVER, ttl: 1 }, udp({ src: 40_000, dst: 33_435 })));
    expect(diagnose([expired(quoted, '10.1.1.1')], { only })).toEqual([]);
  });
});
