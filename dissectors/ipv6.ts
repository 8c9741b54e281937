// IPv6 and its extension headers, RFC 8200 section 4.
import { type Dissector, dissector, table } from '../src/dissect/dissector.js';
import { ipv6 as address, bits, flag, layout, rsv, uint } from '../src/dissect/layout.js';

export const header = layout('ipv6', [
  uint('version', 4, 'Version'),
  bits('tclass', 'Traffic class', [uint('tclass.dscp', 6, 'DSCP'), uint('tclass.ecn', 2, 'ECN')]),
  uint('flow', 20, 'Flow label', 'hex'),
  uint('plen', 16, 'Payload length'),
  uint('nxt', 8, 'Next header'),
  uint('hlim', 8, 'Hop limit'),
  address('src', 'Source address', { aliases: ['ipv6.addr'] }),
  address('dst', 'Destination address', { aliases: ['ipv6.addr'] }),
]);

export const ipv6 = dissector({
  name: 'ipv6',
  title: 'Internet Protocol Version 6',
  spec: 'RFC 8200 section 3',
  role: 'network',
  layout: header,
  claims: { ethertype: [0x86dd], 'frame.linktype': [229], 'ip.proto': [41] },
  total: { field: 'plen', plus: 40 },
  payload: { table: 'ip.proto', by: 'nxt' },
});

/** Hop-by-hop and destination options share one shape (sections 4.3 and 4.6). */
function optionsHeader(name: string, title: string, number: number): Dissector {
  return dissector({
    name,
    title,
    spec: 'RFC 8200 section 4.2',
    layout: layout(name, [uint('nxt', 8, 'Next header'), uint('len', 8, 'Length')]),
    minLength: 8,
    claims: { 'ip.proto': [number] },
    length: { field: 'len', times: 8, plus: 8 },
    payload: { table: 'ip.proto', by: 'nxt' },
  });
}

export const hopByHop = optionsHeader('ipv6.hopopts', 'IPv6 Hop-by-Hop Option', 0);
export const destination = optionsHeader('ipv6.dstopts', 'Destination Options for IPv6', 60);

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
  claims: { 'ip.proto': [43] },
  length: { field: 'len', times: 8, plus: 8 },
  payload: { table: 'ip.proto', by: 'nxt' },
});

export const fragmentHeader = layout('ipv6.fraghdr', [
  uint('nxt', 8, 'Next header'),
  uint('reserved_octet', 8, 'Reserved', 'hex'),
  uint('offset', 13, 'Offset'),
  rsv(2),
  flag('more', 'More fragments'),
  uint('ident', 32, 'Identification', 'hex'),
]);

const IP_PROTO = table('ip.proto');

export const fragment = dissector({
  name: 'ipv6.fraghdr',
  title: 'Fragment Header for IPv6',
  spec: 'RFC 8200 section 4.5',
  layout: fragmentHeader,
  claims: { 'ip.proto': [44] },
  payload: {
    step(layers, at) {
      // Only the first fragment holds the header of what was fragmented.
      if (fragmentHeader.get.offset(layers.bytes, at) === 0)
        layers.nextBy(IP_PROTO, fragmentHeader.get.nxt(layers.bytes, at), at + 8);
    },
  },
});
