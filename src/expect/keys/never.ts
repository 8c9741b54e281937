import { doubt, framesAt } from '../doubt.js';
import { evidenceOf, uidsOf } from '../evidence.js';
import { Frames } from '../frames.js';
import { type Judge, subject } from '../key.js';
import { many } from '../outcome.js';
import type { Builder } from '../plan.js';
import { filter } from '../shapes.js';
import { exceptOf } from './except.js';
import witness from './witness.js';

export default subject({
  key: 'never',
  shape: filter,
  beside: [],
  usage: '`never: FILTER`',
  means: 'no such frame; and there is one of its `witness`',
  about: 'other',
  early: true,
  judge: never,
});

function never(text: string, b: Builder): Judge {
  const frames = new Frames(b.plan.uids());
  const except = exceptOf(b);
  const chosen = b.part(['never'], () => b.plan.filter(text));
  if (chosen !== null) b.watch(chosen, except, (t) => frames.take(t));
  const shown = b.get(witness);
  const could = shown === undefined ? null : b.part(['witness'], () => b.plan.filter(shown));
  const seen = could === null ? null : b.tally(could);
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
    const why = doubt(facts, b.sources);
    if (witnesses === 0)
      return {
        ...common,
        verdict: why === null ? 'fail' : 'inconclusive',
        seen: `no frame of ${shown ?? 'any kind'} either: ${why ?? 'the capture could not have shown it'}`,
      };
    if (why !== null) return { ...common, verdict: 'inconclusive', seen: `none, but ${why}` };
    return { ...common, verdict: 'pass', seen: `none among ${many(witnesses, 'frame')}`, count: witnesses };
  };
}
