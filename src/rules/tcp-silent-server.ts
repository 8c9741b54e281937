// A server that accepts connections and takes requests, and never answers them: its kernel works, its program does not.
import { FLAG } from '../../dissectors/tcp.js';
import type { Conversation } from '../facts/conversation.js';
import { findBackends } from './backends.js';
import { entry, rule, seconds } from './rule.js';
import page from './tcp-silent-server.md';

interface Server {
  readonly silent: Conversation[];
  answered: number;
}

export default rule({
  id: 'tcp-silent-server',
  title: 'Requests are taken and never answered',
  group: 'transport',
  severity: 'warning',
  spec: 'RFC 9293 section 3.8.6 (acknowledged is received by the host, not read by its program)',
  hint: 'Look at the process on that server (is it stopped, does it wait for a database, a name or a disk?), and take it out of service meanwhile.',
  page,
  options: {
    after: seconds(2, 'how long clients wait at least before they give up, where no other server of that port answers'),
  },
  judge(facts, say, { after }) {
    // A healthy connection is answered.
    if (!facts.ailing().some((one) => one.isTcp && isRequest(one) && !isAnswered(one) && isGivenUp(one))) return;
    const asked = facts.conversationsThat((conversation) => conversation.isTcp && isRequest(conversation));
    const backends = findBackends(facts, asked, isAnswered);
    const servers = new Map<string, Server>();
    /** By port: answered requests, and the servers that answer them. */
    const ports = new Map<number, { count: number; readonly servers: Set<string> }>();
    for (const conversation of asked) {
      // The backend behind a service address tells more.
      if (backends.isFront(conversation)) continue;
      const { responder, responderPort } = conversation;
      const server = entry(servers, `${responder} ${responderPort}`, (): Server => ({ silent: [], answered: 0 }));
      if (isAnswered(conversation)) {
        server.answered++;
        const port = entry(ports, responderPort, () => ({ count: 0, servers: new Set<string>() }));
        port.count++;
        port.servers.add(String(responder));
      } else if (isGivenUp(conversation)) server.silent.push(conversation);
    }
    for (const { silent, answered } of servers.values()) {
      if (silent.length < LEAST || answered > 0) continue;
      const [first] = silent;
      const { responder, responderPort, request } = first;
      const others = ports.get(responderPort);
      const waits = silent.map(waitOf);
      const [least, most] = [Math.min(...waits), Math.max(...waits)];
      // Who only sends (logs, prints, files) closes when he is done; who waits for an answer, when his patience is at its end, each time after
      // the same time.
      if (others === undefined && (least < after || most > least * ALIKE)) continue;
      const about = new Set(silent.map(({ uid }) => uid));
      const clients = new Set(silent.map(({ initiator }) => String(initiator)));
      const wait = most > least * ALIKE ? `${inSeconds(least)} to ${inSeconds(most)}` : inSeconds(least);
      const known = others === undefined ? '' : othersText(others.count, others.servers.size, responderPort);
      const backend = backends.of(first);
      say({
        // Who sends logs or files, and closes each time after the same rest, looks the same.
        verdict: others === undefined ? 'inconclusive' : 'fail',
        key: `${responder} ${responderPort}`,
        title: `${responder} port ${responderPort} takes requests and never answers`,
        message: `${silent.length} connections from ${clients.size === 1 ? facts.named(request.from) : `${clients.size} clients`} to ${facts.named(responder)} port ${responderPort} were accepted, and what they asked was acknowledged; no answer came until the client gave up, ${wait} later.${known}`,
        cause: `The network carries both directions: the kernel of ${responder} accepts and acknowledges by itself, and the program behind the port does not answer.${backend === null ? '' : ` It is one of ${backend.all} backends of ${backend.service}.`}`,
        contrast: others === undefined ? undefined : [`Silent: ${responder}.${known}`],
        subject: {
          src: String(request.from),
          dst: String(responder),
          proto: 'tcp',
          dstPort: responderPort,
          target: backend === null ? null : String(backend.service),
        },
        evidence: silent.slice(0, 3).map(({ request: { first: mark } }) => ({ mark, field: 'tcp.flags.syn', note: 'asks' })),
        count: silent.length,
        about,
        absence: true,
        under: facts.causes.ofAnyFault(about),
      });
    }
  },
});

/** One may be an accident. */
const LEAST = 2;
/** Where other servers answer, waiting for so long in vain is enough. */
const PATIENCE_NS = 1e9;
/** Times that differ by less than this factor are one timeout. */
const ALIKE = 1.1;
/** A request is short; who sends more sends data. */
const MOST_SEGMENTS = 4;

const inSeconds = (ns: number): string => `${(ns / 1e9).toFixed(1)} s`;

const othersText = (count: number, servers: number, port: number): string =>
  ` ${count} ${count === 1 ? 'request' : 'requests'} to port ${port} of ${servers === 1 ? 'another server was' : `${servers} other servers were`} answered.`;

/** Set up, and something short asked. */
const isRequest = ({ request, reply }: Conversation): boolean =>
  request.sent(FLAG.syn) && reply.sent(FLAG.syn) && request.dataSegments > 0;

const isAnswered = ({ reply }: Conversation): boolean => reply.dataSegments > 0;

const waitOf = ({ request }: Conversation): number => request.lastNs - request.firstNs;

/** All that was asked was acknowledged, nothing was answered, and the client closed after a while. */
function isGivenUp(conversation: Conversation): boolean {
  const { request, reply } = conversation;
  if (request.dataSegments > MOST_SEGMENTS || request.unacknowledged > 0 || reply.resets > 0) return false;
  return (request.sent(FLAG.fin) || request.resets > 0) && waitOf(conversation) >= PATIENCE_NS;
}
