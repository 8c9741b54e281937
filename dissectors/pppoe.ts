// PPP over Ethernet, RFC 2516: discovery (section 5) and session (section 6).
import { u16, u32 } from '../src/bytes/read.js';
import { utf8 } from '../src/bytes/string.js';
import { dissector } from '../src/dissect/dissector.js';
import { type FieldDef, field } from '../src/dissect/fields.js';
import { layout, uint } from '../src/dissect/layout.js';

export const header = layout('pppoe', [
  uint('version', 4, 'Version'),
  uint('type', 4, 'Type'),
  uint('code', 8, 'Code', {
    base: 'hex',
    values: { 0: 'Session Data', 7: 'PADO', 9: 'PADI', 25: 'PADR', 101: 'PADS', 167: 'PADT' },
  }),
  uint('session_id', 16, 'Session ID', 'hex'),
  uint('payload_length', 16, 'Payload length'),
]);

const tags = field('pppoed.tags', 'PPPoE tags', 'none');
/** Type and length of a tag. */
const TAG_HEAD = 4;
const unknown = field('pppoed.tag.unknown_data', 'Unknown data', 'bytes');
const vendorId = field('pppoed.tags.vendor_id', 'Vendor ID', 'uint32');
const vendorData = field('pppoed.tags.vendor_unspecified', 'Vendor data', 'bytes');
const text = (name: string, title: string) => field(`pppoed.tags.${name}`, title, 'string');
const opaque = (name: string, title: string) => field(`pppoed.tags.${name}`, title, 'bytes');

const END_OF_LIST = 0x0000;
const VENDOR_SPECIFIC = 0x0105;
const BROADBAND_FORUM = 3561;
/** Values of tags by their type (RFC 2516 appendix A, RFC 4638). */
const TAGS: ReadonlyMap<number, FieldDef> = new Map([
  [0x0101, text('service_name', 'Service name')],
  [0x0102, text('ac_name', 'Access concentrator')],
  [0x0103, opaque('host_uniq', 'Host-Uniq')],
  [0x0104, opaque('ac_cookie', 'AC cookie')],
  [0x0110, opaque('relay_session_id', 'Relay session ID')],
  [0x0120, opaque('max_payload', 'PPP-Max-Payload')],
  [0x0201, text('service_name_error', 'Service name error')],
  [0x0202, text('ac_system_error', 'AC system error')],
  [0x0203, text('generic_error', 'Generic error')],
]);

export const pppoed = dissector({
  name: 'pppoed',
  title: 'PPP-over-Ethernet Discovery',
  spec: 'RFC 2516 section 5',
  layout: header,
  fields: [tags, ...TAGS.values(), vendorId, vendorData, unknown],
  claims: { ethertype: [0x8863] },
  payload: { none: true },
  details(out, layers, i) {
    const b = layers.bytes;
    let at = layers.start[i] + header.size;
    const end = Math.min(layers.end[i], at + header.get.payload_length(b, layers.start[i]));
    if (at >= end) return;
    out.open(tags, at, end - at, null);
    // Each tag moves on by four bytes at least.
    while (at + TAG_HEAD <= end) {
      const type = u16(b, at);
      const from = at + TAG_HEAD;
      const next = from + u16(b, at + 2);
      if (type === END_OF_LIST || next > end) break;
      const def = TAGS.get(type);
      if (type === VENDOR_SPECIFIC && next - from >= 4) {
        out.add(vendorId, from, 4, u32(b, from));
        // The Broadband Forum's data are tags of its own (TR-101 appendix A), which are not taken apart here.
        if (next > from + 4 && u32(b, from) !== BROADBAND_FORUM) out.add(vendorData, from + 4, next - from - 4, null);
      } else if (next > from) {
        if (def?.type === 'string') out.add(def, from, next - from, utf8(b, from, next));
        else out.add(def ?? unknown, from, next - from, null);
      }
      at = next;
    }
    out.close();
  },
});

export const pppoes = dissector({
  name: 'pppoes',
  title: 'PPP-over-Ethernet Session',
  spec: 'RFC 2516 section 6',
  role: 'tunnel',
  layout: header,
  claims: { ethertype: [0x8864], 'frame.linktype': [51] },
  total: { field: 'payload_length', plus: 6 },
  payload: { always: 'ppp' },
  label: (layers, i) => `session 0x${header.get.session_id(layers.bytes, layers.start[i]).toString(16).padStart(4, '0')}`,
});
