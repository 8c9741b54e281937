// Written by scripts/generate-records.mjs: change the declaration, and run it again.

/** Conversations that there is room for at first. */
export const FIRST_ROOM = 1024;

/** What one conversation takes, in bytes. */
export const CONVERSATION_BYTES = 464;

export abstract class ConversationColumns {
  /** Four words an address, as in Packet. */
  src = new Uint32Array(4 * FIRST_ROOM);
  dst = new Uint32Array(4 * FIRST_ROOM);
  srcPort = new Uint16Array(FIRST_ROOM);
  dstPort = new Uint16Array(FIRST_ROOM);
  proto = new Uint16Array(FIRST_ROOM);
  /** Of both ends: which chain it is in. */
  hash = new Int32Array(FIRST_ROOM);
  /** The next one of its chain. */
  next = new Int32Array(FIRST_ROOM);
  /** The conversation's number in the run (numbers.ts), whatever slot it is in. */
  uid = new Float64Array(FIRST_ROOM);
  /** Packets, each counted once however often it was seen. */
  packets = new Uint32Array(2 * FIRST_ROOM);
  /** Frames: each sight counts. */
  frames = new Uint32Array(2 * FIRST_ROOM);
  /** Bytes of IP packets, each counted once. */
  bytes = new Float64Array(2 * FIRST_ROOM);
  firstNs = new Float64Array(2 * FIRST_ROOM);
  lastNs = new Float64Array(2 * FIRST_ROOM);
  /** The first frame: number, node, capture, file offset, captured length, port, direction, TTL. */
  firstFrame = new Uint32Array(2 * FIRST_ROOM);
  firstSource = new Uint16Array(2 * FIRST_ROOM);
  firstCapture = new Uint16Array(2 * FIRST_ROOM);
  firstOffset = new Float64Array(2 * FIRST_ROOM);
  firstLength = new Uint32Array(2 * FIRST_ROOM);
  firstPort = new Uint16Array(2 * FIRST_ROOM);
  firstDirection = new Uint8Array(2 * FIRST_ROOM);
  firstTtl = new Uint8Array(2 * FIRST_ROOM);
  /** VLAN of its outermost tag and one; 0: it had no tag. */
  firstVlan = new Uint16Array(2 * FIRST_ROOM);
  /** DSCP of its innermost IP header. */
  firstDscp = new Uint8Array(2 * FIRST_ROOM);
  /** MACs of the first frame, as numbers of Stations: 0 where it has none. */
  firstFrom = new Uint16Array(2 * FIRST_ROOM);
  firstTo = new Uint16Array(2 * FIRST_ROOM);
  /** Longest IP packet, in bytes. */
  longest = new Uint32Array(2 * FIRST_ROOM);
  /** First fragments: packets of which more follows. */
  cut = new Uint16Array(2 * FIRST_ROOM);
  /** Of packets that no host sends twice: frames seen again at the same place, unchanged and at once. */
  doubles = new Uint16Array(2 * FIRST_ROOM);
  /** All flags seen, or-ed. */
  flags = new Uint8Array(2 * FIRST_ROOM);
  synCount = new Uint16Array(2 * FIRST_ROOM);
  /** Sequence number expected next; valid where `flags` says so. */
  nextSeq = new Uint32Array(2 * FIRST_ROOM);
  /** Highest acknowledgment number sent this way; valid where `flags` says so. */
  ack = new Uint32Array(2 * FIRST_ROOM);
  /** When the sequence number last advanced. */
  advancedNs = new Float64Array(2 * FIRST_ROOM);
  /** The capture, counted from 1, into whose node the packet came that advanced it; 0: another direction. */
  advancedAt = new Uint16Array(2 * FIRST_ROOM);
  retransmissions = new Uint32Array(2 * FIRST_ROOM);
  /** Longest segment's payload. */
  longestSegment = new Uint32Array(2 * FIRST_ROOM);
  /** Longest one sent again. */
  longestRetransmitted = new Uint32Array(2 * FIRST_ROOM);
  /** Longest payload known to have been acknowledged. */
  passedLength = new Uint32Array(2 * FIRST_ROOM);
  /** The longer one that is followed, and where it ends; 0 bytes: none. */
  probeLength = new Uint32Array(2 * FIRST_ROOM);
  probeEnd = new Uint32Array(2 * FIRST_ROOM);
  /** The segment that is sent again and again: where it starts, how often, its payload the last time. */
  stuckSeq = new Uint32Array(2 * FIRST_ROOM);
  stuckCount = new Uint16Array(2 * FIRST_ROOM);
  stuckLength = new Uint32Array(2 * FIRST_ROOM);
  /** Bytes sent, as what comes after them shows, and never seen: where they start, how many, since when. */
  gapSeq = new Uint32Array(2 * FIRST_ROOM);
  gapBytes = new Uint32Array(2 * FIRST_ROOM);
  gapNs = new Float64Array(2 * FIRST_ROOM);
  /** Segments with payload. */
  dataSegments = new Uint32Array(2 * FIRST_ROOM);
  /** MSS option of the SYN; 0: none seen. */
  mss = new Uint16Array(2 * FIRST_ROOM);
  zeroWindows = new Uint32Array(2 * FIRST_ROOM);
  /** The window is zero now, and since when. */
  zeroSinceNs = new Float64Array(2 * FIRST_ROOM);
  /** The longest time that it was zero before. */
  zeroLongestNs = new Float64Array(2 * FIRST_ROOM);
  /** The longest time from what the other way last sent to the first data after it. */
  waitNs = new Float64Array(2 * FIRST_ROOM);
  resets = new Uint16Array(2 * FIRST_ROOM);
  /** Resets of an open connection: after the handshake, and before any FIN of either side. */
  aborts = new Uint8Array(2 * FIRST_ROOM);
  /** An HTTP answer that is no server error was sent this way. */
  httpGood = new Uint8Array(2 * FIRST_ROOM);
  /** Packets that ask: echo requests. */
  asked = new Uint32Array(2 * FIRST_ROOM);
  /** Packets that want an answer (outcomes.ts): those that got one within a second. */
  answered = new Uint32Array(2 * FIRST_ROOM);
  /** When the last of them was sent. */
  answeredNs = new Float64Array(2 * FIRST_ROOM);
  /** Those that got none. */
  lost = new Uint32Array(2 * FIRST_ROOM);
  /** TCP history, see tcp.ts: kinds of packets seen. */
  historySeen = new Uint8Array(2 * FIRST_ROOM);
  /** The order of first sights, eight to a word, of both ways together. */
  history = new Uint32Array(2 * FIRST_ROOM);

  /** Makes room for twice as many. */
  protected growColumns(): void {
    this.src = grown(this.src);
    this.dst = grown(this.dst);
    this.srcPort = grown(this.srcPort);
    this.dstPort = grown(this.dstPort);
    this.proto = grown(this.proto);
    this.hash = grown(this.hash);
    this.next = grown(this.next);
    this.uid = grown(this.uid);
    this.packets = grown(this.packets);
    this.frames = grown(this.frames);
    this.bytes = grown(this.bytes);
    this.firstNs = grown(this.firstNs);
    this.lastNs = grown(this.lastNs);
    this.firstFrame = grown(this.firstFrame);
    this.firstSource = grown(this.firstSource);
    this.firstCapture = grown(this.firstCapture);
    this.firstOffset = grown(this.firstOffset);
    this.firstLength = grown(this.firstLength);
    this.firstPort = grown(this.firstPort);
    this.firstDirection = grown(this.firstDirection);
    this.firstTtl = grown(this.firstTtl);
    this.firstVlan = grown(this.firstVlan);
    this.firstDscp = grown(this.firstDscp);
    this.firstFrom = grown(this.firstFrom);
    this.firstTo = grown(this.firstTo);
    this.longest = grown(this.longest);
    this.cut = grown(this.cut);
    this.doubles = grown(this.doubles);
    this.flags = grown(this.flags);
    this.synCount = grown(this.synCount);
    this.nextSeq = grown(this.nextSeq);
    this.ack = grown(this.ack);
    this.advancedNs = grown(this.advancedNs);
    this.advancedAt = grown(this.advancedAt);
    this.retransmissions = grown(this.retransmissions);
    this.longestSegment = grown(this.longestSegment);
    this.longestRetransmitted = grown(this.longestRetransmitted);
    this.passedLength = grown(this.passedLength);
    this.probeLength = grown(this.probeLength);
    this.probeEnd = grown(this.probeEnd);
    this.stuckSeq = grown(this.stuckSeq);
    this.stuckCount = grown(this.stuckCount);
    this.stuckLength = grown(this.stuckLength);
    this.gapSeq = grown(this.gapSeq);
    this.gapBytes = grown(this.gapBytes);
    this.gapNs = grown(this.gapNs);
    this.dataSegments = grown(this.dataSegments);
    this.mss = grown(this.mss);
    this.zeroWindows = grown(this.zeroWindows);
    this.zeroSinceNs = grown(this.zeroSinceNs);
    this.zeroLongestNs = grown(this.zeroLongestNs);
    this.waitNs = grown(this.waitNs);
    this.resets = grown(this.resets);
    this.aborts = grown(this.aborts);
    this.httpGood = grown(this.httpGood);
    this.asked = grown(this.asked);
    this.answered = grown(this.answered);
    this.answeredNs = grown(this.answeredNs);
    this.lost = grown(this.lost);
    this.historySeen = grown(this.historySeen);
    this.history = grown(this.history);
  }

  /** Nothing has been seen of conversation `c`, either way. */
  protected clearColumns(c: number): void {
    const i = c * 2;
    this.packets[i] = this.packets[i + 1] = 0;
    this.frames[i] = this.frames[i + 1] = 0;
    this.bytes[i] = this.bytes[i + 1] = 0;
    this.firstNs[i] = this.firstNs[i + 1] = 0;
    this.lastNs[i] = this.lastNs[i + 1] = 0;
    this.firstFrame[i] = this.firstFrame[i + 1] = 0;
    this.firstSource[i] = this.firstSource[i + 1] = 0;
    this.firstCapture[i] = this.firstCapture[i + 1] = 0;
    this.firstOffset[i] = this.firstOffset[i + 1] = 0;
    this.firstLength[i] = this.firstLength[i + 1] = 0;
    this.firstPort[i] = this.firstPort[i + 1] = 0;
    this.firstDirection[i] = this.firstDirection[i + 1] = 0;
    this.firstTtl[i] = this.firstTtl[i + 1] = 0;
    this.firstVlan[i] = this.firstVlan[i + 1] = 0;
    this.firstDscp[i] = this.firstDscp[i + 1] = 0;
    this.firstFrom[i] = this.firstFrom[i + 1] = 0;
    this.firstTo[i] = this.firstTo[i + 1] = 0;
    this.longest[i] = this.longest[i + 1] = 0;
    this.cut[i] = this.cut[i + 1] = 0;
    this.doubles[i] = this.doubles[i + 1] = 0;
    this.flags[i] = this.flags[i + 1] = 0;
    this.synCount[i] = this.synCount[i + 1] = 0;
    this.nextSeq[i] = this.nextSeq[i + 1] = 0;
    this.ack[i] = this.ack[i + 1] = 0;
    this.advancedNs[i] = this.advancedNs[i + 1] = 0;
    this.advancedAt[i] = this.advancedAt[i + 1] = 0;
    this.retransmissions[i] = this.retransmissions[i + 1] = 0;
    this.longestSegment[i] = this.longestSegment[i + 1] = 0;
    this.longestRetransmitted[i] = this.longestRetransmitted[i + 1] = 0;
    this.passedLength[i] = this.passedLength[i + 1] = 0;
    this.probeLength[i] = this.probeLength[i + 1] = 0;
    this.probeEnd[i] = this.probeEnd[i + 1] = 0;
    this.stuckSeq[i] = this.stuckSeq[i + 1] = 0;
    this.stuckCount[i] = this.stuckCount[i + 1] = 0;
    this.stuckLength[i] = this.stuckLength[i + 1] = 0;
    this.gapSeq[i] = this.gapSeq[i + 1] = 0;
    this.gapBytes[i] = this.gapBytes[i + 1] = 0;
    this.gapNs[i] = this.gapNs[i + 1] = 0;
    this.dataSegments[i] = this.dataSegments[i + 1] = 0;
    this.mss[i] = this.mss[i + 1] = 0;
    this.zeroWindows[i] = this.zeroWindows[i + 1] = 0;
    this.zeroSinceNs[i] = this.zeroSinceNs[i + 1] = 0;
    this.zeroLongestNs[i] = this.zeroLongestNs[i + 1] = 0;
    this.waitNs[i] = this.waitNs[i + 1] = 0;
    this.resets[i] = this.resets[i + 1] = 0;
    this.aborts[i] = this.aborts[i + 1] = 0;
    this.httpGood[i] = this.httpGood[i + 1] = 0;
    this.asked[i] = this.asked[i + 1] = 0;
    this.answered[i] = this.answered[i + 1] = 0;
    this.answeredNs[i] = this.answeredNs[i + 1] = 0;
    this.lost[i] = this.lost[i + 1] = 0;
    this.historySeen[i] = this.historySeen[i + 1] = 0;
    this.history[i] = this.history[i + 1] = 0;
  }
}

function grown<T extends Uint8Array | Uint16Array | Uint32Array | Int32Array | Float64Array>(column: T): T {
  const twice = new (column.constructor as new (length: number) => T)(column.length * 2);
  twice.set(column);
  return twice;
}
