// Answers from another address or port than was asked. The host that asked does not accept them: TCP resets what belongs to no connection (RFC 9293 section
// 3.10.7.1), a resolver compares address and port (RFC 5452 section 9.1), a connected socket of UDP gets nothing from others.
import { FLAG } from '../../dissectors/tcp.js';
import { push } from '../bytes/groups.js';
import { PROTO } from '../flows/packet.js';
import type { Conversation, Direction } from './conversation.js';
import type { Facts } from './facts.js';

export interface StrayAnswer {
  /** The conversation of the question, to the address that was asked. */
  readonly asked: Conversation;
  /** The packets that answer it. */
  readonly answer: Direction;
  /** The node that sends the question on to another host, and the answer back as it is; or that gives the answer another source; -1: neither was seen. */
  readonly source: number;
  /** `answer`: only the answer was translated. `question`: only the question was, as seen. `unseen`: neither was seen. */
  readonly translated: 'answer' | 'question' | 'unseen';
  /** The asker says itself that it does not take it: a reset, port unreachable, or the question again. */
  readonly refused: 'reset' | 'unreachable' | 'repeated' | null;
}

/** All answers of which no question was seen, but one to another address or port; those of a node that was seen translating first. */
export function strayAnswers(facts: Facts): StrayAnswer[] {
  const found = [...onlyAnswers(facts), ...onlyQuestions(facts)];
  const known = new Set(found.flatMap(({ asked, answer }) => [asked, answer.conversation]));
  for (const one of byNumbers(facts)) if (!known.has(one.asked) && !known.has(one.answer.conversation)) found.push(one);
  return found;
}

/** The node gives the answer another source, though it let the question through as it was. */
function* onlyAnswers(facts: Facts): Iterable<StrayAnswer> {
  for (const asked of facts.ailing()) {
    const { request, reply } = asked;
    if (request.packets === 0 || reply.packets === 0 || goesOn(request)) continue;
    for (const mate of facts.translation.mates(reply)) {
      const { other } = mate;
      // The question was not translated; of the other conversation there are answers only, and what refuses them.
      if (!mate.to.equals(reply.to) || mate.from.equals(reply.from) || other.packets > other.resets) continue;
      const x = facts.crossings.of(mate).find(({ origin }) => origin?.conversation === asked);
      if (x === undefined || facts.translation.mates(request).includes(other)) continue;
      yield { asked, answer: mate, source: x.source, translated: 'answer', refused: refusalOf(facts, asked, mate) };
    }
  }
}

/** The node sent the question on to another host, and passes its answers on as they are: all of them. */
function* onlyQuestions(facts: Facts): Iterable<StrayAnswer> {
  for (const asked of facts.ailing()) {
    if (asked.request.packets === 0 || asked.reply.packets > 0 || goesOn(asked.request)) continue;
    for (const back of facts.translation.backendsOf(asked)) {
      const { request, reply } = back;
      if (reply.packets === 0 || !reply.to.equals(asked.initiator)) continue;
      const node = facts.crossings.of(request).find(({ origin }) => origin?.conversation === asked)?.source;
      const uses = reply.paths;
      if (node === undefined || uses.some(({ translatedTo }) => translatedTo >= 0)) continue;
      if (!facts.crossings.of(reply).some((x) => x.source === node && x.entry >= 0)) continue;
      yield { asked, answer: reply, source: node, translated: 'question', refused: refusalOf(facts, asked, reply) };
    }
  }
}

/** Nothing was seen translating: an answer that names the question by its numbers, or that has no other question. */
function* byNumbers(facts: Facts): Iterable<StrayAnswer> {
  const questions = new Map<string, Conversation[]>();
  const add = (key: string, conversation: Conversation) => push(questions, key, conversation);
  const strangers: Direction[] = [];
  for (const conversation of facts.ailing()) {
    const { request, reply } = conversation;
    const strange = strangerOf(conversation);
    if (strange !== null) strangers.push(strange);
    if (conversation.isTcp) {
      if (request.sent(FLAG.syn) && reply.packets === 0 && !goesOn(request)) add(askerOf(request, request.nextSeq), conversation);
    } else if (conversation.proto === PROTO.udp || conversation.isEcho) {
      // Of a datagram that was not answered either side may count as the initiator: the first packet decides.
      if (request.packets > 0) add(askerOf(request, 0), conversation);
    }
  }
  for (const answer of strangers) {
    const { conversation } = answer;
    const all = questions.get(askerOf(answer.other, conversation.isTcp ? answer.ack : 0)) ?? [];
    const asked = all.filter((one) => one !== conversation && one.proto === conversation.proto);
    // A port that asks several hosts, or a host that is asked from several ports, cannot be paired.
    if (asked.length !== 1 || asked[0].reply.packets > 0 || !asked[0].request.isBefore(answer)) continue;
    const refused = refusalOf(facts, asked[0], answer);
    if (conversation.isTcp || isAnswerOf(asked[0], answer, refused))
      yield { asked: asked[0], answer, source: -1, translated: 'unseen', refused };
  }
}

/** The direction of a conversation that answers without ever being asked; null when there is none. */
function strangerOf({ isTcp, proto, isEcho, request, reply }: Conversation): Direction | null {
  if (isTcp) return reply.sent(FLAG.syn) && (!request.sent(FLAG.syn) || request.resets > 0) ? reply : null;
  if (proto === PROTO.udp) {
    if (request.packets === 0 && reply.packets > 0) return reply;
    return reply.packets === 0 && request.packets > 0 ? request : null;
  }
  const isReply = proto === PROTO.icmp || proto === PROTO.icmpv6;
  return !isEcho && isReply && request.packets === 0 && reply.packets > 0 ? reply : null;
}

/** Ports whose answers come from another port or address by design: TFTP (RFC 1350 section 4), DHCP, discovery by multicast or broadcast. */
const ELSEWHERE = new Set([67, 68, 69, 137, 138, 547, 1900, 3702, 5353, 5355]);
/** An answer comes within the time that a resolver waits, resolv.conf(5). */
const ANSWER_NS = 5e9;
/** Hops to live that senders start with: the question was captured where it was asked. */
const FIRST_TTL = new Set([64, 128, 255]);
const DNS_PORT = 53;

/** A datagram or an echo names no question as TCP does: it takes more to believe it. */
function isAnswerOf({ request, responderPort }: Conversation, answer: Direction, refused: StrayAnswer['refused']): boolean {
  const { to } = request;
  if (to.isMulticast || ELSEWHERE.has(responderPort) || ELSEWHERE.has(request.fromPort)) return false;
  if (answer.firstNs - request.firstNs > ANSWER_NS || !passSamePoint(request, answer)) return false;
  // Between two translations (on a host of containers) question and answer have different addresses, and all is well: only where the
  // question starts it is known that the answer is no longer translated.
  const isAtAsker = FIRST_TTL.has(request.firstTtl) && !FIRST_TTL.has(answer.firstTtl);
  if (answer.conversation.proto === PROTO.udp) {
    if (answer.from.equals(to)) return refused !== null;
    if (answer.fromPort !== request.toPort) return refused === 'unreachable';
    return refused !== null || (isAtAsker && responderPort === DNS_PORT);
  }
  // A directed broadcast is answered by every host that hears it (RFC 1122 section 3.2.2.6).
  return isAtAsker && (to.family === 6 || (to.d & 3) !== 3);
}

/** Some capture saw both: they may have been seen elsewhere first. */
const passSamePoint = (request: Direction, answer: Direction): boolean => {
  const places = new Set(request.paths.flatMap(({ path }) => path.hops.map(({ source }) => source)));
  return answer.paths.some(({ path }) => path.hops.some(({ source }) => places.has(source)));
};

/** How the asker shows that it does not take the answer. */
function refusalOf(facts: Facts, { request, isTcp, proto }: Conversation, answer: Direction): StrayAnswer['refused'] {
  if (isTcp) return answer.other.resets > 0 ? 'reset' : request.syns > 1 ? 'repeated' : null;
  for (const error of facts.errors.list)
    if (error.kind === 'unreachable' && error.from.equals(answer.to) && facts.errors.quoted(error) === answer)
      return 'unreachable';
  if (proto !== PROTO.udp) return null;
  for (const question of facts.dns.waiting) if (question.uid === request.conversation.uid && question.asks > 1) return 'repeated';
  return null;
}

/** The client goes on with the connection: it takes the answers, wherever they were seen. */
const goesOn = (request: Direction): boolean =>
  request.conversation.isTcp && (request.dataSegments > 0 || (request.sent(FLAG.ack) && request.resets === 0));

const askerOf = (request: Direction, number: number): string =>
  `${request.conversation.proto} ${request.from} ${request.fromPort} ${number}`;
