// Translation where none should be, or an answer that missed the translation it needed.

import { command } from '../bytes/command.js';
import type { Conversation, Direction } from '../facts/conversation.js';
import { type Crossing, exitPort, lastExit } from '../facts/crossings.js';
import type { Facts } from '../facts/facts.js';
import { guessedNetwork } from '../facts/networks.js';
import { type StrayAnswer, strayAnswers } from '../facts/stray-answers.js';
import { PROTO } from '../flows/packet.js';
import { ODD } from '../flows/tracker.js';
import type { Ip } from '../topology/ip.js';
import { judgeRefusedAnswers } from './nat-hairpin.js';
import page from './nat-unexpected.md';
import { type EvidenceDraft, entry, rule, type Say } from './rule.js';
import { askedSubject, packetsSubject } from './subjects.js';

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
    judgeMixed(facts, say);
    judgeSources(facts, say);
    judgeRefusedAnswers(facts, say);
  },
});

/** A host that asked one address gets the answer from another one. */
function judgeAnswers(facts: Facts, say: Say): void {
  interface Strays {
    readonly one: StrayAnswer;
    readonly about: Set<number>;
    readonly evidence: EvidenceDraft[];
    resets: number;
    count: number;
  }
  const groups = new Map<string, Strays>();
  for (const one of strayAnswers(facts)) {
    const { asked, answer } = one;
    if (facts.causes.of(asked) !== null) continue;
    const key = `${asked.responder} ${asked.responderPort} ${answer.from} ${answer.fromPort} ${one.translated}`;
    const group = entry(groups, key, (): Strays => ({ one, about: new Set(), evidence: [], resets: 0, count: 0 }));
    group.about.add(asked.uid).add(answer.conversation.uid);
    group.resets += answer.other.resets;
    group.count++;
    if (group.evidence.length < 4) {
      const [question, reply] = FIELDS[asked.isTcp ? 'tcp' : asked.proto === PROTO.udp ? 'udp' : 'icmp'];
      group.evidence.push(
        { mark: asked.request.first, field: question, note: `${asked.isTcp ? 'SYN' : 'question'} to ${asked.responder}` },
        ...(one.translated === 'answer'
          ? [{ mark: asked.reply.first, field: 'ip.src', note: `${asked.responder} answers` }]
          : []),
        { mark: answer.first, field: reply, note: `${asked.isTcp ? 'acknowledged' : 'answered'} by ${answer.from}` },
      );
    }
  }
  for (const [key, { one, about, evidence, resets, count }] of groups) {
    const { asked, answer, translated } = one;
    const [target, from] = [endText(facts, asked.request, true), endText(facts, answer, false)];
    const source = one.source < 0 ? asked.request.first.source : one.source;
    const { point } = facts.captures[source];
    const refusal =
      resets > 0
        ? ' The client does not know this connection and resets it.'
        : one.refused === 'unreachable'
          ? ' The client refuses it: port unreachable.'
          : ` The client does not know ${asked.isTcp ? 'this connection' : 'whom this comes from'}.`;
    say({
      verdict: 'fail',
      severity: 'error',
      key,
      title: `Answers for ${endText(null, asked.request, true)} come from ${endText(null, answer, false)}`,
      message:
        translated === 'answer'
          ? `${facts.named(asked.initiator)} asks ${target}, which answers; ${point} sends the answer on with the source ${from}.${refusal}`
          : `${facts.named(asked.initiator)} asks ${target}, and ${from} ${asked.isTcp ? 'acknowledges that very SYN' : 'answers'}.${refusal}`,
      ...(translated === 'unseen' && !asked.isTcp ? otherAddress(facts, asked.responder, answer.from) : CAUSES[translated]),
      subject: {
        ...askedSubject(asked, count),
        target: String(answer.from),
        node: point,
      },
      evidence,
      count,
      about,
      absence: translated === 'unseen' && !asked.isTcp,
    });
  }
}

const FIELDS = {
  tcp: ['tcp.seq_raw', 'tcp.ack_raw'],
  udp: ['udp.dstport', 'udp.srcport'],
  icmp: ['ip.dst', 'ip.src'],
} as const;

const CAUSES = {
  unseen: {
    cause:
      'The request was translated on its way, and the answer took a way that does not lead through the node that translates it back.',
  },
  question: {
    cause: 'The node translates the request, and passes the answer on as it is: it does not translate it back.',
    hint: 'Translation back needs connection tracking of the request: look for notrack rules, stateless NAT of one direction only, and answers that cross a bridge past the NAT (net.bridge.bridge-nf-call-iptables).',
  },
  answer: {
    cause: 'The request was not translated, the answer is: a masquerading rule takes packets of connections that came in.',
    hint: 'Answers must leave with the address that was asked: let the masquerading take only connections that begin inside (conntrack does so by itself; BPF programs and stateless rules have to be told).',
  },
} as const;

/**
 * A program that listens on all addresses of a machine answers a datagram from the address of the route back (RFC 1123 section 2.3 wants the one
 * that was asked); behind a translation the same is seen.
 */
function otherAddress(facts: Facts, asked: Ip, from: Ip): { readonly cause: string; readonly hint?: string } {
  const macs = (ip: Ip): number[] => {
    const found: number[] = [];
    for (const n of facts.neighbours.list) if (n.target.equals(ip)) for (const { mac } of n.claims) found.push(mac);
    return found;
  };
  const theirs = macs(from);
  const nodes = [asked, from].map((ip) => facts.ownership.nodeAt(ip));
  const hint = `Let the program listen on ${asked} itself, so that it answers from it; or, where ${asked} is translated, let answers come back by the node that does it.`;
  if (macs(asked).some((mac) => theirs.includes(mac)) || (nodes[0] !== null && nodes[0] === nodes[1]))
    return {
      cause: `Both are addresses of one machine, whose program listens on all of them: the answer to a datagram leaves with the address of the route back, here ${from}.`,
      hint,
    };
  return guessedNetwork(asked) === guessedNetwork(from)
    ? {
        cause: `Either one machine has both addresses and its program answers from the one of the route back, as one does that listens on all of them; or ${asked} is translated to ${from}, and the answer went past the node that translates it back.`,
        hint,
      }
    : CAUSES.unseen;
}

/** `10.96.0.10 port 53`; without a port where there is none. Of the end that a direction goes to, or comes from. */
function endText(facts: Facts | null, direction: Direction, to: boolean): string {
  const ip = to ? direction.to : direction.from;
  const name = facts === null ? String(ip) : facts.named(ip);
  const { srcPort } = direction.conversation.ports;
  return srcPort === null ? name : `${name} port ${to ? direction.toPort : direction.fromPort}`;
}

/**
 * Of the answers of one connection some are translated back and some are not, and the client resets what it does not know. Connection tracking
 * takes packets that do not fit a connection for invalid, and does not translate them.
 */
function judgeMixed(facts: Facts, say: Say): void {
  for (const asked of facts.ailing()) {
    if (!asked.isTcp || asked.request.packets === 0) continue;
    for (const back of facts.translation.backendsOf(asked)) {
      const { reply, request } = back;
      if (request.resets === 0 || facts.causes.of(back) !== null) continue;
      const translated = reply.paths.reduce((sum, use) => sum + (use.translatedTo < 0 ? 0 : use.count), 0);
      const bare = facts.crossings.of(reply).filter((x) => x.use.translatedTo < 0 && x.entry >= 0 && x.edge < 0);
      const count = bare.reduce((sum, x) => sum + x.use.count, 0);
      if (translated === 0 || count === 0) continue;
      const [x] = bare;
      const { point } = facts.captures[x.source];
      const out = facts.interfaces.name(exitPort(x));
      say({
        verdict: 'fail',
        severity: 'error',
        key: `mixed ${point} ${asked.responder} ${asked.responderPort} ${back.responder} ${back.responderPort}`,
        title: `Some answers of ${endText(null, reply, false)} for ${endText(null, asked.request, true)} are not translated back`,
        message: `${point} translates ${translated} answers of ${facts.named(back.responder)} back to ${facts.named(asked.responder)}; ${count === 1 ? 'one leaves' : `${count} leave`} by ${out} untranslated. ${facts.named(asked.initiator)} knows no connection with ${back.responder} and resets it, which ends the good connection as well.`,
        cause:
          'Connection tracking takes a packet that does not fit (an old segment that is sent again, one out of the window) for invalid, and what is invalid is not translated.',
        hint: 'Drop what is invalid before it is forwarded (iptables -I FORWARD -m conntrack --ctstate INVALID -j DROP), or be liberal about windows on the node that translates.',
        commands: [command`sysctl -w net.netfilter.nf_conntrack_tcp_be_liberal=1`],
        subject: {
          ...packetsSubject(asked, asked.initiator, asked.responder),
          interfaceOut: out,
          target: String(back.responder),
          node: point,
        },
        evidence: [
          ...bare.slice(0, 2).flatMap((one) => [
            { mark: facts.paths.mark(one.use, one.entry), field: 'ip.src' },
            { mark: facts.paths.mark(one.use, lastExit(one)), field: 'ip.src', note: 'not translated back' },
          ]),
          ...request
            .oddities(ODD.reset)
            .slice(0, 2)
            .map((mark) => ({ mark, field: 'tcp.flags.reset', note: 'reset by the client' })),
        ],
        count,
        about: [asked.uid, back.uid],
      });
    }
  }
}

interface Translated {
  readonly conversation: Conversation;
  readonly x: Crossing;
  readonly src: Ip;
  readonly under: number | null;
  /** The new source is an address that no host has. */
  readonly isForeign: boolean;
  /** The translation is undone for the answers: it works, and hides who asks. */
  readonly isAnswered: boolean;
  readonly about: Set<number>;
  readonly evidence: EvidenceDraft[];
  count: number;
}

/** The source of packets within the lab is translated: nothing comes back, or their answers do, and the other end sees the wrong client. */
function judgeSources(facts: Facts, say: Say): void {
  const { topology } = facts;
  if (topology === null) return;
  const groups = new Map<string, Translated>();
  const ailing = facts.ailingDirections().filter((direction) => facts.delivery.of(direction) === false);
  const healthy = facts.exampleDirections().filter((d) => !d.isReply && facts.delivery.of(d) === true);
  for (const direction of [...ailing, ...healthy]) {
    const isAnswered = facts.delivery.of(direction) === true;
    for (const x of facts.crossings.of(direction)) {
      const { origin } = x;
      if (origin === null) continue;
      const src = origin.conversation.initiator;
      if (!origin.conversation.responder.equals(x.dst) || src.equals(x.src)) continue;
      const isForeign = !isAnswered && isNobodys(facts, x);
      const isInside = topology.isInside(src) && topology.isInside(x.dst) && topology.masqueraded(src, x.dst) === false;
      if (!isForeign && !isInside) continue;
      const under = facts.causes.of(direction.conversation) ?? facts.causes.of(origin.conversation);
      const group = entry(
        groups,
        `${x.source} ${exitPort(x)} ${guessedNetwork(src)} ${isForeign ? x.src : guessedNetwork(x.dst)} ${under} ${isAnswered}`,
        (): Translated => ({
          conversation: direction.conversation,
          x,
          src,
          isForeign,
          isAnswered,
          under,
          about: new Set(),
          evidence: [],
          count: 0,
        }),
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
  for (const { conversation, x, src, under, isForeign, isAnswered, about, evidence, count } of groups.values()) {
    const out = facts.interfaces.name(exitPort(x));
    const { point } = facts.captures[x.source];
    say({
      verdict: 'fail',
      key: `${point} ${out} ${guessedNetwork(src)} ${isForeign ? x.src : guessedNetwork(x.dst)}`,
      title: isForeign
        ? `${point} translates ${src} to ${x.src}, an address that nobody has`
        : `${point} translates ${src} to ${x.src} on the way to ${guessedNetwork(x.dst)}`,
      message: `Packets from ${facts.named(src)} to ${facts.named(x.dst)} leave ${point} by ${out} with the source ${x.src}. ${isForeign ? `It is no address of ${point}, and of no node or network of the topology, so there is no return path to it` : 'Both ends are inside, where nothing should be translated'}; ${isAnswered ? `they are answered, but ${facts.named(x.dst)} sees ${x.src} as the client: policies, access lists and logs there go by the wrong address` : 'no answer was seen'}.`,
      ...(isForeign ? { severity: 'error' as const, hint: FOREIGN_HINT } : isAnswered ? { hint: HIDDEN_HINT } : {}),
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

const HIDDEN_HINT =
  'Except the networks of the lab from masquerading on the node that translates (Cilium: ipv4-native-routing-cidr; ip-masq-agent: nonMasqueradeCIDRs; netfilter: a rule before MASQUERADE).';
const FOREIGN_HINT =
  'Compare the address in the NAT rule with the addresses of the interface (ip address): masquerade instead, or route the address to this node.';

/** The new source belongs to no node: not to the one that translates, as far as the topology knows its addresses, nor of any other. */
function isNobodys(facts: Facts, { source, src }: Crossing): boolean {
  const node = facts.node(source);
  const { topology } = facts;
  if (node === null || topology === null || topology.isLocal(node, src)) return false;
  const own = topology.node(node)?.interfaces.flatMap((i) => i.addresses) ?? [];
  return own.some(({ address }) => address.family === src.family && !address.isLinkLocal) && topology.ownerOf(src).length === 0;
}
