// How far clocks are apart, where more points than a few see the same packets.
import { expect, it } from 'vitest';
import { clockOffsets } from '../../src/main/clocks.js';
import { openLab } from '../../src/main/lab.js';
import { file, pcap } from '../expect/help.js';
import { at, copy, echo, ipv4, sll2, type TestFrame } from '../rules/lab.js';
import { PLAIN } from './options.js';

const POINTS = 20;
const BETWEEN_S = 40e-6;

/** What point `n` of the way sees of ten pings that go along it, and of the replies that come back. */
function seen(n: number, aheadS: number): TestFrame[] {
  return Array.from({ length: 10 }, (_, seq) =>
    [
      { src: '10.0.1.5', dst: '10.0.2.5', hop: n, reply: false },
      { src: '10.0.2.5', dst: '10.0.1.5', hop: POINTS - 1 - n, reply: true },
    ].flatMap(({ src, dst, hop, reply }) => {
      const [id, time] = [100 + seq * 2 + Number(reply), 10 + seq / 10 + (reply ? 0.01 : 0) + hop * BETWEEN_S + aheadS];
      const packet = (ttl: number) => ipv4({ src, dst, id, ttl }, echo({ seq, reply }));
      const into = sll2({ if: 2, dir: 'in' }, packet(64 - hop));
      return [at(time, into), at(time + BETWEEN_S / 2, copy({ ...into, packet: packet(63 - hop) }, { if: 3, dir: 'out' }))];
    }),
  ).flat();
}

it('tells the clocks of twenty points in a row, each compared with those that are near it', async () => {
  const ahead = Array.from({ length: POINTS }, (_, n) => (n === 0 ? 0 : ((n * 7) % 11) - 5));
  const files = ahead.map((seconds, n) => ({ point: null, path: file(`p${n}.pcap`, pcap(seen(n, seconds))) }));
  const lab = await openLab({ ...PLAIN, files });
  const found = clockOffsets(lab.captures, lab.registry);
  for (const { source } of lab.captures) source.close();
  // Between two points the truth is known to the time that a packet takes; over all of them these add up.
  for (const [n, ns] of found.entries()) expect(Math.abs(ns / 1e9 - ahead[n]), `point ${n}`).toBeLessThan(POINTS * BETWEEN_S);
});

it('a text without dates has the day of the captures beside it', async () => {
  const DAY = 86_400;
  const text = '10:00:00.000001 IP 10.0.1.5.1000 > 10.0.2.5.53: UDP, length 3\n';
  const packet = sll2(
    { if: 2, dir: 'in' },
    ipv4({ src: '10.0.1.5', dst: '10.0.2.5', id: 1, ttl: 64 }, echo({ seq: 1, reply: false })),
  );
  const files = [file('undated.txt', Buffer.from(text)), file('dated.pcap', pcap([at(36_002, packet)]))];
  const lab = await openLab({ ...PLAIN, files: files.map((path) => ({ point: null, path })) });
  const found = clockOffsets(lab.captures, lab.registry);
  for (const { source } of lab.captures) source.close();
  expect(found).toEqual([0, 20_309 * DAY * 1e9]);
});
