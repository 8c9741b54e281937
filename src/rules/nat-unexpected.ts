// Translation where none should be, or an answer that missed the translation it needed.

import { FLAG } from '../../dissectors/tcp.js';
import type { Conversation } from '../facts/conversation.js';
import { type Crossing, exitPort } from '../facts/crossings.js';
import type { Facts } from '../facts/facts.js';
import { guessedNetwork } from '../facts/networks.js';
import type { Ip } from '../topology/ip.js';
import page from './nat-unexpected.md';
import { type EvidenceDraft, entry, rule, type Say } from './rule.js';

export default rule({
  id: 'nat-unexpected',
  title: 'Addresses are translated where they should not be, or not translated back',
  group: 'path',
  severity: 'warning',
  spec: 'RFC 3022 section 2.1',
  hint: 'Answers must come back by the node that translated the question: let it masquerade the source too, or make its peers route through it.',
  page,
  judge(facts, say) {
    judgeAnswers(facts, say);
    judgeSources(facts, say);
  },
});

/** A SYN to one address is acknowledged by another one: the answer did not pass the node that had translated the SYN. */
function judgeAnswers(facts: Facts, say: Say): void {
  const tcp = facts.conversationsThat((conversation) => conversation.isTcp);
  // Where the SYN is seen translated as well, the client's reset tells that it knows nothing of the connection.
  const orphans = tcp.filter(
    (conversation) =>
      conversation.reply.sent(FLAG.syn) && (!conversation.request.sent(FLAG.syn) || conversation.request.resets > 0),
  );
  if (orphans.length === 0) return;
  const syns = new Map<string, Conversation>();
  for (const conversation of tcp)
    if (conversation.request.sent(FLAG.syn) && conversation.reply.packets === 0)
      syns.set(`${conversation.initiator} ${conversation.initiatorPort} ${conversation.request.nextSeq}`, conversation);
  const groups = new Map<
    string,
    { asked: Conversation; answered: Conversation; about: Set<number>; evidence: EvidenceDraft[]; resets: number }
  >();
  for (const answered of orphans) {
    const asked = syns.get(`${answered.initiator} ${answered.initiatorPort} ${answered.reply.ack}`);
    if (asked === undefined || asked === answered || facts.causes.of(asked) !== null) continue;
    const key = `${asked.responder} ${asked.responderPort} ${answered.responder} ${answered.responderPort}`;
    const group = entry(groups, key, () => ({ asked, answered, about: new Set<number>(), evidence: [], resets: 0 }));
    group.about.add(asked.uid).add(answered.uid);
    group.resets += answered.request.resets;
    if (group.evidence.length < 4)
      group.evidence.push(
        { mark: asked.request.first, field: 'tcp.seq_raw', note: `SYN to ${asked.responder}` },
        { mark: answered.reply.first, field: 'tcp.ack_raw', note: `acknowledged by ${answered.responder}` },
      );
  }
  for (const [key, { asked, answered, about, evidence, resets }] of groups) {
    const asker = asked.initiator;
    const target = asked.responder;
    const from = answered.responder;
    const { source } = asked.request.first;
    say({
      verdict: 'fail',
      severity: 'error',
      key,
      title: `Answers for ${target} port ${asked.responderPort} come from ${from} port ${answered.responderPort}`,
      message: `${facts.named(asker)} asks ${facts.named(target)} port ${asked.responderPort}, and ${facts.named(from)} port ${answered.responderPort} acknowledges that very SYN. ${resets > 0 ? 'The client does not know this connection and resets it.' : 'The client does not know this connection.'}`,
      cause: `The request was translated on its way, and the answer took a way that does not lead through the node that translates it back.`,
      subject: {
        src: String(asker),
        dst: String(target),
        proto: 'tcp',
        srcPort: about.size === 2 ? asked.initiatorPort : null,
        dstPort: asked.responderPort,
        target: String(from),
        node: facts.captures[source].point,
      },
      evidence,
      count: about.size / 2,
      about,
    });
  }
}

interface Translated {
  readonly conversation: Conversation;
  readonly x: Crossing;
  readonly src: Ip;
  readonly under: number | null;
  readonly about: Set<number>;
  readonly evidence: EvidenceDraft[];
  count: number;
}

/** The source of packets within the lab is translated, and nothing comes back. */
function judgeSources(facts: Facts, say: Say): void {
  const { topology } = facts;
  if (topology === null) return;
  const groups = new Map<string, Translated>();
  for (const direction of facts.directions()) {
    if (facts.delivery.of(direction) !== false) continue;
    for (const x of facts.crossings.of(direction)) {
      const { origin } = x;
      if (origin === null) continue;
      const src = origin.conversation.initiator;
      if (!origin.conversation.responder.equals(x.dst) || src.equals(x.src)) continue;
      if (!topology.isInside(src) || !topology.isInside(x.dst) || topology.masqueraded(src, x.dst) !== false) continue;
      const under = facts.causes.of(direction.conversation) ?? facts.causes.of(origin.conversation);
      const group = entry(
        groups,
        `${x.source} ${exitPort(x)} ${guessedNetwork(src)} ${guessedNetwork(x.dst)} ${under}`,
        (): Translated => ({ conversation: direction.conversation, x, src, under, about: new Set(), evidence: [], count: 0 }),
      );
      group.count += x.use.count;
      group.about.add(direction.conversation.uid).add(origin.conversation.uid);
      if (group.evidence.length < 4)
        group.evidence.push(
          { mark: facts.paths.mark(origin.use, origin.hop), field: 'ip.src' },
          { mark: facts.paths.mark(x.use, x.exits[x.exits.length - 1]), field: 'ip.src', note: 'translated' },
        );
    }
  }
  for (const { conversation, x, src, under, about, evidence, count } of groups.values()) {
    const out = facts.interfaces.name(exitPort(x));
    const { point } = facts.captures[x.source];
    say({
      verdict: 'fail',
      key: `${point} ${out} ${guessedNetwork(src)} ${guessedNetwork(x.dst)}`,
      title: `${point} translates ${src} to ${x.src} on the way to ${guessedNetwork(x.dst)}`,
      message: `Packets from ${facts.named(src)} to ${facts.named(x.dst)} leave ${point} by ${out} with the source ${x.src}. Both ends are inside, where nothing should be translated; no answer was seen.`,
      subject: {
        src: String(src),
        dst: String(x.dst),
        proto: conversation.protoName,
        interfaceOut: out,
        node: point,
        target: String(x.src),
      },
      evidence,
      count,
      about,
      under,
    });
  }
}
