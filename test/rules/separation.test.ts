// What separates the conversations with a server that fail from those that work, as findings say it.
import { describe, expect, it } from 'vitest';
import { diagnose, echo, ethernet, ipv4, ipv6, type TestFrame, vlan as tag, tcp } from './lab.js';

const SERVER = '192.0.2.80';
let made = 0;
/** Odd and even ones, two by two. */
const nextPort = () => 40_000 + 2 * ++made + ((made >> 1) & 1);

interface Client {
  readonly src?: string;
  readonly dst?: string;
  readonly ttl?: number;
  readonly dscp?: number;
  readonly vlan?: number;
  readonly mac?: string;
  readonly port?: number;
}

/** A connection that is answered, or two SYNs that are not. */
function connection(
  at: number,
  isLost: boolean,
  { src = '198.51.100.7', dst = SERVER, ttl = 61, dscp = 0, vlan, mac, port: from }: Client = {},
) {
  const ports = { src: from ?? nextPort(), dst: 443 };
  const ip = (values: { src: string; dst: string; ttl: number }, body: ReturnType<typeof tcp>) =>
    dst.includes(':')
      ? ipv6({ src: values.src, dst: values.dst, hlim: values.ttl, tclass: dscp << 2 }, body)
      : ipv4({ ...values, dsfield: dscp << 2 }, body);
  const asked = (later: number, flags: string, ack = 0): TestFrame => {
    const packet = ip({ src, dst, ttl }, tcp({ ...ports, flags, seq: flags === 'S' ? 100 : 101, ack }));
    return ethernet({ at: at + later, ...(mac !== undefined && { mac }) }, vlan === undefined ? packet : tag(vlan, packet));
  };
  if (isLost) return [asked(0, 'S'), asked(1, 'S'), asked(3, 'S')];
  const answer = tcp({ src: 443, dst: ports.src, flags: 'SA', seq: 7, ack: 101 });
  return [asked(0, 'S'), ethernet({ at: at + 0.1 }, ip({ src: dst, dst: src, ttl: 64 }, answer)), asked(0.2, 'A', 8)];
}

/** So many that work and so many that do not, in turns. */
function mixed(works: (n: number) => Client, fails: (n: number) => Client, each = 4): TestFrame[] {
  const frames: TestFrame[] = [];
  for (let n = 0; n < each; n++) frames.push(...connection(n, false, works(n)), ...connection(n + 0.5, true, fails(n)));
  return sorted(frames);
}
const sorted = (frames: TestFrame[]) => [...frames].sort((x, y) => Number(x.at) - Number(y.at));
const contrastOf = (frames: readonly TestFrame[]) =>
  diagnose([...frames], {}).find(({ rule }) => rule === 'tcp-no-answer')?.contrast ?? [];

describe('what separates connections that fail', () => {
  it('is the network that they come from', () => {
    const [first] = contrastOf(
      mixed(
        (n) => ({ src: `198.51.100.${n + 1}` }),
        (n) => ({ src: `203.0.113.${n + 1}` }),
      ),
    );
    expect(first).toBe('Not answered: from 203.0.113.0/24 (4 connections). Answered: from other addresses (4).');
    const near = mixed(
      (n) => ({ src: `198.51.100.${n + 1}` }),
      (n) => ({ src: `198.51.100.${n + 130}` }),
    );
    expect(contrastOf(near)).toContain(
      'Not answered: from 198.51.100.128/29 (4 connections). Answered: from other addresses (4).',
    );
    const six = mixed(
      (n) => ({ src: `2001:db8:1::${n + 1}`, dst: '2001:db8::80' }),
      (n) => ({ src: `2001:db8:2::${n + 1}`, dst: '2001:db8::80' }),
    );
    expect(contrastOf(six)[0]).toContain('Not answered: from 2001:db8:2::/64 (4 connections)');
  });

  it('is when they began', () => {
    const frames = [0, 1, 2, 3].flatMap((at) => connection(at, false)).concat([4, 5, 6, 7].flatMap((at) => connection(at, true)));
    const [first] = contrastOf(sorted(frames));
    expect(first).toMatch(
      /^Not answered: those that began with frame 13 of \S+ \(after 4\.000 s\) or later \(4 connections\)\. Answered: those that began with frame 10 of \S+ \(after 3\.000 s\) or before \(4\)\.$/,
    );
  });

  it.each([
    ['the VLAN', { vlan: 10 }, { vlan: 20 }, 'Not answered: in VLAN 20 (4 connections). Answered: in VLAN 10 (4).'],
    ['the DSCP', { dscp: 0 }, { dscp: 46 }, 'Not answered: with DSCP 46 (4 connections). Answered: with DSCP 0 (4).'],
    ['the TTL', { ttl: 61 }, { ttl: 60 }, 'Not answered: with TTL 60 (4 connections). Answered: with TTL 61 (4).'],
    [
      'the MAC',
      { mac: '02:00:00:00:00:0a' },
      { mac: '02:00:00:00:00:0b' },
      'Not answered: from MAC 02:00:00:00:00:0b (4 connections). Answered: from MAC 02:00:00:00:00:0a (4).',
    ],
  ])('is %s', (_, works, fails, says) => {
    expect(
      contrastOf(
        mixed(
          () => works,
          () => fails,
        ),
      ),
    ).toEqual([says]);
    // Too few of both, and one on the wrong side.
    expect(
      contrastOf(
        mixed(
          () => works,
          () => fails,
          2,
        ),
      ),
    ).toEqual([]);
    expect(
      contrastOf(
        sorted([
          ...mixed(
            () => works,
            () => fails,
          ),
          ...connection(9, false, fails),
        ]),
      ),
    ).toEqual([]);
  });

  it('is the side of a hash over ports, where nothing else is', () => {
    const frames = (each: number) =>
      mixed(
        (n) => ({ port: 50_000 + 2 * n }),
        (n) => ({ port: 50_101 + 2 * n }),
        each,
      );
    expect(contrastOf(frames(6))).toEqual([
      'Not answered: from odd source ports (6 connections). Answered: from even source ports (6).',
    ]);
    expect(contrastOf(frames(5))).toEqual([]);
  });

  it('is the size of pings', () => {
    const frames = [100, 200, 300, 400, 1400, 1410, 1420, 1430].flatMap((size, n) => {
      const asked = [0, 1, 2].map((i) =>
        ethernet({ at: n * 4 + i }, ipv4({ src: '198.51.100.7', dst: SERVER }, echo({ id: n + 1, seq: i, data: size }))),
      );
      if (size > 1000) return asked;
      return asked.flatMap((frame, i) => [
        frame,
        ethernet(
          { at: n * 4 + i + 0.1 },
          ipv4({ src: SERVER, dst: '198.51.100.7' }, echo({ id: n + 1, seq: i, data: size, reply: true })),
        ),
      ]);
    });
    const finding = diagnose(frames).find(({ rule }) => rule === 'icmp-echo-no-reply');
    expect(finding?.contrast?.[0]).toBe(
      'Not answered: packets of 1428 bytes and more (4 flows). Answered: packets of up to 428 bytes (4).',
    );
  });

  it('is nothing where nothing separates them', () => {
    expect(
      contrastOf(
        mixed(
          (n) => ({ src: `198.51.100.${n + 1}` }),
          (n) => ({ src: `198.51.100.${n + 1}` }),
        ),
      ),
    ).toEqual([]);
  });
});
