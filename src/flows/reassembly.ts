// One direction of a TCP stream put in order: what came twice is taken once, what came early waits, what never came is a gap.
import { before } from './tcp.js';

/** Bytes that wait for what is missing before it; then it is given up. Larger than any window without scaling. */
const MAX_WAITING = 1 << 20;
const MAX_SEGMENTS = 4096;

/** Takes bytes of the stream in order, or the number of bytes that are missing. `bytes` is only valid during the call. */
export interface StreamSink {
  data(bytes: Uint8Array): void;
  gap(missing: number): void;
}

interface Waiting {
  readonly seq: number;
  readonly bytes: Uint8Array;
  /** Bytes that were not captured behind them (short snapshot length). */
  readonly missing: number;
}

export class StreamOrder {
  private next = 0;
  private started = false;
  private waiting: Waiting[] = [];
  private waitingBytes = 0;

  constructor(private readonly sink: StreamSink) {}

  /** The stream begins after this sequence number (of a SYN); a new SYN with another number begins anew. */
  begin(seq: number): void {
    const first = (seq + 1) >>> 0;
    if (this.started && this.next === first) return;
    this.finish();
    this.next = first;
    this.started = true;
  }

  /** A segment with payload: `bytes` of its `length` bytes were captured. Without a SYN the first segment begins the stream. */
  add(seq: number, bytes: Uint8Array, length: number): void {
    if (!this.started) {
      this.next = seq;
      this.started = true;
    }
    if (!before(this.next, (seq + length) >>> 0)) return;
    if (before(this.next, seq)) {
      this.hold({ seq, bytes: bytes.slice(), missing: length - bytes.length });
      return;
    }
    this.take(seq, bytes, length - bytes.length);
    this.release();
  }

  /** No more comes: what waits is given out, with its gaps. */
  finish(): void {
    while (this.waiting.length > 0) this.giveUp();
  }

  /** A segment that begins at or before what is expected. */
  private take(seq: number, bytes: Uint8Array, missing: number): void {
    const known = (this.next - seq) >>> 0;
    if (known < bytes.length) this.sink.data(bytes.subarray(known));
    const lost = missing - Math.max(0, known - bytes.length);
    if (lost > 0) this.sink.gap(lost);
    this.next = (seq + bytes.length + missing) >>> 0;
  }

  private hold(segment: Waiting): void {
    const at = this.waiting.findIndex((other) => before(segment.seq, other.seq));
    this.waiting.splice(at < 0 ? this.waiting.length : at, 0, segment);
    this.waitingBytes += segment.bytes.length;
    if (this.waitingBytes > MAX_WAITING || this.waiting.length > MAX_SEGMENTS) this.giveUp();
  }

  /** Goes on after the first gap. */
  private giveUp(): void {
    const first = this.waiting[0];
    if (first === undefined) return;
    const missing = (first.seq - this.next) | 0;
    if (missing > 0) {
      this.sink.gap(missing);
      this.next = first.seq;
    }
    this.release();
  }

  /** Gives out what waits and has nothing missing before it any more. */
  private release(): void {
    let n = 0;
    for (; n < this.waiting.length; n++) {
      const { seq, bytes, missing } = this.waiting[n];
      if (before(this.next, seq)) break;
      this.waitingBytes -= bytes.length;
      if (before(this.next, (seq + bytes.length + missing) >>> 0)) this.take(seq, bytes, missing);
    }
    if (n > 0) this.waiting.splice(0, n);
  }
}
