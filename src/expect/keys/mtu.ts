import { z } from 'zod';
import { ip } from '../../../dissectors/ip.js';
import type { Packet } from '../../flows/packet.js';
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
      frame({ packet: p }) {
        if (p.family === 0) return undefined;
        const length = outerLength(p);
        if (outer !== undefined && length > outer) return `an IP packet of ${length} bytes`;
        return inner !== undefined && p.levels > 1 && p.ipLength > inner ? `an inner IP packet of ${p.ipLength} bytes` : null;
      },
    };
  },
});

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
