// A router `r` between the nodes n1 (behind eth1) and n2, n3 (behind eth2), each with a network of its own, for the tests of routes.
import { forward, ipv4, type Sight, sll2, type TestFrame, tcp } from './lab.js';

/** Hosts of the networks of n1 and of n2. */
export const FROM = '10.244.1.10';
export const TO = '10.244.2.20';

const node = (eth0: string, inner: string, routes: readonly string[]) => ({
  interfaces: { eth0: { index: 2, addresses: [eth0] }, lxc0: { index: 3, addresses: [inner] } },
  routes: [...routes],
});

/** All is well, but for the nodes whose routes are given. */
export const broken = (routes: Partial<Record<'r' | 'n1' | 'n2' | 'n3', readonly string[]>>) => ({
  nodes: {
    r: {
      interfaces: {
        eth0: { index: 2, addresses: ['203.0.113.2/30'] },
        eth1: { index: 3, addresses: ['10.77.1.1/24'] },
        eth2: { index: 4, addresses: ['10.77.2.1/24'] },
      },
      routes: [
        'default via 203.0.113.1 dev eth0',
        ...(routes.r ?? [
          '10.244.1.0/24 via 10.77.1.11 dev eth1',
          '10.244.2.0/24 via 10.77.2.12 dev eth2',
          '10.244.3.0/24 via 10.77.2.13 dev eth2',
        ]),
      ],
    },
    n1: node('10.77.1.11/24', '10.244.1.1/24', routes.n1 ?? ['default via 10.77.1.1 dev eth0']),
    n2: node('10.77.2.12/24', '10.244.2.1/24', routes.n2 ?? ['default via 10.77.2.1 dev eth0']),
    n3: node(
      '10.77.2.13/24',
      '10.244.3.1/24',
      routes.n3 ?? ['default via 10.77.2.1 dev eth0', '10.244.2.0/24 via 10.77.2.12 dev eth0'],
    ),
  },
});

/** A SYN of FROM to TO, sent again each second, in by eth1 of `r` and out by eth2. */
export const passed = (count: number, sight: Partial<Sight> = {}): TestFrame[] =>
  Array.from({ length: count }, (_, at) => {
    const frame = sll2(
      { if: 3, point: 'r', at, ...sight },
      ipv4({ src: FROM, dst: TO, ttl: 63, id: 100 + at }, tcp({ src: 40_000, dst: 80, flags: 'S', seq: 1000 })),
    );
    return [frame, forward(frame, { if: 4 })];
  }).flat();
