// IP packets as print-ip.c and print-ip6.c of tcpdump print them: `(tos ...) A > B: what is in it`.
import { arp } from './arp.js';
import { dns } from './dns.js';
import { OPEN, PROTO } from './frame.js';
import { icmp, icmp6 } from './icmp.js';
import { type End, MAX_DEPTH, type Parts } from './parts.js';
import { oldTcp, quietTcp, tcp } from './tcp.js';

/** Behind `IP ` or `IP6 `, and behind the ethertype. Adds the packet to the frame. */
export function ip(parts: Parts, family: 4 | 6): boolean {
  if (parts.depth >= MAX_DEPTH) return false;
  parts.depth++;
  const read = packet(parts, family);
  parts.depth--;
  return read;
}

/** As `ip`, of what an error quotes. */
export const quotedIp = ip;

function packet(parts: Parts, family: 4 | 6): boolean {
  const { scan, frame } = parts;
  scan.blanks();
  let missing = 0;
  if (scan.take('truncated-ip - ')) {
    // What is inside goes on in the next fragment of what is around it.
    missing = Math.max(0, scan.number());
    if (!scan.skipTo('! ', scan.at + 30)) return false;
    if (parts.depth > 1) frame.moreFragments();
  }
  const read = headerAndBody(parts, family);
  frame.unseen = Math.max(0, frame.unseen - missing);
  return read;
}

function headerAndBody(parts: Parts, family: 4 | 6): boolean {
  const { scan, frame, names, header } = parts;
  const before = scan.at;
  const hasHeader = scan.take('(') && readHeader(parts);
  // Something else in brackets: an address that somebody made unreadable.
  if (!hasHeader) scan.at = before;
  if (!hasHeader) {
    header.tos = header.ttl = header.id = header.proto = header.length = -1;
    header.offset = header.flags = header.label = 0;
    frame.open |= OPEN.ttl;
  }
  scan.blanks();
  const { text } = scan;
  const arrow = text.indexOf(' > ', scan.at);
  if (arrow < 0 || arrow - scan.at > 300) return false;
  const at = family === 4 ? frame.ip() : frame.ip6();
  const start = scan.at;
  const toAt = arrow + 3;
  const toEnd = endOf(text, toAt);
  if (toEnd < 0) return false;
  // Both ends have ports, or none has.
  const ported = hasPorts(text, toEnd + 1);
  const size = family === 4 ? 4 : 16;
  if (!names.read(text, start, arrow, family, ported)) return false;
  const addresses = family === 4 ? at + 12 : at + 8;
  frame.put(names.bytes, addresses, size);
  const from: End = { bytes: frame.bytes.subarray(addresses, addresses + size), port: names.port };
  if (!names.read(text, toAt, toEnd, family, ported)) return false;
  frame.put(names.bytes, addresses + size, size);
  const to: End = { bytes: frame.bytes.subarray(addresses + size, addresses + 2 * size), port: names.port };
  scan.at = toEnd + 1;
  fillHeader(parts, family, at, hasHeader);
  if (family === 4 && hasHeader && (header.offset & 0xfff8) !== 0) {
    frame.next(header.proto);
    return true;
  }
  return body(parts, from, to, family);
}

/** Where the second end point ends: at the colon before a blank or the end of the line. */
function endOf(text: string, from: number): number {
  for (let i = from; i < text.length && i - from < 300; i++) {
    const c = text.charCodeAt(i);
    if (c === 32 || c === 10) return -1;
    if (c !== 58) continue;
    const next = text.charCodeAt(i + 1);
    if (next === 32 || next === 10 || i + 1 === text.length) return i;
  }
  return -1;
}

/** What follows is of TCP or UDP: the part of a name behind its last dot is a port. */
const hasPorts = (text: string, at: number): boolean =>
  !(
    text.startsWith(' ICMP', at) ||
    text.startsWith(' ip-proto', at) ||
    text.startsWith(' GRE', at) ||
    text.startsWith(' ESP(', at)
  );

/** `tos 0x0, ttl 64, id 1, offset 0, flags [DF], proto TCP (6), length 60)`. */
function readHeader({ scan, header }: Parts): boolean {
  header.tos = header.ttl = header.id = header.proto = header.length = -1;
  header.offset = header.flags = header.label = 0;
  const { text } = scan;
  const limit = Math.min(text.length, scan.at + 300);
  let depth = 1;
  while (scan.at < limit) {
    if (scan.take('ttl ')) header.ttl = scan.number();
    else if (scan.take('hlim ')) header.ttl = scan.number();
    else if (scan.take('tos ')) header.tos = scan.hex();
    else if (scan.take('class ')) header.tos = scan.hex();
    else if (scan.take('flowlabel ')) header.label = Math.max(0, scan.hex());
    else if (scan.take('id ')) header.id = scan.number();
    else if (scan.take('offset ')) header.offset = Math.max(0, scan.number()) & 0xfff8;
    else if (scan.take('flags [')) {
      const flags = scan.until(']') ?? '';
      header.flags = (flags.includes('DF') ? 0x4000 : 0) | (flags.includes('+') ? 0x2000 : 0);
    } else if (scan.take('proto ') || scan.take('next-header ')) {
      if (scan.skipTo('(', limit)) header.proto = scan.number();
      scan.skipTo(')', limit);
    } else if (scan.take('payload length: ') || scan.take('length ')) header.length = scan.number();
    else {
      const c = text.charCodeAt(scan.at);
      if (c === 40) depth++;
      else if (c === 41 && --depth === 0) {
        scan.at++;
        return header.ttl >= 0;
      }
      scan.at++;
    }
  }
  return header.ttl >= 0;
}

function fillHeader({ frame, header }: Parts, family: 4 | 6, at: number, hasHeader: boolean): void {
  if (!hasHeader) return;
  if (family === 4) {
    frame.u8(at + 1, Math.max(0, header.tos));
    frame.u16(at + 2, Math.max(0, Math.min(0xffff, header.length)));
    frame.u16(at + 4, Math.max(0, header.id) & 0xffff);
    frame.u16(at + 6, header.flags | ((header.offset >> 3) & 0x1fff));
    frame.u8(at + 8, header.ttl);
    return;
  }
  frame.u32(at, ((6 << 28) | (Math.max(0, header.tos) << 20) | (header.label & 0xfffff)) >>> 0);
  frame.u16(at + 4, Math.max(0, Math.min(0xffff, header.length)));
  frame.u8(at + 7, header.ttl);
}

/** What a packet carries, behind the colon. */
function body(parts: Parts, from: End, to: End, family: 4 | 6): boolean {
  const { scan, frame, header } = parts;
  scan.blanks();
  if (scan.take('Flags [')) return tcp(parts, from, to, family);
  // [udp sum ok], [bad udp cksum 0x1 -> 0x2!], [no cksum], [icmp6 sum ok]
  while (scan.take('[')) {
    const said = scan.until(']');
    if (said === null) return false;
    if (said === '|tcp' && from.port >= 0 && to.port >= 0) return portsOnly(parts, from, to, PROTO.tcp);
    if (!parts.quoted && (said.endsWith(' sum ok') || said.startsWith('bad ')))
      parts.sums.take(said, from.port >= 0 ? PROTO.udp : PROTO.icmp6, family);
    scan.blanks();
  }
  // RFC 8200 section 4.3: of what is in it only the router alert is common (RFC 2711).
  if (family === 6 && scan.take('HBH ')) frame.hopByHop();
  if (scan.take('ICMP6, ')) return icmp6(parts, from, to);
  if (scan.take('ICMP ')) {
    if (header.ttl >= 0 && !parts.quoted)
      parts.sums.icmp(firstLine(scan.text.slice(scan.at, scan.at + 300)).includes('(wrong icmp cksum '));
    return icmp(parts, from, to);
  }
  if (scan.take('tcp ')) return quietTcp(parts, from, to);
  if (scan.take('frag (')) return fragment6(parts, from, to);
  if (from.port >= 0 && to.port >= 0) {
    if (oldTcp(parts)) return tcp(parts, from, to, family);
    const proto = OTHER_PORTS.exec(scan.text.slice(scan.at, scan.at + 8))?.[0];
    if (proto === undefined && (header.proto < 0 || header.proto === PROTO.udp)) return udp(parts, from, to, family);
    return portsOnly(parts, from, to, header.proto >= 0 ? header.proto : proto === 'sctp' ? 132 : 33);
  }
  if (scan.take('IP6 ')) {
    frame.next(PROTO.ip6);
    return ip(parts, 6);
  }
  if (scan.take('IP ')) {
    frame.next(PROTO.ipip);
    return ip(parts, 4);
  }
  if (scan.take('GREv0')) return gre(parts);
  if (scan.take('ESP(')) return esp(parts);
  frame.open |= OPEN.checksum;
  if (scan.take('ip-proto-')) {
    const proto = scan.number();
    scan.blanks();
    const length = scan.number();
    frame.next(proto & 255);
    // Only later fragments of a transport that tcpdump knows are printed so: with -v their offset is known, without it is not.
    if (KNOWN.has(proto) && header.ttl < 0) parts.frame.laterFragment();
    if (length > 0) frame.unseen += Math.min(length, 0xffff);
    else parts.lengthIsOpen();
    return true;
  }
  // Other protocols: whose they are is known with -v, and how long they are.
  const proto = header.proto >= 0 ? header.proto : otherProto(scan.text.slice(scan.at, scan.at + 12));
  if (proto < 0) return false;
  parts.lengthIsOpen();
  frame.next(proto);
  return true;
}

const KNOWN = new Set<number>([PROTO.icmp, PROTO.tcp, PROTO.udp]);

const otherProto = (words: string): number => {
  if (words.startsWith('igmp')) return 2;
  if (words.startsWith('OSPF')) return 89;
  if (words.startsWith('VRRP')) return 112;
  if (words.startsWith('PIM')) return 103;
  if (words.startsWith('AH(')) return 51;
  return -1;
};

/** Ports are where those of TCP are; what is behind them is not printed, or has no form here. */
function portsOnly(parts: Parts, from: End, to: End, proto: number): boolean {
  const { frame } = parts;
  frame.next(proto);
  const ports = frame.add(4);
  frame.u16(ports, from.port);
  frame.u16(ports + 2, to.port);
  frame.open |= OPEN.checksum;
  parts.lengthIsOpen();
  return true;
}

const OTHER_PORTS = /^(?:sctp|DCCP)/;

/** `0|1408) 51871 > 51871: UDP, length 1484`, `1408|92)`; with an id in front (-v). */
function fragment6(parts: Parts, from: End, to: End): boolean {
  const { scan, frame } = parts;
  if (scan.text.startsWith('0x', scan.at)) {
    scan.hex();
    scan.take(':');
  }
  const offset = scan.number();
  if (offset < 0 || !scan.take('|')) return false;
  const size = scan.number();
  if (!scan.take(')') || size < 0) return false;
  frame.fragment6(offset, offset === 0);
  const before = frame.length;
  if (offset === 0) {
    scan.blanks();
    const { text } = scan;
    const arrow = text.indexOf(' > ', scan.at);
    const end = arrow < 0 ? -1 : endOf(text, arrow + 3);
    if (end > 0 && end - scan.at < 60) {
      const [source, destination] = [text.slice(scan.at, arrow), text.slice(arrow + 3, end)];
      scan.at = end + 1;
      from.port = parts.names.read(`0.0.0.0.${source}`, 0, 8 + source.length, 4, true) ? parts.names.port : -1;
      to.port = parts.names.read(`0.0.0.0.${destination}`, 0, 8 + destination.length, 4, true) ? parts.names.port : -1;
    }
    if (!body(parts, from, to, 6)) return false;
  } else frame.next(PROTO.udp);
  // Of the fragment, not of what was cut.
  frame.unseen = Math.max(0, size - (frame.length - before));
  return true;
}

function udp(parts: Parts, from: End, to: End, family: 4 | 6): boolean {
  const { scan, frame } = parts;
  const at = frame.udp(from.port, to.port);
  frame.open |= OPEN.checksum;
  parts.remember(from, to, family, PROTO.udp, 0);
  if (scan.take('UDP, length ') || scan.take('UDP, bad length ')) {
    // It may be a tunnel, whose checksum is not finished while that inside is not.
    parts.sums.forget();
    frame.unseen += Math.max(0, Math.min(scan.number(), 0xffff));
    return true;
  }
  if (scan.take('udp ')) {
    frame.unseen += Math.max(0, Math.min(scan.number(), 0xffff));
    return true;
  }
  if (scan.take('OTV, ') || scan.take('VXLAN, ')) return vxlan(parts);
  if (scan.take('Geneve, ')) return geneve(parts);
  if (dns(parts, from, to, family)) return true;
  // Some protocol that tcpdump knows: a length is somewhere in it, at the end as a rule.
  const rest = scan.text.slice(scan.at, scan.at + 2000);
  // Half a line, of TCP.
  if (!scan.text.includes('[|') && 'Flags ['.startsWith(rest)) return false;
  const length = /(?:length:? |\()(\d{1,5})\)?\s*$/.exec(firstLine(rest)) ?? /\blength:? (\d{1,5})/.exec(rest);
  // The length of an unknown message says nothing of the datagram: it is left to the IP header (-v) or the frame (-e).
  if (length !== null) frame.unseen += Number(length[1]);
  parts.lengthIsOpen();
  return firstLine(rest).length > 0 || at < 0 || frame.wire > 0 || parts.header.length > 0;
}

function firstLine(text: string): string {
  const end = text.indexOf('\n');
  return end < 0 ? text : text.slice(0, end);
}

/** RFC 7348 section 5: `flags [I] (0x08), vni 7`; tcpdump calls port 8472 OTV: `flags [I] (0x08), overlay 0, instance 7`. */
function vxlan(parts: Parts): boolean {
  const { scan, frame } = parts;
  const { text } = scan;
  const end = text.indexOf('\n', scan.at);
  const line = text.slice(scan.at, Math.min(end < 0 ? text.length : end, scan.at + 200));
  const vni = /\b(?:vni|instance) (\d+)/.exec(line);
  const flags = /\(0x([0-9a-f]+)\)/.exec(line);
  if (vni === null) return false;
  const at = frame.add(8);
  frame.u8(at, flags === null ? 8 : Number.parseInt(flags[1], 16) & 255);
  frame.u32(at + 4, (Number(vni[1]) << 8) >>> 0);
  scan.at += line.length;
  scan.blanks();
  // A paste may leave the inner line out.
  if (scan.at >= text.length) return true;
  const before = frame.length;
  if (inner(parts)) return true;
  frame.length = before;
  return true;
}

/** The frame inside a tunnel: `MAC > MAC, ethertype ...` (-e), `IP ...`, `IP6 ...`, `ARP, ...`. */
export function inner(parts: Parts): boolean {
  const { scan, frame } = parts;
  const link = frame.ethernet(0);
  const mac = new Uint8Array(6);
  if (scan.mac(mac)) {
    frame.put(mac, link + 6, 6);
    if (!scan.take(' > ') || !scan.mac(mac)) return false;
    frame.put(mac, link, 6);
    return behindEthernet(parts, link);
  }
  frame.open |= OPEN.innerLink;
  return named(parts, link + 12);
}

/** `, ethertype IPv4 (0x0800), length 74: ...` behind the MACs of the Ethernet header at `link`. */
export function behindEthernet(parts: Parts, link: number): boolean {
  const { scan, frame } = parts;
  if (!scan.take(', ethertype ')) return false;
  if (!scan.skipTo('(0x', scan.at + 60)) return false;
  scan.at -= 2;
  const type = scan.hex();
  if (type < 0 || !scan.take(')')) return false;
  frame.u16(link + 12, type);
  if (scan.take(', length ')) {
    const length = scan.number();
    if (link === 0) frame.wire = length;
  }
  if (!scan.take(':') && !scan.take(',')) return false;
  scan.blanks();
  return byType(parts, type);
}

/** What an ethertype announces. */
export function byType(parts: Parts, type: number): boolean {
  const { scan, frame } = parts;
  if (type === 0x8100 || type === 0x88a8 || type === 0x9100) return tag(parts);
  if (type === 0x0800) {
    scan.take('IP ');
    return ip(parts, 4);
  }
  if (type === 0x86dd) {
    scan.take('IP6 ');
    return ip(parts, 6);
  }
  if (type === 0x0806) {
    scan.take('ARP, ');
    return arp(parts);
  }
  // Something else: how long it was, and of what type, is known.
  return frame.wire >= 0;
}

/** `vlan 4013, p 0, ethertype ARP (0x0806), ...`, older `vlan 4013, p 0, IP ...`. */
function tag(parts: Parts): boolean {
  const { scan, frame } = parts;
  if (!scan.take('vlan ')) return false;
  const vlan = scan.number();
  const at = frame.add(4);
  let priority = 0;
  if (scan.take(', p ')) priority = Math.max(0, scan.number());
  const eligible = scan.take(', DEI') ? 0x1000 : 0;
  frame.u16(at, ((priority & 7) << 13) | eligible | (vlan & 0xfff));
  scan.take(',');
  scan.blanks();
  if (!scan.take('ethertype ')) return named(parts, at + 2);
  const { text } = scan;
  const comma = text.indexOf(',', scan.at);
  const words = text.slice(scan.at, comma < 0 ? text.length : comma);
  const type = Number.parseInt(/0x([0-9a-f]{4})/.exec(words)?.[1] ?? TYPES[words] ?? '', 16);
  if (Number.isNaN(type)) return false;
  frame.u16(at + 2, type);
  scan.at = comma + 1;
  scan.blanks();
  return byType(parts, type);
}

const TYPES: Readonly<Record<string, string>> = { ARP: '0806', IPv4: '0800', IPv6: '86dd' };

/** `IP ...`, `IP6 ...`, `ARP, ...`; writes the ethertype at `typeAt` (-1: nowhere). */
export function named(parts: Parts, typeAt: number): boolean {
  const { scan, frame } = parts;
  if (scan.take('IP6 ')) {
    if (typeAt >= 0) frame.u16(typeAt, 0x86dd);
    return ip(parts, 6);
  }
  if (scan.take('IP ')) {
    if (typeAt >= 0) frame.u16(typeAt, 0x0800);
    return ip(parts, 4);
  }
  if (scan.take('ARP, ') || scan.take('arp ')) {
    if (typeAt >= 0) frame.u16(typeAt, 0x0806);
    return arp(parts);
  }
  const c = scan.text.charCodeAt(scan.at);
  if (c < 48 || c > 57) return false;
  if (typeAt >= 0) frame.u16(typeAt, 0x0800);
  return ip(parts, 4);
}

const GENEVE =
  /^Flags \[([^\]]{0,10})\], vni 0x([0-9a-f]{1,6})(?:, proto [^(,:]{0,40}\(0x([0-9a-f]{4})\))?(?:, options \[(?:(\d{1,3}) bytes|[^\]]{0,300})\])?/;

/** RFC 8926 section 3.4: `Flags [C], vni 0x22, proto TEB (0x6558), options [8 bytes]: IP a > b: ...`. */
function geneve(parts: Parts): boolean {
  const { scan, frame } = parts;
  const { text } = scan;
  const line = text.slice(scan.at, scan.at + 500);
  const head = GENEVE.exec(line);
  if (head === null) return false;
  const [all, bits, vni, proto, bytesOfOptions] = head;
  const at = frame.add(8);
  frame.u8(at + 1, (bits.includes('O') ? 0x80 : 0) | (bits.includes('C') ? 0x40 : 0));
  frame.u16(at + 2, Number.parseInt(proto ?? '6558', 16));
  frame.u32(at + 4, (Number.parseInt(vni, 16) << 8) >>> 0);
  const from = all.length;
  // Options are printed in words of their own; that they were there is kept, as one that nobody has to understand.
  const bytes = bytesOfOptions === undefined ? 0 : Math.min(252, Number(bytesOfOptions) & ~3);
  frame.u8(at, bytes >> 2);
  if (bytes > 0) {
    const option = frame.add(bytes);
    frame.u16(option, 0xffff);
    frame.u8(option + 3, Math.min(31, (bytes >> 2) - 1));
  }
  // With -v what is inside stands on a line of its own.
  const behind = /:\s|\n/.exec(line.slice(from));
  if (behind === null) return true;
  scan.at += from + behind.index + 1;
  scan.blanks();
  const before = frame.length;
  if (!inner(parts)) frame.length = before;
  return true;
}

/** RFC 2784: `GREv0, length 88: IP a > b: ...`; with -v `Flags [key present], key=0x1, proto IPv4 (0x0800), length 92` and a line break. */
function gre(parts: Parts): boolean {
  const { scan, frame } = parts;
  frame.next(PROTO.gre);
  const line = scan.text.slice(scan.at, scan.at + 300);
  const key = /key=0x([0-9a-f]+)/.exec(line);
  const at = frame.add(key === null ? 4 : 8);
  if (key !== null) {
    frame.u16(at, 0x2000);
    frame.u32(at + 4, Number.parseInt(key[1], 16) >>> 0);
  }
  const found = /(?:: |\n\s*)(?=IP6? |ARP, |[0-9a-f]{2}:[0-9a-f]{2}:)/.exec(line);
  if (found === null) return true;
  scan.at += found.index + found[0].length;
  if (scan.text.startsWith('IP6 ', scan.at)) frame.u16(at + 2, 0x86dd);
  else if (scan.text.startsWith('IP ', scan.at)) frame.u16(at + 2, 0x0800);
  else {
    frame.u16(at + 2, 0x6558);
    return inner(parts);
  }
  return named(parts, -1);
}

/** RFC 4303: `spi=0x1,seq=0x2), length 100`. */
function esp({ scan, frame }: Parts): boolean {
  frame.next(PROTO.esp);
  const at = frame.add(8);
  if (scan.take('spi=')) frame.u32(at, Math.max(0, scan.hex()) >>> 0);
  if (scan.take(',seq=')) frame.u32(at + 4, Math.max(0, scan.hex()) >>> 0);
  if (scan.take('), length ')) frame.unseen += Math.max(0, scan.number() - 8);
  return true;
}
