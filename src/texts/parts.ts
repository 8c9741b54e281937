// What the readers of a packet's parts share.
import { FrameText, OPEN } from './frame.js';
import { Lately } from './lately.js';
import { Memory, type Sent } from './memory.js';
import { Names } from './names.js';
import { Scan } from './scan.js';
import { Sums } from './sums.js';

/** An end of a packet: address, and the port where one is printed (-1: none). */
export interface End {
  readonly bytes: Uint8Array;
  port: number;
}

/** What stands in `(tos 0x0, ttl 64, ...)` or `(hlim 64, ...)`; -1 where it does not. */
export interface Header {
  tos: number;
  ttl: number;
  id: number;
  offset: number;
  /** DF 0x4000, MF 0x2000. */
  flags: number;
  proto: number;
  /** Total length of IPv4, payload length of IPv6. */
  length: number;
  label: number;
}

/** Most packets inside packets that are read: tunnels, and what errors quote. */
export const MAX_DEPTH = 6;

/** One packet's text being read, and the frame that is made of it. */
export class Parts {
  readonly scan = new Scan();
  readonly frame = new FrameText();
  readonly names = new Names();
  readonly memory = new Memory();
  readonly lately = new Lately();
  readonly sums = new Sums(this.frame);
  readonly numbers = { seq: 0, ack: 0 };
  readonly header: Header = { tos: -1, ttl: -1, id: -1, offset: 0, flags: 0, proto: -1, length: -1, label: 0 };
  /** Source MAC of the link header, where one is printed. */
  readonly sourceMac = new Uint8Array(6);
  hasSourceMac = false;
  depth = 0;
  /** A packet that an error quotes is read: it is remembered by nobody. */
  quoted = false;
  /** When the packet was seen, in seconds. */
  atSeconds = 0;
  /** What is remembered of the packets in the frame: their lengths are known when it is made. */
  readonly sent: { readonly sent: Sent; readonly header: number }[] = [];

  /** Remembers the packet whose IP header is the last one made. */
  remember(from: End, to: End, family: 4 | 6, proto: number, word: number): void {
    if (this.quoted) return;
    const sent = this.memory.sent(
      addressKey(from.bytes, family),
      addressKey(to.bytes, family),
      to.bytes,
      proto,
      from.port,
      to.port,
      word,
    );
    this.sent.push({ sent, header: this.frame.lastIp });
  }

  /** How long the packet is, is not printed, but in its IP header (-v). */
  lengthIsOpen(): void {
    this.frame.open |= OPEN.length | (this.header.length < 0 ? OPEN.total : 0);
  }

  /** The frame is made. */
  measure(): void {
    const { sent, frame } = this;
    if (frame.firstIp >= 0) this.lately.keep(frame.bytes, frame.firstIp, frame.length);
    for (const one of sent) one.sent.length = frame.ipLengthAt(one.header);
    sent.length = 0;
  }
}

/** Flow key of an end. */
export const endKey = ({ bytes, port }: End, family: 4 | 6): string =>
  family === 4 && port >= 0
    ? String.fromCharCode((bytes[0] << 8) | bytes[1], (bytes[2] << 8) | bytes[3], port)
    : addressKey(bytes, family) + (port < 0 ? '' : String.fromCharCode(port));

export function addressKey(bytes: Uint8Array, family: 4 | 6): string {
  let key = String.fromCharCode((bytes[0] << 8) | bytes[1], (bytes[2] << 8) | bytes[3]);
  if (family === 6) for (let i = 4; i < 16; i += 2) key += String.fromCharCode((bytes[i] << 8) | bytes[i + 1]);
  return key;
}
