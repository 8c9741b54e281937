// `answered`, `refused`, `dropped`, `denied`: what became of the question of a conversation.
import { duration } from '../bytes/units.js';
import type { Answer } from '../facts/answers.js';
import type { Conversation } from '../facts/conversation.js';
import type { Facts } from '../facts/facts.js';
import type { EvidenceDraft } from '../rules/rule.js';
import { blindness } from './doubt.js';
import { journeys } from './journey.js';
import { type Expectation, type Hold, type Key, key, type Tell } from './key.js';
import within from './keys/within.js';
import { lacksAnswers } from './lost-answers.js';
import type { Builder } from './plan.js';
import { only, yesOrNo } from './shapes.js';
import { nanoseconds } from './units.js';

/** An answer may be under way for so long when the capture ends, where the expectation names no time. */
const ANSWER_WITHIN_NS = 1e9;
const KEYS = ['answered', 'refused', 'dropped', 'denied'];
const DUE = 'the capture ends before the answer was due';

/** Declares one of the four. `wanted`: what `true` asks for; `otherwise`: what `false` asks for, where it may be written. */
export const answerKey = (declared: {
  readonly key: string;
  readonly means: string;
  readonly wanted: readonly Answer[];
  readonly otherwise?: readonly Answer[];
}): Key<boolean> =>
  key({
    key: declared.key,
    shape: declared.otherwise === undefined ? only : yesOrNo,
    beside: ['flow', 'nat'],
    means: declared.means,
    check: (_, spec, tell) => checkAlone(declared.key, spec, tell),
    hold: (want, b) => ({
      text: want ? declared.key : `not ${declared.key}`,
      conversation: answerTest(b, want ? declared.wanted : (declared.otherwise ?? [])),
    }),
  });

/** One of the four keys says it all: two of them would contradict or repeat each other. */
function checkAlone(own: string, spec: Expectation, tell: Tell): void {
  const other = KEYS.find((one) => one !== own && spec[one] !== undefined);
  if (other !== undefined && KEYS.indexOf(other) < KEYS.indexOf(own))
    tell(own, `${own} beside ${other}: one of ${KEYS.join(', ')} says what became of it`);
}

/** Holds where what became of the conversation is one of `wanted`. */
function answerTest(b: Builder, wanted: readonly Answer[]): NonNullable<Hold['conversation']> {
  const time = b.get(within);
  const limit = time === undefined ? null : nanoseconds(time);
  return (facts, conversation) => {
    const { request, reply } = conversation;
    if (request.packets === 0)
      return {
        conversation,
        said: 'only answers were seen, no question',
        evidence: [{ mark: reply.first }],
        open: wanted.includes('answered'),
      };
    const answer = facts.answers.of(conversation);
    const evidence = [...(journeys(facts, request, b.sources)[0]?.evidence ?? [{ mark: request.first }])];
    if (answer === 'dropped') {
      const isDue = facts.doubts.untilNs - request.lastNs < (limit ?? ANSWER_WITHIN_NS);
      if (!wanted.includes('dropped')) {
        // What is asked again was due when it was asked first.
        const open = facts.doubts.untilNs - request.firstNs < (limit ?? ANSWER_WITHIN_NS);
        return { conversation, said: open ? DUE : 'no answer', evidence, open, absence: true };
      }
      const why = isDue ? DUE : blindness(facts, b.sources);
      return why === null ? null : { conversation, said: `no answer, but ${why}`, evidence, open: true };
    }
    const last: EvidenceDraft = { mark: facts.answers.refusal(conversation)?.mark ?? reply.first };
    if (!wanted.includes(answer))
      return {
        conversation,
        said: answer === 'answered' ? 'answered' : refusalOf(facts, conversation),
        evidence: [...evidence, last],
      };
    const lost = answer === 'answered' ? lacksAnswers(facts, conversation) : null;
    if (lost !== null) return { conversation, said: lost, evidence: [...evidence, last], absence: true };
    // Of TCP the kernel accepts, and the program answers.
    const took = Math.max(reply.firstNs - request.firstNs, conversation.isTcp ? reply.waitNs : 0);
    return answer === 'answered' && limit !== null && took > limit
      ? { conversation, said: `answered after ${duration(took)}`, evidence: [...evidence, last] }
      : null;
  };
}

const refusalOf = (facts: Facts, conversation: Conversation): string =>
  `refused (${facts.answers.refusal(conversation)?.text ?? 'reset'})`;
