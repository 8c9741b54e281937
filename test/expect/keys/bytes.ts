import { answeredPing, cut, request, through } from '../pings.js';

const FLOW = '- flow: { src: 10.0.1.5, dst: 10.0.2.5 }';
const NAT = '- nat: { original: { dst: 10.0.2.6 }, translated: { src: 10.0.2.1 } }';

/** Each of the four frames has 104 bytes; a flow has two packets. */
export const cases = [
  ['bytes', `${FLOW}\n  bytes: { atLeast: 208, atMost: 208 }`, answeredPing, 'pass'],
  ['bytes', '- where: icmp\n  bytes: { atLeast: 416, atMost: 416 }', answeredPing, 'pass'],
  ['bytes.atLeast', `${FLOW}\n  bytes: { atLeast: 208 }`, answeredPing, 'pass'],
  ['bytes.atLeast', `${FLOW}\n  bytes: { atLeast: 209 }`, answeredPing, /^fail: 208 B/],
  ['bytes.atMost', `${FLOW}\n  bytes: { atMost: 1kB }`, answeredPing, 'pass'],
  ['bytes.atMost', '- where: icmp\n  bytes: { atMost: 415 }', answeredPing, /^fail: 416 B/],
  ['bytes of nothing', '- where: tcp\n  bytes: { atMost: 1kB }', answeredPing, /^fail: no such frame/],
  ['bytes, with gaps', '- where: icmp\n  bytes: { atLeast: 1kB }', [...answeredPing, cut], /^inconclusive: \d+ B; .*cut/],
  ['bytes, with gaps', '- where: icmp\n  bytes: { atMost: 1kB }', [...answeredPing, cut], /^inconclusive: \d+ B, but .*cut/],
  [
    'bytes beside nat',
    `${NAT}\n  bytes: { atLeast: 1 }`,
    through(request(1, '10.0.2.6')),
    /^fail: no such conversation|^fail: not translated/,
  ],
] as const;
