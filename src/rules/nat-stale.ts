// A flow of UDP stays with a backend that is gone: its entry of connection tracking is older than the change, and every packet renews it.

import { type Command, command } from '../bytes/command.js';
import type { Conversation } from '../facts/conversation.js';
import type { Facts } from '../facts/facts.js';
import type { Mark } from '../flows/mark.js';
import type { Neighbour } from '../flows/neighbour.js';
import { PROTO } from '../flows/packet.js';
import type { Ip } from '../topology/ip.js';
import page from './nat-stale.md';
import { atLeast, type EvidenceDraft, rule, type Say, sentence } from './rule.js';

/** Why a backend is known to be gone. */
interface Gone {
  readonly because: string;
  readonly certain: boolean;
  readonly marks: readonly EvidenceDraft[];
  /** Something is said of the address itself, that follows from this. */
  readonly silent: boolean;
}

export default rule({
  id: 'nat-stale',
  title: 'A flow is translated to a backend that is gone',
  group: 'path',
  severity: 'error',
  spec: 'conntrack(8); RFC 4787 section 4.3',
  hint: 'Delete the entry, then the next packet is looked up anew; kube-proxy does so itself when an endpoint of a UDP service goes away.',
  page,
  options: { packets: atLeast(3, 'datagrams that the flow must have sent') },
  judge(facts, say, { packets }) {
    for (const asked of facts.ailing()) {
      if (asked.proto !== PROTO.udp || asked.request.packets < packets || facts.causes.of(asked) !== null) continue;
      for (const back of facts.translation.backendsOf(asked)) {
        const gone = whyGone(facts, asked, back);
        if (gone === null) continue;
        const { source } = asked.request.first;
        const { point } = facts.captures[source];
        const backend = back.responder;
        const number = say({
          verdict: 'fail',
          confidence: gone.certain ? 'high' : 'medium',
          key: `${asked.responder} ${asked.responderPort} ${backend}`,
          title: `Datagrams for ${asked.responder} port ${asked.responderPort} still go to ${backend}, which is gone`,
          message: `${asked.request.packets} datagrams from ${facts.named(asked.initiator)} port ${asked.initiatorPort} to ${facts.named(asked.responder)} port ${asked.responderPort} are one flow, which ${point} translates to ${facts.named(backend)} port ${back.responderPort}. ${sentence(gone.because)}`,
          cause: STALE,
          commands: [deleteEntry(asked)],
          ...(gone.certain ? {} : { alternatives: [`${backend} is still a backend, and is down.`] }),
          subject: {
            src: String(asked.initiator),
            dst: String(asked.responder),
            proto: 'udp',
            ...asked.ports,
            target: String(backend),
            node: point,
          },
          evidence: [
            { mark: asked.request.first, field: 'ip.dst' },
            { mark: back.request.first, field: 'ip.dst', note: `translated to ${backend}` },
            ...gone.marks,
          ],
          count: asked.request.packets,
          about: [asked.uid, back.uid],
          absence: true,
        });
        if (gone.silent) facts.causes.explainAddress(String(backend), number);
      }
    }
    judgeUnsent(facts, packets, say);
  },
});

/** The node asks for the backend as soon as datagrams of the flow come, and there is no answer: they never leave, so nothing shows the translation. */
function judgeUnsent(facts: Facts, packets: number, say: Say): void {
  for (const n of facts.neighbours.questioned()) {
    if (n.askedByUs < RETRIES || n.answers > 0) continue;
    for (const asked of facts.conversations()) {
      if (asked.proto !== PROTO.udp || asked.request.packets < packets || facts.causes.of(asked) !== null) continue;
      if (asked.initiator.equals(n.target) || asked.responder.equals(n.target) || asked.reply.packets > 0) continue;
      // The datagrams are for the node that asks: the address that it asks for can only come from a translation.
      const { source } = n;
      if (!isAskedAtOnce(asked, n) || !facts.ownership.isOwn(source, asked.responder)) continue;
      const others = laterFlows(facts, asked).filter(({ back }) => back.reply.packets > 0 && !back.responder.equals(n.target));
      if (others.length === 0) continue;
      const { point } = facts.captures[source];
      const number = say({
        verdict: 'fail',
        key: `${asked.responder} ${asked.responderPort} ${n.target}`,
        title: `Datagrams for ${asked.responder} port ${asked.responderPort} still go to ${n.target}, which is gone`,
        message: `${asked.request.packets} datagrams from ${facts.named(asked.initiator)} port ${asked.initiatorPort} to ${facts.named(asked.responder)} port ${asked.responderPort} are one flow. As soon as they come, ${point} asks for ${n.target}, and nobody answers; a flow of the same service that began later goes to ${others[0].back.responder} and is answered.`,
        cause: STALE,
        commands: [deleteEntry(asked)],
        alternatives: [`${n.target} is still a backend, and is down.`],
        subject: {
          src: String(asked.initiator),
          dst: String(asked.responder),
          proto: 'udp',
          ...asked.ports,
          target: String(n.target),
          node: point,
        },
        evidence: [
          { mark: asked.request.first, field: 'ip.dst' },
          ...n.questions.slice(0, 2).map((mark) => ({ mark, note: `nobody answers for ${n.target}` })),
          ...witnesses(others),
        ],
        count: asked.request.packets,
        about: [asked.uid],
        absence: true,
        silent: [n.target],
      });
      facts.causes.explainAddress(String(n.target), number);
    }
  }
}

/** A question for the address follows the first datagram as soon as that comes into the node that asks. */
const isAskedAtOnce = ({ request }: Conversation, n: Neighbour): boolean =>
  request.paths.some(({ path, hops }) =>
    path.hops.some(
      ({ source }, h) =>
        source === n.source && n.questions.some(({ timeNs }) => timeNs >= hops[h].timeNs && timeNs - hops[h].timeNs < AT_ONCE_NS),
    ),
  );

/** Long enough for a busy machine, and short against the second between two questions (retrans_time_ms). */
const AT_ONCE_NS = 10e6;

const STALE =
  'A flow keeps the backend that was chosen for its first packet as long as packets come: the entry of connection tracking is stale.';

const deleteEntry = (asked: Conversation): Command =>
  command`conntrack -D -p udp --orig-src ${asked.initiator} --orig-dst ${asked.responder} --orig-port-src ${asked.initiatorPort} --orig-port-dst ${asked.responderPort}`;

function whyGone(facts: Facts, asked: Conversation, back: Conversation): Gone | null {
  const backend = back.responder;
  if (back.reply.packets > 0 && back.reply.lastNs > asked.request.lastNs - ANSWER_NS) return null;
  const unknown = notABackend(facts, asked.responder, backend);
  const silence = silenceOf(facts, back, asked.request.lastNs);
  if (silence.length > 0)
    return {
      because: `nobody answers ARP or neighbour solicitations for ${backend} any more${unknown === null ? '' : `, and ${unknown}`}`,
      certain: unknown !== null,
      marks: silence.slice(0, 3).map((mark) => ({ mark, note: `nobody answers for ${backend}` })),
      silent: true,
    };
  if (back.reply.packets > 0) return null;
  const later = laterFlows(facts, asked);
  const elsewhere = later.filter((flow) => flow.back.responder.equals(backend) === false);
  if (unknown !== null && elsewhere.length === later.length)
    return { because: unknown, certain: true, marks: witnesses(elsewhere), silent: false };
  // One of several backends may be down, and be missed by the few flows that came later.
  const answered = elsewhere.filter((flow) => flow.back.reply.packets > 0);
  if (answered.length < LEAST_LATER || elsewhere.length < later.length) return null;
  return {
    because: `${answered.length} flows of the same service that began later go to other backends and are answered, none goes to ${backend}`,
    certain: false,
    marks: witnesses(answered),
    silent: false,
  };
}

/** An answer to the last packets may be under way. */
const ANSWER_NS = 1e9;
/** Fewer flows than these miss a backend by chance. */
const LEAST_LATER = 6;

interface Flow {
  readonly asked: Conversation;
  readonly back: Conversation;
}

const witnesses = (flows: readonly Flow[]): EvidenceDraft[] =>
  flows
    .slice(0, 2)
    .map(({ back }) => ({ mark: back.request.first, field: 'ip.dst', note: `began later, goes to ${back.responder}` }));

/** The topology knows the backends of the service, or the pods, and this is none; null where it does not say. */
function notABackend(facts: Facts, service: Ip, backend: Ip): string | null {
  const { topology } = facts;
  if (topology === null) return null;
  if (topology.isBackend(service, backend) === false) return `it is no backend of ${facts.named(service)} by the topology`;
  const inPods = topology.ownerOf(backend).some(({ what }) => what === 'podCIDR');
  return inPods && topology.podList.length > 0 && topology.pod(backend) === null ? 'the topology knows no such pod' : null;
}

/** Questions for the backend without an answer while the flow went on. */
function silenceOf(facts: Facts, back: Conversation, lastNs: number): Mark[] {
  for (const n of facts.neighbours.of(back.responder)) {
    if (n.askedByUs === 0 || n.questions.length === 0) continue;
    const isOpen = !Number.isNaN(n.openSinceNs) && n.openSinceNs < lastNs && n.openCount >= RETRIES;
    const isSilent = n.answers === 0 ? n.asked >= RETRIES : isOpen || n.unanswered >= RETRIES;
    if (!isSilent) continue;
    const since = n.answers === 0 ? Number.NEGATIVE_INFINITY : (n.firstAnswer?.timeNs ?? Number.NEGATIVE_INFINITY);
    return n.questions.filter(({ timeNs }) => timeNs > since);
  }
  return [];
}

/** Linux asks three times before it gives up (neigh/default/mcast_solicit). */
const RETRIES = 3;

/** Flows of the same service that began after this one. */
function laterFlows(facts: Facts, asked: Conversation): Flow[] {
  return facts
    .ailing()
    .filter(
      (other) =>
        other !== asked &&
        other.proto === asked.proto &&
        other.responderPort === asked.responderPort &&
        other.responder.equals(asked.responder) &&
        asked.request.isBefore(other.request),
    )
    .flatMap((other) => facts.translation.backendsOf(other).map((back) => ({ asked: other, back })));
}
