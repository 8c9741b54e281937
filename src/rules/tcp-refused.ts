// A SYN that is answered by a reset.

import { FLAG } from '../../dissectors/tcp.js';
import type { Conversation } from '../facts/conversation.js';
import type { Facts } from '../facts/facts.js';
import { ODD } from '../flows/tracker.js';
import { stopsHere, wasReset } from './forwarding.js';
import { type EvidenceDraft, entry, rule, Spread } from './rule.js';
import { pairOf, scansOf } from './scans.js';
import { askedSubject } from './subjects.js';
import page from './tcp-refused.md';

interface Group {
  readonly conversation: Conversation;
  /** Number of ports that one client tried, when they are many. */
  readonly many: number;
  /** It tried them once each, as one does who looks what is open. */
  readonly isScan: boolean;
  lastNs: number;
  readonly under: number | null;
  readonly about: Set<number>;
  readonly clients: Set<string>;
  readonly evidence: EvidenceDraft[];
}

export default rule({
  id: 'tcp-refused',
  title: 'Connections are refused',
  group: 'transport',
  severity: 'error',
  spec: 'RFC 9293 section 3.10.7.1',
  hint: 'Is the server process running, and does it listen on this address and port (ss -ltn), not only on 127.0.0.1?',
  page,
  judge(facts, say) {
    // A session that came up at last: its peer was still starting, or lets the other one connect.
    const isRefused = (conversation: Conversation): boolean =>
      conversation.isTcp && wasReset(conversation) && !facts.cameUp(conversation, conversation.reply.lastNs);
    const refused = facts.ailing().filter(isRefused);
    if (refused.length === 0) return;
    const groups = new Map<string, Group>();
    /** By uid of what an attempt was translated to: the attempt. */
    const fronts = new Map<number, Conversation>();
    const accepted = new Map<string, { count: number; firstNs: number }>();
    /** Hosts that accept connections, on whatever port. */
    const serving = new Set<string>();
    const spread = new Spread();
    const scans = scansOf(facts);
    const otherFamily = acceptedByOtherFamily(facts, refused);
    const kindOf = (conversation: Conversation): string => `${pairOf(conversation)} ${facts.causes.of(conversation)}`;
    for (const conversation of refused) spread.add(kindOf(conversation), String(conversation.responderPort));
    for (const conversation of facts.conversations()) {
      if (!conversation.isTcp) continue;
      const server = `${conversation.responder} ${conversation.responderPort}`;
      if (conversation.reply.sent(FLAG.syn)) {
        const known = entry(accepted, server, () => ({ count: 0, firstNs: conversation.request.firstNs }));
        known.count++;
        known.firstNs = Math.min(known.firstNs, conversation.request.firstNs);
        serving.add(String(conversation.responder));
      }
      if (!isRefused(conversation)) continue;
      // What stands behind a translation refuses, and is one fault with what is seen in front of it.
      const backs = facts.translation.backendsOf(conversation).filter(isRefused);
      for (const back of backs) fronts.set(back.uid, conversation);
      if (backs.length > 0) continue;
      const under = facts.causes.of(conversation);
      const isScan = scans.has(pairOf(conversation));
      const many = isScan ? (scans.get(pairOf(conversation)) ?? 0) : spread.many(kindOf(conversation));
      const group = entry(groups, many > 0 ? kindOf(conversation) : `${server} ${under}`, () => ({
        conversation,
        many,
        isScan,
        lastNs: 0,
        under,
        about: new Set<number>(),
        clients: new Set<string>(),
        evidence: [],
      }));
      group.lastNs = Math.max(group.lastNs, conversation.request.firstNs);
      group.about.add(conversation.uid);
      group.clients.add(String(conversation.initiator));
      if (group.evidence.length < 6) {
        group.evidence.push({ mark: conversation.request.first, field: 'tcp.flags.syn' });
        for (const mark of conversation.reply.oddities(ODD.reset).slice(0, 1))
          group.evidence.push({ mark, field: 'tcp.flags.reset', note: 'the answer' });
      }
    }
    for (const { conversation, many, isScan, lastNs, under: known, about, clients, evidence } of groups.values()) {
      const rejecter = rejectedBy(facts, conversation);
      const lost = lostAt(facts, conversation);
      // A refusal that gets lost on the way back is not seen in front of the translation.
      const front =
        fronts.get(conversation.uid) ??
        facts.translation.of(conversation).find((other) => lost !== null && !other.responder.equals(conversation.responder));
      const server = conversation.responder;
      const port = conversation.responderPort;
      const others = many > 0 ? null : (accepted.get(`${server} ${port}`) ?? null);
      // No client was let in before: the program was still starting.
      const isStart = others !== null && others.firstNs > lastNs;
      const where = many > 0 ? `${many} ${many === 1 ? 'port' : 'ports'}` : `port ${port}`;
      const isBesides = [...about].every((uid) => otherFamily.has(uid));
      // Behind a translation the same refusal is seen under another address.
      const under = known ?? facts.causes.of(conversation);
      const whom = clients.size === 1 ? facts.named(conversation.initiator) : `${clients.size} clients`;
      say({
        verdict: 'fail',
        // The host, its network and the way to it are proven good by its other connections: one service is down, not the lab.
        severity: isScan || isStart || isBesides ? 'info' : serving.has(String(server)) ? 'warning' : 'error',
        key: many > 0 ? `${conversation.initiator} ${server}` : `${server} ${port}`,
        title: isScan
          ? `${whom} tries ports of ${server}, of which ${many} refuse${many === 1 ? 's' : ''}`
          : rejecter === null
            ? `${server} refuses connections to ${where}`
            : `${rejecter} rejects connections to ${server} ${where}`,
        message: `${about.size === 1 ? 'A connection attempt' : `${about.size} connection attempts`} from ${whom} to ${facts.named(server)} ${many > 0 ? `(${where})` : where} got a reset at once.${lost === null ? '' : ` The resets came into ${lost.point} on ${lost.port} and did not leave it: the client hears nothing and tries again.`}${others !== null ? ` ${others.count} other ${others.count === 1 ? 'one was' : 'ones were'} accepted${isStart ? ', all of them later' : ''}.` : ''}`,
        cause: `${
          rejecter !== null
            ? `The reset did not come in from ${server}, which is reached through ${rejecter}: a filter of ${rejecter} makes it.`
            : isScan
              ? 'Each port was tried once, as one does who looks what is open.'
              : isBesides
                ? `Each time the client went on by IPv${server.family === 4 ? 6 : 4} at once, and was accepted (RFC 8305).`
                : isStart
                  ? 'The program began to listen meanwhile.'
                  : others !== null
                    ? 'The server was down for a while, or its queue of waiting connections was full (tcp_abort_on_overflow).'
                    : 'The host is reached and answers; no process listens there, or a filter rejects with a reset.'
        }${front === undefined ? '' : ` It is what ${facts.named(front.responder)} port ${front.responderPort} is translated to.`}`,
        ...(lost !== null && {
          hint: `On the server: does the process listen on this address and port (ss -ltn), and is ${port} the port that is meant? On ${lost.point}: let resets of connections pass that were not answered yet (nft list ruleset; conntrack takes some for invalid).`,
        }),
        ...(rejecter !== null && {
          hint: `Look at the rules of ${rejecter} that reject with a reset (nft list ruleset, iptables -S), and at network policies. The server never saw these packets.`,
        }),
        subject: {
          ...askedSubject(conversation, about.size),
          ...(many > 0 && { dstPort: null }),
          target: String(server),
        },
        evidence,
        count: about.size,
        about,
        under,
      });
    }
  },
});

/** Refused attempts (uids) after which the same client got in at once by the other family of addresses, at the same port. */
function acceptedByOtherFamily(facts: Facts, refused: readonly Conversation[]): ReadonlySet<number> {
  const found = new Set<number>();
  for (const one of refused) {
    const { initiator, responderPort, request, reply, uid } = one;
    const others = facts.conversationsThat(
      (other) =>
        other.isTcp &&
        other.responderPort === responderPort &&
        other.initiator.family !== initiator.family &&
        other.reply.sent(FLAG.syn) &&
        other.request.firstSourceMac === request.firstSourceMac &&
        other.request.firstNs >= request.firstNs &&
        other.request.firstNs - reply.lastNs < BESIDES_NS,
    );
    if (others.length > 0) found.add(uid);
    if (found.size === 0 && refused.length > MOST_BESIDES) break;
  }
  return found;
}
/** Clients go on at once when they are refused; of many refused attempts the first has to show it. */
const BESIDES_NS = 1e8;
const MOST_BESIDES = 64;

/** The point where a router answers in the name of the server, which lives behind it; null where the reset came from elsewhere. */
function rejectedBy(facts: Facts, conversation: Conversation): string | null {
  const server = conversation.responder;
  const made = facts.crossings
    .of(conversation.reply)
    .find(
      (x) => x.entry < 0 && x.origin === null && x.use.translatedFrom < 0 && facts.ownership.livesBehind(x.source, server).exact,
    );
  return made === undefined ? null : facts.captures[made.source].point;
}

/** The point that the resets come into and do not leave, so that the client hears nothing; null where they go on, or may. */
function lostAt(facts: Facts, { reply }: Conversation): { readonly point: string; readonly port: string } | null {
  const use = reply.paths.find((one) => stopsHere(facts, reply, one));
  if (use === undefined) return null;
  const { source, first } = facts.paths.lastNode(use);
  return { point: facts.captures[source].point, port: facts.interfaces.name(use.path.hops[first].port) };
}
