// A server, or something in its name, tears down a connection that was at work.

import { DIRECTION } from '../capture/frame.js';
import type { Conversation, Direction } from '../facts/conversation.js';
import type { Facts } from '../facts/facts.js';
import { ODD } from '../flows/tracker.js';
import { type EvidenceDraft, entry, rule } from './rule.js';
import page from './tcp-reset.md';

interface Group {
  readonly conversation: Conversation;
  readonly under: number | null;
  readonly about: Set<number>;
  readonly evidence: EvidenceDraft[];
  maker: Maker | null;
  foreign: string | null;
}

/** A node that resets connections in the name of a server that is elsewhere. */
interface Maker {
  readonly point: string;
  readonly text: string;
}

export default rule({
  id: 'tcp-reset',
  title: 'Connections are reset in the middle',
  group: 'transport',
  severity: 'warning',
  spec: 'RFC 9293 section 3.5.3',
  hint: 'Look into the log of the server for that moment; then at what keeps state between the ends (NAT, firewall, load balancer).',
  page,
  judge(facts, say) {
    const groups = new Map<string, Group>();
    for (const conversation of facts.conversations()) {
      // A client that resets has given up, which is its right.
      if (!conversation.isTcp || !conversation.reply.aborts) continue;
      const under = facts.causes.of(conversation);
      const group = entry(groups, `${conversation.responder} ${conversation.responderPort} ${under}`, () => ({
        conversation,
        under,
        about: new Set<number>(),
        evidence: [],
        maker: null,
        foreign: null,
      }));
      group.about.add(conversation.uid);
      group.maker ??= maker(facts, conversation);
      group.foreign ??= foreignTtl(conversation.reply);
      for (const mark of conversation.reply.oddities(ODD.reset).slice(0, 1))
        if (group.evidence.length < 4) group.evidence.push({ mark, field: 'tcp.flags.reset' });
    }
    for (const { conversation, under: known, about, evidence, maker, foreign } of groups.values()) {
      const server = conversation.responder;
      const port = conversation.responderPort;
      const packets = conversation.request.packets + conversation.reply.packets;
      say({
        verdict: 'fail',
        key: `${server} ${port}`,
        title: `${maker === null ? `${server} port ${port} resets` : `${maker.point} itself resets`} ${about.size === 1 ? 'an open connection' : `${about.size} open connections`}${maker === null ? '' : ` to ${server} port ${port}`}`,
        message: `${about.size === 1 ? `The connection from ${facts.named(conversation.initiator)}` : `${about.size} connections, the first from ${facts.named(conversation.initiator)},`} to ${facts.named(server)} port ${port} got a reset from the server's address after ${packets} packets, before either side had closed.`,
        cause:
          maker?.text ??
          foreign ??
          'The server process died or closed with data unread, or a box that lost its state of the connection answered in its name.',
        hint:
          maker === null
            ? undefined
            : `Look at the rules of ${maker.point} that reject with a reset (nft list ruleset, iptables -S), and at what keeps state there (conntrack -L).`,
        subject: {
          src: String(conversation.initiator),
          dst: String(server),
          proto: 'tcp',
          srcPort: about.size === 1 ? conversation.initiatorPort : null,
          dstPort: port,
          target: String(server),
        },
        evidence,
        count: about.size,
        about,
        under: known ?? facts.causes.of(conversation),
      });
    }
  },
});

/**
 * A reset that leaves a node which it never came into, while the server's other packets come in there: the node made it, whatever its
 * source address says.
 */
function maker(facts: Facts, { reply, request }: Conversation): Maker | null {
  const [reset] = reply.oddities(ODD.reset);
  if (reset === undefined || reset.direction !== DIRECTION.out) return null;
  const { source } = reset;
  const node = facts.node(source);
  if (node !== null && facts.topology?.isLocal(node, reply.from)) return null;
  // The others came in by an interface; where they too are first seen going out, they come out of a translation or a tunnel.
  const cameIn = reply.paths.some((use) => facts.paths.entryAt(use, source) >= 0);
  if (!cameIn || reply.first.direction !== DIRECTION.in || reply.first.source !== source) return null;
  const { point } = facts.captures[source];
  const port = facts.interfaces.name(reset.port);
  const came = facts.interfaces.name(reply.first.port);
  const hops = reset.ttl > 0 && reset.ttl !== reply.first.ttl ? ` Its TTL is ${reset.ttl}, theirs is ${reply.first.ttl}.` : '';
  return {
    point,
    text: `The reset leaves ${point} by ${port} towards ${request.from} and never came in, while the other packets of ${reply.from} come in on ${came}: ${point} itself made it, as a filter that rejects with a reset does.${hops}`,
  };
}

/** A reset that comes by the same interface with another time to live than the packets before it is of another maker. */
function foreignTtl(reply: Direction): string | null {
  const [reset] = reply.oddities(ODD.reset);
  if (reset === undefined) return null;
  const { first } = reply;
  // Hosts send resets with another initial time to live now and then (64 or 255): only what differs by hops is telling.
  const differs = Math.abs(reset.ttl - first.ttl);
  if (reset.port !== first.port || reset.direction !== first.direction || differs === 0 || differs >= 32) return null;
  return `The reset has a time to live of ${reset.ttl}, the packets before it had ${first.ttl}: a box on the way made it.`;
}
