// Ethernet II and IEEE 802.3. IEEE 802.3 clause 3.2.6: below 0x0600 the field is a length, and LLC follows.
import { dissector, protocol } from '../src/dissect/dissector.js';
import { layout, mac, uint } from '../src/dissect/layout.js';

export const header = layout('eth', [
  mac('dst', 'Destination', { aliases: ['eth.addr'] }),
  mac('src', 'Source', { aliases: ['eth.addr'] }),
  uint('type', 16, 'Type', 'hex'),
]);

/** Smallest value of the type field that is a type and not a length. */
export const FIRST_TYPE = 0x600;

const LLC = protocol('llc');

export const eth = dissector({
  name: 'eth',
  title: 'Ethernet',
  spec: 'IEEE 802.3 clause 3',
  role: 'link',
  layout: header,
  claims: { 'frame.linktype': [1], ethertype: [0x6558], 'ip.proto': [143] },
  payload: {
    table: 'ethertype',
    by: 'type',
    least: FIRST_TYPE,
    step(layers, at) {
      layers.bound(at + header.size + header.get.type(layers.bytes, at));
      layers.next(LLC, at + header.size);
    },
  },
  protocols: (layers, i) => (header.get.type(layers.bytes, layers.start[i]!) >= FIRST_TYPE ? 'eth:ethertype' : 'eth'),
});
