// Packets for the node itself come in by an interface that its way back does not lead out of: strict reverse-path filtering drops them
// before any program sees them.

import { DIRECTION } from '../capture/frame.js';
import type { Conversation } from '../facts/conversation.js';
import type { Facts } from '../facts/facts.js';
import { guessedNetwork } from '../facts/networks.js';
import type { PathUse } from '../flows/uses.js';
import type { Route } from '../topology/routes.js';
import page from './rp-filter.md';
import { type EvidenceDraft, entry, rule } from './rule.js';

interface Group {
  readonly conversation: Conversation;
  readonly node: string;
  readonly from: string;
  readonly back: Route;
  readonly strict: boolean;
  readonly about: Set<number>;
  readonly sources: Set<string>;
  readonly evidence: EvidenceDraft[];
  count: number;
}

export default rule({
  id: 'rp-filter',
  title: 'Packets come in by an interface that the way back does not use',
  group: 'path',
  severity: 'error',
  spec: 'RFC 3704 section 2.2',
  hint: 'Give the node a way back by the interface that the packets come in on (a route, or a rule for its address: ip rule add from ADDRESS table NAME), or set net.ipv4.conf.INTERFACE.rp_filter=2 (loose).',
  page,
  judge(facts, say) {
    const groups = new Map<string, Group>();
    for (const conversation of facts.conversations()) {
      const { request, reply } = conversation;
      if (
        request.lost === 0 ||
        reply.packets > 0 ||
        !(conversation.isTcp || conversation.isEcho || conversation.responderPort === 53)
      )
        continue;
      if (facts.causes.of(conversation) !== null || facts.errors.mention(request.to)) continue;
      for (const use of request.paths) {
        if (use.answered > 0) continue;
        const dropped = droppedBy(facts, conversation, use);
        if (dropped === null) continue;
        const { source, first } = facts.paths.lastNode(use);
        const group = entry(
          groups,
          `${source} ${dropped.from} ${dropped.back.dev} ${request.to}`,
          (): Group => ({ conversation, ...dropped, about: new Set(), sources: new Set(), evidence: [], count: 0 }),
        );
        group.count += use.count;
        group.about.add(conversation.uid);
        group.sources.add(String(request.from));
        if (group.evidence.length < 4)
          group.evidence.push({ mark: facts.paths.mark(use, first), field: 'ip.src', note: 'never answered' });
      }
    }
    for (const { conversation, node, from, back, strict, about, sources, evidence, count } of groups.values()) {
      const { request } = conversation;
      const port = conversation.isTcp ? ` port ${conversation.responderPort}` : '';
      const whom = sources.size === 1 ? facts.named(request.from) : `${sources.size} hosts, such as ${request.from}`;
      say({
        verdict: 'fail',
        absence: true,
        confidence: strict ? 'high' : 'medium',
        key: `${node} ${from} ${back.dev} ${request.to}`,
        title: `${node} drops packets from ${sources.size === 1 ? request.from : guessedNetwork(request.from)} that come in on ${from}: its way back is ${back.dev}`,
        message: `${count === 1 ? 'A packet' : `${count} packets`} from ${whom} to ${facts.named(request.to)}${port} came in on ${from}, and ${node} sent nothing back: no answer, no reset and no error left by any interface.`,
        cause: `The way back to ${request.from} is by ${back.dev} (route ${back.prefix}${back.via === null ? '' : ` via ${back.via}`}) and not by ${from}: ${
          strict ? 'strict reverse-path filtering (rp_filter=1)' : 'with strict reverse-path filtering (rp_filter=1) the kernel'
        } drops such packets before any program sees them.`,
        hint: `On ${node}: make the way back lead by ${from} (ip rule add from ${request.to} table NAME, with a default route by ${from} in it), or set net.ipv4.conf.${from}.rp_filter=2 (loose).`,
        ...(strict
          ? {}
          : {
              alternatives: [
                `If rp_filter is not 1 on ${from} (sysctl net.ipv4.conf.${from}.rp_filter net.ipv4.conf.all.rp_filter): a filter of ${node} drops them, for no program that listens is as silent.`,
              ],
            }),
        subject: {
          src: String(request.from),
          dst: String(request.to),
          proto: conversation.protoName,
          ...conversation.ports,
          interfaceIn: from,
          interfaceExpected: back.dev,
          node,
        },
        evidence,
        count,
        about,
      });
    }
  },
});

/** Came in for the node itself, by an interface that none of its next hops back to the sender uses, and all that it sends is seen. */
function droppedBy(
  facts: Facts,
  { request }: Conversation,
  use: PathUse,
): { readonly node: string; readonly from: string; readonly back: Route; readonly strict: boolean } | null {
  const { topology } = facts;
  const { source, first, onlyIn } = facts.paths.lastNode(use);
  const node = facts.node(source);
  // IPv6 has no such setting; its reverse path is a firewall's matter.
  if (topology === null || node === null || !onlyIn || request.to.family === 6 || !facts.captures[source].everyInterface)
    return null;
  if (!topology.isLocal(node, request.to) || use.path.hops[first].edge >= 0) return null;
  const from = facts.interfaces.name(use.path.hops[first].port);
  const filter = topology.rpFilter(node, from);
  if (filter === 0 || filter === 2 || topology.interfaceByName(node, from) === null) return null;
  const { route, certain } = topology.routeDecision(node, request.from, { src: request.to });
  if (route === null || !certain || route.nexthops.length === 0) return null;
  if (route.nexthops.some(({ dev }) => dev === null || facts.interfaces.sameLink(node, dev, from))) return null;
  // What the node sends is seen: else its silence says nothing.
  const speaks = facts.interfaces.at(source).some((port) => port.frames[DIRECTION.out] > 0);
  return speaks ? { node, from, back: route, strict: filter === 1 } : null;
}
