// Rules about the size of packets: numbers, black holes, and what only looks like one.
import { describe, expect, it } from 'vitest';
import type { Finding } from '../../src/rules/finding.js';
import {
  type Body,
  diagnose,
  echo,
  forward,
  type IpPacket,
  icmpError,
  ipv4,
  ipv6,
  type LabOptions,
  mtuBytes,
  sll2,
  type TestFrame,
  tcp,
  vxlan,
} from './lab.js';

const CLIENT = '10.1.1.10';
const SERVER = '10.1.2.20';
const ROUTER = '10.1.1.1';
const PORTS = { src: 4000, dst: 9000 };
const BACK = { src: 9000, dst: 4000 };

const up = (body: Body): IpPacket => ipv4({ src: CLIENT, dst: SERVER }, body);
const down = (body: Body): IpPacket => ipv4({ src: SERVER, dst: CLIENT }, body);

/** Through the router, from interface 1 to 2, or back. */
function through(at: number, packet: IpPacket): TestFrame[] {
  const outbound = packet.values.src === CLIENT;
  const frame = sll2({ if: outbound ? 1 : 2, dir: 'in', at }, packet);
  return [frame, { ...forward(frame, { if: outbound ? 2 : 1 }), at: at + 0.00001 }];
}
const stops = (at: number, packet: IpPacket): TestFrame => sll2({ if: 1, dir: 'in', at }, packet);

const handshake = (mss = 1460): TestFrame[] => [
  ...through(0, up(tcp({ ...PORTS, flags: 'S', seq: 0, mss }))),
  ...through(0.001, down(tcp({ ...BACK, flags: 'SA', seq: 0, ack: 1, mss }))),
  ...through(0.002, up(tcp({ ...PORTS, seq: 1, ack: 1 }))),
];
const segment = (seq: number, data: number): IpPacket => up(tcp({ ...PORTS, seq, ack: 1, data }));
const ack = (n: number): IpPacket => down(tcp({ ...BACK, seq: 1, ack: n }));
/** A small request on the side that shows that the hosts are up, and the time going on. */
const later = (at = 9): TestFrame[] => [
  ...through(at, up(echo({ id: 99 }))),
  ...through(at + 0.001, down(echo({ id: 99, reply: true }))),
];

const find = (rule: string, frames: readonly TestFrame[], options: LabOptions = {}): Finding | undefined =>
  diagnose(frames, options).find((f) => f.rule === rule);

/** The router's answer to a packet that does not fit. */
const tooBig = (at: number, quoted: IpPacket, mtu: number): TestFrame =>
  sll2(
    { if: 1, dir: 'out', at },
    ipv4({ src: ROUTER, dst: String(quoted.values.src) }, icmpError({ type: 3, code: 4, rest: mtuBytes(mtu) }, quoted)),
  );

describe('mtu-exceeded', () => {
  const full = segment(1, 1460);
  const repeated = [0.1, 0.4, 1, 2.2].flatMap((at) => [stops(at, segment(1, 1460)), tooBig(at + 0.001, segment(1, 1460), 1400)]);

  it('is an error with all the numbers when the sender goes on', () => {
    const f = find('mtu-exceeded', [...handshake(), ...repeated, ...later()]);
    expect(f).toMatchObject({ verdict: 'fail', severity: 'error', count: 4 });
    expect(f?.title).toBe(`Packets of 1500 bytes to ${SERVER} are too big: ${ROUTER} takes 1400`);
    expect(f?.message).toContain('TCP MSS of 1360');
    expect(f?.commands[0]).toContain('--set-mss 1360');
    expect(f?.subject).toMatchObject({ src: CLIENT, dst: SERVER, target: ROUTER });
  });

  it('is a note when the sender adapts', () => {
    const frames = [
      ...handshake(),
      stops(0.1, full),
      tooBig(0.101, full, 1400),
      ...through(0.2, segment(1, 1360)),
      ...through(0.3, ack(1361)),
      ...through(0.4, segment(1361, 100)),
      ...through(0.5, ack(1461)),
      ...later(),
    ];
    expect(find('mtu-exceeded', frames)).toMatchObject({ severity: 'info', cause: 'Path MTU discovery at work.' });
    expect(diagnose(frames).filter((f) => f.severity !== 'info')).toEqual([]);
  });

  it('takes segments that are sent again in the size that fits for no loss on the way', () => {
    const numbers = Array.from({ length: 12 }, (_, n) => n);
    const first = numbers.flatMap((n) => stops(0.1 + n / 1000, segment(1 + n * 1448, 1448)));
    const again = numbers.flatMap((n) => [
      ...through(0.2 + n / 100, segment(1 + n * 1448, 1360)),
      ...through(0.205 + n / 100, segment(1361 + n * 1448, 88)),
    ]);
    const told = [tooBig(0.15, full, 1400)];
    const end = [...through(0.5, ack(1 + 12 * 1448)), ...later()];
    expect(find('tcp-retransmission', [...handshake(), ...first, ...told, ...again, ...end])).toBeUndefined();
    expect(find('tcp-retransmission', [...handshake(), ...first, ...again, ...end])).toBeDefined();
  });

  it('claims nothing of what a sender of pings sent since', () => {
    const large = up(echo({ data: 1452 }));
    const small = up(echo({ id: 7, data: 100 }));
    const f = find('mtu-exceeded', [stops(0.1, large), tooBig(0.101, large, 1400), ...through(1, small), ...later()]);
    expect(f?.cause).toContain('as few programs without TCP do');
  });

  it('is inconclusive when the capture ends before the sender could adapt', () => {
    expect(find('mtu-exceeded', [...handshake(), stops(0.1, full), tooBig(0.101, full, 1400)])?.verdict).toBe('inconclusive');
  });

  it('subtracts what a tunnel adds, and says that the sender inside never hears of it', () => {
    const outer = (p: IpPacket) => vxlan({ src: '192.168.1.11', dst: '192.168.2.12', vni: 7, df: true }, p);
    const inside = (at: number, p: IpPacket): TestFrame[] => [sll2({ if: 1, dir: 'in', at }, outer(p))];
    const back = (at: number, p: IpPacket): TestFrame =>
      sll2({ if: 2, dir: 'in', at }, vxlan({ src: '192.168.2.12', dst: '192.168.1.11', vni: 9 }, p));
    const large = outer(segment(1, 1410));
    const frames = [
      ...inside(0, up(tcp({ ...PORTS, flags: 'S', seq: 0, mss: 1410 }))),
      back(0.001, down(tcp({ ...BACK, flags: 'SA', seq: 0, ack: 1, mss: 1410 }))),
      ...inside(0.002, up(tcp({ ...PORTS, seq: 1, ack: 1 }))),
      sll2({ if: 1, dir: 'in', at: 0.1 }, large),
      tooBig(0.101, large, 1400),
      ...later(),
    ];
    const findings = diagnose(frames);
    const f = findings.find((x) => x.rule === 'mtu-exceeded');
    expect(f).toMatchObject({ verdict: 'fail', severity: 'error' });
    expect(f?.message).toContain('VXLAN adds 50 bytes, so inner packets may have 1350 (TCP MSS 1310)');
    expect(f?.cause).toContain('never hears of it');
    expect(findings.find((x) => x.rule === 'mss-too-large')?.foldedUnder).toBe(f?.id);
  });

  it('reads "packet too big" of IPv6', () => {
    const large = ipv6({ src: 'fd00:1::5', dst: 'fd00:2::5' }, tcp({ ...PORTS, flags: 'PA', seq: 1, data: 1440 }));
    const error = ipv6({ src: 'fd00:1::1', dst: 'fd00:1::5' }, icmpError({ type: 2, rest: mtuBytes(1400) }, large));
    const f = find('mtu-exceeded', [stops(0.1, large), sll2({ if: 1, dir: 'out', at: 0.2 }, error), ...later()]);
    expect(f?.message).toContain('packet too big');
    expect(f?.message).toContain('TCP MSS of 1340');
  });
});

describe('mtu-blackhole', () => {
  const resends = [0.1, 0.4, 1, 2.2, 4.6].map((at) => stops(at, segment(1, 1460)));
  const small = through(0.2, segment(1461, 200));

  it('sees at a router that large packets come in and only small ones leave', () => {
    const frames = [...handshake(), ...resends, ...small, ...through(0.3, ack(1)), ...later()].sort(
      (x, y) => (x.at ?? 0) - (y.at ?? 0),
    );
    const findings = diagnose(frames);
    expect(findings[0]).toMatchObject({ rule: 'mtu-blackhole', verdict: 'fail', severity: 'error', confidence: 'high' });
    expect(findings[0].title).toBe(`Packets of 1500 bytes from ${CLIENT} to ${SERVER} vanish at router, small ones pass`);
    expect(findings[0].commands).toContain(`ping -M do -c 3 -s 1472 ${SERVER}`);
    expect(findings.filter((f) => f.foldedUnder === null)).toHaveLength(1);
  });

  const oneSide = (frames: readonly TestFrame[]): TestFrame[] =>
    frames.filter((f) => f.if === 1).map((f) => ({ ...f, dir: 'unknown' }));

  it('sees at the sender that one segment never gets through', () => {
    const f = find('mtu-blackhole', oneSide([...handshake(), ...resends, ...later()]));
    expect(f).toMatchObject({ verdict: 'fail', confidence: 'medium' });
  });

  it('takes a peer that does not repeat itself for one that gets small packets', () => {
    const other = sll2(
      { if: 1, dir: 'unknown', at: 9 },
      ipv4({ src: '10.7.7.7', dst: '10.7.7.8' }, echo({ id: 77, reply: true })),
    );
    const f = find('mtu-blackhole', [...oneSide([...handshake(), ...resends]), other]);
    expect(f).toMatchObject({ verdict: 'fail', confidence: 'medium' });
    expect(f?.message).toContain('does not repeat what it sent');
    // It asks again for the acknowledgement of its SYN: nothing gets through, whatever its size.
    const again = through(1.1, down(tcp({ ...BACK, flags: 'SA', seq: 0, ack: 1, mss: 1460 })));
    const dead = [...oneSide([...handshake(), ...again, ...resends]), other].sort((x, y) => (x.at ?? 0) - (y.at ?? 0));
    expect(find('mtu-blackhole', dead)).toBeUndefined();
  });

  it('sees at the receiver that bytes are missing', () => {
    const frames = [...handshake(), ...small, ...through(0.3, ack(1)), ...through(5, ack(1))].filter((f) => f.if === 2);
    const f = find('mtu-blackhole', [...frames.map((x) => ({ ...x, dir: 'unknown' as const })), ...oneSide(later())]);
    expect(f).toMatchObject({ verdict: 'fail', confidence: 'medium' });
    expect(f?.message).toContain('1460 bytes are missing');
  });

  it('compares pings of two sizes', () => {
    const frames = [...later(0), ...[1, 2].map((seq) => stops(seq, up(echo({ id: 5, seq, data: 1464 })))), ...later(8)];
    const f = find('mtu-blackhole', oneSide(frames));
    expect(f).toMatchObject({ verdict: 'fail', confidence: 'medium' });
    expect(f?.message).toContain('Packets up to 84 bytes pass');
  });

  it('is inconclusive when the capture lost frames', () => {
    const frames = oneSide([...handshake(), ...resends, ...later()]);
    expect(find('mtu-blackhole', frames, { points: { router: { dropped: 3 } } })?.verdict).toBe('inconclusive');
  });

  it('leaves alone a loss at a size that passed before, a full receiver, a small segment, and a refusal by ICMP', () => {
    const passed = [...through(0.05, segment(1, 1460)), ...through(0.06, ack(1461))];
    const lost = [0.1, 0.4, 1, 2.2].map((at) => stops(at, segment(1461, 1460)));
    expect(
      find('mtu-blackhole', oneSide([...handshake(), ...passed, ...through(0.07, segment(1461, 10)), ...lost, ...later()])),
    ).toBeUndefined();
    const full = through(0.05, down(tcp({ ...BACK, seq: 1, ack: 1, window: 0 })));
    expect(find('mtu-blackhole', oneSide([...handshake(), ...full, ...resends, ...later()]))).toBeUndefined();
    const tiny = [0.1, 0.4, 1, 2.2].map((at) => stops(at, segment(1, 300)));
    expect(find('mtu-blackhole', oneSide([...handshake(), ...tiny, ...later()]))).toBeUndefined();
    const refused = [...resends, tooBig(0.11, segment(1, 1460), 1400)].sort((x, y) => (x.at ?? 0) - (y.at ?? 0));
    expect(find('mtu-blackhole', [...handshake(), ...refused, ...later()])).toBeUndefined();
  });

  it('follows the first segment that is missing, where the last one was probed before it', () => {
    const probe = stops(0.05, segment(1461, 1104));
    const frames = [...handshake(), stops(0.03, segment(1, 2564)), probe, ...resends, ...later()];
    expect(find('mtu-blackhole', oneSide(frames))?.title).toContain('Packets of 1500 bytes');
  });

  it('is told with the size on the link, and beside an error that the sender goes by', () => {
    // The host merges five segments; its own node says 1400, and the sender keeps to it: that is path MTU discovery at work.
    const merged = segment(1, 7250);
    const frames = [
      ...handshake(),
      stops(0.1, merged),
      tooBig(0.101, merged, 1400),
      ...[0.2, 0.6, 1.4, 3].map((at) => stops(at, segment(1, 1348))),
      ...later(),
    ];
    const findings = diagnose(oneSide(frames));
    expect(findings[0]).toMatchObject({ rule: 'mtu-blackhole', severity: 'error' });
    expect(findings[0].title).toContain('Packets of 1388 bytes');
    expect(findings[0].message).toContain('has taught the sender 1400 bytes');
    const note = findings.find((f) => f.rule === 'mtu-exceeded');
    expect(note?.severity).toBe('info');
    expect(note?.title).toContain('Packets of 1500 bytes');
  });

  const narrow = (mtu: number) => ({
    nodes: {
      router: {
        interfaces: {
          eth1: { index: 1, addresses: ['10.1.1.1/24'], mtu: 1500 },
          eth2: { index: 2, addresses: ['10.1.2.1/24'], mtu },
        },
        routes: ['10.1.1.0/24 dev eth1', '10.1.2.0/24 dev eth2'],
      },
    },
  });

  it('names the link by its MTU, where the topology has it', () => {
    const frames = [...handshake(), ...resends, ...small, ...through(0.3, ack(1)), ...later()].sort(
      (x, y) => (x.at ?? 0) - (y.at ?? 0),
    );
    expect(find('mtu-blackhole', frames, { topology: narrow(1400) })?.cause).toContain('eth2 on router has an MTU of 1400');
    expect(find('mtu-blackhole', frames, { topology: narrow(1500) })?.cause).not.toContain('eth2');
  });

  it('names the place where all packets of one size end, and others of the same hosts pass', () => {
    const pings = [1, 2, 3].map((seq) => stops(seq, up(echo({ id: 5, seq, data: 1464 }))));
    const f = find('mtu-blackhole', [...later(0), ...pings, ...later(8)], { topology: narrow(1400) });
    expect(f?.title).toContain('vanish at router');
    expect(f?.message).toContain('do not leave it');
    expect(f?.cause).toContain('eth2 on router has an MTU of 1400');
  });

  it('leaves alone segments that the sending host merges and the receiver acknowledges', () => {
    const frames = [...handshake(), ...through(0.1, segment(1, 14_480)), ...through(0.2, ack(14_481)), ...later()];
    expect(diagnose(frames).filter((f) => f.severity !== 'info')).toEqual([]);
  });
});

describe('mss-too-large', () => {
  it('says what would fit, folded under the refusal', () => {
    const frames = [
      ...handshake(),
      ...[0.1, 0.4, 1].flatMap((at) => [stops(at, segment(1, 1460)), tooBig(at + 0.001, segment(1, 1460), 1400)]),
      ...later(),
    ];
    const findings = diagnose(frames);
    const f = findings.find((x) => x.rule === 'mss-too-large');
    expect(f).toMatchObject({ verdict: 'fail', severity: 'warning' });
    expect(f?.title).toBe(`MSS 1460 is too large for the path to ${SERVER}: 1360 would fit`);
    expect(f?.foldedUnder).toBe(findings.find((x) => x.rule === 'mtu-exceeded')?.id);
  });

  it('leaves alone a large MSS on a path that takes it, and one that was lowered', () => {
    expect(
      find('mss-too-large', [...handshake(), ...through(0.1, segment(1, 1460)), ...through(0.2, ack(1461)), ...later()]),
    ).toBeUndefined();
    const lowered = [...handshake(1360), stops(0.1, segment(1, 1460)), tooBig(0.101, segment(1, 1460), 1400), ...later()];
    expect(find('mss-too-large', lowered)).toBeUndefined();
  });
});
