// Between the thread that reads and walks frames and the one that follows what they say: a few blocks of records that go round in
// shared memory, and the chunks of the file that they were made from.
import { Block } from '../flows/record.js';

/** Blocks that go round (a power of two), and records in each: enough that neither thread waits for the other's short pauses. */
export const SLOTS = 8;
const RECORDS = 1024;

// Words that both threads count in, each in a cache line of its own.
const PUBLISHED = 0;
const CONSUMED = 16;
const STOPPED = 32;
/** The reader waits for one certain block to be consumed. */
const EAGER = 33;
/** Then four words a slot: records, chunk, messages sent before it. */
const SLOT = 48;
const COUNT = 0;
const CHUNK = 1;
const MESSAGES = 2;

/**
 * A thread that waits is woken when the lane is half full again: waking costs as much as some hundred packets. What comes slower than
 * that is looked for this often.
 */
const NAP_MS = 4;

export interface LaneMemory {
  readonly control: SharedArrayBuffer;
  readonly positions: SharedArrayBuffer;
  readonly blocks: readonly SharedArrayBuffer[];
}

export const laneMemory = (): LaneMemory => ({
  control: new SharedArrayBuffer((SLOT + SLOTS * 4) * 4),
  positions: new SharedArrayBuffer(SLOTS * 8),
  blocks: Array.from({ length: SLOTS }, () => new SharedArrayBuffer(Block.bytesFor(RECORDS))),
});

/** One end of the lane. Counts grow for ever, modulo 2^32: only their differences are looked at. */
export class Lane {
  readonly blocks: readonly Block[];
  private readonly control: Int32Array;
  private readonly positions: Float64Array;

  constructor(memory: LaneMemory) {
    this.control = new Int32Array(memory.control);
    this.positions = new Float64Array(memory.positions);
    this.blocks = memory.blocks.map((block) => new Block(block));
  }

  /** Slots published and not consumed yet. */
  get waiting(): number {
    return (Atomics.load(this.control, PUBLISHED) - Atomics.load(this.control, CONSUMED)) | 0;
  }
  get published(): number {
    return Atomics.load(this.control, PUBLISHED);
  }
  get consumed(): number {
    return Atomics.load(this.control, CONSUMED);
  }
  get stopped(): boolean {
    return Atomics.load(this.control, STOPPED) !== 0;
  }

  // The reader's end.

  /** The block to fill next. The reader waits until it is free; false when nobody wants it any more. */
  claim(): boolean {
    while (this.waiting === SLOTS && !this.stopped) Atomics.wait(this.control, CONSUMED, this.published - SLOTS, NAP_MS);
    return !this.stopped;
  }
  get claimed(): Block {
    return this.blocks[this.published & (SLOTS - 1)];
  }

  /** Waits until the engine has consumed what `holds` asks for; false when it has gone. */
  waitUntil(holds: () => boolean): boolean {
    if (!holds()) {
      Atomics.store(this.control, EAGER, 1);
      this.flush();
      for (;;) {
        const { consumed } = this;
        if (holds() || this.stopped) break;
        Atomics.wait(this.control, CONSUMED, consumed, NAP_MS);
      }
      Atomics.store(this.control, EAGER, 0);
    }
    return !this.stopped;
  }

  /** The engine is not to wait for more: this was the last block, or the next one takes time. */
  flush(): void {
    Atomics.notify(this.control, PUBLISHED);
  }

  /** Hands on the claimed block. `messages`: sent so far, which the engine takes in before it. */
  publish(chunk: number, messages: number, position: number): void {
    const { published } = this;
    const slot = published & (SLOTS - 1);
    this.control[SLOT + slot * 4 + COUNT] = this.blocks[slot].count;
    this.control[SLOT + slot * 4 + CHUNK] = chunk;
    this.control[SLOT + slot * 4 + MESSAGES] = messages;
    this.positions[slot] = position;
    Atomics.store(this.control, PUBLISHED, published + 1);
    if (this.waiting === SLOTS / 2) Atomics.notify(this.control, PUBLISHED);
  }

  // The engine's end.

  /** The oldest block published, after a nap if need be; null when there is none. */
  take(): { block: Block; chunk: number; messages: number; position: number } | null {
    if (this.waiting === 0) Atomics.wait(this.control, PUBLISHED, this.consumed, NAP_MS);
    if (this.waiting === 0) return null;
    const slot = this.consumed & (SLOTS - 1);
    const block = this.blocks[slot];
    block.count = this.control[SLOT + slot * 4 + COUNT];
    return {
      block,
      chunk: this.control[SLOT + slot * 4 + CHUNK],
      messages: this.control[SLOT + slot * 4 + MESSAGES],
      position: this.positions[slot],
    };
  }

  /** The block taken may be filled anew. */
  release(): void {
    Atomics.add(this.control, CONSUMED, 1);
    if (this.waiting === SLOTS / 2 || Atomics.load(this.control, EAGER) !== 0) Atomics.notify(this.control, CONSUMED);
  }

  /** Nothing more is wanted. */
  stop(): void {
    Atomics.store(this.control, STOPPED, 1);
    // A count that has changed cannot be waited for.
    this.release();
  }
}
