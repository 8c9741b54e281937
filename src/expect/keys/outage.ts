import * as z from 'zod';
import { FLAG } from '../../../dissectors/tcp.js';
import { duration } from '../../bytes/units.js';
import type { Facts } from '../../facts/facts.js';
import { type Mark, mark } from '../../flows/mark.js';
import { PROTO } from '../../flows/packet.js';
import type { Tracker } from '../../flows/tracker.js';
import type { Shown } from '../fault.js';
import { MAX_COMPARED } from '../frames.js';
import { key } from '../key.js';
import { asks, moment, time } from '../shapes.js';
import { type Moment, momentOf } from '../timing.js';
import { nanoseconds } from '../units.js';

export default key({
  key: 'outage',
  shape: asks(z.strictObject({ atMost: time.optional(), after: moment.optional() }))
    .refine(({ atMost }) => atMost !== undefined, { error: 'an outage has a longest time; write { atMost: 3s }' })
    .describe('Longest time in which what is asked gets no answer'),
  beside: ['flow', 'nat'],
  usage: '`outage: { atMost, after }`',
  means:
    'longest time, of each client and service, from the first question without an answer to the next answer; with `after` (a time since the start, a wall-clock time, or the first frame of a filter) only what comes after it, counted from it on: the fail-over time',
  hold({ atMost, after }, b) {
    const limit = nanoseconds(atMost ?? 0);
    const event = after === undefined ? null : momentOf(b, after, ['outage', 'after']);
    const silences = new Silences(event);
    return {
      text: `no outage longer than ${atMost}${after === undefined ? '' : ` after ${after}`}`,
      take: (t) => silences.take(t),
      whole: (facts) => silences.beyond(facts, limit),
      isFull: () => silences.isFull,
    };
  },
});

/** An answer may be under way for so long when a capture ends: no sign of an outage. */
const UNDER_WAY_NS = 1e9;

/** One client of one service, whatever ports it takes: first question of each way that waits for an answer. */
interface Pair {
  readonly waiting: [Mark | null, Mark | null];
}

/** Times in which questions got no answer: of TCP also those of the server, whose data is acknowledged. */
class Silences {
  private readonly pairs = new Map<string, Pair>();
  private readonly pairOf = new Map<number, Pair>();
  private answers = 0;
  private longestNs = -1;
  private marks: Mark[] = [];

  /** `event`: what comes before it does not count. */
  constructor(private readonly event: Moment | null) {}

  get isFull(): boolean {
    return this.pairOf.size >= MAX_COMPARED;
  }

  take(t: Tracker): void {
    if (!t.journeys.isNew || t.conversation < 0) return;
    const pair = this.pair(t);
    if (pair === null) return;
    const { packet: p, way } = t;
    const isTcp = p.proto === PROTO.tcp;
    const other = way === 0 ? 1 : 0;
    const since = pair.waiting[other];
    // A reset is no answer: nobody serves there.
    if (since !== null && !(isTcp && (p.flags & FLAG.reset) !== 0)) {
      pair.waiting[other] = null;
      this.ended(since, t);
    }
    const waits = isTcp ? p.payloadLength > 0 || (p.flags & (FLAG.syn | FLAG.fin)) !== 0 : way === 0;
    if (waits) pair.waiting[way] ??= mark(p);
  }

  private pair(t: Tracker): Pair | null {
    const { src, dst, dstPort, uid } = t.conversations;
    const c = t.conversation;
    const known = this.pairOf.get(uid[c]);
    if (known !== undefined) return known;
    if (this.isFull) return null;
    const ends = [...src.subarray(c * 4, c * 4 + 4), ...dst.subarray(c * 4, c * 4 + 4), t.packet.proto];
    const name = (t.packet.proto === PROTO.tcp || t.packet.proto === PROTO.udp ? [...ends, dstPort[c]] : ends).join(' ');
    const pair = this.pairs.get(name) ?? { waiting: [null, null] };
    this.pairs.set(name, pair);
    this.pairOf.set(uid[c], pair);
    return pair;
  }

  /** Where the time that counts begins: the question, or the event after it; null before the event. */
  private begin(since: Mark, endNs: number): number | null {
    if (this.event === null) return since.timeNs;
    const eventNs = this.event.startNs();
    return eventNs === null || endNs < eventNs ? null : Math.max(since.timeNs, eventNs);
  }

  private ended(since: Mark, t: Tracker): void {
    const { timeNs } = t.packet;
    const fromNs = this.begin(since, timeNs);
    if (fromNs === null) return;
    this.answers++;
    if (timeNs - fromNs <= this.longestNs) return;
    this.longestNs = timeNs - fromNs;
    this.marks = [since, mark(t.packet)];
  }

  beyond(facts: Facts, limit: number): Shown | null {
    const shown = { marks: this.marks, about: [] as number[], absence: true };
    if (this.event?.startNs() === null) return { ...shown, seen: `nothing to be after: no frame of ${this.event.text}` };
    if (this.longestNs > limit) return { ...shown, seen: `no answer for ${duration(this.longestNs)}` };
    let open: { ns: number; since: Mark } | null = null;
    for (const { waiting } of this.pairs.values())
      for (const since of waiting) {
        if (since === null) continue;
        const endNs = facts.doubts.window(since.source)?.lastNs ?? facts.nowNs;
        const fromNs = this.begin(since, endNs);
        if (fromNs !== null && endNs - fromNs > (open?.ns ?? 0)) open = { ns: endNs - fromNs, since };
      }
    const stillOut = `no answer for ${duration(open?.ns ?? 0)}, until the capture ends`;
    if (open !== null && open.ns > limit) return { ...shown, marks: [open.since], seen: stillOut };
    if (this.answers === 0)
      return { ...shown, seen: `no question with an answer${this.event === null ? '' : ` after ${this.event.text}`}` };
    if (open !== null && open.ns > UNDER_WAY_NS) return { ...shown, marks: [open.since], seen: stillOut, open: true };
    return null;
  }
}
