// A server that accepts connections and takes requests, and never answers them, or late: its kernel works, its program does not, or ends them itself.
import { FLAG } from '../../dissectors/tcp.js';
import { push } from '../bytes/groups.js';
import type { Conversation, Direction } from '../facts/conversation.js';
import type { Facts } from '../facts/facts.js';
import { LATE_NS } from '../facts/health.js';
import { findBackends } from './backends.js';
import { entry, rule, type Say, seconds } from './rule.js';
import page from './tcp-silent-server.md';

interface Server {
  readonly silent: Conversation[];
  /** Those that it closed itself. */
  readonly closed: Conversation[];
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
    sayLate(facts, say);
    // A healthy connection is answered.
    const isMissing = (one: Conversation): boolean => !isAnswered(one) && (isGivenUp(one) || isHungUp(one));
    if (!facts.ailing().some((one) => one.isTcp && isRequest(one) && isMissing(one))) return;
    const asked = facts.conversationsThat((conversation) => conversation.isTcp && isRequest(conversation));
    const backends = findBackends(facts, asked, isAnswered);
    const servers = new Map<string, Server>();
    /** By port: answered requests, and the servers that answer them. */
    const ports = new Map<number, { count: number; readonly servers: Set<string> }>();
    for (const conversation of asked) {
      // The backend behind a service address tells more.
      if (backends.isFront(conversation)) continue;
      const { responder, responderPort, request } = conversation;
      const isCopy = facts.translation
        .of(conversation)
        .some((other) => other.responder.equals(responder) && other.request.isBefore(request));
      if (isCopy) continue;
      const server = entry(servers, `${responder} ${responderPort}`, (): Server => ({ silent: [], closed: [], answered: 0 }));
      if (isAnswered(conversation)) {
        server.answered++;
        const port = entry(ports, responderPort, () => ({ count: 0, servers: new Set<string>() }));
        port.count++;
        port.servers.add(String(responder));
      } else if (isHungUp(conversation)) server.closed.push(conversation);
      else if (isGivenUp(conversation)) server.silent.push(conversation);
    }
    for (const { closed, answered } of servers.values()) if (closed.length > 0) sayClosed(facts, say, closed, answered);
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

/** Answers that came late, with nothing lost that could have held them up: a remark, since some are late by design (long polls, reports). */
function sayLate(facts: Facts, say: Say): void {
  const servers = new Map<string, Conversation[]>();
  for (const one of facts.ailing()) {
    const { request, reply, responder, responderPort } = one;
    if (!one.isTcp || reply.waitNs < LATE_NS || wasHeldUp(request) || wasHeldUp(reply)) continue;
    // Of the halves before and after a NAT the one that shows the client, and the backend in place of the service's address, tells more.
    const isCopy = facts.translation
      .of(one)
      .some((other) => (other.responder.equals(responder) ? other.request.isBefore(request) : request.isBefore(other.request)));
    if (!isCopy) push(servers, `${responder} ${responderPort}`, one);
  }
  for (const late of servers.values()) {
    const [{ responder, responderPort, request }] = late;
    const about = new Set(late.map(({ uid }) => uid));
    const waits = late.map(({ reply }) => reply.waitNs);
    const [least, most] = [inSeconds(Math.min(...waits)), inSeconds(Math.max(...waits))];
    const { clients, subject } = between(facts, late);
    const places = `${facts.named(responder)} port ${responderPort}`;
    say({
      verdict: 'fail',
      severity: 'info',
      key: `${responder} ${responderPort} late`,
      title: `${responder} port ${responderPort} answers only after ${most}`,
      message: `In ${late.length === 1 ? 'a connection' : `${late.length} connections`} of ${clients} to ${places} an answer came ${least === most ? least : `${least} to ${most}`} after the request. Nothing had to be sent again: the network delivered both directions.`,
      cause:
        'The program took so long, or what it asks itself (a database, a name, another service). A long poll waits by design.',
      hint: 'Ask the server itself (curl -w "%{time_starttransfer}" on it), and look at what its program waits for.',
      subject,
      evidence: [{ mark: request.first, field: 'tcp.flags.syn', note: `the longest wait: ${most}` }],
      count: late.length,
      about,
      under: facts.causes.ofAnyFault(about),
    });
  }
}

/** Whose connections to one server these are: in words, and as what a finding is about. */
function between(facts: Facts, [first, ...others]: readonly Conversation[]) {
  const { initiator, responder, responderPort } = first;
  const clients = new Set([first, ...others].map((one) => String(one.initiator)));
  return {
    clients: clients.size === 1 ? facts.named(initiator) : `${clients.size} clients`,
    subject: {
      src: clients.size === 1 ? String(initiator) : null,
      dst: String(responder),
      proto: 'tcp',
      dstPort: responderPort,
      target: String(responder),
    },
  };
}

/** The network, or a receiver with a full buffer, may have made it wait. */
const wasHeldUp = (direction: Direction): boolean =>
  direction.retransmissions > 0 || direction.gapBytes > 0 || direction.zeroWindows > 0 || direction.syns > 1;

/** The server ended them itself, soon, and without a byte of an answer. */
function sayClosed(facts: Facts, say: Say, closed: readonly Conversation[], answered: number): void {
  const [{ responder, responderPort }] = closed;
  const about = new Set(closed.map(({ uid }) => uid));
  const { clients, subject } = between(facts, closed);
  const count = closed.length;
  say({
    verdict: 'fail',
    severity: count >= LEAST && answered === 0 ? 'warning' : 'info',
    key: `${responder} ${responderPort} closes`,
    title: `${responder} port ${responderPort} closes ${count === 1 ? 'a connection' : `${count} connections`} without an answer`,
    message: `${count === 1 ? 'A connection' : `${count} connections`} from ${clients} to ${facts.named(responder)} port ${responderPort} ${count === 1 ? 'was' : 'were'} accepted, the client asked something, and the server closed without one byte of an answer.${answered > 0 ? ` It answered ${answered} others.` : ''} The network delivered both directions.`,
    cause:
      'The program behind the port ends it: it does not take this protocol (TLS on a port without it, or the other way round), this name or this client, or has nothing behind it that could answer.',
    hint: 'Look into the log of that program, and ask it yourself in its own protocol (curl -v, openssl s_client).',
    subject,
    evidence: closed.slice(0, 3).map(({ request: { first: mark } }) => ({ mark, field: 'tcp.flags.syn', note: 'asks' })),
    count,
    about,
    under: facts.causes.ofAnyFault(about),
  });
}

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

/** A program that does not want a request says so at once; what only collects, ends connections that have been idle for long. */
const HANG_UP_NS = 5e9;

/** A short request, and the server closed first, soon. */
const isHungUp = (conversation: Conversation): boolean => {
  const { request, reply } = conversation;
  return (
    request.dataSegments <= MOST_SEGMENTS &&
    conversation.isClosedByServer &&
    reply.resets === 0 &&
    reply.lastNs - request.firstNs <= HANG_UP_NS
  );
};

const waitOf = ({ request }: Conversation): number => request.lastNs - request.firstNs;

/** All that was asked was acknowledged, nothing was answered, and the client closed after a while. */
function isGivenUp(conversation: Conversation): boolean {
  const { request, reply } = conversation;
  if (request.dataSegments > MOST_SEGMENTS || request.unacknowledged > 0 || reply.resets > 0) return false;
  if (conversation.isClosedByServer) return false;
  return (request.sent(FLAG.fin) || request.resets > 0) && waitOf(conversation) >= PATIENCE_NS;
}
