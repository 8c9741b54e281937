// WireGuard handshakes: who began one, and who went on with it (WireGuard: Next Generation Kernel Network Tunnel, section 5.4). A responder
// that does not know the initiator says nothing at all, so an initiation that is repeated tells that none came.
import { u32 } from '../../bytes/read.js';
import { Ip } from '../../topology/ip.js';
import { Bounded } from '../bounded.js';
import { type Mark, mark } from '../mark.js';
import type { Packet } from '../packet.js';

/** From one address to another. */
export interface HandshakeAttempts {
  readonly from: Ip;
  readonly to: Ip;
  readonly uid: number;
  readonly port: number;
  initiations: number;
  answered: number;
  /** Initiations since the last response, the first few of them and the last one. */
  open: number;
  readonly marks: Mark[];
  last: Mark;
  lastNs: number;
  /** The initiator's index of the last one, by which the response names it. */
  index: number;
  /** The longest stretch of initiations in vain that a response ended. */
  late: { readonly marks: readonly Mark[]; readonly count: number; readonly end: Mark } | null;
}

const MAX_ATTEMPTS = 4096;
const MAX_MARKS = 4;

/** Sizes of the two messages, and their first word: the type, and three zeros. */
const INITIATION_BYTES = 148;
const RESPONSE_BYTES = 92;
const INITIATION = 0x0100_0000;
const RESPONSE = 0x0200_0000;

export class Handshakes {
  private readonly attempts = new Bounded<string, HandshakeAttempts>(MAX_ATTEMPTS, (one) =>
    one.late !== null || one.open > 1 ? 2 : one.open > 0 ? 1 : 0,
  );
  private readonly from = new Ip();
  private readonly to = new Ip();

  get list(): Iterable<HandshakeAttempts> {
    return this.attempts.values();
  }

  get forgotten(): number {
    return this.attempts.forgotten;
  }

  forgetBefore(ns: number): void {
    for (const [key, { lastNs }] of this.attempts.entries()) if (lastNs < ns) this.attempts.delete(key);
  }

  /** A datagram that looks like one of the two messages, whatever its ports. */
  static is({ bytes, payloadAt, payloadLength, l4End }: Packet): boolean {
    if (payloadLength !== INITIATION_BYTES && payloadLength !== RESPONSE_BYTES) return false;
    return payloadAt + 12 <= l4End && u32(bytes, payloadAt) === (payloadLength === INITIATION_BYTES ? INITIATION : RESPONSE);
  }

  observe(p: Packet, uid: number): void {
    const [net, size, family] = p.family === 4 ? ([12, 4, 4] as const) : ([8, 16, 6] as const);
    const from = this.from.read(p.bytes, p.netAt + net, family);
    const to = this.to.read(p.bytes, p.netAt + net + size, family);
    if (p.payloadLength === INITIATION_BYTES) this.initiation(p, uid, from, to);
    else this.response(p, from, to);
  }

  private initiation(p: Packet, uid: number, from: Ip, to: Ip): void {
    const key = `${from} ${to}`;
    let one = this.attempts.get(key);
    if (one === undefined) {
      one = {
        from: from.copy(),
        to: to.copy(),
        uid,
        port: p.dstPort,
        initiations: 0,
        answered: 0,
        open: 0,
        marks: [],
        last: mark(p),
        lastNs: p.timeNs,
        index: 0,
        late: null,
      };
      this.attempts.add(key, one);
    }
    one.initiations++;
    one.open++;
    one.index = u32(p.bytes, p.payloadAt + 4);
    one.last = mark(p);
    one.lastNs = p.timeNs;
    if (one.marks.length < MAX_MARKS) one.marks.push(one.last);
  }

  private response(p: Packet, from: Ip, to: Ip): void {
    const index = u32(p.bytes, p.payloadAt + 8);
    let one = this.attempts.get(`${to} ${from}`);
    if (one === undefined || one.open === 0 || one.index !== index) {
      // It may come from another address of the responder, or be translated on its way.
      one = undefined;
      for (const other of this.attempts.values()) if (other.open > 0 && other.index === index) one = other;
    }
    if (one === undefined) return;
    if (one.open > (one.late?.count ?? 1)) one.late = { marks: [...one.marks], count: one.open, end: mark(p) };
    one.answered++;
    one.open = 0;
    one.marks.length = 0;
  }
}
