// Cases of `answered`: what follows the handshake, and pings of which only some are answered.
import { at, ipv4, sll2, type TestFrame, tcp } from '../../rules/lab.js';
import { back, later, reply, request, through } from '../pings.js';

type Says = Parameters<typeof tcp>[0];

let ids = 1000;
const asks = (s: number, says: Omit<Says, 'src' | 'dst'>): TestFrame[] =>
  through(sll2({ if: 3, at: s }, ipv4({ src: '10.0.1.5', dst: '10.0.2.5', id: ids++ }, tcp({ src: 5000, dst: 80, ...says }))));
const says = (s: number, what: Omit<Says, 'src' | 'dst'>): TestFrame[] =>
  back(sll2({ if: 4, at: s }, ipv4({ src: '10.0.2.5', dst: '10.0.1.5', id: ids++ }, tcp({ src: 80, dst: 5000, ...what }))));

const opened = [
  ...asks(0, { flags: 'S', seq: 10 }),
  ...says(0.001, { flags: 'SA', seq: 90, ack: 11 }),
  ...asks(0.002, { flags: 'PA', seq: 11, ack: 91, data: 50 }),
];
const taken = [...opened, ...says(0.003, { seq: 91, ack: 61 })];
const served = (s: number) => [
  ...taken,
  ...says(s, { flags: 'PA', seq: 91, ack: 61, data: 900 }),
  ...asks(s + 0.001, { seq: 61, ack: 991 }),
];
/** The answer is sent again and again, and never acknowledged. */
const stuck = [...taken, ...[0.01, 0.3, 0.9, 2.1, 4.5].flatMap((s) => says(s, { flags: 'PA', seq: 91, ack: 61, data: 1400 }))];
const cutOff = [...opened, ...says(0.01, { flags: 'RA', seq: 91, ack: 61 })];

/** Twenty pings, of which these get no answer. */
const pings = (isLost: (seq: number) => boolean): TestFrame[] => [
  ...Array.from({ length: 20 }, (_, seq) => [
    ...through(at(seq / 2, request(seq))),
    ...(isLost(seq) ? [] : back(at(seq / 2 + 0.01, reply(seq)))),
  ]).flat(),
  later,
];

const FLOW = '- flow: { src: 10.0.1.5, dst: 10.0.2.5 }\n  answered: true';

export const cases = [
  ['answered, by the program in time', `${FLOW}\n  within: 1s`, [...served(0.2), later], 'pass'],
  ['answered, by the program too late', `${FLOW}\n  within: 1s`, [...served(3.5), later], /^fail: answered after 3\.5/],
  ['answered, whenever', FLOW, [...served(3.5), later], 'pass'],
  ['answered, and the answer does not get through', FLOW, [...stuck, later], /^fail: data of 10\.0\.2\.5 was sent 5 times/],
  ['answered, and reset before it is taken', FLOW, [...cutOff, later], /^fail: it was reset before what 10\.0\.1\.5 sent/],
  ['answered, one or two pings lost', FLOW, pings((seq) => seq === 3 || seq === 12), 'pass'],
  ['answered, many pings lost', FLOW, pings((seq) => seq % 4 === 1), /^fail: 5 of 20 pings got no answer/],
  ['answered, all pings of a time lost', FLOW, pings((seq) => seq > 5 && seq < 10), /^fail: 4 of 20 pings got no answer/],
] as const;
