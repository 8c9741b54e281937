import { describe, expect, it } from 'vitest';
import { Ip } from '../../src/topology/ip.js';
import type { Topology } from '../../src/topology/model.js';
import { readTopology } from '../../src/topology/read.js';

const ip = (text: string) => Ip.parse(text) as Ip;
const topology = (text: string) => readTopology([{ name: 't.yaml', text }]);

// Three nodes on two segments, one router; every machine has the same NAT interface.
const nodes = (routerRoutes: string) => `
nodes:
  router:
    interfaces:
      eth0: { index: 2, mac: 08:00:27:6b:69:c9, addresses: [10.0.2.15/24] }
      eth1: { index: 3, mac: 02:00:00:00:01:c8, addresses: [192.168.10.200/24, fd00:10::200/64, fe80::c8/64] }
      eth2: { index: 4, mac: 02:00:00:00:02:c8, addresses: [192.168.20.200/24, fd00:20::200/64, fe80::c8/64] }
    routes: [${routerRoutes}]
  k8s-ctr:
    interfaces:
      eth0: { index: 2, mac: 08:00:27:6b:69:c9, addresses: [10.0.2.15/24] }
      eth1: { index: 3, mac: 02:00:00:00:00:64, addresses: [192.168.10.100/24, fd00:10::100/64, fe80::64/64] }
      cilium_host: { index: 5, addresses: [172.20.0.253/32] }
    podCIDRs: [172.20.0.0/24, "fd00:172::/64"]
  k8s-w1:
    interfaces: { eth1: { mac: 02:00:00:00:00:65, addresses: [192.168.10.101/24] } }
    podCIDRs: [172.20.1.0/24]
  k8s-w0:
    interfaces:
      eth0: { index: 2, mac: 08:00:27:6b:69:c9, addresses: [10.0.2.15/24] }
      eth1: { index: 3, mac: 02:00:00:00:00:66, addresses: [192.168.20.100/24, fd00:20::100/64] }
    podCIDRs: [172.20.2.0/24, "fd00:172:2::/64"]
pods:
  172.20.0.96: { name: default/curl-pod, node: k8s-ctr }
  172.20.2.1: { name: default/webpod, identity: 8469 }
addresses:
  192.168.10.211: { owner: k8s-ctr, service: default/webpod, mac: 02-00-00-00-00-64, backends: [172.20.2.1] }
  192.168.10.212: { owner: [k8s-ctr, k8s-w1] }
  10.96.0.10: { service: kube-system/kube-dns }
`;
const missing = topology(nodes('"default via 10.0.2.2 dev eth0 proto dhcp src 10.0.2.15 metric 100"'));

const right = (t: Topology, node: string, dst: string) => {
  const r = t.rightRoute(node, ip(dst));
  return r && `${r.kind} ${r.owner} ${r.prefix}${r.via ? ` via ${r.via}` : ''}${r.dev ? ` dev ${r.dev}` : ''}`;
};

describe('route: what the node does', () => {
  const t = topology(
    nodes(`
      "default via 10.0.2.2 dev eth0 metric 100", "default via 192.168.10.1 dev eth1 metric 50",
      "172.20.0.0/16 via 192.168.10.1 dev eth1", "172.20.2.0/24 via 192.168.20.100 dev eth2 proto static mtu 1450",
      "blackhole 172.20.2.128/25", "172.20.2.130 dev eth2 scope link",
      "10.1.0.0/16 proto static metric 20", "nexthop via 192.168.10.1 dev eth1 weight 1", "nexthop via inet6 fd00:20::1 dev eth2 weight 1",
      "192.168.10.101 encap ip id 6 src 0.0.0.0 dst 9.9.9.9 ttl 0 tos 0 via 172.20.1.238 dev cilium_vxlan mtu 1450 onlink",
      "10.2.0.0/16 dev eth9 dead linkdown", "10.3.0.0/16 via 192.168.10.9 dev eth1 table 100", "broadcast 10.255.255.255 dev eth0",
      "default via fe80::1 dev eth1 proto ra metric 1024 pref medium", "unreachable fd00:172:3::/64 dev lo metric 4294967295 pref medium",
      { dst: 10.4.0.0/16, via: { family: inet6, host: "fe80::1" }, dev: eth1, future: [1] },
      { dst: 10.5.0.0/16, flags: [], nexthops: [{ gateway: 192.168.10.7, dev: eth1, flags: [dead] }, { gateway: 192.168.20.7, dev: eth2, flags: [] }] },
      "throw 10.6.0.0/16"
    `),
  );
  it.each([
    ['8.8.8.8', 'unicast default via 192.168.10.1 dev eth1'],
    ['172.20.9.9', 'unicast 172.20.0.0/16 via 192.168.10.1 dev eth1'],
    ['172.20.2.1', 'unicast 172.20.2.0/24 via 192.168.20.100 dev eth2'],
    ['172.20.2.200', 'blackhole 172.20.2.128/25'],
    ['172.20.2.130', 'connected 172.20.2.130 dev eth2'],
    ['192.168.20.7', 'connected 192.168.20.0/24 dev eth2'],
    ['192.168.20.200', 'local 192.168.20.200 dev eth2'],
    ['10.1.2.3', 'unicast 10.1.0.0/16 via 192.168.10.1 dev eth1 via fd00:20::1 dev eth2'],
    ['192.168.10.101', 'unicast 192.168.10.101 via 172.20.1.238 dev cilium_vxlan'],
    ['10.2.0.1', 'unicast default via 192.168.10.1 dev eth1'],
    ['10.3.0.1', 'unicast default via 192.168.10.1 dev eth1'],
    ['10.4.0.1', 'unicast 10.4.0.0/16 via fe80::1 dev eth1'],
    ['10.5.0.1', 'unicast 10.5.0.0/16 via 192.168.20.7 dev eth2'],
    ['10.6.0.1', null],
    ['2001:db8::1', 'unicast default via fe80::1 dev eth1'],
    ['fd00:20::7', 'connected fd00:20::/64 dev eth2'],
    ['fd00:172:3::1', 'unreachable fd00:172:3::/64'],
  ])('%s', (dst, expected) => {
    const r = t.route('router', ip(dst));
    const hops = r?.nexthops.map((hop) => `${hop.via ? ` via ${hop.via}` : ''} dev ${hop.dev}`).join('');
    expect(r && `${r.kind} ${r.prefix}${hops}`).toBe(expected);
  });

  it('knows no route where none is listed', () => {
    expect(t.route('k8s-w1', ip('8.8.8.8'))).toBeNull();
    expect(t.node('k8s-w1')?.routesKnown).toBe(false);
    expect(t.route('nobody', ip('8.8.8.8'))).toBeNull();
  });

  it('asks with the bytes of a packet', () => {
    const scratch = new Ip();
    const packet = Uint8Array.from([0, 172, 20, 2, 1, 0]);
    expect(t.route('router', scratch.read(packet, 1, 4))?.dev).toBe('eth2');
    expect(t.route('router', scratch.setV4(0xac140201))).toBe(t.route('router', ip('172.20.2.1')));
  });
});

describe('rightRoute: where it should go', () => {
  it.each([
    ['router', '172.20.2.1', 'via k8s-w0 172.20.2.0/24 via 192.168.20.100 dev eth2'],
    ['router', '172.20.2.77', 'via k8s-w0 172.20.2.0/24 via 192.168.20.100 dev eth2'],
    ['router', 'fd00:172:2::1', 'via k8s-w0 fd00:172:2::/64 via fd00:20::100 dev eth2'],
    ['router', '192.168.20.100', 'direct k8s-w0 192.168.20.100 dev eth2'],
    ['router', '192.168.10.211', 'direct k8s-ctr 192.168.10.211 dev eth1'],
    ['router', '192.168.10.200', 'local router 192.168.10.200'],
    ['router', '172.20.0.253', 'via k8s-ctr 172.20.0.253 via 192.168.10.100 dev eth1'],
    ['k8s-ctr', '172.20.0.96', 'local k8s-ctr 172.20.0.96'],
    // Behind the router, the only node on both segments.
    ['k8s-ctr', '172.20.2.1', 'through k8s-w0 172.20.2.0/24 via 192.168.10.200 dev eth1'],
    // Two possible owners, an address of every machine, a service without owner, the internet, a link-local address.
    ['router', '192.168.10.212', null],
    ['k8s-w1', '10.0.2.15', null],
    ['router', '10.96.0.10', null],
    ['router', '8.8.8.8', null],
    ['k8s-w0', 'fe80::c8', null],
    // No IPv6 on its link.
    ['k8s-w1', 'fd00:172:2::1', null],
  ])('from %s to %s', (node, dst, expected) => {
    expect(right(missing, node, dst)).toBe(expected);
    expect(right(missing, node, dst)).toBe(expected);
  });

  it('is the tunnel between nodes, and the link elsewhere', () => {
    const t = topology(`${nodes('')}tunnel: { type: vxlan, device: cilium_vxlan }`);
    expect(right(t, 'k8s-ctr', '172.20.2.1')).toBe('tunnel k8s-w0 172.20.2.0/24 dev cilium_vxlan');
    expect(right(t, 'router', '172.20.2.1')).toBe('via k8s-w0 172.20.2.0/24 via 192.168.20.100 dev eth2');
    expect(t.tunnel).toEqual({ type: 'vxlan', port: 8472, vni: null, device: 'cilium_vxlan', mtu: null });
    expect(t.tunnelEndpoints(ip('172.20.2.9')).map(String)).toEqual(['192.168.20.100', 'fd00:20::100']);
    expect(t.tunnelEndpoints(ip('172.20.0.96')).map(String)).toEqual(['192.168.10.100', 'fd00:10::100']);
    expect(t.tunnelEndpoints(ip('8.8.8.8'))).toEqual([]);
  });

  it('takes the way the node uses when there are two, and else says nothing', () => {
    const two = (routes: string) =>
      topology(`
nodes:
  a: { interfaces: { e1: { addresses: [10.1.0.1/24] }, e2: { addresses: [10.2.0.1/24] } }, routes: [${routes}] }
  b: { interfaces: { e1: { addresses: [10.1.0.2/24] }, e2: { addresses: [10.2.0.2/24] } }, podCIDRs: [10.9.0.0/24] }`);
    expect(right(two('"10.9.0.0/24 via 10.2.0.2 dev e2"'), 'a', '10.9.0.1')).toBe('via b 10.9.0.0/24 via 10.2.0.2 dev e2');
    expect(right(two('"default via 10.1.0.9 dev e1"'), 'a', '10.9.0.1')).toBeNull();
  });

  it('accepts a longer way that leads there, and a tunnel of the node itself', () => {
    const t = topology(`
nodes:
  a:
    interfaces: { e: { addresses: [10.1.0.1/24] }, wire: { addresses: [10.3.0.1/24] }, ovl: { addresses: [10.8.1.1/32] } }
    routes: [10.9.0.0/25 via 10.1.0.2 dev e, 10.9.0.128/26 via 10.8.2.1 dev ovl onlink, 10.9.0.192/26 via 10.1.0.77 dev e]
  r: { interfaces: { e: { addresses: [10.1.0.2/24] }, f: { addresses: [10.2.0.2/24] } } }
  b: { interfaces: { e: { addresses: [10.2.0.9/24] }, wire: { addresses: [10.3.0.9/24] } }, podCIDRs: [10.9.0.0/24] }`);
    expect(right(t, 'a', '10.9.0.1')).toBe('through b 10.9.0.0/24 via 10.1.0.2 dev e');
    expect(right(t, 'a', '10.9.0.129')).toBe('tunnel b 10.9.0.0/24 dev ovl');
    expect(right(t, 'a', '10.9.0.200')).toBe('via b 10.9.0.0/24 via 10.3.0.9 dev wire');
    expect(t.repair('a', ip('10.9.0.1'))).toBeNull();
    expect(t.repair('a', ip('10.9.0.129'))).toBeNull();
  });

  it('goes over several routers, by the shortest way, and not back to where it came from', () => {
    const line = (routes: string) =>
      topology(`
nodes:
  a: { interfaces: { e: { addresses: [10.1.0.9/24] } } }
  r1: { interfaces: { e: { addresses: [10.1.0.1/24] }, f: { addresses: [10.12.0.1/30] } } }
  r2: { interfaces: { e: { addresses: [10.12.0.2/30] }, f: { addresses: [10.23.0.1/30] } }, routes: [${routes}] }
  r3: { interfaces: { e: { addresses: [10.23.0.2/30] }, f: { addresses: [10.3.0.1/24] } } }
  b: { interfaces: { e: { addresses: [10.3.0.9/24] } }, podCIDRs: [10.9.0.0/24] }`);
    expect(right(line(''), 'a', '10.9.0.1')).toBe('through b 10.9.0.0/24 via 10.1.0.1 dev e');
    expect(right(line(''), 'r1', '10.9.0.1')).toBe('through b 10.9.0.0/24 via 10.12.0.2 dev f');
    expect(right(line('"default via 10.12.0.1 dev e"'), 'r2', '10.9.0.1')).toBe('through b 10.9.0.0/24 via 10.23.0.2 dev f');
    expect(line('"default via 10.12.0.1 dev e"').repair('r2', ip('10.9.0.1'))).toBe(
      'ip route add 10.9.0.0/24 via 10.23.0.2 dev f',
    );
  });

  it('accepts the longer of two ways where the node takes it', () => {
    const t = topology(`
nodes:
  a: { interfaces: { e: { addresses: [10.1.0.9/24] }, x: { addresses: [10.4.0.9/24] } }, routes: [10.9.0.0/24 via 10.1.0.1 dev e] }
  r1: { interfaces: { e: { addresses: [10.1.0.1/24] }, f: { addresses: [10.12.0.1/30] } } }
  r2: { interfaces: { e: { addresses: [10.12.0.2/30] }, f: { addresses: [10.3.0.1/24] } } }
  short: { interfaces: { x: { addresses: [10.4.0.1/24] }, f: { addresses: [10.3.0.2/24] } } }
  b: { interfaces: { e: { addresses: [10.3.0.9/24] } }, podCIDRs: [10.9.0.0/24] }`);
    expect(right(t, 'a', '10.9.0.1')).toBe('through b 10.9.0.0/24 via 10.1.0.1 dev e');
  });

  it('does not choose between two routers', () => {
    const t = topology(`
nodes:
  a: { interfaces: { e: { addresses: [10.1.0.1/24] } } }
  r1: { interfaces: { e: { addresses: [10.1.0.2/24] }, f: { addresses: [10.2.0.2/24] } } }
  r2: { interfaces: { e: { addresses: [10.1.0.3/24] }, f: { addresses: [10.2.0.3/24] } } }
  b: { interfaces: { e: { addresses: [10.2.0.9/24] } }, podCIDRs: [10.9.0.0/24] }`);
    expect(right(t, 'a', '10.9.0.1')).toBeNull();
  });
});

describe('repair', () => {
  it.each([
    ['', '172.20.2.1', 'ip route add 172.20.2.0/24 via 192.168.20.100 dev eth2'],
    ['"default via 10.0.2.2 dev eth0"', 'fd00:172:2::5', 'ip -6 route add fd00:172:2::/64 via fd00:20::100 dev eth2'],
    ['"172.20.2.0/24 via 192.168.10.101 dev eth1"', '172.20.2.1', 'ip route replace 172.20.2.0/24 via 192.168.20.100 dev eth2'],
    ['"172.20.2.0/24 via 192.168.20.150 dev eth2"', '172.20.2.1', 'ip route replace 172.20.2.0/24 via 192.168.20.100 dev eth2'],
    ['"blackhole 172.20.2.0/24"', '172.20.2.1', 'ip route replace 172.20.2.0/24 via 192.168.20.100 dev eth2'],
    ['"172.20.2.0/24 via 192.168.20.100 dev eth2"', '172.20.2.1', null],
    ['"172.20.0.0/16 via 192.168.10.1 dev eth1"', '172.20.2.1', 'ip route add 172.20.2.0/24 via 192.168.20.100 dev eth2'],
    // A more specific route hides a right one: it only has to go.
    ['"192.168.20.0/25 via 10.0.2.2 dev eth0"', '192.168.20.100', 'ip route add 192.168.20.100 dev eth2'],
    ['"172.20.2.0/24 via 192.168.20.100 dev eth2", "blackhole 172.20.2.1"', '172.20.2.1', 'ip route del blackhole 172.20.2.1'],
    ['"172.20.2.1 via 10.0.2.2 dev eth0"', '172.20.2.1', 'ip route replace 172.20.2.1 via 192.168.20.100 dev eth2'],
    ['', '8.8.8.8', null],
    ['', '192.168.10.200', null],
  ])('with routes [%s], to %s', (routes, dst, expected) => {
    expect(topology(nodes(routes)).repair('router', ip(dst))).toBe(expected);
  });

  it('replaces where the routes are not known: it works whether or not there is one', () => {
    expect(missing.repair('k8s-w1', ip('172.20.2.1'))).toBe('ip route replace 172.20.2.0/24 via 192.168.10.200 dev eth1');
  });
});

describe('owners and names', () => {
  it.each([
    ['172.20.0.96', ['pod k8s-ctr default/curl-pod 172.20.0.96']],
    ['172.20.2.1', ['pod k8s-w0 default/webpod 172.20.2.1']],
    ['172.20.2.2', ['podCIDR k8s-w0 null 172.20.2.0/24']],
    ['192.168.10.211', ['address k8s-ctr default/webpod 192.168.10.211']],
    ['192.168.10.212', ['address k8s-ctr null 192.168.10.212', 'address k8s-w1 null 192.168.10.212']],
    ['fe80::c8', ['interface router eth1 fe80::c8']],
    ['10.0.2.15', ['interface router eth0 10.0.2.15', 'interface k8s-ctr eth0 10.0.2.15', 'interface k8s-w0 eth0 10.0.2.15']],
    ['192.168.10.7', []],
  ])('%s', (address, expected) => {
    expect(missing.ownerOf(ip(address)).map((o) => `${o.what} ${o.node} ${o.name} ${o.prefix}`)).toEqual(expected);
  });

  it('names what has one name', () => {
    const names = ['172.20.0.96', '192.168.10.211', '192.168.10.200', '172.20.2.9', '10.0.2.15', '8.8.8.8'];
    expect(names.map((a) => missing.nameOf(ip(a)))).toEqual(['default/curl-pod', 'default/webpod', 'router', null, null, null]);
    expect(missing.serviceName(ip('10.96.0.10'))).toBe('kube-system/kube-dns');
    expect(missing.address(ip('192.168.10.211'))?.mac).toBe(0x64 + 0x020000000000);
    expect(missing.isBackend(ip('192.168.10.211'), ip('172.20.2.1'))).toBe(true);
    expect(missing.isBackend(ip('192.168.10.211'), ip('172.20.0.96'))).toBe(false);
    expect(missing.isBackend(ip('10.96.0.10'), ip('172.20.0.96'))).toBeNull();
  });

  it('tells local and inside addresses', () => {
    expect(missing.isLocal('router', ip('192.168.20.200'))).toBe(true);
    expect(missing.isLocal('router', ip('192.168.20.100'))).toBe(false);
    expect(missing.isLocal('k8s-ctr', ip('192.168.10.211'))).toBe(true);
    expect(missing.isLocal('k8s-ctr', ip('172.20.0.96'))).toBe(false);
    expect(missing.isInside(ip('172.20.1.1'))).toBe(true);
    expect(missing.isInside(ip('172.20.9.1'))).toBe(false);
  });

  it('names identities only where a VNI is one', () => {
    const named = (tunnel: string) => topology(`identities: { 63446: default/curl }\ntunnel: { type: vxlan${tunnel} }`);
    expect([63446, 6, 99].map((vni) => named('').identityName(vni))).toEqual(['default/curl', 'reserved:remote-node', null]);
    expect(named(', vni: 6').identityName(6)).toBeNull();
    expect(named(', vni: 6').tunnel?.port).toBe(4789);
  });

  it('knows what is translated', () => {
    const t = topology('masquerade: { inside: [172.20.0.0/16], except: [172.20.0.0/16, 192.168.0.0/16] }');
    const ask = (src: string, dst: string) => t.masqueraded(ip(src), ip(dst));
    expect([ask('172.20.0.1', '8.8.8.8'), ask('172.20.0.1', '192.168.1.1'), ask('10.0.0.1', '8.8.8.8')]).toEqual([
      true,
      false,
      false,
    ]);
    expect(ask('172.20.0.1', '172.20.5.5')).toBe(false);
    expect(missing.masqueraded(ip('172.20.0.1'), ip('8.8.8.8'))).toBeNull();
    expect(topology('masquerade: { inside: [10.0.0.0/8] }').masqueraded(ip('10.0.0.1'), ip('10.9.9.9'))).toBe(false);
  });
});

describe('MACs and capture points', () => {
  const nat = 0x0800276b69c9;
  const mac = (last: number) => 0x020000000000 + last;

  it('a MAC on several machines names nobody', () => {
    expect(missing.interfacesByMac(nat).map((i) => i.node)).toEqual(['router', 'k8s-ctr', 'k8s-w0']);
    expect(missing.nodeByMac(nat)).toBeNull();
    expect(missing.nodeByMac(mac(0x65))).toBe('k8s-w1');
    expect(missing.nodeByMac(1)).toBeNull();
  });

  it.each([
    ['numbers only one node has', { indexes: [2, 3, 4] }, 'router'],
    ['numbers of several nodes', { indexes: [2, 3] }, null],
    ['numbers nobody has', { indexes: [3, 17] }, null],
    ['what it sent', { indexes: [2, 3], sentBy: [mac(0x66), nat] }, 'k8s-w0'],
    ['what it sent, its numbers not known', { indexes: [2, 3], sentBy: [mac(0x65)] }, 'k8s-w1'],
    ['an ambiguous MAC and numbers', { indexes: [2, 3, 4], sentBy: [nat] }, 'router'],
    ['an ambiguous MAC alone', { sentBy: [nat] }, null],
    ['names of a pcapng', { names: ['eth2', 'eth0'] }, 'router'],
    ['names all have', { names: ['eth1'] }, null],
    [
      'the part of nearly every frame',
      {
        unicast: new Map([
          [mac(0x1c8), 100],
          [mac(0x64), 60],
          [mac(0x65), 40],
        ]),
      },
      'router',
    ],
    [
      'two ends of every frame',
      {
        unicast: new Map([
          [mac(0x1c8), 100],
          [mac(0x64), 97],
        ]),
      },
      null,
    ],
    [
      'one end of every frame, the other a stranger',
      {
        unicast: new Map([
          [mac(0x1c8), 100],
          [0x020000009999, 100],
        ]),
      },
      null,
    ],
    ['numbers of one node, whom the host hears', { indexes: [2, 3, 4], heardFrom: [mac(0x1c8)] }, null],
    [
      'numbers of one node, whom it hears and who sent',
      { indexes: [2, 3, 4], sentBy: [mac(0x1c8)], heardFrom: [mac(0x1c8)] },
      'router',
    ],
    ['numbers of one node, and a MAC that all have is heard', { indexes: [2, 3, 4], heardFrom: [nat] }, 'router'],
    ['nothing', {}, null],
  ])('%s', (_, clues, expected) => {
    expect(missing.pointFor(clues)).toBe(expected);
  });
});
