// Frames as rows of the table `packets`.

import { arp, addresses as arpAddresses, common as arpHeader, ethIpv4 } from '../../dissectors/arp.js';
import { geneve } from '../../dissectors/geneve.js';
import { identifier, sequence, TYPE } from '../../dissectors/icmp.js';
import { TYPE as TYPE6 } from '../../dissectors/icmpv6.js';
import { ip } from '../../dissectors/ip.js';
import { udp } from '../../dissectors/udp.js';
import { vxlan, vxlanGpe } from '../../dissectors/vxlan.js';
import { u16, u32 } from '../bytes/read.js';
import { ipv4, ipv6, macNumber } from '../bytes/show.js';
import { type Frame, UNKNOWN } from '../capture/frame.js';
import { protocolStack } from '../dissect/extra.js';
import { STOP } from '../dissect/walk.js';
import { type Packet, PROTO } from '../flows/packet.js';
import type { Tracker } from '../flows/tracker.js';
import { Ip } from '../topology/ip.js';
import type { TextColumn } from './columns.js';
import type { TableFile } from './parquet.js';
import type { Parts } from './parts.js';
import { DIRECTIONS, type Places, WAYS } from './places.js';
import type { TABLES } from './schema.js';

type Packets = TableFile<typeof TABLES.packets>;

/** Adds the frame that the tracker has just observed. */
export function addPacket(
  files: Parts<typeof TABLES.packets>,
  tracker: Tracker,
  frame: Frame,
  capture: number,
  places: Places,
): void {
  const p = tracker.packet;
  const table = files.at(capture, p.timeNs);
  const { columns: c, row } = table;
  const captured = frame.end - frame.start;
  places.set(c, row, capture);
  c.frame_number.set(row, frame.number);
  if (frame.hasTime) c.frame_time.set(row, frame.seconds, frame.nanoseconds);
  c.run_ns.set(row, Math.round(p.timeNs));
  c.frame_len.set(row, frame.wireLength);
  c.frame_cap_len.set(row, captured);
  c.file_offset.set(row, frame.fileOffset);
  c.frame_protocols.set(row, protocolStack(p.layers));
  c.interface.set(row, places.interfaceName(tracker.ports, p.port));
  c.interface_id.set(row, p.interfaceIndex());
  c.direction.set(row, DIRECTIONS[p.direction]);
  const from = p.sourceMac();
  const to = p.destinationMac();
  if (from >= 0) c.eth_src.setShown(row, from, macNumber);
  if (to >= 0) c.eth_dst.setShown(row, to, macNumber);
  if (p.vlan >= 0) c.vlan_id.set(row, p.vlan);
  c.clipped.set(row, captured < frame.wireLength);
  c.malformed.set(row, p.layers.stop === STOP.malformed);
  if (p.family !== 0) {
    if (p.levels > 1) setTunnel(table, p);
    setIp(table, p, p.family);
    if (p.hasL4) setTransport(table, p);
    const { conversation, way, journeys } = tracker;
    if (conversation >= 0) {
      c.conversation.set(row, tracker.conversations.uid[conversation]);
      c.way.set(row, WAYS[way]);
      c.journey.set(row, journeys.number);
      c.sight.set(row, journeys.isNew ? 'first' : journeys.isDuplicate ? 'duplicate' : 'copy');
    }
  } else setArp(table, p);
  table.next();
}

/** A text without -v has neither TTLs nor IP ids. */
const printsTtl = (p: Packet): boolean => (p.unknown & UNKNOWN.ttl) === 0;

/** The tunnel that carries the innermost packet, and the header in front of it. */
function setTunnel({ columns: c, row }: Packets, p: Packet): void {
  const { bytes, levels } = p;
  const { layers, net, l4: transports, tunnel: tunnels } = p.stack;
  const outer = net[levels - 2];
  const tunnel = tunnels[levels - 1];
  if (tunnel < 0) c.tunnel.set(row, 'ip');
  else {
    const proto = layers.proto[tunnel];
    const { as, name } = layers.registry.protocols[proto];
    c.tunnel.set(row, as ?? name);
    // RFC 7348 section 5, RFC 8926 section 3.4: both have it in the same place.
    if (proto === vxlan.ref.id || proto === vxlanGpe.ref.id || proto === geneve.ref.id)
      c.vni.set(row, u32(bytes, layers.start[tunnel] + 4) >>> 8);
  }
  const at = layers.start[outer];
  if (layers.proto[outer] === ip.ref.id) {
    c.outer_ip_src.setShown(row, u32(bytes, at + 12), ipv4);
    c.outer_ip_dst.setShown(row, u32(bytes, at + 16), ipv4);
    if (printsTtl(p)) c.outer_ip_ttl.set(row, bytes[at + 8]);
  } else {
    c.outer_ip_src.set(row, ipv6(bytes, at + 8));
    c.outer_ip_dst.set(row, ipv6(bytes, at + 24));
    if (printsTtl(p)) c.outer_ip_ttl.set(row, bytes[at + 7]);
  }
  const l4 = transports[levels - 2];
  if (l4 >= 0 && layers.proto[l4] === udp.ref.id) c.outer_src_port.set(row, u16(bytes, layers.start[l4]));
}

function setIp({ columns: c, row }: Packets, p: Packet, family: 4 | 6): void {
  const a = p.address;
  c.ip_version.set(row, family);
  setAddress(c.ip_src, row, a, 0, family);
  setAddress(c.ip_dst, row, a, 4, family);
  if (family === 4) {
    c.ip_src_int.set(row, a[3]);
    c.ip_dst_int.set(row, a[7]);
    if (printsTtl(p)) c.ip_id.set(row, p.ipId);
  }
  c.ip_proto.set(row, p.proto);
  if (printsTtl(p)) c.ip_ttl.set(row, p.ttl);
  c.ip_len.set(row, p.ipLength);
  c.ip_fragment.set(row, p.fragmented);
}

function setTransport({ columns: c, row }: Packets, p: Packet): void {
  const { bytes, l4At: at, l4End: end } = p;
  if (p.proto === PROTO.tcp || p.proto === PROTO.udp) {
    c.src_port.set(row, p.srcPort);
    c.dst_port.set(row, p.dstPort);
    c.payload_len.set(row, p.payloadLength);
    if (p.proto === PROTO.udp) return;
    c.tcp_flags.set(row, u16(bytes, at + 12) & 0xfff);
    c.tcp_seq_raw.set(row, u32(bytes, at + 4));
    c.tcp_ack_raw.set(row, u32(bytes, at + 8));
    c.tcp_window_size_value.set(row, u16(bytes, at + 14));
  } else if (p.proto === PROTO.icmp || p.proto === PROTO.icmpv6) {
    const type = bytes[at];
    c.icmp_type.set(row, type);
    c.icmp_code.set(row, bytes[at + 1]);
    const { echoRequest, echoReply } = p.proto === PROTO.icmp ? TYPE : TYPE6;
    if ((type !== echoRequest && type !== echoReply) || at + 8 > end) return;
    c.icmp_ident.set(row, identifier(bytes, at));
    c.icmp_seq.set(row, sequence(bytes, at));
  }
}

function setArp({ columns: c, row }: Packets, { layers, bytes, stack }: Packet): void {
  const layer = stack.arp;
  if (layer < 0 || layers.proto[layer] !== arp.ref.id) return;
  const at = layers.start[layer];
  c.arp_opcode.set(row, arpHeader.get.opcode(bytes, at));
  const a = ethIpv4(bytes, at, layers.end[layer]);
  if (a < 0) return;
  c.arp_src_proto_ipv4.setShown(row, arpAddresses.get['src.proto_ipv4'](bytes, a), ipv4);
  c.arp_src_hw_mac.setShown(row, arpAddresses.get['src.hw_mac'](bytes, a), macNumber);
  c.arp_dst_proto_ipv4.setShown(row, arpAddresses.get['dst.proto_ipv4'](bytes, a), ipv4);
}

/** The address of four words at `at`; IPv4 as ::ffff:a.b.c.d. */
export function setAddress(column: TextColumn, row: number, words: Uint32Array, at: number, family: 4 | 6): void {
  if (family === 4) column.setShown(row, words[at + 3], ipv4);
  else column.set(row, String(new Ip(words[at], words[at + 1], words[at + 2], words[at + 3])));
}
