// EIGRP, RFC 7868 section 6: the header, and the parameters of a hello.
import { u16 } from '../src/bytes/read.js';
import { dissector } from '../src/dissect/dissector.js';
import { bits, fieldsOf, flag, layout, rsv, uint } from '../src/dissect/layout.js';
import { eachTlv } from '../src/dissect/tlvs.js';
import { emitItems } from '../src/dissect/tree.js';

const OPCODES: Readonly<Record<number, string>> = {
  1: 'Update',
  3: 'Query',
  4: 'Reply',
  5: 'Hello',
  10: 'SIA Query',
  11: 'SIA Reply',
};
export const header = layout('eigrp', [
  uint('version', 8, 'Version'),
  uint('opcode', 8, 'Opcode', { values: OPCODES }),
  uint('checksum', 16, 'Checksum', 'hex'),
  bits('flags', 'Flags', [
    rsv(28),
    flag('flags.eot', 'End of table'),
    flag('flags.restart', 'Restart'),
    flag('flags.condrecv', 'Conditional receive'),
    flag('flags.init', 'Init'),
  ]),
  uint('seq', 32, 'Sequence'),
  uint('ack', 32, 'Acknowledge'),
  uint('vrid', 16, 'Virtual router ID'),
  uint('as', 16, 'Autonomous system'),
]);
const tlv = layout('eigrp', [uint('tlv_type', 16, 'TLV type', 'hex'), uint('tlv.len', 16, 'TLV length')]);
/** Metric weights, all 255 in a goodbye, and how many seconds the sender is believed (section 6.7.1). */
export const parameters = layout('eigrp', [
  uint('par.k1', 8, 'K1'),
  uint('par.k2', 8, 'K2'),
  uint('par.k3', 8, 'K3'),
  uint('par.k4', 8, 'K4'),
  uint('par.k5', 8, 'K5'),
  uint('par.k6', 8, 'K6'),
  uint('par.holdtime', 16, 'Hold time, seconds'),
]);
const PARAMETERS = 1;

export const eigrp = dissector({
  name: 'eigrp',
  title: 'Enhanced Interior Gateway Routing Protocol',
  spec: 'RFC 7868',
  layout: header,
  fields: fieldsOf(tlv, parameters),
  claims: { 'ip.proto': [88] },
  payload: { none: true },
  details(out, layers, i) {
    const b = layers.bytes;
    const end = layers.end[i];
    // Section 6.6.
    const lengthAt = (at: number) => u16(b, at + 2);
    eachTlv(layers.start[i] + header.size, end, tlv.size, lengthAt, (at, to) => {
      emitItems(b, at, end, tlv.items, out);
      if (u16(b, at) === PARAMETERS) emitItems(b, at + tlv.size, Math.min(end, to), parameters.items, out);
    });
  },
  info(line, layers, i) {
    const opcode = header.get.opcode(layers.bytes, layers.start[i]);
    line.text(OPCODES[opcode] ?? `opcode ${opcode}`);
  },
});
