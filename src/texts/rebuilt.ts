// Frames whose bytes are printed (-x, -X, -xx, -XX): what the line above says is needed for the link header only.
import { OPEN } from './frame.js';
import type { HexDump } from './hexdump.js';
import { LINK, type Where } from './link.js';
import type { Parts } from './parts.js';

const u16 = (bytes: Uint8Array, at: number): number => (bytes[at] << 8) | bytes[at + 1];

/** Length of the link header of each type. */
const HEADER: Readonly<Record<number, number>> = { [LINK.ethernet]: 14, [LINK.raw]: 0, [LINK.cooked]: 16, [LINK.cooked2]: 20 };

/** Puts the bytes of the dump into the frame that was made of the line; `made`: the line was understood. */
export function rebuild(parts: Parts, where: Where, dump: HexDump, made: boolean): boolean {
  const { frame } = parts;
  const { bytes, length } = dump;
  const header = HEADER[where.linkType];
  if (length < 8) return made;
  const network = frame.firstIp;
  const fits = (at: number): boolean => !made || network < 0 || isSame(frame.bytes, network, bytes, at, length);
  if (!startsWithNetwork(bytes, length)) {
    // An interface without a name: its number is in the bytes.
    if (
      where.linkType === LINK.cooked &&
      startsWithLink(bytes, length, LINK.cooked2) &&
      !startsWithLink(bytes, length, LINK.cooked)
    )
      where.linkType = LINK.cooked2;
    // The link header is there too.
    if (!startsWithLink(bytes, length, where.linkType)) return made;
    if (where.linkType === LINK.ethernet && !isOfLink(parts, bytes, length, made)) return made;
    const behind = HEADER[where.linkType] + (where.linkType === LINK.ethernet && u16(bytes, 12) === 0x8100 ? 4 : 0);
    if (!fits(behind)) return made;
    const wire = Math.max(frame.wire, length, linkLength(bytes, length, behind));
    frame.clear();
    frame.put(bytes, frame.add(length), length);
    frame.wire = wire;
    if (where.linkType === LINK.cooked2) where.index = ((u16(bytes, 4) << 16) | u16(bytes, 6)) >>> 0;
    return true;
  }
  if (frame.length < header || !fits(0)) return made;
  const stated = frame.wire;
  const kept = frame.open & (OPEN.link | OPEN.index);
  // What stands behind a VLAN tag is no part of the header that was made.
  const tag = where.linkType === LINK.ethernet && u16(frame.bytes, 12) === 0x8100 ? 4 : 0;
  const link = frame.bytes.slice(0, header + tag);
  frame.clear();
  frame.put(link, frame.add(link.length), link.length);
  frame.put(bytes, frame.add(length), length);
  frame.wire = Math.max(link.length + networkLength(bytes, length), made ? stated : 0, frame.length);
  frame.open = kept;
  const type = where.linkType === LINK.raw ? -1 : where.linkType === LINK.cooked2 ? 0 : link.length - 2;
  if (type >= 0) frame.u16(type, bytes[0] >> 4 === 4 ? 0x0800 : bytes[0] >> 4 === 6 ? 0x86dd : 0x0806);
  return true;
}

/** The same IP header, as far as a line says it: version, protocol, and addresses that are no names. */
function isSame(made: Uint8Array, network: number, bytes: Uint8Array, at: number, length: number): boolean {
  const [from, size, proto] = made[network] >> 4 === 4 ? [12, 4, 9] : [8, 16, 6];
  if (at + from + 2 * size > length) return true;
  if (bytes[at] >> 4 !== made[network] >> 4 || bytes[at + proto] !== made[network + proto]) return false;
  for (let i = from; i < from + 2 * size; i += size) {
    const first = made[network + i];
    if (size === 4 ? first >= 240 : first === 1) continue;
    for (let k = i; k < i + size; k++) if (made[network + k] !== bytes[at + k]) return false;
  }
  return true;
}

/** IP, ARP, tags, MPLS, PPPoE, EAPOL, LLDP and those of slow protocols. */
const BEHIND_LINK = new Set([0x0800, 0x0806, 0x8100, 0x86dd, 0x8809, 0x8847, 0x8848, 0x8863, 0x8864, 0x888e, 0x88a8, 0x88cc]);

/** The MACs, where the line has them, and the type of what is behind them. */
function isOfLink({ frame, hasSourceMac, sourceMac }: Parts, bytes: Uint8Array, length: number, made: boolean): boolean {
  if (hasSourceMac) return sourceMac.every((byte, i) => bytes[6 + i] === byte);
  const type = u16(bytes, 12);
  // Not understood, and perhaps without a link header: what is not known to follow one is none.
  if (!made) return BEHIND_LINK.has(type) || (type > 2 && type + 14 <= length && type + 60 > length);
  return frame.length < 14 || type === u16(frame.bytes, 12) || type === 0x8100;
}

/** An IPv4 or IPv6 header, or ARP, whose length fits. */
function startsWithNetwork(bytes: Uint8Array, length: number): boolean {
  if (bytes[0] >> 4 === 4 && (bytes[0] & 15) >= 5 && length >= 20) {
    const stated = u16(bytes, 2);
    return (
      stated >= 20 &&
      (stated <= length ? length - stated <= 46 : true) &&
      bytes[8] + bytes[9] > 0 &&
      !isType(u16(bytes, 12), bytes, 14, length)
    );
  }
  if (bytes[0] >> 4 === 6 && length >= 40) return !isType(u16(bytes, 12), bytes, 14, length);
  return u16(bytes, 0) === 1 && u16(bytes, 2) === 0x0800 && bytes[4] === 6 && bytes[5] === 4;
}

function startsWithLink(bytes: Uint8Array, length: number, linkType: number): boolean {
  if (linkType === LINK.ethernet) return length >= 14;
  if (linkType === LINK.cooked2) return length >= 20 && bytes[10] <= 7 && u16(bytes, 2) === 0;
  // Version 1 starts with the packet type, version 2 with the protocol: none is below 0x0600.
  return linkType === LINK.cooked && length >= 16 && bytes[0] === 0 && bytes[1] <= 7;
}

/** An ethertype, with its protocol's header behind it. */
function isType(type: number, bytes: Uint8Array, at: number, length: number): boolean {
  if (at >= length) return false;
  if (type === 0x0800) return bytes[at] >> 4 === 4 && (bytes[at] & 15) >= 5;
  if (type === 0x86dd) return bytes[at] >> 4 === 6;
  return type === 0x0806 ? u16(bytes, at) === 1 : type === 0x8100;
}

function networkLength(bytes: Uint8Array, length: number): number {
  if (bytes[0] >> 4 === 4) return Math.max(u16(bytes, 2), 0);
  return bytes[0] >> 4 === 6 ? u16(bytes, 4) + 40 : length;
}

function linkLength(bytes: Uint8Array, length: number, header: number): number {
  return length > header + 20 && bytes[header] >> 4 === 4 ? header + u16(bytes, header + 2) : 0;
}
