// DNS, RFC 1035 section 4.1; over TCP section 4.2.2. The same message format serves mDNS (RFC 6762) and LLMNR (RFC 4795).
import type { Line } from '../src/bytes/line.js';
import { ascii, utf8 } from '../src/bytes/string.js';
import { C_ESCAPES } from '../src/bytes/text.js';
import { type Dissector, dissector } from '../src/dissect/dissector.js';
import { type FieldDef, field } from '../src/dissect/fields.js';
import { bits, fieldsOf, flag, layout, type Placed, readUint, uint } from '../src/dissect/layout.js';
import { answerTo, remembers } from '../src/dissect/past.js';
import type { Sink } from '../src/dissect/sink.js';
import { emitItems } from '../src/dissect/tree.js';
import type { Layers } from '../src/dissect/walk.js';
import { DnsMemory } from './past/dns.js';

/** www.iana.org/assignments/dns-parameters, by the names that filters take. */
export const opcodeNames: Readonly<Record<number, string>> = {
  0: 'Standard query',
  1: 'Inverse query',
  2: 'Server status request',
  4: 'Zone change notification',
  5: 'Dynamic update',
};
export const classNames: Readonly<Record<number, string>> = { 1: 'IN', 3: 'CH', 4: 'HS', 254: 'NONE', 255: 'ANY' };

export const rcodes: Readonly<Record<number, string>> = {
  0: 'No error',
  1: 'Format error',
  2: 'Server failure',
  3: 'No such name',
  4: 'Not implemented',
  5: 'Refused',
};

export const header = layout('dns', [
  uint('id', 16, 'Transaction ID', 'hex'),
  bits('flags', 'Flags', [
    flag('flags.response', 'Response'),
    uint('flags.opcode', 4, 'Opcode', { type: 'uint16', names: opcodeNames }),
    flag('flags.authoritative', 'Authoritative'),
    flag('flags.truncated', 'Truncated'),
    flag('flags.recdesired', 'Recursion desired'),
    flag('flags.recavail', 'Recursion available'),
    flag('flags.z', 'Reserved'),
    flag('flags.authenticated', 'Authenticated data'),
    flag('flags.checkdisable', 'Checking disabled'),
    uint('flags.rcode', 4, 'Reply code', {
      type: 'uint16',
      values: rcodes,
    }),
  ]),
  uint('count.queries', 16, 'Questions'),
  uint('count.answers', 16, 'Answer RRs'),
  uint('count.auth_rr', 16, 'Authority RRs'),
  uint('count.add_rr', 16, 'Additional RRs'),
]);

/** What the counts are called in an update (RFC 2136 section 2.2). */
const updateCounts = layout('dns', [
  uint('count.zones', 16, 'Zones'),
  uint('count.prerequisites', 16, 'Prerequisites'),
  uint('count.updates', 16, 'Updates'),
  uint('count.add_rr', 16, 'Additional RRs'),
]);
const UPDATE = 5;
const COUNTS_AT = 4;

/** Record types, www.iana.org/assignments/dns-parameters. */
export const TYPE = {
  a: 1,
  ns: 2,
  cname: 5,
  soa: 6,
  ptr: 12,
  mx: 15,
  txt: 16,
  aaaa: 28,
  srv: 33,
  opt: 41,
  nxt: 30,
  nsec: 47,
  nsec3: 50,
  csync: 62,
  svcb: 64,
  https: 65,
} as const;

export const typeNames: Readonly<Record<number, string>> = {
  1: 'A',
  2: 'NS',
  5: 'CNAME',
  6: 'SOA',
  12: 'PTR',
  15: 'MX',
  16: 'TXT',
  28: 'AAAA',
  33: 'SRV',
  41: 'OPT',
  43: 'DS',
  46: 'RRSIG',
  47: 'NSEC',
  48: 'DNSKEY',
  64: 'SVCB',
  65: 'HTTPS',
  255: 'ANY',
};

/** What stands before each message over TCP. */
const prefix = layout('dns', [uint('length', 16, 'Length')]);

const queryName = field('dns.qry.name', 'Name', 'string');
const queryLength = field('dns.qry.name.len', 'Name length', 'uint16');
const queryLabels = field('dns.count.labels', 'Label count', 'uint16');
const queryType = field('dns.qry.type', 'Type', 'uint16', { values: typeNames });
const queryClass = field('dns.qry.class', 'Class', 'uint16', { base: 'hex', names: classNames });
// RFC 6762 sections 5.4 and 10.2.
const unicastResponse = field('dns.qry.qu', '"QU" question', 'bool');
const cacheFlush = field('dns.resp.cache_flush', 'Cache flush', 'bool');
const recordName = field('dns.resp.name', 'Name', 'string');
const recordType = field('dns.resp.type', 'Type', 'uint16', { values: typeNames });
const recordClass = field('dns.resp.class', 'Class', 'uint16', { base: 'hex', names: classNames });
const recordTtl = field('dns.resp.ttl', 'Time to live', 'uint32');
const recordLength = field('dns.resp.len', 'Data length', 'uint16');
const payloadSize = field('dns.rr.udp_payload_size', 'UDP payload size', 'uint16');
const a = field('dns.a', 'Address', 'ipv4');
const aaaa = field('dns.aaaa', 'AAAA address', 'ipv6');
const cname = field('dns.cname', 'CNAME', 'string');
const ns = field('dns.ns', 'Name server', 'string');
const ptr = field('dns.ptr.domain_name', 'Domain name', 'string');
const mxPreference = field('dns.mx.preference', 'Preference', 'uint16');
const mx = field('dns.mx.mail_exchange', 'Mail exchange', 'string');
const txtLength = field('dns.txt.length', 'TXT length', 'uint8');
const txt = field('dns.txt', 'TXT', 'string');
const srvService = field('dns.srv.service', 'Service', 'string');
const srvProto = field('dns.srv.proto', 'Protocol', 'string');
const srvName = field('dns.srv.name', 'Name', 'string');
const srvPriority = field('dns.srv.priority', 'Priority', 'uint16');
const srvWeight = field('dns.srv.weight', 'Weight', 'uint16');
const srvPort = field('dns.srv.port', 'Port', 'uint16');
const srvTarget = field('dns.srv.target', 'Target', 'string');
const soaName = field('dns.soa.mname', 'Primary name server', 'string');
const soaMailbox = field('dns.soa.rname', "Responsible authority's mailbox", 'string');
const soaSerial = field('dns.soa.serial_number', 'Serial number', 'uint32');
const soaRefresh = field('dns.soa.refresh_interval', 'Refresh interval', 'uint32');
const soaRetry = field('dns.soa.retry_interval', 'Retry interval', 'uint32');
const soaExpire = field('dns.soa.expire_limit', 'Expire limit', 'uint32');
const soaMinimum = field('dns.soa.minimum_ttl', 'Minimum TTL', 'uint32');
const svcPriority = field('dns.svcb.svcpriority', 'SvcPriority', 'uint16');
const svcTarget = field('dns.svcb.targetname', 'TargetName', 'string');

const responseIn = field('dns.response_in', 'Response in', 'uint32');
const responseTo = field('dns.response_to', 'Request in', 'uint32');
const responseTime = field('dns.time', 'Time since the query', 'duration');
const again = field('dns.retransmission', 'Retransmission', 'bool');
const firstQuery = field('dns.retransmit_request_in', 'The original query is in', 'uint32');
const remembered = [responseIn, responseTo, responseTime, again, firstQuery];

/** What the messages before say of the one in layer `i`, which is of protocol `self`. */
function emitRemembered(out: Sink, layers: Layers, i: number, self: Dissector): void {
  const memory = remembers<DnsMemory>(layers, self.ref);
  if (memory === null || i >= layers.count) return;
  const at = layers.start[i];
  const answer = i < layers.quotedFrom ? answerTo(layers, self.ref) : 0;
  if (answer > 0) out.add(responseIn, at, 0, answer);
  if (memory.queryFrame[i] > 0) {
    out.add(responseTo, at, 0, memory.queryFrame[i]);
    out.add(responseTime, at, 0, BigInt(memory.sinceNs[i]));
  }
  if (memory.firstFrame[i] > 0) {
    out.add(again, at, 0, 1);
    out.add(firstQuery, at, 0, memory.firstFrame[i]);
  }
}

const fields = [
  ...fieldsOf(updateCounts),
  queryName,
  queryLength,
  queryLabels,
  queryType,
  queryClass,
  recordName,
  recordType,
  recordClass,
  unicastResponse,
  cacheFlush,
  recordTtl,
  recordLength,
  payloadSize,
  a,
  aaaa,
  cname,
  ns,
  ptr,
  mxPreference,
  mx,
  txtLength,
  txt,
  srvService,
  srvProto,
  srvName,
  srvPriority,
  srvWeight,
  srvPort,
  srvTarget,
  soaName,
  soaMailbox,
  soaSerial,
  soaRefresh,
  soaRetry,
  soaExpire,
  soaMinimum,
  svcPriority,
  svcTarget,
];

/** A name of 255 bytes has 127 labels at most (RFC 1035 section 3.1); a pointer may stand before each. */
const MAX_STEPS = 256;
/** What stands in the place of a name that cannot be read to its end. */
const ENDLESS = '<Name contains a pointer that loops>';
const UNKNOWN_LABEL = '<Unknown extended label>';
/** Labels of other kinds start so (RFC 6891 section 5); nobody uses them. */
const EXTENDED = 0x40;
const TOO_LONG = '<Name too long>';
/** Labels with their lengths, and the empty one (RFC 1035 section 2.3.4). */
const MAX_WIRE_NAME = 255;

/** A character that cannot be shown, as C writes it: in octal below 128, as a code point above. */
function escaped(c: string): string {
  const code = c.codePointAt(0)!;
  if (code < 0x80) return C_ESCAPES[c] ?? `\\${code.toString(8).padStart(3, '0')}`;
  return code < 0x10000
    ? `\\u${code.toString(16).toUpperCase().padStart(4, '0')}`
    : `\\U${code.toString(16).toUpperCase().padStart(8, '0')}`;
}

/** Bytes [start, end) as a label of a name. */
const labelText = (b: Uint8Array, start: number, end: number): string =>
  utf8(b, start, end).replace(/[\p{Cc}\p{Cf}\p{Cn}]/gu, escaped);

/**
 * The name at `at` in the message that starts at `message`, and the offset behind it in `next` (-1: it does not end before
 * `end`). Compression pointers are followed a bounded number of times (RFC 1035 section 4.1.4).
 */
export function readName(b: Uint8Array, message: number, at: number, end: number): { text: string; next: number } {
  let text = '';
  let next = -1;
  let o = at;
  // Every byte seen, and still a pointer: it leads to what was seen before.
  let seen = 0;
  let wire = 1;
  for (let step = 0; step < MAX_STEPS && o < end; step++) {
    const size = b[o];
    if (size === 0) return { text: text === '' ? '<Root>' : text, next: next < 0 ? o + 1 : next };
    if ((size & 0xc0) === 0xc0) {
      if (o + 2 > end) break;
      if (next < 0) next = o + 2;
      seen += 2;
      if (seen >= end - message) return { text: ENDLESS, next };
      o = message + (((size & 0x3f) << 8) | b[o + 1]);
      continue;
    }
    if ((size & 0xc0) === EXTENDED && text !== '') return { text: UNKNOWN_LABEL, next: next < 0 ? o + 1 : next };
    if ((size & 0xc0) !== 0 || o + 1 + size > end) break;
    wire += 1 + size;
    if (wire > MAX_WIRE_NAME) return { text: TOO_LONG, next: skipName(b, at, end) };
    text += (text === '' ? '' : '.') + labelText(b, o + 1, o + 1 + size);
    o += 1 + size;
    seen += 1 + size;
  }
  return { text, next: -1 };
}

/** Like `readName`, without making the text; the offset after the name, or -1. */
export function skipName(b: Uint8Array, at: number, end: number): number {
  let o = at;
  while (o < end) {
    const size = b[o];
    if (size === 0) return o + 1;
    if ((size & 0xc0) === 0xc0) return o + 2 <= end ? o + 2 : -1;
    if ((size & 0xc0) === EXTENDED && o > at) return o + 1;
    if ((size & 0xc0) !== 0) return -1;
    o += 1 + size;
  }
  return -1;
}

/** Questions and records read of one message at most: a message of 64 KB holds fewer, but a lying count must not loop. */
const MAX_RECORDS = 4096;

function name(out: Sink, def: typeof cname, b: Uint8Array, message: number, at: number, end: number): void {
  if (!out.wants(def)) return;
  const { text, next } = readName(b, message, at, end);
  if (next >= 0) out.add(def, at, next - at, text);
}

/** The owner of a SRV record: service, protocol and the name both are of (RFC 2782). */
function serviceName(out: Sink, b: Uint8Array, message: number, at: number, end: number): void {
  if (!out.wants(srvService) && !out.wants(srvProto) && !out.wants(srvName)) return;
  const { text, next } = readName(b, message, at, end);
  const [service, proto, ...rest] = text.split('.');
  if (next < 0 || proto === undefined) return;
  out.add(srvService, at, next - at, service);
  out.add(srvProto, at, next - at, proto);
  out.add(srvName, at, next - at, rest.join('.'));
}

/** Types that exist at a name: windows of 256 types, RFC 4034 section 4.1.2. */
function typeBitmap(out: Sink, b: Uint8Array, from: number, end: number): void {
  if (!out.wants(recordType)) return;
  for (let o = from; o + 2 <= end && o + 2 + b[o + 1] <= end; o += 2 + b[o + 1])
    for (let n = 0; n < b[o + 1] * 8; n++)
      if (b[o + 2 + (n >> 3)] & (0x80 >> (n & 7))) out.add(recordType, o + 2 + (n >> 3), 1, b[o] * 256 + n);
}

/** Data of the record of this type at [at, end). */
function recordData(
  out: Sink,
  b: Uint8Array,
  message: number,
  type: number,
  at: number,
  end: number,
  isMulticast: boolean,
): void {
  const size = end - at;
  switch (type) {
    case TYPE.a:
      if (size >= 4) out.add(a, at, 4, readUint(b, at, 4));
      return;
    case TYPE.aaaa:
      if (size >= 16) out.add(aaaa, at, 16, null);
      return;
    case TYPE.cname:
      name(out, cname, b, message, at, end);
      return;
    case TYPE.ns:
      name(out, ns, b, message, at, end);
      return;
    case TYPE.ptr:
      name(out, ptr, b, message, at, end);
      return;
    case TYPE.mx:
      if (size < 3) return;
      out.add(mxPreference, at, 2, readUint(b, at, 2));
      name(out, mx, b, message, at + 2, end);
      return;
    case TYPE.txt:
      for (let o = at; o < end && o + 1 + b[o] <= end; o += 1 + b[o]) {
        out.add(txtLength, o, 1, b[o]);
        // Only multicast DNS says what its texts are written in (RFC 6763 section 6.5).
        if (out.wants(txt)) out.add(txt, o + 1, b[o], (isMulticast ? utf8 : ascii)(b, o + 1, o + 1 + b[o]));
      }
      return;
    case TYPE.srv:
      if (size < 7) return;
      out.add(srvPriority, at, 2, readUint(b, at, 2));
      out.add(srvWeight, at + 2, 2, readUint(b, at + 2, 2));
      out.add(srvPort, at + 4, 2, readUint(b, at + 4, 2));
      name(out, srvTarget, b, message, at + 6, end);
      return;
    case TYPE.soa: {
      const mailbox = skipName(b, at, end);
      const numbers = mailbox < 0 ? -1 : skipName(b, mailbox, end);
      if (numbers < 0) return;
      name(out, soaName, b, message, at, end);
      name(out, soaMailbox, b, message, mailbox, end);
      if (numbers + 20 > end) return;
      [soaSerial, soaRefresh, soaRetry, soaExpire, soaMinimum].forEach((def, n) => {
        out.add(def, numbers + 4 * n, 4, readUint(b, numbers + 4 * n, 4));
      });
      return;
    }
    case TYPE.nxt: {
      // RFC 2535 section 5.2: one bitmap without a window.
      const from = skipName(b, at, end);
      for (let n = 0; from >= 0 && n < (end - from) * 8; n++)
        if (b[from + (n >> 3)] & (0x80 >> (n & 7))) out.add(recordType, from + (n >> 3), 1, n);
      return;
    }
    case TYPE.nsec: {
      const from = skipName(b, at, end);
      if (from >= 0) typeBitmap(out, b, from, end);
      return;
    }
    case TYPE.nsec3: {
      // RFC 5155 section 3.2: four fixed bytes and the iterations, then salt and hash after their lengths.
      const salt = at + 4;
      const hash = salt < end ? salt + 1 + b[salt] : end;
      if (hash < end) typeBitmap(out, b, hash + 1 + b[hash], end);
      return;
    }
    case TYPE.csync:
      typeBitmap(out, b, at + 6, end);
      return;
    case TYPE.svcb:
    case TYPE.https:
      if (size < 3) return;
      out.add(svcPriority, at, 2, readUint(b, at, 2));
      name(out, svcTarget, b, message, at + 2, end);
      return;
    default:
  }
}

/** Sections of the message at `message`, whose header is whole. */
function sections(out: Sink, b: Uint8Array, message: number, end: number, isMulticast: boolean): void {
  const classMask = isMulticast ? 0x7fff : 0xffff;
  let o = message + header.size;
  const questions = header.get['count.queries'](b, message);
  for (let n = 0; n < questions && n < MAX_RECORDS; n++) {
    const behind = skipName(b, o, end);
    if (behind < 0 || behind + 4 > end) return;
    const { text, next } = readName(b, message, o, end);
    if (next < 0) return;
    out.add(queryName, o, next - o, text);
    // Both as Wireshark counts them: in the text.
    out.add(queryLength, o, next - o, text.length);
    if (out.wants(queryLabels)) out.add(queryLabels, o, next - o, text.split('.').length);
    out.add(queryType, behind, 2, readUint(b, behind, 2));
    out.add(queryClass, behind + 2, 2, readUint(b, behind + 2, 2) & classMask);
    if (isMulticast) out.add(unicastResponse, behind + 2, 2, b[behind + 2] >> 7);
    o = behind + 4;
  }
  const { get } = header;
  const records = get['count.answers'](b, message) + get['count.auth_rr'](b, message) + get['count.add_rr'](b, message);
  for (let n = 0; n < records && n < MAX_RECORDS; n++) {
    const behind = skipName(b, o, end);
    if (behind < 0 || behind + 10 > end) return;
    const size = readUint(b, behind + 8, 2);
    // A record that is cut says nothing certain.
    if (behind + 10 + size > end) return;
    const type = readUint(b, behind, 2);
    if (type === TYPE.srv) serviceName(out, b, message, o, end);
    else name(out, recordName, b, message, o, end);
    out.add(recordType, behind, 2, type);
    // The pseudo record of EDNS has other things in the place of class and TTL (RFC 6891 section 6.1.2).
    if (type === TYPE.opt) out.add(payloadSize, behind + 2, 2, readUint(b, behind + 2, 2));
    else {
      out.add(recordClass, behind + 2, 2, readUint(b, behind + 2, 2) & classMask);
      if (isMulticast) out.add(cacheFlush, behind + 2, 2, b[behind + 2] >> 7);
      out.add(recordTtl, behind + 4, 4, readUint(b, behind + 4, 4));
    }
    out.add(recordLength, behind + 8, 2, size);
    o = behind + 10 + size;
    recordData(out, b, message, type, behind + 10, o, isMulticast);
  }
}

/** mDNS keeps a bit of the class for itself; LLMNR gives two flags other meanings. */
type Kind = 'dns' | 'mdns' | 'llmnr';

const { field: f } = header;
const without = (...hidden: readonly FieldDef[]): Placed[] =>
  header.items.map((item) => ({ ...item, parts: item.parts.filter((p) => !hidden.includes(p.def)) }));
/** RFC 4795 section 2.1.1 has two flags of its own in the place of these. */
const notInLlmnr = [
  f['flags.authoritative'],
  f['flags.recdesired'],
  f['flags.recavail'],
  f['flags.z'],
  f['flags.authenticated'],
  f['flags.checkdisable'],
];
/** Which flags a message has depends on what it is. */
const shown = {
  response: header.items,
  query: without(f['flags.authoritative'], f['flags.recavail'], f['flags.authenticated'], f['flags.rcode']),
  // A query may say that it understands the bit (RFC 6840 section 5.7).
  llmnrResponse: without(...notInLlmnr),
  llmnrQuery: without(...notInLlmnr, f['flags.rcode']),
  validatingQuery: without(f['flags.authoritative'], f['flags.recavail'], f['flags.rcode']),
};

function itemsOf(b: Uint8Array, message: number, kind: Kind): readonly Placed[] {
  const isResponse = header.get['flags.response'](b, message) === 1;
  if (kind === 'llmnr') return isResponse ? shown.llmnrResponse : shown.llmnrQuery;
  if (isResponse) return shown.response;
  return header.get['flags.authenticated'](b, message) === 1 ? shown.validatingQuery : shown.query;
}

/** Answers named in one line. */
const SHOWN_ANSWERS = 8;

/** Writes the message at `message` as one line: question, and the answers' data. */
function writeMessage(line: Line, b: Uint8Array, message: number, end: number): void {
  if (message + header.size > end) return;
  const { get } = header;
  const isReply = get['flags.response'](b, message) === 1;
  line.text(isReply ? 'Response 0x' : 'Query 0x');
  line.hex(get.id(b, message), 4);
  const rcode = get['flags.rcode'](b, message);
  if (isReply && rcode !== 0) line.text(` ${rcodes[rcode] ?? `Error ${rcode}`}`);
  let o = message + header.size;
  const questions = Math.min(get['count.queries'](b, message), SHOWN_ANSWERS);
  for (let n = 0; n < questions; n++) {
    const { text, next } = readName(b, message, o, end);
    if (next < 0 || next + 4 > end) return;
    writeType(line, readUint(b, next, 2));
    line.space();
    line.safe(text);
    o = next + 4;
  }
  if (!isReply) return;
  const answers = get['count.answers'](b, message);
  for (let n = 0; n < answers && n < SHOWN_ANSWERS; n++) {
    const behind = skipName(b, o, end);
    if (behind < 0 || behind + 10 > end) return;
    const type = readUint(b, behind, 2);
    const data = behind + 10;
    o = data + readUint(b, behind + 8, 2);
    if (o > end) return;
    writeType(line, type);
    line.space();
    if (type === TYPE.a && o - data === 4) line.ipv4(b, data);
    else if (type === TYPE.aaaa && o - data === 16) line.ipv6(b, data);
    else if (type === TYPE.cname || type === TYPE.ns || type === TYPE.ptr) line.safe(readName(b, message, data, o).text);
    else if (type === TYPE.mx && o - data > 2) line.safe(readName(b, message, data + 2, o).text);
    else if (type === TYPE.srv && o - data > 6) line.safe(readName(b, message, data + 6, o).text);
  }
  if (answers > SHOWN_ANSWERS) line.text(` and ${answers - SHOWN_ANSWERS} more`);
}

function writeType(line: Line, type: number): void {
  line.space();
  line.text(typeNames[type] ?? `TYPE${type}`);
}

function emitMessage(out: Sink, b: Uint8Array, message: number, end: number, kind: Kind): void {
  const items = message + 4 <= end ? itemsOf(b, message, kind) : header.items;
  if (message + 4 <= end && header.get['flags.opcode'](b, message) === UPDATE) {
    emitItems(b, message, end, items.slice(0, 2), out);
    emitItems(b, message + COUNTS_AT, end, updateCounts.items, out);
  } else emitItems(b, message, end, items, out);
  if (message + header.size <= end) sections(out, b, message, end, kind === 'mdns');
}

/** More records than these are not believed of a message on a port that is nobody's. */
const LIKELY = { answers: 254, others: 10 } as const;

/** One question, in a message whose counts are likely; in a query all other sections but the last are empty. */
function looksLikeDns(b: Uint8Array, at: number, end: number): boolean {
  if (end - at <= header.size || (b[at + 2] & 0x78) !== 0 || b[at + 4] !== 0 || b[at + 5] !== 1) return false;
  if (b[at + 6] !== 0 || b[at + 8] !== 0 || b[at + 10] !== 0 || b[at + 11] > LIKELY.others) return false;
  const isResponse = (b[at + 2] & 0x80) !== 0;
  return isResponse ? b[at + 7] <= LIKELY.answers && b[at + 9] <= LIKELY.others : b[at + 7] === 0 && b[at + 9] === 0;
}

function over(proto: Kind, title: string, spec: string, port: number): Dissector {
  const self: Dissector = dissector({
    name: proto,
    title,
    spec,
    layout: header,
    shapes: true,
    ofCut: [[0, 4]],
    fields,
    claims: { 'udp.port': [port] },
    ...(proto === 'dns' ? { guesses: { 'udp.port': looksLikeDns } } : {}),
    payload: { none: true },
    remembers: { fields: remembered, memory: () => new DnsMemory(0) },
    details(out, layers, i) {
      emitMessage(out, layers.bytes, layers.start[i], layers.end[i], proto);
      emitRemembered(out, layers, i, self);
    },
    info: (line, layers, i) => writeMessage(line, layers.bytes, layers.start[i], layers.end[i]),
  });
  return self;
}

export const dns = over('dns', 'Domain Name System', 'RFC 1035', 53);
export const mdns = over('mdns', 'Multicast Domain Name System', 'RFC 6762', 5353);
export const llmnr = over('llmnr', 'Link-local Multicast Name Resolution', 'RFC 4795', 5355);

/** Over TCP each message follows its length; a segment may hold several. */
export const dnsTcp: Dissector = dissector({
  name: 'dns-tcp',
  as: 'dns',
  title: 'Domain Name System',
  spec: 'RFC 1035 section 4.2.2',
  layout: prefix,
  shapes: true,
  fields: [...fieldsOf(header), ...fields],
  claims: { 'tcp.port': [53, 5353] },
  payload: { none: true },
  info: (line, layers, i) => writeMessage(line, layers.bytes, layers.start[i] + 2, layers.end[i]),
  remembers: { fields: remembered, memory: () => new DnsMemory(2) },
  details(out, layers, i) {
    const { bytes } = layers;
    const end = layers.end[i];
    for (let o = layers.start[i]; o + 2 <= end; ) {
      const size = readUint(bytes, o, 2);
      if (size > 0) out.add(prefix.field.length, o, 2, size);
      // Id and flags come together.
      const stop = Math.min(end, o + 2 + size);
      if (stop - o >= 6) emitMessage(out, bytes, o + 2, stop, 'dns');
      o += 2 + size;
    }
    emitRemembered(out, layers, i, dnsTcp);
  },
});
