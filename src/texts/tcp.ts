// TCP as print-tcp.c of tcpdump prints it: Flags [S.], cksum 0x1 (correct), seq 1:3, ack 1, win 501, options [...], length 2.
import { OPEN, PROTO } from './frame.js';
import { type End, endKey, type Parts } from './parts.js';

const LETTERS: Readonly<Record<string, number>> = { F: 1, S: 2, R: 4, P: 8, '.': 16, U: 32, E: 64, W: 128, e: 0 };
const MOST_OPTIONS = 40;
/** Characters of a message that are kept. */
const MOST_TEXT = 4096;

/** Behind `Flags [`. False where the line breaks off before it says what segment it is. */
export function tcp(parts: Parts, from: End, to: End, family: 4 | 6): boolean {
  const { scan, frame } = parts;
  const letters = scan.until(']');
  if (letters === null || letters.length > 12) return false;
  let flags = 0;
  if (letters !== 'none') for (const letter of letters) flags |= LETTERS[letter] ?? 0;
  let seq = -1;
  let until = -1;
  let ack = -1;
  let win = 0;
  let urgent = 0;
  let length = -1;
  frame.next(PROTO.tcp);
  const at = frame.add(20);
  for (;;) {
    // Fields are divided by a comma; a line may be broken at any blank.
    if (!scan.take(',')) {
      if (!scan.take(';')) break;
    }
    scan.blanks();
    if (scan.take('seq ')) {
      seq = scan.number();
      if (scan.take(':')) until = scan.number();
    } else if (scan.take('ack ')) ack = scan.number();
    else if (scan.take('win ')) win = scan.number();
    else if (scan.take('options [')) options(parts);
    else if (scan.take('length ')) {
      length = scan.number();
      break;
    } else if (scan.take('cksum 0x')) {
      // 0x1234 (correct), 0x1234 (incorrect -> 0x4321)
      const said = scan.at - 2;
      scan.word();
      scan.skipTo(')', scan.at + 30);
      if (!parts.quoted) parts.sums.take(scan.text.slice(said, scan.at), PROTO.tcp, family);
    } else if (scan.take('urg ')) urgent = scan.number();
    else if (!pass(parts)) break;
  }
  // A short snapshot length ends the line in [|tcp]: what is left of the packet is header, but for what the sequence numbers span.
  const isCut = length < 0;
  if (isCut) length = until >= 0 && seq >= 0 ? (until - seq) >>> 0 : 0;
  if (length > 0x10_0000) return false;
  const own = endKey(from, family);
  const other = endKey(to, family);
  const reverse = own > other;
  const { numbers, memory } = parts;
  if (parts.quoted) memory.quoted(reverse ? other + own : own + other, reverse, seq, ack, numbers);
  else {
    memory.numbers(reverse ? other + own : own + other, reverse, seq, ack, length, flags, numbers);
    parts.remember(from, to, family, PROTO.tcp, numbers.seq);
  }
  frame.u16(at, Math.max(0, from.port));
  frame.u16(at + 2, Math.max(0, to.port));
  frame.u32(at + 4, numbers.seq);
  frame.u32(at + 8, numbers.ack);
  // Options that are not known leave a gap, which the length of the IP packet tells (-v).
  const stated = frame.ipLengthAt(frame.lastIp) - (at - frame.lastIp) - length;
  const size = stated >= 20 && stated <= 60 ? stated : frame.length - at;
  frame.u8(at + 12, (size >> 2) << 4);
  frame.unseen += size - (frame.length - at);
  frame.u8(at + 13, flags);
  frame.u16(at + 14, win & 0xffff);
  frame.u16(at + 18, urgent & 0xffff);
  frame.unseen += length - text(parts, length);
  frame.open |= OPEN.checksum;
  return true;
}

const OLD =
  /^([SFPRWEU.]{1,8}) (?:\[[^\]\n]{0,60}\] )?(?:(\d+):(\d+)\((\d+)\) ?)?(?:ack (\d+) ?)?(?:win (\d+) ?)?(?:urg \d+ ?)?(?:<([^>\n]{0,300})>)?/;

/** As tcpdump before 4.0 and those of BSDs print it, `S 1:1(0) ack 9 win 5840 <mss 1460,timestamp 5 0>`: puts today's words in its place. */
export function oldTcp({ scan }: Parts): boolean {
  const found = OLD.exec(scan.text.slice(scan.at, scan.at + 500));
  if (found === null) return false;
  const [, letters, from, to, length = '0', ack, win, options] = found;
  if (from === undefined && ack === undefined) return false;
  const flags = letters.replaceAll('.', '') + (ack === undefined ? '' : '.');
  const parts = [`Flags [${flags || 'none'}]`];
  if (from !== undefined) parts.push(length === '0' ? `seq ${from}` : `seq ${from}:${to}`);
  if (ack !== undefined) parts.push(`ack ${ack}`);
  if (win !== undefined) parts.push(`win ${win}`);
  if (options !== undefined) parts.push(`options [${options.replace(/timestamp (\d+) (\d+)/, 'TS val $1 ecr $2')}]`);
  scan.start(`${parts.join(', ')}, length ${length}`, 'Flags ['.length);
  return true;
}

/** Protocols of text, of whose message the first line is printed behind the length, and with -v each on a line of its own. */
const TEXTS = /^: (?:HTTP|RTSP|FTP|SMTP)(?:: (.*)|, length: \d+\s*\n([\s\S]*))/;

/** Adds what is printed of a segment's data; how many bytes they are. */
function text({ scan, frame }: Parts, length: number): number {
  if (scan.text.charCodeAt(scan.at) !== 58) return 0;
  const found = TEXTS.exec(scan.text.slice(scan.at, scan.at + MOST_TEXT));
  if (found === null) return 0;
  // Both ends of a line are left out.
  const data = (found[1] ?? found[2]).replaceAll('\n', '\r\n');
  const whole = `${data}\r\n`;
  const size = Math.min(length, whole.length);
  const at = frame.add(size);
  for (let i = 0; i < size; i++) frame.u8(at + i, whole.charCodeAt(i) & 255);
  return size;
}

/** -q: `tcp 37`. Flags and numbers are not printed: the header ends before them. */
export function quietTcp(parts: Parts, from: End, to: End): boolean {
  const { scan, frame } = parts;
  const length = scan.number();
  if (length < 0) return false;
  frame.next(PROTO.tcp);
  const at = frame.add(4);
  frame.u16(at, Math.max(0, from.port));
  frame.u16(at + 2, Math.max(0, to.port));
  // As much header as every segment has.
  parts.lengthIsOpen();
  frame.unseen += 16 + length;
  return true;
}

/** Passes over a field that is not known, up to the next comma. */
function pass({ scan }: Parts): boolean {
  const { text } = scan;
  const comma = text.indexOf(',', scan.at);
  if (comma < 0 || comma - scan.at > 60) return false;
  scan.at = comma;
  return true;
}

/** `mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 7]`. */
function options(parts: Parts): void {
  const { scan, frame } = parts;
  const from = frame.length;
  const room = (size: number): number => (frame.length - from + size <= MOST_OPTIONS ? frame.add(size) : -1);
  for (;;) {
    scan.blanks();
    if (scan.take(']')) break;
    let at: number;
    if (scan.take('nop')) {
      at = room(1);
      if (at >= 0) frame.u8(at, 1);
    } else if (scan.take('mss ')) {
      const mss = scan.number();
      at = option(2, 4, room, frame.bytes);
      if (at >= 0) frame.u16(at + 2, mss & 0xffff);
    } else if (scan.take('wscale ')) {
      const shift = scan.number();
      at = option(3, 3, room, frame.bytes);
      if (at >= 0) frame.u8(at + 2, shift);
    } else if (scan.take('sackOK')) option(4, 2, room, frame.bytes);
    else if (scan.take('sack ')) sack(parts, room);
    else if (scan.take('TS val ')) {
      const value = scan.number();
      scan.blanks();
      const echo = scan.take('ecr ') ? scan.number() : 0;
      at = option(8, 10, room, frame.bytes);
      if (at >= 0) {
        frame.u32(at + 2, Math.max(0, value));
        frame.u32(at + 6, Math.max(0, echo));
      }
    }
    const { text } = scan;
    let i = scan.at;
    while (i < text.length && text.charCodeAt(i) !== 44 && text.charCodeAt(i) !== 93) i++;
    scan.at = i;
    if (i >= text.length) break;
    if (text.charCodeAt(i) === 44) scan.at++;
  }
  const odd = (frame.length - from) & 3;
  // End of options, as hosts fill up with.
  if (odd !== 0) frame.add(4 - odd);
}

function option(kind: number, size: number, room: (size: number) => number, bytes: Uint8Array): number {
  const at = room(size);
  if (at < 0) return at;
  bytes[at] = kind;
  bytes[at + 1] = size;
  return at;
}

/** `1 {1:1449}` or `2 {1:2}{5:6}`, relative to the other end as acknowledgments are: kept as printed. */
function sack({ scan, frame }: Parts, room: (size: number) => number): void {
  const count = scan.number();
  scan.blanks();
  const blocks: number[] = [];
  while (blocks.length < 8 && scan.take('{')) {
    blocks.push(Math.max(0, scan.number()));
    scan.take(':');
    blocks.push(Math.max(0, scan.number()));
    if (!scan.take('}')) break;
  }
  if (count * 2 !== blocks.length) return;
  const at = option(5, 2 + blocks.length * 4, room, frame.bytes);
  if (at >= 0) for (const [i, edge] of blocks.entries()) frame.u32(at + 2 + i * 4, edge);
}
