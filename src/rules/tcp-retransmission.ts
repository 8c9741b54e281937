// Data that had to be sent again: much of it, or the same piece over and over. Copies of forwarded packets are none.
import { PROTO } from '../flows/packet.js';
import { unacknowledged } from '../flows/tcp.js';
import { ODD } from '../flows/tracker.js';
import { atLeast, type EvidenceDraft, entry, rule } from './rule.js';
import page from './tcp-retransmission.md';

interface Group {
  readonly c: number;
  readonly way: number;
  readonly under: number | null;
  readonly about: Set<number>;
  readonly evidence: EvidenceDraft[];
  again: number;
  segments: number;
  longest: number;
  stalled: number;
}

export default rule({
  id: 'tcp-retransmission',
  title: 'Data is sent again and again',
  group: 'transport',
  severity: 'warning',
  spec: 'RFC 9293 section 3.8; RFC 6298',
  hint: 'Where does it get lost? Capture on both sides of each hop, and compare; look at drop counters (ip -s link, tc -s qdisc).',
  page,
  options: {
    stalled: atLeast(
      3,
      'times that the same data is sent without an acknowledgement (Linux tcp_retries1: then the route is in doubt)',
    ),
    lost: atLeast(10, 'segments sent again, for a share to mean something'),
    percent: atLeast(2, 'share of segments sent again (Mathis et al. 1997: at 2 % TCP keeps fewer than nine segments in flight)'),
  },
  judge(facts, say, { stalled, lost, percent }) {
    const t = facts.tracker.conversations;
    const groups = new Map<string, Group>();
    for (const c of facts.conversations()) {
      if (t.proto[c] !== PROTO.tcp) continue;
      for (const way of [0, 1] as const) {
        const i = c * 2 + way;
        // A receiver with a shut window is asked again on purpose.
        if (t.retransmissions[i] === 0 || t.zeroWindows[c * 2 + 1 - way] > 0) continue;
        const under = facts.causeOf(c);
        const group = entry(groups, `${facts.towards(c, 1 - way)} ${facts.towards(c, way)} ${under}`, () => ({
          c,
          way,
          under,
          about: new Set<number>(),
          evidence: [],
          again: 0,
          segments: 0,
          longest: 0,
          stalled: 0,
        }));
        group.about.add(facts.uid(c));
        group.again += t.retransmissions[i];
        group.segments += t.dataSegments[i];
        group.longest = Math.max(group.longest, t.longestRetransmitted[i]);
        if (t.retransmissions[i] >= stalled && unacknowledged(t, c, way) > 0) group.stalled++;
        for (const mark of facts.tracker.oddities(c, ODD.retransmission, way).slice(0, 2))
          if (group.evidence.length < 4) group.evidence.push({ mark, field: 'tcp.seq_raw', note: 'sent again' });
      }
    }
    for (const { c, way, under, about, evidence, again, segments, longest, stalled: stuck } of groups.values()) {
      const share = (again / Math.max(segments, again)) * 100;
      if (stuck === 0 && (again < lost || share < percent)) continue;
      const from = facts.towards(c, 1 - way);
      const to = facts.towards(c, way);
      say({
        verdict: 'fail',
        key: `${from} ${to}`,
        title:
          stuck > 0
            ? `Data from ${from} to ${to} is never acknowledged`
            : `${share.toFixed(0)} % of the data from ${from} to ${to} is sent again`,
        message: `${again} of ${segments} data segments from ${facts.named(from)} to ${facts.named(to)} were sent again, the longest with ${longest} bytes${stuck > 0 ? `; ${stuck === 1 ? 'one connection' : `${stuck} connections`} got no further` : ''}.`,
        subject: {
          src: String(from),
          dst: String(to),
          proto: 'tcp',
          srcPort: about.size === 1 ? (way === 0 ? t.srcPort[c] : t.dstPort[c]) : null,
          dstPort: about.size === 1 ? (way === 0 ? t.dstPort[c] : t.srcPort[c]) : null,
        },
        evidence,
        count: again,
        about,
        absence: true,
        under: under ?? facts.causeOf(c),
      });
    }
  },
});
