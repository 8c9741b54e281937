import { describe, expect, it } from 'vitest';
import { importTopology, type TopologyInput } from '../../src/topology/import/import.js';
import { showTopology } from '../../src/topology/import/show.js';
import { Ip } from '../../src/topology/ip.js';
import { readTopology } from '../../src/topology/read.js';

const ip = (text: string) => Ip.parse(text) as Ip;

/** Through YAML and back: what is imported must be what a run reads. */
const roundTrip = (inputs: TopologyInput[]) => {
  const imported = importTopology(inputs);
  const yaml = showTopology(imported.topology);
  return { ...imported, yaml, read: readTopology([{ name: 'imported.yaml', text: yaml }]) };
};

const link = (ifindex: number, ifname: string, address: string, addr_info: object[] = []) => ({
  ifindex,
  ifname,
  flags: ['BROADCAST', 'MULTICAST', 'UP', 'LOWER_UP'],
  mtu: ifname === 'lo' ? 65536 : 1500,
  operstate: 'UP',
  link_type: ifname === 'lo' ? 'loopback' : 'ether',
  address,
  addr_info,
});
const inet = (local: string, prefixlen: number) => ({
  family: local.includes(':') ? 'inet6' : 'inet',
  local,
  prefixlen,
  scope: 'global',
});

const routerAddr = JSON.stringify([
  link(1, 'lo', '00:00:00:00:00:00', [inet('127.0.0.1', 8), inet('::1', 128)]),
  link(2, 'eth0', '08:00:27:6b:69:c9', [inet('10.0.2.15', 24), inet('fe80::a00:27ff:fe6b:69c9', 64)]),
  link(3, 'eth1', '08:00:27:36:a3:04', [inet('192.168.10.200', 24)]),
  link(4, 'eth2', '08:00:27:71:00:5a', [inet('192.168.20.200', 24), inet('fd00:20::200', 64)]),
  {},
]);
const routerRoute = JSON.stringify([
  { dst: 'default', gateway: '10.0.2.2', dev: 'eth0', protocol: 'dhcp', prefsrc: '10.0.2.15', metric: 100, flags: [] },
  { dst: '192.168.10.0/24', dev: 'eth1', protocol: 'kernel', scope: 'link', prefsrc: '192.168.10.200', flags: [] },
  { type: 'blackhole', dst: '172.20.9.0/24', flags: [] },
  {
    dst: '198.51.100.0/24',
    flags: [],
    nexthops: [
      { gateway: '192.168.10.1', dev: 'eth1', weight: 1, flags: [] },
      { gateway: '192.168.20.1', dev: 'eth2', weight: 2, flags: [] },
    ],
  },
  { dst: 'fd00:99::/64', gateway: 'fe80::1', dev: 'eth2', metric: 1024, flags: [], pref: 'medium' },
  { dst: 'fe80::/64', dev: 'eth1', protocol: 'kernel', metric: 256, flags: [], pref: 'medium' },
]);
const routerNeigh = JSON.stringify([
  { dst: '192.168.10.211', dev: 'eth1', lladdr: '08:00:27:d5:e8:d7', state: ['REACHABLE'] },
  { dst: '192.168.10.100', dev: 'eth1', lladdr: '08:00:27:d5:e8:d7', state: ['REACHABLE'] },
  { dst: '192.168.20.100', dev: 'eth2', lladdr: '08:00:27:eb:bf:4f', state: ['STALE'] },
  { dst: '192.168.20.77', dev: 'eth2', state: ['FAILED'] },
  { dst: '10.0.2.2', dev: 'eth0', lladdr: '52:55:0a:00:02:02', router: null, state: ['STALE'] },
]);

const ctrTerminal = `root@k8s-ctr:~# ip addr
1: lo: <LOOPBACK,UP,LOWER_UP> mtu 65536 qdisc noqueue state UNKNOWN group default qlen 1000
    link/loopback 00:00:00:00:00:00 brd 00:00:00:00:00:00
    inet 127.0.0.1/8 scope host lo
       valid_lft forever preferred_lft forever
2: eth0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc pfifo_fast state UP group default qlen 1000
    link/ether 08:00:27:6b:69:c9 brd ff:ff:ff:ff:ff:ff
    altname enp0s3
    inet 10.0.2.15/24 metric 100 brd 10.0.2.255 scope global dynamic eth0
       valid_lft 80000sec preferred_lft 80000sec
3: eth1: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc pfifo_fast state UP group default qlen 1000
    inet 192.168.10.100/24 brd 192.168.10.255 scope global eth1
7: lxcf3b98343c33e@if6: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1450 qdisc noqueue state UP group default qlen 1000
    link/ether 02:96:9c:1d:6e:48 brd ff:ff:ff:ff:ff:ff link-netns cni-1
root@k8s-ctr:~# ip route
default via 10.0.2.2 dev eth0 proto dhcp src 10.0.2.15 metric 100
172.20.0.0/16 via 192.168.10.200 dev eth1 proto static
10.9.0.0/16 proto static
\tnexthop via 192.168.10.200 dev eth1 weight 1
\tnexthop via 192.168.10.201 dev eth1 weight 1
root@k8s-ctr:~#
`;

const list = (...items: object[]) => JSON.stringify({ apiVersion: 'v1', kind: 'List', items, metadata: { resourceVersion: '' } });
const node = (name: string, address: string, podCIDR: string) => ({
  apiVersion: 'v1',
  kind: 'Node',
  metadata: { name },
  spec: { podCIDR, podCIDRs: [podCIDR] },
  status: {
    addresses: [
      { type: 'InternalIP', address },
      { type: 'Hostname', address: name },
    ],
  },
});
const pod = (name: string, nodeName: string, podIP: string, extra: object = {}) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: 'default', labels: { app: 'webpod' } },
  spec: { nodeName, ...extra },
  status: { phase: 'Running', podIP, podIPs: [{ ip: podIP }] },
});
const kubectl = [
  list(
    node('k8s-ctr', '192.168.10.100', '172.20.0.0/24'),
    node('k8s-w0', '192.168.20.100', '10.244.2.0/24'),
    pod('curl-pod', 'k8s-ctr', '172.20.0.96'),
    pod('webpod-x', 'k8s-w0', '172.20.2.1'),
    pod('kube-proxy', 'k8s-ctr', '192.168.10.100', { hostNetwork: true }),
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: { name: 'webpod', namespace: 'default' },
      spec: { clusterIP: '10.96.163.90', clusterIPs: ['10.96.163.90'], type: 'LoadBalancer' },
      status: { loadBalancer: { ingress: [{ ip: '192.168.10.211', ipMode: 'VIP' }] } },
    },
    {
      kind: 'Service',
      metadata: { name: 'headless', namespace: 'default' },
      spec: { clusterIP: 'None', clusterIPs: ['None'] },
      status: {},
    },
    {
      kind: 'EndpointSlice',
      metadata: { name: 'webpod-abc', namespace: 'default', labels: { 'kubernetes.io/service-name': 'webpod' } },
      endpoints: [{ addresses: ['172.20.2.1'], nodeName: 'k8s-w0' }],
    },
    {
      kind: 'Lease',
      metadata: { name: 'cilium-l2announce-default-webpod', namespace: 'kube-system' },
      spec: { holderIdentity: 'k8s-ctr', leaseDurationSeconds: 15 },
    },
  ),
  JSON.stringify({
    kind: 'CiliumNode',
    metadata: { name: 'k8s-w0' },
    spec: { addresses: [{ type: 'InternalIP', ip: '192.168.20.100' }], ipam: { podCIDRs: ['172.20.2.0/24'] } },
  }),
  JSON.stringify({
    kind: 'CiliumEndpoint',
    metadata: { name: 'webpod-x', namespace: 'default' },
    status: {
      identity: { id: 8469, labels: ['k8s:app=webpod', 'k8s:io.kubernetes.pod.namespace=default'] },
      networking: { addressing: [{ ipv4: '172.20.2.1' }], node: '192.168.20.100' },
    },
  }),
].join('\n');

const ipcache = `IP PREFIX/ADDRESS   IDENTITY
0.0.0.0/0           identity=2 encryptkey=0 tunnelendpoint=0.0.0.0 flags=<none>
172.20.0.96/32      identity=63446 encryptkey=0 tunnelendpoint=192.168.10.100 flags=hastunnel
172.20.2.0/24       identity=2 encryptkey=0 tunnelendpoint=192.168.20.100 flags=hastunnel
172.20.2.1/32       identity=8469 encryptkey=0 tunnelendpoint=0.0.0.0 flags=<none>
192.168.10.100/32   identity=1 encryptkey=0 tunnelendpoint=0.0.0.0 flags=<none>
`;
const identities = `ID         LABELS
1          reserved:host
           reserved:kube-apiserver
8469       k8s:app=webpod
           k8s:io.kubernetes.pod.namespace=default
63446      k8s:app=curl
           k8s:io.kubernetes.pod.namespace=default
`;
const config = `auto-direct-node-routes                           false
cluster-name                                      default
cluster-pool-ipv4-cidr                            172.20.0.0/16
enable-bpf-masquerade                             true
enable-ipv4-masquerade                            true
ipv4-native-routing-cidr                          172.20.0.0/16
routing-mode                                      tunnel
tunnel-protocol                                   vxlan
tunnel-port
`;

const whole: TopologyInput[] = [
  { name: 'neigh.json', text: routerNeigh },
  { name: 'addr.json', text: routerAddr, node: 'router' },
  { name: 'route.json', text: routerRoute, node: 'router' },
  { name: 'ctr.txt', text: ctrTerminal },
  { name: 'kubectl.json', text: kubectl },
  { name: 'ipcache.txt', text: ipcache, node: 'k8s-w0' },
  { name: 'identities.txt', text: identities },
  { name: 'config.txt', text: config },
];

describe('a whole lab', () => {
  const { yaml, read, conflicts, notes } = roundTrip(whole);

  it('is readable YAML that reads back', () => {
    expect(yaml).toBe(`nodes:
  k8s-ctr:
    interfaces:
      lo: { index: 1 }
      eth0: { index: 2, mac: 08:00:27:6b:69:c9, mtu: 1500, addresses: [ 10.0.2.15/24 ] }
      eth1: { index: 3, mtu: 1500, addresses: [ 192.168.10.100/24 ], mac: 08:00:27:d5:e8:d7 }
      lxcf3b98343c33e: { index: 7, mac: 02:96:9c:1d:6e:48, mtu: 1450 }
    routes:
      - default via 10.0.2.2 dev eth0 proto dhcp src 10.0.2.15 metric 100
      - 172.20.0.0/16 via 192.168.10.200 dev eth1 proto static
      - 10.9.0.0/16 proto static nexthop via 192.168.10.200 dev eth1 weight 1 nexthop via 192.168.10.201 dev eth1 weight 1
    podCIDRs: [ 172.20.0.0/24 ]
  k8s-w0: { addresses: [ 192.168.20.100 ], podCIDRs: [ 172.20.2.0/24 ] }
  router:
    interfaces:
      lo: { index: 1 }
      eth0: { index: 2, mac: 08:00:27:6b:69:c9, mtu: 1500, addresses: [ 10.0.2.15/24, fe80::a00:27ff:fe6b:69c9/64 ] }
      eth1: { index: 3, mac: 08:00:27:36:a3:04, mtu: 1500, addresses: [ 192.168.10.200/24 ] }
      eth2: { index: 4, mac: 08:00:27:71:00:5a, mtu: 1500, addresses: [ 192.168.20.200/24, fd00:20::200/64 ] }
    routes:
      - default via 10.0.2.2 dev eth0 proto dhcp src 10.0.2.15 metric 100
      - 192.168.10.0/24 dev eth1 proto kernel src 192.168.10.200
      - blackhole 172.20.9.0/24
      - 198.51.100.0/24 nexthop via 192.168.10.1 dev eth1 weight 1 nexthop via 192.168.20.1 dev eth2 weight 2
      - fd00:99::/64 via fe80::1 dev eth2 metric 1024 pref medium
pods:
  172.20.0.96: { name: default/curl-pod, node: k8s-ctr, identity: 63446 }
  172.20.2.1: { name: default/webpod-x, node: k8s-w0, identity: 8469 }
tunnel: { type: vxlan, port: 8472, vni: identity, device: cilium_vxlan }
identities:
  "8469": default/webpod
  "63446": default/curl
addresses:
  10.96.163.90: { service: default/webpod, backends: [ 172.20.2.1 ] }
  192.168.10.211: { owner: k8s-ctr, service: default/webpod, backends: [ 172.20.2.1 ], mac: 08:00:27:d5:e8:d7 }
  192.168.20.100: { owner: k8s-w0, mac: 08:00:27:eb:bf:4f }
masquerade: { inside: [ 172.20.0.0/16 ], except: [ 172.20.0.0/16, 10.0.2.15/32, 192.168.10.100/32, 192.168.20.100/32 ] }
`);
  });

  it('says what it chose and what it left out', () => {
    expect(conflicts).toEqual([]);
    expect(notes).toEqual([
      "k8s-w0: Cilium's pod CIDR 172.20.2.0/24 was taken, not 10.244.2.0/24 of the Kubernetes node",
      '1 neighbours belong to no known node (10.0.2.2); left out',
    ]);
  });

  it('answers what the engine asks', () => {
    expect(read.repair('router', ip('172.20.2.1'))).toBe('ip route add 172.20.2.0/24 via 192.168.20.100 dev eth2');
    expect(read.isBackend(ip('192.168.10.211'), ip('172.20.2.1'))).toBe(true);
    expect(read.identityName(63446)).toBe('default/curl');
    expect(read.pod(ip('172.20.0.96'))?.identity).toBe(63446);
    expect(read.route('router', ip('198.51.100.7'))?.nexthops.map((hop) => hop.dev)).toEqual(['eth1', 'eth2']);
    expect(read.masqueraded(ip('172.20.0.96'), ip('10.10.1.200'))).toBe(true);
  });
});

describe('single inputs', () => {
  it('takes JSON of the Cilium commands as their text', () => {
    const text = roundTrip([
      { name: 'k', text: kubectl },
      { name: 'a', text: ipcache },
      { name: 'b', text: identities },
    ]).yaml;
    const json = roundTrip([
      { name: 'k', text: kubectl },
      {
        name: 'a',
        text: JSON.stringify({
          '172.20.0.96/32': ['identity=63446 encryptkey=0 tunnelendpoint=192.168.10.100 flags=hastunnel'],
          '172.20.2.0/24': ['identity=2 encryptkey=0 tunnelendpoint=192.168.20.100 flags=hastunnel'],
        }),
      },
      {
        name: 'b',
        text: JSON.stringify([
          { id: 1, labels: ['reserved:host'] },
          { id: 63446, labels: ['k8s:app=curl', 'k8s:io.kubernetes.pod.namespace=default'] },
        ]),
      },
    ]).yaml;
    expect(json).toBe(text);
  });

  it.each([
    'SERVICE ADDRESS        BACKEND ADDRESS (REVNAT_ID) (SLOT)\n10.96.0.10:53/UDP (0)  0.0.0.0:0 (3) (0) [ClusterIP, non-routable]\n10.96.0.10:53/UDP (1)  172.20.0.7:53/UDP (3) (1)\n0.0.0.0:30965/TCP (0)  0.0.0.0:0 (12) (0) [NodePort]\n[fd00:96::a]:53/UDP (1)  [fd00:172::7]:53/UDP (4) (1)',
    'SERVICE ADDRESS    BACKEND ADDRESS (REVNAT_ID) (SLOT)\n10.96.0.10:53      172.20.0.7:53 (3) (1)\n                   0.0.0.0:0 (3) (0) [ClusterIP, non-routable]\n[fd00:96::a]:53    [fd00:172::7]:53 (4) (1)\n',
    '{"10.96.0.10:53/UDP (0)": ["0.0.0.0:0 (3) (0) [ClusterIP, non-routable]", "172.20.0.7:53/UDP (3) (1)"], "[fd00:96::a]:53/UDP (1)": ["[fd00:172::7]:53/UDP (4) (1)"]}',
  ])('reads services of bpf lb list, form %#', (text) => {
    expect(importTopology([{ name: 'lb', text }]).topology).toEqual({
      addresses: { '10.96.0.10': { backends: ['172.20.0.7'] }, 'fd00:96::a': { backends: ['fd00:172::7'] } },
    });
  });

  it('reads arp -a, ip neigh and ip -br addr', () => {
    const { topology, conflicts } = importTopology([
      { name: 'br', node: 'r', text: 'lo  UNKNOWN  127.0.0.1/8 ::1/128\neth1@if5  UP  192.168.10.200/24 fe80::1/64' },
      { name: 'arp', text: '? (192.168.10.200) at 08:00:27:36:a3:04 [ether] on eth1\n? (10.0.2.3) at <incomplete> on eth0' },
      {
        name: 'neigh',
        text: '192.168.10.200 dev eth1 lladdr 08:00:27:00:00:99 STALE \nfe80::2 dev eth1 lladdr 08:00:27:00:00:02 router STALE\n10.0.0.9 dev eth1 FAILED ',
      },
    ]);
    expect(topology.nodes?.['r'].interfaces?.['eth1']).toEqual({
      addresses: ['192.168.10.200/24', 'fe80::1/64'],
      mac: '08:00:27:36:a3:04',
    });
    expect(conflicts).toEqual([
      'eth1 of r: mac is 08:00:27:36:a3:04 there and 08:00:27:00:00:99 in neigh; 08:00:27:36:a3:04 was kept',
    ]);
  });

  it('knows the tunnel by its device, and a node that answers with another of its MACs', () => {
    const { topology, conflicts, notes } = importTopology([
      {
        name: 'a',
        node: 'n',
        text: JSON.stringify([
          link(3, 'eth1', '02:00:00:00:00:01', [inet('10.0.0.1', 24)]),
          link(9, 'flannel.1', '02:00:00:00:00:02'),
        ]),
      },
      { name: 'b', text: '10.0.0.1 dev eth0 lladdr 02:00:00:00:00:02 REACHABLE' },
    ]);
    expect(topology.tunnel).toEqual({ type: 'vxlan', port: 8472, vni: 1, device: 'flannel.1' });
    expect(conflicts).toEqual([]);
    expect(notes).toEqual(['the tunnel is the usual one of flannel.1, which n has; check its port and VNI']);
  });

  it('names conflicts between inputs and keeps the first', () => {
    const { topology, conflicts } = importTopology([
      { name: 'a.json', node: 'r', text: JSON.stringify([link(2, 'eth0', '02:00:00:00:00:01')]) },
      { name: 'b.json', node: 'r', text: JSON.stringify([link(5, 'eth0', '02:00:00:00:00:01')]) },
      { name: 'pods', text: list(pod('p', 'n1', '10.1.0.1')) },
      { name: 'more-pods', text: list(pod('p', 'n2', '10.1.0.1')) },
    ]);
    expect(conflicts).toEqual([
      'eth0 of r: index is 2 in a.json and 5 in b.json; 2 was kept',
      'pod 10.1.0.1: node is n1 in pods and n2 in more-pods; n1 was kept',
    ]);
    expect(topology.nodes?.['r'].interfaces?.['eth0'].index).toBe(2);
  });

  it('says what to do with an input it cannot use', () => {
    expect(() =>
      importTopology([
        { name: 'addr.json', text: routerAddr },
        { name: 'route.txt', text: 'default via 10.0.2.2 dev eth0' },
        { name: 'empty', text: '\n' },
        { name: 'other', text: 'hello world' },
        { name: 'broken.json', text: '[{"ifname": ' },
      ]),
    ).toThrow(
      /^addr.json:1: ip addr: it does not say which node it is of; write NODE=FILE, for example router=addr.json\nroute.txt:1: ip route: it does not say which node.*\nempty: it is empty.*\nother: this is none of the outputs.*\nbroken.json:1: JSON: it starts like JSON and is not; was it cut\?.*$/,
    );
  });
});

it('of more pods than YAML can hold is written as JSON', () => {
  const items = Array.from({ length: 14_000 }, (_, i) => ({
    kind: 'Pod',
    metadata: { namespace: 'default', name: `pod-${i}` },
    spec: { nodeName: 'w0' },
    status: { podIP: `10.${i >> 16}.${(i >> 8) & 255}.${i & 255}`, phase: 'Running' },
  }));
  const few = roundTrip([{ name: 'pods', text: JSON.stringify({ kind: 'List', items: items.slice(0, 10) }) }]);
  expect(few.yaml).toMatch(/^pods:/);
  const many = roundTrip([{ name: 'pods', text: JSON.stringify({ kind: 'List', items }) }]);
  expect(many.yaml).toMatch(/^\{/);
  expect(many.read.podList).toHaveLength(14_000);
});
