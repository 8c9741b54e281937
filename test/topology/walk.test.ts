// Paths over all known nodes, policy rules, and what a topology that lacks something does not say.
import { describe, expect, it } from 'vitest';
import { shellWord } from '../../src/bytes/command.js';
import { Ip } from '../../src/topology/ip.js';
import { readTopology } from '../../src/topology/read.js';

const ip = (text: string) => Ip.parse(text) as Ip;
const of = (text: string) => readTopology([{ name: 't.yaml', text }]);

/** a -- r -- b, and a pod network behind b. */
const line = (routes: { a?: string; r?: string; b?: string }, more = '') => `
nodes:
  a:
    interfaces: { up: { addresses: [10.1.0.2/24], mtu: 1500, mac: 02:00:00:00:00:0a } }
    routes: ${routes.a ?? '["default via 10.1.0.1 dev up"]'}
  r:
    interfaces:
      left: { addresses: [10.1.0.1/24], mtu: 1500, mac: 02:00:00:00:00:11 }
      right: { addresses: [10.2.0.1/24], mtu: 1400, mac: 02:00:00:00:00:12 }
      wan: { addresses: [198.18.0.2/24], mtu: 1500 }
    routes: ${routes.r ?? '["default via 198.18.0.1 dev wan", "10.9.0.0/24 via 10.2.0.2 dev right"]'}
${more}
  b:
    interfaces:
      up: { addresses: [10.2.0.2/24], mtu: 1500, mac: 02:00:00:00:00:0b }
      lxc: { addresses: [10.9.0.1/24] }
    routes: ${routes.b ?? '["default via 10.2.0.1 dev up"]'}
`;

describe('a path', () => {
  it('is delivered in the network behind its last node', () => {
    const t = of(line({}));
    const path = t.walk('a', ip('10.9.0.7'));
    expect(path).toMatchObject({ end: 'delivered', at: 'b', certain: true });
    expect(path.hops.map(({ node, dev, next }) => [node, dev, next])).toEqual([
      ['a', 'up', 'r'],
      ['r', 'right', 'b'],
      ['b', null, null],
    ]);
    expect(t.walk('b', ip('10.1.0.2'))).toMatchObject({ end: 'delivered', at: 'a' });
    expect(t.mtuAlong('a', ip('10.9.0.7'))).toEqual({ least: 1400, at: { node: 'r', dev: 'right' }, whole: true });
  });

  it.each([
    [{ r: '["default via 198.18.0.1 dev wan"]' }, 'wrong next hop', 'r', 'ip route add 10.9.0.0/24 via 10.2.0.2 dev right'],
    [{ r: '["192.0.2.0/24 via 198.18.0.1 dev wan"]' }, 'no route', 'r', 'ip route add 10.9.0.0/24 via 10.2.0.2 dev right'],
    [{ r: '["10.9.0.0/24 via 10.2.0.2 dev right", "prohibit 10.9.0.7"]' }, 'prohibit', 'r', 'ip route del prohibit 10.9.0.7'],
    [{ r: '["blackhole 10.9.0.0/24"]' }, 'blackhole', 'r', 'ip route replace 10.9.0.0/24 via 10.2.0.2 dev right'],
    [{ r: '["10.9.0.0/24 via 10.1.0.2 dev left"]' }, 'loop', 'r', 'ip route replace 10.9.0.0/24 via 10.2.0.2 dev right'],
  ])('ends where it breaks, with the command there: %#', (routes, end, at, command) => {
    expect(of(line(routes)).walk('a', ip('10.9.0.7'))).toMatchObject({ end, at, command });
  });

  it('ends at the node that strays from the way, and not at the one that it strays to', () => {
    const wan =
      '  wan:\n    interfaces: { up: { addresses: [198.18.0.1/24] } }\n    routes: ["10.1.0.0/24 via 198.18.0.2 dev up"]';
    expect(of(line({ r: '["default via 198.18.0.1 dev wan"]' }, wan)).walk('a', ip('10.9.0.7'))).toMatchObject({
      end: 'wrong next hop',
      at: 'r',
      command: 'ip route add 10.9.0.0/24 via 10.2.0.2 dev right',
    });
    // A way that is not known to be wrong is walked to its end.
    expect(of(line({ b: '["blackhole 10.1.0.0/24"]' }, wan)).walk('b', ip('10.1.0.2'))).toMatchObject({
      end: 'blackhole',
      at: 'b',
    });
  });

  it('names the network in a repair where one router is the way to all of it', () => {
    const host = '  host: { interfaces: { up: { addresses: [10.9.0.7/24] } }, routes: ["default via 10.9.0.1 dev up"] }';
    const t = of(line({ r: '["default via 198.18.0.1 dev wan"]' }, host));
    expect(t.repair('r', ip('10.9.0.7'))).toBe('ip route add 10.9.0.0/24 via 10.2.0.2 dev right');
    // The owner itself is near: whether it passes others on is not known.
    const near = host.replace('[10.9.0.7/24]', '[10.9.0.7/24] }, left: { addresses: [10.2.0.7/24]');
    expect(of(line({ r: '["default via 198.18.0.1 dev wan"]' }, near)).repair('r', ip('10.9.0.7'))).toBe(
      'ip route add 10.9.0.7 via 10.2.0.7 dev right',
    );
  });

  it('names the leg of several that breaks', () => {
    const legs = '["10.9.0.0/24 proto static nexthop via 10.2.0.2 dev right weight 1 nexthop via 10.1.0.2 dev left weight 1"]';
    expect(of(line({ r: legs })).walk('r', ip('10.9.0.7'))).toMatchObject({ end: 'loop', at: 'a' });
  });

  it('says nothing about what is not known', () => {
    const t = of('nodes: { a: { interfaces: { up: { addresses: [10.1.0.2/24] } } }, b: {} }');
    expect(t.walk('a', ip('10.9.0.7'))).toMatchObject({ end: 'unknown', at: 'a', command: null, certain: false });
    expect(t.walk('nobody', ip('10.9.0.7')).end).toBe('unknown');
    expect(t.routesKnownFor('a', 4)).toBe(false);
    expect(t.forwards('a', 4)).toBe(null);
    expect(t.rpFilter('a', 'up')).toBe(null);
    expect(t.mtuAlong('a', ip('10.9.0.7'))).toEqual({ least: null, at: null, whole: false });
    expect(t.rightNextHop('a', ip('10.9.0.7'))).toBe(null);
    expect(t.answeringMacs('a')).toBe(null);
    expect(of(line({})).routesKnownFor('r', 6)).toBe(false);
  });
});

describe('rules', () => {
  const rules =
    '    rules: ["0: from all lookup local", "90: from 10.1.0.0/24 fwmark 0x7 lookup 77", "100: from 10.1.0.9 lookup 78", "32766: from all lookup main"]';
  const t = of(line({ r: '["10.9.0.0/24 via 10.2.0.2 dev right", "default via 198.18.0.1 dev wan table 78"]' }, rules));
  const to = ip('10.9.0.7');

  it('that do not match decide nothing', () => {
    expect(t.routeDecision('r', to, { src: ip('10.3.0.1') })).toMatchObject({ table: 'main', maybe: [], certain: true });
  });

  it('that may match are named', () => {
    const decision = t.routeDecision('r', to, { src: ip('10.1.0.5') });
    expect(decision).toMatchObject({ table: 'main', certain: false });
    expect(decision.maybe.map(({ text }) => text)).toEqual(['90: from 10.1.0.0/24 fwmark 0x7 lookup 77']);
    expect(t.routeDecision('r', to, { src: ip('10.1.0.5'), mark: 1 })).toMatchObject({ certain: true, maybe: [] });
  });

  it('that match decide by their own table', () => {
    const decision = t.routeDecision('r', to, { src: ip('10.1.0.9'), mark: 0 });
    expect(decision).toMatchObject({ table: '78', rule: '100: from 10.1.0.9 lookup 78', certain: true });
    expect(String(decision.route?.via)).toBe('198.18.0.1');
  });
});

describe('who has what', () => {
  const t = of(line({}));
  it('a network that one node alone is connected to is its own', () => {
    expect(t.ownerOf(ip('10.9.0.7'))).toMatchObject([{ node: 'b', what: 'network', name: 'lxc' }]);
    expect(t.ownerOf(ip('10.2.0.77'))).toEqual([]);
    expect(t.connectedOwner(ip('10.2.0.77')).map(({ node }) => node)).toEqual(['r', 'b']);
    expect(t.rightNextHop('r', ip('10.9.0.7'))).toMatchObject({ dev: 'right', node: 'b', macs: [0x02000000000b] });
  });

  it('settings, fixed neighbours, tunnels and VLANs', () => {
    const s =
      of(`nodes: { n: { sysctls: { net.ipv4.ip_forward: 0, net.ipv4.conf.all.rp_filter: 1, net.ipv4.conf.up.rp_filter: 2 },
      neighbours: ["10.0.0.9 dev up lladdr 02:00:00:00:00:09 PERMANENT"], fdb: ["02:00:00:00:00:09 dev vx dst 10.4.0.2 self permanent"],
      interfaces: { up: { vlans: ["10 pvid untagged", "20-21"] }, vx: { tunnel: { type: vxlan, id: 7, port: 4789, local: 10.4.0.1 } } } } }`);
    expect([s.forwards('n', 4), s.forwards('n', 6), s.rpFilter('n', 'up')]).toEqual([false, null, 2]);
    expect(s.node('n')?.neighbours).toMatchObject([{ dev: 'up', mac: 0x020000000009 }]);
    expect(s.node('n')?.fdb).toMatchObject([{ dev: 'vx', vlan: null }]);
    expect(s.interfaceByName('n', 'up')?.vlans?.map(({ id, pvid }) => [id, pvid])).toEqual([
      [10, true],
      [20, false],
      [21, false],
    ]);
    expect(s.interfaceByName('n', 'vx')?.tunnel).toMatchObject({ id: 7, port: 4789, remote: null });
  });
});

describe('commands', () => {
  it('are made of quoted words', () => {
    expect(shellWord('eth0.100')).toBe('eth0.100');
    expect(shellWord("a'; reboot")).toBe("'a'\\''; reboot'");
  });

  it('are not printed with a device that no kernel has', () => {
    const t = of(line({ r: '["default via 198.18.0.1 dev wan"]' }).replace('right:', '"a;b c":'));
    expect(t.repair('r', ip('10.9.0.7'))).toMatch(/^# no command: the interface has a name/);
  });
});
