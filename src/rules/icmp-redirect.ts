// A router tells a host of a better first hop: the packets arrive, by a detour.
import type { IcmpError } from '../flows/errors.js';
import page from './icmp-redirect.md';
import { type EvidenceDraft, entry, rule } from './rule.js';

interface Group {
  readonly first: IcmpError;
  readonly under: number | null;
  readonly destinations: Set<string>;
  readonly about: Set<number>;
  readonly evidence: EvidenceDraft[];
  count: number;
}

export default rule({
  id: 'icmp-redirect',
  title: 'A router redirects a host to another next hop',
  group: 'transport',
  severity: 'warning',
  spec: 'RFC 792; RFC 1122 section 3.2.2.2; RFC 4861 section 8',
  hint: 'Give the host a route over the better next hop; many hosts ignore redirects (net.ipv4.conf.*.accept_redirects).',
  page,
  judge(facts, say) {
    const groups = new Map<string, Group>();
    for (const error of facts.errors.list) {
      if (error.kind !== 'redirect') continue;
      const conversation = facts.errors.quoted(error)?.conversation ?? null;
      const under = conversation === null ? null : facts.causes.of(conversation);
      const group = entry(groups, `${error.from} ${error.to} ${error.gateway} ${under}`, () => ({
        first: error,
        under,
        destinations: new Set<string>(),
        about: new Set<number>(),
        evidence: [],
        count: 0,
      }));
      group.count += error.count;
      group.destinations.add(String(error.dst));
      if (conversation !== null) group.about.add(conversation.uid);
      for (const mark of error.marks)
        if (group.evidence.length < 4) group.evidence.push({ mark, field: error.family === 4 ? 'icmp.redir_gw' : 'icmpv6.type' });
    }
    for (const { first, under, destinations, evidence, count } of groups.values()) {
      const { from, to, gateway, dst } = first;
      // To the destination itself: it sits on the same link.
      const direct = gateway?.equals(dst) ?? false;
      const [mark] = evidence.map((e) => e.mark);
      say({
        verdict: 'fail',
        key: `${from} ${to} ${gateway}`,
        title: direct
          ? `${from} tells ${to} that ${dst} is on its own link`
          : `${from} tells ${to} to send by ${gateway} instead`,
        message: `${count === 1 ? 'A redirect' : `${count} redirects`} from ${facts.named(from)} to ${facts.named(to)}: packets to ${destinations.size === 1 ? facts.named(dst) : `${destinations.size} addresses, such as ${facts.named(dst)},`} should go ${direct ? 'there directly' : `to ${gateway === null ? 'another router' : facts.named(gateway)}`}. Until they do, each of them crosses the link twice.`,
        cause: `${from} sends the packets out by the interface that they came in on, so ${to} uses a next hop that is not the best one.`,
        subject: {
          src: String(to),
          dst: String(dst),
          proto: first.family === 4 ? 'icmp' : 'icmpv6',
          target: gateway === null ? null : String(gateway),
          interfaceIn: mark === undefined ? null : facts.interfaces.name(mark.port),
          node: mark === undefined ? null : facts.captures[mark.source].point,
        },
        evidence,
        count,
        under,
      });
    }
  },
});
