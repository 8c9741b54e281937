// A SYN that is answered by a reset.

import { FLAG } from '../../dissectors/tcp.js';
import type { Conversation } from '../facts/conversation.js';
import type { Facts } from '../facts/facts.js';
import { ODD } from '../flows/tracker.js';
import { type EvidenceDraft, entry, rule, Spread } from './rule.js';
import page from './tcp-refused.md';

interface Group {
  readonly conversation: Conversation;
  /** Number of ports that one client tried, when they are many. */
  readonly many: number;
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
    const groups = new Map<string, Group>();
    const accepted = new Map<string, number>();
    /** Hosts that accept connections, on whatever port. */
    const serving = new Set<string>();
    const spread = new Spread();
    const kindOf = (conversation: Conversation): string =>
      `${conversation.initiator} ${conversation.responder} ${facts.causes.of(conversation)}`;
    for (const conversation of facts.conversations())
      if (conversation.isTcp && isRefused(conversation)) spread.add(kindOf(conversation), String(conversation.responderPort));
    for (const conversation of facts.conversations()) {
      if (!conversation.isTcp) continue;
      const server = `${conversation.responder} ${conversation.responderPort}`;
      if (conversation.reply.sent(FLAG.syn)) {
        accepted.set(server, (accepted.get(server) ?? 0) + 1);
        serving.add(String(conversation.responder));
      }
      if (!isRefused(conversation)) continue;
      const under = facts.causes.of(conversation);
      const many = spread.many(kindOf(conversation));
      const group = entry(groups, many > 0 ? kindOf(conversation) : `${server} ${under}`, () => ({
        conversation,
        many,
        under,
        about: new Set<number>(),
        clients: new Set<string>(),
        evidence: [],
      }));
      group.about.add(conversation.uid);
      group.clients.add(String(conversation.initiator));
      if (group.evidence.length < 6) {
        group.evidence.push({ mark: conversation.request.first, field: 'tcp.flags.syn' });
        for (const mark of conversation.reply.oddities(ODD.reset).slice(0, 1))
          group.evidence.push({ mark, field: 'tcp.flags.reset', note: 'the answer' });
      }
    }
    for (const { conversation, many, under: known, about, clients, evidence } of groups.values()) {
      const rejecter = rejectedBy(facts, conversation);
      const server = conversation.responder;
      const port = conversation.responderPort;
      const others = many > 0 ? 0 : (accepted.get(`${server} ${port}`) ?? 0);
      const where = many > 0 ? `${many} ports` : `port ${port}`;
      // Behind a translation the same refusal is seen under another address.
      const under = known ?? facts.causes.of(conversation);
      const whom = clients.size === 1 ? facts.named(conversation.initiator) : `${clients.size} clients`;
      say({
        verdict: 'fail',
        // The host, its network and the way to it are proven good by its other connections: one service is down, not the lab.
        severity: serving.has(String(server)) ? 'warning' : 'error',
        key: many > 0 ? `${conversation.initiator} ${server}` : `${server} ${port}`,
        title:
          rejecter === null
            ? `${server} refuses connections to ${where}`
            : `${rejecter} rejects connections to ${server} ${where}`,
        message: `${about.size === 1 ? 'A connection attempt' : `${about.size} connection attempts`} from ${whom} to ${facts.named(server)} ${many > 0 ? `(${where})` : where} got a reset at once.${others > 0 ? ` ${others} other ${others === 1 ? 'one was' : 'ones were'} accepted.` : ''}`,
        cause:
          rejecter !== null
            ? `The reset did not come in from ${server}, which is reached through ${rejecter}: a filter of ${rejecter} makes it.`
            : others > 0
              ? 'The server was down for a while, or its queue of waiting connections was full (tcp_abort_on_overflow).'
              : 'The host is reached and answers; no process listens there, or a filter rejects with a reset.',
        subject: {
          src: String(conversation.initiator),
          dst: String(server),
          proto: 'tcp',
          srcPort: about.size === 1 ? conversation.initiatorPort : null,
          dstPort: many > 0 ? null : port,
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

/** The point where a router answers in the name of the server, which lives behind it; null where the reset came from elsewhere. */
function rejectedBy(facts: Facts, conversation: Conversation): string | null {
  const server = conversation.responder;
  const made = facts.crossings
    .of(conversation.reply)
    .find(
      (x) => x.entry < 0 && x.origin === null && x.use.translatedUid < 0 && facts.ownership.livesBehind(x.source, server).exact,
    );
  return made === undefined ? null : facts.captures[made.source].point;
}

/** The server's only word is a reset. After a SYN-ACK it would be the end of a connection, which is another matter. */
function isRefused({ request, reply }: Conversation): boolean {
  return request.sent(FLAG.syn) && reply.resets > 0 && !reply.sent(FLAG.syn | FLAG.ack);
}
