// ARP, RFC 826. Conflict detection and announcements: RFC 5227.
import { dissector } from '../src/dissect/dissector.js';
import { ipv4, layout, mac, uint } from '../src/dissect/layout.js';
import { emitItems } from '../src/dissect/tree.js';

/** The part that every shape shares. */
export const common = layout('arp', [
  uint('hw.type', 16, 'Hardware type'),
  uint('proto.type', 16, 'Protocol type', 'hex'),
  uint('hw.size', 8, 'Hardware size'),
  uint('proto.size', 8, 'Protocol size'),
  uint('opcode', 16, 'Opcode', { values: { 1: 'request', 2: 'reply', 3: 'reverse request', 4: 'reverse reply' } }),
]);

/** The addresses of ARP for IPv4 over Ethernet; its offsets count from behind the common part. */
export const addresses = layout('arp', [
  mac('src.hw_mac', 'Sender MAC address'),
  ipv4('src.proto_ipv4', 'Sender IP address'),
  mac('dst.hw_mac', 'Target MAC address'),
  ipv4('dst.proto_ipv4', 'Target IP address'),
]);

export const REQUEST = 1;
export const REPLY = 2;

/** Offset of the addresses of the ARP packet at `at`, or -1 when it is not ARP for IPv4 over Ethernet. */
export function ethIpv4(b: Uint8Array, at: number, end: number): number {
  const known = common.get['proto.type'](b, at) === 0x0800 && b[at + 4] === 6 && b[at + 5] === 4;
  return known && at + common.size + addresses.size <= end ? at + common.size : -1;
}

export const arp = dissector({
  name: 'arp',
  title: 'Address Resolution Protocol',
  spec: 'RFC 826',
  role: 'neighbour',
  layout: common,
  fields: addresses.items.map((item) => item.def),
  claims: { ethertype: [0x0806] },
  // What follows the addresses is the padding of the link.
  payload: { none: true },
  details(out, layers, i) {
    const at = layers.start[i]!;
    const a = ethIpv4(layers.bytes, at, layers.end[i]!);
    if (a >= 0) emitItems(layers.bytes, a, layers.end[i]!, addresses.items, out);
  },
});
