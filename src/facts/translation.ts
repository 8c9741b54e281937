// The same packets under other addresses or ports, before and after a NAT.
import type { Conversation } from './conversation.js';
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

  /** The conversations that a node turns this one into by translating the destination: the backends of a service. */
  backendsOf(conversation: Conversation): Conversation[] {
    return this.of(conversation).filter(
      (other) => conversation.request.isBefore(other.request) && !other.responder.equals(conversation.responder),
    );
  }
}
