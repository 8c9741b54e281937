// The same packets under other addresses or ports, before and after a NAT.
import { DIRECTION } from '../capture/frame.js';
import type { Conversation, Direction } from './conversation.js';
import type { Facts } from './facts.js';

export class Translation {
  constructor(private readonly facts: Facts) {}

  /** The conversations that this one becomes, or comes from, through all NATs that were seen on its way. */
  of(conversation: Conversation): Conversation[] {
    const found = new Set<Conversation>();
    for (const direction of conversation.directions) for (const mate of this.mates(direction)) found.add(mate.conversation);
    return [...found];
  }

  /** The same packets under other addresses: directions of other conversations, through all NATs that were seen on their way. */
  mates(direction: Direction): Direction[] {
    return [...this.along(direction, 'translatedTo'), ...this.along(direction, 'translatedFrom')];
  }

  /** What one NAT makes of the packets of this direction, and the next one of those, and so on; or what they were made of. */
  private along(direction: Direction, which: 'translatedFrom' | 'translatedTo'): Set<Direction> {
    const back = which === 'translatedTo' ? 'translatedFrom' : 'translatedTo';
    const found = new Set<Direction>();
    const next = [direction];
    for (let one = next.pop(); one !== undefined; one = next.pop())
      for (const use of one.paths) {
        const { uid } = one.conversation;
        const other = use[which] < 0 ? null : this.facts.conversation(use[which]);
        for (const mate of other?.directions ?? []) {
          if (mate === direction || found.has(mate) || !mate.paths.some((path) => path[back] === uid)) continue;
          found.add(mate);
          next.push(mate);
        }
      }
    return found;
  }

  /** The conversations that a node turns this one into by translating the destination: the backends of a service. */
  backendsOf({ request, reply, responder }: Conversation): Conversation[] {
    const uids = new Set([...request.paths.map((use) => use.translatedTo), ...reply.paths.map((use) => use.translatedFrom)]);
    return [...uids].flatMap((uid) => {
      const other = uid < 0 ? null : this.facts.conversation(uid);
      return other !== null && request.isBefore(other.request) && !other.responder.equals(responder) ? [other] : [];
    });
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
