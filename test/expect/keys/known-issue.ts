import { answeredPing, cut, lostPing } from '../pings.js';

const FLOW = '- flow: { src: 10.0.1.5, dst: 10.0.2.5 }';

export const cases = [
  [
    'knownIssue',
    `${FLOW}\n  answered: true\n  knownIssue: LAB-7`,
    lostPing,
    'skipped: known issue (LAB-7): no answer (10.0.1.5 → 10.0.2.5 icmp)',
  ],
  [
    'knownIssue that is gone',
    `${FLOW}\n  answered: true\n  knownIssue: LAB-7`,
    answeredPing,
    /^fail: it holds .*LAB-7.*remove knownIssue/,
  ],
  ['knownIssue, undecided', `${FLOW}\n  answered: true\n  knownIssue: LAB-7`, [...lostPing, cut], /^inconclusive: no answer/],
] as const;
