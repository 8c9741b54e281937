// `where`, `never` and `sequence`: what is expected of frames.

import type { Facts } from '../facts/facts.js';
import { type Mark, mark } from '../flows/mark.js';
import type { Tracker } from '../flows/tracker.js';
import type { EvidenceDraft } from '../rules/rule.js';
import type { Tally } from './filters.js';
import { type Chosen, Frames, InnerTtls, MAX_COMPARED, showMtu, showTtl, showTunnel, tunnelTest } from './frames.js';
import { journeyOf } from './journey.js';
import { many, type Outcome, showCount, some } from './outcome.js';
import { type Builder, mtuOf, ttlOf } from './plan.js';
import { type Bounds, inBounds, nanoseconds, parseBounds, parseSeconds, showBounds, showNs } from './units.js';

/** Holds an expectation against what was seen. */
export type Judge = (facts: Facts) => Outcome;

/** How many there must be: at least one when nothing is said, so that nothing passes for want of packets. */
export function wantedCount(spec: Builder['spec']): Bounds {
  const bounds = spec.count === undefined ? null : parseBounds(spec.count);
  return {
    least: spec.atLeast ?? bounds?.least ?? (spec.atMost === undefined ? 1 : 0),
    most: spec.atMost ?? bounds?.most ?? Number.POSITIVE_INFINITY,
  };
}

const evidenceOf = (facts: Facts, frames: readonly Chosen[]): EvidenceDraft[] =>
  frames.length === 0 ? [] : [...journeyOf(facts, frames[0]), ...frames.slice(1).map(({ mark }) => ({ mark }))];

const uidsOf = (frames: readonly Chosen[]): number[] => [...new Set(frames.map((f) => f.uid).filter((uid) => uid >= 0))];

/** Frames may be missing from what was captured at these points. */
export function doubt(facts: Facts, sources: (source: number) => boolean): string | null {
  for (const { what, count } of facts.tracker.givenUp()) return `${count} ${what} had to be given up to stay within memory`;
  for (const [source, { point, dropped, broken }] of facts.captures.entries()) {
    if (!sources(source)) continue;
    if (facts.lossy(source)) return `the capture at ${point} lost ${dropped} frames`;
    if (broken) return `the capture at ${point} could not be read to its end`;
    const cut = facts.tracker.sources[source].headersCut;
    if (cut > 0) return `the capture at ${point} has ${many(cut, 'frame')} whose headers are cut by the snapshot length`;
  }
  return null;
}

/** Frames captured at these points. */
export const framesAt = (facts: Facts, sources: (source: number) => boolean): number =>
  facts.tracker.sources.reduce((sum, state, source) => sum + (sources(source) ? state.frames : 0), 0);

/** As `doubt`, for what a capture filter may hide too: the packets back. */
export function blindness(facts: Facts, sources: (source: number) => boolean): string | null {
  for (const source of facts.captures.keys()) {
    const filter = sources(source) ? facts.halfFilter(source) : null;
    if (filter !== null) return `the capture filter '${filter}' hides one half`;
  }
  return doubt(facts, sources);
}

/** More may have been there than was captured: why a limit that holds is not sure to hold. */
export const unsure = (facts: Facts, { most }: Bounds, sources: (source: number) => boolean): string | null =>
  most === Number.POSITIVE_INFINITY ? null : doubt(facts, sources);

export function where(b: Builder): Judge {
  const { spec } = b;
  const text = spec.where as string;
  const tests = b.frameTests();
  const tunnel = spec.tunnel === undefined ? null : b.tunnel(spec.tunnel);
  if (tunnel !== null) tests.push(tunnelTest(tunnel));
  const frames = new Frames(b.plan.uids(), tests);
  const ttls = ttlOf(spec)?.unchanged === true ? new InnerTtls() : null;
  const sides = b.sides();
  const except = b.except();
  const filter = b.part(['where'], () => b.plan.filter(text));
  if (filter !== null)
    b.watch(filter, except, (t) => {
      frames.take(t);
      ttls?.take(t);
      for (const one of sides) one.sides.take(t);
    });
  const [before, after] = [moment(b, 'before'), moment(b, 'after')];
  const count = wantedCount(spec);
  const wanted = [
    `${showCount(count, 'frame') || 'frames'} of ${text}`,
    tunnel === null ? '' : showTunnel(tunnel),
    ...shownTests(b),
  ];
  if (before !== null) wanted.push(`before ${before.text}`);
  if (after !== null) wanted.push(`after ${after.text}`);
  if (spec.within !== undefined) wanted.push(`within ${spec.within}`);
  const expected = wanted.filter(Boolean).join(', ');

  return (facts) => {
    const fail = (seen: string, evidence: readonly EvidenceDraft[], about: readonly number[] = []): Outcome => ({
      verdict: 'fail',
      expected,
      seen,
      evidence,
      count: frames.count,
      about,
      covers: frames.uids,
    });
    const missing = frames.count < count.least ? doubt(facts, b.sources) : null;
    if (missing !== null)
      return { ...fail(`${many(frames.count, 'frame')}; ${missing}`, evidenceOf(facts, frames.first)), verdict: 'inconclusive' };
    if (!inBounds(frames.count, count))
      return fail(frames.count === 0 ? 'no such frame' : many(frames.count, 'frame'), evidenceOf(facts, frames.first));
    if (frames.wrong > 0) {
      const reasons = [...frames.reasons].map(([reason, n]) => `${reason} (${many(n, 'frame')})`);
      return fail(some(reasons), evidenceOf(facts, frames.firstWrong), uidsOf(frames.firstWrong));
    }
    if (tests.length > 0 && frames.count > 0 && frames.concerned === 0)
      return fail(`${many(frames.count, 'frame')}, none of them one that this speaks of`, evidenceOf(facts, frames.first));
    const compared = compare(ttls, sides);
    if (compared !== null) {
      const why = compared.absence ? doubt(facts, b.sources) : null;
      const failed = fail(
        why === null ? compared.seen : `${compared.seen}; ${why}`,
        compared.marks.map(asEvidence),
        compared.about,
      );
      return why === null ? failed : { ...failed, verdict: 'inconclusive' };
    }
    if (ttls?.isFull || sides.some((one) => one.sides.isFull))
      return { ...fail(TOO_MANY, evidenceOf(facts, frames.first)), verdict: 'inconclusive' };
    const late = frames.count === 0 ? null : timing(frames, before, after, spec.within);
    if (late !== null) return fail(late, evidenceOf(facts, frames.first));
    const why = unsure(facts, count, b.sources);
    return {
      verdict: why === null ? 'pass' : 'inconclusive',
      expected,
      seen: `${many(frames.count, 'frame')}${why === null ? '' : `, but ${why}`}`,
      evidence: frames.first.slice(0, 1),
      count: frames.count,
      about: [],
      covers: frames.uids,
    };
  };
}

export const asEvidence = (mark: Mark): EvidenceDraft => ({ mark });

/** What the tests of frames ask, for people. */
export function shownTests(b: Builder): string[] {
  const { spec } = b;
  const [mtu, ttl] = [mtuOf(spec), ttlOf(spec)];
  const size = spec.size === undefined ? null : parseBounds(spec.size);
  const shown = [
    size === null ? '' : `frames of ${showBounds(size)} bytes`,
    mtu === null ? '' : showMtu(mtu.outer, mtu.inner),
    ttl === null ? '' : showTtl(ttl.outer, ttl.inner),
    ttl?.unchanged ? 'an inner ttl that stays the same in the tunnel' : '',
  ];
  for (const want of ['same', 'different'] as const) {
    const comparison = spec[want];
    if (comparison !== undefined) shown.push(`${comparison.field} ${want} at ${comparison.between.join(' and ')}`);
  }
  return shown.filter(Boolean);
}

/** What is compared is bounded. */
export const TOO_MANY = `the first ${MAX_COMPARED} conversations hold; there are more than are compared`;

interface Compared {
  readonly seen: string;
  readonly marks: readonly Mark[];
  readonly about: number[];
  /** It rests on frames that were not seen. */
  readonly absence: boolean;
}

/** What differs that should not, or the other way round; null when all is well. Nothing on both sides is not well. */
export function compare(ttls: InnerTtls | null, sides: ReturnType<Builder['sides']>): Compared | null {
  if (ttls !== null) {
    const [first] = ttls.changed();
    if (first !== undefined) return { seen: first.said, marks: first.marks, about: [first.uid], absence: false };
    if (ttls.count === 0) return { seen: 'no packet in a tunnel', marks: [], about: [], absence: true };
  }
  for (const { sides: one, want } of sides) {
    const { both, wrong } = one.compare(want);
    if (wrong.length > 0)
      return {
        seen: some(
          wrong.map((w) => w.said),
          2,
        ),
        marks: wrong[0].marks,
        about: wrong.map((w) => w.uid),
        // A value that one side lacks may stand in a frame that was lost.
        absence: want === 'same',
      };
    if (both === 0)
      return {
        seen: `no conversation was seen with ${one.field} at ${one.between.join(' and at ')}`,
        marks: [],
        about: [],
        absence: true,
      };
  }
  return null;
}

interface Moment {
  readonly text: string;
  /** Nanoseconds since the start, when it is a time. */
  readonly ns: number | null;
  readonly frames: (() => Tally) | null;
}

function moment(b: Builder, key: 'before' | 'after'): Moment | null {
  const value = b.spec[key];
  if (value === undefined) return null;
  const seconds = parseSeconds(value);
  if (seconds !== null) return { text: String(value), ns: nanoseconds(value), frames: null };
  const filter = b.part([key], () => b.plan.filter(String(value)));
  return { text: String(value), ns: null, frames: filter === null ? null : b.tally(filter) };
}

/** What is wrong with the times of the frames, or null. */
function timing(frames: Frames, before: Moment | null, after: Moment | null, within: string | number | undefined): string | null {
  const [mark, limit] = [after?.frames?.(), before?.frames?.()];
  if (limit?.count === 0) return `nothing to be before: no frame of ${before?.text}`;
  if (mark?.count === 0) return `nothing to be after: no frame of ${after?.text}`;
  const [start, end] = [after?.ns ?? mark?.firstNs ?? null, before?.ns ?? limit?.firstNs ?? null];
  if (start !== null && frames.firstNs < start) return `the first frame came ${showNs(start - frames.firstNs)} before it`;
  if (end !== null && frames.lastNs > end) return `the last frame came ${showNs(frames.lastNs - end)} after it`;
  if (within === undefined) return null;
  const most = nanoseconds(within);
  if (end !== null && start === null)
    return end - frames.lastNs > most ? `the last frame came ${showNs(end - frames.lastNs)} before it` : null;
  const late = frames.firstNs - (start ?? 0);
  return late > most ? `the first frame came after ${showNs(late)}` : null;
}

export function never(b: Builder): Judge {
  const { spec } = b;
  const text = spec.never as string;
  const frames = new Frames(b.plan.uids());
  const except = b.except();
  const filter = b.part(['never'], () => b.plan.filter(text));
  if (filter !== null) b.watch(filter, except, (t) => frames.take(t));
  const witness = spec.witness === undefined ? null : b.part(['witness'], () => b.plan.filter(spec.witness as string));
  const seen = witness === null ? null : b.tally(witness);
  const expected = `no frame of ${text}`;
  return (facts) => {
    const common = { expected, count: frames.count, evidence: [], about: [] };
    if (frames.count > 0)
      return {
        ...common,
        verdict: 'fail',
        seen: many(frames.count, 'frame'),
        evidence: evidenceOf(facts, frames.first),
        about: uidsOf(frames.first),
      };
    // Without a witness any frame of the points will do.
    const witnesses = seen === null ? framesAt(facts, b.sources) : seen().count;
    if (witnesses === 0)
      return {
        ...common,
        verdict: 'fail',
        seen: `no frame of ${spec.witness ?? 'any kind'} either: the capture could not have shown it`,
      };
    const why = doubt(facts, b.sources);
    if (why !== null) return { ...common, verdict: 'inconclusive', seen: `none, but ${why}` };
    return { ...common, verdict: 'pass', seen: `none among ${many(witnesses, 'frame')}`, count: witnesses };
  };
}

/** How far one conversation has come. */
interface Progress {
  readonly uid: number;
  readonly marks: Mark[];
  done: boolean;
}

/** Conversations whose order is followed. */
const MAX_FOLLOWED = 200_000;
/** The next step may be on its way when the capture ends. */
const STEP_WITHIN_NS = 1e9;

export function sequence(b: Builder): Judge {
  const { spec } = b;
  const steps = spec.sequence as string[];
  const whole = spec.per === 'capture';
  const runs = new Map<number, Progress>();
  let loose = 0;
  let missed = 0;
  const except = b.except();
  steps.forEach((text, i) => {
    const filter = b.part(['sequence', i], () => b.plan.filter(text));
    if (filter === null) return;
    b.watch(filter, except, (t) => {
      if (!whole && t.conversation < 0) {
        loose++;
        return;
      }
      const uid = whole ? -1 : t.conversations.uid[t.conversation];
      const run = runs.get(uid);
      if (run === undefined) {
        if (i !== 0) return;
        if (runs.size < MAX_FOLLOWED) runs.set(uid, { uid, marks: [mark(t.packet)], done: false });
        else missed++;
      } else if (!run.done && run.marks.length === i && !isLast(run, t)) {
        run.marks.push(mark(t.packet));
        run.done = run.marks.length === steps.length;
      }
    });
  });
  const count = wantedCount(spec);
  const limit = spec.within === undefined ? null : nanoseconds(spec.within);
  const expected = `${steps.join(', then ')}${limit === null ? '' : ` within ${spec.within}`}${whole ? '' : ', in each conversation that begins so'}`;
  return (facts) => {
    const all = [...runs.values()];
    const complete = all.filter((run) => run.done);
    const slow = limit === null ? [] : complete.filter((run) => spanOf(run) > limit);
    const open = all.filter((run) => !run.done);
    const covers = new Set(runs.keys());
    const base = { expected, covers, count: all.length, evidence: [] as EvidenceDraft[], about: [] as number[] };
    // A run that ends with the capture may have gone on.
    const due = open.filter((run) => facts.nowNs - run.marks[run.marks.length - 1].timeNs > (limit ?? STEP_WITHIN_NS));
    const [bad] = [...due, ...slow];
    if (bad !== undefined) {
      const why = bad.done ? null : doubt(facts, b.sources);
      return {
        ...base,
        verdict: why === null ? 'fail' : 'inconclusive',
        seen: `${
          bad.done
            ? `it took ${showNs(spanOf(bad))}`
            : `${steps.slice(0, bad.marks.length).join(', then ')}, and never ${steps[bad.marks.length]} behind it`
        } (${due.length + slow.length} of ${all.length})${why === null ? '' : `; ${why}`}`,
        evidence: bad.marks.map(asEvidence),
        about: [...due, ...slow].map((run) => run.uid).filter((uid) => uid >= 0),
      };
    }
    if (open.length > 0)
      return {
        ...base,
        verdict: 'inconclusive',
        seen: `the capture ends before ${steps[open[0].marks.length]} was due (${open.length} of ${all.length})`,
        evidence: open[0].marks.map(asEvidence),
      };
    if (!inBounds(complete.length, count)) {
      const hint = loose > 0 ? '; these frames belong to no conversation: write per: capture' : '';
      const why = doubt(facts, b.sources);
      return {
        ...base,
        verdict: why !== null && complete.length < count.least ? 'inconclusive' : 'fail',
        seen: `${complete.length === 0 ? `no frame of ${steps[0]}` : many(complete.length, 'such run')}${hint}`,
      };
    }
    if (missed > 0)
      return { ...base, verdict: 'inconclusive', seen: `the first ${MAX_FOLLOWED} hold; there are more than are followed` };
    return {
      ...base,
      verdict: 'pass',
      seen: many(complete.length, whole ? 'run' : 'conversation'),
      evidence: (complete[0]?.marks ?? []).map(asEvidence),
    };
  };
}

/** One frame takes one step, also where the filters of two match it. */
function isLast({ marks }: Progress, { packet }: Tracker): boolean {
  const last = marks[marks.length - 1];
  return last.frame === packet.frame.number && last.capture === packet.capture;
}

const spanOf = ({ marks }: Progress): number => marks[marks.length - 1].timeNs - marks[0].timeNs;
