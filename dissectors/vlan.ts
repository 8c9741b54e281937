// 802.1Q and 802.1ad (QinQ) tags.

import { dissector, protocol } from '../src/dissect/dissector.js';
import { field } from '../src/dissect/fields.js';
import { flag, layout, uint } from '../src/dissect/layout.js';
import { emitItems } from '../src/dissect/tree.js';
import { ETHERTYPE_NAMES, FIRST_TYPE, LAST_LENGTH } from './eth.js';

export const header = layout('vlan', [
  uint('priority', 3, 'Priority', { type: 'uint16' }),
  flag('dei', 'Drop eligible'),
  uint('id', 12, 'VLAN'),
  uint('etype', 16, 'Type', { base: 'hex', names: ETHERTYPE_NAMES }),
]);

const LLC = protocol('llc');
/** What the type field is called below FIRST_TYPE. */
const length = field('vlan.len', 'Length', 'uint16');
const tag = [header.place.priority, header.place.dei, header.place.id];
const type = [header.place.etype];

export const vlan = dissector({
  name: 'vlan',
  title: '802.1Q Virtual LAN',
  spec: 'IEEE 802.1Q clause 9',
  role: 'link',
  layout: header,
  shapes: true,
  inPlace: ['priority', 'dei', 'id'],
  fields: [length],
  claims: { ethertype: [0x8100, 0x88a8, 0x9100] },
  payload: {
    table: 'ethertype',
    by: 'etype',
    least: FIRST_TYPE,
    step(layers, at) {
      if (header.get.etype(layers.bytes, at) > LAST_LENGTH) return;
      layers.bound(at + header.size + header.get.etype(layers.bytes, at));
      layers.next(LLC, at + header.size);
    },
  },
  details(out, layers, i) {
    const { bytes } = layers;
    const at = layers.start[i];
    const end = layers.end[i];
    emitItems(bytes, at, end, tag, out);
    if (at + header.size > end) return;
    const value = header.get.etype(bytes, at);
    if (value > LAST_LENGTH) emitItems(bytes, at, end, type, out);
    else out.add(length, at + header.place.etype.offset, 2, value);
  },
  label: (layers, i) => `VLAN ${header.get.id(layers.bytes, layers.start[i])}`,
  protocols: (layers, i) => (header.get.etype(layers.bytes, layers.start[i]) > LAST_LENGTH ? 'vlan:ethertype' : 'vlan'),
});
