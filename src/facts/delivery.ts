// Whether packets reached the other end.
import { FLAG } from '../../dissectors/tcp.js';
import { PROTO } from '../flows/packet.js';
import type { PathUse } from '../flows/uses.js';
import type { Ip } from '../topology/ip.js';
import type { Direction } from './conversation.js';
import type { Facts } from './facts.js';
import { lazy } from './lazy.js';
import { TextsByNumber } from './texts-by-number.js';

export class Delivery {
  constructor(private readonly facts: Facts) {}

  /**
   * Whether the packets of one direction reached the other end: true when the other direction proves it (an acknowledgement, a
   * reply), false when it should have been proven by now, null when nothing can be told.
   */
  of(direction: Direction): boolean | null {
    if (direction.packets === 0) return null;
    const { other, conversation } = direction;
    switch (conversation.proto) {
      case PROTO.tcp: {
        if (other.sent(FLAG.ack) && (direction.sent(FLAG.syn | FLAG.fin) || direction.dataSegments > 0)) {
          if (direction.unacknowledged === 0) return true;
          // An acknowledgement of the SYN but of nothing after it is no delivery of data.
          if (direction.retransmissions === 0) return true;
          return direction.dataSegments > 0 ? false : null;
        }
        if (other.packets === 0 && this.goesOn(direction)) return true;
        // A SYN, or a SYN-ACK, sent again and again.
        if (direction.sent(FLAG.syn)) return other.sent(FLAG.ack | FLAG.reset);
        return other.packets > 0 ? null : direction.dataSegments > 0 ? false : null;
      }
      case PROTO.icmp:
      case PROTO.icmpv6:
        return direction.asked === 0 ? null : other.packets > 0 || this.facts.translation.isAnsweredUnseen(direction);
      case PROTO.udp:
        // Nothing confirms a datagram but its answer: that a question was asked says nothing of the way of the answer.
        if (direction.isReply) return null;
        if (other.packets > 0 || this.facts.translation.isAnsweredUnseen(direction)) return true;
        return conversation.initiatorPort !== 0 || conversation.responderPort !== 0 ? false : null;
      default:
        return null;
    }
  }

  /**
   * The same of those packets that took one path: what became of them says more than that others of their direction arrived, by
   * another way or at another time.
   */
  by(direction: Direction, use: PathUse): boolean | null {
    if (use.answered > 0) return true;
    // Where none was answered within its time, what is known of all of them counts: a late answer is one.
    return use.lost > 0 && direction.answered > 0 ? false : this.of(direction);
  }

  /** A TCP connection that was opened, and in which this side goes on: its peer must have answered, here or elsewhere. */
  goesOn(direction: Direction): boolean {
    return (
      direction.conversation.isTcp &&
      direction.sent(FLAG.syn) &&
      direction.sent(FLAG.ack) &&
      direction.dataSegments > 0 &&
      direction.syns === 1
    );
  }

  /** A question that got no packet back; not one half of a connection whose other half passes elsewhere. */
  isUnanswered(direction: Direction): boolean {
    if (direction.other.packets > 0 || this.of(direction) !== false || direction.isToMany) return false;
    return !direction.conversation.isTcp || !direction.sent(FLAG.ack);
  }

  /** Some packet to this destination that left by this port is known to have arrived. */
  arrivesBy(port: number, dst: Ip): boolean {
    return this.arrivals().has(port, String(dst));
  }
  private readonly arrivals = lazy(() => {
    const found = new TextsByNumber();
    for (const direction of this.facts.exampleDirections())
      if (this.of(direction) === true)
        // What took this way was lost, though the rest arrived by another one.
        for (const x of this.facts.crossings.of(direction))
          if (this.by(direction, x.use) === true) for (const h of x.exits) found.add(x.use.path.hops[h].port, String(x.dst));
    return found;
  });
}
