import * as z from 'zod';
import { ip } from '../../../dissectors/ip.js';
import { type Packet, PROTO } from '../../flows/packet.js';
import type { Tracker } from '../../flows/tracker.js';
import { key } from '../key.js';
import { asks, said } from '../shapes.js';

/** RFC 791 section 3.1: every network carries so many bytes. */
const size = z.int().min(68);

export default key({
  key: 'mtu',
  shape: z
    .union([size, asks(z.strictObject({ outer: size.optional(), inner: size.optional() }))], {
      error: said('an MTU', '1500 or { outer: 1500, inner: 1450 }'),
    })
    .describe('Longest IP packet, bytes'),
  beside: ['flow', 'nat', 'where'],
  means: 'longest IP packet in bytes: `1500`, `{ outer: 1500, inner: 1450 }`',
  hold(mtu) {
    const { outer, inner } = typeof mtu === 'number' ? { outer: mtu, inner: undefined } : mtu;
    const text = [
      outer === undefined ? '' : `IP packets of at most ${outer} bytes`,
      inner === undefined ? '' : `inner IP packets of at most ${inner} bytes`,
    ];
    return {
      text: text.filter(Boolean).join(', '),
      frame(t) {
        const { packet: p } = t;
        if (p.family === 0) return undefined;
        const onLink = lengthOnLink(t);
        const length = outerLength(p) - p.ipLength + onLink;
        if (outer !== undefined && length > outer) return `an IP packet of ${length} bytes${perhapsMerged(t)}`;
        return inner !== undefined && p.levels > 1 && onLink > inner
          ? `an inner IP packet of ${onLink} bytes${perhapsMerged(t)}`
          : null;
      },
    };
  },
});

/** Of the two ends, by the SYN of the receiver where it was seen; 0: none was. */
function mssOf({ conversation: c, way, conversations }: Tracker): number {
  return c < 0 ? 0 : conversations.mss[c * 2 + 1 - way] || conversations.mss[c * 2 + way];
}

/**
 * Length of the innermost IP packet, as links carry it: a frame that the card is to cut (GSO, TSO), or that it has merged (GRO, LRO), is longer
 * than any segment (RFC 9293 section 3.7.1).
 */
function lengthOnLink(t: Tracker): number {
  const { packet: p } = t;
  const mss = p.proto === PROTO.tcp ? mssOf(t) : 0;
  return mss > 0 ? Math.min(p.ipLength, mss + (p.family === 6 ? 60 : 40)) : p.ipLength;
}

const perhapsMerged = (t: Tracker): string =>
  t.packet.proto === PROTO.tcp && mssOf(t) === 0
    ? ' (or several that the network card merges or cuts: the SYN with the MSS is not in the capture)'
    : '';

/** Length of the outermost IP packet, in bytes; -1 without one. */
function outerLength(p: Packet): number {
  if (p.levels === 0) return -1;
  if (p.levels <= 2) return p.levels === 1 ? p.ipLength : p.outerLength;
  const { layers, bytes } = p;
  const at = layers.start[p.net[0]];
  return layers.proto[p.net[0]] === ip.ref.id
    ? (bytes[at + 2] << 8) | bytes[at + 3]
    : ((bytes[at + 4] << 8) | bytes[at + 5]) + 40;
}
