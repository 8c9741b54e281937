// Written by scripts/generate-records.mjs: change the declaration, and run it again.

/** Where each value of the record is. Doubles count in pairs of words. */
export enum AT {
  /** Of its record in the capture file, in bytes. */
  fileOffset = 0 / 2,
  /** Time in whole seconds, as the capture file says it. */
  seconds = 2 / 2,
  /** Frame number, from 1. */
  number = 4,
  /** What the time has beyond whole seconds. */
  nanoseconds = 5,
  /** Where the frame begins in its chunk. */
  start = 6,
  /** Bytes that were captured. */
  captured = 7,
  /** Bytes on the wire. */
  wireLength = 8,
  /** Link type, www.tcpdump.org/linktypes.html. */
  linkType = 9,
  /** Interface, as the capture file counts them. */
  interfaceId = 10,
  /** Interface, as the frame itself says it (SLL2), else as the file does. */
  interface = 11,
  /** What most packets are asked for. */
  bits = 12,
  ttls = 13,
  ident = 14,
  ports = 15,
  /** Innermost source, then destination, four words each; IPv4 as ::ffff:a.b.c.d. */
  address = 16,
  /** Length of the IP packet on the wire, header included, in bytes. */
  ipLength = 24,
  /** Offset of the transport header, or of the IP payload. */
  l4At = 25,
  /** Its end among the captured bytes. */
  l4End = 26,
  /** Offset of the transport's payload (TCP, UDP). */
  payloadAt = 27,
  /** Its length on the wire, in bytes. */
  payloadLength = 28,
  /** Sequence number of a TCP segment whose header was captured. */
  seq = 29,
  /** Its acknowledgment number. */
  ack = 30,
  tags = 31,
  /** Shared by all copies of a packet. */
  fingerprint = 32,
  /** Offset of the innermost IP header. */
  netAt = 33,
  /** A number for the stack of headers of an IP packet; what an ICMP error quotes is left out. */
  stackHash = 34,
  /** How the frame was handed on. */
  handling = 35,
  /** Destination, then source MAC of the outermost header, as Ethernet has them. */
  macs = 36,
  /** -1 where the tunnel has none. */
  vni = 39,
  edgePort = 40,
  /** Length of the packet that is the tunnel's, in bytes, as its header says. */
  outerLength = 41,
  /** Its source, then destination. */
  outerAddress = 42,
  /** Its UDP checksum, as the header has it: 0 is none. */
  statedChecksum = 50,
  /** MACs of the innermost Ethernet header after the first one, as Ethernet has them. */
  innerMacs = 51,
}

export const WORDS = 56;

/** Flags, each within the word that holds it. */
export enum BIT {
  hasTime = 1,
  hidden = 2,
  laterFragment = 4,
  fragmented = 8,
  hasL4 = 16,
  isError = 32,
  isArp = 64,
  unknownLink = 128,
  answers = 256,
  isDns = 512,
  outerFragmented = 1024,
  outerDontFragment = 2048,
  innerTagged = 4096,
  hasOuterChecksum = 33554432,
  hasDestinationMac = 8,
  hasSourceMac = 16,
  hasInnerMacs = 32,
  dontFragment = 64,
}

/** Where small numbers begin in the word that holds them. */
export enum SHIFT {
  fileDirection = 13,
  directionCode = 15,
  stop = 17,
  familyCode = 19,
  levels = 21,
  unknown = 26,
  ttl = 0,
  outermostTtl = 8,
  proto = 16,
  flags = 24,
  ipId = 0,
  window = 16,
  srcPort = 0,
  dstPort = 16,
  mss = 0,
  vlanAndOne = 16,
  wrongSums = 29,
  kindCode = 0,
  dscpCode = 7,
  outermostDscp = 13,
  outerPort = 0,
  tunnelKind = 16,
}

export const packetTtls = (ttl: number, outermostTtl: number, proto: number, flags: number): number =>
  ttl | (outermostTtl << 8) | (proto << 16) | (flags << 24);
export const packetIdent = (ipId: number, window: number): number => ipId | (window << 16);
export const packetPorts = (srcPort: number, dstPort: number): number => srcPort | (dstPort << 16);
export const packetTags = (mss: number, vlanAndOne: number, wrongSums: number): number =>
  mss | (vlanAndOne << 16) | (wrongSums << 29);
export const packetEdgePort = (outerPort: number, tunnelKind: number): number => outerPort | (tunnelKind << 16);

/** Reads the record at `at`. */
export abstract class PacketView {
  abstract words: Int32Array;
  protected abstract doubles: Float64Array;
  /** Its first word. */
  at = 0;

  /** Of its record in the capture file, in bytes. */
  get fileOffset(): number {
    return this.doubles[this.at / 2];
  }
  /** Time in whole seconds, as the capture file says it. */
  get seconds(): number {
    return this.doubles[this.at / 2 + 1];
  }
  /** Frame number, from 1. */
  get number(): number {
    return this.words[this.at + 4] >>> 0;
  }
  /** What the time has beyond whole seconds. */
  get nanoseconds(): number {
    return this.words[this.at + 5];
  }
  /** Where the frame begins in its chunk. */
  get start(): number {
    return this.words[this.at + 6];
  }
  /** Bytes that were captured. */
  get captured(): number {
    return this.words[this.at + 7];
  }
  /** Bytes on the wire. */
  get wireLength(): number {
    return this.words[this.at + 8] >>> 0;
  }
  /** Link type, www.tcpdump.org/linktypes.html. */
  get linkType(): number {
    return this.words[this.at + 9];
  }
  /** Interface, as the capture file counts them. */
  get interfaceId(): number {
    return this.words[this.at + 10];
  }
  /** Interface, as the frame itself says it (SLL2), else as the file does. */
  get interface(): number {
    return this.words[this.at + 11] >>> 0;
  }
  /** The capture file says when. */
  get hasTime(): boolean {
    return (this.words[this.at + 12] & 1) !== 0;
  }
  /** The cooked header hides the interface. */
  get hidden(): boolean {
    return (this.words[this.at + 12] & 2) !== 0;
  }
  /** Not the first fragment: no transport header. */
  get laterFragment(): boolean {
    return (this.words[this.at + 12] & 4) !== 0;
  }
  /** This or another fragment follows or came before. */
  get fragmented(): boolean {
    return (this.words[this.at + 12] & 8) !== 0;
  }
  /** The transport header was captured. */
  get hasL4(): boolean {
    return (this.words[this.at + 12] & 16) !== 0;
  }
  /** An ICMP error that quotes another packet. */
  get isError(): boolean {
    return (this.words[this.at + 12] & 32) !== 0;
  }
  /** The frame holds an ARP header, bare or in a tunnel. */
  get isArp(): boolean {
    return (this.words[this.at + 12] & 64) !== 0;
  }
  /** hopscope does not know the link type. */
  get unknownLink(): boolean {
    return (this.words[this.at + 12] & 128) !== 0;
  }
  /** An answer by its nature: a conversation that starts with it is turned round. */
  get answers(): boolean {
    return (this.words[this.at + 12] & 256) !== 0;
  }
  /** The payload of its UDP datagram is a DNS message, to or from port 53. */
  get isDns(): boolean {
    return (this.words[this.at + 12] & 512) !== 0;
  }
  /** The outer packet is a fragment. */
  get outerFragmented(): boolean {
    return (this.words[this.at + 12] & 1024) !== 0;
  }
  /** The outer packet must not be fragmented. */
  get outerDontFragment(): boolean {
    return (this.words[this.at + 12] & 2048) !== 0;
  }
  /** The inner Ethernet header carries a VLAN tag. */
  get innerTagged(): boolean {
    return (this.words[this.at + 12] & 4096) !== 0;
  }
  /** Direction as the capture file says it. */
  get fileDirection(): number {
    return (this.words[this.at + 12] >> 13) & 0x3;
  }
  /** Direction as all that is known says it. */
  get directionCode(): number {
    return (this.words[this.at + 12] >> 15) & 0x3;
  }
  /** Why the walk ended, see STOP. */
  get stop(): number {
    return (this.words[this.at + 12] >> 17) & 0x3;
  }
  /** 0 no IP, 1 IPv4, 2 IPv6. */
  get familyCode(): number {
    return (this.words[this.at + 12] >> 19) & 0x3;
  }
  /** Number of IP headers, outermost first; a quoted packet's do not count. */
  get levels(): number {
    return (this.words[this.at + 12] >> 21) & 0xf;
  }
  /** The tunnel runs over UDP. */
  get hasOuterChecksum(): boolean {
    return (this.words[this.at + 12] & 33554432) !== 0;
  }
  /** What of the frame is not known though there are bytes for it, see UNKNOWN. */
  get unknown(): number {
    return this.words[this.at + 12] >>> 26;
  }
  /** TTL or hop limit of the innermost IP header. */
  get ttl(): number {
    return this.words[this.at + 13] & 0xff;
  }
  /** That of the outermost one: the same one in a bare packet. */
  get outermostTtl(): number {
    return (this.words[this.at + 13] >> 8) & 0xff;
  }
  /** IANA number of the transport, or of what stands in its place. */
  get proto(): number {
    return (this.words[this.at + 13] >> 16) & 0xff;
  }
  /** TCP flags; type of an ICMP message; else 0. */
  get flags(): number {
    return this.words[this.at + 13] >>> 24;
  }
  /** IPv4 identification; of IPv6 that of its fragment header; else 0. */
  get ipId(): number {
    return this.words[this.at + 14] & 0xffff;
  }
  /** TCP window, as the header has it. */
  get window(): number {
    return this.words[this.at + 14] >>> 16;
  }
  /** Port, or identifier of an echo. */
  get srcPort(): number {
    return this.words[this.at + 15] & 0xffff;
  }
  get dstPort(): number {
    return this.words[this.at + 15] >>> 16;
  }
  /** Length of the IP packet on the wire, header included, in bytes. */
  get ipLength(): number {
    return this.words[this.at + 24];
  }
  /** Offset of the transport header, or of the IP payload. */
  get l4At(): number {
    return this.words[this.at + 25];
  }
  /** Its end among the captured bytes. */
  get l4End(): number {
    return this.words[this.at + 26];
  }
  /** Offset of the transport's payload (TCP, UDP). */
  get payloadAt(): number {
    return this.words[this.at + 27];
  }
  /** Its length on the wire, in bytes. */
  get payloadLength(): number {
    return this.words[this.at + 28];
  }
  /** Sequence number of a TCP segment whose header was captured. */
  get seq(): number {
    return this.words[this.at + 29] >>> 0;
  }
  /** Its acknowledgment number. */
  get ack(): number {
    return this.words[this.at + 30] >>> 0;
  }
  /** MSS option of a SYN; 0: none. */
  get mss(): number {
    return this.words[this.at + 31] & 0xffff;
  }
  /** VLAN id of the outermost tag and one; 0: no tag. */
  get vlanAndOne(): number {
    return (this.words[this.at + 31] >> 16) & 0x1fff;
  }
  /** Checksums that a text says are wrong: 1 of the innermost transport, 2 of the datagram around the tunnel. */
  get wrongSums(): number {
    return (this.words[this.at + 31] >> 29) & 0x3;
  }
  /** Shared by all copies of a packet. */
  get fingerprint(): number {
    return this.words[this.at + 32];
  }
  /** Offset of the innermost IP header. */
  get netAt(): number {
    return this.words[this.at + 33];
  }
  /** A number for the stack of headers of an IP packet; what an ICMP error quotes is left out. */
  get stackHash(): number {
    return this.words[this.at + 34];
  }
  /** Kind of frame, see KIND. */
  get kindCode(): number {
    return this.words[this.at + 35] & 0x7;
  }
  /** The outermost header is Ethernet. */
  get hasDestinationMac(): boolean {
    return (this.words[this.at + 35] & 8) !== 0;
  }
  /** The outermost header has a MAC of the sender. */
  get hasSourceMac(): boolean {
    return (this.words[this.at + 35] & 16) !== 0;
  }
  /** There is an Ethernet header inside a tunnel. */
  get hasInnerMacs(): boolean {
    return (this.words[this.at + 35] & 32) !== 0;
  }
  /** DF bit of the innermost IPv4 header. */
  get dontFragment(): boolean {
    return (this.words[this.at + 35] & 64) !== 0;
  }
  /** DSCP of the innermost IP header, RFC 2474. */
  get dscpCode(): number {
    return (this.words[this.at + 35] >> 7) & 0x3f;
  }
  /** That of the outermost one. */
  get outermostDscp(): number {
    return (this.words[this.at + 35] >> 13) & 0x3f;
  }
  /** -1 where the tunnel has none. */
  get vni(): number {
    return this.words[this.at + 39];
  }
  /** UDP destination port, or 0. */
  get outerPort(): number {
    return this.words[this.at + 40] & 0xffff;
  }
  /** See TUNNEL. */
  get tunnelKind(): number {
    return this.words[this.at + 40] >>> 16;
  }
  /** Length of the packet that is the tunnel's, in bytes, as its header says. */
  get outerLength(): number {
    return this.words[this.at + 41];
  }
  /** Its UDP checksum, as the header has it: 0 is none. */
  get statedChecksum(): number {
    return this.words[this.at + 50];
  }
}
