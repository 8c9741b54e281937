// What ICMP and ICMPv6 have in common: how a line begins and ends, and the packet that an error quotes.
import type { Line } from '../../src/bytes/line.js';
import type { Dissector } from '../../src/dissect/dissector.js';
import { type Printing, type TcpdumpStyle, tcpdumpStyle } from '../../src/dissect/tcpdump.js';
import type { Layers } from '../../src/dissect/walk.js';
import { header as udpHeader } from '../udp.js';

/** Where the packet begins that the ICMP message in layer `i` quotes; -1 without one, or where its header of `size` bytes is cut. */
function quotedAt(layers: Layers, i: number, size: number): number {
  if (layers.quotedFrom >= layers.count || layers.quotedFrom !== i + 1) return -1;
  const at = layers.start[i + 1];
  return at + size <= layers.end[i] ? at : -1;
}

const NAMES: Readonly<Record<number, string>> = { 6: 'tcp', 17: 'udp' };

/** ` udp port 53` of a quoted packet whose transport header starts at `at`; the message ends at `end`. */
export function quotedPort(b: Uint8Array, at: number, end: number, proto: number, line: Line): void {
  if (at + 4 > end) return;
  line.text(` ${NAMES[proto] ?? `protocol ${proto}`} port ${udpHeader.get.dstport(b, at)}`);
}

/**
 * `print` says what comes between name and length: of the message in layer `i`, which begins at `at` and quotes the packet at
 * `quoted` (or -1), whose header takes `quotedSize` bytes at least.
 */
export const icmpStyle = (
  of: Dissector,
  name: string,
  quotedSize: number,
  print: (p: Printing, i: number, at: number, quoted: number) => void,
): TcpdumpStyle =>
  tcpdumpStyle({
    of: [of],
    after: ['ip'],
    print(p, i) {
      const { layers, line } = p;
      const at = layers.start[i];
      line.text(name);
      print(p, i, at, quotedAt(layers, i, quotedSize));
      line.text(', length ');
      line.dec(Math.max(0, p.ipEnd - at));
    },
  });
