// Other names and other public addresses for those of a run: the same for the same one, of the same length and form, and addresses of one
// network stay in one network. The key is made anew each time and kept nowhere: nobody can turn them back, nor make the same ones again.
import { createHmac, randomBytes } from 'node:crypto';
import { type Cidr4, type Cidr6, inCidr4, inCidr6, parseCidr, parseIpv4, parseIpv6 } from '../bytes/parse.js';
import { ipv4, ipv6 } from '../bytes/show.js';

/** What is no public address (IANA special-purpose registries, RFC 6890; multicast and what is reserved): it tells nobody who you are. */
const SPECIAL4 = [
  ...[
    '0.0.0.0/8',
    '10.0.0.0/8',
    '100.64.0.0/10',
    '127.0.0.0/8',
    '169.254.0.0/16',
    '172.16.0.0/12',
    '192.0.0.0/24',
    '192.0.2.0/24',
  ],
  ...['192.88.99.0/24', '192.168.0.0/16', '198.18.0.0/15', '198.51.100.0/24', '203.0.113.0/24', '224.0.0.0/3'],
].map((text) => parseCidr(text) as Cidr4);
const PUBLIC6 = parseCidr('2000::/3') as Cidr6;
const SPECIAL6 = ['2001:db8::/32', '3fff::/20', '2001::/23', '2002::/16'].map((text) => parseCidr(text) as Cidr6);

/** Bits of an address that stay: what kind it is; and those at its end, which are in solicited-node multicast as well (RFC 4291 section 2.7.1). */
const KEPT4 = 8;
const KEPT6 = 16;
const KEPT6_AT_END = 24;

const V4 = /(?<![\w.:-])(\d{1,3}(?:\.\d{1,3}){3})(?![\w-]|\.\d|\.in-addr\.)(?:\/(\d{1,2})(?!\d))?/g;
/** Also with an IPv4 address at its end; what is none is left. A MAC has no group of three or four digits, and no two colons together. */
const V6 = /(?<![\w.:])([0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7})(?![\w:]|\.\d)(?:\/(\d{1,3})(?!\d))?/gi;

/** Names of addresses in DNS (RFC 1035 section 3.5, RFC 3596 section 2.5), as text and as labels with their lengths; zones have fewer labels. */
const PTR4 = /(?<![\w.-])(\d{1,3}(?:\.\d{1,3}){0,3})(?=\.in-addr\.arpa)/gi;
const PTR6 = /(?<![\w.-])([0-9a-f](?:\.[0-9a-f]){0,31})(?=\.ip6\.arpa)/gi;
const PTR_BYTES = /((?:\x01\d|\x02\d\d|\x03\d{3}){1,4})(?=\x07in-addr\x04arpa)|((?:\x01[0-9a-f]){1,32})(?=\x03ip6\x04arpa)/gi;
/** An address as a number: in filters, and in what tools print of the kernel's tables. */
const HEX = /\b0x([0-9a-f]{8})\b/gi;

/** Hosts in the words of curl, wget, ping and others, in URLs, and in prompts. */
const HOSTS =
  /(?:\b[a-z][a-z0-9+.-]*:\/\/(?:[^\s/@]*@)?|\bPING |\bping6? statistics for |\bHost: |\bConnected to |\bresolve (?:host|hostname|proxy):? |\bConnecting to |\bResolving |^[\w.-]+@)([a-z0-9][\w-]*(?:\.[\w-]+)*)/gim;

/** Words that tools print themselves, or that rules read: as names they tell nobody anything. */
const KEPT_WORDS = new Set(
  (
    'default local localhost host router client server node proxy static permanent kernel link none any all other main table unicast broadcast multicast' +
    ' blackhole global scope forever state reachable stale vxlan geneve bridge veth dummy external true false null unknown in-addr arpa ip6 svc pod cluster' +
    ' kubernetes kube-system kube-public kube-node-lease kube-proxy kube-dns coredns cilium cilium-agent cilium-operator hubble etcd kubelet com net org' +
    ' inet inet6 ether name names icmp icmpv6 tcp udp http https root vagrant ubuntu admin user internal'
  ).split(' '),
);

const isPublic4 = (address: number): boolean => !SPECIAL4.some((net) => inCidr4(address, net));
const isPublic6 = (bytes: Uint8Array, at = 0): boolean =>
  inCidr6(bytes, at, PUBLIC6) && !SPECIAL6.some((net) => inCidr6(bytes, at, net));

export class Pseudonyms {
  private readonly key = randomBytes(32);
  private readonly v4 = new Map<number, number>();
  private readonly v6 = new Map<string, Uint8Array>();
  private readonly names = new Map<string, string>();
  private readonly given = new Set<string>();
  private inText: RegExp | null = null;
  private inBytes: RegExp | null = null;
  /** Names that stay, since they are words of tools. */
  readonly kept = new Set<string>();

  get counts(): { readonly names: number; readonly addresses: number } {
    return { names: this.names.size, addresses: this.v4.size + this.v6.size };
  }

  /** A name of the run; parts of a name with dots and slashes are names each. */
  learn(text: string): void {
    for (const word of text.toLowerCase().split(/[./@:\s]+/)) {
      if (!/^[a-z0-9](?:[a-z0-9_-]*[a-z0-9])?$/.test(word) || word.length < 2 || word.length > 253 || /^[\d-]+$/.test(word))
        continue;
      if (KEPT_WORDS.has(word)) this.kept.add(word);
      else if (!this.names.has(word) && this.names.size < MAX_NAMES) {
        this.names.set(word, this.nameFor(word));
        this.inText = this.inBytes = null;
      }
    }
  }

  /** An IPv4 address in 32 bits; one that is not public is itself. */
  ipv4(address: number): number {
    if (!isPublic4(address)) return address;
    let other = this.v4.get(address);
    if (other === undefined) {
      other = address;
      // What comes out as special goes through again: so no two become one.
      do other = this.flipped(other, 32, KEPT4, 0);
      while (!isPublic4(other));
      this.v4.set(address, other);
    }
    return other;
  }

  /** 16 bytes in place; false where nothing was changed. */
  ipv6(bytes: Uint8Array, at: number): boolean {
    if (!isPublic6(bytes, at)) return false;
    const key = Buffer.from(bytes.buffer, bytes.byteOffset + at, 16).toString('hex');
    let other = this.v6.get(key);
    if (other === undefined) {
      let value = BigInt(`0x${key}`);
      let again: Uint8Array;
      do {
        value = this.flippedBig(value);
        again = Uint8Array.from(Buffer.from(value.toString(16).padStart(32, '0'), 'hex'));
      } while (!isPublic6(again));
      other = again;
      this.v6.set(key, other);
    }
    bytes.set(other, at);
    return true;
  }

  /** Addresses and hosts that a text names are known from then on. */
  learnWords(text: string): void {
    for (const [, host] of text.matchAll(HOSTS)) if (parseIpv4(host) === null) this.learn(host);
    for (const [, written] of text.matchAll(V4)) {
      const address = parseIpv4(written);
      if (address !== null) this.ipv4(address);
    }
  }

  text(text: string): string {
    return this.named(
      text
        .replace(PTR4, (_, labels: string) => this.reverse4(labels.split('.')).join('.'))
        .replace(PTR6, (_, labels: string) => this.reverse6(labels.split('.')).join('.'))
        // Numbers of eight digits are much else, too: only those of addresses that are known.
        .replace(HEX, (whole, digits: string) => {
          const other = this.v4.get(Number.parseInt(digits, 16));
          return other === undefined ? whole : `0x${other.toString(16).padStart(8, '0')}`;
        })
        .replace(V4, (whole, written: string, length?: string) => {
          const address = parseIpv4(written);
          if (address === null || !isPublic4(address)) return whole;
          const bits = length === undefined ? 32 : Math.min(32, Number(length));
          const mask = bits === 0 ? 0 : (0xffff_ffff << (32 - bits)) >>> 0;
          // A network has nothing after its prefix, and so has its other.
          const other = (address & mask) >>> 0 === address ? (this.ipv4(address) & mask) >>> 0 : this.ipv4(address);
          return `${ipv4(other)}${length === undefined ? '' : `/${length}`}`;
        })
        .replace(V6, (whole, written: string, length?: string) => {
          const bytes = parseIpv6(written);
          if (bytes === null || !isPublic6(bytes)) return whole;
          const bits = length === undefined ? 128 : Math.min(128, Number(length));
          const isNetwork = bytes.every((byte, i) => (byte & restOf(bits, i)) === 0);
          this.ipv6(bytes, 0);
          if (isNetwork) for (let i = 0; i < 16; i++) bytes[i] &= ~restOf(bits, i);
          return `${ipv6(bytes)}${length === undefined ? '' : `/${length}`}`;
        }),
    );
  }

  /** Labels of `142.69.2.81.in-addr.arpa`, each with as many digits as before: packets keep their length, so that these are not those of the other address. */
  private reverse4(labels: readonly string[]): string[] {
    const octets = [...labels].reverse().map(Number);
    const address = octets.reduce((sum, octet, i) => sum + octet * 2 ** (24 - 8 * i), 0);
    if (octets.some((octet) => octet > 255) || !isPublic4(address)) return [...labels];
    return labels.map((label, i) => {
      if (i === labels.length - 1) return label;
      const [from, to] = [
        [0, 9],
        [10, 99],
        [100, 255],
      ][label.length - 1];
      return String(from + (this.digest(`ptr ${labels.slice(i).join('.')}`).readUInt16BE(0) % (to - from + 1)));
    });
  }

  /** Labels of an address in ip6.arpa: those of the other address. */
  private reverse6(labels: readonly string[]): string[] {
    const bytes = Uint8Array.from(Buffer.from([...labels].reverse().join('').padEnd(32, '0'), 'hex'));
    this.ipv6(bytes, 0);
    return [...Buffer.from(bytes).toString('hex').slice(0, labels.length)].reverse();
  }

  private named(text: string): string {
    if (this.names.size === 0) return text;
    this.inText ??= wordsOf(this.names.keys(), (name) => name);
    return text.replace(this.inText, (word) => this.spelt(word));
  }

  /** Names in the bytes of a packet, in place; false where there are none. */
  bytes(bytes: Uint8Array, start: number, end: number): boolean {
    const text = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString('latin1');
    let found = false;
    for (const { 0: whole, 1: v4, index } of text.matchAll(PTR_BYTES)) {
      const labels = whole.split(/[\x01-\x03]/).slice(1);
      const others = v4 === undefined ? this.reverse6(labels) : this.reverse4(labels);
      const other = others.map((label) => `${String.fromCharCode(label.length)}${label}`).join('');
      if (other === whole) continue;
      bytes.set(Buffer.from(other, 'latin1'), start + index);
      found = true;
    }
    if (this.names.size === 0) return found;
    // A short name may be there by chance, unless its length stands before it as in DNS.
    this.inBytes ??= wordsOf(this.names.keys(), (name) => (name.length >= 4 ? name : `(?<=${escaped(name.length)})${name}`));
    for (const { 0: word, index } of text.matchAll(this.inBytes)) {
      bytes.set(Buffer.from(this.spelt(word), 'latin1'), start + index);
      found = true;
    }
    return found;
  }

  /** In upper case where the word is: DNS compares without it, and resolvers vary it. */
  private spelt(word: string): string {
    const other = this.names.get(word.toLowerCase()) ?? word;
    return [...other].map((c, i) => (word[i] !== word[i].toLowerCase() ? c.toUpperCase() : c)).join('');
  }

  private nameFor(word: string): string {
    for (let round = 0; ; round++) {
      const digest = this.digest(`name ${round} ${word}`);
      const other = [...word]
        .map((c, i) => {
          const byte = digest[i % digest.length] + i;
          if (/\d/.test(c)) return String(byte % 10);
          return /[a-z]/.test(c) ? String.fromCharCode(97 + (byte % 26)) : c;
        })
        .join('');
      // A word of two letters has few others.
      if ((this.given.has(other) || KEPT_WORDS.has(other)) && round < 100) continue;
      this.given.add(other);
      return other;
    }
  }

  /** Each bit turned or not, by what stands before it: two addresses share as many first bits as before (Xu and others, Crypto-PAn, 2002). */
  private flipped(address: number, size: number, keptFirst: number, keptLast: number): number {
    let other = address;
    for (let bit = keptFirst; bit < size - keptLast; bit++)
      if ((this.digest(`4 ${bit} ${address >>> (size - bit)}`)[0] & 1) === 1) other = (other ^ (1 << (size - 1 - bit))) >>> 0;
    return other;
  }

  private flippedBig(address: bigint): bigint {
    let other = address;
    for (let bit = KEPT6; bit < 128 - KEPT6_AT_END; bit++)
      if ((this.digest(`6 ${bit} ${address >> BigInt(128 - bit)}`)[0] & 1) === 1) other ^= 1n << BigInt(127 - bit);
    return other;
  }

  private digest(text: string): Buffer {
    return createHmac('sha256', this.key).update(text).digest();
  }
}

/** A cluster has some thousands. */
const MAX_NAMES = 20_000;

/** Of byte `i` of an address, the bits after a prefix. */
const restOf = (bits: number, i: number): number => (bits >= 8 * (i + 1) ? 0 : bits <= 8 * i ? 0xff : 0xff >>> (bits - 8 * i));

const escaped = (code: number): string => `\\x${code.toString(16).padStart(2, '0')}`;

/** The longest first, each as a word of its own. Names have letters, digits, `-` and `_`: none means anything else in a pattern. */
function wordsOf(names: Iterable<string>, pattern: (name: string) => string): RegExp {
  const all = [...names].sort((a, b) => b.length - a.length).map((name) => pattern(name));
  return new RegExp(`(?<![A-Za-z0-9_])(?:${all.join('|')})(?![A-Za-z0-9_])`, 'gi');
}
