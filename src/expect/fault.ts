// What does not hold, before it is an outcome.
import type { Conversation } from '../facts/conversation.js';
import type { Mark } from '../flows/mark.js';
import type { EvidenceDraft } from '../rules/rule.js';

/** The path that an expectation asks for. */
export interface WantedPath {
  /** Of the packets that go back. */
  readonly isReply: boolean;
  readonly hops: readonly { readonly point: string | null; readonly interface: string }[];
}

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
  /** The path that it did not take. */
  readonly wanted?: WantedPath;
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
