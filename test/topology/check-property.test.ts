// Any topology that the schema takes is checked: it never throws, ends in bounded time, and says the same under other names.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkTopology } from '../../src/topology/check/check.js';
import { diffTopologies } from '../../src/topology/diff.js';
import { Topology } from '../../src/topology/model.js';
import { readTopology } from '../../src/topology/read.js';
import { type TopologyFile, topologyShape } from '../../src/topology/schema.js';
import { times } from '../thorough.js';

const pick = <T>(...values: readonly T[]) => fc.constantFrom(...values);
const some = <T>(one: fc.Arbitrary<T>, most = 3) => fc.array(one, { maxLength: most });
const maybe = <T>(one: fc.Arbitrary<T>) => fc.option(one, { nil: undefined });

// Few values, so that nodes meet: three networks of four hosts, one pod network for each node.
const v4 = fc.tuple(pick(0, 1, 2), fc.integer({ min: 1, max: 4 })).map(([net, host]) => `10.1.${net}.${host}`);
const v6 = fc.tuple(pick(1, 2), fc.integer({ min: 1, max: 3 })).map(([net, host]) => `2001:db8:${net}::${host}`);
const address = fc.oneof({ weight: 4, arbitrary: v4 }, { weight: 1, arbitrary: v6 });
const length = (ip: string) => (ip.includes(':') ? pick(64, 64, 48, 128) : pick(24, 24, 16, 32));
const own = address.chain((ip) => length(ip).map((bits) => `${ip}/${bits}`));
const device = pick('e0', 'e1', 'e2');
const network = pick(
  '10.1.0.0/24',
  '10.1.1.0/24',
  '10.1.0.0/16',
  '10.8.1.0/24',
  '10.8.2.0/24',
  '10.8.2.7',
  '2001:db8:1::/64',
  'default',
);
const mac = fc.integer({ min: 1, max: 4 }).map((n) => `02:00:00:00:00:0${n}`);
const node = pick('a', 'b', 'c', 'd');

const route = fc.oneof(
  fc
    .tuple(network, address, device, pick('', ' onlink', ' metric 100', ' table 7'))
    .filter(([to, via]) => to === 'default' || to.includes(':') === via.includes(':'))
    .map(([to, via, dev, more]) => `${to} via ${via} dev ${dev}${more}`),
  fc
    .tuple(
      network.filter((to) => to !== 'default'),
      device,
    )
    .map(([to, dev]) => `${to} dev ${dev}`),
  fc
    .tuple(
      pick('blackhole', 'prohibit', 'unreachable', 'throw'),
      network.filter((to) => to !== 'default'),
    )
    .map((words) => words.join(' ')),
  fc.tuple(v4, v4).map(([a, b]) => `10.8.2.0/24 nexthop via ${a} dev e0 nexthop via ${b} dev e1`),
);
const tunnel = fc.record(
  {
    type: pick('vxlan', 'geneve', 'gre', 'ipip', 'strange'),
    id: pick(7, 8),
    local: address,
    remote: address,
    port: pick(4789, 8472),
    external: fc.boolean(),
  },
  { requiredKeys: ['type'] },
);
const face = fc.record(
  {
    mac,
    mtu: pick(1400, 1500, 9000),
    addresses: some(own, 2),
    kind: pick('veth', 'vxlan', 'vlan', 'bridge', 'vrf', 'dummy'),
    up: fc.boolean(),
    master: device,
    lower: device,
    vlan: pick(20, 30),
    table: pick('7', '8'),
    tunnel,
  },
  { requiredKeys: [] },
);
const machine = fc.record(
  {
    interfaces: fc.dictionary(pick('e0', 'e1', 'e2', 'cilium_host', 'flannel.1', 'lo'), face, { maxKeys: 4 }),
    addresses: some(address, 1),
    routes: some(route, 6),
    routesOf: some(pick('ipv4' as const, 'ipv6' as const), 2),
    rules: some(
      pick(
        '0: from all lookup local',
        '100: from 10.8.1.0/24 lookup 7',
        '200: from all fwmark 0x1 lookup 8',
        '300: from all iif e1 prohibit',
        '32766: from all lookup main',
        'no rule',
      ),
      4,
    ),
    neighbours: some(
      fc.tuple(address, device, mac).map(([ip, dev, m]) => `${ip} dev ${dev} lladdr ${m} PERMANENT`),
      2,
    ),
    fdb: some(
      fc.tuple(mac, device, address).map(([m, dev, ip]) => `${m} dev ${dev} dst ${ip} self permanent`),
      2,
    ),
    sysctls: fc.dictionary(
      pick('net.ipv4.ip_forward', 'net.ipv4.conf.all.rp_filter', 'net.ipv6.conf.all.forwarding'),
      pick('0', '1', '2', 'x'),
    ),
    firewall: some(pick('nft ip nat post: masquerade', 'iptables filter FORWARD: -j DROP', 'iptables FORWARD: DROP all'), 2),
  },
  { requiredKeys: [] },
);
const file = fc
  .record(
    {
      nodes: fc.dictionary(node, machine, { minKeys: 1, maxKeys: 4 }),
      pods: fc.dictionary(pick('10.8.1.5', '10.8.2.5', '10.8.2.7'), fc.record({ node: maybe(node) })),
      tunnel: fc.record({ type: pick('vxlan' as const, 'geneve' as const), mtu: maybe(pick(1400, 1450, 1500)) }),
      addresses: fc.dictionary(
        pick('10.1.0.9', '10.96.0.1'),
        fc.record({ owner: maybe(node), service: maybe(pick('x/y')), backends: maybe(some(pick('10.8.1.5'), 1)) }),
      ),
    },
    { requiredKeys: ['nodes'] },
  )
  .map((plain): TopologyFile => {
    const clean = JSON.parse(JSON.stringify(plain)) as TopologyFile;
    // Each pod network has one node, and what is named exists.
    const names = Object.keys(clean.nodes ?? {});
    names.slice(0, 2).forEach((name, i) => {
      (clean.nodes as Record<string, { podCIDRs?: string[] }>)[name].podCIDRs = [`10.8.${i + 1}.0/24`];
    });
    for (const pod of Object.values(clean.pods ?? {})) if (pod.node !== undefined && !names.includes(pod.node)) delete pod.node;
    for (const one of Object.values(clean.addresses ?? {}))
      if (typeof one.owner === 'string' && !names.includes(one.owner)) delete one.owner;
    return clean;
  });

const problems = (plain: TopologyFile) => checkTopology(readTopology([{ name: 't.json', text: JSON.stringify(plain) }])).problems;
/** What is said of it, but for names and words. */
const gist = (plain: TopologyFile) =>
  problems(plain)
    .map(({ rule, verdict, severity, count, commands }) => `${verdict} ${severity} ${rule} ${count} ${commands.length}`)
    .sort();

/** Every name and address in its text, by one rule. */
function renamed(plain: TopologyFile): TopologyFile {
  const other: Record<string, string> = { a: 'zeta', b: 'kappa', c: 'beta', d: 'alpha', e0: 'eth7', e1: 'eth5', e2: 'eth6' };
  const text = JSON.stringify(plain)
    .replaceAll(/"(a|b|c|d)":/g, (_, name: string) => `"${other[name]}":`)
    .replaceAll(/"(node|owner)":"(a|b|c|d)"/g, (_, key: string, name: string) => `"${key}":"${other[name]}"`)
    .replaceAll(/\b(e0|e1|e2)\b/g, (name) => other[name])
    // Networks beside each other stay so, and those that hold others do.
    .replaceAll(/\b10\.1\./g, '10.201.')
    .replaceAll(/\b10\.8\./g, '10.64.')
    .replaceAll('2001:db8:', '2001:abc:')
    .replaceAll('02:00:00:00:00:', '02:aa:00:00:00:');
  return JSON.parse(text) as TopologyFile;
}

describe('topology check', () => {
  it('never throws, whatever the schema takes, and says the same of the same', () => {
    const rules = new Set<string>();
    fc.assert(
      fc.property(file, (plain) => {
        expect(topologyShape.safeParse(plain).success).toBe(true);
        const found = problems(plain);
        expect(problems(plain)).toEqual(found);
        for (const { rule, title, message, count, commands, key } of found) {
          rules.add(rule);
          expect(title).toMatch(/\S/);
          expect(message).not.toMatch(/undefined|null|NaN|\[object/);
          expect(key).not.toBe('');
          expect(count).toBeGreaterThan(0);
          for (const command of commands) expect(command).toMatch(/^(ip|bridge|sysctl) /);
        }
      }),
      { numRuns: times(40, 250) },
    );
    // What is made up is wrong in many ways; how many, the inputs of the day decide.
    expect(rules.size).toBeGreaterThan(6);
  });

  it('does not depend on names, addresses or the order of nodes', () => {
    fc.assert(
      fc.property(file, (plain) => {
        const expected = gist(plain);
        expect(gist(renamed(plain))).toEqual(expected);
        const turned = { ...plain, nodes: Object.fromEntries(Object.entries(plain.nodes ?? {}).reverse()) };
        expect(gist(turned)).toEqual(expected);
        expect(diffTopologies(new Topology(plain), new Topology(turned))).toEqual([]);
      }),
      { numRuns: times(30, 200) },
    );
  });

  it('of a large lab ends in seconds, and names the one route that is missing', () => {
    const nodes: NonNullable<TopologyFile['nodes']> = {};
    const hosts = times(90, 190);
    for (let r = 0; r < 10; r++) {
      const routes = Array.from({ length: 10 }, (_, q) =>
        q === r ? [] : [`10.${q}.0.0/16 via 10.255.0.${q + 1} dev core`],
      ).flat();
      for (let h = 0; h < hosts; h++)
        if (r !== 5 || h !== 7)
          routes.push(
            `172.16.${h}.0/24 via ${h % 10 === r ? `10.${r}.0.${h + 10} dev lan` : `10.255.0.${(h % 10) + 1} dev core`}`,
          );
      nodes[`r${r}`] = {
        interfaces: { core: { addresses: [`10.255.0.${r + 1}/24`] }, lan: { addresses: [`10.${r}.0.1/16`] } },
        routes,
      };
    }
    for (let h = 0; h < hosts; h++)
      nodes[`h${h}`] = {
        interfaces: { eth0: { addresses: [`10.${h % 10}.0.${h + 10}/16`] } },
        routes: [
          `default via 10.${h % 10}.0.1 dev eth0`,
          ...Array.from({ length: 499 }, (_, i) => `100.${64 + (i >> 8)}.${i & 255}.0/24 via 10.${h % 10}.0.1 dev eth0`),
        ],
        podCIDRs: [`172.16.${h}.0/24`],
      };
    const topology = new Topology({ nodes });
    const start = process.cpuUsage();
    const found = checkTopology(topology);
    const { user, system } = process.cpuUsage(start);
    expect(found.problems.map(({ title, commands }) => [title, commands])).toEqual([
      ['r5 has no route to 172.16.7.0/24', ['ip route add 172.16.7.0/24 via 10.255.0.8 dev core']],
    ]);
    expect(found.paths.walked).toBeGreaterThan(2 * hosts * hosts);
    expect((user + system) / 1e6).toBeLessThan(30);
  });
});
