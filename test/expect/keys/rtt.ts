import { at } from '../../rules/lab.js';
import { reply, request } from '../pings.js';

const FLOW = '- flow: { src: 10.0.1.5, dst: 10.0.2.5 }';

/** Answers after 1, 2, ... 100 ms. */
const trips = Array.from({ length: 100 }, (_, i) => [at(i, request(i)), at(i + (i + 1) / 1000, reply(i))]).flat();

export const cases = ['p50', 'p90', 'p95', 'p99'].flatMap((name) => {
  const ms = Number(name.slice(1));
  return [
    [`rtt.${name}`, `${FLOW}\n  rtt: { ${name}: ${ms}ms }`, trips, 'pass'] as const,
    [
      `rtt.${name}`,
      `${FLOW}\n  rtt: { ${name}: ${ms - 1}ms }`,
      trips,
      new RegExp(`^fail: ${name} is ${ms} ms \\(100 answers\\)`),
    ] as const,
  ];
});
