// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of expectation files are written so.
// Every key of the language in both outcomes, on a few packets each.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { BESIDE, expectationJsonSchema, KINDS } from '../../src/expect/schema.js';
import {
  advertisement,
  arp,
  at,
  dnat,
  dns,
  echo,
  forward,
  geneve,
  type IpPacket,
  icmpError,
  ipv4,
  sll2,
  snat,
  solicitation,
  type TestFrame,
  tcp,
  udp,
  vxlan,
} from '../rules/lab.js';
import { some } from '../thorough.js';
import { file, heldFile, hold, pcap, results, verdict } from './help.js';
import { esp } from './keys/encrypted.js';
import { answeredPing, back, cut, later, lostPing, reply, request, through } from './pings.js';

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

const syn = sll2(
  { if: 3, dir: 'in' },
  ipv4({ src: '10.0.1.5', dst: '10.0.2.5', id: 1 }, tcp({ src: 5000, dst: 80, flags: 'S', seq: 10 })),
);
const synAck = sll2(
  { if: 4, dir: 'in' },
  ipv4({ src: '10.0.2.5', dst: '10.0.1.5', id: 2 }, tcp({ src: 80, dst: 5000, flags: 'SA', seq: 90, ack: 11 })),
);

/** Two SYNs with this MSS (0: they were not captured), and one frame with many segments in it. */
const bulk = (mss: number): TestFrame[] => {
  const opened = [
    ...through({
      ...syn,
      packet: ipv4({ src: '10.0.1.5', dst: '10.0.2.5', id: 1 }, tcp({ src: 5000, dst: 80, flags: 'S', seq: 10, mss })),
    }),
    ...back({
      ...synAck,
      packet: ipv4({ src: '10.0.2.5', dst: '10.0.1.5', id: 2 }, tcp({ src: 80, dst: 5000, flags: 'SA', seq: 90, ack: 11, mss })),
    }),
  ];
  const data = sll2(
    { if: 3, dir: 'in' },
    ipv4({ src: '10.0.1.5', dst: '10.0.2.5', id: 3 }, tcp({ src: 5000, dst: 80, flags: 'A', seq: 11, ack: 91, data: 8000 })),
  );
  return [...(mss > 0 ? opened : []), ...through(data)];
};

const refusedSyn = [
  ...through(syn),
  ...back(
    sll2(
      { if: 4, dir: 'in' },
      ipv4({ src: '10.0.2.5', dst: '10.0.1.5', id: 2 }, tcp({ src: 80, dst: 5000, flags: 'RA', ack: 11 })),
    ),
  ),
  later,
];
/** The router itself says that it does not pass it on (RFC 1812 section 5.2.7.1). */
const prohibited = [
  syn,
  sll2(
    { if: 3, dir: 'out' },
    ipv4({ src: '10.0.1.1', dst: '10.0.1.5', id: 3 }, icmpError({ type: 3, code: 13 }, syn.packet as IpPacket)),
  ),
  later,
];

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
const arpInside = through(
  sll2(
    { if: 3, dir: 'in' },
    vxlan(
      { src: '10.0.1.5', dst: '10.0.2.5', vni: 9 },
      arp({ sender: '10.9.0.1', senderMac: '0a:00:00:00:09:01', target: '10.9.0.2' }),
    ),
  ),
);
const othersAsk = sll2(
  { if: 3, dir: 'broadcast' as 'in', mac: '0a:00:00:00:01:08' },
  arp({ sender: '10.0.1.8', senderMac: '0a:00:00:00:01:08', target: '10.0.1.5' }),
);
const answers = sll2(
  { if: 3, dir: 'in', mac: '0a:00:00:00:01:05' },
  arp({ op: 'reply', sender: '10.0.1.5', senderMac: '0a:00:00:00:01:05', target: '10.0.1.1', targetMac: '0a:00:00:00:01:01' }),
);
const announces = sll2(
  { if: 3, dir: 'broadcast' as 'in', mac: '0a:00:00:00:01:05' },
  arp({ sender: '10.0.1.5', senderMac: '0a:00:00:00:01:05', target: '10.0.1.5' }),
);

const asks6 = sll2({ if: 3, dir: 'out', mac: '0a:00:00:00:01:01' }, solicitation('fd00::1', '0a:00:00:00:01:01', 'fd00::5'));
const answers6 = sll2({ if: 3, dir: 'in', mac: '0a:00:00:00:01:05' }, advertisement('fd00::5', '0a:00:00:00:01:05', 'fd00::1'));
const announces6 = sll2(
  { if: 3, dir: 'multicast' as 'in', mac: '0a:00:00:00:01:05' },
  advertisement('fd00::5', '0a:00:00:00:01:05', 'ff02::1'),
);
/** The request as it comes in at the node behind the router. */
const arrives: TestFrame = { ...forward(request(), { if: 3 }), dir: 'in', point: 'b' };
const translated = [request(), snat(forward(request(), { if: 4 }), '10.0.2.1')];
const turned = [request(), dnat(forward(request(), { if: 4 }), '10.0.2.6')];
const ported = [syn, snat(forward(syn, { if: 4 }), '10.0.2.1', 6000)];
const turnedPort = [syn, dnat(forward(syn, { if: 4 }), '10.0.2.6', 8080)];
/** A question for A and one for AAAA of a name from one port; `types` of them are answered. */
const names = (types: readonly number[]): TestFrame[] => {
  const one = (type: number, response: boolean) => {
    const [src, dst] = response ? ['10.0.2.5', '10.0.1.5'] : ['10.0.1.5', '10.0.2.5'];
    const ports = response ? { src: 53, dst: 4000 } : { src: 4000, dst: 53 };
    const body = udp({ ...ports, data: dns({ id: type, type, response }) });
    return sll2({ if: response ? 4 : 3, dir: 'in' }, ipv4({ src, dst, id: type + (response ? 50 : 0), ttl: 64 }, body));
  };
  return [...[1, 28].flatMap((type) => through(one(type, false))), ...types.flatMap((type) => back(one(type, true))), later];
};
const OUT = '- where: "icmp.type == 8 && hop.direction == \\"out\\""';
const THERE = 'ip.dst == b';

type Case = readonly [name: string, expectation: string, frames: readonly TestFrame[], outcome: string | RegExp];

const FLOW = 'flow: { src: 10.0.1.5, dst: 10.0.2.5 }';

const CASES: Case[] = [
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
  [
    'answered, and the answer is dropped on its way',
    `- ${FLOW}\n  answered: true`,
    [1, 2, 3].flatMap((n) => [...through(request(n)), reply(n)]).concat(later),
    /^fail: answers come to router and are not passed on/,
  ],
  [
    'answered, and the answer goes astray',
    `- ${FLOW}\n  answered: true`,
    [1, 2, 3].flatMap((n) => [
      { ...request(n), if: 2, dir: 'out' as const, point: 'a' },
      ...through(request(n)),
      reply(n),
      forward(reply(n), { if: 2 }),
      { ...later, at: undefined, point: 'a' },
    ]),
    /^fail: answers were seen at router and never came to a/,
  ],
  ['answered, A and AAAA', `- ${FLOW}\n  answered: true`, names([1, 28]), 'pass'],
  ['answered, A and not AAAA', `- ${FLOW}\n  answered: true`, names([1]), /^fail: a DNS question got no answer/],
  ['loss, A and not AAAA', `- ${FLOW}\n  loss: 0%`, names([1]), /^fail: 1 of 1 lost/],
  ['answered, at the end', `- ${FLOW}\n  answered: true`, through(request()), /^inconclusive: the capture ends before/],
  ['answered, by a merge key', `- &base\n  ${FLOW}\n  answered: true\n- <<: *base\n  name: again`, answeredPing, 'pass'],
  ['answered: false', `- ${FLOW}\n  answered: false`, lostPing, 'pass'],
  ['answered: false', `- ${FLOW}\n  answered: false`, answeredPing, /^fail: answered/],
  ['answered, refused', `- ${FLOW}\n  answered: true`, refusedSyn, /^fail: refused \(reset\)/],
  ['answered, refused', `- ${FLOW}\n  answered: true`, prohibited, /^fail: refused \(communication administratively prohibited/],
  ['answered, accepted', `- ${FLOW}\n  answered: true`, [...through(syn), ...back(synAck)], 'pass'],
  ['answered: false', `- ${FLOW}\n  answered: false`, refusedSyn, 'pass'],
  ['refused', `- ${FLOW}\n  refused: true`, refusedSyn, 'pass'],
  ['refused', `- ${FLOW}\n  refused: true`, prohibited, 'pass'],
  ['refused', `- ${FLOW}\n  refused: true`, [...through(syn), ...back(synAck)], /^fail: answered/],
  ['refused', `- ${FLOW}\n  refused: true`, lostPing, /^fail: no answer/],
  ['refused, at the end', `- ${FLOW}\n  refused: true`, through(syn), /^inconclusive: the capture ends before/],
  ['dropped', `- ${FLOW}\n  dropped: true`, lostPing, 'pass'],
  ['dropped', `- ${FLOW}\n  dropped: true`, refusedSyn, /^fail: refused/],
  ['dropped', `- ${FLOW}\n  dropped: true`, answeredPing, /^fail: answered/],
  ['dropped, at the end', `- ${FLOW}\n  dropped: true`, through(syn), /^inconclusive: no answer, but the capture ends before/],
  ['answered, and no question of an ICMP error', '- flow: { either: 10.0.1.5 }\n  denied: true', prohibited.slice(0, 2), 'pass'],
  ['an ICMP error is no conversation', '- flow: { src: 10.0.1.1, proto: icmp }', prohibited, /^fail: no such conversation/],
  ['an ICMP error by a filter', '- flow: { where: "icmp.type == 3" }', prohibited, 'pass'],
  ['denied', `- ${FLOW}\n  denied: true`, refusedSyn, 'pass'],
  ['denied', `- ${FLOW}\n  denied: true`, lostPing, 'pass'],
  ['denied', `- ${FLOW}\n  denied: true`, answeredPing, /^fail: answered/],
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
  // A frame that the network card is to cut into segments of the MSS that the SYN names.
  ['mtu of segments', '- where: tcp\n  mtu: 1500', [...bulk(1460), later], 'pass'],
  ['mtu of segments', '- where: tcp\n  mtu: 1400', [...bulk(1460), later], /^fail: an IP packet of 1500 bytes \(2 frames\)/],
  [
    'mtu of segments',
    '- where: tcp\n  mtu: 1500',
    [...bulk(0), later],
    /^fail: an IP packet of 8040 bytes \(or several that the network card merges/,
  ],
  ['mtu of segments', `- ${FLOW}\n  mtu: 1500`, [...bulk(1460), later], 'pass'],
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
  ['tunnel with ARP inside', '- where: vxlan\n  tunnel: { type: vxlan, vni: 9 }', arpInside, 'pass'],
  [
    'tunnel with ARP inside',
    '- where: vxlan\n  tunnel: { type: vxlan, vni: 8 }',
    arpInside,
    /^fail: vxlan from 10.0.1.5 to 10.0.2.5, VNI 9/,
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

CASES.push(
  ['flow, in a capture with gaps', '- flow: { src: 10.0.9.9 }', [...answeredPing, cut], /^inconclusive: .*cut by the snapshot/],
  ['flow.src', '- flow: { src: 10.0.1.0/24 }', answeredPing, 'pass'],
  ['flow.src', '- flow: { src: pods of a }', answeredPing, /^fail: no such conversation$/],
  ['flow.dst', '- flow: { dst: [10.0.9.9, b] }', answeredPing, 'pass'],
  ['flow.dst', '- flow: { dst: a }', answeredPing, /^fail: no such conversation; 1 the other way round/],
  ['flow.where', '- flow: { src: a, where: "icmp.type == 0" }', answeredPing, 'pass'],
  ['flow.where', '- flow: { src: a, where: "icmp.type == 3" }', answeredPing, /^fail: no such conversation/],

  ['path, of which a half is missing', `- ${FLOW}\n  path: [in eth1, out eth2]`, [request(), cut], /^inconclusive: in eth1/],
  ['returnPath by another interface', `- ${FLOW}\n  returnPath: [in eth2, out eth0]`, answeredPing, /^fail: in eth2 → out eth1/],
  [
    'returnPath, in a capture with gaps',
    `- ${FLOW}\n  returnPath: [in eth2]`,
    [...lostPing, cut],
    /^inconclusive: no packet back/,
  ],
  ['answered, in a capture with gaps', `- ${FLOW}\n  answered: true`, [...lostPing, cut], /^inconclusive: no answer; .*cut/],
  ['answered: false, at the end', `- ${FLOW}\n  answered: false`, through(request()), /^inconclusive: .*ends before/],
  ['answered: false, with gaps', `- ${FLOW}\n  answered: false`, [...lostPing, cut], /^inconclusive: no answer, but/],
  ['rtt.atMost', `- ${FLOW}\n  rtt: { atMost: 2ms }`, answeredPing, 'pass'],
  ['rtt.atMost', `- ${FLOW}\n  rtt: { atMost: 1ms }`, answeredPing, /^fail: one answer took 2 ms/],
  ['rtt.median', `- ${FLOW}\n  rtt: { median: 2ms }`, answeredPing, 'pass'],
  ['rtt, in a capture with gaps', `- ${FLOW}\n  rtt: 1ms`, [...lostPing, cut], /^inconclusive: no question with an answer/],
  [
    'loss, in a capture with gaps',
    `- ${FLOW}\n  loss: 10%`,
    [...answeredPing, ...through(request(2)), later, cut],
    /^inconclusive: 1 of 2 lost/,
  ],

  ['nat.original', '- nat: { original: { src: a }, translated: { src: router.eth2 } }', translated, 'pass'],
  [
    'nat.original',
    '- nat: { original: { src: b }, translated: { src: router.eth2 } }',
    translated,
    /^fail: no such conversation/,
  ],
  ['nat.original.src', '- nat: { original: { src: 10.0.1.0/24 }, translated: { src: 10.0.2.1 } }', translated, 'pass'],
  ['nat.original.src', '- nat: { original: { src: 10.0.3.0/24 }, translated: { src: 10.0.2.1 } }', translated, /^fail/],
  ['nat.original.dst', '- nat: { original: { dst: b }, translated: { dst: 10.0.2.6 } }', turned, 'pass'],
  ['nat.original.dst', '- nat: { original: { dst: a }, translated: { dst: 10.0.2.6 } }', turned, /^fail/],
  ['nat.original.srcPort', '- nat: { original: { srcPort: 5000 }, translated: { src: 10.0.2.1 } }', ported, 'pass'],
  ['nat.original.srcPort', '- nat: { original: { srcPort: 5001 }, translated: { src: 10.0.2.1 } }', ported, /^fail/],
  ['nat.original.dstPort', '- nat: { original: { dst: b, dstPort: 80 }, translated: { dst: 10.0.2.6 } }', turnedPort, 'pass'],
  ['nat.original.dstPort', '- nat: { original: { dst: b, dstPort: 81 }, translated: { dst: 10.0.2.6 } }', turnedPort, /^fail/],
  ['nat.translated', `- ${FLOW}\n  nat: { translated: { src: router.eth2 } }`, translated, 'pass'],
  ['nat.translated', `- ${FLOW}\n  nat: { translated: { src: router.eth1 } }`, translated, /^fail: translated to 10\.0\.2\.1/],
  ['nat.translated.src', `- ${FLOW}\n  nat: { translated: { src: 10.0.2.0/24 } }`, translated, 'pass'],
  ['nat.translated.src', `- ${FLOW}\n  nat: { translated: { src: 10.0.3.0/24 } }`, translated, /^fail/],
  ['nat.translated.dst', `- flow: { dst: b }\n  nat: { translated: { dst: 10.0.2.6 } }`, turned, 'pass'],
  ['nat.translated.dst', `- flow: { dst: b }\n  nat: { translated: { dst: 10.0.2.7 } }`, turned, /^fail: translated to .*2\.6/],
  ['nat.translated.srcPort', `- flow: { src: a }\n  nat: { translated: { srcPort: "6000-6010" } }`, ported, 'pass'],
  ['nat.translated.srcPort', `- flow: { src: a }\n  nat: { translated: { srcPort: 6001 } }`, ported, /^fail: .*:6000/],
  ['nat.translated.dstPort', `- flow: { dst: b }\n  nat: { translated: { dstPort: 8080 } }`, turnedPort, 'pass'],
  ['nat.translated.dstPort', `- flow: { dst: b }\n  nat: { translated: { dstPort: 80 } }`, turnedPort, /^fail: .*:8080/],
  [
    'nat, in a capture with gaps',
    '- nat: { original: { src: a }, translated: { src: 10.0.2.1 } }',
    [...lostPing, cut],
    /^inconclusive: not translated; .*cut/,
  ],
  ['nat: none, in a capture with gaps', `- ${FLOW}\n  nat: none`, [...answeredPing, cut], /^inconclusive: not translated, but/],

  ['where, in a capture with gaps', '- where: tcp', [...answeredPing, cut], /^inconclusive: 0 frames; .*cut/],
  ['count.atLeast', '- where: icmp\n  count: { atLeast: 4 }', answeredPing, 'pass'],
  ['count.atLeast', '- where: icmp\n  count: { atLeast: 5 }', answeredPing, /^fail: 4 frames/],
  ['count.atMost', '- where: icmp\n  count: { atMost: 4 }', answeredPing, 'pass'],
  ['count.atMost', '- where: icmp\n  count: { atMost: 3 }', answeredPing, /^fail: 4 frames/],
  ['count, with gaps', '- where: "icmp.type == 0"\n  count: 2', [...answeredPing, cut], /^inconclusive: 2 frames, but/],
  ['count of runs', '- sequence: ["icmp.type == 8", "icmp.type == 0"]\n  count: 1', answeredPing, 'pass'],
  ['count of runs', '- sequence: ["icmp.type == 8", "icmp.type == 0"]\n  count: 2', answeredPing, /^fail: 1 such run/],
  ['atLeast', '- where: icmp\n  atLeast: 4', answeredPing, 'pass'],
  ['atLeast of conversations', `- ${FLOW}\n  atLeast: 2`, answeredPing, /^fail: 1 conversation/],
  ['atMost of conversations', '- flow: { src: a }\n  atMost: 1', [...answeredPing, ...through(syn)], /^fail: 2 conversations/],
  ['atMost, with gaps', '- where: icmp\n  atMost: 40', [...answeredPing, cut], /^inconclusive: \d+ frames, but/],

  ['ttl.atLeast', `${OUT}\n  ttl: { atLeast: 63 }`, answeredPing, 'pass'],
  ['ttl.atLeast', `${OUT}\n  ttl: { atLeast: 64 }`, answeredPing, /^fail: ttl 63/],
  ['ttl.atMost', `${OUT}\n  ttl: { atMost: 63 }`, answeredPing, 'pass'],
  ['ttl.atMost', `${OUT}\n  ttl: { atMost: 62 }`, answeredPing, /^fail: ttl 63/],
  ['ttl.outer', '- where: vxlan\n  ttl: { outer: "60-64" }', wrapped, 'pass'],
  ['ttl.outer', '- where: vxlan\n  ttl: { outer: 63 }', wrapped, /^fail: outer ttl 64/],
  ['ttl.outer.atLeast', '- where: vxlan\n  ttl: { outer: { atLeast: 64 } }', wrapped, 'pass'],
  ['ttl.outer.atLeast', '- where: vxlan\n  ttl: { outer: { atLeast: 65 } }', wrapped, /^fail: outer ttl 64/],
  ['ttl.outer.atMost', '- where: vxlan\n  ttl: { outer: { atMost: 64 } }', wrapped, 'pass'],
  ['ttl.outer.atMost', '- where: vxlan\n  ttl: { outer: { atMost: 63 } }', wrapped, /^fail: outer ttl 64/],
  ['ttl.inner', '- where: vxlan\n  ttl: { inner: 63 }', wrapped, 'pass'],
  ['ttl.inner', '- flow: { src: client }\n  ttl: { inner: 64 }', wrapped, /^fail: inner ttl 63/],
  ['ttl.inner.atLeast', '- where: vxlan\n  ttl: { inner: { atLeast: 63 } }', wrapped, 'pass'],
  ['ttl.inner.atLeast', '- where: vxlan\n  ttl: { inner: { atLeast: 64 } }', wrapped, /^fail: inner ttl 63/],
  ['ttl.inner.atMost', '- where: vxlan\n  ttl: { inner: { atMost: 63 } }', wrapped, 'pass'],
  ['ttl.inner.atMost', '- where: vxlan\n  ttl: { inner: { atMost: 62 } }', wrapped, /^fail: inner ttl 63/],
  ['size.atLeast', '- where: icmp\n  size: { atLeast: 104 }', answeredPing, 'pass'],
  ['size.atLeast', `- ${FLOW}\n  size: { atLeast: 105 }`, answeredPing, /^fail: a frame of 104 bytes/],
  ['size.atMost', `- ${FLOW}\n  size: { atMost: 104 }`, answeredPing, 'pass'],
  ['size.atMost', '- where: icmp\n  size: { atMost: 103 }', answeredPing, /^fail: a frame of 104 bytes/],
  ['mtu.outer', '- where: vxlan\n  mtu: { outer: 134 }', wrapped, 'pass'],
  ['mtu.outer', '- flow: { src: client }\n  mtu: { outer: 133 }', wrapped, /^fail: an IP packet of 134 bytes/],

  ['tunnel.type', '- where: vxlan\n  tunnel: { type: vxlan }', wrapped, 'pass'],
  ['tunnel.outer', '- where: vxlan\n  tunnel: { outer: { dst: b }, inner: { dst: pods of b } }', wrapped, 'pass'],
  ['tunnel.outer.src', `- where: "vxlan && ip.dst == web"\n  tunnel: { outer: { src: a } }`, wrapped, 'pass'],
  [
    'tunnel.outer.src',
    `- where: "vxlan && ip.dst == web"\n  tunnel: { outer: { src: b } }`,
    wrapped,
    /^fail: vxlan from 10\.0\.1\.5/,
  ],
  ['tunnel.outer.dst', `- where: "vxlan && ip.dst == web"\n  tunnel: { outer: { dst: b } }`, wrapped, 'pass'],
  ['tunnel.outer.dst', `- where: "vxlan && ip.dst == web"\n  tunnel: { outer: { dst: a } }`, wrapped, /^fail: .* to 10\.0\.2\.5/],
  ['tunnel.inner', '- where: vxlan\n  tunnel: { inner: { src: web, dst: client }, vni: 800 }', wrapped, 'pass'],
  ['tunnel.inner', '- where: vxlan\n  tunnel: { inner: { src: web, dst: client }, vni: 700 }', wrapped, /^fail: .*VNI 800/],
  ['tunnel.inner.src', '- where: vxlan\n  tunnel: { inner: { src: client }, vni: 700 }', wrapped, 'pass'],
  ['tunnel.inner.src', '- where: vxlan\n  tunnel: { inner: { src: client }, vni: 800 }', wrapped, /^fail: .*VNI 700/],
  ['tunnel.inner.dst', '- flow: { src: client }\n  tunnel: { inner: { dst: web }, vni: 700 }', wrapped, 'pass'],
  ['tunnel.inner.dst', '- flow: { src: client }\n  tunnel: { inner: { dst: client }, vni: 700 }', wrapped, /^fail: .*VNI 800/],
  ['tunnel.vni', '- where: vxlan\n  tunnel: { vni: [700, 800] }', wrapped, 'pass'],
  ['tunnel.port', '- where: vxlan\n  tunnel: { port: 8472 }', wrapped, 'pass'],

  ['same.field', `- ${FLOW}\n  same: { field: ip.src, between: [in eth1, out eth2] }`, answeredPing, 'pass'],
  [
    'same.field',
    `- ${FLOW}\n  same: { field: ip.src, between: [request, reply] }`,
    answeredPing,
    /^fail: ip\.src is 10\.0\.1\.5/,
  ],
  ['same.between', '- where: icmp\n  same: { field: icmp.ident, between: [request, reply] }', answeredPing, 'pass'],
  [
    'same.between',
    `- ${FLOW}\n  same: { field: ip.ttl, between: [router in eth1, router out eth2] }`,
    answeredPing,
    /^fail: ip\.ttl/,
  ],
  [
    'same, in a capture with gaps',
    '- where: icmp\n  same: { field: ip.ttl, between: [in eth1, out eth2] }',
    [...answeredPing, cut],
    /^inconclusive: ip\.ttl is 64/,
  ],
  ['different.field', `- ${FLOW}\n  different: { field: ip.ttl, between: [in eth1, out eth2] }`, answeredPing, 'pass'],
  ['different.field', '- where: icmp\n  different: { field: icmp.seq, between: [in eth1, out eth2] }', answeredPing, /^fail/],
  ['different.between', '- where: icmp\n  different: { field: ip.src, between: [request, reply] }', answeredPing, 'pass'],
  ['different.between', '- where: icmp\n  different: { field: ip.src, between: [in eth1, out eth2] }', answeredPing, /^fail/],

  ['except.src', '- never: icmp\n  except: { src: a }', answeredPing, 'pass'],
  ['except.src', '- never: icmp\n  except: { src: b }', answeredPing, /^fail: 4 frames/],
  ['except.dst', '- never: icmp\n  except: { dst: a }', answeredPing, /^fail: 4 frames/],
  ['except.dst', '- never: icmp\n  except: { dst: b }', answeredPing, 'pass'],
  ['except.srcPort', '- never: tcp\n  except: { srcPort: 5000 }', through(syn), 'pass'],
  ['except.srcPort', '- never: tcp\n  except: { srcPort: 5001 }', through(syn), /^fail: 2 frames/],
  ['except.dstPort', '- flow: { proto: tcp }\n  except: { dstPort: 80 }', through(syn), /^fail: no such conversation/],
  ['except.dstPort', '- flow: { proto: tcp }\n  except: { dstPort: 81 }', through(syn), 'pass'],
  ['except.either', '- where: icmp\n  except: { either: 10.0.2.9 }', answeredPing, 'pass'],
  ['except.either', '- where: icmp\n  except: { either: b }', answeredPing, /^fail: no such frame/],
  ['except.proto', '- never: ip\n  except: { proto: icmp }', answeredPing, 'pass'],
  ['except.proto', '- never: ip\n  except: { proto: tcp }', answeredPing, /^fail: 4 frames/],
  ['except.where', '- flow: { src: a }\n  except: { where: "icmp.seq == 2" }', answeredPing, 'pass'],
  ['except.where', '- flow: { src: a }\n  except: { where: "icmp.seq == 1" }', answeredPing, /^fail: no such conversation/],
  ['except of a sequence', '- sequence: [icmp, icmp]\n  except: icmp', answeredPing, /^fail: no frame of icmp/],

  ['witness', '- never: tcp\n  witness: "icmp && hop.interface == eth2"', answeredPing, 'pass'],
  ['witness', '- never: tcp\n  witness: "icmp && hop.interface == eth0"', answeredPing, /^fail: no frame of icmp && .* either/],
  ['per', '- sequence: ["icmp.type == 8", "tcp.flags.syn == 1"]\n  per: capture', [...answeredPing, ...through(syn)], 'pass'],
  [
    'per',
    '- sequence: ["icmp.type == 8", "tcp.flags.syn == 1"]\n  per: conversation',
    [...answeredPing, ...through(syn), later],
    /^fail: .*never tcp\.flags\.syn == 1 behind it/,
  ],
  [
    'sequence, one frame takes one step',
    '- sequence: ["icmp.type == 8", icmp]',
    [request(), later],
    /^fail: .*never icmp behind it/,
  ],
  ['sequence in a frame and its copy', '- sequence: [icmp, "icmp.type == 8"]', through(request()), 'pass'],

  ['at', `- where: "${THERE}"\n  at: b\n  count: 1`, [...answeredPing, arrives], 'pass'],
  ['at', '- where: "icmp.type == 0"\n  at: [b]', [...answeredPing, arrives], /^fail: no such frame/],
  ['at, of a flow', `- ${FLOW}\n  at: b\n  path: [in eth1]`, [...answeredPing, arrives], 'pass'],
  ['at, of a flow', `- flow: { dst: a }\n  at: b`, [...answeredPing, arrives], /^fail: no such conversation/],

  ['arp.target', '- arp: { target: a }', [asks, answers], 'pass'],
  ['arp.target', '- arp: { target: b }', [asks, answers], /^fail: nobody asks/],
  ['arp.owner', '- arp: { target: 10.0.1.5, owner: [b, a] }', [asks, answers], 'pass'],
  ['arp.on', '- arp: { target: 10.0.1.5, on: [eth2, eth1] }', [asks, answers], 'pass'],
  // On a switched link the answer to another host goes past the capture.
  ['arp, asked by others too', '- arp: { target: 10.0.1.5 }', [at(0, othersAsk), at(7, asks), at(7.001, answers), later], 'pass'],
  [
    'arp, asked by us in vain',
    '- arp: { target: 10.0.1.5 }',
    [at(0, asks), at(2, asks), at(4, asks), at(7, asks), at(7.001, answers), later],
    /^fail: 3 questions without an answer/,
  ],
  ['arp.within', '- arp: { target: 10.0.1.5, within: 600ms }', [asks, at(0.5, answers)], 'pass'],
  ['arp.answered', '- arp: { target: 10.0.1.5, answered: true }', [asks, answers], 'pass'],
  ['arp.answered', '- arp: { target: 10.0.1.5, answered: true }', [asks, at(1.1, asks), later], /^fail: no answer/],
  ['arp.answered: false, at the end', '- arp: { target: 10.0.1.5, answered: false }', [asks], /^inconclusive: no answer, but/],

  ['ndp', '- ndp: { target: "fd00::5", on: eth1, owner: a, within: 1s }', [asks6, answers6], 'pass'],
  ['ndp', '- ndp: { target: "fd00::5" }', [asks6, at(1.1, asks6), at(2.2, asks6), later], /^fail: no answer/],
  ['ndp at the end', '- ndp: { target: "fd00::5" }', [asks6], /^inconclusive: the capture ends before/],
  ['ndp.target', '- ndp: { target: "fd00::/64" }', [asks6, answers6], 'pass'],
  ['ndp.target', '- ndp: { target: "fd00::6" }', [asks6, answers6], /^fail: nobody asks/],
  ['ndp.on', '- ndp: { target: "fd00::5", on: eth1 }', [asks6, answers6], 'pass'],
  ['ndp.on', '- ndp: { target: "fd00::5", on: eth2 }', [asks6, answers6], /^fail: nobody asks/],
  ['ndp.from', '- ndp: { target: "fd00::5", from: "fd00::1" }', [asks6, answers6], 'pass'],
  ['ndp.from', '- ndp: { target: "fd00::5", from: "fd00::9" }', [asks6, answers6], /^fail: nobody asks/],
  ['ndp.owner', '- ndp: { target: "fd00::5", owner: a }', [asks6, answers6], 'pass'],
  ['ndp.owner', '- ndp: { target: "fd00::5", owner: b }', [asks6, answers6], /^fail: 0a:00:00:00:01:05 \(a\) answers/],
  ['ndp.mac', '- ndp: { target: "fd00::5", mac: "0a:00:00:00:01:05" }', [asks6, answers6], 'pass'],
  ['ndp.mac', '- ndp: { target: "fd00::5", mac: ["0a:00:00:00:01:06"] }', [asks6, answers6], /^fail: 0a:00:00:00:01:05/],
  ['ndp.answered', '- ndp: { target: "fd00::5", answered: false }', [asks6, later], 'pass'],
  ['ndp.answered', '- ndp: { target: "fd00::5", answered: false }', [asks6, answers6], /^fail: .*answers/],
  ['ndp.announced', '- ndp: { target: "fd00::5", announced: true }', [announces6], 'pass'],
  ['ndp.announced', '- ndp: { target: "fd00::5", announced: true }', [asks6, answers6], /^fail: answers, and no announcement/],
  ['ndp.within', '- ndp: { target: "fd00::5", within: 600ms }', [asks6, at(0.5, answers6)], 'pass'],
  [
    'ndp.within',
    '- ndp: { target: "fd00::5", within: 100ms }',
    [asks6, at(0.5, answers6)],
    /^fail: the first answer came after 500 ms/,
  ],
  ['ndp, nobody asks', '- ndp: { target: "fd00::77" }\n  atLeast: 0', [asks6], 'pass'],

  ['findings, undecided', '- findings: { none: [error] }', [asks], /^inconclusive: arp-no-reply/],
  ['findings.none', '- findings: { none: arp-no-reply }', answeredPing, 'pass'],
  ['findings.none', '- findings: { none: [arp-no-reply] }', [asks, at(1.1, asks), at(2.2, asks), later], /^fail: arp-no-reply/],
  [
    'findings.except',
    '- findings: { none: [error], except: [dns-no-answer] }',
    [asks, at(1.1, asks), at(2.2, asks), later],
    /^fail: arp-no-reply/,
  ],
);

/** An expectation of each kind that holds on what follows, with `${x}` where a value may stand, and the value. */
const HOLDING: Readonly<Record<(typeof KINDS)[number], readonly [text: string, x: string]>> = {
  flow: ['flow: { dst: "${x}" }', '10.0.2.5'],
  where: ['where: "ip.dst == ${x}"', '10.0.2.5'],
  arp: ['arp: { target: "${x}" }', '10.0.1.5'],
  ndp: ['ndp: { target: "${x}" }', '"fd00::5"'],
  never: ['never: "ip.dst == 10.0.9.9"\n  witness: "ip.dst == ${x}"', '10.0.2.5'],
  sequence: ['sequence: ["icmp.type == 8 && ip.dst == ${x}", "icmp.type == 0"]', '10.0.2.5'],
  encrypted: ['encrypted: { hosts: 10.0.9.9, on: "${x}" }', 'eth2'],
  findings: ['findings: { none: "${x}" }', 'routing-loop'],
  anyOf: ['anyOf: [{ where: tcp }, { where: "ip.dst == ${x}" }]', '10.0.2.5'],
  allOf: ['allOf: [{ where: icmp }, { where: "ip.dst == ${x}" }]', '10.0.2.5'],
  nat: ['nat: { original: { dst: "${x}" }, translated: { src: router.eth2 } }', '10.0.2.6'],
};
const natPing = [
  request(1, '10.0.2.6'),
  snat(forward(request(1, '10.0.2.6'), { if: 4 }), '10.0.2.1'),
  sll2({ if: 4, dir: 'in' }, ipv4({ src: '10.0.2.6', dst: '10.0.2.1', id: 300, ttl: 64 }, echo({ seq: 1, id: 7, reply: true }))),
  sll2({ if: 3, dir: 'out' }, ipv4({ src: '10.0.2.6', dst: '10.0.1.5', id: 300, ttl: 63 }, echo({ seq: 1, id: 7, reply: true }))),
];
const healthy = [...answeredPing, esp, asks, answers, asks6, answers6, ...natPing];
const marked = file('blocks.yaml', 'blocks: { marked: { name: of a block } }');
const NAT = '- nat: { original: { dst: 10.0.2.6 }, translated: { src: 10.0.2.1 } }';
CASES.push(
  ...KINDS.flatMap((kind): Case[] => {
    const [text, x] = HOLDING[kind];
    const one = `- ${text.replace('"${x}"', x).replace('${x}', x)}`;
    const other = kind === 'ndp' ? '"fd00::99"' : kind === 'findings' ? 'arp-no-reply' : '10.0.7.7';
    // Nothing asks about another value: all but the rule fail for want of packets.
    const lacking = kind === 'findings' ? /^pass/ : /^fail/;
    return [
      [`skip beside ${kind}`, `${one}\n  skip: why`, healthy, 'skipped: why'],
      [`at beside ${kind}`, `${one}\n  at: router`, healthy, 'pass'],
      [`each beside ${kind}`, `- ${text}\n  each: { x: [${x}] }`, healthy, 'pass'],
      [`each beside ${kind}`, `- ${text}\n  each: { x: [${x}, ${other}] }`, healthy, lacking],
      [`some beside ${kind}`, `- ${text}\n  some: { x: [${x}, ${other}] }`, healthy, 'pass'],
      [`some beside ${kind}`, `- ${text}\n  some: { x: [${other}] }`, healthy, lacking],
      [`for beside ${kind}`, `- ${text}\n  for: { x: [${x}] }`, healthy, 'pass'],
      [`use beside ${kind}`, `${one}\n  use: ${marked}#marked`, healthy, 'pass'],
      [`tags beside ${kind}`, `${one}\n  tags: a\n  severity: info\n  retry: 1`, healthy, 'pass'],
      [`knownIssue beside ${kind}`, `${one}\n  knownIssue: why`, healthy, /^fail: it holds/],
    ];
  }),
  ['path beside nat', `${NAT}\n  path: [in eth1, out eth2]\n  returnPath: [in eth2, out eth1]`, natPing, 'pass'],
  ['path beside nat', `${NAT}\n  path: [in eth1, out eth0]`, natPing, /^fail: in eth1 → out eth2/],
  ['answered beside nat', `${NAT}\n  answered: true\n  within: 10ms\n  loss: 0%`, natPing, 'pass'],
  ['refused beside nat', `${NAT}\n  refused: true`, natPing, /^fail: answered/],
  ['dropped beside nat', `${NAT}\n  dropped: true`, [...natPing.slice(0, 2), later], 'pass'],
  ['denied beside nat', `${NAT}\n  denied: true`, [...natPing.slice(0, 2), later], 'pass'],
  ['answered beside nat', `${NAT}\n  answered: true`, [...natPing.slice(0, 2), later], /^fail: no answer/],
  ['rtt beside nat', `${NAT}\n  rtt: 10ms`, natPing, 'pass'],
  ['rtt beside nat', `${NAT}\n  rtt: 1ms`, natPing, /^fail: one answer took/],
  ['size beside nat', `${NAT}\n  size: 104\n  mtu: 84\n  ttl: "63-64"\n  tunnel: none`, natPing, 'pass'],
  ['mtu beside nat', `${NAT}\n  mtu: 83`, natPing, /^fail: an IP packet of 84 bytes/],
  ['same beside nat', `${NAT}\n  same: { field: icmp.seq, between: [request, reply] }`, natPing, 'pass'],
  ['different beside nat', `${NAT}\n  different: { field: icmp.seq, between: [request, reply] }`, natPing, /^fail: icmp\.seq/],
  ['count beside nat', `${NAT}\n  count: 1\n  except: { dst: 10.0.2.9 }`, natPing, 'pass'],
  ['atLeast beside nat', `${NAT}\n  atLeast: 2`, natPing, /^fail: 1 conversation/],
  ['atMost beside nat', `${NAT}\n  atMost: 1`, natPing, 'pass'],
  ['atLeast of runs', '- sequence: ["icmp.type == 8", "icmp.type == 0"]\n  atLeast: 2', answeredPing, /^fail: 1 such run/],
  ['atMost of runs', '- sequence: ["icmp.type == 8", "icmp.type == 0"]\n  atMost: 1', answeredPing, 'pass'],
);

// Keys that came later bring their cases in a file of their own (npm run new:expectation).
const OWN = join(import.meta.dirname, 'keys');
if (existsSync(OWN))
  for (const name of readdirSync(OWN)) CASES.push(...((await import(join(OWN, name))) as { cases: readonly Case[] }).cases);

describe('each key, in both outcomes', () => {
  it.each(some(CASES, 2))('%s', async (_, expectation, frames, outcome) => {
    const said = await verdict(expectation, frames, { topology: TOPOLOGY });
    if (typeof outcome === 'string') expect(said).toBe(outcome);
    else expect(said).toMatch(outcome);
  });
});

const NAMES = 'ifmap: { 3: eth1, 4: eth2 }';
const PATH = `expect: [{ ${FLOW}, path: [in eth1, out eth2] }]`;
const ported9 = sll2(
  { if: 3 },
  vxlan({ src: '10.0.1.5', dst: '10.0.2.5', vni: 7, dstPort: 9999 }, inner('172.20.0.9', '172.20.2.9')),
);
/** Keys of a whole file: its lines, and what comes of it. `c.pcap`: a ping that is answered; `lost.pcap`: one that is not. */
const FILE_CASES: readonly (readonly [key: string, text: string, outcome: string | RegExp])[] = [
  ['captures', `captures: { router: c.pcap }\nexpect: [{ ${FLOW}, answered: true }]`, 'pass'],
  ['captures', `captures: { router: lost.pcap }\nexpect: [{ ${FLOW}, answered: true }]`, /^fail: no answer/],
  ['captures', `captures: "c*.pcap"\nexpect: [{ ${FLOW}, answered: true }]`, 'pass'],
  ['captures', `captures: [c.pcap, lost.pcap]\nexpect: [{ ${FLOW}, answered: true }]`, /^pass,fail: no answer/],
  ['captures', `captures: { router: [c.pcap, "l*.pcap"] }\nexpect: [{ where: icmp, count: 6 }]`, 'pass'],
  ['blocks', 'captures: { router: c.pcap }\nblocks: { ping: { where: icmp } }\nexpect: [{ use: "#ping", count: 4 }]', 'pass'],
  [
    'blocks',
    'captures: { router: c.pcap }\nblocks: { ping: { where: icmp } }\nexpect: [{ use: "#ping", count: 3 }]',
    /^fail: 4 frames/,
  ],
  ['captures', 'captures: { router: empty.pcap }\nexpect: [{ findings: { none: [error] } }]', /^fail: no frames/],
  ['topology', `topology: t.yaml\ncaptures: { router: c.pcap }\nexpect: [{ flow: { src: a, dst: b } }]`, 'pass'],
  [
    'topology',
    `topology: other.yaml\ncaptures: { router: c.pcap }\nexpect: [{ flow: { src: a } }]`,
    /^fail: no such conversation/,
  ],
  ['topology', `topology: [t.yaml, other.yaml]\ncaptures: { router: c.pcap }\nexpect: [{ flow: { src: a, dst: c } }]`, /^fail/],
  ['ifmap', `${NAMES}\ncaptures: { router: c.pcap }\n${PATH}`, 'pass'],
  ['ifmap', `ifmap: "3=eth1,4=eth2"\ncaptures: { router: c.pcap }\n${PATH}`, 'pass'],
  ['ifmap', `ifmap: { 3: eth1, 4: eth9 }\ncaptures: { router: c.pcap }\n${PATH}`, /^fail: in eth1 → out eth9/],
  [
    'decodeAs',
    'decodeAs: "udp.port==9999,vxlan"\ncaptures: { router: 9999.pcap }\nexpect: [{ where: "vxlan.vni == 7" }]',
    'pass',
  ],
  [
    'decodeAs',
    'decodeAs: ["udp.port==9998,vxlan"]\ncaptures: { router: 9999.pcap }\nexpect: [{ where: vxlan }]',
    /^fail: no such frame/,
  ],
  ['variables', `variables: { peer: 10.0.2.5 }\ncaptures: { router: c.pcap }\nexpect: [{ flow: { dst: "\${peer}" } }]`, 'pass'],
  ['variables', `variables: { peer: 10.0.2.6 }\ncaptures: { router: c.pcap }\nexpect: [{ flow: { dst: "\${peer}" } }]`, /^fail/],
  ['strict', `strict: true\ncaptures: { router: c.pcap }\nexpect: [{ flow: { proto: icmp } }]`, 'pass,pass'],
  ['strict', `strict: true\ncaptures: { router: lost.pcap }\nexpect: [{ flow: { proto: icmp } }]`, /^pass,fail: 10\.0\.1\.8:999/],
  ['strict', `strict: false\ncaptures: { router: lost.pcap }\nexpect: [{ flow: { proto: icmp } }]`, 'pass'],
];
const FILE_KEYS = [...new Set(FILE_CASES.map(([key]) => key))];

describe('each key of a file, in both outcomes', () => {
  it.each(FILE_CASES)('%s', async (_, text, outcome) => {
    const said = await heldFile(`version: 1\n${text}\n`, {
      'c.pcap': pcap(answeredPing),
      'empty.pcap': pcap([]),
      'lost.pcap': pcap(lostPing.slice(0, 2).concat(later)),
      '9999.pcap': pcap([ported9]),
      't.yaml': TOPOLOGY,
      'other.yaml':
        'nodes: { a: { interfaces: { eth0: { addresses: [10.0.1.9/24] } } }, c: { interfaces: { eth0: { addresses: [10.0.3.1/24] } } } }',
    });
    if (typeof outcome === 'string') expect(said.join()).toBe(outcome);
    else expect(said.join()).toMatch(outcome);
  });
});

describe('the cases', () => {
  type Schema = { properties?: Record<string, Schema>; anyOf?: Schema[]; items?: Schema };
  const paths = (schema: Schema, above: string): string[] => [
    ...Object.entries(schema.properties ?? {}).flatMap(([key, inner]) => {
      const path = above === '' ? key : `${above}.${key}`;
      return [path, ...paths(inner, path)];
    }),
    ...(schema.anyOf ?? []).flatMap((one) => paths(one, above)),
    ...(schema.items === undefined ? [] : paths(schema.items, above)),
  ];
  const all = [...new Set(paths(expectationJsonSchema() as Schema, ''))];
  const verdictOf = (outcome: string | RegExp) =>
    /^[\^]?([a-z]+)/.exec(typeof outcome === 'string' ? outcome : outcome.source)?.[1];
  /** The key that a case is about: its name begins with it. */
  const about = (name: string) => name.split(/[ ,:]/)[0];
  const has = (value: unknown, path: readonly string[]): boolean => {
    if (path.length === 0) return value !== undefined;
    if (Array.isArray(value)) return value.some((one) => has(one, path));
    return typeof value === 'object' && value !== null && has((value as Record<string, unknown>)[path[0]!], path.slice(1));
  };

  // A name is only shown, what is skipped has one outcome, and what is known to fail never passes.
  const keys = all.filter((path) => path.startsWith('expect.')).map((path) => path.slice('expect.'.length));
  it.each(keys.filter((key) => !['name', 'skip', 'knownIssue'].includes(key)))('%s is seen to hold and to fail', (key) => {
    const own = CASES.filter(([name, text]) => about(name) === key && has(parse(text), key.split('.')));
    const verdicts = own.map(([, , , outcome]) => verdictOf(outcome) ?? 'fail');
    expect(verdicts, `write a case whose name begins with '${key}' and that passes`).toContain('pass');
    expect(verdicts, `write a case whose name begins with '${key}' and that fails`).toContain('fail');
  });

  const plain = keys.filter((key) => !key.includes('.') && !['name', 'skip', 'knownIssue'].includes(key));
  it.each(plain)('%s is seen undecided', (kind) => {
    const verdicts = CASES.filter(([name]) => about(name)?.split('.')[0] === kind).map(([, , , outcome]) => verdictOf(outcome));
    expect(verdicts, `write a case whose name begins with '${kind}' and that is inconclusive`).toContain('inconclusive');
  });

  it('show every key beside every kind that it may stand beside', () => {
    const parsed = CASES.map(([, text]) => parse(text));
    const missing = KINDS.flatMap((kind) =>
      BESIDE[kind]
        .filter((key) => key !== 'name' && !parsed.some((one) => has(one, [kind]) && has(one, [key])))
        .map((key) => `${key} beside ${kind}`),
    );
    expect(missing).toEqual([]);
  });

  it('of a whole file are below', () => {
    expect(all.filter((path) => !path.includes('.')).sort()).toEqual([...FILE_KEYS, 'expect', 'name', 'version'].sort());
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
    const run = await hold(`- ${FLOW}\n  path: [in eth1, out eth2]\n  answered: true`, [
      ...through(request(), 2),
      // Another host answers: so an answer would be seen here.
      ...through(request(2, '10.0.2.6', 8)),
      ...back(reply(2, '10.0.2.6', 8)),
      later,
    ]);
    expect(run.findings[0]?.evidence.map((e) => e.note)).toEqual(['in eth1, ttl 64', 'out eth0, ttl 63']);
    expect(run.findings[0]?.cause).toMatch(/^egress-wrong-interface: /);
    expect(run.findings[0]?.message).toMatch(/e\.yaml:\d+/);
  });
});

describe('a file with mistakes', () => {
  it('is told of keys that ask nothing, or two things', async () => {
    const said = async (text: string) => {
      try {
        await hold(text, answeredPing);
        return 'nothing';
      } catch (error) {
        return (error as Error).message.replace(/^e\.yaml:\d+:\d+: /, '');
      }
    };
    expect(await said(`- ${FLOW}\n  within: 1s`)).toMatch(/write answered: true with it/);
    expect(await said(`- ${FLOW}\n  nat: { original: { src: a } }`)).toMatch(/nat beside flow needs translated/);
    expect(await said('- nat: { original: { src: 10.0.1.5 } }')).toMatch(/nat needs translated/);
    expect(await said('- where: icmp\n  count: 3\n  atMost: 4')).toMatch(/^count says it already/);
    expect(await said('- where: icmp\n  atLeast: 4\n  atMost: 3')).toMatch(/at least 4 and at most 3 cannot both be/);
    for (const empty of ['ttl: {}', 'mtu: {}', 'rtt: {}'])
      expect(await said(`- ${FLOW}\n  ${empty}`)).toMatch(
        /it is empty; write one of|is a number, a range|is not an MTU|is not a time/,
      );
    expect(await said('- where: icmp\n  rate: 1Mbit/s')).toMatch(/"1Mbit\/s" is not a limit; write \{ atLeast: 64kbit\/s \}/);
    expect(await said('- sequence: [icmp]')).toMatch(/two steps at least/);
    // What could be meant in two ways: is 1 one percent or all of them, is 10 in seconds or in milliseconds?
    for (const share of ['1', '200%', '100.5%', '-1%'])
      expect(await said(`- ${FLOW}\n  loss: ${share}`)).toMatch(/is not a share; write 0%, 2%, 0.02 or 100%/);
    for (const time of ['10', '"10"', '1.5'])
      expect(await said(`- ${FLOW}\n  rtt: ${time}`)).toMatch(/is not a time; write 500ms/);
    expect(await said(`- ${FLOW}\n  answered: true\n  refused: true`)).toMatch(/refused beside answered: one of/);
    expect(await said(`- ${FLOW}\n  dropped: false`)).toMatch(/dropped: this must be true/);
    expect(await said('- flow: { dstPort: http }')).toMatch(/"http" is not a port; write 80, or 8000-8100/);
    expect(await said(`- ${FLOW}\n  answered: yes`)).toMatch(/"yes" is not true or false/);
  });

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
      'e.yaml:11:5: nothing is expected here; write one of flow, where, arp, ndp, never, encrypted, sequence, findings, anyOf, allOf, nat',
    ]);
  });

  it('also in what needs the topology, the fields and the rules', async () => {
    const rest = await problems(`- flow: { src: k8s, dst: pods of c }
- where: ip.sourc == 10.0.0.1
- where: ip.src == router
- arp: { target: 10.0.1.5, owner: nobody }
- findings: { none: [arp-no-replay] }
- where: icmp
  at: elsewhere
- flow: { src: a }
  path: [in eth1, rooter out eth2]
  same: { field: ip.ttl, between: [router, b] }
- where: icmp
  answered: true
- path: [in eth1]
- where: 7`);
    expect(rest.map((line) => line.replace(/;.*/, ''))).toEqual([
      "e.yaml:5:18: 'k8s' is neither an address nor a name of the topology",
      "e.yaml:5:28: 'pods of c' is neither an address nor a name of the topology",
      'e.yaml:6:12: there is no field or protocol "ip.sourc" (column 1)',
      'e.yaml:7:12: router has several addresses (10.0.1.1, 10.0.2.1)',
      "e.yaml:8:37: no node is called 'nobody'",
      "e.yaml:9:24: no rule is called 'arp-no-replay'",
      "e.yaml:11:9: no capture was taken at 'elsewhere'",
      "e.yaml:13:21: no capture was taken at 'rooter'",
      "e.yaml:14:46: no capture was taken at 'b'",
      "e.yaml:16:5: 'answered' says nothing beside where",
      'e.yaml:17:5: nothing is expected here',
      'e.yaml:18:12: expect.9.where: this must be text',
    ]);
    expect(rest[5]).toContain("did you mean 'arp-no-reply'?");
    expect(rest[7]).toContain("did you mean 'router'?");
  });

  it('also an interface that the topology knows under nearly the same name; others may be missing there', async () => {
    expect(
      await problems(`- flow: { src: a }
  path: [in ehh1, router out eth2, router out lxc7]
- arp: { target: 10.0.1.5, on: eht1 }`),
    ).toEqual([
      "e.yaml:6:12: the topology has no interface 'ehh1' there; did you mean 'eth1'?",
      "e.yaml:7:34: the topology has no interface 'eht1' there; did you mean 'eth1'?",
    ]);
  });
});
