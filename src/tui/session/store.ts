// The index of a run: where each packet is, when it was seen, whose it is and where its other copies are. It lies in blocks that
// all threads share: the loader appends, everybody else reads. 24 bytes a packet, 16 a change of a stream, 4 a conversation.
import { SharedMemory } from '#host';

/** Packets, changes or conversations in one block. */
const BLOCK = 1 << 16;
const BITS = 16;
/** time 8, offset 4 + 2, capture 2, conversation 4, next copy 4 bytes. */
export const PACKET_BYTES = 24;
/** previous change 4, packet 4, what 4, value 4 bytes. */
const CHANGE_BYTES = 16;
/** Most packets of one run: 1.4 GB of index. */
export const MAX_PACKETS = 60_000_000;
/** Changes of one stream that are looked through; only a hostile stream has more. */
const MAX_CHAIN = 10_000;

export type BlockKind = 'packets' | 'changes' | 'streams';
const BYTES: Readonly<Record<BlockKind, number>> = {
  packets: BLOCK * PACKET_BYTES,
  changes: BLOCK * CHANGE_BYTES,
  streams: BLOCK * 4,
};

/** What a change of a stream is about: the number its sequence numbers count from, by way; the protocol found in it; its number as a stream. */
export const CHANGE = { origin: 0, protocol: 2, stream: 3 } as const;

interface PacketBlock {
  readonly timeNs: Float64Array;
  readonly offsetLow: Uint32Array;
  /** Uid of the conversation * 2 + way + 1; 0: none. */
  readonly stream: Uint32Array;
  /** Number of the next copy of the same packet, in a ring; 0: there is no other. */
  readonly next: Uint32Array;
  readonly offsetHigh: Uint16Array;
  readonly capture: Uint16Array;
}

const packetBlock = (b: SharedArrayBuffer): PacketBlock => ({
  timeNs: new Float64Array(b, 0, BLOCK),
  offsetLow: new Uint32Array(b, BLOCK * 8, BLOCK),
  stream: new Uint32Array(b, BLOCK * 12, BLOCK),
  next: new Uint32Array(b, BLOCK * 16, BLOCK),
  offsetHigh: new Uint16Array(b, BLOCK * 20, BLOCK),
  capture: new Uint16Array(b, BLOCK * 22, BLOCK),
});

/** What was known of a stream when one of its packets was seen. */
export interface StreamState {
  /** By way: is there an origin, and which. */
  readonly known: Uint8Array;
  readonly origin: Uint32Array;
  /** Protocol number, or 0. */
  protocol: number;
}

export class Store {
  private readonly packets: PacketBlock[] = [];
  private readonly changes: Uint32Array[] = [];
  private readonly streams: Uint32Array[] = [];
  /** Word 0: packets whose entries are complete. */
  private readonly shared: Int32Array;
  private changeCount = 0;

  /** `announce` is called by the writer for each new block, before anything in it is counted. */
  constructor(
    readonly counter = new SharedMemory(4) as SharedArrayBuffer,
    private readonly announce: (kind: BlockKind, buffer: SharedArrayBuffer) => void = () => undefined,
  ) {
    this.shared = new Int32Array(counter);
  }

  /** Packets that can be read here. */
  get count(): number {
    return Math.min(Atomics.load(this.shared, 0), this.packets.length * BLOCK);
  }

  /** Bytes that the blocks take. */
  get bytes(): number {
    return this.packets.length * BYTES.packets + this.changes.length * BYTES.changes + this.streams.length * BYTES.streams;
  }

  /** Reader: takes a block that the writer announced, in the same order. */
  add(kind: BlockKind, buffer: SharedArrayBuffer): void {
    if (kind === 'packets') this.packets.push(packetBlock(buffer));
    else this[kind].push(new Uint32Array(buffer));
  }

  // Packets are numbered from 1.

  /** Nanoseconds since the start of the run. */
  timeNs(n: number): number {
    return this.packets[(n - 1) >>> BITS].timeNs[(n - 1) & (BLOCK - 1)];
  }
  offset(n: number): number {
    const b = this.packets[(n - 1) >>> BITS];
    const i = (n - 1) & (BLOCK - 1);
    return b.offsetHigh[i] * 0x1_0000_0000 + b.offsetLow[i];
  }
  capture(n: number): number {
    return this.packets[(n - 1) >>> BITS].capture[(n - 1) & (BLOCK - 1)];
  }
  /** Uid of the conversation, or -1. */
  conversation(n: number): number {
    const stream = this.packets[(n - 1) >>> BITS].stream[(n - 1) & (BLOCK - 1)];
    return stream === 0 ? -1 : (stream - 1) >>> 1;
  }
  /** Way in its conversation. */
  way(n: number): 0 | 1 {
    return ((this.packets[(n - 1) >>> BITS].stream[(n - 1) & (BLOCK - 1)] - 1) & 1) as 0 | 1;
  }
  /** Next copy of the same packet in a ring; 0: there is none. */
  next(n: number): number {
    return this.packets[(n - 1) >>> BITS].next[(n - 1) & (BLOCK - 1)];
  }

  /** Fills `state` with what was known of conversation `uid` once packet `n` was seen. */
  stateAt(n: number, uid: number, state: StreamState): void {
    state.known[0] = state.known[1] = 0;
    state.protocol = 0;
    const heads = this.streams[uid >>> BITS];
    if (heads === undefined) return;
    let missing = 7;
    let change = Atomics.load(heads, uid & (BLOCK - 1));
    for (let steps = 0; change > 0 && missing > 0 && steps < MAX_CHAIN; steps++) {
      const block = this.changes[(change - 1) >>> BITS];
      if (block === undefined) return;
      const at = ((change - 1) & (BLOCK - 1)) * 4;
      change = block[at];
      const what = block[at + 2];
      if (what === CHANGE.stream) continue;
      if (block[at + 1] > n || (missing & (1 << what)) === 0) continue;
      missing &= ~(1 << what);
      if (what === CHANGE.protocol) state.protocol = block[at + 3];
      else {
        state.known[what] = 1;
        state.origin[what] = block[at + 3];
      }
    }
  }

  /** The number of the TCP or UDP stream that packet `n` is of; -1: it is of none. */
  streamAt(n: number): number {
    const uid = this.conversation(n);
    const heads = uid < 0 ? undefined : this.streams[uid >>> BITS];
    if (heads === undefined) return -1;
    let change = Atomics.load(heads, uid & (BLOCK - 1));
    for (let steps = 0; change > 0 && steps < MAX_CHAIN; steps++) {
      const block = this.changes[(change - 1) >>> BITS];
      if (block === undefined) return -1;
      const at = ((change - 1) & (BLOCK - 1)) * 4;
      if (block[at + 1] <= n && block[at + 2] === CHANGE.stream) return block[at + 3];
      change = block[at];
    }
    return -1;
  }

  // The writer's side.

  put(n: number, timeNs: number, offset: number, capture: number, uid: number, way: number): void {
    const at = (n - 1) >>> BITS;
    if (at === this.packets.length) this.packets.push(packetBlock(this.block('packets')));
    const b = this.packets[at];
    const i = (n - 1) & (BLOCK - 1);
    b.timeNs[i] = timeNs;
    b.offsetLow[i] = offset;
    b.offsetHigh[i] = offset / 0x1_0000_0000;
    b.capture[i] = capture;
    b.stream[i] = uid < 0 ? 0 : uid * 2 + way + 1;
  }

  link(n: number, next: number): void {
    this.packets[(n - 1) >>> BITS].next[(n - 1) & (BLOCK - 1)] = next;
  }

  /** From packet `n` on, this is what holds for conversation `uid`. */
  change(n: number, uid: number, what: number, value: number): void {
    if (this.changeCount >>> BITS === this.changes.length) this.changes.push(new Uint32Array(this.block('changes')));
    while (uid >>> BITS >= this.streams.length) this.streams.push(new Uint32Array(this.block('streams')));
    const block = this.changes[this.changeCount >>> BITS];
    const at = (this.changeCount & (BLOCK - 1)) * 4;
    const heads = this.streams[uid >>> BITS];
    block[at] = heads[uid & (BLOCK - 1)];
    block[at + 1] = n;
    block[at + 2] = what;
    block[at + 3] = value;
    Atomics.store(heads, uid & (BLOCK - 1), ++this.changeCount);
  }

  /** Packets up to `count` may be read by everybody. */
  publish(count: number): void {
    Atomics.store(this.shared, 0, count);
  }

  private block(kind: BlockKind): SharedArrayBuffer {
    const buffer = new SharedMemory(BYTES[kind]) as SharedArrayBuffer;
    this.announce(kind, buffer);
    return buffer;
  }
}

/** Number of the first packet of 1 to `count` whose time is not before `timeNs`, where times do not step back; `count` + 1: none. */
export function firstAt(store: Store, timeNs: number, count: number): number {
  let low = 1;
  for (let high = count + 1; low < high; ) {
    const middle = (low + high) >>> 1;
    if (store.timeNs(middle) >= timeNs) high = middle;
    else low = middle + 1;
  }
  return low;
}
