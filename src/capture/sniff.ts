// Tells a format from its first bytes. Names and suffixes lie; magics seldom do.
import { u32 } from '../bytes/read.js';
import { pcapOrder } from './pcap.js';
import { BLOCK } from './pcapng.js';

/** Bytes that are enough for every answer. */
export const SNIFF_LENGTH = 16;

export type Sniffed = 'pcap' | 'pcapng' | 'gzip' | 'zstd' | null;

/** Format of the bytes [at, end); null when it is none that can be read. */
export function sniff(b: Uint8Array, at: number, end: number): Sniffed {
  const length = end - at;
  if (length >= 2 && b[at] === 0x1f && b[at + 1] === 0x8b) return 'gzip';
  if (length < 4) return null;
  if (u32(b, at) === BLOCK.section) return 'pcapng';
  if (pcapOrder(b, at) !== null) return 'pcap';
  // RFC 8878 section 3.1: a frame, or a skippable frame of any of the sixteen kinds.
  if (u32(b, at) === 0x28b52ffd || (u32(b, at) & 0xf0ffffff) >>> 0 === 0x502a4d18) return 'zstd';
  return null;
}

// What people hand over by mistake: other capture formats, and things that are no capture at all.
const FOREIGN: readonly (readonly [start: string, what: string])[] = [
  ['snoop\0\0\0', 'a Solaris snoop capture; convert it with `editcap -F pcap IN OUT`'],
  ['btsnoop\0', 'a Bluetooth btsnoop capture; convert it with `editcap -F pcap IN OUT`'],
  ['RTSS', 'a Microsoft Network Monitor 1 capture; convert it with `editcap -F pcap IN OUT`'],
  ['GMBU', 'a Microsoft Network Monitor 2 capture; convert it with `editcap -F pcap IN OUT`'],
  ['TRSNIFF data', 'a Sniffer capture; convert it with `editcap -F pcap IN OUT`'],
  ['XCP\0', 'a Sniffer (NetXRay) capture; convert it with `editcap -F pcap IN OUT`'],
  ['iptrace ', 'an AIX iptrace capture; convert it with `editcap -F pcap IN OUT`'],
  ['\x7fVISUAL', 'a Visual Networks capture; convert it with `editcap -F pcap IN OUT`'],
  ['\x7fELF', 'a Linux program (ELF)'],
  ['\x1f\x9d', 'compressed by compress (.Z); unpack it first'],
  ['\xfd7zXZ\0', 'compressed by xz; unpack it with `xz -d`'],
  ['BZh', 'compressed by bzip2; unpack it with `bzip2 -d`'],
  ['\x04\x22\x4d\x18', 'compressed by lz4; unpack it with `lz4 -d`'],
  ['7z\xbc\xaf\x27\x1c', 'a 7-Zip archive; unpack it first'],
  ['PK\x03\x04', 'a zip archive (or an office document); unpack it first'],
  ['%PDF', 'a PDF document'],
  ['\x89PNG', 'a PNG picture'],
  ['version https://git-lfs', 'a Git LFS pointer, not the capture itself; fetch it with `git lfs pull`'],
  ['\xff\xfe', 'text in UTF-16'],
  ['\xfe\xff', 'text in UTF-16'],
];

/** An object, or a list whose first member is one of JSON: lines of logs and prompts begin with a bracket, too. */
const JSON_START = /^\s*(?:\{\s*(?:["}]|$)|\[\s*(?:["{[\]]|-?\d[\d.]*\s*[,\]]\s*[-\d]|true\b|false\b|null\b|$))/;

/** A line of its packet list, with its arrow as bytes: number, time, addresses, protocol, length. */
const TSHARK = /^ {0,6}\d{1,7} {1,8}\d[\d:.-]* {1,40}\S+ {1,8}(?:\xe2\x86\x92|->) {1,8}\S+ {1,40}[A-Z]\S* +\d+ /m;

const ABOUT_NETWORK =
  'output about the network itself (ip route, nft list ruleset, kubectl get) goes into a topology (`hopscope topology import`, then -t), or into a folder with the captures';

/** What the start of a file that is no capture looks like, ending in what to do where that is known. */
export function looksLike(b: Uint8Array, at: number, end: number): string {
  const head = String.fromCharCode(...b.subarray(at, Math.min(end, at + 512)));
  const known = FOREIGN.find(([start]) => head.startsWith(start));
  if (known !== undefined) return known[1];
  if (head.slice(257, 262) === 'ustar') return 'a tar archive; unpack it first';
  if (/^(\xef\xbb\xbf)?\s*<(!doctype\s+html|html|head)/i.test(head)) return 'an HTML page, perhaps a failed download';
  if (/^(\xef\xbb\xbf)?\s*<\?xml/i.test(head)) return 'an XML document';
  if (!/[\0-\x08\x0e-\x1a\x1c-\x1f\x7f]/.test(head)) {
    if (TSHARK.test(head))
      return "lines of tshark's packet list, which lack what copies of a packet are told by; save the packets (tshark -w FILE, or Save As), or print them with tcpdump -nn -i any";
    if (JSON_START.test(head)) return `JSON text; ${ABOUT_NETWORK}`;
    return `text without packets, and not from a tool whose output is read beside them (hubble, conntrack, dmesg, ping, traceroute, mtr, curl and the like); ${ABOUT_NETWORK}`;
  }
  // Its record has no magic, and letters fit it too.
  if (isErf(b, at, end)) return 'an Endace ERF capture; convert it with `editcap -F pcap IN OUT`';
  return `data that starts with ${Array.from(b.subarray(at, Math.min(end, at + 8)), (x) => x.toString(16).padStart(2, '0')).join(' ')}`;
}

// ERF has no magic: a record starts with a little-endian 64-bit time, a type, flags and its own length (Endace, ERF types).
function isErf(b: Uint8Array, at: number, end: number): boolean {
  if (end - at < 16) return false;
  const type = b[at + 8]! & 0x7f;
  const length = (b[at + 10]! << 8) | b[at + 11]!;
  const seconds = b[at + 4]! | (b[at + 5]! << 8) | (b[at + 6]! << 16) | (b[at + 7]! << 24);
  // From 1999 on, a known type, room for header and payload.
  return type >= 1 && type <= 48 && length >= 18 && length < 0x4000 && seconds > 915_148_800;
}
