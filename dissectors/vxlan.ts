// VXLAN, RFC 7348 section 5. Bits G, D and A: draft-smith-vxlan-group-policy. VXLAN-GPE: draft-ietf-nvo3-vxlan-gpe.
import { dissector } from '../src/dissect/dissector.js';
import { bits, flag, layout, rsv, uint } from '../src/dissect/layout.js';

export const header = layout('vxlan', [
  bits('flags', 'Flags', [
    flag('flag_g', 'GBP extension'),
    rsv(3),
    flag('flag_i', 'VNI is valid'),
    rsv(4),
    flag('flag_d', "Don't learn"),
    rsv(2),
    flag('flag_a', 'Policy applied'),
    rsv(3),
  ]),
  uint('gbp', 16, 'Group policy ID'),
  uint('vni', 24, 'VXLAN network identifier'),
  uint('reserved8', 8, 'Reserved'),
]);

export const vxlan = dissector({
  name: 'vxlan',
  title: 'Virtual eXtensible Local Area Network',
  spec: 'RFC 7348',
  role: 'tunnel',
  layout: header,
  // 4789 is IANA's; 8472 is what the Linux kernel, and so Cilium and flannel, use by default.
  claims: { 'udp.port': [4789, 8472] },
  // No "next protocol" in this header: RFC 7348 section 5 carries Ethernet only.
  payload: { always: 'eth' },
  label: (layers, i) => `VNI ${header.get.vni(layers.bytes, layers.start[i])}`,
});

export const gpeHeader = layout('vxlan', [
  uint('flags', 8, 'Flags', 'hex'),
  rsv(16),
  uint('next_proto', 8, 'Next protocol'),
  uint('vni', 24, 'VXLAN network identifier'),
  uint('reserved8', 8, 'Reserved'),
]);

export const vxlanGpe = dissector({
  name: 'vxlan-gpe',
  as: 'vxlan',
  title: 'VXLAN Generic Protocol Extension',
  spec: 'draft-ietf-nvo3-vxlan-gpe section 3',
  role: 'tunnel',
  layout: gpeHeader,
  claims: { 'udp.port': [4790] },
  payload: { table: 'vxlan.next_proto', by: 'next_proto' },
  label: (layers, i) => `VNI ${gpeHeader.get.vni(layers.bytes, layers.start[i])}`,
  // tshark leaves it out of the list of layers.
  protocols: () => '',
});
