// How many conversations a run keeps at once, decided here for all commands.
import { UsageError } from '../errors.js';

/** Bytes of memory that a conversation takes, with the paths that its packets took: about so many. */
const KILOBYTES = 1.2;

/** Of captures that come to an end. */
const MAX_CONVERSATIONS = 120_000;
/** Of captures that go on: the rules look at all conversations several times a second, and must not hold the reading for long. */
const MAX_LIVE = 25_000;

export const CONVERSATIONS = { file: MAX_CONVERSATIONS, live: MAX_LIVE } as const;

/** What HOPSCOPE_CONVERSATIONS says; undefined where it says nothing. Throws UsageError. */
export function conversationLimit(text: string): number | undefined {
  if (text === '') return undefined;
  const most = Number(text);
  if (!/^\d{1,7}$/.test(text) || most < 1000 || most > 5_000_000)
    throw new UsageError(`HOPSCOPE_CONVERSATIONS=${text}: must be a number from 1000 to 5000000, at about ${KILOBYTES} kB each`);
  return most;
}
