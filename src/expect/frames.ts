// What is kept of the frames that a filter or a selector chose, and what must hold of each of them.
import { type Mark, mark } from '../flows/mark.js';
import type { Tracker } from '../flows/tracker.js';
import type { UidSet } from './uid-set.js';

/** Frames kept as evidence. */
export const MAX_MARKS = 6;
/** Conversations whose values are compared; a capture can hold more than anyone compares. */
export const MAX_COMPARED = 100_000;
export const TOO_MANY = `the first ${MAX_COMPARED} conversations hold; there are more than are compared`;

export interface Chosen {
  readonly mark: Mark;
  readonly uid: number;
  readonly way: number;
}

/** What must hold of a frame: null when it does, else what is there instead; undefined where it does not concern the frame. */
export type FrameTest = (tracker: Tracker) => string | null | undefined;

/** Collects what the chosen frames show. */
export class Frames {
  count = 0;
  readonly first: Chosen[] = [];
  firstNs = Number.POSITIVE_INFINITY;
  lastNs = Number.NEGATIVE_INFINITY;
  /** Frames that a test was about. */
  concerned = 0;
  /** Frames that failed a test, the first of them, and what was there instead. */
  wrong = 0;
  readonly firstWrong: Chosen[] = [];
  readonly reasons = new Map<string, number>();
  private lastUid = -1;

  constructor(
    /** Conversations of these frames. */
    readonly uids: UidSet,
    private readonly tests: readonly FrameTest[] = [],
  ) {}

  take(t: Tracker): void {
    const { timeNs } = t.packet;
    this.count++;
    if (timeNs < this.firstNs) this.firstNs = timeNs;
    if (timeNs > this.lastNs) this.lastNs = timeNs;
    if (this.first.length < MAX_MARKS) this.first.push(chosen(t));
    const uid = t.conversation < 0 ? -1 : t.conversations.uid[t.conversation];
    if (uid >= 0 && uid !== this.lastUid) this.uids.add(uid);
    this.lastUid = uid;
    const { tests } = this;
    for (let i = 0; i < tests.length; i++) {
      const found = tests[i](t);
      if (found === undefined) continue;
      this.concerned++;
      if (found === null) continue;
      this.wrong++;
      if (this.firstWrong.length < MAX_MARKS) this.firstWrong.push(chosen(t));
      if (this.reasons.size < 100 || this.reasons.has(found)) this.reasons.set(found, (this.reasons.get(found) ?? 0) + 1);
    }
  }
}

const chosen = (t: Tracker): Chosen => ({
  mark: mark(t.packet),
  uid: t.conversation < 0 ? -1 : t.conversations.uid[t.conversation],
  way: t.way,
});
