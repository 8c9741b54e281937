// Packets come into a node that should pass them on, and do not leave it.

import type { Direction } from '../facts/conversation.js';
import type { Facts } from '../facts/facts.js';
import type { PathUse } from '../flows/uses.js';
import page from './forward-missing.md';
import { finalDestination, stopsHere } from './forwarding.js';
import { type EvidenceDraft, entry, rule } from './rule.js';

interface Group {
  readonly direction: Direction;
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
    const tooLong = new Map<Direction, number>();
    for (const { error, directions } of facts.sizes.tooBig())
      for (const direction of directions) tooLong.set(direction, (tooLong.get(direction) ?? 0) + error.count);
    const stops: { readonly direction: Direction; readonly use: PathUse; readonly place: string }[] = [];
    for (const direction of facts.directions()) {
      if (facts.delivery.of(direction) === true) continue;
      for (const use of direction.paths) {
        if (!stopsHere(facts, direction, use) || use.count <= (tooLong.get(direction) ?? 0)) continue;
        const place = `${use.path.hops[facts.paths.lastNode(use).first].port} ${finalDestination(facts, direction, use)}`;
        const under = facts.causes.of(direction.conversation);
        if (under !== null) explained.set(place, under);
        stops.push({ direction, use, place });
      }
    }
    for (const { direction, use, place } of stops) {
      const under = facts.causes.of(direction.conversation) ?? explained.get(place) ?? null;
      const group = entry(
        groups,
        `${place} ${under}`,
        (): Group => ({ direction, use, about: new Set(), evidence: [], under, count: 0 }),
      );
      group.count += use.count;
      group.about.add(direction.conversation.uid);
      if (group.evidence.length < 4)
        group.evidence.push({
          mark: facts.paths.mark(use, facts.paths.lastNode(use).first),
          field: 'ip.dst',
          note: 'never seen going out',
        });
    }
    for (const { direction, use, about, evidence, under, count } of groups.values()) {
      const { source, first, hop } = facts.paths.lastNode(use);
      const from = facts.interfaces.name(use.path.hops[first].port);
      const { edge: number } = use.path.hops[hop];
      const edge = number < 0 ? null : facts.tunnels.edge(number);
      const dst = finalDestination(facts, direction, use);
      const { point } = facts.captures[source];
      const why = reason(facts, direction, use, from);
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
          src: String(edge?.src ?? direction.from),
          dst: String(dst),
          proto: edge === null ? direction.conversation.protoName : 'udp',
          ...(edge === null ? direction.conversation.ports : {}),
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
  direction: Direction,
  use: PathUse,
  from: string,
): { readonly cause: string; readonly command: string | null } {
  const node = facts.node(facts.paths.lastNode(use).source);
  const { topology } = facts;
  if (node === null || topology === null || !topology.node(node)?.routesKnown) return { cause: '', command: null };
  const dst = finalDestination(facts, direction, use);
  const route = topology.route(node, dst);
  if (route === null) return { cause: `${node} has no route for ${dst}.`, command: topology.repair(node, dst) };
  if (route.nexthops.length === 0)
    return { cause: `${node} has a ${route.kind} route for ${route.prefix}.`, command: topology.repair(node, dst) };
  // Reverse-path filtering drops what comes from where the way back does not lead (RFC 3704 section 2.2).
  const { edge } = use.path.hops[facts.paths.lastNode(use).hop];
  const src = edge < 0 ? direction.from : facts.tunnels.edge(edge).src;
  const back = topology.route(node, src);
  if (back?.dev != null && !facts.interfaces.sameLink(node, back.dev, from))
    return {
      cause: `The way back to ${src} is by ${back.dev} (route ${back.prefix}) and not by ${from}, where the packets come in: reverse-path filtering (rp_filter) drops them.`,
      command: topology.repair(node, src),
    };
  if (!facts.crossings.forwards(facts.paths.lastNode(use).source))
    return {
      cause: `${node} passes nothing on at all in this capture, though its route ${route.prefix} leads on by ${route.dev}.`,
      command: `sysctl -w net.${dst.family === 6 ? 'ipv6.conf.all.forwarding' : 'ipv4.ip_forward'}=1`,
    };
  return { cause: '', command: null };
}
