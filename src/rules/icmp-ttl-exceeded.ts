// Packets that run out of hops: a loop, or a time to live that is too small.

import type { Facts } from '../facts/facts.js';
import { guessedNetwork } from '../facts/networks.js';
import { PROTO } from '../flows/packet.js';
import type { Ip } from '../topology/ip.js';
import page from './icmp-ttl-exceeded.md';
import { type EvidenceDraft, entry, rule } from './rule.js';

/** Two routers that each name the other one as the better next hop (RFC 792, redirect); null where none do. */
function mutual(facts: Facts, dst: Ip): string | null {
  const told = Array.from(facts.errors.list).filter(
    ({ kind, dst: to, gateway }) => kind === 'redirect' && gateway !== null && to.equals(dst),
  );
  for (const one of told)
    if (told.some(({ from, gateway }) => one.gateway?.equals(from) === true && gateway?.equals(one.from) === true))
      return `They go round in a loop: ${facts.named(one.from)} sends them to ${facts.named(one.gateway as Ip)}, which sends them back, as redirects of both say.`;
  return null;
}

/** Code of both families: fragments that did not all arrive in time (RFC 792; RFC 4443 section 3.3). */
const REASSEMBLY = 1;

/** Systems begin with 64 hops or more, and paths have fewer than 32. */
const FEW = 32;

interface Group {
  readonly src: Ip;
  readonly dst: Ip;
  readonly family: 4 | 6;
  readonly proto: number;
  readonly reassembly: boolean;
  readonly under: number | null;
  readonly senders: Map<string, Ip>;
  readonly about: Set<number>;
  readonly evidence: EvidenceDraft[];
  /** Time to live that the packets began with, where that is too few hops by itself; else 0. */
  few: number;
  count: number;
}

export default rule({
  id: 'icmp-ttl-exceeded',
  title: 'Packets run out of hops on their way',
  group: 'transport',
  severity: 'error',
  spec: 'RFC 792; RFC 4443 section 3.3',
  hint: 'Follow the path (traceroute): the same routers again and again are a loop.',
  page,
  judge(facts, say) {
    const groups = new Map<string, Group>();
    for (const error of facts.errors.list) {
      if (error.kind !== 'ttl-exceeded' || facts.errors.traced(error.src, error.dst)) continue;
      const conversation = facts.errors.quoted(error)?.conversation ?? null;
      const under = conversation === null ? null : facts.causes.of(conversation);
      const reassembly = error.code === REASSEMBLY;
      const group = entry(groups, `${guessedNetwork(error.dst)} ${reassembly} ${under}`, () => ({
        src: error.src,
        dst: error.dst,
        family: error.family,
        proto: error.proto,
        reassembly,
        under,
        senders: new Map<string, Ip>(),
        about: new Set<number>(),
        evidence: [],
        few: 0,
        count: 0,
      }));
      group.count += error.count;
      const first = facts.errors.quoted(error)?.firstTtl ?? 0;
      if (first < FEW) group.few = Math.max(group.few, first);
      group.senders.set(String(error.from), error.from);
      if (conversation !== null) group.about.add(conversation.uid);
      for (const mark of error.marks)
        if (group.evidence.length < 4)
          group.evidence.push({ mark, field: error.family === 4 ? 'icmp.type' : 'icmpv6.type', note: `from ${error.from}` });
    }
    for (const group of groups.values()) {
      const { src, dst, senders, about, evidence, count, under, reassembly, few } = group;
      const names = [...senders.values()].slice(0, 3).map((ip) => facts.named(ip));
      const [mark] = evidence.map((e) => e.mark);
      const packets = count === 1 ? 'A packet' : `${count} packets`;
      say({
        verdict: 'fail',
        key: `${guessedNetwork(dst)} ${reassembly}`,
        title: reassembly
          ? `Fragments from ${src} to ${dst} do not all arrive`
          : `Packets from ${src} to ${dst} run out of hops at ${[...senders.keys()][0]}`,
        message: `${packets} from ${facts.named(src)} to ${facts.named(dst)} ${reassembly ? 'could not be put together from fragments' : 'had no hop left to live'}, say${senders.size === 1 ? 's' : ''} ${names.join(' and ')}.`,
        cause: reassembly
          ? 'One of the fragments is lost or filtered each time.'
          : few > 0
            ? `They are sent with a time to live of ${few}, as seen here, which does not last for the path; other packets begin with 64 or more. No loop is needed for that.`
            : (mutual(facts, dst) ?? 'They go round in a loop, or were sent with a time to live that is too small for the path.'),
        hint: reassembly
          ? 'Find the hop that drops fragments, or send smaller packets.'
          : few > 0
            ? 'Let the program send with more hops (IP_TTL; ebgp-multihop or ttl-security of a BGP speaker).'
            : undefined,
        subject: {
          src: String(src),
          dst: String(dst),
          proto: Object.entries(PROTO).find(([, n]) => n === group.proto)?.[0] ?? String(group.proto),
          target: [...senders.keys()][0],
          interfaceIn: mark === undefined ? null : facts.interfaces.name(mark.port),
          node: mark === undefined ? null : facts.captures[mark.source].point,
        },
        evidence,
        count,
        about,
        under,
      });
    }
  },
});
