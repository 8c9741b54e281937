// Linux cooked headers: what `tcpdump -i any` writes. Version 1 (LINKTYPE 113) has no interface, version 2 (276) has.

import { dissector, table } from '../src/dissect/dissector.js';
import { field } from '../src/dissect/fields.js';
import { bytes, layout, readUint, rsv, uint } from '../src/dissect/layout.js';
import type { Sink } from '../src/dissect/sink.js';
import type { Layers } from '../src/dissect/walk.js';
import { ETHERTYPE_NAMES } from './eth.js';

const packetTypes = { 0: 'Unicast to us', 1: 'Broadcast', 2: 'Multicast', 3: 'Unicast to another host', 4: 'Sent by us' };

/** LINUX_SLL, 16 bytes. */
export const header = layout('sll', [
  uint('pkttype', 16, 'Packet type', { values: packetTypes }),
  uint('hatype', 16, 'Link-layer address type'),
  uint('halen', 16, 'Link-layer address length'),
  bytes('addr', 8, 'Address'),
  uint('proto', 16, 'Protocol', 'hex'),
]);

/** LINUX_SLL2, 20 bytes. */
export const header2 = layout('sll', [
  uint('proto', 16, 'Protocol', 'hex'),
  rsv(16),
  uint('ifindex', 32, 'Interface index'),
  uint('hatype', 16, 'Link-layer address type'),
  uint('pkttype', 8, 'Packet type', { values: packetTypes }),
  uint('halen', 8, 'Link-layer address length'),
  bytes('addr', 8, 'Address'),
]);

/** Values of pkttype. */
export const PACKET = { toUs: 0, broadcast: 1, multicast: 2, other: 3, fromUs: 4 } as const;

const ETHERTYPE = table('ethertype');
const GRE_PROTO = table('gre.proto');
const LTYPE = table('sll.ltype');
const HATYPE = table('sll.hatype');

const sourceMac = field('sll.src.eth', 'Source', 'ether');
const sourceOther = field('sll.src.other', 'Source', 'bytes');
const etype = field('sll.etype', 'Protocol', 'uint16', { base: 'hex', names: ETHERTYPE_NAMES });
const greType = field('sll.gretype', 'Protocol', 'uint16', { base: 'hex' });
const sourceIpv4 = field('sll.src.ipv4', 'Source', 'ipv4');
const ltype = field('sll.ltype', 'Protocol', 'uint16', { base: 'hex' });

// ARPHRD_ values whose protocol field is not an Ethernet type (linux/if_arp.h).
const ARPHRD = { frad: 770, ipgre: 778, netlink: 824 } as const;

/** Larger protocol numbers are Ethernet types. */
const LAST_LTYPE = 0x600;

/** Of a GRE device the protocol is one of GRE's. */
const isGre = (hatype: number, proto: number): boolean => hatype === ARPHRD.ipgre && proto > LAST_LTYPE;

const isFrameRelay = (hatype: number, proto: number): boolean => hatype === ARPHRD.frad && proto <= LAST_LTYPE;

/** `ethertype` stands in the list of layers where the protocol field was read as one. */
const names = (hatype: number, proto: number): string => (proto <= LAST_LTYPE || isGre(hatype, proto) ? 'sll' : 'sll:ethertype');

function step(layers: Layers, hatype: number, proto: number, body: number): void {
  if (hatype === ARPHRD.netlink || isFrameRelay(hatype, proto)) layers.nextBy(HATYPE, hatype, body);
  else if (isGre(hatype, proto)) layers.nextBy(GRE_PROTO, proto, body);
  else layers.nextBy(proto <= LAST_LTYPE ? LTYPE : ETHERTYPE, proto, body);
}

function details(
  out: Sink,
  layers: Layers,
  halen: number,
  addressAt: number,
  hatype: number,
  proto: number,
  protoAt: number,
): void {
  if (halen === 6) out.add(sourceMac, addressAt, 6, readUint(layers.bytes, addressAt, 6));
  else if (halen === 4) out.add(sourceIpv4, addressAt, 4, readUint(layers.bytes, addressAt, 4));
  else if (halen > 0) out.add(sourceOther, addressAt, Math.min(halen, 8), null);
  if (hatype === ARPHRD.netlink || isFrameRelay(hatype, proto)) return;
  out.add(isGre(hatype, proto) ? greType : proto <= LAST_LTYPE ? ltype : etype, protoAt, 2, proto);
}

export const sll = dissector({
  name: 'sll',
  title: 'Linux cooked capture v1',
  spec: 'LINKTYPE_LINUX_SLL',
  role: 'link',
  layout: header,
  fields: [sourceMac, sourceIpv4, sourceOther, etype, ltype, greType],
  claims: { 'frame.linktype': [113] },
  payload: {
    step: (layers, at) => step(layers, header.get.hatype(layers.bytes, at), header.get.proto(layers.bytes, at), at + header.size),
  },
  details(out, layers, i) {
    const { bytes } = layers;
    const at = layers.start[i];
    details(out, layers, header.get.halen(bytes, at), at + 6, header.get.hatype(bytes, at), header.get.proto(bytes, at), at + 14);
  },
  protocols: (layers, i) =>
    names(header.get.hatype(layers.bytes, layers.start[i]), header.get.proto(layers.bytes, layers.start[i])),
});

export const sll2 = dissector({
  name: 'sll2',
  as: 'sll',
  title: 'Linux cooked capture v2',
  spec: 'LINKTYPE_LINUX_SLL2',
  role: 'link',
  layout: header2,
  fields: [sourceMac, sourceIpv4, sourceOther, etype, ltype, greType],
  claims: { 'frame.linktype': [276] },
  payload: {
    table: 'ethertype',
    by: 'proto',
    least: LAST_LTYPE + 1,
    step: (layers, at) =>
      step(layers, header2.get.hatype(layers.bytes, at), header2.get.proto(layers.bytes, at), at + header2.size),
  },
  details(out, layers, i) {
    const { bytes } = layers;
    const at = layers.start[i];
    details(out, layers, header2.get.halen(bytes, at), at + 12, header2.get.hatype(bytes, at), header2.get.proto(bytes, at), at);
  },
  protocols: (layers, i) =>
    names(header2.get.hatype(layers.bytes, layers.start[i]), header2.get.proto(layers.bytes, layers.start[i])),
});
