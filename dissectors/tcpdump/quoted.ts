// The packet that an ICMP error quotes.
import type { Line } from '../../src/bytes/line.js';
import type { Layers } from '../../src/dissect/walk.js';
import { header as udpHeader } from '../udp.js';

/** Where the packet begins that the ICMP message in layer `i` quotes; -1 without one. */
export const quotedAt = (layers: Layers, i: number): number =>
  layers.quotedFrom < layers.count && layers.quotedFrom === i + 1 ? layers.start[i + 1] : -1;

const NAMES: Readonly<Record<number, string>> = { 6: 'tcp', 17: 'udp' };

/** ` udp port 53` of a quoted packet whose transport header starts at `at`; the message ends at `end`. */
export function quotedPort(b: Uint8Array, at: number, end: number, proto: number, line: Line): void {
  if (at + 4 > end) return;
  line.text(` ${NAMES[proto] ?? `protocol ${proto}`} port ${udpHeader.get.dstport(b, at)}`);
}
