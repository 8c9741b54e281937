// A frame worth pointing at: enough to find it again in its file. Made only for frames that matter.
import type { Conversations } from './conversations.js';
import type { Packet } from './packet.js';

export interface Mark {
  /** Index of the capture in the run that has the frame; and of the first capture of its point, which stands for the node. */
  readonly capture: number;
  readonly source: number;
  /** Number (uid) of the frame's conversation; -1 where it has none. */
  readonly conversation: number;
  readonly frame: number;
  readonly fileOffset: number;
  /** Captured bytes. */
  readonly length: number;
  readonly timeNs: number;
  readonly port: number;
  readonly direction: number;
  /** Time to live of the innermost packet; 0 where there is no IP. */
  readonly ttl: number;
}

export const mark = (p: Packet): Mark => ({
  capture: p.capture,
  source: p.source,
  conversation: p.conversation,
  frame: p.number,
  fileOffset: p.fileOffset,
  length: p.captured,
  timeNs: p.timeNs,
  port: p.port,
  direction: p.direction,
  ttl: p.hasIp ? p.ttl : 0,
});

/** Points an existing mark at this frame: for what is written down anew with each packet. */
export function moveMark(m: Mark, p: Packet): Mark {
  const to = m as { -readonly [K in keyof Mark]: Mark[K] };
  to.capture = p.capture;
  to.source = p.source;
  to.conversation = p.conversation;
  to.frame = p.number;
  to.fileOffset = p.fileOffset;
  to.length = p.captured;
  to.timeNs = p.timeNs;
  to.port = p.port;
  to.direction = p.direction;
  to.ttl = p.hasIp ? p.ttl : 0;
  return m;
}

/** The first frame of direction `i` (slot * 2 + direction) of a conversation. */
export const firstMark = (t: Conversations, i: number): Mark => ({
  capture: t.firstCapture[i],
  source: t.firstSource[i],
  conversation: t.uid[i >> 1],
  frame: t.firstFrame[i],
  fileOffset: t.firstOffset[i],
  length: t.firstLength[i],
  timeNs: t.firstNs[i],
  port: t.firstPort[i],
  direction: t.firstDirection[i],
  ttl: t.firstTtl[i],
});
