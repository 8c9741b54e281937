import { describe, expect, it } from 'vitest';
import { diagnose, edit, forward, ipv4, sll2, type TestFrame, tcp } from './lab.js';

const only = ['tcp-reset'];
const CLIENT = '10.1.1.10';
const SERVER = '10.1.2.20';
const client = (flags: string, seq: number, data = 0): TestFrame =>
  sll2({ if: 2 }, ipv4({ src: CLIENT, dst: SERVER }, tcp({ src: 40_000, dst: 80, flags, seq, ack: 5001, data })));
const server = (flags: string, seq: number, ttl = 62): TestFrame =>
  sll2({ if: 3 }, ipv4({ src: SERVER, dst: CLIENT, ttl }, tcp({ src: 80, dst: 40_000, flags, seq, ack: 1001 })));
const open = [client('S', 1000), server('SA', 5000), client('A', 1001), client('PA', 1001, 50), server('A', 5001)];

describe('tcp-reset', () => {
  it('finds a reset in the middle', () => {
    const [finding] = diagnose([...open, server('R', 5001)], { only });
    expect(finding).toMatchObject({
      verdict: 'fail',
      severity: 'warning',
      title: '10.1.2.20 port 80 resets an open connection',
      count: 1,
    });
  });

  it('makes a remark of servers that close by a reset when all is said', () => {
    const says = (at: number, flags: string, seq: number, ack: number, data = 0): TestFrame =>
      sll2({ if: 3, at }, ipv4({ src: SERVER, dst: CLIENT, ttl: 62 }, tcp({ src: 80, dst: 40_000, flags, seq, ack, data })));
    const takes = (at: number): TestFrame =>
      sll2({ if: 2, at }, ipv4({ src: CLIENT, dst: SERVER }, tcp({ src: 40_000, dst: 80, flags: 'A', seq: 1051, ack: 5101 })));
    const answered = [...open, says(0.1, 'PA', 5001, 1051, 100)];
    const [finding] = diagnose([...answered, takes(0.11), says(0.2, 'R', 5101, 1051)], { only });
    expect(finding).toMatchObject({ severity: 'info' });
    expect(finding.cause).toContain('acknowledged to its end');
    // What was not acknowledged is lost, and what is reset after a rest was still wanted.
    expect(diagnose([...answered, says(0.2, 'R', 5101, 1051)], { only })[0].severity).toBe('warning');
    expect(diagnose([...answered, takes(0.11), says(30, 'R', 5101, 1051)], { only })[0].severity).toBe('warning');
  });

  it('tells a box on the way from the server by its time to live', () => {
    expect(diagnose([...open, server('R', 5001, 63)], { only })[0].cause).toContain(
      'time to live of 63, the packets before it had 62',
    );
    const far = diagnose([...open, server('R', 5001, 255)], { only })[0];
    expect(far.title).toBe('A box on the way resets an open connection to 10.1.2.20 port 80');
    expect(far.hint).toContain('did not send it');
    // Some hosts start resets at 255.
    expect(diagnose([...open, server('R', 5001, 253)], { only })[0].cause).not.toContain('time to live');
  });

  it('sees that a reset is not of the client in whose name it comes', () => {
    const reset = (ttl: number) => edit(client('R', 1051), (p) => ({ ...p, values: { ...p.values, ttl } }));
    const [finding] = diagnose([...open, reset(254)], { only });
    expect(finding.title).toBe('A box on the way resets an open connection to 10.1.2.20 port 80');
    expect(finding.message).toContain("a reset from the client's address");
    expect(diagnose([...open, reset(255)], { only })).toEqual([]);
  });

  it('names the node that made the reset itself', () => {
    const passing = open.flatMap((frame) => [{ ...frame, dir: 'in' as const }, forward(frame, { if: frame.if === 2 ? 3 : 2 })]);
    const reset = { ...server('R', 5001, 64), if: 2, dir: 'out' as const };
    const [finding] = diagnose([...passing, reset], { only });
    expect(finding.title).toBe('router itself resets an open connection to 10.1.2.20 port 80');
    expect(finding.cause).toContain('never came in');
    expect(finding.cause).toContain('Its TTL is 64, theirs is 62.');
    expect(finding.hint).toContain('rules of router');
    // One that came in was made beyond the node.
    const own = { ...server('R', 5001), dir: 'in' as const };
    expect(diagnose([...passing, own, forward(own, { if: 2 })], { only })[0].title).toContain('10.1.2.20 port 80 resets');
  });

  it('folds under a receive window that was shut for long', () => {
    const shut = sll2(
      { if: 3, at: 1 },
      ipv4({ src: SERVER, dst: CLIENT, ttl: 62 }, tcp({ src: 80, dst: 40_000, seq: 5001, ack: 1051, window: 0 })),
    );
    const late = { ...server('R', 5001), at: 7 };
    const findings = diagnose([...open, shut, late]);
    expect(findings.map((f) => [f.rule, f.foldedUnder === null])).toEqual([
      ['tcp-zero-window', true],
      ['tcp-reset', false],
    ]);
  });

  it('leaves alone what sweeps up behind a close, and a client that gives up', () => {
    expect(diagnose([...open, client('FA', 1051), server('R', 5001)], { only })).toEqual([]);
    expect(diagnose([...open, server('FA', 5001), server('R', 5002)], { only })).toEqual([]);
    expect(diagnose([...open, client('R', 1051)], { only })).toEqual([]);
    expect(diagnose([client('S', 1000), server('RA', 0)], { only })).toEqual([]);
  });
});
