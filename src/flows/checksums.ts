// Checksums of packets on trial: of the first packet of each way of a conversation, and of data that is sent again, which may be
// because its checksum is wrong. Checking every payload would cost more than all the rest of the work.

import { ip } from '../../dissectors/ip.js';
import { udp } from '../../dissectors/udp.js';
import { checksum, judgeSum, SUM } from '../bytes/checksum.js';
import { UNKNOWN } from '../capture/frame.js';
import { type Mark, mark } from './mark.js';
import { type Packet, PROTO } from './packet.js';
import { PROTO_NAMES } from './proto.js';

export const CHECKSUM = {
  right: 0,
  wrong: 1,
  /** Cannot be told: cut, in pieces, or there is none. */ unknown: 2,
  offloaded: 3,
} as const;

export interface WrongChecksums {
  readonly port: number;
  readonly direction: number;
  /** Which header: `ip`, `tcp`, `udp`, `icmp` or `icmpv6`. */
  readonly what: string;
  count: number;
  readonly uids: Set<number>;
  readonly marks: Mark[];
}

const MAX_MARKS = 4;
const MAX_GROUPS = 1024;
const MAX_UIDS = 256;

export class Checksums {
  private readonly wrong = new Map<string, WrongChecksums>();
  /** Packets with a wrong one whose group found no room. */
  forgotten = 0;

  get list(): Iterable<WrongChecksums> {
    return this.wrong.values();
  }

  /** Checks the innermost IP packet, of conversation `uid`. */
  check(p: Packet, uid: number): void {
    if (ipHeader(p) === CHECKSUM.wrong) this.note(p, 'ip', uid);
    else if (transport(p) === CHECKSUM.wrong) this.note(p, PROTO_NAMES[p.proto] ?? '', uid);
  }

  private note(p: Packet, what: string, uid: number): void {
    const key = `${p.port} ${p.direction} ${what}`;
    let group = this.wrong.get(key);
    if (group === undefined) {
      if (this.wrong.size >= MAX_GROUPS) {
        this.forgotten++;
        return;
      }
      group = { port: p.port, direction: p.direction, what, count: 0, uids: new Set(), marks: [] };
      this.wrong.set(key, group);
    }
    group.count++;
    if (group.uids.size < MAX_UIDS) group.uids.add(uid);
    if (group.marks.length < MAX_MARKS) group.marks.push(mark(p));
  }
}

/** Header checksum of IPv4; IPv6 has none. */
export function ipHeader(p: Packet): number {
  if (p.family !== 4 || (p.unknown & UNKNOWN.checksum) !== 0) return CHECKSUM.unknown;
  const { bytes, netAt: at } = p;
  const end = at + (bytes[at] & 15) * 4;
  if (end > p.frameEnd) return CHECKSUM.unknown;
  if (checksum(bytes, at, end) === 0) return CHECKSUM.right;
  // The card fills it in.
  return bytes[at + 10] === 0 && bytes[at + 11] === 0 ? CHECKSUM.offloaded : CHECKSUM.wrong;
}

/**
 * UDP checksum of the header in front of a tunnel's. A wrong one is believed only where the whole frame is there and the packet inside is
 * whole too: a sender that leaves the inner checksum to its card has the outer one right for the finished packet (local checksum offload,
 * Documentation/networking/checksum-offloads.rst of Linux).
 */
export function outerSum(p: Packet): number {
  if ((p.wrongSums & 2) !== 0) return CHECKSUM.wrong;
  const { stack } = p;
  const { layers } = stack;
  const level = p.levels > 1 ? p.levels - 2 : 0;
  const l4 = stack.l4[level];
  const net = layers.start[stack.net[level]];
  if (l4 < 0 || layers.proto[l4] !== udp.ref.id || p.outerFragmented || (p.unknown & UNKNOWN.checksum) !== 0)
    return CHECKSUM.unknown;
  const { bytes } = layers;
  const isV4 = layers.proto[stack.net[level]] === ip.ref.id;
  const at = layers.start[l4];
  if (net + (isV4 ? 20 : 40) !== at) return CHECKSUM.unknown;
  const end = at + ((bytes[at + 4] << 8) | bytes[at + 5]);
  const stated = (bytes[at + 6] << 8) | bytes[at + 7];
  if (stated === 0 || end < at + 8 || end > p.frameEnd) return CHECKSUM.unknown;
  const [addresses, size] = isV4 ? ([net + 12, 4] as const) : ([net + 8, 16] as const);
  const sum = judgeSum(bytes, at, end, stated, addresses, size, PROTO.udp);
  if (sum === SUM.right) return CHECKSUM.right;
  if (sum !== SUM.wrong) return CHECKSUM.offloaded;
  if (p.levels < 2) return CHECKSUM.wrong;
  const inside = transport(p);
  const isWhole = inside === CHECKSUM.right || (inside === CHECKSUM.unknown && p.proto === PROTO.udp && !p.fragmented);
  return isWhole ? CHECKSUM.wrong : CHECKSUM.unknown;
}

/** Checksum of TCP, UDP, ICMP or ICMPv6. */
export function transport(p: Packet): number {
  const { bytes, l4At: at, proto } = p;
  if ((p.wrongSums & 1) !== 0 && p.hasL4 && !p.fragmented) return CHECKSUM.wrong;
  const field = proto === PROTO.tcp ? 16 : proto === PROTO.udp ? 6 : 2;
  if (!p.hasL4 || p.fragmented || PROTO_NAMES[proto] === undefined || (p.unknown & UNKNOWN.checksum) !== 0)
    return CHECKSUM.unknown;
  const ip = p.netAt;
  const end = ip + p.ipLength;
  if (end > p.frameEnd || at + field + 2 > end) return CHECKSUM.unknown;
  const stated = (bytes[at + field] << 8) | bytes[at + field + 1];
  if (proto === PROTO.udp && stated === 0) return CHECKSUM.unknown;
  if (proto === PROTO.icmp) return checksum(bytes, at, end) === 0 ? CHECKSUM.right : CHECKSUM.wrong;
  // A routing header or a source route holds the address that counts (RFC 8200 section 8.1): not worth the walk.
  if (ip + (p.family === 4 ? 20 : 40) !== at) return CHECKSUM.unknown;
  const [addresses, size] = p.family === 4 ? ([ip + 12, 4] as const) : ([ip + 8, 16] as const);
  const sum = judgeSum(bytes, at, end, stated, addresses, size, proto);
  if (sum === SUM.wrong) return proto === PROTO.udp && looksLikeTunnel(p) ? CHECKSUM.unknown : CHECKSUM.wrong;
  return sum === SUM.right ? CHECKSUM.right : CHECKSUM.offloaded;
}

/**
 * Does a datagram on a port that is not known to be a tunnel's carry an Ethernet frame with IP after a header of VXLAN (RFC 7348
 * section 5) or Geneve (RFC 8926 section 3.4)? Its checksum is right once the card has filled in the inner one, which it covers (local checksum
 * offload, Documentation/networking/checksum-offloads.rst of Linux).
 */
function looksLikeTunnel(p: Packet): boolean {
  return tunnelGuess(p) !== null;
}

/** The kind of tunnel that the bytes of a datagram look like; null: of none. */
export function tunnelGuess({ bytes, payloadAt: at, l4End }: Packet): 'vxlan' | 'geneve' | null {
  if (at + 8 > l4End || bytes[at + 7] !== 0) return null;
  const isVxlan = bytes[at] === 0x08 && bytes[at + 1] === 0 && bytes[at + 2] === 0 && bytes[at + 3] === 0;
  const isGeneve = bytes[at] >> 6 === 0 && bytes[at + 2] === 0x65 && bytes[at + 3] === 0x58;
  const type = at + 8 + (isGeneve ? (bytes[at] & 0x3f) * 4 : 0) + 12;
  if ((!isVxlan && !isGeneve) || type + 3 > l4End) return null;
  const version = bytes[type + 2] >> 4;
  const isIp =
    (bytes[type] === 0x08 && bytes[type + 1] === 0x00 && version === 4) ||
    (bytes[type] === 0x86 && bytes[type + 1] === 0xdd && version === 6);
  return isIp ? (isVxlan ? 'vxlan' : 'geneve') : null;
}
