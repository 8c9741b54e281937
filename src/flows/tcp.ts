// What a TCP packet changes in its conversation. Called once a packet: copies of it must not look like retransmissions.
import { FLAG } from '../../dissectors/tcp.js';
import type { Conversations } from './conversations.js';
import { type Packet, word } from './packet.js';

/** A segment older than the newest one by less than this was overtaken on the way (RFC 9293 allows any order), not sent again. */
const REORDERED_NS = 3e6;

export const TCP_EVENT = { none: 0, retransmission: 1, reset: 2, zeroWindow: 3 } as const;

/** `a` lies before `b` in sequence space (RFC 9293 section 3.4). */
export const before = (a: number, b: number): boolean => ((a - b) | 0) < 0;

/** Takes a new packet of way `way`; says what is odd about it. */
export function observeTcp(t: Conversations, c: number, way: number, p: Packet): number {
  const { bytes, l4At: at } = p;
  if (!p.hasL4) return TCP_EVENT.none;
  const i = c * 2 + way;
  const flags = bytes[at + 13];
  const seen = t.flags[i];
  t.flags[i] = seen | flags;
  const seq = word(bytes, at + 4);
  const length = p.payloadLength;
  let event: number = TCP_EVENT.none;
  if ((flags & FLAG.reset) !== 0) {
    t.resets[i]++;
    return TCP_EVENT.reset;
  }
  const end = (seq + length + (flags & FLAG.syn) / FLAG.syn + (flags & FLAG.fin)) >>> 0;
  if ((flags & FLAG.syn) !== 0) {
    const again = t.synCount[i] > 0 && t.nextSeq[i] === end;
    t.synCount[i]++;
    t.nextSeq[i] = end;
    t.advancedNs[i] = p.timeNs;
    const mss = mssOption(bytes, at + 20, Math.min(p.payloadAt, p.l4End));
    if (mss > 0) t.mss[i] = mss;
    // A SYN sent again is counted by synCount, and is a question not answered rather than a loss.
    if (again) event = TCP_EVENT.none;
  } else if (length > 0 || (flags & FLAG.fin) !== 0) {
    if (length > 0) {
      t.dataSegments[i]++;
      if (length > t.longestSegment[i]) t.longestSegment[i] = Math.min(length, 0xffffffff);
    }
    const known = seen !== 0;
    if (!known || before(t.nextSeq[i], end)) {
      t.nextSeq[i] = end;
      t.advancedNs[i] = p.timeNs;
    } else if (length > 1 && p.timeNs - t.advancedNs[i] > REORDERED_NS) {
      // One byte below the next expected is a keep-alive (RFC 9293 section 3.8.4), not a retransmission.
      t.retransmissions[i]++;
      if (length > t.longestRetransmitted[i]) t.longestRetransmitted[i] = length;
      event = TCP_EVENT.retransmission;
    }
  } else if (seen === 0) t.nextSeq[i] = end;
  if ((flags & FLAG.ack) !== 0) {
    const ack = word(bytes, at + 8);
    if ((seen & FLAG.ack) === 0 || before(t.ack[i], ack)) t.ack[i] = ack;
    const window = (bytes[at + 14] << 8) | bytes[at + 15];
    if (window === 0 && (flags & FLAG.syn) === 0) {
      t.zeroWindows[i]++;
      if (t.zeroSinceNs[i] === 0) t.zeroSinceNs[i] = Math.max(p.timeNs, 1);
      if (event === TCP_EVENT.none) event = TCP_EVENT.zeroWindow;
    } else t.zeroSinceNs[i] = 0;
  }
  return event;
}

/** Value of the MSS option (RFC 9293 section 3.7.1) among the options from `at` to `end`, or 0. */
export function mssOption(b: Uint8Array, at: number, end: number): number {
  for (let o = at; o + 1 < end; ) {
    if (b[o] === 0) return 0;
    if (b[o] === 1) {
      o++;
      continue;
    }
    if (b[o] === 2 && b[o + 1] === 4 && o + 4 <= end) return (b[o + 2] << 8) | b[o + 3];
    if (b[o + 1] < 2) return 0;
    o += b[o + 1];
  }
  return 0;
}

/** Data of this way that the other has not acknowledged. */
export function unacknowledged(t: Conversations, c: number, way: number): number {
  const i = c * 2 + way;
  const other = c * 2 + (1 - way);
  if (t.flags[i] === 0) return 0;
  if ((t.flags[other] & FLAG.ack) === 0) return t.dataSegments[i] > 0 ? 1 : 0;
  return Math.max(0, (t.nextSeq[i] - t.ack[other]) | 0);
}
