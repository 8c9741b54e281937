import type { Facts } from '../../facts/facts.js';
import { PROTO } from '../../flows/packet.js';
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
    whole(facts, chosen) {
      const { lost, sent } = lossOf(facts, chosen);
      if (sent === 0 || lost / sent <= parseShare(loss)) return null;
      return {
        seen: `${lost} of ${sent} lost (${Number(((lost / sent) * 100).toPrecision(3))}%)`,
        marks: chosen.slice(0, 1).map((c) => facts.firstMark(c, 0)),
        about: chosen.map((c) => facts.uid(c)),
        // An answer may have gone by unseen.
        absence: true,
      };
    },
  }),
});

/** Requests without an answer; for TCP, segments sent again. */
function lossOf(facts: Facts, chosen: readonly number[]): { lost: number; sent: number } {
  const t = facts.tracker.conversations;
  let lost = 0;
  let sent = 0;
  for (const c of chosen) {
    if (t.proto[c] === PROTO.tcp) {
      sent += t.packets[c * 2] + t.packets[c * 2 + 1];
      lost += t.retransmissions[c * 2] + t.retransmissions[c * 2 + 1];
    } else if (facts.isEcho(c)) {
      sent += t.asked[c * 2];
      lost += Math.max(0, t.asked[c * 2] - t.packets[c * 2 + 1]);
    } else {
      sent++;
      if (t.packets[c * 2 + 1] === 0) lost++;
    }
  }
  return { lost, sent };
}
