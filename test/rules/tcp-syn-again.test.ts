import { describe, expect, it } from 'vitest';
import { diagnose } from './lab.js';
import { asked, late } from './service-examples.js';

const only = ['tcp-syn-again'];
const SERVER = '10.1.2.20';
const good = (n: number) => Array.from({ length: n }, (_, i) => asked(100 + i * 2, SERVER, { answer: true })).flat();

describe('tcp-syn-again', () => {
  it('counts the connections that begin late, with the data that is not lost', () => {
    const [finding] = diagnose([...[0, 5, 10].flatMap((at) => late(at)), ...good(3)], { only });
    expect(finding).toMatchObject({
      severity: 'warning',
      title: '3 of 6 connections to 10.1.2.20 port 8080 begin only when the SYN is sent again',
      count: 3,
    });
    expect(finding.message).toContain('Of 6 segments of data none had to be sent again.');
    expect(finding.evidence.some((e) => e.note?.includes('sent again'))).toBe(true);
  });

  it('leaves few of many alone, and copies of a SYN', () => {
    expect(diagnose([...[0, 5].flatMap((at) => late(at)), ...good(3)], { only })).toEqual([]);
    expect(diagnose([...[0, 5, 10].flatMap((at) => late(at)), ...good(40)], { only })).toEqual([]);
    expect(diagnose([...[0, 5, 10].flatMap((at) => late(at, 0.01)), ...good(3)], { only })).toEqual([]);
  });

  it('leaves a line alone that loses data as well', () => {
    const lossy = [0, 5, 10].flatMap((at) => {
      const [first, ...rest] = late(at);
      // The request once more, as another packet.
      const again = asked(at + 1, SERVER, { answer: true, port: 40_000 + at * 10 })[3];
      return [
        first,
        ...rest.slice(0, 4),
        { ...again, at: at + 1.3 },
        ...rest.slice(4).map((frame) => ({ ...frame, at: (frame.at ?? 0) + 0.4 })),
      ];
    });
    expect(diagnose([...lossy, ...good(3)], { only })).toEqual([]);
  });
});
