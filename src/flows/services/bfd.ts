// BFD sessions, each direction by its sender's discriminator (RFC 5880).
import { header, state } from '../../../dissectors/bfd.js';
import { Ip } from '../../topology/ip.js';
import { Bounded } from '../bounded.js';
import { type Mark, mark } from '../mark.js';
import type { Packet } from '../packet.js';

export const BFD_STATE = { adminDown: 0, down: 1, init: 2, up: 3 } as const;

export interface BfdChange {
  readonly from: number;
  readonly to: number;
  readonly diagnostic: number;
  readonly mark: Mark;
}

/** What one end says. */
export interface BfdSender {
  readonly from: Ip;
  readonly to: Ip;
  readonly uid: number;
  state: number;
  packets: number;
  /** It was up at some time. */
  wasUp: boolean;
  readonly first: Mark;
  lastNs: number;
  last: Mark;
  /** The first few times that it went down from up. */
  readonly falls: BfdChange[];
  fallCount: number;
}

const MAX_SENDERS = 4096;
const MAX_FALLS = 4;

export class BfdSessions {
  private readonly senders = new Bounded<string, BfdSender>(MAX_SENDERS, (s) =>
    s.fallCount > 0 ? 2 : s.state === BFD_STATE.up ? 0 : 1,
  );
  private readonly from = new Ip();
  private readonly to = new Ip();

  get list(): Iterable<BfdSender> {
    return this.senders.values();
  }

  get forgotten(): number {
    return this.senders.forgotten;
  }

  forgetBefore(ns: number): void {
    for (const [key, { lastNs }] of this.senders.entries()) if (lastNs < ns) this.senders.delete(key);
  }

  observe(p: Packet, uid: number): void {
    const { bytes, payloadAt: at } = p;
    if (at + header.size > p.l4End || bytes[at] >> 5 !== 1) return;
    const [net, size, family] = p.family === 4 ? ([12, 4, 4] as const) : ([8, 16, 6] as const);
    const from = this.from.read(bytes, p.netAt + net, family);
    const to = this.to.read(bytes, p.netAt + net + size, family);
    const said = state.get.sta(bytes, at + 1);
    const key = `${from} ${to}`;
    const known = this.senders.get(key);
    if (known === undefined) {
      const first = mark(p);
      this.senders.add(key, {
        from: from.copy(),
        to: to.copy(),
        uid,
        state: said,
        packets: 1,
        wasUp: said === BFD_STATE.up,
        first,
        lastNs: p.timeNs,
        last: first,
        falls: [],
        fallCount: 0,
      });
      return;
    }
    known.packets++;
    known.lastNs = p.timeNs;
    if (said === known.state) return;
    known.last = mark(p);
    if (known.state === BFD_STATE.up) {
      known.fallCount++;
      if (known.falls.length < MAX_FALLS)
        known.falls.push({ from: known.state, to: said, diagnostic: bytes[at] & 31, mark: known.last });
    }
    known.state = said;
    if (said === BFD_STATE.up) known.wasUp = true;
  }
}
