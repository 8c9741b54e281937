import type { EvidenceDraft } from '../../rules/rule.js';
import { doubt, unsure } from '../doubt.js';
import { asEvidence, evidenceOf, uidsOf } from '../evidence.js';
import { Frames, TOO_MANY } from '../frames.js';
import { type Judge, subject } from '../key.js';
import { many, type Outcome, showCount, some } from '../outcome.js';
import type { Builder } from '../plan.js';
import { filter } from '../shapes.js';
import { timingOf } from '../timing.js';
import { inBounds } from '../units.js';
import { wantedCount } from '../wanted-count.js';
import { exceptOf } from './except.js';

export default subject({
  key: 'where',
  shape: filter,
  beside: [],
  usage: '`where: FILTER`',
  means: 'there is such a frame',
  about: 'frames',
  judge: framesOf,
});

function framesOf(text: string, b: Builder): Judge {
  const holds = b.holds();
  const tests = holds.flatMap((hold) => hold.frame ?? []);
  const takers = holds.flatMap((hold) => hold.take ?? []);
  const frames = new Frames(b.plan.uids(), tests);
  const except = exceptOf(b);
  const chosen = b.part(['where'], () => b.plan.filter(text));
  if (chosen !== null)
    b.watch(chosen, except, (t) => {
      frames.take(t);
      for (let i = 0; i < takers.length; i++) takers[i](t);
    });
  const timing = timingOf(b);
  const count = wantedCount(b);
  const wanted = [`${showCount(count, 'frame') || 'frames'} of ${text}`, ...holds.map((hold) => hold.text), ...timing.texts];
  const expected = wanted.filter(Boolean).join(', ');

  return (facts) => {
    const fail = (seen: string, evidence: readonly EvidenceDraft[], about: readonly number[] = []): Outcome => ({
      verdict: 'fail',
      expected,
      seen,
      evidence,
      count: frames.count,
      about,
      covers: () => frames.uids,
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
    for (const hold of holds) {
      const shown = hold.whole?.(facts, []) ?? null;
      if (shown === null) continue;
      const { seen, marks, about, absence, open } = shown;
      const why = absence ? doubt(facts, b.sources) : null;
      const failed = fail(why === null ? seen : `${seen}; ${why}`, marks.map(asEvidence), about);
      return why === null && open !== true ? failed : { ...failed, verdict: 'inconclusive' };
    }
    if (holds.some((hold) => hold.isFull?.()))
      return { ...fail(TOO_MANY, evidenceOf(facts, frames.first)), verdict: 'inconclusive' };
    const late = frames.count === 0 ? null : timing.wrong(frames);
    if (late !== null) return fail(late, evidenceOf(facts, frames.first));
    const why = unsure(facts, count, b.sources);
    return {
      verdict: why === null ? 'pass' : 'inconclusive',
      expected,
      seen: `${many(frames.count, 'frame')}${why === null ? '' : `, but ${why}`}`,
      evidence: frames.first.slice(0, 1),
      count: frames.count,
      about: [],
      covers: () => frames.uids,
    };
  };
}
