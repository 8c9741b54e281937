// Is a checksum right? Answers in tshark's numbers, with two cases kept apart from faults: what cannot be checked because
// bytes are missing, and what the sending host left to its network card.
import { checksum, judgeSum, SUM } from '../bytes/checksum.js';
import type { ValueNames } from './fields.js';
import type { Layers } from './walk.js';

/** Values of the fields `….checksum.status`. */
export const CHECKSUM_STATUS = { bad: 0, good: 1, unverified: 2, absent: 3 } as const;
export const checksumNames: ValueNames = { 0: 'Bad', 1: 'Good', 2: 'Unverified', 3: 'Not present' };

const { bad, good, unverified, absent } = CHECKSUM_STATUS;

/** Of the header of layer `i`, whose checksum lies `offset` bytes after its start. 0 there: left to the card. */
export function headerStatus(layers: Layers, i: number, offset: number): number {
  const { bytes } = layers;
  const at = layers.start[i]!;
  // A quoted header was changed after its checksum was made, or may have been.
  if (i >= layers.quotedFrom || layers.body[i]! > layers.end[i]!) return unverified;
  if (checksum(bytes, at, layers.body[i]!) === 0) return good;
  return bytes[at + offset] === 0 && bytes[at + offset + 1] === 0 ? unverified : bad;
}

export interface Covered {
  /** Of the checksum, after the start of the layer. */
  readonly offset: number;
  /** Protocol number of the pseudo header; null: there is none (ICMP). */
  readonly pseudo: number | null;
  /** 0 in the field says that there is no checksum (UDP over IPv4). */
  readonly optional?: boolean;
}

/** Of header and payload of layer `i`. */
export function payloadStatus(layers: Layers, i: number, { offset, pseudo, optional }: Covered): number {
  const { bytes } = layers;
  const at = layers.start[i]!;
  const end = layers.end[i]!;
  if (at + offset + 2 > end) return unverified;
  const stated = (bytes[at + offset]! << 8) | bytes[at + offset + 1]!;
  if (optional === true && stated === 0) return absent;
  if (i >= layers.quotedFrom || layers.wireEnd[i]! > end) return unverified;
  if (pseudo === null) return checksum(bytes, at, end) === 0 ? good : bad;
  let below = i - 1;
  while (below >= 0 && layers.registry.addresses[layers.proto[below]!]!.bytes === 0) below--;
  if (below < 0) return unverified;
  const { offset: from, bytes: size } = layers.registry.addresses[layers.proto[below]!]!;
  const addresses = layers.start[below]! + from;
  const sum = judgeSum(bytes, at, end, stated, addresses, size === 4 ? 4 : 16, pseudo);
  return sum === SUM.right ? good : sum === SUM.offloaded ? unverified : bad;
}
