import { type Printing, tcpdumpStyle } from '../../src/dissect/tcpdump.js';
import type { Layers } from '../../src/dissect/walk.js';
import { ip, header as ipHeader } from '../ip.js';
import { hopByHop, ipv6, header as ipv6Header } from '../ipv6.js';
import { tcp } from '../tcp.js';
import { udp, header as udpHeader } from '../udp.js';

const DOT = 0x2e;
/** TCP and UDP begin with their two ports. */
const PORTS_SIZE = 4;

export default tcpdumpStyle({ of: [ip, ipv6], after: ['link', 'ip'], print: network });

function network(p: Printing, i: number): void {
  const { layers, line, shown: end } = p;
  const { bytes } = layers;
  const at = layers.start[i];
  const v4 = layers.proto[i] === ip.ref.id;
  line.text(v4 ? 'IP ' : 'IP6 ');
  const claimed = v4 ? ipHeader.get.len(bytes, at) : ipv6Header.get.plen(bytes, at) + ipv6Header.size;
  p.ipEnd = Math.max(at + claimed, layers.wireEnd[i]);
  const frame = layers.frame;
  const there = i > 0 ? layers.wireEnd[i - 1] : frame === null ? 0 : frame.start + frame.wireLength;
  if (claimed > there - at) line.text(`truncated-ip${v4 ? '' : '6'} - ${claimed - (there - at)} bytes missing! `);
  let next = i + 1;
  let hop = '';
  while (next < end && !v4 && layers.proto[next] === hopByHop.ref.id) {
    hop = 'HBH ';
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
