import { at, forward, ipv4, sll2, type TestFrame, tcp } from '../../rules/lab.js';
import { answeredPing, cut, lostPing, reply, request } from '../pings.js';

const FLOW = '- flow: { src: 10.0.1.5, dst: 10.0.2.5 }';

const asked = (seq: number, seconds: number): TestFrame[] => [
  at(seconds, request(seq)),
  at(seconds + 0.0001, forward(request(seq), { if: 4 })),
];
const answered = (seq: number, seconds: number): TestFrame[] => [
  ...asked(seq, seconds),
  at(seconds + 0.001, reply(seq)),
  at(seconds + 0.0011, forward(reply(seq), { if: 3 })),
];
/** A ping a second; those from `from` to before `to` get no answer. */
const pings = (from: number, to: number, all = 12): TestFrame[] =>
  Array.from({ length: all }, (_, i) => (i >= from && i < to ? asked(i, i) : answered(i, i))).flat();
const event = at(
  4.5,
  sll2({ if: 3, dir: 'in' }, ipv4({ src: '10.0.1.9', dst: '10.0.1.1' }, tcp({ src: 1, dst: 2, flags: 'R' }))),
);
const withEvent = [...pings(3, 7), event].sort((x, y) => (x.at ?? 0) - (y.at ?? 0));
/** An idle connection is no outage: its last acknowledgment wants no answer. */
const idle = [
  ['S', 10, 0, 0, 0],
  ['SA', 90, 11, 0, 1],
  ['A', 11, 91, 0, 0],
  ['PA', 11, 91, 10, 0],
  ['A', 91, 21, 0, 1],
  ['PA', 21, 91, 10, 0],
  ['A', 91, 31, 0, 1],
].map(([flags, seq, ack, data, way], i) => {
  const [src, dst] = way === 0 ? ['10.0.1.5', '10.0.2.5'] : ['10.0.2.5', '10.0.1.5'];
  const ports = way === 0 ? { src: 5000, dst: 80 } : { src: 80, dst: 5000 };
  const body = tcp({ ...ports, flags: String(flags), seq: Number(seq), ack: Number(ack), data: Number(data) });
  return at(i < 5 ? i / 1000 : 30 + i / 1000, sll2({ if: way === 0 ? 3 : 4, dir: 'in' }, ipv4({ src: src!, dst: dst! }, body)));
});

export const cases = [
  ['outage', `${FLOW}\n  outage: { atMost: 3s }`, pings(99, 99), 'pass'],
  ['outage', `${FLOW}\n  outage: { atMost: 3s }`, pings(3, 7), /^fail: no answer for 4 s/],
  ['outage.atMost', `${FLOW}\n  outage: { atMost: 5s }`, pings(3, 7), 'pass'],
  ['outage.atMost', `${FLOW}\n  outage: { atMost: 4s }`, pings(3, 7), /^fail: no answer for 4 s/],
  ['outage that goes on', `${FLOW}\n  outage: { atMost: 3s }`, pings(3, 12), /^fail: no answer for 8 s, until the capture ends/],
  [
    'outage at the end',
    `${FLOW}\n  outage: { atMost: 3s }`,
    pings(10, 12, 13).slice(0, -4),
    /^inconclusive: no answer for 1 s|^inconclusive: no answer for 1\.0/,
  ],
  ['outage of an idle connection', '- flow: { dst: 10.0.2.5, dstPort: 80 }\n  outage: { atMost: 1s }', idle, 'pass'],
  ['outage without an answer', `${FLOW}\n  outage: { atMost: 30s }`, lostPing, /^fail: no question with an answer/],
  ['outage, with gaps', `${FLOW}\n  outage: { atMost: 3s }`, [...pings(3, 7), cut], /^inconclusive: no answer for 4 s; .*cut/],
  // What was out before the event counts from the event on.
  ['outage.after', `${FLOW}\n  outage: { atMost: 3s, after: "tcp.flags.reset == 1" }`, withEvent, 'pass'],
  ['outage.after', `${FLOW}\n  outage: { atMost: 2s, after: "tcp.flags.reset == 1" }`, withEvent, /^fail: no answer for 2\.5 s/],
  ['outage.after a time', `${FLOW}\n  outage: { atMost: 1s, after: 8s }`, pings(3, 7), 'pass'],
  [
    'outage.after a wall-clock time',
    `${FLOW}\n  outage: { atMost: 2s, after: "2025-08-08T15:36:55Z" }`,
    pings(3, 7),
    /^fail: no answer for 3 s/,
  ],
  [
    'outage.after nothing',
    `${FLOW}\n  outage: { atMost: 1s, after: udp }`,
    pings(3, 7),
    /^fail: nothing to be after: no frame of udp/,
  ],
  [
    'outage.after the end',
    `${FLOW}\n  outage: { atMost: 1s, after: 60s }`,
    pings(3, 7),
    /^fail: no question with an answer after 60s/,
  ],
  [
    'outage beside nat',
    '- nat: { original: { src: a }, translated: { src: 10.0.9.9 } }\n  outage: { atMost: 3s }',
    answeredPing,
    /^fail: not translated/,
  ],
] as const;
