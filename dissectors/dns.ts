// DNS, RFC 1035 section 4.1.
import { dissector } from '../src/dissect/dissector.js';
import { bits, flag, layout, rsv, uint } from '../src/dissect/layout.js';

export const header = layout('dns', [
  uint('id', 16, 'Transaction ID', 'hex'),
  bits('flags', 'Flags', [
    flag('flags.response', 'Response'),
    uint('flags.opcode', 4, 'Opcode'),
    flag('flags.authoritative', 'Authoritative'),
    flag('flags.truncated', 'Truncated'),
    flag('flags.recdesired', 'Recursion desired'),
    flag('flags.recavail', 'Recursion available'),
    rsv(3),
    uint('flags.rcode', 4, 'Reply code'),
  ]),
  uint('count.queries', 16, 'Questions'),
  uint('count.answers', 16, 'Answer RRs'),
  uint('count.auth_rr', 16, 'Authority RRs'),
  uint('count.add_rr', 16, 'Additional RRs'),
]);

export const dns = dissector({
  name: 'dns',
  title: 'Domain Name System',
  spec: 'RFC 1035',
  layout: header,
  claims: { 'udp.port': [53] },
  payload: { none: true },
});
