// UDP, RFC 768.
import { dissector } from '../src/dissect/dissector.js';
import { layout, uint } from '../src/dissect/layout.js';

export const header = layout('udp', [
  uint('srcport', 16, 'Source port', { aliases: ['udp.port'] }),
  uint('dstport', 16, 'Destination port', { aliases: ['udp.port'] }),
  uint('length', 16, 'Length'),
  uint('checksum', 16, 'Checksum', 'hex'),
]);

export const udp = dissector({
  name: 'udp',
  title: 'User Datagram Protocol',
  spec: 'RFC 768',
  role: 'transport',
  layout: header,
  claims: { 'ip.proto': [17] },
  total: { field: 'length' },
  payload: { ports: 'udp.port', src: 'srcport', dst: 'dstport' },
});
