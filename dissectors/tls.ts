// TLS records, RFC 8446 section 5.1 (RFC 5246 section 6.2), and the parts of a handshake that nobody encrypts: who is called
// (server name, RFC 6066 section 3) and in which protocol (ALPN, RFC 7301).
import type { Line } from '../src/bytes/line.js';
import { u16, u24 } from '../src/bytes/read.js';
import { ascii } from '../src/bytes/string.js';
import { dissector } from '../src/dissect/dissector.js';
import { type FieldDef, type FieldValue, field } from '../src/dissect/fields.js';
import { fieldsOf, layout, uint } from '../src/dissect/layout.js';
import type { Sink } from '../src/dissect/sink.js';
import { emitItems } from '../src/dissect/tree.js';

/** Values of `tls.record.content_type`. */
export const CONTENT = { changeCipherSpec: 20, alert: 21, handshake: 22, applicationData: 23, heartbeat: 24 } as const;
const contentTypes = { 20: 'Change Cipher Spec', 21: 'Alert', 22: 'Handshake', 23: 'Application Data', 24: 'Heartbeat' };
/** Values of `tls.handshake.type`. */
export const HANDSHAKE = { helloRequest: 0, clientHello: 1, serverHello: 2 } as const;

const handshakeTypes: Readonly<Record<number, string>> = {
  0: 'Hello Request',
  1: 'Client Hello',
  2: 'Server Hello',
  4: 'New Session Ticket',
  11: 'Certificate',
  12: 'Server Key Exchange',
  13: 'Certificate Request',
  14: 'Server Hello Done',
  15: 'Certificate Verify',
  16: 'Client Key Exchange',
  20: 'Finished',
};

const record = field('tls.record', 'TLS record', 'none');
const recordHeader = layout('tls', [
  uint('record.content_type', 8, 'Content type', { values: contentTypes }),
  uint('record.version', 16, 'Version', 'hex'),
  uint('record.length', 16, 'Length'),
]);
const handshake = field('tls.handshake', 'Handshake protocol', 'none');
const handshakeHeader = layout('tls', [
  uint('handshake.type', 8, 'Handshake type', {
    values: handshakeTypes,
  }),
  uint('handshake.length', 24, 'Length'),
]);
const hello = layout('tls', [uint('handshake.version', 16, 'Version', 'hex')]);
const sessionIdLength = layout('tls', [uint('handshake.session_id_length', 8, 'Session ID length')]);
const suite = layout('tls', [uint('handshake.ciphersuite', 16, 'Cipher suite', 'hex')]);
const extensionHeader = layout('tls', [
  uint('handshake.extension.type', 16, 'Type', { values: { 0: 'server_name', 16: 'application_layer_protocol_negotiation' } }),
  uint('handshake.extension.len', 16, 'Length'),
]);
const serverName = field('tls.handshake.extensions_server_name', 'Server name', 'string');
const alpn = field('tls.handshake.extensions_alpn_str', 'ALPN protocol', 'string');
const alertMessage = field('tls.alert_message', 'Alert message', 'none');
const alert = layout('tls', [
  uint('alert_message.level', 8, 'Level', { values: { 1: 'Warning', 2: 'Fatal' } }),
  uint('alert_message.desc', 8, 'Description'),
]);

const RANDOM_BYTES = 32;
const EXTENSION = { serverName: 0, alpn: 16 } as const;
const HOST_NAME = 0;
/** A record is at least five bytes long, so this is more than a segment holds in practice. */
const MAX_RECORDS = 1024;

function extensions(out: Sink, b: Uint8Array, from: number, end: number): void {
  let at = from;
  while (at + extensionHeader.size <= end) {
    emitItems(b, at, end, extensionHeader.items, out);
    const type = u16(b, at);
    const body = at + extensionHeader.size;
    const next = body + u16(b, at + 2);
    if (next > end) return;
    if (type === EXTENSION.serverName && next - body >= 5 && b[body + 2] === HOST_NAME) {
      const nameEnd = body + 5 + u16(b, body + 3);
      if (nameEnd <= next) out.add(serverName, body + 5, nameEnd - body - 5, ascii(b, body + 5, nameEnd));
    } else if (type === EXTENSION.alpn)
      for (let o = body + 2; o < next && o + 1 + b[o] <= next; o += 1 + b[o])
        out.add(alpn, o + 1, b[o], ascii(b, o + 1, o + 1 + b[o]));
    at = next;
  }
}

/** A hello: version, random, session ID, cipher suites (or the one chosen), compression, extensions (RFC 8446 section 4.1). */
function helloBody(out: Sink, b: Uint8Array, from: number, end: number, client: boolean): void {
  emitItems(b, from, end, hello.items, out);
  let at = from + hello.size + RANDOM_BYTES;
  if (at >= end) return;
  emitItems(b, at, end, sessionIdLength.items, out);
  at += 1 + b[at];
  if (at + 2 > end) return;
  if (client) {
    const suitesEnd = at + 2 + u16(b, at);
    for (at += 2; at + 2 <= Math.min(suitesEnd, end); at += 2) emitItems(b, at, end, suite.items, out);
    at = suitesEnd;
    if (at >= end) return;
    at += 1 + b[at];
  } else {
    emitItems(b, at, end, suite.items, out);
    at += 3;
  }
  if (at + 2 <= end) extensions(out, b, at + 2, Math.min(end, at + 2 + u16(b, at)));
}

function handshakes(out: Sink, b: Uint8Array, from: number, end: number): void {
  let at = from;
  while (at + handshakeHeader.size <= end) {
    const type = b[at];
    const next = at + handshakeHeader.size + u24(b, at + 1);
    // A message that does not fit is one of several fragments, or encrypted: what looks like a header is none then.
    const fits = type === HANDSHAKE.helloRequest ? next === end : next <= end;
    if (!fits && type !== HANDSHAKE.clientHello && type !== HANDSHAKE.serverHello) {
      out.add(handshake, at, end - at, null);
      return;
    }
    out.open(handshake, at, Math.min(next, end) - at, null);
    emitItems(b, at, end, handshakeHeader.items, out);
    if (type === HANDSHAKE.clientHello || type === HANDSHAKE.serverHello)
      helloBody(out, b, at + handshakeHeader.size, Math.min(next, end), type === HANDSHAKE.clientHello);
    out.close();
    at = next;
  }
}

/** ` (SNI=name)` of a client hello whose body starts at `from`. */
function writeServerName(line: Line, b: Uint8Array, from: number, end: number): void {
  const name = { value: '' };
  helloBody(new NameOnly(name), b, from, end, true);
  if (name.value === '') return;
  line.text(' (SNI=');
  line.safe(name.value);
  line.byte(0x29);
}

/** Takes the server name of a hello and nothing else. */
class NameOnly implements Sink {
  constructor(private readonly name: { value: string }) {}
  wants = (def: FieldDef): boolean => def === serverName;
  add(def: FieldDef, _at: number, _length: number, value: FieldValue): void {
    if (def === serverName && typeof value === 'string') this.name.value = value;
  }
  open(): void {}
  close(): void {}
  note(): void {}
}

export const tls = dissector({
  name: 'tls',
  title: 'Transport Layer Security',
  spec: 'RFC 8446',
  minLength: 1,
  fields: [
    record,
    handshake,
    ...fieldsOf(recordHeader, handshakeHeader, hello, sessionIdLength, suite, extensionHeader, alert),
    alertMessage,
    serverName,
    alpn,
  ],
  claims: { 'tcp.port': [261, 443, 465, 614, 636, 684, 695, 853, 989, 990, 992, 993, 994, 995, 5061, 6443, 8443, 10250] },
  // A segment may go on with a record that an earlier one began.
  accepts: (b, at, end) =>
    end - at >= 3 && b[at] >= CONTENT.changeCipherSpec && b[at] <= CONTENT.heartbeat && b[at + 1] === 3 && b[at + 2] <= 4,
  payload: { none: true },
  details(out, layers, i) {
    const b = layers.bytes;
    const end = layers.end[i];
    let at = layers.start[i];
    for (let n = 0; n < MAX_RECORDS && at + recordHeader.size <= end; n++) {
      const type = b[at];
      if (type < CONTENT.changeCipherSpec || type > CONTENT.heartbeat || b[at + 1] !== 3) return;
      const body = at + recordHeader.size;
      const next = body + u16(b, at + 3);
      // Only the first may go on in the next segment and still show whom it calls.
      if (n > 0 && next > end) return;
      const stop = Math.min(next, end);
      out.open(record, at, stop - at, null);
      emitItems(b, at, end, recordHeader.items, out);
      if (type === CONTENT.handshake) handshakes(out, b, body, stop);
      // An encrypted alert is longer than these two bytes.
      else if (type === CONTENT.alert && next - body === alert.size) {
        out.open(alertMessage, body, stop - body, null);
        emitItems(b, body, stop, alert.items, out);
        out.close();
      }
      out.close();
      at = next;
    }
  },
  info(line, layers, i) {
    const b = layers.bytes;
    const end = layers.end[i];
    let at = layers.start[i];
    if (b[at] < CONTENT.changeCipherSpec || b[at] > CONTENT.heartbeat || b[at + 1] !== 3) {
      line.text('Continuation Data');
      return;
    }
    // A line names as many records as an eye takes in.
    for (let n = 0; n < 8 && at + recordHeader.size <= end; n++) {
      const type = b[at];
      if (type < CONTENT.changeCipherSpec || type > CONTENT.heartbeat || b[at + 1] !== 3) return;
      if (n > 0) line.text(', ');
      const body = at + recordHeader.size;
      const next = body + u16(b, at + 3);
      // A message longer than its record, a hello apart, is encrypted.
      const clear = body + 4 <= end && body + 4 + u24(b, body + 1) <= next;
      if (type !== CONTENT.handshake) line.text((contentTypes as Record<number, string>)[type]);
      else line.text(clear ? (handshakeTypes[b[body]] ?? 'Encrypted Handshake Message') : 'Handshake');
      if (clear && type === CONTENT.handshake && b[body] === HANDSHAKE.clientHello)
        writeServerName(line, b, body + 4, Math.min(next, end));
      at = next;
    }
  },
});
