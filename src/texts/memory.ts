// What earlier lines have told that later ones leave out. tcpdump prints sequence numbers relative to the start of a connection, quotes of
// ICMP errors only with -v, and never to whom an ARP answer went.
import { Recent } from './recent.js';

/** Connections, flows and questions remembered, of each kind. */
const MAX_KNOWN = 65_536;

/** Numbers that the relative ones of a connection count from, by end. */
interface Start {
  /** A segment with ACK was seen: from now on numbers are relative. */
  started: boolean;
  seq: number;
  ack: number;
  /** Sequence number that comes next, by end; -1: not known. */
  readonly next: [number, number];
  /** The text goes on with absolute numbers (-S). */
  absolute: boolean;
}

/** A packet that an ICMP error may quote. */
export interface Sent {
  proto: number;
  sourcePort: number;
  destinationPort: number;
  /** Sequence number, or identifier and sequence of an echo. */
  word: number;
  /** Of the IP packet as its header says it; 0 until the frame is made. */
  length: number;
  /** Where it went. */
  target: Uint8Array;
}

/** Numbers below are taken for relative ones where a connection's start was not seen: of random ones one in 4000 is. */
const SMALL = 1 << 20;
/** Hosts answer ARP within this. */
const ANSWER_S = 1;
const FLAG_FIN = 1;
const FLAG_SYN = 2;

export class Memory {
  private readonly starts = new Recent<Start>(MAX_KNOWN);
  private readonly flows = new Recent<Sent>(MAX_KNOWN);
  private readonly senders = new Recent<Sent>(MAX_KNOWN);
  private readonly questions = new Recent<string>(MAX_KNOWN);
  private readonly askers = new Recent<{ readonly asker: Uint8Array; readonly at: number }>(MAX_KNOWN);

  /**
   * The absolute sequence and acknowledgment numbers of a segment, as print-tcp.c of tcpdump has made them relative. `key`: the ends in an
   * order that both directions share; `reverse`: this segment is from the second of them. `seq`, `ack`: -1 where none is printed. A segment
   * without a printed sequence number has the one that comes next.
   */
  numbers(
    key: string,
    reverse: boolean,
    seq: number,
    ack: number,
    length: number,
    flags: number,
    into: { seq: number; ack: number },
  ): void {
    const isSyn = (flags & FLAG_SYN) !== 0;
    let known = this.starts.get(key);
    if (known === undefined || (isSyn && ack >= 0)) {
      // A text that begins in the middle of a connection has relative numbers from its first line on.
      const isRelative = !isSyn && ack >= 0 && ack < SMALL && seq < SMALL;
      const own = isRelative || seq < 0 ? 0 : seq;
      const other = isRelative || ack < 0 ? 0 : (ack - 1) >>> 0;
      // What is printed without ACK is no start (print-tcp.c): only its next number is kept.
      known = {
        started: ack >= 0,
        seq: reverse ? other : own,
        ack: reverse ? own : other,
        next: known?.next ?? [-1, -1],
        absolute: false,
      };
      this.starts.set(key, known);
      into.seq = seq;
      into.ack = Math.max(0, ack);
    } else if (ack < 0) {
      into.seq = seq;
      into.ack = 0;
    } else if (!known.started) {
      known.started = true;
      const own = seq < 0 ? 0 : seq;
      known.seq = reverse ? ack - 1 : own;
      known.ack = reverse ? own : ack - 1;
      into.seq = seq;
      into.ack = ack;
    } else {
      const own = reverse ? known.ack : known.seq;
      const other = reverse ? known.seq : known.ack;
      // -S: next to where the connection started, which is far from zero.
      if (!known.absolute && other >= SMALL && ack >= SMALL && Math.abs(ack - other) < SMALL) known.absolute = true;
      into.seq = known.absolute || seq < 0 ? seq : (seq + own) >>> 0;
      into.ack = known.absolute ? ack : (ack + other) >>> 0;
    }
    const side = reverse ? 1 : 0;
    if (into.seq < 0) into.seq = Math.max(0, known.next[side]);
    else known.next[side] = (into.seq + length + ((flags & (FLAG_SYN | FLAG_FIN)) !== 0 ? 1 : 0)) >>> 0;
  }

  /** The numbers of a segment that is quoted: it starts nothing. */
  quoted(key: string, reverse: boolean, seq: number, ack: number, into: { seq: number; ack: number }): void {
    const known = this.starts.get(key);
    const isRelative = known?.started === true && ack >= 0 && !known.absolute;
    const own = isRelative ? (reverse ? known.ack : known.seq) : 0;
    const other = isRelative ? (reverse ? known.seq : known.ack) : 0;
    into.seq = (Math.max(0, seq) + own) >>> 0;
    into.ack = (Math.max(0, ack) + other) >>> 0;
  }

  /** A packet went from one address to another. */
  sent(
    from: string,
    to: string,
    target: Uint8Array,
    proto: number,
    sourcePort: number,
    destinationPort: number,
    word: number,
  ): Sent {
    const known = this.flows.get(from + to);
    const sent = known ?? { proto, sourcePort, destinationPort, word, length: 0, target: target.slice() };
    sent.proto = proto;
    sent.sourcePort = sourcePort;
    sent.destinationPort = destinationPort;
    sent.word = word;
    sent.length = 0;
    if (known === undefined) this.flows.set(from + to, sent);
    this.senders.set(from, sent);
    return sent;
  }

  /** The packet that went there last. */
  last(from: string, to: string): Sent | null {
    return this.flows.get(from + to) ?? null;
  }

  /** The packet that this address sent last. */
  lastOf(from: string): Sent | null {
    return this.senders.get(from) ?? null;
  }

  /** A DNS question, for its answer, which is printed without. */
  asked(key: string, question: string): void {
    this.questions.set(key, question);
  }
  question(key: string): string | null {
    return this.questions.get(key) ?? null;
  }

  /** Who asked by ARP for an address, and when, in seconds. */
  wants(target: string, asker: Uint8Array, at: number): void {
    this.askers.set(target, { asker, at });
  }
  /** Who an answer goes to: whoever asked just before. Null: it was sent unasked. */
  asker(target: string, at: number): Uint8Array | null {
    const asked = this.askers.get(target);
    return asked === undefined || at - asked.at > ANSWER_S || at < asked.at ? null : asked.asker;
  }
}
