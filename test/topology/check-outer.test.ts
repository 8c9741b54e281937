// What outer packets of tunnels need, next hops that nobody has, and pod networks of two nodes: each fault beside healthy twins.
import { expect, it } from 'vitest';
import { checkRun } from '../../src/main/topology-check.js';
import { gathered } from '../../src/main/topology-of.js';
import { checkTopology } from '../../src/topology/check/check.js';
import { importTopology } from '../../src/topology/import/import.js';
import { readTopology } from '../../src/topology/read.js';

interface Change {
  readonly local?: string;
  readonly route?: string;
  readonly firewall?: string;
  readonly router?: string;
}
/** Three machines and a router on one link, a VXLAN between a and b through another router. */
const log = ({ local = '10.7.1.11', route = 'default via 10.7.1.1 dev eth0', firewall = '', router = '' }: Change = {}) => `
root@a:~# ip -d addr
2: eth0: <UP> mtu 1500 state UP
    inet 10.7.1.11/24 scope global eth0
3: vx0: <UP> mtu 1450 state UNKNOWN
    link/ether 02:00:00:00:01:01 brd ff:ff:ff:ff:ff:ff
    vxlan id 7 remote 10.7.2.12 local ${local} dev eth0 srcport 0 0 dstport 4789 ttl auto
root@a:~# ip route
${route}
10.7.1.0/24 dev eth0 proto kernel scope link src 10.7.1.11
root@c:~# ip addr
2: eth0: <UP> mtu 1500 state UP
    inet 10.7.1.13/24 scope global eth0
root@c:~# ip route
default via 10.7.1.1 dev eth0
10.7.1.0/24 dev eth0 proto kernel scope link src 10.7.1.13
root@r:~# ip addr
2: eth1: <UP> mtu 1500 state UP
    inet 10.7.1.1/24 scope global eth1
3: eth2: <UP> mtu 1500 state UP
    inet 10.7.2.1/24 scope global eth2
root@r:~# ip route
10.7.1.0/24 dev eth1 proto kernel scope link src 10.7.1.1
10.7.2.0/24 dev eth2 proto kernel scope link src 10.7.2.1
${router}
root@b:~# ip -d addr
2: eth0: <UP> mtu 1500 state UP
    inet 10.7.2.12/24 scope global eth0
3: vx0: <UP> mtu 1450 state UNKNOWN
    link/ether 02:00:00:00:01:02 brd ff:ff:ff:ff:ff:ff
    vxlan id 7 remote 10.7.1.11 local 10.7.2.12 dev eth0 srcport 0 0 dstport 4789 ttl auto
root@b:~# ip route
default via 10.7.2.1 dev eth0
10.7.2.0/24 dev eth0 proto kernel scope link src 10.7.2.12
${firewall}
`;

const check = (change?: Change) => {
  const { topology, conflicts } = importTopology([{ name: 'log', text: log(change) }]);
  expect(conflicts).toEqual([]);
  return checkTopology(readTopology([{ name: 't', text: JSON.stringify(topology) }]))
    .problems.filter(({ verdict, severity }) => verdict === 'fail' && severity !== 'info')
    .map(({ rule, title, commands }) => [`${rule}: ${title}`, ...commands.map(String)].join('\n'));
};
const save = (...rules: string[]) =>
  `root@b:~# iptables-save\n*filter\n:INPUT ACCEPT [0:0]\n${rules.map((rule) => `-A INPUT ${rule}\n`).join('')}COMMIT`;
const nft = (...rules: string[]) =>
  `root@b:~# nft list ruleset\ntable inet filter {\n\tchain input {\n\t\ttype filter hook input priority filter; policy accept;\n${rules.map((rule) => `\t\t${rule}\n`).join('')}\t}\n}`;
const DROP = '-p udp -m udp --dport 4789 -j DROP';
const BLOCKED = 'tunnel-blocked: The firewall of b drops UDP port 4789: the vxlan packets of a';

it.each<[string, Change, string]>([
  ['another machine', { local: '10.7.1.13' }, 'tunnel-wrong-endpoint: vx0 of a sends from 10.7.1.13, which is an address of c'],
  ['nobody', { local: '10.9.9.9' }, 'tunnel-wrong-endpoint: vx0 of a sends from 10.9.9.9, which a does not have'],
])('a local address of %s is named', (_, change, said) => {
  expect(check(change)).toEqual([said]);
});

it.each<[string, Change, string]>([
  ['iptables', { firewall: save(DROP) }, BLOCKED],
  [
    'iptables, with conditions that hold',
    {
      firewall: save(
        '-s 10.7.1.0/24 -i eth0 -p udp -m multiport --dports 4789,8472 -j REJECT --reject-with icmp-port-unreachable',
      ),
    },
    BLOCKED,
  ],
  [
    'iptables, behind what takes other things',
    {
      firewall: save(
        '-i lo -j ACCEPT',
        '-p tcp -m tcp --dport 22 -j ACCEPT',
        '-m conntrack --ctstate RELATED,ESTABLISHED -j ACCEPT',
        '-s 10.8.0.0/16 -p udp -m udp --dport 4789 -j ACCEPT',
        '-j KUBE-FIREWALL',
        DROP,
      ),
    },
    BLOCKED,
  ],
  [
    'nft',
    { firewall: nft('iif "lo" accept', 'udp dport { 4789, 8472 } counter packets 9 bytes 900 drop comment "no overlay"') },
    BLOCKED,
  ],
  [
    'a router on the way',
    { router: `root@r:~# iptables-save\n*filter\n:FORWARD ACCEPT [0:0]\n-A FORWARD ${DROP}\nCOMMIT` },
    'tunnel-blocked: The firewall of r drops UDP port 4789: the vxlan packets of a and b',
  ],
])('a rule that drops the port of the tunnel is named: %s', (_, change, said) => {
  expect(check(change)).toEqual([said]);
});

it.each<[string, string]>([
  ['its machines are taken before', save('-s 10.7.1.0/24 -p udp -m udp --dport 4789 -j ACCEPT', DROP)],
  ['a chain before it may take them', save('-j from-the-lab', DROP)],
  ['of another port', save('-p udp -m udp --dport 8472 -j DROP')],
  ['of others', save('! -s 10.7.1.0/24 -p udp -m udp --dport 4789 -j DROP')],
  ['by a condition that is not known', save('-p udp -m udp --dport 4789 -m hashlimit --hashlimit-above 9/sec -j DROP')],
  ['what passes only', save().replace('COMMIT', `-A FORWARD ${DROP}\nCOMMIT`)],
  ['nft: its machines are taken before', nft('ip saddr 10.7.1.0/24 accept', 'udp dport 4789 drop')],
  ['nft: of others', nft('ip saddr != { 10.7.1.0/24 } udp dport 4789 drop')],
  ['nft: of TCP', nft('tcp dport 4789 drop')],
  ['nft: by rate', nft('udp dport 4789 limit rate over 9/second drop')],
])('a rule is left alone: %s', (_, firewall) => {
  expect(check({ firewall })).toEqual([]);
});

it('a next hop that nobody on the link has is named with the one of the others', () => {
  expect(check({ route: 'default via 10.7.1.99 dev eth0' })).toEqual([
    'egress-wrong-next-hop: a has no route to 10.7.2.0/24 but its default route by eth0\nip route add 10.7.2.0/24 via 10.7.1.1 dev eth0',
    'egress-wrong-next-hop: a has its default route via 10.7.1.99, which no machine of the link has\nip route replace default via 10.7.1.1 dev eth0',
  ]);
});

it.each<[string, Change]>([
  ['nothing is changed', {}],
  ['the gateway has one that leads out of the lab', { router: 'default via 10.7.1.254 dev eth1' }],
  [
    'a network that only this node has a route for',
    { route: 'default via 10.7.1.1 dev eth0\n198.51.100.0/24 via 10.7.1.99 dev eth0' },
  ],
])('next hops are left alone: %s', (_, change) => {
  expect(check(change)).toEqual([]);
});

const nodes = (one: string, two: string, cilium = '') =>
  `root@ctl:~# kubectl get nodes -o jsonpath='{range .items[*]}{.metadata.name}{"\\t"}{.spec.podCIDR}{"\\n"}{end}'\nw1\t${one}\nw2\t${two}\n${cilium}`;
const shared = async (text: string) => {
  const found = await gathered([{ path: 'log', text, isTopology: false, machine: null, isNamed: false }]);
  expect(found).not.toBeNull();
  const run = found === null ? null : checkRun(found.topology, [], found.shared);
  return run?.findings.filter(({ rule }) => rule === 'subnet-twice').map(({ title, verdict }) => `${verdict} ${title}`);
};

it('a pod network of two nodes is a finding that names both', async () => {
  expect(await shared(nodes('10.244.1.0/24', '10.244.1.0/24'))).toEqual(['fail w1 and w2 have one pod network, 10.244.1.0/24']);
  expect(await shared(nodes('10.244.1.0/24', '10.244.2.0/24'))).toEqual([]);
});

it("Cilium's own networks may be those that Kubernetes gave to other nodes", async () => {
  const cilium = ['10.244.2.0/24', '10.244.1.0/24'].map((cidr, i) => ({
    apiVersion: 'cilium.io/v2',
    kind: 'CiliumNode',
    metadata: { name: `w${i + 1}` },
    spec: { ipam: { podCIDRs: [cidr] } },
  }));
  const { topology, conflicts } = importTopology([
    { name: 'nodes', text: nodes('10.244.1.0/24', '10.244.2.0/24') },
    { name: 'cilium', text: JSON.stringify({ apiVersion: 'v1', kind: 'List', items: cilium }) },
  ]);
  expect(conflicts).toEqual([]);
  expect([topology.nodes?.w1?.podCIDRs, topology.nodes?.w2?.podCIDRs]).toEqual([['10.244.2.0/24'], ['10.244.1.0/24']]);
});
