// Geneve, RFC 8926 section 3.4.
import { dissector } from '../src/dissect/dissector.js';
import { field } from '../src/dissect/fields.js';
import { flag, layout, rsv, uint } from '../src/dissect/layout.js';

export const header = layout('geneve', [
  uint('version', 2, 'Version'),
  uint('options_length', 6, 'Options length', { times: 4 }),
  flag('flags.oam', 'Control packet'),
  flag('flags.critical', 'Critical options present'),
  rsv(6),
  uint('proto_type', 16, 'Protocol type', 'hex'),
  uint('vni', 24, 'Virtual network identifier', 'hex'),
  rsv(8),
]);

const optionClass = field('geneve.option.class', 'Class', 'uint16', { base: 'hex' });
const optionType = field('geneve.option.type', 'Type', 'uint8', { base: 'hex' });
const optionCritical = field('geneve.option.type.critical', 'Critical option', 'bool');
const optionLength = field('geneve.option.length', 'Length', 'uint8');

export const geneve = dissector({
  name: 'geneve',
  title: 'Generic Network Virtualization Encapsulation',
  spec: 'RFC 8926',
  short: 'Geneve',
  role: 'tunnel',
  layout: header,
  fields: [optionClass, optionType, optionCritical, optionLength],
  claims: { 'udp.port': [6081] },
  length: { field: 'options_length', plus: 8 },
  payload: { table: 'ethertype', by: 'proto_type' },
  label: (layers, i) => `VNI ${header.get.vni(layers.bytes, layers.start[i]!)}`,
  details(out, layers, i) {
    const { bytes } = layers;
    const at = layers.start[i]!;
    const end = Math.min(layers.body[i]!, layers.end[i]!);
    out.add(optionLength, at, 1, header.get.options_length(bytes, at));
    for (let o = at + 8; o + 4 <= end; o += 4 + (bytes[o + 3]! & 0x1f) * 4) {
      if (o + 4 + (bytes[o + 3] & 0x1f) * 4 > end) {
        out.note('error', 'the option is longer than all options together');
        return;
      }
      out.add(optionClass, o, 2, (bytes[o]! << 8) | bytes[o + 1]!);
      out.add(optionType, o + 2, 1, bytes[o + 2]!);
      out.add(optionCritical, o + 2, 1, bytes[o + 2]! >> 7);
      out.add(optionLength, o + 3, 1, 4 + (bytes[o + 3]! & 0x1f) * 4);
    }
  },
});
