// Faults of neighbours: who answers for an address, and what a link lets by.
//
//   a, b (eth0) --- pa, pb switch pgw --- eth0 gateway eth1 --- eth0 far
import type { Fault } from './fault.js';
import type { Lab, Plan } from './lab.js';
import { ping } from './routes.js';

const LAN: Plan = {
  links: ['switch:pa a:eth0', 'switch:pb b:eth0', 'switch:pgw gateway:eth0', 'gateway:eth1 far:eth0'],
  nodes: {
    switch: `ip link add br0 type bridge mcast_snooping 0; ip link set br0 up
      for port in pa pb pgw; do ip link set $port master br0; done`,
    gateway: `sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
      ip addr add 10.5.0.1/24 dev eth0; ip addr add 10.9.0.1/24 dev eth1
      ip addr add fd10:5::1/64 dev eth0; ip addr add fd10:9::1/64 dev eth1`,
    a: `ip addr add 10.5.0.10/24 dev eth0; ip addr add fd10:5::10/64 dev eth0
      ip route add default via 10.5.0.1; ip route add default via fd10:5::1`,
    b: `ip addr add 10.5.0.11/24 dev eth0; ip addr add fd10:5::11/64 dev eth0
      ip route add default via 10.5.0.1; ip route add default via fd10:5::1`,
    far: `ip addr add 10.9.0.10/24 dev eth0; ip addr add fd10:9::10/64 dev eth0
      ip route add default via 10.9.0.1; ip route add default via fd10:9::1`,
  },
};

/** Pings from one host to another, while the other host of the link talks with the far side. */
const pings = (from: string, to: string) => async (lab: Lab) => {
  await Promise.all([ping(lab, from, to, '-c 6 -i 0.4'), ping(lab, 'b', '10.9.0.10', '-c 8 -i 0.4')]);
};

export const neighbours: readonly Fault[] = [
  {
    name: 'two hosts with one address',
    plan: LAN,
    broken: { b: 'ip addr add 10.5.0.10/24 dev eth0' },
    traffic: async (lab) => {
      await Promise.all([
        ping(lab, 'gateway', '10.5.0.10', '-c 6 -i 0.4'),
        lab.run('gateway', 'arping -c 3 10.5.0.10; arping -c 3 -I eth0 10.5.0.10'),
        ping(lab, 'b', '10.9.0.10', '-c 8 -i 0.4'),
      ]);
    },
    first: ['arp-duplicate'],
    says: /10\.5\.0\.10/,
    alone: ['arp-wrong-owner', 'arp-takeover'],
    blind: ['far', 'a', 'b'],
    repair: { b: 'ip addr del 10.5.0.10/24 dev eth0', gateway: 'ip neigh flush all' },
  },
  {
    name: 'a default route to a gateway that nobody has',
    plan: LAN,
    broken: { a: 'ip route replace default via 10.5.0.254' },
    traffic: pings('a', '10.9.0.10'),
    first: ['arp-no-reply', 'egress-wrong-next-hop'],
    says: /10\.5\.0\.254/,
    node: 'a',
    blind: ['far'],
    repair: 'printed',
  },
  {
    name: 'a netmask that is too short: a host asks on its link for one behind the gateway',
    plan: LAN,
    broken: { a: 'ip addr del 10.5.0.10/24 dev eth0; ip addr add 10.5.0.10/8 dev eth0' },
    traffic: pings('a', '10.9.0.10'),
    first: ['arp-no-reply'],
    says: /mask|prefix|\/8/,
    node: 'a',
    blind: ['far'],
    repair: { a: 'ip addr del 10.5.0.10/8 dev eth0; ip addr add 10.5.0.10/24 dev eth0; ip route add default via 10.5.0.1' },
  },
  {
    name: 'a neighbour entry that somebody wrote, with a MAC that nobody has',
    plan: LAN,
    broken: { a: 'ip neigh replace 10.5.0.1 lladdr 02:00:5e:00:00:99 dev eth0 nud permanent' },
    traffic: pings('a', '10.9.0.10'),
    first: ['mac-unknown'],
    node: 'a',
    blind: ['far'],
    repair: 'printed',
  },
  {
    name: 'a bridge that passes ARP and not IP',
    plan: LAN,
    needs: "nft add table bridge f; nft 'add chain bridge f c { type filter hook forward priority 0; }'",
    broken: {
      switch: `nft add table bridge f; nft 'add chain bridge f c { type filter hook forward priority 0; }'
        nft add rule bridge f c ether type ip ip daddr 10.5.0.11 drop`,
    },
    traffic: (lab) => Promise.all([ping(lab, 'a', '10.5.0.11', '-c 6 -i 0.4'), ping(lab, 'a', '10.9.0.10', '-c 8 -i 0.4')]),
    first: ['bridge-drops'],
    node: 'switch',
    blind: ['far', 'gateway', 'b'],
    repair: { switch: 'nft delete table bridge f' },
  },
  {
    name: 'a bridge that drops neighbour solicitations',
    plan: LAN,
    needs: "nft add table bridge f; nft 'add chain bridge f c { type filter hook forward priority 0; }'",
    broken: {
      switch: `nft add table bridge f; nft 'add chain bridge f c { type filter hook forward priority 0; }'
        nft add rule bridge f c icmpv6 type nd-neighbor-solicit drop`,
    },
    traffic: (lab) => Promise.all([ping(lab, 'a', 'fd10:5::11', '-c 6 -i 0.5'), ping(lab, 'a', '10.9.0.10', '-c 8 -i 0.4')]),
    first: ['ndp-no-reply', 'bridge-drops'],
    says: /fd10:5::11/,
    blind: ['far', 'gateway', 'b'],
    repair: { switch: 'nft delete table bridge f' },
  },
  {
    name: 'no NDP proxy on the router in front of hosts that the far side takes for its neighbours',
    plan: LAN,
    broken: {
      far: 'ip -6 addr flush dev eth0 scope global; ip addr add fd10:9::10/64 dev eth0; ip route add fd10:5::/64 dev eth0',
    },
    traffic: (lab) => Promise.all([ping(lab, 'far', 'fd10:5::10', '-c 6 -i 0.5'), ping(lab, 'a', '10.9.0.10', '-c 8 -i 0.4')]),
    first: ['ndp-no-reply'],
    says: /proxy/,
    blind: ['a', 'b', 'switch'],
    repair: { gateway: 'sysctl -qw net.ipv6.conf.eth1.proxy_ndp=1; ip neigh add proxy fd10:5::10 dev eth1' },
  },
  {
    name: 'a host whose link is down',
    plan: LAN,
    broken: { b: 'ip link set eth0 down' },
    traffic: (lab) => Promise.all([ping(lab, 'gateway', '10.5.0.11', '-c 6 -i 0.4'), ping(lab, 'a', '10.9.0.10', '-c 8 -i 0.4')]),
    first: ['arp-no-reply'],
    says: /down/,
    blind: ['far', 'b'],
    repair: { b: 'ip link set eth0 up; ip route replace default via 10.5.0.1' },
  },
];
