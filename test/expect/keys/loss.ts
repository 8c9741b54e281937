import { at, forward, ipv4, sll2, type TestFrame, tcp } from '../../rules/lab.js';
import { answeredPing, back, later, lostPing, reply, request, through } from '../pings.js';

const FLOW = '- flow: { src: 10.0.1.5, dst: 10.0.2.5 }';

/** Pings over the router to b, of which the last `lost` never come there. */
const toB = (all: number, lost: number): TestFrame[] =>
  Array.from({ length: all }, (_, i) => {
    const arrives: TestFrame = { ...at(i + 0.0002, forward(request(i), { if: 3 })), dir: 'in', point: 'b' };
    return [at(i, request(i)), at(i + 0.0001, forward(request(i), { if: 4 })), ...(i < all - lost ? [arrives] : [])];
  }).flat();
const watches: TestFrame = { ...at(30, reply(99, '10.0.2.9', 99)), point: 'b' };

const syn = (src: number, seconds: number): TestFrame =>
  sll2({ if: 3, dir: 'in', at: seconds }, ipv4({ src: '10.0.1.5', dst: '10.0.2.5' }, tcp({ src, dst: 80, flags: 'S', seq: 10 })));
/** A connection that is opened, and one that nobody answers. */
const oneOpens: TestFrame[] = [
  syn(5000, 0),
  sll2(
    { if: 3, dir: 'out', at: 0.001 },
    ipv4({ src: '10.0.2.5', dst: '10.0.1.5' }, tcp({ src: 80, dst: 5000, flags: 'SA', seq: 90, ack: 11 })),
  ),
  sll2(
    { if: 3, dir: 'in', at: 0.002 },
    ipv4({ src: '10.0.1.5', dst: '10.0.2.5' }, tcp({ src: 5000, dst: 80, flags: 'A', seq: 11, ack: 91 })),
  ),
];
const otherDoesNot = [0.1, 1.1, 3.1].map((seconds) => syn(5001, seconds));

export const cases = [
  [
    'loss of answers',
    `${FLOW}\n  loss: 1%`,
    [...through(request(1)), reply(1), ...through(request(2)), reply(2), later],
    /^fail: 2 of 2 lost/,
  ],
  ['loss of SYNs', `${FLOW}\n  loss: 0%`, [...oneOpens, later], 'pass'],
  ['loss of SYNs', `${FLOW}\n  loss: 1%`, [...oneOpens, ...otherDoesNot, later], /^fail: 3 of 6 lost \(50%\)/],
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
