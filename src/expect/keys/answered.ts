import { duration } from '../../bytes/units.js';
import { PROTO } from '../../flows/packet.js';
import { blindness } from '../doubt.js';
import { journeys } from '../journey.js';
import { type Hold, key } from '../key.js';
import type { Builder } from '../plan.js';
import { yesOrNo } from '../shapes.js';
import { nanoseconds } from '../units.js';
import within from './within.js';

/** An answer may be under way for so long when the capture ends, where the expectation names no time. */
const ANSWER_WITHIN_NS = 1e9;

export default key({
  key: 'answered',
  shape: yesOrNo,
  beside: ['flow', 'nat'],
  means: '`true` or `false`; `within: 1s` beside it for the time',
  hold: (want, b) => ({ text: want ? 'answered' : 'not answered', conversation: answerTest(b, want) }),
});

function answerTest(b: Builder, want: boolean): Hold['conversation'] {
  const time = b.get(within);
  const limit = time === undefined ? null : nanoseconds(time);
  return (facts, c) => {
    const t = facts.tracker.conversations;
    const asked = facts.firstMark(c, 0);
    const back = t.packets[c * 2 + 1] > 0;
    if (t.packets[c * 2] === 0)
      return { c, said: 'only answers were seen, no question', evidence: [{ mark: facts.firstMark(c, 1) }], open: want };
    const evidence = [...(journeys(facts, c, 0, b.sources)[0]?.evidence ?? [{ mark: asked }])];
    if (!want) {
      if (back) return { c, said: 'answered', evidence: [...evidence, { mark: facts.firstMark(c, 1) }] };
      const due = facts.nowNs - t.lastNs[c * 2] < (limit ?? ANSWER_WITHIN_NS);
      const why = due ? 'the capture ends before the answer was due' : blindness(facts, b.sources);
      return why === null ? null : { c, said: `no answer, but ${why}`, evidence, open: true };
    }
    if (!back || (facts.delivered(c, 0) === false && t.proto[c] === PROTO.tcp)) {
      const open = facts.nowNs - asked.timeNs < (limit ?? ANSWER_WITHIN_NS);
      return { c, said: open ? 'the capture ends before the answer was due' : 'no answer', evidence, open, absence: true };
    }
    const took = t.firstNs[c * 2 + 1] - t.firstNs[c * 2];
    return limit !== null && took > limit
      ? { c, said: `answered after ${duration(took)}`, evidence: [...evidence, { mark: facts.firstMark(c, 1) }] }
      : null;
  };
}
