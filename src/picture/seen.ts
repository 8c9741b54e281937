// Single packets as they were captured, told apart: which path of their conversation each of them took.
import { DIRECTION } from '../capture/frame.js';
import type { Direction } from '../facts/conversation.js';
import type { Facts } from '../facts/facts.js';
import type { Mark } from '../flows/mark.js';
import type { PathUse } from '../flows/uses.js';
import type { Leg } from './journeys.js';

/** A packet at one place. */
export interface SeenCopy {
  /** Number of the frame in the run. */
  readonly frame: number;
  /** Index of its capture in the run. */
  readonly capture: number;
  /** Number (uid) of its conversation there (a NAT makes another one of it), and its way in it: 0 from the initiator, 1 back. */
  readonly conversation: number;
  readonly way: 0 | 1;
  readonly timeNs: number;
  /** Of the innermost packet; 0 where it has none. */
  readonly ttl: number;
  /** Of the interface; null where the capture does not tell it. */
  readonly name: string | null;
  readonly direction: number;
}

export interface SeenPacket {
  /** What it is: `SYN`, `echo request seq 3`. */
  readonly label: string;
  /** Its copies in the order of their frames; at least one. */
  readonly copies: readonly SeenCopy[];
}

/** The packet on its paths, as far as they are known; empty: none of them is. */
export function legsOfSeen(facts: Facts, { copies, label }: SeenPacket): Leg[] {
  const legs: Leg[] = [];
  for (const own of byConversation(copies)) {
    const [{ conversation, way }] = own;
    const direction = facts.conversation(conversation)?.directions[way];
    const leg = direction === undefined ? null : bestOf(facts, direction, own);
    if (leg !== null) legs.push({ ...leg, label: legs.length === 0 ? label : '' });
  }
  return legs;
}

/** Copies of one conversation each, in the order in which a NAT made one of the other. */
function byConversation(copies: readonly SeenCopy[]): SeenCopy[][] {
  const found = new Map<number, SeenCopy[]>();
  for (const copy of copies) {
    const known = found.get(copy.conversation);
    if (known === undefined) found.set(copy.conversation, [copy]);
    else known.push(copy);
  }
  return [...found.values()];
}

/** The path that most of its copies fit. */
function bestOf(facts: Facts, direction: Direction, copies: readonly SeenCopy[]): Leg | null {
  let best: { readonly leg: Leg; readonly fits: number } | null = null;
  for (const use of direction.paths) {
    const marks = marksOf(facts, use, copies);
    // Hops that it does not have speak against a path, a little.
    const fits = marks.size - (use.path.hops.length - marks.size) / 64;
    if (marks.size > 0 && (best === null || fits > best.fits)) best = { leg: { direction, use, marks }, fits };
  }
  return best?.leg ?? null;
}

function marksOf(facts: Facts, use: PathUse, copies: readonly SeenCopy[]): Map<number, Mark> {
  const left = [...copies];
  const marks = new Map<number, Mark>();
  use.path.hops.forEach(({ port, direction }, h) => {
    const { name, source, known } = facts.interfaces.of(port);
    const at = left.findIndex(
      (copy) =>
        facts.tracker.ports.sites[copy.capture] === source &&
        (!known || copy.name === null || copy.name === name) &&
        (direction === DIRECTION.unknown || copy.direction === DIRECTION.unknown || copy.direction === direction),
    );
    if (at < 0) return;
    const [{ frame, capture, timeNs, ttl }] = left.splice(at, 1);
    marks.set(h, { ...facts.paths.mark(use, h), frame, capture, timeNs, ttl });
  });
  return marks;
}
