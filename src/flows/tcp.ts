// What a TCP packet changes in its conversation. Called once a packet: copies of it must not look like retransmissions.
import { FLAG } from '../../dissectors/tcp.js';
import { DIRECTION } from '../capture/frame.js';
import type { Conversations } from './conversations.js';
import type { Packet } from './packet.js';

/** A segment older than the newest one by less than this was overtaken on the way (RFC 9293 allows any order), not sent again. */
const REORDERED_NS = 3e6;

export const TCP_EVENT = { none: 0, retransmission: 1, reset: 2, zeroWindow: 3 } as const;

/** `a` lies before `b` in sequence space (RFC 9293 section 3.4). */
export const before = (a: number, b: number): boolean => ((a - b) | 0) < 0;

/** What a packet adds to the history of its conversation: bits, in the order in which one packet adds several. */
const KIND = { syn: 1, synAck: 2, ack: 4, data: 8, fin: 16, reset: 32, again: 64, zeroWindow: 128 } as const;
/** The same as Zeek writes them: upper case for the one who asked, lower case for the other way. */
const LETTERS = 'SHADFRTW';

/** A packet with data or a flag of its own is not counted as an acknowledgment. */
function kindsOf(flags: number, length: number): number {
  if ((flags & FLAG.syn) !== 0) return (flags & FLAG.ack) !== 0 ? KIND.synAck : KIND.syn;
  if ((flags & FLAG.reset) !== 0) return KIND.reset;
  const closing = (flags & FLAG.fin) !== 0 ? KIND.fin : 0;
  return closing | (length > 0 ? KIND.data : closing === 0 ? KIND.ack : 0);
}

/** Each kind is noted once a way: 16 entries of four bits at most. */
function noteHistory(t: Conversations, c: number, way: number, kinds: number): void {
  const i = c * 2 + way;
  for (let letter = 0; letter < LETTERS.length; letter++) {
    const bit = 1 << letter;
    if ((kinds & bit) === 0 || (t.historySeen[i] & bit) !== 0) continue;
    const n = countBits(t.historySeen[c * 2]) + countBits(t.historySeen[c * 2 + 1]);
    t.historySeen[i] |= bit;
    t.history[c * 2 + (n >> 3)] |= (letter | (way << 3)) << ((n & 7) * 4);
  }
}

function countBits(n: number): number {
  let count = 0;
  for (let rest = n; rest !== 0; rest &= rest - 1) count++;
  return count;
}

/** The history in Zeek's letters, in the order of first sights: `ShADadFf`. A segment sent again is T, a closed window W. */
export function historyOf(t: Conversations, c: number): string {
  const entries = countBits(t.historySeen[c * 2]) + countBits(t.historySeen[c * 2 + 1]);
  let text = '';
  for (let n = 0; n < entries; n++) {
    const entry = (t.history[c * 2 + (n >> 3)] >>> ((n & 7) * 4)) & 15;
    const letter = LETTERS[entry & 7];
    text += entry < 8 ? letter : letter.toLowerCase();
  }
  return text;
}

/** Zeek's conn_state of a TCP conversation. */
export function connState(t: Conversations, c: number): string {
  const asked = t.historySeen[c * 2];
  const answered = t.historySeen[c * 2 + 1];
  const history = historyOf(t, c);
  const has = (letter: string): boolean => history.includes(letter);
  const began = (asked & (KIND.syn | KIND.data | KIND.ack)) !== 0;
  const closed = has('F') && has('f');
  // A reset after both have closed takes nothing away.
  const resetAt = history.search(/r/i);
  const aborted = resetAt >= 0 && !(closed && Math.max(history.indexOf('F'), history.indexOf('f')) < resetAt);
  if (aborted && history[resetAt] === 'r') {
    if (has('S') && !has('h')) return 'REJ';
    return began ? 'RSTR' : 'RSTRH';
  }
  if (aborted) return has('S') && !has('h') && answered === 0 ? 'RSTOS0' : 'RSTO';
  if (!has('S') && !has('h')) return 'OTH';
  if (closed) return 'SF';
  if (has('F')) return answered === 0 ? 'SH' : 'S2';
  if (has('f')) return asked === 0 ? 'SHR' : 'S3';
  if (has('S') && answered === 0) return 'S0';
  return has('S') && has('h') ? 'S1' : 'OTH';
}

/** Of an incoming packet the capture, counted from 1; else 0. */
const cameInto = (p: Packet): number => (p.direction === DIRECTION.in ? p.source + 1 : 0);

/**
 * It leaves a node that newer data came into: what waited in a queue there, since before the capture began or as a piece of a merged segment
 * that a shaper cuts. What is sent again comes in again.
 */
const isPassedOn = (p: Packet, advancedAt: number): boolean => p.direction === DIRECTION.out && advancedAt === p.source + 1;

/** Takes a new packet of way `way`; says what is odd about it. */
export function observeTcp(t: Conversations, c: number, way: number, p: Packet): number {
  if (!p.hasL4) return TCP_EVENT.none;
  const i = c * 2 + way;
  const { flags } = p;
  const seen = t.flags[i];
  // What a reset acknowledges says nothing of what has arrived.
  t.flags[i] = seen | ((flags & FLAG.reset) !== 0 ? FLAG.reset : flags);
  const { seq } = p;
  const length = p.payloadLength;
  let event: number = TCP_EVENT.none;
  const kinds = kindsOf(flags, length);
  if ((kinds & ~t.historySeen[i]) !== 0) noteHistory(t, c, way, kinds);
  if ((seen & FLAG.ack) !== 0 && (flags & FLAG.ack) !== 0 && before(t.nextSeq[i], seq)) noteGap(t, c, way, seq, p.timeNs);
  if ((flags & FLAG.reset) !== 0) {
    t.resets[i]++;
    const other = t.flags[c * 2 + 1 - way];
    // Behind the handshake both sides have acknowledged something; after a FIN a reset only sweeps up.
    if ((seen & other & FLAG.ack) !== 0 && ((seen | other) & (FLAG.fin | FLAG.reset)) === 0) {
      t.aborts[i] = 1;
      return TCP_EVENT.reset;
    }
    return t.resets[i] === 1 && (seen & FLAG.syn) === 0 ? TCP_EVENT.reset : TCP_EVENT.none;
  }
  const end = (seq + length + (flags & FLAG.syn) / FLAG.syn + (flags & FLAG.fin)) >>> 0;
  if ((flags & FLAG.syn) !== 0) {
    const again = t.synCount[i] > 0 && t.nextSeq[i] === end;
    t.synCount[i]++;
    t.nextSeq[i] = end;
    t.advancedNs[i] = p.timeNs;
    t.advancedAt[i] = cameInto(p);
    if (p.mss > 0) t.mss[i] = p.mss;
    // A SYN sent again is counted by synCount, and is a question not answered rather than a loss.
    if (again) event = TCP_EVENT.none;
  } else if (length > 0 || (flags & FLAG.fin) !== 0) {
    if (length > 0) {
      t.dataSegments[i]++;
      if (length > t.longestSegment[i]) t.longestSegment[i] = length;
      if (length > t.passedLength[i]) follow(t, c, way, end, length);
      if (t.gapBytes[i] > 0 && seq === t.gapSeq[i]) t.gapBytes[i] = 0;
    }
    const known = seen !== 0;
    if (!known || before(t.nextSeq[i], end)) {
      if (length > 0) noteWait(t, c, way, p.timeNs);
      t.nextSeq[i] = end;
      t.advancedNs[i] = p.timeNs;
      t.advancedAt[i] = cameInto(p);
    } else if (length > 1 && p.timeNs - t.advancedNs[i] > REORDERED_NS && !isPassedOn(p, t.advancedAt[i])) {
      // One byte below the next expected is a keep-alive (RFC 9293 section 3.8.4), not a retransmission.
      t.retransmissions[i]++;
      if (length > t.longestRetransmitted[i]) t.longestRetransmitted[i] = length;
      noteStuck(t, c, way, seq, length);
      noteHistory(t, c, way, KIND.again);
      event = TCP_EVENT.retransmission;
    }
  } else if (seen === 0) t.nextSeq[i] = end;
  if ((flags & FLAG.ack) !== 0) {
    const { ack } = p;
    if ((seen & FLAG.ack) === 0 || before(t.ack[i], ack)) t.ack[i] = ack;
    if (p.window === 0 && (flags & FLAG.syn) === 0) {
      t.zeroWindows[i]++;
      noteHistory(t, c, way, KIND.zeroWindow);
      if (t.zeroSinceNs[i] === 0) t.zeroSinceNs[i] = Math.max(p.timeNs, 1);
      if (event === TCP_EVENT.none) event = TCP_EVENT.zeroWindow;
    } else if (t.zeroSinceNs[i] !== 0) {
      t.zeroLongestNs[i] = Math.max(t.zeroLongestNs[i], p.timeNs - t.zeroSinceNs[i]);
      t.zeroSinceNs[i] = 0;
    }
  }
  return event;
}

/** Whether the other end has acknowledged everything of way `way` before `seq`. */
export function acknowledged(t: Conversations, c: number, way: number, seq: number): boolean {
  const other = c * 2 + 1 - way;
  return (t.flags[other] & FLAG.ack) !== 0 && !before(t.ack[other], seq);
}

/** New data after data (or the end of it) of the other way: what it took to answer. */
function noteWait(t: Conversations, c: number, way: number, timeNs: number): void {
  const [i, other] = [c * 2 + way, c * 2 + 1 - way];
  if (t.dataSegments[other] === 0 || t.advancedNs[other] <= t.advancedNs[i]) return;
  const waitNs = timeNs - t.advancedNs[other];
  if (waitNs > t.waitNs[i]) t.waitNs[i] = waitNs;
}

/** Follows one segment until it is acknowledged: so the longest that is known to have arrived costs no list. */
function follow(t: Conversations, c: number, way: number, end: number, length: number): void {
  const i = c * 2 + way;
  if (t.probeLength[i] > 0) {
    if (!acknowledged(t, c, way, t.probeEnd[i])) return;
    t.passedLength[i] = Math.max(t.passedLength[i], t.probeLength[i]);
    t.probeLength[i] = 0;
    if (length <= t.passedLength[i]) return;
  }
  t.probeLength[i] = length;
  t.probeEnd[i] = end;
}

/** Longest payload of way `way` that is known to have arrived, in bytes. */
export function longestPassed(t: Conversations, c: number, way: number): number {
  const i = c * 2 + way;
  const probe = t.probeLength[i] > 0 && acknowledged(t, c, way, t.probeEnd[i]) ? t.probeLength[i] : 0;
  return Math.max(t.passedLength[i], probe);
}

/** The first bytes that are missing count: what comes behind them cannot be acknowledged before they arrive. */
function noteGap(t: Conversations, c: number, way: number, seq: number, timeNs: number): void {
  const i = c * 2 + way;
  if (t.gapBytes[i] > 0 && !acknowledged(t, c, way, (t.gapSeq[i] + 1) >>> 0)) return;
  t.gapSeq[i] = t.nextSeq[i];
  t.gapBytes[i] = (seq - t.nextSeq[i]) >>> 0;
  t.gapNs[i] = timeNs;
}

function noteStuck(t: Conversations, c: number, way: number, seq: number, length: number): void {
  const i = c * 2 + way;
  // A probe repeats the last segment (RFC 8985 section 7); the first that is missing is the one that holds up the rest.
  if (t.stuckCount[i] === 0 || before(seq, t.stuckSeq[i]) || acknowledged(t, c, way, (t.stuckSeq[i] + 1) >>> 0)) {
    t.stuckSeq[i] = seq;
    t.stuckCount[i] = 1;
  } else if (seq === t.stuckSeq[i]) t.stuckCount[i] = Math.min(t.stuckCount[i] + 1, 0xffff);
  else return;
  t.stuckLength[i] = length;
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
