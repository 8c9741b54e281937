// Connections that begin only when the SYN is sent again.
import type { Conversation } from '../facts/conversation.js';
import { RETRY_NS } from '../facts/ledger.js';
import { ODD } from '../flows/tracker.js';

/** The SYN went unanswered long enough to be repeated, and the connection began after that. */
export function isLate({ request, reply }: Conversation): boolean {
  if (request.syns < 2 || reply.syns > 1) return false;
  const [again] = request.oddities(ODD.synAgain);
  if (again === undefined || again.timeNs - request.firstNs < RETRY_NS) return false;
  return reply.packets === 0 || reply.firstNs > again.timeNs;
}
