import { type Printing, tcpdumpStyle } from '../../src/dissect/tcpdump.js';
import type { Layers } from '../../src/dissect/walk.js';
import { ipv6 } from '../ipv6.js';
import { header, udp } from '../udp.js';
import { hex4, rightSum, statedSum } from './sums.js';

const PROTOCOL = 17;
const SUM_AT = header.place.checksum.offset;

/** Length of the payload of the UDP header in layer `i`, as it says itself. */
export const payloadLength = (layers: Layers, i: number): number =>
  header.get.length(layers.bytes, layers.start[i]) - header.size;

export default tcpdumpStyle({
  of: [udp],
  after: ['ip'],
  print(p, i) {
    const { line, layers, choice } = p;
    if (choice.quick) {
      line.text('UDP, length ');
      line.dec(Math.max(0, payloadLength(layers, i)));
      return;
    }
    // Over IPv6 sums are no option, and said of with the first -v.
    if (choice.verbose > (i > 0 && layers.proto[i - 1] === ipv6.ref.id ? 0 : 1)) sum(p, i);
    if (i + 1 < p.shown && p.after('udp', i + 1)) return;
    line.text('UDP, length ');
    line.dec(Math.max(0, payloadLength(layers, i)));
  },
});

function sum(p: Printing, i: number): void {
  if (p.isFragment || p.choice.unchecked) return;
  const stated = statedSum(p, i, SUM_AT);
  if (stated === 0) p.line.text('[no cksum] ');
  else {
    // A sum of 0 is sent as its complement (RFC 768).
    const right = rightSum(p, i, PROTOCOL, SUM_AT);
    if (right === null) return;
    const isRight = stated === (right === 0 ? 0xffff : right);
    p.line.text(isRight ? '[udp sum ok] ' : `[bad udp cksum 0x${hex4(stated)} -> 0x${hex4(right)}!] `);
  }
}
