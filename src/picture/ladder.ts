// The ladder of a finding: an example conversation, place by place, with what should have been and what never came.

import { FLAG } from '../../dissectors/tcp.js';
import { duration, quantity } from '../bytes/units.js';
import type { Conversation, Direction } from '../facts/conversation.js';
import type { Facts } from '../facts/facts.js';
import type { Mark } from '../flows/mark.js';
import { PROTO } from '../flows/proto.js';
import type { Path, PathUse } from '../flows/uses.js';
import { Ip } from '../topology/ip.js';
import { journeysOf, type Leg, marksOf, startOf } from './journeys.js';
import type { LadderPicture } from './model.js';
import { endName } from './names.js';
import { neighbourLadder } from './neighbours.js';
import { legsOfSeen, type SeenPacket } from './seen.js';
import { Sketch } from './sketch.js';
import { keyOf, type Subject, type Told, type Wanted } from './subject.js';

/** Packets drawn each way, hops of each of them, and remarks. */
const MAX_PACKETS = 2;
const MAX_HOPS = 12;
const MAX_NOTES = 6;
/** Hops of a packet that goes round. */
const MAX_ROUNDS = 6;
/** Between packets one after the other: from here on it is said for how long nothing came. */
const QUIET_NS = 1e9;

export function ladderOf(subject: Subject): LadderPicture | null {
  return drawnOf(subject)?.picture ?? null;
}

/** The ladder of a finding, and the conversation that it shows; null of a link, whose hosts ask each other. */
export function drawnOf(
  subject: Subject,
): { readonly picture: LadderPicture; readonly conversation: Conversation | null } | null {
  const { facts, evidence, about, finding } = subject;
  const found = [
    ...evidence.flatMap(({ mark }) => quotedOrOwn(facts, mark)),
    ...about.flatMap((uid) => facts.conversation(uid) ?? []),
  ];
  const draw = (conversation: Conversation | undefined) => {
    const picture = conversation === undefined ? null : new Drawing(subject, conversation).picture();
    return picture === null ? null : { picture, conversation: conversation ?? null };
  };
  const isPlain = (one: Conversation): boolean =>
    !facts.errors.isError(one) && !one.request.isToMany && (one.proto !== PROTO.icmpv6 || one.isEcho);
  const drawn = draw(found.find(isPlain));
  if (drawn !== null) return drawn;
  const neighbours = finding.subject.target === null ? null : neighbourLadder(subject);
  if (neighbours !== null) return { picture: neighbours, conversation: null };
  // Questions to all on the link.
  return draw(found.find((one) => !facts.errors.isError(one)));
}

/** Single packets of a conversation, in order. */
export interface Part {
  readonly packets: readonly SeenPacket[];
  /** No packet comes after them. */
  readonly isLast: boolean;
}

/** The ladder of one conversation, packet by packet. */
export const packetLadder = (subject: Subject, conversation: Conversation, part: Part): LadderPicture | null =>
  new Drawing(subject, conversation, part).picture();

/** The conversation of a frame; of an ICMP error that of the packet it quotes. */
function quotedOrOwn(facts: Facts, { conversation: uid, capture, frame }: Mark): Conversation[] {
  const own = uid < 0 ? null : facts.conversation(uid);
  if (own === null || !facts.errors.isError(own)) return own === null ? [] : [own];
  for (const error of facts.errors.list) {
    if (!error.marks.some((one) => one.capture === capture && one.frame === frame)) continue;
    const quoted = facts.errors.quoted(error.inner ?? error) ?? facts.errors.quoted(error);
    return [quoted?.conversation ?? own];
  }
  return [own];
}

/** What a packet is, as far as the conversation's counts tell it. */
function labelOf(direction: Direction, use: PathUse): string {
  const { conversation, isReply } = direction;
  const { proto, protoName, responderPort } = conversation;
  const isFirst = use.hops[0].frame === direction.first.frame && use.hops[0].capture === direction.first.capture;
  if (proto === PROTO.tcp) {
    if (isFirst && direction.sent(FLAG.syn)) return isReply ? 'SYN-ACK' : 'SYN';
    if (isReply && direction.resets > 0 && direction.packets === direction.resets) return 'RST';
    return `TCP, up to ${use.longest} bytes`;
  }
  if (conversation.isEcho) return isReply ? 'echo reply' : 'echo request';
  if (proto === PROTO.udp) {
    const what = responderPort === 53 ? `DNS ${isReply ? 'answer' : 'query'}` : `UDP port ${responderPort}`;
    return isFirst ? what : `${what}, up to ${use.longest} bytes`;
  }
  return protoName.toUpperCase();
}

interface Note {
  readonly mark: Mark;
  readonly note: string;
}

/** A fault of the way: what it shows of an answer is how the answer is lost. That an answer says no is another matter. */
export const losesAnswers = ({ verdict, severity, subject }: Told): boolean =>
  verdict === 'fail' && severity !== 'info' && (subject.interfaceExpected !== null || subject.tunnel !== null);

/**
 * Packets that should have been answered by now, and that no answer shows to have arrived. Of protocols that need not answer the ledger
 * knows what asks.
 */
export function isUnanswered(facts: Facts, direction: Direction, use: PathUse): boolean {
  if (direction.isToMany) return false;
  const { isTcp, isEcho } = direction.conversation;
  // Each ping is told apart: another one that was answered proves nothing for these.
  if (isEcho && use.lost > 0 && use.answered === 0) return true;
  if (facts.delivery.by(direction, use) !== false) return false;
  return isTcp || isEcho || facts.ledger.unsettled.some((one) => one.direction === direction);
}

class Drawing {
  private readonly sketch: Sketch;
  private readonly isFault: boolean;
  private readonly told = new Map<string, string>();
  /** Frames of the evidence, and those of the packets that are drawn. */
  private readonly marks: ReadonlySet<string>;
  private readonly drawn = new Set<string>();
  private silentSince = Number.NaN;
  /** Uids of conversations whose packets are drawn. */
  private readonly shown: ReadonlySet<number>;
  /** Paths of which it is drawn how they should have gone on: once is enough. */
  private readonly corrected = new Set<Path>();

  /** `part`: packet by packet; else examples. */
  constructor(
    private readonly subject: Subject,
    private readonly conversation: Conversation,
    private readonly part: Part | null = null,
  ) {
    const { facts, time, finding, evidence } = subject;
    this.sketch = new Sketch(facts, time);
    const { uid } = conversation;
    this.shown = new Set([uid, ...(part?.packets.flatMap(({ copies }) => copies.map((copy) => copy.conversation)) ?? [])]);
    this.isFault = finding.verdict === 'fail' && finding.severity !== 'info';
    this.marks = new Set(evidence.map(({ mark }) => keyOf(mark)));
    for (const { mark, note } of evidence) if (note !== undefined && note !== '') this.told.set(keyOf(mark), note);
  }

  picture(): LadderPicture | null {
    const { part } = this;
    const { facts } = this.subject;
    const chosen =
      part === null ? this.examples() : part.packets.map((one) => legsOfSeen(facts, one)).filter((legs) => legs.length > 0);
    const [request] = chosen.filter(([{ direction }]) => !direction.isReply);
    // The ends stand outside of all else; of a translated conversation those that the packets have.
    const [from, to] = request === undefined ? this.endsOf(chosen[0] ?? [], true) : this.endsOf(request, false);
    if (from === null || to === null) return null;
    this.sketch.end(from);
    this.sketch.end(to);
    for (const leg of chosen.flat()) for (const { mark } of marksOf(facts, leg)) this.drawn.add(keyOf(mark));
    const notes = this.notes();
    let before: readonly Leg[] | null = null;
    let lastNs = 0;
    for (const legs of chosen) {
      const startNs = startOf(legs[0]);
      // What happened meanwhile stands where it happened.
      while (notes.length > 0 && notes[0].mark.timeNs < startNs) {
        lastNs = Math.max(lastNs, notes[0].mark.timeNs);
        this.note(notes.shift() as Note);
      }
      if (part !== null && before !== null) this.quiet(before, startNs - lastNs);
      this.packet(legs);
      before = legs;
      lastNs = startNs;
    }
    if (part === null || part.isLast) {
      for (const note of notes) this.note(note);
      this.wanted();
      this.silence();
      const others = this.others;
      if (others > 0) this.sketch.left.push(`${quantity(others, 'more conversation')} ${others === 1 ? 'fares' : 'fare'} alike`);
    }
    return this.sketch.picture(this.subject.finding.title);
  }

  /** Conversations that the finding is about, beside those that are drawn. */
  private get others(): number {
    const about = new Set(this.subject.about);
    if (this.part === null) return about.size - 1;
    const { facts } = this.subject;
    return [...about].filter((uid) => {
      const one = this.shown.has(uid) ? null : facts.conversation(uid);
      return one !== null && !facts.errors.isError(one);
    }).length;
  }

  /** Some packets each way, one of each path. */
  private examples(): Leg[][] {
    const { marks } = this;
    const journeys = journeysOf(this.subject.facts, this.conversation);
    const isShown = (legs: Leg[]): boolean => legs.some(({ use }) => use.hops.some((hop) => marks.has(keyOf(hop))));
    const chosen: Leg[][] = [];
    let left = 0;
    for (const isReply of [false, true]) {
      const own = journeys.filter(([{ direction }]) => direction.isReply === isReply);
      // What the evidence shows, then the first of the others.
      const best = [...own.filter(isShown), ...own.filter((legs) => !isShown(legs))];
      chosen.push(...best.slice(0, MAX_PACKETS));
      left += Math.max(0, best.length - MAX_PACKETS);
    }
    if (left > 0)
      this.sketch.left.push(`${quantity(left, 'more path')} of this conversation ${left === 1 ? 'is' : 'are'} not drawn`);
    return chosen.sort(([a], [b]) => startOf(a) - startOf(b) || a.use.hops[0].frame - b.use.hops[0].frame);
  }

  /** Nothing came after a packet for so long. */
  private quiet(legs: readonly Leg[], ns: number): void {
    if (ns < QUIET_NS) return;
    const isDue = !legs[0].direction.isReply && this.isLost(legs[legs.length - 1]);
    this.sketch.silence(`${isDue ? 'no answer' : 'nothing'} for ${duration(ns)}`, ns, isDue ? 'wrong' : 'plain');
  }

  private endsOf(legs: readonly Leg[], isReply: boolean): [Ip | null, Ip | null] {
    if (legs.length === 0) return [null, null];
    const [from, to] = [legs[0].direction.from, legs[legs.length - 1].direction.to];
    return isReply ? [to, from] : [from, to];
  }

  /** One packet from end to end, as far as it was seen. */
  private packet(legs: readonly Leg[]): void {
    const { sketch } = this;
    const { facts } = this.subject;
    const [{ direction, use }] = legs;
    const final = legs[legs.length - 1];
    sketch.packet(endName(facts, direction.from), direction.from, legs[0].label ?? labelOf(direction, use), direction.isReply);
    let hops = 0;
    const most = legs.some((leg) => leg.use.looped > 0) ? MAX_ROUNDS : MAX_HOPS;
    legs.forEach((leg, l) => {
      const { path } = leg.use;
      if (l > 0) sketch.translate(legs[l - 1].direction, leg.direction);
      for (const { hop: h, mark } of marksOf(facts, leg)) {
        if (++hops > most) continue;
        const note = this.told.get(keyOf(mark)) ?? '';
        // The evidence is a sample: what it tells of the first packet of a path holds for those that took it as well.
        const isTold = note !== '' || this.told.has(keyOf(leg.use.hops[h]));
        // What is told of a question as it begins is what it asks; what is told of it further on, or of an answer, is what is wrong with it.
        const goesRound = leg.use.looped > 0 && hops > 2;
        const isOdd = (goesRound || isTold) && (hops > 1 || leg.direction.isReply);
        const tone = this.isFault && (isOdd || this.strays(leg, mark)) ? 'wrong' : 'plain';
        sketch.hop(mark, path.hops[h].edge, facts.paths.directionAt(leg.use, h), note, tone);
      }
    });
    if (hops > most) {
      const text = `${quantity(hops - most, 'more hop')} of this packet ${hops - most === 1 ? 'is' : 'are'} not drawn`;
      if (!sketch.left.includes(text)) sketch.left.push(text);
    }
    this.ending(final, startOf(legs[0]));
  }

  /** Whether it is known not to have arrived. Single packets fared as others of their time. */
  private isLost(leg: Leg): boolean {
    const { direction, use } = leg;
    const startNs = startOf(leg);
    if (direction.isReply) return this.isAstray(leg);
    const phase = this.part === null ? undefined : direction.phases.findLast(({ fromNs }) => fromNs <= startNs);
    return phase === undefined
      ? isUnanswered(this.subject.facts, direction, use)
      : phase.outcome === 'lost' && startNs <= phase.toNs;
  }

  /** Where the packet got to in the end: known by an answer, as it should have been, or not at all. */
  private ending(leg: Leg, startNs: number): void {
    const { direction, use } = leg;
    const { sketch } = this;
    const { facts, finding, meant } = this.subject;
    const to = endName(facts, direction.to);
    const last = facts.paths.lastNode(use);
    const isHome = last.onlyIn && facts.ownership.isOwn(last.source, direction.to);
    const isLost = this.isLost(leg);
    if (isLost && !direction.isReply && Number.isNaN(this.silentSince)) this.silentSince = startNs;
    if (!isLost || isHome) {
      sketch.arrive(to, direction.to, 'implied');
      return;
    }
    if (this.asked?.isReply === direction.isReply) {
      // The way on is drawn as it was asked for (`wanted`).
      if (this.isFault) sketch.breaks();
      sketch.end(direction.to);
      return;
    }
    const { interfaceExpected: expected, interfaceOut: out, dst } = finding.subject;
    const isWrong = expected !== null && expected !== out;
    const hop = use.path.hops[last.hop];
    const edge = hop.edge < 0 ? null : facts.tunnels.edge(hop.edge);
    const end = meant === null ? null : Ip.parse(meant);
    const isKnown = this.part !== null && this.corrected.has(use.path);
    this.corrected.add(use.path);
    if (this.isFault && end !== null && edge !== null && String(edge.dst) === dst) {
      sketch.wrongEnd(end, isKnown);
      if (isKnown) return;
      sketch.arrive(to, direction.to, 'expected');
      return;
    }
    // Where it breaks, as far as it is known: it left by the wrong interface, or did not leave at all.
    const stops = last.onlyIn && use.translatedTo < 0 && facts.captures[last.source].everyInterface;
    if (this.isFault && (isWrong || stops)) sketch.breaks();
    if (isKnown) return;
    if (isWrong) {
      const entry = facts.paths.entryAt(use, last.source);
      sketch.instead(entry < 0 ? null : use.path.hops[entry].port, last.source, expected);
    }
    if (isWrong || !stops) sketch.arrive(to, direction.to, 'expected');
    else sketch.end(direction.to);
  }

  /** The path that was asked for, unless what is wrong with the one that was taken is known and drawn already. */
  private get asked(): Wanted | null {
    const { finding, wanted } = this.subject;
    return finding.subject.interfaceExpected === null && finding.subject.tunnel === null ? wanted : null;
  }

  /** An interface that the path which was asked for does not have. */
  private strays({ direction }: Leg, mark: Mark): boolean {
    const { asked } = this;
    if (asked === null || asked.isReply !== direction.isReply) return false;
    const { name, point } = this.subject.facts.interfaces.of(mark.port);
    return !asked.hops.some((hop) => hop.interface === name && (hop.point ?? point) === point);
  }

  private wanted(): void {
    const { asked, sketch } = this;
    const { facts } = this.subject;
    if (asked === null || asked.hops.length === 0) return;
    const { from, to, isReply } = this.conversation.directions[asked.isReply ? 1 : 0];
    sketch.packet(endName(facts, from), from, 'expected', isReply);
    for (const { point, interface: name } of asked.hops) sketch.through(point, name);
    sketch.arrive(endName(facts, to), to, 'expected');
  }

  /** An answer that the finding shows as going wrong, and of which nothing says that it arrived. */
  private isAstray({ direction, use }: Leg): boolean {
    if (!losesAnswers(this.subject.finding) || this.subject.facts.delivery.by(direction, use) === true) return false;
    return use.hops.some((hop) => this.marks.has(keyOf(hop)));
  }

  /** What the evidence shows beside the packets that are drawn: each kind of thing once. */
  private notes(): Note[] {
    const said = new Set([...this.drawn].map((key) => this.told.get(key)));
    const found: Note[] = [];
    for (const { mark, note } of this.subject.evidence) {
      if (note === undefined || note === '' || this.drawn.has(keyOf(mark)) || said.has(note)) continue;
      said.add(note);
      if (found.length < MAX_NOTES) found.push({ mark, note });
    }
    // Evidence that is neither drawn nor says more than that it is there: what it shows is the finding itself.
    const { evidence, finding } = this.subject;
    if (found.length === 0 && evidence.length > 0 && !evidence.some(({ mark }) => this.drawn.has(keyOf(mark))))
      found.push({ mark: evidence[0].mark, note: finding.title });
    return found.sort((a, b) => a.mark.timeNs - b.mark.timeNs);
  }

  private note({ mark, note }: Note): void {
    this.sketch.note(mark, note, this.isFault ? 'wrong' : 'plain');
  }

  private silence(): void {
    const { facts } = this.subject;
    if (Number.isNaN(this.silentSince)) return;
    const all = [...this.shown].flatMap((uid) => {
      const one = facts.conversation(uid);
      return one === null ? [] : [one, ...facts.translation.of(one)];
    });
    if (all.some(({ reply }) => reply.packets > 0)) return;
    const ns = facts.nowNs - this.silentSince;
    if (ns <= 0) return;
    const where = facts.captures.every(({ everyInterface }) => everyInterface) ? 'no answer by any interface' : 'no answer seen';
    this.sketch.silence(`${where} for ${duration(ns)}`, ns);
  }
}
