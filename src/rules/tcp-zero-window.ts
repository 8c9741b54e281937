// A receiver that takes no more data for a long time.
import type { Direction } from '../facts/conversation.js';
import { ODD } from '../flows/tracker.js';
import { type EvidenceDraft, entry, rule, seconds } from './rule.js';
import page from './tcp-zero-window.md';

interface Group {
  readonly direction: Direction;
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
    const groups = new Map<string, Group>();
    for (const direction of facts.ailingDirections()) {
      if (!direction.conversation.isTcp || direction.zeroWindows === 0) continue;
      // What is shut at the end has been so until the connection was last heard of.
      const openNs = direction.zeroSinceNs === 0 ? 0 : direction.conversation.lastNs - direction.zeroSinceNs;
      const longestNs = Math.max(direction.zeroLongestNs, openNs);
      if (longestNs < options.for) continue;
      const under = facts.causes.of(direction.conversation);
      const group = entry(groups, `${direction.from} ${direction.isReply ? direction.fromPort : ''} ${under}`, () => ({
        direction,
        under,
        about: new Set<number>(),
        evidence: [],
        longestNs: 0,
        shut: false,
        count: 0,
      }));
      group.about.add(direction.conversation.uid);
      group.longestNs = Math.max(group.longestNs, longestNs);
      group.shut ||= openNs >= options.for;
      group.count += direction.zeroWindows;
      for (const mark of direction.oddities(ODD.zeroWindow).slice(0, 2))
        if (group.evidence.length < 4) group.evidence.push({ mark, field: 'tcp.window_size_value' });
    }
    for (const { direction, under, about, evidence, longestNs, shut, count } of groups.values()) {
      const { from: receiver, to: sender, fromPort: port } = direction;
      const time = `${(longestNs / 1e9).toFixed(1)} s`;
      say({
        verdict: 'fail',
        key: `${receiver} ${direction.isReply ? port : ''}`,
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
        under: under ?? facts.causes.of(direction.conversation),
      });
    }
  },
});
