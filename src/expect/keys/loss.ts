import type { Conversation } from '../../facts/conversation.js';
import { key } from '../key.js';
import { share } from '../shapes.js';
import { parseShare } from '../units.js';

export default key({
  key: 'loss',
  shape: share.describe('Share of requests without an answer, or of TCP segments sent again, at most'),
  beside: ['flow', 'nat'],
  means: 'largest share of requests without an answer, or of TCP segments sent again: `1%`',
  hold: (loss) => ({
    text: `loss of at most ${loss}`,
    whole(_, chosen) {
      const { lost, sent } = lossOf(chosen);
      if (sent === 0 || lost / sent <= parseShare(loss)) return null;
      return {
        seen: `${lost} of ${sent} lost (${Number(((lost / sent) * 100).toPrecision(3))}%)`,
        marks: chosen.slice(0, 1).map((conversation) => conversation.request.first),
        about: chosen.map((conversation) => conversation.uid),
        // An answer may have gone by unseen.
        absence: true,
      };
    },
  }),
});

/** Requests without an answer; for TCP, segments sent again. */
function lossOf(chosen: readonly Conversation[]): { lost: number; sent: number } {
  let lost = 0;
  let sent = 0;
  for (const conversation of chosen) {
    if (conversation.isTcp) {
      sent += conversation.request.packets + conversation.reply.packets;
      lost += conversation.request.retransmissions + conversation.reply.retransmissions;
    } else if (conversation.isEcho) {
      sent += conversation.request.asked;
      lost += Math.max(0, conversation.request.asked - conversation.reply.packets);
    } else {
      sent++;
      if (conversation.reply.packets === 0) lost++;
    }
  }
  return { lost, sent };
}
