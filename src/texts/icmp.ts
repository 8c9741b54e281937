// ICMP and ICMPv6 as print-icmp.c and print-icmp6.c of tcpdump print them.
import { OPEN, PROTO } from './frame.js';
import { quotedIp } from './ip.js';
import { addressKey, type End, MAX_DEPTH, type Parts } from './parts.js';

const HEADER = 8;

/** Behind `ICMP `. */
export function icmp(parts: Parts, from: End, to: End): boolean {
  const { scan, frame } = parts;
  const at = header(parts, 4);
  const echoed = echo(parts, at, from, to, 4);
  if (echoed !== null) return echoed;
  // Errors are rare: what they say is looked for in the rest of the line.
  const line = restOfLine(parts);
  const length = lengthIn(line);
  const read = errorOf(line, parts);
  if (read === null) {
    const type = OTHERS.find(([words]) => line.startsWith(words));
    if (type === undefined) return false;
    frame.u8(at, type[1]);
    frame.unseen += Math.max(0, length - HEADER);
    return true;
  }
  frame.u8(at, read.type);
  frame.u8(at + 1, read.code);
  frame.u32(at + 4, read.rest);
  scan.at += line.length;
  const { unseen } = frame;
  if (!quote(parts)) guess(parts, to, 4, length - HEADER, read);
  // However much the packet in question held, this is how much of it is quoted.
  frame.unseen = unseen + Math.max(0, length - (frame.length - at));
  return true;
}

const OTHERS: readonly (readonly [string, number])[] = [
  ['source quench', 4],
  ['router advertisement', 9],
  ['router solicitation', 10],
  ['time stamp query', 13],
  ['time stamp reply', 14],
  ['address mask request', 17],
  ['address mask is', 18],
  ['parameter problem', 12],
];

interface ErrorText {
  readonly type: number;
  readonly code: number;
  /** Second word of the header: MTU, or the router of a redirect. */
  readonly rest: number;
  /** Destination of the packet in question; null where it is not printed. */
  readonly target: Uint8Array | null;
  /** Its transport, and the port that it was for; -1 where not printed. */
  readonly proto: number;
  readonly port: number;
}

function errorOf(line: string, parts: Parts): ErrorText | null {
  const address = (text: string | undefined): Uint8Array | null => {
    if (text === undefined || !parts.names.read(text, 0, text.length, 4, false)) return null;
    return parts.names.bytes.slice(0, 4);
  };
  const made = (code: number, target: string | undefined, rest = 0, proto = -1, port = -1, type = 3): ErrorText => ({
    type,
    code,
    rest,
    target: address(target),
    proto,
    port,
  });
  let m = /^(\S+) (tcp|udp) port (\S+) unreachable/.exec(line);
  if (m !== null) {
    const isNamed = parts.names.read(`0.0.0.0.${m[3]}`, 0, 8 + m[3].length, 4, true);
    const port = isNamed ? parts.names.port : -1;
    return made(3, m[1], 0, m[2] === 'tcp' ? PROTO.tcp : PROTO.udp, port);
  }
  m = /^(\S+) protocol (\d+)(?: port \d+)? unreachable/.exec(line);
  if (m !== null) return made(line.includes(' port ') ? 3 : 2, m[1], 0, Number(m[2]));
  m = /^(\S+) unreachable - need to frag(?: \(mtu (\d+)\))?/.exec(line);
  if (m !== null) return made(4, m[1], Math.min(0xffff, Number(m[2] ?? 0)));
  m = /^host (\S+) unreachable - admin prohibited filter/.exec(line);
  if (m !== null) return made(13, m[1]);
  m = /^host (\S+) unreachable - admin prohibited/.exec(line);
  if (m !== null) return made(10, m[1]);
  m = /^net (\S+) unreachable - admin prohibited/.exec(line);
  if (m !== null) return made(9, m[1]);
  m = /^host (\S+) unreachable/.exec(line);
  if (m !== null) return made(1, m[1]);
  m = /^net (\S+) unreachable/.exec(line);
  if (m !== null) return made(0, m[1]);
  m = /^(\S+) unreachable/.exec(line);
  if (m !== null) return made(5, m[1]);
  m = /^redirect (\S+) to (host|net) ([^\s,]+)/.exec(line);
  if (m !== null) {
    const router = address(m[3]);
    const rest = router === null ? 0 : new DataView(router.buffer).getUint32(0);
    return made(m[2] === 'host' ? 1 : 0, m[1], rest, -1, -1, 5);
  }
  if (line.startsWith('time exceeded in-transit')) return made(0, undefined, 0, -1, -1, 11);
  return line.startsWith('ip reassembly time exceeded') ? made(1, undefined, 0, -1, -1, 11) : null;
}

/** The packet in question, printed on the next lines (-v). */
function quote(parts: Parts): boolean {
  const { scan } = parts;
  scan.blanks();
  // With -e the word IP is left out, as it is behind an ethertype.
  if (parts.depth >= MAX_DEPTH || !(scan.take('IP ') || scan.text.startsWith('(tos 0x', scan.at))) return false;
  const { quoted } = parts;
  parts.quoted = true;
  const read = quotedIp(parts, 4);
  parts.quoted = quoted;
  return read;
}

/**
 * Without -v its destination is printed at most: the rest is that of the packet that went there last, or that the receiver of the error
 * sent last.
 */
function guess(
  parts: Parts,
  to: End,
  family: 4 | 6,
  room: number,
  { target, proto, port }: Pick<ErrorText, 'target' | 'proto' | 'port'>,
): void {
  const { frame, memory, lately } = parts;
  frame.open |= port < 0 ? OPEN.quote | OPEN.quotePort : OPEN.quote;
  const just = lately.find(family, to.bytes, target, proto, port);
  if (just !== null) {
    frame.open |= OPEN.ttl | OPEN.innerLink;
    const size = Math.min(just.length, Math.max(28, room));
    frame.put(just, frame.add(size), size);
    return;
  }
  const from = addressKey(to.bytes, family);
  const last = target === null ? memory.lastOf(from) : memory.last(from, addressKey(target, family));
  const fits = last !== null && (proto < 0 || proto === last.proto) && (port < 0 || port === last.destinationPort);
  const destination = target ?? (fits ? last.target : null);
  if (destination === null) return;
  frame.open |= OPEN.ttl;
  const size = family === 4 ? 4 : 16;
  const ip = family === 4 ? frame.ip() : frame.ip6();
  const addresses = family === 4 ? ip + 12 : ip + 8;
  frame.put(to.bytes, addresses, size);
  frame.put(destination, addresses + size, size);
  if (fits && last.length > 0) frame.u16(family === 4 ? ip + 2 : ip + 4, family === 4 ? last.length : last.length - 40);
  if (!fits && proto < 0) return;
  frame.next(fits ? last.proto : proto);
  const at = frame.add(8);
  if (fits && (last.proto === PROTO.icmp || last.proto === PROTO.icmp6)) {
    frame.u8(at, family === 4 ? 8 : 128);
    frame.u32(at + 4, last.word);
    return;
  }
  frame.u16(at, Math.max(0, fits ? last.sourcePort : 0));
  frame.u16(at + 2, Math.max(0, fits ? last.destinationPort : port));
  if (fits && last.proto === PROTO.tcp) frame.u32(at + 4, last.word);
}

const PROTOS = { 4: PROTO.icmp, 6: PROTO.icmp6 } as const;
/** Types of an echo request and of its reply. */
const ECHO = { 4: [8, 0], 6: [128, 129] } as const;

/** Room for the header, of which no checksum is printed; where it begins. */
function header({ frame }: Parts, family: 4 | 6): number {
  frame.next(PROTOS[family]);
  frame.open |= OPEN.checksum;
  return frame.add(HEADER);
}

/** `echo request, id 1, seq 2, length 64`; false where the rest is not so, null where it is no echo. */
function echo(parts: Parts, at: number, from: End, to: End, family: 4 | 6): boolean | null {
  const { scan, frame } = parts;
  const isRequest = scan.take('echo request, ');
  if (!isRequest && !scan.take('echo reply, ')) return null;
  frame.u8(at, ECHO[family][isRequest ? 0 : 1]);
  if (!scan.take('id ')) return false;
  const id = scan.number();
  if (!scan.take(', seq ')) return false;
  const seq = scan.number();
  let length = HEADER;
  scan.take(',');
  scan.blanks();
  if (scan.take('length ')) length = scan.number();
  if (id < 0 || seq < 0) return false;
  frame.u16(at + 4, id & 0xffff);
  frame.u16(at + 6, seq & 0xffff);
  frame.unseen += Math.max(0, Math.min(length, 0xffff) - HEADER);
  parts.remember(from, to, family, PROTOS[family], (((id & 0xffff) << 16) | (seq & 0xffff)) >>> 0);
  return true;
}

const TYPES6: readonly (readonly [string, number])[] = [
  ['multicast listener query', 130],
  ['multicast listener report v2', 143],
  ['multicast listener report', 131],
  ['multicast listener done', 132],
  ['router solicitation', 133],
  ['router advertisement', 134],
  ['redirect', 137],
  ['parameter problem', 4],
];

/** Behind `ICMP6, `. */
export function icmp6(parts: Parts, from: End, to: End): boolean {
  const { scan, frame } = parts;
  const at = header(parts, 6);
  const echoed = echo(parts, at, from, to, 6);
  if (echoed !== null) return echoed;
  const isAsked = scan.take('neighbor solicitation, ');
  if (isAsked || scan.take('neighbor advertisement, ')) {
    frame.u8(at, isAsked ? 135 : 136);
    return neighbour(parts, at, isAsked);
  }
  const line = restOfLine(parts);
  const length = lengthIn(line);
  let type = TYPES6.find(([words]) => line.startsWith(words))?.[1] ?? -1;
  let code = 0;
  if (line.startsWith('destination unreachable')) {
    type = 1;
    code = /unreachable port/.test(line) ? 4 : /unreachable address/.test(line) ? 3 : /prohibited/.test(line) ? 1 : 0;
  } else if (line.startsWith('packet too big')) {
    type = 2;
    frame.u32(at + 4, Number(/mtu (\d{1,9})/.exec(line)?.[1] ?? 0));
  } else if (line.startsWith('time exceeded')) type = 3;
  if (type < 0) return false;
  frame.u8(at, type);
  frame.u8(at + 1, code);
  if (type <= 3) guess(parts, to, 6, length - HEADER, target6(parts, line));
  const made = frame.length - at;
  frame.unseen += Math.max(0, length - made);
  return true;
}

/** `unreachable port, X udp port 53`, `unreachable route X`, `time exceeded in-transit for X`. */
function target6({ names }: Parts, line: string): Pick<ErrorText, 'target' | 'proto' | 'port'> {
  const m = /(?: for|route|address|prohibited|port,) ([0-9a-f:.]+:[0-9a-f:.]*)(?: (tcp|udp) port (\S+?))?(?:,|$)/.exec(line);
  if (m === null || !names.ipv6(m[1])) return { target: null, proto: -1, port: -1 };
  const target = names.bytes.slice(0, 16);
  if (m[2] === undefined) return { target, proto: -1, port: -1 };
  const isNamed = names.read(`0.0.0.0.${m[3]}`, 0, 8 + m[3].length, 4, true);
  return { target, proto: m[2] === 'tcp' ? PROTO.tcp : PROTO.udp, port: isNamed ? names.port : -1 };
}

/** RFC 4861 sections 4.3 and 4.4: `who has X, length 32`; with -v `length 32, tgt is X, Flags [router, solicited]`, and link addresses. */
function neighbour(parts: Parts, at: number, isAsked: boolean): boolean {
  const { scan, frame, names } = parts;
  let length = scan.take('length ') ? scan.number() : -1;
  scan.take(',');
  scan.blanks();
  if (!scan.take(isAsked ? 'who has ' : 'tgt is ')) return false;
  const { text } = scan;
  const from = scan.at;
  let end = from;
  while (end < text.length && !', \n'.includes(text[end])) end++;
  if (!names.read(text, from, end, 6, false)) return false;
  const target = frame.add(16);
  frame.put(names.bytes, target, 16);
  scan.at = end;
  const rest = text.slice(end, end + 600);
  if (length < 0) length = lengthIn(rest);
  if (!isAsked) {
    const flags = /^, Flags \[([^\]]*)\]/.exec(rest)?.[1] ?? '';
    frame.u8(
      at + 4,
      (flags.includes('router') ? 0x80 : 0) | (flags.includes('solicited') ? 0x40 : 0) | (flags.includes('override') ? 0x20 : 0),
    );
  }
  const option = /(source|destination) link-address option \(\d\), length 8 \(1\): ([0-9a-f:]{17})/.exec(rest);
  if (option !== null) {
    const made = frame.add(8);
    frame.u8(made, option[1] === 'source' ? 1 : 2);
    frame.u8(made + 1, 1);
    scan.at = end + option.index + option[0].length - 17;
    scan.mac(frame.bytes.subarray(made + 2, made + 8));
  }
  const made = frame.length - at;
  if (length > made) frame.unseen += length - made;
  return true;
}

function restOfLine({ scan }: Parts): string {
  const end = scan.text.indexOf('\n', scan.at);
  return scan.text.slice(scan.at, Math.min(end < 0 ? scan.text.length : end, scan.at + 400));
}

const lengthIn = (line: string): number => Math.min(0xffff, Number(/, length (\d{1,6})/.exec(line)?.[1] ?? HEADER));
