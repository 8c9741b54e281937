// What the rooms above want of a frame, as numbers: a view on its record.
import { mix, mixAddress, mixEnds } from '../bytes/mix.js';
import type { Direction } from '../capture/frame.js';
import { Frame } from '../capture/frame.js';
import type { Registry } from '../dissect/registry.js';
import type { Layers } from '../dissect/walk.js';
import { AT, PacketView, WORDS } from './generated/packet-words.js';
import { PROTO } from './proto.js';
import { Block, record } from './record.js';
import { KIND, statedDirection } from './sight.js';
import { Stack } from './stack.js';

export { KIND, PROTO };

/** One reused view: keep numbers of it, or a `Mark`, never the packet itself. */
export class Packet extends PacketView {
  /** Index of the capture in the run; and of the first capture of its point, which stands for the node. */
  capture = 0;
  source = 0;
  port = 0;
  /** Number (uid) of its conversation; -1 where it has none. */
  conversation = -1;
  /** Nanoseconds since the start of the run, one clock for all its captures. */
  timeNs = 0;

  private readonly own: Block;
  private block: Block;
  /** Those of the block looked at. */
  words: Int32Array;
  protected doubles: Float64Array;
  private readonly walked: Stack;
  private isWalked = false;
  private readonly framed = new Frame();
  private given: Frame | null = null;
  private readonly addresses = new Uint32Array(8);

  constructor(registry: Registry) {
    super();
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
    const { framed } = this;
    framed.bytes = this.block.bytes;
    framed.start = this.start;
    framed.end = framed.start + this.captured;
    framed.wireLength = this.wireLength;
    framed.number = this.number;
    framed.fileOffset = this.fileOffset;
    framed.linkType = this.linkType;
    framed.interfaceId = this.interfaceId;
    framed.direction = this.fileDirection as Direction;
    framed.seconds = this.seconds;
    framed.nanoseconds = this.nanoseconds;
    framed.hasTime = this.hasTime;
    framed.unknown = this.unknown | (this.wrongSums << 6);
    this.given = framed;
    return framed;
  }

  /** Offset after the last captured byte. */
  get frameEnd(): number {
    return this.start + this.captured;
  }
  /** Interface number as the frame itself tells it (SLL2), else the capture's. */
  interfaceIndex(): number {
    return this.interface;
  }
  /** Whether a cooked header hides the interface. */
  interfaceHidden(): boolean {
    return this.hidden;
  }
  /** As the cooked header, the capture file or the MACs of the node tell it. */
  get direction(): Direction {
    return this.directionCode as Direction;
  }
  /** For whom the frame was, as far as anybody says. */
  get kind(): KIND {
    return this.kindCode;
  }
  /** VLAN id of the outermost tag, or -1. */
  get vlan(): number {
    return this.vlanAndOne - 1;
  }

  // The innermost IP packet: what a conversation is about.
  /** 4 or 6; 0 where the frame holds no IP. */
  get family(): 0 | 4 | 6 {
    return FAMILIES[this.familyCode];
  }
  get hasIp(): boolean {
    return this.familyCode !== 0;
  }
  /** Addresses as four words each, source first; IPv4 as ::ffff:a.b.c.d. Filled anew for each packet it is asked of. */
  get address(): Uint32Array {
    const from = this.at + AT.address;
    for (let i = 0; i < 8; i++) this.addresses[i] = this.words[from + i];
    return this.addresses;
  }
  /** TTL (8 bits) and, in a tunnel, that of the outermost header after it. */
  get ttls(): number {
    return this.words[this.at + AT.ttls] & (this.levels > 1 ? 0xffff : 0xff);
  }
  /** DSCP of the innermost IP header (RFC 2474), and of the outermost one; -1 without IP. */
  get dscp(): number {
    return this.hasIp ? this.dscpCode : -1;
  }
  get outerDscp(): number {
    return this.hasIp ? this.outermostDscp : -1;
  }
  /** Shared by both ways of a conversation; another number in each run. */
  get endsHash(): number {
    return mixEnds(this.words, this.at + AT.address, this.srcPort, this.dstPort, this.proto);
  }

  // The tunnel around it, where `levels` is more than one.
  get edgeHash(): number {
    const { words, at } = this;
    const ends = mixAddress(words, at + AT.outerAddress + 4, mixAddress(words, at + AT.outerAddress));
    return mix(mix(ends ^ words[at + AT.vni]) ^ words[at + AT.edgePort]);
  }
  /**
   * UDP checksum that the header of the tunnel states, 16 bits; 0: the sender gave none (RFC 768); -1: the tunnel does not run over UDP.
   * Also of a tunnel that carries ARP.
   */
  get outerChecksum(): number {
    return this.hasOuterChecksum ? this.statedChecksum : -1;
  }

  /** TTL of the outermost IP header, or 0. */
  outerTtl(): number {
    return this.hasIp ? this.outermostTtl : 0;
  }

  /** Direction as the cooked header or the capture file tells it; 0 where neither does. */
  statedDirection(): Direction {
    return statedDirection(this.layers, this.frame);
  }

  /** Source and destination MAC of the outermost header (48 bits), -1 where there is none; cooked headers have the sender's only. */
  sourceMac(): number {
    return this.hasSourceMac ? lastMac(this.words, this.at + AT.macs) : -1;
  }
  destinationMac(): number {
    return this.hasDestinationMac ? firstMac(this.words, this.at + AT.macs) : -1;
  }
  /** MACs of the Ethernet header inside the (innermost) tunnel, -1 where there is none. */
  get innerSourceMac(): number {
    return this.hasInnerMacs ? lastMac(this.words, this.at + AT.innerMacs) : -1;
  }
  get innerDestinationMac(): number {
    return this.hasInnerMacs ? firstMac(this.words, this.at + AT.innerMacs) : -1;
  }
}

/** Two MACs in three words: the first, and the last. */
const firstMac = (words: Int32Array, at: number): number => (words[at] >>> 0) * 0x1_0000 + (words[at + 1] >>> 16);
const lastMac = (words: Int32Array, at: number): number => (words[at + 1] & 0xffff) * 0x1_0000_0000 + (words[at + 2] >>> 0);

const NO_MACS: ReadonlySet<number> = new Set();
const FAMILIES = [0, 4, 6, 0] as const;
