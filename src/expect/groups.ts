// `anyOf` and `allOf`: expectations that are judged together, and each as if it stood alone. Their shape and what they are about is checked
// with that of the whole (read.ts).
import * as z from 'zod';
import { type Expectation, type Judge, type Subject, subject } from './key.js';
import { many, type Outcome } from './outcome.js';
import type { Builder } from './plan.js';
import { unionOf } from './uid-set.js';

/** More than these are no alternatives any more. */
const MAX_MEMBERS = 64;

/** Keys whose values are lists of expectations. */
export const GROUPS = ['anyOf', 'allOf'] as const;
/** Said of a result as a whole; a member is only a part of it. */
export const OF_THE_WHOLE = ['skip', 'each', 'some', 'for', 'share', 'knownIssue', 'retry', 'severity', 'tags'] as const;

/** Declares one of the two. `decides`: the verdict of one member that decides for all. */
export const groupKey = (declared: {
  readonly key: (typeof GROUPS)[number];
  readonly means: string;
  readonly decides: 'pass' | 'fail';
}): Subject<Expectation[]> =>
  subject({
    key: declared.key,
    shape: z
      .array(z.record(z.string(), z.unknown()))
      .min(2, 'one alone is an expectation by itself; write two at least')
      .max(MAX_MEMBERS)
      .describe('Expectations'),
    beside: [],
    usage: `\`${declared.key}: [{ ... }, { ... }]\``,
    means: declared.means,
    about: 'other',
    judge: (members, b) => judgeGroup(members, b, declared.key, declared.decides),
  });

function judgeGroup(members: readonly Expectation[], b: Builder, key: 'anyOf' | 'allOf', decides: 'pass' | 'fail'): Judge {
  const judges = members.map((spec, i) => b.member(spec, [key, i]));
  return (facts, assess) => {
    const outcomes = judges.map((judge) => judge(facts, assess));
    const first = (verdict: Outcome['verdict']) => outcomes.find((one) => one.verdict === verdict);
    const decisive = first(decides) ?? first('inconclusive') ?? outcomes[0];
    const told = decisive.verdict === decides ? [decisive] : outcomes.filter(({ verdict }) => verdict === decisive.verdict);
    const numbered = (one: Outcome, text: string) => `(${outcomes.indexOf(one) + 1}) ${text}`;
    return {
      ...decisive,
      expected: `${key === 'anyOf' ? 'one of' : 'all of'} ${outcomes.map((one) => numbered(one, one.expected)).join(', ')}`,
      seen:
        decisive.verdict === 'pass' && key === 'allOf'
          ? many(outcomes.length, 'expectation')
          : told.map((one) => numbered(one, one.seen)).join('; '),
      count: outcomes.reduce((sum, { count }) => sum + count, 0),
      covers: unionOf(outcomes.flatMap(({ covers }) => covers ?? [])),
    };
  };
}
