// A router between two node networks and the internet, for the tests of the path rules.
import { echo, forward, ipv4, type Sight, sll2, type TestFrame, tcp } from './lab.js';

export const POD = '172.20.0.96';
export const SERVER = '172.20.2.1';
export const NODE = '192.168.10.100';
export const FAR_NODE = '192.168.20.100';
/** Interface numbers of the router. */
export const UPLINK = 2;
export const NEAR = 3;
export const FAR = 4;

export const ifmap = { [UPLINK]: 'eth0', [NEAR]: 'eth1', [FAR]: 'eth2' };

/** With these routes of the router, as `ip route` prints them. */
export const topology = (...routes: string[]) => ({
  nodes: {
    router: {
      interfaces: {
        eth0: { index: UPLINK, addresses: ['10.0.2.15/24'] },
        eth1: { index: NEAR, addresses: ['192.168.10.200/24'] },
        eth2: { index: FAR, addresses: ['192.168.20.200/24'] },
      },
      routes: ['default via 10.0.2.2 dev eth0', ...routes],
    },
    ctr: { interfaces: { eth1: { addresses: [`${NODE}/24`] } }, podCIDRs: ['172.20.0.0/24'] },
    w0: { interfaces: { eth1: { addresses: [`${FAR_NODE}/24`] } }, podCIDRs: ['172.20.2.0/24'] },
  },
  masquerade: { inside: ['172.20.0.0/16'] },
});
export const ROUTES = ['172.20.0.0/24 via 192.168.10.100 dev eth1', '172.20.2.0/24 via 192.168.20.100 dev eth2'];

export const ping = (src: string, dst: string, seq: number, sight: Sight, reply = false): TestFrame =>
  sll2(sight, ipv4({ src, dst, ttl: 63 }, echo({ seq, reply })));

export const syn = (src: string, dst: string, sight: Sight, port = 40_000): TestFrame =>
  sll2(sight, ipv4({ src, dst, ttl: 63 }, tcp({ src: port, dst: 80, flags: 'S', seq: 1000 })));

/** In by one interface, out by another. */
export const passes = (frame: TestFrame, out: number): TestFrame[] => [frame, forward(frame, { if: out })];

/** A ping between the nodes and its answer: the router works, and both links are inhabited. */
export const healthy = (seq: number, at: number): TestFrame[] => [
  ...passes(ping(NODE, FAR_NODE, seq, { if: NEAR, at }), FAR),
  ...passes(ping(FAR_NODE, NODE, seq, { if: FAR, at: at + 0.01 }, true), NEAR),
];

/** Three SYNs of one connection, a second apart, each forwarded to `out`; -1: not at all. */
export const attempts = (src: string, dst: string, from: number, out: number, at = 0): TestFrame[] =>
  [0, 1, 2].flatMap((i) => {
    const frame = syn(src, dst, { if: from, at: at + i });
    return out < 0 ? [frame] : passes(frame, out);
  });
