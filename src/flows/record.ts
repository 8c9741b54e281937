// A packet as words (declared.ts): all that conversations and journeys want of a frame. Records lie in blocks, so that one thread can
// read and walk frames while another follows what they say.

import { dns } from '../../dissectors/dns.js';
import { erspan } from '../../dissectors/erspan.js';
import { eth } from '../../dissectors/eth.js';
import { geneve } from '../../dissectors/geneve.js';
import { gtp } from '../../dissectors/gtp.js';
import { TYPE as ICMP, icmp, quotes } from '../../dissectors/icmp.js';
import { TYPE as ICMP6, icmpv6 } from '../../dissectors/icmpv6.js';
import { ip } from '../../dissectors/ip.js';
import { fragment } from '../../dissectors/ipv6.js';
import { lispData } from '../../dissectors/lisp.js';
import { sll, sll2 } from '../../dissectors/sll.js';
import { FLAG, tcp } from '../../dissectors/tcp.js';
import { udp } from '../../dissectors/udp.js';
import { vxlan, vxlanGpe } from '../../dissectors/vxlan.js';
import { mix } from '../bytes/mix.js';
import { DIRECTION, type Direction, type Frame, UNKNOWN } from '../capture/frame.js';
import { ROLE } from '../dissect/registry.js';
import { DATA, type Layers } from '../dissect/walk.js';
import { ETH, FRAGMENT, GENEVE, IP, IPV6, SIZE, SLL, SLL2, TCP, UDP, VXLAN } from './generated/header-offsets.js';
import {
  AT,
  BIT,
  packetEdgePort,
  packetIdent,
  packetPorts,
  packetTags,
  packetTtls,
  SHIFT,
  WORDS,
} from './generated/packet-words.js';
import { PROTO } from './proto.js';
import {
  cookedKind,
  destinationMac,
  directionByMac,
  directionOfType,
  ethernetKind,
  KIND,
  MAC_BYTES,
  sourceMac,
} from './sight.js';
import type { Stack } from './stack.js';
import { mssOption } from './tcp.js';

export const TUNNEL = { ip: 0, vxlan: 1, geneve: 2, gre: 3, erspan: 4, gtp: 5, lisp: 6 } as const;

/** Next header of the IPv6 fragment header, RFC 8200 section 4.5. */
const IPV6_FRAGMENT = 44;
const DNS_PORT = 53;
/** No protocol's number. */
const NO_LAYER = -1;
/** All of IPv4's flags and fragment offset but DF, RFC 791. */
const FRAGMENTED = 0x3fff;
const DONT_FRAGMENT = 0x4000;
const OFFSET = 0x1fff;

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
  words[at + AT.tags] = packetTags(0, stack.vlan + 1, (frame.unknown >> 6) & 3);
  const bits =
    recordLink(stack, frame, words, at, ownMacs) |
    (frame.hasTime ? BIT.hasTime : 0) |
    (stack.arp >= 0 ? BIT.isArp : 0) |
    (frame.unknown << SHIFT.unknown) |
    (frame.direction << SHIFT.fileDirection) |
    (layers.stop << SHIFT.stop) |
    (stack.levels << SHIFT.levels);
  words[at + AT.bits] = stack.levels === 0 ? bits : bits | recordIp(stack, words, at);
}

/**
 * What the outermost header says: interface, direction, kind of frame, MACs; and the MACs of the innermost Ethernet header where it is another
 * one. Returns its bits. The same as the functions of sight.ts say one by one.
 */
function recordLink(stack: Stack, frame: Frame, words: Int32Array, at: number, ownMacs: ReadonlySet<number>): number {
  const { layers, innerEth } = stack;
  const { bytes, view } = layers;
  const first = layers.count > 0 ? layers.proto[0] : NO_LAYER;
  const link = layers.start[0];
  let index = frame.interfaceId;
  let direction: number = frame.direction;
  let bits = 0;
  let handling = 0;
  let kind: number = KIND.unknown;
  if (first === sll2.ref.id || first === sll.ref.id) {
    let type: number;
    let size: number;
    let from: number;
    if (first === sll2.ref.id) {
      index = view.getInt32(link + SLL2.ifindex);
      type = bytes[link + SLL2.pkttype];
      size = bytes[link + SLL2.halen];
      from = link + SLL2.addr;
    } else {
      bits = BIT.hidden;
      type = view.getUint16(link + SLL.pkttype);
      size = bytes[link + SLL.halen + 1];
      from = link + SLL.addr;
    }
    kind = cookedKind(type);
    direction = directionOfType(type & 0xff);
    if (size === MAC_BYTES) {
      handling = BIT.hasSourceMac;
      words[at + AT.macs + 1] = view.getUint16(from);
      words[at + AT.macs + 2] = view.getInt32(from + 2);
    }
  } else if (first === eth.ref.id && (frame.unknown & UNKNOWN.link) === 0) {
    handling = BIT.hasDestinationMac | BIT.hasSourceMac;
    copyMacs(view, link, words, at + AT.macs);
  } else if (first === DATA) bits = BIT.unknownLink;
  if (direction === DIRECTION.unknown && ownMacs.size > 0)
    direction = directionByMac(sourceMac(layers), destinationMac(layers), ownMacs);
  if (first === eth.ref.id && (frame.unknown & UNKNOWN.link) === 0)
    kind = ethernetKind(bytes, link, direction as Direction, ownMacs);
  else if (first !== sll2.ref.id && first !== sll.ref.id && direction === DIRECTION.out) kind = KIND.outgoing;
  if (innerEth > 0 && (frame.unknown & UNKNOWN.innerLink) === 0) {
    handling |= BIT.hasInnerMacs;
    copyMacs(view, layers.start[innerEth], words, at + AT.innerMacs);
  }
  words[at + AT.interface] = index;
  words[at + AT.handling] = handling | (kind << SHIFT.kindCode);
  return bits | (direction << SHIFT.directionCode);
}

function copyMacs(view: DataView, from: number, words: Int32Array, at: number): void {
  words[at] = view.getInt32(from + ETH.dst);
  words[at + 1] = view.getInt32(from + ETH.dst + 4);
  words[at + 2] = view.getInt32(from + ETH.src + 2);
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
  /** The upper six bits of IPv4's second byte, bits 4 to 9 of IPv6 (RFC 2474 section 3). Written out: a call would cost more. */
  let dscp: number;
  let handling = 0;
  if (isV4) {
    bits = 1 << SHIFT.familyCode;
    words[addresses] = words[addresses + 1] = words[addresses + 4] = words[addresses + 5] = 0;
    words[addresses + 2] = words[addresses + 6] = 0xffff;
    words[addresses + 3] = view.getInt32(net + IP.src);
    words[addresses + 7] = view.getInt32(net + IP.dst);
    ttl = bytes[net + IP.ttl];
    ident = view.getUint16(net + IP.id);
    const pieces = view.getUint16(net + IP.frag_offset);
    if ((pieces & FRAGMENTED) !== 0) bits |= (pieces & OFFSET) !== 0 ? BIT.fragmented | BIT.laterFragment : BIT.fragmented;
    if ((pieces & DONT_FRAGMENT) !== 0) handling = BIT.dontFragment;
    proto = bytes[net + IP.proto];
    stated = view.getUint16(net + IP.len);
    dscp = bytes[net + IP.dsfield] >> 2;
  } else {
    bits = 2 << SHIFT.familyCode;
    for (let i = 0; i < 8; i++) words[addresses + i] = view.getInt32(net + IPV6.src + i * 4);
    ttl = bytes[net + IPV6.hlim];
    proto = bytes[net + IPV6.nxt];
    stated = view.getUint16(net + IPV6.plen) + SIZE.IPV6;
    dscp = (view.getUint16(net + IPV6.tclass) >> 6) & 0x3f;
    const end = l4 < 0 ? stack.own : l4;
    for (let i = n + 1; i < end; i++) {
      if (layers.proto[i] !== fragment.ref.id) continue;
      const header = layers.start[i];
      bits |= BIT.fragmented | (view.getUint16(header + FRAGMENT.offset) >> 3 !== 0 ? BIT.laterFragment : 0);
      ident = view.getUint16(header + FRAGMENT.ident + 2);
      proto = bytes[header + FRAGMENT.nxt];
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
  /** Where the payload begins in the packet as it was sent: after options too that the capture cut off. */
  let wirePayloadAt = payloadAt;
  if (l4 >= 0) {
    bits |= BIT.hasL4;
    const transport = layers.proto[l4];
    if (transport === tcp.ref.id) {
      proto = PROTO.tcp;
      srcPort = view.getUint16(l4At + TCP.srcport);
      dstPort = view.getUint16(l4At + TCP.dstport);
      kind = bytes[l4At + TCP.flags_fin];
      // The data offset counts words of 32 bits (RFC 9293 section 3.1).
      wirePayloadAt = Math.max(payloadAt, l4At + (bytes[l4At + TCP.hdr_len] >> 4) * 4);
      window = view.getUint16(l4At + TCP.window_size_value);
      words[at + AT.seq] = view.getInt32(l4At + TCP.seq_raw);
      words[at + AT.ack] = view.getInt32(l4At + TCP.ack_raw);
      if ((kind & FLAG.syn) !== 0) {
        words[at + AT.tags] |= mssOption(bytes, l4At + SIZE.TCP, payloadAt < l4End ? payloadAt : l4End);
        if ((kind & FLAG.ack) !== 0) bits |= BIT.answers;
      } else if (srcPort < dstPort && srcPort < 1024) bits |= BIT.answers;
    } else if (transport === udp.ref.id) {
      proto = PROTO.udp;
      srcPort = view.getUint16(l4At + UDP.srcport);
      dstPort = view.getUint16(l4At + UDP.dstport);
      if (srcPort < 1024 && srcPort < dstPort) bits |= BIT.answers;
      if ((srcPort === DNS_PORT || dstPort === DNS_PORT) && layers.proto[stack.own - 1] === dns.ref.id) bits |= BIT.isDns;
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
  let outerDscp = dscp;
  if (levels > 1) {
    const outermost = layers.start[stack.net[0]];
    if (layers.proto[stack.net[0]] === ip.ref.id) {
      outerTtl = bytes[outermost + IP.ttl];
      outerDscp = bytes[outermost + IP.dsfield] >> 2;
    } else {
      outerTtl = bytes[outermost + IPV6.hlim];
      outerDscp = (view.getUint16(outermost + IPV6.tclass) >> 6) & 0x3f;
    }
    bits |= recordTunnel(stack, levels - 2, stack.tunnel[levels - 1], words, at);
    // ARP inside: the packet's own words are those of the tunnel.
  } else if (stack.arpTunnel >= 0) bits |= recordTunnel(stack, 0, stack.arpTunnel, words, at);
  words[at + AT.handling] |= handling | (dscp << SHIFT.dscpCode) | (outerDscp << SHIFT.outermostDscp);
  words[at + AT.ttls] = packetTtls(ttl, outerTtl, proto, kind);
  words[at + AT.ident] = packetIdent(ident, window);
  words[at + AT.ports] = packetPorts(srcPort, dstPort);
  words[at + AT.ipLength] = length;
  words[at + AT.netAt] = net;
  words[at + AT.stackHash] = stack.hash;
  words[at + AT.l4At] = l4At;
  words[at + AT.l4End] = l4End;
  words[at + AT.payloadAt] = payloadAt;
  words[at + AT.payloadLength] = wireEnd > wirePayloadAt ? wireEnd - wirePayloadAt : 0;
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

/** The tunnel around the innermost packet: its IP header is that of `level`, its own is layer `tunnel` (-1: none). Returns its bits. */
function recordTunnel(stack: Stack, level: number, tunnel: number, words: Int32Array, at: number): number {
  const { layers } = stack;
  const { bytes, view } = layers;
  const outer = stack.net[level];
  const net = layers.start[outer];
  let bits = 0;
  let vni = -1;
  let kind: number = TUNNEL.ip;
  let port = 0;
  if (tunnel >= 0) {
    const proto = layers.proto[tunnel];
    if (proto === vxlan.ref.id || proto === vxlanGpe.ref.id) kind = TUNNEL.vxlan;
    else if (proto === geneve.ref.id) kind = TUNNEL.geneve;
    else if (proto === erspan.ref.id) kind = TUNNEL.erspan;
    else if (proto === gtp.ref.id) kind = TUNNEL.gtp;
    else kind = proto === lispData.ref.id ? TUNNEL.lisp : TUNNEL.gre;
    if (kind === TUNNEL.vxlan) vni = view.getUint32(layers.start[tunnel] + VXLAN.vni) >>> 8;
    else if (kind === TUNNEL.geneve) vni = view.getUint32(layers.start[tunnel] + GENEVE.vni) >>> 8;
    const l4 = stack.l4[level];
    if (l4 >= 0) {
      const l4At = layers.start[l4];
      port = view.getUint16(l4At + UDP.dstport);
      if (layers.proto[l4] === udp.ref.id) {
        words[at + AT.statedChecksum] = view.getUint16(l4At + UDP.checksum);
        const unknown = layers.frame?.unknown ?? 0;
        if ((unknown & UNKNOWN.checksum) === 0 || (unknown & UNKNOWN.wrongOuterSum) !== 0) bits = BIT.hasOuterChecksum;
      }
    }
    // The tag of an inner Ethernet header, which is the layer after the tunnel's.
    const inner = tunnel + 1;
    if (inner + 1 < layers.count && layers.start[inner + 1] - layers.start[inner] === SIZE.ETH) {
      const type = view.getUint16(layers.start[inner] + ETH.type);
      if (type === 0x8100 || type === 0x88a8) bits |= BIT.innerTagged;
    }
  }
  const addresses = at + AT.outerAddress;
  let length: number;
  if (layers.proto[outer] === ip.ref.id) {
    words[addresses] = words[addresses + 1] = words[addresses + 4] = words[addresses + 5] = 0;
    words[addresses + 2] = words[addresses + 6] = 0xffff;
    words[addresses + 3] = view.getInt32(net + IP.src);
    words[addresses + 7] = view.getInt32(net + IP.dst);
    length = view.getUint16(net + IP.len);
    // More fragments, or an offset: the outer packet was cut on its way (RFC 7348 section 4.3 forbids the end points to).
    const pieces = view.getUint16(net + IP.frag_offset);
    if ((pieces & FRAGMENTED) !== 0) bits |= BIT.outerFragmented;
    if ((pieces & DONT_FRAGMENT) !== 0) bits |= BIT.outerDontFragment;
  } else {
    for (let i = 0; i < 8; i++) words[addresses + i] = view.getInt32(net + IPV6.src + i * 4);
    length = view.getUint16(net + IPV6.plen) + SIZE.IPV6;
    if (bytes[net + IPV6.nxt] === IPV6_FRAGMENT) bits |= BIT.outerFragmented;
  }
  words[at + AT.vni] = vni;
  words[at + AT.edgePort] = packetEdgePort(port, kind);
  words[at + AT.outerLength] = length;
  return bits;
}

/**
 * A number that all copies of a packet share, translated ones too; a fragment after the first shares it with its own copies only.
 * Without the length of the packet: offloads merge and cut segments, routers fragment. UDP's own length stays the same on the way.
 * Without addresses and ports: NAT rewrites them.
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
    if (at + TCP.window_size_value <= end)
      h =
        Math.imul(h ^ view.getInt32(at + TCP.seq_raw), 0xc2b2ae35) ^
        // Spread: else a FIN is taken for a copy of the acknowledgment before it where that is one byte behind.
        Math.imul(view.getInt32(at + TCP.ack_raw) ^ Math.imul(view.getUint8(at + TCP.flags_fin), 0x01000193), 0x27d4eb2f);
  } else if (proto === PROTO.udp) {
    if (at + SIZE.UDP <= end) h = Math.imul(h ^ view.getUint16(at + UDP.length), 0xc2b2ae35);
    if (payloadAt + 8 <= end)
      h = Math.imul(h ^ view.getInt32(payloadAt), 0xc2b2ae35) ^ Math.imul(view.getInt32(payloadAt + 4), 0x27d4eb2f);
  } else if (at + 8 <= end) {
    // ICMP: type and code, sequence number (its identifier may be translated), then what follows.
    h = Math.imul(h ^ (view.getUint16(at) << 16) ^ view.getUint16(at + 6), 0xc2b2ae35);
    if (at + 16 <= end) h ^= Math.imul(view.getInt32(at + 12), 0x27d4eb2f);
  }
  return h | 0;
}
