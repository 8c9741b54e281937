// Clients that look which ports of a host are open.
import { FLAG } from '../../dissectors/tcp.js';
import type { Conversation } from '../facts/conversation.js';
import type { Facts } from '../facts/facts.js';
import { wasReset } from './forwarding.js';
import { entry } from './rule.js';

export const pairOf = ({ initiator, responder }: Conversation): string => `${initiator} ${responder}`;

/** Client and host of which many ports are tried, most of them refused, and those once each. With the number of those that refuse. */
export function scansOf(facts: Facts): ReadonlyMap<string, number> {
  const tried = new Map<string, { ports: Set<number>; refused: Set<number>; refusals: number }>();
  const isAttempt = (conversation: Conversation) => conversation.isTcp && conversation.request.sent(FLAG.syn);
  for (const conversation of facts.ailing()) {
    if (!isAttempt(conversation) || !wasReset(conversation)) continue;
    const pair = entry(tried, pairOf(conversation), () => ({
      ports: new Set<number>(),
      refused: new Set<number>(),
      refusals: 0,
    }));
    pair.refusals++;
    pair.refused.add(conversation.responderPort);
  }
  // Most captures have none, and the names of all ends cost time.
  for (const [pair, { refused }] of tried) if (refused.size * 2 <= SCANNED_PORTS) tried.delete(pair);
  if (tried.size === 0) return new Map();
  for (const conversation of facts.conversations())
    if (isAttempt(conversation)) tried.get(pairOf(conversation))?.ports.add(conversation.responderPort);
  const scans = new Map<string, number>();
  // What is silent is asked again, also by a scanner.
  for (const [pair, { ports, refused, refusals }] of tried)
    if (ports.size >= SCANNED_PORTS && refusals === refused.size && refused.size * 2 > ports.size) scans.set(pair, refused.size);
  return scans;
}

/** No program needs so many services of one host. */
const SCANNED_PORTS = 8;
