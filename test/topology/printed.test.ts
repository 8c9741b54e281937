// Outputs in the printers' real forms, made with the tools in network namespaces or after their source. What is expected is written from the sample.
import { describe, expect, it } from 'vitest';
import { importTopology } from '../../src/topology/import/import.js';
import { Ip } from '../../src/topology/ip.js';
import { readTopology } from '../../src/topology/read.js';

const read = (...texts: string[]) => importTopology(texts.map((text, i) => ({ name: `${i}`, text })));
const routesOf = (text: string, node: string) => read(text).topology.nodes?.[node]?.routes;

/** `ip route show table all` (iproute2 6.1). */
const ALL = `root@gw:~# ip route show table all
default via 10.91.2.30 dev tobeta table 200
default via 10.91.9.1 dev up
10.88.0.0/16
\tnexthop via 10.91.1.20 dev toalpha weight 1
\tnexthop via 10.91.2.30 dev tobeta weight 2
10.91.1.0/24 dev toalpha proto kernel scope link src 10.91.1.1
10.97.0.0/16 via 10.91.2.30 dev tobeta mtu lock 1400 advmss 1360
10.99.0.0/16 via inet6 fd91:2::30 dev tobeta
local 10.91.1.1 dev toalpha table local proto kernel scope host src 10.91.1.1
fd91:1::/64 dev toalpha proto kernel metric 256 pref medium
fe80::/64 dev toalpha proto kernel metric 256 pref medium
default via fd91:2::9 dev tobeta metric 1024 pref medium
local ::1 dev lo table local proto kernel metric 0 pref medium
multicast ff00::/8 dev toalpha table local proto kernel metric 256 pref medium
`;

describe('routes', () => {
  it('of both families in one listing: the default route of IPv6 stands last', () => {
    const { topology, unread, conflicts, pieces } = read(`${ALL}root@gw:~# ip -6 route
fd91:1::/64 dev toalpha proto kernel metric 256 pref medium
default via fd91:2::9 dev tobeta metric 1024 pref medium
`);
    expect([unread, conflicts]).toEqual([[], []]);
    expect(pieces.map(({ first, last }) => `${first}-${last}`)).toEqual(['2-15', '17-18']);
    expect(topology.nodes?.['gw']?.routes).toEqual([
      'default via 10.91.9.1 dev up',
      '10.88.0.0/16 nexthop via 10.91.1.20 dev toalpha weight 1 nexthop via 10.91.2.30 dev tobeta weight 2',
      '10.91.1.0/24 dev toalpha proto kernel scope link src 10.91.1.1',
      '10.97.0.0/16 via 10.91.2.30 dev tobeta mtu lock 1400 advmss 1360',
      '10.99.0.0/16 via inet6 fd91:2::30 dev tobeta',
      'fd91:1::/64 dev toalpha proto kernel metric 256 pref medium',
      'default via fd91:2::9 dev tobeta metric 1024 pref medium',
      'default via 10.91.2.30 dev tobeta table 200',
    ]);
  });

  it('an IPv4 default route by an IPv6 gateway is one of IPv4, in text and in JSON', () => {
    const text = 'root@gw:~# ip route\ndefault via inet6 fe80::1 dev e0 proto static';
    const json = '[{"dst":"default","via":{"family":"inet6","host":"fe80::1"},"dev":"e0","protocol":"static","flags":[]}]';
    for (const input of [text, `root@gw:~# ip -j route\n${json}`]) {
      const { nodes } = read(input).topology;
      const topology = readTopology([
        { name: 'x', text: JSON.stringify({ nodes: { gw: { ...nodes?.['gw'], interfaces: { e0: {} } } } }) },
      ]);
      expect(topology.route('gw', Ip.parse('192.0.2.1')!)?.via?.toString()).toBe('fe80::1');
      expect(topology.route('gw', Ip.parse('2001:db8::1')!)).toBeNull();
    }
  });

  it('of two tables one after the other are two listings', () => {
    const typed = (command: string) => `me@b:~$ ssh w7 '${command}'
default via 10.91.1.7 dev a0
default via 10.91.1.1 dev a0
10.91.1.0/24 dev a0 proto kernel scope link src 10.91.1.27
`;
    expect(routesOf(typed('ip route show table 200; ip route'), 'w7')).toEqual([
      'default via 10.91.1.1 dev a0',
      '10.91.1.0/24 dev a0 proto kernel scope link src 10.91.1.27',
      'default via 10.91.1.7 dev a0 table 200',
    ]);
  });

  it('printed twice in two forms do not contradict each other; a change does', () => {
    const plain =
      'root@w7:~# ip route\ndefault via 10.91.1.1 dev a0 proto static\n10.91.1.0/24 dev a0 proto kernel scope link src 10.91.1.27\n';
    const long =
      'root@w7:~# ip -d route\nunicast default via 10.91.1.1 dev a0 proto static scope global\nunicast 10.91.1.0/24 dev a0 proto kernel scope link src 10.91.1.27\n';
    const json =
      'root@w7:~# ip -j route\n[{"dst":"default","gateway":"10.91.1.1","dev":"a0","protocol":"static","flags":[]},{"dst":"10.91.1.0/24","dev":"a0","protocol":"kernel","scope":"link","prefsrc":"10.91.1.27","flags":[]}]\n';
    expect(read(plain, long, json).conflicts).toEqual([]);
    expect(read(plain, long.replace('10.91.1.1', '10.91.1.9')).conflicts).toEqual([
      "routes of w7: 0 and 1 differ ('default via 10.91.1.1 dev a0 proto static'); those of 0 were kept",
    ]);
  });
});

describe('rules in JSON', () => {
  /** `ip -j rule` of rules whose conditions are not only of addresses. */
  const JSON_RULES = `root@pol:~# ip -j rule
[{"priority":0,"src":"all","table":"local"},{"priority":10,"src":"all","ipproto":"tcp","dport":443,"table":"300"},{"priority":12,"src":"all","uid_start":1000,"uid_end":1001,"table":"302"},{"priority":13,"src":"all","table":"main","suppress_prefixlen":0},{"priority":14,"not":null,"src":"all","fwmark":"0xca6c","table":"51820"},{"priority":16,"src":"all","oif":"nope","oif_detached":null,"table":"304"},{"priority":19,"src":"all","goto":30},{"priority":20,"src":"all","tos":"0x10","table":"305"},{"priority":21,"src":"all","l3mdev":null,"protocol":"bird"},{"priority":30,"src":"all","nop":null},{"priority":32766,"src":"all","table":"main"}]`;

  it('keep the conditions that are not looked at, so that they are not taken for rules of all packets', () => {
    expect(read(JSON_RULES).topology.nodes?.['pol']?.rules).toEqual([
      '0: from all lookup local',
      '10: from all ipproto tcp dport 443 lookup 300',
      '12: from all uid_start 1000 uid_end 1001 lookup 302',
      '13: from all lookup main suppress_prefixlength 0',
      '14: not from all fwmark 0xca6c lookup 51820',
      '16: from all oif nope lookup 304',
      '19: from all goto 30',
      '20: from all tos 0x10 lookup 305',
      '21: from all lookup [l3mdev-table]',
      '30: from all nop',
      '32766: from all lookup main',
    ]);
  });

  it('a rule that does nothing leaves the others certain', () => {
    const text = JSON.stringify({
      nodes: {
        a: {
          interfaces: { e0: { addresses: ['10.1.0.2/24'] } },
          routes: ['default via 10.1.0.1 dev e0'],
          rules: ['30: from all nop', '32766: from all lookup main'],
        },
      },
    });
    const topology = readTopology([{ name: 'x', text }]);
    expect(topology.routeDecision('a', Ip.parse('192.0.2.1')!)).toMatchObject({ certain: true, maybe: [] });
  });
});

describe('prompts of themes', () => {
  const ROUTE = 'default via 10.70.0.1 dev eth0';
  it.each([
    ['tess@orchid ~> ip route', 'orchid'],
    ['tess@orchid ~ [1]> ip route', 'orchid'],
    ['tess@orchid ~/work main* \u276f ip route', 'orchid'],
    ['(venv) tess@orchid:~/my work$ ip route', 'orchid'],
    ['\u250c\u2500\u2500(kali\u327forchid)-[~]\n\u2514\u2500$ ip route', 'orchid'],
    ['\u256d\u2500tess@orchid ~/work\n\u2570\u2500\u276f ip route', 'orchid'],
    ['tess@lotus ~ [0]> ssh orchid ip route', 'orchid'],
  ])('%s', (prompt, node) => {
    // What stands under a prompt that is not seen would be taken for the machine before it.
    const text = `root@before:~# ip route\ndefault via 10.1.0.1 dev eth0\n${prompt}\n${ROUTE}\n`;
    expect(read(text).topology.nodes).toMatchObject({ [node]: { routes: [ROUTE] } });
  });

  it('none is seen in an address of mail', () => {
    const { topology } = read(`root@w1:~# ip route\n${ROUTE}\nme@example.org wrote > that the ip is wrong\n`);
    expect(Object.keys(topology.nodes ?? {})).toEqual(['w1']);
  });
});

describe('routers', () => {
  it('FRR: what is in the kernel is used, by the next hops that are there, in its table', () => {
    const { topology, unread, conflicts } = read(`leaf1# show ip route
Codes: K - kernel route, C - connected, L - local, S - static,
       > - selected route, * - FIB route, q - queued, r - rejected, b - backup
       t - trapped, o - offload failure

IPv4 unicast VRF default:
K>* 0.0.0.0/0 [0/100] via 10.11.0.1, eth0, weight 1, 00:10:03
L>* 10.11.0.5/32 is directly connected, eth0, weight 1, 00:10:03
O   10.11.0.0/24 [110/10] is directly connected, eth0, weight 1, 00:09:00
C>* 10.11.0.0/24 is directly connected, eth0, weight 1, 00:10:03
B>  10.56.0.0/16 [200/0] via 10.99.99.9 (recursive), weight 1, 00:01:22
  *                        via 10.11.0.12, eth0, weight 1, 00:01:22
S>r 10.57.0.0/16 [1/0] via 10.11.0.13, eth0 inactive, weight 1, 00:00:22
S   10.58.0.0/16 [1/0] via 10.44.0.13 inactive, weight 1, 00:00:22
S>* 10.59.0.0/16 [1/0] unreachable (blackhole), weight 1, 00:00:22
leaf1# show ip route vrf blue
VRF blue:
C>* 10.12.0.0/24 is directly connected, eth1, 00:10:03
leaf1# show ipv6 route
B>* fd55::/64 [20/0] via fe80::1, eth0, weight 1, 00:01:22
`);
    expect([unread, conflicts]).toEqual([[], []]);
    expect(topology.nodes?.['leaf1']?.routes).toEqual([
      'default via 10.11.0.1 dev eth0',
      '10.11.0.0/24 dev eth0',
      '10.56.0.0/16 via 10.11.0.12 dev eth0',
      'blackhole 10.59.0.0/16',
      'fd55::/64 via fe80::1 dev eth0',
      '10.12.0.0/24 dev eth1 table blue',
    ]);
  });

  it.each([
    [
      'birdc show',
      `BIRD 2.0.12 ready.
Table master4:
10.31.0.0/24         unicast [peer_a 08:22:11.123] * (100) [AS65010i]
\tvia 10.21.0.7 on ens5
                     unicast [peer_b 08:22:11.123] (100) [AS65011i]
\tvia 10.21.0.8 on ens5
10.32.0.0/24         blackhole [static1 08:00:00.000] * (200)`,
    ],
    ['birdc show', 'BIRD v0.3.3+birdv1.6.8 ready.\n0.0.0.0/0          via 10.22.0.1 on eth0 [kernel1 10:22:31] * (10)'],
    [
      'ip maddr',
      `2:	eth0
	link  33:33:00:00:00:01
	inet  224.0.0.1
	inet6 ff02::1`,
    ],
    ['conntrack -L', 'conntrack v1.4.7 (conntrack-tools): 0 flow entries have been shown.'],
    ['message', 'No VRF has been configured'],
  ])('%s is no table of the node, and is said in one line', (what, text) => {
    const { pieces, unread } = read(`root@br1:~# x\n${text}\nroot@br1:~# ip route\ndefault via 10.21.0.1 dev eth0`);
    expect(pieces.map((piece) => [piece.what, piece.state])).toEqual([
      [what, 'left'],
      ['ip route', 'used'],
    ]);
    expect(unread).toEqual([]);
  });
});

describe('tables of kubectl', () => {
  const PODS = `NAMESPACE     NAME                       READY   STATUS    RESTARTS       AGE    IP            NODE   NOMINATED NODE   READINESS GATES
shop          cart-5d4f8c7b9-qq2lx       1/1     Running   2 (3h ago)     3d2h   10.60.1.17    wk-1   <none>           0/1
kube-system   cilium-9xk2p               1/1     Running   0              3d2h   10.140.0.21   wk-1   <none>           <none>
kube-system   cilium-envoy-77c9x         1/1     Running   0              3d2h   10.140.0.21   wk-1   <none>           <none>
kube-system   kube-proxy-abcde           1/1     Running   0              3d2h   10.140.0.21   wk-1   <none>           <none>
kube-system   etcd-cp-1                  1/1     Running   0              3d2h   10.140.0.11   cp-1   <none>           <none>
kube-system   kube-scheduler-cp-1        1/1     Running   0              3d2h   10.140.0.11   cp-1   <none>           <none>
`;

  it('pods of the host network are no pods: they have the address of their node', () => {
    const { topology, conflicts } = read(PODS);
    expect(conflicts).toEqual([]);
    expect(topology.pods).toEqual({ '10.60.1.17': { name: 'shop/cart-5d4f8c7b9-qq2lx', node: 'wk-1' } });
    expect(topology.nodes).toEqual({ 'wk-1': { addresses: ['10.140.0.21'] }, 'cp-1': { addresses: ['10.140.0.11'] } });
  });

  it('two pods of one address at two times contradict each other', () => {
    const later = PODS.replace('qq2lx', 'zz9zz');
    expect(read(PODS, later).conflicts).toEqual([
      'pod 10.60.1.17: name is shop/cart-5d4f8c7b9-qq2lx in 0 and shop/cart-5d4f8c7b9-zz9zz in 1; shop/cart-5d4f8c7b9-qq2lx was kept',
    ]);
  });

  const AGENT = (pod: string) => `me@ws:~$ kubectl exec -n kube-system ${pod} -- cilium-dbg endpoint list
ENDPOINT   POLICY (ingress)   POLICY (egress)   IDENTITY   LABELS (source:key[=value])   IPv6   IPv4         STATUS
           ENFORCEMENT        ENFORCEMENT
977        Enabled            Disabled          18321      k8s:app=cart                         10.60.1.17   ready
`;
  it('the agent of the node that a pod is on agrees with them; one of another node does not', () => {
    for (const texts of [
      [PODS, AGENT('cilium-9xk2p')],
      [AGENT('cilium-9xk2p'), PODS],
    ]) {
      expect(read(...texts).conflicts).toEqual([]);
      expect(read(...texts).topology.pods?.['10.60.1.17']).toMatchObject({ node: 'wk-1', identity: 18321 });
    }
    const other = PODS.replace(
      'cilium-9xk2p               1/1     Running   0              3d2h   10.140.0.21   wk-1',
      'cilium-9xk2p               1/1     Running   0              3d2h   10.140.0.22   wk-2',
    );
    expect(read(other, AGENT('cilium-9xk2p')).conflicts).toEqual([
      'pod 10.60.1.17: node is wk-1 in 0 and wk-2 in 1; wk-1 was kept',
    ]);
  });

  it.each([
    ['NAME              ENDPOINTS         AGE\nendpoints/pend    <none>            3d', []],
    ['NAME              ENDPOINTS         AGE\nendpoints/pend    10.60.1.17:80     3d', ['10.60.1.17']],
    ['NAME              ENDPOINTS                       AGE\nendpoints/pend    10.60.1.17:80 + 2 more...       3d', undefined],
    ['NAME           ADDRESSTYPE   PORTS     ENDPOINTS   AGE\npend-x0x0x     IPv4          <unset>   <unset>     3d', []],
  ])('backends: %s', (table, backends) => {
    const service =
      'NAME   TYPE        CLUSTER-IP   EXTERNAL-IP   PORT(S)   AGE\npend   ClusterIP   10.61.44.4   <none>        80/TCP    3d\n';
    expect(read(service, table).topology.addresses?.['10.61.44.4']?.backends).toEqual(backends);
  });
});

describe('what an agent of Cilium prints', () => {
  const at = (command: string, text: string) =>
    `root@cp:~# kubectl -n kube-system exec cilium-aa11b -- cilium-dbg ${command}\n${text}\n`;
  const STATUS = at(
    'status --verbose',
    `KVStore:                Ok   Disabled
IPAM:                   IPv4: 4/254 allocated from 10.60.1.0/24,
Routing:                Network: Tunnel [vxlan]   Host: Legacy
Cluster health:         1/2 reachable   (2026-11-30T10:00:00Z)
  Name                  IP            Node          Endpoints
  wk-1 (localhost)      10.140.0.21   reachable     reachable
  lab/wk-2              10.141.0.22   unreachable   unreachable`,
  );

  it('the nodes that it probes, with their addresses', () => {
    expect(read(STATUS).topology.nodes).toEqual({
      'wk-1': { addresses: ['10.140.0.21'], podCIDRs: ['10.60.1.0/24'] },
      'wk-2': { addresses: ['10.141.0.22'] },
    });
  });

  it('maps by their names: map get cilium_ipcache, bpf lb list --revnat', () => {
    const map = at(
      'map get cilium_ipcache_v2',
      `Key                 Value                                                                   State   Error
10.60.2.0/24        identity=2 encryptkey=0 tunnelendpoint=10.141.0.22, flags=hastunnel     sync
10.60.1.17/32       identity=18321 encryptkey=0 tunnelendpoint=0.0.0.0, flags=<none>        sync`,
    );
    const revnat = at('bpf lb list --revnat', 'ID   BACKEND ADDRESS (REVNAT_ID) (SLOT)\n12   10.61.44.2:80');
    const { topology, unread } = read(STATUS + map + revnat);
    expect(unread).toEqual([]);
    expect(topology.nodes?.['wk-2']?.podCIDRs).toEqual(['10.60.2.0/24']);
    expect(topology.pods).toEqual({ '10.60.1.17': { node: 'wk-1', identity: 18321 } });
    expect(Object.keys(topology.addresses ?? {})).toEqual(['10.61.44.2']);
  });
});

describe('files of configuration', () => {
  it('are left out, and their parts in brackets are no machines', () => {
    const { topology, pieces, unread } = read(`root@fl-1:~# cat /etc/systemd/network/10-eth1.network
[Match]
Name=eth1

[Network]
Address=10.151.0.11/24
root@fl-1:~# cat wg0.conf; ip route
[Interface]
Address = 10.9.0.1/24
default via 10.151.0.1 dev eth0
`);
    expect(topology.nodes).toEqual({ 'fl-1': { routes: ['default via 10.151.0.1 dev eth0'] } });
    expect(pieces.map(({ first, state }) => [first, state])).toEqual([
      [2, 'left'],
      [8, 'unknown'],
      [10, 'used'],
    ]);
    expect(unread).toHaveLength(1);
  });
});
