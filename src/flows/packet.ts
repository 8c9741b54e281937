// What the rooms above want of a walked frame, as numbers: where each IP header is, what carries it, what it carries.

import { arp } from '../../dissectors/arp.js';
import { TYPE as ICMP_TYPE, icmp, header as icmpHeader, quotes } from '../../dissectors/icmp.js';
import { TYPE as ICMP6_TYPE, icmpv6 } from '../../dissectors/icmpv6.js';
import { ip } from '../../dissectors/ip.js';
import { fragment, fragmentHeader } from '../../dissectors/ipv6.js';
import { tcp } from '../../dissectors/tcp.js';
import { udp } from '../../dissectors/udp.js';
import { vlan } from '../../dissectors/vlan.js';
import { DIRECTION, type Direction, Frame } from '../capture/frame.js';
import type { Registry } from '../dissect/registry.js';
import { ROLE } from '../dissect/registry.js';
import { Layers } from '../dissect/walk.js';
import { destinationMac, interfaceHidden, interfaceIndex, sourceMac, statedDirection } from './sight.js';

/** IP headers that are looked at in one frame; tunnels within tunnels within tunnels are counted from outside. */
export const MAX_LEVELS = 8;

/** IANA protocol numbers of the transports that have a meaning here. */
export const PROTO = { icmp: 1, tcp: 6, udp: 17, icmpv6: 58 } as const;

/** One reused record: keep numbers of it, or a `Mark`, never the packet itself. */
export class Packet {
  readonly layers: Layers;
  frame: Frame = new Frame();
  bytes: Uint8Array = new Uint8Array(0);
  /** Index of the capture in the run; and of the first capture of its point, which stands for the node. */
  capture = 0;
  source = 0;
  port = 0;
  direction: Direction = DIRECTION.unknown;
  /** Nanoseconds since the start of the run, one clock for all its captures. */
  timeNs = 0;

  /** Number of IP headers, outermost first; a quoted packet's do not count. */
  levels = 0;
  /** Layer numbers of each level's IP header, transport header (-1: none), and of the tunnel header in front of it (-1: none). */
  readonly net = new Int32Array(MAX_LEVELS);
  readonly l4 = new Int32Array(MAX_LEVELS);
  readonly tunnel = new Int32Array(MAX_LEVELS);
  /** Layer number of an ARP header, or -1, and of the tunnel in front of it. */
  arp = -1;
  /** VLAN id of the outermost tag, or -1. */
  vlan = -1;

  // The innermost IP packet: what a conversation is about.
  /** 4 or 6; 0 where the frame holds no IP. */
  family: 0 | 4 | 6 = 0;
  /** Addresses as four words each, source first; IPv4 as ::ffff:a.b.c.d. */
  readonly address = new Uint32Array(8);
  /** IANA number of the transport, or of what stands in its place. */
  proto = 0;
  srcPort = 0;
  dstPort = 0;
  ttl = 0;
  /** IPv4 identification; 0 for IPv6. */
  ipId = 0;
  /** Not the first fragment: no transport header. */
  laterFragment = false;
  /** This or another fragment follows or came before. */
  fragmented = false;
  /** Length of the IP packet on the wire, header included, in bytes. */
  ipLength = 0;
  /** Offset of the transport header, or of the IP payload; and its end among the captured bytes. */
  l4At = 0;
  l4End = 0;
  /** Bytes of the transport header were all captured, so that its fields can be read. */
  hasL4 = false;
  /** Offset and length on the wire of the transport's payload (TCP, UDP). */
  payloadAt = 0;
  payloadLength = 0;
  /** An ICMP error that quotes another packet. */
  isError = false;

  constructor(registry: Registry) {
    this.layers = new Layers(registry);
  }

  /** Walks the frame and reads the innermost packet. `capture`, `source`, `port`, `direction` and `timeNs` are the caller's to set. */
  read(frame: Frame): void {
    const { layers } = this;
    this.frame = frame;
    this.bytes = frame.bytes;
    layers.walk(frame);
    const { roles } = layers.registry;
    const { proto } = layers;
    const end = Math.min(layers.count, layers.quotedFrom);
    let levels = 0;
    let tunnel = -1;
    this.arp = -1;
    this.vlan = -1;
    for (let i = 0; i < end; i++) {
      switch (roles[proto[i]]) {
        case ROLE.network:
          if (levels < MAX_LEVELS) {
            this.net[levels] = i;
            this.l4[levels] = -1;
            this.tunnel[levels++] = tunnel;
          }
          tunnel = -1;
          break;
        case ROLE.transport:
          if (levels > 0) this.l4[levels - 1] = i;
          break;
        case ROLE.tunnel:
          tunnel = i;
          break;
        case ROLE.neighbour:
          if (proto[i] === arp.ref.id) this.arp = i;
          break;
        case ROLE.link:
          if (proto[i] === vlan.ref.id && this.vlan < 0) {
            const at = layers.start[i];
            this.vlan = ((this.bytes[at] << 8) | this.bytes[at + 1]) & 0xfff;
          }
          break;
        default:
      }
    }
    this.levels = levels;
    this.arpTunnel = this.arp >= 0 ? tunnel : -1;
    if (levels > 0) this.readLevel(levels - 1);
    else this.family = 0;
  }
  /** Layer number of the tunnel that carries the ARP packet, or -1. */
  arpTunnel = -1;

  /** Reads the addresses and the transport of one level into this record. */
  readLevel(level: number): void {
    const { layers, bytes, address } = this;
    const n = this.net[level];
    const at = layers.start[n];
    const l4 = this.l4[level];
    this.laterFragment = false;
    this.fragmented = false;
    this.isError = false;
    if (layers.proto[n] === ip.ref.id) {
      this.family = 4;
      address[0] = address[1] = address[4] = address[5] = 0;
      address[2] = address[6] = 0xffff;
      address[3] = word(bytes, at + 12);
      address[7] = word(bytes, at + 16);
      this.ttl = bytes[at + 8];
      this.ipId = (bytes[at + 4] << 8) | bytes[at + 5];
      const offset = ((bytes[at + 6] << 8) | bytes[at + 7]) & 0x3fff;
      this.fragmented = offset !== 0;
      this.laterFragment = (offset & 0x1fff) !== 0;
      this.proto = bytes[at + 9];
    } else {
      this.family = 6;
      for (let i = 0; i < 8; i++) address[i] = word(bytes, at + 8 + i * 4);
      this.ttl = bytes[at + 7];
      this.ipId = 0;
      this.proto = bytes[at + 6];
      if (l4 > n + 1 || l4 < 0) this.readExtensions(n, l4 < 0 ? Math.min(layers.count, layers.quotedFrom) : l4);
    }
    this.ipLength = layers.wireEnd[n] - at;
    // A quoted or fragmented outer packet holds less than the inner header says: the header is right.
    const stated = this.family === 4 ? (bytes[at + 2] << 8) | bytes[at + 3] : ((bytes[at + 4] << 8) | bytes[at + 5]) + 40;
    if (stated > this.ipLength) this.ipLength = stated;
    this.srcPort = this.dstPort = 0;
    this.hasL4 = l4 >= 0;
    if (l4 < 0) {
      this.l4At = layers.body[n];
      this.l4End = layers.end[n];
      this.payloadAt = this.l4At;
      this.payloadLength = Math.max(0, layers.wireEnd[n] - this.l4At);
      return;
    }
    const t = layers.start[l4];
    this.l4At = t;
    this.l4End = layers.end[l4];
    const proto = layers.proto[l4];
    this.payloadAt = layers.body[l4];
    this.payloadLength = Math.max(0, layers.wireEnd[l4] - this.payloadAt);
    if (proto === tcp.ref.id || proto === udp.ref.id) {
      this.proto = proto === tcp.ref.id ? PROTO.tcp : PROTO.udp;
      this.srcPort = (bytes[t] << 8) | bytes[t + 1];
      this.dstPort = (bytes[t + 2] << 8) | bytes[t + 3];
    } else if (proto === icmp.ref.id) {
      this.proto = PROTO.icmp;
      const type = icmpHeader.get.type(bytes, t);
      // An echo's identifier is its port; of other messages, which have no conversation, the type is.
      this.srcPort = this.dstPort =
        type === ICMP_TYPE.echoRequest || type === ICMP_TYPE.echoReply ? (bytes[t + 4] << 8) | bytes[t + 5] : type;
      this.isError = quotes(type);
    } else if (proto === icmpv6.ref.id) {
      this.proto = PROTO.icmpv6;
      const type = bytes[t];
      this.srcPort = this.dstPort =
        type === ICMP6_TYPE.echoRequest || type === ICMP6_TYPE.echoReply ? (bytes[t + 4] << 8) | bytes[t + 5] : type;
      this.isError = type < 128;
    }
  }

  private readExtensions(n: number, end: number): void {
    const { layers, bytes } = this;
    for (let i = n + 1; i < end; i++) {
      const at = layers.start[i];
      if (layers.proto[i] === fragment.ref.id) {
        this.fragmented = true;
        this.laterFragment = fragmentHeader.get.offset(bytes, at) !== 0;
        this.ipId = fragmentHeader.get.ident(bytes, at) & 0xffff;
        this.proto = bytes[at];
      }
    }
  }

  /** Time to live of the outermost IP header, or 0. */
  outerTtl(): number {
    if (this.levels === 0) return 0;
    const at = this.layers.start[this.net[0]];
    return this.layers.proto[this.net[0]] === ip.ref.id ? this.bytes[at + 8] : this.bytes[at + 7];
  }

  /** Interface number as the frame itself tells it (SLL2), else the capture's. */
  interfaceIndex(): number {
    return interfaceIndex(this.layers, this.frame);
  }

  /** Whether a cooked header hides the interface. */
  interfaceHidden(): boolean {
    return interfaceHidden(this.layers);
  }

  /** Direction as the cooked header or the capture file tells it; 0 where neither does. */
  statedDirection(): Direction {
    return statedDirection(this.layers, this.frame);
  }

  /** Source and destination MAC of the outermost header (48 bits), -1 where there is none; cooked headers have the sender's only. */
  sourceMac(): number {
    return sourceMac(this.layers);
  }
  destinationMac(): number {
    return destinationMac(this.layers);
  }
}

export const word = (b: Uint8Array, at: number): number =>
  ((b[at] << 24) | (b[at + 1] << 16) | (b[at + 2] << 8) | b[at + 3]) >>> 0;

export const mac = (b: Uint8Array, at: number): number => ((b[at] << 8) | b[at + 1]) * 0x1_0000_0000 + word(b, at + 2);
