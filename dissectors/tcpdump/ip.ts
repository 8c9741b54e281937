import { checksum, checksumAdd } from '../../src/bytes/checksum.js';
import type { Line } from '../../src/bytes/line.js';
import { u16, u32 } from '../../src/bytes/read.js';
import { type Printing, tcpdumpStyle } from '../../src/dissect/tcpdump.js';
import type { Layers } from '../../src/dissect/walk.js';
import { ip, header as ipHeader } from '../ip.js';
import { OPTION as HOP, hopByHop, ipv6, header as ipv6Header } from '../ipv6.js';
import { tcp } from '../tcp.js';
import { udp, header as udpHeader } from '../udp.js';

const DOT = 0x2e;
const OPEN = 0x28;
const BRACKET = 0x29;
const COMMA = 0x2c;
/** More fragments, and the offset: 0 of a whole packet. */
const FRAGMENT = 0x3fff;
const OFFSET = 0x1fff;
const FLAGS: readonly (readonly [bit: number, text: string])[] = [
  [0x2000, '+'],
  [0x4000, 'DF'],
  [0x8000, 'rsvd'],
];
const ECN = ['', ',ECT(1)', ',ECT(0)', ',CE'];
/** As tcpdump calls them in the first line of -v. */
const PROTOCOLS: Readonly<Record<number, string>> = {
  0: 'Options',
  1: 'ICMP',
  2: 'IGMP',
  4: 'IPIP',
  6: 'TCP',
  8: 'EGP',
  17: 'UDP',
  33: 'DCCP',
  41: 'IPv6',
  43: 'Routing',
  44: 'Fragment',
  46: 'RSVP',
  47: 'GRE',
  50: 'ESP',
  51: 'AH',
  58: 'ICMPv6',
  59: 'none',
  60: 'DSTOPT',
  88: 'EIGRP',
  89: 'OSPF',
  103: 'PIM',
  108: 'Compressed IP',
  112: 'VRRP',
  113: 'PGM',
  132: 'SCTP',
  135: 'Mobility',
};
const protocolName = (number: number): string => PROTOCOLS[number] ?? 'unknown';

/** TCP and UDP begin with their two ports. */
const PORTS_SIZE = 4;

export default tcpdumpStyle({ of: [ip, ipv6], after: ['link', 'ip'], print: network });

function network(p: Printing, i: number): void {
  const { layers, line, shown: end } = p;
  const { bytes } = layers;
  const at = layers.start[i];
  const v4 = layers.proto[i] === ip.ref.id;
  if (!p.choice.links) line.text(v4 ? 'IP ' : 'IP6 ');
  const claimed = v4 ? ipHeader.get.len(bytes, at) : ipv6Header.get.plen(bytes, at) + ipv6Header.size;
  p.ipEnd = Math.max(at + claimed, layers.wireEnd[i]);
  const frame = layers.frame;
  const there = i > 0 ? layers.wireEnd[i - 1] : frame === null ? 0 : frame.start + frame.wireLength;
  // What an error quotes is hardly ever whole.
  if (claimed > there - at && i < layers.quotedFrom)
    line.text(`truncated-ip${v4 ? '' : '6'} - ${claimed - (there - at)} bytes missing! `);
  p.isFragment = v4 && (u16(bytes, at + ipHeader.place.flags.offset) & FRAGMENT) !== 0;
  if (p.choice.verbose > 0) (v4 ? about4 : about6)(p, i);
  let next = i + 1;
  let hop = '';
  while (next < end && !v4 && layers.proto[next] === hopByHop.ref.id) {
    hop += `HBH ${p.choice.verbose > 0 ? hopOptions(bytes, layers.start[next], layers.body[next]) : ''}`;
    next++;
  }
  const proto = next < end ? layers.proto[next] : -1;
  const cut = layers.partial && next === layers.count ? layers.proto[next] : -1;
  const ported = proto === tcp.ref.id || proto === udp.ref.id || hasPorts(layers, next, cut);
  address(p, i, false, ported ? udpHeader.get.srcport(bytes, layers.start[next]) : -1);
  line.text(' > ');
  address(p, i, true, ported ? udpHeader.get.dstport(bytes, layers.start[next]) : -1);
  line.text(': ');
  line.text(hop);
  if (p.after('ip', next)) return;
  if (proto > 0) p.plain(next);
  else if (cut > 0) line.text(` [|${layers.registry.protocols[cut].name}]`);
  else {
    line.text(`ip-proto-${v4 ? ipHeader.get.proto(bytes, at) : ipv6Header.get.nxt(bytes, at)}`);
    // The length is printed of whole packets only: what a fragment holds is not the protocol's.
    if (v4 && ipHeader.get.frag_offset(bytes, at) === 0) line.text(` ${Math.max(0, layers.wireEnd[i] - layers.body[i])}`);
  }
}

/** What -v says of an IPv4 header, and the end of its line. */
function about4({ layers, line, choice }: Printing, i: number): void {
  const { bytes } = layers;
  const { get, place } = ipHeader;
  const at = layers.start[i];
  const tos = get.dsfield(bytes, at);
  const fragment = u16(bytes, at + place.flags.offset);
  const flags = FLAGS.filter(([bit]) => (fragment & bit) !== 0).map(([, text]) => text);
  const proto = get.proto(bytes, at);
  line.text(`(tos 0x${tos.toString(16)}${ECN[tos & 3]}`);
  if (get.ttl(bytes, at) > 0) line.text(`, ttl ${get.ttl(bytes, at)}`);
  line.text(
    `, id ${get.id(bytes, at)}, offset ${(fragment & OFFSET) * 8}, flags [${flags.length === 0 ? 'none' : flags.join(', ')}]`,
  );
  line.text(`, proto ${protocolName(proto)} (${proto}), length ${get.len(bytes, at)}`);
  const size = get.hdr_len(bytes, at);
  if (size > ipHeader.size) options4(bytes, at + ipHeader.size, Math.min(at + size, layers.end[i]), line);
  if (!choice.unchecked && at + size <= layers.end[i] && checksum(bytes, at, at + size) !== 0) {
    const sumAt = at + place.checksum.offset;
    const right = checksum(bytes, at, sumAt, checksumAdd(bytes, sumAt + 2, at + size));
    line.text(`, bad cksum ${u16(bytes, sumAt).toString(16)} (->${right.toString(16)})!`);
  }
  line.text(')\n    ');
}

const OPTIONS: Readonly<Record<number, string>> = {
  0: 'EOL',
  1: 'NOP',
  7: 'RR',
  68: 'timestamp',
  130: 'security',
  131: 'LSRR',
  137: 'SSRR',
  148: 'RA',
};

function options4(b: Uint8Array, from: number, end: number, line: Line): void {
  line.text(', options (');
  for (let o = from; o < end; ) {
    const size = b[o] <= 1 ? 1 : o + 1 < end ? b[o + 1] : 0;
    if (o > from) line.byte(COMMA);
    line.text(OPTIONS[b[o]] ?? `unknown ${b[o]}`);
    if (b[o] === 0 || size === 0) break;
    o += size;
  }
  line.byte(BRACKET);
}

/** The options of a hop-by-hop header, RFC 8200 section 4.2. */
function hopOptions(b: Uint8Array, from: number, end: number): string {
  let text = '';
  for (let o = from + 2; o < end; ) {
    const size = b[o] === 0 ? 1 : o + 1 < end ? 2 + b[o + 1] : 0;
    if (size === 0 || o + size > end) break;
    if (b[o] === HOP.pad1) text += '(pad1) ';
    else if (b[o] === HOP.padN) text += '(padn) ';
    else if (b[o] === HOP.routerAlert && size === 4)
      text += `(rtalert: 0x${u16(b, o + 2)
        .toString(16)
        .padStart(4, '0')}) `;
    else if (b[o] === HOP.jumbo && size === 6) text += `(jumbo: ${u32(b, o + 2)}) `;
    else text += `(opt_type 0x${b[o].toString(16).padStart(2, '0')}: len=${size - 2}) `;
    o += size;
  }
  return text;
}

/** What -v says of an IPv6 header. */
function about6({ layers, line }: Printing, i: number): void {
  const { bytes } = layers;
  const { get } = ipv6Header;
  const at = layers.start[i];
  const next = get.nxt(bytes, at);
  line.byte(OPEN);
  if (get.tclass(bytes, at) !== 0) line.text(`class 0x${get.tclass(bytes, at).toString(16).padStart(2, '0')}, `);
  if (get.flow(bytes, at) !== 0) line.text(`flowlabel 0x${get.flow(bytes, at).toString(16).padStart(5, '0')}, `);
  line.text(`hlim ${get.hlim(bytes, at)}, next-header ${protocolName(next)} (${next}) payload length: ${get.plen(bytes, at)}) `);
}

function address({ layers, line }: Printing, i: number, destination: boolean, port: number): void {
  const at = layers.start[i];
  if (layers.proto[i] === ip.ref.id) line.ipv4(layers.bytes, at + ipHeader.place[destination ? 'dst' : 'src'].offset);
  else line.ipv6(layers.bytes, at + ipv6Header.place[destination ? 'dst' : 'src'].offset);
  if (port < 0) return;
  line.byte(DOT);
  line.dec(port);
}

/** Are the ports of a transport header there, of which the rest was cut off? */
const hasPorts = (layers: Layers, i: number, cut: number): boolean =>
  (cut === tcp.ref.id || cut === udp.ref.id) && layers.end[i] - layers.start[i] >= PORTS_SIZE;
