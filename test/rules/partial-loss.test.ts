// Packets that end at a node where others like them pass: what does that, and what is no fault at all.
import { describe, expect, it } from 'vitest';
import { diagnose, echo, echo6, forward, ipv4, ipv6, sll2, solicitation, type TestFrame, tcp } from './lab.js';

const only = ['forward-missing'];
const CLIENT = '10.1.1.10';
const SERVER = '10.1.2.20';
/** Each packet is another one, also where it is sent again. */
let ids = 0;
const up = (s: number, port: number, flags: string, seq: number, data = 0): TestFrame =>
  sll2(
    { if: 2, at: s },
    ipv4({ src: CLIENT, dst: SERVER, id: ++ids }, tcp({ src: port, dst: 80, flags, seq, ack: flags === 'S' ? 0 : 9001, data })),
  );
const down = (s: number, port: number, flags: string, seq: number, ack: number, data = 0): TestFrame =>
  sll2({ if: 3, at: s }, ipv4({ src: SERVER, dst: CLIENT, id: ++ids }, tcp({ src: 80, dst: port, flags, seq, ack, data })));
const passes = (frame: TestFrame): TestFrame[] => [
  frame,
  forward(frame, { if: frame.if === 2 ? 3 : 2, at: (frame.at ?? 0) + 0.0001 }),
];
const connection = (s: number, port: number): TestFrame[] =>
  [
    up(s, port, 'S', 1000),
    down(s + 0.01, port, 'SA', 9000, 1001),
    up(s + 0.02, port, 'A', 1001),
    up(s + 0.03, port, 'PA', 1001, 50),
    down(s + 0.04, port, 'PA', 9001, 1051, 80),
  ].flatMap(passes);
const order = (frames: TestFrame[]): TestFrame[] => frames.sort((a, b) => (a.at ?? 0) - (b.at ?? 0));

describe('forward-missing where others like them pass', () => {
  it('names a filter that has not seen the connection begin', () => {
    const middle = [5, 5.3, 5.9, 7, 9].map((s) => up(s, 40_000, 'PA', 1051, 50));
    const [finding] = diagnose(order([...middle, ...connection(6, 40_001), ...connection(12, 40_002)]), { only });
    expect(finding.cause).toContain('This connection began elsewhere or before: no SYN of it came to router');
    // Where none begins here, it may be anything.
    expect(
      diagnose(order(middle), { only })
        .map(({ cause }) => cause)
        .join(),
    ).not.toContain('began elsewhere');
  });

  it('leaves a full queue alone: of one connection most segments pass, and none is sent again and again', () => {
    const seqs = Array.from({ length: 30 }, (_, i) => i);
    const segments = (isLost: (i: number) => boolean) =>
      seqs.flatMap((i) => {
        const frame = up(1 + i / 100, 40_000, 'PA', 1051 + i * 100, 100);
        return isLost(i) ? [frame] : passes(frame);
      });
    const ends = down(2, 40_000, 'A', 9081, 1051 + 3000);
    const begun = connection(0, 40_000);
    expect(diagnose(order([...begun, ...segments((i) => i % 6 === 3), ...passes(ends)]), { only })).toEqual([]);
  });

  it('names a filter that has forgotten the connection', () => {
    const again = [5, 5.3, 5.9, 7, 9].map((s) => up(s, 40_000, 'PA', 1051, 50));
    const [finding] = diagnose(order([...connection(0, 40_000), ...again, ...connection(6, 40_001), ...connection(12, 40_002)]), {
      only,
    });
    expect(finding.title).toContain('come into router');
    expect(finding.cause).toContain('has forgotten this one');
    expect(finding.hint).toContain('conntrack -L');
    // Where nothing that began later passes, it may be anything.
    const end = sll2({ if: 2, at: 30 }, ipv4({ src: CLIENT, dst: '10.1.1.1' }, echo()));
    expect(diagnose(order([...connection(0, 40_000), ...again, end]), { only })[0].cause ?? '').not.toContain('forgotten');
  });

  it('names a limit where only some SYNs are lost', () => {
    const lost = [40_010, 40_011, 40_012].flatMap((port) => [
      up(0.5, port, 'S', 1000),
      up(1.5, port, 'S', 1000),
      up(3.5, port, 'S', 1000),
    ]);
    const good = [0, 1, 2, 3, 4].flatMap((n) => connection(n, 40_000 + n));
    const [finding] = diagnose(order([...lost, ...good, ...connection(20, 40_020)]), { only });
    expect(finding.cause).toContain('Only packets that open connections are lost (9)');
    expect(finding.hint).toContain('nf_conntrack_max');
  });

  it('leaves alone what passes when it is sent again', () => {
    const first = up(0, 40_000, 'S', 1000);
    expect(diagnose(order([first, ...connection(1, 40_000), ...connection(3, 40_001)]), { only })).toEqual([]);
  });

  it('names the family of which the node passes nothing on', () => {
    const six = [0, 1, 2, 3].map((n) =>
      sll2({ if: 2, at: 5 + n }, ipv6({ src: 'fd01::10', dst: 'fd02::20' }, echo6({ seq: n + 1 }))),
    );
    const back = sll2({ if: 3, at: 4 }, ipv6({ src: 'fd02::20', dst: 'fd02::1' }, echo6({ seq: 1 })));
    const reply = sll2(
      { if: 3, at: 4.001, dir: 'out' },
      ipv6({ src: 'fd02::1', dst: 'fd02::20' }, echo6({ seq: 1, reply: true })),
    );
    const heard = sll2({ if: 2, at: 4.5 }, ipv6({ src: 'fd01::10', dst: 'fd01::1' }, echo6({ seq: 1 })));
    const told = sll2(
      { if: 2, at: 4.501, dir: 'out' },
      ipv6({ src: 'fd01::1', dst: 'fd01::10' }, echo6({ seq: 1, reply: true })),
    );
    const [finding] = diagnose(order([...connection(0, 40_000), back, reply, heard, told, ...six, ...connection(20, 40_001)]), {
      only,
    });
    expect(finding.cause).toContain('passes IPv4 packets on in this capture, and not one of IPv6');
    expect(finding.hint).toContain('net.ipv6.conf.all.forwarding');
    // It asks for the neighbour, so it would pass them on.
    const asks = [0, 1, 2].map((n) =>
      sll2({ if: 3, at: 5.1 + n, dir: 'out' }, solicitation('fd02::1', '0a:00:00:00:00:02', 'fd02::20')),
    );
    const blamed = diagnose(order([...connection(0, 40_000), heard, told, ...six, ...asks, ...connection(20, 40_001)]));
    expect(blamed.filter(({ cause }) => cause?.includes('not one of IPv6'))).toEqual([]);
    expect(blamed.map(({ rule }) => rule)).toContain('ndp-no-reply');
  });

  it('finds what ends before a network of the node of which nothing was heard yet', () => {
    const nodes = {
      router: {
        interfaces: {
          eth0: { index: 2, addresses: ['10.1.1.1/24', 'fd01::1/64'] },
          eth1: { index: 3, addresses: ['10.1.2.1/24', 'fd02::1/64'] },
        },
        routes: ['10.1.1.0/24 dev eth0', '10.1.2.0/24 dev eth1', 'fd01::/64 dev eth0', 'fd02::/64 dev eth1'],
      },
    };
    const heard = sll2({ if: 2, at: 4.5 }, ipv6({ src: 'fd01::10', dst: 'fd01::1' }, echo6({ seq: 1 })));
    const told = sll2(
      { if: 2, at: 4.501, dir: 'out' },
      ipv6({ src: 'fd01::1', dst: 'fd01::10' }, echo6({ seq: 1, reply: true })),
    );
    const six = [0, 1, 2, 3].map((n) =>
      sll2({ if: 2, at: 5 + n }, ipv6({ src: 'fd01::10', dst: 'fd02::20' }, echo6({ seq: n + 1 }))),
    );
    const frames = order([...connection(0, 40_000), heard, told, ...six, ...connection(20, 40_001)]);
    expect(diagnose(frames, { only, topology: { nodes } })[0].title).toBe(
      'Packets to fd02::20 come into router on eth0 and never leave it',
    );
  });
});
