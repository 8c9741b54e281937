// A connection goes by one MAC and comes back by another, and what has to see both directions lets nothing more pass.

import { FLAG } from '../../dissectors/tcp.js';
import { macNumber as macText } from '../bytes/show.js';
import { isVirtual } from '../facts/claims.js';
import type { Conversation } from '../facts/conversation.js';
import type { Facts } from '../facts/facts.js';
import page from './mac-asymmetric.md';
import { entry, rule } from './rule.js';

export default rule({
  id: 'mac-asymmetric',
  title: 'A connection goes by one MAC and is answered past it',
  group: 'path',
  severity: 'error',
  spec: 'RFC 9293 section 3.5',
  hint: 'Let both directions pass the same machine: send what answers back by the gateway (source NAT there, another gateway on the server, a separate link), or let the gateway pass packets of connections that it saw one direction of (no state, ct state invalid accept).',
  page,
  judge(facts, say) {
    const groups = new Map<string, Conversation[]>();
    for (const conversation of facts.ailing()) {
      const key = conversation.isTcp && isStuck(conversation) ? pairOf(conversation) : null;
      if (key !== null && facts.causes.of(conversation) === null)
        entry(groups, key, () => [] as Conversation[]).push(conversation);
    }
    if (groups.size === 0) return;
    const works = new Set<string>();
    for (const conversation of facts.conversations())
      if (conversation.isTcp && !isStuck(conversation) && conversation.request.longestPassed > 0)
        works.add(pairOf(conversation) ?? '');
    for (const [key, all] of groups) {
      // The same two machines carry other connections: the MACs are not the reason.
      if (works.has(key)) continue;
      const [{ request, reply, responder, responderPort, ports }] = all;
      const [to, from] = [request.firstDestinationMac, reply.firstSourceMac];
      const stop = stopOf(facts, all[0]);
      const count = all.reduce((sum, one) => sum + one.request.retransmissions + one.reply.syns, 0);
      say({
        verdict: 'fail',
        confidence: 'medium',
        key: `${responder} ${responderPort} ${macText(to)} ${macText(from)}`,
        title: `Connections to ${responder} port ${responderPort} go by ${macText(to)} and are answered by ${macText(from)}`,
        message: `The SYN of ${facts.named(request.from)} goes to ${named(facts, to)}, the SYN-ACK of ${facts.named(responder)} comes from ${named(facts, from)}, past the first. What the client sends after it goes to ${macText(to)} again and is never acknowledged${reply.syns > 1 ? ', and the server repeats its SYN-ACK' : ''}.${stop === null ? '' : ` At ${stop} it comes in and never leaves, after the SYN went out.`}`,
        cause: `${macText(to)} sees one direction only: a firewall that never saw the SYN-ACK takes what follows the SYN for invalid and drops it.`,
        subject: {
          src: String(request.from),
          dst: String(responder),
          proto: 'tcp',
          ...ports,
          macs: [macText(to), macText(from)],
        },
        evidence: [
          { mark: request.first, field: 'eth.dst', note: `to ${macText(to)}` },
          { mark: reply.first, field: 'eth.src', note: `from ${macText(from)}` },
        ],
        count,
        about: all.map(({ uid }) => uid),
      });
    }
  },
});

/** The point that passes on the SYN and then keeps what follows it; null where none is seen to. */
function stopOf(facts: Facts, { request }: Conversation): string | null {
  for (const use of request.paths) {
    const { source, onlyIn } = facts.paths.lastNode(use);
    const passes = request.paths.some((other) => other !== use && facts.paths.passages(other).some((x) => x.source === source));
    if (use.lost > 0 && use.answered === 0 && onlyIn && source !== request.firstSource && passes)
      return facts.captures[source].point;
  }
  return null;
}

/** The interface and the two MACs, where the paths of requests and replies differ; null where they do not, or it is not known. */
function pairOf({ request, reply }: Conversation): string | null {
  if (!request.sent(FLAG.syn) || !reply.sent(FLAG.syn)) return null;
  const [to, from] = [request.firstDestinationMac, reply.firstSourceMac];
  // Routers that share a MAC answer from their own.
  if (to < 0 || from < 0 || to === from || isVirtual(to)) return null;
  const [a, b] = [request.first, reply.first];
  return a.port === b.port && a.source === b.source ? `${a.source} ${a.port} ${to} ${from}` : null;
}

/** The handshake was answered, and nothing that the initiator sent after its SYN arrives. */
const isStuck = ({ request, reply }: Conversation): boolean =>
  request.longestPassed === 0 &&
  request.resets === 0 &&
  reply.resets === 0 &&
  (reply.syns > 1 || (request.dataSegments > 0 && request.retransmissions > 1 && request.unacknowledged > 0));

function named(facts: Facts, mac: number): string {
  const node = facts.topology?.nodeByMac(mac) ?? null;
  if (node !== null) return `${macText(mac)} (${node})`;
  const [ip] = facts.stations.addressesOf(mac);
  return ip === undefined ? macText(mac) : `${macText(mac)} (${ip})`;
}
