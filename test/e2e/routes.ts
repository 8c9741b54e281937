// Faults of routes: what a node does with packets that it should pass on.
//
//   internet (eth0) --- eth0 r1 eth2 --- eth0 r2 eth1 --- eth0 server
//                          eth1 --- eth0 client
import type { Fault, Network } from './fault.js';
import type { Lab, Plan } from './lab.js';

export const ROUTED: Plan = {
  links: ['r1:eth0 internet:eth0', 'r1:eth1 client:eth0', 'r1:eth2 r2:eth0', 'r2:eth1 server:eth0'],
  nodes: {
    internet: 'ip addr add 203.0.113.1/24 dev eth0; ip route add 10.1.0.0/24 via 203.0.113.2',
    r1: `sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
      ip addr add 203.0.113.2/24 dev eth0; ip addr add 10.1.0.1/24 dev eth1; ip addr add 10.12.0.1/24 dev eth2
      ip addr add fd10:1::1/64 dev eth1; ip addr add fd10:12::1/64 dev eth2
      ip route add default via 203.0.113.1; ip route add 10.2.0.0/24 via 10.12.0.2; ip route add fd10:2::/64 via fd10:12::2`,
    r2: `sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
      ip addr add 10.12.0.2/24 dev eth0; ip addr add 10.2.0.1/24 dev eth1
      ip addr add fd10:12::2/64 dev eth0; ip addr add fd10:2::1/64 dev eth1
      ip route add default via 10.12.0.1; ip route add default via fd10:12::1`,
    client: `ip addr add 10.1.0.10/24 dev eth0; ip addr add fd10:1::10/64 dev eth0
      ip route add default via 10.1.0.1; ip route add default via fd10:1::1`,
    server: `ip addr add 10.2.0.10/24 dev eth0; ip addr add fd10:2::10/64 dev eth0
      ip route add default via 10.2.0.1; ip route add default via fd10:2::1`,
  },
};

export const ping = (lab: Lab, node: string, to: string, options = '-c 4 -i 0.25') => lab.run(node, `ping ${options} -W 1 ${to}`);

/** Pings and connections of the client, and pings of what is answered whatever is wrong behind it, until all else is due. */
const visits = (lab: Lab) =>
  Promise.all([
    ping(lab, 'client', '10.2.0.10'),
    lab.talk('client', 'tcp 10.2.0.10 80'),
    ping(lab, 'client', '10.1.0.1', '-c 8 -i 0.4'),
    ping(lab, 'client', '203.0.113.1', '-c 2 -i 0.4'),
  ]);
const visits6 = (lab: Lab) =>
  Promise.all([
    ping(lab, 'client', 'fd10:2::10'),
    lab.talk('client', 'tcp fd10:2::10 80'),
    ping(lab, 'client', 'fd10:1::1', '-c 8 -i 0.4'),
    ping(lab, 'client', '203.0.113.1', '-c 2 -i 0.4'),
  ]);
const web = (lab: Lab) => lab.listen('server', 'tcp-serve 80');

export const routed = { plan: ROUTED, serve: web, traffic: visits } as const;

export const HEALTHY: Network = {
  ...routed,
  name: 'two routers',
  traffic: (lab) => Promise.all([visits(lab), visits6(lab)]),
};

export const routes: readonly Fault[] = [
  {
    ...routed,
    name: 'a router lacks the route to a network behind another router',
    broken: { r1: 'ip route del 10.2.0.0/24' },
    first: ['egress-wrong-interface'],
    node: 'r1',
    repair: 'printed',
    blind: ['r2', 'server'],
  },
  {
    ...routed,
    name: 'a router sends packets to the wrong next hop on the right interface',
    broken: { r1: 'ip route replace 10.2.0.0/24 via 10.12.0.66' },
    first: ['egress-wrong-next-hop', 'arp-no-reply'],
    node: 'r1',
    repair: 'printed',
    blind: ['server', 'r2', 'internet'],
  },
  {
    ...routed,
    name: 'a blackhole route',
    broken: { r1: 'ip route del 10.2.0.0/24; ip route add blackhole 10.2.0.0/24' },
    first: ['forward-missing'],
    node: 'r1',
    says: /blackhole/,
    repair: 'printed',
    blind: ['r2', 'server', 'internet'],
  },
  {
    ...routed,
    name: 'a prohibit route',
    broken: { r1: 'ip route del 10.2.0.0/24; ip route add prohibit 10.2.0.0/24' },
    first: ['icmp-unreachable'],
    node: 'r1',
    says: /prohibit/,
    repair: 'printed',
    blind: ['r2', 'server', 'internet'],
  },
  {
    ...routed,
    name: 'an unreachable route',
    broken: { r2: 'ip route add unreachable 10.2.0.10' },
    first: ['icmp-unreachable'],
    node: 'r2',
    says: /unreachable/,
    repair: 'printed',
    blind: ['server', 'internet'],
  },
  {
    ...routed,
    name: 'the return path has no route',
    broken: { r2: 'ip route del default' },
    first: ['return-missing', 'path-broken', 'icmp-unreachable', 'forward-missing'],
    node: 'r2',
    says: /no route/,
    repair: 'printed',
    blind: ['internet'],
  },
  {
    ...routed,
    name: 'the server has no route back',
    broken: { server: 'ip route del default' },
    first: ['return-missing', 'path-broken', 'forward-missing'],
    node: 'server',
    says: /no route/,
    repair: 'printed',
    blind: ['internet'],
  },
  {
    ...routed,
    name: 'a policy rule sends the packets of one host elsewhere',
    broken: { r1: 'ip route add default via 203.0.113.1 table 100; ip rule add from 10.1.0.10 lookup 100' },
    first: ['egress-wrong-interface'],
    node: 'r1',
    says: /from 10\.1\.0\.10/,
    repair: { r1: 'ip rule del from 10.1.0.10' },
    blind: ['r2', 'server'],
  },
  {
    ...routed,
    name: 'forwarding is off',
    broken: { r2: 'sysctl -qw net.ipv4.ip_forward=0' },
    first: ['forward-missing'],
    node: 'r2',
    says: /passes nothing on|forward/,
    repair: 'printed',
    blind: ['server', 'internet'],
  },
  {
    ...routed,
    name: 'strict reverse-path filtering drops what comes in by another way than answers would leave',
    broken: { r2: 'sysctl -qw net.ipv4.conf.all.rp_filter=1; ip route add 10.1.0.0/24 via 10.2.0.10' },
    first: ['forward-missing'],
    node: 'r2',
    says: /rp_filter|reverse/i,
    repair: { r2: 'ip route del 10.1.0.0/24' },
    blind: ['server', 'internet'],
  },
  {
    ...routed,
    name: 'a router lacks the IPv6 route, and the IPv4 one is there',
    broken: { r1: 'ip -6 route del fd10:2::/64' },
    traffic: visits6,
    first: ['icmp-unreachable', 'forward-missing'],
    node: 'r1',
    says: /no route/,
    repair: 'printed',
    blind: ['r2', 'server', 'internet'],
  },
  {
    ...routed,
    name: 'routers that send a network to each other',
    broken: { r2: 'ip addr del 10.2.0.1/24 dev eth1; ip -6 addr flush dev eth1' },
    first: ['routing-loop'],
    repair: { r2: 'ip addr add 10.2.0.1/24 dev eth1' },
    blind: ['server', 'internet'],
    alone: ['icmp-ttl-exceeded'],
  },
  {
    ...routed,
    name: 'a route is removed and restored while packets go by',
    traffic: async (lab) => {
      const pings = ping(lab, 'client', '10.2.0.10', '-c 16 -i 0.25');
      await new Promise((done) => setTimeout(done, 1000));
      await lab.all({ r1: 'ip route del 10.2.0.0/24' });
      await new Promise((done) => setTimeout(done, 1500));
      await lab.all({ r1: 'ip route add 10.2.0.0/24 via 10.12.0.2' });
      await pings;
    },
    after: visits,
    first: ['egress-wrong-interface'],
    node: 'r1',
    says: /lost/,
    repair: {},
    blind: ['r2', 'server'],
  },
];
