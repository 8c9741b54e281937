// What conversations were found to carry, so that a segment in the middle of a message is known for what it is. Of use only
// to those who read a capture from its start to its end; without it the walk judges every frame by itself.
import { mix } from '../bytes/mix.js';
import { i32 } from '../bytes/read.js';
import { DATA, type Layers } from './walk.js';

/** Conversations remembered: a newer one takes the place of an older one with the same hash. */
const SLOTS = 1 << 14;

/** Does the payload of layer `i`, of protocol `found`, say what its conversation carries from here on? */
export const goesOn = (layers: Layers, i: number, found: number): boolean =>
  layers.registry.protocols[found]!.continues?.(layers.bytes, layers.body[i]!, layers.end[i]!) === true;

export class ConversationMemory {
  /** A second hash per slot, against mix-ups. */
  private readonly tags = new Int32Array(SLOTS);
  private readonly protocols = new Int16Array(SLOTS);

  /**
   * `found`: the protocol of the payload of layer `i` (whose two ports are at `portsAt`), or DATA. Returns the protocol it has
   * in the light of what came before.
   */
  judge(layers: Layers, i: number, portsAt: number, found: number): number {
    if (i >= layers.quotedFrom) return found;
    const { bytes } = layers;
    if (found !== DATA && !goesOn(layers, i, found)) return found;
    // Both directions are one conversation: sums do not depend on the order of the two sides.
    const a = (bytes[portsAt]! << 8) | bytes[portsAt + 1]!;
    const b = (bytes[portsAt + 2]! << 8) | bytes[portsAt + 3]!;
    let one = mix(a) + mix(b);
    let two = mix(a ^ 0x5bd1) + mix(b ^ 0x5bd1);
    let below = i - 1;
    // Extension headers stand between the addresses and the ports.
    while (below >= 0 && layers.registry.addresses[layers.proto[below]!]!.bytes === 0) below--;
    if (below >= 0) {
      const addresses = layers.registry.addresses[layers.proto[below]!]!;
      const at = layers.start[below]! + addresses.offset;
      for (let o = 0; o < addresses.bytes; o += 4) {
        const source = i32(bytes, at + o) ^ o;
        const target = i32(bytes, at + o + addresses.bytes) ^ o;
        one += mix(source) + mix(target);
        two += mix(source ^ 0x5bd1) + mix(target ^ 0x5bd1);
      }
    }
    const slot = mix(one) & (SLOTS - 1);
    const tag = two | 0 || 1;
    if (found !== DATA) {
      this.tags[slot] = tag;
      this.protocols[slot] = found;
      return found;
    }
    return this.tags[slot] === tag ? this.protocols[slot]! : DATA;
  }
}
