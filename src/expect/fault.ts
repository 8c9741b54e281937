// What does not hold, before it is an outcome.
import type { Conversation } from '../facts/conversation.js';
import type { Mark } from '../flows/mark.js';
import type { EvidenceDraft } from '../rules/rule.js';

/** What one conversation does otherwise than expected. */
export interface Fault {
  readonly conversation: Conversation;
  /** Kind of fault, the same for all conversations with it. */
  readonly said: string;
  readonly evidence: readonly EvidenceDraft[];
  /** It cannot be told for certain. */
  readonly open?: boolean;
  /** It rests on packets that were not seen. */
  readonly absence?: boolean;
}

/** What all frames together show that should not be. */
export interface Shown {
  readonly seen: string;
  readonly marks: readonly Mark[];
  /** Uids of the conversations that it is about. */
  readonly about: number[];
  /** It rests on frames that were not seen. */
  readonly absence: boolean;
  /** It cannot be told for certain. */
  readonly open?: boolean;
}
