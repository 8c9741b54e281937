// Datagrams to a port that never says anything. Much of UDP needs no answer, so this is a remark; it is a fault where the service answers
// each question, by its protocol or as seen before.

import { ANSWERING_PORTS } from '../facts/answering-ports.js';
import type { Conversation, Direction } from '../facts/conversation.js';
import { isTracePort } from '../facts/errors.js';
import type { Facts } from '../facts/facts.js';
import { ONE_WAY_PORTS } from '../facts/one-way-ports.js';
import { DNS_PORT } from '../flows/dns.js';
import { PROTO } from '../flows/packet.js';
import { atLeast, type EvidenceDraft, entry, rule, type Say, seconds } from './rule.js';
import { askedSubject } from './subjects.js';
import page from './udp-no-answer.md';

interface Group {
  readonly conversation: Conversation;
  readonly under: number | null;
  readonly about: Set<number>;
  readonly clients: Set<string>;
  readonly evidence: EvidenceDraft[];
  /** Datagrams by client. */
  readonly asked: Map<string, number>;
  datagrams: number;
  /** One client that hears its answers has asked so often in vain that it is no loss here and there. */
  proven: boolean;
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
        const service = ANSWERING_PORTS.get(port);
        const client = conversation.initiator;
        if (server.isMulticast || server.isLinkLocal || isBroadcast(server.d, server.family)) continue;
        // Ends of a path trace are not services, and of a fixed port on both sides one is as likely to ask as the other.
        if (isTracePort(PROTO.udp, port) || facts.errors.traced(client, server)) continue;
        if (service === undefined && conversation.initiatorPort === port) continue;
        const { request } = conversation;
        const isDue = facts.nowNs - request.firstNs >= within || (service !== undefined && isAskedOn(facts, request));
        if (!isDue || facts.crossings.answersMayBypass(request)) continue;
        const under = facts.causes.of(conversation);
        const group = entry(groups, `${server} ${port} ${under}`, () => ({
          conversation,
          under,
          about: new Set<number>(),
          clients: new Set<string>(),
          asked: new Map<string, number>(),
          evidence: [],
          datagrams: 0,
          proven: false,
        }));
        // A client may take a new port for each question.
        const asked = (group.asked.get(String(client)) ?? 0) + conversation.request.packets;
        group.asked.set(String(client), asked);
        group.proven ||= service !== undefined && asked >= PROOF && facts.ledger.silence(conversation.request) === 'lost';
        group.about.add(conversation.uid);
        group.clients.add(String(client));
        group.datagrams += conversation.request.packets;
        if (group.evidence.length < 4) group.evidence.push({ mark: conversation.request.first, field: 'udp.dstport' });
      }
    }
    for (const conversation of facts.ailing())
      if (conversation.proto === PROTO.udp && conversation.responderPort !== DNS_PORT && conversation.reply.packets > 0)
        stopped(facts, conversation, say);
    for (const { conversation, under, about, clients, evidence, datagrams, proven } of groups.values()) {
      const server = conversation.responder;
      const port = conversation.responderPort;
      if (datagrams < least || answering.has(`${server} ${port}`)) continue;
      const service = proven ? ANSWERING_PORTS.get(port) : undefined;
      say({
        verdict: 'fail',
        severity: proven ? 'warning' : undefined,
        key: `${server} ${port}`,
        title: `No answer from ${server} port ${port} (udp)`,
        message: `${datagrams} datagrams from ${clients.size === 1 ? facts.named(conversation.initiator) : `${clients.size} clients`} to ${facts.named(server)} port ${port} got no answer of any kind. ${service === undefined ? 'Whether one was due depends on the service.' : `By this port ${service} is spoken, which answers each.`}`,
        subject: {
          ...askedSubject(conversation, about.size),
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

/** The client of such a service waits a second at least before it asks once more, so its questions themselves show that no answer came. */
const isAskedOn = ({ nowNs }: Facts, { packets, firstNs, lastNs }: Direction): boolean =>
  packets >= PROOF && lastNs - firstNs >= (packets - 1) * ASKS_NS && nowNs - firstNs >= PROOF * ASKS_NS;

/** RFC 5905 section 13 (NTP), RFC 2865 section 2.5 (RADIUS), RFC 7296 section 2.4 (IKE): seconds, but timers are early at times. */
const ASKS_NS = 0.9e9;

/** So many questions to a service, one after the other. */
const PROOF = 3;

/** A port answered each datagram of a client, one by one, and then so many in a row not. */
const OUTAGE = 5;

/** Questions and answers in turn, until they stop, for good or for a time. */
function stopped(facts: Facts, conversation: Conversation, say: Say): void {
  const { request, reply, responder, responderPort: port, initiator } = conversation;
  const { phases, answered } = request;
  const outages = phases.filter(({ outcome, count }) => outcome === 'lost' && count >= OUTAGE);
  const isInTurn = answered >= PROOF && Math.abs(reply.packets - answered) <= Math.max(1, answered / 10);
  if (outages.length === 0 || !isInTurn || facts.translation.isAnsweredUnseen(request)) return;
  const count = outages.reduce((sum, one) => sum + one.count, 0);
  const isOver = phases[phases.length - 1].outcome === 'answered';
  say({
    verdict: 'fail',
    severity: 'warning',
    key: `${responder} ${port} stopped`,
    title: `${responder} port ${port} (udp) stopped answering ${isOver ? 'for a time' : initiator}`,
    message: `${answered} datagrams from ${facts.named(initiator)} to ${facts.named(responder)} port ${port} were answered, each by one; ${count} in a row were not.`,
    cause: 'The service stopped, or the way to it or back broke meanwhile.',
    subject: { src: String(initiator), dst: String(responder), proto: 'udp', srcPort: conversation.initiatorPort, dstPort: port },
    evidence: outages.flatMap(({ first, last }) => [
      { mark: first, field: 'udp.dstport', note: 'not answered, nor those after it' },
      { mark: last, field: 'udp.dstport', note: 'the last one without an answer' },
    ]),
    phases,
    count,
    about: [conversation.uid],
    absence: true,
    under: facts.causes.of(conversation),
  });
}

/** The limited broadcast, and what is one on most links. */
const isBroadcast = (word: number, family: 4 | 6): boolean => family === 4 && (word === 0xffffffff || (word & 0xff) === 0xff);
