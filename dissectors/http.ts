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

/** Offset of the line feed that ends the line at `at`, or `end`. */
function lineEnd(b: Uint8Array, at: number, end: number): number {
  const found = b.indexOf(LF, at);
  return found >= 0 && found < end ? found : end;
}

/** End of the text of the line at `at` whose line feed is at `feed`. */
const textEnd = (b: Uint8Array, at: number, feed: number): number => (feed > at && b[feed - 1] === CR ? feed - 1 : feed);

/** On a port that is nobody's: a whole first line that names an HTTP version 1 at its start or its end. */
function looksLikeHttp(b: Uint8Array, at: number, end: number): boolean {
  if (end - at < 12 || b[at] < 0x41 || b[at] > 0x5a) return false;
  const feed = lineEnd(b, at, end);
  if (feed === end) return false;
  const stop = textEnd(b, at, feed);
  const names = (o: number) => o >= at && o + 8 <= stop && isResponse(b, o, stop) && b[o + 5] === 0x31 && b[o + 6] === 0x2e;
  return names(at) || names(stop - 8);
}

/** Header lines of one message, and messages of one segment, at most. */
const MAX_LINES = 512;
const MAX_MESSAGES = 64;

/** Puts out one message; returns the offset behind its body, or -1 when this layer holds no more. */
function message(out: Sink, b: Uint8Array, at: number, end: number): number {
  const feed = lineEnd(b, at, end);
  const stop = textEnd(b, at, feed);
  const isReply = isResponse(b, at, end);
  const [first, second] = isReply ? [responseVersion, code] : [method, uri];
  const third = isReply ? phrase : requestVersion;
  const a = wordEnd(b, at, stop);
  out.add(first, at, a - at, utf8(b, at, a));
  if (a < stop) {
    // The URI of a request may hold spaces: it goes to the last one. The status code is one word.
    const last = isReply ? wordEnd(b, a + 1, stop) : Math.max(a, b.lastIndexOf(SPACE, stop - 1));
    const secondEnd = last > a ? last : stop;
    if (isReply) {
      const digits = utf8(b, a + 1, secondEnd);
      if (/^\d{3}$/.test(digits)) out.add(second, a + 1, 3, Number(digits));
    } else out.add(second, a + 1, secondEnd - a - 1, utf8(b, a + 1, secondEnd));
    if (secondEnd < stop) out.add(third, secondEnd + 1, stop - secondEnd - 1, utf8(b, secondEnd + 1, stop));
  }
  let length = isReply ? -1 : 0;
  let o = feed + 1;
  for (let n = 0; o < end && n < MAX_LINES; n++) {
    const nextFeed = lineEnd(b, o, end);
    const lineStop = textEnd(b, o, nextFeed);
    if (lineStop === o) {
      if (nextFeed === end) return -1;
      out.add(isReply ? response : request, at, 0, 1);
      // Without a length a response goes on to the end of the connection.
      return length < 0 ? -1 : nextFeed + 1 + length;
    }
    const colon = b.indexOf(COLON, o);
    if (colon > o && colon < lineStop) {
      const name = utf8(b, o, colon).toLowerCase();
      let from = colon + 1;
      while (from < lineStop && (b[from] === SPACE || b[from] === 9)) from++;
      if (name === 'content-length') length = Number.parseInt(utf8(b, from, lineStop), 10) || 0;
      else if (name === 'transfer-encoding') length = -1;
      if (Object.hasOwn(headers, name)) {
        const def = headers[name];
        if (out.wants(def)) out.add(def, from, lineStop - from, utf8(b, from, lineStop));
      }
    }
    o = nextFeed + 1;
  }
  return -1;
}

function wordEnd(b: Uint8Array, at: number, end: number): number {
  const space = b.indexOf(SPACE, at);
  return space >= 0 && space < end ? space : end;
}

function details(out: Sink, layers: Layers, i: number): void {
  const { bytes } = layers;
  const end = layers.end[i];
  let o = layers.start[i];
  // The preface of HTTP/2 looks like a request, and is none (RFC 9113 section 3.4).
  for (let n = 0; n < MAX_MESSAGES && o >= 0 && startsMessage(bytes, o, end) && !isPreface(bytes, o, end); n++)
    o = message(out, bytes, o, end);
}

function firstLine(line: Line, layers: Layers, i: number): void {
  const at = layers.start[i];
  const end = Math.min(layers.end[i], at + 256);
  if (startsMessage(layers.bytes, at, end)) line.safe(utf8(layers.bytes, at, lineEnd(layers.bytes, at, end)).trimEnd());
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
