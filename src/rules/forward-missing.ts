// Packets come into a node that should pass them on, and do not leave it.

import type { Facts } from '../facts/facts.js';
import type { PathUse } from '../flows/uses.js';
import page from './forward-missing.md';
import { finalDestination, stopsHere } from './forwarding.js';
import { tooBig } from './mtu.js';
import { type EvidenceDraft, entry, rule } from './rule.js';

interface Group {
  readonly c: number;
  readonly way: number;
  readonly use: PathUse;
  readonly about: Set<number>;
  readonly evidence: EvidenceDraft[];
  readonly under: number | null;
  count: number;
}

export default rule({
  id: 'forward-missing',
  title: 'Packets come in and are not forwarded',
  group: 'path',
  severity: 'error',
  hint: 'Look for a blackhole route, a firewall, reverse-path filtering (net.ipv4.conf.*.rp_filter), or forwarding switched off.',
  page,
  judge(facts, say) {
    const groups = new Map<string, Group>();
    // Routers limit how often they say why (RFC 1812 section 4.3.2.8): packets that nobody explained share the cause of those to the
    // same place that somebody did.
    const explained = new Map<string, number>();
    // Packets that were refused for their size were not forwarded, and rightly so: the rules of size judge what became of it.
    const tooLong = new Map<number, number>();
    for (const { error, flows } of tooBig(facts))
      for (const { c, way } of flows) tooLong.set(c * 2 + way, (tooLong.get(c * 2 + way) ?? 0) + error.count);
    const stops: { readonly c: number; readonly way: number; readonly use: PathUse; readonly place: string }[] = [];
    for (const c of facts.conversations())
      for (const way of [0, 1] as const) {
        if (facts.delivered(c, way) === true) continue;
        for (const use of facts.uses(c, way)) {
          if (!stopsHere(facts, c, way, use) || use.count <= (tooLong.get(c * 2 + way) ?? 0)) continue;
          const place = `${use.path.hops[facts.lastNode(use).first].port} ${finalDestination(facts, c, way, use)}`;
          const under = facts.causeOf(c);
          if (under !== null) explained.set(place, under);
          stops.push({ c, way, use, place });
        }
      }
    for (const { c, way, use, place } of stops) {
      const under = facts.causeOf(c) ?? explained.get(place) ?? null;
      const group = entry(
        groups,
        `${place} ${under}`,
        (): Group => ({ c, way, use, about: new Set(), evidence: [], under, count: 0 }),
      );
      group.count += use.count;
      group.about.add(facts.uid(c));
      if (group.evidence.length < 4)
        group.evidence.push({
          mark: facts.hopMark(use, facts.lastNode(use).first),
          field: 'ip.dst',
          note: 'never seen going out',
        });
    }
    for (const { c, way, use, about, evidence, under, count } of groups.values()) {
      const { source, first, hop } = facts.lastNode(use);
      const from = facts.portName(use.path.hops[first].port);
      const { edge: number } = use.path.hops[hop];
      const edge = number < 0 ? null : facts.tracker.tunnels.list[number];
      const dst = finalDestination(facts, c, way, use);
      const { point } = facts.captures[source];
      const why = reason(facts, c, way, use, from);
      say({
        verdict: 'fail',
        absence: true,
        confidence: facts.node(source) === null ? 'medium' : 'high',
        key: `${point} ${from} ${dst}`,
        title: `Packets to ${dst} come into ${point} on ${from} and never leave it`,
        message: `${count === 1 ? 'A packet' : `${count} packets`} to ${facts.named(dst)} came in on ${from}; no copy went out by any interface, and nothing shows that they arrived.`,
        cause: why.cause,
        commands: why.command === null ? [] : [why.command],
        subject: {
          src: String(edge?.src ?? facts.towards(c, 1 - way)),
          dst: String(dst),
          proto: edge === null ? facts.protoName(c) : 'udp',
          ...(edge === null ? facts.ports(c) : {}),
          tunnel: edge?.kind ?? null,
          interfaceIn: from,
          node: point,
        },
        evidence,
        count,
        about,
        under,
      });
    }
  },
});

/** What the node's own routes say about it. */
function reason(
  facts: Facts,
  c: number,
  way: number,
  use: PathUse,
  from: string,
): { readonly cause: string; readonly command: string | null } {
  const node = facts.node(facts.lastNode(use).source);
  const { topology } = facts;
  if (node === null || topology === null || !topology.node(node)?.routesKnown) return { cause: '', command: null };
  const dst = finalDestination(facts, c, way, use);
  const route = topology.route(node, dst);
  if (route === null) return { cause: `${node} has no route for ${dst}.`, command: topology.repair(node, dst) };
  if (route.nexthops.length === 0)
    return { cause: `${node} has a ${route.kind} route for ${route.prefix}.`, command: topology.repair(node, dst) };
  // Reverse-path filtering drops what comes from where the way back does not lead (RFC 3704 section 2.2).
  const { edge } = use.path.hops[facts.lastNode(use).hop];
  const src = edge < 0 ? facts.towards(c, 1 - way) : facts.tracker.tunnels.list[edge].src;
  const back = topology.route(node, src);
  if (back?.dev != null && !facts.sameLink(node, back.dev, from))
    return {
      cause: `The way back to ${src} is by ${back.dev} (route ${back.prefix}) and not by ${from}, where the packets come in: reverse-path filtering (rp_filter) drops them.`,
      command: topology.repair(node, src),
    };
  if (!facts.forwards(facts.lastNode(use).source))
    return {
      cause: `${node} passes nothing on at all in this capture, though its route ${route.prefix} leads on by ${route.dev}.`,
      command: `sysctl -w net.${dst.family === 6 ? 'ipv6.conf.all.forwarding' : 'ipv4.ip_forward'}=1`,
    };
  return { cause: '', command: null };
}
