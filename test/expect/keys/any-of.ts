import { answeredPing, cut, lostPing } from '../pings.js';

export const cases = [
  ['anyOf', '- anyOf: [{ where: tcp }, { where: icmp }]', answeredPing, 'pass'],
  [
    'anyOf',
    '- anyOf: [{ where: tcp }, { flow: { src: b } }]',
    answeredPing,
    /^fail: \(1\) no such frame; \(2\) no such conversation/,
  ],
  [
    'anyOf of groups',
    '- anyOf: [{ where: tcp }, { allOf: [{ where: icmp, count: 4 }, { flow: { src: a }, answered: true }] }]',
    answeredPing,
    'pass',
  ],
  [
    'anyOf, in a capture with gaps',
    '- anyOf: [{ where: tcp }, { where: udp }]',
    [...answeredPing, cut],
    /^inconclusive: \(1\) 0 frames/,
  ],
  ['anyOf at other points', '- anyOf: [{ where: tcp, at: router }, { where: icmp, at: router }]', lostPing, 'pass'],
] as const;
