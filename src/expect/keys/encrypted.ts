import * as z from 'zod';
import { subject } from '../key.js';
import { neverSeen } from '../never-seen.js';
import type { Builder } from '../plan.js';
import { address, list, said, text } from '../shapes.js';

/** Filters: what is hidden by it, and what shows that something is. A handshake of WireGuard alone carries nothing. */
const CIPHERS = {
  esp: { hidden: ['esp', 'udpencap', 'isakmp'], shown: 'esp' },
  wireguard: { hidden: ['wg'], shown: 'wg.type == 4' },
} as const;

const shape = z.strictObject({
  hosts: address.describe('Whose packets must not be seen in clear'),
  on: list(text).describe('Interfaces'),
  by: list(z.enum(['esp', 'wireguard'], { error: said('a cipher', 'esp or wireguard') }))
    .optional()
    .describe('What encrypts; any of them when not given'),
});

export default subject({
  key: 'encrypted',
  shape,
  beside: [],
  usage: '`encrypted: { hosts, on, by }`',
  means:
    'on these interfaces no frame from or to these hosts is in clear, and there are encrypted ones: `esp` (also in UDP) or `wireguard`',
  about: 'other',
  early: true,
  points: ({ on }) => [on].flat().map((name, i) => ({ point: null, interface: name, path: ['encrypted', 'on', i] })),
  judge({ hosts, on, by }, b) {
    const here = `hop.interface in {${[on]
      .flat()
      .map((name) => JSON.stringify(name))
      .join(', ')}}`;
    const ciphers = by === undefined ? Object.values(CIPHERS) : [by].flat().map((name) => CIPHERS[name]);
    // IKE agrees on the keys of ESP in the open (RFC 7296 section 1.2).
    const hidden = ciphers.flatMap((one) => one.hidden).join(' || ');
    return neverSeen(b, {
      path: ['encrypted'],
      filter: `${here} && (${endsOf(b, hosts)}) && !(${hidden})`,
      witness: `${here} && (${ciphers.map(({ shown }) => shown).join(' || ')})`,
      expected: `nothing of ${[hosts].flat().join(', ')} in clear on ${[on].flat().join(', ')}`,
      lacking: 'no encrypted frame there either',
    });
  },
});

/** A filter for frames from or to these hosts, at any level. */
function endsOf(b: Builder, hosts: string | string[]): string {
  const all = b.addresses(hosts, ['encrypted', 'hosts']) ?? [];
  const family = (name: string, family: 4 | 6) => {
    const own = all.filter((p) => p.address.family === family).map((p) => (p.isHost ? String(p.address) : String(p)));
    return own.length === 0 ? [] : [`${name}.addr in {${own.join(', ')}}`];
  };
  return [...family('ip', 4), ...family('ipv6', 6)].join(' || ') || 'frame';
}
