// What other witnesses tell of the run: flows as Hubble, monitors and the kernel saw them, joined to the conversations of the captures by
// addresses, ports and time; questions of programs; complaints.

import { groupedBy, push } from '../bytes/groups.js';
import { Ip } from '../topology/ip.js';
import type { WitnessEnd, WitnessEvent } from '../witnesses/event.js';
import { hostOf, saysText } from '../witnesses/says.js';
import type { Group, Witness } from '../witnesses/testimony.js';
import type { Conversation } from './conversation.js';
import type { Facts } from './facts.js';
import { lazy } from './lazy.js';
import { ONE_WAY_PORTS } from './one-way-ports.js';
import { Candidates, type Pair } from './witness-candidates.js';
import { type ClockOffset, clockOffset } from './witness-clock.js';

/** Something that a witness tells. */
export interface Told {
  /** Number of the witness. */
  readonly witness: number;
  readonly group: Group;
}

/** Everything that is told of the packets between two ends. */
export interface WitnessFlow {
  readonly proto: string;
  readonly client: WitnessEnd;
  readonly server: WitnessEnd;
  readonly told: readonly Told[];
  /** The conversations of the captures that these packets are. */
  readonly conversations: readonly Conversation[];
}

/** A witness may have seen a flow this long before the captures did, and after: what one of them missed of it. */
const BEFORE_NS = 5e9;
const AFTER_NS = 60e9;
const DAY_NS = 86_400e9;
/** Two retries of TCP are no closer (RFC 6298 section 2: one second at first). */
const RETRY_MS = 900;
/** Pings in a row that are no accident. */
const PERSISTENT = 3;
/** An answer is due after this. */
const DUE_MS = 1000;

/** Trace points of the node that an answer leaves. */
const LEAVING = /^(?:from-endpoint|to-overlay|to-network)$/;

const PROGRAMS = new Set(['ping', 'arping', 'trace', 'curl', 'wget', 'nc', 'lookup']);

export class Witnesses {
  constructor(
    private readonly facts: Facts,
    readonly list: readonly Witness[],
    /** Zero of the run's clock, in seconds since 1970. */
    private readonly zeroSeconds: number,
  ) {}

  get any(): boolean {
    return this.list.length > 0;
  }

  /** What passes the test, in the order of the texts. */
  told(test: (event: WitnessEvent) => boolean): Told[] {
    return this.list.flatMap(({ groups }, witness) => groups.flatMap((group) => (test(group.event) ? [{ witness, group }] : [])));
  }

  /** How questions ended that programs asked. */
  readonly questions = lazy(() => this.told(({ kind, saying }) => PROGRAMS.has(kind) && saying !== 'complaint'));
  readonly complaints = lazy(() => this.told(({ saying, fault }) => saying === 'complaint' || fault !== ''));
  /** What was dropped, where no source says whose packets they were. */
  readonly loose = lazy(() => this.told((event) => /^(?:dropped|denied)$/.test(event.saying) && !hasEnds(event)));

  /** The witness lost events, or did not hear some nodes: what it does not tell may have happened. */
  missed(witness: number): boolean {
    const { forgotten, interrupted } = this.list[witness].info;
    return forgotten > 0 || interrupted || this.list[witness].groups.some(({ event }) => event.saying === 'missed');
  }

  readonly flows = lazy((): readonly WitnessFlow[] => {
    const clocks = this.clocks();
    return this.pairs().map((pair, i) => {
      const own = this.joined()[i].filter((one) => this.isAtOnce(pair, one, clocks));
      const all = new Set(own);
      for (const one of own) for (const other of this.facts.translation.of(one)) all.add(other);
      return { proto: pair.proto, client: pair.client, server: pair.server, told: pair.told, conversations: [...all] };
    });
  });

  /** How far the clock of a witness is ahead of the captures'; null where they have nothing in common. */
  clock(witness: number): ClockOffset | null {
    return this.clocks()[witness];
  }
  private readonly clocks = lazy(() => this.offsets(this.pairs(), this.joined()));

  /** When it was told first, on the clock of the run in nanoseconds; null where no time is told. */
  timeNs({ witness, group }: Told, last = false): number | null {
    const ms = last ? group.lastMs : group.firstMs;
    return Number.isNaN(ms) ? null : this.atRun(witness, ms);
  }

  /** A time of a text on the clock of the run, in nanoseconds. */
  atRun(witness: number, ms: number): number {
    const clock = this.clock(witness);
    const ns = this.runNs(ms - (clock?.aheadMs ?? 0));
    // Captures that know times of day only are of the first day there is.
    return clock !== null && this.isDateless ? ns - Math.round((ns - this.facts.nowNs) / DAY_NS) * DAY_NS : ns;
  }

  private get isDateless(): boolean {
    return this.zeroSeconds * 1e9 < DAY_NS;
  }

  private runNs(ms: number): number {
    return (ms - this.zeroSeconds * 1000) * 1e6;
  }

  /** Flows of which these conversations (uids) are. */
  flowsOf(uids: Iterable<number>): WitnessFlow[] {
    const found = new Set<WitnessFlow>();
    const byUid = this.byUid();
    for (const uid of uids) for (const flow of byUid.get(uid) ?? []) found.add(flow);
    return [...found];
  }
  private readonly byUid = lazy(() => {
    const found = new Map<number, WitnessFlow[]>();
    for (const flow of this.flows()) for (const { uid } of flow.conversations) push(found, uid, flow);
    return found;
  });

  /** The conversations in which a program asked `dst`, and its port where it has one. */
  asked({ group: { event } }: Told): readonly Conversation[] {
    const isPing = event.kind === 'ping' || event.kind === 'trace';
    const isTcp = event.kind !== 'lookup';
    return (this.byResponder().get(event.dst.address) ?? []).filter(
      (one) =>
        (isPing ? event.kind === 'trace' || one.isEcho : one.isTcp === isTcp && one.responderPort === event.dst.port) &&
        (event.src.address === '' || String(one.initiator) === event.src.address),
    );
  }
  private readonly byResponder = lazy(() => {
    const found = new Map<string, Conversation[]>();
    const wanted = new Set(this.questions().map(({ group }) => group.event.dst.address));
    if (wanted.size === 0) return found;
    for (const one of this.facts.conversations()) {
      const responder = String(one.responder);
      if (wanted.has(responder)) push(found, responder, one);
    }
    return found;
  });

  /** By uid of a conversation, the programs that asked in it. */
  private readonly askers = lazy(() => {
    const found = new Map<number, Told[]>();
    for (const told of this.questions()) for (const { uid } of this.asked(told)) push(found, uid, told);
    return found;
  });

  /** What is told of these conversations (uids), the telling things first: drops, then failures, then where packets were heard of last. */
  about(uids: Iterable<number>): Told[] {
    const known = new Set(uids);
    const found = this.flowsOf(known).flatMap(({ told }) => told);
    const asked = [...known].flatMap((uid) => this.askers().get(uid) ?? []);
    const weight = ({ group: { event } }: Told): number =>
      /^(?:dropped|denied)$/.test(event.saying) ? 0 : /^(?:passed|proxied|translated|answered)$/.test(event.saying) ? 2 : 1;
    const lastMs = ({ group }: Told): number => (Number.isNaN(group.lastMs) ? 0 : group.lastMs);
    return [...asked, ...found].sort((a, b) => weight(a) - weight(b) || lastMs(b) - lastMs(a));
  }

  /**
   * What shows that these conversations (uids) went well all the same, though the captures show no answer: a sentence; null where nothing
   * does. `path`: that packets arrived is enough.
   */
  refutes(uids: Iterable<number>, path: boolean): string | null {
    if (!this.any) return null;
    let shown: Told | undefined;
    for (const uid of uids) {
      const conversation = this.facts.conversation(uid);
      if (conversation === null || conversation.reply.packets > 0) return null;
      const told = this.flowsOf([uid]).flatMap((flow) => {
        const answers = flow.told.filter((one) => isAnswer(one.group.event, flow));
        const count = (all: readonly Told[]): number => all.reduce((sum, { group }) => sum + group.count, 0);
        if (answers.length > 0 && (flow.proto === 'tcp' || count(answers) >= count(this.asks(flow)))) return answers;
        return path
          ? flow.told.filter(({ group: { event } }) => event.point === 'to-endpoint' && isSame(event.dst, flow.server))
          : [];
      });
      const wentWell = (this.askers().get(uid) ?? []).filter(
        ({ group: { event } }) => event.saying === 'answered' && event.asked === conversation.request.asked,
      );
      shown = told[0] ?? wentWell[0];
      if (shown === undefined) return null;
    }
    if (shown === undefined) return null;
    const { event, place } = shown.group;
    return `${saysText(event)} (${this.list[shown.witness].file}:${place.line}), so they went a way that was not captured.`;
  }

  // --- what a flow adds up to ---

  /** Packets of the server's, or an ACK of the client's, show that an answer came. */
  isAnswered(flow: WitnessFlow): boolean {
    const answers = flow.told.filter(({ group: { event } }) => isAnswer(event, flow));
    if (answers.length === 0) return false;
    // A question that is repeated was not answered at its sender, though the answer was seen to leave.
    const onlyLeaves = answers.every(
      ({ group: { event } }) => event.saying === 'passed' && LEAVING.test(event.point) && !event.acknowledges,
    );
    return !onlyLeaves || !this.isRepeated(flow);
  }

  /** It was heard of on other nodes as well: where packets arrive there, the text would tell. */
  othersHeard({ witness, group }: Told): boolean {
    const { node } = group.event;
    return (
      node !== '' &&
      this.list[witness].groups.some(({ event }) => event.node !== '' && event.node !== node && event.point.startsWith('from-'))
    );
  }

  /** The server, or a device in its name, resets what the client opens. */
  isRefused({ told, proto }: WitnessFlow): boolean {
    return (
      proto === 'tcp' &&
      told.some(({ group: { event } }) => event.isReply === true && /\bRST\b/.test(event.detail)) &&
      !told.some(({ group: { event } }) => event.isReply === true && /\bSYN\b/.test(event.detail))
    );
  }

  isProxied({ told }: WitnessFlow): boolean {
    return told.some(({ group: { event } }) => event.saying === 'proxied');
  }

  /** What asks: SYNs, pings, questions of DNS. Of other datagrams it is not known whether they want an answer. */
  asks({ told, proto, server }: WitnessFlow): Told[] {
    return told.filter(
      ({ group: { event } }) =>
        (event.asks || (proto === 'udp' && server.port === 53 && event.isReply !== true)) &&
        !/^(?:translated|audited)$/.test(event.saying),
    );
  }

  /** It was asked again at the same place, as who gets no answer does. */
  isRepeated(flow: WitnessFlow): boolean {
    return this.asks(flow).some(({ group: { event, count, firstMs, lastMs } }) => {
      // An entry that ends without an answer has waited for it.
      if (event.kind === 'conntrack') return event.detail.startsWith('DESTROY');
      if (flow.proto.startsWith('icmp')) return count >= PERSISTENT;
      // Where the client's port was left out, these are several connections.
      if (flow.client.port === 0) return false;
      // Without times, one may be a copy at another device.
      return Number.isNaN(firstMs) ? count >= PERSISTENT : count > 1 && lastMs - firstMs >= RETRY_MS;
    });
  }

  /** When a flow between the same hosts and to the same port was last seen that got its answer; NaN without times, undefined: never. */
  answeredAt(flow: Pick<WitnessFlow, 'proto' | 'client' | 'server'>): number | undefined {
    return this.answered().get(endsOf(flow));
  }
  private readonly answered = lazy(() => {
    const found = new Map<string, number>();
    for (const flow of this.flows()) {
      if (!this.isAnswered(flow)) continue;
      const lastMs = flow.told.reduce((most, { group }) => Math.max(most, group.lastMs), Number.NEGATIVE_INFINITY);
      const before = found.get(endsOf(flow));
      found.set(endsOf(flow), before === undefined ? lastMs : Math.max(before, lastMs));
    }
    return found;
  });

  /** The text ends before an answer was due, and other flows in it were answered. */
  isNotDue(flow: WitnessFlow): boolean {
    const asks = this.asks(flow);
    return asks.every(({ witness, group }) => {
      const { info } = this.list[witness];
      return group.count === 1 && info.lastMs - group.lastMs < DUE_MS && this.answering().has(witness);
    });
  }
  /** Packets of it were seen, not to a group of hosts nor by a protocol that wants no answer, and nothing in its texts was answered. */
  isAllSilent({ told, proto, server }: WitnessFlow): boolean {
    if (proto === 'udp' && ONE_WAY_PORTS.has(server.port)) return false;
    // The masks of its networks are not told: what ends in 255 is the broadcast address of most.
    if (Ip.parse(server.address)?.isMulticast || /^[\d.]+\.255$/.test(server.address)) return false;
    return (
      told.some(({ group: { event } }) => /^(?:passed|unanswered)$/.test(event.saying)) &&
      told.every(({ witness }) => !this.answering().has(witness))
    );
  }

  private readonly answering = lazy(
    () => new Set(this.flows().flatMap((flow) => (this.isAnswered(flow) ? flow.told.map(({ witness }) => witness) : []))),
  );

  // --- joining ---

  private readonly pairs = lazy((): Pair[] => {
    const all = this.told(
      (event) => !PROGRAMS.has(event.kind) && event.saying !== 'complaint' && event.saying !== 'missed' && hasEnds(event),
    );
    const keyOf = ({ group: { event } }: Told): string =>
      `${event.proto} ${[this.keyOf(event.src), this.keyOf(event.dst)].sort().join(' ')}`;
    return [...groupedBy(all, keyOf).values()].map((told) => this.pairOf(told));
  });

  private pairOf(told: readonly Told[]): Pair {
    const [
      {
        group: { event: first },
      },
    ] = told;
    let votes = 0;
    for (const {
      group: { event },
    } of told) {
      const isFirstWay = isSame(event.src, first.src) ? 1 : -1;
      if (event.isReply !== null) votes += event.isReply ? -2 * isFirstWay : 2 * isFirstWay;
      if (event.asks) votes += 3 * isFirstWay;
    }
    const isClientFirst = votes !== 0 ? votes > 0 : first.src.port >= first.dst.port;
    const [client, server] = isClientFirst ? [first.src, first.dst] : [first.dst, first.src];
    return { proto: first.proto, client: this.richest(told, client), server: this.richest(told, server), told };
  }

  /** The end as the witness has it that says most of it. */
  private richest(told: readonly Told[], end: WitnessEnd): WitnessEnd {
    let best = end;
    for (const {
      group: { event },
    } of told)
      for (const one of [event.src, event.dst])
        if (isSame(one, end))
          best = {
            ...best,
            identity: best.identity || one.identity,
            labels: best.labels || one.labels,
            name: best.name || one.name,
          };
    return best;
  }

  private keyOf(end: WitnessEnd): string {
    return `${this.addressOf(end) ?? end.name}:${end.port}`;
  }

  /** Its address, also where the topology knows it by name. */
  addressOf({ address, name }: WitnessEnd): string | null {
    return address !== '' ? address : (this.named().get(name) ?? null);
  }
  private readonly named = lazy(() => {
    const found = new Map<string, string>();
    for (const { name, ip } of this.facts.topology?.podList ?? []) if (name !== null) found.set(name, String(ip));
    return found;
  });

  /** Of each pair the conversations that it may be, whenever that was. */
  private readonly joined = lazy(() => {
    const candidates = new Candidates(this.facts, this);
    return this.pairs().map((pair) => candidates.of(pair));
  });

  private offsets(pairs: readonly Pair[], joined: readonly (readonly Conversation[])[]): readonly (ClockOffset | null)[] {
    return this.list.map((_, witness) => {
      const differences: number[] = [];
      const pings: number[] = [];
      pairs.forEach(({ told, proto }, i) => {
        const times = told.flatMap((one) =>
          one.witness === witness && !Number.isNaN(one.group.firstMs) ? [one.group.firstMs] : [],
        );
        if (times.length === 0 || joined[i].length === 0) return;
        const began = Math.min(...times);
        // Of several conversations between the same ends any may be meant.
        for (const one of joined[i])
          (proto.startsWith('icmp') ? pings : differences).push(began - this.zeroSeconds * 1000 - beganNs(one) / 1e6);
      });
      return clockOffset(differences, this.isDateless) ?? clockOffset(pings, this.isDateless);
    });
  }

  /** The witness saw the flow while the captures did; also where one of them does not tell times. */
  private isAtOnce(pair: Pair, conversation: Conversation, clocks: readonly (ClockOffset | null)[]): boolean {
    const timed = pair.told.filter(({ group }) => !Number.isNaN(group.firstMs));
    if (timed.length === 0) return true;
    return timed.some(({ witness, group }) => {
      const clock = clocks[witness];
      if (clock === null) return false;
      let from = this.runNs(group.firstMs - clock.aheadMs);
      let to = this.runNs(group.lastMs - clock.aheadMs);
      if (this.isDateless) {
        const days = Math.round((from - beganNs(conversation)) / DAY_NS) * DAY_NS;
        from -= days;
        to -= days;
      }
      return to >= beganNs(conversation) - BEFORE_NS && from <= conversation.lastNs + AFTER_NS;
    });
  }
}

function isAnswer(event: WitnessEvent, { server }: Pick<WitnessFlow, 'server'>): boolean {
  if (event.saying === 'answered') return true;
  if (event.saying !== 'passed' && event.saying !== 'proxied') return false;
  return event.acknowledges || event.isReply === true || (event.isReply === null && isSame(event.src, server) && !event.asks);
}

/** One key for the flows of one client to one port of one server. */
export const endsOf = ({ proto, client, server }: Pick<WitnessFlow, 'proto' | 'client' | 'server'>): string =>
  `${proto} ${hostOf(client)} ${hostOf(server)} ${server.port}`;

const hasEnds = ({ src, dst }: WitnessEvent): boolean => hostOf(src) !== '' && hostOf(dst) !== '';
export const isSame = (a: WitnessEnd, b: WitnessEnd): boolean => hostOf(a) === hostOf(b) && a.port === b.port;

const beganNs = ({ request, reply }: Conversation): number =>
  Math.min(
    request.packets > 0 ? request.firstNs : Number.POSITIVE_INFINITY,
    reply.packets > 0 ? reply.firstNs : Number.POSITIVE_INFINITY,
  );
