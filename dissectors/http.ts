// HTTP/1, RFC 9112: first lines and the headers people ask for. Also what borrows its form: SSDP (UPnP device architecture).
import type { Line } from '../src/bytes/line.js';
import { utf8 } from '../src/bytes/string.js';
import { dissector } from '../src/dissect/dissector.js';
import { type FieldDef, field } from '../src/dissect/fields.js';
import type { Sink } from '../src/dissect/sink.js';
import type { Layers } from '../src/dissect/walk.js';

const request = field('http.request', 'Request', 'bool');
const response = field('http.response', 'Response', 'bool');
const method = field('http.request.method', 'Request method', 'string');
const uri = field('http.request.uri', 'Request URI', 'string');
const requestVersion = field('http.request.version', 'Request version', 'string');
const responseVersion = field('http.response.version', 'Response version', 'string');
const code = field('http.response.code', 'Status code', 'uint16');
const phrase = field('http.response.phrase', 'Response phrase', 'string');

/** Header name in lower case -> field. */
const headers: Readonly<Record<string, FieldDef>> = {
  host: field('http.host', 'Host', 'string'),
  'user-agent': field('http.user_agent', 'User-Agent', 'string'),
  server: field('http.server', 'Server', 'string'),
  'content-type': field('http.content_type', 'Content-Type', 'string'),
  'content-length': field('http.content_length_header', 'Content-Length', 'string'),
  'content-encoding': field('http.content_encoding', 'Content-Encoding', 'string'),
  'transfer-encoding': field('http.transfer_encoding', 'Transfer-Encoding', 'string'),
  connection: field('http.connection', 'Connection', 'string'),
  upgrade: field('http.upgrade', 'Upgrade', 'string'),
  accept: field('http.accept', 'Accept', 'string'),
  referer: field('http.referer', 'Referer', 'string'),
  location: field('http.location', 'Location', 'string'),
  date: field('http.date', 'Date', 'string'),
  'cache-control': field('http.cache_control', 'Cache-Control', 'string'),
  'x-forwarded-for': field('http.x_forwarded_for', 'X-Forwarded-For', 'string'),
};
const fields = [request, response, method, uri, requestVersion, responseVersion, code, phrase, ...Object.values(headers)];

/** IANA's HTTP methods, WebDAV's among them, and those of SSDP and GENA. */
const METHODS = new Set(
  (
    'GET PUT POST HEAD OPTIONS CONNECT DELETE PATCH TRACE PRI NOTIFY M-SEARCH SUBSCRIBE UNSUBSCRIBE POLL BCOPY BDELETE BMOVE ' +
    'BPROPFIND BPROPPATCH COPY LOCK MKCOL MOVE PROPFIND PROPPATCH UNLOCK SEARCH REPORT CHECKOUT CHECKIN UNCHECKOUT MERGE ' +
    'LABEL MKWORKSPACE VERSION-CONTROL BASELINE-CONTROL UPDATE ACL MKACTIVITY MKCALENDAR LINK UNLINK RPC_CONNECT ' +
    'RPC_IN_DATA RPC_OUT_DATA CCM_POST SOURCE'
  ).split(' '),
);
const MAX_METHOD = 16;

const SPACE = 0x20;
const LF = 0x0a;
const TAB = 9;
const CR = 0x0d;
const COLON = 0x3a;
const FIRST_LETTERS = new Uint8Array(128);
for (const name of METHODS) FIRST_LETTERS[name.charCodeAt(0)] = 1;

/** Does [at, end) start with `HTTP/`? */
const isResponse = (b: Uint8Array, at: number, end: number): boolean =>
  at + 5 <= end && b[at] === 0x48 && b[at + 1] === 0x54 && b[at + 2] === 0x54 && b[at + 3] === 0x50 && b[at + 4] === 0x2f;

/** Does a message start here? Looks at the first word only. */
export function startsMessage(b: Uint8Array, at: number, end: number): boolean {
  if (at >= end) return false;
  if (isResponse(b, at, end)) return true;
  if (b[at] > 127 || FIRST_LETTERS[b[at]] === 0) return false;
  const stop = Math.min(end, at + MAX_METHOD);
  for (let o = at; o < stop; o++) if (b[o] === SPACE) return METHODS.has(String.fromCharCode(...b.subarray(at, o)));
  return false;
}

const isPreface = (b: Uint8Array, at: number, end: number): boolean =>
  at + 4 <= end && b[at] === 0x50 && b[at + 1] === 0x52 && b[at + 2] === 0x49 && b[at + 3] === SPACE;

/** Offset of the first `value` in [at, end), or `end`. Never looks further: the chunk may be large, and lines many. */
function find(b: Uint8Array, value: number, at: number, end: number): number {
  let o = at;
  while (o < end && b[o] !== value) o++;
  return o;
}

/** End of the text of the line at `at` whose line feed is at `feed`. */
const textEnd = (b: Uint8Array, at: number, feed: number): number => (feed > at && b[feed - 1] === CR ? feed - 1 : feed);

/** Longer first lines are not looked for on a port that is nobody's. */
const MAX_FIRST_LINE = 4096;

/** On a port that is nobody's: a whole first line that names an HTTP version 1 at its start or its end. */
function looksLikeHttp(b: Uint8Array, at: number, end: number): boolean {
  if (end - at < 12 || b[at] < 0x41 || b[at] > 0x5a) return false;
  const limit = Math.min(end, at + MAX_FIRST_LINE);
  const feed = find(b, LF, at, limit);
  if (feed === limit) return false;
  const stop = textEnd(b, at, feed);
  const names = (o: number) => o >= at && o + 8 <= stop && isResponse(b, o, stop) && b[o + 5] === 0x31 && b[o + 6] === 0x2e;
  return names(at) || names(stop - 8);
}

/** Header lines of one message, and messages of one segment, at most. */
const MAX_LINES = 512;
const MAX_MESSAGES = 64;

/** Request line or status line in [at, stop). */
function startLine(out: Sink, b: Uint8Array, at: number, stop: number, isReply: boolean): void {
  const a = find(b, SPACE, at, stop);
  out.add(isReply ? responseVersion : method, at, a - at, utf8(b, at, a));
  if (a === stop) return;
  const from = a + 1;
  let to = find(b, SPACE, from, stop);
  if (isReply) {
    const digits = utf8(b, from, to);
    if (/^\d{3}$/.test(digits)) out.add(code, from, 3, Number(digits));
  } else {
    // The URI of a request may hold spaces: it goes to the last one.
    for (let o = to + 1; o < stop; o++) if (b[o] === SPACE) to = o;
    out.add(uri, from, to - from, utf8(b, from, to));
  }
  if (to < stop) out.add(isReply ? phrase : requestVersion, to + 1, stop - to - 1, utf8(b, to + 1, stop));
}

/** Puts out one message; returns the offset behind its body, or -1 when this layer holds no more. */
function message(out: Sink, b: Uint8Array, at: number, end: number, isClipped: boolean): number {
  const isReply = isResponse(b, at, end);
  const feed = find(b, LF, at, end);
  startLine(out, b, at, textEnd(b, at, feed), isReply);
  let length = isReply ? -1 : 0;
  let o = feed + 1;
  let isWhole = false;
  for (let n = 0; o < end && n < MAX_LINES && !isWhole; n++) {
    const nextFeed = find(b, LF, o, end);
    const stop = textEnd(b, o, nextFeed);
    const colon = find(b, COLON, o, stop);
    isWhole = stop === o && nextFeed < end;
    if (colon > o && colon < stop) {
      const name = utf8(b, o, colon).toLowerCase();
      let from = colon + 1;
      while (from < stop && (b[from] === SPACE || b[from] === TAB)) from++;
      if (name === 'content-length') length = Number.parseInt(utf8(b, from, stop), 10) || 0;
      else if (name === 'transfer-encoding') length = -1;
      if (Object.hasOwn(headers, name)) {
        const def = headers[name];
        if (out.wants(def)) out.add(def, from, stop - from, utf8(b, from, stop));
      }
    }
    o = nextFeed + 1;
  }
  // Of a header whose end was not captured, nobody knows whether it ended.
  if (isWhole || !isClipped) out.add(isReply ? response : request, at, 0, 1);
  // Without a length a response goes on to the end of the connection.
  return isWhole && length >= 0 ? o + length : -1;
}

function details(out: Sink, layers: Layers, i: number): void {
  const { bytes } = layers;
  const end = layers.end[i];
  let o = layers.start[i];
  // The preface of HTTP/2 looks like a request, and is none (RFC 9113 section 3.4).
  for (let n = 0; n < MAX_MESSAGES && o >= 0 && startsMessage(bytes, o, end) && !isPreface(bytes, o, end); n++)
    o = message(out, bytes, o, end, layers.wireEnd[i] > end);
}

function firstLine(line: Line, layers: Layers, i: number): void {
  const at = layers.start[i];
  const end = Math.min(layers.end[i], at + 256);
  if (startsMessage(layers.bytes, at, end)) line.safe(utf8(layers.bytes, at, find(layers.bytes, LF, at, end)).trimEnd());
  else line.text('Continuation');
}

export const http = dissector({
  name: 'http',
  title: 'Hypertext Transfer Protocol',
  spec: 'RFC 9112',
  minLength: 1,
  fields,
  claims: { 'tcp.port': [80, 1900, 2710, 2869, 3128, 3132, 5985, 8080, 8088, 11371] },
  accepts: startsMessage,
  continues: true,
  guesses: { 'tcp.port': looksLikeHttp },
  payload: { none: true },
  details,
  info: firstLine,
});

export const ssdp = dissector({
  name: 'ssdp',
  title: 'Simple Service Discovery Protocol',
  spec: 'UPnP Device Architecture section 1',
  minLength: 1,
  fields,
  claims: { 'udp.port': [1900] },
  accepts: startsMessage,
  payload: { none: true },
  details,
  info: firstLine,
});
