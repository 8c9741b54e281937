// Datagrams to a port that never says anything. Much of UDP needs no answer, so this is a remark, not a fault.

import type { Conversation } from '../facts/conversation.js';
import { isTracePort } from '../facts/errors.js';
import { ONE_WAY_PORTS } from '../facts/one-way-ports.js';
import { DNS_PORT } from '../flows/dns.js';
import { PROTO } from '../flows/packet.js';
import { atLeast, type EvidenceDraft, entry, rule, seconds } from './rule.js';
import page from './udp-no-answer.md';

interface Group {
  readonly conversation: Conversation;
  readonly under: number | null;
  readonly about: Set<number>;
  readonly clients: Set<string>;
  readonly evidence: EvidenceDraft[];
  datagrams: number;
}

export default rule({
  id: 'udp-no-answer',
  title: 'Datagrams get no answer',
  group: 'transport',
  severity: 'info',
  spec: 'RFC 768',
  hint: 'If the service is one that answers: is it up, does a firewall drop the port, and is the return path right?',
  page,
  options: {
    within: seconds(5, 'how long an answer may take (as long as a DNS resolver waits, resolv.conf(5))'),
    datagrams: atLeast(2, 'datagrams that must have been sent to the port'),
  },
  judge(facts, say, { within, datagrams: least }) {
    const answering = new Set<string>();
    const groups = new Map<string, Group>();
    for (const conversation of facts.ailing()) {
      const port = conversation.responderPort;
      if (conversation.proto !== PROTO.udp || port === DNS_PORT || ONE_WAY_PORTS.has(port) || conversation.request.packets === 0)
        continue;
      const server = conversation.responder;
      if (conversation.reply.packets > 0 || facts.translation.isAnsweredUnseen(conversation.request))
        answering.add(`${server} ${port}`);
      else {
        const client = conversation.initiator;
        if (server.isMulticast || server.isLinkLocal || isBroadcast(server.d, server.family)) continue;
        // Ends of a path trace are not services, and of a fixed port on both sides one is as likely to ask as the other.
        if (isTracePort(PROTO.udp, port) || facts.errors.traced(client, server) || conversation.initiatorPort === port) continue;
        if (facts.nowNs - conversation.request.firstNs < within || facts.crossings.answersMayBypass(conversation.request))
          continue;
        const under = facts.causes.of(conversation);
        const group = entry(groups, `${server} ${port} ${under}`, () => ({
          conversation,
          under,
          about: new Set<number>(),
          clients: new Set<string>(),
          evidence: [],
          datagrams: 0,
        }));
        group.about.add(conversation.uid);
        group.clients.add(String(client));
        group.datagrams += conversation.request.packets;
        if (group.evidence.length < 4) group.evidence.push({ mark: conversation.request.first, field: 'udp.dstport' });
      }
    }
    for (const { conversation, under, about, clients, evidence, datagrams } of groups.values()) {
      const server = conversation.responder;
      const port = conversation.responderPort;
      if (datagrams < least || answering.has(`${server} ${port}`)) continue;
      say({
        verdict: 'fail',
        key: `${server} ${port}`,
        title: `No answer from ${server} port ${port} (udp)`,
        message: `${datagrams} datagrams from ${clients.size === 1 ? facts.named(conversation.initiator) : `${clients.size} clients`} to ${facts.named(server)} port ${port} got no answer of any kind. Whether one was due depends on the service.`,
        subject: {
          src: String(conversation.initiator),
          dst: String(server),
          proto: 'udp',
          srcPort: about.size === 1 ? conversation.initiatorPort : null,
          dstPort: port,
        },
        evidence,
        count: datagrams,
        about,
        absence: true,
        under,
      });
    }
  },
});

/** The limited broadcast, and what is one on most links. */
const isBroadcast = (word: number, family: 4 | 6): boolean => family === 4 && (word === 0xffffffff || (word & 0xff) === 0xff);
