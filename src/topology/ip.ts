// One form for both address families: 128 bits as four 32-bit words, IPv4 mapped into ::ffff:0:0/96 (RFC 4291
// section 2.5.5.2). Comparing and masking then need no case for the family. Mapped addresses never appear on the wire
// (RFC 4038 section 4.2), so nothing is confused by it.

import { parseCidr, parseIpv4, parseIpv6 } from '../bytes/parse.js';
import { u32 } from '../bytes/read.js';
import { ipv4, ipv6 } from '../bytes/show.js';

const MAPPED = 0xffff;

/** An address. Mutable on purpose: code that runs per packet keeps one and refills it with `read`. */
export class Ip {
  constructor(
    public a = 0,
    public b = 0,
    public c = 0,
    public d = 0,
  ) {}

  /** From an IPv4 address in 32 bits. */
  static v4(address: number): Ip {
    return new Ip(0, 0, MAPPED, address >>> 0);
  }

  /** From text in any spelling of RFC 4291 section 2.2, or dotted IPv4; null when it is neither. */
  static parse(text: string): Ip | null {
    const quad = parseIpv4(text);
    if (quad !== null) return Ip.v4(quad);
    const bytes = parseIpv6(text);
    return bytes === null ? null : new Ip().read(bytes, 0, 6);
  }

  /** Refills this address from the 4 or 16 bytes at `at`; the caller has checked that they are there. */
  read(bytes: Uint8Array, at: number, family: 4 | 6): this {
    if (family === 4) {
      this.a = 0;
      this.b = 0;
      this.c = MAPPED;
      this.d = u32(bytes, at);
    } else {
      this.a = u32(bytes, at);
      this.b = u32(bytes, at + 4);
      this.c = u32(bytes, at + 8);
      this.d = u32(bytes, at + 12);
    }
    return this;
  }

  /** Refills this address from an IPv4 address in 32 bits. */
  setV4(address: number): this {
    this.a = 0;
    this.b = 0;
    this.c = MAPPED;
    this.d = address >>> 0;
    return this;
  }

  get family(): 4 | 6 {
    return this.a === 0 && this.b === 0 && this.c === MAPPED ? 4 : 6;
  }

  /** 127.0.0.0/8 and ::1: the same on every node, so they say nothing. */
  get isLoopback(): boolean {
    return this.family === 4 ? this.d >>> 24 === 127 : this.a === 0 && this.b === 0 && this.c === 0 && this.d === 1;
  }

  /** 169.254.0.0/16 and fe80::/10: they mean a link, and which one the address does not say. */
  get isLinkLocal(): boolean {
    return this.family === 4 ? this.d >>> 16 === 0xa9fe : this.a >>> 22 === 0x3fa;
  }

  get isMulticast(): boolean {
    return this.family === 4 ? this.d >>> 28 === 0xe : this.a >>> 24 === 0xff;
  }

  /** 0.0.0.0 and `::`: no address, or any. */
  get isUnspecified(): boolean {
    return this.d === 0 && (this.c === 0 || this.c === MAPPED) && this.a === 0 && this.b === 0;
  }

  equals(other: Ip): boolean {
    return this.d === other.d && this.c === other.c && this.b === other.b && this.a === other.a;
  }

  /** Negative, zero or positive, as for sorting. */
  compare(other: Ip): number {
    return this.a - other.a || this.b - other.b || this.c - other.c || this.d - other.d;
  }

  /** The address after this one, or null after the last. */
  next(): Ip | null {
    const d = (this.d + 1) >>> 0;
    const c = (this.c + (d === 0 ? 1 : 0)) >>> 0;
    const b = (this.b + (d === 0 && c === 0 ? 1 : 0)) >>> 0;
    const a = (this.a + (d === 0 && c === 0 && b === 0 ? 1 : 0)) >>> 0;
    return a === 0 && b === 0 && c === 0 && d === 0 ? null : new Ip(a, b, c, d);
  }

  copy(): Ip {
    return new Ip(this.a, this.b, this.c, this.d);
  }

  /** Refills this address from another one. */
  set(other: Ip): this {
    this.a = other.a;
    this.b = other.b;
    this.c = other.c;
    this.d = other.d;
    return this;
  }

  /** Dotted, or RFC 5952. */
  toString(): string {
    if (this.family === 4) return ipv4(this.d);
    const bytes = new Uint8Array(16);
    [this.a, this.b, this.c, this.d].forEach((word, i) => {
      bytes.set([word >>> 24, word >>> 16, word >>> 8, word], i * 4);
    });
    return ipv6(bytes);
  }

  toJSON(): string {
    return this.toString();
  }
}

/** An address and a length: a network, or an interface's address with the network it sits in. */
export class Prefix {
  /** First and last address of the network. */
  readonly network: Ip;
  readonly last: Ip;
  /** Length in the 128-bit form: IPv4's plus 96. */
  readonly bits: number;

  /** `length` is the one people write: up to 32 for IPv4, up to 128 for IPv6. */
  constructor(
    readonly address: Ip,
    readonly length: number,
  ) {
    this.bits = address.family === 4 ? length + 96 : length;
    const mask = (i: number) => {
      const bits = Math.min(32, Math.max(0, this.bits - i * 32));
      return bits === 0 ? 0 : (0xffffffff << (32 - bits)) >>> 0;
    };
    const [ma, mb, mc, md] = [mask(0), mask(1), mask(2), mask(3)];
    this.network = new Ip((address.a & ma) >>> 0, (address.b & mb) >>> 0, (address.c & mc) >>> 0, (address.d & md) >>> 0);
    this.last = new Ip((address.a | ~ma) >>> 0, (address.b | ~mb) >>> 0, (address.c | ~mc) >>> 0, (address.d | ~md) >>> 0);
  }

  static host(address: Ip): Prefix {
    return new Prefix(address, address.family === 4 ? 32 : 128);
  }

  /** `192.168.10.200/24`, or an address alone as a host; null when it is neither. Host bits are kept in `address`. */
  static parse(text: string): Prefix | null {
    const cidr = parseCidr(text);
    if (cidr === null) return null;
    if (cidr.family === 4) return new Prefix(Ip.v4(cidr.address), cidr.prefix);
    const address = new Ip().read(cidr.address, 0, 6);
    if (address.family === 6) return new Prefix(address, cidr.prefix);
    // Written as IPv4-mapped, so its length counts the 96 bits in front.
    return cidr.prefix < 96 ? null : new Prefix(address, cidr.prefix - 96);
  }

  get isHost(): boolean {
    return this.bits === 128;
  }

  get isDefault(): boolean {
    return this.length === 0;
  }

  contains(ip: Ip): boolean {
    return this.address.family === ip.family && this.network.compare(ip) <= 0 && this.last.compare(ip) >= 0;
  }

  sameNetwork(other: Prefix): boolean {
    return this.bits === other.bits && this.network.equals(other.network);
  }

  /** Equal for prefixes of the same network. */
  get key(): string {
    const { a, b, c, d } = this.network;
    return `${a},${b},${c},${d}/${this.bits}`;
  }

  /** The network as `ip route` writes it: `default`, a host without its length, else ADDRESS/LENGTH. */
  toString(): string {
    if (this.isDefault) return 'default';
    return this.isHost ? this.network.toString() : `${this.network}/${this.length}`;
  }

  toJSON(): string {
    return this.toString();
  }
}
