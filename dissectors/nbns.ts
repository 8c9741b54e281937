// NetBIOS name service, RFC 1002 section 4.2: the header of DNS with other flags, and names in half-bytes.
import { dissector } from '../src/dissect/dissector.js';
import { field } from '../src/dissect/fields.js';
import { bits, fieldsOf, flag, ipv4, layout, rsv, uint } from '../src/dissect/layout.js';
import { emitItems } from '../src/dissect/tree.js';

const opcode = uint('flags.opcode', 4, 'Opcode', {
  values: { 0: 'Name query', 5: 'Registration', 6: 'Release', 7: 'Wait and acknowledge', 8: 'Refresh' },
});
const counts = [
  uint('count.queries', 16, 'Questions'),
  uint('count.answers', 16, 'Answer RRs'),
  uint('count.auth_rr', 16, 'Authority RRs'),
  uint('count.add_rr', 16, 'Additional RRs'),
];
/** Some flags mean something in a request, others in a response only (RFC 1002 section 4.2.1.1). */
export const header = layout('nbns', [
  uint('id', 16, 'Transaction ID', 'hex'),
  bits('flags', 'Flags', [
    flag('flags.response', 'Response'),
    opcode,
    rsv(1),
    flag('flags.truncated', 'Truncated'),
    flag('flags.recdesired', 'Recursion desired'),
    rsv(3),
    flag('flags.broadcast', 'Broadcast'),
    rsv(4),
  ]),
  ...counts,
]);
const responseHeader = layout('nbns', [
  uint('id', 16, 'Transaction ID', 'hex'),
  bits('flags', 'Flags', [
    flag('flags.response', 'Response'),
    opcode,
    flag('flags.authoritative', 'Authoritative'),
    flag('flags.truncated', 'Truncated'),
    flag('flags.recdesired', 'Recursion desired'),
    flag('flags.recavail', 'Recursion available'),
    rsv(2),
    flag('flags.broadcast', 'Broadcast'),
    uint('flags.rcode', 4, 'Reply code'),
  ]),
  ...counts,
]);

const name = field('nbns.name', 'Name', 'string');
const question = layout('nbns', [uint('type', 16, 'Type', { values: { 32: 'NB', 33: 'NBSTAT' } }), uint('class', 16, 'Class')]);
const record = layout('nbns', [uint('ttl', 32, 'Time to live'), uint('data_length', 16, 'Data length')]);
const address = layout('nbns', [
  bits('nb_flags', 'Name flags', [flag('nb_flags.group', 'Group name'), uint('nb_flags.ont', 2, 'Owner node type'), rsv(13)]),
  ipv4('addr', 'Address'),
]);

/** Types of records (RFC 1002 section 4.2.1.3). */
const TYPE_NB = 32;
/** A first-level name: 16 bytes written as 32 letters A to P (RFC 1001 section 14.1). */
const LETTERS = 32;
/** The records of one packet at most; each round below also moves on by 12 bytes at least. */
const MAX_RECORDS = 256;
const ADDRESS_BYTES = 6;
const SUFFIXES: ReadonlyMap<number, string> = new Map([
  [0x00, 'Workstation/Redirector'],
  [0x01, 'Browser'],
  [0x1b, 'Domain Master Browser'],
  [0x1c, 'Domain Controllers'],
  [0x1d, 'Local Master Browser'],
  [0x1e, 'Browser Election Service'],
  [0x20, 'Server service'],
]);

interface Name {
  readonly text: string;
  /** What the last byte of a name says of its owner; '' when nobody knows. */
  readonly meaning: string;
  /** Offset after the name where it stands; a pointer is two bytes long. */
  readonly end: number;
}

/** The name at `at` of the message at `start`; null where it is cut or is none. */
function nameAt(b: Uint8Array, start: number, at: number, end: number): Name | null {
  if (at + 2 > end) return null;
  // A pointer leads to a name, never to another pointer: one step is enough.
  if (b[at] >= 0xc0) {
    const to = start + (((b[at] & 0x3f) << 8) | b[at + 1]);
    if (to >= at || b[to] >= 0xc0) return null;
    const target = nameAt(b, start, to, end);
    return target === null ? null : { ...target, end: at + 2 };
  }
  if (b[at] !== LETTERS || at + 2 + LETTERS > end) return null;
  let text = '';
  let suffix = 0;
  for (let i = 0; i < 16; i++) {
    const high = b[at + 1 + 2 * i] - 0x41;
    const low = b[at + 2 + 2 * i] - 0x41;
    if (high < 0 || high > 15 || low < 0 || low > 15) return null;
    const c = (high << 4) | low;
    if (i === 15) suffix = c;
    else text += c >= 0x20 && c < 0x7f ? String.fromCharCode(c) : `<${c.toString(16).padStart(2, '0')}>`;
  }
  let o = at + 1 + LETTERS;
  // A scope follows as labels, up to the empty one.
  for (let n = 0; o < end && b[o] !== 0 && n < 64; n++) {
    if (b[o] > 63) return null;
    o += 1 + b[o];
  }
  if (o >= end) return null;
  const kind = suffix.toString(16).padStart(2, '0');
  return { text: `${text.trimEnd()}<${kind}>`, meaning: SUFFIXES.get(suffix) ?? '', end: o + 1 };
}

export const nbns = dissector({
  name: 'nbns',
  title: 'NetBIOS Name Service',
  spec: 'RFC 1002 section 4.2',
  layout: header,
  shapes: true,
  fields: [name, ...fieldsOf(responseHeader, question, record, address)],
  claims: { 'udp.port': [137] },
  payload: { none: true },
  details(out, layers, i) {
    const b = layers.bytes;
    const start = layers.start[i];
    const end = layers.end[i];
    const { get } = header;
    const response = end - start >= 4 && get['flags.response'](b, start) === 1;
    emitItems(b, start, end, (response ? responseHeader : header).items, out);
    if (end - start < header.size) return;
    const questions = get['count.queries'](b, start);
    const records = get['count.answers'](b, start) + get['count.auth_rr'](b, start) + get['count.add_rr'](b, start);
    let at = start + header.size;
    for (let n = 0; n < Math.min(questions + records, MAX_RECORDS); n++) {
      const found = nameAt(b, start, at, end);
      if (found === null || found.end + question.size > end) return;
      // Wireshark gives the meaning of the suffix in records only.
      const text = n < questions || found.meaning === '' ? found.text : `${found.text} (${found.meaning})`;
      out.add(name, at, found.end - at, text);
      emitItems(b, found.end, end, question.items, out);
      const type = question.get.type(b, found.end);
      at = found.end + question.size;
      if (n < questions) continue;
      if (at + record.size > end) return;
      emitItems(b, at, end, record.items, out);
      const from = at + record.size;
      at = from + record.get.data_length(b, at);
      if (at > end) return;
      if (type === TYPE_NB)
        for (let o = from; o + ADDRESS_BYTES <= at; o += ADDRESS_BYTES) emitItems(b, o, at, address.items, out);
    }
  },
});
