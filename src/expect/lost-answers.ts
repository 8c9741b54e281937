// Answers that were seen and did not get back to who asked, and questions beside those that were answered.
import type { Conversation } from '../facts/conversation.js';
import type { Facts } from '../facts/facts.js';
import { stopsHere } from '../rules/forwarding.js';

/** What is missing in a conversation that has answers; null where nothing shows that anything is. */
export const lacksAnswers = (facts: Facts, conversation: Conversation): string | null =>
  lostOnTheWay(facts, conversation) ??
  (facts.answers.leavesNameOpen(conversation) ? 'a DNS question got no answer' : null) ??
  lostOften(conversation) ??
  cutShort(conversation);

/** One or two pings are lost on any network; for a time, or one of ten, is another matter. */
function lostOften({ isEcho, request: { lost, asked, phases } }: Conversation): string | null {
  if (!isEcho || lost < LEAST_LOST) return null;
  const isOutage = phases.some((one) => one.outcome === 'lost' && one.count >= LEAST_LOST && one.toNs - one.fromNs >= OUTAGE_NS);
  return isOutage || lost * PART >= asked ? `${lost} of ${asked} pings got no answer` : null;
}

/** A connection that was accepted, and of which data never got through. */
function cutShort({ isTcp, request, reply }: Conversation): string | null {
  if (!isTcp) return null;
  for (const one of [request, reply])
    if (one.stuckCount >= LEAST_LOST && one.other.resets === 0 && !one.acknowledged((one.stuckSeq + 1) >>> 0))
      return `data of ${one.from} was sent ${one.stuckCount + 1} times and never acknowledged`;
  return reply.aborts && request.dataSegments > 0 && request.unacknowledged > 0
    ? `it was reset before what ${request.from} sent was acknowledged`
    : null;
}

const LEAST_LOST = 3;
const PART = 10;
const OUTAGE_NS = 1e9;

/**
 * Where all answers that were seen end before they are back at the asker; null where nothing shows it. Of TCP repeated segments tell it, and
 * what is made of them is an outcome of its own.
 */
function lostOnTheWay(facts: Facts, { isTcp, initiator, request, reply }: Conversation): string | null {
  const { paths } = reply;
  if (isTcp || paths.length === 0) return null;
  const point = (source: number): string => facts.captures[source].point;
  // Where the question was not seen leaving the node either, the captures show one direction of its interfaces.
  const passed = new Set(request.paths.flatMap((use) => facts.paths.passages(use).map(({ source }) => source)));
  if (paths.every((use) => passed.has(facts.paths.lastNode(use).source) && stopsHere(facts, reply, use)))
    return `answers come to ${point(facts.paths.lastNode(paths[0]).source)} and are not passed on`;
  const loss = facts.links.lossOf(reply);
  if (loss !== null) return `answers leave ${facts.links.name(loss.from)} and do not come to ${facts.links.name(loss.to)}`;
  // The asker's own node was watching on all its interfaces.
  const home = request.paths[0]?.path.hops[0]?.source ?? -1;
  const node = home < 0 ? null : facts.node(home);
  if (home < 0 || facts.encrypted.senders.size > 0) return null;
  if (!facts.ownership.isOwn(home, initiator) && (node === null || facts.ownership.nodeAt(initiator) !== node)) return null;
  const { everyInterface, someUnnamed } = facts.captures[home];
  if (!everyInterface || someUnnamed === true || !facts.doubts.watched(home, reply.firstNs)) return null;
  return paths.some(({ path }) => path.hops.some(({ source }) => source === home))
    ? null
    : `answers were seen at ${point(facts.paths.lastNode(paths[0]).source)} and never came to ${point(home)}`;
}
