import * as z from 'zod';
import { duration } from '../../bytes/units.js';
import { type Mark, mark } from '../../flows/mark.js';
import { PROTO } from '../../flows/packet.js';
import type { Tracker } from '../../flows/tracker.js';
import { key } from '../key.js';
import { many } from '../outcome.js';
import { asks, said, time } from '../shapes.js';
import type { UidSet } from '../uid-set.js';
import { nanoseconds } from '../units.js';

/** Shares of the answers that a limit is about, by the name of the limit. */
const PARTS = { p50: 0.5, p90: 0.9, p95: 0.95, p99: 0.99 } as const;
type Part = keyof typeof PARTS;
const part = time.optional();

export default key({
  key: 'rtt',
  shape: z
    .union(
      [
        time,
        asks(
          z.strictObject({ atMost: part, median: part, p50: part, p90: part, p95: part, p99: part } satisfies Record<
            'atMost' | 'median' | Part,
            typeof part
          >),
        ),
      ],
      { error: said('a time', '10ms or { atMost: 10ms, median: 2ms, p95: 5ms }') },
    )
    .describe('Time from a request to its answer, at most'),
  beside: ['flow', 'nat'],
  means:
    'longest time from a request to its answer, of TCP from SYN to SYN-ACK: `10ms`, `{ atMost, median, p50, p90, p95, p99 }`; `p95: 5ms`: 95% of the answers come within that (nearest rank)',
  hold(rtt, b) {
    const { atMost, median, ...shares } = typeof rtt === 'object' ? rtt : { atMost: rtt, median: undefined };
    const parts = Object.entries(PARTS).flatMap(([name, share]) => {
      const limit = (shares as Partial<Record<Part, string | number>>)[name as Part];
      return limit === undefined ? [] : [{ name, share, limit: nanoseconds(limit), text: `${name} ${limit}` }];
    });
    const limits = {
      atMost: atMost === undefined ? null : nanoseconds(atMost),
      median: median === undefined ? null : nanoseconds(median),
      parts,
    };
    const text = [
      atMost === undefined ? '' : `answers within ${atMost}`,
      median === undefined ? '' : `half of them within ${median}`,
      ...parts.map((one) => one.text),
    ];
    const trips = new RoundTrips(b.plan.uids());
    return {
      text: text.filter(Boolean).join(', '),
      take: (t) => trips.take(t),
      isFull: () => trips.isFull,
      whole() {
        const slow = trips.beyond(limits);
        return slow === null ? null : { ...slow, about: [], absence: slow.marks.length === 0 };
      },
    };
  },
});

interface Limits {
  readonly atMost: number | null;
  readonly median: number | null;
  readonly parts: readonly { readonly name: string; readonly share: number; readonly limit: number }[];
}

const MAX_ROUND_TRIPS = 100_000;

/** Times from a question to its answer: of a TCP connection its handshake, of the others each exchange. */
class RoundTrips {
  private readonly asked = new Map<number, Mark>();
  private readonly times: number[] = [];
  private slowest = 0;
  private marks: Mark[] = [];

  constructor(private readonly settled: UidSet) {}

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

  /** There were more answers than times are kept. */
  get isFull(): boolean {
    return this.times.length >= MAX_ROUND_TRIPS;
  }

  beyond({ atMost, median, parts }: Limits): { seen: string; marks: readonly Mark[] } | null {
    const { length } = this.times;
    if (length === 0) return { seen: 'no question with an answer, so no time', marks: [] };
    if (atMost !== null && this.slowest > atMost) return { seen: `one answer took ${duration(this.slowest)}`, marks: this.marks };
    const sorted = this.times.toSorted((x, y) => x - y);
    const middle = sorted[length >> 1];
    if (median !== null && middle > median) return { seen: `the median is ${duration(middle)}`, marks: this.marks };
    for (const { name, share, limit } of parts) {
      const took = sorted[Math.ceil(share * length) - 1];
      if (took > limit) return { seen: `${name} is ${duration(took)} (${many(length, 'answer')})`, marks: this.marks };
    }
    return null;
  }
}
