// What is known of a server that answers with nothing: that the question reached it, or that its program takes no more.
import { describe, expect, it } from 'vitest';
import { at, diagnose, echo, ipv4, sll2, type TestFrame, tcp } from './lab.js';

const only = ['tcp-no-answer', 'icmp-echo-no-reply'];
const CLIENT = '10.1.1.10';
/** Of the same network: what comes back to it is seen here. */
const OTHER = '10.1.1.77';
const SERVER = '10.1.2.20';
const syn = (s: number, port = 40_000, src = CLIENT, dst = 80): TestFrame =>
  sll2({ if: 3, at: s }, ipv4({ src, dst: SERVER, ttl: 62 }, tcp({ src: port, dst, flags: 'S', seq: 1000 })));
const ping = (s: number, src = CLIENT): TestFrame =>
  sll2({ if: 3, at: s }, ipv4({ src, dst: SERVER, ttl: 62 }, echo({ seq: 1 + s })));
/** The server answers another client, so the capture shows that the address is its own. */
const works = (s: number, src = OTHER, port = 50_000, dst = 22): TestFrame[] => [
  sll2({ if: 2, at: s }, ipv4({ src, dst: SERVER }, tcp({ src: port, dst, flags: 'S', seq: 1 }))),
  sll2(
    { if: 2, at: s + 0.01, dir: 'out' },
    ipv4({ src: SERVER, dst: src }, tcp({ src: dst, dst: port, flags: 'SA', seq: 9, ack: 2 })),
  ),
  sll2({ if: 2, at: s + 0.02 }, ipv4({ src, dst: SERVER }, tcp({ src: port, dst, seq: 2, ack: 10 }))),
];
const later = (s: number): TestFrame => at(s, sll2({}, ipv4({ src: '10.5.5.5', dst: '10.5.5.6' }, echo({ reply: true }))));
const order = (frames: TestFrame[]): TestFrame[] => frames.sort((a, b) => (a.at ?? 0) - (b.at ?? 0));

describe('a server that says nothing', () => {
  it('is reached, where it captured itself, and one finding with the pings that it leaves alone', () => {
    const [finding, ...rest] = diagnose(order([...works(0), syn(1), syn(2), syn(4), ping(5), ping(6), ping(7), later(20)]), {
      only,
    });
    expect(finding.title).toBe(`No answer from ${SERVER} port 80`);
    expect(finding.cause).toContain(`They reach router, which has ${SERVER} itself`);
    expect(finding.cause).toContain('It answers others by if2, and these come in on if3');
    expect(finding.hint).toContain(`ip route get ${CLIENT} from ${SERVER}`);
    expect(rest.map(({ rule, foldedUnder }) => [rule, foldedUnder])).toEqual([['icmp-echo-no-reply', finding.id]]);
  });

  it('has a filter or a full queue where it answers the same client otherwise, and its pings are another matter', () => {
    const [finding] = diagnose(order([...works(0, CLIENT), syn(1), syn(2), syn(4), later(20)]), { only });
    expect(finding.cause).toContain(`answers ${CLIENT} otherwise`);
    expect(finding.cause).toContain('A filter on router drops them');
  });

  it('is not judged so where a capture of one interface shows it', () => {
    const [finding] = diagnose(order([...works(0), syn(1), syn(2), syn(4), later(20)]), {
      only,
      points: { router: { everyInterface: false } },
    });
    expect(finding.cause).not.toContain('They reach');
  });
});

describe('a queue of connections that nobody accepts', () => {
  const asks = (s: number, port: number, answer = 0): TestFrame[] => [
    syn(s, port),
    sll2(
      { if: 3, at: s + 0.01, dir: 'out' },
      ipv4({ src: SERVER, dst: CLIENT }, tcp({ src: 80, dst: port, flags: 'SA', seq: 9, ack: 1001 })),
    ),
    sll2(
      { if: 3, at: s + 0.02 },
      ipv4({ src: CLIENT, dst: SERVER, ttl: 62 }, tcp({ src: port, dst: 80, flags: 'PA', seq: 1001, ack: 10, data: 50 })),
    ),
    sll2(
      { if: 3, at: s + 0.03, dir: 'out' },
      ipv4({ src: SERVER, dst: CLIENT }, tcp({ src: 80, dst: port, seq: 10, ack: 1051, data: answer })),
    ),
  ];
  const tries = [3, 4, 6, 10].map((s) => syn(s, 40_009));

  it('is full when accepted requests get no answer, and SYNs after them none at all', () => {
    const [finding] = diagnose(order([...asks(0, 40_001), ...asks(1, 40_002), ...tries, later(30)]), { only });
    expect(finding.cause).toContain('it accepted 2 connections to this port');
    expect(finding.hint).toContain('ss -ltn');
  });

  it('is not blamed where the program answers', () => {
    const [finding] = diagnose(order([...asks(0, 40_001, 9), ...asks(1, 40_002), ...tries, later(30)]), { only });
    expect(finding.cause ?? '').not.toContain('queue of them is full');
  });
});
