import { forward, snat } from '../../rules/lab.js';
import { answeredPing, back, cut, lostPing, reply, request, through } from '../pings.js';

const FLOW = '- flow: { src: 10.0.1.5, dst: 10.0.2.5 }';

const elsewhere = [reply(), forward(reply(), { if: 2 })];
const natPing = [request(), snat(forward(request(), { if: 4 }), '10.0.2.1')];

export const cases = [
  ['symmetric', `${FLOW}\n  symmetric: true`, answeredPing, 'pass'],
  ['symmetric', `${FLOW}\n  symmetric: true`, [...through(request()), ...elsewhere], /^fail: back by in eth2 → out eth0/],
  // A way that some of the requests took.
  [
    'symmetric over two legs',
    `${FLOW}\n  symmetric: true`,
    [...answeredPing, ...through(request(2), 2), ...back(reply(2))],
    'pass',
  ],
  ['symmetric without an answer', `${FLOW}\n  symmetric: true`, lostPing, /^fail: no packet back/],
  ['symmetric, with gaps', `${FLOW}\n  symmetric: true`, [...lostPing, cut], /^inconclusive: no packet back; .*cut/],
  [
    'symmetric beside nat',
    '- nat: { original: { src: a }, translated: { src: 10.0.2.1 } }\n  symmetric: true',
    natPing,
    /^fail: no packet back/,
  ],
] as const;
