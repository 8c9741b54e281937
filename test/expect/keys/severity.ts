import { answeredPing, lostPing, request, through } from '../pings.js';

const FLOW = '- flow: { src: 10.0.1.5, dst: 10.0.2.5 }';

export const cases = [
  ['severity', `${FLOW}\n  answered: true\n  severity: warning`, answeredPing, 'pass'],
  ['severity', `${FLOW}\n  answered: true\n  severity: info`, lostPing, /^fail: no answer/],
  ['severity', `${FLOW}\n  answered: true\n  severity: info`, through(request()), /^inconclusive: the capture ends before/],
] as const;
