// Fills the index while the tracker follows the packets: which conversation, which copies, and what a packet in the middle of a
// stream needs to be read as it is read after all that came before it.

import { FLAG } from '../../../dissectors/tcp.js';
import { Line } from '../../bytes/line.js';
import { u32 } from '../../bytes/read.js';
import type { Frame } from '../../capture/frame.js';
import { ConversationMemory, goesOn } from '../../dissect/memory.js';
import { DATA, Layers } from '../../dissect/walk.js';
import { type Packet, PROTO } from '../../flows/packet.js';
import type { Tracker } from '../../flows/tracker.js';
import { CHANGE, type Store } from './store.js';
import { StreamNumbers } from './stream-numbers.js';

/** Journeys whose last copy is remembered: more than can be open at once. */
const RINGS = 1 << 14;
/** Journeys looked at for the other half of a translated packet. */
const LOOK_BACK = 64;

/** Judges by what is known of the stream, instead of by what was walked before. */
export class Recalled extends ConversationMemory {
  /** Protocol number, or DATA. */
  protocol: number = DATA;

  override judge(layers: Layers, i: number, _portsAt: number, found: number): number {
    return found !== DATA || i >= layers.quotedFrom ? found : this.protocol;
  }
}

export class IndexBuilder {
  /** By slot of the conversation: whose state it is, which origins are known, and which protocol was found. */
  private owner = new Float64Array(0);
  private known = new Uint8Array(0);
  private origin = new Uint32Array(0);
  private protocol = new Uint16Array(0);
  private stream = new Int32Array(0);
  private readonly streams = new StreamNumbers();

  // By journey number modulo RINGS.
  private readonly journey = new Float64Array(RINGS).fill(-1);
  private readonly first = new Uint32Array(RINGS);
  private readonly last = new Uint32Array(RINGS);
  private readonly print = new Int32Array(RINGS);

  private readonly again: Layers;
  private readonly memory: Recalled;
  private readonly line = new Line(4096);

  constructor(
    private readonly store: Store,
    private readonly tracker: Tracker,
  ) {
    const { registry } = tracker.packet.layers;
    this.again = new Layers(registry);
    this.memory = new Recalled();
    this.again.memory = this.memory;
  }

  /** Packet `n`, which the tracker has just observed. */
  add(n: number, frame: Frame, capture: number, timeNs: number): void {
    const { tracker, store } = this;
    const c = tracker.conversation;
    const stream = this.streams.of(tracker.packet.layers);
    if (c < 0) {
      store.put(n, timeNs, frame.fileOffset, capture, -1, 0);
      return;
    }
    const uid = tracker.conversations.uid[c];
    store.put(n, timeNs, frame.fileOffset, capture, uid, tracker.way);
    this.join(n, c);
    const p = tracker.packet;
    if (p.proto !== PROTO.tcp && p.proto !== PROTO.udp) return;
    this.note(n, c, uid, p, frame);
    if (stream < 0 || this.stream[c] === stream) return;
    this.stream[c] = stream;
    store.change(n, uid, CHANGE.stream, stream);
  }

  /** Links the copies of one packet in a ring, translated ones too. */
  private join(n: number, c: number): void {
    const { journeys, conversations } = this.tracker;
    const slot = journeys.number & (RINGS - 1);
    if (journeys.isNew) {
      const print = this.tracker.packet.fingerprint;
      this.journey[slot] = journeys.number;
      this.print[slot] = print;
      this.first[slot] = this.last[slot] = n;
      if (journeys.translatedFrom < 0) return;
      const from = conversations.uid[journeys.translatedFrom];
      for (let number = journeys.number - 1; number >= 0 && number > journeys.number - LOOK_BACK; number--) {
        const other = number & (RINGS - 1);
        if (this.journey[other] !== number || this.print[other] !== print) continue;
        if (this.store.conversation(this.last[other]) !== from) continue;
        this.first[slot] = this.first[other];
        this.append(this.last[other], this.first[other], n);
        return;
      }
      return;
    }
    if (this.journey[slot] !== journeys.number || this.store.conversation(this.last[slot]) !== conversations.uid[c]) return;
    this.append(this.last[slot], this.first[slot], n);
    this.last[slot] = n;
  }

  private append(last: number, first: number, n: number): void {
    // Two journeys of one ring (NAT) may both grow: what follows the last copy now follows the new one.
    const behind = this.store.next(last);
    this.store.link(n, behind === 0 ? first : behind);
    this.store.link(last, n);
  }

  /** What later packets of the stream are read by: as `dump` would know it, who reads all packets before. */
  private note(n: number, c: number, uid: number, p: Packet, frame: Frame): void {
    if (c >= this.owner.length) this.grow(c);
    if (this.owner[c] !== uid) {
      this.owner[c] = uid;
      this.known[c] = 0;
      this.protocol[c] = DATA;
      this.stream[c] = -1;
    }
    const { layers } = p;
    if (!p.hasL4) return;
    const l4 = layerAt(layers, p.l4At);
    const inside = l4 + 1 < layers.count ? layers.proto[l4 + 1] : DATA;
    if (this.protocol[c] !== inside && goesOn(layers, l4, inside)) {
      this.protocol[c] = inside;
      this.store.change(n, uid, CHANGE.protocol, inside);
    }
    if (p.proto !== PROTO.tcp) return;
    const flags = p.bytes[p.l4At + 13];
    const { way } = this.tracker;
    const isOpen = (flags & FLAG.syn) !== 0;
    const mine = 1 << way;
    const other = 3 - mine;
    const needsOther = (flags & FLAG.ack) !== 0 && (this.known[c] & other) === 0;
    if (!isOpen && (this.known[c] & mine) !== 0 && !needsOther) return;
    if (!this.tcpSpeaks(c, l4, p, frame)) return;
    const seq = u32(p.bytes, p.l4At + 4);
    // As the info of TCP sets them: a stream seen from its middle counts from 1.
    if (isOpen) this.setOrigin(n, c, uid, way, seq);
    else if ((this.known[c] & mine) === 0) this.setOrigin(n, c, uid, way, seq - 1);
    if (needsOther) this.setOrigin(n, c, uid, 1 - way, u32(p.bytes, p.l4At + 8) - 1);
  }

  private setOrigin(n: number, c: number, uid: number, way: number, value: number): void {
    const i = c * 2 + way;
    if ((this.known[c] & (1 << way)) !== 0 && this.origin[i] === value >>> 0) return;
    this.known[c] |= 1 << way;
    this.origin[i] = value;
    this.store.change(n, uid, CHANGE.origin + way, value);
  }

  /** Is the packet listed as TCP, and not as the message that it carries? */
  private tcpSpeaks(c: number, l4: number, p: Packet, frame: Frame): boolean {
    let { layers } = p;
    if (this.protocol[c] !== DATA) {
      this.memory.protocol = this.protocol[c];
      this.again.walk(frame);
      layers = this.again;
    }
    const { protocols } = layers.registry;
    for (let i = Math.min(layers.count, layers.quotedFrom) - 1; i > l4; i--) {
      this.line.clear();
      protocols[layers.proto[i]].info?.(this.line, layers, i);
      if (this.line.at > 0) return false;
    }
    return true;
  }

  private grow(c: number): void {
    const size = Math.max(1024, 2 * c);
    const grown = <T extends Float64Array | Uint8Array | Uint16Array | Uint32Array | Int32Array>(old: T, to: T): T => {
      to.set(old as never);
      return to;
    };
    this.owner = grown(this.owner, new Float64Array(size).fill(-1, this.owner.length));
    this.known = grown(this.known, new Uint8Array(size));
    this.protocol = grown(this.protocol, new Uint16Array(size));
    this.stream = grown(this.stream, new Int32Array(size).fill(-1, this.stream.length));
    this.origin = grown(this.origin, new Uint32Array(size * 2));
  }
}

/** Index of the layer whose header starts at `at`. */
function layerAt(layers: Layers, at: number): number {
  let i = Math.min(layers.count, layers.quotedFrom) - 1;
  while (i > 0 && layers.start[i] !== at) i--;
  return i;
}
