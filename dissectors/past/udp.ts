// The stream of a datagram, and its time within it.
import { u16 } from '../../src/bytes/read.js';
import { Pairs } from '../../src/dissect/pairs.js';
import type { Memory, Past } from '../../src/dissect/past.js';
import { type Layers, MAX_LAYERS } from '../../src/dissect/walk.js';

/** Streams remembered. */
const MAX_STREAMS = 1 << 17;
const HEADER = 8;

interface Stream {
  readonly number: number;
  readonly firstSeconds: number;
  readonly firstNanoseconds: number;
  lastSeconds: number;
  lastNanoseconds: number;
}

export class UdpMemory implements Memory {
  private count = 0;
  private past!: Past;
  private readonly pairs = new Pairs<Stream>(MAX_STREAMS, () => {
    const { seconds, nanoseconds } = this.past;
    return {
      number: this.count++,
      firstSeconds: seconds,
      firstNanoseconds: nanoseconds,
      lastSeconds: seconds,
      lastNanoseconds: nanoseconds,
    };
  });
  /** By layer. */
  readonly stream = new Int32Array(MAX_LAYERS);
  /** As in Wireshark an empty datagram, and one that an ICMP error quotes, has no time in its stream. */
  readonly isTimed = new Uint8Array(MAX_LAYERS);
  readonly sinceFirstNs = new Float64Array(MAX_LAYERS);
  readonly sinceLastNs = new Float64Array(MAX_LAYERS);

  see(layers: Layers, i: number, past: Past): void {
    this.past = past;
    const { seconds, nanoseconds } = past;
    const at = layers.start[i];
    const stream = this.pairs.find(layers, i, u16(layers.bytes, at), u16(layers.bytes, at + 2));
    this.stream[i] = stream.number;
    this.isTimed[i] = i < layers.quotedFrom && layers.wireEnd[i] - at > HEADER ? 1 : 0;
    if (this.isTimed[i] === 0) return;
    this.sinceFirstNs[i] = (seconds - stream.firstSeconds) * 1e9 + nanoseconds - stream.firstNanoseconds;
    this.sinceLastNs[i] = (seconds - stream.lastSeconds) * 1e9 + nanoseconds - stream.lastNanoseconds;
    stream.lastSeconds = seconds;
    stream.lastNanoseconds = nanoseconds;
  }
}
