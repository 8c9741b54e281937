// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of expectation files are written so.
// Every key of the language in both outcomes, on a few packets each.
import { describe, expect, it } from 'vitest';
import { arp, at, dnat, echo, forward, geneve, ipv4, sll2, snat, type TestFrame, tcp, udp, vxlan } from '../rules/lab.js';
import { hold, results, verdict } from './help.js';

const TOPOLOGY = `
nodes:
  router:
    interfaces:
      eth1: { index: 3, mac: "0a:00:00:00:01:01", addresses: [10.0.1.1/24] }
      eth2: { index: 4, mac: "0a:00:00:00:02:01", addresses: [10.0.2.1/24] }
  a: { interfaces: { eth0: { mac: "0a:00:00:00:01:05", addresses: [10.0.1.5/24] } }, podCIDRs: [172.20.0.0/24] }
  b: { interfaces: { eth0: { mac: "0a:00:00:00:02:05", addresses: [10.0.2.5/24] } }, podCIDRs: [172.20.2.0/24] }
pods: { 172.20.0.9: { name: default/client, node: a }, 172.20.2.9: { name: default/web, node: b } }
identities: { 700: default/client, 800: default/web }
addresses: { 10.96.0.1: { service: default/svc, backends: [10.0.2.5, 10.0.2.6] } }
`;

/** A packet through the router, from eth1 to eth2. */
const through = (frame: TestFrame, out = 4): TestFrame[] => [frame, forward(frame, { if: out })];
const back = (frame: TestFrame): TestFrame[] => [frame, forward(frame, { if: 3 })];

const request = (seq = 1, dst = '10.0.2.5', id = 7) =>
  sll2({ if: 3, dir: 'in' }, ipv4({ src: '10.0.1.5', dst, id: 100 + seq, ttl: 64 }, echo({ seq, id })));
const reply = (seq = 1, src = '10.0.2.5', id = 7) =>
  sll2({ if: 4, dir: 'in' }, ipv4({ src, dst: '10.0.1.5', id: 200 + seq, ttl: 64 }, echo({ seq, id, reply: true })));
const answeredPing = [...through(request()), ...back(reply())];
/** Long enough behind for anything to be overdue. */
const later = at(20, sll2({ if: 3, dir: 'in' }, ipv4({ src: '10.0.1.8', dst: '10.0.1.1', id: 9 }, udp({ src: 999, dst: 999 }))));
const lostPing = [...through(request()), later];

const syn = sll2(
  { if: 3, dir: 'in' },
  ipv4({ src: '10.0.1.5', dst: '10.0.2.5', id: 1 }, tcp({ src: 5000, dst: 80, flags: 'S', seq: 10 })),
);
const synAck = sll2(
  { if: 4, dir: 'in' },
  ipv4({ src: '10.0.2.5', dst: '10.0.1.5', id: 2 }, tcp({ src: 80, dst: 5000, flags: 'SA', seq: 90, ack: 11 })),
);

const inner = (src: string, dst: string, ttl = 63, seq = 1) =>
  ipv4({ src, dst, id: 40 + seq, ttl }, echo({ seq, reply: src.endsWith('2.9') }));
const overlay = (
  vni: number,
  from: string,
  to: string,
  packet: ReturnType<typeof inner>,
  sight = { if: 3, dir: 'in' as 'in' | 'out' },
) => sll2(sight, vxlan({ src: from, dst: to, vni }, packet));
const wrapped = [
  overlay(700, '10.0.1.5', '10.0.2.5', inner('172.20.0.9', '172.20.2.9')),
  overlay(700, '10.0.1.5', '10.0.2.5', inner('172.20.0.9', '172.20.2.9'), { if: 4, dir: 'out' }),
  overlay(800, '10.0.2.5', '10.0.1.5', inner('172.20.2.9', '172.20.0.9'), { if: 4, dir: 'in' }),
  overlay(800, '10.0.2.5', '10.0.1.5', inner('172.20.2.9', '172.20.0.9'), { if: 3, dir: 'out' }),
];

const asks = sll2(
  { if: 3, dir: 'out', mac: '0a:00:00:00:01:01' },
  arp({ sender: '10.0.1.1', senderMac: '0a:00:00:00:01:01', target: '10.0.1.5' }),
);
const answers = sll2(
  { if: 3, dir: 'in', mac: '0a:00:00:00:01:05' },
  arp({ op: 'reply', sender: '10.0.1.5', senderMac: '0a:00:00:00:01:05', target: '10.0.1.1', targetMac: '0a:00:00:00:01:01' }),
);
const announces = sll2(
  { if: 3, dir: 'broadcast' as 'in', mac: '0a:00:00:00:01:05' },
  arp({ sender: '10.0.1.5', senderMac: '0a:00:00:00:01:05', target: '10.0.1.5' }),
);

type Case = readonly [name: string, expectation: string, frames: readonly TestFrame[], outcome: string | RegExp];

const FLOW = 'flow: { src: 10.0.1.5, dst: 10.0.2.5 }';

const CASES: readonly Case[] = [
  ['flow', `- ${FLOW}`, answeredPing, 'pass'],
  ['flow', '- flow: { src: 10.0.9.9 }', answeredPing, /^fail: no such conversation/],
  ['flow the wrong way round', '- flow: { src: 10.0.2.5, dst: 10.0.1.5 }', answeredPing, /1 the other way round/],
  ['flow by names', '- flow: { src: a, dst: b }', answeredPing, 'pass'],
  ['flow by a filter', '- flow: "icmp.seq == 1"', answeredPing, 'pass'],
  ['flow by a filter', '- flow: "icmp.seq == 2"', answeredPing, /^fail/],
  ['flow.either', '- flow: { either: 10.0.2.5 }', answeredPing, 'pass'],
  ['flow.either', '- flow: { either: 10.0.2.6 }', answeredPing, /^fail/],
  ['flow.proto', '- flow: { src: 10.0.1.5, proto: icmp }', answeredPing, 'pass'],
  ['flow.proto', '- flow: { src: 10.0.1.5, proto: tcp }', answeredPing, /^fail/],
  ['flow.dstPort', '- flow: { dstPort: 80 }', through(syn), 'pass'],
  ['flow.dstPort', '- flow: { dstPort: "81-90" }', through(syn), /^fail/],
  ['flow.srcPort', '- flow: { srcPort: [4999, 5000] }', through(syn), 'pass'],
  ['flow.srcPort', '- flow: { srcPort: 4999 }', through(syn), /^fail/],

  ['path', `- ${FLOW}\n  path: [in eth1, out eth2]`, answeredPing, 'pass'],
  ['path', `- ${FLOW}\n  path: [in eth1, out eth2]`, [...through(request(), 2), ...back(reply())], /^fail: in eth1 → out eth0/],
  ['path with anything between', `- ${FLOW}\n  path: [in eth1, ...]`, answeredPing, 'pass'],
  ['path that ends', `- ${FLOW}\n  path: [in eth1]`, answeredPing, /^fail: in eth1 → out eth2/],
  ['path with any interface', `- ${FLOW}\n  path: [in *, out eth2]`, answeredPing, 'pass'],
  ['path by carrier', `- flow: { src: client }\n  path: [in eth1 vxlan, out eth2 vxlan]`, wrapped, 'pass'],
  ['path by carrier', `- flow: { src: client }\n  path: [in eth1 bare, out eth2 bare]`, wrapped, /^fail: in eth1 \(vxlan\)/],
  ['returnPath', `- ${FLOW}\n  returnPath: [in eth2, out eth1]`, answeredPing, 'pass'],
  ['returnPath', `- ${FLOW}\n  returnPath: [in eth2, out eth1]`, lostPing, /^fail: no packet back/],

  ['answered', `- ${FLOW}\n  answered: true`, answeredPing, 'pass'],
  ['answered', `- ${FLOW}\n  answered: true`, lostPing, /^fail: no answer/],
  ['answered, at the end', `- ${FLOW}\n  answered: true`, through(request()), /^inconclusive: the capture ends before/],
  ['answered: false', `- ${FLOW}\n  answered: false`, lostPing, 'pass'],
  ['answered: false', `- ${FLOW}\n  answered: false`, answeredPing, /^fail: answered/],
  ['answered within', `- ${FLOW}\n  answered: true\n  within: 10ms`, answeredPing, 'pass'],
  [
    'answered within',
    `- ${FLOW}\n  answered: true\n  within: 10ms`,
    [...through(request()), ...back(at(0.5, reply()))],
    /^fail: answered after/,
  ],

  ['rtt', `- ${FLOW}\n  rtt: 5ms`, answeredPing, 'pass'],
  ['rtt', `- ${FLOW}\n  rtt: 1ms`, answeredPing, /^fail: one answer took 2 ms/],
  ['rtt.median', `- ${FLOW}\n  rtt: { median: 1ms }`, answeredPing, /^fail: the median is 2 ms/],
  ['rtt without an answer', `- ${FLOW}\n  rtt: 1ms`, lostPing, /^fail: no question with an answer/],
  ['loss', `- ${FLOW}\n  loss: 0%`, answeredPing, 'pass'],
  ['loss', `- ${FLOW}\n  loss: 10%`, [...answeredPing, ...through(request(2)), later], /^fail: 1 of 2 lost \(50%\)/],
  ['loss', `- ${FLOW}\n  loss: 50%`, [...answeredPing, ...through(request(2)), later], 'pass'],

  [
    'nat',
    '- nat: { original: { src: 10.0.1.5 }, translated: { src: 10.0.2.1 } }',
    [request(), snat(forward(request(), { if: 4 }), '10.0.2.1')],
    'pass',
  ],
  ['nat', '- nat: { original: { src: 10.0.1.5 }, translated: { src: 10.0.2.1 } }', lostPing, /^fail: not translated/],
  [
    'nat of the destination',
    `- flow: { dst: 10.0.2.5 }\n  nat: { translated: { dst: 10.0.2.6 } }`,
    [request(), dnat(forward(request(), { if: 4 }), '10.0.2.6')],
    'pass',
  ],
  [
    'nat to another address',
    `- flow: { dst: 10.0.2.5 }\n  nat: { translated: { dst: 10.0.2.6 } }`,
    [request(), dnat(forward(request(), { if: 4 }), '10.0.2.7')],
    /^fail: translated to .*10\.0\.2\.7/,
  ],
  ['nat: none', `- ${FLOW}\n  nat: none`, answeredPing, 'pass'],
  ['nat: none', `- ${FLOW}\n  nat: none`, [request(), snat(forward(request(), { if: 4 }), '10.0.2.1')], /^fail: translated to/],

  ['where', '- where: "icmp.type == 8"', answeredPing, 'pass'],
  ['where', '- where: "tcp"', answeredPing, /^fail: no such frame/],
  ['where with names', '- where: "ip.src == a && hop.interface == eth1"', answeredPing, 'pass'],
  ['where with names', '- where: "ip.src == b && ip.dst == b"', answeredPing, /^fail/],
  ['where in a set of names', '- where: "ip.src in {a, b} && icmp.type == 0"', answeredPing, 'pass'],
  ['count', '- where: icmp\n  count: 4', answeredPing, 'pass'],
  ['count', '- where: icmp\n  count: 5', answeredPing, /^fail: 4 frames/],
  ['count range', '- where: icmp\n  count: "3-5"', answeredPing, 'pass'],
  ['atLeast', '- where: icmp\n  atLeast: 5', answeredPing, /^fail: 4 frames/],
  ['atLeast: 0', '- where: tcp\n  atLeast: 0', answeredPing, 'pass'],
  ['atMost', '- where: icmp\n  atMost: 3', answeredPing, /^fail: 4 frames/],
  ['atMost', '- where: icmp\n  atMost: 4', answeredPing, 'pass'],
  ['count of conversations', `- ${FLOW}\n  count: 1`, answeredPing, 'pass'],
  ['count of conversations', `- ${FLOW}\n  count: 2`, answeredPing, /^fail: 1 conversation/],

  ['ttl', '- where: "icmp.type == 8 && hop.direction == \\"in\\""\n  ttl: 64', answeredPing, 'pass'],
  ['ttl', '- where: "icmp.type == 8"\n  ttl: 64', answeredPing, /^fail: ttl 63 \(1 frame\)/],
  ['ttl of a flow', `- ${FLOW}\n  ttl: "63-64"`, answeredPing, 'pass'],
  ['ttl of a flow', `- ${FLOW}\n  ttl: { inner: "<= 63" }`, answeredPing, /^fail: ttl 64/],
  ['ttl.outer and inner', '- where: vxlan\n  ttl: { outer: 64, inner: 63 }', wrapped, 'pass'],
  ['ttl.outer and inner', '- where: vxlan\n  ttl: { inner: 64 }', wrapped, /^fail: inner ttl 63/],
  ['ttl.unchanged', '- where: vxlan\n  ttl: { unchanged: inner }', wrapped, 'pass'],
  [
    'ttl.unchanged',
    '- where: vxlan\n  ttl: { unchanged: inner }',
    [wrapped[0]!, overlay(700, '10.0.1.5', '10.0.2.5', inner('172.20.0.9', '172.20.2.9', 62), { if: 4, dir: 'out' })],
    /^fail: the inner ttl changes on the way: 63, 62/,
  ],
  ['ttl.unchanged without a tunnel', '- where: icmp\n  ttl: { unchanged: inner }', answeredPing, /^fail: no packet in a tunnel/],
  ['size', '- where: icmp\n  size: { atMost: 200 }', answeredPing, 'pass'],
  ['size', '- where: icmp\n  size: "<= 100"', answeredPing, /^fail: a frame of 104 bytes/],
  ['mtu', '- where: icmp\n  mtu: 84', answeredPing, 'pass'],
  ['mtu', '- where: icmp\n  mtu: 83', answeredPing, /^fail: an IP packet of 84 bytes/],
  ['mtu.inner', '- where: vxlan\n  mtu: { outer: 134, inner: 84 }', wrapped, 'pass'],
  ['mtu.inner', '- where: vxlan\n  mtu: { inner: 83 }', wrapped, /^fail: an inner IP packet of 84 bytes/],

  [
    'tunnel',
    '- where: "udp.dstport == 8472"\n  tunnel: { type: vxlan, outer: { src: a, dst: b }, inner: { dst: pods of b }, vni: 700 }',
    wrapped,
    'pass',
  ],
  ['tunnel by identity', '- where: vxlan\n  tunnel: { vni: [default/client, default/web] }', wrapped, 'pass'],
  ['tunnel.vni', '- where: vxlan\n  tunnel: { vni: 700 }', wrapped, /^fail: vxlan from 10\.0\.2\.5 to 10\.0\.1\.5, VNI 800/],
  [
    'tunnel.outer',
    '- where: vxlan\n  tunnel: { outer: { dst: a }, inner: { dst: pods of b } }',
    wrapped,
    /^fail: vxlan from 10\.0\.1\.5 to 10\.0\.2\.5/,
  ],
  ['tunnel.type', '- where: vxlan\n  tunnel: { type: geneve }', wrapped, /^fail: vxlan/],
  [
    'tunnel.type',
    '- where: geneve\n  tunnel: { type: geneve, port: 6081 }',
    [sll2({ if: 3 }, geneve({ src: '10.0.1.5', dst: '10.0.2.5', vni: 1 }, inner('172.20.0.9', '172.20.2.9')))],
    'pass',
  ],
  ['tunnel.port', '- where: vxlan\n  tunnel: { port: 4789 }', wrapped, /^fail: .*port 8472/],
  ['tunnel of nothing', '- where: vxlan\n  tunnel: { inner: { dst: 192.0.2.1 } }', wrapped, /^fail: .*none of them/],
  [
    'tunnel of a flow',
    '- flow: { src: client }\n  tunnel: { type: vxlan, outer: { src: a, dst: b }, vni: [700, 800] }',
    wrapped,
    'pass',
  ],
  ['tunnel of a flow', `- ${FLOW}\n  tunnel: { type: vxlan }`, answeredPing, /^fail: not in a tunnel/],
  ['tunnel: none', `- ${FLOW}\n  tunnel: none`, answeredPing, 'pass'],
  ['tunnel: none', '- flow: { src: client }\n  tunnel: none', wrapped, /^fail: in vxlan/],

  ['same, by directions', '- where: vxlan\n  same: { field: inner.ip.ttl, between: [request, reply] }', wrapped, 'pass'],
  [
    'same, by hops',
    '- where: icmp\n  same: { field: ip.ttl, between: [in eth1, out eth2] }',
    answeredPing,
    /^fail: ip\.ttl is 64 at in eth1 and 63 at out eth2/,
  ],
  ['different, by directions', '- where: vxlan\n  different: { field: vxlan.vni, between: [request, reply] }', wrapped, 'pass'],
  ['different', `- ${FLOW}\n  different: { field: ip.id, between: [in eth1, out eth2] }`, answeredPing, /^fail/],
  [
    'same of nothing',
    `- ${FLOW}\n  same: { field: ip.id, between: [in eth0, out eth2] }`,
    answeredPing,
    /^fail: no conversation was seen/,
  ],

  ['within', '- where: "icmp.type == 0"\n  within: 10ms', answeredPing, 'pass'],
  ['within', '- where: "icmp.type == 0"\n  within: 1ms', answeredPing, /^fail: the first frame came after 2 ms/],
  ['after', '- where: "icmp.type == 0"\n  after: "icmp.type == 8"', answeredPing, 'pass'],
  ['after', '- where: "icmp.type == 8"\n  after: "icmp.type == 0"', answeredPing, /^fail: the first frame came 2 ms before/],
  ['after a time', '- where: "icmp.type == 0"\n  after: 1ms', answeredPing, 'pass'],
  ['after nothing', '- where: icmp\n  after: tcp', answeredPing, /^fail: nothing to be after/],
  [
    'after and within',
    '- where: "icmp.type == 0"\n  after: "icmp.type == 8"\n  within: 1ms',
    answeredPing,
    /^fail: the first frame came after 2 ms/,
  ],
  ['before', '- where: "icmp.type == 8"\n  before: "icmp.type == 0"', answeredPing, 'pass'],
  ['before', '- where: "icmp.type == 0"\n  before: 1ms', answeredPing, /^fail: the last frame came 2 ms after/],

  ['except', '- where: icmp\n  count: 2\n  except: "icmp.type == 0"', answeredPing, 'pass'],
  ['except', '- where: icmp\n  except: icmp', answeredPing, /^fail: no such frame/],
  [
    'except of a flow',
    `- flow: { src: 10.0.1.5 }\n  answered: true\n  except: { dst: 10.0.2.9 }`,
    [...answeredPing, ...through(request(2, '10.0.2.9')), later],
    'pass',
  ],
  [
    'except of a flow',
    `- flow: { src: 10.0.1.5 }\n  answered: true`,
    [...answeredPing, ...through(request(2, '10.0.2.9')), later],
    /^fail: no answer/,
  ],

  ['never', '- never: tcp\n  witness: icmp', answeredPing, 'pass'],
  ['never', '- never: icmp\n  witness: ip', answeredPing, /^fail: 4 frames/],
  ['never without its witness', '- never: tcp\n  witness: udp', answeredPing, /^fail: no frame of udp either/],
  [
    'never with headers cut',
    '- never: tcp\n  witness: ip',
    [...answeredPing, { ...request(5), snap: 30 }],
    /^inconclusive: none, but .* cut by the snapshot length/,
  ],
  ['never, except', '- never: icmp\n  except: "icmp"', answeredPing, 'pass'],

  [
    'sequence',
    '- sequence: ["tcp.flags.syn == 1 && tcp.flags.ack == 0", "tcp.flags.syn == 1 && tcp.flags.ack == 1"]',
    [...through(syn), ...back(synAck)],
    'pass',
  ],
  [
    'sequence',
    '- sequence: ["tcp.flags.syn == 1 && tcp.flags.ack == 0", "tcp.flags.syn == 1 && tcp.flags.ack == 1"]',
    [...back(synAck), ...through(syn), later],
    /^fail: .*never tcp\.flags\.syn == 1 && tcp\.flags\.ack == 1 behind it/,
  ],
  [
    'sequence at the end',
    '- sequence: ["tcp.flags.ack == 0", "tcp.flags.ack == 1"]',
    through(syn),
    /^inconclusive: the capture ends before/,
  ],
  ['sequence of nothing', '- sequence: [udp, udp]', answeredPing, /^fail: no frame of udp/],
  ['sequence within', '- sequence: ["icmp.type == 8", "icmp.type == 0"]\n  within: 1ms', answeredPing, /^fail: it took 2 ms/],
  ['sequence over conversations', '- sequence: [arp, icmp]\n  per: capture', [asks, ...through(request())], 'pass'],
  ['sequence over conversations', '- sequence: [arp, arp]', [asks, answers], /^fail: .*write per: capture/],

  ['arp', '- arp: { target: 10.0.1.5, on: eth1, owner: a, within: 1s }', [asks, answers], 'pass'],
  ['arp', '- arp: { target: 10.0.1.5 }', [asks, at(2, asks), later], /^fail: no answer/],
  ['arp.owner', '- arp: { target: 10.0.1.5, owner: b }', [asks, answers], /^fail: 0a:00:00:00:01:05 \(a\) answers/],
  ['arp.mac', '- arp: { target: 10.0.1.5, mac: "0a:00:00:00:01:05" }', [asks, answers], 'pass'],
  ['arp.mac', '- arp: { target: 10.0.1.5, mac: "0a:00:00:00:01:06" }', [asks, answers], /^fail: 0a:00:00:00:01:05/],
  ['arp.on', '- arp: { target: 10.0.1.5, on: eth2 }', [asks, answers], /^fail: nobody asks/],
  ['arp.from', '- arp: { target: 10.0.1.5, from: 10.0.1.1 }', [asks, answers], 'pass'],
  ['arp.from', '- arp: { target: 10.0.1.5, from: 10.0.1.9 }', [asks, answers], /^fail: nobody asks/],
  [
    'arp.within',
    '- arp: { target: 10.0.1.5, within: 100ms }',
    [asks, at(0.5, answers)],
    /^fail: the first answer came after 500 ms/,
  ],
  ['arp.answered: false', '- arp: { target: 10.0.1.5, answered: false }', [asks, later], 'pass'],
  ['arp.answered: false', '- arp: { target: 10.0.1.5, answered: false }', [asks, answers], /^fail: .*answers/],
  ['arp.announced', '- arp: { target: 10.0.1.5, announced: true }', [announces], 'pass'],
  ['arp.announced', '- arp: { target: 10.0.1.5, announced: true }', [asks, answers], /^fail: answers, and no announcement/],
  ['arp at the end', '- arp: { target: 10.0.1.5 }', [asks], /^inconclusive: the capture ends before/],
  ['arp, nobody asks', '- arp: { target: 10.0.1.77 }\n  atLeast: 0', [asks], 'pass'],

  ['findings', '- findings: { none: [error] }', answeredPing, 'pass'],
  ['findings', '- findings: { none: [error] }', [asks, at(1.1, asks), at(2.2, asks), later], /^fail: arp-no-reply/],
  [
    'findings.except',
    '- findings: { none: [error], except: [arp-no-reply] }',
    [asks, at(1.1, asks), at(2.2, asks), later],
    'pass',
  ],
  ['findings.some', '- findings: { some: [arp-no-reply] }', [asks, at(1.1, asks), at(2.2, asks), later], 'pass'],
  ['findings.some', '- findings: { some: [arp-no-reply] }', answeredPing, /^fail: nothing of arp-no-reply/],

  ['skip', '- where: tcp\n  skip: not here', answeredPing, 'skipped: not here'],
  [
    'each',
    '- flow: { src: 10.0.1.5, dst: "${to}" }\n  each: { to: [10.0.2.5, 10.0.2.6] }',
    [...answeredPing, ...through(request(2, '10.0.2.6'))],
    'pass',
  ],
  [
    'each',
    '- flow: { src: 10.0.1.5, dst: "${to}" }\n  each: { to: [10.0.2.5, 10.0.2.6] }',
    answeredPing,
    /^fail: 10\.0\.2\.6: no such conversation \(1 of 2\)/,
  ],
  [
    'each backend of a service',
    '- flow: { dst: "${backend}" }\n  each: { backend: default/svc }',
    answeredPing,
    /^fail: 10\.0\.2\.6/,
  ],
  ['some', '- flow: { src: 10.0.1.5, dst: "${to}" }\n  some: { to: [10.0.2.5, 10.0.2.6] }', answeredPing, 'pass'],
  ['some', '- flow: { src: 10.0.1.5, dst: "${to}" }\n  some: { to: [10.0.2.7, 10.0.2.6] }', answeredPing, /^fail/],
];

describe('each key, in both outcomes', () => {
  it.each(CASES)('%s', async (_, expectation, frames, outcome) => {
    const said = await verdict(expectation, frames, { topology: TOPOLOGY });
    if (typeof outcome === 'string') expect(said).toBe(outcome);
    else expect(said).toMatch(outcome);
  });
});

describe('several points', () => {
  const far = { ...forward(request(), { if: 3 }), dir: 'in' as const, point: 'b' };
  const frames = [...answeredPing, far];

  it('paths name them', async () => {
    expect(await verdict(`- ${FLOW}\n  path: [router in eth1, router out eth2, b in eth1]`, frames)).toBe('pass');
    expect(await verdict(`- ${FLOW}\n  path: [router in eth1, router out eth2]`, frames)).toBe('pass');
    expect(await verdict(`- ${FLOW}\n  path: [router in eth1, b in eth2]`, frames)).toMatch(
      /^fail: router in eth1 → router out eth2 → b in eth1/,
    );
  });

  it('at: only these frames count', async () => {
    expect(await verdict('- where: "icmp.type == 0"\n  at: b', frames)).toMatch(/^fail: no such frame/);
    expect(await verdict('- where: "icmp.type == 8"\n  at: b\n  count: 1', frames)).toBe('pass');
  });

  it('same and different between them', async () => {
    expect(await verdict(`- ${FLOW}\n  same: { field: ip.id, between: [router, b] }`, frames)).toBe('pass');
    expect(await verdict(`- ${FLOW}\n  different: { field: ip.ttl, between: [router in eth1, b] }`, frames)).toBe('pass');
  });
});

describe('a run', () => {
  it('says which conversations nobody speaks of, and strict makes them fail', async () => {
    const frames = [...answeredPing, ...through(syn), ...back(synAck)];
    const run = await hold('- flow: { proto: icmp }', frames, { uncovered: true, head: 'strict: true' });
    expect(run.suites?.[0]?.uncovered).toEqual(['10.0.1.5:5000 → 10.0.2.5:80 tcp']);
    expect(results(run).map((r) => r.verdict)).toEqual(['pass', 'fail']);
    const all = await hold('- flow: { proto: icmp }\n- where: tcp', frames, { head: 'strict: true' });
    expect(results(all).map((r) => r.verdict)).toEqual(['pass', 'pass', 'pass']);
  });

  it('replaces variables, and lists in lists', async () => {
    const head = 'variables: { from: 10.0.1.5, all: [10.0.2.4, 10.0.2.5] }';
    expect(await verdict('- flow: { src: "${from}", dst: "${all}" }', answeredPing, { head })).toBe('pass');
    expect(await verdict('- where: "ip.src == ${from} && ip.dst in {${all}}"', answeredPing, { head })).toBe('pass');
  });

  it('takes a part by name, and stops at the first failure', async () => {
    const two = '- name: one\n  where: tcp\n- name: two\n  where: icmp';
    expect(results(await hold(two, answeredPing, { grep: /two/ })).map((r) => r.name)).toEqual(['two']);
    expect(results(await hold(two, answeredPing, { failFast: true })).map((r) => r.name)).toEqual(['one']);
    await expect(hold(two, answeredPing, { grep: /three/ })).rejects.toThrow('no expectation is called like');
  });

  it('tells the frames of a failure, with their journeys, and what explains it', async () => {
    const run = await hold(`- ${FLOW}\n  path: [in eth1, out eth2]\n  answered: true`, [...through(request(), 2), later]);
    expect(run.findings[0]?.evidence.map((e) => e.note)).toEqual(['in eth1, ttl 64', 'out eth0, ttl 63']);
    expect(run.findings[0]?.cause).toMatch(/^icmp-echo-no-reply: /);
    expect(run.findings[0]?.message).toMatch(/e\.yaml:\d+/);
  });
});

describe('a file with mistakes', () => {
  const problems = async (text: string): Promise<string[]> => {
    try {
      await hold(text, answeredPing, { topology: TOPOLOGY });
      return [];
    } catch (error) {
      return (error as Error).message.split('\n');
    }
  };

  it('gets all of them at once, each with its place and what to write', async () => {
    expect(
      await problems(`- name: x
  flwo: { src: a }
- flow: { src: a, dts: b }
  pth: [in eth1]
- where: icmp
  count: lots
- path: [in eth1]`),
    ).toEqual([
      "e.yaml:6:5: unknown key 'flwo' in expect.0; did you mean 'flow'?",
      "e.yaml:7:21: unknown key 'dts' in expect.1.flow; did you mean 'dst'?",
      "e.yaml:8:5: unknown key 'pth' in expect.1; did you mean 'path'?",
      'e.yaml:10:12: expect.2.count: "lots" is not a number or a range; write 3, "3-5" or { atMost: 5 }',
    ]);
  });

  it('also in what needs the topology, the fields and the rules', async () => {
    expect(
      await problems(`- flow: { src: k8s, dst: pods of c }
- where: ip.sourc == 10.0.0.1
- where: ip.src == router
- arp: { target: 10.0.1.5, owner: nobody }
- findings: { none: [arp-no-replay] }
- where: icmp
  at: elsewhere
- where: icmp
  answered: true
- path: [in eth1]`),
    ).toEqual([
      "e.yaml:13:5: 'answered' says nothing beside where; one of name, skip, at, each, some, ttl, size, mtu, tunnel, same, different, except, ...",
      'e.yaml:14:5: nothing is expected here; write one of flow, where, arp, ndp, never, sequence, findings, nat',
    ]);
    const rest = await problems(`- flow: { src: k8s, dst: pods of c }
- where: ip.sourc == 10.0.0.1
- where: ip.src == router
- arp: { target: 10.0.1.5, owner: nobody }
- findings: { none: [arp-no-replay] }
- where: icmp
  at: elsewhere`);
    expect(rest.map((line) => line.replace(/;.*/, ''))).toEqual([
      "e.yaml:5:18: 'k8s' is neither an address nor a name of the topology",
      "e.yaml:5:28: 'pods of c' is neither an address nor a name of the topology",
      'e.yaml:6:12: there is no field or protocol "ip.sourc" (column 1)',
      'e.yaml:7:12: router has several addresses (10.0.1.1, 10.0.2.1)',
      "e.yaml:8:37: no node is called 'nobody'",
      "e.yaml:9:24: no rule is called 'arp-no-replay'",
      "e.yaml:11:9: no capture was taken at 'elsewhere'",
    ]);
    expect(rest[5]).toContain("did you mean 'arp-no-reply'?");
  });
});
