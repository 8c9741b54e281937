// UDP, RFC 768.
import { checksumNames } from '../src/dissect/checksum.js';
import { dissector } from '../src/dissect/dissector.js';
import { field } from '../src/dissect/fields.js';
import { layout, uint } from '../src/dissect/layout.js';
import { statusOf } from './ip.js';

export const header = layout('udp', [
  uint('srcport', 16, 'Source port', { aliases: ['udp.port'] }),
  uint('dstport', 16, 'Destination port', { aliases: ['udp.port'] }),
  uint('length', 16, 'Length'),
  uint('checksum', 16, 'Checksum', 'hex'),
]);

const checksumStatus = field('udp.checksum.status', 'Checksum status', 'uint8', { values: checksumNames });
/** What the checksum covers. */
const covered = { offset: header.place.checksum.offset, pseudo: 17, optional: true };
const payload = field('udp.payload', 'Payload', 'bytes');

export const udp = dissector({
  name: 'udp',
  title: 'User Datagram Protocol',
  spec: 'RFC 768',
  role: 'transport',
  layout: header,
  fields: [checksumStatus, payload],
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
    // 0: more than the field can say (segmentation offload, RFC 2675).
    const stated = header.get.length(bytes, at);
    line.dec(Math.max(0, stated === 0 ? layers.wireEnd[i] - layers.body[i] : stated - header.size));
  },
  details(out, layers, i) {
    if (out.wants(checksumStatus)) out.add(checksumStatus, layers.start[i] + covered.offset, 2, statusOf(layers, i, covered));
    if (layers.body[i] < layers.end[i]) out.add(payload, layers.body[i], layers.end[i] - layers.body[i], null);
  },
});
