// Connections that begin only when the SYN is sent again.
import type { Conversation } from '../facts/conversation.js';
import { ODD } from '../flows/tracker.js';

/** Before this no retry is due; the same SYN again is a copy. */
const RETRY_NS = 0.9e9;

/** The SYN went unanswered long enough to be repeated, and the connection began after that. */
export function isLate({ request, reply }: Conversation): boolean {
  if (request.syns < 2 || reply.syns > 1) return false;
  const [again] = request.oddities(ODD.synAgain);
  if (again === undefined || again.timeNs - request.firstNs < RETRY_NS) return false;
  return reply.packets === 0 || reply.firstNs > again.timeNs;
}
