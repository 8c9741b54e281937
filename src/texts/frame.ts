// The bytes of one frame, made header by header. Lengths are filled in at the end, when it is known how much was carried: of what a text
// does not show, only the length is.

/** What the printed text of a frame leaves open. The bits stand in the option UNKNOWN_OPTION of its pcapng block. */
export const OPEN = {
  /** MACs of the link header. */
  link: 1,
  /** TTL or hop limit, IP id, TOS and flags of some IP header. */
  ttl: 2,
  /** Checksums. */
  checksum: 4,
  /** MACs of an Ethernet header inside a tunnel. */
  innerLink: 8,
  /** Number of the interface: it is printed by name. */
  index: 16,
  /** What the snapshot length has cut off, as tcpdump says itself: `[|tcp]`. */
  cut: 32,
  /** The checksum of the innermost transport is known after all: it is wrong. */
  wrongSum: 64,
  /** That of the UDP datagram around the tunnel is wrong. */
  wrongOuterSum: 128,
  /** The packet that an ICMP error quotes: one of an earlier line stands for it. What follows is for showing only. */
  quote: 256,
  /** MAC of who asks by ARP. */
  asker: 512,
  /** Whom an ARP reply is sent to. */
  asked: 1024,
  /** Length of the transport, or of its header. */
  length: 2048,
  /** Length in some IP header. */
  total: 4096,
  /** Port that the packet was for that an ICMP error quotes. */
  quotePort: 8192,
} as const;

/** A header that says how long it and what follows is. */
interface Sized {
  readonly kind: 'ip' | 'ip6' | 'udp';
  readonly at: number;
}

/** Longer frames do not exist (IPv6 jumbograms aside). */
const ROOM = 70_000;

export const PROTO = { icmp: 1, ipip: 4, tcp: 6, udp: 17, ip6: 41, gre: 47, esp: 50, icmp6: 58 } as const;

export class FrameText {
  readonly bytes = new Uint8Array(ROOM);
  private readonly view = new DataView(this.bytes.buffer);
  /** Bytes made so far. */
  length = 0;
  /** Bytes after them that were on the wire, and are not in the text. */
  unseen = 0;
  open = 0;
  /** Length on the wire as the text says it; -1: it does not. */
  wire = -1;
  private readonly sized: Sized[] = [];
  /** Place of the protocol number that the header behind it decides on; -1: none. */
  private protoAt = -1;

  clear(): void {
    this.length = 0;
    this.unseen = 0;
    this.open = 0;
    this.wire = -1;
    this.sized.length = 0;
    this.protoAt = -1;
  }

  /** Room for `count` more bytes, all zero; where they start. */
  add(count: number): number {
    const at = this.length;
    if (at + count > ROOM) throw new RangeError('longer than any frame');
    this.bytes.fill(0, at, at + count);
    this.length = at + count;
    return at;
  }

  u8(at: number, value: number): void {
    this.bytes[at] = value;
  }
  u16(at: number, value: number): void {
    this.view.setUint16(at, value);
  }
  u32(at: number, value: number): void {
    this.view.setUint32(at, value);
  }

  put(from: Uint8Array, at: number, count: number): void {
    for (let i = 0; i < count; i++) this.bytes[at + i] = from[i];
  }

  /** The header in front of this one says `proto` is next. */
  next(proto: number): void {
    if (this.protoAt >= 0) this.bytes[this.protoAt] = proto;
    this.protoAt = -1;
  }

  /** RFC 791 section 3.1, without options. Addresses are filled in by the caller at 12 and 16. */
  ip(): number {
    const at = this.add(20);
    this.bytes[at] = 0x45;
    this.protoAt = at + 9;
    this.sized.push({ kind: 'ip', at });
    return at;
  }

  /** The IPv4 header just made is of a later fragment, whose offset is not known. */
  laterFragment(): void {
    const last = this.sized[this.sized.length - 1];
    if (last?.kind === 'ip') this.u16(last.at + 6, 1);
  }

  /** RFC 8200 section 3. Addresses at 8 and 24. */
  ip6(): number {
    const at = this.add(40);
    this.bytes[at] = 0x60;
    this.protoAt = at + 6;
    this.sized.push({ kind: 'ip6', at });
    return at;
  }

  /** A hop-by-hop header with a router alert: RFC 8200 section 4.3, RFC 2711 section 2.1. */
  hopByHop(): void {
    this.next(0);
    const at = this.add(8);
    this.protoAt = at;
    this.u32(at + 2, 0x0502_0000);
    this.u16(at + 6, 0x0100);
  }

  /** RFC 8200 section 4.5. */
  fragment6(offset: number, more: boolean): void {
    this.next(44);
    const at = this.add(8);
    this.protoAt = at;
    this.u16(at + 2, (offset & 0xfff8) | (more ? 1 : 0));
  }

  /** Offset of the IP header made last; -1: none. */
  get lastIp(): number {
    for (let i = this.sized.length - 1; i >= 0; i--) if (this.sized[i].kind !== 'udp') return this.sized[i].at;
    return -1;
  }

  /** Offset of the outermost one; -1: none. */
  get firstIp(): number {
    return this.sized.length > 0 ? this.sized[0].at : -1;
  }

  /** Length that the IP header at `at` says of its packet. */
  ipLengthAt(at: number): number {
    if (at < 0) return 0;
    return this.bytes[at] >> 4 === 6 ? this.view.getUint16(at + 4) + 40 : this.view.getUint16(at + 2);
  }

  /** More fragments follow the outermost IPv4 packet. */
  moreFragments(): void {
    const [first] = this.sized;
    if (first?.kind === 'ip') this.bytes[first.at + 6] |= 0x20;
  }

  udp(source: number, destination: number): number {
    this.next(PROTO.udp);
    const at = this.add(8);
    this.u16(at, source);
    this.u16(at + 2, destination);
    this.sized.push({ kind: 'udp', at });
    return at;
  }

  ethernet(type: number): number {
    const at = this.add(14);
    this.u16(at + 12, type);
    return at;
  }

  /** Fills in the lengths, but those that the text states. */
  finish(): void {
    let end = this.length + this.unseen;
    for (const { kind, at } of this.sized) {
      const stated = this.view.getUint16(kind === 'ip' ? at + 2 : at + 4);
      if (stated !== 0 && kind !== 'udp') end = Math.max(end, at + stated + (kind === 'ip6' ? 40 : 0));
    }
    for (const { kind, at } of this.sized) {
      const field = kind === 'ip' ? at + 2 : at + 4;
      if (this.view.getUint16(field) !== 0) continue;
      this.view.setUint16(field, Math.min(0xffff, kind === 'ip6' ? end - at - 40 : end - at));
    }
    if (this.wire < end) this.wire = end;
  }
}
