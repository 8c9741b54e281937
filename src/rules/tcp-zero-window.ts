// A receiver that takes no more data for a long time.
import { PROTO } from '../flows/packet.js';
import { ODD } from '../flows/tracker.js';
import { type EvidenceDraft, entry, rule, seconds } from './rule.js';
import page from './tcp-zero-window.md';

interface Group {
  readonly c: number;
  readonly way: number;
  readonly under: number | null;
  readonly about: Set<number>;
  readonly evidence: EvidenceDraft[];
  longestNs: number;
  /** It has not opened its window again. */
  shut: boolean;
  count: number;
}

export default rule({
  id: 'tcp-zero-window',
  title: 'A receiver takes no more data',
  group: 'transport',
  severity: 'warning',
  spec: 'RFC 9293 section 3.8.6.1',
  hint: 'The receiving process does not read: is it busy, blocked, or stopped? Its socket shows a full receive queue (ss -tm).',
  page,
  options: {
    for: seconds(1, 'how long the window must stay shut (RFC 6298 section 2.4: the least time before a retry)'),
  },
  judge(facts, say, options) {
    const t = facts.tracker.conversations;
    const groups = new Map<string, Group>();
    for (const c of facts.conversations()) {
      if (t.proto[c] !== PROTO.tcp) continue;
      for (const way of [0, 1] as const) {
        const i = c * 2 + way;
        if (t.zeroWindows[i] === 0) continue;
        // What is shut at the end has been so until the connection was last heard of.
        const openNs = t.zeroSinceNs[i] === 0 ? 0 : t.lastSeen(c) - t.zeroSinceNs[i];
        const longestNs = Math.max(t.zeroLongestNs[i], openNs);
        if (longestNs < options.for) continue;
        const under = facts.causeOf(c);
        const receiver = facts.towards(c, 1 - way);
        const group = entry(groups, `${receiver} ${way === 1 ? t.dstPort[c] : ''} ${under}`, () => ({
          c,
          way,
          under,
          about: new Set<number>(),
          evidence: [],
          longestNs: 0,
          shut: false,
          count: 0,
        }));
        group.about.add(facts.uid(c));
        group.longestNs = Math.max(group.longestNs, longestNs);
        group.shut ||= openNs >= options.for;
        group.count += t.zeroWindows[i];
        for (const mark of facts.tracker.oddities(c, ODD.zeroWindow, way).slice(0, 2))
          if (group.evidence.length < 4) group.evidence.push({ mark, field: 'tcp.window_size_value' });
      }
    }
    for (const { c, way, under, about, evidence, longestNs, shut, count } of groups.values()) {
      const receiver = facts.towards(c, 1 - way);
      const sender = facts.towards(c, way);
      const port = way === 1 ? t.dstPort[c] : t.srcPort[c];
      const time = `${(longestNs / 1e9).toFixed(1)} s`;
      say({
        verdict: 'fail',
        key: `${receiver} ${way === 1 ? port : ''}`,
        title: `${receiver} takes no data for ${time} (zero window)`,
        message: `${facts.named(receiver)} port ${port} kept its receive window at zero for ${time}${shut ? ' and had not opened it when it was last heard of' : ''}, so ${facts.named(sender)} could not send${about.size > 1 ? ` (${about.size} connections)` : ''}. The network is not at fault: the packets arrive.`,
        subject: {
          src: String(sender),
          dst: String(receiver),
          proto: 'tcp',
          dstPort: port,
          target: String(receiver),
        },
        evidence,
        count,
        about,
        under: under ?? facts.causeOf(c),
      });
    }
  },
});
