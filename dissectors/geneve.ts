// Geneve, RFC 8926 section 3.4.
import { ipv4, ipv6 } from '../src/bytes/show.js';
import { dissector } from '../src/dissect/dissector.js';
import { field } from '../src/dissect/fields.js';
import { flag, layout, readUint, rsv, uint } from '../src/dissect/layout.js';

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
const option = field('geneve.option', 'Option', 'bytes');
const optionLength = field('geneve.option.length', 'Length', 'uint8');

/** Cilium's option class, and its type for direct server return: the address and port of the service, padded to four bytes. */
const CILIUM = { class: 0x014b, dsr: 0x81, dataV4: 8, dataV6: 20 } as const;

/** Line of the option at `o`, whose data lies within the packet. */
function optionText(bytes: Uint8Array, o: number): string {
  const length = (bytes[o + 3] & 0x1f) * 4;
  const data = o + 4;
  const number = (bytes[o] << 8) | bytes[o + 1];
  if (number === CILIUM.class && bytes[o + 2] === CILIUM.dsr) {
    if (length === CILIUM.dataV4)
      return `Cilium DSR: service ${ipv4(readUint(bytes, data, 4))} port ${readUint(bytes, data + 4, 2)}`;
    if (length === CILIUM.dataV6) return `Cilium DSR: service ${ipv6(bytes, data)} port ${readUint(bytes, data + 16, 2)}`;
    return 'Cilium DSR';
  }
  return `Option of class 0x${number.toString(16).padStart(4, '0')}, type 0x${bytes[o + 2].toString(16).padStart(2, '0')}, ${length} bytes`;
}

export const geneve = dissector({
  name: 'geneve',
  title: 'Generic Network Virtualization Encapsulation',
  spec: 'RFC 8926',
  short: 'Geneve',
  role: 'tunnel',
  layout: header,
  fields: [option, optionClass, optionType, optionCritical, optionLength],
  claims: { 'udp.port': [6081] },
  length: { field: 'options_length', plus: 8 },
  payload: { table: 'ethertype', by: 'proto_type' },
  label: (layers, i) => `VNI ${header.get.vni(layers.bytes, layers.start[i])}`,
  details(out, layers, i) {
    const { bytes } = layers;
    const at = layers.start[i];
    const end = Math.min(layers.body[i], layers.end[i]);
    out.add(optionLength, at, 1, header.get.options_length(bytes, at));
    for (let o = at + 8; o + 4 <= end; o += 4 + (bytes[o + 3] & 0x1f) * 4) {
      if (o + 4 + (bytes[o + 3] & 0x1f) * 4 > end) {
        out.note('error', 'the option is longer than all options together');
        return;
      }
      out.open(option, o, 4 + (bytes[o + 3] & 0x1f) * 4, null, optionText(bytes, o));
      out.add(optionClass, o, 2, (bytes[o] << 8) | bytes[o + 1]);
      out.add(optionType, o + 2, 1, bytes[o + 2]);
      out.add(optionCritical, o + 2, 1, bytes[o + 2] >> 7);
      out.add(optionLength, o + 3, 1, 4 + (bytes[o + 3] & 0x1f) * 4);
      out.close();
    }
  },
});
