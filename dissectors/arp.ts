// ARP, RFC 826. Conflict detection and announcements: RFC 5227.
import { dissector } from '../src/dissect/dissector.js';
import { field } from '../src/dissect/fields.js';
import { ipv4, layout, mac, readUint, uint } from '../src/dissect/layout.js';
import { remembers } from '../src/dissect/past.js';
import type { Sink } from '../src/dissect/sink.js';
import { emitItems } from '../src/dissect/tree.js';
import { ETHERTYPE_NAMES } from './eth.js';
import { ArpMemory } from './past/arp.js';

const opcodes: Readonly<Record<number, string>> = { 1: 'request', 2: 'reply', 3: 'reverse request', 4: 'reverse reply' };

/** The part that every shape shares. */
export const common = layout('arp', [
  uint('hw.type', 16, 'Hardware type', { names: { 1: 'Ethernet' } }),
  uint('proto.type', 16, 'Protocol type', { base: 'hex', names: ETHERTYPE_NAMES }),
  uint('hw.size', 8, 'Hardware size'),
  uint('proto.size', 8, 'Protocol size'),
  uint('opcode', 16, 'Opcode', { values: opcodes }),
]);

/** The addresses of ARP for IPv4 over Ethernet; its offsets count from after the common part. */
export const addresses = layout('arp', [
  mac('src.hw_mac', 'Sender MAC address'),
  ipv4('src.proto_ipv4', 'Sender IP address'),
  mac('dst.hw_mac', 'Target MAC address'),
  ipv4('dst.proto_ipv4', 'Target IP address'),
]);

const sourceHardware = field('arp.src.hw', 'Sender hardware address', 'bytes');
const sourceProtocol = field('arp.src.proto', 'Sender protocol address', 'bytes');
const targetHardware = field('arp.dst.hw', 'Target hardware address', 'bytes');
const targetProtocol = field('arp.dst.proto', 'Target protocol address', 'bytes');

const duplicate = field('arp.duplicate-address-detected', 'The IP address is used by another station', 'none');
const duplicateFrame = field('arp.duplicate-address-frame', 'Frame showing earlier use of the IP address', 'uint32');

export const REQUEST = 1;
export const REPLY = 2;

/** There where both ends have the same address. */
const gratuitous = field('arp.isgratuitous', 'Gratuitous', 'bool');
// RFC 5227 section 1.1: requests that leave the MAC address of their target open.
const probe = field('arp.isprobe', 'Probe', 'bool');
const announcement = field('arp.isannouncement', 'Announcement', 'bool');

/** Hardware types whose addresses are MAC addresses when they have 6 bytes (RFC 5494): Ethernet and IEEE 802. */
const HARDWARE_ETHERNET = [1, 6];
const PROTOCOL_IPV4 = 0x0800;

/** Offset of the addresses of the ARP packet at `at`, or -1 when it is not ARP for IPv4 over Ethernet. */
export function ethIpv4(b: Uint8Array, at: number, end: number): number {
  const known = common.get['proto.type'](b, at) === PROTOCOL_IPV4 && b[at + 4] === 6 && b[at + 5] === 4;
  return known && at + common.size + addresses.size <= end ? at + common.size : -1;
}

/** Addresses of any size: those that look like MAC or IPv4 addresses under these names, others as bytes. */
function anyAddresses(out: Sink, b: Uint8Array, at: number, end: number): void {
  const hardware = b[at + 4];
  const protocol = b[at + 5];
  const isMac = hardware === 6 && HARDWARE_ETHERNET.includes(common.get['hw.type'](b, at));
  const isIpv4 = protocol === 4 && common.get['proto.type'](b, at) === PROTOCOL_IPV4;
  const defs = addresses.field;
  let o = at + common.size;
  for (const side of ['src', 'dst'] as const) {
    if (o + hardware > end) return;
    if (isMac) out.add(defs[`${side}.hw_mac`], o, 6, readUint(b, o, 6));
    else if (hardware > 0) out.add(side === 'src' ? sourceHardware : targetHardware, o, hardware, null);
    o += hardware;
    if (o + protocol > end) return;
    if (isIpv4) out.add(defs[`${side}.proto_ipv4`], o, 4, readUint(b, o, 4));
    else if (protocol > 0) out.add(side === 'src' ? sourceProtocol : targetProtocol, o, protocol, null);
    o += protocol;
  }
}

export const arp = dissector({
  name: 'arp',
  title: 'Address Resolution Protocol',
  spec: 'RFC 826',
  role: 'neighbour',
  layout: common,
  fields: [
    ...addresses.items.map((item) => item.def),
    gratuitous,
    probe,
    announcement,
    sourceHardware,
    sourceProtocol,
    targetHardware,
    targetProtocol,
  ],
  remembers: { fields: [duplicate, duplicateFrame], memory: () => new ArpMemory() },
  claims: { ethertype: [0x0806, 0x8035], 'gre.proto': [0x0806] },
  // What follows the addresses is the padding of the link.
  payload: { none: true },
  info(line, layers, i) {
    const b = layers.bytes;
    const at = layers.start[i];
    const opcode = common.get.opcode(b, at);
    const a = ethIpv4(b, at, layers.end[i]);
    if (a < 0 || (opcode !== REQUEST && opcode !== REPLY)) {
      line.text(opcodes[opcode] ?? `Opcode ${opcode}`);
      return;
    }
    const sender = a + addresses.place['src.proto_ipv4'].offset;
    const target = a + addresses.place['dst.proto_ipv4'].offset;
    const same = addresses.get['src.proto_ipv4'](b, a) === addresses.get['dst.proto_ipv4'](b, a);
    if (opcode === REPLY) {
      if (same) line.text('Gratuitous ARP: ');
      line.ipv4(b, sender);
      line.text(' is at ');
      line.mac(b, a);
    } else if (same) {
      // RFC 5227 section 1.1: an announcement.
      line.text('ARP announcement for ');
      line.ipv4(b, sender);
    } else {
      line.text('Who has ');
      line.ipv4(b, target);
      // Nobody asks from 0.0.0.0 but a probe (RFC 5227 section 1.1).
      if (addresses.get['src.proto_ipv4'](b, a) === 0) line.text('? (ARP probe)');
      else {
        line.text('? Tell ');
        line.ipv4(b, sender);
      }
    }
  },
  details(out, layers, i) {
    const { bytes } = layers;
    const at = layers.start[i];
    const end = layers.end[i];
    const a = ethIpv4(bytes, at, end);
    const opcode = common.get.opcode(bytes, at);
    if (a >= 0 && (opcode === REQUEST || opcode === REPLY)) {
      const sender = addresses.get['src.proto_ipv4'](bytes, a);
      const isOwn = sender === addresses.get['dst.proto_ipv4'](bytes, a);
      const isOpen = opcode === REQUEST && addresses.get['dst.hw_mac'](bytes, a) === 0;
      if (isOpen && sender === 0 && !isOwn) out.add(probe, at, 0, 1);
      if (isOwn) out.add(gratuitous, at, 0, 1);
      if (isOpen && isOwn) out.add(announcement, at, 0, 1);
    }
    if (a >= 0 && HARDWARE_ETHERNET.includes(common.get['hw.type'](bytes, at))) emitItems(bytes, a, end, addresses.items, out);
    else anyAddresses(out, bytes, at, end);
    const memory = remembers<ArpMemory>(layers, arp.ref);
    if (memory === null || i >= layers.count) return;
    for (const frame of [memory.senderFrame[i], memory.targetFrame[i]])
      if (frame > 0) {
        out.add(duplicate, at, 0, null);
        out.add(duplicateFrame, at, 0, frame);
      }
  },
});
