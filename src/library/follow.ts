// `follow`: what a conversation said.
import { InterruptedError } from '../errors.js';
import { follow as followRun } from '../main/follow.js';
import { engineOptions, Folders } from './engine.js';
import type { Inputs, RunOptions } from './inputs.js';

/** What one of the two said, in order and each byte once; or bytes that the capture has not. */
export type Said =
  | { readonly from: 'initiator' | 'responder'; readonly bytes: Uint8Array }
  | { readonly from: 'initiator' | 'responder'; readonly missing: number };

/** What both ends of one conversation said: what `follow` gives. */
export interface Followed {
  /** Number of the conversation. */
  readonly conversation: number;
  /** `172.20.0.5:41200`, `[fd00::5]:41200` */
  readonly initiator: string;
  readonly responder: string;
  readonly said: readonly Said[];
}

/**
 * The payload of one TCP or UDP conversation: by its number, or the first one with a frame that a display filter matches. Null where there
 * is none. Throws UsageError, FilterError, CaptureError, and InterruptedError where `signal` ended it.
 */
export async function follow(
  inputs: Inputs,
  which: number | string,
  options: Omit<RunOptions, 'filter' | 'rules'> = {},
): Promise<Followed | null> {
  const said: Said[] = [];
  let ends: readonly [string, string] = ['', ''];
  const from = (way: number) => (way === 0 ? 'initiator' : 'responder');
  const folders = new Folders();
  const { id, interrupted } = await followRun(await engineOptions(inputs, options, folders), String(which), {
    begin: (initiator, responder) => {
      ends = [initiator, responder];
    },
    data: (way, bytes) => said.push({ from: from(way), bytes: bytes.slice() }),
    gap: (way, missing) => said.push({ from: from(way), missing }),
    drain: async () => true,
  }).finally(() => folders.takeAway());
  // Neither all of it nor none: what was not read may be the conversation.
  if (interrupted) throw new InterruptedError('interrupted before the conversation was read to its end');
  if (id === null) return null;
  return { conversation: id, initiator: ends[0], responder: ends[1], said };
}
