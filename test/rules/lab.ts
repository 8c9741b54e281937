// A lab on paper: frames made from the same declarations that read them, and a run of the rules over them in memory.
//
// Values are called as in the layouts (`ttl`, `flags.df`, `vni`); what follows from the rest (lengths, types, checksums) is filled in
// unless it is given. A frame is a description until `encode`, so that copies of it are easy:
//
//     const ping = sll2({ if: 3, dir: 'in' }, ipv4({ src: '10.0.1.5', dst: '10.0.2.5' }, echo({ seq: 1 })));
//     const findings = diagnose([ping, forward(ping, { if: 4 })], { ifmap: { 3: 'eth1', 4: 'eth2' } });
import { addresses as arpAddresses, common as arpCommon } from '../../dissectors/arp.js';
import { header as dnsHeader } from '../../dissectors/dns.js';
import { header as ethHeader } from '../../dissectors/eth.js';
import { header as geneveHeader } from '../../dissectors/geneve.js';
import { header as icmpHeader, TYPE } from '../../dissectors/icmp.js';
import { header as icmpv6Header, TYPE as TYPE6 } from '../../dissectors/icmpv6.js';
import { dissectors } from '../../dissectors/index.js';
import { header as ipHeader } from '../../dissectors/ip.js';
import { header as ipv6Header } from '../../dissectors/ipv6.js';
import { header2 as sll2Header, header as sllHeader } from '../../dissectors/sll.js';
import { FLAG, header as tcpHeader } from '../../dissectors/tcp.js';
import { header as udpHeader } from '../../dissectors/udp.js';
import { header as vlanHeader } from '../../dissectors/vlan.js';
import { header as vxlanHeader } from '../../dissectors/vxlan.js';
import { checksum, pseudoHeader } from '../../src/bytes/checksum.js';
import { parseIpv4, parseIpv6, parseMac } from '../../src/bytes/parse.js';
import { Frame } from '../../src/capture/frame.js';
import { emptyInfo } from '../../src/capture/records.js';
import { CaptureWriter } from '../../src/capture/write.js';
import type { Layout, Placed } from '../../src/dissect/layout.js';
import { Registry } from '../../src/dissect/registry.js';
import { type CapturePoint, Facts } from '../../src/facts/facts.js';
import { Ports } from '../../src/flows/ports.js';
import { Tracker } from '../../src/flows/tracker.js';
import { chooseRules } from '../../src/rules/choose.js';
import { assess } from '../../src/rules/engine.js';
import type { Finding } from '../../src/rules/finding.js';
import { clock } from '../../src/rules/findings.js';
import { catalogue } from '../../src/rules/index.js';
import { InterfaceNames } from '../../src/topology/ifmap.js';
import { readTopology } from '../../src/topology/read.js';

// Bytes from layouts.

/** A number; an address as text; bytes of fields that are bytes. */
export type Value = number | string | Uint8Array;

/** A header of `target` with these values, zero elsewhere, and what follows it. */
export function build<N extends string>(
  target: Layout<N>,
  values: Readonly<Partial<Record<N, Value>>>,
  payload: Uint8Array = new Uint8Array(0),
): Uint8Array {
  const bytes = new Uint8Array(target.size + payload.length);
  for (const [name, value] of Object.entries(values) as [N, Value | undefined][])
    if (value !== undefined) put(bytes, 0, target.place[name], value);
  bytes.set(payload, target.size);
  return bytes;
}

/** Writes one field of the header that starts at `at`. */
export function put(bytes: Uint8Array, at: number, place: Placed, value: Value): void {
  if (place === undefined) throw new Error('no such field in this layout');
  const raw = typeof value === 'string' ? parseAddress(value) : value;
  if (typeof raw !== 'number') {
    bytes.set(raw.subarray(0, place.bytes), at + place.offset);
    return;
  }
  // Division rather than shifts: MACs have 48 bits.
  const unit = 2 ** place.shift;
  let number = 0;
  for (let i = 0; i < place.bytes; i++) number = number * 256 + bytes[at + place.offset + i];
  const modulus = place.mask === 0 ? 2 ** (place.bytes * 8) : place.mask + 1;
  const old = Math.floor(number / unit) % modulus;
  number += (Math.floor(raw / place.times) - old) * unit;
  for (let i = place.bytes - 1; i >= 0; i--) {
    bytes[at + place.offset + i] = number % 256;
    number = Math.floor(number / 256);
  }
}

function parseAddress(text: string): number | Uint8Array {
  const value = parseIpv4(text) ?? parseMac(text) ?? parseIpv6(text);
  if (value === null) throw new Error(`'${text}' is not an address`);
  return value;
}

const concat = (...parts: Uint8Array[]): Uint8Array => Uint8Array.from(parts.flatMap((p) => [...p]));
const filler = (length: number): Uint8Array => Uint8Array.from({ length }, (_, i) => i & 0xff);
const macBytes = (text: string): Uint8Array => {
  const value = parseMac(text) as number;
  return Uint8Array.from({ length: 6 }, (_, i) => Math.floor(value / 256 ** (5 - i)) % 256);
};

// Packets.

type Values<L> = L extends Layout<infer N> ? Readonly<Partial<Record<N, Value>>> : never;

/** What an IP header carries. `checksumAt`: offset of a checksum that has a pseudo header, -1: none, or not wanted. */
export interface Body {
  readonly kind: 'tcp' | 'udp' | 'icmp' | 'icmpv6' | 'other';
  readonly proto: number;
  readonly srcPort: number;
  readonly dstPort: number;
  readonly bytes: Uint8Array;
  readonly checksumAt: number;
}

export interface IpPacket {
  readonly kind: 'ip' | 'ipv6';
  readonly values: Readonly<Record<string, Value>> & { readonly src: string; readonly dst: string };
  readonly body: Body;
}
export interface ArpPacket {
  readonly kind: 'arp';
  readonly bytes: Uint8Array;
}
export interface TaggedPacket {
  readonly kind: 'vlan';
  readonly id: number;
  readonly inner: Packet;
}
/** Of a type that the lab does not make by itself. */
export interface TypedPacket {
  readonly kind: 'typed';
  readonly type: number;
  readonly bytes: Uint8Array;
}
export type Packet = IpPacket | ArpPacket | TaggedPacket | TypedPacket;

let nextId = 1;

/** IPv4. `id` counts up from packet to packet unless it is given. */
export const ipv4 = (values: Values<typeof ipHeader> & { src: string; dst: string }, body: Body): IpPacket => {
  nextId = (nextId % 0xffff) + 1;
  return { kind: 'ip', values: { ttl: 64, id: nextId, 'flags.df': 1, ...values }, body };
};

export const ipv6 = (values: Values<typeof ipv6Header> & { src: string; dst: string }, body: Body): IpPacket => ({
  kind: 'ipv6',
  values: { hlim: 64, ...values },
  body,
});

export const encodePacket = (p: Packet): Uint8Array => {
  if (p.kind === 'arp' || p.kind === 'typed') return p.bytes;
  if (p.kind === 'vlan') return build(vlanHeader, { id: p.id, etype: etherType(p.inner) }, encodePacket(p.inner));
  const { body, values } = p;
  const content = body.bytes.slice();
  if (p.kind === 'ip') {
    const header = build(ipHeader, { version: 4, hdr_len: 20, len: 20 + content.length, proto: body.proto, ...values });
    if (values.checksum === undefined) put(header, 0, ipHeader.place.checksum, checksum(header, 0, 20));
    fillChecksum(content, body, pseudoHeader(header, 12, 4, body.proto, content.length));
    return concat(header, content);
  }
  const header = build(ipv6Header, { version: 6, plen: content.length, nxt: body.proto, ...values });
  fillChecksum(content, body, pseudoHeader(header, 8, 16, body.proto, content.length));
  return concat(header, content);
};

function fillChecksum(content: Uint8Array, body: Body, pseudo: number): void {
  if (body.kind === 'tcp' || body.kind === 'udp') {
    const place = body.kind === 'tcp' ? tcpHeader.place : udpHeader.place;
    put(content, 0, place.srcport, body.srcPort);
    put(content, 0, place.dstport, body.dstPort);
  }
  if (body.checksumAt < 0) return;
  const sum = checksum(content, 0, content.length, body.kind === 'icmp' ? 0 : pseudo);
  content[body.checksumAt] = sum >> 8;
  content[body.checksumAt + 1] = sum & 255;
}

const etherType = (p: Packet): number =>
  p.kind === 'typed' ? p.type : p.kind === 'ip' ? 0x0800 : p.kind === 'ipv6' ? 0x86dd : p.kind === 'arp' ? 0x0806 : 0x8100;

/** TCP flags as letters: S, A, F, R, P, U. */
const FLAGS: Readonly<Record<string, number>> = { F: 1, S: 2, R: FLAG.reset, P: FLAG.push, A: FLAG.ack, U: FLAG.urgent };

export interface TcpValues {
  readonly src: number;
  readonly dst: number;
  /** `S`, `SA`, `PA`, `F`, `R` ... */
  readonly flags?: string;
  readonly seq?: number;
  readonly ack?: number;
  readonly window?: number;
  readonly mss?: number;
  /** Given: not filled in. */
  readonly checksum?: number;
  /** Payload: its length, or the bytes. */
  readonly data?: number | Uint8Array;
}

export function tcp({ src, dst, flags = 'A', seq = 0, ack = 0, window = 64240, mss, data = 0, checksum: sum }: TcpValues): Body {
  const options = mss === undefined ? new Uint8Array(0) : Uint8Array.of(2, 4, mss >> 8, mss & 255);
  const bytes = build(
    tcpHeader,
    {
      srcport: src,
      dstport: dst,
      seq_raw: seq,
      ack_raw: ack,
      hdr_len: 20 + options.length,
      flags: [...flags].reduce((sum, f) => sum | FLAGS[f], 0),
      window_size_value: window,
      checksum: sum,
    },
    concat(options, typeof data === 'number' ? filler(data) : data),
  );
  return { kind: 'tcp', proto: 6, srcPort: src, dstPort: dst, bytes, checksumAt: sum === undefined ? 16 : -1 };
}

export interface UdpValues {
  readonly src: number;
  readonly dst: number;
  readonly data?: number | Uint8Array;
  /** Given: not filled in; 0 says that there is none. */
  readonly checksum?: number;
}

export function udp({ src, dst, data = 0, checksum: sum }: UdpValues): Body {
  const payload = typeof data === 'number' ? filler(data) : data;
  const bytes = build(udpHeader, { srcport: src, dstport: dst, length: 8 + payload.length, checksum: sum }, payload);
  return { kind: 'udp', proto: 17, srcPort: src, dstPort: dst, bytes, checksumAt: sum === undefined ? 6 : -1 };
}

export interface EchoValues {
  readonly id?: number;
  readonly seq?: number;
  readonly reply?: boolean;
  readonly data?: number;
}

const pair = (a: number, b: number): Uint8Array => Uint8Array.of(a >> 8, a & 255, b >> 8, b & 255);

/** Echo request or reply of ICMP. */
export const echo = ({ id = 7, seq = 1, reply = false, data = 56 }: EchoValues = {}): Body =>
  icmp({ type: reply ? TYPE.echoReply : TYPE.echoRequest }, concat(pair(id, seq), filler(data)));

/** Echo request or reply of ICMPv6. */
export const echo6 = ({ id = 7, seq = 1, reply = false, data = 56 }: EchoValues = {}): Body =>
  icmpv6({ type: reply ? TYPE6.echoReply : TYPE6.echoRequest }, concat(pair(id, seq), filler(data)));

/** `rest`: what follows the checksum, the four bytes of the header among it. */
export const icmp = (values: Values<typeof icmpHeader>, rest: Uint8Array): Body => ({
  kind: 'icmp',
  proto: 1,
  srcPort: 0,
  dstPort: 0,
  bytes: build(icmpHeader, values, rest),
  checksumAt: 2,
});

export const icmpv6 = (values: Values<typeof icmpv6Header>, rest: Uint8Array): Body => ({
  kind: 'icmpv6',
  proto: 58,
  srcPort: 0,
  dstPort: 0,
  bytes: build(icmpv6Header, values, rest),
  checksumAt: 2,
});

/** An ICMP (or, for an IPv6 packet, ICMPv6) error about `quoted`; `rest`: the four bytes behind the checksum (MTU, gateway). */
export function icmpError(values: { type: number; code?: number; rest?: Uint8Array }, quoted: IpPacket, bytes = 548): Body {
  const { rest = new Uint8Array(4), ...header } = values;
  const content = concat(rest, encodePacket(quoted).subarray(0, bytes));
  return quoted.kind === 'ip' ? icmp(header, content) : icmpv6(header, content);
}

/** The four bytes that hold the MTU of "fragmentation needed" and of "packet too big". */
export const mtuBytes = (mtu: number): Uint8Array => pair(0, mtu);

export interface ArpValues {
  readonly op?: 'request' | 'reply';
  readonly sender: string;
  readonly senderMac: string;
  readonly target: string;
  readonly targetMac?: string;
}

export const arp = ({ op = 'request', sender, senderMac, target, targetMac = '00:00:00:00:00:00' }: ArpValues): ArpPacket => ({
  kind: 'arp',
  bytes: build(
    arpCommon,
    { 'hw.type': 1, 'proto.type': 0x0800, 'hw.size': 6, 'proto.size': 4, opcode: op === 'request' ? 1 : 2 },
    build(arpAddresses, {
      'src.hw_mac': senderMac,
      'src.proto_ipv4': sender,
      'dst.hw_mac': targetMac,
      'dst.proto_ipv4': target,
    }),
  ),
});

const ip6Bytes = (text: string): Uint8Array => {
  const bytes = parseIpv6(text);
  if (bytes === null) throw new Error(`'${text}' is not an IPv6 address`);
  return bytes;
};

/** Solicited-node multicast address, RFC 4291 section 2.7.1. */
export function solicitedNode(target: string): string {
  const b = ip6Bytes(target);
  const hex = (n: number) => n.toString(16).padStart(2, '0');
  return `ff02::1:ff${hex(b[13])}:${hex(b[14])}${hex(b[15])}`;
}

/** Neighbour solicitation, RFC 4861 section 4.3; from `::` it is duplicate address detection. */
export const solicitation = (from: string, fromMac: string, target: string): IpPacket =>
  ipv6(
    { src: from, dst: solicitedNode(target), hlim: 255 },
    icmpv6(
      { type: TYPE6.neighborSolicitation },
      concat(
        new Uint8Array(4),
        ip6Bytes(target),
        from === '::' ? new Uint8Array(0) : concat(Uint8Array.of(1, 1), macBytes(fromMac)),
      ),
    ),
  );

/**
 * Neighbour advertisement, RFC 4861 section 4.4; to ff02::1 and not solicited it is an announcement. `override`: its flag; `option`: the
 * target link-layer address is in it.
 */
export const advertisement = (
  target: string,
  targetMac: string,
  to: string,
  { solicited = to !== 'ff02::1', override = true, option = true } = {},
): IpPacket =>
  ipv6(
    { src: target, dst: to, hlim: 255 },
    icmpv6(
      { type: TYPE6.neighborAdvertisement },
      concat(
        Uint8Array.of((solicited ? 0x40 : 0) | (override ? 0x20 : 0), 0, 0, 0),
        ip6Bytes(target),
        option ? concat(Uint8Array.of(2, 1), macBytes(targetMac)) : new Uint8Array(0),
      ),
    ),
  );

export interface TunnelValues {
  readonly src: string;
  readonly dst: string;
  readonly vni: number;
  /** Outer UDP ports. */
  readonly srcPort?: number;
  readonly dstPort?: number;
  readonly ttl?: number;
  /** IP identification of the outer packet, and whether it must not be fragmented. */
  readonly id?: number;
  readonly df?: boolean;
  /** Outer UDP checksum; by default none over IPv4, the right one over IPv6. */
  readonly checksum?: number;
  readonly innerSrc?: string;
  readonly innerDst?: string;
}

const ethernetBytes = (p: Packet, src = '0a:00:00:00:00:01', dst = '0a:00:00:00:00:02'): Uint8Array =>
  build(ethHeader, { dst, src, type: etherType(p) }, encodePacket(p));

/** The outer packet of a tunnel; IPv6 where the end points are. */
function tunnelled(t: TunnelValues, payload: Uint8Array, port: number): IpPacket {
  const body = udp({
    src: t.srcPort ?? 50_000,
    dst: t.dstPort ?? port,
    data: payload,
    checksum: t.checksum ?? (t.src.includes(':') ? undefined : 0),
  });
  return t.src.includes(':')
    ? ipv6({ src: t.src, dst: t.dst, hlim: t.ttl ?? 64 }, body)
    : ipv4(
        { src: t.src, dst: t.dst, ttl: t.ttl ?? 64, 'flags.df': t.df ? 1 : 0, ...(t.id === undefined ? {} : { id: t.id }) },
        body,
      );
}

/** VXLAN, by default on the port that Linux uses. */
export const vxlan = (t: TunnelValues, inner: Packet): IpPacket =>
  tunnelled(t, build(vxlanHeader, { flag_i: 1, vni: t.vni }, ethernetBytes(inner, t.innerSrc, t.innerDst)), 8472);

/** Geneve with an inner Ethernet header; `options` must be a multiple of four bytes. */
export const geneve = (t: TunnelValues, inner: Packet, options: Uint8Array = new Uint8Array(0)): IpPacket =>
  tunnelled(
    t,
    build(
      geneveHeader,
      { options_length: options.length, proto_type: 0x6558, vni: t.vni },
      concat(options, ethernetBytes(inner, t.innerSrc, t.innerDst)),
    ),
    6081,
  );

export const vlan = (id: number, inner: Packet): TaggedPacket => ({ kind: 'vlan', id, inner });

export interface DnsValues {
  readonly id?: number;
  readonly name?: string;
  /** 1: A, 28: AAAA. */
  readonly type?: number;
  readonly response?: boolean;
  readonly rcode?: number;
  /** IPv4 addresses of the answer. */
  readonly answers?: readonly string[];
}

/** A DNS message, for the `data` of `udp`. */
export function dns({
  id = 1,
  name = 'example.com',
  type = 1,
  response = false,
  rcode = 0,
  answers = [],
}: DnsValues): Uint8Array {
  const labels = name.split('.').flatMap((label) => [label.length, ...Buffer.from(label)]);
  const question = Uint8Array.of(...labels, 0, ...pair(type, 1));
  const records = answers.map((text) => {
    const address = parseIpv4(text) as number;
    const ttlAndLength = [0, 0, 0, 30, 0, 4];
    // A pointer to the name in the question, RFC 1035 section 4.1.4.
    return Uint8Array.of(0xc0, 12, ...pair(type, 1), ...ttlAndLength, ...pair(address >>> 16, address & 0xffff));
  });
  const values = { id, 'flags.recdesired': 1, 'flags.response': response ? 1 : 0, 'flags.rcode': rcode };
  return concat(build(dnsHeader, { ...values, 'count.queries': 1, 'count.answers': answers.length }), question, ...records);
}

// Frames.

export interface TestFrame {
  readonly link: 'sll2' | 'sll' | 'eth';
  /** Interface number. */
  readonly if: number;
  readonly dir: 'in' | 'out' | 'other' | 'broadcast' | 'multicast' | 'unknown';
  /** Sender's MAC, and for Ethernet the receiver's. */
  readonly mac: string;
  readonly dstMac: string;
  readonly packet: Packet;
  /** Seconds since the start of the run; a millisecond after the frame before when not given. */
  readonly at?: number;
  /** Where it was captured: `router` when not given. */
  readonly point?: string;
  /** Bytes kept of it; all when not given. */
  readonly snap?: number;
}

export interface Sight {
  readonly if?: number;
  readonly dir?: TestFrame['dir'];
  readonly mac?: string;
  readonly dstMac?: string;
  readonly at?: number;
  readonly point?: string;
  readonly snap?: number;
}

const SIGHT = { if: 2, dir: 'in', mac: '0a:00:00:00:00:0a', dstMac: '0a:00:00:00:00:0b' } as const;

/** As `tcpdump -i any` sees it. */
export const sll2 = (sight: Sight, packet: Packet): TestFrame => ({ link: 'sll2', ...SIGHT, ...sight, packet });
/** As `dumpcap -i any` sees it: direction, no interface. */
export const sll = (sight: Sight, packet: Packet): TestFrame => ({ link: 'sll', ...SIGHT, ...sight, packet });
/** As a capture of one interface sees it. */
export const ethernet = (sight: Sight, packet: Packet): TestFrame => ({
  link: 'eth',
  ...SIGHT,
  if: 0,
  dir: 'unknown',
  ...sight,
  packet,
});

/** Puts the frame at a time, in seconds since the start of the run. */
export const at = (seconds: number, frame: TestFrame): TestFrame => ({ ...frame, at: seconds });

/** Changes the IP packet of a frame, behind any VLAN tag. */
export function edit(frame: TestFrame, change: (p: IpPacket) => IpPacket): TestFrame {
  const within = (p: Packet): Packet =>
    p.kind === 'vlan' ? { ...p, inner: within(p.inner) } : p.kind === 'arp' || p.kind === 'typed' ? p : change(p);
  return { ...frame, packet: within(frame.packet) };
}

const withValues = (p: IpPacket, values: Readonly<Record<string, Value>>): IpPacket => ({
  ...p,
  values: { ...p.values, ...values },
});

/** The copy that leaves: one hop less to live, by another interface. */
export function forward(frame: TestFrame, sight: Sight = {}): TestFrame {
  const copy = edit(frame, (p) => {
    const name = p.kind === 'ip' ? 'ttl' : 'hlim';
    return withValues(p, { [name]: Number(p.values[name]) - 1 });
  });
  return { ...copy, at: undefined, dir: 'out', ...sight };
}

/** The same frame at another interface, unchanged: a bridge, or a tunnel device and what lies under it. */
export const copy = (frame: TestFrame, sight: Sight): TestFrame => ({ ...frame, at: undefined, ...sight });

/** Source translation: new address and, where given, port. */
export const snat = (frame: TestFrame, src: string, port?: number): TestFrame =>
  edit(frame, (p) => ({ ...withValues(p, { src }), body: { ...p.body, srcPort: port ?? p.body.srcPort } }));

/** Destination translation. */
export const dnat = (frame: TestFrame, dst: string, port?: number): TestFrame =>
  edit(frame, (p) => ({ ...withValues(p, { dst }), body: { ...p.body, dstPort: port ?? p.body.dstPort } }));

const PKTTYPE = { in: 0, broadcast: 1, multicast: 2, other: 3, out: 4, unknown: 5 } as const;

export function encode(frame: TestFrame): Uint8Array {
  const { packet, mac } = frame;
  const bytes = encodePacket(packet);
  if (frame.link === 'eth') return build(ethHeader, { dst: frame.dstMac, src: mac, type: etherType(packet) }, bytes);
  const values = {
    proto: etherType(packet),
    hatype: 1,
    pkttype: PKTTYPE[frame.dir],
    halen: 6,
    addr: concat(macBytes(mac), Uint8Array.of(0, 0)),
  };
  return frame.link === 'sll' ? build(sllHeader, values, bytes) : build(sll2Header, { ...values, ifindex: frame.if }, bytes);
}

// Runs.

export interface LabOptions {
  /** YAML or JSON text, or the same as an object. A point that is called like a node of it is that node. */
  readonly topology?: string | object;
  /** Interface names by number. */
  readonly ifmap?: Readonly<Record<number, string>>;
  /** What is known of the points, by name, beyond the frames. */
  readonly points?: Readonly<Record<string, Partial<Omit<CapturePoint, 'point'>>>>;
  /** `arp-no-reply.within=2s` */
  readonly settings?: readonly string[];
  /** Ids of the rules to run; all when not given. */
  readonly only?: readonly string[];
  /** The captures go on: false in live mode. */
  readonly ended?: boolean;
  readonly maxConversations?: number;
}

const LINK = { sll2: 276, sll: 113, eth: 1 } as const;
/** 2025-08-08T15:36:51Z. */
const BASE_SECONDS = 1_754_667_411;

/** The frames as a reader hands them out. */
function* capturedFrames(frames: readonly TestFrame[]): Iterable<{ readonly frame: Frame; readonly point: string }> {
  let timeNs = -1e6;
  for (const [i, test] of frames.entries()) {
    timeNs = test.at === undefined ? timeNs + 1e6 : Math.round(test.at * 1e9);
    const bytes = encode(test);
    const frame = new Frame();
    frame.bytes = bytes;
    frame.end = Math.min(bytes.length, test.snap ?? bytes.length);
    frame.wireLength = bytes.length;
    frame.number = i + 1;
    frame.fileOffset = 24 + i * 100;
    frame.linkType = LINK[test.link];
    frame.interfaceId = test.link === 'eth' ? test.if : 0;
    frame.seconds = BASE_SECONDS + Math.floor(timeNs / 1e9);
    frame.nanoseconds = timeNs - Math.floor(timeNs / 1e9) * 1e9;
    frame.timeNs = timeNs;
    yield { frame, point: test.point ?? 'router' };
  }
}

/** A capture file that holds these frames, all of one kind of link; pcapng where drops are to be stated. */
export function captureFile(frames: readonly TestFrame[], dropped: number | null = null): Uint8Array {
  const parts: Uint8Array[] = [];
  const info = emptyInfo('lab', null);
  info.interfaces.push({
    id: 0,
    section: 1,
    linkType: LINK[frames[0]?.link ?? 'eth'],
    snapLength: 262_144,
    name: dropped === null ? null : 'eth0',
    description: null,
    filter: null,
    dropped,
    received: dropped === null ? null : frames.length + dropped,
  });
  const writer = new CaptureWriter((bytes) => parts.push(bytes.slice()), 'lab', { format: dropped === null ? 'pcap' : 'pcapng' });
  for (const { frame } of capturedFrames(frames)) writer.write(frame, info);
  writer.finish();
  return concat(...parts);
}

/** The state after these frames, before any rule. */
export function observe(frames: readonly TestFrame[], options: LabOptions = {}): Facts {
  const registry = new Registry(dissectors);
  const names = [...new Set(frames.length === 0 ? ['router'] : frames.map((f) => f.point ?? 'router'))];
  const text = options.topology;
  const topology =
    text === undefined
      ? null
      : readTopology([{ name: 'lab.yaml', text: typeof text === 'string' ? text : JSON.stringify(text) }]);
  // Cooked headers come from capturing on `any`.
  const cooked = new Set(frames.filter((f) => f.link !== 'eth').map((f) => f.point ?? 'router'));
  const points = names.map((point): CapturePoint => {
    const node = topology?.nodeNames.includes(point) ? point : null;
    return {
      point,
      node,
      dropped: null,
      broken: false,
      filter: null,
      everyInterface: cooked.has(point),
      ...options.points?.[point],
    };
  });
  const ifmap = new Map(Object.entries(options.ifmap ?? {}).map(([index, name]) => [Number(index), name]));
  const ports = new Ports(names, (source, index) => new InterfaceNames({ ifmap, topology, node: points[source].node }).of(index));
  const macs = points.map(
    ({ node }) =>
      new Set((node === null ? [] : (topology?.node(node)?.interfaces ?? [])).flatMap((i) => (i.mac === null ? [] : [i.mac]))),
  );
  const tracker = new Tracker(registry, ports, macs, { maxConversations: options.maxConversations ?? 1000 });
  for (const { frame, point } of capturedFrames(frames)) tracker.observe(frame, names.indexOf(point), frame.timeNs);
  tracker.finish();
  return new Facts(tracker, points, topology, options.ended ?? true);
}

/** What the rules say of these frames, sorted as in a report. */
export function diagnose(frames: readonly TestFrame[], options: LabOptions = {}): readonly Finding[] {
  const rules = chooseRules(catalogue, { only: options.only ?? [], except: [], settings: options.settings ?? [] });
  return assess(observe(frames, options), rules, clock(BASE_SECONDS)).findings;
}

/** Findings as `fail egress-wrong-interface`, folded ones behind a `>`; capture-* and the rest alike. */
export const summary = (findings: readonly Finding[]): string[] =>
  findings.map((f) => `${f.foldedUnder === null ? '' : '> '}${f.verdict} ${f.rule}`);
