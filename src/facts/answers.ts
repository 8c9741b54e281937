// What became of the question that a conversation is: three states, the same for every protocol.
import { FLAG } from '../../dissectors/tcp.js';
import type { Mark } from '../flows/mark.js';
import type { Conversation, Direction } from './conversation.js';
import { unreachableText } from './errors.js';
import type { Facts } from './facts.js';
import { lazy } from './lazy.js';
import { RETRY_NS } from './ledger.js';

/**
 * `answered`: the other end accepted it, by a SYN-ACK or data, a reply, a datagram. `refused`: a reset, or an ICMP error that says that it cannot
 * be reached. `dropped`: neither was seen.
 */
export type Answer = 'answered' | 'refused' | 'dropped';

export interface Refusal {
  /** `reset`, `port unreachable, from 10.0.2.5`. */
  readonly text: string;
  readonly mark: Mark;
}

export class Answers {
  constructor(private readonly facts: Facts) {}

  of(conversation: Conversation): Answer {
    const { request, reply, isTcp } = conversation;
    const arrives = this.facts.delivery.of(request);
    // Data that goes unacknowledged is lost, though the connection was accepted; an answer may pass unseen behind a translation.
    if (isTcp ? isOpened(conversation) && arrives !== false : reply.packets > 0 || arrives === true) return 'answered';
    return reply.resets > 0 || this.refused().has(request) ? 'refused' : 'dropped';
  }

  /** Who refused it and how; null for a conversation that was not refused. */
  refusal(conversation: Conversation): Refusal | null {
    if (this.of(conversation) !== 'refused') return null;
    const { request, reply } = conversation;
    return this.refused().get(request) ?? { text: 'reset', mark: reply.first };
  }

  /** Several questions go from one port, as those for A and AAAA of a name do: one was given up, or asked again in vain. */
  leavesNameOpen(conversation: Conversation): boolean {
    return this.openNames().has(conversation.uid);
  }

  private readonly openNames = lazy(() => {
    const found = new Set<number>();
    // What answers in no word of DNS may be something else at that port.
    for (const { answered, conversations } of this.facts.dns.list)
      if (answered > 0) for (const uid of conversations.keys()) found.add(uid);
    for (const { uid, server, asks, lastNs, mark } of this.facts.dns.waiting)
      if (server.answered > 0 && asks > 1 && lastNs - mark.timeNs >= RETRY_NS) found.add(uid);
    return found;
  });

  private readonly refused = lazy(() => {
    const found = new Map<Direction, Refusal>();
    for (const error of this.facts.errors.list) {
      const quoted = error.kind === 'unreachable' ? this.facts.errors.quoted(error) : null;
      const [mark] = error.marks;
      if (quoted !== null && mark !== undefined && !found.has(quoted))
        found.set(quoted, { text: `${unreachableText(error)}, from ${error.from}`, mark });
    }
    return found;
  });
}

/** A TCP connection that the other end accepted: it sent something but resets, and where it only repeats its SYN-ACK, that was taken. */
export function isOpened({ request, reply }: Conversation): boolean {
  if (!request.sent(FLAG.syn)) return reply.packets > reply.resets;
  if (request.sent(FLAG.ack)) return true;
  // An acknowledgment without SYN is of another connection (RFC 9293 section 3.10.7.4).
  return reply.sent(FLAG.syn) && reply.resets === 0 && reply.syns < 2;
}
