// Packets that come into a node and were not seen leaving it, by chance: a queue that is full at times, or frames that the capture lacks.
import type { Direction } from '../facts/conversation.js';
import type { Facts } from '../facts/facts.js';
import type { Passing } from '../facts/passing.js';
import type { PathUse } from '../flows/uses.js';
import type { Ip } from '../topology/ip.js';

/** One or two of many packets to an address are lost on any network; the host that missed them asks again, which the ledger sees. */
export function isChance(
  facts: Facts,
  direction: Direction,
  source: number,
  dst: Ip,
  uses: ReadonlySet<PathUse>,
  count: number,
): boolean {
  // A reset that is lost is asked for anew by the next packet.
  const { isTcp } = direction.conversation;
  const isReset = isTcp && direction.packets === direction.resets;
  const all = facts.passing.to(source, dst);
  if (isLackedAsOften(facts, source, all, uses, count)) return true;
  if (count > FATE) return isTcp && !isReset && isFull(all, uses);
  // What is sent again gets through: a packet that waited for ARP, say.
  if (isTcp && !isReset) {
    const lostNs = Math.max(...[...uses].map((use) => use.lastNs));
    return all.some(({ passes, direction: other, use }) => passes && other === direction && use.hops[0].timeNs > lostNs);
  }
  let passed = 0;
  let own = 0;
  for (const { use, passes, direction: other } of all) {
    if (passes) passed += use.count;
    if (passes && other === direction) own += use.count;
  }
  // Of the same flow most get on; of one packet alone the capture may lack the copy that went out.
  if (own >= (count === 1 ? 1 : MOSTLY * count)) return true;
  return passed >= (isReset ? count : OFTEN * count);
}

/** Of the same flows about as many left that were not seen coming in, and others were: the capture loses frames, not the node packets. */
function isLackedAsOften(
  facts: Facts,
  source: number,
  all: readonly Passing[],
  uses: ReadonlySet<PathUse>,
  count: number,
): boolean {
  let unseen = 0;
  for (const direction of new Set(all.filter(({ use }) => uses.has(use)).map((one) => one.direction))) {
    const tally = facts.passing.tally(source, direction);
    if (tally.passed > 0) unseen += tally.unseen;
  }
  return unseen * 2 > count;
}

/**
 * A queue that is full drops some of many segments: of each connection most pass, also after those that are lost, and none is sent again
 * and again. Offloads merge segments: of a merged one that is cut again on its way out only the first piece counts here.
 */
function isFull(all: readonly Passing[], uses: ReadonlySet<PathUse>): boolean {
  const lost = all.filter(({ use }) => uses.has(use));
  return (
    lost.length > 0 &&
    lost.every(({ direction, use }) => {
      const passed = all.filter((one) => one.passes && one.direction === direction);
      return (
        direction.stuckCount < STUCK &&
        passed.reduce((sum, one) => sum + one.use.count, 0) >= MOSTLY * use.count &&
        passed.some((one) => one.use.lastNs > use.hops[0].timeNs)
      );
    })
  );
}

const FATE = 2;
const OFTEN = 20;
const MOSTLY = 2;
const STUCK = 3;
