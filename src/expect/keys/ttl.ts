import * as z from 'zod';
import { type Mark, mark } from '../../flows/mark.js';
import type { Tracker } from '../../flows/tracker.js';
import { type FrameTest, MAX_COMPARED, MAX_MARKS } from '../frames.js';
import { key } from '../key.js';
import { asks, range } from '../shapes.js';
import { type Bounds, inBounds, parseBounds, showBounds } from '../units.js';

const levels = asks(
  z.strictObject({
    outer: range.optional(),
    inner: range.optional(),
    unchanged: z.literal('inner').optional().describe('The inner one is the same wherever the packet is in the tunnel'),
  }),
);

export default key({
  key: 'ttl',
  shape: z.union([range, levels], { error: 'ttl is a number, a range, or { outer, inner, unchanged: inner }' }),
  beside: ['flow', 'nat', 'where'],
  means: '`64`, `"63-64"`; `{ outer, inner, unchanged: inner }`: without a tunnel there is one, which is both',
  hold(ttl) {
    const { outer, inner, unchanged } = boundsOf(ttl);
    const ttls = unchanged ? new InnerTtls() : null;
    const text = [
      outer === null ? '' : `outer ttl ${showBounds(outer)}`,
      inner === null ? '' : `inner ttl ${showBounds(inner)}`,
      unchanged ? 'an inner ttl that stays the same in the tunnel' : '',
    ];
    return {
      text: text.filter(Boolean).join(', '),
      frame: outer === null && inner === null ? undefined : ttlTest(outer, inner),
      take: ttls === null ? undefined : (t) => ttls.take(t),
      whole: () => {
        if (ttls === null) return null;
        const [first] = ttls.changed();
        if (first !== undefined) return { seen: first.said, marks: first.marks, about: [first.uid], absence: false };
        return ttls.count === 0 ? { seen: 'no packet in a tunnel', marks: [], about: [], absence: true } : null;
      },
      isFull: () => ttls?.isFull === true,
    };
  },
});

function boundsOf(ttl: z.output<typeof range> | z.output<typeof levels>) {
  if (typeof ttl !== 'object' || 'atLeast' in ttl || 'atMost' in ttl)
    return { outer: parseBounds(ttl as z.output<typeof range>), inner: null, unchanged: false };
  const { outer, inner, unchanged } = ttl as z.output<typeof levels>;
  return {
    outer: outer === undefined ? null : parseBounds(outer),
    inner: inner === undefined ? null : parseBounds(inner),
    unchanged: unchanged !== undefined,
  };
}

/** Without a tunnel there is one TTL, which is both. */
function ttlTest(outer: Bounds | null, inner: Bounds | null): FrameTest {
  return ({ packet: p }) => {
    if (p.family === 0) return undefined;
    const seen = p.outerTtl();
    if (outer !== null && !inBounds(seen, outer)) return `${p.levels > 1 ? 'outer ' : ''}ttl ${seen}`;
    return inner !== null && !inBounds(p.ttl, inner) ? `${p.levels > 1 ? 'inner ' : ''}ttl ${p.ttl}` : null;
  };
}

/** The inner time to live of each conversation's packets while they are in a tunnel: nobody may change it there. */
class InnerTtls {
  /** By twice the uid plus the way. */
  private readonly seen = new Map<number, { uid: number; ttls: Map<number, Mark> }>();

  take(t: Tracker): void {
    const p = t.packet;
    if (p.levels < 2 || t.conversation < 0) return;
    const uid = t.conversations.uid[t.conversation];
    const key = uid * 2 + t.way;
    const known = this.seen.get(key);
    if (known === undefined) {
      if (!this.isFull) this.seen.set(key, { uid, ttls: new Map([[p.ttl, mark(p)]]) });
    } else if (!known.ttls.has(p.ttl)) known.ttls.set(p.ttl, mark(p));
  }

  get count(): number {
    return this.seen.size;
  }

  /** There may be more than were kept. */
  get isFull(): boolean {
    return this.seen.size >= MAX_COMPARED;
  }

  changed(): { uid: number; said: string; marks: Mark[] }[] {
    return [...this.seen.values()]
      .filter(({ ttls }) => ttls.size > 1)
      .map(({ uid, ttls }) => ({
        uid,
        said: `the inner ttl changes on the way: ${[...ttls.keys()].join(', ')}`,
        marks: [...ttls.values()].slice(0, MAX_MARKS),
      }));
  }
}
