// ICMP and ICMPv6 errors, each tied to the conversation it quotes. One record per kind of error, sender and quoted flow.

import { FRAGMENTATION_NEEDED, header as icmpHeader, nextHopMtu, TYPE } from '../../dissectors/icmp.js';
import { OPTION, TYPE as TYPE6 } from '../../dissectors/icmpv6.js';
import { ip } from '../../dissectors/ip.js';
import { u32 } from '../bytes/read.js';
import { ROLE } from '../dissect/registry.js';
import { Ip } from '../topology/ip.js';
import { type Mark, mark } from './mark.js';
import { type Packet, PROTO } from './packet.js';

export type ErrorKind = 'unreachable' | 'too-big' | 'redirect' | 'ttl-exceeded' | 'parameter';

export interface IcmpError {
  readonly kind: ErrorKind;
  readonly family: 4 | 6;
  readonly type: number;
  readonly code: number;
  /** Who sent it, to whom. */
  readonly from: Ip;
  readonly to: Ip;
  /** Next-hop MTU of a too-big, in bytes; gateway of a redirect. */
  mtu: number;
  readonly gateway: Ip | null;
  /** The outermost quoted packet. */
  readonly src: Ip;
  readonly dst: Ip;
  readonly proto: number;
  readonly srcPort: number;
  readonly dstPort: number;
  /** Length of the quoted packet as its own header says, the largest seen. */
  quotedLength: number;
  /** Sequence number of the last segment that was quoted (the innermost), or -1. */
  seq: number;
  /** The quoted packet is a tunnel's outer packet: its inner addresses and ports, where the quote reaches that far. */
  readonly inner: {
    readonly src: Ip;
    readonly dst: Ip;
    readonly proto: number;
    readonly srcPort: number;
    readonly dstPort: number;
    readonly length: number;
  } | null;
  count: number;
  readonly marks: Mark[];
  readonly firstNs: number;
  lastNs: number;
}

const MAX_ERRORS = 16_384;
const MAX_MARKS = 4;
/** Hop-by-hop options, routing and destination options of IPv6 (RFC 8200 section 4.1), and most of them that are looked past. */
const EXTENSIONS = new Set([0, 43, 60]);
const MAX_EXTENSIONS = 8;

interface Quoted {
  src: Ip;
  dst: Ip;
  proto: number;
  srcPort: number;
  dstPort: number;
  length: number;
}

export class IcmpErrors {
  private readonly table = new Map<string, IcmpError>();
  forgotten = 0;

  get list(): Iterable<IcmpError> {
    return this.table.values();
  }

  /** Lets go of errors that were not repeated since. */
  forgetBefore(ns: number): void {
    for (const [key, error] of this.table) if (error.lastNs < ns) this.table.delete(key);
  }

  /** An ICMP error (`p.isError`), counted once however often it was seen. */
  observe(p: Packet): void {
    const { bytes, l4At: at, layers } = p;
    const kind = kindOf(p);
    if (kind === null || layers.quotedFrom >= layers.count) return;
    const quoted = quotedAt(p, layers.quotedFrom);
    if (quoted === null) return;
    const { family } = p;
    const gateway = kind === 'redirect' && family === 4 ? new Ip().read(bytes, at + 4, 4) : null;
    const known = this.entry(p, kind, quoted, gateway);
    if (known === null) return;
    known.seq = quotedSeq(p);
    known.quotedLength = Math.max(known.quotedLength, quoted.length);
    if (kind === 'too-big') {
      const mtu = family === 4 ? nextHopMtu(bytes, at) : u32(bytes, at + 4);
      known.mtu = known.mtu === 0 ? mtu : Math.min(known.mtu, mtu);
    }
  }

  /** A redirect of IPv6, which is a message of neighbour discovery: target, destination, options (RFC 4861 section 4.5). */
  observeRedirect(p: Packet): void {
    const { bytes, l4At: at, l4End: end } = p;
    if (at + 40 > end) return;
    const dst = new Ip().read(bytes, at + 24, 6);
    const none = { src: address(p, 4), dst, proto: 0, srcPort: 0, dstPort: 0, length: 0 };
    this.entry(p, 'redirect', redirected(bytes, at + 40, end) ?? none, new Ip().read(bytes, at + 8, 6));
  }

  /** The record of an error, counted once more; null where there is no room for it. */
  private entry(p: Packet, kind: ErrorKind, quoted: Quoted, gateway: Ip | null): IcmpError | null {
    const { bytes, l4At: at, layers } = p;
    const code = bytes[at + 1];
    const from = address(p, 0);
    const key = `${kind} ${code} ${from} ${quoted.src} ${quoted.dst} ${quoted.proto} ${quoted.srcPort} ${quoted.dstPort}`;
    let known = this.table.get(key);
    if (known === undefined) {
      if (this.table.size >= MAX_ERRORS) {
        this.forgotten++;
        return null;
      }
      const inner = layers.quotedFrom < layers.count ? nextNetwork(p, layers.quotedFrom + 1) : -1;
      const innerQuoted = inner < 0 ? null : quotedAt(p, inner);
      known = {
        kind,
        family: p.family === 4 ? 4 : 6,
        type: icmpHeader.get.type(bytes, at),
        code,
        from,
        to: address(p, 4),
        mtu: 0,
        gateway,
        src: quoted.src,
        dst: quoted.dst,
        proto: quoted.proto,
        srcPort: quoted.srcPort,
        dstPort: quoted.dstPort,
        quotedLength: 0,
        seq: -1,
        inner: innerQuoted,
        count: 0,
        marks: [],
        firstNs: p.timeNs,
        lastNs: p.timeNs,
      };
      this.table.set(key, known);
    }
    known.count++;
    known.lastNs = p.timeNs;
    if (known.marks.length < MAX_MARKS) known.marks.push(mark(p));
    return known;
  }
}

function kindOf(p: Packet): ErrorKind | null {
  const type = p.bytes[p.l4At];
  const code = p.bytes[p.l4At + 1];
  if (p.proto === PROTO.icmp) {
    if (type === TYPE.unreachable) return code === FRAGMENTATION_NEEDED ? 'too-big' : 'unreachable';
    if (type === TYPE.redirect) return 'redirect';
    if (type === TYPE.timeExceeded) return 'ttl-exceeded';
    return type === TYPE.parameter ? 'parameter' : null;
  }
  if (type === TYPE6.unreachable) return 'unreachable';
  if (type === TYPE6.tooBig) return 'too-big';
  if (type === TYPE6.timeExceeded) return 'ttl-exceeded';
  return type === TYPE6.parameter ? 'parameter' : null;
}

const address = (p: Packet, from: 0 | 4): Ip =>
  new Ip(p.address[from], p.address[from + 1], p.address[from + 2], p.address[from + 3]);

function nextNetwork(p: Packet, from: number): number {
  const { layers } = p;
  for (let i = from; i < layers.count; i++) if (layers.registry.roles[layers.proto[i]] === ROLE.network) return i;
  return -1;
}

/** The packet in the option of a redirect (RFC 4861 section 4.6.3), or null. */
function redirected(bytes: Uint8Array, from: number, end: number): Quoted | null {
  for (let at = from; at + 8 <= end && bytes[at + 1] > 0; at += bytes[at + 1] * 8) {
    const header = at + 8;
    if (bytes[at] !== OPTION.redirected || header + 40 > end || bytes[header] >> 4 !== 6) continue;
    return quotedFrom(bytes, header, header + 40, end, false);
  }
  return null;
}

/** TCP sequence number of the innermost quoted packet, which the 64 bits after its IP header hold (RFC 792); else -1. */
function quotedSeq(p: Packet): number {
  const { layers, bytes } = p;
  let last = layers.quotedFrom;
  for (let i = nextNetwork(p, last + 1); i >= 0; i = nextNetwork(p, i + 1)) last = i;
  const at = layers.start[last];
  const proto = layers.proto[last] === ip.ref.id ? bytes[at + 9] : bytes[at + 6];
  const l4 = layers.body[last];
  return proto === PROTO.tcp && l4 + 8 <= layers.end[last] ? u32(bytes, l4 + 4) : -1;
}

/** The bytes at `at` can be the start of an IP header: version, and the header length of IPv4 (RFC 791 section 3.1: five words or more). */
const isHeader = (bytes: Uint8Array, at: number, v4: boolean): boolean =>
  v4 ? bytes[at] >> 4 === 4 && (bytes[at] & 15) >= 5 : bytes[at] >> 4 === 6;

/** The IP packet whose header is layer `i`; null where those bytes are none, as an error made by a program under construction may have. */
function quotedAt(p: Packet, i: number): Quoted | null {
  const { layers, bytes } = p;
  if (layers.registry.roles[layers.proto[i]] !== ROLE.network) return null;
  const v4 = layers.proto[i] === ip.ref.id;
  if (!isHeader(bytes, layers.start[i], v4)) return null;
  return quotedFrom(bytes, layers.start[i], layers.body[i], layers.end[i], v4);
}

/** A quoted IP packet; ports as far as they were quoted (RFC 792: 64 bits after the IP header). */
function quotedFrom(bytes: Uint8Array, at: number, header: number, end: number, v4: boolean): Quoted {
  let proto = v4 ? bytes[at + 9] : bytes[at + 6];
  let l4 = header;
  // Extension headers that say their length in units of eight bytes (RFC 8200 section 4).
  for (let n = 0; !v4 && EXTENSIONS.has(proto) && l4 + 8 <= end && n < MAX_EXTENSIONS; n++) {
    proto = bytes[l4];
    l4 += (bytes[l4 + 1] + 1) * 8;
  }
  const ports = (proto === PROTO.tcp || proto === PROTO.udp || proto === 132) && l4 + 4 <= end;
  const echo = (proto === PROTO.icmp || proto === PROTO.icmpv6) && l4 + 6 <= end;
  const ident = echo ? (bytes[l4 + 4] << 8) | bytes[l4 + 5] : 0;
  return {
    src: new Ip().read(bytes, at + (v4 ? 12 : 8), v4 ? 4 : 6),
    dst: new Ip().read(bytes, at + (v4 ? 16 : 24), v4 ? 4 : 6),
    proto,
    srcPort: ports ? (bytes[l4] << 8) | bytes[l4 + 1] : ident,
    dstPort: ports ? (bytes[l4 + 2] << 8) | bytes[l4 + 3] : ident,
    length: v4 ? (bytes[at + 2] << 8) | bytes[at + 3] : ((bytes[at + 4] << 8) | bytes[at + 5]) + 40,
  };
}
