// GRE, RFC 2784; key and sequence number, RFC 2890.
import { dissector, table } from '../src/dissect/dissector.js';
import { field } from '../src/dissect/fields.js';
import { layout, readUint, uint } from '../src/dissect/layout.js';

export const header = layout('gre', [
  uint('flags_and_version', 16, 'Flags and version', 'hex'),
  uint('proto', 16, 'Protocol type', 'hex'),
]);

const checksum = field('gre.checksum', 'Checksum', 'uint16', { base: 'hex' });
const key = field('gre.key', 'Key', 'uint32', { base: 'hex' });
const sequence = field('gre.sequence_number', 'Sequence number', 'uint32');

/** Bits of the flags: checksum, routing, key, sequence number. */
export const FLAG = { checksum: 0x8000, routing: 0x4000, key: 0x2000, sequence: 0x1000 } as const;
const ETHERTYPE = table('ethertype');

/** Offset of an optional part behind the fixed header: checksum, key, sequence number come in this order. */
export function partAt(flags: number, at: number, part: 'key' | 'sequence' | 'payload'): number {
  let o = at + 4;
  if (flags & (FLAG.checksum | FLAG.routing)) o += 4;
  if (part === 'key') return o;
  if (flags & FLAG.key) o += 4;
  if (part === 'sequence') return o;
  return flags & FLAG.sequence ? o + 4 : o;
}

export const gre = dissector({
  name: 'gre',
  title: 'Generic Routing Encapsulation',
  spec: 'RFC 2784',
  role: 'tunnel',
  layout: header,
  fields: [checksum, key, sequence],
  claims: { 'ip.proto': [47] },
  payload: {
    step(layers, at) {
      const flags = header.get.flags_and_version(layers.bytes, at);
      layers.nextBy(ETHERTYPE, header.get.proto(layers.bytes, at), partAt(flags, at, 'payload'));
    },
  },
  details(out, layers, i) {
    const { bytes } = layers;
    const at = layers.start[i]!;
    const end = layers.end[i]!;
    const flags = header.get.flags_and_version(bytes, at);
    if (flags & FLAG.checksum && at + 6 <= end) out.add(checksum, at + 4, 2, readUint(bytes, at + 4, 2));
    const keyAt = partAt(flags, at, 'key');
    if (flags & FLAG.key && keyAt + 4 <= end) out.add(key, keyAt, 4, readUint(bytes, keyAt, 4));
    const sequenceAt = partAt(flags, at, 'sequence');
    if (flags & FLAG.sequence && sequenceAt + 4 <= end) out.add(sequence, sequenceAt, 4, readUint(bytes, sequenceAt, 4));
  },
});
