// The same packets under other addresses or ports, before and after a NAT.
import { DIRECTION } from '../capture/frame.js';
import type { Conversation, Direction } from './conversation.js';
import type { Facts } from './facts.js';

export class Translation {
  constructor(private readonly facts: Facts) {}

  /** The conversations that this one becomes, or comes from. */
  of(conversation: Conversation): Conversation[] {
    const found = new Set<Conversation>();
    for (const direction of conversation.directions)
      for (const use of direction.paths) {
        const other = use.translatedUid < 0 ? null : this.facts.conversation(use.translatedUid);
        if (other !== null) found.add(other);
      }
    return [...found];
  }

  /** The same packets under other addresses: directions of other conversations. */
  mates(direction: Direction): Direction[] {
    const { uid } = direction.conversation;
    const found = new Set<Direction>();
    for (const use of direction.paths) {
      const other = use.translatedUid < 0 ? null : this.facts.conversation(use.translatedUid);
      for (const mate of other?.directions ?? [])
        if (mate.paths.some(({ translatedUid }) => translatedUid === uid)) found.add(mate);
    }
    return [...found];
  }

  /** The conversations that a node turns this one into by translating the destination: the backends of a service. */
  backendsOf(conversation: Conversation): Conversation[] {
    return this.of(conversation).filter(
      (other) => conversation.request.isBefore(other.request) && !other.responder.equals(conversation.responder),
    );
  }

  /**
   * Its packets were answered under their translated addresses, and nothing at all is ever seen leaving by the interfaces that they came in
   * by: programs of BPF hand packets to a pod without its device on the node (bpf_redirect_peer), where only one direction shows. Where
   * something leaves by the interface, an answer would have shown there too.
   */
  isAnsweredUnseen(direction: Direction): boolean {
    if (direction.packets === 0 || direction.other.packets > 0 || direction.syns > 1) return false;
    const { interfaces } = this.facts;
    const uses = direction.paths;
    return (
      uses.length > 0 &&
      uses.every(({ path }) =>
        path.hops.every(
          ({ port, direction: way, source }) =>
            way === DIRECTION.in && source === uses[0].path.hops[0].source && interfaces.of(port).frames[DIRECTION.out] === 0,
        ),
      ) &&
      this.mates(direction).some((mate) => mate.other.packets > 0)
    );
  }
}
