// Faults of services: nobody listens, or nobody answers.
import type { Fault } from './fault.js';
import type { Lab, Plan } from './lab.js';
import { ping, routed } from './routes.js';

const base = (lab: Lab) =>
  Promise.all([ping(lab, 'client', '10.1.0.1', '-c 8 -i 0.4'), ping(lab, 'client', '203.0.113.1', '-c 2 -i 0.4')]);
const dnsmasq = "dnsmasq -k -C /dev/null -x '' --no-resolv --no-hosts --log-facility=- --user=root";
const resolver = `(${dnsmasq} -z -i eth0 --address=/lab.example/10.2.0.10 >/dev/null 2>&1 &); sleep 0.3`;

const DHCP: Plan = {
  links: ['switch:client client:eth0', 'switch:server server:eth0', 'switch:host host:eth0'],
  nodes: {
    switch: `ip link add br0 type bridge mcast_snooping 0; ip link set br0 up
      for port in client server host; do ip link set $port master br0; done`,
    client: 'ip route add 255.255.255.255 dev eth0',
    server: 'ip addr add 10.6.0.1/24 dev eth0',
    host: 'ip addr add 10.6.0.5/24 dev eth0',
  },
};
const lease = (lab: Lab) =>
  Promise.all([
    lab.run('client', `${process.execPath} test/e2e/talk.mjs dhcp $(cat /sys/class/net/eth0/address)`),
    ping(lab, 'host', '10.6.0.1', '-c 10 -i 0.4'),
  ]);

export const services: readonly Fault[] = [
  {
    ...routed,
    name: 'nothing listens on the port',
    traffic: (lab) => Promise.all([lab.talk('client', 'tcp 10.2.0.10 81'), ping(lab, 'client', '10.2.0.10'), base(lab)]),
    after: (lab) => Promise.all([lab.talk('client', 'tcp 10.2.0.10 80'), base(lab), ping(lab, 'client', '10.2.0.10')]),
    first: ['tcp-refused'],
    says: /81/,
    repair: {},
    blind: ['internet'],
  },
  {
    ...routed,
    name: 'no DNS server listens',
    traffic: (lab) => Promise.all([lab.talk('client', 'dns 10.2.0.10 www.lab.example'), base(lab)]),
    first: ['dns-no-answer', 'icmp-unreachable'],
    says: /port/,
    repair: { server: resolver },
    blind: ['internet'],
  },
  {
    ...routed,
    name: 'a DNS server that says nothing',
    broken: {
      server: `nft add table inet f; nft 'add chain inet f c { type filter hook input priority 0; }'; nft add rule inet f c udp dport 53 drop`,
    },
    traffic: (lab) => Promise.all([lab.talk('client', 'dns 10.2.0.10 www.lab.example'), base(lab)]),
    first: ['dns-no-answer'],
    says: /www\.lab\.example/,
    repair: { server: `nft delete table inet f; ${resolver}` },
    blind: ['internet'],
  },
  {
    name: 'no DHCP server offers an address',
    plan: DHCP,
    traffic: lease,
    first: ['dhcp-no-answer'],
    repair: {
      server: `(${dnsmasq} -p 0 --dhcp-range=10.6.0.50,10.6.0.60,1h -i eth0 --dhcp-leasefile=/dev/null --no-ping >/dev/null 2>&1 &); sleep 0.5`,
    },
    blind: [],
  },
];
