// RADIUS, RFC 2865 section 3; accounting, RFC 2866; dynamic authorization, RFC 5176.
import { u32 } from '../src/bytes/read.js';
import { zeroTerminated } from '../src/bytes/string.js';
import { dissector } from '../src/dissect/dissector.js';
import { type FieldDef, field } from '../src/dissect/fields.js';
import { bytes, fieldsOf, layout, uint } from '../src/dissect/layout.js';
import { eachTlv } from '../src/dissect/tlvs.js';
import { emitItems } from '../src/dissect/tree.js';

const CODES: Readonly<Record<number, string>> = {
  1: 'Access-Request',
  2: 'Access-Accept',
  3: 'Access-Reject',
  4: 'Accounting-Request',
  5: 'Accounting-Response',
  11: 'Access-Challenge',
  12: 'Status-Server',
  13: 'Status-Client',
  40: 'Disconnect-Request',
  41: 'Disconnect-ACK',
  42: 'Disconnect-NAK',
  43: 'CoA-Request',
  44: 'CoA-ACK',
  45: 'CoA-NAK',
};
/** Bytes of a message at most (RFC 2865 section 3). */
const LONGEST = 4096;

export const header = layout('radius', [
  uint('code', 8, 'Code', { values: CODES }),
  uint('id', 8, 'Identifier'),
  uint('length', 16, 'Length'),
  bytes('authenticator', 16, 'Authenticator'),
]);
const attribute = layout('radius', [uint('avp.type', 8, 'Attribute type'), uint('avp.length', 8, 'Attribute length')]);
/** Attributes that say who, where and why not; the others have a number and a length. */
const texts: Readonly<Record<number, FieldDef>> = {
  1: field('radius.User_Name', 'User name', 'string'),
  18: field('radius.Reply_Message', 'Reply message', 'string'),
  32: field('radius.NAS_Identifier', 'NAS identifier', 'string'),
};
const numbers: Readonly<Record<number, FieldDef>> = {
  4: field('radius.NAS_IP_Address', 'NAS address', 'ipv4'),
  5: field('radius.NAS_Port', 'NAS port', 'uint32'),
  8: field('radius.Framed-IP-Address', 'Framed address', 'ipv4'),
};

export const radius = dissector({
  name: 'radius',
  title: 'RADIUS Protocol',
  spec: 'RFC 2865',
  layout: header,
  fields: [...fieldsOf(attribute), ...Object.values(texts), ...Object.values(numbers)],
  // 1645 and 1646 were in use before the ports were assigned; 3799 is RFC 5176's.
  claims: { 'udp.port': [1812, 1813, 1645, 1646, 1700, 3799] },
  accepts: (b, at, end) =>
    end - at >= header.size && header.get.length(b, at) >= header.size && header.get.length(b, at) <= LONGEST,
  yields: true,
  payload: { none: true },
  details(out, layers, i) {
    const b = layers.bytes;
    const end = Math.min(layers.end[i], layers.start[i] + header.get.length(b, layers.start[i]));
    const lengthAt = (at: number) => b[at + 1];
    eachTlv(layers.start[i] + header.size, end, attribute.size, lengthAt, (at, to) => {
      emitItems(b, at, end, attribute.items, out);
      if (to > end) return;
      const text = texts[b[at]];
      const number = numbers[b[at]];
      if (text !== undefined && to > at + 2) out.add(text, at + 2, to - at - 2, zeroTerminated(b, at + 2, to));
      else if (number !== undefined && to === at + 6) out.add(number, at + 2, 4, u32(b, at + 2));
    });
  },
  info(line, layers, i) {
    const b = layers.bytes;
    const at = layers.start[i];
    const code = header.get.code(b, at);
    line.text(CODES[code] ?? `code ${code}`);
    line.text(' id=');
    line.dec(header.get.id(b, at));
  },
});
