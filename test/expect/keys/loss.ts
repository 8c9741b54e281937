import { at, forward, type TestFrame } from '../../rules/lab.js';
import { answeredPing, back, later, lostPing, reply, request } from '../pings.js';

const FLOW = '- flow: { src: 10.0.1.5, dst: 10.0.2.5 }';

/** Pings over the router to b, of which the last `lost` never come there. */
const toB = (all: number, lost: number): TestFrame[] =>
  Array.from({ length: all }, (_, i) => {
    const arrives: TestFrame = { ...at(i + 0.0002, forward(request(i), { if: 3 })), dir: 'in', point: 'b' };
    return [at(i, request(i)), at(i + 0.0001, forward(request(i), { if: 4 })), ...(i < all - lost ? [arrives] : [])];
  }).flat();
const watches: TestFrame = { ...at(30, reply(99, '10.0.2.9', 99)), point: 'b' };

export const cases = [
  ['loss.atMost', `${FLOW}\n  loss: { atMost: 0% }`, answeredPing, 'pass'],
  ['loss.atMost', `${FLOW}\n  loss: { atMost: 50% }`, lostPing, /^fail: 1 of 1 lost \(100%\)/],
  [
    'loss without a question',
    '- flow: { either: 10.0.1.5 }\n  loss: 0%',
    back(reply()),
    /^fail: no question was seen, so no loss/,
  ],
  ['loss.between', `${FLOW}\n  loss: { atMost: 0%, between: [router, b] }`, [...toB(10, 0), watches], 'pass'],
  [
    'loss.between',
    `${FLOW}\n  loss: { atMost: 10%, between: [router, b] }`,
    [...toB(10, 2), watches],
    /^fail: 2 of 10 lost between router and b \(20%\)/,
  ],
  [
    'loss.between, within the limit',
    `${FLOW}\n  loss: { atMost: 20%, between: [router in eth1, b in eth1] }`,
    [...toB(10, 2), watches],
    'pass',
  ],
  // The capture at b ends with the last packet that came there.
  ['loss.between, after the end', `${FLOW}\n  loss: { atMost: 0%, between: [router, b] }`, [...toB(10, 2)], 'pass'],
  [
    'loss.between of nothing',
    `${FLOW}\n  loss: { atMost: 0%, between: [router in eth0, b] }`,
    [...toB(3, 0), later],
    /^fail: no packet was seen at/,
  ],
] as const;
