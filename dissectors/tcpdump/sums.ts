// What `-v` says of the checksums of TCP, UDP, ICMP and ICMPv6.
import { checksumAdd, checksumFold, pseudoHeader } from '../../src/bytes/checksum.js';
import { u16 } from '../../src/bytes/read.js';
import type { Printing } from '../../src/dissect/tcpdump.js';

/**
 * The sum over layer `i`, which IP carries as `protocol` (null: the sum covers no addresses) and which has its checksum `offset` bytes after its
 * start, as it should be; null where tcpdump checks none: in a fragment, or where bytes are missing.
 */
export function rightSum(
  { layers, choice, isFragment, ipEnd }: Printing,
  i: number,
  protocol: number | null,
  offset: number,
): number | null {
  const { bytes, registry } = layers;
  const at = layers.start[i];
  if (choice.unchecked || isFragment || ipEnd > layers.end[i]) return null;
  if (protocol === null) return checksumFold(checksumAdd(bytes, at, at + offset, checksumAdd(bytes, at + offset + 2, ipEnd)));
  let below = i - 1;
  while (below >= 0 && registry.addresses[layers.proto[below]].bytes === 0) below--;
  if (below < 0) return null;
  const { offset: from, bytes: size } = registry.addresses[layers.proto[below]];
  const pseudo = pseudoHeader(bytes, layers.start[below] + from, size === 4 ? 4 : 16, protocol, ipEnd - at);
  return checksumFold(checksumAdd(bytes, at, at + offset, checksumAdd(bytes, at + offset + 2, ipEnd, pseudo)));
}

/** The sum that the packet has. */
export const statedSum = ({ layers }: Printing, i: number, offset: number): number => u16(layers.bytes, layers.start[i] + offset);

export const hex4 = (n: number): string => n.toString(16).padStart(4, '0');
