// What findings of several rules are about: packets on their way, the clients of a server, a tunnel.
import type { Conversation } from '../facts/conversation.js';
import type { Link } from '../facts/tunnels.js';

/** Packets of a conversation, under the addresses that they had where the fault is. */
export const packetsSubject = ({ protoName, ports }: Conversation, src: unknown, dst: unknown) => ({
  src: String(src),
  dst: String(dst),
  proto: protoName,
  ...ports,
});

/** Requests of clients to a server, in `count` conversations; the client's port is named only where there was one. */
export const askedSubject = ({ initiator, responder, protoName, ports }: Conversation, count: number) => ({
  src: String(initiator),
  dst: String(responder),
  proto: protoName,
  srcPort: count === 1 ? ports.srcPort : null,
  dstPort: ports.dstPort,
});

/**
 * Its ends, and where the kind has them port and VNI; those of a tunnel without a port (GRE, IP in IP) are null. What concerns the outer
 * packets alone is the same for every VNI: `ends` leaves it out.
 */
export const tunnelSubject = (link: Link, about: 'ends' | 'segment' = 'segment') => ({
  src: String(link.src),
  dst: String(link.dst),
  ...(link.port > 0 ? { proto: 'udp', dstPort: link.port } : {}),
  tunnel: link.kind,
  vni: about === 'segment' && link.vnis.size === 1 ? [...link.vnis][0] : null,
});
