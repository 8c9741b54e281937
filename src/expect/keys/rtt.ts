import * as z from 'zod';
import { duration } from '../../bytes/units.js';
import { type Mark, mark } from '../../flows/mark.js';
import { PROTO } from '../../flows/packet.js';
import type { Tracker } from '../../flows/tracker.js';
import { key } from '../key.js';
import { asks, said, time } from '../shapes.js';
import { nanoseconds } from '../units.js';

export default key({
  key: 'rtt',
  shape: z
    .union([time, asks(z.strictObject({ atMost: time.optional(), median: time.optional() }))], {
      error: said('a time', '10ms or { atMost: 10ms, median: 2ms }'),
    })
    .describe('Time from a request to its answer, at most'),
  beside: ['flow', 'nat'],
  means: 'longest time from a request to its answer: `10ms`, `{ atMost, median }`',
  hold(rtt, b) {
    const { atMost, median } = typeof rtt === 'object' ? rtt : { atMost: rtt, median: undefined };
    const limits = {
      atMost: atMost === undefined ? null : nanoseconds(atMost),
      median: median === undefined ? null : nanoseconds(median),
    };
    const text = [
      atMost === undefined ? '' : `answers within ${atMost}`,
      median === undefined ? '' : `half of them within ${median}`,
    ];
    const trips = new RoundTrips(b.plan.uids());
    return {
      text: text.filter(Boolean).join(', '),
      take: (t) => trips.take(t),
      whole() {
        const slow = trips.beyond(limits);
        return slow === null ? null : { ...slow, about: [], absence: slow.marks.length === 0 };
      },
    };
  },
});

const MAX_ROUND_TRIPS = 100_000;

/** Times from a question to its answer: of a TCP connection its handshake, of the others each exchange. */
class RoundTrips {
  private readonly asked = new Map<number, Mark>();
  private readonly times: number[] = [];
  private slowest = 0;
  private marks: Mark[] = [];

  constructor(private readonly settled: Set<number>) {}

  take(t: Tracker): void {
    if (!t.journeys.isNew) return;
    const p = t.packet;
    const uid = t.conversations.uid[t.conversation];
    if (t.way === 0) {
      // A question sent again starts a new time; the first packet after the handshake does not.
      if (p.proto !== PROTO.tcp || !this.settled.has(uid))
        if (this.asked.size < MAX_ROUND_TRIPS) this.asked.set(uid, mark(t.packet));
      return;
    }
    const asked = this.asked.get(uid);
    if (asked === undefined) return;
    this.asked.delete(uid);
    if (p.proto === PROTO.tcp) this.settled.add(uid);
    const took = p.timeNs - asked.timeNs;
    if (this.times.length < MAX_ROUND_TRIPS) this.times.push(took);
    if (took > this.slowest) {
      this.slowest = took;
      this.marks = [asked, mark(t.packet)];
    }
  }

  beyond({ atMost, median }: { atMost: number | null; median: number | null }): { seen: string; marks: readonly Mark[] } | null {
    if (this.times.length === 0) return { seen: 'no question with an answer, so no time', marks: [] };
    if (atMost !== null && this.slowest > atMost) return { seen: `one answer took ${duration(this.slowest)}`, marks: this.marks };
    const middle = this.times.toSorted((x, y) => x - y)[this.times.length >> 1];
    return median !== null && middle > median ? { seen: `the median is ${duration(middle)}`, marks: this.marks } : null;
  }
}
