import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TopologyError } from '../../src/errors.js';
import { Ip } from '../../src/topology/ip.js';
import { readTopology } from '../../src/topology/read.js';
import { topologyJsonSchema } from '../../src/topology/schema.js';
import { times } from '../thorough.js';

const ip = (text: string) => Ip.parse(text) as Ip;

/** The lines of the error, or [] when the files read. */
function problems(...texts: string[]): string[] {
  try {
    readTopology(texts.map((text, i) => ({ name: `${'abc'[i]}.yaml`, text })));
    return [];
  } catch (error) {
    if (!(error instanceof TopologyError)) throw error;
    return error.message.split('\n');
  }
}

describe('a topology file with mistakes', () => {
  it('gets every mistake named at once, in order, with its place and what to write', () => {
    expect(
      problems(`nodes:
  router:
    interface:
      eth0: { index: 2 }
    interfaces:
      eth1: { index: two, addresses: [192.168.10.300/24] }
      eth2: { idx: 4, addresses: 192.168.20.200/24, mac: 08:00 }
      eth3: { index: 0, mtu: 1500.5 }
    podCIDRs: [172.20.0.0]
pods: { 172.20.0.960: { name: default/curl-pod, node: k8s-ctrl } }
tunnel: { type: vxlam, vni: x, port: 70000 }
identities: { abc: default/curl-pod }
masquerade: { except: [10.0.0.0/8] }
`),
    ).toEqual([
      "a.yaml:3:5: unknown key 'interface' in nodes.router; did you mean 'interfaces'?",
      'a.yaml:6:22: nodes.router.interfaces.eth1.index: this must be a number',
      "a.yaml:6:39: nodes.router.interfaces.eth1.addresses.0: '192.168.10.300/24' is not an address; write 192.168.10.200/24 or fd00::1/64",
      "a.yaml:7:15: unknown key 'idx' in nodes.router.interfaces.eth2; did you mean 'index'?",
      'a.yaml:7:34: nodes.router.interfaces.eth2.addresses: this must be a list; write it in brackets: [a, b]',
      "a.yaml:7:58: nodes.router.interfaces.eth2.mac: '08:00' is not a MAC address; write 08:00:27:d5:e8:d7",
      'a.yaml:8:22: nodes.router.interfaces.eth3.index: this must be at least 1',
      'a.yaml:8:30: nodes.router.interfaces.eth3.mtu: this must be a whole number',
      "a.yaml:9:16: nodes.router.podCIDRs.0: '172.20.0.0' is not a network; write 172.20.0.0/24 or fd00:172:20::/64",
      "a.yaml:10:9: '172.20.0.960' is not an IP address; write 192.168.10.100 or fd00::1",
      "a.yaml:10:55: no node is called 'k8s-ctrl'; one of router",
      'a.yaml:11:17: tunnel.type: this must be vxlan or geneve',
      "a.yaml:11:29: tunnel.vni: the VNI is 'identity' (Cilium: the sender's identity) or a number from 0 to 16777215",
      'a.yaml:11:38: tunnel.port: this must be at most 65535',
      'a.yaml:12:15: an identity is a number, such as 63446',
      'a.yaml:13:13: masquerade.inside: a list is missing here',
    ]);
  });

  it.each([
    [
      'nodes: { r: { routes: ["defualt via 10.0.2.2 dev eth0"] } }',
      "a.yaml:1:24: nodes.r.routes.0: 'defualt' is not a destination; write it as `ip route` prints it, for example 'default via 10.0.2.2 dev eth0'",
    ],
    [
      'nodes: { r: { routes: ["default via 10.0.2 dev eth0"] } }',
      "a.yaml:1:24: nodes.r.routes.0: '10.0.2' after via is not an address; write it as `ip route` prints it, for example 'default via 10.0.2.2 dev eth0'",
    ],
    [
      'nodes: { r: { routes: ["10.0.0.0/8 metric 5"] } }',
      "a.yaml:1:24: nodes.r.routes.0: the route to 10.0.0.0/8 has neither 'via' nor 'dev'; write it as `ip route` prints it, for example 'default via 10.0.2.2 dev eth0'",
    ],
    [
      'nodes: { r: { routes: [5] } }',
      "a.yaml:1:24: nodes.r.routes.0: this is not a route; write a line of `ip route`, such as 'default via 10.0.2.2 dev eth0', or an object of `ip -j route`",
    ],
    ['nodes: { r: { routes: [{ dev: eth0 }] } }', 'a.yaml:1:24: nodes.r.routes.0.dst: text is missing here'],
    [
      'nodes: { r: { interfaces: { a: { index: 2 }, b: { index: 2 } } } }',
      'a.yaml:1:58: nodes.r.interfaces.b.index: a has index 2 too; `ip link` on the node shows the right numbers',
    ],
    ['nodes: { r: {}, r: {} }', "a.yaml:1:17: the key 'r' stands here a second time; join the two"],
    [
      'nodes: { r: { podCIDRs: [10.0.0.0/24] }, s: { podCIDRs: [10.0.0.9/24] } }',
      'a.yaml:1:58: 10.0.0.9/24 is a pod CIDR of s and of r; it can belong to one node only',
    ],
    [
      'addresses: { 10.0.0.1: { owner: [k8s-wO] } }\nnodes: { k8s-w0: {} }',
      "a.yaml:1:34: no node is called 'k8s-wO'; did you mean 'k8s-w0'?",
    ],
    ['pods: { 10.0.0.1: { node: a } }', "a.yaml:1:27: no node is called 'a'; name it under nodes first"],
    ['pods: { 10.0.0.1: { name: 5 } }', 'a.yaml:1:27: pods.10.0.0.1.name: this must be text; put it in quotes'],
    ['nodes: { [a]: {} }', 'a.yaml:1:10: a key must be a name; a list or a mapping stands here'],
    ['- a', 'a.yaml:1:1: this must be a mapping'],
    ['nodes: !exec {}', 'a.yaml:1:8: unresolved tag: !exec'],
    ['nodes: {\n  "a\u001b[31m": 5 }', 'a.yaml:2:13: nodes.a\\x1b[31m: this must be a mapping'],
    ['{"nodes": {"r": {"routs": []}}}', "a.yaml:1:18: unknown key 'routs' in nodes.r; did you mean 'routes'?"],
  ])('%s', (text, message) => {
    expect(problems(text)).toEqual([message]);
  });

  it('is not expanded without end', () => {
    const bomb = [
      'a0: &a0 [x, x, x, x, x, x, x, x, x]',
      ...Array.from({ length: 12 }, (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i},`.repeat(9)}]`),
    ];
    expect(problems(bomb.join('\n'))[0]).toMatch(/^a.yaml:1:1: excessive alias count/);
    expect(problems(`nodes: ${'['.repeat(100_000)}`)[0]).toMatch(/^a.yaml:1:/);
    expect(problems(`pods: { ${Array.from({ length: 200 }, (_, i) => `x${i}: {}`).join(', ')} }`)).toHaveLength(51);
  });

  it('never gets more than a TopologyError, whatever it holds', () => {
    const words = fc.constantFrom(
      'nodes',
      'pods',
      'routes',
      '{',
      '}',
      '[',
      ']',
      ':',
      ': ',
      '\n',
      '  ',
      '- ',
      'r',
      '10.0.0.1',
      '*a',
      '&a',
      '"',
      '1',
      ',',
      '? ',
      '|',
      '!!x ',
    );
    fc.assert(
      fc.property(fc.array(words, { maxLength: 30 }), (parts) => void problems(parts.join(''))),
      { numRuns: times(125, 500) },
    );
    fc.assert(fc.property(fc.json(), (text) => void problems(text)));
  });
});

describe('several files', () => {
  const router = 'nodes: { router: { interfaces: { eth1: { index: 3 } } } }\npods: { fd00::1: { node: router } }';

  it('add up', () => {
    const read = readTopology([
      { name: 'a', text: router },
      { name: 'b', text: 'nodes: { router: { interfaces: { eth1: { addresses: [10.0.0.1/24] }, eth2: { index: 4 } } } }' },
      { name: 'c', text: '{"pods": {"fd00:0::1": {"name": "default/p"}}, "nodes": {"n": {"podCIDRs": ["10.1.0.0/24"]}}}' },
      { name: 'd', text: '# nothing yet\n' },
    ]);
    expect(read.interfaceByIndex('router', 3)?.addresses.map(String)).toEqual(['10.0.0.0/24']);
    expect(read.nodeNames).toEqual(['router', 'n']);
    expect(read.pod(ip('fd00::1'))).toMatchObject({ name: 'default/p', node: 'router' });
  });

  it('that contradict each other are told where', () => {
    expect(
      problems(
        router,
        'nodes:\n  router:\n    interfaces: { eth1: { index: 4 } }\n  other: {}\npods: { fd00::1: { node: other } }',
      ),
    ).toEqual([
      'b.yaml:3:34: nodes.router.interfaces.eth1.index is 4 here and 3 at a.yaml:1:49; correct one of them',
      'b.yaml:5:26: pods.fd00::1.node is "other" here and "router" at a.yaml:2:26; correct one of them',
    ]);
  });
});

describe('JSON Schema', () => {
  it('on disk is the one of the code; `vitest -u` writes it', async () => {
    const text = `${JSON.stringify(topologyJsonSchema(), null, 2)}\n`;
    await expect(text).toMatchFileSnapshot('../../schema/topology.schema.json');
  });
});
