// Clusters whose kernels route pods into a tunnel, as flannel and Calico do: a healthy one is quiet, and each fault that is put in is named at its node.
import { describe, expect, it } from 'vitest';
import { checkTopology } from '../../src/topology/check/check.js';
import { importTopology } from '../../src/topology/import/import.js';
import { readTopology } from '../../src/topology/read.js';

const NODES = [11, 12, 13];
const others = (i: number): number[] => NODES.filter((j) => j !== i);
const mac = (i: number): string => `0e:44:22:33:44:${i.toString(16).padStart(2, '0')}`;

const GATEWAY = `root@gw:~# ip addr
2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc fq_codel state UP group default qlen 1000
    inet 10.170.0.1/24 brd 10.170.0.255 scope global eth0
3: wan: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc fq_codel state UP group default qlen 1000
    inet 198.51.100.2/30 scope global wan
root@gw:~# ip route
default via 198.51.100.1 dev wan
10.170.0.0/24 dev eth0 proto kernel scope link src 10.170.0.1
root@gw:~# sysctl net.ipv4.ip_forward
net.ipv4.ip_forward = 1
`;

const node = (i: number, devices: string, routes: string, rest = ''): string => `root@n${i}:~# ip -d addr
2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc fq_codel state UP group default qlen 1000
    inet 10.170.0.${i}/24 brd 10.170.0.255 scope global eth0
3: docker0: <NO-CARRIER,BROADCAST,MULTICAST,UP> mtu 1500 qdisc noqueue state DOWN group default
    inet 172.17.0.1/16 brd 172.17.255.255 scope global docker0
4: kube-ipvs0: <BROADCAST,NOARP> mtu 1500 qdisc noop state DOWN group default
    dummy
    inet 10.96.0.10/32 scope global kube-ipvs0
${devices}root@n${i}:~# ip route
default via 10.170.0.1 dev eth0 proto static
10.170.0.0/24 dev eth0 proto kernel scope link src 10.170.0.${i}
172.17.0.0/16 dev docker0 proto kernel scope link src 172.17.0.1 linkdown
${routes}root@n${i}:~# sysctl net.ipv4.ip_forward
net.ipv4.ip_forward = 1
${rest}`;

const flannel = (i: number): string =>
  node(
    i,
    `6: cni0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1450 qdisc noqueue state UP group default qlen 1000
    bridge forward_delay 1500
    inet 10.244.${i}.1/24 brd 10.244.${i}.255 scope global cni0
7: flannel.1: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1450 qdisc noqueue state UNKNOWN group default
    link/ether ${mac(i)} brd ff:ff:ff:ff:ff:ff promiscuity 0
    vxlan id 1 local 10.170.0.${i} dev eth0 srcport 0 0 dstport 8472 nolearning ttl auto ageing 300
    inet 10.244.${i}.0/32 scope global flannel.1
`,
    `${others(i)
      .map((j) => `10.244.${j}.0/24 via 10.244.${j}.0 dev flannel.1 onlink\n`)
      .join('')}10.244.${i}.0/24 dev cni0 proto kernel scope link src 10.244.${i}.1\n`,
    `root@n${i}:~# ip neigh
${others(i)
  .map((j) => `10.244.${j}.0 dev flannel.1 lladdr ${mac(j)} PERMANENT\n`)
  .join('')}root@n${i}:~# bridge fdb
${others(i)
  .map((j) => `${mac(j)} dev flannel.1 dst 10.170.0.${j} self permanent\n`)
  .join('')}`,
  );

const calico = (i: number): string =>
  node(
    i,
    `8: tunl0@NONE: <NOARP,UP,LOWER_UP> mtu 1480 qdisc noqueue state UNKNOWN group default qlen 1000
    link/ipip 0.0.0.0 brd 0.0.0.0 promiscuity 0
    ipip any remote any local any ttl inherit nopmtudisc
    inet 10.150.${i}.64/32 scope global tunl0
9: cali12345abc0${i}@if4: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1480 qdisc noqueue state UP group default
    veth
`,
    `blackhole 10.150.${i}.64/26 proto bird\n10.150.${i}.65 dev cali12345abc0${i} scope link\n${others(i)
      .map((j) => `10.150.${j}.64/26 via 10.170.0.${j} dev tunl0 proto bird onlink\n`)
      .join('')}`,
  );

/** The log of all machines; `change` spoils that of one node. */
function check(kind: (i: number) => string, at = 0, from: string | RegExp = '', to = '') {
  const texts = NODES.map((i) => {
    const text = kind(i);
    const spoilt = i === at ? text.replace(from, to) : text;
    if (i === at) expect(spoilt).not.toBe(text);
    return spoilt;
  });
  const { topology, conflicts } = importTopology([{ name: 'log', text: texts.join('') + GATEWAY }]);
  expect(conflicts).toEqual([]);
  const { problems } = checkTopology(readTopology([{ name: 'x', text: JSON.stringify(topology) }]));
  return problems.map(({ verdict, rule, title, commands }) => ({
    said: `${verdict} ${rule}: ${title}`,
    commands: commands.map(String),
  }));
}

describe.each([
  ['flannel', flannel],
  ['Calico with IPIP', calico],
] as const)('%s', (_, kind) => {
  it('is quiet while nothing is wrong', () => {
    expect(check(kind)).toEqual([]);
  });

  it('a node that does not forward', () => {
    expect(check(kind, 12, 'ip_forward = 1', 'ip_forward = 0').map(({ said }) => said)).toEqual([
      expect.stringMatching(/^fail forward-missing: n12 does not forward IPv4, and \d+ paths lead through it$/),
    ]);
  });
});

describe('a route that is missing', () => {
  // By the links it could be repaired past the tunnel only: no command.
  it.each([
    ['flannel', flannel, '10.244.12.0/24 via 10.244.12.0 dev flannel.1 onlink\n', '10.244.12.0/24'],
    ['Calico', calico, '10.150.12.64/26 via 10.170.0.12 dev tunl0 proto bird onlink\n', '10.150.12.64/26'],
  ] as const)(
    'into the tunnel is missing at the sender, not at the router where the packets end up: %s',
    (_, kind, line, network) => {
      expect(check(kind, 11, line)).toEqual([
        {
          said: `fail egress-wrong-interface: n11 has no route to ${network} but its default route by eth0`,
          commands: [],
        },
      ]);
    },
  );

  it('because a blackhole stands there', () => {
    expect(check(flannel, 11, '10.244.13.0/24 via 10.244.13.0 dev flannel.1 onlink', 'blackhole 10.244.13.0/24')).toEqual([
      { said: 'fail path-broken: n11 has a blackhole route for 10.244.13.0/24', commands: [] },
    ]);
  });
});

describe('a tunnel', () => {
  it('whose device is down', () => {
    const found = check(flannel, 12, /(flannel\.1: <BROADCAST,MULTICAST),UP,LOWER_UP(> .* state )UNKNOWN/, '$1$2DOWN');
    expect(found).toEqual([
      {
        said: 'fail path-broken: flannel.1 of n12 is down, and packets for 10.244.11.0/24 and 10.244.13.0/24 leave by it',
        commands: ['ip link set flannel.1 up'],
      },
    ]);
  });

  it('of which a node is its own next hop', () => {
    expect(check(calico, 11, '10.150.13.64/26 via 10.170.0.13', '10.150.13.64/26 via 10.170.0.11')).toEqual([
      { said: 'fail routing-loop: n11 sends packets for 10.150.13.64/26 to itself', commands: [] },
    ]);
  });

  it('to an address that two nodes have: the address is the fault, the entries for it are not', () => {
    const found = check(flannel, 13, 'inet 10.170.0.13/24', 'inet 10.170.0.13/24 scope global eth0\n    inet 10.170.0.12/24');
    expect(found.filter(({ said }) => said.startsWith('fail'))).toEqual([
      { said: 'fail arp-duplicate: 10.170.0.12 is an address of n12 and n13', commands: [] },
    ]);
  });
});
