// A TCP connection agreed on segments that do not fit into the path.

import type { Facts } from '../facts/facts.js';
import { PROTO } from '../flows/packet.js';
import page from './mss-too-large.md';
import { clamp, isStuck, tcpMss, tooBig } from './mtu.js';
import { type EvidenceDraft, entry, rule } from './rule.js';

interface Group {
  readonly c: number;
  readonly way: number;
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
    for (const found of tooBig(facts))
      for (const flow of found.flows)
        if (found.limit > 0 && isStuck(facts, found, flow))
          add(facts, groups, flow.c, flow.way, found.limit, String(found.error.from));
    const mtu = facts.topology?.tunnel?.mtu ?? null;
    if (mtu !== null)
      for (const link of facts.tunnels.links)
        for (const { c, way } of link.carried) if (isTooLong(facts, c, way, mtu)) add(facts, groups, c, way, mtu, 'the topology');
    for (const [key, { c, way, limit, from, under, about, evidence, mss }] of groups) {
      const dst = facts.towards(c, way);
      const fits = tcpMss(limit, dst.family);
      say({
        verdict: 'fail',
        key,
        title: `MSS ${mss} is too large for the path to ${dst}: ${fits} would fit`,
        message: `${facts.named(facts.ip(c, 0))} and ${facts.named(facts.ip(c, 1))} agreed on an MSS of ${mss} bytes, that is IP packets of ${mss + limit - fits}. ${from === 'the topology' ? `The tunnel takes ${limit}` : `The path takes ${limit}, says ${from}`}, so an MSS of ${fits} would fit.`,
        cause: 'Each end announces what its own interface takes; nobody in between lowered it.',
        commands: fits < 88 ? [] : [clamp(fits, dst.family)],
        subject: {
          src: String(facts.ip(c, 0)),
          dst: String(facts.ip(c, 1)),
          proto: 'tcp',
          ...facts.ports(c),
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
function isTooLong(facts: Facts, c: number, way: number, mtu: number): boolean {
  const t = facts.tracker.conversations;
  return t.stuckLength[c * 2 + way] > tcpMss(mtu, facts.towards(c, way).family) && facts.delivered(c, way) === false;
}

/** Only connections that suffer: where path MTU discovery works, a large MSS does no harm. */
function add(facts: Facts, groups: Map<string, Group>, c: number, way: number, limit: number, from: string): void {
  const t = facts.tracker.conversations;
  if (t.proto[c] !== PROTO.tcp) return;
  // The sender keeps to what the other end announced and to its own, whichever is less (RFC 9293 section 3.7.1).
  const announced = [t.mss[c * 2], t.mss[c * 2 + 1]].filter((mss) => mss > 0);
  const mss = announced.length === 0 ? 0 : Math.min(...announced);
  const dst = facts.towards(c, way);
  if (mss <= tcpMss(limit, dst.family)) return;
  const under = facts.causeOf(c);
  const group = entry(groups, `${dst} ${limit} ${under}`, () => ({
    c,
    way,
    limit,
    from,
    under,
    about: new Set<number>(),
    evidence: [] as EvidenceDraft[],
    mss,
  }));
  group.mss = Math.max(group.mss, mss);
  if (group.about.has(facts.uid(c))) return;
  group.about.add(facts.uid(c));
  for (const end of [0, 1] as const)
    if (group.evidence.length < 4 && t.mss[c * 2 + end] > 0)
      group.evidence.push({ mark: facts.firstMark(c, end), field: 'tcp.options.mss_val', note: `MSS ${t.mss[c * 2 + end]}` });
}
