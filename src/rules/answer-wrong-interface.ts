// Questions come in by one interface, and the answers leave by another one, where no host accepts them.

import { FLAG } from '../../dissectors/tcp.js';
import type { Conversation } from '../facts/conversation.js';
import { type Crossing, exitPort, lastExit } from '../facts/crossings.js';
import type { Facts } from '../facts/facts.js';
import { isPrivate } from '../facts/networks.js';
import type { PathUse } from '../flows/uses.js';
import page from './answer-wrong-interface.md';
import { type EvidenceDraft, entry, rule, type Say } from './rule.js';
import { askedSubject } from './subjects.js';

export default rule({
  id: 'answer-wrong-interface',
  title: 'Answers leave by another interface than the questions came in by, and are lost',
  group: 'path',
  severity: 'error',
  spec: 'RFC 2827 section 3; RFC 3704 section 4',
  hint: 'Send answers back the way the questions came: reply-to (pf, OPNsense, pfSense), a mark of the connection with a rule (iptables CONNMARK and ip rule fwmark), or policy routing by source (ip rule from). Source NAT of what comes in does it too.',
  page,
  judge(facts, say) {
    judgeBoth(facts, say);
    judgeSource(facts, say);
  },
});

interface Group {
  readonly conversation: Conversation;
  readonly came: { readonly use: PathUse; readonly hop: number };
  readonly x: Crossing;
  readonly about: Set<number>;
  readonly evidence: EvidenceDraft[];
  count: number;
}

/** The node shows both: in by one interface, out by the other. */
function judgeBoth(facts: Facts, say: Say): void {
  const groups = new Map<string, Group>();
  for (const conversation of facts.ailing()) {
    const { request, reply, initiator } = conversation;
    // Hosts of the internet have no route of their own: the default route takes what goes to them. Of others the route is what is missing.
    if (!isUnheard(conversation) || request.packets === 0 || isPrivate(initiator)) continue;
    if (facts.topology?.isInside(initiator) === true || facts.causes.of(conversation) !== null) continue;
    const entries = [...facts.paths.entries(request)];
    for (const x of facts.crossings.of(reply)) {
      const out = exitPort(x);
      const here = entries.filter(({ use, hop }) => use.path.hops[hop].source === x.source);
      const [came] = here;
      if (came === undefined || x.edge >= 0) continue;
      const isBack = here.some(({ use }) => use.path.hops.some(({ port }) => isOneLink(facts, x.source, port, out)));
      if (isBack || x.exits.some((h) => here.some(({ use, hop }) => use.path.hops[hop].port === x.use.path.hops[h].port)))
        continue;
      const from = came.use.path.hops[came.hop].port;
      const group = entry(
        groups,
        `${x.source} ${from} ${out} ${conversation.responder} ${conversation.responderPort}`,
        (): Group => ({ conversation, came, x, about: new Set(), evidence: [], count: 0 }),
      );
      group.about.add(conversation.uid);
      group.count += x.use.count;
      if (group.evidence.length < 4)
        group.evidence.push(
          { mark: facts.paths.mark(came.use, came.hop), field: 'ip.dst', note: 'question' },
          { mark: facts.paths.mark(x.use, lastExit(x)), field: 'ip.src', note: 'answer, never acknowledged' },
        );
    }
  }
  for (const { conversation, came, x, about, evidence, count } of groups.values()) {
    const from = facts.interfaces.name(came.use.path.hops[came.hop].port);
    const out = facts.interfaces.name(exitPort(x));
    const { point } = facts.captures[x.source];
    const { initiator, responder } = conversation;
    const clients = new Set([...about].map((uid) => String(facts.conversation(uid)?.initiator)));
    const behind = x.origin === null ? '' : `, translated from ${x.origin.direction.from},`;
    say({
      verdict: 'fail',
      key: `${point} ${from} ${out} ${responder} ${conversation.responderPort}`,
      title: `Questions to ${responder} port ${conversation.responderPort} come into ${point} by ${from}, answers leave by ${out}`,
      message: `SYNs from ${clients.size === 1 ? facts.named(initiator) : `${clients.size} clients`} to ${facts.named(responder)} port ${conversation.responderPort} come in by ${from}. The answers${behind} leave by ${out} with the source ${responder}, again and again: nobody acknowledges them.`,
      cause: causeText(facts, x, from, out),
      subject: {
        ...askedSubject(conversation, about.size),
        interfaceIn: from,
        interfaceOut: out,
        interfaceExpected: from,
        node: point,
      },
      evidence,
      count,
      about,
    });
  }
}

function causeText(facts: Facts, x: Crossing, from: string, out: string): string {
  const node = facts.node(x.source);
  const route = node === null ? null : (facts.topology?.route(node, x.dst) ?? null);
  const which = route?.prefix.isDefault === true ? 'The default route' : 'The route to the client';
  return `${which} takes the answers out by ${out}; the connection came by ${from}, and the network behind ${out} drops packets whose source is not of it (ingress filtering).`;
}

/** Only the interface by which the answers leave was captured; the topology knows whose address they carry. */
function judgeSource(facts: Facts, say: Say): void {
  const { topology } = facts;
  if (topology === null) return;
  for (const conversation of facts.ailing()) {
    const { request, reply, initiator, responder } = conversation;
    if (!isUnheard(conversation) || request.packets > 0 || isPrivate(initiator) || facts.causes.of(conversation) !== null)
      continue;
    const { source, port } = reply.first;
    const node = facts.node(source);
    const own =
      node === null
        ? undefined
        : topology.node(node)?.interfaces.find((i) => i.addresses.some((a) => a.address.equals(responder)));
    const route = node === null ? null : topology.route(node, initiator);
    const out = route?.dev ?? null;
    if (node === null || own === undefined || out === null || own.name === out) continue;
    // The addresses of loopback and dummy devices are for all interfaces.
    if (/^(lo|dummy)/.test(own.name) || isOneLink(facts, source, port, port, own.name)) continue;
    const { point } = facts.captures[source];
    say({
      verdict: 'fail',
      key: `${point} ${own.name} ${out} ${responder} ${conversation.responderPort}`,
      title: `Answers from ${responder} port ${conversation.responderPort}, an address of ${own.name}, leave ${point} by ${out}`,
      message: `${reply.syns} SYN-ACKs to ${facts.named(initiator)} leave with the source ${responder}, which is the address of ${own.name}; nobody acknowledges them, and no question was seen here: it came in by another interface.`,
      cause: `The route to ${initiator} takes the answers out by ${out}; the network behind it drops packets whose source is not of it (ingress filtering).`,
      subject: {
        ...askedSubject(conversation, 1),
        interfaceOut: out,
        interfaceExpected: own.name,
        node: point,
      },
      evidence: [{ mark: reply.first, field: 'ip.src', note: `address of ${own.name}` }],
      count: reply.syns,
      about: [conversation.uid],
    });
  }
}

/** The server repeats its SYN-ACK, and the client neither acknowledges it nor refuses it. */
const isUnheard = ({ isTcp, request, reply }: Conversation): boolean =>
  isTcp && reply.sent(FLAG.syn) && reply.syns > 1 && !request.sent(FLAG.ack) && request.resets === 0;

function isOneLink(facts: Facts, source: number, a: number, b: number, name: string | null = null): boolean {
  if (name === null && facts.interfaces.same(a, b)) return true;
  const node = facts.node(source);
  const [one, other] = [name ?? facts.interfaces.name(a), facts.interfaces.name(b)];
  return one === other || (node !== null && facts.interfaces.sameLink(node, one, other));
}
