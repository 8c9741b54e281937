// What the segments before say of a TCP segment: its stream, numbers counted from the start of the stream, and what Wireshark calls
// the analysis of sequence numbers (retransmission, out of order, lost, duplicate ACK ...), by its rules.
//
// Where a segment is captured at several hops, each interface is analysed on its own: a segment seen on one is no retransmission because
// another one saw it. A copy on the same interface (a router on a stick, a loop) is recognised by its TTL, direction or tag, and ignored.
import { mix } from '../../src/bytes/mix.js';
import { u16, u32 } from '../../src/bytes/read.js';
import { protocol } from '../../src/dissect/dissector.js';
import { Pairs } from '../../src/dissect/pairs.js';
import type { Memory, Past } from '../../src/dissect/past.js';
import { ROLE } from '../../src/dissect/registry.js';
import { type Layers, MAX_LAYERS } from '../../src/dissect/walk.js';
import { isFragment } from '../ip.js';
import { interfaceOf } from './interface.js';

/** Connections remembered; segments of one direction that wait for their acknowledgment, and of all. */
const MAX_CONNECTIONS = 1 << 17;
const MAX_UNACKED = 10_000;
const MAX_ALL_UNACKED = 1 << 20;
/** Interfaces that one connection is looked at on by itself; on further ones it is looked at together. */
const MAX_WITNESSES = 16;
/** Segments among which copies are looked for (room for as many as there were, up to that), and how long after the first one they come. */
const RECENT = 1 << 14;
const FEW = 1 << 7;
/** Places that a segment may have; the one seen longest ago gives its own up. */
const PLACES = 4;
const COPY_NS = 1e9;
/** SACK blocks in 40 bytes of options. */
const MAX_SACKS = 4;

const FIN = 1;
const SYN = 2;
const RST = 4;
const PSH = 8;
const ACK = 16;
const SYN_ACK = SYN | ACK;

/** What is said of a segment. */
export const SAID = {
  retransmission: 1,
  fastRetransmission: 2,
  spuriousRetransmission: 4,
  outOfOrder: 8,
  reusedPorts: 16,
  lostSegment: 32,
  ackLostSegment: 64,
  windowUpdate: 128,
  windowFull: 256,
  keepAlive: 512,
  keepAliveAck: 1024,
  zeroWindowProbe: 2048,
  zeroWindow: 4096,
  zeroWindowProbeAck: 8192,
  duplicateAck: 16384,
} as const;

/** Window scales: a shift, or one of these. */
const UNKNOWN_SCALE = -1;
const NO_SCALE = -2;

const isBefore = (a: number, b: number): boolean => ((a - b) | 0) < 0;
const isAfter = (a: number, b: number): boolean => ((a - b) | 0) > 0;

/** A segment that was sent and not acknowledged. */
interface Unacked {
  seq: number;
  next: number;
  readonly frame: number;
  readonly timeNs: number;
}

/** One direction as one interface saw it. Numbers of 0 are not known, as in Wireshark. */
class Half {
  nextSeq = 0;
  nextSeqNs = 0;
  nextSeqFrame = 0;
  maxToBeAcked = 0;
  lastAck = 0;
  lastAckNs = 0;
  window = -1;
  isFirstAck = false;
  duplicates = 0;
  lastOther = 0;
  lastSaid = 0;
  isWhole = true;
  isMissed = false;
  pushBytes = 0;
  pushedLast = false;
  unacked: Unacked[] = [];
  sacks: number[] = [];
}

class Witness {
  readonly halves = [new Half(), new Half()] as const;
  synNs = -1;
  firstRttNs = 0;
  constructor(readonly where: number) {}
}

class Connection {
  readonly base = new Uint32Array(2);
  readonly scale = new Int8Array(2).fill(UNKNOWN_SCALE);
  /** By direction: its base is known, a SYN was seen, a SYN-ACK. */
  readonly known = new Uint8Array(2);
  readonly witnesses: Witness[] = [];
  /** Its times count from this second: years of capture would not be exact to the nanosecond. */
  readonly zeroSeconds: number;
  readonly firstNs: number;
  lastNs: number;
  completeness = 0;
  /** No segment of it was seen before the one at hand. */
  isNew = true;
  /** Its ports were those of an earlier one. */
  isReused = false;
  constructor(
    readonly stream: number,
    { seconds, nanoseconds }: Past,
  ) {
    this.zeroSeconds = seconds;
    this.firstNs = this.lastNs = nanoseconds;
  }
}

const BASE = 1;
const SAW_SYN = 2;
const SAW_SYN_ACK = 4;

const IP = protocol('ip');
const IPV6 = protocol('ipv6');
const VLAN = protocol('vlan');

/** Segments seen of late on an interface, by their hash: a second hash, how they were seen, and when. */
class Recent {
  private readonly hash: Int32Array;
  private readonly tag: Int32Array;
  private readonly way: Int32Array;
  private readonly ns: Float64Array;
  private used = 0;

  constructor(private readonly size: number) {
    this.hash = new Int32Array(size);
    this.tag = new Int32Array(size);
    this.way = new Int32Array(size);
    this.ns = new Float64Array(size).fill(Number.NaN);
  }

  /** The next ones should have more room. */
  get isFull(): boolean {
    return this.used > this.size >> 2 && this.size < RECENT;
  }
  larger(): Recent {
    const all = new Recent(this.size * 4);
    for (let i = 0; i < this.size; i++)
      if (!Number.isNaN(this.ns[i])) all.isCopy(this.hash[i], this.tag[i], this.way[i], this.ns[i]);
    return all;
  }

  /** Was this segment seen a moment ago in another way? If not, it is remembered. */
  isCopy(hash: number, tag: number, way: number, nowNs: number): boolean {
    let oldest = hash & (this.size - 1);
    for (let n = 0; n < PLACES; n++) {
      const slot = (hash + n) & (this.size - 1);
      const ns = this.ns[slot];
      if (this.hash[slot] === hash && this.tag[slot] === tag && nowNs - ns < COPY_NS && ns <= nowNs) {
        if (this.way[slot] !== way) return true;
        oldest = slot;
        break;
      }
      // Without a time nobody has been there.
      if (Number.isNaN(ns)) {
        oldest = slot;
        break;
      }
      if (ns < this.ns[oldest]) oldest = slot;
    }
    this.put(oldest, hash, tag, way, nowNs);
    return false;
  }

  private put(slot: number, hash: number, tag: number, way: number, ns: number): void {
    if (Number.isNaN(this.ns[slot])) this.used++;
    this.hash[slot] = hash;
    this.tag[slot] = tag;
    this.way[slot] = way;
    this.ns[slot] = ns;
  }
}

export class TcpMemory implements Memory {
  private streams = 0;
  private nowNs = 0;
  private past!: Past;
  private readonly pairs = new Pairs<Connection>(
    MAX_CONNECTIONS,
    () => new Connection(this.streams++, this.past),
    ({ witnesses }) => {
      for (const { halves } of witnesses) for (const { unacked } of halves) this.waiting -= unacked.length;
    },
  );
  private waiting = 0;
  private recent = new Recent(FEW);

  // What is said of the frame at hand, by layer.
  readonly stream = new Int32Array(MAX_LAYERS);
  readonly seq = new Uint32Array(MAX_LAYERS);
  readonly ack = new Uint32Array(MAX_LAYERS);
  /** -1: not known. */
  readonly next = new Float64Array(MAX_LAYERS);
  readonly scale = new Int8Array(MAX_LAYERS);
  readonly said = new Int32Array(MAX_LAYERS);
  readonly isAnalysed = new Uint8Array(MAX_LAYERS);
  readonly completeness = new Uint8Array(MAX_LAYERS);
  readonly sinceFirstNs = new Float64Array(MAX_LAYERS);
  readonly sinceLastNs = new Float64Array(MAX_LAYERS);
  readonly acksFrame = new Uint32Array(MAX_LAYERS);
  readonly ackRttNs = new Float64Array(MAX_LAYERS);
  readonly initialRttNs = new Float64Array(MAX_LAYERS);
  readonly bytesInFlight = new Uint32Array(MAX_LAYERS);
  readonly pushBytes = new Uint32Array(MAX_LAYERS);
  readonly duplicateNumber = new Uint32Array(MAX_LAYERS);
  readonly duplicateFrame = new Uint32Array(MAX_LAYERS);
  readonly rtoFrame = new Uint32Array(MAX_LAYERS);
  readonly rtoNs = new Float64Array(MAX_LAYERS);

  see(layers: Layers, i: number, past: Past): void {
    this.stream[i] = -1;
    this.isAnalysed[i] = 0;
    const { bytes } = layers;
    const at = layers.start[i];
    const isQuoted = i >= layers.quotedFrom;
    if (isQuoted && at + 20 > layers.end[i]) return;
    const seq = u32(bytes, at + 4);
    const ack = u32(bytes, at + 8);
    const flags = bytes[at + 13];
    this.past = past;
    const source = u16(bytes, at);
    const destination = u16(bytes, at + 2);
    let connection = this.pairs.find(layers, i, source, destination);
    let way = this.pairs.way as number;
    if (!isQuoted && (flags & SYN_ACK) === SYN && (connection.known[way] & BASE) !== 0 && connection.base[way] !== seq) {
      connection = this.pairs.renew();
      way = 0;
      connection.isReused = true;
    }
    this.nowNs = (past.seconds - connection.zeroSeconds) * 1e9 + past.nanoseconds;
    this.sinceFirstNs[i] = this.nowNs - connection.firstNs;
    this.sinceLastNs[i] = this.nowNs - connection.lastNs;
    connection.lastNs = this.nowNs;
    this.stream[i] = connection.stream;
    this.completeness[i] = connection.isReused && connection.isNew ? 1 : connection.completeness;
    this.scale[i] = connection.scale[way];
    this.next[i] = -1;
    // What an ICMP error quotes may be old or forged: it is of the stream, and says nothing of what goes on in it.
    if (isQuoted) {
      connection.completeness |= stepOf(connection, flags, 0);
      connection.isNew = false;
      this.seq[i] = seq;
      this.ack[i] = ack;
      if (isSynAgain(connection, way, seq, flags)) this.analyseNothing(i);
      return;
    }
    const body = at + (bytes[at + 12] >> 4) * 4;
    // In a fragment, or where the header's length is wrong, the length of the segment is not known, nor the next sequence number.
    const length = layers.wireEnd[i] - body;
    const isWhole = body >= at + 20 && length >= 0 && !isFragment(layers, i);
    const isAgain = isSynAgain(connection, way, seq, flags);
    if (isWhole) this.begin(connection, way, seq, ack, flags);
    // Options that were not captured say nothing.
    const isHeaderCut = body > layers.end[i];
    if ((flags & SYN) !== 0 && !isHeaderCut) this.readScale(connection, way, bytes, at + 20, body, (flags & ACK) !== 0);
    connection.completeness |= stepOf(connection, flags, length);
    connection.isNew = false;
    this.seq[i] = seq - connection.base[way];
    this.ack[i] = (flags & ACK) !== 0 ? ack - connection.base[1 - way] : ack;
    this.scale[i] = connection.scale[way];
    if (!isWhole) return;
    this.next[i] = (seq + length + ((flags & (SYN | FIN)) !== 0 ? 1 : 0) - connection.base[way]) >>> 0;
    if (this.isCopy(layers, i, connection, way, length)) return;
    const witness = witnessOf(connection, interfaceOf(layers, past.capture));
    this.analyse(layers, i, connection, witness, way, seq, ack, flags, length, u16(bytes, at + 14), isAgain);
    if (isHeaderCut) this.isAnalysed[i] = 0;
    else readSacks(witness.halves[way], bytes, at + 20, body);
  }

  /** The numbers that a stream counts from. One seen from its middle counts from 1, as if its SYN had been just before. */
  private begin(c: Connection, way: number, seq: number, ack: number, flags: number): void {
    if ((c.known[way] & BASE) === 0) {
      c.base[way] = (flags & SYN) !== 0 ? seq : seq - 1;
      c.known[way] |= BASE;
      if ((flags & SYN) !== 0) c.known[way] |= (flags & ACK) !== 0 ? SAW_SYN_ACK : SAW_SYN;
    }
    if ((c.known[1 - way] & BASE) === 0 && (flags & ACK) !== 0) {
      c.base[1 - way] = ack - 1;
      c.known[1 - way] |= BASE;
    }
  }

  /** RFC 7323 section 2: windows are scaled where both SYNs say so. */
  private readScale(c: Connection, way: number, b: Uint8Array, from: number, end: number, isAnswer: boolean): void {
    for (let o = from; o < end && b[o] !== 0; ) {
      const size = b[o] === 1 ? 1 : o + 1 < end ? b[o + 1] : 0;
      if (size === 0 || o + size > end) break;
      if (b[o] === 3 && size === 3) c.scale[way] = Math.min(b[o + 2], 14);
      o += size;
    }
    if (c.scale[way] === UNKNOWN_SCALE) {
      c.scale[0] = NO_SCALE;
      c.scale[1] = NO_SCALE;
    } else if (isAnswer && c.scale[1 - way] === NO_SCALE) c.scale[way] = NO_SCALE;
  }

  /** Is it the same segment as one seen a moment ago, at another hop of this interface? */
  private isCopy(layers: Layers, i: number, c: Connection, way: number, length: number): boolean {
    const { bytes } = layers;
    const at = layers.start[i];
    let below = i - 1;
    while (below >= 0 && layers.registry.roles[layers.proto[below]] !== ROLE.network) below--;
    if (below < 0) return false;
    const net = layers.start[below];
    const isIpv4 = layers.proto[below] === IP.id;
    const ttl = isIpv4 ? bytes[net + 8] : layers.proto[below] === IPV6.id ? bytes[net + 7] : 0;
    let one = mix(u32(bytes, at + 4) ^ (c.stream * 2 + way));
    let two = mix(u32(bytes, at + 8) ^ length);
    // Neither sum nor urgent pointer: the sum may be left to the card.
    one = mix(one ^ u32(bytes, at + 12));
    if (isIpv4) two = mix(two ^ u16(bytes, net + 4));
    const end = Math.min(at + (bytes[at + 12] >> 4) * 4, layers.end[i]);
    for (let o = at + 20; o + 4 <= end; o += 4) one = mix(one ^ u32(bytes, o));
    let how = (ttl + 1) | ((layers.frame?.direction ?? 0) << 9) | (below << 12);
    for (let k = 0; k < below; k++)
      if (layers.proto[k] === VLAN.id) how ^= mix(1 + (u16(bytes, layers.start[k]) & 0xfff)) & ~0xffff;
    if (this.recent.isFull) this.recent = this.recent.larger();
    return this.recent.isCopy(mix(one ^ mix(interfaceOf(layers, 0))), one ^ mix(two), how, this.nowNs);
  }

  private analyse(
    layers: Layers,
    i: number,
    c: Connection,
    witness: Witness,
    way: number,
    seq: number,
    ack: number,
    flags: number,
    length: number,
    window: number,
    isAgain: boolean,
  ): void {
    const { nowNs } = this;
    const frame = layers.frame?.number ?? 0;
    const fwd = witness.halves[way as 0 | 1];
    const rev = witness.halves[(1 - way) as 0 | 1];
    let said = c.isReused && (flags & SYN_ACK) === SYN && fwd.nextSeq === 0 ? SAID.reusedPorts : 0;
    let isOdd = false;
    const isOfKnown = isAgain && (fwd.nextSeq !== 0 || rev.nextSeq !== 0);
    this.analyseNothing(i);
    if ((flags & SYN_ACK) === SYN) witness.synNs = nowNs;
    if ((flags & ACK) !== 0) rev.isWhole = true;
    said |= this.first(i, c.scale[1 - way], fwd, rev, seq, ack, flags, length, window);
    if (ack !== fwd.lastAck) {
      fwd.lastOther = frame;
      fwd.duplicates = 0;
    }
    if (rev.maxToBeAcked !== 0 && isAfter(ack, rev.maxToBeAcked) && (flags & ACK) !== 0) {
      // The first ACK for data that was not captured is flagged; later ones only if they acknowledge data that followed a gap.
      if (!rev.isMissed || rev.maxToBeAcked !== rev.nextSeq || (said & SAID.lostSegment) !== 0) said |= SAID.ackLostSegment;
      isOdd = true;
      rev.isMissed = true;
      rev.maxToBeAcked = rev.nextSeq;
    }
    if ((length > 0 || (flags & (SYN | FIN)) !== 0) && (said & SAID.keepAlive) === 0)
      said |= this.again(i, witness, fwd, rev, seq, length, (flags & (SYN | FIN)) !== 0);
    this.remember(fwd, frame, seq, flags, length, said);
    fwd.window = window;
    fwd.isFirstAck = (flags & SYN_ACK) === SYN_ACK;
    fwd.lastAck = ack;
    fwd.lastAckNs = nowNs;
    fwd.lastSaid = said;
    const acked = this.settle(i, rev, ack);
    if (witness.firstRttNs === 0 && witness.synNs >= 0 && (flags & SYN_ACK) === ACK) witness.firstRttNs = nowNs - witness.synNs;
    const inFlight = this.flight(i, fwd, rev.sacks, flags, length);
    this.said[i] = said;
    this.initialRttNs[i] = witness.firstRttNs;
    this.isAnalysed[i] = said !== 0 || isOdd || acked || inFlight || isOfKnown ? 1 : 0;
  }

  private analyseNothing(i: number): void {
    this.isAnalysed[i] = 1;
    this.said[i] = 0;
    this.initialRttNs[i] = 0;
    this.acksFrame[i] = 0;
    this.bytesInFlight[i] = 0;
    this.pushBytes[i] = 0;
    this.duplicateNumber[i] = 0;
    this.rtoFrame[i] = 0;
  }

  /** What is said of a segment by its numbers and window alone. */
  private first(
    i: number,
    scale: number,
    fwd: Half,
    rev: Half,
    seq: number,
    ack: number,
    flags: number,
    length: number,
    window: number,
  ): number {
    let said = 0;
    const isPlain = (flags & (SYN | FIN | RST)) === 0;
    const isEmpty = length === 0;
    const repeats = seq === fwd.nextSeq && ack === fwd.lastAck && isPlain && isEmpty;
    if (length === 1 && seq === fwd.nextSeq && rev.window === 0) {
      said |= SAID.zeroWindowProbe;
      return said;
    }
    if (window === 0 && isPlain) said |= SAID.zeroWindow;
    if (fwd.nextSeq !== 0 && isAfter(seq, fwd.nextSeq) && (flags & RST) === 0) {
      said |= SAID.lostSegment;
      fwd.isWhole = false;
    }
    if (length <= 1 && seq === (fwd.nextSeq - 1) >>> 0 && isPlain) said |= SAID.keepAlive;
    if (repeats && window !== 0 && window !== fwd.window) said |= SAID.windowUpdate;
    if (length > 0 && scale !== UNKNOWN_SCALE && isPlain) {
      const edge = (rev.lastAck + rev.window * 2 ** (rev.isFirstAck || scale < 0 ? 0 : scale)) >>> 0;
      if ((seq + length) >>> 0 === edge) said |= SAID.windowFull;
    }
    if (repeats && window !== 0 && window === fwd.window && (rev.lastSaid & SAID.keepAlive) !== 0) {
      said |= SAID.keepAliveAck;
      return said;
    }
    if (
      isEmpty &&
      isPlain &&
      window === 0 &&
      window === fwd.window &&
      seq === fwd.nextSeq &&
      (ack === fwd.lastAck || ack === (fwd.lastAck + 1) >>> 0) &&
      (rev.lastSaid & SAID.zeroWindowProbe) !== 0
    ) {
      said |= SAID.zeroWindowProbeAck;
      // Some take the byte of the probe.
      if (ack !== fwd.lastAck) rev.nextSeq = rev.maxToBeAcked = ack;
      return said;
    }
    if (repeats && window !== 0 && window === fwd.window) {
      said |= SAID.duplicateAck;
      this.duplicateNumber[i] = ++fwd.duplicates;
      this.duplicateFrame[i] = fwd.lastOther;
    }
    return said;
  }

  /** Data that does not go on where the last ended: sent again, or out of order. */
  private again(i: number, witness: Witness, fwd: Half, rev: Half, seq: number, length: number, isEdge: boolean): number {
    const { nowNs } = this;
    let isBehind = fwd.nextSeq !== 0 && isBefore(seq, fwd.nextSeq);
    // It may follow a probe of a closed window.
    if (length > 1 && (fwd.nextSeq - 1) >>> 0 === seq) isBehind = false;
    const next = (seq + length) >>> 0;
    if (length > 0 && rev.lastAck !== 0 && !isAfter(next, rev.lastAck)) return SAID.spuriousRetransmission;
    if (!isBehind) return 0;
    if (nowNs - rev.lastAckNs < FAST_NS && rev.duplicates >= 2) {
      if (rev.lastAck === seq) return SAID.fastRetransmission;
      if (rev.sacks.length > 0 && !isSacked(rev.sacks, seq, next)) return SAID.fastRetransmission;
    }
    const limitNs = witness.firstRttNs === 0 ? REORDERED_NS : witness.firstRttNs;
    if (nowNs - fwd.nextSeqNs < limitNs && fwd.nextSeq !== (isEdge ? (next + 1) >>> 0 : next)) return SAID.outOfOrder;
    const oldest = fwd.unacked[0];
    this.rtoFrame[i] = oldest?.frame ?? fwd.nextSeqFrame;
    this.rtoNs[i] = nowNs - (oldest?.timeNs ?? fwd.nextSeqNs);
    return SAID.retransmission;
  }

  private remember(fwd: Half, frame: number, seq: number, flags: number, length: number, said: number): void {
    let next = (seq + length) >>> 0;
    if (length > 0 || (flags & (SYN | FIN)) !== 0) {
      if ((flags & (SYN | FIN)) !== 0) next = (next + 1) >>> 0;
      if (fwd.unacked.length < MAX_UNACKED && this.waiting < MAX_ALL_UNACKED) {
        fwd.unacked.push({ seq, next, frame, timeNs: this.nowNs });
        this.waiting++;
      }
    }
    if ((said & SAID.zeroWindowProbe) !== 0) return;
    if (fwd.nextSeq === 0 || isAfter(next, fwd.nextSeq)) {
      fwd.nextSeq = next;
      fwd.nextSeqFrame = frame;
      fwd.nextSeqNs = this.nowNs;
    }
    if (fwd.maxToBeAcked === 0 || seq === fwd.maxToBeAcked) fwd.maxToBeAcked = fwd.nextSeq;
  }

  /** What is acknowledged need not be kept; true where the acknowledgment is of a segment that is known. */
  private settle(i: number, rev: Half, ack: number): boolean {
    const { unacked } = rev;
    let isOfOne = false;
    let kept = 0;
    // The newest first, so that the oldest of several has the last word.
    for (let n = unacked.length - 1; n >= 0; n--) {
      const one = unacked[n];
      if (ack !== one.next) {
        // Part of it is acknowledged: what is left of it is in flight.
        if (isAfter(ack, one.seq) && !isAfter(ack, one.next)) one.seq = ack;
        continue;
      }
      this.acksFrame[i] = one.frame;
      this.ackRttNs[i] = this.nowNs - one.timeNs;
      isOfOne = true;
    }
    for (let n = 0; n < unacked.length; n++) if (isAfter(unacked[n].next, ack)) unacked[kept++] = unacked[n];
    this.waiting -= unacked.length - kept;
    unacked.length = kept;
    return isOfOne;
  }

  private flight(i: number, fwd: Half, sacks: readonly number[], flags: number, length: number): boolean {
    if (length === 0 || fwd.unacked.length === 0 || !fwd.isWhole) return false;
    let first = fwd.unacked[0].seq;
    let last = fwd.unacked[0].next;
    for (const one of fwd.unacked) {
      if (isAfter(one.next, last)) last = one.next;
      if (isBefore(one.seq, first)) first = one.seq;
    }
    let inFlight = ((last - first) >>> 0) - ((flags & (SYN | FIN)) !== 0 ? 1 : 0);
    for (let n = 0; n + 1 < sacks.length; n += 2) inFlight -= (sacks[n + 1] - sacks[n]) >>> 0;
    const isPush = (flags & PSH) !== 0;
    fwd.pushBytes = fwd.pushedLast ? length : fwd.pushBytes + length;
    fwd.pushedLast = isPush;
    if (inFlight > 0 && inFlight < MAX_IN_FLIGHT) {
      this.bytesInFlight[i] = inFlight;
      this.pushBytes[i] = fwd.pushBytes;
    }
    return true;
  }
}

const FAST_NS = 20e6;
const REORDERED_NS = 3e6;
const MAX_IN_FLIGHT = 2_000_000_000;

/** Pairs of edges. */
function isSacked(sacks: readonly number[], seq: number, next: number): boolean {
  for (let n = 0; n + 1 < sacks.length; n += 2) if (seq >= sacks[n] && next <= sacks[n + 1]) return true;
  return false;
}

function readSacks(half: Half, b: Uint8Array, from: number, end: number): void {
  half.sacks.length = 0;
  for (let o = from; o < end && b[o] !== 0; ) {
    const size = b[o] === 1 ? 1 : o + 1 < end ? b[o + 1] : 0;
    if (size === 0 || o + size > end) return;
    if (b[o] === 5)
      for (let e = o + 2; e + 8 <= o + size && half.sacks.length < 2 * MAX_SACKS; e += 8)
        half.sacks.push(u32(b, e), u32(b, e + 4));
    o += size;
  }
}

/** Is it the SYN of a connection whose start is known already? Wireshark analyses it, even if nothing comes of that. */
const isSynAgain = (c: Connection, way: number, seq: number, flags: number): boolean =>
  (flags & SYN_ACK) === SYN && (c.known[way] & BASE) !== 0 && c.base[way] === seq;

/** SYN, SYN-ACK, ACK, data, FIN, RST: what has been seen of a connection, by Wireshark's bits. Its first segment counts if it is a SYN. */
function stepOf(c: Connection, flags: number, length: number): number {
  const data = length > 0 ? 8 : 0;
  if (c.isNew) return (flags & SYN_ACK) === SYN ? 1 | data : 0;
  if ((flags & SYN_ACK) === SYN) return 0;
  if ((flags & SYN_ACK) === SYN_ACK) return 2;
  let steps = data;
  if (length === 0 && (flags & ACK) !== 0) steps |= 4;
  if ((flags & FIN) !== 0) steps |= 16;
  if ((flags & RST) !== 0) steps |= 32;
  return steps;
}

function witnessOf(c: Connection, where: number): Witness {
  for (const one of c.witnesses) if (one.where === where) return one;
  if (c.witnesses.length === MAX_WITNESSES) return c.witnesses[MAX_WITNESSES - 1];
  const made = new Witness(where);
  c.witnesses.push(made);
  return made;
}
