// The ledger: everything in a run that wants an answer, with what became of it. Rules say why; what no rule can explain is said by
// `unanswered` and `undecided`, so that silence never reads as a pass.
import { FLAG } from '../../dissectors/tcp.js';
import type { DnsQuestion } from '../flows/dns.js';
import type { Mark } from '../flows/mark.js';
import { PROTO } from '../flows/packet.js';
import type { Ip } from '../topology/ip.js';
import { ANSWERING_PORTS } from './answering-ports.js';
import { isOpened } from './answers.js';
import type { Conversation, Direction } from './conversation.js';
import type { Facts } from './facts.js';
import { lazy } from './lazy.js';
import { RETRIES } from './neighbours.js';
import { type LedgerSummary, OUTCOMES, type Outcome, QUESTION_KINDS, type QuestionKind, type Tally } from './questions.js';
import { sessionsOf } from './sessions.js';

/** What was not answered, of one direction of a conversation or of one neighbour. */
export interface Unsettled {
  readonly kind: QuestionKind;
  readonly outcome: Exclude<Outcome, 'answered' | 'refused'>;
  readonly count: number;
  /** Of the question; null for ARP, neighbour discovery, and sessions without a conversation. */
  readonly direction: Direction | null;
  readonly src: Ip;
  readonly dst: Ip;
  readonly first: Mark;
  /** It was translated on its way, and is counted where it was seen before that. */
  readonly isCopy: boolean;
  /** The capture ended before the answer was due, and what was seen until then is odd all the same. */
  readonly isEarly?: boolean;
}

/** The first retry of a SYN is due after a second (RFC 6298 section 2). */
const DUE_NS = 1e9;
/** Retries come no sooner than this; the same packet again before is a copy. */
export const RETRY_NS = 0.9e9;

/** Before this no sender holds a packet for lost (TCP_RTO_MIN of Linux), so a capture that ends sooner shows nothing odd. */
const SOONEST_NS = 0.2e9;
/** A peer that answers others so many times faster answers at once. */
const AT_ONCE = 10;
/** A resolver may have to ask others itself; where one has waited so long, they have waited as well. */
const RESOLVING_NS = 2e9;

/** A server takes its time: it looks whether the address is free, and the client waits four seconds at first (RFC 2131 section 4.1). */
const LEASE_NS = 4e9;

/** A router of LISP has asked twice by then: once a second at most (RFC 9301 section 5.3). */
const MAPPING_NS = 3e9;

/** Questions not due that are kept: they are spoken of only where nothing at all was answered. */
const MOST_PENDING = 64;

const emptyTally = (): Tally => ({ answered: 0, refused: 0, lost: 0, repeated: 0, open: 0, notDue: 0, hidden: 0 });

export class Ledger {
  private readonly counts = new Map<QuestionKind, Tally>(QUESTION_KINDS.map((kind) => [kind, emptyTally()]));
  /** What was not answered, and should have been. */
  readonly unsettled: Unsettled[] = [];
  /** The first few whose answer was not due when the capture ended. */
  readonly pending: Unsettled[] = [];

  /** What is looked at was translated on its way: the question is counted already. */
  private isCopy = false;

  constructor(private readonly facts: Facts) {
    this.conversations();
    this.names();
    this.leases();
    this.handshakes();
    this.rests();
    this.neighbours();
    this.sessions();
  }

  get tallies(): ReadonlyMap<QuestionKind, Tally> {
    return this.counts;
  }

  /** Questions of all kinds and outcomes. */
  get questions(): number {
    let sum = 0;
    for (const tally of this.counts.values()) for (const outcome of OUTCOMES) sum += tally[outcome];
    return sum;
  }

  /** A finding explains it, or is about its address. A remark (severity info) explains no silence. */
  isExplained({ direction, dst }: Unsettled): boolean {
    const { causes } = this.facts;
    if (direction === null) return causes.ofAddress(dst) !== null;
    return causes.of(direction.conversation) !== null && !causes.isRemark(direction.conversation);
  }

  /** Something in the run was answered, or refused. */
  get isAnyAnswered(): boolean {
    // That routers see each other says nothing of the hosts that ask them.
    for (const [kind, tally] of this.counts) if (kind !== 'session' && tally.answered + tally.refused > 0) return true;
    return false;
  }

  private add(kind: QuestionKind, outcome: Outcome, count = 1): void {
    if (!this.isCopy) (this.counts.get(kind) as Tally)[outcome] += count;
  }

  private conversations(): void {
    const { opened, sending } = this.facts.health();
    this.add('connection', 'answered', opened);
    this.add('data', 'answered', sending);
    for (const conversation of this.facts.ailing()) {
      const { proto, request } = conversation;
      this.isCopy = request.packets > 0 && request.paths.every((use) => this.facts.conversation(use.translatedFrom) !== null);
      if (proto === PROTO.tcp) {
        this.connection(conversation);
        for (const direction of conversation.directions) if (direction.dataSegments > 0) this.data(direction);
      } else if (proto === PROTO.icmp || proto === PROTO.icmpv6) {
        for (const direction of conversation.directions) if (direction.asked > 0) this.echoes(direction);
      } else if (proto === PROTO.udp && ANSWERING_PORTS.has(conversation.responderPort)) this.service(request);
    }
    this.isCopy = false;
  }

  /** A connection attempt: the SYN, and the handshake that follows. */
  private connection(conversation: Conversation): void {
    const { request, reply } = conversation;
    if (!request.sent(FLAG.syn)) return;
    // What follows a path may end on it, and some routers say nothing.
    if (this.facts.errors.isProbe(request)) this.add('connection', this.isRefused(request) ? 'refused' : 'hidden');
    else if (isOpened(conversation)) this.add('connection', 'answered');
    else if (reply.resets > 0) this.add('connection', 'refused');
    else {
      // Where the answer comes again and again, it is the answer that does not arrive.
      const last = reply.sent(FLAG.syn) ? reply : request;
      const again = last.syns > 1 && last.lastNs - last.firstNs >= RETRY_NS;
      if (again || this.isDue(last.firstNs)) this.unsettle('connection', again ? 'repeated' : this.silence(request), 1, last);
      else this.early('connection', 1, last, last.firstNs, false);
    }
  }

  /** Data of one direction; sent again and never acknowledged to its end, it is lost. */
  private data(direction: Direction): void {
    const { other } = direction;
    const isStuck = direction.retransmissions > 0 && direction.stuckCount > 1;
    if (other.packets > 0 && (direction.unacknowledged === 0 || other.resets > 0)) this.add('data', 'answered');
    else if (isStuck) this.unsettle('data', 'repeated', 1, direction);
    // A sender that goes on has been answered, where it was not seen.
    else if (other.packets === 0) this.add('data', direction.dataSegments > 1 ? 'answered' : 'hidden');
    else this.add('data', this.isDue(direction.lastNs) ? 'answered' : 'notDue');
  }

  private echoes(direction: Direction): void {
    const { asked, answered } = direction;
    this.add('echo', 'answered', answered);
    if (direction.isToMany || this.facts.leases.isOnOffer(direction.to, direction.firstNs, direction.lastNs)) return;
    const early = this.unmapped(direction);
    this.add('echo', 'notDue', early);
    const lost = direction.lost - early;
    if (lost > 0) {
      if (this.isRefused(direction)) this.add('echo', 'refused', lost);
      else if (this.facts.translation.isAnsweredUnseen(direction)) this.add('echo', 'answered', lost);
      else this.unsettle('echo', this.silence(direction), lost, direction);
    }
    const rest = asked - answered - direction.lost;
    // Of packets that had to end before their time, too many being under way, nothing is known: they were due all the same.
    const isCutShort = this.facts.tracker.journeys.cutShort > 0 && this.isDue(direction.lastNs);
    if (rest === 0) return;
    if (this.isRefused(direction)) {
      this.add('echo', 'refused', rest);
      return;
    }
    const isSilent = rest > 1 && answered === 0;
    if (isCutShort) this.unsettle('echo', 'open', rest, direction);
    else this.early('echo', rest, direction, isSilent ? direction.firstNs : direction.lastNs, isSilent);
  }

  /** Packets that were lost while a router of LISP did not know the locator yet: it drops them, and asks first (RFC 9301 section 5.2). */
  private unmapped(direction: Direction): number {
    if (direction.lost === 0) return 0;
    const [first, second] = direction.phases;
    const isOpening = first?.outcome === 'lost' && second !== undefined && first.toNs - first.fromNs < MAPPING_NS;
    return isOpening && this.facts.tunnels.edgesOf(direction).some(({ kind }) => kind === 'lisp') ? first.count : 0;
  }

  /** First fragments of datagrams want the rest of it. */
  private rests(): void {
    const { facts } = this;
    for (const direction of facts.ailingDirections()) {
      const { cut, from, to, conversation } = direction;
      if (cut === 0 || conversation.proto !== PROTO.udp) continue;
      const rest = facts.directionOf(from, to, PROTO.udp, 0, 0);
      // Of what is answered, or goes on elsewhere, the rest came.
      const isThere = (rest !== null && rest.packets > 0) || direction.other.packets >= cut || direction.isToMany;
      if (isThere) this.add('rest', 'answered', cut);
      else if (cut < LEAST_CUT || !this.isUnfiltered(direction)) this.add('rest', 'hidden', cut);
      else this.unsettle('rest', 'repeated', cut, direction);
    }
  }

  /** Later fragments have no ports, so a capture filter by port leaves them out; where questions for neighbours were captured there is none. */
  private isUnfiltered({ firstSource }: Direction): boolean {
    for (const n of this.facts.neighbours.list) if (n.source === firstSource && !n.inside) return true;
    return false;
  }

  /** Datagrams to a service that answers each of them. */
  private service(direction: Direction): void {
    const { packets } = direction;
    if (packets === 0 || direction.isToMany) return;
    if (direction.other.packets > 0 || this.facts.translation.isAnsweredUnseen(direction))
      this.add('service', 'answered', packets);
    else if (this.isRefused(direction)) this.add('service', 'refused', packets);
    else if (!this.isDue(direction.firstNs)) this.early('service', packets, direction, direction.firstNs, packets > 1);
    else this.unsettle('service', packets > 2 ? this.silence(direction) : 'open', packets, direction);
  }

  private names(): void {
    const { facts } = this;
    const settle = (uid: number, outcome: 'repeated' | DnsQuestion | null, count: number): void => {
      const direction = facts.conversation(uid)?.request ?? null;
      if (direction === null) this.add('dns', 'open', count);
      else if (this.isRefused(direction)) this.add('dns', 'refused', count);
      else if (outcome !== 'repeated' && facts.translation.isAnsweredUnseen(direction)) this.add('dns', 'answered', count);
      else if (outcome === null || outcome === 'repeated')
        this.unsettle('dns', outcome ?? this.silence(direction), count, direction);
      else {
        const sinceNs = outcome.mark.timeNs;
        const isOdd = outcome.asks > 1 || facts.nowNs - sinceNs >= RESOLVING_NS;
        this.early('dns', count, direction, sinceNs, isOdd, false);
      }
    };
    for (const { answered, unanswered, conversations } of facts.dns.list) {
      this.add('dns', 'answered', answered);
      if (unanswered > 0) settle(conversations.keys().next().value as number, null, unanswered);
    }
    for (const question of facts.dns.waiting) {
      const { uid, asks, lastNs, mark } = question;
      settle(uid, asks > 1 && lastNs - mark.timeNs >= RETRY_NS ? 'repeated' : question, 1);
    }
  }

  /** Two questions of each exchange: for an offer, and for the lease. What is repeated, rules name. */
  private leases(): void {
    const { leases } = this.facts;
    for (const e of leases.list) {
      const discovers = leases.discovers(e);
      const requests = leases.requests(e);
      const isDone = e.acks.count > 0 || e.naks.count > 0;
      for (const asked of [discovers, requests]) {
        if (asked.count === 0) continue;
        const isAnswered = isDone || (asked === discovers && (leases.offers(e).count > 0 || requests.count > 0));
        // No server has to give out addresses by DHCPv6 (RFC 8415 section 18.2.1).
        if (isAnswered || (e.family === 6 && asked === discovers)) this.add('dhcp', 'answered', isAnswered ? 1 : 0);
        else {
          const direction = this.facts.conversation(e.conversations.values().next().value as number)?.request ?? null;
          const silence = asked.count > 1 ? 'hidden' : this.isDue(asked.firstNs + LEASE_NS) ? 'open' : 'notDue';
          const outcome = leases.isRetried(asked) ? 'repeated' : silence;
          if (direction === null || direction.packets === 0) this.add('dhcp', outcome);
          else this.unsettle('dhcp', outcome, 1, direction);
        }
      }
    }
  }

  /** Handshakes of WireGuard: an initiator asks again after five seconds when nothing came. */
  private handshakes(): void {
    for (const { uid, answered, open, marks } of this.facts.services.handshakes.list) {
      this.add('service', 'answered', answered);
      const direction = this.facts.conversation(uid)?.request ?? null;
      if (open === 0 || direction === null) continue;
      this.unsettle('service', open > 1 ? 'repeated' : this.isDue(marks[0].timeNs) ? 'open' : 'notDue', open, direction);
    }
  }

  private neighbours(): void {
    const { neighbours } = this.facts;
    for (const n of neighbours.questioned()) {
      const kind = n.kind === 'arp' ? 'arp' : 'nd';
      const { open } = n;
      const isDue = open !== null && this.isDue(open.marks[0].timeNs);
      // An address that was free, and was to be: its server asked for it before it offered it.
      const all = open === null ? n.silences : [...n.silences, open];
      const wanted = all.reduce((sum, one) => sum + (neighbours.isOnOffer(n, one) ? one.count : 0), 0);
      const silent = Math.max(0, Math.min(n.asked, n.unanswered + (isDue ? open.count : 0)) - wanted);
      const waiting = isDue || open === null ? 0 : Math.min(n.asked - silent, open.count);
      this.add(kind, 'answered', Math.max(0, n.asked - silent - waiting - wanted));
      this.add(kind, 'notDue', waiting);
      if (silent === 0) continue;
      const proven = neighbours.silences(n);
      const count = Math.min(
        silent,
        proven.reduce((sum, one) => sum + one.count, 0),
      );
      // Where nothing proves it: the answer of another host is a unicast that does not come by here.
      this.add(kind, neighbours.answerIsVisible(n) ? 'open' : 'hidden', silent - count);
      if (count === 0) continue;
      const isProof = proven.some((one) => one.byUs >= RETRIES || one.repeated > 1);
      const outcome = isProof ? 'repeated' : 'open';
      this.add(kind, outcome, count);
      // Who looks who is there expects no answer, and is one remark.
      if (n.askers.length === 0 || neighbours.isSwept(n)) continue;
      this.unsettled.push({
        kind,
        outcome,
        count,
        direction: null,
        src: n.askers[0],
        dst: n.target,
        first: proven[0].marks[0],
        isCopy: false,
      });
    }
  }

  /** Sessions that want to come up, and roles that want one holder. */
  private sessions(): void {
    for (const { outcome, ...rest } of sessionsOf(this.facts)) {
      this.add('session', outcome);
      if (outcome === 'answered' || outcome === 'refused') continue;
      this.keep({ kind: 'session', outcome, count: 1, isCopy: false, ...rest });
    }
  }

  private unsettle(
    kind: QuestionKind,
    outcome: Unsettled['outcome'],
    count: number,
    direction: Direction,
    isEarly = false,
  ): void {
    this.add(kind, outcome, count);
    const first = direction.phases.find((phase) => phase.outcome === 'lost')?.first ?? direction.first;
    this.keep({ kind, outcome, count, direction, src: direction.from, dst: direction.to, first, isCopy: this.isCopy, isEarly });
  }

  /**
   * The capture ended before an answer was due. That tells nothing, but where the question was repeated by then, or the peer answers others
   * at once.
   */
  private early(
    kind: QuestionKind,
    count: number,
    direction: Direction,
    sinceNs: number,
    isRepeated: boolean,
    byPeer = true,
  ): void {
    const { facts } = this;
    const waitedNs = facts.nowNs - sinceNs;
    const isOdd =
      facts.ended &&
      waitedNs >= SOONEST_NS &&
      (isRepeated || (byPeer && (this.soonest().get(peerOf(direction)) ?? Number.POSITIVE_INFINITY) * AT_ONCE <= waitedNs));
    if (!isOdd) this.unsettle(kind, 'notDue', count, direction);
    else this.unsettle(kind, this.silence(direction) === 'hidden' ? 'hidden' : 'open', count, direction, true);
  }

  /** By peer, the shortest time in which it answered somebody. */
  private readonly soonest = lazy(() => {
    const found = new Map<string, number>();
    for (const { request, reply } of this.facts.examples()) {
      if (request.packets === 0 || reply.packets === 0) continue;
      const tookNs = reply.firstNs - request.firstNs;
      const peer = peerOf(request);
      if (tookNs >= 0 && tookNs < (found.get(peer) ?? Number.POSITIVE_INFINITY)) found.set(peer, tookNs);
    }
    return found;
  });

  private keep(one: Unsettled): void {
    if (one.outcome !== 'notDue') this.unsettled.push(one);
    else if (this.pending.length < MOST_PENDING) this.pending.push(one);
  }

  private isDue(sinceNs: number): boolean {
    return this.facts.nowNs - sinceNs >= DUE_NS;
  }

  /** An ICMP error says that packets of this direction do not arrive. */
  private isRefused(direction: Direction): boolean {
    return this.refused().has(direction);
  }
  private readonly refused = lazy(
    () =>
      new Set(
        Array.from(this.facts.errors.list).flatMap((error) =>
          // A redirect names another next hop, and the packet has been passed on (RFC 792).
          error.kind === 'redirect' ? [] : (this.facts.errors.quoted(error) ?? []),
        ),
      ),
  );

  /** What silence to packets of this direction means: it proves something only where the answer would have been seen. */
  silence(direction: Direction): 'lost' | 'open' | 'hidden' {
    const silence = this.facts.hearing.silence(direction);
    return silence === 'telling' ? 'lost' : silence === 'hidden' ? 'hidden' : 'open';
  }
}

/** One fragment is lost now and then. */
const LEAST_CUT = 2;

/** Whom packets go to: a host, of which what answers datagrams is a program of its own. */
const peerOf = ({ conversation: { proto }, to, toPort }: Direction): string =>
  `${to} ${proto} ${proto === PROTO.udp ? toPort : ''}`;

export const NO_QUESTIONS: LedgerSummary = {
  questions: 0,
  answered: 0,
  refused: 0,
  explained: 0,
  undecided: 0,
  notDue: 0,
  kinds: {},
};

/** To be asked after all rules have judged. */
export function summarize(facts: Facts): LedgerSummary {
  const { ledger } = facts;
  let [answered, refused] = [0, 0];
  for (const tally of ledger.tallies.values()) {
    answered += tally.answered;
    refused += tally.refused;
  }
  let [explained, undecided] = [0, 0];
  for (const one of ledger.unsettled)
    if (one.isCopy) continue;
    else if (ledger.isExplained(one)) explained += one.count;
    else undecided += one.count;
  const { questions } = ledger;
  const notDue = questions - answered - refused - explained - undecided;
  const kinds = [...ledger.tallies].filter(([, tally]) => OUTCOMES.some((outcome) => tally[outcome] > 0));
  const forgotten = Array.from(facts.doubts.givenUp(), ({ what, count }) => ({ what, count }));
  return {
    questions,
    answered,
    refused,
    explained,
    undecided,
    notDue,
    kinds: Object.fromEntries(kinds),
    ...(forgotten.length > 0 && { forgotten }),
  };
}
