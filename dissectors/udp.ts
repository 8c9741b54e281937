// UDP, RFC 768.
import { dissector } from '../src/dissect/dissector.js';
import { field } from '../src/dissect/fields.js';
import { layout, uint } from '../src/dissect/layout.js';

export const header = layout('udp', [
  uint('srcport', 16, 'Source port', { aliases: ['udp.port'] }),
  uint('dstport', 16, 'Destination port', { aliases: ['udp.port'] }),
  uint('length', 16, 'Length'),
  uint('checksum', 16, 'Checksum', 'hex'),
]);

const payload = field('udp.payload', 'Payload', 'bytes');

export const udp = dissector({
  name: 'udp',
  title: 'User Datagram Protocol',
  spec: 'RFC 768',
  role: 'transport',
  layout: header,
  fields: [payload],
  claims: { 'ip.proto': [17] },
  total: { field: 'length' },
  payload: { ports: 'udp.port', src: 'srcport', dst: 'dstport' },
  info(line, layers, i) {
    const { bytes } = layers;
    const at = layers.start[i];
    line.dec(header.get.srcport(bytes, at));
    line.arrow();
    line.dec(header.get.dstport(bytes, at));
    line.text(' Len=');
    line.dec(Math.max(0, layers.wireEnd[i] - layers.body[i]));
  },
  details(out, layers, i) {
    if (layers.body[i] < layers.end[i]) out.add(payload, layers.body[i], layers.end[i] - layers.body[i], null);
  },
});
