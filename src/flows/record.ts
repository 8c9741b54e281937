// A packet as 48 words: three lines of the processor's cache hold all that conversations and journeys want of a frame. Records
// lie in blocks, so that one thread can read and walk frames while another follows what they say.
import { dns } from '../../dissectors/dns.js';
import { erspan } from '../../dissectors/erspan.js';
import { geneve } from '../../dissectors/geneve.js';
import { TYPE as ICMP, icmp, quotes } from '../../dissectors/icmp.js';
import { TYPE as ICMP6, icmpv6 } from '../../dissectors/icmpv6.js';
import { ip } from '../../dissectors/ip.js';
import { fragment, fragmentHeader } from '../../dissectors/ipv6.js';
import { FLAG, tcp } from '../../dissectors/tcp.js';
import { udp } from '../../dissectors/udp.js';
import { vxlan, vxlanGpe } from '../../dissectors/vxlan.js';
import { DIRECTION, type Frame } from '../capture/frame.js';
import { ROLE } from '../dissect/registry.js';
import type { Layers } from '../dissect/walk.js';
import { destinationMac, directionByMac, interfaceHidden, interfaceIndex, sourceMac, statedDirection } from './sight.js';
import type { Stack } from './stack.js';
import { mssOption } from './tcp.js';

/** IANA protocol numbers of the transports that have a meaning here. */
export const PROTO = { icmp: 1, tcp: 6, udp: 17, icmpv6: 58 } as const;

/** Words of a record. */
export const WORDS = 48;

/** Where each value is; an enum, as in the walk. The first two are doubles: their places count in pairs of words. */
export enum AT {
  fileOffset = 0 / 2,
  seconds = 2 / 2,
  number = 4,
  nanoseconds = 5,
  start = 6,
  captured = 7,
  wireLength = 8,
  linkType = 9,
  interfaceId = 10,
  interface = 11,
  /** See BIT. */
  bits = 12,
  /** Time to live (8 bits), that of the outermost header (8), IANA number (8), TCP flags or ICMP type (8). */
  ttls = 13,
  /** IPv4 identification (16 bits), TCP window (16). */
  ident = 14,
  /** Source port (16 bits), destination port (16). */
  ports = 15,
  /** Source, then destination, four words each. */
  address = 16,
  ipLength = 24,
  l4At = 25,
  l4End = 26,
  payloadAt = 27,
  payloadLength = 28,
  seq = 29,
  ack = 30,
  /** MSS option of a SYN (16 bits), VLAN id and one, 0 without a tag (16). */
  mss = 31,
  fingerprint = 33,
  netAt = 34,
  /** A number for the stack of headers. */
  stack = 35,
  // Of the tunnel around the innermost packet, where it has one:
  vni = 37,
  /** UDP destination port (16 bits), kind (16), see TUNNEL. */
  edgePort = 38,
  outerLength = 39,
  outerAddress = 40,
}

/** Bits of the word `bits`, and where its small numbers begin. */
export enum BIT {
  hasTime = 1,
  /** The cooked header hides the interface. */
  hidden = 2,
  laterFragment = 4,
  fragmented = 8,
  hasL4 = 16,
  isError = 32,
  arp = 64,
  unknownLink = 128,
  answers = 1 << 8,
  dns = 1 << 9,
  outerFragment = 1 << 10,
  outerDontFragment = 1 << 11,
  innerTagged = 1 << 12,
}
export enum SHIFT {
  /** 2 bits: as the capture file says. */
  fileDirection = 13,
  /** 2 bits: as all that is known says. */
  direction = 15,
  stop = 17,
  /** 2 bits: 0 no IP, 1 IPv4, 2 IPv6. */
  family = 19,
  /** 4 bits. */
  levels = 21,
}

export const TUNNEL = { ip: 0, vxlan: 1, geneve: 2, gre: 3, erspan: 4 } as const;

/** Next header of the IPv6 fragment header, RFC 8200 section 4.5. */
const IPV6_FRAGMENT = 44;
const DNS_PORT = 53;
/** Where VXLAN and Geneve have the VNI: RFC 7348 section 5, RFC 8926 section 3.4. */
const VNI_AT = 4;

/** Records of packets whose bytes all lie in one chunk. */
export class Block {
  readonly words: Int32Array;
  readonly doubles: Float64Array;
  /** The chunk that the offsets of its records count in. */
  bytes: Uint8Array = new Uint8Array(0);
  count = 0;
  readonly capacity: number;

  constructor(memory: ArrayBuffer | SharedArrayBuffer) {
    this.words = new Int32Array(memory);
    this.doubles = new Float64Array(memory);
    this.capacity = Math.floor(this.words.length / WORDS);
  }

  static bytesFor(records: number): number {
    return records * WORDS * 4;
  }
}

/** Walks the frame, and writes what the walk found into record `n` of the block. `ownMacs`: of the node it was captured on. */
export function record(stack: Stack, frame: Frame, block: Block, n: number, ownMacs: ReadonlySet<number>): void {
  stack.walk(frame);
  const { words, doubles } = block;
  const { layers } = stack;
  const at = n * WORDS;
  block.bytes = frame.bytes;
  doubles[at / 2 + AT.fileOffset] = frame.fileOffset;
  doubles[at / 2 + AT.seconds] = frame.seconds;
  words[at + AT.number] = frame.number;
  words[at + AT.nanoseconds] = frame.nanoseconds;
  words[at + AT.start] = frame.start;
  words[at + AT.captured] = frame.end - frame.start;
  words[at + AT.wireLength] = frame.wireLength;
  words[at + AT.linkType] = frame.linkType;
  words[at + AT.interfaceId] = frame.interfaceId;
  words[at + AT.interface] = interfaceIndex(layers, frame);
  words[at + AT.mss] = (stack.vlan + 1) << 16;
  let direction = statedDirection(layers, frame);
  if (direction === DIRECTION.unknown && ownMacs.size > 0)
    direction = directionByMac(sourceMac(layers), destinationMac(layers), ownMacs);
  const bits =
    (frame.hasTime ? BIT.hasTime : 0) |
    (interfaceHidden(layers) ? BIT.hidden : 0) |
    (stack.arp >= 0 ? BIT.arp : 0) |
    (layers.count > 0 && layers.proto[0] === 0 ? BIT.unknownLink : 0) |
    (frame.direction << SHIFT.fileDirection) |
    (direction << SHIFT.direction) |
    (layers.stop << SHIFT.stop) |
    (stack.levels << SHIFT.levels);
  words[at + AT.bits] = stack.levels === 0 ? bits : bits | recordIp(stack, words, at);
}

/** The innermost IP packet, which a conversation is about. Returns its bits. */
function recordIp(stack: Stack, words: Int32Array, at: number): number {
  const { layers, levels } = stack;
  const { bytes, view } = layers;
  const n = stack.net[levels - 1];
  const net = layers.start[n];
  const l4 = stack.l4[levels - 1];
  const isV4 = layers.proto[n] === ip.ref.id;
  const addresses = at + AT.address;
  let bits: number;
  let ttl: number;
  let ident = 0;
  let proto: number;
  let length = layers.wireEnd[n] - net;
  let stated: number;
  if (isV4) {
    bits = 1 << SHIFT.family;
    words[addresses] = words[addresses + 1] = words[addresses + 4] = words[addresses + 5] = 0;
    words[addresses + 2] = words[addresses + 6] = 0xffff;
    words[addresses + 3] = view.getInt32(net + 12);
    words[addresses + 7] = view.getInt32(net + 16);
    ttl = bytes[net + 8];
    ident = view.getUint16(net + 4);
    const offset = view.getUint16(net + 6) & 0x3fff;
    if (offset !== 0) bits |= (offset & 0x1fff) !== 0 ? BIT.fragmented | BIT.laterFragment : BIT.fragmented;
    proto = bytes[net + 9];
    stated = view.getUint16(net + 2);
  } else {
    bits = 2 << SHIFT.family;
    for (let i = 0; i < 8; i++) words[addresses + i] = view.getInt32(net + 8 + i * 4);
    ttl = bytes[net + 7];
    proto = bytes[net + 6];
    stated = view.getUint16(net + 4) + 40;
    const end = l4 < 0 ? stack.own : l4;
    for (let i = n + 1; i < end; i++) {
      if (layers.proto[i] !== fragment.ref.id) continue;
      const header = layers.start[i];
      bits |= BIT.fragmented | (fragmentHeader.get.offset(bytes, header) !== 0 ? BIT.laterFragment : 0);
      ident = fragmentHeader.get.ident(bytes, header) & 0xffff;
      proto = bytes[header];
    }
  }
  // A quoted or fragmented outer packet holds less than the inner header says: the header is right.
  if (stated > length) length = stated;
  const l4At = l4 < 0 ? layers.body[n] : layers.start[l4];
  const l4End = l4 < 0 ? layers.end[n] : layers.end[l4];
  const payloadAt = l4 < 0 ? l4At : layers.body[l4];
  const wireEnd = l4 < 0 ? layers.wireEnd[n] : layers.wireEnd[l4];
  let srcPort = 0;
  let dstPort = 0;
  /** TCP flags or ICMP type. */
  let kind = 0;
  let window = 0;
  if (l4 >= 0) {
    bits |= BIT.hasL4;
    const transport = layers.proto[l4];
    if (transport === tcp.ref.id) {
      proto = PROTO.tcp;
      srcPort = view.getUint16(l4At);
      dstPort = view.getUint16(l4At + 2);
      kind = bytes[l4At + 13];
      window = view.getUint16(l4At + 14);
      words[at + AT.seq] = view.getInt32(l4At + 4);
      words[at + AT.ack] = view.getInt32(l4At + 8);
      if ((kind & FLAG.syn) !== 0) {
        words[at + AT.mss] |= mssOption(bytes, l4At + 20, payloadAt < l4End ? payloadAt : l4End);
        if ((kind & FLAG.ack) !== 0) bits |= BIT.answers;
      } else if (srcPort < dstPort && srcPort < 1024) bits |= BIT.answers;
    } else if (transport === udp.ref.id) {
      proto = PROTO.udp;
      srcPort = view.getUint16(l4At);
      dstPort = view.getUint16(l4At + 2);
      if (srcPort < 1024 && srcPort < dstPort) bits |= BIT.answers;
      if ((srcPort === DNS_PORT || dstPort === DNS_PORT) && layers.proto[stack.own - 1] === dns.ref.id) bits |= BIT.dns;
    } else if (transport === icmp.ref.id) {
      proto = PROTO.icmp;
      kind = bytes[l4At];
      // An echo's identifier is its port; of other messages, which have no conversation, the type is.
      srcPort = dstPort = kind === ICMP.echoRequest || kind === ICMP.echoReply ? (bytes[l4At + 4] << 8) | bytes[l4At + 5] : kind;
      if (quotes(kind)) bits |= BIT.isError;
      else if (kind === ICMP.echoReply) bits |= BIT.answers;
    } else if (transport === icmpv6.ref.id) {
      proto = PROTO.icmpv6;
      kind = bytes[l4At];
      // The header common to all types is four bytes: of a cut echo the identifier may be missing.
      const isEcho = (kind === ICMP6.echoRequest || kind === ICMP6.echoReply) && l4End - l4At >= 6;
      srcPort = dstPort = isEcho ? (bytes[l4At + 4] << 8) | bytes[l4At + 5] : kind;
      if (kind < 128) bits |= BIT.isError;
      else if (kind === ICMP6.echoReply) bits |= BIT.answers;
    } else words[at + AT.seq] = words[at + AT.ack] = 0;
  }
  let outerTtl = ttl;
  if (levels > 1) {
    const outermost = layers.start[stack.net[0]];
    outerTtl = layers.proto[stack.net[0]] === ip.ref.id ? bytes[outermost + 8] : bytes[outermost + 7];
    bits |= recordTunnel(stack, words, at);
  }
  words[at + AT.ttls] = ttl | (outerTtl << 8) | (proto << 16) | (kind << 24);
  words[at + AT.ident] = ident | (window << 16);
  words[at + AT.ports] = srcPort | (dstPort << 16);
  words[at + AT.ipLength] = length;
  words[at + AT.netAt] = net;
  words[at + AT.stack] = stack.hash;
  words[at + AT.l4At] = l4At;
  words[at + AT.l4End] = l4End;
  words[at + AT.payloadAt] = payloadAt;
  words[at + AT.payloadLength] = wireEnd > payloadAt ? wireEnd - payloadAt : 0;
  const print = fingerprint(view, l4At, l4End, payloadAt, proto, ident, (bits & BIT.laterFragment) !== 0);
  words[at + AT.fingerprint] = hasNoAddress(words, addresses, isV4) ? print ^ senderOnLink(layers, n) : print;
  return bits;
}

/** The source is `0.0.0.0` or `::`. */
const hasNoAddress = (words: Int32Array, at: number, isV4: boolean): boolean =>
  words[at + 3] === 0 && (isV4 || (words[at] | words[at + 1] | words[at + 2]) === 0);

/**
 * Who has no address yet (DAD, MLD, DHCP) says the same as its neighbours do. No router passes that on (RFC 4291 section 2.5.2, RFC 1122
 * section 3.2.1.3), and bridges and tunnels leave its MAC alone: a hash of it, 0 where there is none. `n`: its IP header.
 */
function senderOnLink(layers: Layers, n: number): number {
  const { roles } = layers.registry;
  for (let i = n - 1; i >= 0 && roles[layers.proto[i]] !== ROLE.network; i--) {
    const from = sourceMac(layers, i);
    if (from >= 0) return mix((from % 0x1_0000_0000) ^ (from / 0x1_0000_0000));
  }
  return 0;
}

/** The tunnel around the innermost packet. Returns its bits. */
function recordTunnel(stack: Stack, words: Int32Array, at: number): number {
  const { layers, levels } = stack;
  const { bytes, view } = layers;
  const outer = stack.net[levels - 2];
  const net = layers.start[outer];
  const tunnel = stack.tunnel[levels - 1];
  let bits = 0;
  let vni = -1;
  let kind: number = TUNNEL.ip;
  let port = 0;
  if (tunnel >= 0) {
    const proto = layers.proto[tunnel];
    if (proto === vxlan.ref.id || proto === vxlanGpe.ref.id) kind = TUNNEL.vxlan;
    else if (proto === geneve.ref.id) kind = TUNNEL.geneve;
    else kind = proto === erspan.ref.id ? TUNNEL.erspan : TUNNEL.gre;
    if (kind === TUNNEL.vxlan || kind === TUNNEL.geneve) vni = view.getUint32(layers.start[tunnel] + VNI_AT) >>> 8;
    const l4 = stack.l4[levels - 2];
    if (l4 >= 0) port = view.getUint16(layers.start[l4] + 2);
    // The tag of an inner Ethernet header, which is the layer behind the tunnel's.
    const inner = tunnel + 1;
    if (inner + 1 < layers.count && layers.start[inner + 1] - layers.start[inner] === 14) {
      const type = view.getUint16(layers.start[inner] + 12);
      if (type === 0x8100 || type === 0x88a8) bits |= BIT.innerTagged;
    }
  }
  const addresses = at + AT.outerAddress;
  let length: number;
  if (layers.proto[outer] === ip.ref.id) {
    words[addresses] = words[addresses + 1] = words[addresses + 4] = words[addresses + 5] = 0;
    words[addresses + 2] = words[addresses + 6] = 0xffff;
    words[addresses + 3] = view.getInt32(net + 12);
    words[addresses + 7] = view.getInt32(net + 16);
    length = view.getUint16(net + 2);
    // More fragments, or an offset: the outer packet was cut on its way (RFC 7348 section 4.3 forbids the end points to).
    if ((view.getUint16(net + 6) & 0x3fff) !== 0) bits |= BIT.outerFragment;
    if ((bytes[net + 6] & 0x40) !== 0) bits |= BIT.outerDontFragment;
  } else {
    for (let i = 0; i < 8; i++) words[addresses + i] = view.getInt32(net + 8 + i * 4);
    length = view.getUint16(net + 4) + 40;
    if (bytes[net + 6] === IPV6_FRAGMENT) bits |= BIT.outerFragment;
  }
  words[at + AT.vni] = vni;
  words[at + AT.edgePort] = port | (kind << 16);
  words[at + AT.outerLength] = length;
  return bits;
}

/** Of the tunnel in record `at`: its end points, VNI, port and kind. */
export function edgeHash(words: Int32Array, at: number): number {
  let hash = Math.imul(words[at + AT.vni], 0x9e3779b1) ^ Math.imul(words[at + AT.edgePort], 0x85ebca6b);
  for (let i = AT.outerAddress; i < AT.outerAddress + 8; i++) hash = Math.imul(hash ^ words[at + i], 0xc2b2ae35);
  return mix(hash);
}

/** Symmetric: both ways of a conversation hash alike. Addresses of four words each, source first. */
export const endsHash = (words: Int32Array, at: number, srcPort: number, dstPort: number, proto: number): number =>
  mix((endHash(words, at, srcPort) + endHash(words, at + 4, dstPort) + proto) | 0);

const endHash = (words: Int32Array, at: number, port: number): number =>
  mix(Math.imul(words[at + 3] ^ Math.imul(words[at + 2] ^ words[at + 1] ^ words[at], 0x85ebca6b) ^ (port << 16), 0x9e3779b1));

/**
 * A number that all copies of a packet share, translated and fragmented ones too. Without lengths: offloads merge and cut
 * segments, routers fragment. Without addresses and ports: NAT rewrites them.
 */
function fingerprint(
  view: DataView,
  at: number,
  end: number,
  payloadAt: number,
  proto: number,
  ident: number,
  laterFragment: boolean,
): number {
  let h = Math.imul(ident ^ (proto << 16), 0x9e3779b1);
  if (laterFragment) return h ^ 0x5bd1e995;
  if (proto === PROTO.tcp) {
    if (at + 14 <= end)
      h =
        Math.imul(h ^ view.getInt32(at + 4), 0xc2b2ae35) ^ Math.imul(view.getInt32(at + 8) ^ view.getUint8(at + 13), 0x27d4eb2f);
  } else if (proto === PROTO.udp) {
    if (at + 8 <= end) h = Math.imul(h ^ view.getUint16(at + 4), 0xc2b2ae35);
    if (payloadAt + 8 <= end)
      h = Math.imul(h ^ view.getInt32(payloadAt), 0xc2b2ae35) ^ Math.imul(view.getInt32(payloadAt + 4), 0x27d4eb2f);
  } else if (at + 8 <= end) {
    // ICMP: type and code, sequence number (its identifier may be translated), then what follows.
    h = Math.imul(h ^ (view.getUint16(at) << 16) ^ view.getUint16(at + 6), 0xc2b2ae35);
    if (at + 16 <= end) h ^= Math.imul(view.getInt32(at + 12), 0x27d4eb2f);
  }
  return h | 0;
}

/** Spreads the bits of a 32-bit value (the finalizer of MurmurHash3, in the public domain). */
export function mix(h: number): number {
  let x = h ^ (h >>> 16);
  x = Math.imul(x, 0x85ebca6b);
  x ^= x >>> 13;
  x = Math.imul(x, 0xc2b2ae35);
  return x ^ (x >>> 16);
}
