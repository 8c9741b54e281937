// The bytes of a field, as tshark's `_raw` members and PDML say them.
import { hex } from '../../bytes/show.js';
import type { FieldType } from '../../dissect/fields.js';
import { placeOf, readUint } from '../../dissect/layout.js';
import type { Shown } from './shown.js';

/** Wireshark's numbers of types (epan/ftypes/ftypes.h). */
const TYPES: Readonly<Record<FieldType, number>> = {
  none: 0,
  bool: 2,
  uint8: 4,
  uint16: 5,
  uint24: 6,
  uint32: 7,
  uint64: 11,
  int32: 15,
  float: 22,
  time: 24,
  duration: 25,
  string: 26,
  ether: 29,
  bytes: 30,
  ipv4: 32,
  ipv6: 33,
  guid: 36,
  oid: 37,
  eui64: 38,
};
const PROTOCOL = 1;

export const typeNumber = (node: Shown): number => (node.isLayer ? PROTOCOL : TYPES[node.def.type]);

export interface Raw {
  /** The bits of the field, or its bytes where it has them all. */
  readonly value: string;
  /** All bytes that hold its bits; null where they are the value. */
  readonly around: string | null;
  /** Which bits; 0: all. */
  readonly mask: number;
}

export function rawOf(node: Shown, bytes: Uint8Array): Raw {
  const around = hex(bytes, node.at, node.at + node.length);
  const place = node.isLayer ? null : placeOf(node.def);
  // A number whose unit is not one is shown with its byte.
  const isWhole = place === null || place.mask === 0 || place.times !== 1 || place.bytes !== node.length;
  if (isWhole || (place.shift === 0 && place.mask === 2 ** (8 * place.bytes) - 1))
    return { value: around, around: null, mask: 0 };
  const bits = Math.floor(readUint(bytes, node.at, node.length) / 2 ** place.shift) % (place.mask + 1);
  return { value: bits.toString(16), around, mask: place.mask * 2 ** place.shift };
}
