// Faults of overlays: pods of two nodes talk through VXLAN over a routed fabric.
//
//   pod1 (eth0) --- pod node1 eth0 --- eth1 fabric eth2 --- eth0 node2 pod --- eth0 pod2
import type { Fault, Network } from './fault.js';
import type { Lab, Plan } from './lab.js';
import { ping } from './routes.js';

const vtep = (own: number, other: number, id = 42, name = 'vx') =>
  `ip link add ${name} type vxlan id ${id} local 10.0.${own}.1 remote 10.0.${other}.1 dstport 4789 dev eth0
   ip link set ${name} mtu 1450; ip link set ${name} up`;
const node = (own: number, other: number) => `sysctl -qw net.ipv4.ip_forward=1
  ip addr add 10.0.${own}.1/24 dev eth0; ip route add default via 10.0.${own}.254; ip addr add 10.200.${own}.1/24 dev pod
  ${vtep(own, other)}; ip addr add 10.200.0.${own}/24 dev vx; ip route add 10.200.${other}.0/24 via 10.200.0.${other}`;

export const OVERLAY: Plan = {
  links: ['node1:pod pod1:eth0', 'node1:eth0 fabric:eth1', 'fabric:eth2 node2:eth0', 'node2:pod pod2:eth0'],
  nodes: {
    fabric: 'sysctl -qw net.ipv4.ip_forward=1; ip addr add 10.0.1.254/24 dev eth1; ip addr add 10.0.2.254/24 dev eth2',
    node1: node(1, 2),
    node2: node(2, 1),
    pod1: 'ip addr add 10.200.1.5/24 dev eth0; ip route add default via 10.200.1.1',
    pod2: 'ip addr add 10.200.2.5/24 dev eth0; ip route add default via 10.200.2.1',
  },
};

/** Pods talk through the tunnel, nodes beside it. */
const talk = (lab: Lab) =>
  Promise.all([
    ping(lab, 'pod1', '10.200.2.5', '-c 5 -i 0.3'),
    lab.talk('pod1', 'tcp 10.200.2.5 80'),
    ping(lab, 'node1', '10.0.2.1', '-c 8 -i 0.4'),
    ping(lab, 'pod2', '10.200.2.1', '-c 3 -i 0.3'),
  ]);
const overlay = { plan: OVERLAY, traffic: talk, serve: (lab: Lab) => lab.listen('pod2', 'tcp-serve 80') } as const;

export const OVERLAY_HEALTHY: Network = { ...overlay, name: 'pods behind VXLAN' };

export const overlays: readonly Fault[] = [
  {
    ...overlay,
    name: 'answers come back in another VNI',
    broken: {
      node2: `${vtep(2, 1, 43, 'vx43')}; ip addr add 10.200.9.2/24 dev vx43
        ip route replace 10.200.1.0/24 dev vx43; ip neigh add 10.200.1.5 lladdr 02:00:00:00:01:05 dev vx43
        ip route replace 10.200.0.1/32 dev vx43; ip neigh add 10.200.0.1 lladdr 02:00:00:00:01:05 dev vx43`,
    },
    first: ['tunnel-vni-mismatch'],
    says: /43/,
    blind: [],
    repair: { node2: 'ip link del vx43; ip route replace 10.200.1.0/24 via 10.200.0.1' },
  },
  {
    ...overlay,
    name: 'two ends that use different VNIs',
    broken: {
      node2: `ip link del vx; ${vtep(2, 1, 43)}; ip addr add 10.200.0.2/24 dev vx; ip route add 10.200.1.0/24 via 10.200.0.1`,
    },
    first: ['tunnel-vni-mismatch'],
    says: /43/,
    blind: ['pod2'],
    repair: {
      node2: `ip link del vx; ${vtep(2, 1)}; ip addr add 10.200.0.2/24 dev vx; ip route add 10.200.1.0/24 via 10.200.0.1`,
    },
  },
  {
    ...overlay,
    name: 'a tunnel whose other end is another address',
    broken: { node1: 'ip link set vx type vxlan id 42 remote 10.0.2.77 dev eth0' },
    first: ['tunnel-wrong-endpoint', 'arp-no-reply'],
    says: /10\.0\.2\.77/,
    blind: ['pod2', 'node2'],
    repair: { node1: 'ip link set vx type vxlan id 42 remote 10.0.2.1 dev eth0' },
  },
  {
    ...overlay,
    name: 'the fabric drops the tunnel port',
    broken: {
      fabric: `nft add table inet f; nft 'add chain inet f c { type filter hook forward priority 0; }'
        nft add rule inet f c udp dport 4789 drop`,
    },
    first: ['tunnel-blocked', 'forward-missing'],
    node: 'fabric',
    says: /4789/,
    blind: ['pod2', 'node2'],
    repair: { fabric: 'nft delete table inet f' },
  },
  {
    ...overlay,
    name: 'the fabric refuses the tunnel port',
    broken: {
      fabric: `nft add table inet f; nft 'add chain inet f c { type filter hook forward priority 0; }'
        nft add rule inet f c udp dport 4789 reject with icmp type admin-prohibited`,
    },
    first: ['tunnel-blocked'],
    says: /prohibited/,
    blind: ['pod2', 'node2'],
    repair: { fabric: 'nft delete table inet f' },
  },
  {
    ...overlay,
    name: 'the ends use different UDP ports',
    broken: {
      node2: `ip link del vx; ip link add vx type vxlan id 42 local 10.0.2.1 remote 10.0.1.1 dstport 8472 dev eth0; ip link set vx up
        ip addr add 10.200.0.2/24 dev vx; ip route add 10.200.1.0/24 via 10.200.0.1`,
    },
    first: ['tunnel-blocked'],
    says: /4789|8472/,
    blind: ['pod2'],
    repair: {
      node2: `ip link del vx; ${vtep(2, 1)}; ip addr add 10.200.0.2/24 dev vx; ip route add 10.200.1.0/24 via 10.200.0.1`,
    },
  },
  {
    ...overlay,
    name: 'a neighbour entry of the tunnel with a MAC that its other end does not have',
    broken: { node1: 'ip neigh replace 10.200.0.2 lladdr 02:00:5e:00:00:99 dev vx nud permanent' },
    first: ['tunnel-inner-mac'],
    alone: ['mac-unknown'],
    says: /02:00:5e:00:00:99/,
    blind: ['pod2', 'fabric'],
    repair: 'printed',
  },
];
