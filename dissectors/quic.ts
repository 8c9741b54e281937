// QUIC, the long header: RFC 8999, RFC 9000 section 17.2, version 2 in RFC 9369 section 3. What is protected stays as it is.
import { dissector } from '../src/dissect/dissector.js';
import { field } from '../src/dissect/fields.js';
import { bytes, fieldsOf, flag, layout, rsv, uint } from '../src/dissect/layout.js';
import type { Sink } from '../src/dissect/sink.js';
import { emitItems } from '../src/dissect/tree.js';

const FORMS = { 0: 'Short Header', 1: 'Long Header' };
const TYPES1: Readonly<Record<number, string>> = { 0: 'Initial', 1: '0-RTT', 2: 'Handshake', 3: 'Retry' };
const TYPES2: Readonly<Record<number, string>> = { 0: 'Retry', 1: 'Initial', 2: '0-RTT', 3: 'Handshake' };
const VERSIONS: Readonly<Record<number, string>> = { 0: 'Version Negotiation', 1: '1', 1798521807: '2' };

const form = layout('quic', [uint('header_form', 1, 'Header form', { values: FORMS }), rsv(7)]);
const fixed = layout('quic', [rsv(1), flag('fixed_bit', 'Fixed bit'), rsv(6)]);
const type1 = layout('quic', [rsv(2), uint('long.packet_type', 2, 'Packet type', { values: TYPES1 }), rsv(4)]);
const type2 = layout('quic', [rsv(2), uint('long.packet_type_v2', 2, 'Packet type', { values: TYPES2 }), rsv(4)]);
const version = layout('quic', [rsv(8), uint('version', 32, 'Version', { base: 'hex', values: VERSIONS })]);
const dcil = field('quic.dcil', 'Destination connection ID length', 'uint8');
const dcid = field('quic.dcid', 'Destination connection ID', 'bytes');
const scil = field('quic.scil', 'Source connection ID length', 'uint8');
const scid = field('quic.scid', 'Source connection ID', 'bytes');
const tokenLength = field('quic.token_length', 'Token length', 'uint64');
const token = field('quic.token', 'Token', 'bytes');
const length = field('quic.length', 'Length', 'uint64');
const retryToken = field('quic.retry_token', 'Retry token', 'bytes');
const tag = layout('quic', [bytes('retry_integrity_tag', 16, 'Retry integrity tag')]);

const LONG = 0x80;
const FIXED = 0x40;
const VERSION2 = 0x6b3343cf;
/** Drafts of the first version: 0xff000000 and the number of the draft, which had today's header from 22 on. */
const isDraft = (v: number): boolean => v >= 0xff000016 && v <= 0xff000022;
const isKnown = (v: number): boolean => v === 1 || v === VERSION2 || isDraft(v);
/** Of the versions above (RFC 9000 section 17.2). */
const LONGEST_ID = 20;
/** First byte, version, and the two lengths of connection identifiers. */
const LEAST = 7;
/** Packets in one datagram (RFC 9000 section 12.2) that are looked at. */
const MAX_PACKETS = 16;
enum TYPE {
  initial = 0,
  zeroRtt = 1,
  handshake = 2,
  retry = 3,
}

const versionOf = (b: Uint8Array, at: number): number => version.get.version(b, at);
/** As in version 1: the numbers of version 2 are one higher. */
const typeOf = (b: Uint8Array, at: number): TYPE => {
  const bits = (b[at] >> 4) & 3;
  return versionOf(b, at) === VERSION2 ? (bits + 3) & 3 : bits;
};

const looksLikeQuic = (b: Uint8Array, at: number, end: number): boolean => {
  if (at + LEAST > end || (b[at] & (LONG | FIXED)) !== (LONG | FIXED) || !isKnown(versionOf(b, at))) return false;
  const source = at + 6 + b[at + 5];
  return b[at + 5] <= LONGEST_ID && source < end && b[source] <= LONGEST_ID && source + 1 + b[source] <= end;
};

/** Length and value of a variable-length integer (RFC 9000 section 16); null where it is not all there. */
function variable(b: Uint8Array, at: number, end: number): { size: number; value: bigint } | null {
  if (at >= end) return null;
  const size = 1 << (b[at] >> 6);
  if (at + size > end) return null;
  let value = BigInt(b[at] & 0x3f);
  for (let o = 1; o < size; o++) value = (value << 8n) | BigInt(b[at + o]);
  return { size, value };
}

/** One packet with a long header; gives the offset after it, `end` where that cannot be told. */
function packet(out: Sink, b: Uint8Array, start: number, end: number): number {
  const type = typeOf(b, start);
  emitItems(b, start, end, form.items, out);
  if (type !== TYPE.retry) emitItems(b, start, end, fixed.items, out);
  emitItems(b, start, end, (versionOf(b, start) === VERSION2 ? type2 : type1).items, out);
  emitItems(b, start, end, version.items, out);
  let at = start + 5;
  for (const [size, id] of [
    [dcil, dcid],
    [scil, scid],
  ] as const) {
    if (at >= end) return end;
    const n = b[at];
    out.add(size, at, 1, n);
    if (at + 1 + n > end) return end;
    if (n > 0) out.add(id, at + 1, n, null);
    at += 1 + n;
  }
  if (type === TYPE.retry) {
    const from = end - tag.size;
    if (from > at) out.add(retryToken, at, from - at, null);
    if (from >= at) emitItems(b, from, end, tag.items, out);
    return end;
  }
  if (type === TYPE.initial) {
    const size = variable(b, at, end);
    if (size === null) return end;
    out.add(tokenLength, at, size.size, size.value);
    at += size.size;
    if (size.value > BigInt(end - at)) return end;
    const n = Number(size.value);
    if (n > 0) out.add(token, at, n, null);
    at += n;
  }
  const rest = variable(b, at, end);
  if (rest === null) return end;
  out.add(length, at, rest.size, rest.value);
  at += rest.size;
  return rest.value > BigInt(end - at) ? end : at + Number(rest.value);
}

export const quic = dissector({
  name: 'quic',
  title: 'QUIC',
  spec: 'RFC 9000',
  minLength: LEAST,
  fields: [
    ...fieldsOf(form, fixed, type1, type2, version, tag),
    ...[dcil, dcid, scil, scid, tokenLength, token, length, retryToken],
  ],
  guesses: { 'udp.port': looksLikeQuic },
  payload: { none: true },
  details(out, layers, i) {
    const b = layers.bytes;
    const end = layers.end[i];
    let at = layers.start[i];
    // After the first one a packet with a short header may come, which has no length.
    for (let n = 0; n < MAX_PACKETS && at + LEAST <= end && (b[at] & LONG) !== 0; n++) at = packet(out, b, at, end);
  },
  info(line, layers, i) {
    const b = layers.bytes;
    const at = layers.start[i];
    line.text(TYPES1[typeOf(b, at)]);
    line.text(', DCID=');
    const n = Math.min(b[at + 5], layers.end[i] - at - 6);
    for (let o = 0; o < n; o++) line.hex(b[at + 6 + o], 2);
  },
});
