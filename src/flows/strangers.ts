// Replies to pings and resets that come from another MAC than the packets of their direction before them: a second machine with the same
// address, or another router that brings them.
import type { Conversations } from './conversations.js';
import { type Mark, mark } from './mark.js';
import type { Packet } from './packet.js';
import type { Stations } from './stations.js';

export interface Stranger {
  readonly mac: number;
  readonly first: Mark;
  count: number;
  /** Times that the MAC of the first packet spoke again after this one. */
  returns: number;
  /** This one spoke last. */
  isLast: boolean;
}

/** Ways of conversations of which one is kept. Further ones are not. */
const MAX_STRANGERS = 4096;

export class Strangers {
  private readonly table = new Map<number, Stranger>();

  /** Of direction `i` (slot * 2 + direction) of a conversation. */
  of(i: number): Stranger | null {
    return this.table.get(i) ?? null;
  }

  /** Slots of the conversations that have one. */
  get slots(): number[] {
    return [...new Set([...this.table.keys()].map((i) => i >> 1))];
  }

  /** A reply to a ping or a reset of direction `i`, at the interface where its first packet was seen; others are left. */
  observe(p: Packet, t: Conversations, i: number, stations: Stations): void {
    if (t.firstPort[i] !== p.port || t.firstDirection[i] !== p.direction) return;
    const mac = p.sourceMac();
    const own = stations.mac(t.firstFrom[i]);
    if (mac < 0 || own < 0) return;
    const known = this.table.get(i);
    if (mac === own) {
      if (known?.isLast) {
        known.returns++;
        known.isLast = false;
      }
    } else if (known === undefined) {
      if (this.table.size < MAX_STRANGERS) this.table.set(i, { mac, first: mark(p), count: 1, returns: 0, isLast: true });
    } else if (known.mac === mac) {
      known.count++;
      known.isLast = true;
    }
  }

  forget(c: number): void {
    if (this.table.size === 0) return;
    this.table.delete(c * 2);
    this.table.delete(c * 2 + 1);
  }
}
