import * as z from 'zod';
import { FLAG } from '../../../dissectors/tcp.js';
import type { Conversation } from '../../facts/conversation.js';
import type { Facts } from '../../facts/facts.js';
import { pointOfSide } from '../comparison.js';
import type { Shown } from '../fault.js';
import { key } from '../key.js';
import { lacksAnswers } from '../lost-answers.js';
import { lostBetween } from '../lost-between.js';
import { asks, said, share, side } from '../shapes.js';
import { parseShare, showShare } from '../units.js';

export default key({
  key: 'loss',
  shape: z
    .union(
      [
        share,
        asks(z.strictObject({ atMost: share.optional(), between: z.tuple([side, side]).optional() })).refine(
          ({ atMost }) => atMost !== undefined,
          { error: 'a loss has a largest share; write { atMost: 1% }' },
        ),
      ],
      { error: said('a share', '0%, 2% or 0.02, or { atMost: 1%, between: [a, b] }') },
    )
    .describe('Share of requests without an answer, or of TCP segments sent again, at most'),
  beside: ['flow', 'nat'],
  means:
    'largest share of requests without an answer, or of TCP segments sent again and SYNs without an answer: `1%`; `{ atMost: 1%, between: [a, b] }`: of packets that were seen at one of two points or hops and should have come to the other one',
  check(loss, _, tell) {
    if (typeof loss === 'object' && loss.between?.some((one) => one === 'request' || one === 'reply') === true)
      tell('loss', 'packets are lost between two points or hops; write between: [a, b]');
  },
  points: (loss) =>
    typeof loss === 'object'
      ? (loss.between ?? []).map((text, i) => ({ point: pointOfSide(text), path: ['loss', 'between', i] }))
      : [],
  hold(loss, b) {
    const { atMost = 0, between } = typeof loss === 'object' ? loss : { atMost: loss, between: undefined };
    const limit = parseShare(atMost);
    if (between !== undefined)
      return {
        text: `loss of at most ${atMost} between ${between.join(' and ')}`,
        whole: (facts, chosen) => lostBetween(facts, chosen, between, limit, b.sources),
      };
    return {
      text: `loss of at most ${atMost}`,
      whole: (facts, chosen) => unanswered(facts, chosen, limit),
    };
  },
});

function unanswered(facts: Facts, chosen: readonly Conversation[], limit: number): Shown | null {
  const { lost, sent } = lossOf(facts, chosen);
  if (chosen.length === 0 || (sent > 0 && lost / sent <= limit)) return null;
  // An answer may have gone by unseen.
  const common = { about: chosen.map((conversation) => conversation.uid), absence: true };
  if (sent === 0) return { ...common, seen: 'no question was seen, so no loss', marks: [chosen[0].seenDirection.first] };
  return {
    ...common,
    seen: `${lost} of ${sent} lost (${showShare(lost / sent)})`,
    marks: chosen.slice(0, 1).map((conversation) => conversation.request.first),
  };
}

/** SYNs that nobody answered, and SYN-ACKs that were sent again: a client that goes on has got one. Ports that are used again ask again. */
function unopened({ request, reply }: Conversation): number {
  if (request.sent(FLAG.ack)) return Math.max(0, request.syns - Math.max(1, reply.syns));
  return Math.max(0, request.syns - reply.syns - reply.resets) + Math.max(0, reply.syns - 1);
}

/** Requests without an answer; for TCP, segments sent again, and SYNs without an answer. */
function lossOf(facts: Facts, chosen: readonly Conversation[]): { lost: number; sent: number } {
  let lost = 0;
  let sent = 0;
  for (const conversation of chosen) {
    if (conversation.isTcp) {
      const { request, reply } = conversation;
      sent += request.packets + reply.packets;
      lost += request.retransmissions + reply.retransmissions + unopened(conversation);
    } else if (conversation.isEcho) {
      sent += conversation.request.asked;
      const answers = lacksAnswers(facts, conversation) === null ? conversation.reply.packets : 0;
      lost += Math.max(0, conversation.request.asked - answers);
    } else if (conversation.request.packets > 0) {
      sent++;
      if (conversation.reply.packets === 0 || lacksAnswers(facts, conversation) !== null) lost++;
    }
  }
  return { lost, sent };
}
