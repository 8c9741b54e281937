// Open questions while packets arrive: who is asked for, by whatever protocol, and does not answer.
import { FLAG } from '../../dissectors/tcp.js';
import type { Conversation } from '../facts/conversation.js';
import type { Facts } from '../facts/facts.js';
import { DNS_PORT } from '../flows/dns.js';
import { PROTO } from '../flows/packet.js';

export interface OpenQuestion {
  /** `10.71.1.77 arp`, `10.71.2.5:80 tcp`, `172.20.2.1 ping`. */
  readonly whom: string;
  readonly waitingNs: number;
}

/** Answers take that long. */
const DUE_NS = 1e9;
/** Who asked in vain, and has not asked again for so long, has given up. */
const GIVEN_UP_NS = 30e9;
const MAX_QUESTIONS = 1000;

/** Longest waiting first; at most one for each service that is asked. */
export function openQuestions(facts: Facts): OpenQuestion[] {
  const { nowNs } = facts;
  const open = new Map<string, number>();
  const add = (whom: string, sinceNs: number, lastNs: number): void => {
    if (nowNs - sinceNs < DUE_NS || nowNs - lastNs > GIVEN_UP_NS) return;
    const known = open.get(whom);
    if (known === undefined ? open.size < MAX_QUESTIONS : sinceNs < known) open.set(whom, sinceNs);
  };
  for (const n of facts.neighbours.list) {
    // Of what others ask, only the question is sure to be seen here; asked again, it was not answered.
    const shown = n.askedByUs > 0 || n.openCount > 1;
    if (shown && !Number.isNaN(n.openSinceNs)) add(`${n.target} ${n.kind}`, n.openSinceNs, n.lastAskedNs);
  }
  for (const conversation of facts.conversations()) {
    const { request, reply } = conversation;
    if (request.packets === 0 || reply.packets > 0) continue;
    const how = kindOf(conversation);
    if (how === null) continue;
    const ip = String(conversation.responder);
    const whom = how === 'ping' ? ip : `${ip.includes(':') ? `[${ip}]` : ip}:${conversation.responderPort}`;
    add(`${whom} ${how}`, request.firstNs, request.lastNs);
  }
  return Array.from(open, ([whom, sinceNs]) => ({ whom, waitingNs: nowNs - sinceNs })).sort((a, b) => b.waitingNs - a.waitingNs);
}

/** How a conversation asks for an answer; null where it does not. */
function kindOf({ proto, request, responderPort }: Conversation): string | null {
  switch (proto) {
    case PROTO.tcp:
      return request.sent(FLAG.syn) ? 'tcp' : null;
    case PROTO.udp:
      return responderPort === DNS_PORT ? 'dns' : null;
    case PROTO.icmp:
    case PROTO.icmpv6:
      return request.asked > 0 ? 'ping' : null;
    default:
      return null;
  }
}
