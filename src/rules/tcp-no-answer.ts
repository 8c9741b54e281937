// Connection attempts without an answer.

import { FLAG } from '../../dissectors/tcp.js';
import { shown } from '../bytes/command.js';
import { DIRECTION } from '../capture/frame.js';
import type { Conversation, Direction } from '../facts/conversation.js';
import type { Facts } from '../facts/facts.js';
import { lazy } from '../facts/lazy.js';
import { RETRY_NS } from '../facts/ledger.js';
import { isPrivate } from '../facts/networks.js';
import { tunnelName } from '../facts/tunnels.js';
import type { Mark } from '../flows/mark.js';
import { ODD } from '../flows/tracker.js';
import type { Ip } from '../topology/ip.js';
import { forwardingKey } from '../topology/walk.js';
import { type Backend, findBackends, formerBackend, noBackend } from './backends.js';
import { isLate } from './late-begin.js';
import { type TurnedBack, turnedBack } from './nat-hairpin.js';
import { atLeast, type EvidenceDraft, entry, push, rule, Spread, seconds } from './rule.js';
import { pairOf, scansOf } from './scans.js';
import { fullQueue, silentHost } from './silent-host.js';
import { askedSubject } from './subjects.js';
import page from './tcp-no-answer.md';

interface Group {
  readonly conversation: Conversation;
  readonly under: number | null;
  readonly about: Set<number>;
  readonly clients: Set<string>;
  readonly evidence: EvidenceDraft[];
  /** The server answers, and its answers are lost. */
  readonly back: boolean;
  /** The server answers with acknowledgments of an older connection. */
  readonly stale: boolean;
  readonly open: boolean;
  readonly backend: Backend | null;
  /** Number of servers, when they are many and one client asks them all in vain. */
  readonly many: number;
  /** Number of ports, when one client asks many of one server in vain. */
  readonly manyPorts: number;
  /** The client looks which ports of this server are open. */
  readonly isProbe: boolean;
  syns: number;
  attempts: number;
  /** Some attempt was sent again. */
  repeated: boolean;
  /** That no answer came is sure: it was asked again, or answers to this asker are seen here. */
  proven: boolean;
}

interface Kind {
  readonly back: boolean;
  readonly stale: boolean;
  readonly open: boolean;
  readonly under: number | null;
  /** What has one cause on many servers, and on many ports of one. */
  readonly kind: string;
  readonly ports: string;
}

export default rule({
  id: 'tcp-no-answer',
  title: 'Connection attempts get no answer',
  group: 'transport',
  severity: 'error',
  spec: 'RFC 9293 section 3.5; RFC 6298 section 2',
  hint: 'Is the server up, does a firewall drop the port, and is the return path right?',
  page,
  options: {
    within: seconds(1, 'how long a SYN may go without an answer (RFC 6298 section 2: first retry after one second)'),
    tries: atLeast(1, 'SYNs that must have been sent'),
  },
  judge(facts, say, { within, tries }) {
    // What follows a path is meant to end on it.
    const attempts = facts.ailing().filter((one) => isAttempt(one) && !facts.errors.isProbe(one.request));
    const lonely = attempts.filter(
      (conversation) => !isHeard(conversation) && Math.max(conversation.request.syns, conversation.reply.syns) >= tries,
    );
    if (lonely.length === 0) return;
    const backends = findBackends(facts, attempts, isHeard);
    const serving = new Set(attempts.filter(isHeard).map(serverOf));
    const serves = (conversation: Conversation): boolean =>
      serving.has(serverOf(conversation)) || facts.health().openedTo(conversation.responder, conversation.responderPort) > 0;
    /** By server, the clients of each attempt that was answered. */
    const heard = lazy(() => {
      const clients = new Map<string, string[]>();
      for (const conversation of facts.conversations())
        if (isAttempt(conversation) && isHeard(conversation))
          push(clients, serverOf(conversation), String(conversation.initiator));
      return clients;
    });
    const groups = new Map<string, Group>();
    const spread = new Spread();
    const isOpen = (conversation: Conversation): boolean => facts.nowNs - lastTried(conversation).firstNs < within;
    const kindOf = (conversation: Conversation): Kind => {
      const stale = isStale(conversation);
      const back = !stale && conversation.reply.packets > 0;
      const open = isOpen(conversation);
      const under = facts.causes.of(conversation);
      return {
        back,
        stale,
        open,
        under,
        ports: `ports ${conversation.initiator} ${conversation.responder} ${back} ${stale} ${under} ${open}`,
        kind: open ? `open ${under}` : `${conversation.initiator} ${conversation.responderPort} ${back} ${stale} ${under}`,
      };
    };
    // A capture of busy servers always ends on attempts under way: where others were answered, these would have been too.
    const isUnderWay = (conversation: Conversation): boolean => isOpen(conversation) && serves(conversation);
    for (const conversation of lonely)
      if (!isUnderWay(conversation)) {
        const { kind, ports } = kindOf(conversation);
        spread.add(kind, String(conversation.responder));
        spread.add(ports, String(conversation.responderPort));
      }
    /** Of clients that look which ports of a host are open, those that say nothing. */
    const scanned = scansOf(facts);
    const silent = new Map<string, Set<number>>();
    for (const conversation of lonely)
      if (scanned.has(pairOf(conversation)))
        entry(silent, pairOf(conversation), () => new Set<number>()).add(conversation.responderPort);
    /** Scanner and target, with the finding that says so: what else the scanner leaves unfinished there is part of it. */
    const scans = new Map<string, number>();
    for (const conversation of lonely) {
      if (backends.isFront(conversation) || isUnderWay(conversation)) continue;
      const { back, stale, open, under, kind, ports } = kindOf(conversation);
      const tried = lastTried(conversation);
      const many = spread.many(kind);
      const ofScan = back || stale ? 0 : (silent.get(pairOf(conversation))?.size ?? 0);
      const manyPorts = many > 0 ? 0 : Math.max(spread.many(ports), ofScan);
      const group = entry(
        groups,
        many > 0
          ? kind
          : manyPorts > 0
            ? ports
            : `${conversation.responder} ${conversation.responderPort} ${back} ${stale} ${under} ${open}`,
        () => ({
          conversation,
          under,
          about: new Set<number>(),
          clients: new Set<string>(),
          evidence: [],
          back,
          stale,
          open,
          backend: many + manyPorts > 0 ? null : backends.of(conversation),
          many,
          manyPorts,
          isProbe: ofScan > 0,
          repeated: false,
          proven: false,
          syns: 0,
          attempts: 0,
        }),
      );
      // The same attempt before and behind a translation is one, of one client.
      if (!facts.translation.of(conversation).some(({ uid }) => group.about.has(uid))) {
        group.attempts++;
        group.clients.add(String(conversation.initiator));
        group.syns += tried.syns;
      }
      group.about.add(conversation.uid);
      group.repeated ||= tried.syns > 1;
      group.proven ||=
        group.isProbe || tried.syns > 1 || group.attempts > 1 || facts.ledger.silence(conversation.request) === 'lost';
      if (group.evidence.length < 4) {
        group.evidence.push({ mark: tried.first, field: 'tcp.flags.syn' });
        for (const mark of tried.oddities(ODD.synAgain).slice(0, 3))
          group.evidence.push({ mark, field: 'tcp.flags.syn', note: `sent again after ${sinceFirst(tried, mark)} s` });
      }
    }
    // Where the answers get lost is nearer to the cause than where none is seen, behind a translation.
    const scansFirst = [...groups.values()].sort(
      (x, y) => Number(isScan(y)) - Number(isScan(x)) || Number(y.back) - Number(x.back),
    );
    for (const group of scansFirst) {
      const {
        conversation,
        under,
        about,
        clients,
        evidence,
        back,
        stale,
        syns,
        open,
        backend,
        many,
        manyPorts,
        proven,
        attempts,
      } = group;
      const server = conversation.responder;
      const port = conversation.responderPort;
      const pair = pairOf(conversation);
      const answered = many + manyPorts > 0 ? [] : (heard().get(serverOf(conversation)) ?? []);
      const others = answered.length;
      const place = manyPorts > 0 ? `${manyPorts} ${manyPorts === 1 ? 'port' : 'ports'}` : `port ${port}`;
      const whom = many > 0 ? `${many} addresses, such as ${server},` : facts.named(server);
      const some = `${attempts === 1 ? 'A connection attempt' : `${attempts} connection attempts`} from ${clients.size === 1 ? facts.named(conversation.initiator) : `${clients.size} clients`}`;
      const schedule = manyPorts > 0 ? '' : retries(lastTried(conversation));
      const unsure = !open && !proven;
      const turned = open || unsure || many + manyPorts > 0 ? null : turnedBack(facts, conversation);
      const told =
        turned ??
        (open || unsure || back || stale || many + manyPorts > 0
          ? null
          : (noBackend(facts, server) ??
            formerBackend(facts, conversation) ??
            (others > 0 ? fullQueue(facts, conversation) : null) ??
            (backend === null ? silentHost(facts, conversation.request) : null)));
      // Of one client some attempts are answered and some are not.
      const shared =
        told === null && !open && !unsure && !back && !stale && answered.some((client) => clients.has(client))
          ? spreadOut(facts, conversation)
          : null;
      for (const uid of shared?.late ?? []) about.add(uid);
      // Where the host says nothing at all to these clients, that it answers no pings of theirs is the same fault.
      const pings = open || unsure || back || stale || many + manyPorts > 0 ? [] : deafTo(facts, conversation, clients);
      const number = say({
        verdict: open || unsure ? 'inconclusive' : 'fail',
        severity: isScan(group) ? 'info' : undefined,
        key:
          many > 0
            ? `${conversation.initiator} ${port} ${back}`
            : manyPorts > 0
              ? `${pair} ports ${back}`
              : `${server} ${port} ${back}`,
        title: isScan(group)
          ? `${conversation.initiator} scans ports of ${server}: ${manyPorts} ${manyPorts === 1 ? 'does' : 'do'} not answer`
          : titleText(
              manyPorts > 0 ? `${manyPorts} ports of ${server}` : `${many > 0 ? `${many} addresses` : server} port ${port}`,
              back,
              stale,
              backend,
              turned,
            ),
        message: back
          ? `${some} to ${whom} ${place}: the server answers and repeats its SYN-ACK (${syns} in all${schedule}), but the client never acknowledges it${conversation.request.packets === 0 ? ' where it is seen; its own packets do not pass here' : ''}.`
          : stale
            ? `${some} to ${whom} ${place} got an acknowledgment of something else, and no SYN-ACK (${syns} SYNs${schedule}).`
            : `${some} to ${whom} ${place} got no answer of any kind${open ? ' before the capture ended' : ''} (${syns} SYN${syns === 1 ? '' : 's'}${schedule}).${others > 0 ? ` ${others} other ${others === 1 ? 'attempt was' : 'attempts were'} answered.` : ''}${unsure ? ' One SYN that is not sent again proves nothing: an answer may have come unseen, or the client has given up.' : ''}`,
        cause: isScan(group)
          ? group.isProbe
            ? 'The client tries many ports of this host, most of which refuse: a filter drops what comes to these.'
            : 'Each port is asked once and not again, as a scanner does.'
          : (told?.cause ?? shared?.cause ?? causeText(facts, group, answered)),
        hint: told?.hint,
        commands: turned?.commands,
        subject: {
          ...askedSubject(conversation, about.size),
          ...(manyPorts > 0 && { dstPort: null }),
          target: backend === null ? null : String(backend.service),
        },
        evidence,
        count: syns,
        about: pings.length === 0 ? about : new Set([...about, ...pings]),
        absence: true,
        // That the others refuse shows that answers to this client are seen here.
        settles: group.isProbe,
        under: under ?? scans.get(pair) ?? facts.causes.ofAnyFault(about),
      });
      if (isScan(group) && number >= 0) scans.set(pair, number);
    }
  },
});

/** Pings of the same clients to the same host, which answers them nothing at all: unanswered and not explained. */
function deafTo(facts: Facts, { responder }: Conversation, clients: ReadonlySet<string>): number[] {
  const same = facts.conversationsThat(
    (other) => other.responder.equals(responder) && clients.has(String(other.initiator)) && !other.request.isToMany,
  );
  if (same.some(({ reply }) => reply.packets > 0)) return [];
  return same.flatMap((other) =>
    other.isEcho && other.request.asked > 0 && facts.causes.of(other) === null && facts.hearing.isTelling(other.request)
      ? other.uid
      : [],
  );
}

/** Many ports of one host are asked once each: a client that wants something asks again. */
const isScan = ({ manyPorts, repeated, isProbe, back }: Group): boolean => manyPorts > 0 && (isProbe || !repeated) && !back;

const isAttempt = (conversation: Conversation): boolean =>
  conversation.isTcp && (conversation.request.sent(FLAG.syn) || isAnswerAgain(conversation));

/** The server says something, and it is no answer to the SYN: neither SYN-ACK nor reset. */
const isStale = ({ request, reply }: Conversation): boolean =>
  reply.packets > 0 && reply.resets === 0 && !reply.sent(FLAG.syn) && request.sent(FLAG.syn);

const serverOf = ({ responder, responderPort }: Conversation): string => `${responder} ${responderPort}`;

/** The handshake went on. A client that acknowledges has been answered, seen here or not. */
function isHeard(conversation: Conversation): boolean {
  if (conversation.request.sent(FLAG.ack) || conversation.reply.resets > 0) return true;
  if (conversation.reply.packets === 0) return false;
  // An acknowledgment of another connection is no answer.
  if (!conversation.reply.sent(FLAG.syn)) return false;
  // A SYN-ACK again and again: the answer exists and does not arrive. A client that refuses it has got it.
  return conversation.reply.syns < 2 || conversation.request.resets > 0;
}

/** Only the SYN-ACK passes here, and the server repeats it: its handshake does not go on, wherever the other direction passes. */
function isAnswerAgain({ request, reply }: Conversation): boolean {
  return request.packets === 0 && reply.sent(FLAG.syn) && reply.syns > 1 && reply.lastNs - reply.firstNs >= RETRY_NS;
}

/** What goes unanswered: the SYN, or the SYN-ACK that the server sends. */
const lastTried = ({ request, reply }: Conversation): Direction => (reply.sent(FLAG.syn) ? reply : request);

function titleText(place: string, back: boolean, stale: boolean, backend: Backend | null, turned: TurnedBack | null): string {
  if (turned !== null) return `No answer from ${place}: ${turned.title}`;
  if (stale) return `${place} answers SYNs with acknowledgments of an older connection`;
  if (back) return `Answers from ${place} do not reach the client`;
  if (backend !== null && backend.all > 1)
    return `${place}, ${backend.all - backend.answering} of ${backend.all} backends of ${backend.service}, does not answer`;
  return `No answer from ${place}`;
}

function causeText(facts: Facts, { conversation, clients, backend, back, stale }: Group, answered: readonly string[]): string {
  if (stale)
    return `${conversation.responder} still has a connection with the same ports, and acknowledges that (RFC 9293 section 3.10.7.4). The client's reset should end it: it does not arrive or is not accepted, or a translation gave the port of one client to another.`;
  if (back) {
    const front = facts.translation
      .of(conversation)
      .find((other) => other.initiator.equals(conversation.initiator) && !other.responder.equals(conversation.responder));
    return front === undefined || front.reply.packets > 0
      ? `${lastSeen(facts, conversation.reply, 'SYN-ACKs')}Packets from the server get lost on the return path, or take a path that the client does not accept.${passedBy(facts, conversation)}`
      : `The client asked ${front.responder} port ${front.responderPort}, which was translated to ${conversation.responder} with the client's address as it was. The answers do not come back to the node that translates, so none is translated back, and the client does not know whom they come from. Let that node masquerade what it sends on, or lead the answers back through it.`;
  }
  if (backend !== null) return `${conversation.responder} is a backend of ${backend.service} port ${backend.port}.`;
  if (answered.length === 0)
    return (
      facts.doubts.filterRemark(conversation.request.first.source) ||
      `${lastSeen(facts, conversation.request, 'SYNs')}${bare(facts, conversation.request)}${nodePort(facts, conversation)}`.trim()
    );
  if (facts.topology?.address(conversation.responder)?.service) return 'One of the backends of the service may be dead.';
  if (answered.some((client) => clients.has(client))) return '';
  return `The server is up and answers ${answered[0]}: what is lost has to do with ${clients.size === 1 ? [...clients][0] : 'these clients'}, such as the return path to ${clients.size === 1 ? 'it' : 'them'} (a route or a netmask of the server), or a filter by address. ${sharedRoutes(facts, conversation.responder, conversation.initiator)}`.trim();
}

/** Attempts of the same clients fail and work in turns: what tells them apart is their source port, as a hash does. With the routes that do so. */
function spreadOut(
  facts: Facts,
  { responder, responderPort, initiator }: Conversation,
): { cause: string; late: number[] } | null {
  const all = facts.conversationsThat(
    (other) => other.isTcp && other.responder.equals(responder) && other.responderPort === responderPort && isAttempt(other),
  );
  const late = all.filter((one) => isHeard(one) && isLate(one));
  const lost = all.filter((one) => !isHeard(one) || isLate(one)).map(({ request }) => request.firstNs);
  const [first, last] = [Math.min(...lost), Math.max(...lost)];
  const answered = all.filter((one) => isHeard(one) && !isLate(one)).map(({ request }) => request.firstNs);
  const isInTurns = answered.some((ns) => ns > first && ns < last);
  if (lost.length < LEAST_SPREAD || answered.length < LEAST_SPREAD || !isInTurns) return null;
  const again =
    late.length === 0 ? '' : ` (${late.length} of them worked when the SYN was sent again, which can take another way)`;
  return {
    cause:
      `The first SYNs of ${lost.length} of ${all.length} attempts are lost${again}, in turns with others that are answered, of the same hosts: only the source port tells them apart. So one of several ways there (ECMP), or of several servers behind ${responder}, is dead. ${sharedRoutes(facts, responder, initiator)}`.trim(),
    late: late.map(({ uid }) => uid),
  };
}

/** Nodes whose routes share packets to this address out over several next hops. */
function sharedRoutes(facts: Facts, to: Ip, from: Ip): string {
  const { topology } = facts;
  const found = (topology?.nodeNames ?? []).flatMap((node) => {
    const route = topology?.routeDecision(node, to, { src: from }).route ?? null;
    const hops = new Set(route?.nexthops.flatMap(({ via }) => (via === null ? [] : facts.named(via))));
    return route === null || hops.size < 2
      ? []
      : `${node} shares packets for ${route.prefix} out over ${[...hops].join(' and ')}.`;
  });
  return found.slice(0, 2).join(' ');
}

/** Fewer take turns by chance. */
const LEAST_SPREAD = 3;

/** Where the packets were seen last, if that is one place: what comes after it is where to look. With a space after it. */
function lastSeen(facts: Facts, direction: Direction, what: string): string {
  const places = new Map<string, { readonly source: number; readonly text: string }>();
  for (const use of direction.paths) {
    const { source, hop } = facts.paths.lastNode(use);
    const { port, edge } = use.path.hops[hop];
    const { point } = facts.captures[source];
    const name = facts.interfaces.name(port);
    const outer = edge < 0 ? null : facts.tunnels.edge(edge);
    const inside = outer === null ? '' : ` inside ${tunnelName(outer.kind)} for ${facts.named(outer.dst)}`;
    const way = facts.paths.directionAt(use, hop);
    const text =
      way === DIRECTION.out
        ? `leaving ${point} by ${name}${inside}`
        : way === DIRECTION.in
          ? `coming into ${point} on ${name}${inside}${use.path.hops.every((h) => h.source === source) ? '' : keeps(facts, source, direction)}`
          : '';
    places.set(text, { source, text });
  }
  const [place] = places.values();
  return places.size !== 1 || place.text === '' ? '' : `The ${what} were last seen ${place.text}. `;
}

/** Another node sent the packets here, all interfaces were captured, and nothing was passed on: what that may be. */
const keeps = (facts: Facts, source: number, { to }: Direction): string =>
  facts.captures[source].everyInterface && !facts.crossings.forwards(source) && !facts.ownership.isOwn(source, to)
    ? `, which passes nothing on in this capture and does not answer: if ${to} is not its own address, its forwarding is off (${shown`sysctl ${forwardingKey(to.family)}`}) or a filter on it drops them`
    : '';

/** They leave for the internet with a private source, which no route there leads back to. With a space after it. */
function bare(facts: Facts, direction: Direction): string {
  if (!isPrivate(direction.from) || isPrivate(direction.to)) return '';
  const leaves = direction.paths.every((use) => {
    const { hop } = facts.paths.lastNode(use);
    return facts.paths.directionAt(use, hop) === DIRECTION.out && use.path.hops[hop].edge < 0 && use.translatedTo < 0;
  });
  return leaves
    ? `Their source ${direction.from} is private and was not translated here: unless a router further on does it, no answer can come back. `
    : '';
}

/** Kubernetes gives services ports of this range on every node (--service-node-port-range). */
function nodePort(facts: Facts, { responder, responderPort, request }: Conversation): string {
  if (responderPort < 30_000 || responderPort > 32_767) return '';
  const here = request.paths.some(
    (use) => facts.paths.lastNode(use).onlyIn && facts.ownership.isOwn(facts.paths.lastNode(use).source, responder),
  );
  return here
    ? `Port ${responderPort} is one of Kubernetes' NodePorts: with externalTrafficPolicy Local a node without a backend of its own drops what comes in.`
    : '';
}

/** The answers come to a node that the question did not pass: what keeps state there takes them for invalid. With a space before it. */
function passedBy(facts: Facts, { request, reply }: Conversation): string {
  const at = (direction: Direction): Set<number> =>
    new Set(direction.paths.flatMap(({ path }) => path.hops.map(({ source }) => source)));
  const asked = at(request);
  const only = [...at(reply)].filter((source) => !asked.has(source) && facts.captures[source].everyInterface);
  if (asked.size === 0 || only.length === 0) return '';
  const { point } = facts.captures[only[0]];
  return ` The SYNs did not pass ${point}: a filter that keeps state there has not seen the connection begin, and would drop its answers.`;
}

const sinceFirst = (direction: Direction, { timeNs }: Mark): string => ((timeNs - direction.firstNs) / 1e9).toFixed(1);

/** When it was tried again: Linux retries after 1, 3, 7 s ..., since 6.5 first after 1, 2, 3, 4 s (tcp_syn_linear_timeouts). */
function retries(direction: Direction): string {
  const marks = direction.oddities(ODD.synAgain);
  if (marks.length === 0) return '';
  return `, sent again after ${marks.map((mark) => sinceFirst(direction, mark)).join(', ')} s`;
}
