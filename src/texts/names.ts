// Addresses and ports as tcpdump prints them: numbers, or the names that a resolver and /etc/services had for them. A name, and an address
// that somebody made unreadable, stands for an address of its own: from 240.0.0.0/4, which no host has (RFC 1112 section 4). The same word has the same one in every text, so that several pastes of one run agree.
import { digit } from './scan.js';

/** Names that get an address of their own for certain; further ones may share one. */
const MAX_NAMES = 50_000;
const FIRST_NAMED = 0xf000_0001;
/** Up to 255.255.255.254: the one behind it is broadcast. */
const NAMED = 0x0fff_fffe;

/** The address that stands for a name, as long as no other one of the text has it. FNV-1a of 32 bits. */
export function standIn(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193);
  return FIRST_NAMED + (((hash ^ (hash >>> 15)) >>> 0) % NAMED);
}

/** Of /etc/services: what is met in labs. */
const SERVICES = new Map<string, number>(
  Object.entries({
    echo: 7,
    discard: 9,
    daytime: 13,
    'ftp-data': 20,
    ftp: 21,
    ssh: 22,
    telnet: 23,
    smtp: 25,
    time: 37,
    domain: 53,
    bootps: 67,
    bootpc: 68,
    tftp: 69,
    http: 80,
    kerberos: 88,
    pop3: 110,
    sunrpc: 111,
    ntp: 123,
    'netbios-ns': 137,
    'netbios-dgm': 138,
    'netbios-ssn': 139,
    imap2: 143,
    snmp: 161,
    'snmp-trap': 162,
    bgp: 179,
    ldap: 389,
    https: 443,
    'microsoft-ds': 445,
    isakmp: 500,
    syslog: 514,
    route: 520,
    'dhcpv6-client': 546,
    'dhcpv6-server': 547,
    ldaps: 636,
    'domain-s': 853,
    imaps: 993,
    pop3s: 995,
    openvpn: 1194,
    'ms-sql-s': 1433,
    radius: 1812,
    'radius-acct': 1813,
    ssdp: 1900,
    nfs: 2049,
    'iscsi-target': 3260,
    mysql: 3306,
    'ms-wbt-server': 3389,
    'bfd-control': 3784,
    'bfd-echo': 3785,
    'ipsec-nat-t': 4500,
    vxlan: 4789,
    sip: 5060,
    'sip-tls': 5061,
    mdns: 5353,
    postgresql: 5432,
    amqp: 5672,
    geneve: 6081,
    redis: 6379,
    x11: 6000,
    iperf3: 5201,
    'http-alt': 8080,
    webcache: 8080,
    otv: 8472,
  }),
);

export class Names {
  /** Names by address, for those that were read. */
  private readonly named = new Map<string, number>();
  private readonly taken = new Set<number>();
  /** Told of a name that got an address. */
  learnt: ((address: number, name: string) => void) | null = null;

  private family: 4 | 6 = 4;
  /** Of IPv6: sixteen bytes. Of IPv4: the first four. */
  readonly bytes = new Uint8Array(16);
  port = -1;

  /**
   * Reads `text` from `at` to `end` as an end point. `ported`: the part after the last dot is a port. Gives false where it can be none.
   */
  read(text: string, at: number, end: number, family: 4 | 6, ported: boolean): boolean {
    this.port = -1;
    this.family = family;
    if (end <= at) return false;
    if (family === 4) {
      const behind = this.ipv4(text, at, end);
      if (behind === end) return true;
      if (behind > 0 && text.charCodeAt(behind) === 46) return this.service(text.slice(behind + 1, end));
      return this.name(text.slice(at, end), ported);
    }
    let last = end;
    const dot = text.lastIndexOf('.', end - 1);
    // The last dot of an address with an IPv4 tail is not a port's: those have colons in front of three dots.
    if (dot > at && !isMapped(text, at, end)) last = dot;
    const percent = text.indexOf('%', at);
    const stop = percent > at && percent < last ? percent : last;
    if (this.ipv6(text.slice(at, stop))) return last === end || this.service(text.slice(last + 1, end));
    return this.name(text.slice(at, end), ported);
  }

  /** Reads `a.b.c.d` into `bytes`; the offset behind it, or -1. */
  private ipv4(text: string, at: number, end: number): number {
    let i = at;
    for (let n = 0; n < 4; n++) {
      let value = 0;
      const from = i;
      for (let c = text.charCodeAt(i); i < end && c >= 48 && c <= 57; c = text.charCodeAt(++i)) value = value * 10 + c - 48;
      if (i === from || i - from > 3 || value > 255) return -1;
      this.bytes[n] = value;
      if (n < 3) {
        if (i >= end || text.charCodeAt(i) !== 46) return -1;
        i++;
      }
    }
    return i;
  }

  /** RFC 4291 section 2.2. */
  ipv6(text: string): boolean {
    const { bytes } = this;
    if (text.length < 2 || text.length > 45) return false;
    let at = 0;
    let gap = -1;
    let i = 0;
    if (text.startsWith('::')) {
      gap = 0;
      i = 2;
    }
    while (i < text.length) {
      if (at >= 16) return false;
      const from = i;
      let value = 0;
      for (let d = digit(text.charCodeAt(i)); i < text.length && d >= 0; d = digit(text.charCodeAt(++i))) value = value * 16 + d;
      if (i === from || i - from > 4) return false;
      if (text.charCodeAt(i) === 46) {
        if (at > 12) return false;
        const tail = text.slice(from).split('.').map(Number);
        if (tail.length !== 4 || tail.some((n) => !(n >= 0 && n <= 255))) return false;
        for (const n of tail) bytes[at++] = n;
        i = text.length;
        break;
      }
      bytes[at++] = value >> 8;
      bytes[at++] = value & 255;
      if (i === text.length) break;
      if (text.charCodeAt(i) !== 58) return false;
      i++;
      if (text.charCodeAt(i) === 58) {
        if (gap >= 0) return false;
        gap = at;
        i++;
      } else if (i === text.length) return false;
    }
    if (gap < 0) return at === 16;
    if (at > 14) return false;
    bytes.copyWithin(16 - (at - gap), gap, at);
    bytes.fill(0, gap, 16 - (at - gap));
    return true;
  }

  private service(text: string): boolean {
    const port = portOf(text);
    if (port < 0) return false;
    this.port = port;
    return true;
  }

  private name(text: string, ported: boolean): boolean {
    if (!NAME.test(text)) return false;
    let host = text;
    const dot = text.lastIndexOf('.');
    if (ported && dot > 0 && dot < text.length - 1) {
      const port = portOf(text.slice(dot + 1));
      if (port >= 0) {
        this.port = port;
        host = text.slice(0, dot);
      }
    }
    this.opaque(host);
    return true;
  }

  /** The address that stands for a name. */
  private opaque(host: string): void {
    const { named, bytes } = this;
    let address = named.get(host);
    if (address === undefined) {
      address = standIn(host);
      if (named.size < MAX_NAMES) {
        while (this.taken.has(address)) address = FIRST_NAMED + ((address - FIRST_NAMED + 1) % NAMED);
        this.taken.add(address);
        named.set(host, address);
        this.learnt?.(address, readable(host));
      }
    }
    let at = 0;
    if (this.family === 6) {
      // The discard prefix, RFC 6666.
      bytes.fill(0);
      bytes[0] = 1;
      at = 12;
    }
    bytes[at] = address >>> 24;
    bytes[at + 1] = (address >>> 16) & 255;
    bytes[at + 2] = (address >>> 8) & 255;
    bytes[at + 3] = address & 255;
  }
}

/** Host names, and what is put in place of addresses: `192.0.2.x`, `<redacted>`, `x.x.x.x`, `censored2.12`. */
const NAME = /^[A-Za-z0-9_<[*{(\x80-\uffff][\w.*<>[\]{}():\x80-\uffff-]{0,252}$/;

/** A name in UTF-8 whose bytes have been taken for characters. */
function readable(name: string): string {
  if (!/[\x80-\xff]/.test(name) || /[^\0-\xff]/.test(name)) return name;
  return new TextDecoder().decode(Uint8Array.from(name, (c) => c.charCodeAt(0)));
}

function portOf(text: string): number {
  if (/^\d{1,5}$/.test(text)) {
    const port = Number(text);
    return port <= 0xffff ? port : -1;
  }
  return SERVICES.get(text) ?? -1;
}

/** `::ffff:192.0.2.1` without a port, which would be a fourth dot. */
function isMapped(text: string, at: number, end: number): boolean {
  let dots = 0;
  for (let i = at; i < end; i++) if (text.charCodeAt(i) === 46) dots++;
  return dots === 3;
}
