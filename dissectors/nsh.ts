// Network service header of a service function chain, RFC 8300 section 2.
import { u16 } from '../src/bytes/read.js';
import { dissector } from '../src/dissect/dissector.js';
import { field } from '../src/dissect/fields.js';
import { fieldsOf, layout, uint } from '../src/dissect/layout.js';
import { emitItems } from '../src/dissect/tree.js';

export const header = layout('nsh', [
  uint('version', 2, 'Version', { type: 'uint16' }),
  uint('Obit', 1, 'OAM packet', { type: 'uint16' }),
  uint('CBit', 1, 'Critical metadata', { type: 'uint16' }),
  uint('ttl', 6, 'TTL', { base: 'hex', type: 'uint16' }),
  uint('length', 6, 'Length, in 4 bytes', { type: 'uint16' }),
  uint('mdtype', 8, 'MD type', { values: { 1: 'fixed length', 2: 'variable length' } }),
  uint('nextproto', 8, 'Next protocol', { values: { 1: 'IPv4', 2: 'IPv6', 3: 'Ethernet', 4: 'NSH', 5: 'MPLS' } }),
  uint('spi', 24, 'Service path identifier'),
  uint('si', 8, 'Service index'),
]);
const metadataHead = layout('nsh', [
  uint('metadataclass', 16, 'Metadata class'),
  uint('metadatatype', 8, 'Metadata type'),
  uint('metadataunassignedbit', 1, 'Unassigned bit', 'hex'),
  uint('metadatalen', 7, 'Metadata length', 'hex'),
]);
const metadata = field('nsh.metadata', 'Metadata', 'bytes');
const context = field('nsh.contextheader', 'Context header', 'bytes');

const MD = { fixed: 1, variable: 2 } as const;
/** A context header of MD type 1 has four words (section 2.4). */
const WORDS = 4;

export const nsh = dissector({
  name: 'nsh',
  title: 'Network Service Header',
  spec: 'RFC 8300',
  layout: header,
  fields: [...fieldsOf(metadataHead), metadata, context],
  claims: { ethertype: [0x894f], 'vxlan.next_proto': [4], 'gre.proto': [0x894f], 'nsh.next_proto': [4] },
  length: { field: 'length', times: 4 },
  payload: { table: 'nsh.next_proto', by: 'nextproto' },
  details(out, layers, i) {
    const b = layers.bytes;
    const at = layers.start[i];
    const end = layers.body[i];
    const kind = header.get.mdtype(b, at);
    let o = at + header.size;
    if (kind === MD.fixed) for (let n = 0; n < WORDS && o + 4 <= end; n++, o += 4) out.add(context, o, 4, null);
    else if (kind === MD.variable)
      while (o + metadataHead.size <= end) {
        emitItems(b, o, end, metadataHead.items, out);
        const length = u16(b, o + 2) & 0x7f;
        o += metadataHead.size;
        if (o + length > end) return;
        if (length > 0) out.add(metadata, o, length, null);
        // The length does not count what fills up the word (section 2.5.1).
        o += (length + 3) & ~3;
      }
  },
  info(line, layers, i) {
    line.text('SPI ');
    line.dec(header.get.spi(layers.bytes, layers.start[i]));
    line.text(' SI ');
    line.dec(header.get.si(layers.bytes, layers.start[i]));
  },
  label: (layers, i) =>
    `path ${header.get.spi(layers.bytes, layers.start[i])}, index ${header.get.si(layers.bytes, layers.start[i])}`,
});
