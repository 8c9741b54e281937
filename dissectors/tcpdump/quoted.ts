// What ICMP and ICMPv6 have in common: how a line begins and ends, and the packet that an error quotes.
import type { Line } from '../../src/bytes/line.js';
import type { Dissector } from '../../src/dissect/dissector.js';
import { type Printing, type TcpdumpStyle, tcpdumpStyle } from '../../src/dissect/tcpdump.js';
import type { Layers } from '../../src/dissect/walk.js';
import { header as udpHeader } from '../udp.js';
import { hex4, rightSum, statedSum } from './sums.js';

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

/** Offset of the checksum in both (RFC 792, RFC 4443). */
const SUM_AT = 2;

/** `stated (->right)` of a wrong checksum, '' of a right one, null where it cannot be checked. */
function wrongSum(p: Printing, i: number, protocol: number | null): string | null {
  const stated = statedSum(p, i, SUM_AT);
  const right = rightSum(p, i, protocol, SUM_AT);
  if (right === null || right === stated) return right === null ? null : '';
  return protocol === null ? `${stated.toString(16)} (->${right.toString(16)})` : `0x${hex4(stated)} -> 0x${hex4(right)}`;
}

/**
 * `print` says what comes between name and length: of the message in layer `i`, which begins at `at` and quotes the packet at
 * `quoted` (or -1), whose header takes `quotedSize` bytes at least. `protocol`: whose pseudo header the checksum covers; null: none.
 * Where it writes the length itself it returns true.
 */
export const icmpStyle = (
  of: Dissector,
  name: string,
  quotedSize: number,
  protocol: number | null,
  print: (p: Printing, i: number, at: number, quoted: number, length: () => void) => true | undefined,
): TcpdumpStyle =>
  tcpdumpStyle({
    of: [of],
    after: ['ip'],
    print(p, i) {
      const { layers, line } = p;
      const at = layers.start[i];
      const sums = p.choice.verbose > 0 ? wrongSum(p, i, protocol) : null;
      if (protocol !== null && sums !== null) line.text(sums === '' ? '[icmp6 sum ok] ' : `[bad icmp6 cksum ${sums}!] `);
      line.text(name);
      const quoted = quotedAt(layers, i, quotedSize);
      const length = (): void => {
        line.text(', length ');
        line.dec(Math.max(0, p.ipEnd - at));
      };
      if (print(p, i, at, quoted, length) !== true) length();
      if (p.choice.verbose === 0 || protocol !== null) return;
      if (sums) line.text(` (wrong icmp cksum ${sums}!)`);
      if (quoted < 0) return;
      line.text('\n\t');
      p.quote(i + 1);
    },
  });
