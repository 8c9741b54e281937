import { describe, expect, it } from 'vitest';
import { diagnose, ipv4, sll2, type TestFrame, tcp } from './lab.js';

const only = ['tcp-zero-window'];
const CLIENT = '10.1.1.10';
const SERVER = '10.1.2.20';
const send = (at: number, seq: number, data: number): TestFrame =>
  sll2(
    { if: 2, at },
    ipv4({ src: CLIENT, dst: SERVER }, tcp({ src: 40_000, dst: 80, flags: data ? 'PA' : 'S', seq, ack: 5001, data })),
  );
const window = (at: number, size: number, flags = 'A'): TestFrame =>
  sll2(
    { if: 3, at },
    ipv4({ src: SERVER, dst: CLIENT }, tcp({ src: 80, dst: 40_000, flags, seq: 5001, ack: 2001, window: size })),
  );

describe('tcp-zero-window', () => {
  it('measures how long the receiver takes nothing', () => {
    const [finding] = diagnose([send(0, 1001, 1000), window(0.1, 0), send(0.5, 2000, 1), window(0.5, 0), window(6.1, 9000)], {
      only,
    });
    expect(finding).toMatchObject({ verdict: 'fail', title: '10.1.2.20 takes no data for 6.0 s (zero window)', count: 2 });
    expect(finding.message).not.toContain('had not opened');
  });

  it('finds a window that never opens', () => {
    const [finding] = diagnose([send(0, 1001, 1000), window(0.1, 0), send(3, 2000, 1), window(3, 0)], { only });
    expect(finding.message).toContain('had not opened it');
  });

  it('leaves a short stop alone, and the window of a reset', () => {
    expect(diagnose([send(0, 1001, 1000), window(0.1, 0), window(0.6, 9000), send(5, 2001, 10)], { only })).toEqual([]);
    expect(diagnose([send(0, 1001, 1000), window(0.1, 0, 'R'), send(5, 2001, 10)], { only })).toEqual([]);
    expect(
      diagnose([send(0, 1001, 9), window(0.1, 0), window(0.6, 9)], { only, settings: ['tcp-zero-window.for=200ms'] }),
    ).toHaveLength(1);
  });
});
