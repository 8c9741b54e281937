import { describe, expect, it } from 'vitest';
import { diagnose, edit, type TestFrame, tcp } from './lab.js';
import { talk } from './program-examples.js';
import { again, asked } from './service-examples.js';

const only = ['tcp-silent-server'];
const BAD = '10.1.2.20';
const GOOD = '10.1.2.21';
const silent = (wait?: number, data?: number) => [0, 10, 25].flatMap((at) => asked(at, BAD, { wait, data }));

describe('tcp-silent-server', () => {
  it('names the server that takes requests and answers none, and how others do', () => {
    const [finding] = diagnose([...silent(1.5), ...asked(30, GOOD, { answer: true })], { only });
    expect(finding).toMatchObject({
      severity: 'warning',
      title: '10.1.2.20 port 8080 takes requests and never answers',
      count: 3,
      subject: { dst: BAD, dstPort: 8080 },
    });
    expect(finding.message).toContain('1.5 s later. 1 request to port 8080 of another server was answered.');
  });

  it('is undecided without another server, where clients give up after the same time each', () => {
    const [finding] = diagnose(silent(3), { only });
    expect(finding.verdict).toBe('inconclusive');
    expect(finding.message).toContain('no answer came until the client gave up, 3.0 s later.');
  });

  it('leaves those alone who only send, close at once, or came once', () => {
    expect(
      diagnose(
        [2, 3, 9].flatMap((wait, i) => asked(i * 20, BAD, { wait })),
        { only },
      ),
    ).toEqual([]);
    expect(diagnose([...silent(0.2), ...asked(30, GOOD, { answer: true })], { only })).toEqual([]);
    expect(diagnose([...asked(0, BAD), ...asked(30, GOOD, { answer: true })], { only })).toEqual([]);
  });

  it('tells of a server that closes without an answer', () => {
    const closed = (at: number) => talk({ at, closes: 'server' });
    const [finding] = diagnose([...closed(0), ...closed(1)], { only });
    expect(finding).toMatchObject({
      severity: 'warning',
      title: '10.1.2.80 port 80 closes 2 connections without an answer',
      count: 2,
    });
    expect(diagnose(closed(0), { only })).toMatchObject([{ severity: 'info', count: 1 }]);
    expect(diagnose([...closed(0), ...closed(1), ...talk({ at: 2, says: 'yes' })], { only })).toMatchObject([
      { severity: 'info' },
    ]);
    // The client closes first, or the server after it had been idle for long.
    expect(
      diagnose(
        [0, 1].flatMap((at) => talk({ at })),
        { only },
      ),
    ).toEqual([]);
    const idle = [...closed(0), ...closed(1)].map((frame, n) => (n % 8 < 5 ? frame : { ...frame, at: Number(frame.at) + 60 }));
    expect(diagnose(idle, { only })).toEqual([]);
  });

  it('remarks that answers come late, where nothing had to be sent again', () => {
    const slow = (at: number, s: number, repeats: boolean): TestFrame[] =>
      asked(at, BAD, { answer: true }).flatMap((frame, n) => {
        const kept = n < 5 ? frame : { ...frame, at: Number(frame.at) + s };
        return repeats && n === 3 ? [frame, again(frame, 0.4)] : [kept];
      });
    const remarks = (s: number, again = false) =>
      diagnose(
        [0, 20].flatMap((at) => slow(at, s, again)),
        { only },
      );
    expect(remarks(3.5)).toMatchObject([
      { severity: 'info', title: '10.1.2.20 port 8080 answers only after 3.5 s', count: 2, subject: { dst: BAD, dstPort: 8080 } },
    ]);
    expect(remarks(2)).toEqual([]);
    // What was lost on its way made it late.
    expect(remarks(3.5, true)).toEqual([]);
    // A server that speaks of its own accord was not asked.
    const [, , , , , said] = asked(0, BAD, { answer: true });
    const told = {
      ...edit(said!, (p) => ({ ...p, body: tcp({ src: 8080, dst: 40_000, flags: 'PA', seq: 5201, ack: 1081, data: 50 }) })),
      at: 30,
    };
    expect(diagnose([...asked(0, BAD, { answer: true }).slice(0, 6), told], { only })).toEqual([]);
  });

  it('leaves a server alone that answers another request', () => {
    expect(diagnose([...silent(3), ...asked(40, BAD, { answer: true })], { only })).toEqual([]);
  });

  it('leaves requests alone that did not arrive', () => {
    const unheard = silent(3).filter((_, i) => ![4, 6].includes(i % 8));
    expect(diagnose(unheard, { only })).toEqual([]);
  });
});
