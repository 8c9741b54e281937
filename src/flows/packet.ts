// What the rooms above want of a frame, as numbers: a view on its record.
import type { Direction } from '../capture/frame.js';
import { Frame } from '../capture/frame.js';
import type { Registry } from '../dissect/registry.js';
import type { Layers } from '../dissect/walk.js';
import { AT, BIT, Block, edgeHash, endsHash, PROTO, record, SHIFT, WORDS } from './record.js';
import { destinationMac, sourceMac, statedDirection } from './sight.js';
import { Stack } from './stack.js';

export { PROTO };

/** One reused view: keep numbers of it, or a `Mark`, never the packet itself. */
export class Packet {
  /** Index of the capture in the run; and of the first capture of its point, which stands for the node. */
  capture = 0;
  source = 0;
  port = 0;
  /** Nanoseconds since the start of the run, one clock for all its captures. */
  timeNs = 0;

  private readonly own: Block;
  private block: Block;
  /** The record looked at: its first word, and pair of words. */
  words: Int32Array;
  private doubles: Float64Array;
  at = 0;
  private readonly walked: Stack;
  private isWalked = false;
  private readonly framed = new Frame();
  private given: Frame | null = null;
  private readonly addresses = new Uint32Array(8);

  constructor(registry: Registry) {
    this.own = new Block(new ArrayBuffer(Block.bytesFor(1)));
    this.block = this.own;
    this.words = this.own.words;
    this.doubles = this.own.doubles;
    this.walked = new Stack(registry);
  }

  /** Looks at a record of a block. */
  look(block: Block, n: number): void {
    if (block !== this.block) {
      this.block = block;
      this.words = block.words;
      this.doubles = block.doubles;
    }
    this.at = n * WORDS;
    this.isWalked = false;
    this.given = null;
  }

  /** Walks a frame and looks at what was found. `ownMacs`: of the node it was captured on. */
  read(frame: Frame, ownMacs: ReadonlySet<number> = NO_MACS): void {
    record(this.walked, frame, this.own, 0, ownMacs);
    this.look(this.own, 0);
    this.given = frame;
    this.isWalked = true;
  }

  /** The headers of the frame, walked anew where the record was made elsewhere: for frames that are rare. */
  get stack(): Stack {
    if (!this.isWalked) {
      this.walked.walk(this.frame);
      this.isWalked = true;
    }
    return this.walked;
  }
  get layers(): Layers {
    return this.stack.layers;
  }
  /** Layer numbers of the IP header of each level. */
  get net(): Int32Array {
    return this.stack.net;
  }
  /** The chunk that `l4At` and the other offsets count in. */
  get bytes(): Uint8Array {
    return this.block.bytes;
  }
  get frame(): Frame {
    if (this.given !== null) return this.given;
    const { words, at, framed } = this;
    framed.bytes = this.block.bytes;
    framed.start = words[at + AT.start];
    framed.end = framed.start + words[at + AT.captured];
    framed.wireLength = this.wireLength;
    framed.number = this.number;
    framed.fileOffset = this.fileOffset;
    framed.linkType = this.linkType;
    framed.interfaceId = words[at + AT.interfaceId];
    framed.direction = ((this.bits >> SHIFT.fileDirection) & 3) as Direction;
    framed.seconds = this.seconds;
    framed.nanoseconds = this.nanoseconds;
    framed.hasTime = this.hasTime;
    this.given = framed;
    return framed;
  }

  private get bits(): number {
    return this.words[this.at + AT.bits];
  }
  get fileOffset(): number {
    return this.doubles[this.at / 2 + AT.fileOffset];
  }
  get seconds(): number {
    return this.doubles[this.at / 2 + AT.seconds];
  }
  get nanoseconds(): number {
    return this.words[this.at + AT.nanoseconds];
  }
  get hasTime(): boolean {
    return (this.bits & BIT.hasTime) !== 0;
  }
  get number(): number {
    return this.words[this.at + AT.number] >>> 0;
  }
  /** Bytes that were captured, and on the wire. */
  get captured(): number {
    return this.words[this.at + AT.captured];
  }
  get wireLength(): number {
    return this.words[this.at + AT.wireLength] >>> 0;
  }
  get linkType(): number {
    return this.words[this.at + AT.linkType];
  }
  /** Offset behind the last captured byte. */
  get frameEnd(): number {
    return this.words[this.at + AT.start] + this.words[this.at + AT.captured];
  }
  /** hopscope does not know the link type. */
  get unknownLink(): boolean {
    return (this.bits & BIT.unknownLink) !== 0;
  }
  /** Why the walk ended, see STOP. */
  get stop(): number {
    return (this.bits >> SHIFT.stop) & 3;
  }
  /** Interface number as the frame itself tells it (SLL2), else the capture's. */
  interfaceIndex(): number {
    return this.words[this.at + AT.interface] >>> 0;
  }
  /** Whether a cooked header hides the interface. */
  interfaceHidden(): boolean {
    return (this.bits & BIT.hidden) !== 0;
  }
  /** As the cooked header, the capture file or the MACs of the node tell it. */
  get direction(): Direction {
    return ((this.bits >> SHIFT.direction) & 3) as Direction;
  }
  /** The frame holds an ARP header and no IP. */
  get isArp(): boolean {
    return (this.bits & BIT.arp) !== 0;
  }
  /** VLAN id of the outermost tag, or -1. */
  get vlan(): number {
    return (this.words[this.at + AT.mss] >>> 16) - 1;
  }
  /** Number of IP headers, outermost first; a quoted packet's do not count. */
  get levels(): number {
    return (this.bits >> SHIFT.levels) & 15;
  }

  // The innermost IP packet: what a conversation is about.
  /** 4 or 6; 0 where the frame holds no IP. */
  get family(): 0 | 4 | 6 {
    return FAMILIES[(this.bits >> SHIFT.family) & 3];
  }
  get hasIp(): boolean {
    return (this.bits & (3 << SHIFT.family)) !== 0;
  }
  /** Addresses as four words each, source first; IPv4 as ::ffff:a.b.c.d. Filled anew for each packet it is asked of. */
  get address(): Uint32Array {
    const from = this.at + AT.address;
    for (let i = 0; i < 8; i++) this.addresses[i] = this.words[from + i];
    return this.addresses;
  }
  /** IANA number of the transport, or of what stands in its place. */
  get proto(): number {
    return (this.words[this.at + AT.ttls] >> 16) & 0xff;
  }
  get srcPort(): number {
    return this.words[this.at + AT.ports] & 0xffff;
  }
  get dstPort(): number {
    return this.words[this.at + AT.ports] >>> 16;
  }
  get ttl(): number {
    return this.words[this.at + AT.ttls] & 0xff;
  }
  /** Time to live (8 bits) and, in a tunnel, that of the outermost header behind it. */
  get ttls(): number {
    return this.words[this.at + AT.ttls] & (this.levels > 1 ? 0xffff : 0xff);
  }
  /** IPv4 identification; of IPv6 that of its fragment header; else 0. */
  get ipId(): number {
    return this.words[this.at + AT.ident] & 0xffff;
  }
  /** Not the first fragment: no transport header. */
  get laterFragment(): boolean {
    return (this.bits & BIT.laterFragment) !== 0;
  }
  /** This or another fragment follows or came before. */
  get fragmented(): boolean {
    return (this.bits & BIT.fragmented) !== 0;
  }
  /** Length of the IP packet on the wire, header included, in bytes. */
  get ipLength(): number {
    return this.words[this.at + AT.ipLength];
  }
  /** Offset of the innermost IP header. */
  get netAt(): number {
    return this.words[this.at + AT.netAt];
  }
  /** Offset of the transport header, or of the IP payload; and its end among the captured bytes. */
  get l4At(): number {
    return this.words[this.at + AT.l4At];
  }
  get l4End(): number {
    return this.words[this.at + AT.l4End];
  }
  /** Bytes of the transport header were all captured, so that its fields can be read. */
  get hasL4(): boolean {
    return (this.bits & BIT.hasL4) !== 0;
  }
  /** Offset and length on the wire of the transport's payload (TCP, UDP). */
  get payloadAt(): number {
    return this.words[this.at + AT.payloadAt];
  }
  get payloadLength(): number {
    return this.words[this.at + AT.payloadLength];
  }
  /** An ICMP error that quotes another packet. */
  get isError(): boolean {
    return (this.bits & BIT.isError) !== 0;
  }
  /** An answer by its nature: a conversation that starts with it is to be turned round. */
  get answers(): boolean {
    return (this.bits & BIT.answers) !== 0;
  }
  /** The payload of its UDP datagram is a DNS message, to or from port 53. */
  get isDns(): boolean {
    return (this.bits & BIT.dns) !== 0;
  }
  /** TCP flags; type of an ICMP message; else 0. */
  get flags(): number {
    return this.words[this.at + AT.ttls] >>> 24;
  }
  /** Sequence and acknowledgement number, window and, of a SYN, MSS option (0: none) of a TCP segment whose header was captured. */
  get seq(): number {
    return this.words[this.at + AT.seq] >>> 0;
  }
  get ack(): number {
    return this.words[this.at + AT.ack] >>> 0;
  }
  get window(): number {
    return this.words[this.at + AT.ident] >>> 16;
  }
  get mss(): number {
    return this.words[this.at + AT.mss] & 0xffff;
  }
  /** Shared by both ways of a conversation. */
  get endsHash(): number {
    return endsHash(this.words, this.at + AT.address, this.srcPort, this.dstPort, this.proto);
  }
  /** A number for the stack of headers of an IP packet; what an ICMP error quotes is left out. */
  get stackHash(): number {
    return this.words[this.at + AT.stack];
  }
  /** Shared by all copies of a packet. */
  get fingerprint(): number {
    return this.words[this.at + AT.fingerprint];
  }

  // The tunnel around it, where `levels` is more than one.
  get edgeHash(): number {
    return edgeHash(this.words, this.at);
  }
  /** -1 where the tunnel has none. */
  get vni(): number {
    return this.words[this.at + AT.vni];
  }
  /** UDP destination port, or 0. */
  get outerPort(): number {
    return this.words[this.at + AT.edgePort] & 0xffff;
  }
  /** See TUNNEL. */
  get tunnelKind(): number {
    return this.words[this.at + AT.edgePort] >>> 16;
  }
  /** Length of the packet that is the tunnel's, in bytes, as its header says. */
  get outerLength(): number {
    return this.words[this.at + AT.outerLength];
  }
  get outerFragmented(): boolean {
    return (this.bits & BIT.outerFragment) !== 0;
  }
  get outerDontFragment(): boolean {
    return (this.bits & BIT.outerDontFragment) !== 0;
  }
  /** The inner Ethernet header carries a VLAN tag. */
  get innerTagged(): boolean {
    return (this.bits & BIT.innerTagged) !== 0;
  }

  /** Time to live of the outermost IP header, or 0. */
  outerTtl(): number {
    return this.hasIp ? (this.words[this.at + AT.ttls] >> 8) & 0xff : 0;
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

const NO_MACS: ReadonlySet<number> = new Set();
const FAMILIES = [0, 4, 6, 0] as const;

export const word = (b: Uint8Array, at: number): number =>
  ((b[at] << 24) | (b[at + 1] << 16) | (b[at + 2] << 8) | b[at + 3]) >>> 0;

export const mac = (b: Uint8Array, at: number): number => ((b[at] << 8) | b[at + 1]) * 0x1_0000_0000 + word(b, at + 2);
