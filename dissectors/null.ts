// BSD loopback: an address family in the byte order of the capturing host (LINKTYPE_NULL) or in network order (LINKTYPE_LOOP).
import { dissector, protocol, table } from '../src/dissect/dissector.js';
import { field } from '../src/dissect/fields.js';
import { layout, readUint, rsv } from '../src/dissect/layout.js';
import type { Layers } from '../src/dissect/walk.js';

const family = field('null.family', 'Family', 'uint32', {
  values: { 2: 'IP', 24: 'IPv6 (NetBSD)', 28: 'IPv6 (FreeBSD)', 30: 'IPv6 (Darwin)' },
});

const type = field('null.type', 'Type', 'uint16', { base: 'hex' });

// The layout cannot name a value whose byte order is not known before it is read.
export const header = layout('null', [rsv(32)]);
const IP = protocol('ip');
const IPV6 = protocol('ipv6');
const ETHERTYPE = table('ethertype');

/** Largest value that is a family; an Ethernet type is larger. */
const LAST_FAMILY = 1500;

/**
 * The family of the header at `at`, or an Ethernet type in the low 16 bits of a larger value: some systems write that.
 * Families are small: a value with high bytes set is in the other order, or a family of 16 bits in the first half.
 */
export function familyAt(b: Uint8Array, at: number): number {
  const value = readUint(b, at, 4);
  if (value > 0xffff) {
    if (value < 0x60000) return value >>> 16;
    const swapped = ((b[at + 3] << 24) | (b[at + 2] << 16) | (b[at + 1] << 8) | b[at]) >>> 0;
    return swapped > 0xffff ? value : swapped;
  }
  return (value & 0xff) === 0 && value < 0x600 ? value >>> 8 : value;
}

function byFamily(layers: Layers, value: number, at: number): void {
  if (value === 2) layers.next(IP, at + 4);
  else if (value === 24 || value === 28 || value === 30) layers.next(IPV6, at + 4);
}

export const nullLoopback = dissector({
  name: 'null',
  title: 'Null/Loopback',
  spec: 'LINKTYPE_NULL',
  role: 'link',
  layout: header,
  fields: [family, type],
  claims: { 'frame.linktype': [0] },
  payload: {
    step(layers, at) {
      const value = familyAt(layers.bytes, at);
      if (value > LAST_FAMILY) layers.nextBy(ETHERTYPE, value & 0xffff, at + 4);
      else byFamily(layers, value, at);
    },
  },
  details(out, layers, i) {
    const at = layers.start[i];
    const value = familyAt(layers.bytes, at);
    if (value > LAST_FAMILY) out.add(type, at, 4, value & 0xffff);
    else out.add(family, at, 4, value);
  },
});

/** OpenBSD's: always in network order. */
export const loop = dissector({
  name: 'loop',
  as: 'null',
  title: 'Null/Loopback',
  spec: 'LINKTYPE_LOOP',
  role: 'link',
  layout: header,
  fields: [family],
  claims: { 'frame.linktype': [108] },
  payload: { step: (layers, at) => byFamily(layers, readUint(layers.bytes, at, 4), at) },
  details: (out, layers, i) => out.add(family, layers.start[i], 4, readUint(layers.bytes, layers.start[i], 4)),
});
