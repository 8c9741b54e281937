// What the capture shows of a server that answers a connection attempt with nothing: that the attempt reached it, or that its program takes
// no more.
import { FLAG } from '../../dissectors/tcp.js';
import { shown } from '../bytes/command.js';
import type { Conversation, Direction } from '../facts/conversation.js';
import type { Facts } from '../facts/facts.js';
import { isSilent } from './forwarding.js';
import { seenWayBack } from './reverse-path.js';

export interface SilentHost {
  readonly cause: string;
  readonly hint: string;
}

/**
 * The node that captured has the address itself, on all its interfaces nothing of an answer left, and it is seen sending other packets: the
 * network has done its part. Null where that is not so.
 */
export function silentHost(facts: Facts, direction: Direction): SilentHost | null {
  if (direction.packets === 0 || direction.other.packets > 0) return null;
  for (const use of direction.paths) {
    const { source, first, onlyIn } = facts.paths.lastNode(use);
    const { point, everyInterface } = facts.captures[source];
    if (!onlyIn || !everyInterface || isSilent(facts, source) || !facts.ownership.isOwn(source, direction.to)) return null;
    const { port } = use.path.hops[first];
    const client = direction.from;
    if (
      facts.conversationsThat((one) =>
        one.directions.some((d) => d.from.equals(direction.to) && d.to.equals(client) && d.packets > 0),
      ).length > 0
    )
      return {
        cause: `They reach ${point}, which has ${direction.to} itself and answers ${client} otherwise; to these it says nothing, not even that the port is closed. A filter on ${point} drops them, or the program that listens takes no more connections.`,
        hint: `On ${point}: nft list ruleset or iptables -vnL INPUT (which counter rises?), ss -ltn (Recv-Q of the listening socket above its Send-Q).`,
      };
    const back = seenWayBack(facts, source, client, port) ?? otherWay(facts, source, direction, port);
    return {
      cause: `They reach ${point}, which has ${direction.to} itself, and nothing leaves it for ${client} by any interface, not even a refusal: the way there is right. ${
        back === null
          ? `It has no route back to ${client}, or drops them on arrival (a filter; reverse-path filtering, if its route back is by another interface than ${facts.interfaces.name(port)}).`
          : `It answers others by ${back}, and these come in on ${facts.interfaces.name(port)}: if its route back to ${client} is by ${back}, reverse-path filtering (rp_filter = 1) drops them; else it has no route back, or a filter drops them.`
      }`,
      hint: `On ${point}: ${shown`ip route get ${client} from ${direction.to}`} (is there a way back, and by which interface?), nstat -az TcpExtIPReversePathFilter TcpExtListenDrops, nft list ruleset.`,
    };
  }
  return null;
}

/** The one interface by which the node was seen answering, where it is not this one. */
function otherWay(facts: Facts, source: number, direction: Direction, port: number): string | null {
  const exits = new Set<number>();
  for (const other of facts.exampleDirections()) {
    if (!other.isReply || other.packets === 0 || other.from.family !== direction.to.family || other.from.isLinkLocal) continue;
    for (const { path } of other.paths) {
      const [hop] = path.hops;
      if (hop.source === source && facts.ownership.isOwn(source, other.from)) exits.add(hop.port);
    }
  }
  const [exit] = exits;
  return exits.size !== 1 || facts.interfaces.isOne(exit, port) ? null : facts.interfaces.name(exit);
}

/**
 * Connections to the same port were accepted and their requests acknowledged, none got a byte back, and then no SYN was answered any more:
 * the queue of connections that the program has not accepted is full (listen(2); Linux drops the SYN then). Null where it is not so.
 */
export function fullQueue(facts: Facts, conversation: Conversation): SilentHost | null {
  const { responder, responderPort, request } = conversation;
  const others = facts.conversationsThat(
    (other) =>
      other.isTcp && other.responderPort === responderPort && other.responder.equals(responder) && other.reply.packets > 0,
  );
  const taken = others.filter(({ request, reply }) => request.dataSegments > 0 && reply.sent(FLAG.syn));
  const isTaking = ({ reply, isClosedByServer }: Conversation) =>
    reply.dataSegments === 0 && reply.resets === 0 && !isClosedByServer;
  // Of a translated connection the two halves are one.
  if (taken.length === 0 || taken.length < others.length || !taken.every(isTaking)) return null;
  if (!taken.some((other) => other.request.isBefore(request))) return null;
  return {
    cause: `The host is up: it accepted ${taken.length === 1 ? 'a connection' : `${taken.length} connections`} to this port and acknowledged what was asked, but no program answered, and then it took no more. The program does not accept its connections, its queue of them is full, and the kernel drops further SYNs.`,
    hint: `On ${responder}: ss -ltn (Recv-Q of the listening socket above its Send-Q), nstat -az TcpExtListenOverflows; then look at the process: is it stopped, or waiting for something?`,
  };
}
