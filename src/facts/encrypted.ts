// Packets whose content cannot be seen: ESP (RFC 4303) and WireGuard.
import { DIRECTION } from '../capture/frame.js';
import type { Mark } from '../flows/mark.js';
import { PROTO } from '../flows/packet.js';
import type { Direction } from './conversation.js';
import type { Facts } from './facts.js';

/** IANA protocol number of ESP (RFC 4303 section 2). */
const ESP = 50;
/** UDP encapsulation of ESP (RFC 3948 section 2.1); and ports of WireGuard: its documentation's, and that of Cilium. */
const PORTS = new Map([
  [4500, 'ESP in UDP'],
  [51820, 'WireGuard'],
  [51871, 'WireGuard'],
]);

export class Encrypted {
  readonly kinds: string[] = [];
  packets = 0;
  /** Packets of conversations that are not encrypted, and could be answered. */
  others: number;
  first: Mark | null = null;
  /** Nodes that were seen sending encrypted packets of their own: what goes in there leaves unreadable, and no plain copy shows it. */
  readonly senders = new Set<number>();

  /** Of ESP, where nothing comes back: each direction of a tunnel uses the same addresses. */
  readonly oneWay: Direction[] = [];

  constructor(facts: Facts) {
    this.others = facts.packets();
    for (const conversation of facts.ailing()) {
      const { proto, initiatorPort, responderPort, request, reply } = conversation;
      const packets = request.packets + reply.packets;
      const port = PORTS.get(responderPort) ?? PORTS.get(initiatorPort);
      const kind = proto === ESP ? 'ESP' : proto === PROTO.udp ? port : undefined;
      if (kind !== undefined || conversation.responder.isMulticast) this.others -= packets;
      if (kind === undefined) continue;
      this.packets += packets;
      if (kind !== 'WireGuard' && reply.packets === 0 && !request.isToMany) this.oneWay.push(request);
      if (!this.kinds.includes(kind)) this.kinds.push(kind);
      this.first ??= conversation.seenDirection.first;
      for (const direction of conversation.directions)
        for (const use of direction.paths)
          for (const [h, { source }] of use.path.hops.entries()) {
            // Who passes them on does not encrypt.
            const cameIn = use.path.hops.some((hop, i) => i < h && hop.source === source);
            if (!cameIn && facts.paths.directionAt(use, h) === DIRECTION.out) this.senders.add(source);
          }
    }
  }
}
