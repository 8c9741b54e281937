// DTP, by which switches of Cisco agree on trunks. There is no specification: layout and names are those that Wireshark has.
import { u16 } from '../src/bytes/read.js';
import { zeroTerminated } from '../src/bytes/string.js';
import { dissector } from '../src/dissect/dissector.js';
import { field } from '../src/dissect/fields.js';
import { fieldsOf, layout, mac, rsv, uint } from '../src/dissect/layout.js';
import { eachTlv } from '../src/dissect/tlvs.js';
import { emitItems } from '../src/dissect/tree.js';

export const header = layout('dtp', [uint('version', 8, 'Version')]);
const tlv = layout('dtp', [
  uint('tlv_type', 16, 'Type', { base: 'hex', values: { 1: 'Domain', 2: 'Trunk status', 3: 'Trunk type', 4: 'Sender ID' } }),
  uint('tlv_len', 16, 'Length'),
]);
const status = layout('dtp', [
  uint('tos', 1, 'Operating status', { base: 'hex', values: { 0: 'Access', 1: 'Trunk' } }),
  rsv(4),
  uint('tas', 3, 'Administrative status', { base: 'hex', values: { 1: 'On', 2: 'Off', 3: 'Desirable', 4: 'Auto' } }),
]);
const KINDS = { 1: 'Native', 2: 'ISL', 5: '802.1Q' };
const kind = layout('dtp', [
  uint('tot', 3, 'Operating type', { base: 'hex', values: KINDS }),
  rsv(2),
  uint('tat', 3, 'Administrative type', { base: 'hex', values: { 0: 'Negotiated', ...KINDS } }),
]);
const sender = layout('dtp', [mac('senderid', 'Sender ID')]);
const domain = field('dtp.domain', 'Domain', 'string');
const values: Readonly<Record<number, typeof status | typeof kind | typeof sender>> = { 2: status, 3: kind, 4: sender };
const DOMAIN = 1;

export const dtp = dissector({
  name: 'dtp',
  title: 'Dynamic Trunk Protocol',
  spec: 'Cisco DTP',
  layout: header,
  fields: [...fieldsOf(tlv, status, kind, sender), domain],
  claims: { 'llc.cisco_pid': [0x2004] },
  payload: { none: true },
  details(out, layers, i) {
    const b = layers.bytes;
    const end = layers.end[i];
    const lengthAt = (at: number) => u16(b, at + 2);
    eachTlv(layers.start[i] + header.size, end, tlv.size, lengthAt, (at, to) => {
      emitItems(b, at, end, tlv.items, out);
      if (to > end) return;
      const from = at + tlv.size;
      const type = u16(b, at);
      if (type === DOMAIN) out.add(domain, from, to - from, zeroTerminated(b, from, to));
      else emitItems(b, from, to, values[type]?.items ?? [], out);
    });
  },
  info: (line) => line.text('Dynamic Trunk Protocol'),
});
