import * as z from 'zod';
import { duration } from '../../bytes/units.js';
import { type Mark, mark } from '../../flows/mark.js';
import type { Tracker } from '../../flows/tracker.js';
import type { EvidenceDraft } from '../../rules/rule.js';
import { doubt } from '../doubt.js';
import { asEvidence } from '../evidence.js';
import { type Judge, subject } from '../key.js';
import { many } from '../outcome.js';
import type { Builder } from '../plan.js';
import { filter } from '../shapes.js';
import { inBounds, nanoseconds } from '../units.js';
import { wantedCount } from '../wanted-count.js';
import { exceptOf } from './except.js';
import per from './per.js';
import within from './within.js';

export default subject({
  key: 'sequence',
  shape: z.array(filter).min(2, 'a sequence has two steps at least; for one write where:').max(64),
  beside: [],
  usage: '`sequence: [FILTER, ...]`',
  means: 'the steps follow in each conversation that has the first',
  about: 'other',
  judge: sequence,
});

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

function sequence(steps: readonly string[], b: Builder): Judge {
  const whole = b.get(per) === 'capture';
  const runs = new Map<number, Progress>();
  let loose = 0;
  let missed = 0;
  const except = exceptOf(b);
  steps.forEach((text, i) => {
    const chosen = b.part(['sequence', i], () => b.plan.filter(text));
    if (chosen === null) return;
    b.watch(chosen, except, (t) => {
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
  const count = wantedCount(b);
  const time = b.get(within);
  const limit = time === undefined ? null : nanoseconds(time);
  const expected = `${steps.join(', then ')}${limit === null ? '' : ` within ${time}`}${whole ? '' : ', in each conversation that begins so'}`;
  return (facts) => {
    const all = [...runs.values()];
    const complete = all.filter((run) => run.done);
    const slow = limit === null ? [] : complete.filter((run) => spanOf(run) > limit);
    const open = all.filter((run) => !run.done);
    const base = { expected, covers: () => runs, count: all.length, evidence: [] as EvidenceDraft[], about: [] as number[] };
    // A run that ends with the capture may have gone on.
    const due = open.filter((run) => facts.doubts.untilNs - run.marks[run.marks.length - 1].timeNs > (limit ?? STEP_WITHIN_NS));
    const [bad] = [...due, ...slow];
    if (bad !== undefined) {
      const why = bad.done ? null : doubt(facts, b.sources);
      return {
        ...base,
        verdict: why === null ? 'fail' : 'inconclusive',
        seen: `${
          bad.done
            ? `it took ${duration(spanOf(bad))}`
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
      const why = complete.length < count.least ? doubt(facts, b.sources) : null;
      return {
        ...base,
        verdict: why === null ? 'fail' : 'inconclusive',
        seen: `${complete.length === 0 ? `no frame of ${steps[0]}` : many(complete.length, 'such run')}${hint}${why === null ? '' : `; ${why}`}`,
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
