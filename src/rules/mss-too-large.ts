// A TCP connection agreed on segments that do not fit into the path.

import type { Direction } from '../facts/conversation.js';
import type { Facts } from '../facts/facts.js';
import page from './mss-too-large.md';
import { clamp, tcpMss } from './mtu.js';
import { type EvidenceDraft, entry, rule } from './rule.js';

interface Group {
  readonly direction: Direction;
  readonly limit: number;
  readonly from: string;
  readonly under: number | null;
  readonly about: Set<number>;
  readonly evidence: EvidenceDraft[];
  mss: number;
}

export default rule({
  id: 'mss-too-large',
  title: 'The TCP MSS is larger than the path takes',
  group: 'size',
  severity: 'warning',
  spec: 'RFC 9293 section 3.7.1; RFC 6691',
  hint: 'Give the pods an MTU that leaves room for the tunnel, or clamp the MSS of SYNs on a router in between.',
  page,
  judge(facts, say) {
    const groups = new Map<string, Group>();
    for (const found of facts.sizes.tooBig())
      for (const direction of found.directions)
        if (found.limit > 0 && facts.sizes.isStuck(found, direction))
          add(facts, groups, direction, found.limit, String(found.error.from));
    const mtu = facts.topology?.tunnel?.mtu ?? null;
    if (mtu !== null)
      for (const link of facts.tunnels.links)
        for (const { direction } of link.carried)
          if (isTooLong(facts, direction, mtu)) add(facts, groups, direction, mtu, 'the topology');
    for (const [key, { direction, limit, from, under, about, evidence, mss }] of groups) {
      const dst = direction.to;
      const fits = tcpMss(limit, dst.family);
      say({
        verdict: 'fail',
        key,
        title: `MSS ${mss} is too large for the path to ${dst}: ${fits} would fit`,
        message: `${facts.named(direction.conversation.initiator)} and ${facts.named(direction.conversation.responder)} agreed on an MSS of ${mss} bytes, that is IP packets of ${mss + limit - fits}. ${from === 'the topology' ? `The tunnel takes ${limit}` : `The path takes ${limit}, says ${from}`}, so an MSS of ${fits} would fit.`,
        cause: 'Each end announces what its own interface takes; nobody in between lowered it.',
        commands: fits < 88 ? [] : [clamp(fits, dst.family)],
        subject: {
          src: String(direction.conversation.initiator),
          dst: String(direction.conversation.responder),
          proto: 'tcp',
          ...direction.conversation.ports,
          target: String(dst),
        },
        evidence,
        count: about.size,
        about,
        under,
      });
    }
  },
});

/** A segment is sent again and again, and does not fit. */
function isTooLong(facts: Facts, direction: Direction, mtu: number): boolean {
  return direction.stuckLength > tcpMss(mtu, direction.to.family) && facts.delivery.of(direction) === false;
}

/** Only connections that suffer: where path MTU discovery works, a large MSS does no harm. */
function add(facts: Facts, groups: Map<string, Group>, direction: Direction, limit: number, from: string): void {
  if (!direction.conversation.isTcp) return;
  // The sender keeps to what the other end announced and to its own, whichever is less (RFC 9293 section 3.7.1).
  const announced = [direction.conversation.request.mss, direction.conversation.reply.mss].filter((mss) => mss > 0);
  const mss = announced.length === 0 ? 0 : Math.min(...announced);
  const dst = direction.to;
  if (mss <= tcpMss(limit, dst.family)) return;
  const under = facts.causes.of(direction.conversation);
  const group = entry(groups, `${dst} ${limit} ${under}`, () => ({
    direction,
    limit,
    from,
    under,
    about: new Set<number>(),
    evidence: [] as EvidenceDraft[],
    mss,
  }));
  group.mss = Math.max(group.mss, mss);
  if (group.about.has(direction.conversation.uid)) return;
  group.about.add(direction.conversation.uid);
  for (const { mss, first } of direction.conversation.directions)
    if (group.evidence.length < 4 && mss > 0)
      group.evidence.push({ mark: first, field: 'tcp.options.mss_val', note: `MSS ${mss}` });
}
