// A server, or something in its name, tears down a connection that was at work.

import { macNumber as macText } from '../bytes/show.js';
import { DIRECTION } from '../capture/frame.js';
import type { Conversation, Direction } from '../facts/conversation.js';
import type { Facts } from '../facts/facts.js';
import type { Mark } from '../flows/mark.js';
import { ODD } from '../flows/tracker.js';
import { type EvidenceDraft, entry, rule } from './rule.js';
import { askedSubject } from './subjects.js';
import page from './tcp-reset.md';

interface Group {
  readonly conversation: Conversation;
  /** Whose address the resets come from: the server's, or the client's. */
  readonly by: Direction;
  readonly under: number | null;
  readonly about: Set<number>;
  readonly evidence: EvidenceDraft[];
  maker: Maker | null;
  foreign: string | null;
  rival: Rival | null;
  /** All of them are done with their work when they are reset. */
  isClose: boolean;
}

/** A second machine that resets what the first one accepted. */
interface Rival {
  readonly macs: readonly number[];
  readonly text: string;
  readonly mark: Mark;
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
    for (const conversation of facts.ailing()) {
      const by = conversation.isTcp ? resetter(facts, conversation) : null;
      if (by === null) continue;
      const under = facts.causes.of(conversation);
      const group = entry(groups, `${conversation.responder} ${conversation.responderPort} ${by.isReply} ${under}`, () => ({
        conversation,
        by,
        under,
        about: new Set<number>(),
        evidence: [],
        maker: null,
        foreign: null,
        rival: null,
        isClose: true,
      }));
      group.about.add(conversation.uid);
      group.maker ??= maker(facts, by);
      group.foreign ??= foreignTtl(by);
      group.rival ??= rivalOf(facts, conversation, by);
      group.isClose &&= isClose(conversation, by);
      for (const mark of by.oddities(ODD.reset).slice(0, 1))
        if (group.evidence.length < 4) group.evidence.push({ mark, field: 'tcp.flags.reset' });
    }
    for (const { conversation, by, under: known, about, evidence, maker, foreign, rival, isClose } of groups.values()) {
      const server = conversation.responder;
      const port = conversation.responderPort;
      const packets = conversation.request.packets + conversation.reply.packets;
      const isDone = isClose && maker === null && foreign === null && rival === null;
      say({
        verdict: 'fail',
        severity: isDone ? 'info' : undefined,
        key: `${server} ${port}${by.isReply ? '' : ' client'}`,
        title: `${maker !== null ? `${maker.point} itself` : foreign !== null ? 'A box on the way' : rival !== null ? `Another machine than ${server}` : `${server} port ${port}`} resets ${about.size === 1 ? 'an open connection' : `${about.size} open connections`}${maker === null && foreign === null && rival === null ? '' : ` to ${server} port ${port}`}`,
        message: `${about.size === 1 ? `The connection from ${facts.named(conversation.initiator)}` : `${about.size} connections, the first from ${facts.named(conversation.initiator)},`} to ${facts.named(server)} port ${port} got a reset from the ${by.isReply ? 'server' : 'client'}'s address after ${packets} packets, before either side had closed.`,
        cause:
          maker?.text ??
          foreign ??
          rival?.text ??
          (isDone
            ? 'Each was answered and acknowledged to its end just before: some programs close so (SO_LINGER with no time), to keep no TIME-WAIT.'
            : null) ??
          'The server process died or closed with data unread, or a box that lost its state of the connection answered in its name.',
        hint:
          maker !== null
            ? `Look at the rules of ${maker.point} that reject with a reset (nft list ruleset, iptables -S), and at what keeps state there (conntrack -L).`
            : foreign !== null
              ? 'Look for what reads connections on the way (firewall, intrusion prevention, proxy, NAT that lost its state; the node in front of a pod counts): capture before and behind it. The end whose address it bears did not send it.'
              : rival !== null
                ? `Find the machine by its MAC (bridge fdb, the MAC table of the switch) and take ${by.from} away from it, or correct the ARP entry that leads to it (ip neigh).`
                : undefined,
        subject: {
          ...askedSubject(conversation, about.size),
          target: String(server),
          ...(rival === null ? {} : { macs: rival.macs.map(macText) }),
        },
        evidence:
          rival === null
            ? evidence
            : [
                { mark: rival.mark, field: 'eth.src', note: `from ${macText(rival.macs[0])}` },
                ...evidence.map((one, i) => (i === 0 ? { ...one, note: `from ${macText(rival.macs[1])}` } : one)),
              ],
        count: about.size,
        about,
        under: known ?? facts.causes.of(conversation),
      });
    }
  },
});

/** The server has answered last, a moment before, and both have acknowledged all: nothing is lost by the reset. */
function isClose({ request, reply }: Conversation, by: Direction): boolean {
  const [reset] = by.oddities(ODD.reset);
  return (
    by.isReply &&
    reset !== undefined &&
    request.dataSegments > 0 &&
    reply.dataSegments > 0 &&
    reply.advancedNs >= request.advancedNs &&
    reset.timeNs - reply.advancedNs < AT_ONCE_NS &&
    request.unacknowledged + reply.unacknowledged === 0
  );
}
const AT_ONCE_NS = 1e9;

/** Who tears the connection down. A client that resets has given up, which is its right, unless another device does it in its name. */
function resetter(facts: Facts, { request, reply }: Conversation): Direction | null {
  if (reply.aborts) return reply;
  return request.aborts && (maker(facts, request) !== null || foreignTtl(request) !== null) ? request : null;
}

/**
 * A reset that leaves a node which it never came into, while the server's other packets come in there: the node made it, whatever its
 * source address says.
 */
function maker(facts: Facts, by: Direction): Maker | null {
  const [reset] = by.oddities(ODD.reset);
  if (reset === undefined || reset.direction !== DIRECTION.out) return null;
  const { source } = reset;
  const node = facts.node(source);
  if (node !== null && facts.topology?.isLocal(node, by.from)) return null;
  // The others came in by an interface; where they too are first seen going out, they come out of a translation or a tunnel.
  const cameIn = by.paths.some((use) => facts.paths.entryAt(use, source) >= 0);
  if (!cameIn || by.first.direction !== DIRECTION.in || by.first.source !== source) return null;
  const { point } = facts.captures[source];
  const port = facts.interfaces.name(reset.port);
  const came = facts.interfaces.name(by.first.port);
  const hops = reset.ttl > 0 && reset.ttl !== by.first.ttl ? ` Its TTL is ${reset.ttl}, theirs is ${by.first.ttl}.` : '';
  return {
    point,
    text: `The reset leaves ${point} by ${port} towards ${by.to} and never came in, while the other packets of ${by.from} come in on ${came}: ${point} itself made it, as a filter that rejects with a reset does.${hops}`,
  };
}

/**
 * A reset that comes by the same interface over another number of hops than the packets before it is of another maker. Hosts begin at
 * 64, 128 or 255, for a reset often at another one than for the rest; hops are what is left of it.
 */
function foreignTtl(by: Direction): string | null {
  const [reset] = by.oddities(ODD.reset);
  if (reset === undefined) return null;
  const { first } = by;
  if (reset.port !== first.port || reset.direction !== first.direction || first.ttl === 0) return null;
  const [own, theirs] = [hopsOf(reset.ttl), hopsOf(first.ttl)];
  if (own === theirs || own >= MOST_HOPS || theirs >= MOST_HOPS) return null;
  return `The reset has a time to live of ${reset.ttl}, the packets before it had ${first.ttl}: a box on the way made it.`;
}

/**
 * The reset comes by the same interface from another MAC than what it answers, over as many hops: of two machines that have the address one
 * accepted the connection, and the other one does not know it. Null where the address has moved, and nothing came from the first one since.
 */
function rivalOf(facts: Facts, { uid, responder, responderPort }: Conversation, by: Direction): Rival | null {
  const other = by.stranger;
  const [reset] = by.oddities(ODD.reset);
  if (other === null || reset === undefined || reset.direction === DIRECTION.out || !by.isReply) return null;
  // The gateways of a link share packets out as they like; hosts of the link itself have each one MAC.
  if (!isInitial(by.first.ttl) || !isInitial(reset.ttl)) return null;
  const own = by.firstSourceMac;
  const goesOn = facts.conversationsThat(
    (one) =>
      one.uid !== uid &&
      one.responder.equals(responder) &&
      one.reply.packets > 0 &&
      one.reply.firstSourceMac === own &&
      one.reply.firstNs > other.first.timeNs,
  );
  if (goesOn.length === 0) return null;
  return {
    macs: [own, other.mac],
    mark: by.first,
    text: `What ${responder} says before comes from ${macText(own)}, the reset from ${macText(other.mac)}, and connections after it are accepted by ${macText(own)} again: two machines have the address at the same time. Port ${responderPort} is open on the first; the second one knows nothing of the connection when packets of it are sent to its MAC.`,
  };
}

/** Of a host on this link: no router has taken one off. */
const isInitial = (ttl: number): boolean => INITIAL.includes(ttl);

/** Initial times to live of the usual systems (RFC 1122 section 3.2.1.7 leaves the value open), and the most hops of a path. */
const INITIAL = [64, 128, 255];
const MOST_HOPS = 32;
const hopsOf = (ttl: number): number => (INITIAL.find((initial) => initial >= ttl) ?? 255) - ttl;
