import { expect, it } from 'vitest';
import { analyze } from '../../src/main/analyze.js';
import { file, pcap } from '../expect/help.js';
import { PLAIN } from '../main/options.js';
import { at, diagnose, ipv4, sll2, type TestFrame, tcp } from './lab.js';
import { pingsWithCopies } from './link-examples.js';

const only = ['packet-doubled'];

it('finds replies that come twice, where the questions come once', () => {
  expect(diagnose(pingsWithCopies(2), { only })).toMatchObject([
    {
      verdict: 'fail',
      severity: 'warning',
      count: 4,
      title: expect.stringMatching(/^Packets from 10\.1\.2\.20 are seen twice at /),
    },
  ]);
});

it('takes a capture that has everything twice for what it is', () => {
  expect(diagnose(pingsWithCopies(2, 2), { only }).map(({ severity }) => severity)).toEqual(['info', 'info']);
});

it('leaves alone what comes once', () => {
  expect(diagnose(pingsWithCopies(1), { only })).toEqual([]);
});

it('leaves alone SYN-ACKs, which one SYN and the timer of the one before may call for at once', () => {
  const [client, server] = ['10.1.1.9', '10.1.2.20'];
  const frames = [40_000, 40_001].flatMap((port) =>
    [0, 1, 3].flatMap((s, n) => [
      at(
        s,
        sll2(
          { if: 2, dir: 'in' },
          ipv4({ src: client, dst: server, id: port + n }, tcp({ src: port, dst: 80, flags: 'S', seq: 1 })),
        ),
      ),
      ...[0.0001, 0.0002].map((after) =>
        at(
          s + after,
          sll2(
            { if: 2, dir: 'out' },
            ipv4({ src: server, dst: client, id: 0 }, tcp({ src: 80, dst: port, flags: 'SA', seq: 9, ack: 2 })),
          ),
        ),
      ),
    ]),
  );
  expect(diagnose(frames, { only })).toEqual([]);
});

it('takes two captures of one place for what they are: each has the packets', async () => {
  const all = pingsWithCopies(1).map((frame): TestFrame => ({ ...frame, link: 'sll2', if: 2, dir: 'in' }));
  const replies = all.filter((_, i) => i % 2 === 1).map((frame) => ({ ...frame, at: (frame.at ?? 0) + 0.000_002 }));
  const files = [all, replies].map((frames, i) => ({ point: 'a', path: file(`same-${i}.pcap`, pcap(frames)) }));
  const { findings } = await analyze({ ...PLAIN, files, ifmap: '2=eth0' });
  expect(findings.filter(({ rule }) => rule === 'packet-doubled')).toEqual([]);
});
