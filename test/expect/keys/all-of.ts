import { answeredPing, cut } from '../pings.js';

export const cases = [
  ['allOf', '- allOf: [{ where: icmp, count: 4 }, { flow: { src: a }, answered: true }]', answeredPing, 'pass'],
  ['allOf', '- allOf: [{ where: icmp }, { where: tcp }, { where: udp }]', answeredPing, /^fail: \(2\) no such frame/],
  [
    'allOf, in a capture with gaps',
    '- allOf: [{ where: icmp }, { where: tcp }]',
    [...answeredPing, cut],
    /^inconclusive: \(2\) 0 frames/,
  ],
] as const;
