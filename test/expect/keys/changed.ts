import { copy } from '../../rules/lab.js';
import { answeredPing, cut, request } from '../pings.js';

const FLOW = '- flow: { src: 10.0.1.5, dst: 10.0.2.5 }';

/** Bridged: nothing changes. */
const bridged = [request(), copy(request(), { if: 4, dir: 'out' })];

export const cases = [
  ['changed', `${FLOW}\n  changed: ttl`, answeredPing, 'pass'],
  ['changed', `${FLOW}\n  changed: [ttl]`, bridged, /^fail: ttl stays 64 on the way/],
  ['changed mac', '- where: icmp\n  changed: mac', bridged, /^fail: mac stays 0a:00:00:00:00:0a on the way/],
  ['changed, seen once', `${FLOW}\n  changed: ttl`, [request()], /^fail: no packet with ttl was seen at two places/],
  ['changed, with gaps', `${FLOW}\n  changed: ttl`, [...bridged, cut], /^inconclusive: ttl stays 64 on the way; .*cut/],
  [
    'changed beside nat',
    '- nat: { original: { src: a }, translated: { src: 10.0.9.9 } }\n  changed: ttl',
    answeredPing,
    /^fail: not translated/,
  ],
] as const;
