import { writeHexPairs } from '../../src/bytes/hexdump.js';
import type { Line } from '../../src/bytes/line.js';
import { u16, u32 } from '../../src/bytes/read.js';
import { header, icmpv6, TYPE } from '../icmpv6.js';
import { header as ipv6Header } from '../ipv6.js';
import { icmpStyle, quotedPort } from './quoted.js';

const PROTOCOL = 58;
/** Offsets of what follows the checksum, and of the address after that (RFC 4861 section 4). */
const BODY = header.size;
const TARGET = BODY + 4;

const UNREACHABLE: Readonly<Record<number, string>> = {
  0: 'unreachable route ',
  1: 'unreachable prohibited ',
  2: 'beyond scope ',
  3: 'unreachable address ',
};

export default icmpStyle(icmpv6, 'ICMP6, ', ipv6Header.size, PROTOCOL, (p, i, at, q, length) => {
  const { layers, line } = p;
  const { bytes } = layers;
  const type = header.get.type(bytes, at);
  const code = header.get.code(bytes, at);
  const end = layers.end[i];
  const isVerbose = p.choice.verbose > 0;
  switch (type) {
    case TYPE.unreachable:
      line.text('destination unreachable, ');
      if (code === 4) {
        line.text('unreachable port, ');
        if (q >= 0) {
          line.ipv6(bytes, q + ipv6Header.place.dst.offset);
          quotedPort(bytes, q + ipv6Header.size, end, ipv6Header.get.nxt(bytes, q), line);
        }
      } else {
        line.text(UNREACHABLE[code] ?? `code-#${code} `);
        if (q >= 0) line.ipv6(bytes, q + ipv6Header.place.dst.offset);
      }
      break;
    case TYPE.tooBig:
      line.text('packet too big, mtu ');
      if (at + BODY + 4 <= end) line.dec(u32(bytes, at + BODY));
      break;
    case TYPE.timeExceeded:
      line.text(code === 0 ? 'time exceeded in-transit for ' : 'ip reassembly time exceeded');
      if (code === 0 && q >= 0) line.ipv6(bytes, q + ipv6Header.place.dst.offset);
      break;
    case TYPE.echoRequest:
    case TYPE.echoReply:
      line.text(type === TYPE.echoRequest ? 'echo request' : 'echo reply');
      if (at + BODY + 4 <= end) line.text(`, id ${u16(bytes, at + BODY)}, seq ${u16(bytes, at + BODY + 2)}`);
      break;
    case TYPE.routerSolicitation:
      line.text('router solicitation');
      break;
    case TYPE.routerAdvertisement:
      line.text('router advertisement');
      break;
    case TYPE.neighborSolicitation:
      line.text('neighbor solicitation');
      if (isVerbose) length();
      line.text(', who has ');
      if (at + TARGET + 16 <= end) line.ipv6(bytes, at + TARGET);
      break;
    case TYPE.neighborAdvertisement:
      line.text('neighbor advertisement');
      if (isVerbose) length();
      line.text(', tgt is ');
      if (at + TARGET + 16 <= end) line.ipv6(bytes, at + TARGET);
      break;
    case TYPE.redirect:
      line.text('redirect, ');
      if (at + TARGET + 32 <= end) {
        line.ipv6(bytes, at + TARGET + 16);
        line.text(' to ');
        line.ipv6(bytes, at + TARGET);
      }
      break;
    case TYPE.listenerReport2:
      line.text('multicast listener report v2');
      if (at + BODY + 4 > end) break;
      line.text(`, ${u16(bytes, at + BODY + 2)} group record(s)`);
      if (isVerbose) records(bytes, at + BODY + 4, end, u16(bytes, at + BODY + 2), p.choice.verbose > 1, line);
      break;
    case TYPE.listenerQuery:
      line.text('multicast listener query');
      break;
    case TYPE.listenerReport:
      line.text('multicast listener report');
      break;
    case TYPE.listenerDone:
      line.text('multicast listener done');
      break;
    default:
      line.text(`type-#${type}`);
  }
  if (!isVerbose) return undefined;
  // The length is said with -v of those only that have options.
  if (!hasOptions(type)) return true;
  const isNeighbour = type === TYPE.neighborSolicitation || type === TYPE.neighborAdvertisement;
  if (!isNeighbour) length();
  if (type === TYPE.neighborAdvertisement) {
    const flags = FLAGS.filter(([bit]) => (bytes[at + BODY] & bit) !== 0).map(([, text]) => text);
    line.text(`, Flags [${flags.length === 0 ? 'none' : flags.join(', ')}]`);
  }
  options(bytes, at + (isNeighbour ? TARGET + 16 : BODY + 4), end, p.choice.verbose > 1, line);
  return true;
});

const hasOptions = (type: number): boolean =>
  type === TYPE.neighborSolicitation || type === TYPE.neighborAdvertisement || type === TYPE.routerSolicitation;

const FLAGS: readonly (readonly [bit: number, text: string])[] = [
  [0x80, 'router'],
  [0x40, 'solicited'],
  [0x20, 'override'],
];

const OPTIONS: Readonly<Record<number, string>> = {
  1: 'source link-address',
  2: 'destination link-address',
  3: 'prefix info',
  4: 'redirected header',
  5: 'mtu',
  14: 'nonce',
};

/** Options of neighbour discovery, a line each (RFC 4861 section 4.6). */
function options(b: Uint8Array, from: number, end: number, withBytes: boolean, line: Line): void {
  for (let o = from; o + 2 <= end && b[o + 1] > 0; o += b[o + 1] * 8) {
    const size = b[o + 1] * 8;
    line.text(`\n\t  ${OPTIONS[b[o]] ?? 'unknown'} option (${b[o]}), length ${size} (${b[o + 1]}): `);
    if (o + size > end) return;
    if ((b[o] === 1 || b[o] === 2) && size === 8) line.mac(b, o + 2);
    else if (b[o] === 5 && size === 8) line.text(` ${u32(b, o + 4)}`);
    if (withBytes) hexRows(b, o + 2, o + size, line);
  }
}

/** Rows of sixteen bytes below an option. */
function hexRows(b: Uint8Array, from: number, end: number, line: Line): void {
  for (let row = from; row < end; row += ROW) {
    line.text('\n\t    ');
    writeHexPairs(line, b, row, Math.min(row + ROW, end), row - from);
  }
}
const ROW = 16;

/** RFC 3810 section 5.2.12. */
const RECORDS: Readonly<Record<number, string>> = { 1: 'is_in', 2: 'is_ex', 3: 'to_in', 4: 'to_ex', 5: 'allow', 6: 'block' };
const RECORD_SIZE = 20;

function records(b: Uint8Array, from: number, end: number, count: number, withSources: boolean, line: Line): void {
  let o = from;
  for (let n = 0; n < count && o + RECORD_SIZE <= end; n++) {
    const sources = u16(b, o + 2);
    line.text(' [gaddr ');
    line.ipv6(b, o + 4);
    line.text(` ${RECORDS[b[o]] ?? `[v2-report-#${b[o]}]`}`);
    const next = o + RECORD_SIZE + sources * 16 + b[o + 1] * 4;
    if (!withSources) line.text(`, ${sources} source(s)`);
    else {
      line.text(' {');
      for (let at = o + RECORD_SIZE; at < o + RECORD_SIZE + sources * 16 && at + 16 <= end; at += 16) {
        line.space();
        line.ipv6(b, at);
      }
      line.text(' }');
    }
    line.text(']');
    o = next;
  }
}
