// What changed between two topologies: every kind of change, whatever the order of the files.
import { describe, expect, it } from 'vitest';
import { changeText, diffTopologies } from '../../src/topology/diff.js';
import { readTopology } from '../../src/topology/read.js';

const of = (text: string) => readTopology([{ name: 't.yaml', text }]);
const diff = (a: string, b: string) => diffTopologies(of(a), of(b)).map(changeText);

const LAB = `nodes:
  n1:
    interfaces:
      eth0: { mac: 02:00:00:00:00:01, mtu: 1500, addresses: [10.1.0.1/24] }
      vx: { tunnel: { type: vxlan, id: 7, remote: 10.1.0.2, port: 4789 } }
    routes: ["default via 10.1.0.9 dev eth0", "10.9.0.0/24 via 10.1.0.2 dev eth0"]
    rules: ["100: from 10.9.0.0/24 lookup 7"]
    neighbours: ["10.1.0.2 dev eth0 lladdr 02:00:00:00:00:02 PERMANENT"]
    fdb: ["02:00:00:00:00:02 dev vx dst 10.1.0.2 self permanent"]
    sysctls: { net.ipv4.ip_forward: 1 }
    firewall: ["nft ip f forward: tcp dport 80 drop"]
    podCIDRs: [10.8.0.0/24]
  n2: { interfaces: { eth0: { addresses: [10.1.0.2/24] } } }
pods: { 10.8.0.7: { name: a/web, node: n1 } }
tunnel: { type: vxlan, vni: 7, mtu: 1450 }
addresses: { 10.96.0.1: { service: a/web, owner: n1, backends: [10.8.0.7] } }
masquerade: { inside: [10.8.0.0/16] }
`;

describe('topology diff', () => {
  it('of the same is empty, also in another order', () => {
    expect(diff(LAB, LAB)).toEqual([]);
    const n2 = /^ {2}n2:.*\n/m.exec(LAB)?.[0] ?? '';
    expect(diff(LAB, LAB.replace(n2, '').replace('nodes:\n', `nodes:\n${n2}`))).toEqual([]);
    expect(
      diff(
        LAB,
        LAB.replace(
          '["default via 10.1.0.9 dev eth0", "10.9.0.0/24 via 10.1.0.2 dev eth0"]',
          '["10.9.0.0/24 via 10.1.0.2 dev eth0", "default via 10.1.0.9 dev eth0"]',
        ),
      ),
    ).toEqual([]);
  });

  it.each([
    ['"10.9.0.0/24 via 10.1.0.2 dev eth0"', '', '- route 10.9.0.0/24 of n1: via 10.1.0.2 dev eth0'],
    [
      'via 10.1.0.2 dev eth0"',
      'via 10.1.0.3 dev eth0"',
      '~ route 10.9.0.0/24 of n1: via 10.1.0.2 dev eth0 -> via 10.1.0.3 dev eth0',
    ],
    ['"default via', '"192.0.2.0/24 via 10.1.0.9 dev eth0", "default via', '+ route 192.0.2.0/24 of n1: via 10.1.0.9 dev eth0'],
    ['mtu: 1500', 'mtu: 1400', '~ interface eth0 mtu of n1: 1500 -> 1400'],
    ['id: 7', 'id: 8', '~ interface vx tunnel id of n1: 7 -> 8'],
    ['remote: 10.1.0.2', 'remote: 10.1.0.3', '~ interface vx tunnel remote of n1: 10.1.0.2 -> 10.1.0.3'],
    [
      'lladdr 02:00:00:00:00:02',
      'lladdr 02:00:00:00:00:03',
      '~ neighbour 10.1.0.2 on eth0 of n1: 02:00:00:00:00:02 -> 02:00:00:00:00:03',
    ],
    ['dst 10.1.0.2 self', 'dst 10.1.0.3 self', '~ forwarding entry 02:00:00:00:00:02 on vx of n1: 10.1.0.2 -> 10.1.0.3'],
    ['from 10.9.0.0/24 lookup 7', 'from 10.9.0.0/24 lookup 8', '- rule 100: from 10.9.0.0/24 lookup 7 of n1: IPv4'],
    ['ip_forward: 1', 'ip_forward: 0', '~ setting net.ipv4.ip_forward of n1: 1 -> 0'],
    ['dport 80 drop', 'dport 81 drop', '+ firewall rule nft ip f forward: tcp dport 81 drop of n1'],
    ['podCIDRs: [10.8.0.0/24]', 'podCIDRs: [10.8.1.0/24]', '+ pod network 10.8.1.0/24 of n1'],
    ['name: a/web, node: n1', 'name: a/web, node: n2', '> pod 10.8.0.7: a/web on n1 -> a/web on n2'],
    ['owner: n1', 'owner: n2', '~ service 10.96.0.1: a/web; at n1; backends 10.8.0.7 -> a/web; at n2; backends 10.8.0.7'],
    ['mtu: 1450', 'mtu: 1400', '~ tunnel mtu: 1450 -> 1400'],
    ['inside: [10.8.0.0/16]', 'inside: [10.8.0.0/16, 10.7.0.0/16]', '+ masquerade 10.7.0.0/16: inside'],
  ])('tells that %s became %s', (before, after, line) => {
    const changed = LAB.replace(before, after);
    expect(changed).not.toBe(LAB);
    expect(diff(LAB, changed)).toContain(line);
    // The other way round it is as many.
    expect(diff(changed, LAB)).toHaveLength(diff(LAB, changed).length);
  });

  it('an address on another node has moved', () => {
    const moved = LAB.replace('addresses: [10.1.0.1/24]', 'addresses: [10.1.0.7/24]').replace(
      '[10.1.0.2/24]',
      '[10.1.0.2/24, 10.1.0.1/24]',
    );
    expect(diff(LAB, moved)).toEqual([
      '> address 10.1.0.1: eth0 of n1 (/24) -> eth0 of n2 (/24)',
      '+ address 10.1.0.7: eth0 of n1 (/24)',
    ]);
  });

  it('what only one of the two knows is no change; a node that went is one', () => {
    const without = LAB.replace(/ {4}routes:.*\n/, '')
      .replace('mtu: 1500, ', '')
      .replace(/ {4}sysctls:.*\n/, '')
      .replace(/ {4}firewall:.*\n/, '')
      .replace(/ {4}rules:.*\n/, '');
    expect(diff(LAB, without)).toEqual([]);
    expect(diff(without, LAB)).toEqual([]);
    const gone = LAB.replace(/ {2}n2:.*\n/, '');
    expect(diff(LAB, gone)).toEqual(['- node n2', '- address 10.1.0.2: eth0 of n2 (/24)']);
  });
});
