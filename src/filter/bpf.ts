// Capture filters, the language of tcpdump (pcap-filter(7)): text -> tree -> one function on the bytes of a frame. It looks where the
// filter that libpcap makes looks: at the outermost headers, at fixed places. Bytes that were not captured make the answer no.
import type { Frame } from '../capture/frame.js';
import { LINKTYPE } from '../capture/linktypes.js';
import { FilterError } from '../errors.js';
import { ETHERTYPE, IP_PROTO, type Item, type Primitive, parse, type Sum, type Tree } from './bpf-parser.js';

/** Does the frame match? */
export type BpfMatcher = (frame: Frame) => boolean;

/** Thrown where the frame ends before what is asked for. One object: it is thrown for packets, not for mistakes. */
const SHORT = new Error('the frame is too short');

type Test = (f: Frame) => boolean;
type Value = (f: Frame) => number;

const byte = (f: Frame, o: number): number => {
  const at = f.start + o;
  if (o < 0 || at >= f.end) throw SHORT;
  return f.bytes[at]!;
};
const word = (f: Frame, o: number): number => (byte(f, o) << 8) | byte(f, o + 1);
const long = (f: Frame, o: number): number => ((word(f, o) << 16) | word(f, o + 2)) >>> 0;

const both =
  (a: Test, b: Test): Test =>
  (f) =>
    a(f) && b(f);
const either =
  (a: Test, b: Test): Test =>
  (f) =>
    a(f) || b(f);

/** Where the network header starts, by link type; those that are not here are not looked into. */
const NETWORK: ReadonlyMap<number, number> = new Map([
  [LINKTYPE.EN10MB, 14],
  [LINKTYPE.RAW, 0],
  [LINKTYPE.IPV4, 0],
  [LINKTYPE.IPV6, 0],
  [LINKTYPE.LINUX_SLL, 16],
  [LINKTYPE.LINUX_SLL2, 20],
  [LINKTYPE.NULL, 4],
  [LINKTYPE.LOOP, 4],
]);

/** AF_INET6 of BSDs, Linux and macOS. */
const INET6 = [10, 24, 28, 30];

/** The test for one link type. */
class Maker {
  /** Tags that were asked for so far, to the left: what follows is behind them. */
  private tags = 0;

  constructor(
    private readonly text: string,
    private readonly linkType: number,
  ) {}

  tree(tree: Tree): Test {
    switch (tree.kind) {
      case 'not': {
        const of = this.tree(tree.of);
        return (f) => !of(f);
      }
      case 'and':
      case 'or': {
        const left = this.tree(tree.left);
        const right = this.tree(tree.right);
        return tree.kind === 'and' ? both(left, right) : either(left, right);
      }
      case 'relation': {
        const left = this.sum(tree.left);
        const right = this.sum(tree.right);
        const test = RELATIONS[tree.op]!;
        const compare: Test = (f) => test(left.value(f), right.value(f));
        return [...left.needs, ...right.needs].reduceRight<Test>((rest, need) => both(need, rest), compare);
      }
      case 'primitive':
        return this.primitive(tree);
    }
  }

  private fail(what: string): FilterError {
    return new FilterError(
      `${what} (in the capture filter "${this.text.slice(0, 80)}"); -Y takes display filters`,
      0,
      this.text.length,
    );
  }

  // ---- the link

  private get network(): number {
    const at = NETWORK.get(this.linkType);
    if (at === undefined)
      throw this.fail('captures of this link type have no words of a capture filter but less, greater and len');
    return at + 4 * this.tags;
  }

  /** The network header is of this type. */
  private carries(type: number): Test {
    const at = this.network;
    switch (this.linkType) {
      case LINKTYPE.RAW:
        if (type === ETHERTYPE.ip) return (f) => byte(f, 0) >> 4 === 4;
        return type === ETHERTYPE.ip6 ? (f) => byte(f, 0) >> 4 === 6 : () => false;
      case LINKTYPE.IPV4:
        return () => type === ETHERTYPE.ip;
      case LINKTYPE.IPV6:
        return () => type === ETHERTYPE.ip6;
      case LINKTYPE.LINUX_SLL2:
        return (f) => word(f, 0) === type;
      case LINKTYPE.NULL:
      case LINKTYPE.LOOP: {
        const families = type === ETHERTYPE.ip ? [2] : type === ETHERTYPE.ip6 ? INET6 : [];
        // NULL is in the byte order of the machine that captured.
        return (f) =>
          families.some((n) => long(f, 0) === n || (this.linkType === LINKTYPE.NULL && long(f, 0) === (n << 24) >>> 0));
      }
      default:
        return (f) => word(f, at - 2) === type;
    }
  }

  private onEthernet(what: string): void {
    if (this.linkType !== LINKTYPE.EN10MB) throw this.fail(`${what} asks for an Ethernet header, and the capture has none`);
  }

  // ---- primitives

  private primitive(p: Primitive): Test {
    const { item } = p;
    switch (item.kind) {
      case 'protocol':
        return this.protocol(item.name);
      case 'host':
      case 'net':
        return this.address(p, item);
      case 'mac': {
        this.onEthernet('ether host');
        const is =
          (o: number): Test =>
          (f) =>
            word(f, o) * 2 ** 32 + long(f, o + 2) === item.value;
        return directed(p.direction, is(6), is(0));
      }
      case 'port':
        return this.port(p, item.from, item.to);
      case 'proto':
        return this.numbered(p.proto, item.value);
      case 'vlan':
        return this.vlan(item.id);
      case 'cast':
        return this.cast(item.proto, item.broad);
      case 'bound':
        return this.bound(item.out);
      case 'length':
        return item.least ? (f) => f.wireLength >= item.value : (f) => f.wireLength <= item.value;
    }
  }

  private protocol(name: string): Test {
    const type = ETHERTYPE[name];
    if (type !== undefined) return this.carries(type);
    const number = IP_PROTO[name]!;
    if (name === 'icmp' || name === 'igmp' || name === 'igrp' || name === 'vrrp' || name === 'carp') return this.inIp(number);
    if (name === 'icmp6') return this.inIp6(number);
    return either(this.inIp(number), this.inIp6(number));
  }

  private inIp(number: number): Test {
    const at = this.network;
    return both(this.carries(ETHERTYPE.ip!), (f) => byte(f, at + 9) === number);
  }
  private inIp6(number: number): Test {
    const at = this.network;
    // In a fragment too.
    return both(
      this.carries(ETHERTYPE.ip6!),
      (f) => byte(f, at + 6) === number || (byte(f, at + 6) === IP_PROTO['frag'] && byte(f, at + 40) === number),
    );
  }

  private numbered(proto: string | null, value: number): Test {
    if (proto === 'ether') return this.linkType === LINKTYPE.EN10MB && value < 0x600 ? this.llc(value) : this.carries(value);
    if (proto === 'ip') return this.inIp(value);
    if (proto === 'ip6') return this.inIp6(value);
    return either(this.inIp(value), this.inIp6(value));
  }

  /** 802.3: a length stands in the place of the type, then LLC. */
  private llc(sap: number): Test {
    const at = this.network;
    return (f) => word(f, at - 2) <= 1500 && byte(f, at) === sap;
  }

  private address({ proto, direction }: Primitive, item: Extract<Item, { kind: 'host' | 'net' }>): Test {
    const at = this.network;
    const { words, masks } = item;
    if (words.length === 4) {
      if (proto !== null && proto !== 'ip6') throw this.fail(`${proto} has no IPv6 addresses`);
      const is =
        (o: number): Test =>
        (f) =>
          words.every((w, n) => (long(f, at + o + 4 * n) & masks[n]!) >>> 0 === w);
      return both(this.carries(ETHERTYPE.ip6!), directed(direction, is(8), is(24)));
    }
    const [value] = words as readonly [number];
    const [mask] = masks as readonly [number];
    const is =
      (o: number): Test =>
      (f) =>
        (long(f, at + o) & mask) >>> 0 === value;
    const ip = () => both(this.carries(ETHERTYPE.ip!), directed(direction, is(12), is(16)));
    const arp = (name: 'arp' | 'rarp') => both(this.carries(ETHERTYPE[name]!), directed(direction, is(14), is(24)));
    if (proto === 'ip') return ip();
    if (proto === 'arp' || proto === 'rarp') return arp(proto);
    if (proto !== null) throw this.fail(`${proto} has no addresses; ip, arp, rarp and ip6 have`);
    return either(ip(), either(arp('arp'), arp('rarp')));
  }

  private port({ proto, direction }: Primitive, from: number, to: number): Test {
    const at = this.network;
    if (proto !== null && !['tcp', 'udp', 'sctp'].includes(proto))
      throw this.fail(`${proto} has no ports; tcp, udp and sctp have`);
    const numbers = proto === null ? ['tcp', 'udp', 'sctp'].map((name) => IP_PROTO[name]!) : [IP_PROTO[proto]!];
    const between = (n: number): boolean => n >= from && n <= to;
    const ip6 = both(
      both(this.carries(ETHERTYPE.ip6!), (f) => numbers.includes(byte(f, at + 6))),
      directed(
        direction,
        (f) => between(word(f, at + 40)),
        (f) => between(word(f, at + 42)),
      ),
    );
    const header = (f: Frame) => at + (byte(f, at) & 15) * 4;
    const ip = both(
      both(this.carries(ETHERTYPE.ip!), (f) => numbers.includes(byte(f, at + 9)) && (word(f, at + 6) & 0x1fff) === 0),
      directed(
        direction,
        (f) => between(word(f, header(f))),
        (f) => between(word(f, header(f) + 2)),
      ),
    );
    return either(ip6, ip);
  }

  private vlan(id: number | null): Test {
    this.onEthernet('vlan');
    const at = this.network;
    this.tags++;
    return (f) => VLAN_TYPES.includes(word(f, at - 2)) && (id === null || (word(f, at) & 0xfff) === id);
  }

  private cast(proto: string, broad: boolean): Test {
    const at = this.network;
    if (proto === 'ip6') return both(this.carries(ETHERTYPE.ip6!), (f) => byte(f, at + 24) === 0xff);
    if (proto === 'ip') {
      if (broad) throw this.fail('ip broadcast needs the netmask of the network, which a capture does not tell');
      return both(this.carries(ETHERTYPE.ip!), (f) => byte(f, at + 16) >= 224);
    }
    this.onEthernet(broad ? 'broadcast' : 'multicast');
    return broad ? (f) => word(f, 0) === 0xffff && long(f, 2) === 0xffffffff : (f) => (byte(f, 0) & 1) === 1;
  }

  private bound(out: boolean): Test {
    if (this.linkType === LINKTYPE.LINUX_SLL) return (f) => (word(f, 0) === OUTGOING) === out;
    if (this.linkType === LINKTYPE.LINUX_SLL2) return (f) => (byte(f, 10) === OUTGOING) === out;
    throw this.fail('the capture does not tell directions: it was not made with tcpdump -i any');
  }

  // ---- sums

  private sum(sum: Sum): { value: Value; needs: readonly Test[] } {
    switch (sum.kind) {
      case 'number':
        return { value: () => sum.value, needs: [] };
      case 'len':
        return { value: (f) => f.wireLength, needs: [] };
      case 'negative': {
        const of = this.sum(sum.of);
        return { value: (f) => -of.value(f) >>> 0, needs: of.needs };
      }
      case 'operation': {
        const left = this.sum(sum.left);
        const right = this.sum(sum.right);
        const run = OPERATIONS[sum.op]!;
        return { value: (f) => run(left.value(f), right.value(f)), needs: [...left.needs, ...right.needs] };
      }
      case 'bytes':
        return this.bytes(sum);
    }
  }

  private bytes({ proto, at: offset, size }: Extract<Sum, { kind: 'bytes' }>): { value: Value; needs: readonly Test[] } {
    const inner = this.sum(offset);
    const read = size === 1 ? byte : size === 2 ? word : long;
    const from = (base: Value, needs: readonly Test[]) => ({
      value: (f: Frame) => read(f, base(f) + inner.value(f)),
      needs: [...needs, ...inner.needs],
    });
    if (proto === 'ether' || proto === 'link') return from(() => 0, []);
    const at = this.network;
    const type = ETHERTYPE[proto];
    if (type !== undefined) return from(() => at, [this.carries(type)]);
    const number = IP_PROTO[proto]!;
    if (proto === 'icmp6') return from(() => at + 40, [this.carries(ETHERTYPE.ip6!), (f) => byte(f, at + 6) === number]);
    return from((f) => at + (byte(f, at) & 15) * 4, [this.inIp(number), (f) => (word(f, at + 6) & 0x1fff) === 0]);
  }
}

const VLAN_TYPES: readonly number[] = [0x8100, 0x88a8, 0x9100];
const OUTGOING = 4;

function directed(direction: Primitive['direction'], source: Test, destination: Test): Test {
  if (direction === 'src') return source;
  if (direction === 'dst') return destination;
  return direction === 'both' ? both(source, destination) : either(source, destination);
}

const RELATIONS: Readonly<Record<string, (a: number, b: number) => boolean>> = {
  '=': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '<': (a, b) => a < b,
  '<=': (a, b) => a <= b,
  '>': (a, b) => a > b,
  '>=': (a, b) => a >= b,
};
/** On 32 bits without a sign, as the machine that libpcap writes for; a division by zero ends its program. */
const OPERATIONS: Readonly<Record<string, (a: number, b: number) => number>> = {
  '+': (a, b) => (a + b) >>> 0,
  '-': (a, b) => (a - b) >>> 0,
  '*': (a, b) => Math.imul(a, b) >>> 0,
  '/': (a, b) => quotient(a, b),
  '%': (a, b) => (a - quotient(a, b) * b) >>> 0,
  '&': (a, b) => (a & b) >>> 0,
  '|': (a, b) => (a | b) >>> 0,
  '^': (a, b) => (a ^ b) >>> 0,
  '<<': (a, b) => (b > 31 ? 0 : (a << b) >>> 0),
  '>>': (a, b) => (b > 31 ? 0 : a >>> b),
};
function quotient(a: number, b: number): number {
  if (b === 0) throw SHORT;
  return Math.floor(a / b);
}

/** Compiles words of a capture filter. Throws FilterError. */
export function compileBpf(text: string): BpfMatcher {
  const tree = parse(text);
  const byLink = new Map<number, Test>();
  return (frame) => {
    let test = byLink.get(frame.linkType);
    if (test === undefined) {
      test = new Maker(text, frame.linkType).tree(tree);
      byLink.set(frame.linkType, test);
    }
    try {
      return test(frame);
    } catch (error) {
      if (error === SHORT) return false;
      throw error;
    }
  };
}
