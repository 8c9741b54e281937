// Connections that begin only when the SYN is sent again, or of which the server ignores the beginning: each costs a second or more, and what
// follows is not lost.
import { FLAG } from '../../dissectors/tcp.js';
import type { Conversation, Direction } from '../facts/conversation.js';
import type { Facts } from '../facts/facts.js';
import { ODD } from '../flows/tracker.js';
import { findBackends } from './backends.js';
import { isLate } from './late-begin.js';
import { endAt } from './next-hop-end.js';
import { atLeast, type EvidenceDraft, entry, rule } from './rule.js';
import page from './tcp-syn-again.md';

interface Server {
  readonly late: Conversation[];
  /** Those of them of which the server ignored the first data. */
  queued: number;
  begun: number;
  segments: number;
  repeated: number;
}

export default rule({
  id: 'tcp-syn-again',
  title: 'Connections begin only when the SYN is sent again',
  group: 'transport',
  severity: 'warning',
  spec: 'RFC 6298 section 2; listen(2)',
  hint: 'On the server: nstat -az TcpExtListenOverflows TcpExtListenDrops, ss -ltn (Recv-Q against Send-Q). On the way: rules with limits for new connections, and each leg or backend that packets are spread over.',
  page,
  options: { percent: atLeast(10, 'share of the connections to a port that must have begun so') },
  judge(facts, say, { percent }) {
    // A healthy connection begins with one SYN, and goes to no backend.
    const begun = facts.ailing().filter(({ isTcp, request }) => isTcp && request.sent(FLAG.syn) && request.sent(FLAG.ack));
    if (!begun.some((one) => isLate(one) || isQueued(one))) return;
    const backends = findBackends(facts, begun, () => true);
    // A client that has its answer may end with a reset.
    const ofServers = begun.filter((one) => !backends.isFront(one) && (one.request.resets === 0 || one.reply.dataSegments > 0));
    const servers = new Map<string, Server>();
    for (const conversation of ofServers) {
      const queued = isQueued(conversation);
      if (!queued && !isLate(conversation)) continue;
      const { responder: to, responderPort: port } = conversation;
      const healthy = facts.health();
      const known = (): Server => ({
        late: [],
        queued: 0,
        begun: healthy.openedTo(to, port),
        segments: healthy.segmentsTo(to, port),
        repeated: 0,
      });
      const server = entry(servers, serverOf(conversation), known);
      server.late.push(conversation);
      if (queued) server.queued++;
    }
    for (const conversation of ofServers) {
      const server = servers.get(serverOf(conversation));
      if (server === undefined) continue;
      server.begun++;
      // What such a server ignores is sent again for that reason.
      if (isQueued(conversation)) continue;
      server.segments += conversation.request.dataSegments;
      server.repeated += conversation.request.retransmissions;
    }
    for (const { late, queued, begun, segments, repeated } of servers.values()) {
      // Where data is lost as often, it is the line.
      if (late.length < LEAST || late.length * 100 < begun * percent || repeated * 2 * begun > late.length * segments) continue;
      const [{ request, responder, responderPort }] = late;
      const about = new Set(late.map(({ uid }) => uid));
      const clients = new Set(late.map(({ initiator }) => String(initiator)));
      if (queued >= LEAST_QUEUED) {
        say({
          verdict: 'fail',
          key: `${responder} ${responderPort} queue`,
          title: `${responder} port ${responderPort} takes ${late.length} of ${begun} connections late: its queue is full`,
          message: `In ${queued} of ${begun} connections from ${clients.size === 1 ? facts.named(request.from) : `${clients.size} clients`} to ${facts.named(responder)} port ${responderPort} the server answered the SYN, ignored what came next ${IGNORED} times or more, and took it in the end.${late.length > queued ? ` In ${late.length - queued} others the first SYN got no answer.` : ''} Nothing that it sent was lost.`,
          cause:
            'The kernel of the server ignores what comes for a connection while the queue of those that its program has yet to accept is full: the program accepts them too slowly, or the queue is too short.',
          subject: { src: String(request.from), dst: String(responder), proto: 'tcp', dstPort: responderPort },
          evidence: late
            .filter(isQueued)
            .slice(0, 3)
            .map((one) => ({ mark: one.request.first, field: 'tcp.flags.syn', note: 'its data was ignored at first' })),
          count: late.length,
          about,
          under: facts.causes.ofAny(about),
        });
        continue;
      }
      say({
        verdict: 'fail',
        key: `${responder} ${responderPort}`,
        title: `${late.length} of ${begun} connections to ${responder} port ${responderPort} begin only when the SYN is sent again`,
        message: `${late.length} of ${begun} connections from ${clients.size === 1 ? facts.named(request.from) : `${clients.size} clients`} to ${facts.named(responder)} port ${responderPort} got no answer to their first SYN, and went on after its repetition, a second or more later. Of ${segments} segments of data ${repeated === 0 ? 'none' : repeated} had to be sent again.`,
        cause:
          deadLeg(facts, late[0].request) ??
          'What follows a handshake is not lost, so it is not the line: the queue of new connections of the server is full at times, something limits new connections, or they are spread over several ways or backends of which one is dead.',
        subject: {
          src: String(request.from),
          dst: String(responder),
          proto: 'tcp',
          dstPort: responderPort,
        },
        evidence: late.slice(0, 3).flatMap((one): EvidenceDraft[] => [
          { mark: one.request.first, field: 'tcp.flags.syn', note: 'not answered' },
          ...one.request
            .oddities(ODD.synAgain)
            .slice(0, 1)
            .map((mark) => ({ mark, field: 'tcp.flags.syn', note: 'sent again' })),
        ]),
        count: late.length,
        about,
        under: facts.causes.ofAny(about),
      });
    }
  },
});

/** Of several next hops to the server one from which no way leads on, by the tables; null where none is known to be so. */
function deadLeg(facts: Facts, request: Direction): string | null {
  const { topology } = facts;
  for (const { source, dst, src } of topology === null ? [] : facts.crossings.of(request)) {
    const node = facts.node(source);
    if (node === null || topology === null) continue;
    const { route, certain } = topology.routeDecision(node, dst, { src });
    if (route === null || !certain || route.nexthops.length < 2) continue;
    for (const { via } of route.nexthops) {
      const leg = via === null ? null : facts.ownership.nodeAt(via);
      const end = leg === null ? null : endAt(topology, node, leg, dst, src);
      if (end?.isKnown === true)
        return `${node} spreads packets for ${route.prefix} over ${route.nexthops.length} next hops, and those by ${via} (${leg}) end there: ${end.text}.`;
    }
  }
  return null;
}

const serverOf = ({ responder, responderPort }: Conversation): string => `${responder} ${responderPort}`;

/**
 * What the client sends first was ignored many times in a row and taken in the end, and nothing of the server was lost: no line loses packets so. The
 * server may send its SYN-ACK again meanwhile.
 */
const isQueued = ({ request, reply }: Conversation): boolean =>
  request.dataSegments - request.retransmissions <= MOST_SEGMENTS &&
  request.stuckCount >= IGNORED &&
  request.unacknowledged === 0 &&
  reply.dataSegments > 0 &&
  reply.retransmissions === 0;

/** A request is short. */
const MOST_SEGMENTS = 4;
const IGNORED = 3;
/** So many connections that were ignored so are no accident. */
const LEAST_QUEUED = 2;

/** Fewer are the fate of packets. */
const LEAST = 3;
