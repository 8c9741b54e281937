// From one expectation to its judge: what it is about, the points and the time that count, and what else is asked.
import { type Path, type Place, suggest } from '../topology/document.js';
import { type Expectation, given, type Judge, type Subject, type Tell } from './key.js';
import at from './keys/at.js';
import { keys } from './keys/index.js';
import when from './keys/when.js';
import type { Outcome } from './outcome.js';
import { Builder, type Plan } from './plan.js';
import { BESIDE, KINDS, SUBJECTS } from './schema.js';
import { windowOf } from './when-window.js';

/** What an expectation is about; tells keys that do not go together, and those that cannot decide anything. */
export function subjectOf(spec: Expectation, tell: Tell): Subject | null {
  const [subject, other] = SUBJECTS.filter(
    ({ key, unless }) => spec[key] !== undefined && (unless === undefined || spec[unless] === undefined),
  );
  if (subject === undefined) return null;
  const kind = subject.key;
  if (other !== undefined) tell(other.key, `${kind} and ${other.key} are two expectations; write them one below the other`);
  const allowed = BESIDE[kind];
  for (const key of Object.keys(spec))
    if (key !== kind && !allowed.includes(key) && !KINDS.includes(key))
      tell(key, `'${key}' says nothing beside ${kind}; ${suggest(key, allowed)}`);
  for (const one of keys) {
    const value = given(spec, one);
    if (value !== undefined && (one.key === kind || allowed.includes(one.key))) one.check?.(value, spec, tell);
  }
  return subject;
}

/** `points`: where the captures of the run were taken, by their number. */
export function judgeOf(
  plan: Plan,
  points: readonly string[],
  subject: Subject,
  spec: Expectation,
  placeOf: (path: Path) => Place,
): Judge {
  const own = given(spec, at);
  const sources = own === undefined ? () => true : (source: number) => [own].flat().includes(points[source]);
  const beside = keys.filter(({ key }) => key !== subject.key && BESIDE[subject.key].includes(key));
  const held = subject.hold === undefined ? beside : keys.filter((one) => one === subject || beside.includes(one));
  const during = given(spec, when);
  const window = during === undefined ? null : windowOf(during, plan);
  const member = (inner: Expectation, path: Path): Judge => {
    const about = subjectOf(inner, () => {}) as Subject;
    return judgeOf(plan, points, about, inner, (rest) => placeOf([...path, ...rest]));
  };
  const b = new Builder(
    plan,
    spec,
    placeOf,
    sources,
    own === undefined,
    subject.about,
    held,
    member,
    window === null ? null : (timeNs) => timeNs >= window.fromNs() && timeNs <= window.toNs(),
  );
  const judge = subject.judge(spec[subject.key], b);
  if (window === null) return judge;
  const limits = LIMITS.some((key) => spec[key] !== undefined);
  return (facts, assess) => {
    const outcome = judge(facts, assess);
    return unseen(outcome, limits, window.unwatched(facts, sources));
  };
}

/** Keys with which less is better: what was not captured could be too much. */
const LIMITS = ['never', 'atMost', 'count', 'dropped', 'bytes', 'rate'];

/** The outcome where a part of the time that is asked about was not captured, for this reason. */
function unseen(outcome: Outcome, limits: boolean, why: string | null): Outcome {
  if (why === null || outcome.verdict === 'inconclusive') return outcome;
  const isOpen = outcome.verdict === 'pass' ? limits : outcome.evidence.length === 0;
  return isOpen ? { ...outcome, verdict: 'inconclusive', seen: `${outcome.seen}; ${why}` } : outcome;
}
