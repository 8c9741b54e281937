// Faults of translation: addresses that must change on their way, and do not, or change back wrongly.
//
//   client, inner (eth0) --- client, inner lan nat --- eth1 nat eth0 --- eth0 outside
import type { Fault, Network } from './fault.js';
import { type Lab, type Plan, pause } from './lab.js';
import { ping } from './routes.js';

/** `inner` serves what `nat` hands on; `outside` knows its own link alone. */
const NAT: Plan = {
  links: ['lan:client client:eth0', 'lan:inner inner:eth0', 'lan:nat nat:eth1', 'nat:eth0 outside:eth0'],
  nodes: {
    lan: `ip link add br0 type bridge mcast_snooping 0; ip link set br0 up
      for port in client inner nat; do ip link set $port master br0; done`,
    nat: `sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.send_redirects=0 net.ipv4.conf.eth1.send_redirects=0
      ip addr add 10.1.0.1/24 dev eth1; ip addr add 203.0.113.2/24 dev eth0
      nft add table ip nat; nft 'add chain ip nat out { type nat hook postrouting priority 100; }'
      nft 'add chain ip nat in { type nat hook prerouting priority -100; }'
      nft add rule ip nat out oifname eth0 masquerade`,
    client: 'ip addr add 10.1.0.10/24 dev eth0; ip route add default via 10.1.0.1',
    inner: 'ip addr add 10.1.0.20/24 dev eth0; ip addr add 10.1.0.21/24 dev eth0; ip route add default via 10.1.0.1',
    outside: 'ip addr add 203.0.113.10/24 dev eth0',
  },
};

const goOut = (lab: Lab) =>
  Promise.all([
    ping(lab, 'client', '203.0.113.10'),
    lab.talk('client', 'tcp 203.0.113.10 80'),
    ping(lab, 'client', '10.1.0.1', '-c 8 -i 0.4'),
    ping(lab, 'inner', '10.1.0.1', '-c 2 -i 0.3'),
    ping(lab, 'nat', '203.0.113.10', '-c 2 -i 0.3'),
  ]);
const serveOutside = (lab: Lab) => lab.listen('outside', 'tcp-serve 80');
const base = (lab: Lab) =>
  Promise.all([
    ping(lab, 'client', '10.1.0.1', '-c 8 -i 0.4'),
    ping(lab, 'inner', '10.1.0.1', '-c 2 -i 0.3'),
    ping(lab, 'nat', '203.0.113.10', '-c 2 -i 0.3'),
  ]);
const known = 'masquerade: { inside: [10.1.0.0/24] }\n';

/** A home behind a carrier's NAT: `client --- home --- carrier --- outside`. */
const TWICE: Plan = {
  links: ['client:eth0 home:eth1', 'home:eth0 carrier:eth1', 'carrier:eth0 outside:eth0'],
  nodes: {
    client: 'ip addr add 10.1.0.10/24 dev eth0; ip route add default via 10.1.0.1',
    home: `sysctl -qw net.ipv4.ip_forward=1; ip addr add 10.1.0.1/24 dev eth1; ip addr add 192.168.5.2/24 dev eth0
      ip route add default via 192.168.5.1
      nft add table ip nat; nft 'add chain ip nat out { type nat hook postrouting priority 100; }'
      nft add rule ip nat out oifname eth0 masquerade`,
    carrier: `sysctl -qw net.ipv4.ip_forward=1; ip addr add 192.168.5.1/24 dev eth1; ip addr add 203.0.113.2/24 dev eth0
      nft add table ip nat; nft 'add chain ip nat out { type nat hook postrouting priority 100; }'
      nft add rule ip nat out oifname eth0 masquerade`,
    outside: 'ip addr add 203.0.113.10/24 dev eth0',
  },
};
const through = (lab: Lab) =>
  Promise.all([
    ping(lab, 'client', '203.0.113.10', '-c 4 -i 0.3'),
    lab.talk('client', 'tcp 203.0.113.10 80 2'),
    ping(lab, 'carrier', '203.0.113.10', '-c 2 -i 0.3'),
  ]);

export const TWICE_HEALTHY: Network = { name: 'two NATs in one path', plan: TWICE, serve: serveOutside, traffic: through };

export const translation: readonly Fault[] = [
  {
    name: 'behind two NATs: the second passes packets to the wrong side',
    plan: TWICE,
    serve: serveOutside,
    broken: { carrier: 'ip route add 203.0.113.10/32 via 192.168.5.2' },
    traffic: through,
    first: ['egress-wrong-interface'],
    node: 'carrier',
    repair: { carrier: 'ip route del 203.0.113.10/32 via 192.168.5.2' },
    alone: ['icmp-redirect'],
    blind: ['outside'],
  },
  {
    name: 'behind two NATs: the first drops answers',
    plan: TWICE,
    serve: serveOutside,
    broken: {
      home: `nft add table inet f; nft 'add chain inet f c { type filter hook forward priority 0; }'
        nft add rule inet f c tcp sport 80 drop`,
    },
    traffic: through,
    first: ['forward-missing'],
    node: 'home',
    says: /translates for .*10\.1\.0\.10/,
    repair: { home: 'nft delete table inet f' },
  },
  {
    name: 'nobody translates what leaves',
    plan: NAT,
    known,
    serve: serveOutside,
    broken: { nat: 'nft flush chain ip nat out' },
    traffic: goOut,
    first: ['nat-missing'],
    node: 'nat',
    repair: 'printed',
    blind: ['inner'],
  },
  {
    name: 'TCP is translated, ICMP is not',
    plan: NAT,
    known,
    serve: serveOutside,
    broken: { nat: 'nft flush chain ip nat out; nft add rule ip nat out oifname eth0 ip protocol tcp masquerade' },
    traffic: goOut,
    first: ['nat-missing'],
    node: 'nat',
    says: /icmp/i,
    repair: 'printed',
    blind: ['inner'],
  },
  {
    name: 'a hairpin without masquerade: the answer comes straight, from another address than was asked',
    plan: NAT,
    serve: (lab) => lab.listen('inner', 'tcp-serve 8080'),
    broken: { nat: 'nft add rule ip nat in ip daddr 203.0.113.2 tcp dport 80 dnat to 10.1.0.20:8080' },
    traffic: (lab) => Promise.all([lab.talk('client', 'tcp 203.0.113.2 80'), base(lab)]),
    first: ['nat-unexpected'],
    says: /10\.1\.0\.20/,
    repair: { nat: 'nft add rule ip nat out ip saddr 10.1.0.0/24 ip daddr 10.1.0.20 ct status dnat masquerade' },
    alone: ['tcp-reset'],
    blind: ['outside'],
  },
  {
    name: 'answers of a forwarded port leave by another router than the one that translated',
    plan: {
      links: [...NAT.links, 'lan:other other:eth1', 'other:eth0 outside:eth1'],
      nodes: {
        ...NAT.nodes,
        lan: `${NAT.nodes['lan']}; ip link set other master br0`,
        other: 'sysctl -qw net.ipv4.ip_forward=1; ip addr add 10.1.0.2/24 dev eth1; ip addr add 198.51.100.2/24 dev eth0',
        outside: `${NAT.nodes['outside']}; ip addr add 198.51.100.10/24 dev eth1`,
      },
    },
    serve: (lab) => lab.listen('inner', 'tcp-serve 8080'),
    broken: {
      nat: 'nft add rule ip nat in ip daddr 203.0.113.2 tcp dport 80 dnat to 10.1.0.20:8080',
      inner: 'ip route replace default via 10.1.0.2',
      other: 'ip route add 203.0.113.0/24 via 198.51.100.10',
    },
    traffic: (lab) =>
      Promise.all([lab.talk('outside', 'tcp 203.0.113.2 80'), base(lab), ping(lab, 'other', '198.51.100.10', '-c 2')]),
    first: ['nat-unexpected', 'return-asymmetric', 'tcp-no-answer'],
    says: /10\.1\.0\.20/,
    repair: { inner: 'ip route replace default via 10.1.0.1' },
    alone: ['tcp-reset'],
    blind: ['client'],
  },
  {
    name: 'a flow of UDP stays with a backend that is gone',
    plan: NAT,
    serve: async (lab) => {
      // The entry is there until it is deleted, however long a loaded machine takes to say that it is stale.
      const lasting = 'sysctl -qw net.netfilter.nf_conntrack_udp_timeout=900 net.netfilter.nf_conntrack_udp_timeout_stream=900';
      await lab.all({
        inner: 'ip addr add 10.1.0.99/24 dev eth0',
        nat: `nft add rule ip nat in ip daddr 10.1.0.1 udp dport 5353 dnat to 10.1.0.99
          nft add rule ip nat out ip daddr 10.1.0.0/24 masquerade; ${lasting}`,
      });
      await lab.listen('inner', 'udp-serve 5353');
      await lab.talk('client', 'udp 10.1.0.1 5353 3 40000 100');
    },
    broken: {
      inner: 'ip addr del 10.1.0.99/24 dev eth0',
      nat: `nft flush chain ip nat in; nft add rule ip nat in ip daddr 10.1.0.1 udp dport 5353 dnat to 10.1.0.20
        ip neigh flush all`,
    },
    traffic: (lab) =>
      Promise.all([
        lab.talk('client', 'udp 10.1.0.1 5353 12 40000 300'),
        pause(700).then(() => lab.talk('client', 'udp 10.1.0.1 5353 4 40001 300')),
        base(lab),
      ]),
    first: ['nat-stale'],
    node: 'nat',
    repair: 'printed',
    alone: ['arp-no-reply'],
    blind: ['outside'],
  },
  {
    name: 'a server answers datagrams from another of its addresses',
    plan: NAT,
    serve: (lab) => lab.listen('inner', 'udp-serve 5000 10.1.0.21'),
    traffic: (lab) => Promise.all([lab.talk('client', 'udp 10.1.0.20 5000 6 0 300'), base(lab)]),
    after: base,
    first: ['nat-unexpected', 'udp-no-answer'],
    says: /10\.1\.0\.21/,
    repair: {},
    blind: ['outside', 'nat'],
  },
];
