// IPv4, RFC 791. DSCP and ECN: RFC 2474, RFC 3168.
import { dissector } from '../src/dissect/dissector.js';
import { bits, flag, ipv4, layout, uint } from '../src/dissect/layout.js';

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
  uint('frag_offset', 13, 'Fragment offset', { times: 8 }),
  uint('ttl', 8, 'Time to live'),
  uint('proto', 8, 'Protocol'),
  uint('checksum', 16, 'Header checksum', 'hex'),
  ipv4('src', 'Source address', { aliases: ['ip.addr'] }),
  ipv4('dst', 'Destination address', { aliases: ['ip.addr'] }),
]);

export const ip = dissector({
  name: 'ip',
  title: 'Internet Protocol Version 4',
  spec: 'RFC 791',
  role: 'network',
  layout: header,
  claims: { ethertype: [0x0800], 'frame.linktype': [228], 'ip.proto': [4] },
  length: { field: 'hdr_len' },
  total: { field: 'len' },
  payload: { table: 'ip.proto', by: 'proto', unless: 'frag_offset' },
});
