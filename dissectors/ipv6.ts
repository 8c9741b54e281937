// IPv6 and its extension headers, RFC 8200 section 4.
import { type Dissector, dissector, table } from '../src/dissect/dissector.js';
import { field } from '../src/dissect/fields.js';
import { ipv6 as address, bits, flag, layout, readUint, uint } from '../src/dissect/layout.js';
import type { Sink } from '../src/dissect/sink.js';
import type { Layers } from '../src/dissect/walk.js';
import { PROTOCOL_NAMES } from './ip.js';

export const header = layout('ipv6', [
  // tshark gives it the name of the IPv4 field too.
  uint('version', 4, 'Version', { aliases: ['ip.version'] }),
  bits(
    'tclass',
    'Traffic class',
    [uint('tclass.dscp', 6, 'DSCP', { type: 'uint32' }), uint('tclass.ecn', 2, 'ECN', { type: 'uint32' })],
    { type: 'uint32' },
  ),
  uint('flow', 20, 'Flow label', 'hex'),
  uint('plen', 16, 'Payload length'),
  uint('nxt', 8, 'Next header', { names: PROTOCOL_NAMES }),
  uint('hlim', 8, 'Hop limit'),
  address('src', 'Source address', { aliases: ['ipv6.addr'] }),
  address('dst', 'Destination address', { aliases: ['ipv6.addr'] }),
]);

export const ipv6 = dissector({
  name: 'ipv6',
  info(line, layers, i) {
    line.text('Next header ');
    line.dec(header.get.nxt(layers.bytes, layers.start[i]));
    line.text(' Len=');
    line.dec(Math.max(0, layers.wireEnd[i] - layers.body[i]));
  },
  title: 'Internet Protocol Version 6',
  spec: 'RFC 8200 section 3',
  role: 'network',
  layout: header,
  ofCut: [
    [1, 4],
    [4, 7],
  ],
  version: { is: 6 },
  claims: {
    ethertype: [0x86dd],
    'gre.proto': [0x86dd],
    'vxlan.next_proto': [2],
    'nsh.next_proto': [2],
    'frame.linktype': [229],
    'ip.proto': [41],
  },
  total: { field: 'plen', plus: 40 },
  payload: { table: 'ip.proto', by: 'nxt' },
});

/** Option types, www.iana.org/assignments/ipv6-parameters. */
export const OPTION = { pad1: 0, padN: 1, routerAlert: 5, jumbo: 0xc2, homeAddress: 0xc9 } as const;

const optionType = field('ipv6.opt.type', 'Type', 'uint8', { base: 'hex' });
const optionLength = field('ipv6.opt.length', 'Length', 'uint8');
const padding = field('ipv6.opt.padn', 'PadN', 'bytes');
const routerAlert = field('ipv6.opt.router_alert', 'Router alert', 'uint16');
const jumbo = field('ipv6.opt.jumbo', 'Jumbo payload length', 'uint32');
const homeAddress = field('ipv6.opt.mipv6.home_address', 'Home address', 'ipv6');
const optionFields = [optionType, optionLength, padding, routerAlert, jumbo, homeAddress];

/** Options in one header at most; an honest one has a handful, and a header of 2 KB could hold as many of one byte. */
const MAX_OPTIONS = 256;

/**
 * Bytes after type and length that the format of an option takes by itself; tshark reads them whatever the length says, so that
 * an option whose length is too small does not make options of its own content.
 */
const OWN_SIZE: Readonly<Record<number, number>> = { 4: 1, 5: 2, 15: 10, 35: 4, 38: 6, 99: 4, 194: 4, 201: 16, 238: 3 };
/** Bytes of a multicast seed identifier (RFC 7731 section 6.1), by its two bits. */
const SEED_SIZE = [0, 2, 8, 16];
const MPL = 0x6d;

const ownSize = (b: Uint8Array, type: number, at: number): number =>
  type === MPL ? 2 + SEED_SIZE[b[at] >> 6] : (OWN_SIZE[type] ?? 0);

function options(out: Sink, layers: Layers, i: number): void {
  const b = layers.bytes;
  const end = Math.min(layers.body[i], layers.end[i]);
  for (let o = layers.start[i] + 2, n = 0; o < end && n < MAX_OPTIONS; n++) {
    const type = b[o];
    out.add(optionType, o, 1, type);
    if (type === OPTION.pad1) {
      o++;
      continue;
    }
    if (o + 2 > end) return;
    const size = b[o + 1];
    out.add(optionLength, o + 1, 1, size);
    const value = o + 2;
    o = value + Math.max(size, value < end ? ownSize(b, type, value) : 0);
    if (value + size > end) return;
    if (type === OPTION.padN) out.add(padding, value, size, null);
    else if (type === OPTION.routerAlert && size === 2) out.add(routerAlert, value, 2, readUint(b, value, 2));
    else if (type === OPTION.jumbo && size === 4) out.add(jumbo, value, 4, readUint(b, value, 4));
    else if (type === OPTION.homeAddress && size === 16) out.add(homeAddress, value, 16, null);
  }
}

/** Hop-by-hop and destination options share one shape (sections 4.3 and 4.6). */
function optionsHeader(name: string, title: string, number: number): Dissector {
  return dissector({
    name,
    title,
    spec: 'RFC 8200 section 4.2',
    layout: layout(name, [uint('nxt', 8, 'Next header'), uint('len', 8, 'Length')]),
    minLength: 8,
    fields: optionFields,
    claims: { 'ip.proto': [number] },
    length: { field: 'len', times: 8, plus: 8 },
    payload: { table: 'ip.proto', by: 'nxt' },
    details: options,
  });
}

export const hopByHop = optionsHeader('ipv6.hopopts', 'IPv6 Hop-by-Hop Option', 0);
export const destination = optionsHeader('ipv6.dstopts', 'Destination Options for IPv6', 60);

/** Routing types, www.iana.org/assignments/ipv6-parameters. */
const ROUTING = { source: 0, mobile: 2, segment: 4 } as const;
const sourceAddress = field('ipv6.routing.src.addr', 'Address', 'ipv6');
const mobileAddress = field('ipv6.routing.mipv6.home_address', 'Home address', 'ipv6');
const segmentAddress = field('ipv6.routing.srh.addr', 'Address', 'ipv6');
const lastEntry = field('ipv6.routing.srh.last_entry', 'Last entry', 'uint8');

export const routing = dissector({
  name: 'ipv6.routing',
  title: 'Routing Header for IPv6',
  spec: 'RFC 8200 section 4.4',
  layout: layout('ipv6.routing', [
    uint('nxt', 8, 'Next header'),
    uint('len', 8, 'Length'),
    uint('type', 8, 'Type'),
    uint('segleft', 8, 'Segments left'),
  ]),
  minLength: 8,
  fields: [sourceAddress, mobileAddress, segmentAddress, lastEntry],
  claims: { 'ip.proto': [43] },
  length: { field: 'len', times: 8, plus: 8 },
  payload: { table: 'ip.proto', by: 'nxt' },
  details(out, layers, i) {
    const b = layers.bytes;
    const at = layers.start[i];
    const end = Math.min(layers.body[i], layers.end[i]);
    const type = b[at + 2];
    // RFC 8754 section 2: the segment list may be followed by TLVs, so it ends after the last entry.
    let count = 128;
    if (type === ROUTING.segment) {
      out.add(lastEntry, at + 4, 1, b[at + 4]);
      count = b[at + 4] + 1;
    } else if (type === ROUTING.mobile) count = 1;
    else if (type !== ROUTING.source) return;
    const def = type === ROUTING.segment ? segmentAddress : type === ROUTING.mobile ? mobileAddress : sourceAddress;
    for (let o = at + 8, n = 0; o + 16 <= end && n < count; o += 16, n++) out.add(def, o, 16, null);
  },
});

export const fragmentHeader = layout('ipv6.fraghdr', [
  uint('nxt', 8, 'Next header'),
  uint('reserved_octet', 8, 'Reserved', 'hex'),
  // In units of 8 bytes.
  uint('offset', 13, 'Offset'),
  uint('reserved_bits', 2, 'Reserved bits', { type: 'uint16' }),
  flag('more', 'More fragments'),
  uint('ident', 32, 'Identification', 'hex'),
]);

const IP_PROTO = table('ip.proto');

export const fragment = dissector({
  name: 'ipv6.fraghdr',
  short: 'IPv6',
  info(line, layers, i) {
    const { bytes } = layers;
    const at = layers.start[i];
    line.text('Fragment of protocol ');
    line.dec(fragmentHeader.get.nxt(bytes, at));
    line.text(', offset ');
    line.dec(fragmentHeader.get.offset(bytes, at) * 8);
    line.text(', id 0x');
    line.hex(fragmentHeader.get.ident(bytes, at), 8);
    line.text(' Len=');
    line.dec(Math.max(0, layers.wireEnd[i] - layers.body[i]));
  },
  title: 'Fragment Header for IPv6',
  spec: 'RFC 8200 section 4.5',
  layout: fragmentHeader,
  ofCut: [[0, 8]],
  claims: { 'ip.proto': [44] },
  payload: {
    step(layers, at) {
      // Only the first fragment holds the header of what was fragmented.
      if (fragmentHeader.get.offset(layers.bytes, at) === 0)
        layers.nextBy(IP_PROTO, fragmentHeader.get.nxt(layers.bytes, at), at + 8);
    },
  },
});
