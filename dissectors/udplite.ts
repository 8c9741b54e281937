// UDP-Lite, RFC 3828: where UDP has its length, it says how much of the datagram the checksum covers.
import { CHECKSUM_STATUS, checksumNames } from '../src/dissect/checksum.js';
import { dissector } from '../src/dissect/dissector.js';
import { field } from '../src/dissect/fields.js';
import { layout, uint } from '../src/dissect/layout.js';

export const header = layout('udp', [
  uint('srcport', 16, 'Source port', { aliases: ['udp.port'] }),
  uint('dstport', 16, 'Destination port', { aliases: ['udp.port'] }),
  uint('checksum_coverage', 16, 'Checksum coverage'),
  uint('checksum', 16, 'Checksum', 'hex'),
]);
const length = field('udp.length', 'Length', 'uint16');
/** Not checked: the checksum may cover the header alone. */
const checksumStatus = field('udp.checksum.status', 'Checksum status', 'uint8', { values: checksumNames });
const payload = field('udp.payload', 'Payload', 'bytes');

export const udplite = dissector({
  name: 'udplite',
  title: 'Lightweight User Datagram Protocol',
  short: 'UDP-Lite',
  spec: 'RFC 3828',
  role: 'transport',
  layout: header,
  fields: [length, checksumStatus, payload],
  claims: { 'ip.proto': [136] },
  payload: { ports: 'udp.port', src: 'srcport', dst: 'dstport' },
  details(out, layers, i) {
    // The length is that of the IP payload.
    const { start, body, end, wireEnd } = layers;
    out.add(length, start[i] + 4, 2, Math.min(0xffff, wireEnd[i] - start[i]));
    out.add(checksumStatus, start[i] + header.place.checksum.offset, 2, CHECKSUM_STATUS.unverified);
    if (body[i] < end[i]) out.add(payload, body[i], end[i] - body[i], null);
  },
  info(line, layers, i) {
    const at = layers.start[i];
    line.dec(header.get.srcport(layers.bytes, at));
    line.arrow();
    line.dec(header.get.dstport(layers.bytes, at));
    line.text(' Len=');
    line.dec(Math.max(0, layers.wireEnd[i] - layers.body[i]));
  },
});
