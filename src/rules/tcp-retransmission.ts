// Data that had to be sent again: much of it, or the same piece over and over. Copies of forwarded packets are none.
import type { Direction } from '../facts/conversation.js';
import type { Facts } from '../facts/facts.js';
import type { TooBig } from '../facts/sizes.js';
import { ODD } from '../flows/tracker.js';
import { atLeast, type EvidenceDraft, entry, rule } from './rule.js';
import page from './tcp-retransmission.md';

interface Group {
  readonly direction: Direction;
  readonly under: number | null;
  readonly about: Set<number>;
  readonly evidence: EvidenceDraft[];
  /** Those that came into a node that passes others on, and did not leave it: by where. */
  readonly dropped: Map<string, number>;
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
      // What a link refused is sent again in packets that fit: once, as much as was under way.
      if (direction.retransmissions <= FLIGHT && facts.sizes.tooBig().some((x) => isLearned(facts, x, direction))) continue;
      const under = facts.causes.of(direction.conversation);
      const group = entry(groups, `${direction.from} ${direction.to} ${under}`, () => ({
        direction,
        under,
        about: new Set<number>(),
        evidence: [],
        dropped: new Map<string, number>(),
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
      for (const { source, from, count } of droppedOf(facts, direction)) {
        const at = `${facts.captures[source].point} on ${facts.interfaces.name(from)}`;
        group.dropped.set(at, (group.dropped.get(at) ?? 0) + count);
      }
      for (const mark of direction.oddities(ODD.retransmission).slice(0, 2))
        if (group.evidence.length < 4) group.evidence.push({ mark, field: 'tcp.seq_raw', note: 'sent again' });
    }
    for (const { direction, under, about, evidence, dropped, again, segments, longest, stalled: stuck } of groups.values()) {
      const share = (again / Math.max(segments, again)) * 100;
      if (stuck === 0 && (again < lost || share < percent)) continue;
      const { from, to } = direction;
      const [at, most] = [...dropped].find(([, count]) => count >= LEAST_DROPPED && count * PART >= again) ?? ['', 0];
      say({
        verdict: 'fail',
        key: `${from} ${to}`,
        title:
          stuck > 0
            ? `Data from ${from} to ${to} is never acknowledged`
            : `${share.toFixed(0)} % of the data from ${from} to ${to} is sent again`,
        message: `${again} of ${segments} data segments from ${facts.named(from)} to ${facts.named(to)} were sent again, the longest with ${longest} bytes${stuck > 0 ? `; ${stuck === 1 ? 'one connection' : `${stuck} connections`} got no further` : ''}.${most > 0 ? ` ${most} packets came into ${at} and did not leave it; others did.` : ''}`,
        ...(most > 0 && {
          cause: `These get lost in ${at.split(' on ')[0]} itself: by a limit (policer), a queue that is full, or a filter that fits some of them.`,
          hint: 'On that node: tc -s qdisc and tc -s filter, nft list ruleset (limit, counters), ip -s link.',
        }),
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

/** Fewer of what is sent again are nothing that tells of one node. */
const LEAST_DROPPED = 3;
const PART = 8;

/** What comes into a node that passes others on, and does not leave it. A capture that loses frames misses as many that come in. */
function droppedOf(facts: Facts, direction: Direction): { source: number; from: number; count: number }[] {
  const found: { source: number; from: number; count: number }[] = [];
  for (const use of direction.paths) {
    const { source, first, onlyIn } = facts.paths.lastNode(use);
    if (!onlyIn || use.translatedTo >= 0 || facts.ownership.isOwn(source, direction.to)) continue;
    const { passed, unseen } = facts.passing.tally(source, direction);
    if (passed > 0 && unseen * 2 <= use.count) found.push({ source, from: use.path.hops[first].port, count: use.count });
  }
  return found;
}

/** The sender went by what an ICMP error said of the size of its packets. */
const isLearned = (facts: Facts, found: TooBig, direction: Direction): boolean =>
  found.directions.includes(direction) && !facts.sizes.isStuck(found, direction);

/** Segments that a connection has under way until it hears of a smaller link: 64 kB and more. */
const FLIGHT = 64;

/**
 * Data that was sent again by the retransmission timer and never acknowledged to its end: proof that nothing comes back. What goes to a
 * peer that has reset the connection is no loss.
 */
function isStalled(direction: Direction, stalled: number): boolean {
  if (direction.unacknowledged === 0 || direction.other.resets > 0) return false;
  // Of data under way when the capture ended nothing is known: what was sent again has arrived since.
  if (direction.stuckCount > 0 && direction.acknowledged((direction.stuckSeq + 1) >>> 0)) return false;
  if (direction.retransmissions >= stalled) return true;
  if (direction.stuckCount < LEAST_RETRIES) return false;
  const marks = direction.oddities(ODD.retransmission);
  return marks.length >= LEAST_RETRIES && marks[marks.length - 1].timeNs - marks[0].timeNs >= BACKED_OFF_NS;
}

/** Each retry waits twice as long as the one before (RFC 6298 section 5.5): two of them so far apart are its timer's. */
const LEAST_RETRIES = 2;
const BACKED_OFF_NS = 1e9;
