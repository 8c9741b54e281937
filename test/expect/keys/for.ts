// biome-ignore-all lint/suspicious/noTemplateCurlyInString: variables of expectation files are written so.
import { answeredPing, back, cut, reply, request, through } from '../pings.js';

const two = [...answeredPing, ...through(request(1, '10.0.2.6', 8)), ...back(reply(1, '10.0.2.6', 8))];

export const cases = [
  ['for', '- flow: { src: "${src}", dst: "${dst}" }\n  for: { src: a, dst: [b, 10.0.2.6] }', two, 'pass'],
  ['for', '- flow: { src: "${src}", dst: "${dst}" }\n  for: { src: a, dst: [10.0.2.7, b] }', two, /^fail: no such conversation/],
  [
    'for, where frames are cut',
    '- flow: { src: "${src}", dst: "${dst}" }\n  for: { src: a, dst: [10.0.2.7, b] }',
    [...two, cut],
    /^inconclusive: no such conversation; .*headers are cut/,
  ],
  // Nothing is paired with itself.
  ['for a against itself', '- flow: { either: "${x}" }\n  for: { x: [10.0.2.6], y: [10.0.2.6, a] }', two, 'pass'],
  ['for ports', '- flow: { dstPort: "${port}" }\n  for: { port: [80] }', answeredPing, /^fail: no such conversation/],
  ['for each backend', '- flow: { dst: "${backend}" }\n  for: { backend: default/svc }', two, 'pass'],
] as const;
