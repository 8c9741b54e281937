// Extension of ICMP messages, RFC 4884 section 7: MPLS labels (RFC 4950), the interface (RFC 5837), the interface asked for (RFC 8335).
import { u16, u32 } from '../src/bytes/read.js';
import { zeroTerminated } from '../src/bytes/string.js';
import { dissector } from '../src/dissect/dissector.js';
import { field } from '../src/dissect/fields.js';
import { fieldsOf, flag, layout, uint } from '../src/dissect/layout.js';
import type { Sink } from '../src/dissect/sink.js';
import { emitItems } from '../src/dissect/tree.js';

export const header = layout('icmp.ext', [
  uint('version', 4, 'Version'),
  uint('res', 12, 'Reserved', 'hex'),
  uint('checksum', 16, 'Checksum', 'hex'),
]);
const object = layout('icmp.ext', [uint('length', 16, 'Length'), uint('class', 8, 'Class'), uint('ctype', 8, 'C-Type')]);
const label = layout('icmp.mpls', [
  uint('label', 20, 'Label'),
  uint('exp', 3, 'Experimental', { type: 'uint24' }),
  flag('s', 'Bottom of the stack'),
  uint('ttl', 8, 'Time to live'),
]);
const askedName = field('icmp.int_ident.name', 'Name', 'string');
const askedIndex = field('icmp.int_ident.index', 'Interface index', 'uint32');

const CLASS = { mpls: 1, asked: 3 } as const;
const ASKED = { name: 1, index: 2 } as const;
/** Version of the structure (section 7). */
const VERSION = 2;

export const extensionFields = [...fieldsOf(header, object, label), askedName, askedIndex];

/** Does an extension of the version we know start here? */
export const isExtension = (b: Uint8Array, at: number, end: number): boolean => at + header.size <= end && b[at] >> 4 === VERSION;

/** Puts out the extension in [at, end), where there is one. An object takes four bytes at least, so the packet bounds the loop. */
export function emitExtension(out: Sink, b: Uint8Array, at: number, end: number): void {
  if (!isExtension(b, at, end)) return;
  emitItems(b, at, end, header.items, out);
  for (let o = at + header.size; o + object.size <= end; ) {
    const size = u16(b, o);
    emitItems(b, o, end, object.items, out);
    const to = o + size;
    if (size < object.size || to > end) return;
    const kind = b[o + 3];
    const value = o + object.size;
    if (b[o + 2] === CLASS.mpls) for (let l = value; l + 4 <= to; l += 4) emitItems(b, l, to, label.items, out);
    else if (b[o + 2] === CLASS.asked && kind === ASKED.name) out.add(askedName, value, to - value, zeroTerminated(b, value, to));
    else if (b[o + 2] === CLASS.asked && kind === ASKED.index && value + 4 <= to) out.add(askedIndex, value, 4, u32(b, value));
    o = to;
  }
}

/** ICMPv6 has it as a layer of its own behind an extended echo request, which Wireshark calls `icmp`. */
export const icmpExtension = dissector({
  name: 'icmp.ext',
  as: 'icmp',
  title: 'ICMP Multi-Part Extensions',
  spec: 'RFC 4884',
  layout: header,
  shapes: true,
  fields: extensionFields,
  payload: { none: true },
  details: (out, layers, i) => emitExtension(out, layers.bytes, layers.start[i], layers.end[i]),
});
