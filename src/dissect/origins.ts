// Where the numbers of a stream begin: one 32-bit number for each direction of a conversation, so that sequence numbers can
// be shown counted from its start. Of use only to those who read a capture from its start to its end.
import { i32 } from '../bytes/read.js';
import type { Layers } from './walk.js';

/** Conversations remembered: a newer one takes the place of an older one with the same hash. */
const SLOTS = 1 << 16;

export class Origins {
  private readonly tags = new Int32Array(SLOTS);
  /** By slot * 2 + direction. */
  private readonly numbers = new Uint32Array(SLOTS * 2);
  private readonly known = new Uint8Array(SLOTS * 2);
  /** Set by `find`: where this direction's number is, and the other's. */
  mine = 0;
  other = 0;

  /** Finds the conversation of the transport header in layer `i`, whose two ports are its first four bytes. */
  find(layers: Layers, i: number): void {
    const { bytes, registry } = layers;
    const at = layers.start[i]!;
    let one = ((bytes[at]! << 8) | bytes[at + 1]!) ^ 0x5bd1;
    let two = ((bytes[at + 2]! << 8) | bytes[at + 3]!) ^ 0x5bd1;
    let below = i - 1;
    // Extension headers stand between the addresses and the ports.
    while (below >= 0 && registry.addresses[layers.proto[below]!]!.bytes === 0) below--;
    if (below >= 0) {
      const { offset, bytes: size } = registry.addresses[layers.proto[below]!]!;
      const from = layers.start[below]! + offset;
      for (let o = from; o < from + size; o += 4) {
        one = Math.imul(one ^ i32(bytes, o), 0x85ebca6b);
        one ^= one >>> 15;
        two = Math.imul(two ^ i32(bytes, o + size), 0x85ebca6b);
        two ^= two >>> 15;
      }
    }
    // The same for both directions.
    const slot = Math.imul(one + two, 0xc2b2ae35) >>> 16;
    const tag = one ^ two || 1;
    if (this.tags[slot] !== tag) {
      this.tags[slot] = tag;
      this.known[slot * 2] = 0;
      this.known[slot * 2 + 1] = 0;
    }
    const way = one < two ? 0 : 1;
    this.mine = slot * 2 + way;
    this.other = slot * 2 + 1 - way;
  }

  /** Is there a number at `mine` or `other`? */
  has(at: number): boolean {
    return this.known[at] === 1;
  }

  get(at: number): number {
    return this.numbers[at]!;
  }

  set(at: number, value: number): void {
    this.numbers[at] = value;
    this.known[at] = 1;
  }
}
