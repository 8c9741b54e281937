// GTP-U, 3GPP TS 29.281, and version 1 of the control plane, TS 29.060, whose header is the same.
import { dissector, protocol } from '../src/dissect/dissector.js';
import { field } from '../src/dissect/fields.js';
import { bits, fieldsOf, flag, layout, rsv, uint } from '../src/dissect/layout.js';
import { emitItems } from '../src/dissect/tree.js';
import type { Layers } from '../src/dissect/walk.js';

export const header = layout('gtp', [
  bits('flags', 'Flags', [
    uint('flags.version', 3, 'Version'),
    uint('flags.payload', 1, 'Protocol type', { values: { 0: "GTP'", 1: 'GTP' } }),
    uint('flags.reserved', 1, 'Reserved'),
    flag('flags.e', 'Extension header'),
    flag('flags.s', 'Sequence number'),
    flag('flags.pn', 'N-PDU number'),
  ]),
  uint('message', 8, 'Message type', {
    base: 'hex',
    values: { 1: 'Echo request', 2: 'Echo response', 26: 'Error indication', 254: 'End marker', 255: 'T-PDU' },
  }),
  uint('length', 16, 'Length'),
  uint('teid', 32, 'Tunnel endpoint', { base: 'hexdec' }),
]);
/** Version 0, GSM 09.60 section 6. */
const header0 = layout('gtp', [
  bits('flags', 'Flags', [
    uint('flags.version', 3, 'Version'),
    uint('flags.payload', 1, 'Protocol type'),
    uint('flags.reserved', 3, 'Reserved'),
    flag('flags.snn', 'SNDCP N-PDU number included'),
  ]),
  uint('message', 8, 'Message type', 'hex'),
  uint('length', 16, 'Length'),
  uint('seq_number', 16, 'Sequence number', { base: 'hexdec' }),
  uint('flow_label', 16, 'Flow label', 'hex'),
  uint('sndcp_number', 8, 'SNDCP N-PDU number', 'hex'),
  rsv(24),
  rsv(64),
]);
/** GTP', TS 32.295 section 6.2.1. */
const prime = layout('gtp', [
  bits('flags', 'Flags', [rsv(3), uint('flags.payload', 1, 'Protocol type'), uint('flags.reserved', 3, 'Reserved'), rsv(1)]),
  uint('message', 8, 'Message type', 'hex'),
  uint('length', 16, 'Length'),
  uint('seq_number', 16, 'Sequence number', { base: 'hexdec' }),
]);
/** There when any of the flags E, S and PN is set; each part counts only with its own flag (TS 29.281 section 5.1). */
const optional = layout('gtp', [
  uint('seq_number', 16, 'Sequence number', { base: 'hexdec' }),
  uint('npdu_number', 8, 'N-PDU number', 'hex'),
  uint('ext_hdr.next', 8, 'Next extension header type', 'hex'),
]);
const extension = field('gtp.ext_hdr', 'Extension header', 'none');
const extensionLength = layout('gtp', [uint('ext_hdr.length', 8, 'Extension header length')]);

/** Message type whose payload is a user's packet. */
export const T_PDU = 0xff;
const FLAG = { extension: 4, sequence: 2, npdu: 1 } as const;
/** The standards name five kinds of extension headers. */
const MAX_EXTENSIONS = 16;
const IP = protocol('ip');
const IPV6 = protocol('ipv6');

/** Message types of TS 29.060 section 7.1, from one to another. */
const MESSAGES = [1, 7, 16, 37, 48, 62, 70, 70, 96, 105, 112, 121, 128, 129, 240, 241, 254, 255];

function isMessage(type: number): boolean {
  for (let n = 0; n < MESSAGES.length; n += 2) if (type >= MESSAGES[n] && type <= MESSAGES[n + 1]) return true;
  return false;
}

/** GTP' carries charging records (TS 32.295): the protocol type is 0. */
const isPrime = (flags: number): boolean => flags >> 5 < 2 && (flags & 0x10) === 0;

/** Calls `visit` with each extension header's start and end; gives the offset after the last, or -1 where they leave the packet. */
function extensions(b: Uint8Array, at: number, end: number, visit: (from: number, to: number) => void): number {
  const flags = b[at];
  let o = at + header.size;
  if ((flags & 7) === 0) return o;
  if (o + optional.size > end) return -1;
  let next = (flags & FLAG.extension) !== 0 ? b[o + 3] : 0;
  o += optional.size;
  for (let n = 0; next !== 0; n++) {
    // The length is counted in 4 bytes, and the last byte names the next header (section 5.2.1).
    if (o >= end || b[o] === 0 || o + 4 * b[o] > end || n === MAX_EXTENSIONS) return -1;
    const to = o + 4 * b[o];
    visit(o, to);
    next = b[to - 1];
    o = to;
  }
  return o;
}
const ignore = (): void => {};

/** The user's packet at `body`, where the message holds one. */
function payload(layers: Layers, message: number, body: number, end: number): void {
  const version = body < end ? layers.bytes[body] >> 4 : 0;
  if (message !== T_PDU) layers.last();
  else if (version === 4) layers.next(IP, body);
  else if (version === 6) layers.next(IPV6, body);
  else layers.nextAtData(body);
}

export const gtp = dissector({
  name: 'gtp',
  title: 'GPRS Tunneling Protocol',
  spec: '3GPP TS 29.281',
  role: 'tunnel',
  layout: header,
  shapes: true,
  fields: [...fieldsOf(header0, prime, optional, extensionLength), extension],
  claims: { 'udp.port': [2152, 2123] },
  // Versions 0 and 2 share the ports.
  accepts: (b, at, end) => b[at] >> 5 === 2 || (b[at] >> 5 < 2 && at + 1 < end && isMessage(b[at + 1])),
  yields: true,
  payload: {
    step(layers, at, end) {
      const b = layers.bytes;
      const version = b[at] >> 5;
      if (version === 2 || isPrime(b[at])) return layers.last();
      if (version === 0) return payload(layers, header.get.message(b, at), at + header0.size, end);
      layers.bound(at + header.size + header.get.length(b, at));
      const body = extensions(b, at, end, ignore);
      if (body < 0) return layers.malformed();
      payload(layers, header.get.message(b, at), body, end);
    },
  },
  details(out, layers, i) {
    const b = layers.bytes;
    const at = layers.start[i];
    const end = layers.end[i];
    // Version 2 has fields of other names.
    const version = at < end ? b[at] >> 5 : 2;
    if (at < end && isPrime(b[at])) {
      emitItems(b, at, end, prime.items, out);
      return;
    }
    if (version !== 2) emitItems(b, at, end, (version === 0 ? header0 : header).items, out);
    if (version !== 1) return;
    if (i === layers.count) return;
    const flags = b[at];
    const o = at + header.size;
    if ((flags & 7) === 0 || o + optional.size > end) return;
    const [sequence, npdu, next] = optional.items;
    if ((flags & FLAG.sequence) !== 0) emitItems(b, o, end, [sequence], out);
    if ((flags & FLAG.npdu) !== 0) emitItems(b, o, end, [npdu], out);
    if ((flags & FLAG.extension) === 0) return;
    emitItems(b, o, end, [next], out);
    extensions(b, at, end, (from, to) => {
      out.open(extension, from, to - from, null);
      emitItems(b, from, to, extensionLength.items, out);
      out.add(next.def, to - 1, 1, b[to - 1]);
      out.close();
    });
  },
  label: (layers, i) =>
    layers.bytes[layers.start[i]] >> 5 !== 1
      ? `version ${layers.bytes[layers.start[i]] >> 5}`
      : `TEID 0x${header.get.teid(layers.bytes, layers.start[i]).toString(16).padStart(8, '0')}`,
});
