// Packets leave a node towards a host of which nothing ever comes back.

import { FLAG } from '../../dissectors/tcp.js';
import { DIRECTION } from '../capture/frame.js';
import type { Conversation } from '../facts/conversation.js';
import { type Crossing, exitPort } from '../facts/crossings.js';
import type { Facts } from '../facts/facts.js';
import type { Loss } from '../facts/links.js';
import { guessedNetwork } from '../facts/networks.js';
import { PROTO } from '../flows/packet.js';
import type { Ip } from '../topology/ip.js';
import { formerBackend } from './backends.js';
import page from './return-missing.md';
import { type EvidenceDraft, entry, rule, type Say, seconds } from './rule.js';
import { packetsSubject } from './subjects.js';

interface Group {
  readonly conversation: Conversation;
  readonly crossing: Crossing;
  /** The node that has all these hosts, where none of its addresses says anything. */
  readonly owner: string | null;
  readonly about: Set<number>;
  readonly hosts: Set<string>;
  readonly evidence: EvidenceDraft[];
  readonly under: number | null;
  /** Some answer is overdue; what is asked later of the same hosts waits with it. */
  overdue: boolean;
  count: number;
}

export default rule({
  id: 'return-missing',
  title: 'Packets go out and nothing comes back',
  group: 'path',
  severity: 'error',
  hint: 'Capture at the next hop: do the packets arrive there, and do answers leave it? Look at the route back, at firewalls and at the host itself.',
  page,
  options: { within: seconds(1, 'how long an answer may take (first retry of a SYN, RFC 6298 section 2)') },
  judge(facts, say, { within }) {
    const groups = new Map<string, Group>();
    const alive = new Set<string>();
    for (const direction of facts.topology === null ? [] : facts.exampleDirections()) {
      const node = direction.packets > 0 ? facts.ownership.nodeAt(direction.from) : null;
      if (node !== null) alive.add(node);
    }
    for (const conversation of facts.ailing()) {
      if (!asksForAnswer(conversation) || conversation.reply.packets > 0) continue;
      if (!isProven(facts, conversation)) continue;
      const isOverdue = facts.nowNs - conversation.request.firstNs >= within;
      const isLost = facts.links.lossOf(conversation.request) !== null;
      for (const x of facts.crossings.of(conversation.request)) {
        if ((!isLost && isHeard(facts, x)) || facts.doubts.halfFilter(x.source) !== null) continue;
        // A point further on knows more.
        if (facts.paths.lastNode(x.use).source !== x.source) continue;
        const under = facts.causes.of(conversation);
        const owner = silentOwner(facts, alive, x.dst);
        const group = entry(
          groups,
          keyOf(x, owner, under),
          (): Group => ({
            conversation,
            crossing: x,
            owner,
            about: new Set(),
            hosts: new Set(),
            evidence: [],
            under,
            overdue: false,
            count: 0,
          }),
        );
        group.overdue ||= isOverdue;
        group.count += x.use.count;
        group.about.add(conversation.uid);
        group.hosts.add(String(x.dst));
        if (group.evidence.length < 4)
          group.evidence.push({
            mark: facts.paths.mark(x.use, x.exits[x.exits.length - 1]),
            field: 'ip.dst',
            note: 'never answered',
          });
      }
    }
    // Datagrams to the same silent hosts share their fate; alone they prove nothing.
    for (const conversation of facts.ailing()) {
      const { request, reply } = conversation;
      if (conversation.proto !== PROTO.udp || request.lost === 0 || request.answered > 0 || reply.packets > 0) continue;
      for (const x of facts.crossings.of(request)) {
        const group = groups.get(keyOf(x, silentOwner(facts, alive, x.dst), facts.causes.of(conversation)));
        if (group === undefined || !group.hosts.has(String(x.dst)) || facts.paths.lastNode(x.use).source !== x.source) continue;
        group.count += x.use.count;
        group.about.add(conversation.uid);
      }
    }
    for (const { conversation, crossing: x, owner, about, hosts, evidence, under, overdue, count } of groups.values()) {
      if (!overdue) continue;
      const out = facts.interfaces.name(exitPort(x));
      const from = facts.crossings.entryPort(x);
      const { point } = facts.captures[x.source];
      const many = hosts.size > 1;
      const loss = facts.links.lossOf(conversation.request);
      const place = owner === null ? guessedNetwork(x.dst) : owner;
      const whom = !many
        ? facts.named(x.dst)
        : owner === null
          ? `${hosts.size} hosts of ${place}`
          : `${hosts.size} addresses of ${owner} (${[...hosts].slice(0, 4).join(', ')})`;
      say({
        verdict: 'fail',
        absence: true,
        key: `${point} ${out} ${place}`,
        title:
          loss === null
            ? `Nothing comes back from ${many ? place : x.dst}, to which ${point} sends by ${out}`
            : lossTitle(facts, loss, x.dst),
        message: `${count === 1 ? 'A packet' : `${count} packets`} to ${whom} left ${point} by ${out}; no packet of any kind came back from there.${loss === null ? '' : ` ${lossText(facts, loss)}`}`,
        ...(loss === null ? formerBackend(facts, conversation) : { hint: LINK_HINT }),
        subject: {
          ...packetsSubject(conversation, x.src, x.dst),
          interfaceIn: from === null ? null : facts.interfaces.name(from),
          interfaceOut: out,
          node: point,
        },
        evidence,
        count,
        about,
        under,
      });
    }
    judgeAnswers(facts, say, within);
  },
});

/** The answer would have been seen here, or the asker repeats as one does who heard nothing. */
const isProven = (facts: Facts, { request }: Conversation): boolean =>
  request.syns > 1 || request.retransmissions > 0 || facts.hearing.isTelling(request);

/** The node that has the address, where the topology knows it and nothing was heard of any address of it. */
function silentOwner(facts: Facts, alive: ReadonlySet<string>, dst: Ip): string | null {
  const owner = facts.ownership.nodeAt(dst);
  return owner === null || alive.has(owner) ? null : owner;
}

const keyOf = (x: Crossing, owner: string | null, under: number | null): string =>
  `${x.source} ${exitPort(x)} ${owner ?? guessedNetwork(x.dst)} ${under}`;

const LINK_HINT =
  'Look at the link between the two: cabling, VLANs and filters of the switches, MTU, and the neighbour entry (ip neigh) of the sender.';

const lossTitle = (facts: Facts, loss: Loss, dst: Ip): string =>
  `Packets to ${dst} are lost between ${facts.links.name(loss.from)} and ${facts.links.name(loss.to)}`;

const lossText = (facts: Facts, { from, to }: Loss): string =>
  `They never came into ${facts.links.name(to)}, which captured at the same time and sees other packets from ${facts.links.name(from)}.`;

/** Answers that were seen leaving one point and never came to the next one. */
function judgeAnswers(facts: Facts, say: Say, within: number): void {
  const groups = new Map<
    string,
    { loss: Loss; conversation: Conversation; about: Set<number>; evidence: EvidenceDraft[]; count: number }
  >();
  for (const conversation of facts.ailing()) {
    if (!asksForAnswer(conversation) || conversation.reply.packets === 0 || facts.causes.of(conversation) !== null) continue;
    if (facts.nowNs - conversation.request.firstNs < within || facts.delivery.of(conversation.reply) === true) continue;
    const loss = facts.links.lossOf(conversation.reply);
    if (loss === null) continue;
    const key = `${loss.from.port} ${loss.to.port} ${guessedNetwork(conversation.initiator)}`;
    const group = entry(groups, key, () => ({ loss, conversation, about: new Set<number>(), evidence: [], count: 0 }));
    group.about.add(conversation.uid);
    group.count += loss.count;
    if (group.evidence.length < 4)
      group.evidence.push({ mark: facts.paths.mark(loss.use, loss.hop), field: 'ip.dst', note: 'not seen at the next point' });
  }
  for (const { loss, conversation, about, evidence, count } of groups.values()) {
    const [src, dst] = [conversation.responder, conversation.initiator];
    say({
      verdict: 'fail',
      absence: true,
      key: `${facts.links.name(loss.from)} ${facts.links.name(loss.to)} ${guessedNetwork(dst)}`,
      title: lossTitle(facts, loss, dst),
      message: `${count === 1 ? 'An answer' : `${count} answers`} from ${facts.named(src)} to ${facts.named(dst)} left ${facts.links.name(loss.from)}. ${lossText(facts, loss)}`,
      hint: LINK_HINT,
      subject: {
        src: String(src),
        dst: String(dst),
        proto: conversation.protoName,
        interfaceOut: facts.interfaces.name(loss.from.port),
        node: facts.captures[loss.from.source].point,
        target: String(dst),
      },
      evidence,
      count,
      about,
    });
  }
}

/** A SYN or an echo request: a datagram need not be answered. */
function asksForAnswer(conversation: Conversation): boolean {
  return (
    (conversation.isTcp ? conversation.request.sent(FLAG.syn) : conversation.isEcho && conversation.request.asked > 0) &&
    !conversation.request.isToMany
  );
}

/** A host at the destination answers, an error explains the silence, or answers need not pass here. */
function isHeard(facts: Facts, x: Crossing): boolean {
  if (x.edge >= 0 || x.dst.isMulticast || facts.ownership.isOwn(x.source, x.dst)) return true;
  if (facts.ownership.livesBehind(x.source, x.dst).exact || facts.crossings.isHairpin(x)) return true;
  if (facts.errors.mention(x.dst)) return true;
  // What left by an interface that is not known, or whose answers are seen nowhere: an Ethernet capture of half a link.
  const { known, frames } = facts.interfaces.of(exitPort(x));
  return !known || frames[DIRECTION.in] === 0;
}
