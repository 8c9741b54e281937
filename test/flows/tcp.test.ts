// What a conversation remembers of its TCP segments: enough to tell a size that passes from one that does not.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { acknowledged, longestPassed, unacknowledged } from '../../src/flows/tcp.js';
import { ipv4, observe, sll2, type TcpValues, type TestFrame, tcp } from '../rules/lab.js';
import { times } from '../thorough.js';

const up = (at: number, values: Omit<TcpValues, 'src' | 'dst'>): TestFrame =>
  sll2({ at }, ipv4({ src: '10.0.0.1', dst: '10.0.0.2' }, tcp({ src: 4000, dst: 80, ...values })));
const down = (at: number, values: Omit<TcpValues, 'src' | 'dst'>): TestFrame =>
  sll2({ at }, ipv4({ src: '10.0.0.2', dst: '10.0.0.1' }, tcp({ src: 80, dst: 4000, ...values })));
/** Sequence numbers close to the end of their space, so that every test wraps. */
const START = 0xffff_f000;
const seq = (n: number): number => (START + n) >>> 0;
const handshake = [
  up(0, { flags: 'S', seq: START, mss: 1460 }),
  down(0.01, { flags: 'SA', seq: 0, ack: seq(1), mss: 1460 }),
  up(0.02, { seq: seq(1), ack: 1 }),
];
const table = (frames: readonly TestFrame[]) => observe([...handshake, ...frames]).tracker.conversations;

describe('segments of a conversation', () => {
  it('knows the longest that was acknowledged', () => {
    const t = table([
      up(1, { seq: seq(1), data: 100 }),
      down(1.1, { seq: 1, ack: seq(101) }),
      up(2, { seq: seq(101), data: 1460 }),
      up(2.1, { seq: seq(1561), data: 1000 }),
    ]);
    expect(longestPassed(t, 0, 0)).toBe(100);
    expect(t.longestSegment[0]).toBe(1460);
    const acked = table([up(1, { seq: seq(1), data: 5000 }), down(1.1, { seq: 1, ack: seq(5001) })]);
    expect(longestPassed(acked, 0, 0)).toBe(5000);
    expect(unacknowledged(acked, 0, 0)).toBe(0);
  });

  it('counts how often the same segment was sent', () => {
    const lost = [1, 1.4, 2.2].flatMap((at) => up(at, { seq: seq(1), data: 1460 }));
    const t = table([
      lost[0],
      up(1.001, { seq: seq(1461), data: 1460 }),
      ...lost.slice(1),
      up(3, { seq: seq(1461), data: 1460 }),
    ]);
    expect([t.stuckCount[0], t.stuckSeq[0], t.stuckLength[0]]).toEqual([2, seq(1), 1460]);
    expect(t.retransmissions[0]).toBe(3);
  });

  it('forgets it when it was acknowledged at last', () => {
    const again = (from: number, n: number) => [0, 1].map((i) => up(from + i, { seq: seq(n), data: 10 }));
    const t = table([...again(1, 1), down(3, { seq: 1, ack: seq(11) }), ...again(4, 11)]);
    expect([t.stuckCount[0], t.stuckSeq[0]]).toEqual([1, seq(11)]);
    expect(acknowledged(t, 0, 0, seq(11))).toBe(true);
    expect(acknowledged(t, 0, 0, seq(12))).toBe(false);
  });

  it('notices bytes that never came by, and when they come after all', () => {
    const gap = [up(1, { seq: seq(1461), data: 100, ack: 1 })];
    const t = table(gap);
    expect([t.gapSeq[0], t.gapBytes[0]]).toEqual([seq(1), 1460]);
    expect(table([...gap, up(2, { seq: seq(1), data: 1460, ack: 1 })]).gapBytes[0]).toBe(0);
    // An acknowledgement alone shows how far its sender has got; so does a reset.
    expect(table([up(1, { seq: seq(3001), ack: 1 })]).gapBytes[0]).toBe(3000);
    expect(table([up(1, { flags: 'RA', seq: seq(3001), ack: 1 })]).gapBytes[0]).toBe(3000);
  });

  it('never says that more passed than was sent and acknowledged', () => {
    const step = fc.record({ back: fc.boolean(), offset: fc.nat(6000), data: fc.nat(3000) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const t = table(
          steps.map(({ back, offset, data }, i) =>
            back ? down(1 + i, { seq: 1, ack: seq(1 + offset) }) : up(1 + i, { seq: seq(1 + offset), ack: 1, data }),
          ),
        );
        const most = Math.max(0, ...steps.filter((s) => s.back).map((s) => s.offset));
        expect(longestPassed(t, 0, 0)).toBeLessThanOrEqual(Math.min(t.longestSegment[0], most));
      }),
      { numRuns: times(37, 150) },
    );
  });
});
