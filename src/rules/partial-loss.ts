// Some packets to an address get through a node and others like them do not: no route does that. What kind of packets they are tells what does.
import { FLAG } from '../../dissectors/tcp.js';
import type { Direction } from '../facts/conversation.js';
import type { Facts } from '../facts/facts.js';
import { type Passing, serviceOf } from '../facts/passing.js';
import type { PathUse } from '../flows/uses.js';
import type { Ip } from '../topology/ip.js';

export interface PartialLoss {
  readonly cause: string;
  readonly hint: string;
}

/**
 * Why `lost`, the packets to `dst` that end at the node, end there, where others of the same service pass it at the same time or later; null
 * where none do, or nothing tells.
 */
export function partialLoss(facts: Facts, source: number, dst: Ip, lost: ReadonlySet<PathUse>): PartialLoss | null {
  const all = facts.passing.to(source, dst).filter(({ edge }) => edge < 0);
  const ends = all.filter(({ use, passes }) => !passes && lost.has(use));
  if (ends.length === 0) return null;
  const begins = Math.min(...ends.map(startOf));
  const services = new Set(ends.map(({ direction }) => serviceOf(direction)));
  const meanwhile = all.filter(({ passes, use }) => passes && use.lastNs > begins);
  const passing = meanwhile.filter(({ direction }) => services.has(serviceOf(direction)));
  const { point } = facts.captures[source];
  if (ends.every((end) => isForgotten(all, end)) && meanwhile.some((p) => p.direction.sent(FLAG.syn) && startOf(p) > begins)) {
    const silence = Math.max(...ends.map((end) => startOf(end) - lastPass(all, end)));
    return {
      cause: `Earlier packets of ${ends.length === 1 ? 'the same connection' : 'the same connections'} passed ${point}, ${silence >= PAUSE_NS ? `then nothing was sent for ${(silence / 1e9).toFixed(1)} s, and` : 'and'} none passes since; connections that began later do. A filter that keeps state has forgotten ${ends.length === 1 ? 'this one' : 'these'} (its timeout, a restart, a full or flushed table) and takes the rest for invalid.`,
      hint: `On ${point}: conntrack -L shows whether it knows the connection, conntrack -S counts invalid packets. Keep-alives more frequent than its timeout (nf_conntrack_tcp_timeout_established) keep an entry.`,
    };
  }
  if (ends.every((end) => isUnbegun(all, end)) && meanwhile.some(({ direction }) => direction.sent(FLAG.syn)))
    return {
      cause: `${ends.length === 1 ? 'This connection began' : 'These connections began'} elsewhere or before: no SYN of ${ends.length === 1 ? 'it' : 'theirs'} came to ${point}, and none of ${ends.length === 1 ? 'its' : 'their'} packets passes; connections that begin here pass. A filter that keeps state on ${point} does not know ${ends.length === 1 ? 'it' : 'them'} (the path has moved here from another node, or its table was emptied) and takes the packets for invalid.`,
      hint: `On ${point}: conntrack -S counts invalid packets. Let nodes that stand in for each other share their state (conntrackd), or take up connections in the middle (net.netfilter.nf_conntrack_tcp_loose=1, no rule that drops ct state invalid); else the clients have to connect anew.`,
    };
  // Of many alike at the same time some pass: counted by what is kept of each path.
  const passed = passing.reduce((sum, { use }) => sum + use.count, 0);
  const gone = ends.reduce((sum, { use }) => sum + use.count, 0);
  if (!ends.every(({ direction, use }) => isOpening(direction, use))) return null;
  return passed < LEAST_PASSED
    ? null
    : {
        cause: `Only packets that open connections are lost (${gone}), and not all of them: others to the same port pass meanwhile, so it is no route. A limit on ${point} does that: a rate or a number of connections per source, or a table of connections that is full.`,
        hint: `On ${point}: nft list ruleset or iptables -vnL (limit, connlimit, hashlimit: which counter rises?), sysctl net.netfilter.nf_conntrack_count net.netfilter.nf_conntrack_max, and the kernel's log (nf_conntrack: table full).`,
      };
}

const startOf = ({ use }: Passing): number => use.hops[0].timeNs;

/** Before it was lost, and never after, packets of the same way of the connection passed. */
function isForgotten(all: readonly Passing[], end: Passing): boolean {
  if (!end.direction.conversation.isTcp) return false;
  const own = all.filter(({ direction, passes }) => passes && direction === end.direction);
  return own.length > 0 && own.every(({ use }) => use.lastNs <= startOf(end));
}

/** It is a connection, its SYN was not seen here, and nothing of this way of it passed. */
const isUnbegun = (all: readonly Passing[], { direction }: Passing): boolean =>
  direction.conversation.isTcp &&
  !direction.conversation.directions.some((one) => one.sent(FLAG.syn)) &&
  !all.some((other) => other.passes && other.direction === direction);

const lastPass = (all: readonly Passing[], end: Passing): number =>
  Math.max(...all.filter(({ direction, passes }) => passes && direction === end.direction).map(({ use }) => use.lastNs));

/** What is lost of this way of the connection are its SYNs. */
const isOpening = (direction: Direction, use: PathUse): boolean =>
  direction.conversation.isTcp && !direction.isReply && direction.sent(FLAG.syn) && use.count <= direction.syns;

const PAUSE_NS = 1e9;
const LEAST_PASSED = 3;
