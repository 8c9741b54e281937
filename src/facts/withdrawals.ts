// Routes that a BGP speaker took back, and what was sent to them after that.
import type { Withdrawal } from '../flows/services/bgp.js';
import type { Direction } from './conversation.js';
import type { Facts } from './facts.js';

/** The route to where packets of these conversations (uids) are lost, withdrawn before they were sent and not announced since; else null. */
export function withdrawnRoute(facts: Facts, about: Iterable<number>): Withdrawal | null {
  const all = Array.from(facts.services.bgp.list).flatMap(({ withdrawn }) => [...withdrawn.values()]);
  if (all.length === 0) return null;
  // Of the same prefix another speaker may still have a route; of several that hold the address the longest was in use.
  all.sort((a, b) => b.prefix.length - a.prefix.length || b.mark.timeNs - a.mark.timeNs);
  for (const uid of about)
    for (const direction of facts.conversation(uid)?.directions ?? []) {
      const lostNs = lostSince(facts, direction);
      const found = all.find(({ prefix, mark }) => prefix.contains(direction.to) && mark.timeNs < lostNs);
      if (found !== undefined) return found;
    }
  return null;
}

/** When packets of this direction were lost or refused; before all times where none was. */
function lostSince(facts: Facts, direction: Direction): number {
  const phase = direction.phases.find(({ outcome }) => outcome === 'lost');
  if (phase !== undefined) return phase.fromNs;
  const isLost = direction.lost > 0 || facts.delivery.of(direction) === false || facts.errors.mention(direction.to);
  return direction.packets > 0 && isLost ? direction.lastNs : Number.NEGATIVE_INFINITY;
}
