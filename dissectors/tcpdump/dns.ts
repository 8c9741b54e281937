import type { Line } from '../../src/bytes/line.js';
import { u16, u32 } from '../../src/bytes/read.js';
import { tcpdumpStyle } from '../../src/dissect/tcpdump.js';
import { dns, header, llmnr, mdns, readName, skipName, TYPE, typeNames } from '../dns.js';
import { payloadLength } from './udp.js';

const RCODES = ['', ' FormErr', ' ServFail', ' NXDomain', ' NotImp', ' Refused', ' YXDomain', ' YXRRSet', ' NXRRSet', ' NotAuth'];
const DOT = 0x2e;
/** Answers named in one line: a message cannot hold more than this many in a datagram of the usual size. */
const MAX_ANSWERS = 256;

export default tcpdumpStyle({
  of: [dns, mdns, llmnr],
  after: ['udp'],
  print: ({ layers, line, choice }, i) =>
    dnsLine(layers.bytes, layers.start[i], layers.end[i - 1], payloadLength(layers, i - 1), choice.verbose, line),
});

function dnsLine(b: Uint8Array, at: number, end: number, length: number, verbose: number, line: Line): void {
  if (at + header.size > end) {
    line.text('[|domain]');
    return;
  }
  const { get } = header;
  const flags = get.flags(b, at);
  line.dec(get.id(b, at));
  const questions = get['count.queries'](b, at);
  const answers = get['count.answers'](b, at);
  const authorities = get['count.auth_rr'](b, at);
  const additional = get['count.add_rr'](b, at);
  if (flags & 0x8000) {
    line.text(RCODES[flags & 15] ?? ` Resp${flags & 15}`);
    line.text(`${flags & 0x400 ? '*' : ''}${flags & 0x80 ? '' : '-'}${flags & 0x200 ? '|' : ''}${flags & 0x20 ? '$' : ''}`);
    if (questions !== 1) line.text(` [${questions}q]`);
    if (verbose > 1) {
      line.text(' q:');
      question(b, at, end, line);
    }
    line.text(` ${answers}/${authorities}/${additional}`);
    writeAnswers(b, at, end, questions, Math.min(answers, MAX_ANSWERS), verbose, line);
  } else {
    line.text(`${flags & 0x100 ? '+' : ''}${flags & 0x10 ? '%' : ''}`);
    if (flags & 0x6cf) line.text(` [b2&3=0x${flags.toString(16)}]`);
    if (answers > 0) line.text(` [${answers}a]`);
    if (questions !== 1) line.text(` [${questions}q]`);
    if (authorities > 0) line.text(` [${authorities}n]`);
    if (additional > 0) line.text(` [${additional}au]`);
    if (questions > 0) question(b, at, end, line);
  }
  line.text(` (${Math.max(0, length)})`);
}

/** ` A? name.`, of the first question. */
function question(b: Uint8Array, at: number, end: number, line: Line): void {
  const { text, next } = readName(b, at, at + header.size, end);
  if (next < 0 || next + 4 > end) return;
  line.text(` ${typeName(u16(b, next))}? `);
  writeName(text, line);
}

const typeName = (type: number): string => typeNames[type] ?? `Type${type}`;

function writeName(text: string, line: Line): void {
  if (text !== '<Root>') line.safe(text);
  line.byte(DOT);
}

/** `5m`, `1h30m`. */
function span(seconds: number): string {
  let text = '';
  let rest = seconds;
  for (const [unit, letter] of UNITS)
    if (rest >= unit) {
      text += `${Math.floor(rest / unit)}${letter}`;
      rest %= unit;
    }
  return text === '' ? '0s' : text;
}

const UNITS = [
  [604_800, 'w'],
  [86_400, 'd'],
  [3600, 'h'],
  [60, 'm'],
  [1, 's'],
] as const;

function writeAnswers(
  b: Uint8Array,
  message: number,
  end: number,
  questions: number,
  answers: number,
  verbose: number,
  line: Line,
): void {
  let o = message + header.size;
  for (let n = 0; n < questions && n < MAX_ANSWERS && o >= 0; n++) {
    o = skipName(b, o, end);
    if (o >= 0) o += 4;
  }
  for (let n = 0; n < answers && o >= 0; n++) {
    const after = skipName(b, o, end);
    if (after < 0 || after + 10 > end) return;
    const type = u16(b, after);
    const data = after + 10;
    if (data + u16(b, after + 8) > end) return;
    if (n > 0) line.text(',');
    if (verbose > 0) {
      line.space();
      writeName(readName(b, message, o, end).text, line);
      if (verbose > 2) line.text(` [${span(u32(b, after + 4))}]`);
    }
    o = data + u16(b, after + 8);
    line.text(` ${typeName(type)}`);
    if (type === TYPE.a && o - data === 4) {
      line.space();
      line.ipv4(b, data);
    } else if (type === TYPE.aaaa && o - data === 16) {
      line.space();
      line.ipv6(b, data);
    } else if (type === TYPE.cname || type === TYPE.ns || type === TYPE.ptr) {
      line.space();
      writeName(readName(b, message, data, o).text, line);
    }
  }
}
