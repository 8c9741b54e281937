import { duration } from '../../bytes/units.js';
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
  return (facts, conversation) => {
    const asked = conversation.request.first;
    const back = conversation.reply.packets > 0;
    if (conversation.request.packets === 0)
      return {
        conversation,
        said: 'only answers were seen, no question',
        evidence: [{ mark: conversation.reply.first }],
        open: want,
      };
    const evidence = [...(journeys(facts, conversation.request, b.sources)[0]?.evidence ?? [{ mark: asked }])];
    if (!want) {
      if (back) return { conversation, said: 'answered', evidence: [...evidence, { mark: conversation.reply.first }] };
      const due = facts.nowNs - conversation.request.lastNs < (limit ?? ANSWER_WITHIN_NS);
      const why = due ? 'the capture ends before the answer was due' : blindness(facts, b.sources);
      return why === null ? null : { conversation, said: `no answer, but ${why}`, evidence, open: true };
    }
    if (!back || (facts.delivery.of(conversation.request) === false && conversation.isTcp)) {
      const open = facts.nowNs - asked.timeNs < (limit ?? ANSWER_WITHIN_NS);
      return {
        conversation,
        said: open ? 'the capture ends before the answer was due' : 'no answer',
        evidence,
        open,
        absence: true,
      };
    }
    const took = conversation.reply.firstNs - conversation.request.firstNs;
    return limit !== null && took > limit
      ? { conversation, said: `answered after ${duration(took)}`, evidence: [...evidence, { mark: conversation.reply.first }] }
      : null;
  };
}
