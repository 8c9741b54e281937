// A node translates the destination of what comes from a link, and sends it back into that link: the server answers the client there, past the
// node, and the client, which asked another address, does not accept it.
import type { Command } from '../bytes/command.js';
import type { Conversation, Direction } from '../facts/conversation.js';
import { type Crossing, exitPort } from '../facts/crossings.js';
import type { Facts } from '../facts/facts.js';
import { guessedNetwork } from '../facts/networks.js';
import { ODD } from '../flows/tracker.js';
import { masquerade } from './masquerade.js';
import { push, type Say } from './rule.js';

/** What is said of a silent server, where its packets were turned back to it. */
export interface TurnedBack {
  readonly title: string;
  readonly cause: string;
  readonly hint: string;
  readonly commands: readonly Command[];
}

/**
 * At the node that translates: packets to this server came in for another address, and went back by the same interface with the source they
 * had; of answers nothing is seen. Null where it is not so.
 */
export function turnedBack(facts: Facts, back: Conversation): TurnedBack | null {
  if (back.reply.packets > 0) return null;
  for (const x of facts.crossings.of(back.request)) {
    const asked = x.origin?.conversation;
    if (asked === undefined || asked.reply.packets > 0 || !asked.initiator.equals(back.initiator)) continue;
    if (asked.responder.equals(back.responder) || !turnsBack(facts, back.request, x)) continue;
    const { point } = facts.captures[x.source];
    const out = facts.interfaces.name(exitPort(x));
    const network = networkOf(facts, x, back.responder);
    const place = `${asked.responder} port ${asked.responderPort}`;
    return {
      title: `${point} turns ${place} back into ${out} with the client's own address`,
      cause: `${point} translates ${place} to ${back.responder} and sends the packets out where they came in, with the source ${back.initiator} as it was. ${
        back.responder.equals(back.initiator)
          ? `The client is its own server: it gets packets from the network with its own address as source, and its kernel drops them (martian source)`
          : `Client and server are on one link: ${back.responder} answers ${back.initiator} directly and not through ${point}, so nothing translates the answer back, and the client, who asked ${asked.responder}, does not take it`
      } (hairpin NAT without masquerade).`,
      hint: `Let ${point} masquerade what it turns back, so that answers return through it; or let clients of this link ask ${back.responder} directly (split DNS). A server that is down looks the same from here: ask it directly.`,
      commands:
        facts.node(x.source) === null
          ? []
          : masquerade(facts, exitPort(x), { family: back.responder.family, from: network, to: back.responder }),
    };
  }
  return null;
}

/** Client and server are on one link of the node. */
function turnsBack(facts: Facts, { from, to }: Direction, x: Crossing): boolean {
  if (x.edge >= 0 || !facts.crossings.isHairpin(x)) return false;
  return networkOf(facts, x, from) === networkOf(facts, x, to);
}

/** The network of the node's link that has this address; what it is guessed to be where that is not known. */
function networkOf(facts: Facts, x: Crossing, ip: Direction['from']): string {
  const node = facts.node(x.source);
  const route = node === null ? null : (facts.topology?.route(node, ip) ?? null);
  return route?.kind === 'connected' ? String(route.prefix) : guessedNetwork(ip);
}

/**
 * At the server, or on its link: the client resets the answer, and asks again with the same SYN. Its connection is with another address, which
 * a node translated to this server.
 */
export function judgeRefusedAnswers(facts: Facts, say: Say): void {
  const groups = new Map<string, Conversation[]>();
  for (const conversation of facts.ailing()) {
    const { request, reply } = conversation;
    if (
      !conversation.isTcp ||
      request.resets === 0 ||
      request.syns < 2 ||
      reply.syns < 2 ||
      facts.causes.of(conversation) !== null
    )
      continue;
    // A scanner resets what answers, and does not ask again.
    if (request.dataSegments + reply.dataSegments > 0 || reply.resets > 0) continue;
    push(groups, `${conversation.responder} ${conversation.responderPort}`, conversation);
  }
  for (const [key, all] of groups) {
    const [{ request, reply, responder, responderPort, initiator }] = all;
    const clients = new Set(all.map((one) => String(one.initiator)));
    say({
      verdict: 'fail',
      severity: 'error',
      key: `refused answer ${key}`,
      title: `${clients.size === 1 ? initiator : `${clients.size} clients`} did not ask ${responder} port ${responderPort}, whose answers get a reset`,
      message: `${all.length === 1 ? 'A connection attempt' : `${all.length} connection attempts`} from ${clients.size === 1 ? facts.named(initiator) : `${clients.size} clients`} to ${facts.named(responder)} port ${responderPort}: the client resets the SYN-ACK, and sends the same SYN again.`,
      cause: `The client asked another address, which a node on the way translated to ${responder}; the answer goes to the client directly, past that node, so nothing translates it back (hairpin NAT without masquerade, or another return path).`,
      alternatives: [`Two hosts have ${initiator}: the answer goes to the one who did not ask.`],
      hint: 'Let the node that translates the destination masquerade the source too, or make the return path from the server lead through it.',
      subject: {
        src: String(initiator),
        dst: String(responder),
        proto: 'tcp',
        srcPort: all.length === 1 ? request.fromPort : null,
        dstPort: responderPort,
        target: null,
      },
      evidence: [
        { mark: request.first, field: 'tcp.seq_raw', note: 'SYN' },
        { mark: reply.first, field: 'tcp.ack_raw', note: 'answer' },
        ...request
          .oddities(ODD.synAgain)
          .slice(0, 1)
          .map((mark) => ({ mark, field: 'tcp.seq_raw', note: 'the same SYN again' })),
      ],
      count: all.length,
      about: new Set(all.map(({ uid }) => uid)),
    });
  }
}
