// ICMP, RFC 792. Next-hop MTU: RFC 1191 section 4.
import { dissector, protocol } from '../src/dissect/dissector.js';
import { field } from '../src/dissect/fields.js';
import { layout, readUint, uint } from '../src/dissect/layout.js';

export const header = layout('icmp', [uint('type', 8, 'Type'), uint('code', 8, 'Code'), uint('checksum', 16, 'Checksum', 'hex')]);

export const TYPE = {
  echoReply: 0,
  unreachable: 3,
  quench: 4,
  redirect: 5,
  echoRequest: 8,
  timeExceeded: 11,
  parameter: 12,
} as const;
/** Code of `unreachable`: fragmentation needed and DF set. */
export const FRAGMENTATION_NEEDED = 4;

const ident = field('icmp.ident', 'Identifier (BE)', 'uint16');
const seq = field('icmp.seq', 'Sequence number (BE)', 'uint16');
const mtu = field('icmp.mtu', 'MTU of next hop', 'uint16');
const redirectGateway = field('icmp.redir_gw', 'Gateway address', 'ipv4');

const IP = protocol('ip');

/** Does a message of this type quote the packet it is about? */
export const quotes = (type: number): boolean =>
  type === TYPE.unreachable ||
  type === TYPE.quench ||
  type === TYPE.redirect ||
  type === TYPE.timeExceeded ||
  type === TYPE.parameter;

/** Identifier and sequence number of an echo; next-hop MTU of "fragmentation needed". All in the 4 bytes behind the checksum. */
export const identifier = (b: Uint8Array, at: number): number => (b[at + 4]! << 8) | b[at + 5]!;
export const sequence = (b: Uint8Array, at: number): number => (b[at + 6]! << 8) | b[at + 7]!;
export const nextHopMtu = sequence;

export const icmp = dissector({
  name: 'icmp',
  title: 'Internet Control Message Protocol',
  spec: 'RFC 792',
  role: 'transport',
  layout: header,
  // Every message has four more bytes behind the checksum.
  minLength: 8,
  fields: [ident, seq, mtu, redirectGateway],
  claims: { 'ip.proto': [1] },
  payload: {
    step(layers, at) {
      if (!quotes(header.get.type(layers.bytes, at))) return layers.nextAtData(at + 8);
      layers.quote();
      layers.next(IP, at + 8);
    },
  },
  details(out, layers, i) {
    const { bytes } = layers;
    const at = layers.start[i]!;
    const type = header.get.type(bytes, at);
    if (type === TYPE.echoRequest || type === TYPE.echoReply) {
      out.add(ident, at + 4, 2, identifier(bytes, at));
      out.add(seq, at + 6, 2, sequence(bytes, at));
    } else if (type === TYPE.unreachable && header.get.code(bytes, at) === FRAGMENTATION_NEEDED)
      out.add(mtu, at + 6, 2, nextHopMtu(bytes, at));
    else if (type === TYPE.redirect) out.add(redirectGateway, at + 4, 4, readUint(bytes, at + 4, 4));
  },
});
