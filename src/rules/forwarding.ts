// Whether packets ended at a node that should have passed them on.

import { FLAG } from '../../dissectors/tcp.js';
import { DIRECTION } from '../capture/frame.js';
import type { Conversation, Direction } from '../facts/conversation.js';
import { isTracePort } from '../facts/errors.js';
import type { Facts } from '../facts/facts.js';
import { PROTO } from '../flows/packet.js';
import { KIND } from '../flows/sight.js';
import type { PathUse } from '../flows/uses.js';
import type { Ip } from '../topology/ip.js';

/** The last frames of a capture may be missing their other half. */
const TOO_LATE_NS = 5e6;

/** Where the node was to send the packets on this path: outer destination of an overlay packet. */
export function finalDestination(facts: Facts, direction: Direction, use: PathUse): Ip {
  const { edge } = use.path.hops[facts.paths.lastNode(use).hop];
  return edge < 0 ? direction.to : facts.tunnels.edge(edge).dst;
}

/**
 * The question whose source the node translated, of answers that come to that new source and should go on to the host that asked, which got nothing
 * at all. Null where the packets are no such answers.
 */
export function translatedQuestion(facts: Facts, direction: Direction, use: PathUse): Direction | null {
  const { source } = facts.paths.lastNode(use);
  if (!direction.isReply || use.translatedTo >= 0) return null;
  const question = facts.crossings.of(direction.other).find((x) => x.source === source && x.origin !== null)?.origin?.direction;
  if (question === undefined || question.isReply || question.from.equals(direction.to)) return null;
  return facts.delivery.of(question) === false ? question : null;
}

/**
 * Packets of this path got no answer in their time, though other packets of the direction did: while they were sent, something was
 * wrong. One or two are lost on any network.
 */
export function wasLost(direction: Direction, use: PathUse): boolean {
  if (use.answered > 0 || use.lost < LEAST_LOST) return false;
  return direction.phases.some(
    ({ outcome, count, fromNs, toNs }) => outcome === 'lost' && count >= LEAST_LOST && toNs - fromNs >= OUTAGE_NS,
  );
}

const LEAST_LOST = 3;
/** What is lost for less is made good by the first retry (RFC 6298 section 2). */
const OUTAGE_NS = 1e9;

/** Packets whose hops may be few on purpose. */
const isTrace = ({ errors }: Facts, { from, to, toPort, conversation: { proto } }: Direction): boolean =>
  isTracePort(proto, toPort) || errors.traced(from, to);

/** The server's only word is a reset. After a SYN-ACK it would be the end of a connection, which is another matter. */
export const wasReset = ({ request, reply }: Conversation): boolean =>
  request.sent(FLAG.syn) && reply.resets > 0 && !reply.sent(FLAG.syn | FLAG.ack);

/** Came in, should have gone out, would have been seen going out, and was not. */
export function stopsHere(facts: Facts, direction: Direction, use: PathUse): boolean {
  const { source, hop: last, onlyIn } = facts.paths.lastNode(use);
  if (!onlyIn || use.translatedTo >= 0 || facts.captures[source].someUnnamed === true) return false;
  // With one hop left to live it ends here by right.
  const { ttl } = use.hops[last];
  const isUnsaid = ttl === 0 && facts.captures[source].withUnknown === true;
  if (isUnsaid && isTrace(facts, direction)) return false;
  if ((ttl <= 1 && !isUnsaid) || (use.count === 1 && facts.nowNs - use.hops[last].timeNs < TOO_LATE_NS)) return false;
  const question = translatedQuestion(facts, direction, use);
  const dst = question?.from ?? finalDestination(facts, direction, use);
  if (dst.isMulticast || dst.isLinkLocal || dst.isLoopback || facts.ownership.isOwn(source, dst) || isBroadcast(dst))
    return false;
  const node = facts.node(source);
  const route = node === null ? null : (facts.topology?.route(node, dst) ?? null);
  // Its own table says that it drops them (blackhole, unreachable, prohibit), whatever else it forwards.
  const delivered = question === null ? facts.delivery.of(direction) : false;
  const isLost = delivered === false || (delivered === true && wasLost(direction, use));
  if (delivered === true && !isLost) return false;
  if (direction.other.packets === 0 && facts.passing.leavesUnseen(source, use.path.hops[last].port)) return false;
  if (route !== null && route.nexthops.length === 0 && route.kind !== 'local') return isLost;
  if (
    !facts.crossings.forwards(source) &&
    !isRouterFor(facts, source, route?.dev ?? null, use.path.hops[last].port) &&
    !isGatewayByMistake(facts, direction, use)
  )
    return false;
  if (delivered !== false && isSilent(facts, source)) return false;
  // ESP and WireGuard encrypt before the point where captures are taken: the packets may have left inside.
  if (delivered === null && facts.encrypted.senders.has(source)) return false;
  const home = [...facts.ownership.livesBehind(source, dst).ports.keys()];
  // The interface it should have left by has to be one of those captured.
  if (!facts.captures[source].everyInterface) {
    const names = facts.interfaces.at(source).map((port) => port.name);
    const captured = route?.dev != null ? names.includes(route.dev) : home.length > 0;
    if (!captured) return false;
  }
  const owners = facts.topology?.ownerOf(dst) ?? [];
  const local = node !== null && owners.some((owner) => owner.node === node);
  const remote = node !== null && owners.length > 0 && !local;
  // A node may hand packets to its own pods out of sight (eBPF redirect): such interfaces show nothing going out, ever. What the
  // stack of the node sends is seen, and where it answers ARP, it is its stack that sends.
  const shows = (port: number) => facts.crossings.forwardsBy(port) || facts.neighbours.answersOn(port);
  // What is passed on by mistake would leave as what the node sends itself: by the interface that it came in on.
  const isBack = home.every((port) => port === use.path.hops[last].port) && isGatewayByMistake(facts, direction, use);
  if (!remote && home.length > 0 && !home.some(shows) && !isBack) return false;
  // Nothing came from there: then it is the route that names the interface by which it should have gone.
  if (local && home.length === 0 && !facts.interfaces.at(source).some(({ name, id }) => name === route?.dev && shows(id)))
    return false;
  // Where packets are known to arrive unseen, that one was not seen going out proves nothing.
  if (delivered === null && !remote && facts.passing.hands(source)) {
    const shown = home.some((port) => facts.crossings.forwardsBy(port));
    if (!shown) return false;
  }
  return isLost || (delivered === null && (home.length > 0 ? facts.ownership.livesBehind(source, dst).exact : route !== null));
}

/**
 * Replies to pings that come to a node by its MAC, are for an address of which nothing shows that it is the node's, and go on nowhere: the
 * node drops them, or asked itself. One that asked would have been seen asking: it sends other packets, and all its interfaces were captured.
 */
export function endsUnexplained(facts: Facts, direction: Direction, use: PathUse): boolean {
  const { source, hop, onlyIn } = facts.paths.lastNode(use);
  const { proto, isEcho } = direction.conversation;
  if (!direction.isReply || direction.other.packets > 0 || isEcho || (proto !== PROTO.icmp && proto !== PROTO.icmpv6))
    return false;
  if (!onlyIn || use.translatedTo >= 0 || use.count < LEAST_LOST || use.hops[hop].kind !== KIND.toUs) return false;
  if (use.path.hops[hop].edge >= 0 || !facts.captures[source].everyInterface || isSilent(facts, source)) return false;
  return !facts.ownership.isOwn(source, direction.to) && facts.causes.of(direction.conversation) === null;
}

/**
 * Nothing that it forwards was seen: then only its routes can tell that it should have. They lead on by another interface, all of
 * them were captured, and what the node sends is seen.
 */
function isRouterFor(facts: Facts, source: number, dev: string | null, entry: number): boolean {
  const node = facts.node(source);
  if (node === null || dev === null || facts.interfaces.sameLink(node, dev, facts.interfaces.name(entry))) return false;
  return facts.captures[source].everyInterface;
}

/**
 * Frames with the node's own MAC for an address that another host has, at a node that passes nothing on: who sends them takes a host for a
 * router. The host itself is seen to send, and packets of that address, or the topology, say that it is elsewhere.
 */
export function isGatewayByMistake(facts: Facts, direction: Direction, use: PathUse): boolean {
  const { source, hop, onlyIn } = facts.paths.lastNode(use);
  if (!onlyIn || use.hops[hop].kind !== KIND.toUs || use.path.hops[hop].edge >= 0) return false;
  if (!facts.captures[source].everyInterface || facts.crossings.forwards(source) || isSilent(facts, source)) return false;
  const { to } = direction;
  // An answer is for who asked, and it may be this host by a program beneath its stack.
  if (direction.isReply || facts.ownership.isOwn(source, to)) return false;
  const node = facts.node(source);
  const owners = facts.topology?.ownerOf(to) ?? [];
  // One whose routes lead on by another interface is meant for a router.
  const dev = node === null ? null : (facts.topology?.route(node, to)?.dev ?? null);
  if (isRouterFor(facts, source, dev, use.path.hops[hop].port)) return false;
  if (node !== null && owners.length > 0) return owners.every((owner) => owner.node !== null && owner.node !== node);
  return facts.ownership.livesBehind(source, to).exact;
}

/**
 * Nothing at all was seen going out of the node. It may be that it drops everything, or that the capture was of incoming packets only
 * (tcpdump -Q in): then a packet counts as lost only where the sender's repeating proves it.
 */
export const isSilent = (facts: Facts, source: number): boolean =>
  !facts.interfaces.at(source).some((port) => port.frames[DIRECTION.out] > 0);

/** Limited broadcast, or the last address of what is most likely a network. */
const isBroadcast = (ip: Ip): boolean => ip.family === 4 && (ip.d & 0xff) === 0xff;
