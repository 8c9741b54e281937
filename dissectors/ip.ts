// IPv4, RFC 791. DSCP and ECN: RFC 2474, RFC 3168.

import type { Line } from '../src/bytes/line.js';
import { CHECKSUM_STATUS, type Covered, checksumNames, headerStatus, payloadStatus } from '../src/dissect/checksum.js';
import { dissector, protocol } from '../src/dissect/dissector.js';
import { field } from '../src/dissect/fields.js';
import { bits, flag, ipv4, layout, readUint, uint } from '../src/dissect/layout.js';
import type { Sink } from '../src/dissect/sink.js';
import { emitItems } from '../src/dissect/tree.js';
import type { Layers } from '../src/dissect/walk.js';

/** As Wireshark calls them: `ip.proto == "TCP"`. Numbers of www.iana.org/assignments/protocol-numbers. */
export const PROTOCOL_NAMES: Readonly<Record<number, string>> = {
  1: 'ICMP',
  2: 'IGMP',
  4: 'IPIP',
  6: 'TCP',
  17: 'UDP',
  41: 'IPv6',
  43: 'Routing Header for IPv6',
  44: 'Fragment Header for IPv6',
  47: 'Generic Routing Encapsulation',
  50: 'Encap Security Payload',
  51: 'Authentication Header',
  58: 'ICMPv6',
  59: 'No Next Header for IPv6',
  60: 'Destination Options for IPv6',
  88: 'EIGRP',
  89: 'OSPF IGP',
  103: 'PIM',
  112: 'VRRP',
  115: 'Layer 2 Tunneling',
  132: 'SCTP',
  136: 'UDPLite',
  137: 'MPLS in IP',
};

export const header = layout('ip', [
  uint('version', 4, 'Version'),
  uint('hdr_len', 4, 'Header length', { times: 4 }),
  bits('dsfield', 'Differentiated services field', [uint('dsfield.dscp', 6, 'DSCP'), uint('dsfield.ecn', 2, 'ECN')]),
  uint('len', 16, 'Total length'),
  uint('id', 16, 'Identification', 'hex'),
  bits('flags', 'Flags', [
    flag('flags.rb', 'Reserved bit'),
    flag('flags.df', "Don't fragment"),
    flag('flags.mf', 'More fragments'),
  ]),
  // In units of 8 bytes.
  uint('frag_offset', 13, 'Fragment offset'),
  uint('ttl', 8, 'Time to live'),
  uint('proto', 8, 'Protocol', { names: PROTOCOL_NAMES }),
  uint('checksum', 16, 'Header checksum', 'hex'),
  ipv4('src', 'Source address', { aliases: ['ip.addr'] }),
  ipv4('dst', 'Destination address', { aliases: ['ip.addr'] }),
]);

/** Option types, www.iana.org/assignments/ip-parameters. */
export const OPTION = {
  end: 0,
  nop: 1,
  recordRoute: 7,
  timestamp: 68,
  looseRoute: 131,
  strictRoute: 137,
  routerAlert: 148,
  directedBroadcast: 149,
} as const;

const checksumStatus = field('ip.checksum.status', 'Header checksum status', 'uint8', { values: checksumNames });
const optionType = field('ip.opt.type', 'Type', 'uint8');
const unknownOption = field('ip.opt.unknown', 'Unknown option', 'bytes');
const optionCopy = field('ip.opt.type.copy', 'Copy on fragmentation', 'bool');
const optionClass = field('ip.opt.type.class', 'Class', 'uint8');
const optionNumber = field('ip.opt.type.number', 'Number', 'uint8');
const optionLength = field('ip.opt.len', 'Length', 'uint8');
const optionPointer = field('ip.opt.ptr', 'Pointer', 'uint8');
const routerAlert = field('ip.opt.ra', 'Router alert', 'uint16');
const recordedRoute = field('ip.rec_rt', 'Recorded route', 'ipv4');
const sourceRoute = field('ip.src_rt', 'Source route', 'ipv4');

/** Those that tshark names: MTU probe and reply, quick start, traceroute, security, extended security, CIPSO and stream ID too. */
const KNOWN_OPTIONS = new Set([...Object.values<number>(OPTION), 11, 12, 25, 82, 130, 133, 134, 136]);

function option(out: Sink, b: Uint8Array, o: number, size: number): void {
  const type = b[o];
  if (!KNOWN_OPTIONS.has(type)) {
    out.add(unknownOption, o, size, null);
    return;
  }
  out.open(optionType, o, 1, type);
  out.add(optionCopy, o, 1, type >> 7);
  out.add(optionClass, o, 1, (type >> 5) & 3);
  out.add(optionNumber, o, 1, type & 31);
  out.close();
  if (size < 2) return;
  out.add(optionLength, o + 1, 1, size);
  if (type === OPTION.routerAlert && size === 4) out.add(routerAlert, o + 2, 2, readUint(b, o + 2, 2));
  const isRoute = type === OPTION.recordRoute || type === OPTION.looseRoute || type === OPTION.strictRoute;
  if (!isRoute || size < 3) return;
  out.add(optionPointer, o + 2, 1, b[o + 2]);
  const def = type === OPTION.recordRoute ? recordedRoute : sourceRoute;
  // Behind the pointer (which counts from 1) the slots are empty.
  const stop = type === OPTION.recordRoute ? Math.min(o + size, o + b[o + 2] - 1) : o + size;
  for (let a = o + 3; a + 4 <= stop; a += 4) out.add(def, a, 4, readUint(b, a, 4));
}

const IP = protocol('ip');
const FRAGMENT = protocol('ipv6.fraghdr');

/** Is layer `i` in the first part of a packet that was cut by IPv4 or IPv6? An IPv4 header in between says that what it holds is whole. */
export function isFragment(layers: Layers, i: number): boolean {
  const { bytes, proto, start } = layers;
  for (let below = i - 1; below >= 0; below--) {
    // (Of a header of another version nothing is believed.)
    if (proto[below] === IP.id && bytes[start[below]] >> 4 === 4) return header.get['flags.mf'](bytes, start[below]) === 1;
    // The last bit of the fragment header's fourth byte (RFC 8200 section 4.5).
    if (proto[below] === FRAGMENT.id && (bytes[start[below] + 3] & 1) === 1) return true;
  }
  return false;
}

/** Status of the checksum of layer `i`, which covers its payload: of a fragment nobody knows. */
export const statusOf = (layers: Layers, i: number, covered: Covered): number =>
  isFragment(layers, i) ? CHECKSUM_STATUS.unverified : payloadStatus(layers, i, covered);

/** What an IP header says of a payload that nobody claims: a later fragment, or a protocol that is not known. */
function unclaimed(line: Line, layers: Layers, i: number): void {
  const { bytes } = layers;
  const at = layers.start[i];
  const offset = header.get.frag_offset(bytes, at) * 8;
  const isFirst = offset === 0 && header.get['flags.mf'](bytes, at) === 1;
  line.text(offset > 0 || isFirst ? 'Fragment of protocol ' : 'Protocol ');
  line.dec(header.get.proto(bytes, at));
  if (offset > 0 || isFirst) {
    line.text(', offset ');
    line.dec(offset);
    line.text(', id 0x');
    line.hex(header.get.id(bytes, at), 4);
  }
  line.text(' Len=');
  line.dec(Math.max(0, layers.wireEnd[i] - layers.body[i]));
}

const VERSION = header.items.slice(0, 1);
const BEFORE_LENGTH = header.items.slice(1, 3);
const BEHIND_LENGTH = header.items.slice(4);

export const ip = dissector({
  name: 'ip',
  info: unclaimed,
  title: 'Internet Protocol Version 4',
  spec: 'RFC 791',
  role: 'network',
  layout: header,
  shapes: true,
  ofCut: [[6, 8]],
  version: { is: 4, else: 'ipv6' },
  inPlace: Object.keys(header.place).filter((name) => name !== 'len' && name !== 'version'),
  fields: [
    checksumStatus,
    optionType,
    unknownOption,
    optionCopy,
    optionClass,
    optionNumber,
    optionLength,
    optionPointer,
    routerAlert,
    recordedRoute,
    sourceRoute,
  ],
  claims: {
    ethertype: [0x0800],
    'gre.proto': [0x0800],
    'vxlan.next_proto': [1],
    'nsh.next_proto': [1],
    'llc.dsap': [0x06],
    'frame.linktype': [228],
    'ip.proto': [4],
  },
  length: { field: 'hdr_len' },
  total: { field: 'len' },
  payload: { table: 'ip.proto', by: 'proto', unless: 'frag_offset' },
  details(out, layers, i) {
    const { bytes } = layers;
    const at = layers.start[i];
    const end = layers.end[i];
    if (i < layers.count || at < end) emitItems(bytes, at, at + 1, VERSION, out);
    emitItems(bytes, at, end, BEFORE_LENGTH, out);
    // 0: a super-frame of segmentation offload, which is as long as what is there.
    if (at + 4 <= end) out.add(header.field.len, at + 2, 2, header.get.len(bytes, at) || layers.wireEnd[i] - at);
    emitItems(bytes, at, end, BEHIND_LENGTH, out);
    // Of a header that lies about its lengths or its version no more is believed.
    if (i === layers.count || end < at + header.size) return;
    const body = layers.body[i];
    const checksumAt = header.place.checksum.offset;
    if (out.wants(checksumStatus)) out.add(checksumStatus, layers.start[i] + checksumAt, 2, headerStatus(layers, i, checksumAt));
    // At most 40 bytes of options.
    for (let o = layers.start[i] + header.size; o < body; ) {
      const type = bytes[o];
      const size = type === OPTION.end || type === OPTION.nop ? 1 : o + 1 < body ? bytes[o + 1] : 0;
      if (size === 0 || o + size > body || (size < 2 && type > OPTION.nop)) {
        out.note('error', 'the option is longer than the header');
        return;
      }
      option(out, bytes, o, size);
      if (type === OPTION.end) return;
      o += size;
    }
  },
});
