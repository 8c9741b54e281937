// Captures of the rules about routes that no lab was needed for.
import { echo, ipv4, sll2, type TestFrame, tcp } from './lab.js';
import { passed } from './route-lab.js';

/** SYNs to the second interface of a server that answers pings on its first one. */
export const secondInterface = (): TestFrame[] => [
  sll2({ point: 'srv', if: 2, dir: 'in', at: 0 }, ipv4({ src: '10.9.0.1', dst: '10.9.0.10', id: 1 }, echo({ seq: 1 }))),
  sll2(
    { point: 'srv', if: 2, dir: 'out', at: 0.001 },
    ipv4({ src: '10.9.0.10', dst: '10.9.0.1', id: 2 }, echo({ seq: 1, reply: true })),
  ),
  ...[1, 2, 4].map((at) =>
    sll2(
      { point: 'srv', if: 3, dir: 'in', at },
      ipv4({ src: '203.0.113.1', dst: '172.31.7.2', ttl: 60, id: 10 + at }, tcp({ src: 50_000, dst: 25, flags: 'S', seq: 1 })),
    ),
  ),
];

export const routeExamples = (): Readonly<Record<string, { readonly frames: readonly TestFrame[] }>> => ({
  'no-way-back.pcap': { frames: passed(4) },
  'rp-filter-host.pcap': { frames: secondInterface() },
});
