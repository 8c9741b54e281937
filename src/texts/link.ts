// What stands between the time and the network header: interface and direction (-i any), MACs and ethertype (-e).
import { OPEN } from './frame.js';
import { behindEthernet, byType, ip, named } from './ip.js';
import type { Parts } from './parts.js';

/** LINKTYPE_ numbers, www.tcpdump.org/linktypes.html. */
export const LINK = { ethernet: 1, raw: 101, cooked: 113, cooked2: 276 } as const;

/** Packet types of cooked headers (linux/if_packet.h), as sll.c of libpcap has words for them. */
const TYPES: Readonly<Record<string, number>> = { In: 0, B: 1, M: 2, P: 3, Out: 4 };

/** Interface number of names without one: no kernel counts as far. */
const UNNUMBERED = 0x4000_0000;

/** What a line says of where its frame was seen. */
export class Where {
  linkType: number = LINK.ethernet;
  /** Name as printed; null where none is. */
  name: string | null = null;
  /** The kernel's number (-e); -1 where none is printed. */
  index = -1;
  /** Packet type of the cooked header; -1: no direction is printed. */
  type = -1;
}

/** Numbers for interfaces that are printed by name only. */
export class Numbering {
  private readonly known = new Map<string, number>();

  of(name: string): number {
    let index = this.known.get(name);
    if (index === undefined) {
      index = UNNUMBERED + Math.min(this.known.size, MAX_INTERFACES);
      if (this.known.size < MAX_INTERFACES) this.known.set(name, index);
    }
    return index;
  }
}

/** Interfaces with names and no numbers; further ones count as one. */
const MAX_INTERFACES = 4096;

/**
 * Reads a frame from behind its time. `any`: the text is of all interfaces, whether lines say which or not; `raw`: of a device without link
 * header. False where the line is none of a packet that can be made.
 */
export function frameOf(parts: Parts, where: Where, numbering: Numbering, any: boolean, raw: boolean): boolean {
  const { scan } = parts;
  parts.hasSourceMac = false;
  where.name = null;
  where.index = -1;
  where.type = -1;
  where.linkType = LINK.ethernet;
  const c = scan.text.charCodeAt(scan.at);
  // IP, ARP: no link at all. An interface may be called so too.
  if ((c === 73 || c === 65 || c === 97) && isNetwork(scan.text, scan.at))
    return any ? cooked(parts, where) : bare(parts, where, raw);
  // BSDs leave the word IP out, and have a loopback of their own (-e); macOS puts what it knows of the interface in front (-k).
  if (c >= 48 && c <= 57 && BARE.test(scan.text.slice(scan.at, scan.at + 80))) return bare(parts, where, raw);
  if (c === 65 && LOOPBACK.test(scan.text.slice(scan.at, scan.at + 40))) return loopback(parts, where);
  if (c === 40) return metadata(parts, where, numbering);
  // -e of a device without link header.
  if (scan.take('ip: ')) return rawIp(parts, where, 4);
  if (scan.take('ip6: ')) return rawIp(parts, where, 6);
  if (scan.mac(parts.sourceMac)) {
    if (scan.take(' > ')) return ethernet(parts);
    // Cooked header of version 1 that another program printed: not known.
    return false;
  }
  if (scan.take('ethertype ')) return false;
  scan.blanks();
  const start = scan.at;
  let word = scan.word();
  let type = TYPES[word];
  const behind = scan.at;
  scan.blanks();
  const next = scan.at;
  const after = TYPES[scan.word()];
  if (after !== undefined) {
    // Name and direction.
    where.name = word;
    type = after;
    scan.blanks();
  } else {
    if (type === undefined) return false;
    word = '';
    scan.at = behind > start ? next : start;
  }
  where.type = type;
  if (scan.take('ifindex ')) {
    where.index = scan.number();
    scan.blanks();
  }
  if (where.name === null || (where.name === '?' && where.index < 0)) return cooked(parts, where);
  return cooked2(parts, where, numbering);
}

function isNetwork(text: string, at: number): boolean {
  return (
    text.startsWith('IP ', at) ||
    text.startsWith('IP6 ', at) ||
    text.startsWith('ARP, ', at) ||
    /^arp (?:who-has|reply) /.test(text.slice(at, at + 12))
  );
}

function bare(parts: Parts, where: Where, raw: boolean): boolean {
  const { frame, scan } = parts;
  if (raw && !/^ARP/i.test(scan.text.slice(scan.at, scan.at + 3))) {
    where.linkType = LINK.raw;
    return named(parts, -1);
  }
  frame.open |= OPEN.link;
  const at = frame.ethernet(0);
  return named(parts, at + 12);
}

const BARE = /^\d{1,3}(?:\.\d{1,3}){3}(?:\.[\w-]+)? > /;
const LOOPBACK = /^AF (?:IPv([46]) )?\((\d+)\), length (\d+): /;

/** `AF IPv4 (2), length 64: `; the length has four bytes of its own. */
function loopback(parts: Parts, where: Where): boolean {
  const { scan } = parts;
  const found = LOOPBACK.exec(scan.text.slice(scan.at, scan.at + 40));
  if (found?.[1] === undefined) return false;
  scan.at += found[0].length;
  parts.frame.wire = Number(found[3]) - 4;
  return rawIp(parts, where, found[1] === '6' ? 6 : 4);
}

/** `(en0, proc curl:4242, svc BE, out) IP ...`. */
function metadata(parts: Parts, where: Where, numbering: Numbering): boolean {
  const { scan } = parts;
  scan.at++;
  const words = scan.until(') ')?.split(', ');
  if (words === undefined) return false;
  const [name = ''] = words;
  where.type = words.includes('out') ? 4 : words.includes('in') ? 0 : -1;
  if (!/^[\w.]+$/.test(name) || where.type < 0) return bare(parts, where, false);
  where.name = name;
  return cooked2(parts, where, numbering);
}

function rawIp(parts: Parts, where: Where, family: 4 | 6): boolean {
  where.linkType = LINK.raw;
  return ip(parts, family);
}

function ethernet(parts: Parts): boolean {
  const { scan, frame } = parts;
  const at = frame.ethernet(0);
  frame.put(parts.sourceMac, at + 6, 6);
  parts.hasSourceMac = true;
  if (!scan.mac(frame.bytes.subarray(at, at + 6))) return false;
  return behindEthernet(parts, at);
}

/** Version 2: www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL2.html. */
function cooked2(parts: Parts, where: Where, numbering: Numbering): boolean {
  const { frame } = parts;
  where.linkType = LINK.cooked2;
  const at = frame.add(20);
  if (where.index < 0) {
    where.index = numbering.of(where.name ?? '');
    frame.open |= OPEN.index;
  }
  frame.u32(at + 4, where.index >>> 0);
  frame.u16(at + 8, 1);
  frame.u8(at + 10, where.type);
  return behindCooked(parts, at + 11, at);
}

/** Version 1, which hides the interface: www.tcpdump.org/linktypes/LINKTYPE_LINUX_SLL.html. */
function cooked(parts: Parts, where: Where): boolean {
  const { frame } = parts;
  where.linkType = LINK.cooked;
  const at = frame.add(16);
  // No type that anybody gives a meaning: the direction is not known.
  frame.u16(at, where.type < 0 ? 0xff : where.type);
  frame.u16(at + 2, 1);
  return behindCooked(parts, at + 5, at + 14);
}

/** `[MAC] ethertype IPv4 (0x0800), length 80: ...`, or the network header at once. `halen`, `type`: places in the cooked header. */
function behindCooked(parts: Parts, halen: number, type: number): boolean {
  const { scan, frame } = parts;
  if (scan.mac(parts.sourceMac)) {
    parts.hasSourceMac = true;
    frame.u8(halen, 6);
    frame.put(parts.sourceMac, halen + 1, 6);
    scan.blanks();
  }
  if (!scan.take('ethertype ')) return named(parts, type);
  if (!scan.skipTo('(0x', scan.at + 60)) return false;
  scan.at -= 2;
  const number = scan.hex();
  if (number < 0 || !scan.take('), length ')) return false;
  frame.u16(type, number);
  frame.wire = scan.number();
  if (!scan.take(':')) return false;
  scan.blanks();
  return byType(parts, number);
}
