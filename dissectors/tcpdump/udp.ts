import { tcpdumpStyle } from '../../src/dissect/tcpdump.js';
import type { Layers } from '../../src/dissect/walk.js';
import { header, udp } from '../udp.js';

/** Length of the payload of the UDP header in layer `i`, as it says itself. */
export const payloadLength = (layers: Layers, i: number): number =>
  header.get.length(layers.bytes, layers.start[i]) - header.size;

export default tcpdumpStyle({
  of: [udp],
  after: ['ip'],
  print(p, i) {
    if (i + 1 < p.shown && p.after('udp', i + 1)) return;
    p.line.text('UDP, length ');
    p.line.dec(Math.max(0, payloadLength(p.layers, i)));
  },
});
