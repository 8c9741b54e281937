// SIP, RFC 3261 section 7: the first line, and the headers that say who calls whom and by which path. Bodies (SDP) are not looked into.
import { ascii, utf8 } from '../src/bytes/string.js';
import { dissector } from '../src/dissect/dissector.js';
import { type FieldDef, field } from '../src/dissect/fields.js';
import type { Sink } from '../src/dissect/sink.js';
import { behindLine, endOfLine, find } from './http.js';

const method = field('sip.Method', 'Method', 'string');
const requestLine = field('sip.Request-Line', 'Request line', 'string');
const uri = field('sip.r-uri', 'Request URI', 'string');
const statusCode = field('sip.Status-Code', 'Status code', 'uint32');
const statusLine = field('sip.Status-Line', 'Status line', 'string');
const sequence = field('sip.CSeq.seq', 'Sequence number', 'uint32');
const sequenceMethod = field('sip.CSeq.method', 'Method of the sequence', 'string');

const text = (name: string): FieldDef => field(`sip.${name}`, name, 'string');
const number = (name: string): FieldDef => field(`sip.${name}`, name, 'uint32');
const [via, sender, to, callId, contact, contentType] = ['Via', 'From', 'To', 'Call-ID', 'Contact', 'Content-Type'].map(text);
const [contentLength, maxForwards] = ['Content-Length', 'Max-Forwards'].map(number);
const cseq = text('CSeq');
/** By names in lower case, short ones among them (section 7.3.3). */
const headers: Readonly<Record<string, FieldDef>> = {
  via,
  v: via,
  from: sender,
  f: sender,
  to,
  t: to,
  'call-id': callId,
  i: callId,
  contact,
  m: contact,
  cseq,
  'max-forwards': maxForwards,
  'content-type': contentType,
  c: contentType,
  'content-length': contentLength,
  l: contentLength,
  'record-route': text('Record-Route'),
  route: text('Route'),
  'user-agent': text('User-Agent'),
  server: text('Server'),
  expires: number('Expires'),
  reason: text('Reason'),
  warning: text('Warning'),
};

const SPACE = 0x20;
const TAB = 9;
const COLON = 0x3a;
const VERSION = 'SIP/2.0';
/** A first line is no longer, and a message has no more headers. */
const MAX_FIRST_LINE = 2048;
const MAX_LINES = 256;
/** No method has a longer name. */
const MAX_METHOD = 16;

const isStatus = (b: Uint8Array, at: number, end: number): boolean =>
  at + VERSION.length < end && ascii(b, at, at + VERSION.length) === VERSION;

/** A first line that is whole, or as far as it is there: `METHOD uri SIP/2.0` or `SIP/2.0 code phrase`. */
function startsMessage(b: Uint8Array, at: number, end: number): boolean {
  if (at >= end || b[at] < 0x41 || b[at] > 0x5a) return false;
  if (isStatus(b, at, end)) return true;
  const stop = endOfLine(b, at, Math.min(end, at + MAX_FIRST_LINE));
  const space = find(b, SPACE, at, Math.min(stop, at + MAX_METHOD));
  return space > at && b[space] === SPACE && stop - VERSION.length > space && ascii(b, stop - VERSION.length, stop) === VERSION;
}

/** The number that the text begins with, as tshark reads it. */
const numberIn = (b: Uint8Array, at: number, end: number): number => Number.parseInt(ascii(b, at, Math.min(end, at + 10)), 10);

function firstLine(out: Sink, b: Uint8Array, at: number, stop: number): void {
  const space = find(b, SPACE, at, stop);
  if (isStatus(b, at, stop)) {
    out.add(statusLine, at, stop - at, utf8(b, at, stop));
    const code = Math.min(stop, space + 1);
    const after = Math.min(stop, code + 3);
    const value = numberIn(b, code, after);
    if (value >= 0) out.add(statusCode, code, after - code, value);
    return;
  }
  out.add(requestLine, at, stop - at, utf8(b, at, stop));
  out.add(method, at, space - at, ascii(b, at, space));
  const from = Math.min(stop, space + 1);
  const after = find(b, SPACE, from, stop);
  out.add(uri, from, after - from, utf8(b, from, after));
}

function header(out: Sink, b: Uint8Array, at: number, stop: number): void {
  const colon = find(b, COLON, at, stop);
  let nameEnd = colon;
  while (nameEnd > at && b[nameEnd - 1] === SPACE) nameEnd--;
  const name = ascii(b, at, Math.min(nameEnd, at + 40)).toLowerCase();
  const def = Object.hasOwn(headers, name) ? headers[name] : undefined;
  let value = colon + 1;
  while (value < stop && (b[value] === SPACE || b[value] === TAB)) value++;
  if (def === undefined || value >= stop) return;
  if (def.type === 'uint32') {
    const n = numberIn(b, value, stop);
    if (n >= 0) out.add(def, value, stop - value, n);
  } else out.add(def, value, stop - value, utf8(b, value, stop));
  if (def !== cseq) return;
  const space = find(b, SPACE, value, stop);
  const n = numberIn(b, value, space);
  if (n >= 0) out.add(sequence, value, space - value, n);
  if (space + 1 < stop) out.add(sequenceMethod, space + 1, stop - space - 1, ascii(b, space + 1, stop));
}

export const sip = dissector({
  name: 'sip',
  title: 'Session Initiation Protocol',
  spec: 'RFC 3261',
  minLength: 1,
  fields: [...[method, requestLine, uri, statusCode, statusLine, sequence, sequenceMethod], ...new Set(Object.values(headers))],
  claims: { 'udp.port': [5060], 'tcp.port': [5060] },
  accepts: startsMessage,
  guesses: { 'udp.port': startsMessage, 'tcp.port': startsMessage },
  payload: { none: true },
  details(out, layers, i) {
    const b = layers.bytes;
    const end = layers.end[i];
    let at = layers.start[i];
    for (let n = 0; at < end && n < MAX_LINES; n++) {
      const stop = endOfLine(b, at, end);
      if (n === 0) firstLine(out, b, at, stop);
      else if (stop === at) return;
      else header(out, b, at, stop);
      at = behindLine(b, stop, end);
    }
  },
  info(line, layers, i) {
    const b = layers.bytes;
    const at = layers.start[i];
    const stop = endOfLine(b, at, Math.min(layers.end[i], at + MAX_FIRST_LINE));
    const isReply = isStatus(b, at, stop);
    line.text(isReply ? 'Status: ' : 'Request: ');
    line.safe(utf8(b, isReply ? at + VERSION.length + 1 : at, isReply ? stop : stop - VERSION.length - 1));
    line.text(' |');
  },
});
