import { answeredPing, lostPing } from '../pings.js';

const FLOW = '- flow: { src: 10.0.1.5, dst: 10.0.2.5 }';

export const cases = [
  ['severity', `${FLOW}\n  answered: true\n  severity: warning`, answeredPing, 'pass'],
  ['severity', `${FLOW}\n  answered: true\n  severity: info`, lostPing, /^fail: no answer/],
] as const;
