// ICMPv6, RFC 4443. Neighbour discovery: RFC 4861.
import { dissector, protocol } from '../src/dissect/dissector.js';
import { field } from '../src/dissect/fields.js';
import { layout, readUint, uint } from '../src/dissect/layout.js';

export const header = layout('icmpv6', [
  uint('type', 8, 'Type'),
  uint('code', 8, 'Code'),
  uint('checksum', 16, 'Checksum', 'hex'),
]);

export const TYPE = {
  unreachable: 1,
  tooBig: 2,
  timeExceeded: 3,
  parameter: 4,
  echoRequest: 128,
  echoReply: 129,
  routerSolicitation: 133,
  routerAdvertisement: 134,
  neighborSolicitation: 135,
  neighborAdvertisement: 136,
  redirect: 137,
} as const;

/** Option types of neighbour discovery, RFC 4861 section 4.6. */
export const OPTION = { sourceLink: 1, targetLink: 2, prefix: 3, redirected: 4, mtu: 5 } as const;

const mtu = field('icmpv6.mtu', 'MTU', 'uint32');
const ident = field('icmpv6.echo.identifier', 'Identifier', 'uint16', { base: 'hex' });
const seq = field('icmpv6.echo.sequence_number', 'Sequence', 'uint16');
const nsTarget = field('icmpv6.nd.ns.target_address', 'Target address', 'ipv6');
const naTarget = field('icmpv6.nd.na.target_address', 'Target address', 'ipv6');
const optType = field('icmpv6.opt.type', 'Type', 'uint8');
const optSource = field('icmpv6.opt.src_linkaddr', 'Source link-layer address', 'ether');
const optTarget = field('icmpv6.opt.target_linkaddr', 'Target link-layer address', 'ether');

const IPV6 = protocol('ipv6');

/** Offset of an option of this type in the ND message at `at` (options start at `from`), or -1. */
export function findOption(b: Uint8Array, from: number, end: number, type: number): number {
  for (let o = from; o + 8 <= end && b[o + 1] !== 0; o += b[o + 1]! * 8) if (b[o] === type) return o;
  return -1;
}

export const icmpv6 = dissector({
  name: 'icmpv6',
  title: 'Internet Control Message Protocol v6',
  spec: 'RFC 4443',
  role: 'transport',
  layout: header,
  minLength: 8,
  fields: [mtu, ident, seq, nsTarget, naTarget, optType, optSource, optTarget],
  claims: { 'ip.proto': [58] },
  payload: {
    step(layers, at) {
      const type = header.get.type(layers.bytes, at);
      // Error messages have the high bit clear (section 2.1) and quote as much of the packet as fits.
      if (type >= 1 && type <= 4) {
        layers.quote();
        layers.next(IPV6, at + 8);
      } else if (type === TYPE.echoRequest || type === TYPE.echoReply) layers.nextAtData(at + 8);
      else layers.last();
    },
  },
  details(out, layers, i) {
    const { bytes } = layers;
    const at = layers.start[i]!;
    const end = layers.end[i]!;
    const type = header.get.type(bytes, at);
    if (type === TYPE.tooBig) out.add(mtu, at + 4, 4, readUint(bytes, at + 4, 4));
    else if (type === TYPE.echoRequest || type === TYPE.echoReply) {
      out.add(ident, at + 4, 2, readUint(bytes, at + 4, 2));
      out.add(seq, at + 6, 2, readUint(bytes, at + 6, 2));
    } else if ((type === TYPE.neighborSolicitation || type === TYPE.neighborAdvertisement) && at + 24 <= end) {
      out.add(type === TYPE.neighborSolicitation ? nsTarget : naTarget, at + 8, 16, null);
      for (let o = at + 24; o + 8 <= end && bytes[o + 1] !== 0; o += bytes[o + 1]! * 8) {
        out.add(optType, o, 1, bytes[o]!);
        if (bytes[o] === OPTION.sourceLink) out.add(optSource, o + 2, 6, readUint(bytes, o + 2, 6));
        if (bytes[o] === OPTION.targetLink) out.add(optTarget, o + 2, 6, readUint(bytes, o + 2, 6));
      }
    }
  },
});
