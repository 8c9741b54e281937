// What other keys ask is undecided as well where what they ask it of may be among the frames whose headers are cut, or is not due yet.
// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of expectation files are written so.
import { answeredPing, cut, request, through } from '../pings.js';

const some = [...answeredPing, cut];
const CUT = /^inconclusive: .*headers are cut/;

export const cases = [
  ['at, where frames are cut', '- where: tcp\n  at: router', some, CUT],
  ['each, where frames are cut', '- flow: { dst: "${b}" }\n  each: { b: [10.0.2.5, 10.0.2.7] }', some, CUT],
  ['some, where frames are cut', '- flow: { dst: "${b}" }\n  some: { b: [10.0.2.8, 10.0.2.7] }', some, CUT],
  ['tunnel, where frames are cut', '- where: vxlan\n  tunnel: { vni: 7 }', some, CUT],
  ['size, where frames are cut', '- where: tcp\n  size: 60', some, CUT],
  ['mtu, where frames are cut', '- where: tcp\n  mtu: 1500', some, CUT],
  ['ttl, where frames are cut', '- where: tcp\n  ttl: 64', some, CUT],
  [
    'different, where frames are cut',
    '- flow: { proto: tcp }\n  different: { field: ip.id, between: [request, reply] }',
    some,
    CUT,
  ],
  ['atLeast, where frames are cut', '- where: icmp\n  atLeast: 9', some, CUT],
  ['before, where frames are cut', '- where: tcp\n  before: 5s', some, CUT],
  ['after, where frames are cut', '- where: tcp\n  after: 1s', some, CUT],
  ['within, where frames are cut', '- where: tcp\n  within: 1s', some, CUT],
  ['except, where frames are cut', '- where: icmp\n  except: ip.src == 10.0.0.0/8', some, CUT],
  ['witness, where frames are cut', '- never: tcp\n  witness: udp', some, CUT],
  ['per, where frames are cut', '- sequence: [tcp, udp]\n  per: capture', some, CUT],
  [
    'denied, which is not due',
    '- flow: { src: 10.0.1.5 }\n  denied: true',
    through(request()),
    /^inconclusive: no answer, but the capture ends before/,
  ],
] as const;
