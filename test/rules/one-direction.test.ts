// Captures that show one direction only, or the beginning of each frame: what is not in them proves nothing.
import { describe, expect, it } from 'vitest';
import { diagnose, dns, echo, forward, icmpError, ipv4, sll2, type TestFrame, tcp, udp, vxlan } from './lab.js';
import { attempts, FAR, healthy, ifmap, NEAR, NODE, POD, passes, ROUTES, SERVER, topology } from './path-lab.js';

const faults = (frames: readonly TestFrame[], options: Parameters<typeof diagnose>[1] = { ifmap }) =>
  diagnose(frames, options).flatMap((f) =>
    f.verdict === 'fail' && f.severity !== 'info' && f.foldedUnder === null ? [f.rule] : [],
  );

/** One half of a connection that goes on: it was answered, and the answers are not in the capture. */
const half = (at: number, dst = SERVER) =>
  (
    [
      ['S', 1000, 0],
      ['A', 1001, 0],
      ['PA', 1001, 100],
      ['A', 1101, 0],
    ] as const
  ).map(([flags, seq, data], i) => ({
    at: at + i * 0.01,
    packet: ipv4({ src: POD, dst }, tcp({ src: 40_000 + at, dst: 80, flags, seq, ack: flags === 'S' ? 0 : 500, data })),
  }));
const ping = (seq: number) => ipv4({ src: POD, dst: SERVER }, echo({ seq }));
const question = (id: number) =>
  ipv4({ src: POD, dst: SERVER }, udp({ src: 30_000 + id, dst: 53, data: dns({ id, name: `a${id}.test` }) }));
const asked = (packet: (n: number) => ReturnType<typeof ipv4>) => [1, 2, 3].map((n) => ({ at: n, packet: packet(n) }));

const inTunnel = ({ at, packet }: { at: number; packet: ReturnType<typeof ipv4> }): TestFrame[] => {
  const frame = sll2({ if: NEAR, at }, vxlan({ src: NODE, dst: '192.168.20.100', vni: 7 }, packet));
  return [frame, forward(frame, { if: FAR })];
};
const through = ({ at, packet }: { at: number; packet: ReturnType<typeof ipv4> }): TestFrame[] =>
  passes(sll2({ if: NEAR, at }, packet), FAR);

describe('a capture of one direction', () => {
  it('leaves pings and DNS questions undecided where connections between the same hosts go on', () => {
    for (const [packet, rule] of [
      [ping, 'icmp-echo-no-reply'],
      [question, 'dns-no-answer'],
    ] as const) {
      const frames = [...half(0).flatMap(through), ...asked(packet).flatMap(through), ...half(9).flatMap(through)];
      expect(faults(frames)).toEqual([]);
      expect(diagnose(frames, { ifmap }).some((f) => f.verdict === 'inconclusive')).toBe(true);
      // Without those connections, and where answers to others are seen, they are lost.
      expect(faults([...healthy(1, 0), ...asked(packet).flatMap(through), ...healthy(2, 9)])).toContain(
        rule === 'dns-no-answer' ? rule : 'return-missing',
      );
    }
  });

  it('calls no tunnel one-way in which a connection goes on', () => {
    const pings = asked(ping).flatMap(inTunnel);
    expect(faults([...half(0).flatMap(inTunnel), ...pings, ...half(9).flatMap(inTunnel)])).toEqual([]);
    expect(faults([...pings, ...healthy(2, 9)])).toEqual(['tunnel-one-way']);
  });

  it('misses no packet that went out where nothing that came in is seen going out', () => {
    const enters = ({ at, packet }: { at: number; packet: ReturnType<typeof ipv4> }) => [sll2({ if: NEAR, at }, packet)];
    const topo = { topology: topology(...ROUTES) };
    const frames = [...half(0).flatMap(enters), ...asked(ping).flatMap(enters), ...healthy(1, 8), ...half(9).flatMap(enters)];
    expect(faults(frames, topo)).toEqual([]);
    expect(faults([...asked(ping).flatMap(enters), ...healthy(1, 8)], topo)).toContain('forward-missing');
    // A connection that stalls is no proof that packets left.
    expect(faults([...attempts(POD, SERVER, NEAR, -1), ...healthy(1, 8)], topo)).toContain('forward-missing');
  });
});

describe('a capture of the first bytes of each frame', () => {
  const TRACE = ipv4({ src: POD, dst: SERVER, ttl: 2 }, udp({ src: 40_000, dst: 33_436, data: 20 }));
  const said = (code: number, type: number, from: string, snap?: number) =>
    sll2({ if: NEAR, at: 1, snap }, ipv4({ src: from, dst: POD }, icmpError({ type, code }, TRACE)));

  it('knows a path trace by its probes where the errors do not say which port they are about', () => {
    const probe = sll2({ if: NEAR, at: 0, snap: 48 }, TRACE);
    // The quoted IP header is whole, the ports behind it are not there.
    const frames = [probe, said(0, 11, '192.168.10.200', 68), said(3, 3, SERVER, 68)];
    expect(faults(frames)).toEqual([]);
    const other = ipv4({ src: POD, dst: SERVER, ttl: 60 }, udp({ src: 40_000, dst: 5000, data: 20 }));
    expect(faults([{ ...probe, packet: other }, said(0, 11, '192.168.10.200', 68)])).toEqual(['icmp-ttl-exceeded']);
  });
});
