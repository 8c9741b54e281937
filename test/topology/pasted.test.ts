// Outputs as people paste them into issues, chats and blogs. What is expected is written from the sample, not from the reader.
import { describe, expect, it } from 'vitest';
import { checkTopology } from '../../src/topology/check/check.js';
import { explain, importTopology } from '../../src/topology/import/import.js';
import { readTopology } from '../../src/topology/read.js';

const read = (text: string) => importTopology([{ name: 'x', text }]);

describe('outputs of one device', () => {
  it('do not name it: the command does', () => {
    const { topology, unread } = read(`root@f1:~# bridge fdb show dev flannel.1
aa:bb:cc:dd:ee:00 dst 172.16.5.20 self permanent
root@f1:~# ip neigh show dev flannel.1
10.244.0.0 lladdr aa:bb:cc:dd:ee:00 PERMANENT
root@f1:~# ip route show dev cni0
10.244.1.0/24 proto kernel scope link src 10.244.1.1
root@f1:~# ip -4 addr show dev eth0
2: eth0@if20: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP group default qlen 1000 link-netnsid 0
    inet 172.16.5.21/24 brd 172.16.5.255 scope global eth0
       valid_lft forever preferred_lft forever`);
    expect(unread).toEqual([]);
    expect(topology.nodes?.['f1']).toEqual({
      interfaces: { eth0: { index: 2, mtu: 1500, addresses: ['172.16.5.21/24'] } },
      podCIDRs: ['10.244.1.0/24'],
      neighbours: ['10.244.0.0 dev flannel.1 lladdr aa:bb:cc:dd:ee:00 PERMANENT'],
      fdb: ['aa:bb:cc:dd:ee:00 dev flannel.1 dst 172.16.5.20 self permanent'],
    });
  });
});

describe('a loop over machines', () => {
  const loop = (filter: string) => `root@cp:~# for i in 0 1; do echo ">> node : w$i <<"; ssh ops@w$i ip route${filter}; echo; done
>> node : w0 <<
default via 10.1.0.1 dev eth0
10.1.0.0/24 dev eth0 proto kernel scope link src 10.1.0.10

>> node : w1 <<
default via 10.1.0.1 dev eth0
10.1.0.0/24 dev eth0 proto kernel scope link src 10.1.0.11
`;
  it('tables of each turn are tables', () => {
    expect(explain(read(loop('')).pieces)).toEqual(['x:3-4: ip route of w0: used', 'x:7-8: ip route of w1: used']);
  });

  it('cut by grep in one turn, they are cut in all', () => {
    const { topology, pieces } = read(loop(' | grep eth0'));
    expect(pieces.map(({ state, node }) => `${node} ${state}`)).toEqual(['w0 left', 'w1 left']);
    expect(topology.nodes).toBeUndefined();
  });

  it('over pods, the headings name pods and no machines', () => {
    const { topology, unread } =
      read(`root@cp:~# for p in $(kubectl get pod -o name); do echo ">> $p <<"; kubectl exec $p -- ip route; done
>> pod/web-7c5c-2xkzq <<
default via 10.60.1.1 dev eth0
10.60.1.1 dev eth0 scope link src 10.60.1.20
`);
    expect(unread).toEqual([]);
    expect(topology.nodes).toBeUndefined();
  });
});

describe('prompts of a name alone', () => {
  it('are prompts where a program follows', () => {
    const { topology } = read(`node-a$ sudo ip route
default via 10.1.0.1 dev eth0
r1# show ip route
Codes: K - kernel route, C - connected, S - static
S>* 10.9.0.0/24 [1/0] via 10.1.0.10, eth0, weight 1, 00:01:02
`);
    expect(Object.entries(topology.nodes ?? {}).map(([name, { routes }]) => [name, routes])).toEqual([
      ['node-a', ['default via 10.1.0.1 dev eth0']],
      ['r1', ['10.9.0.0/24 via 10.1.0.10 dev eth0']],
    ]);
  });

  it('are none in what people write', () => {
    const text = 'It costs 5$ per node\nThe # of routes is wrong\nitem% ipvs\n';
    expect(read(`a@b:~$ ip route\ndefault via 10.1.0.1 dev eth0\n${text}`).pieces.at(-1)).toMatchObject({
      state: 'unknown',
      last: 5,
    });
  });
});

const DESCRIBED = `root@cp1:~# kubectl describe node w1
Name:               w1
Roles:              <none>
Labels:             kubernetes.io/hostname=w1
Annotations:        flannel.alpha.coreos.com/backend-data: {"VNI":1,"VtepMAC":"52:37:98:c4:16:ff"}
                    flannel.alpha.coreos.com/backend-type: vxlan
                    flannel.alpha.coreos.com/public-ip: 172.30.0.11
                    volumes.kubernetes.io/controller-managed-attach-detach: true
CreationTimestamp:  Mon, 01 Jun 2026 08:00:00 +0000
Addresses:
  InternalIP:  172.30.0.11
  Hostname:    w1
System Info:
  Machine ID:                 abc
PodCIDR:                      10.60.1.0/24
PodCIDRs:                     10.60.1.0/24
Non-terminated Pods:          (1 in total)
  Namespace                   Name                              CPU Requests
  ---------                   ----                              ------------
  default                     web-7c5c-2xkzq                    0 (0%)
Events:              <none>
root@cp1:~# kubectl describe pod -n shop web-7c5c-2xkzq
Name:             web-7c5c-2xkzq
Namespace:        shop
Priority:         0
Node:             w1/172.30.0.11
Labels:           app=web
Status:           Running
IP:               10.60.1.20
IPs:
  IP:           10.60.1.20
  IP:           fd00:60:1::20
Containers:
  web:
    Port:           80/TCP
Events:                      <none>


Name:             kube-proxy-x2kqz
Namespace:        kube-system
Priority:         2000001000
Node:             w1/172.30.0.11
Status:           Running
IP:               172.30.0.11
Containers:
  kube-proxy:
    Port:           <none>
root@cp1:~# kubectl -n shop describe svc web dns
Name:                     web
Namespace:                shop
Labels:                   <none>
Selector:                 app=web
Type:                     LoadBalancer
IP:                       10.96.44.5
IPs:                      10.96.44.5
LoadBalancer Ingress:     172.30.0.200 (VIP)
Port:                     http  80/TCP
TargetPort:               80/TCP
NodePort:                 http  31234/TCP
Endpoints:                10.60.1.20:80
Session Affinity:         None


Name:              dns
Namespace:         shop
Labels:            <none>
Selector:          app=dns
Type:              ClusterIP
IP:                10.96.44.6
Port:              dns  53/UDP
Endpoints:         10.60.1.5:53,10.60.1.6:53,10.60.1.7:53 + 2 more...


Name:              gone
Namespace:         shop
Labels:            <none>
Selector:          app=gone
Type:              ClusterIP
IP:                10.96.44.7
Port:              <unset>  53/UDP
Endpoints:         <none>
`;

describe('kubectl describe', () => {
  it('says of nodes, pods and services what their objects say', () => {
    const { topology, unread } = read(DESCRIBED);
    expect(unread).toEqual([]);
    expect(topology.nodes).toEqual({
      w1: {
        interfaces: { 'flannel.1': { mac: '52:37:98:c4:16:ff', tunnel: { type: 'vxlan', id: 1, local: '172.30.0.11' } } },
        addresses: ['172.30.0.11'],
        podCIDRs: ['10.60.1.0/24'],
      },
    });
    // kube-proxy has the address of its node, which is no pod's.
    expect(topology.pods).toEqual({
      '10.60.1.20': { name: 'shop/web-7c5c-2xkzq', node: 'w1' },
      'fd00:60:1::20': { name: 'shop/web-7c5c-2xkzq', node: 'w1' },
    });
    expect(topology.addresses).toEqual({
      '10.96.44.5': { service: 'shop/web', backends: ['10.60.1.20'] },
      // Five of them, and three are named: some would pass for all.
      '10.96.44.6': { service: 'shop/dns' },
      '10.96.44.7': { service: 'shop/gone', backends: [] },
      '172.30.0.200': { service: 'shop/web', backends: ['10.60.1.20'] },
    });
  });

  it('in a table, too, some backends do not pass for all, unless another table has all', () => {
    const table = `$ kubectl get svc,ep
NAME          TYPE        CLUSTER-IP   EXTERNAL-IP   PORT(S)   AGE
service/dns   ClusterIP   10.96.0.10   <none>        53/UDP    4d

NAME            ENDPOINTS                                     AGE
endpoints/dns   10.60.1.5:53,10.60.1.6:53,10.60.1.7:53 + 1 more...   4d
`;
    expect(read(table).topology.addresses).toEqual({ '10.96.0.10': { service: 'default/dns' } });
    const slices = JSON.stringify({
      kind: 'EndpointSlice',
      metadata: { name: 'dns-abcde', namespace: 'default', labels: { 'kubernetes.io/service-name': 'dns' } },
      endpoints: [{ addresses: ['10.60.1.5', '10.60.1.6', '10.60.1.7', '10.60.1.8'] }],
    });
    expect(
      read(`${table}$ kubectl get endpointslices -o json\n${slices}\n`).topology.addresses?.['10.96.0.10']?.backends,
    ).toHaveLength(4);
  });
});

describe('flannel and Calico', () => {
  it('say who is translated, and which network is a node’s', () => {
    const { topology, unread, pieces } = read(`root@f1:~# cat /run/flannel/subnet.env
FLANNEL_NETWORK=10.244.0.0/16
FLANNEL_SUBNET=10.244.1.1/24
FLANNEL_MTU=1450
FLANNEL_IPMASQ=true
root@f1:~# calicoctl get ippool -o wide
NAME                  CIDR             NAT     IPIPMODE   VXLANMODE     DISABLED   SELECTOR
default-ipv4-ippool   10.50.0.0/16     true    Never      CrossSubnet   false      all()
inner                 10.51.0.0/16     false   Never      CrossSubnet   false      all()
old                   10.52.0.0/16     true    Never      CrossSubnet   true       all()
root@f1:~# calicoctl node status
Calico process is running.

IPv4 BGP status
+--------------+-------------------+-------+----------+-------------+
| PEER ADDRESS |     PEER TYPE     | STATE |  SINCE   |    INFO     |
+--------------+-------------------+-------+----------+-------------+
| 172.30.0.12  | node-to-node mesh | up    | 10:11:12 | Established |
+--------------+-------------------+-------+----------+-------------+
`);
    expect(unread).toEqual([]);
    expect(pieces.map(({ what, state }) => `${what} ${state}`).slice(0, 2)).toEqual([
      'flannel subnet.env used',
      'calicoctl get ippool used',
    ]);
    expect(topology.nodes?.['f1']).toEqual({ podCIDRs: ['10.244.1.0/24'] });
    expect(topology.masquerade?.inside).toEqual(['10.244.0.0/16', '10.50.0.0/16']);
  });
});

describe('routers and switches', () => {
  it('routes of equal cost, interfaces and sessions of FRR', () => {
    const { topology, unread } = read(`leaf1# show ip route
Codes: K - kernel route, C - connected, L - local, S - static,
       > - selected route, * - FIB route, q - queued, r - rejected, b - backup

IPv4 unicast VRF default:
B>* 10.9.0.0/24 [20/0] via 10.0.1.1, eth1, weight 1, 00:10:00
  *                    via 10.0.2.1, eth2, weight 1, 00:10:00
S   10.8.0.0/24 [1/0] via 10.0.1.1, eth1, weight 1, 00:10:00
                      via 10.0.2.1, eth2, weight 1, 00:10:00
C>* 10.0.1.0/24 is directly connected, eth1, weight 1, 00:20:00
leaf1# show bgp summary

IPv4 Unicast Summary:
BGP router identifier 10.0.0.1, local AS number 65001 VRF default vrf-id 0
Neighbor        V         AS   MsgRcvd   MsgSent   TblVer  InQ OutQ  Up/Down State/PfxRcd   PfxSnt Desc
10.0.1.1        4      65100       100       101        0    0    0 00:10:00            3        3 N/A
leaf1# show interface brief
Interface       Status  VRF             Addresses
---------       ------  ---             ---------
eth1            up      default         10.0.1.2/24
eth2            down    default         10.0.2.2/24
lo              up      default         10.0.0.1/32
`);
    expect(unread).toEqual([]);
    expect(topology.nodes?.['leaf1']).toEqual({
      interfaces: {
        eth1: { addresses: ['10.0.1.2/24'] },
        eth2: { addresses: ['10.0.2.2/24'], up: false },
        lo: { addresses: ['10.0.0.1/32'] },
      },
      routes: ['10.9.0.0/24 nexthop via 10.0.1.1 dev eth1 nexthop via 10.0.2.1 dev eth2', '10.0.1.0/24 dev eth1'],
    });
  });

  it('a file below /proc/sys, whose output is its value alone', () => {
    const { topology, unread } = read('root@r:~# cat /proc/sys/net/ipv4/ip_forward\n0\nroot@r:~# cat /etc/motd\n1\n');
    expect(unread).toEqual(["x:4: not understood: '1'"]);
    expect(topology.nodes).toEqual({ r: { sysctls: { 'net.ipv4.ip_forward': '0' } } });
  });

  it('on Windows, too, a prompt is one', () => {
    const { unread, topology } = read(`PS C:\\Users\\me> kubectl get pods -n shop -o wide\r
NAME    READY   STATUS    RESTARTS   AGE   IP           NODE   NOMINATED NODE   READINESS GATES\r
web-0   1/1     Running   0          3h    10.60.2.33   w2     <none>           <none>\r
`);
    expect(unread).toEqual([]);
    expect(topology.pods).toEqual({ '10.60.2.33': { name: 'shop/web-0', node: 'w2' } });
  });
});

describe('Cilium', () => {
  it('BGP says whose the pod networks are, and which session is down', () => {
    const { topology, unread, notes } = read(`$ cilium bgp peers
Node     Local AS   Peer AS   Peer Address     Session State   Uptime   Family         Received   Advertised
w1       65001      65000     192.168.10.200   established     14m25s   ipv4/unicast   4          2
w2       65001      65000     192.168.20.200   active          0s       ipv4/unicast   0          0
$ cilium bgp routes
(Defaulting to \`available ipv4 unicast\` routes, please see help for more options)

Node   VRouter   Prefix            NextHop   Age      Attrs
w1     65001     10.60.1.0/24      0.0.0.0   14m30s   [{Origin: i} {Nexthop: 0.0.0.0}]
       65001     172.16.1.1/32     0.0.0.0   14m30s   [{Origin: i} {Nexthop: 0.0.0.0}]
w2     65001     10.60.2.0/24      0.0.0.0   14m30s   [{Origin: i} {Nexthop: 0.0.0.0}]
`);
    expect(unread).toEqual([]);
    expect(topology.nodes).toEqual({ w1: { podCIDRs: ['10.60.1.0/24'] }, w2: { podCIDRs: ['10.60.2.0/24'] } });
    expect(notes).toEqual([
      'x: the BGP session of w2 with 192.168.20.200 is active: 192.168.20.200 does not learn its networks by it',
    ]);
  });

  it('maps of pods give their devices by number', () => {
    const { topology, unread } = read(`root@w1:~# ip -br -4 addr show eth1
eth1             UP             172.30.0.11/24
root@w1:~# ip link show lxc4f2a
15: lxc4f2a@if14: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1500 qdisc noqueue state UP mode DEFAULT group default
    link/ether aa:bb:cc:dd:ee:02 brd ff:ff:ff:ff:ff:ff link-netnsid 1
root@w1:~# cilium-dbg bpf endpoint list
IP ADDRESS       LOCAL ENDPOINT INFO
10.60.1.20:0     id=412   sec_id=12001 flags=0x0000 ifindex=15  mac=AA:BB:CC:DD:EE:01 nodemac=AA:BB:CC:DD:EE:02 parent_ifindex=0
172.30.0.11:0    (localhost)
root@w1:~# cilium-dbg map get cilium_lxc
Key            Value                                                                                            State   Error
10.60.1.20:0   id=412   sec_id=12001 flags=0x0000 ifindex=15  mac=AA:BB:CC:DD:EE:01 nodemac=AA:BB:CC:DD:EE:02   sync
`);
    expect(unread).toEqual([]);
    expect(topology.pods).toEqual({ '10.60.1.20': { node: 'w1', identity: 12001, interface: 'lxc4f2a' } });
  });
});

describe('maps of Cilium against where pods are', () => {
  const session = ({ pod = '172.30.0.12', network = '172.30.0.13' } = {}) => `root@cp:~# kubectl get nodes -o wide
NAME   STATUS   ROLES    AGE   VERSION   INTERNAL-IP   EXTERNAL-IP   OS-IMAGE
w1     Ready    <none>   4d    v1.33.1   172.30.0.11   <none>        Ubuntu
w2     Ready    <none>   4d    v1.33.1   172.30.0.12   <none>        Ubuntu
w3     Ready    <none>   4d    v1.33.1   172.30.0.13   <none>        Ubuntu
root@cp:~# kubectl get nodes -o custom-columns=NAME:.metadata.name,PODCIDR:.spec.podCIDR
NAME   PODCIDR
w1     10.60.1.0/24
w2     10.60.2.0/24
w3     10.60.3.0/24
root@cp:~# kubectl get pods -o wide
NAME    READY   STATUS    RESTARTS   AGE   IP           NODE   NOMINATED NODE   READINESS GATES
web-0   1/1     Running   0          3h    10.60.2.33   w2     <none>           <none>
root@cp:~# kubectl -n kube-system exec ds/cilium -- cilium-dbg status --verbose
KVStore:                 Disabled
Routing:                 Network: Tunnel [vxlan]   Host: BPF
Cluster health:   3/3 reachable   (2026-06-03T08:00:00Z)
  Name              IP
  w1 (localhost):
    Host connectivity to 172.30.0.11:
      ICMP to stack:   OK, RTT=200us
root@cp:~# kubectl -n kube-system exec ds/cilium -- cilium-dbg bpf tunnel list
TUNNEL          VALUE
10.60.2.0:0     172.30.0.12:0
10.60.3.0:0     ${network}:0
root@cp:~# kubectl -n kube-system exec ds/cilium -- cilium-dbg bpf ipcache list
IP PREFIX/ADDRESS   IDENTITY
10.60.2.33/32       identity=12002 encryptkey=0 tunnelendpoint=${pod} flags=hastunnel
172.30.0.12/32      identity=6 encryptkey=0 tunnelendpoint=0.0.0.0 flags=<none>
`;
  const check = (text: string) => {
    const { topology } = read(text);
    return checkTopology(readTopology([{ name: 't', text: JSON.stringify(topology) }])).problems.filter(
      ({ rule }) => rule === 'tunnel-wrong-endpoint',
    );
  };

  it('that agree say nothing, and the agent names its node', () => {
    const { topology, conflicts, notes } = read(session());
    expect(conflicts).toEqual([]);
    expect(notes.filter((note) => note.includes('ds/cilium'))).toEqual([]);
    expect(JSON.stringify(topology)).not.toContain('tunnels');
    expect(check(session())).toEqual([]);
  });

  it('a pod that has moved', () => {
    const [problem, ...more] = check(session({ pod: '172.30.0.13' }));
    expect(more).toEqual([]);
    expect(problem).toMatchObject({
      verdict: 'fail',
      node: 'w1',
      title: 'w1 sends packets for 10.60.2.33 through the tunnel to w3 instead of w2',
    });
  });

  it('a network of another node', () => {
    expect(check(session({ network: '172.30.0.12' })).map(({ title }) => title)).toEqual([
      'w1 sends packets for 10.60.3.0/24 through the tunnel to w2 instead of w3',
    ]);
  });

  it('an address that nobody has is undecided', () => {
    expect(check(session({ network: '172.30.0.99' }))).toMatchObject([
      { verdict: 'inconclusive', title: 'w1 sends packets for 10.60.3.0/24 through the tunnel to 172.30.0.99 instead of w3' },
    ]);
  });
});

describe('what Windows prints', () => {
  const IPCONFIG = String.raw`C:\Users\me>ipconfig /all

Windows IP Configuration

   Host Name . . . . . . . . . . . . : win-client
   Primary Dns Suffix  . . . . . . . :

Ethernet adapter Ethernet 2:

   Connection-specific DNS Suffix  . :
   Description . . . . . . . . . . . : Intel(R) PRO/1000 MT
   Physical Address. . . . . . . . . : 08-00-27-01-02-03
   DHCP Enabled. . . . . . . . . . . : No
   Link-local IPv6 Address . . . . . : fe80::1%12(Preferred)
   IPv4 Address. . . . . . . . . . . : 192.168.10.50(Preferred)
   Subnet Mask . . . . . . . . . . . : 255.255.255.0
   Default Gateway . . . . . . . . . : 192.168.10.1
   DNS Servers . . . . . . . . . . . : 192.168.10.1
                                       8.8.8.8
   NetBIOS over Tcpip. . . . . . . . : Enabled`;
  const ROUTES = String.raw`C:\Users\me>route print -4
===========================================================================
Interface List
 12...08 00 27 01 02 03 ......Intel(R) PRO/1000 MT
  1...........................Software Loopback Interface 1
===========================================================================

IPv4 Route Table
===========================================================================
Active Routes:
Network Destination        Netmask          Gateway       Interface  Metric
          0.0.0.0          0.0.0.0     192.168.10.1   192.168.10.50    281
        127.0.0.0        255.0.0.0         On-link         127.0.0.1    331
       172.20.0.0      255.255.0.0   192.168.10.200   192.168.10.50     26
     192.168.10.0    255.255.255.0         On-link     192.168.10.50    281
    192.168.10.50  255.255.255.255         On-link     192.168.10.50    281
  255.255.255.255  255.255.255.255         On-link     192.168.10.50    281
===========================================================================
Persistent Routes:
  None`;
  const routes = (dev: string) => [
    `default via 192.168.10.1 dev ${dev} metric 281`,
    `172.20.0.0/16 via 192.168.10.200 dev ${dev} metric 26`,
    `192.168.10.0/24 dev ${dev} metric 281`,
  ];

  it('interfaces, and routes that name them by their addresses', () => {
    for (const text of [`${IPCONFIG}\n\n${ROUTES}`, `${IPCONFIG}\n\n${ROUTES}`.replaceAll('\n', '\r\n')]) {
      const { topology, unread } = importTopology([{ name: 'x', text, node: 'win' }]);
      expect(unread).toEqual([]);
      expect(topology.nodes).toEqual({
        win: {
          interfaces: { 'Ethernet-2': { mac: '08:00:27:01:02:03', addresses: ['192.168.10.50/24'] } },
          routes: routes('Ethernet-2'),
        },
      });
    }
  });

  it('routes alone are of interfaces without another name; the words of the table may be of another language', () => {
    const german = ROUTES.replaceAll('        On-link ', ' Auf Verbindung ').replace(
      'Network Destination        Netmask',
      'Netzwerkziel    Netzwerkmaske',
    );
    for (const text of [ROUTES, german])
      expect(importTopology([{ name: 'x', text, node: 'win' }]).topology.nodes).toEqual({
        win: { interfaces: { '192.168.10.50': { addresses: ['192.168.10.50/24'] } }, routes: routes('192.168.10.50') },
      });
  });
});
