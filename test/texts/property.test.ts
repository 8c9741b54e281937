// Whatever is pasted: nothing throws, every line is counted once, and what comes out is a capture.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Random } from '../fuzz/random.js';
import { mutateText } from '../fuzz/target-text.js';
import { readText } from './help.js';

const seed = readFileSync(join(import.meta.dirname, '../fuzz/corpus/packets-tcpdump.txt'), 'latin1');

describe('a printed text', () => {
  it('with damage anywhere', async () => {
    const random = new Random(7);
    for (let n = 0; n < 1500; n++) {
      const text = mutateText('packets', [seed], random);
      const { frames, info, error } = await readText(text, 1 + (n % 997));
      if (info === null) continue;
      expect(error).toBe(null);
      expect(frames.length).toBe(info.packets);
      expect(info.used + info.noise + info.unread).toBeLessThanOrEqual(info.lines);
    }
  });

  it('the same packets come out in pieces of any size', async () => {
    const whole = await readText(seed);
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 5000 }), async (size) => {
        expect(await readText(seed, size)).toEqual(whole);
      }),
      { numRuns: 20 },
    );
  });

  it('UDP of any size between any addresses', async () => {
    const ip = fc.tuple(fc.nat(255), fc.nat(255), fc.nat(255), fc.nat(255)).map((four) => four.join('.'));
    await fc.assert(
      fc.asyncProperty(ip, ip, fc.nat(65_535), fc.nat(65_535), fc.nat(60_000), async (from, to, source, target, size) => {
        const { frames } = await readText(`09:00:00.000001 IP ${from}.${source} > ${to}.${target}: UDP, length ${size}\n`);
        const bytes = Buffer.from(frames[0].bytes, 'hex');
        expect([...bytes.subarray(26, 30)].join('.')).toBe(from);
        expect([...bytes.subarray(30, 34)].join('.')).toBe(to);
        expect([bytes.readUInt16BE(34), bytes.readUInt16BE(36), bytes.readUInt16BE(38)]).toEqual([source, target, size + 8]);
        expect(frames[0].wireLength).toBe(42 + size);
      }),
    );
  });
});
