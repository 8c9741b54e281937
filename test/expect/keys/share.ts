import { answeredPing, back, cut, reply, request, through } from '../pings.js';

const ping = (id: number, dst: string) => [...through(request(id, dst, id)), ...back(reply(id, dst, id))];
/** Four pings of one host and two of the other. */
const uneven = [1, 2, 3, 4, 5, 6].flatMap((id) => ping(id, id < 5 ? '10.0.2.5' : '10.0.2.6'));
const EACH = 'each: { backend: default/svc }';

export const cases = [
  ['share', `- flow: { dst: "\${backend}" }\n  ${EACH}\n  share: 20-80%`, uneven, 'pass'],
  [
    'share',
    `- flow: { dst: "\${backend}" }\n  ${EACH}\n  share: 40-60%`,
    uneven,
    /^fail: 10\.0\.2\.5 has 66\.7%, 10\.0\.2\.6 has 33\.3% of 6/,
  ],
  [
    'share, of which a part may be missing',
    `- flow: { dst: "\${backend}" }\n  ${EACH}\n  share: 20-80%`,
    [...answeredPing, cut],
    /^inconclusive: 10\.0\.2\.6: no such conversation; .*headers are cut/,
  ],
  [
    'share of nothing',
    `- flow: { dst: "\${backend}" }\n  ${EACH}\n  share: 0-100%`,
    answeredPing,
    /^fail: 10\.0\.2\.6: no such conversation/,
  ],
  ['share.atLeast', `- where: "ip.dst == \${backend}"\n  ${EACH}\n  share: { atLeast: 30% }`, uneven, 'pass'],
  ['share.atLeast', `- where: "ip.dst == \${backend}"\n  ${EACH}\n  share: { atLeast: 40% }`, uneven, /^fail: .*33\.3% of 12/],
  ['share.atMost', `- flow: { dst: "\${backend}" }\n  ${EACH}\n  share: { atMost: 70% }`, uneven, 'pass'],
  ['share.atMost', `- flow: { dst: "\${backend}" }\n  ${EACH}\n  share: { atMost: 0.5 }`, uneven, /^fail: .*66\.7%/],
  [
    'share beside nat',
    `- nat: { original: { dst: "\${backend}" }, translated: { src: 10.0.9.9 } }\n  ${EACH}\n  share: 20-80%`,
    uneven,
    /^fail: .*not translated/,
  ],
] as const;
