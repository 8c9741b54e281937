import { file } from '../help.js';
import { answeredPing, cut, lostPing, request, through } from '../pings.js';

const blocks = file(
  'blocks.yaml',
  'blocks: { reached: { flow: { src: 10.0.1.5 }, answered: true }, again: { use: "#reached", count: 1 } }',
);

export const cases = [
  ['use', `- use: ${blocks}#reached`, answeredPing, 'pass'],
  ['use', `- use: ${blocks}#reached`, lostPing, /^fail: no answer/],
  ['use', `- use: ${blocks}#reached`, through(request()), /^inconclusive: the capture ends before/],
  ['use, where frames are cut', `- use: ${blocks}#again`, [cut], /^inconclusive: no such conversation; .*headers are cut/],
  ['use of a block that uses another one', `- use: ${blocks}#again`, answeredPing, 'pass'],
  ['use, with a key of its own', `- use: ${blocks}#reached\n  answered: false`, answeredPing, /^fail: answered/],
  ['use in a group', `- anyOf: [{ where: tcp }, { use: "${blocks}#reached" }]`, answeredPing, 'pass'],
] as const;
