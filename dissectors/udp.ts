// UDP, RFC 768.
import { checksumNames } from '../src/dissect/checksum.js';
import { dissector } from '../src/dissect/dissector.js';
import { field } from '../src/dissect/fields.js';
import { layout, uint } from '../src/dissect/layout.js';
import { remembers } from '../src/dissect/past.js';
import { statusOf } from './ip.js';
import { UdpMemory } from './past/udp.js';

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

const stream = field('udp.stream', 'Stream index', 'uint32');
const timeRelative = field('udp.time_relative', 'Time since the first frame of this stream', 'duration');
const timeDelta = field('udp.time_delta', 'Time since the previous frame of this stream', 'duration');

export const udp = dissector({
  name: 'udp',
  title: 'User Datagram Protocol',
  spec: 'RFC 768',
  role: 'transport',
  ofCut: [[0, 4]],
  layout: header,
  fields: [checksumStatus, payload],
  remembers: { fields: [stream, timeRelative, timeDelta], memory: () => new UdpMemory() },
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
    const memory = remembers<UdpMemory>(layers, udp.ref);
    const isKnown = memory !== null && i < layers.count && memory.stream[i] >= 0;
    if (isKnown) out.add(stream, layers.start[i], 0, memory.stream[i]);
    if (isKnown && memory.isTimed[i] === 1) {
      out.add(timeRelative, layers.start[i], 0, BigInt(memory.sinceFirstNs[i]));
      out.add(timeDelta, layers.start[i], 0, BigInt(memory.sinceLastNs[i]));
    }
    if (layers.body[i] < layers.end[i]) out.add(payload, layers.body[i], layers.end[i] - layers.body[i], null);
  },
});
