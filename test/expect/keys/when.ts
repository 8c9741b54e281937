import { at } from '../../rules/lab.js';
import { answeredPing, later, reply, request } from '../pings.js';
import { esp } from './encrypted.js';

const FLOW = '- flow: { src: 10.0.1.5, dst: 10.0.2.5 }';
/** The first ping at once, another one after ten seconds; the run begins 2025-08-08T15:36:51Z. */
const twice = [...answeredPing, at(10, request(2, '10.0.2.5', 8)), at(10.001, reply(2, '10.0.2.5', 8)), later];

export const cases = [
  ['when', `${FLOW}\n  when: { from: 5s, to: 15s }\n  count: 1\n  answered: true`, twice, 'pass'],
  ['when', `${FLOW}\n  when: { from: 12s, to: 15s }`, twice, /^fail: no such conversation/],
  [
    'when, by the clock on the wall',
    '- where: icmp\n  when: { from: "2025-08-08T15:37:00Z", to: "2025-08-08T17:37:05+02:00" }\n  count: 2',
    twice,
    'pass',
  ],
  ['when.from', '- where: icmp\n  when: { from: 5s }\n  atLeast: 2', twice, 'pass'],
  ['when.from', '- never: icmp\n  when: { from: 5s }', twice, /^fail: 2 frames/],
  ['when.to', '- where: icmp\n  when: { to: 5s }\n  count: 4', twice, 'pass'],
  ['when.to', '- where: "icmp.seq == 2"\n  when: { to: 5s }', twice, /^fail: no such frame/],
  [
    'when, and the witness is outside',
    '- never: tcp\n  witness: icmp\n  when: { from: 12s, to: 15s }',
    twice,
    /^fail: no frame of icmp either/,
  ],
  [
    'when the capture does not go so far',
    '- never: tcp\n  when: { from: 5s, to: 60s }',
    twice,
    /^inconclusive: none among .*ends before 60s/,
  ],
  [
    'when the capture does not go so far',
    '- where: tcp\n  when: { from: 25s, to: 60s }',
    twice,
    /^inconclusive: no such frame; .*ends before 60s/,
  ],
  ['when of a sequence', '- sequence: ["icmp.type == 8", "icmp.type == 0"]\n  when: { from: 5s }\n  count: 1', twice, 'pass'],
  [
    'when beside nat',
    '- nat: { original: { src: a }, translated: { src: 10.0.9.9 } }\n  when: { to: 5s }',
    twice,
    /^fail: not translated/,
  ],
  ['when beside encrypted', '- encrypted: { hosts: 10.0.9.9, on: eth2 }\n  when: { from: 5s }', [...twice, at(21, esp)], 'pass'],
] as const;
