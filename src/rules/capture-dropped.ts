// The capture lacks frames that were there.
import page from './capture-dropped.md';
import { rule } from './rule.js';

export default rule({
  id: 'capture-dropped',
  title: 'The capture lost frames',
  group: 'capture',
  severity: 'warning',
  spec: 'pcapng section 4.6 (isb_ifdrop, isb_osdrop)',
  hint: 'Capture with a larger buffer (tcpdump -B 65536), a shorter snaplen (-s 128), a filter, or to a faster disk.',
  page,
  judge(facts, say) {
    facts.captures.forEach(({ point, dropped, blind }, source) => {
      if (blind != null)
        say({
          verdict: 'inconclusive',
          key: `${point} away`,
          title: `Nothing was captured at ${point} for a while`,
          message: `Why: ${blind}. What was not seen there may have been there: findings that rest on packets that are missing there are inconclusive.`,
          hint: 'See to the connection to the point; the capture there goes on by itself when it is back.',
          subject: { node: point },
          evidence: [],
          count: 1,
        });
      if (dropped === null || dropped === 0) return;
      const { frames } = facts.doubts.counted[source];
      say({
        verdict: 'inconclusive',
        key: point,
        title: `The capture at ${point} lost ${dropped} frames`,
        message: `The capture counts ${dropped} dropped frames beside ${frames} captured ones. What was not seen may have been there: findings that rest on missing packets are inconclusive.`,
        subject: { node: point },
        evidence: [],
        count: dropped,
      });
    });
  },
});
