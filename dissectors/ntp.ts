// NTP, RFC 5905 section 7.3. Control messages (mode 6, RFC 9327) and private ones (mode 7) have the fields of their headers.
import { u32 } from '../src/bytes/read.js';
import { dissector } from '../src/dissect/dissector.js';
import { field } from '../src/dissect/fields.js';
import { bits, bytes, fieldsOf, layout, rsv, uint } from '../src/dissect/layout.js';
import { emitItems } from '../src/dissect/tree.js';

const MODES = {
  1: 'symmetric active',
  2: 'symmetric passive',
  3: 'client',
  4: 'server',
  5: 'broadcast',
  6: 'control',
  7: 'private',
};
export const header = layout('ntp', [
  bits('flags', 'Flags', [
    uint('flags.li', 2, 'Leap indicator'),
    uint('flags.vn', 3, 'Version'),
    uint('flags.mode', 3, 'Mode', { values: MODES }),
  ]),
]);
const body = layout('ntp', [
  uint('stratum', 8, 'Stratum'),
  uint('ppoll', 8, 'Poll interval, log2 of seconds'),
  uint('precision', 8, 'Precision, log2 of seconds'),
  uint('rootdelay', 32, 'Root delay'),
  uint('rootdispersion', 32, 'Root dispersion'),
  bytes('refid', 4, 'Reference ID'),
  rsv(4 * 64),
]);
const control = layout('ntp', [
  bits('ctrl.flags2', 'Flags', [
    uint('ctrl.flags2.r', 1, 'Response'),
    uint('ctrl.flags2.error', 1, 'Error'),
    uint('ctrl.flags2.more', 1, 'More'),
    uint('ctrl.flags2.opcode', 5, 'Operation', {
      values: { 1: 'Read status', 2: 'Read variables', 3: 'Write variables', 4: 'Read clock variables', 7: 'Trap' },
    }),
  ]),
  uint('ctrl.sequence', 16, 'Sequence'),
  uint('ctrl.status', 16, 'Status', 'hex'),
  uint('ctrl.associd', 16, 'Association ID'),
  uint('ctrl.offset', 16, 'Offset'),
  uint('ctrl.count', 16, 'Count'),
]);
/** Of mode 7, whose first bits are others. */
const privateHead = layout('ntp', [
  bits('flags', 'Flags', [
    uint('priv.flags.r', 1, 'Response'),
    uint('priv.flags.more', 1, 'More'),
    uint('flags.vn', 3, 'Version'),
    uint('flags.mode', 3, 'Mode', { values: MODES }),
  ]),
  bits(
    'priv.auth_seq',
    'Authentication and sequence',
    [uint('priv.auth', 1, 'Authenticated'), uint('priv.seq', 7, 'Sequence')],
    'dec',
  ),
  uint('priv.impl', 8, 'Implementation'),
  uint('priv.reqcode', 8, 'Request code'),
  uint('priv.err', 4, 'Error', 'hex'),
  uint('priv.numitems', 12, 'Number of items'),
  uint('priv.reserved', 4, 'Reserved', 'hex'),
  uint('priv.itemsize', 12, 'Size of an item'),
]);
/** The four timestamps after the reference ID. */
const TIMESTAMPS = [
  field('ntp.reftime', 'Reference timestamp', 'time'),
  field('ntp.org', 'Origin timestamp', 'time'),
  field('ntp.rec', 'Receive timestamp', 'time'),
  field('ntp.xmt', 'Transmit timestamp', 'time'),
];
const TIMESTAMPS_AT = 15;

/** Modes from here on have another format. */
const CONTROL = 6;
const PRIVATE = 7;
/** Seconds from 1900 to 1970. */
const ERA = 2208988800;

/** Nanoseconds since 1970 of the 64-bit timestamp at `at`; one without the top bit is of the era from 2036 on (RFC 4330 section 3). */
function timestamp(b: Uint8Array, at: number): bigint {
  const seconds = u32(b, at);
  const since1900 = seconds >= 0x80000000 ? seconds : seconds + 0x1_0000_0000;
  return BigInt(since1900 - ERA) * 1_000_000_000n + ((BigInt(u32(b, at + 4)) * 1_000_000_000n) >> 32n);
}

export const ntp = dissector({
  name: 'ntp',
  title: 'Network Time Protocol',
  spec: 'RFC 5905',
  layout: header,
  shapes: true,
  fields: [...fieldsOf(body, control, privateHead), ...TIMESTAMPS],
  claims: { 'udp.port': [123] },
  payload: { none: true },
  details(out, layers, i) {
    const b = layers.bytes;
    const at = layers.start[i] + header.size;
    const end = layers.end[i];
    if (at > end) return;
    const mode = header.get['flags.mode'](b, at - header.size);
    if (mode === PRIVATE) return emitItems(b, at - header.size, end, privateHead.items, out);
    emitItems(b, at - header.size, end, header.items, out);
    if (mode === CONTROL) return emitItems(b, at, end, control.items, out);
    emitItems(b, at, end, body.items, out);
    TIMESTAMPS.forEach((def, n) => {
      const from = at + TIMESTAMPS_AT + 8 * n;
      if (from + 8 > end || !out.wants(def)) return;
      // All zeros is no time at all (RFC 5905 section 6).
      out.add(def, from, 8, u32(b, from) === 0 && u32(b, from + 4) === 0 ? 'NULL' : timestamp(b, from));
    });
  },
  info(line, layers, i) {
    const b = layers.bytes;
    line.text('NTP Version ');
    line.dec(header.get['flags.vn'](b, layers.start[i]));
    line.text(', ');
    line.text((MODES as Record<number, string>)[header.get['flags.mode'](b, layers.start[i])] ?? 'reserved');
  },
});
