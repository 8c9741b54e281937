import { ipv4, sll2, udp } from '../../rules/lab.js';
import { answeredPing, cut, request } from '../pings.js';

const body = { kind: 'other', proto: 50, srcPort: 0, dstPort: 0, bytes: new Uint8Array(40).fill(9), checksumAt: -1 } as const;
/** Between the nodes, by eth2. */
export const esp = sll2({ if: 4, dir: 'out' }, ipv4({ src: '10.0.1.5', dst: '10.0.2.5' }, body));
/** Transport data of WireGuard, whose type is 4. */
const wireguard = sll2(
  { if: 4, dir: 'out' },
  ipv4({ src: '10.0.1.5', dst: '10.0.2.5' }, udp({ src: 51_820, dst: 51_820, data: new Uint8Array(96).fill(4, 0, 1) })),
);
const handshake = sll2(
  { if: 4, dir: 'out' },
  ipv4({ src: '10.0.1.5', dst: '10.0.2.5' }, udp({ src: 51_820, dst: 51_820, data: new Uint8Array(148).fill(1, 0, 1) })),
);
const PODS = 'hosts: [pods of a, pods of b], on: eth2';

export const cases = [
  ['encrypted', `- encrypted: { ${PODS} }`, [request(), esp], 'pass'],
  ['encrypted', '- encrypted: { hosts: [a, b], on: eth2 }', answeredPing, /^fail: 2 frames/],
  // The outer addresses are those of the hosts themselves.
  ['encrypted from host to host', '- encrypted: { hosts: [a, b], on: eth2 }', [esp, wireguard], 'pass'],
  ['encrypted without a witness', `- encrypted: { ${PODS} }`, answeredPing, /^fail: no encrypted frame there either/],
  ['encrypted, and only keys were agreed on', `- encrypted: { ${PODS} }`, [handshake], /^fail: no encrypted frame there either/],
  ['encrypted, with gaps', `- encrypted: { ${PODS} }`, [esp, cut], /^inconclusive: none, but .*cut/],
  ['encrypted.hosts', '- encrypted: { hosts: 10.0.9.0/24, on: eth2 }', [...answeredPing, esp], 'pass'],
  ['encrypted.hosts', '- encrypted: { hosts: 10.0.2.0/24, on: eth2 }', [...answeredPing, esp], /^fail: 2 frames/],
  ['encrypted.on', '- encrypted: { hosts: a, on: eth2 }', [request(), esp], 'pass'],
  ['encrypted.on', '- encrypted: { hosts: a, on: [eth1, eth2] }', [request(), esp], /^fail: 1 frame/],
  ['encrypted.by', `- encrypted: { ${PODS}, by: wireguard }`, [wireguard], 'pass'],
  ['encrypted.by', `- encrypted: { ${PODS}, by: wireguard }`, [esp], /^fail: no encrypted frame there either/],
  ['encrypted, except', '- encrypted: { hosts: a, on: [eth1, eth2] }\n  except: icmp', [request(), esp], 'pass'],
] as const;
