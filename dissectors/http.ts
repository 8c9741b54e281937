// HTTP/1, RFC 9112: first lines and the headers people ask for. Also what borrows its form: SSDP (UPnP device architecture).
import type { Line } from '../src/bytes/line.js';
import { ascii, utf8 } from '../src/bytes/string.js';
import { dissector } from '../src/dissect/dissector.js';
import { type FieldDef, field } from '../src/dissect/fields.js';
import { answerTo, remembers } from '../src/dissect/past.js';
import type { Sink } from '../src/dissect/sink.js';
import type { Layers } from '../src/dissect/walk.js';
import { HttpMemory } from './past/http.js';

const request = field('http.request', 'Request', 'bool');
const response = field('http.response', 'Response', 'bool');
const method = field('http.request.method', 'Request method', 'string');
const uri = field('http.request.uri', 'Request URI', 'string');
const uriPath = field('http.request.uri.path', 'Request URI path', 'string');
const uriQuery = field('http.request.uri.query', 'Request URI query', 'string');
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
  'accept-encoding': field('http.accept_encoding', 'Accept-Encoding', 'string'),
  'accept-language': field('http.accept_language', 'Accept-Language', 'string'),
  authorization: field('http.authorization', 'Authorization', 'string'),
  cookie: field('http.cookie', 'Cookie', 'string'),
  'last-modified': field('http.last_modified', 'Last-Modified', 'string'),
  'proxy-authorization': field('http.proxy_authorization', 'Proxy-Authorization', 'string'),
  'set-cookie': field('http.set_cookie', 'Set-Cookie', 'string'),
  'www-authenticate': field('http.www_authenticate', 'WWW-Authenticate', 'string'),
  'x-forwarded-for': field('http.x_forwarded_for', 'X-Forwarded-For', 'string'),
};
const contentLength = field('http.content_length', 'Content length', 'uint64');
const fullUri = field('http.request.full_uri', 'Full URI', 'string');
const fields = [
  contentLength,
  fullUri,
  request,
  response,
  method,
  uri,
  uriPath,
  uriQuery,
  requestVersion,
  responseVersion,
  code,
  phrase,
  ...Object.values(headers),
];

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
const QUESTION = 0x3f;
const FIRST_LETTERS = new Uint8Array(128);
for (const name of METHODS) FIRST_LETTERS[name.charCodeAt(0)] = 1;

/** Does [at, end) start with `HTTP/`? */
const isVersion = (b: Uint8Array, at: number, end: number): boolean =>
  at + 5 <= end && b[at] === 0x48 && b[at + 1] === 0x54 && b[at + 2] === 0x54 && b[at + 3] === 0x50 && b[at + 4] === 0x2f;

/** A status line starts with a version; streams of the SHOUTcast protocol start with `ICY`. */
const isResponse = (b: Uint8Array, at: number, end: number): boolean =>
  isVersion(b, at, end) || (at + 3 <= end && b[at] === 0x49 && b[at + 1] === 0x43 && b[at + 2] === 0x59);

/** Does a request start here? Looks at the first word only, which may be all there is. */
export function startsRequest(b: Uint8Array, at: number, end: number): boolean {
  if (at >= end || b[at] > 127 || FIRST_LETTERS[b[at]] === 0) return false;
  const stop = Math.min(end, at + MAX_METHOD);
  let o = at;
  while (o < stop && b[o] > SPACE) o++;
  return (o === end || (o < stop && b[o] !== TAB)) && METHODS.has(String.fromCharCode(...b.subarray(at, o)));
}

/** Does a message start here? */
export const startsMessage = (b: Uint8Array, at: number, end: number): boolean =>
  isResponse(b, at, end) || startsRequest(b, at, end);

/** Longer names of headers are not looked for: every payload on a port of HTTP is looked at. */
const MAX_NAME = 40;
/** Bytes of a token, RFC 9110 section 5.6.2. */
const TOKEN = Uint8Array.from({ length: 256 }, (_, c) => (/[!#$%&'*+\-.^_`|~0-9A-Za-z]/.test(String.fromCharCode(c)) ? 1 : 0));

/**
 * On a port of HTTP: does the payload start with a message, a header line, or an empty line? A header that is cut in two goes
 * on with a header line.
 */
export function startsLikeHttp(b: Uint8Array, from: number, end: number): boolean {
  // Most payloads are the middle of a body.
  if (from >= end || (TOKEN[b[from]] === 0 && b[from] !== CR)) return false;
  // RFC 9112 section 2.2: an empty line before a message is no harm.
  const at = end - from > 3 && b[from] === CR && b[from + 1] === LF ? from + 2 : from;
  if (startsMessage(b, at, end)) return true;
  const stop = end - at > MAX_NAME ? at + MAX_NAME : end;
  let o = at;
  while (o < stop && TOKEN[b[o]] === 1) o++;
  return o > at && o < stop && b[o] === COLON;
}

const isPreface = (b: Uint8Array, at: number, end: number): boolean =>
  at + 4 <= end && b[at] === 0x50 && b[at + 1] === 0x52 && b[at + 2] === 0x49 && b[at + 3] === SPACE;

/** Offset of the first `value` in [at, end), or `end`. Never looks further: the chunk may be large, and lines many. */
export function find(b: Uint8Array, value: number, at: number, end: number): number {
  let o = at;
  while (o < end && b[o] !== value) o++;
  return o;
}

/** Offset of the CR or LF that ends the line at `at`, or `end`. */
export function endOfLine(b: Uint8Array, at: number, end: number): number {
  let o = at;
  while (o < end && b[o] !== LF && b[o] !== CR) o++;
  return o;
}

/** Offset after the line end at `o`: CR LF, or one of them alone. */
export const behindLine = (b: Uint8Array, o: number, end: number): number =>
  Math.min(end, o + 1 < end && b[o] === CR && b[o + 1] === LF ? o + 2 : o + 1);

/** Longer first lines are not looked for on a port that is nobody's. */
const MAX_FIRST_LINE = 4096;

/** On a port that is nobody's: a whole first line that names an HTTP version 1 at its start or its end, in any letters. */
function looksLikeHttp(b: Uint8Array, at: number, end: number): boolean {
  // The quick look first: this one is taken at every payload on ports that are nobody's.
  if (end - at < 12 || b[at] < 0x41 || b[at] > 0x5a || !startsLikeHttp(b, at, end)) return false;
  const limit = Math.min(end, at + MAX_FIRST_LINE);
  const stop = endOfLine(b, at, limit);
  if (stop === limit || stop - at === 8) return false;
  const names = (o: number) => o >= at && o + 8 <= stop && /^http\/1\.$/i.test(ascii(b, o, o + 7));
  return names(at) || names(stop - 8);
}

/** Header lines of one message, and messages of one segment, at most. */
const MAX_LINES = 512;
const MAX_MESSAGES = 64;

/** Request line or status line in [at, stop). */
function startLine(out: Sink, b: Uint8Array, at: number, stop: number, isReply: boolean): void {
  const a = find(b, SPACE, at, stop);
  out.add(isReply ? responseVersion : method, at, a - at, ascii(b, at, a));
  if (a === stop && isReply) return;
  let from = Math.min(a + 1, stop);
  while (isReply && from < stop && b[from] === SPACE) from++;
  const to = find(b, SPACE, from, stop);
  if (!isReply) {
    out.open(uri, from, to - from, ascii(b, from, to));
    const mark = find(b, QUESTION, from, to);
    if (mark + 1 < to) {
      out.add(uriPath, from, mark - from, ascii(b, from, mark));
      out.add(uriQuery, mark + 1, to - mark - 1, ascii(b, mark + 1, to));
    }
    out.close();
  }
  // What is no number is 0.
  else if (to - from >= 3) out.add(code, from, 3, Number.parseInt(ascii(b, from, from + 3), 10) || 0);
  if (to < stop) out.add(isReply ? phrase : requestVersion, to + 1, stop - to - 1, ascii(b, to + 1, stop));
}

/** The second word of a request line. */
function uriOf(b: Uint8Array, at: number, stop: number): string {
  const from = Math.min(find(b, SPACE, at, stop) + 1, stop);
  return ascii(b, from, find(b, SPACE, from, stop));
}

/** What a header says of the length of the body. */
enum BODY {
  /** Nothing: a request has none then, a response goes on to the end of the connection. */
  unsaid = -1,
  chunked = -2,
  /** A transfer coding that is not known. */
  coded = -3,
}

/** Status codes without a body (RFC 9112 section 6.3). */
const isBodiless = (b: Uint8Array, at: number, stop: number): boolean => {
  const from = find(b, SPACE, at, stop) + 1;
  const status = from + 3 <= stop ? ascii(b, from, from + 3) : '';
  return status[0] === '1' || status === '204' || status === '304';
};

const MAX_CHUNKS = 4096;
const MAX_SIZE = 8;

/** Offset after the chunks that start at `from` (RFC 9112 section 7.1), or -1 where they go on after `end`. */
function behindChunks(b: Uint8Array, from: number, end: number): number {
  for (let n = 0, o = from; n < MAX_CHUNKS && o < end; n++) {
    const feed = find(b, LF, o, end);
    const size = Number.parseInt(ascii(b, o, Math.min(feed, o + MAX_SIZE)), 16);
    const next = feed + 1 + size + 2;
    if (feed === end || !(size >= 0) || next > end) return -1;
    if (size === 0) return next;
    o = next;
  }
  return -1;
}

/** Puts out one message; returns the offset after its body, or -1 when this layer holds no more. */
function message(out: Sink, b: Uint8Array, at: number, end: number, isClipped: boolean): number {
  const isReply = isResponse(b, at, end);
  const isRequest = !isReply && startsRequest(b, at, end);
  let o = at;
  let length: number = BODY.unsaid;
  let isWhole = false;
  let target = '';
  let host = '';
  for (let n = 0; o < end && n < MAX_LINES && !isWhole; n++) {
    const lineEnd = endOfLine(b, o, end);
    const next = behindLine(b, lineEnd, end);
    if (startsMessage(b, o, lineEnd)) {
      const isReplyLine = isResponse(b, o, lineEnd);
      startLine(out, b, o, lineEnd, isReplyLine);
      if (!isReplyLine && out.wants(fullUri)) target = uriOf(b, o, lineEnd);
    } else if (lineEnd === o) isWhole = next > o;
    else {
      const colon = find(b, COLON, o, lineEnd);
      // A line without a colon is none of the header.
      if (colon === lineEnd) break;
      const name = ascii(b, o, colon).toLowerCase();
      let from = colon + 1;
      while (from < lineEnd && (b[from] === SPACE || b[from] === TAB)) from++;
      if (name === 'content-length' && length >= BODY.unsaid) length = Number.parseInt(ascii(b, from, lineEnd), 10) || 0;
      else if (name === 'transfer-encoding')
        length = /\bchunked$/i.test(ascii(b, from, lineEnd).trimEnd()) ? BODY.chunked : BODY.coded;
      if (name === 'host' && out.wants(fullUri)) host = ascii(b, from, lineEnd);
      if (Object.hasOwn(headers, name)) {
        const def = headers[name];
        if (name === 'content-length') {
          out.open(def, from, lineEnd - from, ascii(b, from, lineEnd));
          out.add(contentLength, from, lineEnd - from, BigInt(Math.max(0, Number.parseInt(ascii(b, from, lineEnd), 10) || 0)));
          out.close();
        } else if (out.wants(def)) out.add(def, from, lineEnd - from, ascii(b, from, lineEnd));
      }
    }
    o = next;
  }
  // Of a header whose end was not captured, nobody knows whether it ended.
  if ((isReply || isRequest) && (isWhole || !isClipped)) out.add(isReply ? response : request, at, 0, 1);
  if (target !== '' && host !== '') out.add(fullUri, at, 0, /^\w+:\/\//.test(target) ? target : `http://${host}${target}`);
  if (length >= 0) return o + length;
  if (length === BODY.chunked) return behindChunks(b, o, end);
  return length === BODY.unsaid && (isRequest || (isReply && isBodiless(b, at, endOfLine(b, at, end)))) ? o : -1;
}

function details(out: Sink, layers: Layers, i: number): void {
  const { bytes } = layers;
  const end = layers.end[i];
  let o = layers.start[i];
  // The preface of HTTP/2 looks like a request, and is none (RFC 9113 section 3.4).
  for (let n = 0; n < MAX_MESSAGES && o >= 0 && startsLikeHttp(bytes, o, end) && !isPreface(bytes, o, end); n++) {
    if (bytes[o] === CR && end - o > 3) o += 2;
    o = message(out, bytes, o, end, layers.wireEnd[i] > end);
  }
  const memory = remembers<HttpMemory>(layers, layers.registry.protocols[layers.proto[i]].ref);
  if (memory === null || i >= layers.count) return;
  const answer = i < layers.quotedFrom ? answerTo(layers, layers.registry.protocols[layers.proto[i]].ref) : 0;
  if (answer > 0 && kindOf(bytes, layers.start[i], end) === 'request') out.add(responseIn, layers.start[i], 0, answer);
  if (memory.requestFrame[i] === 0) return;
  out.add(requestIn, layers.start[i], 0, memory.requestFrame[i]);
  out.add(responseTime, layers.start[i], 0, BigInt(memory.sinceNs[i]));
}

const responseIn = field('http.response_in', 'Response in frame', 'uint32');
const requestIn = field('http.request_in', 'Request in frame', 'uint32');
const responseTime = field('http.time', 'Time since the request', 'duration');

function kindOf(b: Uint8Array, at: number, end: number): 'request' | 'response' | null {
  if (isResponse(b, at, end)) return 'response';
  return startsRequest(b, at, end) && !isPreface(b, at, end) ? 'request' : null;
}

function firstLine(line: Line, layers: Layers, i: number): void {
  const at = layers.start[i];
  const end = Math.min(layers.end[i], at + 256);
  if (startsMessage(layers.bytes, at, end)) line.safe(utf8(layers.bytes, at, endOfLine(layers.bytes, at, end)));
  else line.text('Continuation');
}

export const http = dissector({
  name: 'http',
  title: 'Hypertext Transfer Protocol',
  spec: 'RFC 9112',
  minLength: 1,
  fields,
  claims: { 'tcp.port': [80, 631, 1900, 2710, 2869, 3128, 3132, 5985, 8080, 8088, 11371] },
  accepts: startsLikeHttp,
  continues: startsRequest,
  remembers: { fields: [responseIn, requestIn, responseTime], memory: () => new HttpMemory(kindOf) },
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
  accepts: startsLikeHttp,
  payload: { none: true },
  details,
  info: firstLine,
});
