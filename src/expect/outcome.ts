// What became of an expectation, before it is a finding.
import type { Evidence, Finding } from '../rules/finding.js';
import type { EvidenceDraft } from '../rules/rule.js';
import type { WantedPath } from './fault.js';
import type { Uids } from './uid-set.js';
import { type Bounds, showBounds } from './units.js';

export type Verdict = 'pass' | 'fail' | 'inconclusive' | 'skipped';

export interface Outcome {
  readonly verdict: Verdict;
  /** What was expected, and what was seen instead (or as expected), each a clause. */
  readonly expected: string;
  readonly seen: string;
  readonly evidence: readonly EvidenceDraft[];
  /** Frames or conversations it was held against. */
  readonly count: number;
  /** Uids of the conversations that failed: what explains them explains this. */
  readonly about: readonly number[];
  /** The path that the first of them did not take. */
  readonly wanted?: WantedPath;
  /** Of which conversations it speaks, by uid: worked out where it is asked for. */
  readonly covers?: () => Uids;
  /** Of what is itself a rule's finding: that finding, and its evidence, which is already in its final form. */
  readonly cause?: Finding | null;
  readonly found?: readonly Evidence[];
}

/** `3 frames`, `1 conversation`. */
export const many = (n: number, what: string): string => `${n} ${what}${n === 1 ? '' : 's'}`;

/** What is asked for in number; nothing where one is enough. */
export function showCount(bounds: Bounds, what: string): string {
  if (bounds.least <= 1 && bounds.most === Number.POSITIVE_INFINITY) return '';
  return `${showBounds(bounds)} ${what}${bounds.least === 1 && bounds.most === 1 ? '' : 's'}`;
}

/** The first few of a list, and how many more there are. */
export function some(list: readonly string[], shown = 3): string {
  const rest = list.length - shown;
  return rest > 0 ? `${list.slice(0, shown).join('; ')}; and ${rest} more` : list.join('; ');
}
