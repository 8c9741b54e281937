// One sample of each listing, and what it says; the facts are written from the sample, not from the reader.
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { NO_HINT } from '../../src/topology/import/hint.js';
import { importTopology } from '../../src/topology/import/import.js';
import { LISTINGS } from '../../src/topology/import/pieces.js';

const read = (text: string, node: string | null = 'n') => importTopology([{ name: 'x', text, node: node ?? undefined }]);
const nodeOf = (text: string) => read(text).topology.nodes?.['n'];

it('an address that a node announces is told without its service', () => {
  const text = `IP             NetworkInterface
198.18.7.40    eth0
198.18.7.41    eth0`;
  expect(read(text).topology.addresses).toEqual({ '198.18.7.40': { owner: 'n' }, '198.18.7.41': { owner: 'n' } });
});

describe('iproute2', () => {
  it('ip -d link', () => {
    const text = `7: vx42: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1450 qdisc noqueue master br42 state UNKNOWN mode DEFAULT group default qlen 1000
    link/ether 02:11:22:33:44:55 brd ff:ff:ff:ff:ff:ff promiscuity 1
    vxlan id 42 remote 198.18.0.2 local 198.18.0.1 dev up0 srcport 0 0 dstport 4790 nolearning ttl auto ageing 300 addrgenmode eui64
8: up0.30@up0: <BROADCAST,MULTICAST> mtu 1500 qdisc noop state DOWN mode DEFAULT group default
    link/ether 02:11:22:33:44:66 brd ff:ff:ff:ff:ff:ff promiscuity 0
    vlan protocol 802.1Q id 30 <REORDER_HDR> addrgenmode eui64
9: blue: <NOARP,MASTER,UP,LOWER_UP> mtu 65575 qdisc noqueue state UP
    link/ether 02:11:22:33:44:77 brd ff:ff:ff:ff:ff:ff
    vrf table 1001 addrgenmode eui64`;
    expect(nodeOf(text)?.interfaces).toEqual({
      vx42: {
        index: 7,
        mac: '02:11:22:33:44:55',
        mtu: 1450,
        kind: 'vxlan',
        master: 'br42',
        tunnel: { type: 'vxlan', id: 42, port: 4790, remote: '198.18.0.2', local: '198.18.0.1', over: 'up0' },
      },
      'up0.30': { index: 8, mac: '02:11:22:33:44:66', mtu: 1500, kind: 'vlan', up: false, lower: 'up0', vlan: 30 },
      blue: { index: 9, mac: '02:11:22:33:44:77', mtu: 65575, kind: 'vrf', table: '1001' },
    });
  });

  it('ip -o addr, with -s and altnames', () => {
    expect(
      nodeOf('2: up0    inet 198.18.5.1/25 brd 198.18.5.127 scope global up0\\       valid_lft forever preferred_lft forever')
        ?.interfaces,
    ).toEqual({ up0: { index: 2, addresses: ['198.18.5.1/25'] } });
    const text = `3: up1: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 9000 qdisc mq state UP group default qlen 1000
    link/ether 02:00:00:00:05:03 brd ff:ff:ff:ff:ff:ff
    altname enp7s0
    inet 198.18.6.1/24 metric 100 brd 198.18.6.255 scope global dynamic up1
       valid_lft 80sec preferred_lft 80sec
    RX:  bytes packets errors dropped  missed   mcast
          1234      12      0       0       0       0`;
    expect(nodeOf(text)?.interfaces).toEqual({
      up1: { index: 3, mac: '02:00:00:00:05:03', mtu: 9000, addresses: ['198.18.6.1/24'] },
    });
  });

  it('ip route in all its kinds, and of other tables', () => {
    const text = `root@n:~# ip route show table all
default via 198.18.0.254 dev up0 table 77
throw 198.19.0.0/16 table 77
default via 198.18.0.1 dev up0 metric 10
prohibit 198.19.4.0/24
198.19.5.0/24 via 198.18.0.9 dev up0 mtu 1400
198.19.6.0/24 nhid 12 proto bgp metric 20
\tnexthop via 198.18.0.7 dev up0 weight 1
\tnexthop via 198.18.0.8 dev up0 weight 1
local 198.18.0.2 dev up0 table local proto kernel scope host src 198.18.0.2`;
    expect(nodeOf(text)?.routes).toEqual([
      'default via 198.18.0.1 dev up0 metric 10',
      'prohibit 198.19.4.0/24',
      '198.19.5.0/24 via 198.18.0.9 dev up0 mtu 1400',
      '198.19.6.0/24 nhid 12 proto bgp metric 20 nexthop via 198.18.0.7 dev up0 weight 1 nexthop via 198.18.0.8 dev up0 weight 1',
      'default via 198.18.0.254 dev up0 table 77',
      'throw 198.19.0.0/16 table 77',
    ]);
  });

  it('a multipath route whose first line holds the destination alone', () => {
    const hops = '\tnexthop via 198.18.0.7 dev up0 weight 1 \n\tnexthop via 198.18.0.8 dev up1 weight 1 \n';
    const text = `default \n${hops}198.18.0.0/24 dev up0 proto kernel scope link src 198.18.0.2 \n198.19.6.0/24 \n${hops}198.19.7.9 \n${hops}198.19.8.0/24 via 198.18.0.9 dev up0`;
    const both = ' nexthop via 198.18.0.7 dev up0 weight 1 nexthop via 198.18.0.8 dev up1 weight 1';
    expect(nodeOf(`root@n:~# ip route\n${text}\n`)?.routes).toEqual([
      `default${both}`,
      '198.18.0.0/24 dev up0 proto kernel scope link src 198.18.0.2',
      `198.19.6.0/24${both}`,
      `198.19.7.9${both}`,
      '198.19.8.0/24 via 198.18.0.9 dev up0',
    ]);
  });

  it('multicast routes of a bridge of pods are no network of pods', () => {
    const text = `root@n:~# ip -6 route show table all
fd00:1::/64 dev cni0 proto kernel metric 256 pref medium
multicast ff00::/8 dev cni0 table local proto kernel metric 256 pref medium`;
    expect(nodeOf(text)?.podCIDRs).toEqual(['fd00:1::/64']);
  });

  it('a table that was asked for by its number', () => {
    expect(nodeOf('root@n:~# ip route show table 77\ndefault via 198.18.0.254 dev up0\n')).toEqual({
      routesOf: [],
      routes: ['default via 198.18.0.254 dev up0 table 77'],
    });
  });

  it('ip rule', () => {
    expect(
      nodeOf('0:\tfrom all lookup local\n90:\tfrom 198.18.7.0/24 fwmark 0x200/0xf00 lookup 77\n32766:\tfrom all lookup main\n')
        ?.rules,
    ).toEqual(['0: from all lookup local', '90: from 198.18.7.0/24 fwmark 0x200/0xf00 lookup 77', '32766: from all lookup main']);
  });

  it('rules of both families, told apart by their command, their addresses, or the table of IPv4 only', () => {
    const [local, main, unused] = [
      '0:\tfrom all lookup local\n',
      '32766:\tfrom all lookup main\n',
      '32767:\tfrom all lookup default\n',
    ];
    const marked = `${local}90:\tfrom all fwmark 0x7 lookup 77\n${main}`;
    const ruled = (line: string) => `${local}90:\t${line} lookup 77\n${main}`;
    const rulesOf = (text: string) => nodeOf(text)?.rules?.filter((line) => line.includes('90: '));
    expect(rulesOf(ruled('from 2001:db8:7::/64'))).toEqual(['90: from 2001:db8:7::/64 lookup 77']);
    expect(rulesOf(`${marked}${unused}`)).toEqual(['90: from all fwmark 0x7 lookup 77']);
    expect(rulesOf(`root@n:~# ip rule\n${marked}`)).toEqual(['90: from all fwmark 0x7 lookup 77']);
    expect(rulesOf(`root@n:~# ip -6 rule\n${marked}`)).toEqual(['inet6 90: from all fwmark 0x7 lookup 77']);
    // One listing after the other: a smaller number begins the next one.
    const both = read(`${ruled('from 198.18.7.0/24')}${ruled('from 2001:db8:7::/64')}`);
    expect(both.conflicts).toEqual([]);
    expect(both.topology.nodes?.['n'].rules?.filter((line) => line.startsWith('90'))).toEqual([
      '90: from 198.18.7.0/24 lookup 77',
      '90: from 2001:db8:7::/64 lookup 77',
    ]);
    // Those that every machine has decide nothing; others of which nothing tells the family are left out, and that is said.
    expect(read(`${local}${main}${unused}${local}${main}`).conflicts).toEqual([]);
    expect(read(marked).pieces.map(({ state, why }) => [state, why?.slice(0, 52)])).toEqual([
      ['left', 'nothing says whether they are of IPv4 or of IPv6; wi'],
    ]);
  });

  it("what somebody wrote into the neighbour table is nobody else's contradiction", () => {
    const { topology, conflicts } = importTopology([
      {
        name: 'a',
        node: 'a',
        text: '5: flannel.1: <BROADCAST,UP> mtu 1450\n    link/ether 02:00:00:00:aa:01 brd ff:ff:ff:ff:ff:ff\n    inet 10.61.1.0/32 scope global flannel.1\n',
      },
      { name: 'b', node: 'b', text: '10.61.1.0 dev flannel.1 lladdr 02:00:00:00:aa:99 PERMANENT\n' },
    ]);
    expect(conflicts).toEqual([]);
    expect(topology.nodes?.['b'].neighbours).toEqual(['10.61.1.0 dev flannel.1 lladdr 02:00:00:00:aa:99 PERMANENT']);
  });

  it('a router that answers for a host behind it is a proxy, and no contradiction', () => {
    const own = (node: string, mac: string, address: string) => ({
      name: node,
      node,
      text: `2: eth0: <BROADCAST,UP> mtu 1500\n    link/ether ${mac} brd ff:ff:ff:ff:ff:ff\n    inet ${address} scope global eth0\n`,
    });
    const seen = (mac: string) =>
      importTopology([
        own('host', '02:00:00:00:aa:01', '10.61.1.5/24'),
        own('router', '02:00:00:00:aa:02', '10.62.1.1/24'),
        { name: 'far', node: 'far', text: `10.61.1.5 dev eth0 lladdr ${mac} REACHABLE\n` },
      ]);
    expect(seen('02:00:00:00:aa:02')).toMatchObject({
      conflicts: [],
      notes: [expect.stringContaining('is answered for by router')],
    });
    expect(seen('02:00:00:00:aa:99').conflicts[0]).toMatch(/^eth0 of host: mac is/);
  });

  it('two listings of a table that differ are of two times', () => {
    const { topology, conflicts } = read(
      'root@n:~# ip route\ndefault via 198.18.0.1 dev up0\nroot@n:~# ip route\ndefault via 198.18.0.3 dev up0\n',
      null,
    );
    expect(topology.nodes?.['n'].routes).toEqual(['default via 198.18.0.1 dev up0']);
    expect(conflicts[0]).toMatch(/^routes of n: x and x differ/);
  });
});

describe('bridges and settings', () => {
  it('bridge fdb and bridge vlan', () => {
    const node = nodeOf(
      '02:00:00:00:05:09 dev vx42 dst 198.18.0.2 self permanent\n33:33:00:00:00:01 dev up0 self permanent\n\nport              vlan-id\nup0               1 PVID Egress Untagged\n                  10\nup1               20 PVID Egress Untagged\n',
    );
    expect(node?.fdb).toEqual(['02:00:00:00:05:09 dev vx42 dst 198.18.0.2 self permanent']);
    expect(node?.interfaces).toEqual({ up0: { vlans: ['1 pvid untagged', '10'] }, up1: { vlans: ['20 pvid untagged'] } });
  });

  it('sysctl: what decides, and nothing else', () => {
    expect(
      nodeOf('net.ipv4.ip_forward = 0\nnet.ipv4.conf.all.rp_filter = 1\nnet.ipv4.tcp_rmem = 4096 131072 6291456\n')?.sysctls,
    ).toEqual({ 'net.ipv4.ip_forward': '0', 'net.ipv4.conf.all.rp_filter': '1' });
  });

  it('nft and iptables: rules that drop or translate, as text', () => {
    const nft =
      'table inet fw {\n\tchain forward {\n\t\ttype filter hook forward priority filter; policy drop;\n\t\tct state established accept\n\t\ttcp dport 8443 reject\n\t}\n}\n';
    expect(nodeOf(nft)?.firewall).toEqual([
      'nft inet fw forward: hook forward policy drop',
      'nft inet fw forward: tcp dport 8443 reject',
    ]);
    const save =
      '*nat\n:PREROUTING ACCEPT [0:0]\n-A POSTROUTING -s 198.18.0.0/16 -o up0 -j MASQUERADE\nCOMMIT\n*filter\n:FORWARD DROP [3:180]\n-A FORWARD -p tcp --dport 81 -j DROP\n-A FORWARD -j ACCEPT\nCOMMIT\n';
    expect(nodeOf(save)?.firewall).toEqual([
      'iptables nat POSTROUTING: -s 198.18.0.0/16 -o up0 -j MASQUERADE',
      'iptables filter FORWARD: policy DROP',
      'iptables filter FORWARD: -p tcp --dport 81 -j DROP',
    ]);
  });

  it.each([
    [
      'ifconfig',
      'up0: flags=4163<UP,BROADCAST,RUNNING,MULTICAST>  mtu 1500\n        inet 198.18.8.4  netmask 255.255.255.0  broadcast 198.18.8.255\n        ether 02:00:00:00:08:04  txqueuelen 1000  (Ethernet)\n',
      { interfaces: { up0: { mac: '02:00:00:00:08:04', mtu: 1500, addresses: ['198.18.8.4/24'] } } },
    ],
    [
      'route -n',
      'Kernel IP routing table\nDestination     Gateway         Genmask         Flags Metric Ref    Use Iface\n0.0.0.0         198.18.8.1      0.0.0.0         UG    100    0        0 up0\n198.18.8.0      0.0.0.0         255.255.255.0   U     0      0        0 up0\n',
      { routes: ['default via 198.18.8.1 dev up0 metric 100', '198.18.8.0/24 dev up0'] },
    ],
    [
      'show ip route',
      'K>* 0.0.0.0/0 [0/0] via 198.18.8.1, up0, 00:12:01\nB>* 198.19.0.0/16 [20/0] via 198.18.8.9, up0, weight 1, 00:11:59\nC>* 198.18.8.0/24 is directly connected, up0, 00:12:01\n',
      { routes: ['default via 198.18.8.1 dev up0', '198.19.0.0/16 via 198.18.8.9 dev up0', '198.18.8.0/24 dev up0'] },
    ],
  ])('%s', (_, text, node) => {
    expect(nodeOf(text)).toEqual(node);
  });
});

describe('clusters', () => {
  it('kubectl get node,pod,svc,endpointslices -o wide', () => {
    const text = `NAME        STATUS   ROLES    AGE   VERSION   INTERNAL-IP   EXTERNAL-IP   OS-IMAGE   KERNEL-VERSION   CONTAINER-RUNTIME
node/leaf1  Ready    <none>   5d    v1.33.1   10.4.0.11     <none>        Debian     6.1              containerd://1.7

NAME       READY   STATUS    RESTARTS       AGE   IP           NODE    NOMINATED NODE   READINESS GATES
pod/cart   1/1     Running   1 (20h ago)    5d    10.61.1.7    leaf1   <none>           <none>
pod/done   0/1     Completed 0              5d    10.61.1.8    leaf1   <none>           <none>

NAME           TYPE           CLUSTER-IP    EXTERNAL-IP   PORT(S)        AGE   SELECTOR
service/cart   LoadBalancer   10.97.0.4     10.4.0.200    80:31000/TCP   5d    app=cart

NAME                                        ADDRESSTYPE   PORTS   ENDPOINTS   AGE
endpointslice.discovery.k8s.io/cart-x7k2p   IPv4          8080    10.61.1.7   5d
`;
    expect(read(text, null).topology).toEqual({
      nodes: { leaf1: { addresses: ['10.4.0.11'] } },
      pods: { '10.61.1.7': { name: 'default/cart', node: 'leaf1' } },
      addresses: {
        '10.4.0.200': { service: 'default/cart', backends: ['10.61.1.7'] },
        '10.97.0.4': { service: 'default/cart', backends: ['10.61.1.7'] },
      },
    });
  });

  it('two services on one address are no contradiction', () => {
    const service = (name: string, port: number) => ({
      kind: 'Service',
      metadata: { name, namespace: 'shop' },
      spec: { clusterIP: 'None', ports: [{ port }] },
      status: { loadBalancer: { ingress: [{ ip: '10.4.0.201' }] } },
    });
    const { topology, conflicts } = read(JSON.stringify({ kind: 'List', items: [service('a', 80), service('b', 8080)] }), null);
    expect(conflicts).toEqual([]);
    expect(topology.addresses).toEqual({
      '10.4.0.201': { service: ['shop/a', 'shop/b'], ports: { '80/TCP': 'shop/a', '8080/TCP': 'shop/b' } },
    });
  });

  it('who may announce an address', () => {
    const node = (name: string, labels: object) => ({ kind: 'Node', metadata: { name, labels }, status: {} });
    const items = [
      node('cp', { role: 'cp' }),
      node('w1', { role: 'worker' }),
      {
        kind: 'CiliumL2AnnouncementPolicy',
        metadata: { name: 'p' },
        spec: { nodeSelector: { matchExpressions: [{ key: 'role', operator: 'NotIn', values: ['cp'] }] } },
      },
      {
        kind: 'Service',
        metadata: { name: 'a', namespace: 'shop' },
        spec: {},
        status: { loadBalancer: { ingress: [{ ip: '10.4.0.201' }] } },
      },
    ];
    expect(read(JSON.stringify({ kind: 'List', items }), null).topology.addresses?.['10.4.0.201'].owner).toBe('w1');
  });

  it('what Cilium prints', () => {
    const text = `root@w1:~# cilium-dbg status --verbose
KVStore:                Disabled
Routing:                Network: Tunnel [geneve]   Host: BPF
Masquerading:           IPTables [IPv4: Enabled, IPv6: Disabled]
IPAM:                   IPv4: 3/254 allocated from 10.61.1.0/24,
Allocated addresses:
  10.61.1.5 (router)
  10.61.1.7 (shop/cart)
root@w1:~# cilium-dbg service list
ID   Frontend            Service Type   Backend
1    10.97.0.4:80/TCP    ClusterIP      1 => 10.61.1.7:8080/TCP (active)
                                        2 => 10.61.1.9:8080/TCP (active)
`;
    const { topology } = read(text, null);
    expect(topology.nodes?.['w1'].podCIDRs).toEqual(['10.61.1.0/24']);
    expect(topology.pods).toEqual({ '10.61.1.7': { name: 'shop/cart', node: 'w1' } });
    expect(topology.tunnel).toMatchObject({ type: 'geneve', port: 6081 });
    expect(topology.addresses?.['10.97.0.4'].backends).toEqual(['10.61.1.7', '10.61.1.9']);
  });

  it("a pod's device on its node, and an agent's output as its node's", () => {
    const log = `ops@jump:~$ kubectl get pods -A -o wide
NAMESPACE     NAME           READY   STATUS    RESTARTS   AGE   IP          NODE
kube-system   cilium-4x8zq   1/1     Running   0          5d    10.4.0.11   leaf1
shop          cart           1/1     Running   0          5d    10.61.1.7   leaf1
ops@jump:~$ kubectl -n kube-system exec cilium-4x8zq -- ip route
10.61.1.0/24 via 10.61.1.5 dev cilium_host proto kernel src 10.61.1.5
10.61.1.7 dev lxc0a1b2c3d4e5f scope link
`;
    const { topology } = read(log, null);
    expect(topology.nodes?.['leaf1'].podCIDRs).toEqual(['10.61.1.0/24']);
    expect(topology.pods?.['10.61.1.7']).toEqual({ name: 'shop/cart', node: 'leaf1', interface: 'lxc0a1b2c3d4e5f' });
  });

  it('YAML of several documents', () => {
    const text =
      'apiVersion: v1\nkind: Pod\nmetadata:\n  name: cart\n  namespace: shop\nspec:\n  nodeName: leaf1\nstatus:\n  phase: Running\n  podIP: 10.61.1.7\n---\napiVersion: v1\nkind: Node\nmetadata:\n  name: leaf1\nspec:\n  podCIDR: 10.61.1.0/24\n';
    expect(read(text, null).topology).toEqual({
      nodes: { leaf1: { podCIDRs: ['10.61.1.0/24'] } },
      pods: { '10.61.1.7': { name: 'shop/cart', node: 'leaf1' } },
    });
  });
});

describe('the first character', () => {
  /** First lines that no other test shows. */
  const rest = `
port\tvlan-id
Name              Table
-----------------------
Chain INPUT (policy ACCEPT)
target     prot opt source               destination
Netid State  Recv-Q Send-Q Local Address:Port Peer Address:Port
State    Recv-Q   Send-Q     Local Address:Port
tcp   LISTEN 0      128    0.0.0.0:22   0.0.0.0:*
udp   UNCONN 0      0      127.0.0.53:53   0.0.0.0:*
u_str ESTAB  0      0      a:1   b:2
ESTAB  0      0      198.18.0.1:22   198.18.0.2:50000
LISTEN 0      128    0.0.0.0:22   0.0.0.0:*
UNCONN 0      0      127.0.0.53:53   0.0.0.0:*
TIME-WAIT 0      0      198.18.0.1:22   198.18.0.2:50001
Active Internet connections (w/o servers)
Proto Recv-Q Send-Q Local Address           Foreign Address         State
tcp      6 431999 ESTABLISHED src=198.18.0.1 dst=198.18.0.2 sport=40000 dport=22
ipv4     2 udp      17 29 src=198.18.0.1 dst=198.18.0.2
    [NEW] icmp     1 30 src=198.18.0.1 dst=198.18.0.2 type=8 code=0 id=1
[UPDATE] sctp     132 3 src=198.18.0.1 dst=198.18.0.2
dccp     33 3 src=198.18.0.1 dst=198.18.0.2
unknown  89 590 src=198.18.0.1 dst=224.0.0.5
gre      47 29 src=198.18.0.1 dst=198.18.0.2
PING 198.18.0.2 (198.18.0.2) 56(84) bytes of data.
64 bytes from 198.18.0.2: icmp_seq=1 ttl=64 time=0.04 ms
From 198.18.0.1 icmp_seq=1 Destination Host Unreachable
--- 198.18.0.2 ping statistics ---
4 packets transmitted, 4 received, 0% packet loss, time 3004ms
rtt min/avg/max/mdev = 0.039/0.043/0.048/0.003 ms
traceroute to 198.18.0.2 (198.18.0.2), 30 hops max, 60 byte packets
 1?: [LOCALHOST]                      pmtu 1500
 1  198.18.0.254 (198.18.0.254)  0.035 ms
12:  198.18.0.254                     0.065ms pmtu 1450
curl: (7) Failed to connect
HTTP/1.1 200 OK
* Trying 198.18.0.2:80...
> GET / HTTP/1.1
< HTTP/1.1 200 OK
tcpdump: verbose output suppressed, use -v[v]... for full protocol decode
listening on eth0, link-type EN10MB (Ethernet), snapshot length 262144 bytes
10 packets captured
2026-01-02 10:11:12.123456 IP 198.18.0.1 > 198.18.0.2: ICMP echo request, id 1, seq 1, length 64
Jan  2 10:11:12.123: default/a:40000 -> default/b:80 to-endpoint FORWARDED (TCP Flags: SYN)
TIMESTAMP             SOURCE                DESTINATION
  TIMESTAMP: Jan  2 10:11:12.123
EVENTS LOST: HUBBLE_RING_BUFFER CPU(0) 4
Listening for events on 4 CPUs with 64x4096 of shared memory
<- endpoint 7 flow 0x1 , identity 300->unknown state unknown ifindex 0 orig-ip 0.0.0.0: 198.18.0.1:40000 -> 198.18.0.2:80 tcp SYN
-> overlay flow 0x1 , identity 300->world state new ifindex cilium_vxlan orig-ip 0.0.0.0: 198.18.0.1:40000 -> 198.18.0.2:80 tcp SYN
xx drop (Policy denied) flow 0x1 to endpoint 0, ifindex 4, file bpf_lxc.c:1, , identity 300->world: 198.18.0.1:40000 -> 198.18.0.2:80 tcp SYN
Policy verdict log: flow 0x1 local EP ID 7, remote ID 300, proto 6, ingress, action deny, auth: disabled, match none, 198.18.0.1:40000 -> 198.18.0.2:80 tcp SYN
CPU 01: MARK 0x1 FROM 7 to-overlay: 74 bytes (74 captured), state new, interface cilium_vxlan, identity 300->2, orig-ip 0.0.0.0
------------------------------------------------------------------------------
SKB                CPU PROCESS          NETNS      MARK/x        IFACE       PROTO  MTU   LEN   TUPLE FUNC
0xffff8e7b00dc0900 2   ~ping:4711       4026532689 0            eth0:79      0x0800 1370  84    198.18.0.1:0->198.18.0.2:0(icmp) ip_output
[  123.456789] eth0: link up
Jan  2 10:11:12 w1 kernel: eth0: link up
TCP OUT 198.18.0.1:40000 -> 198.18.0.2:80 XLATE_SRC 198.18.0.9:40000
ICMP IN 198.18.0.1:0 -> 198.18.0.2:0 XLATE_DST 198.18.0.9:0
TCP OUT 198.18.0.1:40000 -> 198.18.0.2:80 expires=123
UDP IN 198.18.0.1:40000 -> 198.18.0.2:53 expires=123
SCTP SVC 198.18.0.1:40000 -> 198.18.0.2:53 expires=123
Socket Cookie   Backend -> Frontend
ENDPOINT   POLICY (ingress)   POLICY (egress)   IDENTITY   LABELS (source:key[=value])
IP             IDENTITY   SOURCE
# IP           NetworkInterface
IP             NetworkInterface
Key                 Value               State     Error`;
  const samples = readdirSync(import.meta.dirname).map((name) => readFileSync(`${import.meta.dirname}/${name}`, 'utf8'));
  const lines = [...rest.split('\n'), ...samples.join('\n').split(/[`'"\n]/)];
  it.each(LISTINGS.filter(({ begins }) => begins !== undefined))('$what begins with no other than it says', (listing) => {
    let began = 0;
    for (let i = 0; i < lines.length; i++) {
      const next = lines[i + 1] ?? '';
      if (!listing.starts(lines[i], next, NO_HINT)) continue;
      began++;
      for (let code = 0; code < 128; code++) {
        const line = String.fromCharCode(code) + lines[i].slice(1);
        if (listing.starts(line, next, NO_HINT)) expect(line[0]).toMatch(listing.begins!);
      }
    }
    expect(began, 'no sample of it in test/topology').toBeGreaterThan(0);
  });
});
