// Data that had to be sent again: much of it, or the same piece over and over. Copies of forwarded packets are none.
import type { Direction } from '../facts/conversation.js';
import { ODD } from '../flows/tracker.js';
import { atLeast, type EvidenceDraft, entry, rule } from './rule.js';
import page from './tcp-retransmission.md';

interface Group {
  readonly direction: Direction;
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
    const groups = new Map<string, Group>();
    for (const direction of facts.ailingDirections()) {
      // A receiver with a shut window is asked again on purpose.
      if (!direction.conversation.isTcp || direction.retransmissions === 0 || direction.other.zeroWindows > 0) continue;
      const under = facts.causes.of(direction.conversation);
      const group = entry(groups, `${direction.from} ${direction.to} ${under}`, () => ({
        direction,
        under,
        about: new Set<number>(),
        evidence: [],
        again: 0,
        segments: 0,
        longest: 0,
        stalled: 0,
      }));
      group.about.add(direction.conversation.uid);
      group.again += direction.retransmissions;
      group.segments += direction.dataSegments;
      group.longest = Math.max(group.longest, direction.longestRetransmitted);
      if (isStalled(direction, stalled)) group.stalled++;
      for (const mark of direction.oddities(ODD.retransmission).slice(0, 2))
        if (group.evidence.length < 4) group.evidence.push({ mark, field: 'tcp.seq_raw', note: 'sent again' });
    }
    for (const { direction, under, about, evidence, again, segments, longest, stalled: stuck } of groups.values()) {
      const share = (again / Math.max(segments, again)) * 100;
      if (stuck === 0 && (again < lost || share < percent)) continue;
      const { from, to } = direction;
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
          srcPort: about.size === 1 ? direction.fromPort : null,
          dstPort: about.size === 1 ? direction.toPort : null,
        },
        evidence,
        count: again,
        about,
        absence: true,
        under: under ?? facts.causes.of(direction.conversation),
      });
    }
  },
});

/**
 * Data that was sent again by the retransmission timer and never acknowledged to its end: proof that nothing comes back. What goes to a
 * peer that has reset the connection is no loss.
 */
function isStalled(direction: Direction, stalled: number): boolean {
  if (direction.unacknowledged === 0 || direction.other.resets > 0) return false;
  if (direction.retransmissions >= stalled) return true;
  if (direction.stuckCount < LEAST_RETRIES || direction.acknowledged((direction.stuckSeq + 1) >>> 0)) return false;
  const marks = direction.oddities(ODD.retransmission);
  return marks.length >= LEAST_RETRIES && marks[marks.length - 1].timeNs - marks[0].timeNs >= BACKED_OFF_NS;
}

/** Each retry waits twice as long as the one before (RFC 6298 section 5.5): two of them so far apart are its timer's. */
const LEAST_RETRIES = 2;
const BACKED_OFF_NS = 1e9;
