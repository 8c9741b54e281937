// What must never be seen, and what shows that it could have been: `never` and `encrypted`.
import type { Path } from '../topology/document.js';
import { doubt, framesAt } from './doubt.js';
import { evidenceOf, uidsOf } from './evidence.js';
import { Frames } from './frames.js';
import type { Judge } from './key.js';
import { exceptOf } from './keys/except.js';
import { many } from './outcome.js';
import type { Builder } from './plan.js';
import { shorter } from './windows.js';

export interface Forbidden {
  /** Where it is written. */
  readonly path: Path;
  readonly filter: string;
  /** A filter; without one, any frame of the points will do. */
  readonly witness?: string | undefined;
  readonly expected: string;
  /** Said where there is no witness. */
  readonly lacking: string;
}

export function neverSeen(b: Builder, { path, filter, witness, expected, lacking }: Forbidden): Judge {
  const frames = new Frames(b.plan.uids());
  const except = exceptOf(b);
  const chosen = b.part(path, () => b.plan.filter(filter));
  if (chosen !== null) b.watch(chosen, except, (t) => frames.take(t));
  const could = witness === undefined ? null : b.part(path[0] === 'never' ? ['witness'] : path, () => b.plan.filter(witness));
  const seen = could === null ? null : b.tally(could);
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
    const witnesses = seen === null ? framesAt(facts, b.sources) : seen().count;
    const why = doubt(facts, b.sources);
    if (witnesses === 0) {
      const open = why ?? shorter(facts, b.sources);
      return {
        ...common,
        verdict: open === null ? 'fail' : 'inconclusive',
        seen: `${lacking}: ${open ?? 'the capture could not have shown it'}`,
      };
    }
    if (why !== null) return { ...common, verdict: 'inconclusive', seen: `none, but ${why}` };
    return { ...common, verdict: 'pass', seen: `none among ${many(witnesses, 'frame')}`, count: witnesses };
  };
}
