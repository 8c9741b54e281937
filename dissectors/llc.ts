// IEEE 802.2 logical link control, with SNAP (RFC 1042).
import { dissector, table } from '../src/dissect/dissector.js';
import { layout, uint } from '../src/dissect/layout.js';

export const header = layout('llc', [
  uint('dsap', 8, 'DSAP', 'hex'),
  uint('ssap', 8, 'SSAP', 'hex'),
  uint('control', 8, 'Control field', 'hex'),
]);

export const SNAP = 0xaa;
const ETHERTYPE = table('ethertype');
const DSAP = table('llc.dsap');

export const llc = dissector({
  name: 'llc',
  title: 'Logical-Link Control',
  spec: 'IEEE 802.2',
  role: 'link',
  layout: header,
  claims: { 'sll.ltype': [4] },
  payload: {
    step(layers, at, end) {
      const { bytes } = layers;
      const dsap = header.get.dsap(bytes, at);
      // Unnumbered frames have one control byte, all others two (802.2 section 5.2).
      const body = at + ((header.get.control(bytes, at) & 3) === 3 ? 3 : 4);
      if (
        dsap === SNAP &&
        header.get.ssap(bytes, at) === SNAP &&
        body + 5 <= end &&
        bytes[body] === 0 &&
        bytes[body + 1] === 0 &&
        bytes[body + 2] === 0
      )
        layers.nextBy(ETHERTYPE, (bytes[body + 3]! << 8) | bytes[body + 4]!, body + 5);
      else layers.nextBy(DSAP, dsap, body);
    },
  },
});
