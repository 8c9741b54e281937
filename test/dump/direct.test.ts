// What is written as the fields come is what a tree of the same packets says. A choice of all layers is made as a tree, and leaves nothing out.
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { dissectors } from '../../dissectors/index.js';
import { Registry } from '../../src/dissect/registry.js';
import { captureFile, ipv4, ipv6, sll2, tcp, udp } from '../rules/lab.js';
import { some } from '../thorough.js';
import { printed } from './print.js';

const CAPTURES = join(import.meta.dirname, '../../captures');
const all = [
  'frame',
  '_ws.expert',
  ...new Registry(dissectors, []).protocols.flatMap(({ name, self }) => [name, self.name]),
].join(',');

const NAMES = [
  ...[
    'vxlan-router.pcap',
    'tcp-zero-window.pcap',
    'icmp-ttl-exceeded.pcap',
    'dns-healthy.pcap',
    'geneve-options.pcap',
    'http-bad-gateway.pcap',
  ],
  ...['ndp-duplicate.pcap', 'native-missing-route.pcap', 'capture-dropped.pcapng'],
];

/** Segments that are cut, and one that is sent again; datagrams without a checksum, and with nobody's port. */
const A = '10.0.1.5';
const B = '10.0.2.5';
const data = Uint8Array.from({ length: 300 }, (_, i) => (i * 37) & 0xff);
const odd = captureFile([
  sll2({}, ipv4({ src: A, dst: B }, tcp({ src: 5000, dst: 80, flags: 'PA', data }))),
  sll2({}, ipv4({ src: A, dst: B }, tcp({ src: 5000, dst: 80, flags: 'PA', data }))),
  sll2({}, ipv4({ src: A, dst: B }, udp({ src: 5000, dst: 4789, data }))),
  sll2({}, ipv6({ src: 'fd00::1', dst: 'fd00::2' }, udp({ src: 5000, dst: 9, data }))),
  ...[21, 25, 41, 45, 50, 57].map((snap) => sll2({ snap }, ipv4({ src: A, dst: B }, tcp({ src: 5000, dst: 80, flags: 'S' })))),
]);

describe.each(['json', 'ek', 'pdml'] as const)('-T %s', (type) => {
  it.each(some(NAMES, 2))('says of %s what its trees say', async (name) => {
    const options = { type, decodeAs: ['udp.port==8472,vxlan'], count: 300 };
    const direct = await printed(join(CAPTURES, name), options);
    expect(direct.text.length).toBeGreaterThan(1000);
    expect(direct.text).toBe((await printed(join(CAPTURES, name), { ...options, topProtocols: all })).text);
  });

  it('says of odd packets what their trees say', async () => {
    expect((await printed(odd, { type })).text).toBe((await printed(odd, { type, topProtocols: all })).text);
  });
});
