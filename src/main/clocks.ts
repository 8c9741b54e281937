// How far the clocks of the capture points are apart, from packets that two points saw.
//
// A packet that goes from A to B is at B later. So the clock of B is ahead by at most the least difference of the packets that went
// from A to B, and by at least the greatest of those that came from B to A: as in NTP (RFC 5905 section 8) the truth is between them.
// Where no difference at all is possible, none is assumed: most labs run on one clock, and a packet takes its time.
import { mix, scattered } from '../bytes/mix.js';
import { DIRECTION, Frame } from '../capture/frame.js';
import { openCapture } from '../capture/open.js';
import type { Registry } from '../dissect/registry.js';
import { Packet } from '../flows/packet.js';
import { isRegularFile, type LabCapture } from './lab.js';
import type { Taken } from './options.js';

/** Frames looked at first, of all points and of each; where points then have too little in common, all frames are sampled. */
const FIRST_LOOK = 200_000;
const FIRST_LOOK_EACH = 50_000;
/** Sights remembered, of all points and of each. When there are more, every second is given up, the same ones at all points. */
const MAX_KNOWN = 1 << 16;
const MAX_KNOWN_EACH = 1 << 15;
/** Points of a packet's path that are compared with each other at once: what lies further apart tells less of the clocks. */
const NEIGHBOURS = 8;
/** Packets that two points must have in common: fewer may be a chance. */
const ENOUGH = 3;
/** Differences of the same pair of clocks lie within this; packets that only look alike do not. */
const TOGETHER_NS = 0.25e9;
/** With one direction only: a packet that takes longer than this was not on its way all the time. */
const LONG_NS = 0.1e9;

/** Tells an encapsulated packet from the bare one. */
const TUNNELLED = 0x2545f491;

/** First and last sight of a packet at a point. A packet that was sent twice tells nothing: `startNs` is NaN. */
interface Known {
  readonly key: number;
  startNs: number;
  startTtl: number;
  startOut: boolean;
  endNs: number;
  endTtl: number;
  endOut: boolean;
}

/** How far the clock of each capture is ahead of the first one's, in nanoseconds. */
export function clockOffsets(captures: readonly LabCapture[], registry: Registry): readonly number[] {
  const points = [...new Set(captures.map((c) => c.point))];
  if (points.length < 2) return captures.map(() => 0);
  const filesOf = (point: string) => captures.filter((c) => c.point === point && isRegularFile(c.file));
  let base = Number.NaN;
  const starts = new Map<LabCapture, number>();
  const most = Math.min(MAX_KNOWN_EACH, MAX_KNOWN / points.length);
  const look = (limit: number): Point[] =>
    points.map((point) => {
      const known = new Point(most);
      for (const capture of filesOf(point)) base = read(capture, registry, known, limit, base, starts);
      return known;
    });
  const linked = (all: readonly Point[]) => tree(points.length, estimates(all));
  let ahead = linked(look(Math.min(FIRST_LOOK_EACH, Math.ceil(FIRST_LOOK / points.length))));
  if (ahead.includes(null)) ahead = linked(look(Number.POSITIVE_INFINITY));
  // Where no packets tell, what was asked of the clocks while they captured does.
  return captures.map(
    (c) =>
      ahead[points.indexOf(c.point)] ??
      (toldAheadNs(captures[0].taken, c.taken) || daysAheadNs(starts.get(captures[0]), starts.get(c))),
  );
}

const DAY = 86_400;

/** A text without dates counts from 1970: the day of one with dates is its day, too. `first`, `other`: seconds since 1970 of their first packets. */
function daysAheadNs(first = Number.NaN, other = Number.NaN): number {
  const isUndated = (seconds: number) => seconds < 2 * DAY;
  return isUndated(first) === isUndated(other) || Number.isNaN(first + other) ? 0 : Math.round((other - first) / DAY) * DAY * 1e9;
}

/** How far a clock was ahead of the first one when both were asked; 0 where that may be all it is. */
function toldAheadNs(first: Taken | null, other: Taken | null): number {
  if (first === null || other === null) return 0;
  const aheadMs = other.aheadMs - first.aheadMs;
  return Math.abs(aheadMs) > other.doubtMs + first.doubtMs ? Math.round(aheadMs * 1e6) : 0;
}

/** What one point saw. */
class Point {
  /** By their keys, scattered. */
  readonly packets = new Map<number, Known>();
  /** Only packets whose fingerprint has these bits clear are kept. */
  mask = 0;

  /** `most`: packets remembered. */
  constructor(private readonly most: number) {}

  see(key: number, timeNs: number, ttl: number, out: boolean): void {
    if ((key & this.mask) !== 0) return;
    const place = scattered(key >>> 0);
    const known = this.packets.get(place);
    if (known === undefined) {
      if (this.packets.size >= this.most) this.thin();
      this.packets.set(place, { key, startNs: timeNs, startTtl: ttl, startOut: out, endNs: timeNs, endTtl: ttl, endOut: out });
      return;
    }
    if (Math.abs(timeNs - known.startNs) > TOGETHER_NS) known.startNs = Number.NaN;
    else if (ttl > known.startTtl || (ttl === known.startTtl && timeNs < known.startNs)) {
      known.startNs = timeNs;
      known.startTtl = ttl;
      known.startOut = out;
    }
    if (ttl < known.endTtl || (ttl === known.endTtl && timeNs > known.endNs)) {
      known.endNs = timeNs;
      known.endTtl = ttl;
      known.endOut = out;
    }
  }

  private thin(): void {
    this.mask = (this.mask << 1) | 1;
    for (const [place, { key }] of this.packets) if ((key & this.mask) !== 0) this.packets.delete(place);
  }
}

/** Adds the packets of a capture's first `limit` frames; returns the zero of all times, in seconds since 1970. */
function read(
  capture: LabCapture,
  registry: Registry,
  point: Point,
  limit: number,
  zero: number,
  starts: Map<LabCapture, number>,
): number {
  const { path, file, ownMacs } = capture;
  const source = openCapture(path, { file });
  const frame = new Frame();
  const packet = new Packet(registry);
  let base = zero;
  let seen = 0;
  try {
    do {
      while (seen < limit && source.next(frame)) {
        seen++;
        if (!frame.hasTime) continue;
        if (!starts.has(capture)) starts.set(capture, frame.seconds);
        packet.read(frame, ownMacs);
        // The fragments of a packet are not told apart.
        if (packet.family === 0 || packet.fragmented || isForMany(packet)) continue;
        if (Number.isNaN(base)) base = frame.seconds;
        const { direction } = packet;
        // What merely passes by may be seen before or after.
        if (direction === DIRECTION.other) continue;
        const timeNs = (frame.seconds - base) * 1e9 + frame.nanoseconds;
        // Within a tunnel the outer header counts the hops.
        const ttl = packet.outerTtl();
        const key = mix(keyOf(packet));
        const isOut = direction === DIRECTION.out;
        point.see(key, timeNs, ttl, isOut);
        // By itself on each link as well: in a loop the packet comes before and after.
        point.see(mix(key + ttl + 1), timeNs, ttl, isOut);
      }
    } while (seen < limit && source.fill() === true);
  } finally {
    source.close();
  }
  return base;
}

/** Multicast and broadcast: hosts send the same report on each of their links, and so do their neighbours (RFC 3810 section 5.2.13). */
const isForMany = ({ address: a, family }: Packet): boolean =>
  family === 6 ? a[4] >>> 24 === 0xff : a[7] >>> 28 === 0xe || a[7] === 0xffff_ffff;

/** What all copies of a packet share. Without an identification the pings of two hosts look alike but for their addresses. */
function keyOf(packet: Packet): number {
  const { address: a } = packet;
  const ends = packet.ipId !== 0 ? 0 : Math.imul(a[2] ^ a[3], 0x9e3779b1) + Math.imul(a[6] ^ a[7], 0x85ebca6b);
  return packet.fingerprint ^ ends ^ (packet.levels > 1 ? TUNNELLED : 0);
}

/** How far the clock of `b` is ahead of `a`'s, and how well that is known, both in nanoseconds. */
interface Estimate {
  readonly a: number;
  readonly b: number;
  readonly aheadNs: number;
  readonly doubtNs: number;
}

/** What the packets say that two points have in common, in nanoseconds: from the clock of `a` to the one of `b`. */
class Differences {
  private readonly towardsB: number[] = [];
  private readonly towardsA: number[] = [];
  private readonly either: number[] = [];

  constructor(
    private readonly a: number,
    private readonly b: number,
  ) {}

  add(atA: Known, atB: Known): void {
    // A larger TTL is earlier; on one link, out is before in.
    const aFirst = atA.endTtl > atB.startTtl || (atA.endTtl === atB.startTtl && atA.endOut && !atB.startOut);
    const bFirst = atB.endTtl > atA.startTtl || (atB.endTtl === atA.startTtl && atB.endOut && !atA.startOut);
    if (aFirst && !bFirst) this.towardsB.push(atB.startNs - atA.endNs);
    else if (bFirst && !aFirst) this.towardsA.push(atB.endNs - atA.startNs);
    else this.either.push(atB.startNs - atA.startNs);
  }

  /** Null without enough packets. */
  get estimate(): Estimate | null {
    const { a, b, towardsB, towardsA, either } = this;
    if (towardsB.length + towardsA.length < ENOUGH) {
      // Two captures of one link that tell no directions: the way there is short.
      if (either.length < ENOUGH) return null;
      const aheadNs = densest(either);
      return { a, b, aheadNs: Math.abs(aheadNs) < LONG_NS ? 0 : aheadNs, doubtNs: LONG_NS };
    }
    const middle = densest([...towardsB, ...towardsA]);
    const near = (ns: number) => Math.abs(ns - middle) <= TOGETHER_NS;
    const most = Math.min(...towardsB.filter(near));
    const least = Math.max(...towardsA.filter(near));
    if (most === Number.POSITIVE_INFINITY && least === Number.NEGATIVE_INFINITY) return null;
    // Bounds that contradict each other are noise (a clock that drifts, a copy that was none): no difference is likeliest there too.
    const isSame = Math.min(least, most) <= 0 && Math.max(least, most) >= 0;
    if (Number.isFinite(most) && Number.isFinite(least))
      return { a, b, aheadNs: isSame ? 0 : Math.round((most + least) / 2), doubtNs: Math.abs(most - least) };
    const known = Number.isFinite(most) ? most : least;
    return { a, b, aheadNs: isSame && Math.abs(known) < LONG_NS ? 0 : known, doubtNs: LONG_NS };
  }
}

/** A packet at one point. */
interface Sight {
  readonly point: number;
  readonly known: Known;
}

/** Of each two points that have packets in common. */
function estimates(all: readonly Point[]): Estimate[] {
  const sights = new Map<number, Sight[]>();
  for (const [point, { packets }] of all.entries())
    for (const [place, known] of packets) {
      if (Number.isNaN(known.startNs)) continue;
      const before = sights.get(place);
      if (before === undefined) sights.set(place, [{ point, known }]);
      else before.push({ point, known });
    }
  const pairs = new Map<number, Differences>();
  for (const one of sights.values()) {
    if (one.length > NEIGHBOURS) one.sort(alongPath);
    for (let i = 0; i < one.length; i++)
      for (let k = i + 1; k < one.length && k - i < NEIGHBOURS; k++) {
        const [a, b] = one[i].point < one[k].point ? [one[i], one[k]] : [one[k], one[i]];
        const number = a.point * all.length + b.point;
        let pair = pairs.get(number);
        if (pair === undefined) {
          pair = new Differences(a.point, b.point);
          pairs.set(number, pair);
        }
        pair.add(a.known, b.known);
      }
  }
  // In the order of the points: among estimates that are equally good the first one counts.
  return [...pairs].sort(([x], [y]) => x - y).flatMap(([, pair]) => pair.estimate ?? []);
}

const alongPath = ({ known: x }: Sight, { known: y }: Sight): number =>
  y.startTtl - x.startTtl || Number(y.startOut) - Number(x.startOut) || x.startNs - y.startNs;

/** The middle of the window that holds most of the values. */
function densest(values: number[]): number {
  const sorted = values.sort((x, y) => x - y);
  let best = 0;
  let from = 0;
  let most = 0;
  for (let to = 0; to < sorted.length; to++) {
    while (sorted[to] - sorted[from] > TOGETHER_NS) from++;
    if (to - from + 1 > most) {
      most = to - from + 1;
      best = (sorted[to] + sorted[from]) / 2;
    }
  }
  return best;
}

/** Offsets of all points from the first one, along the pairs that are known best; null for a point without any. */
function tree(size: number, pairs: Estimate[]): (number | null)[] {
  const ahead = new Array<number | null>(size).fill(null);
  ahead[0] = 0;
  pairs.sort((x, y) => x.doubtNs - y.doubtNs);
  for (;;) {
    const next = pairs.find(({ a, b }) => (ahead[a] === null) !== (ahead[b] === null));
    if (next === undefined) return ahead;
    const { a, b, aheadNs } = next;
    if (ahead[a] !== null) ahead[b] = ahead[a] + aheadNs;
    else ahead[a] = (ahead[b] as number) - aheadNs;
  }
}
