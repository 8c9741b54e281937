// Which packets a ladder shows, and how each went on through NATs: the same packet under other addresses is one journey.
import type { Conversation, Direction } from '../facts/conversation.js';
import type { Facts } from '../facts/facts.js';
import type { Mark } from '../flows/mark.js';
import type { PathUse } from '../flows/uses.js';

/** A packet under one pair of addresses: the direction, and the path that it took. The first one that took it, unless another is named. */
export interface Leg {
  readonly direction: Direction;
  readonly use: PathUse;
  /** Of another packet than the first one: where it was seen, by hops of the path. */
  readonly marks?: ReadonlyMap<number, Mark>;
  /** What that packet is. */
  readonly label?: string;
}

/** Where it was seen, in the order in which it travelled. */
export const marksOf = (facts: Facts, { use, marks }: Leg): { readonly hop: number; readonly mark: Mark }[] =>
  facts.paths.travelled(use).flatMap((hop) => {
    const mark = marks === undefined ? facts.paths.mark(use, hop) : marks.get(hop);
    return mark === undefined ? [] : [{ hop, mark }];
  });

/** When it was seen first. */
export const startOf = ({ use, marks }: Leg): number =>
  marks === undefined ? use.timeAt(0) : Math.min(...[...marks.values()].map(({ timeNs }) => timeNs));

/** NATs in a row that are followed. */
const MAX_LEGS = 6;

/** The packet, and what NATs made of it one after the other. */
export function legsOf(facts: Facts, first: Leg): Leg[] {
  const legs = [first];
  while (legs.length < MAX_LEGS) {
    const { direction, use } = legs[legs.length - 1];
    const next = mate(facts, use.translatedTo, (other) => other.translatedFrom === direction.conversation.uid);
    if (next === null || legs.some((leg) => leg.use === next.use)) break;
    legs.push(next);
  }
  return legs;
}

function mate(facts: Facts, uid: number, isIt: (use: PathUse) => boolean): Leg | null {
  const conversation = uid < 0 ? null : facts.conversation(uid);
  for (const direction of conversation?.directions ?? [])
    for (const use of direction.paths) if (isIt(use)) return { direction, use };
  return null;
}

/** A NAT made this packet of another one that was seen. */
const isMade = (facts: Facts, { direction, use }: Leg): boolean =>
  mate(facts, use.translatedFrom, (other) => other.translatedTo === direction.conversation.uid) !== null;

/** All packets of a conversation that took a path of their own, first of each; those of its translated forms are legs of them. */
export function journeysOf(facts: Facts, conversation: Conversation): Leg[][] {
  const all = [conversation, ...facts.translation.of(conversation)];
  const starts = all.flatMap(({ directions }) =>
    directions.flatMap((direction) => direction.paths.map((use): Leg => ({ direction, use }))),
  );
  return starts
    .filter((leg) => !isMade(facts, leg))
    .map((leg) => legsOf(facts, leg))
    .sort(([a], [b]) => a.use.timeAt(0) - b.use.timeAt(0) || a.use.hops[0].frame - b.use.hops[0].frame);
}
