// BSD loopback: an address family in the byte order of the capturing host (LINKTYPE_NULL) or in network order (LINKTYPE_LOOP).
import { dissector, protocol, table } from '../src/dissect/dissector.js';
import { field } from '../src/dissect/fields.js';
import { layout, rsv } from '../src/dissect/layout.js';

const family = field('null.family', 'Family', 'uint32', {
  values: { 2: 'IP', 10: 'IPv6 (Linux)', 24: 'IPv6 (NetBSD)', 28: 'IPv6 (FreeBSD)', 30: 'IPv6 (Darwin)' },
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
 * Families are small, so a value with high bytes set is in the other order.
 */
export function familyAt(b: Uint8Array, at: number): number {
  const big = ((b[at] << 24) | (b[at + 1] << 16) | (b[at + 2] << 8) | b[at + 3]) >>> 0;
  const little = ((b[at + 3] << 24) | (b[at + 2] << 16) | (b[at + 1] << 8) | b[at]) >>> 0;
  if (little <= 0xffff) return little;
  // A family of 16 bits in network order.
  return little < 0x60000 ? little >>> 16 : big;
}

export const nullLoopback = dissector({
  name: 'null',
  title: 'Null/Loopback',
  spec: 'LINKTYPE_NULL',
  role: 'link',
  layout: header,
  fields: [family, type],
  claims: { 'frame.linktype': [0, 108] },
  payload: {
    step(layers, at) {
      const value = familyAt(layers.bytes, at);
      if (value > LAST_FAMILY) layers.nextBy(ETHERTYPE, value & 0xffff, at + 4);
      else if (value === 2) layers.next(IP, at + 4);
      else if (value === 10 || value === 24 || value === 28 || value === 30) layers.next(IPV6, at + 4);
    },
  },
  details(out, layers, i) {
    const at = layers.start[i];
    const value = familyAt(layers.bytes, at);
    if (value > LAST_FAMILY) out.add(type, at, 4, value & 0xffff);
    else out.add(family, at, 4, value);
  },
});
