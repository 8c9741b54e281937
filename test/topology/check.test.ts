// What a topology shows to be wrong in a lab before a packet is sent: each fault, and beside it a twin that is healthy.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { checkTopology } from '../../src/topology/check/check.js';
import { readTopology } from '../../src/topology/read.js';

const check = (text: string) => checkTopology(readTopology([{ name: 't.yaml', text }]));
const told = (text: string) =>
  check(text).problems.map(({ verdict, severity, rule, title }) => `${verdict === 'fail' ? severity : '?'} ${rule}: ${title}`);
const faults = (text: string) =>
  check(text).problems.filter(({ verdict, severity }) => verdict === 'fail' && severity !== 'info');
/** The one fault there is. */
const only = (text: string) => {
  const found = faults(text);
  expect(found.map(({ rule, title }) => `${rule}: ${title}`)).toHaveLength(1);
  return found[0];
};

interface Lab {
  readonly n1?: string;
  readonly r?: string;
  readonly n2?: string;
  readonly up?: string;
  /** More lines of a node. */
  readonly more?: string;
}
const R = ['default via 203.0.113.1 dev eth0', '10.244.1.0/24 via 10.77.1.11 dev eth1', '10.244.2.0/24 via 10.77.2.12 dev eth2'];
const quoted = (lines: readonly string[]) => `[${lines.map((line) => `"${line}"`).join(', ')}]`;
/** n1 -- r -- n2, with a pod network behind each node, and an uplink that knows them all. */
const lab = ({ n1, r, n2, up, more = '' }: Lab = {}) => `nodes:
  n1:
    interfaces: { eth0: { mtu: 1500, addresses: [10.77.1.11/24] }, lxc1: { addresses: [10.244.1.1/24] } }
    routes: ${n1 ?? '["default via 10.77.1.1 dev eth0"]'}
  r:
    interfaces:
      eth0: { mtu: 1500, addresses: [203.0.113.2/30] }
      eth1: { mtu: 1500, addresses: [10.77.1.1/24] }
      eth2: { mtu: 1500, addresses: [10.77.2.1/24] }
    routes: ${r ?? quoted(R)}
${more}
  n2:
    interfaces: { eth0: { mtu: 1500, addresses: [10.77.2.12/24] }, lxc2: { addresses: [10.244.2.1/24] } }
    routes: ${n2 ?? '["default via 10.77.2.1 dev eth0"]'}
  up:
    interfaces: { eth0: { mtu: 1500, addresses: [203.0.113.1/30] }, lo: { addresses: [198.51.100.53/32] } }
    routes: ${up ?? '["10.77.0.0/16 via 203.0.113.2 dev eth0", "10.244.0.0/16 via 203.0.113.2 dev eth0"]'}
`;

describe('a healthy lab', () => {
  it('gives nothing at all', () => {
    const { problems, paths, looked } = check(lab());
    expect(problems).toEqual([]);
    expect(paths.walked).toBe(paths.delivered);
    expect(paths.walked).toBeGreaterThan(20);
    expect(looked).toContain('path-broken');
  });

  it('gives nothing with all that is checked in it', () => {
    expect(told(readFileSync('captures/lab-right.topology.yaml', 'utf8'))).toEqual([]);
  });

  it('an empty topology was not looked at, and passes nothing', () => {
    expect(check('{}')).toMatchObject({
      problems: [{ rule: 'topology-incomplete', verdict: 'inconclusive' }],
      looked: [],
      paths: { walked: 0 },
    });
  });

  it.each([
    [
      'machines that are each behind their own translation',
      '  x: { interfaces: { eth9: { mac: 02:00:00:00:00:01, addresses: [10.0.2.15/24] } }, routes: [] }\n  y: { interfaces: { eth9: { mac: 02:00:00:00:00:01, addresses: [10.0.2.15/24] } }, routes: [] }',
    ],
    [
      'bridges that a program makes on each host',
      '  x: { interfaces: { docker0: { addresses: [172.17.0.1/16] } }, routes: [] }\n  y: { interfaces: { docker0: { addresses: [172.17.0.1/16] } }, routes: [] }',
    ],
    ['a host that nobody sends packets to', '  x: { interfaces: { eth0: { addresses: [192.0.2.1/24] } }, routes: [] }'],
    [
      'a private network of a node, which nobody has a route for',
      '  x: { interfaces: { br0: { addresses: [192.0.2.1/24] }, eth0: { mtu: 1500, addresses: [10.77.2.13/24] } }, routes: ["default via 10.77.2.1 dev eth0"] }',
    ],
  ])('%s is no fault', (_, more) => {
    expect(told(lab({ more }))).toEqual([]);
  });
});

describe('paths', () => {
  it('a missing route on one router is one fault, whatever it breaks', () => {
    const fault = only(lab({ r: quoted(R.slice(0, 2)), up: '["10.77.0.0/16 via 203.0.113.2 dev eth0"]' }));
    expect(fault).toMatchObject({
      rule: 'egress-wrong-interface',
      node: 'r',
      title: 'r has no route to 10.244.2.0/24 but its default route by eth0',
      commands: ['ip route add 10.244.2.0/24 via 10.77.2.12 dev eth2'],
    });
    expect(fault.count).toBeGreaterThan(1);
  });

  it('a loop names the node that is wrong in it', () => {
    expect(only(lab({ r: quoted(R.slice(0, 2)) }))).toMatchObject({
      rule: 'routing-loop',
      node: 'r',
      title: 'Packets for 10.244.2.0/24 go round between r and up',
      commands: ['ip route add 10.244.2.0/24 via 10.77.2.12 dev eth2'],
    });
  });

  it('a node without its default route cannot answer: one fault, one command', () => {
    const fault = only(lab({ n2: '[]' }));
    expect(fault).toMatchObject({ rule: 'path-broken', node: 'n2', commands: ['ip route add default via 10.77.2.1 dev eth0'] });
    expect(fault.title).toMatch(/^n2 has no route back to /);
  });

  it('a route that refuses a part of a network is found, and deleted by its command', () => {
    expect(only(lab({ r: quoted([...R, 'prohibit 10.244.2.20']) }))).toMatchObject({
      title: 'r has a prohibit route for 10.244.2.20',
      commands: ['ip route del prohibit 10.244.2.20'],
    });
  });

  it('a next hop that nobody has, where the owner is a neighbour', () => {
    expect(only(lab({ r: quoted([...R.slice(0, 2), '10.244.2.0/24 via 10.77.2.99 dev eth2']) }))).toMatchObject({
      rule: 'egress-wrong-next-hop',
      commands: ['ip route replace 10.244.2.0/24 via 10.77.2.12 dev eth2'],
    });
  });

  it('a policy rule sends one source elsewhere, and not the others', () => {
    const rules = (table: string) =>
      lab({
        r: quoted([...R, 'default via 203.0.113.1 dev eth0 table 100', ...(table === '' ? [] : [table])]),
        up: '["10.77.0.0/16 via 203.0.113.2 dev eth0"]',
      }).replace(
        '  n2:\n',
        '    rules: ["0: from all lookup local", "100: from 10.244.1.0/24 lookup 100", "32766: from all lookup main"]\n  n2:\n',
      );
    const found = check(rules('')).problems.filter(({ node, verdict }) => node === 'r' && verdict === 'fail');
    expect(found.map(({ title }) => title).join()).toContain('10.244.2.0/24');
    const right = '10.244.2.0/24 via 10.77.2.12 dev eth2 table 100';
    expect(check(rules(right)).problems.filter(({ node, title }) => node === 'r' && title.includes('10.244.2.0/24'))).toEqual([]);
  });

  it('rules that may decide by a mark or a table that is not there are undecided', () => {
    const text = lab({ r: quoted(R) }).replace(
      '  n2:\n',
      '    rules: ["100: from 10.244.1.0/24 lookup 100", "32766: from all lookup main"]\n  n2:\n',
    );
    expect(told(text)).toEqual([expect.stringMatching(/^\? topology-incomplete: The rules of r are not known/)]);
  });

  it('an answer that may be translated is undecided, and says what would decide it; with the rules it is decided', () => {
    const up = '["10.77.0.0/16 via 203.0.113.2 dev eth0"]';
    const [open] = check(lab({ up })).problems;
    expect(open).toMatchObject({ verdict: 'inconclusive', rule: 'path-broken', node: 'up', commands: [] });
    expect(open.hint).toContain('nft list ruleset');
    const rules = (list: string) => lab({ up }).replace('  n2:\n', `    firewall: ${list}\n  n2:\n`).replace('  r:\n', '  r:\n');
    expect(
      told(
        rules('["nft ip nat post: oifname eth0 masquerade"]').replace(
          '    routes: ["default via 10.77.1.1 dev eth0"]',
          '    routes: ["default via 10.77.1.1 dev eth0"]\n    firewall: []',
        ),
      ),
    ).toEqual([]);
    expect(faults(rules('[]'))).toMatchObject([{ severity: 'warning', node: 'up' }]);
  });

  it('only default routes in a listing that should hold more are no proof', () => {
    const text = lab({
      r: '["default via 203.0.113.1 dev eth0"]',
      n1: '["default via 10.77.1.1 dev eth0", "10.244.0.0/16 via 10.77.1.1 dev eth0", "10.77.1.0/24 dev eth0"]',
    });
    const open = check(text).problems.find(({ node, title }) => node === 'r' && title.includes('10.244.2.0/24'));
    expect(open).toMatchObject({ verdict: 'inconclusive', commands: [] });
    expect(open?.hint).toContain('ip route add 10.244.2.0/24 via 10.77.2.12 dev eth2');
  });

  it('a route that is missing for certain is told once, also where other packets may need it', () => {
    // Of the third cluster node nothing is known: whether it sends packets that way is open, what r lacks is not.
    const text = `nodes:
  a: { podCIDRs: [10.9.1.0/24], interfaces: { eth0: { addresses: [10.1.0.2/24] } }, routes: ["default via 10.1.0.1 dev eth0", "10.9.2.0/24 via 10.1.0.1 dev eth0", "10.9.1.0/24 dev lxc"] }
  r: { interfaces: { l: { addresses: [10.1.0.1/24] }, r: { addresses: [10.2.0.1/24] }, w: { addresses: [198.18.0.2/24] } }, routes: ["default via 198.18.0.1 dev w", "10.9.1.0/24 via 10.1.0.2 dev l"] }
  b: { podCIDRs: [10.9.2.0/24], interfaces: { eth0: { addresses: [10.2.0.2/24] } }, routes: ["default via 10.2.0.1 dev eth0", "10.9.2.0/24 dev lxc"] }
  c: { podCIDRs: [10.9.3.0/24], interfaces: { eth0: { addresses: [10.1.0.3/24] } } }
`;
    const all = check(text).problems.filter(({ node, title }) => node === 'r' && title.includes('10.9.2.0/24'));
    expect(all.map(({ verdict, commands }) => [verdict, ...commands.map(String)])).toEqual([
      ['fail', 'ip route add 10.9.2.0/24 via 10.2.0.2 dev r'],
    ]);
    // Without a sender that is known to use it, it is open.
    const open = check(text.replace('"10.9.2.0/24 via 10.1.0.1 dev eth0", ', '').replace(/podCIDRs: \[10.9.1.0\/24\], /, ''));
    expect(open.problems.filter(({ node, title }) => node === 'r' && title.includes('10.9.2.0/24'))).toMatchObject([
      { verdict: 'inconclusive' },
    ]);
  });

  it('nodes without routes are undecided, never a fault', () => {
    const text = lab().replace(
      / {2}n2:[\s\S]* {2}up:/,
      '  n2: { interfaces: { eth0: { addresses: [10.77.2.12/24] }, lxc2: { addresses: [10.244.2.1/24] } } }\n  up:',
    );
    expect(told(text)).toEqual([
      expect.stringMatching(/^\? topology-incomplete: The routes of n2 are not known: \d+ paths are undecided$/),
    ]);
  });

  it('pods of a cluster with a tunnel are not the business of the routers between', () => {
    const text = `nodes:
  a: { podCIDRs: [10.9.1.0/24], interfaces: { eth0: { addresses: [10.1.0.2/24] } }, routes: ["default via 10.1.0.1 dev eth0"] }
  r: { interfaces: { l: { addresses: [10.1.0.1/24] }, r: { addresses: [10.2.0.1/24] }, w: { addresses: [198.18.0.2/24] } }, routes: ["default via 198.18.0.1 dev w", "10.1.0.0/24 dev l"] }
  b: { podCIDRs: [10.9.2.0/24], interfaces: { eth0: { addresses: [10.2.0.2/24] } }, routes: ["default via 10.2.0.1 dev eth0"] }
`;
    expect(told(`${text}tunnel: { type: vxlan, port: 8472 }`)).toEqual([]);
    expect(faults(text).map(({ title }) => title)).toEqual([
      'r has no route to 10.9.1.0/24 but its default route by w',
      'r has no route to 10.9.2.0/24 but its default route by w',
    ]);
  });
});

describe('nodes in the middle', () => {
  it('forwarding that is off on a node that must forward', () => {
    const off = lab().replace('  n2:\n', '    sysctls: { net.ipv4.ip_forward: 0 }\n  n2:\n');
    expect(only(off)).toMatchObject({ rule: 'forward-missing', node: 'r', commands: ['sysctl -w net.ipv4.ip_forward=1'] });
    expect(told(off.replace('ip_forward: 0', 'ip_forward: 1'))).toEqual([]);
  });

  it('a strict filter drops what comes in by another interface than its return path', () => {
    const text = (filter: number) => `nodes:
  a: { interfaces: { e1: { addresses: [10.1.0.2/24] }, e2: { addresses: [10.2.0.2/24] } }, routes: ["10.3.0.0/24 via 10.2.0.1 dev e2"] }
  r:
    interfaces: { e1: { addresses: [10.1.0.1/24] }, e2: { addresses: [10.2.0.1/24] }, e3: { addresses: [10.3.0.1/24] } }
    routes: ["192.0.2.7 via 10.1.0.2 dev e1"]
    sysctls: { net.ipv4.conf.all.rp_filter: ${filter} }
  b: { interfaces: { e1: { addresses: [10.3.0.2/24] } }, routes: ["default via 10.3.0.1 dev e1"] }
pods: { 192.0.2.7: { node: a } }
`;
    expect(only(text(1))).toMatchObject({
      rule: 'return-asymmetric',
      node: 'r',
      subject: { interfaceIn: 'e2', interfaceExpected: 'e1' },
    });
    expect(told(text(2))).toEqual([]);
    expect(told(text(0))).toEqual([]);
  });

  it('rules that drop are named as information', () => {
    const drops = lab().replace(
      '  n2:\n',
      '    firewall: ["iptables filter FORWARD: -p tcp --dport 8080 -j DROP", "nft ip f input: tcp dport 22 drop"]\n  n2:\n',
    );
    expect(told(drops)).toEqual(['info firewall-drops: r has 1 rule that drops packets on their way']);
  });
});

describe('links', () => {
  const link = (a: string, b: string, c = '{ addresses: [10.1.0.3/24] }') => `nodes:
  a: { interfaces: { e: ${a} }, routes: [] }
  b: { interfaces: { e: ${b} }, routes: [] }
  c: { interfaces: { e: ${c} }, routes: [] }
`;
  it('two owners of an address', () => {
    expect(only(link('{ addresses: [10.1.0.1/24] }', '{ addresses: [10.1.0.1/24] }'))).toMatchObject({
      rule: 'arp-duplicate',
      title: '10.1.0.1 is an address of a and b',
    });
    expect(only(link('{ addresses: [10.1.0.1/24, 10.1.0.9/32] }', '{ addresses: [10.1.0.2/24, 10.1.0.9/32] }'))).toMatchObject({
      title: '10.1.0.9 is an address of a and b',
    });
    expect(only(link('{ addresses: [fd00::1/64] }', '{ addresses: [fd00::1/64] }', '{ addresses: [fd00::3/64] }'))).toMatchObject(
      { rule: 'ndp-duplicate' },
    );
    expect(told(link('{ addresses: [10.1.0.1/24] }', '{ addresses: [10.1.0.2/24] }'))).toEqual([]);
  });

  it('other netmasks', () => {
    expect(only(link('{ addresses: [10.1.0.1/24] }', '{ addresses: [10.1.0.2/16] }'))).toMatchObject({
      rule: 'netmask-mismatch',
      severity: 'warning',
      node: 'b',
      commands: ['ip addr add 10.1.0.2/24 dev e', 'ip addr del 10.1.0.2/16 dev e'],
    });
    // With a host behind a router that it takes for a neighbour, it is certain to fail.
    const far = `${link('{ addresses: [10.1.0.1/24] }', '{ addresses: [10.1.0.2/16] }')}  d: { interfaces: { e: { addresses: [10.1.7.4/24] } }, routes: [] }\n`;
    expect(only(far)).toMatchObject({ severity: 'error', node: 'b' });
    // A wide network beside a narrow one that does not hold it is routed.
    expect(told(link('{ addresses: [10.1.0.1/24] }', '{ addresses: [10.1.9.2/16] }'))).toEqual([]);
  });

  it('other MTUs', () => {
    expect(
      only(
        link(
          '{ mtu: 1500, addresses: [10.1.0.1/24] }',
          '{ mtu: 1400, addresses: [10.1.0.2/24] }',
          '{ mtu: 1500, addresses: [10.1.0.3/24] }',
        ),
      ),
    ).toMatchObject({
      rule: 'mtu-mismatch',
      node: 'b',
      commands: ['ip link set dev e mtu 1500'],
    });
    expect(only(link('{ mtu: 1500, addresses: [10.1.0.1/24] }', '{ mtu: 9000, addresses: [10.1.0.2/24] }'))).toMatchObject({
      node: null,
      commands: [],
    });
    expect(told(link('{ mtu: 9000, addresses: [10.1.0.1/24] }', '{ mtu: 9000, addresses: [10.1.0.2/24] }'))).toEqual([]);
  });

  it('other VLANs', () => {
    const vlan = (id: number) => `{ vlan: ${id}, kind: vlan, addresses: [10.1.0.${id}/24] }`;
    expect(only(link(vlan(20), vlan(30)))).toMatchObject({ rule: 'vlan-mismatch' });
    expect(told(link(vlan(20), '{ vlan: 20, kind: vlan, addresses: [10.1.0.2/24] }'))).toEqual([]);
  });

  it('two machines with one MAC', () => {
    const hosts = (mac: string, third: string) =>
      `nodes:
  a: { interfaces: { eth0: { mac: ${mac}, addresses: [192.0.2.5/24] } }, routes: [] }
  b: { interfaces: { eth0: { mac: ${mac}, addresses: [192.0.2.6/24] } }, routes: [] }
${third}`;
    const third = '  c: { interfaces: { eth0: { mac: 02:00:00:00:00:03, addresses: [192.0.2.7/24] } }, routes: [] }\n';
    expect(only(hosts('02:00:00:00:00:01', third))).toMatchObject({
      rule: 'mac-duplicate',
      title: 'a and b have one MAC, 02:00:00:00:00:01',
      subject: { macs: ['02:00:00:00:00:01'] },
    });
    // Without a third one they may be on links of their own; and virtual routers share theirs.
    expect(faults(hosts('02:00:00:00:00:01', ''))).toEqual([]);
    expect(faults(hosts('00:00:5e:00:01:07', third))).toEqual([]);
  });

  it('a next hop that is a neighbour nowhere', () => {
    const routed = (via: string) =>
      `nodes: { r: { interfaces: { eth0: { addresses: [192.0.2.1/24] }, eth1: { addresses: [198.51.100.1/24] } }, routes: ["203.0.113.0/24 via ${via}"] } }`;
    expect(only(routed('10.3.0.7'))).toMatchObject({
      rule: 'next-hop-off-link',
      title: 'The next hop 10.3.0.7 of r is on none of its links',
      subject: { target: '10.3.0.7' },
    });
    expect(faults(routed('198.51.100.9'))).toEqual([]);
  });

  it('one network on three interfaces is one fault', () => {
    const three = ['eth0', 'eth1', 'eth2'].map((name) => `${name}: { addresses: [192.0.2.5/24] }`).join(', ');
    expect(only(`nodes: { a: { interfaces: { ${three} }, routes: [] } }`)).toMatchObject({
      rule: 'subnet-twice',
      title: 'a has the network 192.0.2.0/24 on 3 interfaces, eth0, eth1 and eth2',
      count: 3,
    });
  });

  it('one network on two interfaces', () => {
    const two = (second: string) =>
      `nodes: { a: { interfaces: { e1: { addresses: [10.1.0.1/24] }, e2: ${second}, v: { kind: vrf, table: "7" } }, routes: [] } }`;
    expect(only(two('{ addresses: [10.1.0.2/24] }'))).toMatchObject({ rule: 'subnet-twice', node: 'a' });
    expect(told(two('{ addresses: [10.1.0.2/24], master: v }'))).toEqual([]);
    expect(told(two('{ addresses: [10.1.0.2/24], up: false }'))).toEqual([]);
    expect(told(two('{ addresses: [10.2.0.2/24] }'))).toEqual([]);
  });

  it('a next hop that is not on its interface', () => {
    const route = (line: string) =>
      `nodes: { a: { interfaces: { e1: { addresses: [10.1.0.1/24] }, e2: { addresses: [10.2.0.1/24] } }, routes: ["${line}"] } }`;
    expect(only(route('10.9.0.0/24 via 10.2.0.7 dev e1'))).toMatchObject({
      rule: 'next-hop-off-link',
      commands: ['ip route replace 10.9.0.0/24 via 10.2.0.7 dev e2'],
    });
    expect(only(route('10.9.0.0/24 via 10.7.0.7 dev e1'))).toMatchObject({ rule: 'next-hop-off-link', commands: [] });
    for (const good of ['10.9.0.0/24 via 10.1.0.7 dev e1', '10.9.0.0/24 via 10.7.0.7 dev e1 onlink'])
      expect(told(route(good))).toEqual([]);
  });

  it('a fixed neighbour entry with a MAC that its owner does not have', () => {
    const fixed = (mac: string) => `nodes:
  a: { interfaces: { e: { addresses: [10.1.0.1/24] } }, routes: [], neighbours: ["10.1.0.2 dev e lladdr ${mac} PERMANENT"] }
  b: { interfaces: { e: { mac: 02:00:00:00:00:02, addresses: [10.1.0.2/24] } }, routes: [] }
  c: { interfaces: { e: { mac: 02:00:00:00:00:03, addresses: [10.1.0.3/24] } }, routes: [] }
`;
    expect(only(fixed('02:de:ad:00:00:01'))).toMatchObject({
      rule: 'mac-unknown',
      node: 'a',
      commands: ['ip neigh del 10.1.0.2 dev e'],
    });
    expect(only(fixed('02:00:00:00:00:03'))).toMatchObject({ rule: 'egress-wrong-next-hop' });
    expect(told(fixed('02:00:00:00:00:02'))).toEqual([]);
  });
});

describe('tunnels', () => {
  interface End {
    readonly id?: number;
    readonly port?: number;
    readonly remote?: string;
    readonly mtu?: number;
    readonly more?: string;
  }
  const side = (n: number, { id = 7, port = 4789, remote = `10.1.0.${3 - n}`, mtu = 1450, more = '' }: End) => `  n${n}:
    interfaces:
      e: { mtu: 1500, kind: veth, addresses: [10.1.0.${n}/24] }
      vx: { mtu: ${mtu}, kind: vxlan, mac: 02:00:00:00:01:0${n}, addresses: [10.250.0.${n}/32], tunnel: { type: vxlan, id: ${id}, port: ${port}, local: 10.1.0.${n}, remote: ${remote} } }
    routes: ["10.244.${3 - n}.0/24 via 10.250.0.${3 - n} dev vx onlink"]
${more}`;
  const pair = (one: End = {}, two: End = {}) =>
    `nodes:\n${side(1, one)}${side(2, two)}  n3: { interfaces: { e: { mtu: 1500, kind: veth, addresses: [10.1.0.3/24] } }, routes: [] }\n`;

  it('that fit are silent', () => expect(told(pair())).toEqual([]));

  it('with two ids or two ports: one fault, not one for each end', () => {
    expect(only(pair({}, { id: 8 }))).toMatchObject({
      rule: 'tunnel-vni-mismatch',
      title: 'The ends of the tunnel vx of n1 and vx of n2 have different ids: 7 and 8',
    });
    expect(only(pair({}, { port: 8472 }))).toMatchObject({ rule: 'tunnel-port-mismatch' });
  });

  it('that lead to a node without a device, or to another than the next hop', () => {
    const rules = faults(pair({ remote: '10.1.0.3' }));
    expect(rules.map(({ rule }) => rule)).toEqual(['tunnel-wrong-endpoint', 'tunnel-wrong-endpoint']);
    expect(rules.flatMap(({ commands }) => commands)).toEqual(['ip link set dev vx type vxlan remote 10.1.0.2']);
  });

  it('to an address that nobody has are undecided', () => {
    expect(told(pair({ remote: '10.1.0.77' })).filter((line) => line.startsWith('?'))).toEqual([
      '? tunnel-wrong-endpoint: 1 tunnel end leads to 10.1.0.77, which nobody in the topology has',
    ]);
  });

  it('whose forwarding table leads a MAC to another node', () => {
    const fdb = (dst: string) => pair({ more: `    fdb: ["02:00:00:00:01:02 dev vx dst ${dst} self permanent"]\n` });
    expect(faults(fdb('10.1.0.3')).flatMap(({ commands }) => commands)).toContain(
      'bridge fdb replace 02:00:00:00:01:02 dev vx dst 10.1.0.2 self permanent',
    );
    expect(told(fdb('10.1.0.2'))).toEqual([]);
  });

  it('with the MAC of a device that was made anew', () => {
    const entry = (mac: string) => pair({ more: `    neighbours: ["10.250.0.2 dev vx lladdr ${mac} PERMANENT"]\n` });
    expect(only(entry('02:00:00:00:09:99'))).toMatchObject({
      rule: 'tunnel-inner-mac',
      commands: ['ip neigh replace 10.250.0.2 lladdr 02:00:00:00:01:02 dev vx nud permanent'],
    });
    expect(told(entry('02:00:00:00:01:02'))).toEqual([]);
  });

  it('whose packets do not fit outside', () => {
    expect(only(pair({ mtu: 1500 }))).toMatchObject({
      rule: 'tunnel-mtu',
      node: 'n1',
      commands: ['ip link set dev vx mtu 1450'],
    });
    const cluster = (mtu: number) => `nodes:
  a: { podCIDRs: [10.9.1.0/24], interfaces: { e: { mtu: 1500, addresses: [10.1.0.2/24] } }, routes: [] }
  b: { podCIDRs: [10.9.2.0/24], interfaces: { e: { mtu: 1500, addresses: [10.1.0.3/24] } }, routes: [] }
tunnel: { type: geneve, mtu: ${mtu} }
`;
    expect(only(cluster(1451))).toMatchObject({
      rule: 'tunnel-mtu',
      title: 'The tunnel has MTU 1451, and only 1450 fit inside the 1500 of the nodes',
    });
    expect(told(cluster(1450))).toEqual([]);
  });

  it('whose outer path breaks', () => {
    const text = `nodes:
  a:
    interfaces: { e: { addresses: [10.1.0.2/24] }, vx: { kind: vxlan, tunnel: { type: vxlan, id: 7, port: 4789, remote: 10.2.0.2 } } }
    routes: ["default via 10.1.0.1 dev e"]
  r: { interfaces: { l: { addresses: [10.1.0.1/24] }, x: { addresses: [10.3.0.1/24] } }, routes: ["default via 10.3.0.9 dev x", "10.1.0.0/24 dev l"] }
  s: { interfaces: { x: { addresses: [10.3.0.2/24] }, y: { addresses: [10.2.0.1/24] } }, routes: ["10.1.0.0/24 via 10.3.0.1 dev x"] }
  b:
    interfaces: { e: { addresses: [10.2.0.2/24] }, vx: { kind: vxlan, tunnel: { type: vxlan, id: 7, port: 4789, remote: 10.1.0.2 } } }
    routes: ["default via 10.2.0.1 dev e"]
`;
    expect(only(text)).toMatchObject({ node: 'r', commands: ['ip route add 10.2.0.0/24 via 10.3.0.2 dev x'] });
    expect(told(text.replace('"10.1.0.0/24 dev l"', '"10.1.0.0/24 dev l", "10.2.0.0/24 via 10.3.0.2 dev x"'))).toEqual([]);
  });
});

describe('VRFs', () => {
  interface Vrf {
    readonly blue?: readonly string[];
    readonly red?: readonly string[];
    readonly rules?: string;
  }
  const BLUE = ['10.1.0.0/24 dev a0', '10.2.0.0/24 dev b0', '10.8.0.0/24 via 10.1.0.2 dev a0', '10.9.0.0/24 via 10.2.0.2 dev b0'];
  const RED = ['10.5.0.0/24 dev r0', '10.3.0.0/24 dev r1'];
  const host = (name: string, net: number, pods = '') =>
    `  ${name}: { interfaces: { e: { addresses: [10.${net}.0.2/24] } }, routes: ["default via 10.${net}.0.1 dev e"]${pods} }\n`;
  const lab = ({ blue = BLUE, red = RED, rules = '' }: Vrf = {}) => `nodes:
  pe:
    interfaces:
      lo: { index: 1 }
      blue: { kind: vrf, table: "10" }
      red: { kind: vrf, table: "20" }
      a0: { addresses: [10.1.0.1/24], master: blue }
      b0: { addresses: [10.2.0.1/24], master: blue }
      r0: { addresses: [10.5.0.1/24], master: red }
      r1: { addresses: [10.3.0.1/24], master: red }
    routes: ${quoted([...blue.map((line) => `${line} table 10`), ...red.map((line) => `${line} table red`)])}
    routesOf: [ipv4]
${rules}${host('a', 1, ', podCIDRs: [10.8.0.0/24]')}${host('b', 2, ', podCIDRs: [10.9.0.0/24]')}${host('h1', 5)}${host('h2', 3)}`;

  it('are kept apart, which is no fault, and each one’s paths are walked in its own table', () => {
    expect(told(lab())).toEqual([]);
    expect(told(lab({ rules: '    rules: ["1000: from all lookup [l3mdev-table]", "32766: from all lookup main"]\n' }))).toEqual(
      [],
    );
    expect(check(lab()).paths.delivered).toBeGreaterThan(8);
    const closed = 'unreachable default metric 4278198272';
    expect(told(lab({ blue: [...BLUE, closed], red: [...RED, closed] }))).toEqual([]);
  });

  it('a route that is missing in one is told with the VRF in its command', () => {
    const [fault, ...more] = faults(lab({ blue: BLUE.slice(0, 3) }));
    expect(more).toEqual([]);
    expect(fault).toMatchObject({
      node: 'pe',
      title: 'pe has no route to 10.9.0.0/24',
      commands: ['ip route replace 10.9.0.0/24 via 10.2.0.2 dev b0 vrf blue'],
    });
  });

  it('a route that refuses in one goes from its table', () => {
    expect(only(lab({ red: [...RED, 'unreachable 10.3.0.2'] }))).toMatchObject({
      node: 'pe',
      commands: ['ip route del unreachable 10.3.0.2 table 20'],
    });
  });

  it('one network in two of them: nobody knows who is on which link, and nothing is compared', () => {
    const twice = lab({ red: ['10.1.0.0/24 dev r0', '10.3.0.0/24 dev r1'] })
      .replace('r0: { addresses: [10.5.0.1/24]', 'r0: { mtu: 9000, addresses: [10.1.0.1/24]')
      .replace('10.5.0.2/24', '10.1.0.9/24')
      .replace('via 10.5.0.1', 'via 10.1.0.1')
      .replace('e: { addresses: [10.1.0.2/24]', 'e: { mtu: 1500, addresses: [10.1.0.2/24]');
    expect(faults(twice)).toEqual([]);
  });
});

describe('a route over a device that is not there', () => {
  const node = (dev: string, lo = ', lo: { index: 1 }') =>
    `nodes: { a: { interfaces: { e1: { index: 2, addresses: [10.1.0.1/24] }${lo} }, routes: ["10.9.0.0/24 via 10.1.0.7 dev ${dev}"] } }`;
  it('is told where all interfaces are listed, and only there', () => {
    expect(told(node('e9')).filter((line) => line.includes('interfaces do not have'))).toEqual([
      '? topology-incomplete: a has routes over e9, which its interfaces do not have',
    ]);
    expect(told(node('e1'))).toEqual([]);
    expect(told(node('e9', '')).filter((line) => line.includes('interfaces do not have'))).toEqual([]);
  });
});

describe('services', () => {
  it('without backends, where their list is known', () => {
    expect(only('addresses: { 10.96.0.1: { service: a/b, backends: [] } }')).toMatchObject({
      rule: 'service-no-backend',
      severity: 'warning',
    });
    expect(told('addresses: { 10.96.0.1: { service: a/b } }')).toEqual([]);
    expect(told('addresses: { 10.96.0.1: { service: a/b, backends: [10.9.0.1] } }')).toEqual([]);
  });
});

describe('commands', () => {
  it('are never printed for names that a shell would act on', () => {
    const text = lab({ r: quoted(R.slice(0, 2)).replaceAll('eth2', "'x;reboot'") }).replaceAll('eth2', '"e;reboot"');
    for (const { commands } of check(text).problems) for (const command of commands) expect(command).not.toContain(';');
  });
});
