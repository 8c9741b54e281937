import { describe, expect, it } from 'vitest';
import { arp, diagnose, dnat, forward, ipv4, ipv6, sll2, snat, type TestFrame, tcp } from './lab.js';

const only = ['tcp-refused'];
const CLIENT = '10.1.1.10';
const SERVER = '10.1.2.20';
const syn = (port: number): TestFrame =>
  sll2({ if: 2 }, ipv4({ src: CLIENT, dst: SERVER }, tcp({ src: port, dst: 80, flags: 'S', seq: 1000 })));
const from = (flags: string, port: number): TestFrame =>
  sll2({ if: 3 }, ipv4({ src: SERVER, dst: CLIENT }, tcp({ src: 80, dst: port, flags, seq: 0, ack: 1001 })));

describe('tcp-refused', () => {
  it('makes one finding of all refusals of a port', () => {
    const second = syn(2);
    const findings = diagnose([syn(1), from('RA', 1), second, forward(second, { if: 3 }), from('RA', 2)], { only });
    expect(findings).toHaveLength(1);
    expect(findings[0]).toMatchObject({ verdict: 'fail', title: '10.1.2.20 refuses connections to port 80', count: 2 });
    expect(findings[0].evidence.map((e) => e.field)).toContain('tcp.flags.reset');
  });

  it('tells a router that answers in the name of the server from the server', () => {
    const reset = ipv4({ src: SERVER, dst: CLIENT }, tcp({ src: 80, dst: 1, flags: 'RA', seq: 0, ack: 1001 }));
    const made = sll2({ if: 2, dir: 'out' }, reset);
    const alive = sll2({ if: 3 }, ipv4({ src: SERVER, dst: CLIENT }, tcp({ src: 22, dst: 5, flags: 'SA', ack: 2 })));
    const [filter] = diagnose([syn(1), made, alive], { only });
    expect(filter.title).toBe('router rejects connections to 10.1.2.20 port 80');
    const came = sll2({ if: 3 }, reset);
    expect(diagnose([syn(1), came, forward(came, { if: 2 }), alive], { only })[0].title).toContain('10.1.2.20 refuses');
    // The node is the server.
    expect(diagnose([syn(1), made], { only })[0].title).toContain('10.1.2.20 refuses');
  });

  it('makes one finding of a client that tries many ports', () => {
    const tries = (client: number) =>
      Array.from({ length: 12 }, (_, i) => [
        sll2({ if: 2 }, ipv4({ src: CLIENT, dst: SERVER }, tcp({ src: client, dst: 100 + i, flags: 'S', seq: 1000 }))),
        sll2({ if: 3 }, ipv4({ src: SERVER, dst: CLIENT }, tcp({ src: 100 + i, dst: client, flags: 'RA', ack: 1001 }))),
      ]).flat();
    const [looked, ...rest] = diagnose(tries(9), { only });
    expect(looked).toMatchObject({ title: '10.1.1.10 tries ports of 10.1.2.20, of which 12 refuse', severity: 'info' });
    expect(rest).toEqual([]);
    // Who comes back wants something.
    expect(diagnose([...tries(9), ...tries(10)], { only }).map((f) => `${f.severity} ${f.title}`)).toEqual([
      'error 10.1.2.20 refuses connections to 12 ports',
    ]);
  });

  it('makes a remark of a family of addresses that refuses where the other one is taken at once', () => {
    const six = (flags: string, isReply: boolean, at: number): TestFrame => {
      const [src, dst] = isReply ? ['fd00:2::20', 'fd00:1::10'] : ['fd00:1::10', 'fd00:2::20'];
      const ports = isReply ? { src: 80, dst: 7 } : { src: 7, dst: 80 };
      return sll2({ if: isReply ? 3 : 2, at }, ipv6({ src, dst }, tcp({ ...ports, flags, seq: 0, ack: 1 })));
    };
    const refused = [six('S', false, 0), six('RA', true, 0.001)];
    const four = (at: number): TestFrame[] => [
      { ...syn(8), at },
      { ...from('SA', 8), at: at + 0.001 },
    ];
    const [finding] = diagnose([...refused, ...four(0.01)], { only });
    expect(finding).toMatchObject({ severity: 'info', count: 1 });
    expect(finding.cause).toContain('went on by IPv4 at once');
    expect(diagnose([...refused, ...four(5)], { only })[0].severity).toBe('error');
  });

  it('says that a program was still starting, which is no fault', () => {
    const [started] = diagnose([syn(1), from('RA', 1), syn(2), from('RA', 2), syn(3), from('SA', 3)], { only });
    expect(started).toMatchObject({ severity: 'info', count: 2 });
    expect(started.message).toContain('1 other one was accepted, all of them later');
    const [stopped] = diagnose([syn(1), from('SA', 1), syn(2), from('RA', 2), syn(3), from('SA', 3)], { only });
    expect(stopped.severity).toBe('warning');
  });

  it('does not take the node for a filter in front of itself', () => {
    const own = '10.1.1.1';
    const asked = sll2({ if: 2 }, ipv4({ src: CLIENT, dst: own }, tcp({ src: 1, dst: 80, flags: 'S', seq: 1000 })));
    const says = sll2({ if: 2, dir: 'out' }, ipv4({ src: own, dst: CLIENT }, tcp({ src: 80, dst: 1, flags: 'RA', ack: 1001 })));
    const looped = sll2({ if: 1 }, ipv4({ src: own, dst: own }, tcp({ src: 9, dst: 99, flags: 'S', seq: 1 })));
    const claim = sll2({ if: 2, dir: 'out' }, arp({ op: 'reply', sender: own, senderMac: '02:00:00:00:00:01', target: CLIENT }));
    expect(diagnose([looped, claim, asked, says], { only })[0].title).toBe('10.1.1.1 refuses connections to port 80');
  });

  it('names what stands behind a translation, once', () => {
    const VIP = '198.51.100.9';
    const front = sll2({ if: 2 }, ipv4({ src: CLIENT, dst: VIP }, tcp({ src: 7, dst: 80, flags: 'S', seq: 1000 })));
    const refusal = sll2({ if: 3 }, ipv4({ src: SERVER, dst: CLIENT }, tcp({ src: 80, dst: 7, flags: 'RA', seq: 0, ack: 1001 })));
    const back = snat(forward(refusal, { if: 2 }), VIP);
    const findings = diagnose([front, dnat(forward(front, { if: 3 }), SERVER), refusal, back], { only });
    expect(findings.map((f) => f.title)).toEqual(['10.1.2.20 refuses connections to port 80']);
    expect(findings[0].cause).toContain('It is what 198.51.100.9 port 80 is translated to.');
  });

  it('is an error where the host accepts nothing, and a warning where only this service is down', () => {
    const open = [
      sll2({ if: 2 }, ipv4({ src: CLIENT, dst: SERVER }, tcp({ src: 5, dst: 22, flags: 'S', seq: 1 }))),
      sll2({ if: 3 }, ipv4({ src: SERVER, dst: CLIENT }, tcp({ src: 22, dst: 5, flags: 'SA', ack: 2 }))),
    ];
    expect(diagnose([syn(1), from('RA', 1)], { only })[0].severity).toBe('error');
    expect(diagnose([...open, syn(1), from('RA', 1)], { only })[0].severity).toBe('warning');
  });

  it('says that others were accepted', () => {
    const [finding] = diagnose([syn(1), from('RA', 1), syn(2), from('SA', 2)], { only });
    expect(finding.message).toContain('1 other one was accepted');
  });

  it('leaves a reset behind a SYN-ACK alone, and one by the client', () => {
    const client = sll2({ if: 2 }, ipv4({ src: CLIENT, dst: SERVER }, tcp({ src: 1, dst: 80, flags: 'R', seq: 1001 })));
    expect(diagnose([syn(1), from('SA', 1), from('R', 1)], { only })).toEqual([]);
    expect(diagnose([syn(1), from('SA', 1), client], { only })).toEqual([]);
    expect(diagnose([syn(1), client], { only })).toEqual([]);
  });

  it('comes before the router that loses the reset, and says where it ends', () => {
    const tries = [0, 1, 3].flatMap((at): TestFrame[] => {
      const ask = sll2(
        { if: 2, at },
        ipv4({ src: '198.51.100.1', dst: '198.51.100.2' }, tcp({ src: 40_000, dst: 8080, flags: 'S', seq: 7 })),
      );
      const sent = { ...dnat(forward(ask, { if: 3 }), '10.9.3.10', 81), at: at + 0.001 };
      const reset = ipv4({ src: '10.9.3.10', dst: '198.51.100.1' }, tcp({ src: 81, dst: 40_000, flags: 'RA', ack: 8 }));
      return [ask, sent, sll2({ if: 3, at: at + 0.002 }, reset)];
    });
    // Its stack sends by the interface of the client.
    const mac = '0a:00:00:00:00:20';
    const near = arp({
      op: 'reply',
      sender: '198.51.100.2',
      senderMac: mac,
      target: '198.51.100.1',
      targetMac: '0a:00:00:00:00:0a',
    });
    const [finding, ...rest] = diagnose([sll2({ if: 2, dir: 'out', mac, at: 0 }, near), ...tries]);
    expect(finding).toMatchObject({ rule: 'tcp-refused', title: '10.9.3.10 refuses connections to port 81' });
    expect(finding.message).toContain('The resets came into router on if3 and did not leave it');
    expect(finding.cause).toContain('198.51.100.2 port 8080 is translated to');
    expect(rest.filter(({ foldedUnder }) => foldedUnder === null)).toEqual([]);
  });
});
