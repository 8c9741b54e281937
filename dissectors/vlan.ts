// 802.1Q and 802.1ad (QinQ) tags.
import { dissector, protocol } from '../src/dissect/dissector.js';
import { flag, layout, uint } from '../src/dissect/layout.js';
import { FIRST_TYPE } from './eth.js';

export const header = layout('vlan', [
  uint('priority', 3, 'Priority'),
  flag('dei', 'Drop eligible'),
  uint('id', 12, 'VLAN'),
  uint('etype', 16, 'Type', 'hex'),
]);

const LLC = protocol('llc');

export const vlan = dissector({
  name: 'vlan',
  title: '802.1Q Virtual LAN',
  spec: 'IEEE 802.1Q clause 9',
  role: 'link',
  layout: header,
  claims: { ethertype: [0x8100, 0x88a8, 0x9100, 0x9200] },
  payload: {
    table: 'ethertype',
    by: 'etype',
    least: FIRST_TYPE,
    step(layers, at) {
      layers.bound(at + header.size + header.get.etype(layers.bytes, at));
      layers.next(LLC, at + header.size);
    },
  },
  label: (layers, i) => `VLAN ${header.get.id(layers.bytes, layers.start[i]!)}`,
  protocols: (layers, i) => (header.get.etype(layers.bytes, layers.start[i]!) >= FIRST_TYPE ? 'vlan:ethertype' : 'vlan'),
});
