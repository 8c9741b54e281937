// BSD loopback: an address family in the byte order of the capturing host (LINKTYPE_NULL) or in network order (LINKTYPE_LOOP).
import { dissector, protocol } from '../src/dissect/dissector.js';
import { field } from '../src/dissect/fields.js';
import { layout, rsv } from '../src/dissect/layout.js';

const family = field('null.family', 'Family', 'uint32', {
  values: { 2: 'IP', 10: 'IPv6 (Linux)', 24: 'IPv6 (NetBSD)', 28: 'IPv6 (FreeBSD)', 30: 'IPv6 (Darwin)' },
});

// The layout cannot name a value whose byte order is not known before it is read.
export const header = layout('null', [rsv(32)]);
const IP = protocol('ip');
const IPV6 = protocol('ipv6');

/** The family of the header at `at`: families are small, so a value with high bytes set is in the other order. */
export function familyAt(b: Uint8Array, at: number): number {
  const big = ((b[at]! << 24) | (b[at + 1]! << 16) | (b[at + 2]! << 8) | b[at + 3]!) >>> 0;
  const little = ((b[at + 3]! << 24) | (b[at + 2]! << 16) | (b[at + 1]! << 8) | b[at]!) >>> 0;
  return Math.min(big, little);
}

export const nullLoopback = dissector({
  name: 'null',
  title: 'Null/Loopback',
  spec: 'LINKTYPE_NULL',
  role: 'link',
  layout: header,
  fields: [family],
  claims: { 'frame.linktype': [0, 108] },
  payload: {
    step(layers, at) {
      const value = familyAt(layers.bytes, at);
      if (value === 2) layers.next(IP, at + 4);
      else if (value === 10 || value === 24 || value === 28 || value === 30) layers.next(IPV6, at + 4);
    },
  },
  details: (out, layers, i) => out.add(family, layers.start[i]!, 4, familyAt(layers.bytes, layers.start[i]!)),
});
